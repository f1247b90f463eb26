"""The change calendar: maintenance windows and freezes, given as data.

Times of windows are of one fixed offset from UTC: the rules of time zones are files of a machine, and two controllers
that have different ones must not see different windows.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Mapping, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)", re.ASCII)


class Window(NamedTuple):
    """Open on ``days`` (numbers, Monday is 0) from ``begins`` to ``ends``, which is on the next day if not later."""

    days: frozenset[int]
    begins: time
    ends: time


class Freeze(NamedTuple):
    """Closed from ``begins`` to ``until``, whatever the windows say."""

    begins: datetime
    until: datetime
    reason: str

    @property
    def until_text(self) -> str:
        """The end, as it is written everywhere."""
        return iso_time(self.until) or ""


class Calendar(NamedTuple):
    """Windows in which there may be changes (without any there always may), and freezes in which there may not."""

    zone: timezone
    windows: tuple[Window, ...]
    freezes: tuple[Freeze, ...]

    def freeze_at(self, moment: datetime) -> Freeze | None:
        """The freeze at a moment, the one that ends last."""
        now = [one for one in self.freezes if one.begins <= moment < one.until]
        return max(now, key=lambda one: one.until, default=None)

    def is_open(self, moment: datetime) -> bool:
        """Whether a window is open, whatever the freezes say."""
        return not self.windows or any(begins <= moment < ends for begins, ends in self._spans(moment))

    def next_opening(self, moment: datetime) -> datetime | None:
        """When the next window opens, within a week."""
        coming = [begins for begins, _ends in self._spans(moment) if begins > moment]
        return min(coming, default=None)

    def _spans(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        """The windows that begin from the day before a moment until a week after it."""
        today = moment.astimezone(self.zone).date()
        return [
            self._span(window, today + timedelta(days=number))
            for number in range(-1, 8)
            for window in self.windows
            if (today + timedelta(days=number)).weekday() in window.days
        ]

    def _span(self, window: Window, day: date) -> tuple[datetime, datetime]:
        begins = datetime.combine(day, window.begins, self.zone)
        ends = datetime.combine(day, window.ends, self.zone)
        return begins, ends if ends > begins else ends + timedelta(days=1)


def wrong(message: str) -> DrsError:
    """The one error for options that cannot be."""
    return DrsError("invalid_option", message)


def read_calendar(given: Any) -> Calendar | None:
    """Check a calendar; None for none. Raises DrsError ``invalid_option`` that names the field and its value."""
    if given in (None, {}):
        return None
    calendar = _mapping(given, "guardrails.calendar", ("timezone", "windows", "freezes"))
    windows = _list(calendar.get("windows"), "guardrails.calendar.windows")
    freezes = _list(calendar.get("freezes"), "guardrails.calendar.freezes")
    if not windows and not freezes:
        raise wrong("guardrails.calendar has neither windows nor freezes; leave it out, or give one of them")
    return Calendar(
        _zone(calendar.get("timezone")),
        tuple(_window(one, f"guardrails.calendar.windows[{number}]") for number, one in enumerate(windows)),
        tuple(_freeze(one, f"guardrails.calendar.freezes[{number}]") for number, one in enumerate(freezes)),
    )


def _zone(value: Any) -> timezone:
    if value in (None, "", "UTC"):
        return timezone.utc
    match = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise wrong(f"guardrails.calendar.timezone must be UTC or an offset such as '+02:00', not {_shown(value)}")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


def _window(given: Any, where: str) -> Window:
    window = _mapping(given, where, ("days", "from", "to"))
    days = _list(window.get("days") if window.get("days") is not None else list(DAYS), f"{where}.days")
    numbers = set()
    for day in days:
        name = str(day).strip().lower()[:3]
        if name not in DAYS:
            raise wrong(f"{where}.days {_shown(day)} is no day; known are {', '.join(DAYS)}")
        numbers.add(DAYS.index(name))
    if not numbers:
        raise wrong(f"{where}.days is empty, so it would never open; leave it out for every day")
    begins, ends = _clock(window.get("from"), f"{where}.from"), _clock(window.get("to"), f"{where}.to")
    return Window(frozenset(numbers), begins, ends)


def _clock(value: Any, where: str) -> time:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        # YAML 1.1 reads 22:00 without quotes as a number
        raise wrong(f"{where} must be a time such as '22:00', in quotes, not {_shown(value)}")
    return time(int(match[1]), int(match[2]))


def _freeze(given: Any, where: str) -> Freeze:
    freeze = _mapping(given, where, ("from", "until", "reason"))
    begins, until = parse_time(freeze.get("from")), parse_time(freeze.get("until"))
    for key, moment in (("from", begins), ("until", until)):
        if moment is None:
            shown = _shown(freeze.get(key))
            raise wrong(f"{where}.{key} must be a time such as '2026-12-20T00:00:00Z', in quotes, not {shown}")
    if begins is None or until is None or until <= begins:
        raise wrong(f"{where}.until {_shown(freeze.get('until'))} is not after its from {_shown(freeze.get('from'))}")
    return Freeze(begins, until, str(freeze.get("reason") or ""))


def _mapping(value: Any, where: str, keys: tuple[str, ...]) -> Given:
    if not isinstance(value, Mapping):
        raise wrong(f"{where} must be a mapping with {', '.join(keys)}, not {_shown(value)}")
    for key in value:
        if key not in keys:
            raise wrong(f"{where}.{clean(key, 40)} is not known; it has {', '.join(keys)}")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise wrong(f"{where} must be a list, not {_shown(value)}")
    return list(value)


def _shown(value: Any) -> str:
    return "nothing" if value in (None, "") else f"'{clean(value, 60)}'"
