"""One step of a wait: from the time and a look, what to print, when to look again, whether it is over."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.pace import Pace, beat_after
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import ErrorData

# Moments nearer than this are one: sums of fractions of seconds do not meet exactly.
INSTANT = 1e-6


class Look(NamedTuple):
    """What one look brought: whether the work is over, the news in lines, how long the work has run (None: not known
    better than by the time waited here), or the error that it ended in."""

    done: bool = False
    lines: Sequence[str] = ()
    age: float | None = None
    error: DrsError | None = None


class Progress(NamedTuple):
    """How far a wait is; times are seconds of the clock that ``step`` is given.

    ``look_at`` is the time of the next look, infinite while one is under way. ``elapsed`` is as of the last step. The
    wait is over when it is ``done``, when it has ``timed_out``, or when ``error`` (DrsError.to_dict()) ended it.
    """

    begun: float
    last_line_at: float
    look_at: float
    elapsed: float = 0.0
    polls: int = 0
    errors: int = 0
    in_a_row: int = 0
    done: bool = False
    timed_out: bool = False
    error: ErrorData | None = None

    @property
    def over(self) -> bool:
        """Whether nobody needs to look again."""
        return self.done or self.timed_out or self.error is not None


class Step(NamedTuple):
    """What is to be done now: say ``lines``; look when ``look`` says so, and give what it brought to the next step;
    otherwise let at most ``pause`` seconds pass before the next step. ``progress`` says whether the wait is over."""

    progress: Progress
    lines: list[str]
    look: bool = False
    pause: float = 0.0


def begin(now: float) -> Progress:
    """A wait that begins now, with a look."""
    return Progress(begun=now, last_line_at=now, look_at=now)


def step(
    pace: Pace,
    progress: Progress,
    now: float,
    beat: Callable[[float], str],
    label: str = "",
    look: Look | None = None,
) -> Step:
    """Continue with a wait that is not over.

    :param now: seconds of any clock that never goes back.
    :param beat: writes the sign of life, given the seconds waited.
    :param look: what a look brought that has just ended; None when none has.

    Errors that may pass are tolerated, as many in a row as the pace says, each said in one line; any other one ends the
    wait. The sign of life waits for a look that is due at the same moment: news is better.
    """
    progress = progress._replace(elapsed=now - progress.begun)
    lines: list[str] = []
    if look is not None:
        progress, lines = _answered(pace, progress, now, label, look)
        if lines:
            progress = progress._replace(last_line_at=now)
        if progress.over:
            return Step(progress, lines)
    if progress.look_at - now <= INSTANT:
        return Step(progress._replace(look_at=math.inf), lines, look=True)
    silence = beat_after(pace.heartbeat, progress.elapsed)
    if now - progress.last_line_at >= silence - INSTANT:
        lines.append(beat(progress.elapsed))
        progress = progress._replace(last_line_at=now)
    pause = min(progress.look_at - now, silence - (now - progress.last_line_at))
    return Step(progress, lines, pause=pause)


def _answered(pace: Pace, progress: Progress, now: float, label: str, look: Look) -> tuple[Progress, list[str]]:
    """Take in what a look brought; returns how far the wait is, and what to say."""
    progress, lines = progress._replace(polls=progress.polls + 1), list(look.lines)
    if look.error is not None:
        in_a_row = progress.in_a_row + 1
        fatal = not look.error.retryable or in_a_row > pace.max_errors
        progress = progress._replace(errors=progress.errors + 1, in_a_row=in_a_row)
        lines.append(_error_line(label, look.error, in_a_row, pace.max_errors, fatal))
        if fatal:
            return progress._replace(error=look.error.to_dict()), lines
        wait = pace.schedule.after_error(in_a_row)
    else:
        progress = progress._replace(in_a_row=0, done=look.done)
        if look.done:
            return progress, lines
        wait = pace.schedule.next(progress.elapsed if look.age is None else look.age)
    left = pace.timeout - progress.elapsed
    if left <= INSTANT:
        lines.append("%stime is up after %s, not finished" % (prefix(label), duration(progress.elapsed)))
        return progress._replace(timed_out=True), lines
    return progress._replace(look_at=now + min(wait, left)), lines


def prefix(label: str) -> str:
    """How a line of a wait begins: with its label, when it has one."""
    return "[%s] " % clean(label) if label else ""


def _error_line(label: str, error: DrsError, in_a_row: int, max_errors: int, fatal: bool) -> str:
    if not fatal:
        then = "trying again (%d of %d)" % (in_a_row, max_errors)
    elif error.retryable:
        then = "giving up after %s in a row" % count(in_a_row, "error")
    else:
        then = "giving up"
    return "%scould not read: %s: %s; %s" % (prefix(label), clean(error.code), clean(error.message, 160), then)
