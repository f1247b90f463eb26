"""Test the life of a run in a directory store: resuming, takeovers, and a crash at any write."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import itertools
import json
from pathlib import Path

import copy

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from support.run_documents import account_body

NOW = "2026-03-01T12:00:00Z"
LATER = "2026-03-02T12:00:00Z"
CELL = "payments.us-west-2"


def plan(*waves, mode="drill", **more):
    """A plan of one cell; each wave is a list of server numbers."""
    made = []
    for number, ids in enumerate(waves, start=1):
        servers = [
            {"source_server_id": f"s-{one:017}", "name": f"web-{one}", "cell": CELL, "region": "us-west-2"}
            for one in ids
        ]
        by_cell = {CELL: [one["source_server_id"] for one in servers]}
        made.append({"wave": str(number), "servers": servers, "by_cell": by_cell})
    whole = {"name": "shop", "mode": mode, "waves": made, "cells": [{"cell": CELL, "region": "us-west-2"}], **more}
    whole["summary"] = {"servers": sum(len(ids) for ids in waves)}
    return {**whole, "hash": plan_hash(whole)}


PLAN = plan([1, 2], [3])


@pytest.fixture
def step(tmp_path, monkeypatch):
    """drs_run against a directory: step(state, **options)."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("RESILIENCE_DRS_STORE", str(tmp_path / "default"))

    def go(state, check_mode=False, **options):
        params = {key: spec.get("default") for key, spec in run_request.RUN_SPEC.items()}
        params.update(state=state, run_id="r-1", store={"path": str(tmp_path / "store")})
        params.update(initiator="ann", controller="host:1")
        params.update(options)
        return run_request.perform(params, check_mode)

    go.store = open_store({"path": str(tmp_path / "store")}, lambda: NOW)
    return go


