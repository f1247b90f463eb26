"""Run chaos with ansible-playbook as the controller, a part of `make chaos`. Exit code 1 on a violation.

ansible-playbook runs a drill of three waves over three cells, with the table of DynamoDB as its run store. Its launches
and its writes are counted in an undisturbed run. At each of them the call is held before, and in another run after its
effect, the playbook is killed with all its workers, and the playbook `resume` continues. The ledger must be that of the
undisturbed run, and the invariants of tests/support/chaos.py must hold.

    --minutes N   begin no case after so many minutes (or DRS_CHAOS_MINUTES); without it the whole matrix
    --seed N      shuffles the cases (or DRS_CHAOS_SEED); by default a new one with --minutes, else none
    --half        each edge once, before and after its effect in turn
    --at TEXT     only the cases that have this in their names, such as "after PutItem 7 "
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import tree

sys.path[:0] = [str(tree.ROOT / "tests"), str(tree.ROOT / ".build")]

from support.chaos import violations  # noqa: E402
from support.chaos_playbook import (  # noqa: E402
    SERVERS,
    Edge,
    PlaybookWorld,
    make_table,
    make_world,
    small_worlds,
)
from support.playbook import Run  # noqa: E402
from support.simulator import Simulator  # noqa: E402

BATCH = 20  # worlds of one simulator; a fresh one is started after so many
ONCE_A_TABLE = ("removal",)  # what only the first run of a day writes into a table: such a case begins a fresh one
Case = tuple[Edge, str]


class Matrix:
    """Worlds one after the other, and what was wrong in them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.simulator: Simulator | None = None
        self.used = BATCH
        self.worlds = 0
        self.effects: list[tuple[str, int, str]] = []
        self.killed = {"before": 0, "after": 0}
        self.again = 0
        self.wrong: list[str] = []

    def world(self) -> PlaybookWorld:
        """A world that nobody has touched."""
        if self.simulator is None or self.used == BATCH:
            self.close()
            self.simulator, self.used = Simulator(small_worlds(BATCH)), 0
            make_table(self.simulator)
        self.used += 1
        self.worlds += 1
        return make_world(self.simulator, self.used - 1, self.directory / str(self.worlds))

    def close(self) -> None:
        """Stop the simulator; one that failed itself proves nothing."""
        if self.simulator is not None:
            if self.simulator.health()["internal_errors"]:
                self.wrong.append("the simulator itself failed")
            self.simulator.stop()
            self.simulator = None

    def undisturbed(self) -> list[Edge]:
        """The edges of a run that nobody disturbs; its effects are those of all others."""
        began, world = time.monotonic(), self.world()
        run = world.drill().wait()
        self.effects = world.effects()
        self.judge("undisturbed", world, run, began)
        return world.edges()

    def kill(self, edge: Edge, when: str) -> None:
        """Kill the playbook at an edge; another one continues."""
        if edge.what in ONCE_A_TABLE:
            self.used = BATCH
        began, world = time.monotonic(), self.world()
        what = f"killed {when} {edge}"
        if not world.killed(edge, when):
            self.wrong.append(f"{what}: the playbook did not come to it")
            return
        run, playbook = world.carried_on()
        self.killed[when] += 1
        self.again += playbook != "resume"
        self.judge(f"{what}, then {playbook}", world, run, began)

    def judge(self, what: str, world: PlaybookWorld, run: Run, began: float) -> None:
        """Hold a world against the invariants, and its run and its ledger against the undisturbed one."""
        found = violations(world)
        record = world.kept().get("run") or {}
        if run.rc or (record.get("status"), record.get("summary")) != ("succeeded", {"launched": len(SERVERS)}):
            found.append(f"it ended with {run.rc} as {record.get('status')} {record.get('summary')}\n{run.output}")
        if world.effects() != self.effects:
            found.append(f"its effects are {world.effects()}")
        self.wrong += [f"{what}: {one}" for one in found]
        told = f"  {'VIOLATED' if found else 'ok'}  {what}, {time.monotonic() - began:.0f} s"
        print(told, *found, sep="\n      ", flush=True)


def cases_of(edges: list[Edge], asked: argparse.Namespace) -> list[Case]:
    """The cases in the order in which they are tried."""
    if asked.half:
        cases = list(zip(edges, itertools.cycle(("before", "after")), strict=False))
    else:
        cases = [(edge, when) for edge in edges for when in ("before", "after")]
    cases = [(edge, when) for edge, when in cases if asked.at in f"{when} {edge}"]
    if asked.seed is not None:
        random.Random(asked.seed).shuffle(cases)
    return cases


def main(arguments: list[str]) -> int:
    """The undisturbed run, the cases, then the sum."""
    parser = argparse.ArgumentParser(description="Kill ansible-playbook at every launch and every write of the store")
    parser.add_argument("--minutes", type=float, default=os.environ.get("DRS_CHAOS_MINUTES"))
    parser.add_argument("--seed", type=int, default=os.environ.get("DRS_CHAOS_SEED"))
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--at", default="")
    asked = parser.parse_args(arguments)
    if asked.minutes and asked.seed is None:
        asked.seed = random.SystemRandom().randrange(1_000_000)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="resilience-drs-chaos-") as directory:
        matrix = Matrix(Path(directory))
        try:
            edges = matrix.undisturbed()
            cases = cases_of(edges, asked)
            writes = sum(edge.action == "PutItem" for edge in edges)
            print(f"{writes} writes of the store and {len(edges) - writes} launches: {len(cases)} cases", flush=True)
            tried = 0
            for edge, when in cases:
                if asked.minutes and time.monotonic() - began > asked.minutes * 60:
                    break
                matrix.kill(edge, when)
                tried += 1
        finally:
            matrix.close()
    spent = time.monotonic() - began
    seed = "" if asked.seed is None else f" (seed {asked.seed})"
    killed, again = matrix.killed, matrix.again
    print(
        f"\n{tried} of {len(cases)} cases with ansible-playbook in {spent:.0f} s{seed}. Killed while a call was held:"
    )
    print(
        f"{killed['before']} times before and {killed['after']} times after its effect; {again} times nothing was kept."
    )
    print(f"{len(matrix.wrong)} violations", *matrix.wrong, sep="\n  ")
    return 1 if matrix.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
