"""The loop of all waits: one at a time, or those of many cells together, with one clock and one sleep.

One wait, in the thread of the caller::

    result = run(JobWait(cell, params, relaunch), clock.sleep, emit)

Many, one a cell, each looked at when it is due::

    with Clock(f"{host}-{pid}") as clock:
        ended = together([JobWait(cell, params, relaunch) for cell, params in ...], clock, emit)
    for one in ended:
        ...  # one.result, as the wait alone would have returned it, or one.error

More may join while others are waited for: ``follow`` is told of each that ends, and returns what is waited for next.

Only the caller's thread sleeps, prints and reads the clock; looks run in threads of their own.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional, Protocol

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step as steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Result

WORKERS = 16
# A look may start what was queued, with tries of its own, and the last read of a wait asks for much. What has not
# answered so long (seconds) after the wait's time was up, or after its last read began, is left behind: one Region
# that does not answer must not hold up the others for ever.
PATIENCE = 600.0
# So many seconds are nothing for a read of a whole account.
SILENT = 10.0

Emit = Callable[[str], Any]
Follow = Callable[["Ended", float], Optional[Sequence[Wait]]]
"""Told how a wait ended and the seconds since all began: what is waited for as well from now on, or None to leave as
soon as nothing is being looked at."""


class Time(Protocol):
    """The clock that the loop goes by; see ``aws.clock.Clock``."""

    def seconds(self) -> float:
        """Seconds since some moment; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Let seconds pass."""

    def pause(self, seconds: float, news: threading.Event) -> None:
        """Let seconds pass while others work, or less when there is news of them. Where time stands still while
        nobody sleeps there is always news first."""


class Ended(NamedTuple):
    """How one wait ended: the result of its task, or the error that left it without one."""

    wait: Wait
    result: Result | None
    error: Exception | None


def run(wait: Wait, sleep: Callable[[float], Any], emit: Emit) -> Result:
    """Wait for one thing, in this thread; returns its result. Raises what its look or its end raises.

    :param sleep: lets seconds pass; what it slept is the time of this wait.
    :param emit: prints one line.
    """
    (ended,) = _Loop([wait], _Slept(sleep), emit, _Inline()).run()
    if ended.error is not None:
        raise ended.error
    return ended.result or {}


def together(
    waits: Sequence[Wait],
    clock: Time,
    emit: Emit,
    workers: int = WORKERS,
    follow: Follow | None = None,
) -> list[Ended]:
    """Wait for many things at once, one a cell; returns how each ended, in the order given and joined.

    Each is looked at when it is due, and no later for another one's sake: errors, throttling, expired credentials and
    the end of its time are its own. Its lines are printed when its look has ended. An error that it cannot live with,
    or any other exception, ends it alone and stands in its ``Ended``. Waits for the same thing in several cells share
    one sign of life, see ``Wait.topic``; one that does not answer says its own.

    :param waits: with cells of their own, each; see ``Wait``.
    :param workers: looks at once, at most. No Region takes more than its share of them, so that one that does not
        answer leaves room to look at the others.
    :param follow: see Follow; it is called in this thread. Waits that it leaves behind are not in what is returned.
    """
    return _Loop(waits, clock, emit, _Threads(workers), follow).run()


class _Slept:
    """The clock of a wait that is alone: the time that it slept."""

    def __init__(self, sleep: Callable[[float], Any]) -> None:
        self._sleep = sleep
        self._slept = 0.0

    def seconds(self) -> float:
        return self._slept

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)
        self._slept += seconds

    def pause(self, seconds: float, news: threading.Event) -> None:
        """Nothing works beside a wait that is alone."""


class _Watched:
    """One wait as the loop sees it."""

    def __init__(self, wait: Wait, begun: float) -> None:
        self.wait = wait
        self.progress = steps.begin(begun)
        self.work: Callable[[], Any] | None = None
        """A look or the end that is due or under way."""
        self.since: float | None = None
        """When that work began; None while it waits for its turn."""
        self.closing = False
        self.ended: Ended | None = None
        self.followed = False
        """Whether others were told that it ended."""

    @property
    def region(self) -> str:
        """Where it looks."""
        return self.wait.cells[0].region


class _Inline:
    """Does work at once, in the loop's own thread."""

    def __init__(self) -> None:
        self.news = threading.Event()
        self.done: deque[tuple[_Watched, Callable[[], Any], Any, Exception | None]] = deque()

    def has_room(self, _one: _Watched) -> bool:
        return True

    def start(self, one: _Watched, work: Callable[[], Any]) -> None:
        try:
            value, error = work(), None
        except Exception as exc:  # pylint: disable=broad-exception-caught
            value, error = None, exc
        self.done.append((one, work, value, error))
        self.news.set()

    def release(self, one: _Watched) -> None:
        """The work of a wait has ended, or is left behind."""


