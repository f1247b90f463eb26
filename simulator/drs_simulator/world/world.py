"""The world: one object that holds what every simulated service shares.

Every room to the right imports it (``from drs_simulator.world.world import world``). Before a scenario is loaded it is
an empty world with a stepped clock, so the DRS backend also works under moto's own decorators. What rooms to the right
keep for it stands in slots, which assembly/start.py fills.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..scenario import scenario as scenarios
from ..scenario.access import staging_pairs
from .clock import Clock
from .faults import Faults
from .journal import Journal
from .ledger import Ledger

if TYPE_CHECKING:
    from ..iam.accounts import Accounts
    from ..machines.instances import Register
    from ..ssm.commands import Commands


class World:
    """Clock, journal, ledger, faults, settings and slots of one simulator process.

    lock: every AWS call runs under it, because neither moto nor the DRS backend is made for threads.
    """

    #: The slots: without an attribute until they are filled.
    accounts: Accounts
    machines: Register
    commands: Commands

    def __init__(self) -> None:
        self.lock = threading.RLock()
        #: Told of everything that happens to servers: what, when, and the fields of the ledger.
        self.listeners: list[Callable[[str, datetime, dict[str, Any]], None]] = []
        self._makers: dict[str, Callable[[], Any]] = {}
        self.load(None)

    def fill(self, **makers: Callable[[], Any]) -> None:
        """Say who makes the content of slots, by their names; it is made now, and anew with each scenario."""
        self._makers.update(makers)
        self._fill()

    def _fill(self) -> None:
        for slot, make in self._makers.items():
            setattr(self, slot, make())

    def load(self, source: str | os.PathLike[str] | Mapping[str, Any] | None) -> None:
        """Start afresh with a scenario (file, data or None). Raises ScenarioError. Servers are made by seeding."""
        self.scenario = scenarios.load(source)
        self.clock = Clock(**self.scenario.clock)
        self.journal = Journal(self.scenario.journal_keep)
        self.ledger = Ledger(self.clock.now)
        self.faults = Faults(self.rng)
        for number, rule in enumerate(self.scenario.faults):
            try:
                self.faults.add(rule, f"faults[{number}]")
            except ValueError as problem:
                raise scenarios.ScenarioError(str(problem)) from None
        #: (staging account, target account) whose staging role is the scenario's.
        self.staging_pairs = frozenset(staging_pairs(self.scenario))
        #: Whether IAM holds this scenario's roles, see iam/seeding.py; until then nobody can have changed them.
        self.roles_put = False
        #: (account, Region) -> EBS encryption of its servers, see iam/keys.py, seed.
        self.keys: dict[tuple[str, str], dict[str, str]] = {}
        self._fill()

    def tell(self, what: str, at: datetime, **fields: Any) -> None:
        """Tell the listeners of something that happened."""
        for listener in self.listeners:
            listener(what, at, fields)

    @property
    def settings(self) -> dict[str, Any]:
        """Answers to what AWS does not document, see simulator/README.md."""
        return self.scenario.settings

    @property
    def job_settings(self) -> dict[str, Any]:
        """{durations: {phase: (low, high) seconds}, total: seconds or None}."""
        return self.scenario.jobs

    def quotas(self, account: str, region: str) -> dict[str, int]:
        """All quotas of one account and Region by short name, the scenario's values over the defaults of AWS."""
        found = self.scenario.account(account)
        return {**scenarios.QUOTAS, **(found.quotas if found else {})}

    def rng(self, *names: object) -> random.Random:
        """Random numbers that depend on the seed and these names only, whatever else was drawn before."""
        text = "\x1f".join([str(self.scenario.seed), *map(str, names)])
        return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


world = World()
