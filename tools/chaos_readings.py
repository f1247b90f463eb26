"""The matrix of readings: `make chaos` runs the lives of servers, own and extended, under each value of each doubt.

What AWS does not document about DRS, or answered otherwise when it was recorded, is a setting of the simulator
(`drs_simulator.scenario.doubts`); the collection has to bear each side of it. Prints the size of the matrix, and exits
with 1 when a life did not end as it must. Arguments: words of the names of readings, to run these alone.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tree

sys.path[:0] = [str(tree.ROOT / "tests"), str(tree.ROOT / ".build"), str(tree.ROOT / "simulator")]

from support import readings, readings_extended  # noqa: E402

LIVES = (
    readings.drill_and_clean_up,
    readings.failover_and_failback,
    readings_extended.extension_drill_and_removal,
)


def live(asked: tuple[str, Mapping[str, Any]]) -> tuple[str, list[str]]:
    """All lives under one reading: its name, and what went wrong."""
    name, values = asked
    wrong: list[str] = []
    for one in LIVES:
        with tempfile.TemporaryDirectory(prefix="resilience-drs-reading-") as directory:
            try:
                wrong += one(values, Path(directory))
            except Exception:
                wrong.append(f"{one.__name__}: {traceback.format_exc(limit=-4)}")
    return name, wrong


def main(words: list[str]) -> int:
    """Run the matrix, or the part of it whose names hold one of the words."""
    every = readings.readings()
    asked = [one for one in every if not words or any(word in one[0] for word in words)]
    doubts = len(readings.DOUBTS)
    print(f"{len(asked)} readings of {doubts} doubts, {len(LIVES)} lives each: {len(asked) * len(LIVES)} lives")
    began, broken = time.monotonic(), 0
    with multiprocessing.Pool(2) as pool:
        for name, wrong in pool.imap_unordered(live, asked):
            broken += bool(wrong)
            for one in wrong:
                print(f"{name}: {one}", flush=True)
    print(f"matrix of readings: {len(asked) - broken} of {len(asked)} hold, in {time.monotonic() - began:.0f} s")
    return 1 if broken or not asked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
