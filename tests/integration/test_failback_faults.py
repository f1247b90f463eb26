"""Test failback under faults: kills at any point, failing servers, lost responses, long copies.

That the calls came in order and each once is judged at the end of every simulator (conftest.py); that no live machine
was lost is judged here, over the ledger.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from support.failback import HOME, ORIGIN, TARGET, Way, two_cells
from support.failback_session import Killed, Session, killed_after, killed_at_write
from support.live_machines import replay, world_of
from support.scenarios import REGION, fleet

pytestmark = pytest.mark.usefixtures("no_real_waiting")

#: The calls of one server that change something.
CALLS = {
    "failback": [
        *("ReverseReplication", "TagResource", "StartRecovery", "ReverseReplication", "StopReplication"),
        *("TerminateRecoveryInstances", "DeleteRecoveryInstance", "DisconnectSourceServer", "DeleteSourceServer"),
    ],
    "drill": [
        *("ReverseReplication", "TagResource", "StartRecovery", "StopReplication", "TerminateRecoveryInstances"),
        *("TerminateRecoveryInstances", "DisconnectSourceServer", "DeleteSourceServer"),
    ],
}
#: What the ledger must have of each server of the recovery cell and its reversed server, no more and no less.
EFFECTS = {
    "failback": {"launched": 2, "reversed": 1, "protected": 1, "replication_stopped": 1, "terminated": 1, "deleted": 2},
    "drill": {"launched": 2, "reversed": 1, "replication_stopped": 1, "terminated": 2, "deleted": 1},
}
SWIFT = {"settings": {"reverse_bytes_per_second": 50 * 1024**3 // 60}}


def _world(start_simulator: Any, count: int, drill: bool = False, **more: Any) -> Way:
    made = Way(start_simulator(two_cells(fleets=[fleet(TARGET, count, "k-{n:02}")], **{**SWIFT, **more})))
    made.before = world_of(made.simulator, [(TARGET, REGION)])
    made.failover(drill=drill)
    return made


def _nothing_lost(way: Way) -> None:
    assert replay(way.simulator.ledger(), *way.before).losses == []


def _effects(way: Way) -> dict[str, dict[str, int]]:
    """By name of the server: how often each effect happened to it or to its reversed server."""
    ids = dict(zip(way.away.ids(), sorted(f"k-{n:02}" for n in range(1, len(way.away.ids()) + 1))))
    counts: dict[str, dict[str, int]] = {}
    for entry in way.simulator.ledger():
        ids.setdefault(entry["source_server_id"], ids.get(entry.get("of_server")))
        found = counts.setdefault(ids[entry["source_server_id"]], {})
        found[entry["effect"]] = found.get(entry["effect"], 0) + 1
    return counts


#: Places at which a run dies; a drill differs from a failback only in some of them.
KILLS = {"failback": range(1, 10), "drill": (1, 4, 5, 6, 7)}


@pytest.mark.parametrize("mode", ["failback", "drill"])
def test_killed_between_any_two_calls_and_run_again(start_simulator, tmp_path, mode):
    """One server for each place at which the run may die; nothing is done twice, nothing is left undone."""
    calls, kills = CALLS[mode], KILLS[mode]
    way = _world(start_simulator, len(kills), drill=mode == "drill")
    for server, number in enumerate(kills, 1):
        name = f"k-{server:02}"
        session = Session(way, [name], tmp_path, mode, f"home-{number}")
        with killed_after(number) as made, pytest.raises(Killed):
            session.home()
        assert made == calls[:number]
        again = Session(way, [name], tmp_path, mode, f"home-{number}")
        assert (number, again.home()["status"], again.outcomes()) == (number, "succeeded", {name: "cleaned"})
    _nothing_lost(way)
    for name, found in _effects(way).items():
        assert {key: found.get(key, 0) for key in EFFECTS[mode]} == EFFECTS[mode], name


#: Writes of the record at which a run dies here; `make chaos` tries every one, before it and after it.
WRITES = (5, 12, 16, 24, 32, 36)


def test_killed_at_writes_of_the_record_and_run_again(start_simulator, tmp_path):
    way = _world(start_simulator, len(WRITES))
    for server, number in enumerate(WRITES, 1):
        name = f"k-{server:02}"
        with killed_at_write(number, before=server % 2 == 0) as made, pytest.raises(Killed):
            Session(way, [name], tmp_path, run_id=f"home-{number}").home()
        assert len(made) == number
        again = Session(way, [name], tmp_path, run_id=f"home-{number}")
        assert (number, again.home()["status"], again.outcomes()) == (number, "succeeded", {name: "cleaned"})
    _nothing_lost(way)
    for name, found in _effects(way).items():
        assert {key: found.get(key, 0) for key in EFFECTS["failback"]} == EFFECTS["failback"], name


def test_lost_answers_and_refusals_of_the_moment(start_simulator, tmp_path):
    """Each call that changes something is answered into the void once, and every fourth of all is throttled."""
    way = _world(start_simulator, 2)
    session = Session(way, ["k-01", "k-02"], tmp_path)
    for action in dict.fromkeys(CALLS["failback"]):
        way.simulator.faults.add("drop_response", service="drs", action=action, times=1)
    way.simulator.faults.add("throttle", rate=0.25, service="drs")
    assert (session.home()["status"], set(session.outcomes().values())) == ("succeeded", {"cleaned"})
    way.simulator.faults.clear()
    _nothing_lost(way)
    for name, found in _effects(way).items():
        assert {key: found.get(key, 0) for key in EFFECTS["failback"]} == EFFECTS["failback"], name


def test_some_of_ten_are_in_error_and_the_others_fail_back(start_simulator, tmp_path):
    """One whose agent is lost, one whose copy stalls, one that cannot be launched: each stays where it serves."""
    way = _world(start_simulator, 10)
    simulator, names = way.simulator, [f"k-{number:02}" for number in range(1, 11)]
    lost = {"account": TARGET, "region": REGION, "name": "k-03", "set": {"agent_connected": False}}
    simulator.post("/_sim/recovery_instances", **lost)
    session = Session(way, names, tmp_path, policy={"continue_on_failure": True}, sync_timeout=7200)
    session.go(until="reversed")
    simulator.set_server(ORIGIN, HOME, "k-05", state="STALLED", error="NOT_CONVERGING")
    simulator.set_server(ORIGIN, HOME, "k-07", fail_launch="InsufficientInstanceCapacity: no room")
    session.home()
    found = {name: (one["outcome"], (one["error"] or {}).get("code")) for name, one in session.last.items()}
    assert found.pop("k-03") == ("failed", "agent_not_connected")
    assert found.pop("k-05") == ("failed", "NOT_CONVERGING")
    assert found.pop("k-07") == ("failed", "launch_capacity")
    assert found == dict.fromkeys(found, ("cleaned", None))
    assert set(way.away.instances()) == set(way.away.ids("k-03", "k-05", "k-07"))
    _nothing_lost(way)


def test_hours_of_replication_with_credentials_that_end(start_simulator, tmp_path):
    """Thirty hours of copying; every role session ends whenever time passes, and nobody is told of an error."""
    settings = {"reverse_bytes_per_second": 50 * 1024**3 // (30 * 3600)}
    way = _world(start_simulator, 1, settings=settings)
    began, assumed = way.simulator.clock.elapsed, len(way.simulator.journal(action="AssumeRole"))
    session = Session(way, ["k-01"], tmp_path, expire=True)
    assert (session.go()["status"], session.outcomes()) == ("waiting", {"k-01": "launched"})
    assert way.simulator.clock.elapsed - began > 30 * 3600
    assert len(way.simulator.journal(action="AssumeRole")) - assumed > 20
    shown = [line for line in session.lines if "of 50.0 GiB (" in line]
    assert len({line.partition("of 50.0 GiB (")[2].partition(" ")[0] for line in shown}) > 5, "progress in percent"
    assert all("k-01" in line for line in shown), "a long wait names whom it waits for"
