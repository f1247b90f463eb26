"""Scales and numbers that people write in words: critical to low, gold to bronze, p1, tier 2, #1, first, one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

# Scales of importance, the first is recovered first; a number behind or before the word counts itself.
_RANKS = {
    word: rank
    for rank, words in enumerate(
        (
            "platinum highest very-high mission-critical missioncritical urgent vital",
            "critical business-critical businesscritical crit essential mandatory must-have gold primary a",
            "high silver important major h hi should-have secondary b",
            "medium bronze normal moderate standard m med mid tertiary c",
            "low minor l lo nice-to-have d",
            "lowest very-low none optional best-effort non-critical noncritical not-critical",
        )
    )
    for word in words.split()
}
_RANKED = re.compile(
    r"(?:(?:p|prio|priority|tier|t|level|class|cat|category|rank|order|sev|severity)[-_ :.#]*|#)(\d{1,9})",
    re.ASCII | re.IGNORECASE,
)
# "1 - critical", "2nd"
_LEADING = re.compile(r"(\d{1,9})(?:st|nd|rd|th)?(?:\s*[-_:.)]\s*[^\d\s].*|\s+\(?[a-z].*)?", re.ASCII | re.IGNORECASE)
# "critical (1)"
_TRAILING = re.compile(r"[a-z][-_ a-z]*\(\s*(\d{1,9})\s*\)", re.ASCII | re.IGNORECASE)
_NUMBERS = {
    word: number
    for number, words in enumerate(
        "one first|two second|three third|four fourth|five fifth|six sixth|seven seventh|eight eighth|nine ninth|"
        "ten tenth".split("|"),
        start=1,
    )
    for word in words.split()
}


def word(text: str) -> str:
    """A word of a scale without what people write differently for the same one: case, blanks and underscores."""
    return re.sub(r"[_ ]+", "-", text.strip().lower())


def number_word(text: str) -> int | None:
    """The number that is written out (one, first); None for any other text."""
    return _NUMBERS.get(text.strip().lower())


def numbered(text: str) -> int | None:
    """The number that a rank says itself: ``2``, ``p2``, ``tier 2``, ``#2``, ``2nd``, ``2 - high``, ``second``."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        return int(plain)
    found = _RANKED.fullmatch(plain) or _LEADING.fullmatch(plain) or _TRAILING.fullmatch(plain)
    return int(found[1]) if found else number_word(plain)


def rank(text: str) -> int | None:
    """The rank of a word of a known scale; critical, gold and primary are 1. None for other words."""
    return _RANKS.get(word(text))
