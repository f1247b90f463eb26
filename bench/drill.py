"""What a drill costs: the playbook drill against a straight boto3 script that does the least possible.

`bench/drill.py [cells ...]`, by default 1, 10 and 34; a cell has 300 servers (294 of 34 cells: 9,996) in five waves,
and Ansible has its default of five forks. Both work in the same run of one simulator, each in accounts of its own.
Counted are the calls that the simulator saw, the time its clock moved beyond the jobs, and wall time, CPU seconds and
peak memory of the whole process tree.

Fails when a target is missed: see TARGETS.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "simulator")]

from support.playbook import Controller  # noqa: E402
from support.scenarios import REGION, account, fleet  # noqa: E402
from support.simulator import Simulator  # noqa: E402

SIZES = (1, 10, 34)
WAVES = 5
JOB_SECONDS = 612
FORKS = 5
STRAIGHT = Path(__file__).with_name("_drill_straight.py")
# Ratios to the script: wall, CPU seconds, DRS calls; and seconds beyond the jobs, MiB, AssumeRole for each cell.
TARGETS = {
    10: {"wall": 8.0, "cpu": 15.0, "calls": 2.0, "beyond": 15.0, "memory": 400.0, "roles": 1.0},
    34: {"wall": 8.0, "cpu": 15.0, "calls": 2.0, "beyond": 30.0, "memory": 900.0, "roles": 1.0},
}


def servers_of(cells: int) -> int:
    """How many servers a cell has."""
    return 294 if cells == 34 else 300


def accounts(prefix: str, cells: int) -> list[str]:
    """Account ids."""
    return [f"{prefix}{number:011}" for number in range(cells)]


def scenario(cells: int) -> dict[str, Any]:
    """Equal accounts for both."""
    both = [*accounts("1", cells), *accounts("2", cells)]
    each = servers_of(cells)
    sizes = [each // WAVES + (wave < each % WAVES) for wave in range(WAVES)]
    fleets = [fleet(one, size, f"w{wave}-{{n:03}}", wave) for one in both for wave, size in enumerate(sizes, start=1)]
    return {"accounts": [account(one) for one in both], "fleets": fleets, "jobs": {"total": JOB_SECONDS}}


def tree(root: int) -> set[int]:
    """A process and all that it has started, as far as they run."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has gone meanwhile
        parents[int(path.parent.name)] = int(fields[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def memory_of(pids: set[int]) -> float:
    """MiB of several processes; what they share counts once."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return total / 1024


def measured(command: list[str], env: dict[str, str], simulator: Simulator, cwd: Path) -> dict[str, Any]:
    """Run a command and measure it with all that it starts."""
    mark, clock, began = simulator.mark(), simulator.clock.elapsed, time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=env, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
        peak = 0.0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, memory_of(tree(process.pid)))
            time.sleep(0.1)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{output.read().decode(errors='replace')[-4000:]}")
    wall = time.monotonic() - began
    kinds = Counter(entry["action"] for entry in simulator.journal(mark))
    drs = sum(1 for entry in simulator.journal(mark, service="drs"))
    return {
        "calls": drs,
        "roles": kinds["AssumeRole"],
        "kinds": dict(kinds),
        "beyond": simulator.clock.elapsed - clock - WAVES * JOB_SECONDS,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": peak,
        "wall": wall,
    }


def proven(simulator: Simulator, owners: list[str], each: int) -> None:
    """Every server was launched once."""
    counts = Counter((entry["account"], entry["source_server_id"]) for entry in simulator.ledger("launched"))
    for owner in owners:
        mine = [count for (one, _server), count in counts.items() if one == owner]
        if len(mine) != each or set(mine) != {1}:
            raise SystemExit(f"account {owner}: {len(mine)} of {each} servers launched, some of them {max(mine)} times")


def compare(cells: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure the playbook and the script on one simulator."""
    ours, theirs = accounts("1", cells), accounts("2", cells)
    with Simulator(scenario(cells)) as simulator, tempfile.TemporaryDirectory(prefix="drs-bench-") as directory:
        controller = Controller(simulator, Path(directory), ours)
        env = {**controller.env, "ANSIBLE_FORKS": str(FORKS)}
        del env["ANSIBLE_CALLBACKS_ENABLED"]  # the tests' recorder is no part of a drill
        first = measured(controller.command("drill", {"recovery_run_id": "b"}), env, simulator, Path(directory))
        proven(simulator, ours, servers_of(cells))
        roles = [simulator.role_of(one) for one in theirs]
        told = json.dumps({"region": REGION, "roles": roles, "about_seconds": JOB_SECONDS - 12})
        env = {**os.environ, **simulator.aws_env, **simulator.sleep_env}
        second = measured([sys.executable, str(STRAIGHT), told], env, simulator, Path(directory))
        proven(simulator, theirs, servers_of(cells))
    return first, second


def missed(cells: int, ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """The targets that were missed."""
    wanted = TARGETS.get(cells) or {}
    ratios = {key: ours[key] / theirs[key] for key in ("wall", "cpu", "calls")}
    figures = {**ratios, "beyond": ours["beyond"], "memory": ours["memory"], "roles": ours["roles"] / cells}
    return [f"{key} {figures[key]:.1f}, not {most:g}" for key, most in wanted.items() if figures[key] > most]


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 1 when a target is missed."""
    sizes = [int(one) for one in arguments] or list(SIZES)
    print(f"A drill in {WAVES} waves, {FORKS} forks: the playbook / a straight boto3 script. Simulated AWS, one run.")
    row = "{:>5}  {:>7}  {:>13}  {:>12}  {:>13}  {:>13}  {:>14}  {:>10}"
    print(row.format("cells", "servers", "DRS calls", "beyond s", "wall s", "CPU s", "peak MiB", "AssumeRole"))
    wrong: list[str] = []
    before: tuple[int, dict[str, Any]] | None = None
    for cells in sizes:
        ours, theirs = compare(cells)
        pairs = [f"{ours[key]:.{digits}f} / {theirs[key]:.{digits}f}" for key, digits in (
            ("calls", 0), ("beyond", 0), ("wall", 1), ("cpu", 1), ("memory", 0), ("roles", 0)
        )]  # fmt: skip
        print(row.format(cells, cells * servers_of(cells), *pairs), flush=True)
        if before:
            more, cpu = cells / before[0], ours["cpu"] / before[1]["cpu"]
            print(f"       {more:.1f} times the cells: {cpu:.1f} times the CPU, "
                  f"{ours['memory'] / before[1]['memory']:.1f} times the memory", flush=True)  # fmt: skip
        before = (cells, ours)
        if os.environ.get("BENCH_DETAIL"):
            print(f"       ours {ours['kinds']}\n       script {theirs['kinds']}", flush=True)
        wrong += [f"{cells} cells: {one}" for one in missed(cells, ours, theirs)]
    print("targets: " + ("; ".join(wrong) if wrong else "held"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
