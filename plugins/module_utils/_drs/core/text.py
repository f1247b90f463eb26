"""Text for people: made harmless, short and aligned. Names, tags and messages come from outside."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from itertools import zip_longest
from math import ceil, isfinite
from typing import Any, Iterable, Mapping, Sequence

# Escape sequences go as a whole: without their first character the rest would stay behind as rubbish.
_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands (window titles, links)
    r"|[\x1b\x9b]\[?[0-9;:<=>?]*[ -/]*[@-~]"  # control sequences (colours, cursor)
    r"|\x1b."
)
# Control, format (bidirectional marks, zero width), surrogate, private and unassigned characters.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
ELLIPSIS = "..."
# What to do is told whole, with its commands; the bound is for what others wrote, and no remedy of ours reaches it.
REMEDY_WIDTH = 1000
# Where a text in a column is broken, the best first; and the most lines that it gets before its rest is cut.
BREAKS = " ,./-_"
MOST_FOLDS = 4
# Texts that have so many columns are read well; for less, columns move together.
READABLE = 20


def clean(value: Any, width: int | None = None) -> str:
    """Return text on one line without control, escape, bidirectional and other invisible characters.

    :param width: the text is cut to so many columns, with an ellipsis at the end.
    """
    text = "" if value is None else str(value)
    if not (text.isascii() and text.isprintable()):
        # most texts are neither long nor strange, and a report cleans some hundred thousand of them
        text = _ESCAPES.sub("", text)
        text = "".join(" " if char.isspace() else char for char in text if char.isspace() or _harmless(char))
    text = re.sub(r" {2,}", " ", text).strip()
    return text if width is None else truncate(text, width)


def _harmless(char: str) -> bool:
    return unicodedata.category(char) not in _HARMFUL


def columns(text: str) -> int:
    """How many terminal columns text takes: wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def truncate(text: str, width: int) -> str:
    """Cut text to ``width`` columns; what was cut shows as an ellipsis."""
    if columns(text) <= width:
        return text
    room = max(0, width - len(ELLIPSIS))
    taken = 0
    for index, char in enumerate(text):
        taken += columns(char)
        if taken > room:
            return (text[:index] + ELLIPSIS)[:width]
    return text


def duration(seconds: Any) -> str:
    """Write seconds as ``45s``, ``10m12s``, ``2h05m`` or ``3d04h``; ``-`` when unknown.

    Whole seconds, rounded up: an age or a wait is never shown shorter than it is.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not isfinite(seconds):
        return "-"
    total = max(0, ceil(seconds))
    if total < 60:
        return "%ds" % total
    if total < 3600:
        return "%dm%02ds" % divmod(total, 60)
    if total < 86400:
        return "%dh%02dm" % divmod(ceil(total / 60), 60) if total < 86340 else "1d00h"
    return "%dd%02dh" % divmod(ceil(total / 3600), 24)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write ``1 server``, ``3 servers``."""
    return "%d %s" % (number, noun if number == 1 else (plural or noun + "s"))


def quoted(value: Any) -> str:
    """What somebody typed, cleaned and in quotes; ``nothing`` when there is nothing."""
    return "nothing" if value is None or value == "" else "'%s'" % clean(value, 80)


def remedy_of(said: Any) -> str:
    """The remedy of an error or a finding, whole: a command that is cut is useless.

    :param said: a mapping with ``remedy``; anything else has none.
    """
    return clean(said.get("remedy"), REMEDY_WIDTH) if isinstance(said, Mapping) else ""


def sentence(value: Any) -> str:
    """Text that another sentence may follow: with its full stop."""
    text = str(value or "").rstrip()
    return text if not text or text.endswith((".", "!", "?", ":")) else text + "."


def with_remedy(message: Any, remedy: Any) -> str:
    """What is wrong and what to do about it, in one line."""
    return "%s Remedy: %s" % (sentence(message), remedy) if remedy else str(message or "")


def names(values: Iterable[Any], limit: int | None = None, width: int = 64) -> str:
    """Join cleaned names with commas; over ``limit`` the rest is counted: ``a, b and 3 more``."""
    listed = [clean(value, width) for value in values]
    if limit is None or len(listed) <= limit:
        return ", ".join(listed)
    return "%s and %d more" % (", ".join(listed[:limit]), len(listed) - limit)


