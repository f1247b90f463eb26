"""Test that twelve pairs of cells fail back no slower than one, with fewer forks than cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime

from support.failback import HOME, Way, two_cells
from support.playbook import Controller
from support.scenarios import REGION, account, fleet

PAIRS, FORKS, JOB_SECONDS, BEYOND = 12, 5, 612, 15
PACE = {"failback_poll_interval": 5, "failback_poll_interval_max": 120, "failback_heartbeat": 600}


def test_twelve_pairs_at_five_forks_end_with_their_jobs(start_simulator, tmp_path):
    pairs = [(f"1111111111{number:02}", f"4444444444{number:02}") for number in range(PAIRS)]
    fleets = [fleet(there, 1, "web-{n:02}", origin={"account": home, "region": HOME}) for home, there in pairs]
    scenario = two_cells(fleets=fleets, settings={"reverse_bytes_per_second": 50 * 1024**3 // 60})
    types = {"types": ["source", "target"]}
    scenario["accounts"] = [account(home, f"shop{home[-2:]}", regions=[HOME], **types) for home, _there in pairs]
    scenario["accounts"] += [account(there, f"dr{there[-2:]}", regions=[REGION], **types) for _home, there in pairs]
    scenario["failback_roles"] = [{"account": home, "trusts": there} for home, there in pairs]
    scenario["jobs"] = {"total": JOB_SECONDS}
    simulator = start_simulator(scenario)
    for home, there in pairs:
        way = Way(simulator, home, there)
        way.away.launch(way.away.ids(), mode="recovery", run_id="over-1")
    simulator.clock.advance(3600)
    mark = simulator.mark()
    forks = {"ANSIBLE_FORKS": str(FORKS)}
    run = Controller(simulator, tmp_path).run("failback", {"failback_run_id": "home-1", **PACE}, env=forks)
    assert run.rc == 0, run.output
    result = run.fact("failback_result")
    assert result["summary"]["launched"] == PAIRS and result["status"] == "waiting"
    calls = [one for one in simulator.journal(mark) if one["region"] == HOME and one["service"] == "drs"]
    began = min(datetime.fromisoformat(one["time"]) for one in calls if one["action"] == "StartRecovery")
    ended = max(datetime.fromisoformat(one["time"]) for one in calls)
    assert (ended - began).total_seconds() - JOB_SECONDS <= BEYOND
    assert all(f"[dr{there[-2:]}.{REGION} wave 1]" in run.output for _home, there in pairs), "a live line for each cell"
