"""Run the full chaos matrix: `make chaos`. Exit code 1 when an invariant did not hold.

One plan of three waves over three cells. Its controller is killed before and after every write of the run store and
every launch, and frozen before every one while a second controller takes over; the points are counted in an
undisturbed run. A guarded run (approval, guardrails, drill network, limit of failures, validation) is killed at every
one as well and must keep them all. Then each trouble of tests/support/troubles.py (a cell unreachable, jobs gone, the
store edited or damaged, the run cancelled) begins at every moment of a run. Then a nemesis throws dice for some
minutes: kills, freezes, lost answers, throttling, errors and denials, from a seed that is printed. What happened is
judged by tests/support/chaos.py.

    --seconds N   how long the nemesis plays (or DRS_CHAOS_SECONDS), 120 by default
    --seed N      its seed (or DRS_CHAOS_SEED), by default a new one
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import tree

sys.path[:0] = [str(tree.ROOT / "tests"), str(tree.ROOT / ".build")]

from support.chaos import Point, Stop, World, many_worlds, violations  # noqa: E402
from support import troubles  # noqa: E402
from support.simulator import Simulator  # noqa: E402
from support.walker import Moments  # noqa: E402

GOOD = {"launched": 9}
BATCH = 30  # worlds of one simulator; a fresh one is started after so many
TRIES = 8


class Chaos:
    """Worlds one after the other, and what was wrong in them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.simulator: Simulator | None = None
        self.used = BATCH
        self.made = 0
        self.covered: Counter[str] = Counter()
        self.wrong: list[str] = []

    def world(self) -> World:
        """A world that nobody has touched."""
        if self.simulator is None or self.used == BATCH:
            self.close()
            self.simulator, self.used = Simulator(many_worlds(BATCH)), 0
        self.used += 1
        self.made += 1
        folder = self.directory / str(self.made)
        folder.mkdir()
        return World(self.simulator, self.used - 1, folder)

    def close(self) -> None:
        """Stop the simulator; one that failed itself proves nothing."""
        if self.simulator is not None:
            if self.simulator.health()["internal_errors"]:
                self.wrong.append("the simulator itself failed")
            self.simulator.stop()

    def judge(self, what: str, world: World, told: dict | None, successor: str = "") -> None:
        """Hold a world against the invariants, and its run against the undisturbed one."""
        found = violations(world, since_takeover=successor)
        if not told or told["status"] != "succeeded" or told["summary"] != GOOD:
            found.append(f"it ended as {told}")
        self._judged(what, found)

    def undisturbed(self) -> list[Point]:
        """The points of a run that nobody disturbs."""
        world = self.world()
        controller = world.start()
        self.judge("undisturbed", world, controller.wait())
        return controller.seen()

    def kill(self, point: Point, when: str) -> None:
        """KILL at a point; another controller continues."""
        world = self.world()
        died = world.run("first", Stop(point.number, when)) is None
        if not died:
            self.wrong.append(f"{point}: the controller did not come to it")
        self.judge(f"killed {when} {point}", world, world.run("second"), "second")
        self.covered["kill points"] += died

    def freeze(self, point: Point) -> None:
        """STOP at a point, another controller finishes the run, CONT: the first one must not continue."""
        world = self.world()
        old = world.start("first", Stop(point.number, "before", signal.SIGSTOP))
        stopped = old.wait_stopped()
        told = world.run("second")
        if stopped:
            old.go_on()
            old.wait()
        self.judge(f"frozen before {point}", world, told, "second")
        self.covered["freeze points"] += stopped

    def guarded(self, mode: str) -> list[Point]:
        """The points of a guarded run that nobody disturbs once it is approved."""
        world = self._guarded_world(mode)
        controller = world.start("first", moments=_moves(world))
        told = controller.wait()
        self._judged(f"guarded {mode}", troubles.guarded(world, told or {}))
        return controller.seen()

    def _guarded_world(self, mode: str) -> World:
        world = self.world()
        world.mode = mode
        troubles.guard(world)
        troubles.approve(world)
        return world

    def kill_guarded(self, mode: str, point: Point, when: str) -> None:
        """KILL at a point of a guarded run; whoever resumes it types its id and nothing else."""
        world = self._guarded_world(mode)
        died = world.run("first", Stop(point.number, when), moments=_moves(world)) is None
        world.options = {}
        told = world.run("second", moments=_moves(world))
        self._judged(f"guarded {mode}, killed {when} {point}", troubles.guarded(world, told or {}))
        self.covered["guarded kill points"] += died

    def trouble(self, name: str, moment: str) -> None:
        """One trouble that begins at one moment of a run."""
        world = self.world()
        world.options = {**world.options, **VALIDATED}
        self._judged(f"{name} from {moment} on", troubles.under(world, name, moment))
        self.covered["troubles"] += 1

    def moments(self) -> list[str]:
        """Every moment of a run that nobody disturbs."""
        world = self.world()
        world.options = {**world.options, **VALIDATED}
        return troubles.moments_of(world)

    def _judged(self, what: str, found: list[str]) -> None:
        self.wrong += [f"{what}: {one}" for one in found]
        print(f"  {'ok' if not found else 'VIOLATED'}  {what}", *found, sep="\n      " if found else "", flush=True)

    def nemesis(self, dice: random.Random, points: list[Point]) -> None:
        """One run under faults that dice choose, until a controller has brought it to its end."""
        world = self.world()
        told = None
        for turn in range(TRIES):
            last = turn == TRIES - 1
            names = [] if last else dice.sample(sorted(FAULTS), dice.randint(0, 2))
            for name in names:
                kind, rule = FAULTS[name]
                one = dice.choice(world.accounts)
                world.simulator.faults.add(kind, account=one, id=name, times=dice.randint(1, 4), **rule)
                self.covered[name] += 1
            stop = None
            if not last and dice.random() < 0.7:
                stop = Stop(dice.choice(points).number, dice.choice(("before", "after")))
                self.covered["kill"] += 1
            told = world.run(f"c{turn}", stop, retry_failed=True)
            world.simulator.faults.clear()
            if told and told["status"] == "succeeded":
                break
        self.judge(f"nemesis, {turn + 1} controllers", world, told)


