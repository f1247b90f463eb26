"""Benchmark a drill of a fleet: the playbook drill against a minimal boto3 script.

`bench/drill.py [--sizes 300,3000,10000]`. The servers stand in equal cells of at most 300 (3, 10 and 34 cells; 10,000
are 9,996 then), in five waves, and each job takes 612 simulated seconds. Both work in the same run, each in a world of
its own made from the same scenario, with Ansible's default of five forks, and end in the same state: each server was
launched once as a drill, no wave before the one before it had ended.

Calls of DRS and AssumeRole and the simulated seconds beyond the jobs are exact. Wall time, processor time with all
children, and memory of all processes together (pages that they share counted once) are the machine's; what counts of
the times is the ratio to the script of the same run. The exit code is 1 when a target is missed. Sizes other than 3,000
and 10,000 have targets for the exact figures alone: starting Ansible takes longer than the whole of a small script.

BENCH_DETAIL=1 prints the calls by kind.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from _common import Measure, machine, measure
from _straight import source_servers
from support.playbook import Controller
from support.scenarios import REGION, account, fleet
from support.simulator import Simulator

SIZES = "300,3000,10000"
PER_CELL = 300
FEWEST_CELLS = 3
WAVES, JOB_SECONDS = 5, 612
STRAIGHT = Path(__file__).with_name("_drill_straight.py")


class Size(NamedTuple):
    """How large a fleet is, and what was measured of the playbook and of the script."""

    cells: int
    servers: int
    ours: Measure
    theirs: Measure

    @property
    def title(self) -> str:
        """``3,000 in 10 cells``."""
        return f"{self.servers:,} in {self.cells} cells"


class Figure(NamedTuple):
    """One row of the table.

    value: what is measured. ratio: judged as a ratio to the script, else as it is. most: the target by number of cells,
    with 0 for every other number of cells; none where it is absent.
    """

    title: str
    value: Callable[[Size, Measure], float]
    digits: int
    ratio: bool
    most: dict[int, float]


FIGURES = (
    Figure("simulated seconds beyond the jobs", lambda _size, one: one.simulated - WAVES * JOB_SECONDS, 0, False,
           {0: 15, 34: 30}),
    Figure("calls of DRS", lambda _size, one: one.of("drs"), 0, True, {0: 2}),
    Figure("AssumeRole a cell", lambda size, one: one.kinds.get("sts:AssumeRole", 0) / size.cells, 1, False, {0: 1}),
    Figure("wall seconds", lambda _size, one: one.wall, 1, True, {10: 8, 34: 8}),
    Figure("processor seconds", lambda _size, one: one.cpu, 1, True, {10: 15, 34: 15}),
    Figure("MiB of all processes", lambda _size, one: one.tree, 0, False, {10: 400, 34: 900}),
)  # fmt: skip


def scenario(cells: int, servers: int) -> dict[str, Any]:
    """Equal cells with equal waves, as far as the numbers allow."""
    accounts = [f"{100000000001 + number}" for number in range(cells)]
    share = servers // cells
    sizes = [share // WAVES + (wave < share % WAVES) for wave in range(WAVES)]
    fleets = [
        fleet(one, count, f"w{wave}-c{number}-" + "{n:03}", wave, tags={"dr:application": f"app-{number}"})
        for number, one in enumerate(accounts)
        for wave, count in enumerate(sizes, 1)
    ]
    return {
        "accounts": [account(one) for one in accounts],
        "fleets": fleets,
        "jobs": {"total": JOB_SECONDS},
    }


def proven(simulator: Simulator, servers: int) -> None:
    """Every server was launched once as a drill, and no wave began before the one before it had ended.

    :raises RuntimeError: anything else happened.
    """
    launched = [one for one in simulator.ledger("launched") if one["is_drill"]]
    ended = {one["source_server_id"]: one["time"] for one in launched}
    if not len(launched) == len(ended) == servers:
        raise RuntimeError(f"{len(launched)} launches of {len(ended)} servers instead of {servers}")
    began = {
        one["sourceServerID"]: entry["time"]
        for entry in simulator.journal(action="StartRecovery")
        for one in entry["request"]["sourceServers"]
    }
    waves: dict[str, list[str]] = {}
    for one in simulator.written["accounts"]:
        for server in source_servers(simulator.client("drs", one["id"])):
            waves.setdefault(server["tags"]["dr:wave"], []).append(server["sourceServerID"])
    for before, wave in itertools.pairwise(sorted(waves)):
        if max(ended[one] for one in waves[before]) > min(began[one] for one in waves[wave]):
            raise RuntimeError(f"wave {wave} began before wave {before} had ended")


def compare(cells: int, servers: int) -> Size:
    """Measure the playbook and the script, each on a world of its own.

    :raises RuntimeError: one of them failed, or did not end in the state that both must reach.
    """
    world = scenario(cells, servers)
    with tempfile.TemporaryDirectory(prefix="drs-bench-") as name:
        directory = Path(name)
        with Simulator(world) as simulator:
            controller = Controller(simulator, directory)
            env = {**controller.env, "ANSIBLE_FORKS": "5"}
            del env["ANSIBLE_CALLBACKS_ENABLED"]  # the tests' recorder is no part of a drill
            ours = measure(simulator, controller.command("drill"), env, directory, tree=True)
            proven(simulator, servers)
        with Simulator(world) as simulator:
            roles = [simulator.role_of(one["id"]) for one in world["accounts"]]
            told = json.dumps({"region": REGION, "roles": roles})
            env = {**os.environ, **simulator.aws_env, **simulator.sleep_env}
            theirs = measure(simulator, [sys.executable, str(STRAIGHT), told], env, directory, tree=True)
            proven(simulator, servers)
    return Size(cells, servers, ours, theirs)


def judged(size: Size) -> Iterator[tuple[Figure, float, float | None, bool]]:
    """Each figure with what is judged of it, its target, and whether it is held; no target is always held."""
    for figure in FIGURES:
        found = figure.value(size, size.ours)
        if figure.ratio:
            found /= figure.value(size, size.theirs)
        most = figure.most.get(size.cells, figure.most.get(0))
        yield figure, found, most, most is None or round(found, 2) <= most


def table(sizes: list[Size]) -> str:
    """The result as a table of Markdown: playbook / script, what is judged of it, and the target."""
    lines = ["| | " + " | ".join(size.title for size in sizes) + " |", "|---|" + "---|" * len(sizes)]
    columns = [list(judged(size)) for size in sizes]
    for number, figure in enumerate(FIGURES):
        cells = []
        for size, column in zip(sizes, columns):
            _figure, found, most, held = column[number]
            ours, theirs = (figure.value(size, one) for one in (size.ours, size.theirs))
            text = f"{ours:,.{figure.digits}f} / {theirs:,.{figure.digits}f}"
            text += f" = {found:.1f}" if figure.ratio else ""
            text += "" if most is None else f" (at most {most:g}{'' if held else ': **missed**'})"
            cells.append(text)
        lines.append(f"| {figure.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def growth(smaller: Size, larger: Size) -> str:
    """How much more the larger fleet needs, for the playbook and the script."""
    said = []
    for figure in FIGURES[1:2] + FIGURES[3:]:
        pairs = ((figure.value(smaller, smaller.ours), figure.value(larger, larger.ours)),
                 (figure.value(smaller, smaller.theirs), figure.value(larger, larger.theirs)))  # fmt: skip
        ours, theirs = (after / before for before, after in pairs)
        said.append(f"{figure.title} {ours:.1f} / {theirs:.1f}")
    times = larger.servers / smaller.servers
    return f"{smaller.servers:,} -> {larger.servers:,} servers ({times:.1f} times): " + ", ".join(said)


def main() -> int:
    """Measure and print the table; the exit code is 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of servers, by default {SIZES}")
    wanted = [int(one) for one in parser.parse_args().sizes.split(",")]
    print(
        f"A drill in {WAVES} waves: the playbook drill / a boto3 script that does the least. Simulated AWS, 5 forks.\n"
        f"{machine()}.",
        flush=True,
    )
    sizes: list[Size] = []
    for servers in sorted(wanted):
        cells = max(FEWEST_CELLS, -(-servers // PER_CELL))
        sizes.append(compare(cells, servers // cells * cells))
        print(f"\n{table(sizes[-1:])}", flush=True)
        if os.environ.get("BENCH_DETAIL"):
            print(f"playbook {dict(sizes[-1].ours.kinds)}\nscript {dict(sizes[-1].theirs.kinds)}", flush=True)
    if sizes[1:]:
        print(f"\n{table(sizes)}\n\nGrowth, playbook / script:")
        print("\n".join(growth(*pair) for pair in itertools.pairwise(sizes)))
    missed = [f"{size.title}: {one[0].title}" for size in sizes for one in judged(size) if not one[3]]
    print("\ntargets: " + (f"NOT HELD ({'; '.join(missed)})" if missed else "held"))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
