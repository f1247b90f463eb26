"""Benchmark a deployment: the playbook deploy_agents against a plain boto3 script that does the same.

`bench/deploy.py [machines ...]`, by default 10, 100 and 1,000, in up to 34 cells with five forks. Both work in the same
run of one simulator, each in accounts of its own with equal machines, and end in the same state: every machine has a
connected source server with its name and recovery tags. Counted are the calls that the simulator saw, the time
that its clock moved beyond the slowest installer, the CPU seconds with all children, and the memory of all processes
together, pages that they share counted once.

Fails above 1.3 times the calls of the script, or 30 seconds beyond the installers.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from _common import Measure, machine, measure
from _straight import source_servers
from support.playbook import Controller
from support.scenarios import REGION, account
from support.simulator import Simulator

SIZES = (10, 100, 1000)
PER_ACCOUNT = 10
MOST_ACCOUNTS = 34
MOST = 1.3
MOST_BEYOND = 30
TAGS = {"dr:enabled": "true", "dr:recovery-strategy": "drs", "dr:wave": "1", "dr:application": "bench"}
STRAIGHT = Path(__file__).with_name("_deploy_straight.py")


def accounts(prefix: str, machines: int) -> dict[str, int]:
    """Account ids and how many machines each has."""
    count = min(MOST_ACCOUNTS, -(-machines // PER_ACCOUNT))
    return {f"{prefix}{number:011}": machines // count + (number < machines % count) for number in range(count)}


def seconds(number: int) -> int:
    """How long the installer of a machine takes: from 60 to 180 seconds, scattered."""
    return 60 + number * 37 % 121


def slowest(machines: int) -> int:
    """How long the slowest installer takes."""
    return max(seconds(n) for n in range(1, max(accounts("1", machines).values()) + 1))


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
            "servers": {f"web-{n:04}": {"install_seconds": [seconds(n)] * 2} for n in range(1, count + 1)},
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
        env = {**controller.env, "ANSIBLE_FORKS": "5"}
        del env["ANSIBLE_CALLBACKS_ENABLED"]  # the tests' recorder is no part of a deployment
        first = measure(simulator, controller.command("deploy_agents"), env, Path(directory), tree=True)
        proven(simulator, ours)
        roles = [simulator.role_of(one) for one in theirs]
        told = json.dumps({"region": REGION, "roles": roles, "tags": TAGS, "sleep": simulator.sleep_env})
        env = {**os.environ, **simulator.aws_env, **simulator.sleep_env}
        second = measure(simulator, [sys.executable, str(STRAIGHT), told], env, Path(directory), tree=True)
        proven(simulator, theirs)
    return first, second


def pair(ours: Measure, theirs: Measure, key: str, digits: int) -> str:
    """One figure of both sides."""
    return f"{getattr(ours, key):.{digits}f} / {getattr(theirs, key):.{digits}f}"


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 1 when a target is missed."""
    sizes = [int(one) for one in arguments] or list(SIZES)
    print("Deploying agents: the playbook deploy_agents / a straight boto3 script. Simulated AWS, one run, 5 forks.")
    print(f"{machine()}.\n")
    head = (
        "machines",
        "cells",
        "calls",
        "ratio",
        "s beyond installers",
        "AssumeRole a cell",
        "CPU s",
        "MiB of all",
        "wall s",
    )
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    missed = []
    for machines in sizes:
        ours, theirs = compare(machines)
        cells, last = len(accounts("1", machines)), slowest(machines)
        calls, beyond = ours.calls / theirs.calls, ours.simulated - last
        missed += [f"{machines} machines: calls"] if calls > MOST else []
        missed += [f"{machines} machines: time"] if beyond > MOST_BEYOND else []
        both = functools.partial(pair, ours, theirs)
        row = (
            machines, cells, both("calls", 0), f"{calls:.2f}", f"{beyond:.0f} / {theirs.simulated - last:.0f}",
            f"{ours.kinds.get('sts:AssumeRole', 0) / cells:.1f}", both("cpu", 1), both("tree", 0), both("wall", 0),
        )  # fmt: skip
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
        if os.environ.get("BENCH_DETAIL"):
            print(f"          ours {dict(ours.kinds)}\n          script {dict(theirs.kinds)}", flush=True)
    said = f"NOT HELD ({'; '.join(missed)})" if missed else "held"
    print(f"\ntargets: at most {MOST} times the calls, {MOST_BEYOND} seconds beyond the installers: {said}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
