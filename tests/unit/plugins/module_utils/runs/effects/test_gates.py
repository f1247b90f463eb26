"""Test gates in the run store: who may open them, for which plan, and that a crash never opens one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates as run_gates
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.request import RUN_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store

NOW, LATER = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"
GATES = {"before": [{"name": "go", "type": "approval"}, {"name": "rest", "type": "pause"}], "after": []}
WAVE = {"wave": "app", "servers": [], "by_cell": {}, "gates": GATES}
PLAN = {"name": "shop", "mode": "drill", "waves": [WAVE], "cells": []}
PLAN = {**PLAN, "hash": plan_hash(PLAN)}


@pytest.fixture
def store(tmp_path):
    return open_store({"backend": "directory", "path": str(tmp_path)})


def step(store, state, now=NOW, **params):
    whole = {name: spec.get("default") for name, spec in RUN_SPEC.items()}
    whole.update(run_id="run-1", initiator="mia", plan=PLAN, **params)
    return getattr(lifecycle.Run(store, whole, now), state)()


def begin(store, now=NOW, **params):
    return step(store, "begun", now, **params)["epoch"]


def resume(store, now=LATER):
    return begin(store, now, end_pause=True)


def ask(store, epoch, kind="approval", now=NOW, check_mode=False, gate="go", **more):
    params = {"run_id": "run-1", "epoch": epoch, "gate": gate, "type": kind, "wave": "app", "message": "Look.", **more}
    return run_gates.go_through(store, params, now, check_mode)


def approve(store, approver="noa", now=NOW, until="2026-03-02T12:00:00Z", **changes):
    return step(store, "approved", now, approver=approver, gate_name="go", expires_at=until, **changes)


def status(store):
    return store.get("run-1", "run")["body"]["status"]


def test_a_pause_holds_until_a_person_resumes_the_run(store):
    first = begin(store)
    told = ask(store, first, "pause")
    assert (told["open"], told["code"], told["waiting"]["gate"]) == (False, "gate_waiting", "go")
    assert status(store) == "paused"
    for state in ("planned", "begun"):
        with pytest.raises(DrsError) as caught:
            step(store, state)
        assert (caught.value.code, caught.value.retryable) == ("run_paused", False)
    assert status(store) == "paused" and store.get("run-1", "run")["body"]["epoch"] == first
    second = resume(store)
    assert ask(store, second, "pause", LATER)["open"] is True
    assert status(store) == "running"
    third = begin(store, LATER)
    assert ask(store, third, "pause", LATER)["open"] is True, "a gate that was passed stays open"


def test_a_pause_beside_a_gate_that_has_stopped_the_run_is_opened_by_a_resume_and_not_by_the_approval(store):
    first = begin(store)
    assert ask(store, first)["code"] == "gate_waiting" and status(store) == "waiting"
    told = ask(store, first, "pause", gate="other", beside=True)
    assert not told["open"] and status(store) == "waiting", "the run waits where it waited"
    approve(store)
    same = begin(store, LATER)
    assert ask(store, same, now=LATER)["open"] and not ask(store, same, "pause", LATER, gate="other")["open"]
    second = resume(store)
    # the one who resumed has died; whoever comes next knows what a person has said
    third = begin(store, LATER)
    assert third > second and ask(store, third, "pause", LATER, gate="other")["open"]


def test_a_controller_that_dies_at_a_pause_does_not_open_it(store, monkeypatch):
    first = begin(store)
    put = store.put

    def dies(run_id, item, *arguments, **named):
        if item.startswith("gate:"):
            raise KeyboardInterrupt
        return put(run_id, item, *arguments, **named)

    monkeypatch.setattr(store, "put", dies)
    with pytest.raises(KeyboardInterrupt):
        ask(store, first, "pause")
    monkeypatch.undo()
    second = resume(store)
    assert ask(store, second, "pause")["open"] is False


def test_an_approval_of_this_plan_by_somebody_else_opens(store):
    epoch = begin(store)
    closed = ask(store, epoch)
    assert closed["code"] == "gate_waiting" and status(store) == "waiting"
    # whoever says it names the gate before it
    assert closed["reason"] == f"nobody has approved plan {PLAN['hash'][:12]}"
    assert store.get("run-1", "run")["body"]["reason"] == f"gate go: {closed['reason']}"
    approve(store)
    second = begin(store)
    assert ask(store, second)["open"] is True
    assert ask(store, second, now="2026-04-01T00:00:00Z")["open"] is True, "it was gone through while it held"


def test_an_approval_that_has_expired_is_waited_for_again(store):
    approve_epoch = begin(store)
    approve(store, until=LATER)
    told = ask(store, approve_epoch, now=LATER)
    assert (told["open"], told["code"]) == (False, "gate_waiting")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"approver": "mia"}, "mia"),
        ({"plan_hash": "b" * 64}, "was given for plan"),
        ({"decision": "rejected"}, "has not approved"),
    ],
)
def test_an_approval_that_is_none_stops_the_run(store, change, word):
    epoch = begin(store)
    body = {
        "gate": "go",
        "plan_hash": PLAN["hash"],
        "approver": "noa",
        "decision": "approved",
        "at": NOW,
        "expires_at": "2026-03-02T12:00:00Z",
        **change,
    }
    store.put("run-1", "approval:go", body, None)
    told = ask(store, epoch)
    assert (told["open"], told["code"], told["waiting"]) == (False, "gate_refused", None)
    assert word in told["reason"] and status(store) == "running"


def test_a_gate_that_was_passed_with_another_plan_is_closed(store):
    epoch = begin(store)
    approve(store)
    ask(store, epoch)
    record = store.get("run-1", "gate:go")
    store.put("run-1", "gate:go", {**record["body"], "plan_hash": "c" * 64}, record["version"])
    store.delete("run-1", "approval:go", store.get("run-1", "approval:go")["version"])
    assert ask(store, epoch)["open"] is False


def test_an_older_controller_does_not_come_through(store):
    first = begin(store)
    approve(store)
    begin(store)
    with pytest.raises(DrsError, match="run_superseded"):
        ask(store, first)


def test_whoever_went_through_a_gate_is_told_by_whose_word(store):
    epoch = begin(store)
    approve(store)
    assert ask(store, epoch)["reason"] == "passed, approved by noa"
    assert ask(store, epoch)["reason"] == "open already"
    ask(store, epoch, "pause", gate="rest")
    assert ask(store, resume(store), "pause", gate="rest")["reason"] == "passed, the run was resumed"


def test_a_cancelled_run_comes_through_no_gate(store):
    epoch = begin(store)
    approve(store)
    step(store, "cancelled")
    with pytest.raises(DrsError, match="run_cancelled"):
        ask(store, epoch)


def test_check_mode_writes_nothing(store):
    epoch = begin(store)
    before = [(one["item"], one["version"]) for one in store.items("run-1")]
    assert ask(store, epoch, "pause", check_mode=True)["open"] is False
    assert [(one["item"], one["version"]) for one in store.items("run-1")] == before


def test_the_journal_tells_of_gates(store):
    epoch = begin(store)
    ask(store, epoch)
    approve(store)
    ask(store, begin(store))
    events = [one["body"]["event"] for one in store.items("run-1", "event:")]
    assert [one for one in events if one.startswith("gate_")] == ["gate_waiting", "gate_passed"]
