"""Virtual time for the service: events that become due, run lazily and in the order of their due times.

There are no threads and no timers. A state machine says "at this time, do that"; each access first settles everything
that is due by now, across all accounts and Regions, so an effect has the same time and order however rarely or often
somebody looks.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from drs_simulator.world.world import world

from ..settings import DURATIONS, QUOTAS

#: Held by each DRS call and by settling, so that requests served by threads never see half an effect.
lock = threading.RLock()


def now() -> datetime:
    """The virtual time, aware, UTC."""
    return world.clock.now()


def record(effect: str, at: datetime, **fields: Any) -> None:
    """Write an effect to the ledger under the time at which it was due."""
    world.ledger.record(effect, at=at, **fields)
    world.tell(effect, at, **fields)


def tell(what: str, at: datetime, **fields: Any) -> None:
    """Tell whoever listens of something that is no effect on a machine, and so not in the ledger."""
    world.tell(what, at, **fields)


def rng(*names: Any) -> Random:
    """A random source that depends on the scenario's seed and these names only."""
    return world.rng(*(str(name) for name in names))


def quotas(account_id: str, region: str) -> dict[str, int]:
    """The quotas in force: the documented defaults with the scenario's own values over them."""
    return {**QUOTAS, **(world.quotas(account_id, region) or {})}


def encryption(account_id: str, region: str) -> dict[str, str]:
    """EBS encryption of the servers of an account and Region, when the scenario says."""
    return dict(world.keys.get((account_id, region), {}))


def job_total() -> float | None:
    """Seconds that every launch job lasts, when the scenario fixes it."""
    total = (world.job_settings or {}).get("total")
    return None if total is None else float(total)


def draw(phase: str, *names: Any) -> float:
    """Seconds of one job phase of one server, stable for the names. ``phase`` is a key of settings.DURATIONS."""
    settings = world.job_settings or {}
    low_high = (settings.get("durations") or settings).get(phase, DURATIONS[phase])
    if isinstance(low_high, (int, float)):
        return float(low_high)
    low, high = low_high
    return round(rng("duration", phase, *names).uniform(low, high), 3)


class Owner:
    """Whoever scheduled an event; once retired its events are dropped (moto's reset makes a backend anew)."""

    def __init__(self) -> None:
        self.alive = True


class Schedule:
    """All pending events of all backends in one heap."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Owner, Callable[[datetime], None]]] = []
        self._numbers = itertools.count()
        self._settling = False

    def at(self, due: datetime, owner: Owner, action: Callable[[datetime], None]) -> None:
        """Run ``action(due)`` once the virtual time has reached ``due``; equal times run in the order of calls."""
        heapq.heappush(self._heap, (due, next(self._numbers), owner, action))

    def after(self, start: datetime, seconds: float, owner: Owner, action: Callable[[datetime], None]) -> None:
        """Run ``action`` that many seconds after ``start``."""
        self.at(start + timedelta(seconds=seconds), owner, action)

    def settle(self, until: datetime) -> None:
        """Run everything that is due. Re-entrant calls do nothing: the outer one finishes the work in order."""
        if self._settling:
            return
        self._settling = True
        try:
            while self._heap and self._heap[0][0] <= until:
                due, _number, owner, action = heapq.heappop(self._heap)
                if owner.alive:
                    action(due)
        finally:
            self._settling = False


schedule = Schedule()


def settle_all(until: datetime | None = None) -> datetime:
    """Bring every DRS backend up to ``until`` (now when not given); returns that time.

    Call it before any request of any service: EC2 shows what DRS has launched by then.
    """
    with lock:
        moment = until or now()
        schedule.settle(moment)
        return moment
