"""Shared helpers of the benchmarks: measure a process with its children, and describe the machine.

A process is measured against a running simulator: the calls that the simulator saw and the time that its clock moved
are exact; wall time, processor time and memory are this machine's.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import collections
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "simulator")]

from support.simulator import Simulator  # noqa: E402

# seconds between two looks at the memory of all processes
_EVERY = 0.25


class Measure(NamedTuple):
    """One run of a process.

    wall, cpu: seconds; cpu with all children. peak: MiB of the largest process. tree: MiB of all processes together at
    their worst moment, pages that they share counted once; equal to peak when nobody asked for it. simulated: virtual
    seconds. kinds: how many calls of which ``service:Action``.
    """

    wall: float
    cpu: float
    peak: float
    tree: float
    simulated: float
    kinds: Mapping[str, int]

    @property
    def calls(self) -> int:
        """All calls of AWS."""
        return sum(self.kinds.values())

    def of(self, service: str) -> int:
        """The calls of one service."""
        return sum(count for kind, count in self.kinds.items() if kind.startswith(f"{service}:"))


def measure(
    simulator: Simulator, command: Sequence[str], env: Mapping[str, str], directory: Path, tree: bool = False
) -> Measure:
    """Run a process in a directory to its end and measure it.

    tree: look at the memory of all its descendants as well, which costs a little time of this machine.

    :raises RuntimeError: the process failed; the text is the end of what it printed.
    """
    calls, clock = simulator.mark(), simulator.clock.elapsed
    log = directory / "log.txt"
    with log.open("wb") as stream:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=dict(env), cwd=directory, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        )
        memory = _Memory(process.pid) if tree else None
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    together = memory.stop() if memory else 0.0
    if process.returncode:
        output = log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{' '.join(command)} failed with {process.returncode}:\n{output[-4000:]}")
    peak = usage.ru_maxrss / 1024
    return Measure(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=peak,
        tree=max(peak, together),
        simulated=simulator.clock.elapsed - clock,
        kinds=collections.Counter(f"{one['service']}:{one['action']}" for one in simulator.journal(calls)),
    )


class _Memory(threading.Thread):
    """Looks at the memory of a process and its descendants until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._worst = 0
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_EVERY):
            self._worst = max(self._worst, sum(map(_held_kib, _descendants(self._pid))))

    def stop(self) -> float:
        """End; returns MiB at the worst moment seen."""
        self._ended.set()
        self.join()
        return self._worst / 1024


def _descendants(pid: int) -> list[int]:
    """A process and all that it and its children have started and not outlived."""
    found, new = [], [pid]
    while new:
        one = new.pop()
        found.append(one)
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                new += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue  # it has ended meanwhile
    return found


def _held_kib(pid: int) -> int:
    """Memory of a process, each page divided by the number of processes that share it; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def machine() -> str:
    """This machine and its software in words, for the head of a table."""
    import ansible
    import botocore

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, ansible-core {ansible.__version__}, botocore {botocore.__version__}; "
        f"load {os.getloadavg()[0]:.0f} when it began"
    )
