"""Virtual time: one clock for all accounts, Regions and services of the simulator.

Two modes:

``stepped``
    Time moves only when somebody sleeps or advances it. Clients join at their first sleep; when all joined clients are
    asleep the clock jumps to the earliest wake-up, so a simulated hour costs milliseconds and each run sees the same
    times. A client that neither sleeps nor leaves for ``grace`` real seconds, while nobody calls AWS, is presumed dead
    and no longer waited for.
``speed``
    Virtual time is real time multiplied by a factor.

The epoch of both is the real time at which the clock was made, because clients compare it with certificates,
signatures and credentials of the real world.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MODES = ("stepped", "speed")
DEFAULT_GRACE = 2.0
# A sleeping client whose process was killed is found by looking at its connection this often (real seconds).
_PROBE_EVERY = 0.5


@dataclass
class _Client:
    """One sleeping or working client; times are real monotonic seconds, `wake` is a virtual offset."""

    last_seen: float
    wake: float | None = None


def _always_alive() -> bool:
    return True


class Clock:
    """Thread-safe virtual clock, see the module's text for the two modes."""

    def __init__(self, mode: str = "stepped", speed: float = 60.0, grace: float = DEFAULT_GRACE) -> None:
        self._cond = threading.Condition()
        self._epoch = datetime.datetime.now(datetime.timezone.utc)
        self._offset = 0.0
        self._anchor = time.monotonic()
        self._clients: dict[str, _Client] = {}
        self._busy = 0
        self.grace = grace
        self.mode = mode
        self.speed = speed
        self._check(mode, speed)

    @staticmethod
    def _check(mode: str, speed: float) -> None:
        if mode not in MODES:
            raise ValueError(f"clock mode {mode!r} is not one of {', '.join(MODES)}")
        if not speed > 0:
            raise ValueError(f"clock speed {speed!r} must be above 0 (1 is real time)")

    def _elapsed(self) -> float:
        """Virtual seconds since the epoch; the caller holds the lock."""
        if self.mode == "speed":
            return self._offset + (time.monotonic() - self._anchor) * self.speed
        return self._offset

    def elapsed(self) -> float:
        """Virtual seconds since the simulator started."""
        with self._cond:
            return self._elapsed()

    def now(self) -> datetime.datetime:
        """The virtual time, aware, in UTC."""
        return self._epoch + datetime.timedelta(seconds=self.elapsed())

    def configure(self, mode: str | None = None, speed: float | None = None, grace: float | None = None) -> None:
        """Change mode, speed or grace without moving the time. Raises ValueError for values out of range."""
        with self._cond:
            self._check(mode or self.mode, self.speed if speed is None else speed)
            self._offset = self._elapsed()
            self._anchor = time.monotonic()
            self.mode = mode or self.mode
            self.speed = self.speed if speed is None else float(speed)
            self.grace = self.grace if grace is None else float(grace)
            self._cond.notify_all()

    def advance(self, seconds: float) -> datetime.datetime:
        """Move the time forward by hand; sleepers whose time has come wake up. Returns the new time."""
        if seconds < 0:
            raise ValueError(f"the clock cannot go back ({seconds} seconds)")
        with self._cond:
            self._offset += seconds
            self._cond.notify_all()
        return self.now()

    def sleep(self, client: str, seconds: float, alive: Callable[[], bool] = _always_alive) -> datetime.datetime:
        """Block the calling thread for virtual seconds.

        client: any stable text that names the caller. alive: tells whether the caller still listens; a dead one is
        dropped at once. Returns the virtual time at which it woke up.
        """
        if seconds < 0:
            raise ValueError(f"cannot sleep {seconds} seconds")
        with self._cond:
            name = client
            # Two calls at once under one name are two sleepers; the extra ones leave when they wake.
            while name in self._clients and self._clients[name].wake is not None:
                name += "+"
            client, extra = name, name != client
            me = self._clients[client] = _Client(last_seen=time.monotonic(), wake=self._elapsed() + seconds)
            self._cond.notify_all()
            while self._clients.get(client) is me and me.wake is not None and self._elapsed() < me.wake:
                if not alive():
                    del self._clients[client]
                    self._cond.notify_all()
                    break
                if self.mode == "stepped":
                    self._step(me)
                else:
                    self._cond.wait(min((me.wake - self._elapsed()) / self.speed, _PROBE_EVERY))
            me.wake = None
            me.last_seen = time.monotonic()
            if extra:
                self._clients.pop(client, None)
                self._cond.notify_all()
        return self.now()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around each AWS call: whoever is served works, so nobody is presumed dead meanwhile."""
        with self._cond:
            self._busy += 1
        try:
            yield
        finally:
            with self._cond:
                self._busy -= 1
                real = time.monotonic()
                for other in self._clients.values():
                    other.last_seen = real

    def _step(self, me: _Client) -> None:
        """Jump to the earliest wake-up when everybody sleeps, else wait for the others (lock held)."""
        real = time.monotonic()
        for name, other in list(self._clients.items()):
            if other.wake is None and not self._busy and real - other.last_seen >= self.grace:
                del self._clients[name]
        awake = [other for other in self._clients.values() if other.wake is None]
        if awake:
            patience = min(self.grace - (real - other.last_seen) for other in awake)
            self._cond.wait(min(max(patience, 0.001), _PROBE_EVERY))
            return
        # Only the client that wakes first moves the clock: its own thread has just checked that it is alive, so the
        # wake-up of a killed client never decides how far the time jumps.
        earliest = min(other.wake for other in self._clients.values() if other.wake is not None)
        if me.wake == earliest:
            self._offset = max(self._offset, earliest)
            self._cond.notify_all()
        else:
            self._cond.wait(_PROBE_EVERY)

    def leave(self, client: str) -> bool:
        """A client says that it will not sleep again; nobody waits for it any more. Returns whether it was known."""
        with self._cond:
            known = self._clients.pop(client, None) is not None
            self._cond.notify_all()
        return known

    def describe(self) -> dict[str, object]:
        """State for people and tests: time, mode, speed, and who is waited for."""
        with self._cond:
            clients = {name: ("working" if c.wake is None else "asleep") for name, c in self._clients.items()}
            mode, speed, grace = self.mode, self.speed, self.grace
        return {
            "now": self.now().isoformat(),
            "elapsed": round(self.elapsed(), 3),
            "mode": mode,
            "speed": speed,
            "grace": grace,
            "clients": clients,
        }
