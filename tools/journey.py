"""Run the whole journey of a server: protected, extended, drilled, failed over, failed back, protected again.

One simulated AWS, the real playbooks. At the end two judges look at what the simulator has recorded: no machine with
live data was lost at any moment, and the calls of the failback came in the order of the DRS user guide.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
import tempfile
import time

import demo
import tree
from demo import DemoError, act, insist
from support.failback import give_template
from support.failback_order import violations
from support.live_machines import replay
from support.simulator import Simulator

SHOP, DR, EAST, WEST = "111111111111", "444444444444", "us-east-1", "us-west-2"
#: Hours of virtual time in few looks.
PACE = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 3600}
HOME = {
    "failback_plan_name": "shop",
    "failback_run_id": "home-1",
    "failback_selection": {"applications": ["shop"]},
    **PACE,
}


class Journey(demo.Demo):
    """A demo over the world of the journey."""

    def __init__(self, simulator: Simulator, store: str) -> None:
        super().__init__(simulator, store)
        self.environment["ANSIBLE_INVENTORY"] = str(demo.INVENTORIES / "journey.drs_accounts.yml")

    def go(self, verb: str, **variables: object) -> None:
        """Run a playbook with variables."""
        self.play(verb, "-e", json.dumps(variables))

    def servers(self) -> dict[str, dict]:
        """Source servers of the recovery account by name."""
        items = self.simulator.client("drs", DR, WEST).describe_source_servers(filters={})["items"]
        return {item["sourceProperties"]["identificationHints"]["hostname"]: item for item in items}

    def losses(self) -> list[str]:
        """What the judge of live machines has to say so far."""
        return replay(self.simulator.ledger()).losses


def perform(journey: Journey) -> None:
    """The stations."""
    simulator = journey.simulator
    act("1", "Deploy", "Four machines in two accounts get their agents.")
    journey.go("deploy_agents", agent_deploy_wait_for="continuous")
    insist("four agents were installed", journey.counts().get("agent_installed") == 4)

    act(
        "2",
        "Extend",
        "The machines of depot replicate into a staging account; the recovery account takes them as its own.",
    )
    journey.go("extend")
    insist("the recovery account has four source servers", len(journey.servers()) == 4)

    act("3", "Drill", "Everything is launched as a drill, and cleaned up.")
    journey.go("drill", recovery_plan_name="journey", recovery_run_id="drill-1")
    journey.go("terminate", terminate_run_id="drill-1")
    counts = journey.counts()
    insist("four were launched, four are terminated", counts["launched"] == counts["terminated"] == 4)

    act(
        "4", "Failover", "The original Region is in trouble: its machines are stopped, the recovery account takes over."
    )
    machines = [one["sourceProperties"]["identificationHints"]["awsInstanceID"] for one in journey.servers().values()]
    for account in (SHOP, "222222222222"):
        ec2 = simulator.client("ec2", account, EAST)
        there = [
            one["InstanceId"]
            for reservation in ec2.describe_instances()["Reservations"]
            for one in reservation["Instances"]
            if one["InstanceId"] in machines
        ]
        ec2.stop_instances(InstanceIds=there)
    confirm = f"FAILOVER journey 4 {WEST}"
    journey.go("failover", recovery_plan_name="journey", recovery_run_id="over-1", recovery_confirm=confirm)
    insist("no live machine was lost", journey.losses() == [])

    act("5", "Failback", "shop fails back; depot stays where it serves. First to where both sides run ...")
    give_template(simulator, SHOP, EAST)
    journey.go("failback", **HOME)
    act("6", "... then validated, confirmed, protected and cleaned up.")
    journey.go(
        "failback", **HOME, failback_validated=True, failback_confirm=f"FAILBACK shop 2 {EAST} TERMINATE 2 {WEST}"
    )
    insist("no live machine was lost", journey.losses() == [])

    act(
        "7",
        "Protected again",
        "shop replicates from the machines that were launched in the original cell, and a drill from there works.",
    )
    shop = [one for name, one in journey.servers().items() if name.startswith("shop")]
    launched = {entry["machine"] for entry in simulator.ledger("protected")}
    hints = {one["sourceProperties"]["identificationHints"]["awsInstanceID"] for one in shop}
    insist("shop replicates from the machines in the original cell", len(launched) == 2 and hints == launched)
    states = {one["dataReplicationInfo"]["dataReplicationState"] for one in shop}
    insist("replication is continuous, in the right direction", states == {"CONTINUOUS"})
    insist("direction FAILOVER", {one["replicationDirection"] for one in shop} == {"FAILOVER"})
    again = {"recovery_plan_name": "journey-2", "recovery_run_id": "drill-2"}
    journey.go("drill", **again, recovery_selection={"applications": ["shop"]})
    journey.go("terminate", terminate_run_id="drill-2")

    act("8", "What the simulated AWS has recorded")
    verdict = replay(simulator.ledger())
    for life in verdict.lives.values():
        print(f"   {life.name}: live on {' -> '.join([machine for _number, machine in life.story]) or life.live}")
    insist("at no moment a live machine was lost", verdict.losses == [])
    insist(
        "the failback went by the order of the user guide", violations(simulator.journal(), simulator.ledger()) == []
    )


def main() -> int:
    """Start the simulator, travel, stop."""
    began = time.monotonic()
    with Simulator("journey") as simulator, tempfile.TemporaryDirectory(prefix="resilience-drs-journey-") as store:
        try:
            perform(Journey(simulator, store))
        except DemoError as exc:
            print(f"\nThe journey failed: {exc}", file=sys.stderr)
            return 1
        simulated = simulator.clock.elapsed / 3600
    print(f"\n{simulated:.1f} simulated hours in {time.monotonic() - began:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(tree.ROOT / ".build"))
    sys.exit(main())
