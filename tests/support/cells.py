"""Use one account and Region of a running simulator with the collection's library, inside the test process.

What the modules do, without the seconds that a process of Ansible takes. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import request as recovery_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import wait as recovery_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell

from support.scenarios import REGION
from support.simulator import Simulator


class Place:
    """An account in a Region: its cell, and shortcuts for what tests do all the time."""

    def __init__(self, simulator: Simulator, account: str, region: str = REGION) -> None:
        self.simulator, self.account, self.region = simulator, account, region
        self._since = simulator.mark()
        self._effects = len(simulator.ledger())

    def cell(self, **options: Any) -> Cell:
        """A fresh cell, as a module makes one."""
        arn, external_id = self.simulator.role_of(self.account)
        return Cell(
            {
                "region": self.region,
                "endpoint_url": self.simulator.url,
                "access_key": self.simulator.scenario["hub_access_key"],
                "secret_key": "simulated",
                "cell": f"{self.account}.{self.region}",
                "assume_role_arn": arn,
                "external_id": external_id,
                **options,
            }
        )

    @property
    def drs(self) -> Any:
        """Plain boto3, for what other people do in this account."""
        return self.simulator.client("drs", self.account, self.region)

    def ids(self, *names: str) -> list[str]:
        """Ids of source servers by their names; all in the order of their names when none is given."""
        pages = self.drs.get_paginator("describe_source_servers").paginate(filters={})
        found = {
            item["sourceProperties"]["identificationHints"]["hostname"]: item["sourceServerID"]
            for page in pages
            for item in page["items"]
        }
        return [found[name] for name in names or sorted(found)]

    # -- the modules ---------------------------------------------------------------------------------------------

    def launch(self, ids: list[str], mode: str = "drill", run_id: str = "run-1", **more: Any) -> dict[str, Any]:
        """drs_recovery state=launched; ``check_mode``, ``cell`` and every option of the module may be given."""
        servers = [{"source_server_id": one} for one in ids]
        return self.perform(state="launched", mode=mode, run_id=run_id, servers=servers, **more)

    def terminate(self, **more: Any) -> dict[str, Any]:
        """drs_recovery state=terminated."""
        return self.perform(state="terminated", **more)

    def perform(self, check_mode: bool = False, cell: Cell | None = None, **options: Any) -> dict[str, Any]:
        """drs_recovery."""
        params = {key: spec.get("default") for key, spec in recovery_request.RECOVERY_SPEC.items()}
        return recovery_request.perform(cell or self.cell(), {**params, **options}, check_mode)

    def wait(self, started: dict[str, Any], lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """drs_job_wait; time passes by moving the simulator's clock."""
        params = {key: spec.get("default") for key, spec in recovery_wait.WAIT_SPEC.items()}
        params.update(jobs=started["jobs"], servers=started["servers"], launch=started["request"], **more)
        say = (lambda line: None) if lines is None else lines.append
        sleep = self.simulator.clock.advance
        return together.run(
            recovery_wait.JobWait(self.cell(), params, lambda: self.perform(**started["request"])), sleep, say
        )

    # -- what other people do ------------------------------------------------------------------------------------

    def foreign_launch(self, ids: list[str], drill: bool = True, finish: bool = True, **more: Any) -> str:
        """StartRecovery by somebody else; waits for its end unless told otherwise; the job's id."""
        wanted = [{"sourceServerID": one} for one in ids]
        job = self.drs.start_recovery(sourceServers=wanted, isDrill=drill, **more)["job"]["jobID"]
        if finish:
            self.simulator.clock.advance(3600)
        return str(job)

    def instances(self) -> dict[str, str]:
        """Recovery instances: id by source server id."""
        items = self.drs.describe_recovery_instances(filters={})["items"]
        return {item["sourceServerID"]: item["recoveryInstanceID"] for item in items}

    # -- the judges ----------------------------------------------------------------------------------------------

    def mark(self) -> None:
        """From here on: mutations() and effects() show only what comes after."""
        self._since = self.simulator.mark()
        self._effects = len(self.simulator.ledger())

    def calls(self, action: str | None = None) -> list[dict[str, Any]]:
        """Calls in this account since the mark."""
        return self.simulator.journal(self._since, action=action, account=self.account)

    def mutations(self) -> list[str]:
        """Actions in this account since the mark that change something."""
        return [entry["action"] for entry in self.calls() if entry["mutating"]]

    def effects(self, effect: str | None = None) -> list[dict[str, Any]]:
        """Effects in this account since the mark."""
        found = self.simulator.ledger(effect, since=self._effects)
        return [entry for entry in found if entry["account"] == self.account]

    def times(self, effect: str) -> dict[str, int]:
        """How often an effect happened to each source server."""
        counts: dict[str, int] = {}
        for entry in self.effects(effect):
            counts[entry["source_server_id"]] = counts.get(entry["source_server_id"], 0) + 1
        return counts


def by_id(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The server entries of a result by source server id."""
    return {one["source_server_id"]: one for one in result["servers"]}


def outcomes(result: dict[str, Any]) -> dict[str, int]:
    """The outcomes of a result with how many servers have each."""
    return {key: number for key, number in result["summary"].items() if number and key != "total"}
