"""Benchmark a deployment: the playbook deploy_agents against a plain boto3 script that does the same.

`bench/deploy.py [machines ...]`, by default 10, 50, 100 and 1,000. Both work in the same run of one simulator, each in
accounts of its own with equal machines (no more than 250 to an account), and end in the same state: every machine has
a connected source server with its name and recovery tags. Counted are the calls that the simulator saw, the time that
its clock moved, the CPU seconds of the controller with all its workers, and the memory of its largest process.

Fails when the playbook needs more than 1.3 times the calls or the simulated time of the script.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from _common import Measure, measure
from _straight import source_servers
from support.playbook import Controller
from support.scenarios import REGION, account
from support.simulator import Simulator

SIZES = (10, 50, 100, 1000)
PER_ACCOUNT = 250
MOST = 1.3
TAGS = {"dr:enabled": "true", "dr:recovery-strategy": "drs", "dr:wave": "1", "dr:application": "bench"}
STRAIGHT = Path(__file__).with_name("_deploy_straight.py")


def accounts(prefix: str, machines: int) -> dict[str, int]:
    """Account ids and how many machines each has."""
    count = -(-machines // PER_ACCOUNT)
    return {f"{prefix}{number:011}": machines // count + (number < machines % count) for number in range(count)}


def scenario(machines: int) -> dict[str, Any]:
    """Equal machines for both; how long an installer takes is the same for the same machine of both."""
    both = {**accounts("1", machines), **accounts("2", machines)}
    groups = [
        {
            "account": one,
            "region": REGION,
            "count": count,
            "name": "web-{n:04}",
            "tags": TAGS,
            # from 60 to 180 seconds, scattered
            "servers": {f"web-{n:04}": {"install_seconds": [60 + n * 37 % 121] * 2} for n in range(1, count + 1)},
        }
        for one, count in both.items()
    ]
    return {"accounts": [account(one, types=["source", "staging"]) for one in both], "instances": groups}


def proven(simulator: Simulator, owners: dict[str, int]) -> None:
    """Every machine has a source server with its tags, and got one installer."""
    for owner, count in owners.items():
        servers = source_servers(simulator.client("drs", owner))
        tagged = [
            one
            for one in servers
            if one["tags"].get("Name", "").startswith("web-") and TAGS.items() <= one["tags"].items()
        ]
        installed = [one for one in simulator.ledger("agent_installed") if one["origin_account"] == owner]
        if not len(servers) == len(tagged) == len(installed) == count:
            raise SystemExit(
                f"account {owner}: {len(servers)} servers, {len(tagged)} tagged, {len(installed)} of {count}"
            )


def compare(machines: int) -> tuple[Measure, Measure]:
    """Measure the playbook and the script on one simulator."""
    whole = scenario(machines)
    ours, theirs = accounts("1", machines), accounts("2", machines)
    with Simulator(whole) as simulator, tempfile.TemporaryDirectory(prefix="drs-bench-") as directory:
        controller = Controller(simulator, Path(directory), list(ours))
        env = {**controller.env, "ANSIBLE_FORKS": "10"}
        del env["ANSIBLE_CALLBACKS_ENABLED"]  # the tests' recorder is no part of a deployment
        first = measure(simulator, controller.command("deploy_agents"), env, Path(directory))
        proven(simulator, ours)
        roles = [simulator.role_of(one) for one in theirs]
        told = json.dumps({"region": REGION, "roles": roles, "tags": TAGS, "sleep": simulator.sleep_env})
        env = {**os.environ, **simulator.aws_env, **simulator.sleep_env}
        second = measure(simulator, [sys.executable, str(STRAIGHT), told], env, Path(directory))
        proven(simulator, theirs)
    return first, second


def pair(ours: Measure, theirs: Measure, key: str, digits: int) -> str:
    """One figure of both sides."""
    return f"{getattr(ours, key):.{digits}f} / {getattr(theirs, key):.{digits}f}"


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 1 when a ratio is too high."""
    sizes = [int(one) for one in arguments] or list(SIZES)
    print("Deploying agents: the playbook deploy_agents / a straight boto3 script; ratio. Simulated AWS, one run.")
    head = ("machines", "calls", "per machine", "simulated s", "CPU s", "peak MiB", "wall s", "calls", "time")
    row = "{:>8}  {:>12}  {:>13}  {:>13}  {:>11}  {:>10}  {:>11}  {:>6}  {:>6}"
    print(row.format(*head))
    worst = 0.0
    for machines in sizes:
        ours, theirs = compare(machines)
        calls, simulated = ours.calls / theirs.calls, ours.simulated / theirs.simulated
        worst = max(worst, calls, simulated)

        both = functools.partial(pair, ours, theirs)

        per = f"{ours.calls / machines:.2f} / {theirs.calls / machines:.2f}"
        print(
            row.format(
                machines, both("calls", 0), per, both("simulated", 0), both("cpu", 1), both("peak", 0),
                both("wall", 0), f"{calls:.2f}", f"{simulated:.2f}",
            ),
            flush=True,
        )  # fmt: skip
        if os.environ.get("BENCH_DETAIL"):
            print(f"          ours {dict(ours.kinds)}\n          script {dict(theirs.kinds)}", flush=True)
    print(f"this process: peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    said = "held" if worst <= MOST else "NOT HELD"
    print(f"target: at most {MOST} times the calls and the simulated time: {said} ({worst:.2f})")
    return 0 if worst <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
