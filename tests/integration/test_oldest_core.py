"""Drill, failover, failback and orchestrate on the oldest ansible-core that the collection supports."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cores
import pytest
import yaml
from support.failback import HOME, TARGET, Way, two_cells
from support.playbook import Controller
from support.scenarios import REGION, fleet

PACE = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 7200}


@pytest.fixture(scope="module")
def programs():
    """ansible-playbook of that version; where it cannot be had, nothing is proven, and the summary counts it."""
    try:
        return cores.programs(cores.oldest())
    except cores.NotToBeHad as why:
        pytest.skip(str(why))


def test_the_four_playbooks_come_through(start_simulator, tmp_path, programs):
    shop = fleet(TARGET, 1, "shop-{n:02}", tags={"dr:application": "shop", "dr:wave": "1"}, create_instances=True)
    way = Way(start_simulator(two_cells(fleets=[shop])))
    mine = Controller(way.simulator, tmp_path / "controller", programs=programs)
    look = tmp_path / "look.yml"
    look.write_text(yaml.safe_dump([{"ansible.builtin.assert": {"that": "true"}}]), encoding="utf-8")
    plan = {"recovery_plan_name": "shop", "recovery_validate_tasks": str(look)}

    drill = mine.run("drill", {**plan, "recovery_run_id": "first", "recovery_cleanup": True}, limit="dr.us-west-2")
    assert drill.rc == 0, drill.output
    assert f"[core {cores.oldest()}." in mine.version()
    assert drill.outcomes == {"launched": 1} and [one["is_drill"] for one in way.away.effects("terminated")] == [True]

    over = {**plan, "recovery_run_id": "over", "recovery_confirm": f"FAILOVER shop 1 {REGION}"}
    done = mine.run("failover", over, limit="dr.us-west-2")
    assert done.rc == 0, done.output
    assert done.begun["status"] == "succeeded" and not way.away.effects("launched")[-1]["is_drill"]

    answer = mine.run("orchestrate", {"orchestrate_input": {"action": "status"}}, limit="dr.us-west-2")
    assert answer.rc == 0, answer.output
    assert len(answer.fact("orchestrate_result")["recoveryInstances"]) == 1

    back = {"failback_plan_name": "shop", "failback_run_id": "home-1", **PACE}
    half = mine.run("failback", back, limit="dr.us-west-2")
    assert half.rc == 0, half.output
    confirm = {"failback_validated": True, "failback_confirm": f"FAILBACK shop 1 {HOME} TERMINATE 1 {REGION}"}
    home = mine.run("failback", {**back, **confirm}, limit="dr.us-west-2")
    assert home.rc == 0, home.output
    assert mine.record("home-1", {})["run"]["status"] == "succeeded"