def code(call, *args, **kwargs):
    with pytest.raises(DrsError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def held(kept, epoch, ids=None, wave="1", run_id="r-1", **more):
    """What the fence says before an effect; None when it lets it pass."""
    request = {"store": {"path": kept.path}, "run_epoch": epoch, "run_id": run_id, **more}
    try:
        fence.Fence(request, CELL).check({wave: ids} if ids else None)
    except fence.Fenced as exc:
        return exc.code
    return None


def ids(*numbers):
    return [f"s-{one:017}" for one in numbers]


# -- beginning and resuming ------------------------------------------------------------------------------------------


def test_a_run_from_its_beginning_to_its_end(step):
    known = step("planned", plan=PLAN, confirm="DRILL shop 3 us-west-2")
    assert (known["run"], known["resumed"], known["confirmed"]) == (None, False, True)
    assert step.store.items("r-1") == []
    begun = step("begun", plan=PLAN, request={"mode": "drill"}, ticket="CHG-1")
    assert (begun["epoch"], begun["resumed"], begun["run"]["status"]) == (1, False, "running")
    for wave in PLAN["waves"]:
        step("wave_intended", epoch=1, wave=wave["wave"], servers=wave["servers"])
        done = [{**one, "outcome": "launched", "job_id": "drsjob-1"} for one in wave["servers"]]
        step("wave_done", epoch=1, wave=wave["wave"], servers=done, verdict={"proceed": True, "reason": "proceed"})
    run = step("finished", epoch=1)["run"]
    assert (run["status"], run["summary"], run["ended_at"], run["ticket"]) == (
        "succeeded",
        {"launched": 3},
        NOW,
        "CHG-1",
    )
    told = run_request.stored_run(step.store, "r-1")
    assert [one["event"] for one in told["events"]] == [
        "run_begun", "wave_intended", "wave_done", "wave_intended", "wave_done", "run_finished"
    ]  # fmt: skip
    assert journal.chain_problems(told["events"]) == []
    assert [(one["wave"], one["status"], one["jobs"]) for one in told["waves"]] == [
        ("1", "done", ["drsjob-1"]),
        ("2", "done", ["drsjob-1"]),
    ]
    assert told["plan"] == PLAN


def test_a_run_that_left_a_wave_of_its_plan_alone_is_partial(step):
    step("begun", plan=PLAN)
    step("wave_intended", epoch=1, wave="1")
    done = [{**one, "outcome": "launched"} for one in PLAN["waves"][0]["servers"]]
    step("wave_done", epoch=1, wave="1", servers=done, verdict={"proceed": True})
    run = step("finished", epoch=1)["run"]
    assert (run["status"], run["reason"]) == ("partial", "not started: wave 2")


@pytest.mark.parametrize("job, expected", [("drsjob-1", NOW), ("drsjob-2", "2026-03-02T09:00:00Z")])
def test_a_wave_that_is_found_as_it_was_has_taken_no_longer(step, monkeypatch, job, expected):
    step("begun", plan=PLAN, request={"mode": "drill"})
    servers = PLAN["waves"][0]["servers"]
    for epoch, held_by, time in ((1, "drsjob-1", NOW), (2, job, "2026-03-02T09:00:00Z")):
        monkeypatch.setattr(clock, "now", lambda time=time: time)
        if epoch == 2:
            step("begun", plan=PLAN, request={"mode": "drill"})
        step("wave_intended", epoch=epoch, wave="1", servers=servers)
        done = [{**one, "outcome": "launched", "job_id": held_by} for one in servers]
        step("wave_done", epoch=epoch, wave="1", servers=done, verdict={"proceed": True})
    assert step.store.get("r-1", "wave:1")["body"]["ended_at"] == expected


def test_going_on_follows_the_frozen_plan_and_tells_what_changed(step):
    request = {"mode": "drill", "selection": {"applications": ["shop"]}}
    step("begun", plan=PLAN, request=request)
    again = step("begun", plan=plan([1], [3, 2], [4]), request=request)
    assert (again["epoch"], again["resumed"], again["plan"]) == (2, True, PLAN)
    assert [(one["change"], one["name"], one["wave"], one["was"]) for one in again["changes"]] == [
        ("added", "web-4", "3", None),
        ("moved", "web-2", "2", "1"),
    ]
    looked = step("planned", plan=plan([1], [3]), request=request)
    assert "removed web-2" in looked["warnings"][0]


def test_a_cell_that_cannot_be_read_now_has_lost_nothing(step):
    assert run_record.changes(PLAN, plan(unknown_cells=[{"cell": CELL}])) == []
    assert len(run_record.changes(PLAN, plan())) == 3


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (plan([1]), {"selection": {"applications": ["x"]}}, "run_plan_mismatch"),
        (plan([1], mode="recovery"), {}, "run_id_reused"),
        (PLAN, {"selection": {"applications": ["x"]}}, None),
    ],
)
def test_another_plan_under_the_same_id(step, given, request_, expected):
    step("begun", plan=PLAN, request={})
    before = [one["version"] for one in step.store.items("r-1")]
    if expected is None:
        assert step("begun", plan=given, request=request_)["resumed"]
        return
    assert code(step, "planned", plan=given, request=request_) == expected
    assert code(step, "begun", plan=given, request=request_) == expected
    assert [one["version"] for one in step.store.items("r-1")] == before


def test_the_older_controller_cannot_go_on(step):
    old = step("begun", plan=PLAN)["epoch"]
    step("wave_intended", epoch=old, wave="1")
    new = step("begun", plan=PLAN, controller="host:2")["epoch"]
    for state, more in (
        ("wave_intended", {"wave": "1"}),
        ("wave_done", {"wave": "1"}),
        ("finished", {}),
        ("waiting", {}),
        ("noted", {"event": "x"}),
    ):
        assert code(step, state, epoch=old, **more) == "run_superseded", state
    assert held(step.store, old, ids(1, 2)) == "run_superseded"
    assert held(step.store, old) == "run_superseded"
    assert held(step.store, new, ids(1, 2)) is None
    step("wave_intended", epoch=new, wave="1")


def test_two_that_begin_at_once_share_one_plan(step, monkeypatch):
    """The second one begins between the look and the write of the first one."""
    real = lifecycle.Run._save
    other = plan([7])
    done = []

    def save(self, run, version):
        if not done:
            done.append(True)
            done.append(step("begun", plan=other, request={"mode": "drill"}, controller="host:2"))
        real(self, run, version)

    monkeypatch.setattr(lifecycle.Run, "_save", save)
    first = step("begun", plan=PLAN, request={"mode": "drill"})
    assert first["plan"] == done[1]["plan"] == other
    assert (done[1]["epoch"], first["epoch"]) == (1, 2)
    assert step.store.get("r-1", "plan")["body"] == other


