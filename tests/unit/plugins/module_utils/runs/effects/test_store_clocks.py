"""Test whose time counts: that of AWS with a table, and differing clocks."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import book
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import objectives
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence, request
from support.run_store import REGION

TABLE = {"backend": "dynamodb", "region": REGION}
CELL = "payments.us-west-2"


@pytest.fixture
def clocks(monkeypatch):
    """Sets both clocks: clocks(that of AWS, that of the controller)."""
    told = {}

    def noted(cell, parsed, **_more):
        cell.server_time = datetime.fromisoformat(told["aws"].replace("Z", "+00:00"))

    monkeypatch.setattr(Cell, "_note_time", noted)
    monkeypatch.setattr(clock, "now", lambda: told["own"])
    return lambda aws, own: told.update(aws=aws, own=own)


def plan():
    servers = [{"source_server_id": "s-" + "1" * 17, "name": "web-1", "cell": CELL, "region": "us-west-2"}]
    wave = {"wave": "1", "servers": servers, "by_cell": {CELL: ["s-" + "1" * 17]}}
    whole = {"name": "shop", "mode": "recovery", "waves": [wave], "cells": [], "summary": {"servers": 1}}
    return {**whole, "hash": plan_hash(whole)}


def step(state, store, **more):
    params = {key: spec.get("default") for key, spec in request.RUN_SPEC.items()}
    params.update(state=state, run_id="r-1", store=store, initiator="ann", controller="host:1", **more)
    params["confirm"] = "FAILOVER shop 1 us-west-2"
    return request.perform(params, False)


def test_the_times_of_a_run_in_a_table_are_those_of_aws(dynamo, clocks):
    clocks("2026-03-01T12:00:00Z", "2026-03-01T21:00:00Z")
    begun = step("begun", TABLE, plan=plan())
    assert begun["run"]["created_at"] == begun["events"][0]["at"] == "2026-03-01T12:00:00Z"
    assert begun["warnings"] == [
        "clock_problem: the clock of this controller is 32400 seconds ahead of that of the run store, which counts"
    ]
    # another controller, whose clock is behind, takes it over and ends it
    clocks("2026-03-01T12:40:00Z", "2026-03-01T03:00:00Z")
    step("begun", TABLE, plan=plan())
    done = step("finished", TABLE, epoch=2)
    assert run_times.elapsed(done["run"]) == 2400 and run_times.problem(done["run"]) == ""


def test_an_approval_holds_as_long_as_it_was_given_whatever_the_approvers_clock_says(dynamo, clocks):
    clocks("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z")
    begun = step("begun", TABLE, plan=plan(), approvals=["start"])
    clocks("2026-03-01T12:10:00Z", "2026-03-01T21:10:00Z")
    body = step("approved", TABLE, approver="bob", expires_hours=8)["approval"]
    assert (body["at"], body["expires_at"]) == ("2026-03-01T12:10:00Z", "2026-03-01T20:10:00Z")
    fenced = {"store": TABLE, "run_epoch": begun["epoch"] + 1, "run_id": "r-1"}
    for aws, own, expected in (
        ("2026-03-01T20:00:00Z", "2026-03-01T23:00:00Z", "intent_missing"),
        ("2026-03-01T20:20:00Z", "2026-03-01T12:00:00Z", "approval_expired"),
    ):
        clocks(aws, own)
        if expected == "intent_missing":
            step("begun", TABLE, plan=plan())
            step("wave_intended", TABLE, epoch=2, wave="1", servers=plan()["waves"][0]["servers"], approvals=["start"])
            fence.Fence(fenced, CELL).check({"1": ["s-" + "1" * 17]})
        else:
            with pytest.raises(fence.Fenced) as caught:
                fence.Fence(fenced, CELL).check({"1": ["s-" + "1" * 17]})
            assert caught.value.code == expected


def test_history_in_a_table_is_recorded_by_the_time_of_aws(dynamo, clocks):
    clocks("2026-03-01T12:00:00Z", "2026-06-01T12:00:00Z")
    given = {key: option.get("default") for key, option in book.RECORD_SPEC.items()}
    server = {"cell": CELL, "account_id": "111111111111", "region": "us-west-2", "source_server_id": "s-1"}
    result = {"kind": "recovery", "mode": "drill", "run_id": "r-1", "servers": [{**server, "outcome": "launched"}]}
    told = book.record({**given, "store": TABLE, "result": result}, False)
    assert told["recorded"] and told["records"][0]["recorded_at"] == "2026-03-01T12:00:00Z"
    store, _faults = dynamo
    assert store.items("r-1", "account:")[0]["expires_at"] == "2026-05-30T12:00:00Z"


# -- where the store has no clock of its own ---------------------------------------------------------------------------


def test_a_run_that_a_slower_clock_took_over_has_taken_nobody_knows_how_long(tmp_path, monkeypatch):
    place = {"path": str(tmp_path / "store")}
    monkeypatch.setattr(clock, "now", lambda: "2026-03-01T12:00:00Z")
    step("begun", place, plan=plan())
    monkeypatch.setattr(clock, "now", lambda: "2026-03-01T11:00:00Z")
    again = step("begun", place, plan=plan())
    assert again["warnings"] == ["clock_problem: the clock is 3600 seconds behind what the journal of run r-1 says"]
    done = step("finished", place, epoch=2)
    assert run_times.elapsed(done["run"]) is None
    said = "the run ended at 2026-03-01T11:00:00Z, 3600 seconds before it began: two clocks differ"
    assert run_times.problem(done["run"]) == said and f"clock_problem: {said}" in done["warnings"]


def test_a_record_of_history_whose_end_is_before_its_beginning_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: "2026-03-01T11:30:00Z")
    times = {"started_at": "2026-03-01T12:00:00Z", "ended_at": "2026-03-01T11:00:00.5Z"}
    server = {"cell": CELL, "account_id": "111111111111", "region": "us-west-2", "outcome": "launched"}
    result = {"kind": "recovery", "mode": "drill", "run_id": "r-1", "servers": [server], **times}
    given = {key: option.get("default") for key, option in book.RECORD_SPEC.items()}
    told = book.record({**given, "store": {"path": str(tmp_path)}, "result": result}, False)
    (one,) = told["records"]
    assert one["duration_seconds"] is None and told["overall"]["duration_seconds"] is None
    assert "3600 seconds before it began" in one["clock_problem"]
    assert told["warnings"] == [f"clock_problem: {one['clock_problem']}"]


def test_no_objective_is_met_by_a_clock_that_is_behind():
    server = {
        "cell": CELL,
        "source_server_id": "s-1",
        "name": "web",
        "application": "shop",
        "critical": True,
        "wave": "1",
    }
    result = {**server, "outcome": "launched", "started_at": "2026-03-01T10:00:00Z", "ended_at": "2026-03-01T10:30:00Z"}
    found = {
        "run_id": "r-1",
        "run": {"mode": "drill", "declared_at": "2026-03-01T12:00:00Z"},
        "plan": {"waves": [{"wave": "1", "servers": [server]}]},
        "waves": [{"wave": "1", "servers": [result]}],
    }
    (goal,) = objectives.objectives(found, objectives.targets_of({"shop": {"rto": "1h"}}))
    assert goal["rto"]["from_declared"] is None and goal["rto"]["met"] is None


def test_a_clock_that_is_not_a_problem_is_not_told():
    assert run_times.skew_text("2026-03-01T12:00:59Z", "2026-03-01T12:00:00Z") == ""
    assert "61 seconds behind" in run_times.skew_text("2026-03-01T12:00:00Z", "2026-03-01T12:01:01Z")
    assert records.overall([])["duration_seconds"] is None


@pytest.mark.parametrize("given", [{"expires_at": "2026-03-01T11:00:00Z"}, {"expires_at": "soon"}])
def test_an_approval_that_is_over_when_it_is_given_is_refused(tmp_path, monkeypatch, given):
    monkeypatch.setattr(clock, "now", lambda: "2026-03-01T12:00:00Z")
    place = {"path": str(tmp_path)}
    step("begun", place, plan=plan(), approvals=["start"])
    with pytest.raises(DrsError, match="expires_at"):
        step("approved", place, approver="bob", **given)
