"""The demo: the real playbooks, as an operator would type them, against a simulated AWS of six accounts.

Every act says what it is about, shows the command, and lets Ansible speak. What must hold at the end is checked against
the simulator's own ledger of effects; the demo fails when it does not.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import tree

sys.path.insert(0, str(tree.ROOT / "tests"))

from support.simulator import Simulator

INVENTORIES = tree.ROOT / "simulator" / "inventories"
RUN = "q4-drill-demo"
ORDERS = "444444444444"
SHOP, HOME = "666666666666", "us-east-1"
RECORD = tree.ROOT / ".build" / "demo"
WIDTH = 100


class DemoError(RuntimeError):
    """Something that the demo shows did not happen."""


class Demo:
    """One performance over one simulator."""

    def __init__(self, simulator: Simulator, store: str) -> None:
        self.simulator = simulator
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))},
            "PATH": os.pathsep.join([str(tree.VENV / "bin"), os.environ.get("PATH", os.defpath)]),
            "ANSIBLE_COLLECTIONS_PATH": str(tree.ROOT / ".build"),
            "ANSIBLE_HOME": str(tree.ROOT / ".build" / "ansible-home"),
            "ANSIBLE_INVENTORY": str(INVENTORIES / "drill.drs_accounts.yml"),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_FORKS": "4",
            "LC_ALL": "C.UTF-8",
            "DRS_EXTERNAL_ID": "demo-external-id",
            "RESILIENCE_DRS_STORE": store,
            **simulator.aws_env,
            **simulator.sleep_env,
        }

    def play(self, verb: str, *arguments: str, expect: int = 0) -> None:
        """Run a playbook of the collection as a person would, and insist on how it ends."""
        command = ["ansible-playbook", f"resilience.drs.{verb}", *arguments]
        print(f"$ {shlex.join(command)}", flush=True)
        code = subprocess.run(command, env=self.environment, check=False).returncode
        if code != expect:
            raise DemoError(f"{command[1]} ended with exit status {code} instead of {expect}")

    def counts(self) -> dict[str, int]:
        """How often each effect stands in the simulator's ledger."""
        counted: dict[str, int] = {}
        for entry in self.simulator.ledger():
            counted[entry["effect"]] = counted.get(entry["effect"], 0) + 1
        return counted


def act(number: str, title: str, *lines: str) -> None:
    """Announce an act."""
    print(f"\n{'=' * WIDTH}\n{number}. {title}\n" + "".join(f"   {line}\n" for line in lines) + "-" * WIDTH, flush=True)


def insist(statement: str, held: bool) -> None:
    """Print what was checked, and fail when it does not hold."""
    print(f"   {'ok' if held else 'NOT SO'}: {statement}", flush=True)
    if not held:
        raise DemoError(statement)


def perform(demo: Demo) -> None:
    """The acts."""
    act(
        "1",
        "From tagged machines to protected servers",
        "Eight machines in three accounts are tagged for disaster recovery and have no agent yet. They get",
        "one in two waves; the ones in warehouse replicate into another account. One machine is out of",
        "reach of Systems Manager: its wave waits five minutes for it, installs on the others meanwhile,",
        "and continues without it. It is named with its remedy.",
    )
    demo.play("deploy_agents", "-e", "agent_deploy_wait_for=continuous", "-e", "agent_deploy_fail_on=never")
    insist("seven agents were installed", demo.counts().get("agent_installed") == 7)

    act(
        "2",
        "What would a drill do?",
        "payments recovers its own servers and the ones that replicate into two staging accounts; orders",
        "recovers its own and those of warehouse. Check mode shows the whole plan and launches nothing.",
    )
    before = demo.counts()
    demo.play("drill", "-e", "recovery_plan_name=q4-drill", "--check")
    insist("check mode changed nothing in AWS", demo.counts() == before)

    act(
        "3",
        "The drill: three waves over all accounts",
        "A wave starts in all accounts at once, and the next one waits for all of them.",
        "One server will not launch: it is optional, so the drill continues and says why.",
    )
    demo.play("drill", "-e", "recovery_plan_name=q4-drill", "-e", f"recovery_run_id={RUN}")

    act(
        "4",
        "Type the same command again",
        "The run is known: what it launched is adopted, nothing is launched a second time.",
    )
    before = demo.counts()
    demo.play("drill", "-e", "recovery_plan_name=q4-drill", "-e", f"recovery_run_id={RUN}")
    insist("nothing was launched twice", demo.counts() == before)

    act(
        "5",
        "Clean up, and prove it",
        "Only what this run launched as a drill is terminated; then DRS and EC2 are read again.",
    )
    demo.play("terminate", "-e", f"terminate_run_id={RUN}")
    counts = demo.counts()
    insist(
        f"the simulated AWS itself counts {counts['launched']} launched, {counts['terminated']} terminated instances",
        counts["launched"] == counts["terminated"],
    )
    insist("no earlier instance was wiped", "wiped" not in counts)

    drilled = {entry["recovery_instance_id"] for entry in demo.simulator.ledger("launched")}

    act(
        "6",
        "AssumeRole is denied",
        "orders now denies the role. The others are shown, orders is named with the remedy, and the",
        "command fails, because coverage is incomplete. Then orders lets us in again.",
    )
    demo.simulator.deny_role(ORDERS)
    demo.play("status", expect=2)
    demo.simulator.deny_role(ORDERS, deny=False)

    disaster(demo)
    record(demo, drilled)