@pytest.mark.parametrize("survived", [1, 2, 3])
def test_a_crash_at_any_write_of_the_beginning(step, monkeypatch, survived):
    """The next controller may have seen other tags; before the plan was kept nothing was started from it."""
    store = type(step.store)
    real, writes = store.put, itertools.count(1)

    def put(self, *args, **kwargs):
        if next(writes) > survived:
            raise KeyboardInterrupt
        return real(self, *args, **kwargs)

    monkeypatch.setattr(store, "put", put)
    fresh = plan([1, 2], [3, 4])
    if survived < 3:
        with pytest.raises(KeyboardInterrupt):
            step("begun", plan=PLAN)
    else:
        step("begun", plan=PLAN)
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    again = step("begun", plan=fresh)
    kept = fresh if survived < 2 else PLAN
    assert again["plan"] == kept and again["epoch"] == 2
    assert again["run"]["scope"] == run_record.scope_of(kept)
    assert step.store.get("r-1", "plan")["body"]["hash"] == again["run"]["plan_hash"]
    assert journal.chain_problems(run_request.stored_run(step.store, "r-1")["events"]) == []


def test_another_policy_is_followed_noted_and_makes_an_approval_void(step):
    step("begun", plan=plan([1], [2], policy={"max_failures": 0}), approvals=["start"])
    step("approved", approver="bob", expires_hours=1)
    assert step("begun", plan=plan([1], [2], policy={"max_failures": 0}))["run"]["status"] == "running"
    begun = step("begun", plan=plan([1], policy={"max_failures": 2}), request={"policy": {"max_failures": 2}})
    assert begun["plan"] == plan([1], [2], policy={"max_failures": 2})
    assert begun["run"]["status"] == "waiting" and begun["run"]["request"] == {"policy": {"max_failures": 2}}
    step("approved", approver="bob", expires_hours=1)
    assert step("begun")["plan"]["policy"] == {"max_failures": 2}
    step("wave_intended", epoch=4, wave="1")
    assert [one["event"] for one in run_request.stored_run(step.store, "r-1")["events"]].count("policy_changed") == 1


