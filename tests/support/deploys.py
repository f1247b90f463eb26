"""Deploy agents to a source cell of a running simulator, inside the test process.

What drs_agent_install and drs_agent_wait do, without the seconds that a process of Ansible takes. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import wait as agent_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import (
    replication_wait as replication_waiting,
)

from support.cells import Place
from support.scenarios import REGION
from support.simulator import Simulator

#: The usual tags of a machine that is to be protected.
TAGS = {"dr:enabled": "true", "dr:recovery-strategy": "drs", "dr:wave": "1"}


def machines(account: str, count: int, name: str = "web-{n:02}", **more: Any) -> dict[str, Any]:
    """Machines of a scenario, tagged for protection; tags are added to the usual ones."""
    tags = {**TAGS, **more.pop("tags", {})}
    return {"account": account, "region": REGION, "count": count, "name": name, "tags": tags, **more}


class Source(Place):
    """A source cell, and the replication cell that its machines replicate into: the same account unless told."""

    def __init__(
        self, simulator: Simulator, account: str, into: str | None = None, region: str = REGION, to_region: str = REGION
    ) -> None:
        super().__init__(simulator, account, region)
        self.into, self.to_region = into or account, to_region

    @property
    def replication(self) -> dict[str, Any]:
        """The option ``replication``."""
        if (self.into, self.to_region) == (self.account, self.region):
            return {}
        arn, external_id = self.simulator.role_of(self.into)
        return {
            "account_id": self.into,
            "region": self.to_region,
            "cell": f"{self.into}.{self.to_region}",
            "assume_role_arn": arn,
            "external_id": external_id,
        }

    @property
    def ec2(self) -> Any:
        """Plain boto3 of EC2 in the source account."""
        return self.simulator.client("ec2", self.account, self.region)

    @property
    def ssm(self) -> Any:
        """Plain boto3 of Systems Manager in the source account."""
        return self.simulator.client("ssm", self.account, self.region)

    def instance_ids(self, *names: str) -> list[str]:
        """Instance ids by name, in the order asked for; all by name when none is given."""
        found = {}
        for page in self.ec2.get_paginator("describe_instances").paginate():
            for reservation in page["Reservations"]:
                for one in reservation["Instances"]:
                    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
                    found[tags.get("Name", one["InstanceId"])] = one["InstanceId"]
        return [found[name] for name in names or sorted(found)]

    def source_servers(self) -> dict[str, dict[str, Any]]:
        """Source servers of the replication cell, as DRS describes them, by the instance they protect."""
        client = self.simulator.client("drs", self.into, self.to_region)
        pages = client.get_paginator("describe_source_servers").paginate(filters={})
        items = [item for page in pages for item in page["items"]]
        return {item["sourceProperties"]["identificationHints"]["awsInstanceID"]: item for item in items}

    # -- the modules ---------------------------------------------------------------------------------------------

    def install(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """drs_agent_install, with every option of the module."""
        params = {key: spec.get("default") for key, spec in agent_request.INSTALL_SPEC.items()}
        params["replication"] = self.replication
        cell = options.pop("cell", None) or self.cell()
        return agent_request.perform(cell, {**self._way(), **params, **options}, check_mode)

    def _way(self) -> dict[str, Any]:
        """The cell options of the source cell, as a task has them."""
        return dict(self.cell()._params)

    def await_agents(self, started: dict[str, Any], lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """drs_agent_wait; time passes by moving the simulator's clock."""
        params = {key: spec.get("default") for key, spec in agent_wait.WAIT_SPEC.items()}
        params.update(commands=started["commands"], servers=started["servers"], server_tags=started["server_tags"])
        params.update(launch=started["request"], **more)
        say = (lambda line: None) if lines is None else lines.append
        cell = self.cell()
        target = agent_request.replication_cell(cell, {**self._way(), "replication": self.replication})

        def relaunch(instance_ids: list[str], **changed: Any) -> dict[str, Any]:
            return self.install(**{**started["request"], **changed, "instance_ids": instance_ids})

        waiting = agent_wait.InstallationWait(cell, target, params, relaunch)
        return together.run(waiting, self.simulator.clock.advance, say)

    def deploy(self, lines: list[str] | None = None, waiting: dict[str, Any] | None = None, **options: Any) -> Any:
        """drs_agent_install, then drs_agent_wait."""
        return self.await_agents(self.install(**options), lines, **(waiting or {}))

    def await_replication(self, ids: list[str], lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """drs_replication_wait."""
        params = {key: spec.get("default") for key, spec in replication_waiting.WAIT_SPEC.items()}
        params.update(source_server_ids=ids, **more)
        cell = agent_request.replication_cell(self.cell(), {**self._way(), "replication": self.replication})
        say = (lambda line: None) if lines is None else lines.append
        return together.run(replication_waiting.ReplicationWait(cell, params), self.simulator.clock.advance, say)

    # -- the judges ----------------------------------------------------------------------------------------------

    def sent(self) -> list[dict[str, Any]]:
        """SendCommand calls that were accepted since the mark."""
        return [one for one in self.calls("SendCommand") if one["error"] is None]

    def installations(self) -> dict[str, int]:
        """How often an installer ran on each machine since the mark, whatever came of it."""
        counts: dict[str, int] = {}
        for entry in self.simulator.ledger(since=self._effects):
            if entry["effect"].startswith("agent_") and entry.get("origin_account") == self.account:
                counts[entry["instance_id"]] = counts.get(entry["instance_id"], 0) + 1
        return counts


def by_name(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of a result by the name of the machine; a name that stands twice fails."""
    names = [one["name"] for one in result["servers"]]
    if len(set(names)) < len(names):
        raise AssertionError(f"a machine stands twice: {names}")
    return {one["name"]: one for one in result["servers"]}
