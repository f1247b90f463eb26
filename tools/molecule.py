"""Run the Molecule scenarios: `tools/molecule.py [--bounded] [scenario ...]`, all when none is named.

Each runs against a simulator of its own on a free port, two at a time. A line for each says how it ended and how long
it took, and one that failed names its log. `--bounded` runs those that are part of `make test`. The exit code is 1
when one failed.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import check
import tree

SCENARIOS = tree.ROOT / "extensions" / "molecule"
STATE = tree.ROOT / ".build" / "molecule"
"""The log of each scenario, and in a folder of its name what it leaves between its steps."""
BOUNDED = ("orchestrate", "server_extend")


def names() -> list[str]:
    """The scenarios that there are."""
    return sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def run(name: str) -> bool:
    """Run one scenario and print how it ended; returns whether it passed."""
    folder, log = STATE / name, STATE / f"{name}.log"
    folder.mkdir(parents=True, exist_ok=True)
    env = check.test_environment()
    env = {
        **env,
        "PYTHONPATH": os.pathsep.join([env["PYTHONPATH"], str(tree.ROOT / "tests" / "support" / "kept_bytecode")]),
        "DRS_SIMULATOR_PORT": str(free_port()),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(folder),
        "NO_COLOR": "1",
    }
    started = time.monotonic()
    with open(log, "w", encoding="utf-8") as output:
        command = [str(tree.VENV / "bin" / "molecule"), "test", "--scenario-name", name]
        done = subprocess.run(
            command, check=False, cwd=tree.ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    told = f"FAILED  see {log.relative_to(tree.ROOT)}" if done.returncode else "passed"
    print(f"  {name:<22} {time.monotonic() - started:6.1f} s  {told}", flush=True)
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    """Run the named scenarios; returns the exit code."""
    wanted = [one for one in arguments if one != "--bounded"]
    wanted = wanted or list(BOUNDED if "--bounded" in arguments else names())
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"unknown scenario {', '.join(unknown)}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    # in make test other checks use the other core
    at_once = 1 if "--bounded" in arguments else int(check.WORKERS)
    with ThreadPoolExecutor(at_once) as pool:
        passed = list(pool.map(run, wanted))
    print(f"{passed.count(True)} scenarios passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