def test_a_crash_between_a_new_policy_and_its_plan(step, monkeypatch):
    step("begun", plan=plan([1], policy={"max_failures": 0}))
    step("wave_intended", epoch=1, wave="1")
    monkeypatch.setattr(lifecycle.Run, "_freeze", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        step("begun", plan=plan([1], policy={"max_failures": 2}))
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    begun = step("begun")
    assert begun["resumed"] and begun["run"]["plan_hash"] == begun["plan"]["hash"]
    assert step.store.get("r-1", "plan")["body"]["hash"] == begun["plan"]["hash"]


def test_a_plan_that_is_gone_in_the_middle_is_said(step):
    step("begun", plan=PLAN)
    step("wave_intended", epoch=1, wave="1")
    step.store.delete("r-1", "plan", 1)
    assert code(step, "begun", plan=PLAN) == "run_store_damaged"


def test_check_mode_writes_nothing(step):
    assert step("planned", check_mode=True, plan=PLAN)["plan"] == PLAN
    assert step("begun", check_mode=True, plan=PLAN)["run"] is None
    assert step.store.items("r-1") == []


# -- the fence -------------------------------------------------------------------------------------------------------


def test_nothing_is_launched_that_was_not_written_down_or_is_not_in_the_plan(step):
    step("begun", plan=PLAN)
    assert held(step.store, 1, ids(1, 2)) == "intent_missing"
    step("wave_intended", epoch=1, wave="1")
    assert held(step.store, 1, ids(1, 2)) is None
    for wrong in (ids(1), ids(1, 2, 3), ids(3)):
        assert held(step.store, 1, wrong) == "outside_scope"
    assert held(step.store, 1, ids(3), wave="2") == "intent_missing"
    assert held(step.store, 1, ids(1, 2), run_id="r-2") == "run_unknown"
    assert code(step, "wave_intended", epoch=1, wave="9") == "outside_scope"


def test_without_an_epoch_there_is_no_fence(step):
    assert held(step.store, None, ids(9)) is None


@pytest.mark.parametrize(
    ("state", "expected"), [("paused", "run_paused"), ("cancelled", "run_cancelled"), ("waiting", "run_not_active")]
)
def test_a_run_that_was_stopped_starts_nothing_and_still_keeps_what_came_of_it(step, state, expected):
    step("begun", plan=PLAN)
    step("wave_intended", epoch=1, wave="1")
    step(state, reason="the wrong shop")
    assert held(step.store, 1, ids(1, 2)) == expected
    assert code(step, "wave_intended", epoch=1, wave="2") == expected
    step("wave_done", epoch=1, wave="1", servers=[{"outcome": "launched"}], verdict={"proceed": True})
    run = step("finished", epoch=1, reason="stopped")["run"]
    assert (run["status"], run["reason"], run["summary"]) == (state, "the wrong shop", {"launched": 1})
    if state == "cancelled":
        assert code(step, "begun", plan=PLAN) == code(step, "planned", plan=PLAN) == "run_cancelled"
        assert code(step, "paused") == "run_not_active"
    else:
        if state == "paused":
            assert code(step, "begun", plan=PLAN) == code(step, "planned", plan=PLAN) == "run_paused"
        assert step("begun", plan=PLAN, end_pause=state == "paused")["run"]["status"] == "running"


def test_a_store_that_is_down_holds_everything_but_a_declared_disaster(step, tmp_path):
    step("begun", plan=PLAN)
    step("wave_intended", epoch=1, wave="1")
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    down = {"store": {"path": str(blocked / "store")}}
    assert held(step.store, 1, ids(1, 2), **down) == "run_store_unavailable"
    assert held(step.store, 1, ids(1, 2), store_override="the table is gone", **down) is None
    assert code(step, "begun", plan=PLAN, **down) == "run_store_unavailable"
    assert code(step, "begun", plan=PLAN, without_store="please", **down) == "run_store_unavailable", "a drill waits"
    real = plan([1], mode="recovery")
    text = "FAILOVER shop 1 us-west-2"
    begun = step("begun", plan=real, confirm=text, without_store="Region lost", **down)
    assert (begun["degraded"], begun["epoch"], begun["store"]) == (True, 1, {"backend": "directory"})
    assert begun["run"]["overrides"] == [{"guardrail": "run_store", "reason": "Region lost", "by": "ann", "at": NOW}]
    assert open_store(begun["store"]).where == str(tmp_path / "default")
    later = step("wave_intended", epoch=1, wave="1", without_store="Region lost", **down)
    assert (later["run"], later["degraded"]) == (None, True) and "unwritten" in later["warnings"][0]


def test_a_recovery_does_not_begin_unconfirmed_and_what_changes_its_plan_is_confirmed_again(step):
    real, text = plan([1], mode="recovery"), "FAILOVER shop 1 us-west-2"
    assert code(step, "begun", plan=real) == "confirmation_mismatch"
    assert code(step, "begun", plan=real, confirm="FAILOVER shop 2 us-west-2") == "confirmation_mismatch"
    step("begun", plan=real, confirm=text)
    step("begun", plan=real)  # the very plan that was confirmed
    assert code(step, "begun", plan={**real, "policy": {"max_failures": 1}}) == "confirmation_mismatch"
    assert code(step, "begun", plan={**real, "allowed": "more"}, widened=True) == "confirmation_mismatch"
    wider = step("begun", plan={**real, "allowed": "more"}, widened=True, confirm=text)
    assert wider["plan"]["allowed"] == "more" and wider["run"]["plan_hash"] != real["hash"]


def test_a_frozen_plan_that_was_edited_is_refused_at_every_load(step):
    step("begun", plan=PLAN)
    change(step, "plan", waves=[{**PLAN["waves"][0], "max_failures": 9}, PLAN["waves"][1]])
    assert code(step, "planned", plan=PLAN) == code(step, "begun", plan=PLAN) == "plan_changed"


@pytest.mark.parametrize(
    "edit",
    [
        lambda wave: wave["servers"][0].update(source_server_id="s-" + "9" * 17),
        lambda wave: wave["servers"][0].update(cell="other.us-west-2"),
        lambda wave: wave["servers"][0].update(region="eu-west-1"),
    ],
)
def test_what_the_hash_does_not_see_of_a_frozen_plan_is_held_against_the_rest_of_it(step, edit):
    """The hash is over the ARNs; who launches goes by cell and id."""
    real = plan([1, 2], [3])
    for one in (one for wave in real["waves"] for one in wave["servers"]):
        one["arn"] = "arn:aws:drs:us-west-2:111111111111:source-server/" + one["source_server_id"]
    real["hash"] = plan_hash(real)
    step("begun", plan=real)
    edited = copy.deepcopy(real["waves"])
    edit(edited[0])
    change(step, "plan", waves=edited)
    assert code(step, "planned") == code(step, "begun", plan=real) == "plan_changed"


def test_the_confirmation_counts_the_servers_that_the_plan_launches(step):
    real = plan([1, 2, 3], mode="recovery")
    told = step("planned", plan={**real, "summary": {"servers": 1}})
    assert told["confirmation"] == "FAILOVER shop 3 us-west-2"


# -- approvals -------------------------------------------------------------------------------------------------------


def approved(step, **more):
    return step("approved", **{"approver": "bob", "decision": "approved", "expires_hours": 1, **more})


def test_nothing_starts_before_somebody_else_approves_this_plan(step):
    begun = step("begun", plan=PLAN, approvals=["start"])
    assert (begun["run"]["status"], begun["run"]["started_at"]) == ("waiting", None)
    assert code(step, "wave_intended", epoch=1, wave="1") == "run_not_active"
    assert code(approved, step, approver="ANN") == code(approved, step, approver=" ") == "approval_own"
    assert code(approved, step, plan_hash="0000") == "approval_void"
    assert approved(step, plan_hash=PLAN["hash"][:12])["approval"]["expires_at"] == "2026-03-01T13:00:00Z"
    begun = step("begun", plan=PLAN)
    assert (begun["run"]["status"], begun["run"]["approved_at"]) == ("running", NOW)
    step("wave_intended", epoch=2, wave="1")
    assert held(step.store, 2, ids(1, 2)) is None


def change(step, item, **changes):
    record = step.store.get("r-1", item)
    step.store.put("r-1", item, {**record["body"], **changes}, record["version"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"expires_at": NOW}, "approval_expired"),
        ({"expires_at": None}, "approval_expired"),
        ({"decision": "rejected"}, "approval_rejected"),
        ({"plan_hash": "f" * 64}, "approval_void"),
        ({"approver": "Ann"}, "approval_own"),
        (None, "approval_missing"),
    ],
)
def test_an_approval_that_does_not_hold_at_the_moment_of_the_launch(step, changes, expected):
    step("begun", plan=PLAN, approvals=["start"])
    approved(step)
    step("begun", plan=PLAN)
    step("wave_intended", epoch=2, wave="1")
    assert held(step.store, 2, ids(1, 2)) is None
    if changes is None:
        step.store.delete("r-1", "approval:start", 1)
    else:
        change(step, "approval:start", **changes)
    assert held(step.store, 2, ids(1, 2)) == expected
    assert code(step, "wave_intended", epoch=2, wave="1") == expected