def record(demo: Demo, drilled: set[str]) -> None:
    """What is left: a page for people, a bundle of the drill for auditors, and that it equals what AWS counts."""
    act(
        "9",
        "The record",
        "One page of the drill, the disaster and the failback that opens from a file, and a bundle of the",
        "drill's evidence that an auditor can check byte by byte.",
    )
    shutil.rmtree(RECORD, ignore_errors=True)
    page, evidence = RECORD / "report", RECORD / "evidence"
    options = {"report_run_id": RUN, "report_dir": str(page), "report_evidence_dir": str(evidence)}
    demo.play("report", "-e", json.dumps(options))
    demo.play("verify_evidence", "-e", f"evidence_path={evidence}")
    waves = json.loads((evidence / "waves.json").read_text(encoding="utf-8"))
    launched = {
        one["recovery_instance_id"] for wave in waves for one in wave["servers"] if one["outcome"] == "launched"
    }
    insist(
        f"the evidence holds the same {len(launched)} recovery instances as the ledger of the simulated AWS",
        launched == drilled,
    )


def disaster(demo: Demo) -> None:
    """A failover and the failback."""
    shop = {"applications": ["shop"]}
    act(
        "7",
        "A disaster: the shop leaves us-east-1",
        "Say us-east-1 is lost. The simulated one still answers; what is shown is what you type then. The",
        "shop fails over to us-west-2, nothing else does. A failover wants its confirmation typed: the words",
        "that name the plan, its servers and the Region. Check mode shows the plan and tells them.",
    )
    wanted = {"recovery_plan_name": "shop", "recovery_run_id": "shop-lost", "recovery_selection": shop}
    before = demo.counts()
    demo.play("failover", "-e", json.dumps(wanted), "--check")
    insist("check mode launched nothing and shows the words that are typed now", demo.counts() == before)
    demo.play("failover", "-e", json.dumps({**wanted, "recovery_confirm": "FAILOVER shop 2 us-west-2"}))
    insist("two machines serve in us-west-2", len(live_instances(demo, "us-west-2")) == 2)

    act(
        "8",
        "Failback",
        "The data flows back to us-east-1 and the shop starts there, while us-west-2 serves on. Then somebody",
        "has validated it and moved the traffic; the confirmed command protects it again and tidies up.",
    )
    wanted = {"failback_plan_name": "shop", "failback_run_id": "shop-home", "failback_selection": shop}
    demo.play("failback", "-e", json.dumps(wanted))
    insist("both sides run, nothing was taken away", len(live_instances(demo, "us-west-2")) == 2)
    confirmed = {
        **wanted,
        "failback_validated": True,
        "failback_confirm": f"FAILBACK shop 2 {HOME} TERMINATE 2 us-west-2",
    }
    demo.play("failback", "-e", json.dumps(confirmed))
    insist("nothing of the shop is left in us-west-2", not live_instances(demo, "us-west-2"))
    servers = demo.simulator.client("drs", SHOP, "us-west-2").describe_source_servers()["items"]
    insist(
        "both servers replicate from the original Region to us-west-2 again",
        {(one["replicationDirection"], one["dataReplicationInfo"]["dataReplicationState"]) for one in servers}
        == {("FAILOVER", "CONTINUOUS")},
    )


def live_instances(demo: Demo, region: str) -> list[str]:
    """The running machines of the shop in a Region."""
    states = [{"Name": "instance-state-name", "Values": ["running"]}]
    answer = demo.simulator.client("ec2", SHOP, region).describe_instances(Filters=states)
    return [one["InstanceId"] for group in answer["Reservations"] for one in group["Instances"]]


def main() -> int:
    """Start the simulator, perform, stop."""
    began = time.monotonic()
    print("Starting a simulated AWS of six accounts. Its clock jumps while everybody waits.", flush=True)
    with Simulator("drill") as simulator, tempfile.TemporaryDirectory(prefix="resilience-drs-demo-") as store:
        try:
            perform(Demo(simulator, store))
        except DemoError as exc:
            print(f"\nThe demo failed: {exc}", file=sys.stderr)
            return 1
        simulated = simulator.clock.elapsed / 60
    took = time.monotonic() - began
    print(f"\n{'=' * WIDTH}\nThat was a drill, a disaster and the failback:", end=" ")
    print(f"{simulated:.0f} simulated minutes in {took:.0f} seconds.")
    print(f"Look at the record: {RECORD / 'report' / 'index.html'}")
    print("Read on: README.md, docs/. Prove it: make test.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
