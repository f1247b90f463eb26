"""Benchmark the inventory of 3,000 source servers in ten cells against plain boto3 in the same run.

    python bench/inventory.py [--machines 3000] [--cells 10] [--rounds 5] [--latency 0.1]

Everything talks to one simulator on this machine, round after round in turn, so that a busy machine slows all alike. A
ratio is taken within each round, and the median of the rounds counts. The straight script assumes each role, pages
through DescribeSourceServers one cell after the other with clients of one boto3 session, and writes what it got as
JSON. Python's compiled files are kept in a folder of the bench, as those of an installed package are.

There are two tables. In the first the simulator answers at once, so that it shows only what the processor has to do. In
the second, for information, it answers each call of DRS and STS after --latency seconds, as AWS does, which takes
rather longer. The exit code is 1 when in the first table the uncached inventory takes more than twice the time of the
straight script or less than the cached one, or when the cached one makes a call.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _common import Measure, measure
from support.inventory import BIN, Inventory
from support.simulator import Simulator

REGION, ROLE, SECRET = "us-west-2", "DRSOrchestration", "external-id-of-the-bench"
TARGET = 2.0

STRAIGHT = """
import json, os, sys
import boto3
sts = boto3.client("sts", "us-west-2")
found = {}
for account in json.loads(sys.argv[1]):
    keys = sts.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/DRSOrchestration", RoleSessionName="straight",
        ExternalId=os.environ["DRS_EXTERNAL_ID"],
    )["Credentials"]
    drs = boto3.client(
        "drs", "us-west-2", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    pages = drs.get_paginator("describe_source_servers").paginate(filters={}, PaginationConfig={"PageSize": 200})
    found[account] = [item for page in pages for item in page["items"]]
with open(sys.argv[2], "w") as file:
    json.dump(found, file)
"""


def scenario(accounts: list[str], machines: int) -> dict[str, Any]:
    """Accounts with equal shares of the machines, tagged as people tag them."""
    fleets = []
    for number, account in enumerate(accounts):
        share = machines // len(accounts) + (number < machines % len(accounts))
        tags = {"dr:enabled": "true", "dr:recovery-strategy": "drs", "dr:application": f"app-{number}"}
        for wave in range(1, 4):
            count = share // 3 + (wave <= share % 3)
            if count:
                name = f"w{wave}-c{number}-" + "{n:04}"
                fleets.append(
                    {
                        "account": account,
                        "region": REGION,
                        "count": count,
                        "name": name,
                        "tags": {**tags, "dr:wave": str(wave), "dr:priority": str(wave), "dr:tier": "web"},
                    }
                )
    role = {"name": ROLE, "external_id": SECRET}
    return {
        # what is measured is reading, so more may replicate here than AWS allows by default
        "accounts": [{"id": one, "types": ["target"], "regions": [REGION], "role": role} for one in accounts],
        "fleets": fleets,
    }


def inventory_text(accounts: list[str], **options: Any) -> str:
    """A file of drs_instances; JSON is YAML."""
    return json.dumps(
        {
            "plugin": "resilience.drs.drs_instances",
            "hosts": "source_servers",
            "defaults": {"role_name": ROLE, "external_id_env": "DRS_EXTERNAL_ID", "regions": [REGION]},
            "accounts": [{"account_id": one} for one in accounts],
            **options,
        }
    )


def run(machines: int, cells: int, rounds: int, latencies: Sequence[float]) -> list[dict[str, list[Measure]]]:
    """For each latency all measurements by what was measured."""
    accounts = [f"{100000000001 + number}" for number in range(cells)]
    tables: list[dict[str, list[Measure]]] = []
    with tempfile.TemporaryDirectory(prefix="drs-bench-") as name, Simulator(scenario(accounts, machines)) as simulator:
        directory = Path(name)
        inventory = Inventory(simulator, directory, {"DRS_EXTERNAL_ID": SECRET})
        # without the machine's own opinion of compiled files
        env = {name: value for name, value in inventory.env.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = str(directory / "compiled")
        output = str(directory / "output.json")
        plain = directory / "plain.drs_instances.yml"
        plain.write_text(inventory_text(accounts), encoding="utf-8")
        cached = directory / "cached.drs_instances.yml"
        cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(directory / "c")}
        cached.write_text(inventory_text(accounts, **cache), encoding="utf-8")
        tool = str(BIN / "ansible-inventory")
        commands = {
            "straight boto3, one cell after the other": [sys.executable, "-c", STRAIGHT, json.dumps(accounts), output],
            "ansible-inventory --list, uncached": [tool, "-i", str(plain), "--list", "--output", output],
            "ansible-inventory --graph, uncached": [tool, "-i", str(plain), "--graph"],
            "ansible-inventory --list, cached": [tool, "-i", str(cached), "--list", "--output", output],
        }
        for command in commands.values():  # fills the cache, and compiles
            measure(simulator, command, env, directory)
        for latency in latencies:
            simulator.faults.clear()
            if latency:
                for service in ("drs", "sts"):
                    simulator.faults.add(kind="slow", service=service, seconds=latency)
            found: dict[str, list[Measure]] = {}
            for _round in range(rounds):
                for what, command in commands.items():
                    found.setdefault(what, []).append(measure(simulator, command, env, directory))
            tables.append(found)
        hosts = json.loads(Path(output).read_text(encoding="utf-8"))["_meta"]["hostvars"]
        if len(hosts) != machines:
            raise RuntimeError(f"the inventory has {len(hosts)} hosts instead of {machines}")
    return tables


def ratios(found: dict[str, list[Measure]]) -> dict[str, float]:
    """How many times the wall time of the straight script each takes: the median of the rounds."""
    straight = next(iter(found.values()))
    return {
        what: statistics.median(one.wall / other.wall for one, other in zip(runs, straight))
        for what, runs in found.items()
    }


def show(found: dict[str, list[Measure]], title: str) -> dict[str, float]:
    """Print the medians of one table; returns its ratios."""
    times = ratios(found)
    print(f"\n{title}\n{'':42}{'wall s':>8}{'cpu s':>8}{'MiB':>7}{'calls':>7}{'ratio':>7}")
    for what, runs in found.items():
        figures = ((one.wall, one.cpu, one.peak, one.calls) for one in runs)
        wall, cpu, peak, calls = map(statistics.median, zip(*figures))
        print(f"{what:42}{wall:8.2f}{cpu:8.2f}{peak:7.0f}{calls:7.0f}{times[what]:7.2f}")
    return times


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--machines", type=int, default=3000)
    parser.add_argument("--cells", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.1)
    options = parser.parse_args()
    tables = run(options.machines, options.cells, options.rounds, (0.0, options.latency))
    what = f"{options.machines} source servers in {options.cells} cells, medians of {options.rounds} rounds"
    times = show(tables[0], f"{what}, each call answered at once")
    show(tables[1], f"{what}, each call answered after {options.latency:g} s")
    uncached, cached = times["ansible-inventory --list, uncached"], times["ansible-inventory --list, cached"]
    calls = max(run.calls for table in tables for run in table["ansible-inventory --list, cached"])
    held = cached < uncached <= TARGET and not calls
    print(
        f"\ntarget: uncached at most {TARGET:g} times straight boto3 ({uncached:.2f}) in the first table,"
        f" cached faster ({cached:.2f}) and without a call ({calls}): {'held' if held else 'NOT HELD'}"
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
