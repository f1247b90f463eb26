"""What an extension costs: the playbook extend over 14 staging accounts, the first time and at rest.

`bench/extend.py [servers]`, by default 4,000. Counted are the calls that the simulator saw, wall time, the CPU seconds
with all children, and the memory of all processes together.

Fails when the first time takes more than 1.2 calls a server, or a run at rest more than 60 calls.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from _common import machine, measure
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import Simulator

SERVERS = 4000
STAGING = 14
TARGET = "111111111111"
MOST_A_SERVER = 1.2
MOST_AT_REST = 60


def shares(servers: int) -> dict[str, int]:
    """Staging accounts and how many servers each has."""
    return {f"2{number:011}": servers // STAGING + (number < servers % STAGING) for number in range(STAGING)}


def scenario(servers: int) -> dict[str, Any]:
    """One target without servers of its own, and its staging accounts."""
    mine = shares(servers)
    plain = {"types": ["staging"], "encryption": {"mode": "NONE"}}
    return {
        "accounts": [account(TARGET, "payments"), *(account(one, f"staging-{one[-2:]}", **plain) for one in mine)],
        "fleets": [
            fleet(one, count, "web-" + one[-2:] + "-{n:03}", tags={"dr:application": "bench"})
            for one, count in mine.items()
        ],
        "staging_roles": [{"staging": one, "target": TARGET} for one in mine],
    }


def inventory(controller: Controller) -> None:
    """Say that the staging accounts are extended to the target."""
    cells = [controller._cell(one) for one in controller.accounts]
    for cell in cells:
        if "staging" in cell["types"]:
            cell["extend_to"] = "payments"
    controller.inventory = controller.write_inventory(cells)


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 1 when a target is missed."""
    servers = int(arguments[0]) if arguments else SERVERS
    print(f"Extending {servers:,} servers of {STAGING} staging accounts: the playbook extend. Simulated AWS, 5 forks.")
    print(
        f"{machine()}.\n\n| | calls | calls a server | wall s | CPU s | MiB of all |\n|---|---|---|---|---|---|",
        flush=True,
    )
    missed = []
    with Simulator(scenario(servers)) as simulator, tempfile.TemporaryDirectory(prefix="drs-bench-") as directory:
        controller = Controller(simulator, Path(directory))
        inventory(controller)
        env = {**controller.env, "ANSIBLE_FORKS": "5"}
        del env["ANSIBLE_CALLBACKS_ENABLED"]  # the tests' recorder is no part of an extension
        for title in ("the first time", "at rest"):
            one = measure(simulator, controller.command("extend"), env, Path(directory), tree=True)
            each = one.calls / servers
            print(
                f"| {title} | {one.calls:,} | {each:.3f} | {one.wall:.0f} | {one.cpu:.0f} | {one.tree:.0f} |",
                flush=True,
            )
            if os.environ.get("BENCH_DETAIL"):
                print(dict(one.kinds), flush=True)
            most = MOST_A_SERVER * servers if title == "the first time" else MOST_AT_REST
            missed += [title] if one.calls > most else []
        if len(simulator.ledger("extended")) != servers:
            raise SystemExit(f"{len(simulator.ledger('extended'))} of {servers} servers were extended")
    said = f"NOT HELD ({', '.join(missed)})" if missed else "held"
    print(f"\ntargets: at most {MOST_A_SERVER} calls a server the first time, {MOST_AT_REST} at rest: {said}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
