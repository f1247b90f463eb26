"""Drill, failover, orchestrate and failback of one server against the simulator, with other programs and a tarball.

`tools/certify_walk.py FOLDER_OF_ANSIBLE_PLAYBOOK ROOT_OF_COLLECTIONS WORKING_FOLDER`. Prints what the playbooks print;
ends non-zero when one of them does, or when the simulator's ledger does not show what it should have done.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from support.failback import HOME, TARGET, Way, two_cells
from support.playbook import Controller
from support.scenarios import REGION, fleet
from support.simulator import Simulator

CELL = "dr.us-west-2"
PACE = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 7200}
PLAN = {"recovery_plan_name": "shop"}
# Way prepares the original Region for a failback
BACK = {"failback_plan_name": "shop", "failback_run_id": "home-1", **PACE}
WALK: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("drill", {**PLAN, "recovery_run_id": "first", "recovery_cleanup": True}, CELL),
    ("failover", {**PLAN, "recovery_run_id": "over", "recovery_confirm": f"FAILOVER shop 1 {REGION}"}, CELL),
    ("orchestrate", {"orchestrate_input": {"action": "status"}}, CELL),
    ("failback", BACK, CELL),
    (
        "failback",
        {**BACK, "failback_validated": True, "failback_confirm": f"FAILBACK shop 1 {HOME} TERMINATE 1 {REGION}"},
        CELL,
    ),
)


def main(programs: str, root: str, folder: str) -> int:
    """Walk; returns the exit code."""
    shop = fleet(TARGET, 1, "shop-{n:02}", tags={"dr:application": "shop", "dr:wave": "1"}, create_instances=True)
    directory = Path(folder)
    directory.mkdir(parents=True)
    with Simulator(two_cells(fleets=[shop])) as simulator:
        mine = Controller(Way(simulator).simulator, directory, programs=Path(programs))
        for verb, variables, limit in WALK:
            env = {**mine.env, "ANSIBLE_COLLECTIONS_PATH": root, "ANSIBLE_DEPRECATION_WARNINGS": "true"}
            for name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED"):
                env.pop(name)
            command = mine.command(verb, variables, limit=limit)
            done = subprocess.run(command, cwd=directory, env=env, check=False, capture_output=True, text=True)
            print(done.stdout + done.stderr, flush=True)
            if done.returncode:
                return 1
        counted = Counter(entry["effect"] for entry in simulator.ledger())
    # a drill and a failover there, a failback here
    return 0 if counted["launched"] >= 2 and counted["terminated"] >= 1 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