def gated(*gates):
    """The plan with gates before its second wave: (name, type)."""
    made = plan([1, 2], [3])
    made["waves"][1]["gates"] = {"before": [{"name": name, "type": kind} for name, kind in gates], "after": []}
    return {**made, "hash": plan_hash(made)}


AWX_ANN = {"user": "ann", "kind": "awx", "job": "42", "local": "runner@node"}
AWX_BOB = {"user": "bob", "kind": "awx", "job": "43", "local": "runner@node"}
LOCAL = {"user": "ops", "kind": "local", "job": None, "local": "ops@bastion"}


def test_whom_somebody_names_never_hides_who_typed_it(step):
    run = step("begun", plan=PLAN, approvals=["start"], initiator="release-bot", typed_by=AWX_ANN)["run"]
    assert (run["initiator"], run["started_by"]) == ("release-bot", AWX_ANN)
    (event,) = [one["body"] for one in step.store.items("r-1", "event:")]
    assert event["data"]["by"] == "ann (runner@node, AWX job 42)" and event["data"]["typed_by"] == AWX_ANN
    again = step("begun", plan=PLAN, initiator="somebody", typed_by=AWX_BOB)["run"]
    assert (again["initiator"], again["started_by"]) == ("release-bot", AWX_ANN), "who began it stays who began it"


