"""What a deployment costs: the playbook deploy_agents against a straight boto3 script that does the same.

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
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "simulator")]

from support.playbook import Controller  # noqa: E402
from support.scenarios import REGION, account  # noqa: E402
from support.simulator import Simulator  # noqa: E402

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


def measured(command: list[str], env: dict[str, str], simulator: Simulator, cwd: Path) -> dict[str, Any]:
    """Run a command and measure it."""
    calls, clock, began = simulator.mark(), simulator.clock.elapsed, time.monotonic()
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read() if process.stdout else b""
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output.decode(errors='replace')[-4000:]}")
    journal = simulator.journal(calls)
    kinds: dict[str, int] = {}
    for entry in journal:
        kinds[entry["action"]] = kinds.get(entry["action"], 0) + 1
    return {
        "calls": len(journal),
        "kinds": kinds,
        "simulated": simulator.clock.elapsed - clock,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
        "wall": time.monotonic() - began,
    }


def proven(simulator: Simulator, owners: dict[str, int]) -> None:
    """Every machine has a source server with its tags, and got one installer."""
    for owner, count in owners.items():
        pages = simulator.client("drs", owner).get_paginator("describe_source_servers").paginate(filters={})
        servers = [item for page in pages for item in page["items"]]
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


def compare(machines: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure the playbook and the script on one simulator."""
    whole = scenario(machines)
    ours, theirs = accounts("1", machines), accounts("2", machines)
    with Simulator(whole) as simulator, tempfile.TemporaryDirectory(prefix="drs-bench-") as directory:
        controller = Controller(simulator, Path(directory), list(ours))
        env = {**controller.env, "ANSIBLE_FORKS": "10"}
        del env["ANSIBLE_CALLBACKS_ENABLED"]  # the tests' recorder is no part of a deployment
        first = measured(controller.command("deploy_agents"), env, simulator, Path(directory))
        proven(simulator, ours)
        roles = [simulator.role_of(one) for one in theirs]
        told = json.dumps({"region": REGION, "roles": roles, "tags": TAGS, "sleep": simulator.sleep_env})
        env = {**os.environ, **simulator.aws_env, **simulator.sleep_env}
        second = measured([sys.executable, str(STRAIGHT), told], env, simulator, Path(directory))
        proven(simulator, theirs)
    return first, second


def pair(ours: dict[str, Any], theirs: dict[str, Any], key: str, digits: int) -> str:
    """One figure of both sides."""
    return f"{ours[key]:.{digits}f} / {theirs[key]:.{digits}f}"


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
        calls, simulated = ours["calls"] / theirs["calls"], ours["simulated"] / theirs["simulated"]
        worst = max(worst, calls, simulated)

        both = functools.partial(pair, ours, theirs)

        per = f"{ours['calls'] / machines:.2f} / {theirs['calls'] / machines:.2f}"
        print(
            row.format(
                machines, both("calls", 0), per, both("simulated", 0), both("cpu", 1), both("memory", 0),
                both("wall", 0), f"{calls:.2f}", f"{simulated:.2f}",
            ),
            flush=True,
        )  # fmt: skip
        if os.environ.get("BENCH_DETAIL"):
            print(f"          ours {ours['kinds']}\n          script {theirs['kinds']}", flush=True)
    print(f"this process: peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    said = "held" if worst <= MOST else "NOT HELD"
    print(f"target: at most {MOST} times the calls and the simulated time: {said} ({worst:.2f})")
    return 0 if worst <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