def alike(name: Any) -> str:
    """What two names have in common that people take for one: all but case and blanks."""
    return "".join(str(name).split()).casefold()


def near(name: str, there: Iterable[str], number: int = 1) -> list[str]:
    """Names that somebody may have meant, the nearest first: those that differ in case or blanks alone go before all.

    :param number: at most so many.
    """
    known = list(dict.fromkeys(there))
    same = [one for one in known if alike(one) == alike(name)]
    return list(dict.fromkeys([*same, *get_close_matches(name, known, n=number)]))[:number]


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break cleaned text into lines of at most ``width`` columns; a word that is longer is cut hard."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        while columns(word) > width - len(indent):
            if line:
                lines.append(line)
                line = ""
            part = _head(word, width - len(indent))
            lines.append(part)
            word = word[len(part) :]
        candidate = word if not line else line + " " + word
        if columns(candidate) > width - len(indent):
            lines.append(line)
            line = word
        else:
            line = candidate
    if line:
        lines.append(line)
    return [indent + item for item in lines]


def _head(word: str, width: int) -> str:
    taken = 0
    for index, char in enumerate(word):
        taken += columns(char)
        if taken > width:
            return word[: max(1, index)]
    return word


def grid(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    right: Iterable[int] = (),
    width: int = 100,
    whole: Iterable[int] = (),
) -> list[str]:
    """Lay out rows in aligned columns, at most ``width`` wide.

    ``right`` are the indexes of columns aligned to the right. A table that is too wide first gets titles of several
    lines and narrower gaps, then the widest left-aligned columns give way and their text is continued below. Numbers
    are never broken, nor are the columns in ``whole``, such as ids that somebody types again.

    :returns: one text a row, the header first; a row may be of several lines.
    """
    cells = [[clean(cell) for cell in row] for row in [header, *rows]]
    numbers = set(right)
    fixed = numbers.union(whole)
    indexes = range(len(header))
    widths = [max(columns(row[index]) for row in cells) for index in indexes]
    gaps, gap = len(widths) - 1, 2
    if sum(widths) + gap * gaps > width:
        words = [max(columns(word) for word in title.split(" ")) for title in cells[0]]
        widths = [max([words[index], *(columns(row[index]) for row in cells[1:])]) for index in indexes]
        least = [widths[index] if index in fixed else min(widths[index], READABLE) for index in indexes]
        gap = 2 if sum(least) + 2 * gaps <= width else 1
    while sum(widths) + gap * gaps > width:
        movable = [index for index in indexes if index not in fixed and widths[index] > 6]
        if not movable:
            break
        widest = max(movable, key=lambda index: widths[index])
        widths[widest] -= 1
    folded = [[_fold(cell, widths[index]) for index, cell in enumerate(row)] for row in cells]
    # a title is of words, and short ones come first where a name would be broken late
    folded[0] = [wrap(title, widths[index]) or [""] for index, title in enumerate(cells[0])]
    widths = [max(columns(line) for row in folded for line in row[index]) for index in indexes]
    # titles stand on the rule, what they name hangs from it
    tall = max(map(len, folded[0]))
    folded[0] = [[""] * (tall - len(title)) + title for title in folded[0]]
    return [_row(row, widths, numbers, " " * gap) for row in folded]


def _row(row: Sequence[Sequence[str]], widths: Sequence[int], numbers: set[int], gap: str) -> str:
    """One row, of as many lines as its longest text has."""
    lines = [
        [_pad(line, widths[index], index in numbers) for index, line in enumerate(beside)]
        for beside in zip_longest(*row, fillvalue="")
    ]
    return "\n".join(gap.join(line).rstrip() for line in lines)


def _fold(text: str, width: int) -> list[str]:
    """Text in lines of a width, broken after a blank or a mark of names where there is one."""
    lines: list[str] = []
    while columns(text) > width and len(lines) < MOST_FOLDS:
        part = _head(text, width)
        if text[len(part)] != " ":
            marks = [part.rfind(mark) + 1 for mark in BREAKS]
            part = part[: next((one for one in marks if one > width // 3), len(part))]
        lines.append(part.rstrip())
        text = text[len(part) :].lstrip()
    return [*lines, truncate(text, width)]


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - columns(text))
    return space + text if right else text + space