def test_the_event_of_each_command_names_its_person_sessions_and_versions(step):
    about = {"typed_by": AWX_BOB, "sessions": [{"cell": "a", "arn": "x"}], "versions": {"python": "3.12.1"}}
    step("begun", plan=PLAN, initiator="ann", **about)
    step("noted", overrides=[{"guardrail": "calendar", "reason": "flood"}], **about)
    step("cleaned", data={"clean": True, "summary": {}}, **about)
    step("paused", reason="lunch", **about)
    step("begun", plan=PLAN, end_pause=True, **about)
    step("cancelled", reason="flood", **about)
    told = {one["event"]: one["data"] for one in run_request.stored_run(step.store, "r-1")["events"]}
    whole = ("run_begun", "run_cleaned", "run_paused", "run_resumed", "run_cancelled")
    for name in whole:
        assert {key: told[name].get(key) for key in about} == about, name
    assert told["guardrail_overruled"]["typed_by"] == AWX_BOB and "sessions" not in told["guardrail_overruled"]


@pytest.mark.parametrize(
    ("approver", "typed_by", "refused"),
    [
        ("ann", AWX_BOB, True),
        ("Release-Bot", AWX_BOB, True),
        ("somebody.else", AWX_ANN, True),
        ("bob", AWX_BOB, False),
        ("bob", LOCAL, False),
    ],
)
def test_an_approver_is_held_against_both_names_of_who_started(step, approver, typed_by, refused):
    step("begun", plan=PLAN, approvals=["start"], initiator="release-bot", typed_by=AWX_ANN)
    if refused:
        assert code(approved, step, approver=approver, typed_by=typed_by) == "approval_own"
        return
    assert approved(step, approver=approver, typed_by=typed_by)["approval"]["approved_by"] == typed_by
    change(step, "approval:start", approved_by=AWX_ANN)
    step("begun", plan=PLAN)
    assert code(step, "wave_intended", epoch=2, wave="1") == "approval_own", "the fence looks at who typed it, too"


def test_on_a_shared_account_people_are_told_apart_by_the_names_they_give(step):
    step("begun", plan=PLAN, approvals=["start"], initiator="ann", typed_by=LOCAL)
    assert code(approved, step, approver="ops", typed_by=LOCAL) == "approval_own"
    assert approved(step, approver="bob", typed_by=LOCAL)["approval"]["approver"] == "bob"


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("data-check", "its gates with an approval: start, data-checked"),
        ("rest", "it is a pause, which resume ends"),
    ],
)
def test_a_gate_that_the_run_does_not_have_is_not_approved(step, gate, said):
    step("begun", plan=gated(("data-checked", "approval"), ("rest", "pause")), approvals=["start"])
    with pytest.raises(DrsError) as caught:
        approved(step, gate_name=gate)
    assert caught.value.code == "gate_unknown" and said in caught.value.message
    assert list(step.store.items("r-1", "approval:")) == []
    approved(step, gate_name="data-checked")


def test_a_run_that_needs_no_approval_has_no_gate(step):
    step("begun", plan=PLAN)
    assert code(approved, step) == "gate_unknown"


def test_a_wave_with_a_gate_of_its_own(step):
    step("begun", plan=gated(("go-2", "approval")))
    assert code(step, "wave_intended", epoch=1, wave="2", approvals=["go-2"]) == "approval_missing"
    approved(step, gate_name="go-2")
    step("wave_intended", epoch=1, wave="2", approvals=["go-2"])
    assert held(step.store, 1, ids(3), wave="2") is None
    change(step, "approval:go-2", decision="rejected")
    assert held(step.store, 1, ids(3), wave="2") == "approval_rejected"


# -- journal, log, endings -------------------------------------------------------------------------------------------


