"""Test pausing, cancelling and killing a run, and a store that is down."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.chaos_playbook import TABLE, held, kept, make_table
from support.playbook import Controller
from support.scenarios import account, fleet

PAY, SHOP, LAB, ORD = "111111111111", "222222222222", "333333333333", "444444444444"
ACCOUNTS = {PAY: "payments", SHOP: "shop", LAB: "lab", ORD: "orders"}


@pytest.fixture(scope="module")
def world(start_simulator):
    """Four accounts with a server in each of two waves, and the table of the run store."""
    scenario = {
        "accounts": [account(one, name) for one, name in ACCOUNTS.items()],
        "fleets": [fleet(one, 1, f"{name}-{{n}}", wave) for one in ACCOUNTS for wave, name in ((1, "db"), (2, "web"))],
        "jobs": {"total": 60},
    }
    scenario["fleets"].append(fleet(LAB, 1, "app-{n}", 1))
    found = start_simulator(scenario)
    make_table(found)
    return found


@pytest.fixture
def mine(world, tmp_path):
    """A controller of one account, with its run in the table: mine(account)."""
    yield lambda one: Controller(world, tmp_path / "controller", [one])
    world.faults.clear()


def launches(world, one):
    """How many servers each StartRecovery of an account asked for."""
    return [len(entry["request"]["sourceServers"]) for entry in world.journal(action="StartRecovery", account=one)]


def launched(world, one):
    """The effects in an account, which are all launches."""
    found = [entry for entry in world.ledger() if entry["account"] == one]
    assert {entry["effect"] for entry in found} <= {"launched"}
    return len(found)


def test_paused_while_its_job_starts_resumed_killed_at_a_write_and_resumed(world, mine):
    here = mine(PAY)
    store = {"drs_run_store": TABLE}
    world.faults.add("hold_after", action="StartRecovery", account=PAY, times=1, id="start")
    drill = here.start("drill", {"recovery_run_id": "p-1", **store})
    assert held(world, drill, "start")
    paused = here.run("pause", {"runs_id": "p-1", "runs_reason": "the network team", **store})
    assert paused.rc == 0, paused.output
    world.faults.clear("start")
    stopped = drill.wait()
    assert stopped.rc != 0 and "run_paused" in stopped.output and "the network team" in stopped.output
    assert stopped.outcomes == {"launched": 1}, "the job that ran was watched to its end"
    assert (kept(world, "p-1")["run"]["status"], launched(world, PAY)) == ("paused", 1)

    # the write that says what became of wave 2 reaches the table, and the controller never hears of it
    writes = [entry["request"]["item"] for entry in world.journal(action="PutItem")]
    assert writes.count("wave:1") == 2 and "wave:2" not in writes
    before = len(writes)
    world.faults.add("hold_after", service="dynamodb", action="PutItem", after=3 + 3 + 2 + 3, times=1, id="write")
    doomed = here.start("resume", {"runs_id": "p-1", **store})
    assert held(world, doomed, "write")
    doomed.kill()
    writes = [entry["request"]["item"] for entry in world.journal(action="PutItem")][before:]
    assert writes[-1] == "wave:2", writes
    world.faults.clear("write")
    assert launched(world, PAY) == 2 and kept(world, "p-1")["run"]["status"] == "running"

    last = here.run("resume", {"runs_id": "p-1", **store})
    assert last.rc == 0, last.output
    assert (last.result["status"], last.outcomes) == ("succeeded", {"launched": 2})
    assert launches(world, PAY) == [1, 1] and launched(world, PAY) == 2
    whole = kept(world, "p-1")
    assert (whole["run"]["epoch"], whole["run"]["summary"]) == (3, {"launched": 2})
    told = [one["event"] for one in whole["events"]]
    assert told.count("run_begun") == 1 and told.count("run_resumed") == 2 and "run_paused" in told


def test_cancelled_while_its_job_runs_it_is_watched_to_its_end_and_nothing_more_starts(world, mine):
    here = mine(SHOP)
    world.faults.add("hold_after", action="StartRecovery", account=SHOP, times=1, id="start")
    drill = here.start("drill", {"recovery_run_id": "c-1"})
    assert held(world, drill, "start")
    assert launched(world, SHOP) == 0, "the job runs"
    gone = here.run("cancel", {"runs_id": "c-1", "runs_reason": "the wrong shop"})
    assert gone.rc == 0, gone.output
    assert launched(world, SHOP) == 1 and gone.fact("recovery_result") is None
    assert gone.task("Cancel | Cancel, watch and record")["run"]["summary"] == {"launched": 1}
    world.faults.clear("start")
    stopped = drill.wait()
    assert stopped.rc != 0 and "run_cancelled" in stopped.output
    assert (stopped.result["status"], stopped.outcomes) == ("cancelled", {"launched": 1})
    assert "next: ansible-playbook resilience.drs.terminate -e terminate_run_id=c-1\n" in stopped.output
    assert launches(world, SHOP) == [1] and launched(world, SHOP) == 1


def test_only_what_failed_is_launched_again_and_no_further_wave_begins(world, mine):
    here = mine(LAB)
    world.set_server(LAB, "us-west-2", "db-1", fail_launch="InsufficientInstanceCapacity: no room")
    drill = here.run("drill", {"recovery_run_id": "f-1"})
    assert drill.rc != 0 and drill.outcomes == {"failed": 1, "launched": 1}
    world.set_server(LAB, "us-west-2", "db-1", fail_launch=None)
    again = here.run("resume", {"runs_id": "f-1", "runs_only_failed": True})
    assert again.outcomes == {"launched": 2}
    assert (again.rc, again.result["status"]) == (2, "partial"), "a wave of the plan was not started"
    assert launches(world, LAB) == [2, 1], "the failed one alone, and nothing of wave 2"
    assert [one["adopted"] for one in (again.servers["app-1"], again.servers["db-1"])] == [True, False]


def test_a_store_that_is_down_stops_a_drill_and_not_a_declared_disaster(world, mine):
    here = mine(ORD)
    world.faults.add("deny", service="dynamodb")
    reason = {"recovery_without_store": "store account lost, incident 4711", "drs_run_store": TABLE}
    drill = here.run("drill", {"recovery_run_id": "d-1", **reason})
    assert drill.rc != 0 and "run_store_unavailable" in drill.output
    assert launches(world, ORD) == []
    confirmed = {"recovery_run_id": "d-2", "recovery_confirm": "FAILOVER failover 2 us-west-2"}
    failover = here.run("failover", {**confirmed, **reason})
    assert failover.rc == 0, failover.output
    assert failover.outcomes == {"launched": 2} and launched(world, ORD) == 2
    assert "Continuing without it" in failover.output and "incident 4711" in failover.output
    assert (here.store / "runs").exists() or any(here.store.iterdir()), "the run is kept on this machine"
    assert [one["guardrail"] for one in failover.begun["overrides"]] == ["run_store"]
    assert "(when the store is back: ansible-playbook resilience.drs.runs -e runs_import=d-2)" in failover.output

    world.faults.clear()
    table = {"drs_run_store": TABLE}
    waits = here.run("runs", table)
    said = " ".join(waits.output.split())
    assert "d-2, succeeded, in " in said and "Put it back: ansible-playbook resilience.drs.runs" in said, waits.output
    back = here.run("runs", {**table, "runs_import": "d-2"})
    assert back.rc == 0 and "Went on without the store" not in back.output, back.output
    shown = here.run("runs", {**table, "runs_id": "d-2"})
    for word in ("run_begun", "wave_done", "run_finished", "run_imported", "incident 4711"):
        assert word in " ".join(shown.output.split()), word
    assert "NOT whole" not in shown.output
    again = here.run("resume", {**table, "runs_id": "d-2"})
    assert again.rc == 0 and launched(world, ORD) == 2, again.output

    # lost while its job runs: what stands in AWS is told, and the command that continues
    world.faults.add("hold_after", action="StartRecovery", account=SHOP, times=1, id="start")
    cut = mine(SHOP).start("drill", {**table, "recovery_run_id": "d-3"})
    assert held(world, cut, "start")
    world.faults.add("deny", service="dynamodb", id="store")
    world.faults.clear("start")
    lost = cut.wait()
    world.faults.clear()
    told = " ".join(lost.output.split())
    assert lost.rc != 0 and "STORE LOST: 1 server stands in AWS. Nothing more is begun; " in told, lost.output
    assert "next: ansible-playbook resilience.drs.resume -e runs_id=d-3 " in lost.output
