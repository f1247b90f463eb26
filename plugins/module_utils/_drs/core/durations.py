"""Durations as people write them: 900, 15m, 1h30m, 1.5 hours, PT4H, 00:15:00 or 1 day, read as seconds."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_duration_seconds

# Units by the words that people use for them, in seconds.
UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_NUMBER = r"(\d{1,15}(?:\.\d{1,9})?)"
_WORDED = re.compile(
    rf"(?:{_NUMBER}(?:d|days?))?(?:{_NUMBER}(?:h|hrs?|hours?))?(?:{_NUMBER}(?:m|mins?|minutes?))?"
    rf"(?:{_NUMBER}(?:s|secs?|seconds?))?",
    re.ASCII | re.IGNORECASE,
)
_BARE = re.compile(_NUMBER, re.ASCII)
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d)", re.ASCII)
# People write these between the parts: "1 hour and 30 minutes", "1 h, 30 min".
# A comma between two digits is none of them: it may divide thousands or a fraction.
_GLUE = re.compile(r"\s+and\s+|\s+|(?<!\d),|,(?!\d)|(?<=[a-z])\.(?=\s|\d|$)", re.IGNORECASE)


def parse_duration(value: Any, unit: int = 1) -> int:
    """Read a duration as seconds.

    :param value: a number, or text such as ``900``, ``15m``, ``1h30m``, ``1.5 hours``, ``PT4H``, ``00:15:00``.
    :param unit: the seconds of one, for a number that says no unit.
    :raises DrsError: ``invalid_duration`` for anything else (``00:15`` may mean minutes or hours), and for negative
        numbers.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return int(value * unit)
    text = value.strip() if isinstance(value, str) else ""
    if _BARE.fullmatch(text):
        return int(float(text) * unit) if "." in text else int(text) * unit
    clock = _CLOCK.fullmatch(text)
    if clock:
        return sum(int(amount) * length for amount, length in zip(clock.groups(), (3600, 60, 1)))
    if text[:1] in ("P", "p"):
        found = iso_duration_seconds(text.upper())
        if found is not None:
            return int(found)
    plain = _GLUE.sub("", text)
    match = _WORDED.fullmatch(plain)
    if not plain or match is None:
        raise DrsError("invalid_duration", f"{value!r} is not a duration; write 900, 15m, 1h30m, PT4H or 1d.")
    return int(sum(float(amount or 0) * length for amount, length in zip(match.groups(), UNITS.values())))


def has_unit(value: Any) -> bool:
    """Whether a duration says its unit; a bare number does not."""
    return isinstance(value, str) and not _BARE.fullmatch(value.strip())