def test_a_journal_that_was_touched_is_seen(step):
    step("begun", plan=PLAN)
    for number in range(3):
        step("noted", event="note", data={"number": number})
    events = run_request.stored_run(step.store, "r-1")["events"]
    assert journal.chain_problems(events) == []
    assert journal.chain_problems(events[:1] + events[2:]) != []
    assert journal.chain_problems([events[1], events[0], *events[2:]]) != []
    for number in range(len(events)):
        for key in ("at", "event", "actor", "data", "seq", "prev", "hash"):
            touched = [dict(one) for one in events]
            touched[number][key] = "x"
            assert journal.chain_problems(touched) != [], (number, key)


def test_events_of_two_writers_make_one_chain(step, monkeypatch):
    step("begun", plan=PLAN)
    store = type(step.store)
    real, turns = store.last, iter([True])

    def last(self, *args):
        found = real(self, *args)
        if next(turns, False):
            step("noted", event="other")
        return found

    monkeypatch.setattr(store, "last", last)
    step("noted", event="mine")
    events = run_request.stored_run(step.store, "r-1")["events"]
    assert [one["event"] for one in events] == ["run_begun", "other", "mine"]
    assert journal.chain_problems(events) == []


def test_every_event_is_a_line_of_the_log_and_a_log_that_fails_is_a_warning(step, tmp_path):
    log = tmp_path / "events.jsonl"
    step("begun", plan=PLAN, correlation_id="c-7", log_path=str(log))
    step("wave_intended", epoch=1, wave="1", log_path=str(log))
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(one["event"], one["run_id"], one["correlation_id"]) for one in lines] == [
        ("run_begun", "r-1", "c-7"),
        ("wave_intended", "r-1", "c-7"),
    ]
    told = step("noted", event="x", log_path=str(tmp_path / "none" / "x"))
    assert "log_path" in told["warnings"][0]


@pytest.mark.parametrize(
    ("summary", "stopped", "complete", "timed_out", "expected"),
    [
        ({"launched": 3}, "", True, False, "succeeded"),
        ({"launched": 3}, "", False, False, "partial"),
        ({"launched": 2, "failed": 1}, "", True, False, "partial"),
        ({"launched": 3}, "wave 2 stopped", True, False, "partial"),
        ({"failed": 3}, "wave 1 stopped", True, False, "failed"),
        ({"refused": 1}, "", True, False, "failed"),
        ({}, "", True, False, "succeeded"),
        ({"in_progress": 1, "launched": 2}, "x", True, True, "timeout"),
    ],
)
def test_how_a_run_ends(summary, stopped, complete, timed_out, expected):
    assert run_record.ending(summary, stopped, complete, timed_out) == expected


def test_the_list_holds_runs_and_nothing_else(step):
    step("begun", plan=PLAN)
    index = {"status": "succeeded", "started_at": NOW, "account_id": "111111111111"}
    step.store.put("r-1", "account:111111111111:us-west-2", account_body("r-1"), None, index)
    params = {key: spec.get("default") for key, spec in run_request.RUN_INFO_SPEC.items()}
    params["store"] = {"path": step.store.path}
    assert [one["run_id"] for one in run_request.read(params)["runs"]] == ["r-1"]
    assert run_request.read({**params, "status": "failed"})["runs"] == []
    assert run_request.read({**params, "run_id": "r-1"})["plan"] == PLAN
    assert code(run_request.read, {**params, "run_id": "r-2"}) == "run_unknown"


@pytest.mark.parametrize("state", ["wave_intended", "paused", "cancelled", "approved", "noted", "cleaned", "finished"])
def test_a_run_that_nobody_knows(step, state):
    assert code(step, state, wave="1", approver="bob", event="x") == "run_unknown"


# -- how long it took ------------------------------------------------------------------------------------------------


@pytest.fixture
def at(step, monkeypatch):
    """A step at an hour of the day: at(hour, state, **options)."""

    def go(hour, state, **options):
        monkeypatch.setattr(clock, "now", lambda: f"2026-03-01T{hour:02}:00:00Z")
        return step(state, **options)

    return go


def wave(at, hour, outcome, epoch):
    at(hour, "wave_intended", epoch=epoch, wave="1", servers=PLAN["waves"][0]["servers"])
    servers = [{**one, "outcome": outcome, "job_id": "j"} for one in PLAN["waves"][0]["servers"]]
    at(hour, "wave_done", epoch=epoch, wave="1", servers=servers, verdict={"proceed": outcome == "launched"})


