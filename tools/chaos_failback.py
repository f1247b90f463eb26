"""Kill a failback at every write of its record and at every call, and run it again: a part of `make chaos`.

Each place gets a server of its own and dies there once, before the write and after it; then the same run goes on to its
end. Nothing may be done twice, nothing left undone, and no live machine lost. Exit code 1 when one of these did not
hold.

    --every N    try every N-th place only
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import tree

sys.path[:0] = [str(tree.ROOT / "tests"), str(tree.ROOT / ".build")]

from support.failback import TARGET, Way, two_cells  # noqa: E402
from support.failback_session import Killed, Session, killed_after, killed_at_write  # noqa: E402
from support.live_machines import replay, world_of  # noqa: E402
from support.scenarios import REGION, fleet  # noqa: E402
from support.simulator import Simulator  # noqa: E402

SWIFT = {"reverse_bytes_per_second": 50 * 1024**3 // 60}
ONCE = ("reversed", "replication_stopped")
MOST = 200


def places(mode: str, directory: Path) -> tuple[int, int]:
    """How many calls and how many writes an undisturbed run has."""
    with Simulator(two_cells(fleets=[fleet(TARGET, 1, "k-{n:03}")], settings=SWIFT)) as simulator:
        way = Way(simulator)
        way.failover(drill=mode == "drill")
        with killed_after(MOST) as calls, killed_at_write(MOST) as writes:
            Session(way, ["k-001"], directory, mode).home()
        return len(calls), len(writes)


def killed_and_run_again(mode: str, kills: list[Any], directory: Path) -> list[str]:
    """A run for each kill, one after the other on one simulator: what did not hold."""
    wrong = []
    scenario = two_cells(fleets=[fleet(TARGET, len(kills), "k-{n:03}")], settings=SWIFT)
    with Simulator(scenario) as simulator:
        way = Way(simulator)
        origins = world_of(simulator, [(TARGET, REGION)])
        way.failover(drill=mode == "drill")
        for number, (words, kill) in enumerate(kills, 1):
            name, run_id = f"k-{number:03}", f"home-{number}"
            try:
                with kill():
                    Session(way, [name], directory, mode, run_id).home()
                wrong.append(f"{mode}, {words}: the run was not killed")
            except Killed:
                pass
            again = Session(way, [name], directory, mode, run_id)
            run = again.home()
            # a run that had ended is told from its record
            if run["status"] != "succeeded" or again.outcomes() not in ({}, {name: "cleaned"}):
                wrong.append(f"{mode}, {words}: {run['status']}, {run['reason']}, {again.outcomes()}")
        ledger = simulator.ledger()
        lost = replay(ledger, *origins).losses
        wrong += [f"{mode}: a live machine was lost: {one}" for one in lost]
        for effect in ONCE:
            found = sum(1 for one in ledger if one["effect"] == effect)
            if found != len(kills):
                wrong.append(f"{mode}: {found} times {effect} for {len(kills)} servers")
    return wrong


def main() -> int:
    """Kill both modes everywhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    every = parser.parse_args().every
    wrong = []
    with tempfile.TemporaryDirectory(prefix="resilience-drs-chaos-") as folder:
        for mode in ("failback", "drill"):
            calls, writes = places(mode, Path(folder) / f"{mode}-quiet")
            kills: list[Any] = [(f"after call {n}", lambda n=n: killed_after(n)) for n in range(1, calls + 1, every)]
            for before in (True, False):
                word = "before" if before else "after"
                kills += [
                    (f"{word} write {n}", lambda n=n, before=before: killed_at_write(n, before))
                    for n in range(1, writes + 1, every)
                ]
            # what dies after the last one leaves nothing to kill
            found = killed_and_run_again(mode, kills, Path(folder) / mode)
            print(f"{mode}: killed at {len(kills)} places of {calls} calls and {writes} writes, {len(found)} wrong")
            wrong += found
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
