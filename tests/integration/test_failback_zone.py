"""Test a failback within one Region, from one zone to another, where DRS keeps one source server for both machines.

The walk is the collection's own (support/failback_session.py), and the order of its calls is judged here.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.failback import TARGET, ZoneWay, calls, two_cells
from support.failback_session import Session
from support.scenarios import REGION, fleet

pytestmark = pytest.mark.usefixtures("no_real_waiting")

HERE = {"account": TARGET, "region": REGION}


@pytest.mark.parametrize("settings", [{}, {"launch_after_protect": "wiped", "reprotect_hint": "unchanged"}])
def test_there_and_back_between_two_zones(start_simulator, tmp_path, settings):
    """Both readings of what DRS does with the recovered machine at the launch, and of what the server then names."""
    way = ZoneWay(start_simulator(two_cells(fleets=[fleet(TARGET, 2, "web-{n:02}", origin=HERE)], settings=settings)))
    way.failover()
    served = way.away.instances()
    names, since = ["web-01", "web-02"], way.simulator.mark()
    mine = [{"source_server_id": one, "recovery_instance_id": machine} for one, machine in served.items()]
    looked = way.state("reversed", check_mode=True, servers=mine)["servers"]
    assert [one["outcome"] for one in looked] == ["planned", "planned"], "check mode cannot ask for what it shows"
    session = Session(way, names, tmp_path)
    assert session.go()["status"] == "failed"
    assert {one["error"]["code"] for one in session.last.values()} == {"failback_not_confirmed"}
    assert calls(way, since) == [], "the original machine keeps its protection until somebody has typed the plan"
    confirm = session.plan["confirmation"]
    assert session.go(confirm=confirm, until="launched")["status"] == "waiting", session.last
    launched = {one["source_server_id"]: one["recovery_instance_id"] for one in session.last.values()}
    assert not set(launched.values()) & set(served.values())
    run = session.go(confirm=confirm, validated=True)
    assert run["status"] == "succeeded", (run, session.last)
    order = ["ReverseReplication", "StartRecovery", "ReverseReplication", "TerminateRecoveryInstances"]
    wiped = settings.get("launch_after_protect") == "wiped"
    assert calls(way, since) == [*(order[:3] if wiped else order), "DeleteRecoveryInstance"]
    machines = way.machines()
    assert {machines[one] for one in launched.values()} == {"running"}, "what serves now was never touched"
    assert {machines[one] for one in served.values()} == {"terminated"}
    assert way.away.instances() == {}, "nothing is left that could be failed back again"
