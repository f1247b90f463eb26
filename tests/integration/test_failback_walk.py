"""Test that a failback goes only as far as somebody looked: over several cells, beside drills, with calls denied.

The walk is the collection's own (support/failback_session.py). That the calls came in order and each once is judged at
the end of every simulator (conftest.py).
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from support.failback import HOME, ORIGIN, TARGET, Way, calls, two_cells
from support.failback_session import Session
from support.live_machines import replay, world_of
from support.scenarios import REGION, account, fleet

pytestmark = pytest.mark.usefixtures("no_real_waiting")

OTHER, OTHER_ORIGIN = "555555555555", "222222222222"
SWIFT = {"reverse_bytes_per_second": 50 * 1024**3 // 60}
DENIED = [
    *("ReverseReplication", "TagResource", "StartRecovery", "StopReplication", "TerminateRecoveryInstances"),
    *("DeleteRecoveryInstance", "DisconnectSourceServer", "DeleteSourceServer"),
]


@pytest.fixture(scope="module")
def ways(start_simulator) -> list[Way]:
    """Two recovery cells, each with its original cell, in one simulator."""
    places = {"types": ["source", "target"], "regions": [REGION, HOME]}
    outside = fleet(TARGET, 1, "outside-{n:02}", origin={"environment": "ON_PREMISES"})
    there = {"account": OTHER_ORIGIN, "region": HOME}
    fleets = [fleet(TARGET, 8, "k-{n:02}"), fleet(TARGET, 8, "w-{n:02}"), outside]
    scenario = two_cells(fleets=[*fleets, fleet(OTHER, 1, "far-{n:02}", origin=there)], settings=SWIFT)
    scenario["accounts"] += [account(OTHER_ORIGIN, "other", **places), account(OTHER, "other-dr", **places)]
    scenario["failback_roles"] += [{"account": OTHER_ORIGIN, "trusts": OTHER}]
    one = Way(start_simulator(scenario))
    both = [one, Way(one.simulator, OTHER_ORIGIN, OTHER)]
    one.origins = world_of(one.simulator, [(TARGET, REGION), (OTHER, REGION)])
    for way in both:
        way.failover()
    return both


@pytest.fixture(autouse=True)
def _no_live_machine_is_lost(ways):
    """After every test, over the whole ledger."""
    yield
    ways[0].simulator.faults.clear()
    assert replay(ways[0].simulator.ledger(), *ways[0].origins).losses == []


def test_a_machine_launched_by_this_command_is_vouched_for_by_nobody(ways, tmp_path):
    way = ways[0]
    session = Session(way, ["w-01", "w-02"], tmp_path)
    session.go(until="ready")
    way.simulator.set_server(ORIGIN, HOME, "w-02", fail_launch="InsufficientInstanceCapacity: no room")
    assert session.go()["status"] == "failed" and session.outcomes() == {"w-01": "launched", "w-02": "failed"}
    way.simulator.set_server(ORIGIN, HOME, "w-02", fail_launch=None)
    mark = way.simulator.mark()
    words = {"confirm": session.plan["confirmation"], "validated": True}
    stopped = session.go(**words, retry_failed=True)
    assert stopped["status"] == "failed" and "failback_not_validated" in stopped["reason"], stopped["reason"]
    assert "w-02" in stopped["reason"] and "w-01" not in stopped["reason"] and "in any cell" in stopped["reason"]
    assert calls(way, mark) == ["StartRecovery"], "nothing was protected, and nothing terminated"
    assert session.recorded()["status"] == "stopped"
    assert "failback_not_validated" in session.recorded()["verdict"]["reason"]
    assert session.go(**words)["status"] == "succeeded" and set(session.outcomes().values()) == {"cleaned"}
    assert (session.recorded()["status"], session.recorded()["verdict"]["proceed"]) == ("done", True)
    mark = way.simulator.mark()
    assert session.go(**words)["status"] == "succeeded" and calls(way, mark) == []


def test_a_validation_that_does_not_come_back_stops_the_wave_in_all_cells(ways, tmp_path):
    came: dict[str, str | None] = {f"{OTHER}.{REGION}": None}
    session = Session(ways, ["w-03", "far-01"], tmp_path, validation=lambda cell: came.get(cell, ""))
    session.go()
    mark = ways[0].simulator.mark()
    confirm = session.plan["confirmation"]
    assert confirm.endswith(f"TERMINATE 2 {REGION}")
    stopped = session.go(confirm=confirm)
    text = f"wave 1, launched: validation failed in {OTHER}.{REGION}: unknown"
    assert stopped["status"] == "failed" and text in stopped["reason"], stopped["reason"]
    assert calls(ways[0], mark) == [] and set(session.outcomes().values()) == {"launched"}
    came.clear()
    assert session.go(confirm=confirm)["status"] == "succeeded"
    assert set(session.outcomes().values()) == {"cleaned"}


def test_each_call_denied_stops_there_and_goes_on_when_it_is_allowed(ways, tmp_path):
    """One server for each call; what was done before is found, and done once."""
    way = ways[0]
    for number, action in enumerate(DENIED, 1):
        name = f"k-{number:02}"
        session = Session(way, [name], tmp_path, run_id=f"denied-{number}")
        way.simulator.faults.add("deny", service="drs", action=action)
        stopped = session.home()
        assert (action, stopped["status"]) == (action, "failed") and "AccessDenied" in stopped["reason"], stopped
        way.simulator.faults.clear()
        words = {"confirm": session.plan["confirmation"], "validated": True}
        if session.outcomes()[name] in ("refused", "failed", "unknown") and number <= 3:
            assert (action, session.go(retry_failed=True)["status"]) == (action, "waiting")
        assert (action, session.go(retry_failed=True, **words)["status"]) == (action, "succeeded")
        assert session.outcomes() == {name: "cleaned"}


def test_a_failback_beside_a_drill_and_then_the_failback_of_what_was_drilled(ways, tmp_path):
    way = ways[0]
    serving = way.away.instances()
    first = Session(way, ["w-04"], tmp_path, run_id="shop-home")
    drill = Session(way, ["w-05"], tmp_path, "drill", "rehearsal")
    assert first.go()["status"] == "waiting"
    assert drill.go()["status"] == "succeeded" and drill.outcomes() == {"w-05": "cleaned"}
    assert first.home()["status"] == "succeeded"
    (drilled,) = way.away.ids("w-05")
    assert way.away.instances()[drilled] == serving[drilled], "the recovery serves on, beside both"
    after = Session(way, ["w-05"], tmp_path, run_id="books-home")
    assert after.home()["status"] == "succeeded" and after.outcomes() == {"w-05": "cleaned"}
    # of each machine that went, volumes and interfaces were seen before, and are gone: in the original cell after the
    # drill, in the recovery cell after the failback
    for session, cell in ((drill, HOME), (after, REGION)):
        told = open_store({"path": str(tmp_path)}).get(session.run_id, "cleanup")["body"]
        (machine,) = told["servers"]
        assert (machine["region"], told["clean"], told["proven"]) == (cell, True, [machine["recovery_instance_id"]])
        assert told["resources"]["instances"] == told["proven"] and told["resources"]["left"] == []
        assert told["resources"]["gone"]["volume"] and told["resources"]["gone"]["network interface"], told["resources"]
    assert (told["servers"][0]["source_server_id"], told["servers"][0]["name"]) == (drilled, "w-05")


def test_a_termination_that_fails_takes_nothing_else_away(ways, tmp_path):
    way = ways[0]
    session = Session(way, ["w-06"], tmp_path, run_id="kept-home")
    session.go()
    (server_id,) = way.away.ids("w-06")
    ec2 = way.simulator.client("ec2", TARGET, REGION)
    machine = {"InstanceId": way.away.instances()[server_id]}
    ec2.modify_instance_attribute(**machine, DisableApiTermination={"Value": True})
    mark, words = way.simulator.mark(), {"confirm": session.plan["confirmation"], "validated": True}
    stopped = session.go(**words)
    assert stopped["status"] == "failed" and session.outcomes() == {"w-06": "failed"}
    assert calls(way, mark)[-1] == "TerminateRecoveryInstances", "the copy and its record stay"
    ec2.modify_instance_attribute(**machine, DisableApiTermination={"Value": False})
    assert session.go(**words, retry_failed=True)["status"] == "succeeded"


def test_what_waits_for_its_turn_is_tried_again_and_each_server_once(ways, tmp_path):
    way, names = ways[0], ["w-07", "w-08"]
    session = Session(way, names, tmp_path, run_id="again-home")
    session.go(until="ready")
    for one in names:
        way.simulator.set_server(ORIGIN, HOME, one, fail_launch="InsufficientInstanceCapacity: no room")
    one_by_one = {"servers_per_job": 1, "servers_in_jobs": 1}
    assert session.go()["status"] == "failed" and _jobs(way, names) == 1
    assert session.go(retry_failed=True, limits=one_by_one)["status"] == "failed"
    assert _jobs(way, names) == 3, "each was tried once more, one after the other"
    # one of them comes back in time: its turn is not lost to the other's failure
    way.simulator.set_server(ORIGIN, HOME, "w-08", fail_launch=None)
    assert session.go(retry_failed=True, limits=one_by_one)["status"] == "failed"
    assert session.outcomes() == {"w-07": "failed", "w-08": "launched"} and _jobs(way, names) == 5


def _jobs(way, names) -> int:
    """How many jobs were started at home for the copies of some servers."""
    copies = {*way.home.ids(*names)}
    sent = [one["request"]["sourceServers"] for one in way.home.calls("StartRecovery")]
    return sum(bool(copies & {one["sourceServerID"] for one in servers}) for servers in sent)


def test_a_machine_from_outside_aws_goes_home_by_its_client(ways, tmp_path):
    way = ways[0]
    (one,) = way.away.ids("outside-01")
    session = Session(way, ["outside-01"], tmp_path, run_id="outside-home")
    stopped = session.go()
    assert stopped["status"] == "failed" and "failback_client_needed" in stopped["reason"]
    instance = way.away.instances()[one]
    way.simulator.post("/_sim/failback_clients", account=TARGET, region=REGION, recovery_instance_id=instance)
    assert session.go()["status"] == "waiting" and session.outcomes() == {"outside-01": "launched"}
    way.simulator.clock.advance(86400)
    ended = session.go(confirm=session.plan["confirmation"], validated=True, require_protected=False)
    assert ended["status"] == "succeeded", ended["reason"]
