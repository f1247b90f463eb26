"""Fail back from a recovery cell to the original cell with the collection's library. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import wait as failback_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together

from support.cells import Place
from support.scenarios import REGION, SECRET, account, fleet
from support.simulator import Simulator

ORIGIN, TARGET = "111111111111", "444444444444"
HOME = "us-east-1"
DAY = 86400
TEMPLATE = {
    "stagingAreaSubnetId": "subnet-00000000",
    "associateDefaultSecurityGroup": True,
    "replicationServersSecurityGroupsIDs": [],
    "replicationServerInstanceType": "t3.small",
    "useDedicatedReplicationServer": False,
    "defaultLargeStagingDiskType": "GP3",
    "ebsEncryption": "NONE",
    "bandwidthThrottling": 0,
    "dataPlaneRouting": "PRIVATE_IP",
    "createPublicIP": False,
    "stagingAreaTags": {},
    "pitPolicy": [
        {"ruleID": number, "interval": interval, "retentionDuration": kept, "units": unit, "enabled": True}
        for number, interval, kept, unit in ((1, 10, 60, "MINUTE"), (2, 1, 24, "HOUR"), (3, 1, 7, "DAY"))
    ],
}
QUICK = {"reverse_bytes_per_second": 50 * 1024**3 // 3600}


def two_cells(count: int = 2, trusted: bool = True, **more: Any) -> dict[str, Any]:
    """Servers of an account in one Region that replicate into another account in another Region.

    trusted: whether the two accounts have the failback roles for each other.
    """
    places = {"types": ["source", "target"], "regions": [REGION, HOME]}
    fleets = more.pop("fleets", None) or [fleet(TARGET, count, "web-{n:02}", tags={"dr:application": "shop"})]
    for one in fleets:
        one.setdefault("origin", {"account": ORIGIN, "region": HOME})
    return {
        "accounts": [account(ORIGIN, "shop", **places), account(TARGET, "dr", **places)],
        "fleets": fleets,
        "jobs": {"total": 600},
        "settings": QUICK,
        **({"failback_roles": [{"account": ORIGIN, "trusts": TARGET}]} if trusted else {}),
        **more,
    }


class Way:
    """The recovery cell and the original cell of a scenario, and drs_failback between them."""

    def __init__(self, simulator: Simulator, original: str = ORIGIN, recovery: str = TARGET) -> None:
        self.simulator = simulator
        self.home = Place(simulator, original, HOME)
        self.away = Place(simulator, recovery, REGION)
        give_template(simulator, original)

    def original_cells(self) -> list[dict[str, Any]]:
        """The option of the module: every cell of both accounts."""
        found = []
        for one in dict.fromkeys((self.home.account, self.away.account)):
            role, external_id = self.simulator.role_of(one)
            for region in (HOME, REGION):
                way = {"account_id": one, "region": region, "assume_role_arn": role, "external_id": external_id}
                found.append({**way, "cell": f"{one}.{region}"})
        return found

    def params(self, **options: Any) -> dict[str, Any]:
        """Options of the module as Ansible would give them, the way to the cells included."""
        role, external_id = self.simulator.role_of(self.away.account)
        way = {
            "region": REGION,
            "endpoint_url": self.simulator.url,
            "access_key": self.simulator.scenario["hub_access_key"],
            "secret_key": "simulated",
            "assume_role_arn": role,
            "external_id": external_id,
        }
        defaults = {key: spec.get("default") for key, spec in failback_request.FAILBACK_SPEC.items()}
        return {**defaults, **way, "original_cells": self.original_cells(), "run_id": "home-1", **options}

    def state(self, state: str, mode: str = "failback", check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """drs_failback of all servers of the recovery cell unless some are named."""
        options.setdefault("source_server_ids", None if options.get("servers") else self.away.ids())
        params = self.params(state=state, mode=mode, **options)
        return failback_request.perform(self.away.cell(), params, check_mode)

    def wait(self, started: dict[str, Any], lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """drs_failback_wait; time passes by moving the simulator's clock."""
        params = {key: spec.get("default") for key, spec in failback_wait.WAIT_SPEC.items()}
        whole = {**self.params(), **params, "request": started["request"], "servers": started["servers"], **more}
        whole["original_cells"] = self.original_cells()
        say = (lambda line: None) if lines is None else lines.append
        return together.run(failback_wait.FailbackWait(self.away.cell(), whole), self.simulator.clock.advance, say)

    def reach(self, state: str, mode: str = "failback", **options: Any) -> dict[str, Any]:
        """drs_failback and the wait after it."""
        return self.wait(self.state(state, mode, **options))

    def failover(self, drill: bool = False, **tags: str) -> None:
        """Launch every server in the recovery cell, as a run of this collection did."""
        self.away.launch(self.away.ids(), mode="drill" if drill else "recovery", run_id="over-1")
        self.simulator.clock.advance(3600)

    def vouch(self, result: dict[str, Any]) -> dict[str, Any]:
        """Options with which a person vouches for what a result shows as launched."""
        count = len(result["servers"])
        text = f"FAILBACK shop {count} {HOME}"
        return {
            "validated_recovery_instance_ids": [one["recovery_instance_id"] for one in result["servers"]],
            "confirmation": {"text": text, "plan": "shop", "count": count, "regions": [HOME]},
        }


class ZoneWay(Way):
    """One account in one Region, in which machines go from one zone to another: both cells of the way are the same."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator, TARGET)
        self.home = self.away

    def machines(self) -> dict[str, str]:
        """By id of the EC2 instance its state."""
        ec2 = self.simulator.client("ec2", TARGET, REGION)
        found = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
        return {one["InstanceId"]: one["State"]["Name"] for one in found}


def give_template(simulator: Simulator, account_id: str, region: str = HOME) -> None:
    """The replication template from which DRS makes reversed servers, as set-up makes it."""
    ec2 = simulator.client("ec2", account_id, region)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    drs = simulator.client("drs", account_id, region)
    drs.create_replication_configuration_template(**{**TEMPLATE, "stagingAreaSubnetId": subnet})


def calls(way: Way, since: int) -> list[str]:
    """Actions of DRS since a mark that change something, in order, those that follow each other once."""
    found: list[str] = []
    for one in way.simulator.journal(since):
        ours = one["mutating"] and one["service"] == "drs" and one["action"] != "TagResource"
        if ours and found[-1:] != [one["action"]]:
            found.append(one["action"])
    return found


__all__ = ["DAY", "HOME", "ORIGIN", "REGION", "SECRET", "TARGET", "Way", "ZoneWay", "calls", "two_cells"]
