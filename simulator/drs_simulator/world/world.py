"""The world: one object that holds what every simulated service shares.

Service code imports it when it needs it (``from drs_simulator.world import world``); before a scenario is loaded it is
an empty world with a stepped clock, so the DRS backend also works under moto's own decorators.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Mapping
from typing import Any

from ..scenario import scenario as scenarios
from ..iam import staging_roles
from ..iam.accounts import Accounts
from .clock import Clock
from .faults import Faults
from ..machines.instances import Register
from .journal import Journal
from .ledger import Ledger
from ..ssm.commands import Commands


class World:
    """Clock, journal, ledger, faults, accounts and settings of one simulator process.

    lock: every AWS call runs under it, because neither moto nor the DRS backend is made for threads.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.load(None)

    def load(self, source: str | os.PathLike[str] | Mapping[str, Any] | None) -> None:
        """Start afresh with a scenario (file, data or None). Raises ScenarioError. Servers are made by seeding."""
        self.scenario = scenarios.load(source)
        self.clock = Clock(**self.scenario.clock)
        self.journal = Journal()
        self.ledger = Ledger(self.clock.now)
        self.faults = Faults(self.rng)
        for number, rule in enumerate(self.scenario.faults):
            try:
                self.faults.add(rule, f"faults[{number}]")
            except ValueError as problem:
                raise scenarios.ScenarioError(str(problem)) from None
        #: (staging account, target account) whose staging role is the scenario's.
        self.staging_pairs = frozenset(staging_roles.pairs(self.scenario))
        #: (account, Region) -> EBS encryption of its servers, see keys.seed.
        self.keys: dict[tuple[str, str], dict[str, str]] = {}
        self.accounts = Accounts(self.scenario)
        self.machines = Register()
        self.commands = Commands(self.scenario.machines.ssm)

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
