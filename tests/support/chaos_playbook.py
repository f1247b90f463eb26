"""Chaos tests with ansible-playbook, killed at its launches and at its writes to the run store.

The run store is a table of DynamoDB in the simulator, so that every write is a call, and any call can be held while the
controller is killed. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_dynamodb import DynamoStore

from support.chaos import World, many_worlds
from support.playbook import Controller, Process, Run
from support.scenarios import REGION
from support.simulator import ROOT, Simulator

TABLE = {"backend": "dynamodb", "table": "resilience-drs-history", "region": REGION}
HUB = ROOT / "roles" / "account_setup" / "files" / "hub.yml"
EDGES = ("StartRecovery", "PutItem")
HOLD_TIMEOUT = 90.0
SERVERS = ((0, "1"), (1, "1"), (1, "2"), (2, "2"), (2, "3"))
"""Cell and wave of each server of a world: three waves over three cells in as few tasks of Ansible as can be."""


def small_worlds(count: int) -> dict[str, Any]:
    """The scenario of so many worlds with those servers."""
    whole = many_worlds(count)
    fleets = [one for one in whole["fleets"] if (int(one["account"][6:]), one["tags"]["dr:wave"]) in SERVERS]
    return {**whole, "fleets": fleets}


def make_table(simulator: Simulator) -> None:
    """The table of the role account_setup, in the controller's own account."""
    simulator.client("cloudformation").create_stack(StackName="hub", TemplateBody=HUB.read_text(encoding="utf-8"))


def kept(simulator: Simulator, run_id: str) -> dict[str, Any]:
    """What the table holds of a run; empty when it holds nothing."""
    keys = {"access_key": simulator.scenario["hub_access_key"], "secret_key": "simulated"}
    cell = Cell({"region": REGION, "endpoint_url": simulator.url, "cell": "run store", **keys})
    try:
        return run_request.stored_run(DynamoStore(cell, TABLE["table"], clock.now), run_id)
    except DrsError as exc:
        if exc.code != "run_unknown":
            raise
        return {}


def held(simulator: Simulator, process: Process, rule: str) -> bool:
    """Wait until a call is held by a rule, its effect done and journalled; False when the playbook ended without it."""
    deadline = time.monotonic() + HOLD_TIMEOUT
    while not next(one["holding"] for one in simulator.faults() if one["id"] == rule):
        if not process.running:
            return False
        if time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"the playbook came to no call of {rule} in {HOLD_TIMEOUT:.0f} seconds")
        time.sleep(0.05)
    return True


@dataclass(frozen=True)
class Edge:
    """A call that changes something: the so manieth of its action in a run."""

    action: str
    number: int
    what: str

    def __str__(self) -> str:
        return f"{self.action} {self.number} ({self.what})"


class PlaybookWorld(World):
    """A world whose controllers are playbooks and whose run store is the table."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.store = dict(TABLE)
        self.controller = Controller(self.simulator, self.directory / "controller", self.accounts)

    def start_playbook(self, playbook: str, options: Mapping[str, Any]) -> Process:
        """Start a playbook that keeps its run in the table."""
        return self.controller.start(playbook, {"drs_run_store": TABLE, **options})

    def drill(self) -> Process:
        """The run of this world, from its beginning."""
        return self.start_playbook("drill", {"recovery_run_id": self.run_id, "recovery_plan_name": "chaos"})

    def resume(self) -> Process:
        """The run of this world, by somebody else."""
        return self.start_playbook("resume", {"runs_id": self.run_id})

    def killed(self, edge: Edge, when: str) -> bool:
        """Kill a drill while that call is held; False when it did not come to it."""
        rule = f"edge-{self.number}"
        self.simulator.faults.add(
            f"hold_{when}", action=edge.action, after=edge.number - 1, times=1, id=rule, **self._match(edge)
        )
        process = self.drill()
        try:
            found = held(self.simulator, process, rule)
            process.kill()
        finally:
            self.simulator.faults.clear(rule)
        return found

    def _match(self, edge: Edge) -> dict[str, Any]:
        return (
            {"service": "drs", "account": self.accounts} if edge.action == "StartRecovery" else {"service": "dynamodb"}
        )

    def carried_on(self) -> tuple[Run, str]:
        """What an operator does then: resume; and the drill again when the store has never heard of the run.

        Returns the last playbook with its name.
        """
        run = self.resume().wait()
        if run.rc and "run_unknown" in run.output:
            return self.drill().wait(), "drill"
        return run, "resume"

    def kept(self) -> dict[str, Any]:
        return kept(self.simulator, self.run_id)

    def edges(self) -> list[Edge]:
        """The launches and the writes of this world's run so far, in order."""
        counts: Counter[str] = Counter()
        found = []
        for one in self.simulator.journal(self._calls):
            mine = one["account"] in self.accounts or one["account"] == self.simulator.hub_account
            if one["action"] in EDGES and mine:
                counts[one["action"]] += 1
                what = one["request"].get("item") or f"cell {self.accounts.index(one['account']) + 1}"
                found.append(Edge(one["action"], counts[one["action"]], what))
        return found

    def effects(self) -> list[tuple[str, int, str]]:
        """What the ledger says of this world, without ids: effect, cell, wave of the job, in a fixed order."""
        return sorted(
            (one["effect"], self.accounts.index(one["account"]), (one["job_tags"] or {}).get("resilience.drs/wave", ""))
            for one in self.ledger()
        )


def make_world(simulator: Simulator, number: int, directory: Path) -> PlaybookWorld:
    """A world with a run id of its own, because all worlds of a simulator share its table."""
    directory.mkdir(parents=True, exist_ok=True)
    return PlaybookWorld(simulator, number, directory, run_id=f"chaos-{number}")