def times(run):
    return run["created_at"][11:13], (run["ended_at"] or "")[11:13], run_times.elapsed(run), run_times.waited(run)


def test_a_run_of_two_commands_took_from_the_first_one_to_its_end(at):
    first = at(8, "begun", plan=PLAN)
    wave(at, 9, "launched", first["epoch"])
    assert run_times.elapsed(at(10, "waiting", epoch=first["epoch"], reason="somebody validates")["run"]) is None
    second = at(14, "begun", plan=PLAN)
    run = at(15, "finished", epoch=second["epoch"])["run"]
    assert times(run) == ("08", "15", 7 * 3600, 4 * 3600)


def test_an_approval_is_waited_for_from_the_first_command_on(at):
    at(8, "begun", plan=PLAN, approvals=["start"])
    at(9, "begun", plan=PLAN, approvals=["start"])
    at(10, "approved", approver="ben")
    third = at(11, "begun", plan=PLAN)
    wave(at, 12, "launched", third["epoch"])
    assert times(at(12, "finished", epoch=third["epoch"])["run"]) == ("08", "12", 4 * 3600, 3 * 3600)


def test_the_same_command_after_the_end_makes_no_run_longer(at):
    first = at(8, "begun", plan=PLAN)
    wave(at, 9, "launched", first["epoch"])
    ended = at(10, "finished", epoch=first["epoch"])["run"]
    for hour in (12, 14):
        again = at(hour, "begun", plan=PLAN)
        wave(at, hour, "launched", again["epoch"])
        assert times(at(hour, "finished", epoch=again["epoch"])["run"]) == times(ended) == ("08", "10", 7200, 0)


def test_what_failed_and_is_launched_again_ends_later(at):
    first = at(8, "begun", plan=PLAN)
    wave(at, 9, "failed", first["epoch"])
    at(9, "finished", epoch=first["epoch"], reason="wave 1")
    at(12, "begun", plan=PLAN)  # and the controller dies
    again = at(13, "begun", plan=PLAN)
    wave(at, 14, "launched", again["epoch"])
    assert times(at(14, "finished", epoch=again["epoch"])["run"]) == ("08", "14", 6 * 3600, 3 * 3600)


def test_a_drill_that_was_cleaned_up_is_over_and_its_record_stays(at):
    first = at(8, "begun", plan=PLAN)
    wave(at, 9, "launched", first["epoch"])
    ended = at(10, "finished", epoch=first["epoch"])["run"]
    at(11, "cleaned", data={"clean": True, "summary": {"terminated": 0, "total": 0}})
    at(11, "begun", plan=PLAN)  # nothing was terminated: whoever asks finds it all
    at(12, "finished", epoch=2)
    at(13, "cleaned", data={"clean": False, "summary": {"terminated": 2, "total": 3}})
    for step in ("planned", "begun"):
        with pytest.raises(DrsError, match="2 of its instances were terminated") as caught:
            at(14, step, plan=PLAN)
        assert caught.value.code == "run_cleaned"
    # cleaned up again, with nothing left to do: it is over all the same
    assert at(15, "cleaned", data={"clean": True, "summary": {"total": 0}})["run"]["ended_at"] == ended["ended_at"]
    with pytest.raises(DrsError, match="2 of its instances were terminated"):
        at(16, "planned", plan=PLAN)


def test_a_step_takes_nothing_under_a_name_that_it_does_not_know():
    with pytest.raises(TypeError, match="wave_done: no step of a run takes gate"):
        run_request.params_of("wave_done", wave="1", gate={"proceed": True})
    # what the controller knows and nobody types
    known = {"typed_by": {"user": "ann"}, "widened": True, "options": [{"option": "policy"}]}
    assert known.items() <= run_request.params_of("planned", **known).items()


def test_every_name_that_a_step_is_taken_with_is_one_that_it_knows():
    plugins = Path(run_request.__file__).parents[4]
    calls = [
        node
        for path in plugins.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("run.take") and node.args
    ]
    named = {one.arg: None for call in calls for one in call.keywords if one.arg}
    assert {"plan", "widened", "options"} <= set(named)
    assert run_request.params_of("begun", **named)