def _moves(world: World) -> Moments:
    """Somebody moves a server of a guarded drill before its last wave, under whichever controller comes there."""
    return Moments(lambda moment: troubles.move(world) if world.mode == "drill" and moment == "3/time" else None)


VALIDATED = {"validate_tasks": "/look.yml"}
FAULTS = {
    "answer lost": ("drop_response", {"action": "StartRecovery"}),
    "connection lost": ("drop_connection", {"service": "drs"}),
    "throttled": ("throttle", {"service": "drs", "rate": 0.5}),
    "server error": ("server_error", {"service": "drs", "rate": 0.5}),
    "denied": ("deny", {"service": "drs"}),
}


def main(arguments: list[str]) -> int:
    """The matrix, then the nemesis, then the sum."""
    parser = argparse.ArgumentParser(description="Kill and freeze controllers at every edge of a run, then throw dice")
    parser.add_argument("--seconds", type=float, default=os.environ.get("DRS_CHAOS_SECONDS") or 120)
    parser.add_argument("--seed", type=int, default=os.environ.get("DRS_CHAOS_SEED") or None)
    asked = parser.parse_args(arguments)
    seconds = asked.seconds
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="resilience-drs-chaos-") as directory:
        chaos = Chaos(Path(directory))
        points = chaos.undisturbed()
        edges = [point for point in points if point.kind != "fence"]
        print(f"{len(edges)} edges: {sum(one.kind == 'write' for one in edges)} writes of the store, the rest launches")
        for point in edges:
            for when in ("before", "after"):
                chaos.kill(point, when)
        # between the look into the store and the call nothing can help but the call's being short: see docs/limits.md
        for point in points:
            if point.kind != "launch":
                chaos.freeze(point)
        for mode in ("drill", "recovery"):
            guarded = [point for point in chaos.guarded(mode) if point.kind != "fence"]
            # each edge once, before and after its effect in turn: a guarded world costs much to set up
            for point, when in zip(guarded, itertools.cycle(("before", "after")), strict=False):
                chaos.kill_guarded(mode, point, when)
        for moment, name in itertools.product(chaos.moments(), troubles.TROUBLES):
            chaos.trouble(name, moment)
        print(f"nemesis with seed {seed} for {seconds:.0f} seconds")
        dice, deadline = random.Random(seed), time.monotonic() + seconds
        while time.monotonic() < deadline:
            chaos.nemesis(dice, edges)
        chaos.close()
    told = ", ".join(f"{number} {name}" for name, number in chaos.covered.items())
    print(f"\n{chaos.made} runs in {time.monotonic() - began:.0f} s (seed {seed}). Covered: {told}.")
    print(f"{len(chaos.wrong)} violations", *chaos.wrong, sep="\n  ")
    return 1 if chaos.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
