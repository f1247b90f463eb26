"""Times and durations as AWS writes them, read without trusting them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import functools
import re
from datetime import datetime, timedelta, timezone
from math import isfinite
from typing import Any

_TIME = re.compile(
    r"^(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\.(?P<fraction>\d+))?"
    r"\s*(?P<zone>[zZ]|[+-]\d{2}:?[0-5]\d)?$",
    re.ASCII,
)
_DURATION = re.compile(
    r"^(?P<sign>[-+])?P(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?$",
    re.ASCII | re.IGNORECASE,
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_UNITS = {"weeks": 604800.0, "days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


def parse_time(value: Any) -> datetime | None:
    """Read a time (datetime or ISO 8601 text) as an aware UTC datetime; None for anything that is not a time.

    Text without a zone is taken as UTC, which is what DRS writes.
    """
    if isinstance(value, datetime):
        try:
            return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
        except (OverflowError, ValueError):
            return None
    if not isinstance(value, str):
        return None
    return _parse_text(value)


@functools.lru_cache(maxsize=4096)
def _parse_text(value: str) -> datetime | None:
    """Of text; a fleet repeats the same few times, and strptime would cost more than all else about a server."""
    match = _TIME.match(value.strip())
    if match is None:
        return None
    zone = (match["zone"] or "Z").upper().replace(":", "")
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    year, month, day, hour, minute, second = (int(match[part] or 0) for part in _PARTS)
    try:
        if zone == "Z":
            return datetime(year, month, day, hour, minute, second, micros, timezone.utc)
        offset = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[3:]))
        local = datetime(year, month, day, hour, minute, second, micros, timezone(offset))
        return local.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        return None


def iso_time(value: Any) -> str | None:
    """Write a time as ``2026-01-31T12:00:00Z`` (fraction kept when there is one); None when it is not a time."""
    moment = parse_time(value)
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def second(moment: datetime) -> str:
    """A time with a zone as records and filters hold it, ``2026-01-31T12:00:00Z``: to the second, in UTC."""
    # the year in four digits, as strftime does not write it everywhere
    return moment.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def clock_time(value: str) -> str:
    """A time for people, to the minute and with its zone, ``2026-01-31 12:00Z``; what is no time stays as it is."""
    moment = parse_time(value)
    return value if moment is None else moment.strftime("%Y-%m-%d %H:%MZ")


def seconds_between(earlier: Any, later: Any) -> float | None:
    """Seconds from one time to another, never negative; None when either is missing."""
    start, end = parse_time(earlier), parse_time(later)
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())


def span(earlier: Any, later: Any) -> float | None:
    """Seconds from one time to another that cannot be before it; None when either is missing, or when it is.

    An end before its beginning says that two clocks differ. Nothing is known then of how long it took, least of all
    that it took no time; see clock_problem.
    """
    return None if clock_problem(earlier, later) else seconds_between(earlier, later)


def clock_problem(earlier: Any, later: Any, what: str = "it") -> str:
    """Says that an end is before its beginning, and by how much; empty when it is not, or nothing is known."""
    start, end = parse_time(earlier), parse_time(later)
    if start is None or end is None or start <= end:
        return ""
    seconds = (start - end).total_seconds()
    return "%s ended at %s, %g seconds before it began: two clocks differ" % (what, iso_time(end), seconds)


def iso_duration_seconds(value: Any) -> float | None:
    """Read an ISO 8601 duration (``P0D``, ``P2DT1H32M12.136909S``) as seconds.

    A number is taken as seconds and a timedelta as itself, because newer SDKs may type the member differently. Years
    and months have no fixed length and DRS does not send them: they, and everything unreadable, give None, never an
    error.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, timedelta):
        return max(0.0, value.total_seconds())
    if isinstance(value, (int, float)):
        return max(0.0, float(value)) if isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    match = _DURATION.match(text)
    if match is None or text.upper().endswith(("P", "T")):
        return None
    total = sum(float(match[unit] or 0) * length for unit, length in _UNITS.items())
    # A clock that runs ahead can make a lag negative; there is no such thing as data from the future.
    if not isfinite(total):
        return None
    return 0.0 if match["sign"] == "-" else total