class _Threads(_Inline):
    """Does work in a bounded number of threads. They are daemons, because a Region that does not answer must not keep
    the command from ending."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = self._share = most
        self._running: Counter[str] = Counter()

    def spread(self, regions: int) -> None:
        """Looks go to so many Regions."""
        self._share = max(1, math.ceil(self._most / max(1, regions)))

    def has_room(self, one: _Watched) -> bool:
        return sum(self._running.values()) < self._most and self._running[one.region] < self._share

    def start(self, one: _Watched, work: Callable[[], Any]) -> None:
        self._running[one.region] += 1
        name = f"drs-look-{clean(one.wait.label, 40)}"
        threading.Thread(target=self._serve, args=(one, work), name=name, daemon=True).start()

    def _serve(self, one: _Watched, work: Callable[[], Any]) -> None:
        try:
            super().start(one, work)
        except BaseException as exc:  # pylint: disable=broad-exception-caught
            # nobody would ever hear of what ends a thread
            self.done.append((one, work, None, RuntimeError(repr(exc))))
            self.news.set()

    def release(self, one: _Watched) -> None:
        self._running[one.region] -= 1


class _Loop:
    """Goes round until every wait has ended."""

    def __init__(
        self,
        waits: Sequence[Wait],
        clock: Time,
        emit: Emit,
        hands: _Inline,
        follow: Follow | None = None,
    ) -> None:
        self.clock, self.hands = clock, hands
        self._emit = emit
        self._follow, self._leaving = follow, False
        self.begun = clock.seconds()
        self.watched = [_Watched(wait, self.begun) for wait in waits]
        self.alone = not isinstance(hands, _Threads)

    @property
    def open(self) -> list[_Watched]:
        return [one for one in self.watched if one.ended is None]

    @property
    def _untold(self) -> list[_Watched]:
        return [one for one in self.watched if one.ended is not None and not one.followed]

    def run(self) -> list[Ended]:
        self._begin(self.watched, self.begun)
        while self.open or self._untold:
            self.hands.news.clear()
            while self.hands.done:
                self._take(*self.hands.done.popleft())
            self._tell_ends()
            now = self.clock.seconds()
            pause = min((self._go_on(one, now) for one in self.open), default=0.0)
            if self._untold:
                continue
            if self._leaving and all(one.since is None for one in self.open):
                break
            if not self._leaving:
                self._start_what_is_due(now)
            if any(one.since is not None for one in self.open):
                self.clock.pause(pause, self.hands.news)
            elif self.open and pause > 0:
                self.clock.sleep(pause)
        return [one.ended for one in self.watched if one.ended is not None]

    def _begin(self, watched: Sequence[_Watched], now: float) -> None:
        if isinstance(self.hands, _Threads):
            self.hands.spread(len({one.region for one in self.watched}))
        for one in watched:
            try:
                one.progress = one.wait.begin(now)
            except Exception as exc:  # pylint: disable=broad-exception-caught
                self._lose(one, exc)

    def _tell_ends(self) -> None:
        """Tell of the waits that have ended, and let others join."""
        for one in self._untold:
            one.followed = True
            if self._follow is None or one.ended is None:
                continue
            now = self.clock.seconds()
            more = self._follow(one.ended, now - self.begun)
            if more is None:
                # what is being looked at may be starting something: it comes to its end first
                self._leaving = True
                continue
            joined = [_Watched(wait, now) for wait in more]
            self.watched += joined
            self._begin(joined, now)

    def say(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._emit(line)

    # -- one wait ------------------------------------------------------------------------------------------------------
    def _take(self, one: _Watched, work: Callable[[], Any], value: Any, error: Exception | None) -> None:
        """Take in what work has brought; nobody waits any more for what was left behind."""
        if one.work is not work:
            return
        self.hands.release(one)
        one.work = one.since = None
        if error is not None:
            self._lose(one, error)
        elif one.closing:
            one.ended = Ended(one.wait, value, None)
        else:
            self._step(one, self.clock.seconds(), value)

    def _go_on(self, one: _Watched, now: float) -> float:
        """Do what is due for a wait; returns the seconds until there is something again."""
        if one.closing or one.progress.over:
            if one.work is None:
                one.closing, progress = True, one.progress
                one.work = lambda: one.wait.result(progress)
        else:
            pause = self._step(one, now)
            if one.since is None:
                return pause
            return min(pause, self._patience(one, now))
        return self._patience(one, now)

    def _step(self, one: _Watched, now: float, look: steps.Look | None = None) -> float:
        pace = one.wait.pace
        if pace is None:
            raise RuntimeError("a wait was not begun")
        result = steps.step(pace, one.progress, now, lambda elapsed: self._beat_of(one, elapsed), one.wait.label, look)
        one.progress = result.progress
        self.say(result.lines)
        if result.look:
            elapsed = one.progress.elapsed
            one.work = lambda: one.wait.look(elapsed)
        return result.pause

    def _beat_of(self, one: _Watched, elapsed: float) -> str:
        """The sign of life, of those as well that wait for the same thing elsewhere; they have said theirs with it."""
        now = self.clock.seconds()
        silent = 0.0 if one.since is None else now - one.since
        beginning = f"{steps.prefix(one.wait.label)}{duration(elapsed)}, "
        if silent >= SILENT:
            return f"{beginning}no answer yet to a look that began {duration(silent)} ago"
        others = [other for other in self.open if self._shares(one, other, now)]
        for other in others:
            other.progress = other.progress._replace(last_line_at=now)
        if others:
            return one.wait.beat(elapsed, [other.wait for other in others])
        # not what a look is changing at this moment
        return one.wait.beat(elapsed) if one.since is None else f"{beginning}looking"

    @staticmethod
    def _shares(one: _Watched, other: _Watched, now: float) -> bool:
        """Whether the sign of life of one is that of the other: the same topic, the same beginning, and it answers."""
        if other is one or other.closing or not one.wait.topic or not isinstance(other.wait, one.wait.__class__):
            return False
        same = one.wait.topic == other.wait.topic
        side_by_side = abs(other.progress.begun - one.progress.begun) <= steps.INSTANT
        return same and side_by_side and (other.since is None or now - other.since < SILENT)

    def _lose(self, one: _Watched, error: Exception) -> None:
        """End a wait that cannot continue."""
        one.ended = Ended(one.wait, None, error)
        if not self.alone:
            text = f"{error.code}: {error.message}" if isinstance(error, DrsError) else repr(error)
            self.say([f"{steps.prefix(one.wait.label)}giving up: {clean(text, 300)}"])

    def _patience(self, one: _Watched, now: float) -> float:
        """Leave work behind that nobody can wait for any longer; returns the seconds until then."""
        if one.since is None or one.wait.pace is None:
            return math.inf
        last = one.since if one.closing else max(one.since, one.progress.begun + one.wait.pace.timeout)
        left = last + PATIENCE - now
        if left > 0:
            return left
        self.hands.release(one)
        error = DrsError("ReadTimeoutError", f"no answer for {duration(now - one.since)}")
        one.work = one.since = None
        one.progress = one.progress._replace(
            elapsed=now - one.progress.begun, timed_out=not one.closing, error=error.to_dict()
        )
        self.say([f"{steps.prefix(one.wait.label)}could not read: {error.code}: {error.message}; giving up"])
        try:
            one.ended = Ended(one.wait, one.wait.result(one.progress), None)
        except Exception as exc:  # pylint: disable=broad-exception-caught
            self._lose(one, exc)
        return math.inf

    # -- all of them ---------------------------------------------------------------------------------------------------
    def _start_what_is_due(self, now: float) -> None:
        for one in self.open:
            if one.work is not None and one.since is None and self.hands.has_room(one):
                one.since = now
                self.hands.start(one, one.work)
