"""Test the playbooks approve, resume, pause, cancel and runs, and a failover without the source Region."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.playbook import Controller
from support.scenarios import REGION, account, fleet
from support.simulator import Simulator

ACCOUNT = "111111111111"
RUN = {"runs_id": "r-1"}


@pytest.fixture(scope="module")
def world(start_simulator) -> Simulator:
    scenario = {"accounts": [account(ACCOUNT, "payments")], "fleets": [fleet(ACCOUNT, 1, "db-{n}", 1)]}
    scenario["fleets"].append(fleet(ACCOUNT, 1, "web-{n}", 2))
    return start_simulator({**scenario, "jobs": {"total": 60}})


@pytest.fixture(scope="module")
def mine(world: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Controller:
    return Controller(world, Path(tmp_path_factory.mktemp("controller")))


def test_approve_resume_and_cancel(world, mine):
    first = {"awx_user_name": "first", "awx_job_id": 42}
    named = {"recovery_initiator": "release-bot", **first}
    asked = mine.run("drill", {"recovery_run_id": "r-1", "recovery_require_approval": True, **named})
    assert asked.rc != 0 and "WAITS for approval of the plan (gate start)" in asked.output
    assert world.ledger() == [] and asked.result["status"] == "waiting"
    assert "next: ansible-playbook resilience.drs.approve -e runs_id=r-1 -e runs_gate=start " in asked.output
    # the frame is that of a failure; whoever reads it alone knows which run, that all is well, and both commands
    ends = asked.task("Tell how the run has ended")["msg"]
    assert ends.startswith("run r-1 WAITS for approval of the plan (gate start). Nothing went wrong. "), ends
    assert " next: ansible-playbook resilience.drs.approve -e runs_id=r-1 " in ends
    assert ends.endswith(" and then: ansible-playbook resilience.drs.resume -e runs_id=r-1"), ends

    early = mine.run("resume", RUN)
    assert early.rc != 0 and world.ledger() == []

    # who typed the start is the starter, whomever it named, and whomever the approval names
    own = mine.run("approve", {**RUN, "runs_approver": "somebody.else", **first})
    assert own.rc != 0 and "approval_own" in own.output and "release-bot, typed by first" in own.output
    wrong = mine.run("approve", {**RUN, "runs_approver": "somebody.else", "runs_gate": "strat"})
    assert wrong.rc != 0 and "gate_unknown" in wrong.output and "its gates with an approval: start" in wrong.output

    approved = mine.run("approve", {**RUN, "runs_approver": "somebody.else"})
    assert approved.rc == 0 and "approved by somebody.else" in approved.output

    resumed = mine.run("resume", RUN)
    assert resumed.rc == 0, resumed.output
    assert "run r-1: its plan was approved at 20" in resumed.output
    assert (resumed.result["status"], resumed.result["resumed"]) == ("succeeded", True)
    assert resumed.outcomes == {"launched": 2} and len(world.ledger("launched")) == 2

    shown = mine.run("runs", RUN)
    for word in ("run_begun", "run_approved", "run_resumed", "wave_intended", "wave_done", "run_finished"):
        assert word in shown.output, word
    assert "NOT whole" not in shown.output
    assert "begun by release-bot, typed by first (" in shown.output and ", AWX job 42)" in shown.output
    assert "release-bot (first)" in mine.run("runs").output


def test_a_cancelled_run_stays_that(world, mine):
    before = len(world.ledger())
    waiting = {"recovery_run_id": "r-2", "recovery_require_approval": True}
    assert mine.run("drill", waiting).rc != 0
    gone = mine.run("cancel", {"runs_id": "r-2", "runs_reason": "the wrong shop"})
    assert gone.rc == 0 and "RUN r-2: drill, cancelled" in gone.output, gone.output
    again = mine.run("resume", {"runs_id": "r-2"})
    assert again.rc != 0 and "run_cancelled" in again.output and "the wrong shop" in again.output
    assert len(world.ledger()) == before
    listed = mine.run("runs")
    assert "r-2" in listed.output and "cancelled" in listed.output
    kept = [json.loads(path.read_text("utf-8").split("\n")[1]) for path in (mine.store / "r-2").glob("account*")]
    assert kept and all((one["status"], one["unfinished"]) == ("cancelled", one["servers"]) for one in kept), kept


def test_a_store_with_things_that_nobody_can_read_is_listed_and_not_written_over(mine):
    whole = (mine.store / "r-1" / "run.json").read_text(encoding="utf-8").split("\n")
    for run_id, body in (("r-torn", "{"), ("r-newer", whole[1].replace('"schema":1', '"schema":9', 1))):
        (mine.store / run_id).mkdir()
        held = "\n".join([whole[0].replace('"r-1"', f'"{run_id}"'), body.replace('"r-1"', f'"{run_id}"'), ""])
        (mine.store / run_id / "run.json").write_text(held, encoding="utf-8")
    (mine.store / "unrecorded").mkdir()
    (mine.store / "unrecorded" / "history-r-1-x.json").write_text("{}", encoding="utf-8")
    listed = mine.run("runs")
    assert listed.rc == 0, listed.output
    for word in (
        "r-1 ",
        "damaged: ",
        "r-torn/run.json",
        "newer: ",
        "r-newer/run.json",
        "foreign: ",
        "unrecorded",
        "mv '",
    ):
        assert word in " ".join(listed.output.split()), word
    remembered = mine.run("history")
    assert remembered.rc == 0 and "r-1" in remembered.output and "foreign: " in remembered.output, remembered.output
    before = {path: path.read_bytes() for path in (mine.store / "r-newer").iterdir()}
    for verb in ("pause", "resume", "cancel", "approve"):
        refused = mine.run(verb, {"runs_id": "r-newer", "runs_approver": "somebody.else"})
        assert refused.rc != 0 and "run_store_newer" in refused.output, verb
        assert "its schema is 9" in refused.output
    assert {path: path.read_bytes() for path in (mine.store / "r-newer").iterdir() if path in before} == before
    torn = mine.run("runs", {"runs_id": "r-torn"})
    assert torn.rc != 0 and "run_store_damaged" in torn.output and "r-torn/run.json" in torn.output
    for run_id in ("x/../../escaped", "r-1/"):
        refused = mine.run("drill", {"recovery_run_id": run_id})
        assert refused.rc != 0 and "letters, digits and . _ -" in refused.output
    assert not (mine.store.parent / "escaped").exists()


def test_a_failover_calls_nothing_outside_the_recovery_region(simulator, controller):
    """Every endpoint of the Region that is lost is silent, whatever the service."""
    here = simulator({
        "accounts": [account(ACCOUNT, "payments")],
        "fleets": [fleet(ACCOUNT, 2, "db-{n}", 1)],
        "jobs": {"total": 60},
    })  # fmt: skip
    here.faults.add("drop_connection", region="us-east-1")
    given = {"recovery_run_id": "f", "recovery_confirm": "FAILOVER failover 2 us-west-2"}
    run = controller(here).run("failover", {**given, "recovery_point_in_time": "latest_available"})
    assert run.rc == 0, run.output
    assert run.outcomes == {"launched": 2}
    calls = here.journal()
    assert {one["region"] for one in calls} == {REGION}
    assert {one["service"] for one in calls} == {"sts", "drs", "ec2"}
