"""The pace of a wait: how often to look, when to print, when to give up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Spec

# A recovery job takes "typically 5-20 minutes" (DRS user guide, CloudEndure-Concepts); most end near this.
TYPICAL_JOB_SECONDS = 600.0
MAX_ERRORS = 5
# Codes of credentials that were good once; see the catalogue for what each means.
EXPIRED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
    "TokenRetrievalError",
)


class PollSchedule:
    """When to look again at work that is expected to take ``expected`` seconds.

    Rarely at first, often near the expected end, and ever more rarely after it:

    - before: six tenths of what is still expected to remain, within ``minimum`` and ``maximum``; when less than two
      ``minimum`` remain, the next look is the one at the expected end itself, for most work ends there;
    - after: a quarter of what it is late already, within ``minimum`` and half of ``maximum``.

    An end after the expected one is seen late by at most ``minimum`` seconds or a quarter of the overrun, never more
    than half of ``maximum``. An end before it is seen late by at most six tenths of what was expected to remain, never
    more than ``maximum``; within two ``minimum`` of the expected end by at most that.
    """

    def __init__(self, expected: float | None = TYPICAL_JOB_SECONDS, minimum: float = 5, maximum: float = 120) -> None:
        """:raises ValueError: a minimum that is not above zero, or above the maximum."""
        if not 0 < minimum <= maximum:
            raise ValueError("poll interval: minimum %s must be above 0 and at most maximum %s" % (minimum, maximum))
        self.expected = float(expected) if expected and expected > 0 else TYPICAL_JOB_SECONDS
        self.minimum = float(minimum)
        self.maximum = float(maximum)

    def next(self, elapsed: float) -> float:
        """Seconds to wait when the work has run for ``elapsed`` seconds."""
        if elapsed < self.expected:
            remaining, longest = self.expected - elapsed, self.maximum
            pause = remaining * 0.6 if remaining >= 2 * self.minimum else remaining
        else:
            pause, longest = (elapsed - self.expected) * 0.25, self.maximum / 2
        return max(self.minimum, min(pause, longest))

    def after_error(self, errors: int) -> float:
        """Seconds to wait after the n-th error in a row: doubling from the minimum, at most half of the maximum."""
        return max(self.minimum, min(self.minimum * 2 ** min(max(0, errors - 1), 32), self.maximum / 2))


# Who waits for days reads no line a minute, and still wants one a shift.
RAREST_BEAT = 15


def beat_after(heartbeat: float, elapsed: float) -> float:
    """Seconds of silence after which a wait says a sign of life, when it has lasted ``elapsed`` seconds.

    ``heartbeat`` for the first hour, from then on as many times that as hours have passed, 15 times at most.
    """
    return heartbeat * min(max(1.0, elapsed / 3600), RAREST_BEAT)


class Pace(NamedTuple):
    """How one wait goes; seconds.

    ``timeout`` counts from its beginning, and a last look happens when it is over; a line is printed every
    ``heartbeat`` at first, see ``beat_after``; up to ``max_errors`` errors in a row that may pass are tolerated.
    """

    schedule: PollSchedule
    timeout: float
    heartbeat: float
    max_errors: int = MAX_ERRORS


def pace_spec(expected: int, least: int, greatest: int, timeout: int) -> Spec:
    """The options that every wait has: how long it should take, how often to look, when to give up (seconds)."""
    return {
        "label": {"type": "str"},
        "expected_seconds": {"type": "int", "default": expected},
        "poll_interval": {"type": "int", "default": least},
        "poll_interval_max": {"type": "int", "default": greatest},
        "heartbeat": {"type": "int", "default": 60},
        "timeout": {"type": "int", "default": timeout},
        "max_errors": {"type": "int", "default": 10},
    }


def of(params: Given) -> Pace:
    """The pace that the options of a wait ask for; see ``pace_spec``.

    :raises DrsError: ``invalid_option`` for intervals that cannot be.
    """
    if params["heartbeat"] <= 0:
        raise DrsError("invalid_option", f"heartbeat: {params['heartbeat']} must be above 0 seconds")
    try:
        schedule = PollSchedule(params["expected_seconds"], params["poll_interval"], params["poll_interval_max"])
    except ValueError as exc:
        raise DrsError("invalid_option", str(exc)) from exc
    return Pace(schedule, params["timeout"], params["heartbeat"], params.get("max_errors", MAX_ERRORS))


def is_fresh(began: Iterable[str | None], now: datetime | None, interval: float) -> bool:
    """Whether the answer that began some work may stand for a first look at it, given how late the wait begins.

    The answer is as young as the youngest work in it: when that began more than one poll interval ago, much may have
    happened since, and whoever begins late begins with a look.

    :param began: when each piece of work began, by the service's clock.
    :param now: the service's clock; None when it is not known, and then the only way to ask for it is a look.
    :param interval: seconds; the shortest poll interval.
    """
    moments = [moment for moment in map(parse_time, began) if moment]
    return now is not None and bool(moments) and (now - max(moments)).total_seconds() <= interval


def time_left(spent: int, max_wait: int, timeout: int) -> int:
    """Seconds that the next wait may take; 0 when the time for all waiting is over.

    :param spent: seconds that were waited so far.
    :param max_wait: seconds for all waits together; 0 for no such limit.
    :param timeout: seconds for this wait alone.
    """
    if max_wait <= 0:
        return timeout
    return max(0, min(timeout, max_wait - spent))
