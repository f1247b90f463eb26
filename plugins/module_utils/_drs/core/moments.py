"""Times in list filters: a time, a day, or an age; the same for runs, history and reports. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time, second
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration

FORMS = "2026-03-01T12:00:00Z, 2026-03-01, or how long ago, such as 12h or 7d"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[\d.,_]+", re.ASCII)
_SECOND = timedelta(seconds=1)


def moment(field: str, value: Any, now: str, end: bool = False) -> datetime:
    """The time that somebody means.

    :param field: name of the option, for the message.
    :param value: a time, a day (UTC), or an age.
    :param now: from when an age counts back.
    :param end: a day means its last second, not its first.
    :raises DrsError: invalid_option for what is none of these; a bare number is none, as it could be days or seconds.
    """
    text = str(value).strip()
    if _DAY.fullmatch(text):
        start = parse_time(text + "T00:00:00Z")
        if start is not None:
            return start + timedelta(days=1) - _SECOND if end else start
    result = parse_time(value)
    if result is not None:
        return result
    wrong = DrsError("invalid_option", f"{field}: '{clean(value, 40)}' is not a time; write {FORMS}")
    here = parse_time(now)
    if here is None or isinstance(value, (int, float)) or _NUMBER.fullmatch(text):
        raise wrong
    try:
        return here - timedelta(seconds=parse_duration(value))
    except (DrsError, OverflowError):
        raise wrong from None


def bounds(since: Any, until: Any, now: str) -> tuple[str, str]:
    """A period as two texts with whole seconds, both inside it; empty where nothing was given.

    Records hold whole seconds: the beginning is rounded up and the end down, so that comparing text compares times.

    :raises DrsError: invalid_option, also for a beginning after the end.
    """
    first = moment("since", since, now) if since not in (None, "") else None
    last = moment("until", until, now, end=True) if until not in (None, "") else None
    if first is not None and last is not None and first > last:
        raise DrsError("invalid_option", f"since: {_text(first)} is later than until, {_text(last)}; exchange them")
    if first is not None and first.microsecond:
        first = first + _SECOND
    return _text(first), _text(last)


def whole_seconds(value: Any) -> str | None:
    """A time as records hold it, ``2026-03-01T12:00:00Z``, which sorts as text; None when it is none."""
    parsed = parse_time(value)
    return None if parsed is None else _text(parsed)


def _text(value: datetime | None) -> str:
    return "" if value is None else second(value)
