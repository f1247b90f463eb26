"""Test importing a run that continued without its store: complete, and exactly once."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import itertools

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle, put_back, request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from support.run_documents import account_body
from support.run_store import NOW

CELL = "payments.us-west-2"
BEFORE, OUT, BACK = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", NOW


def plan(*numbers):
    servers = [
        {"source_server_id": f"s-{one:017}", "name": f"web-{one}", "cell": CELL, "region": "us-west-2"}
        for one in numbers
    ]
    wave = {"wave": "1", "servers": servers, "by_cell": {CELL: [one["source_server_id"] for one in servers]}}
    whole = {"name": "shop", "mode": "recovery", "waves": [wave], "cells": [], "policy": {}}
    whole["summary"] = {"servers": len(servers)}
    return {**whole, "hash": plan_hash(whole)}


def step(store, state, at, **more):
    params = {key: spec.get("default") for key, spec in request.RUN_SPEC.items()}
    params.update(state=state, run_id="r-1", initiator="ann", controller="host:1", request={"mode": "recovery"}, **more)
    if more.get("plan"):
        params["confirm"] = "FAILOVER shop %d us-west-2" % more["plan"]["summary"]["servers"]
    return getattr(lifecycle.Run(store, params, at), state)()


def work(store, made, at, epoch, **more):
    """A controller begins or takes over, launches the wave of its plan, and ends."""
    step(store, "begun", at, plan=made, **more)
    servers = made["waves"][0]["servers"]
    step(store, "wave_intended", at, epoch=epoch, wave="1", servers=servers)
    done = [{**one, "outcome": "launched", "job_id": f"drsjob-{epoch}"} for one in servers]
    step(store, "wave_done", at, epoch=epoch, wave="1", servers=done, verdict={"proceed": True, "reason": "go on"})
    step(store, "finished", at, epoch=epoch)


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """The store of a controller whose table was away, with a run that went on there."""
    monkeypatch.setenv("RESILIENCE_DRS_STORE", str(tmp_path / "outside"))
    monkeypatch.setattr(clock, "now", lambda: BACK)
    kept = open_store({"path": str(tmp_path / "outside")}, lambda: OUT)
    work(kept, plan(1, 2), OUT, 1, overrides=[{"guardrail": "run_store", "reason": "incident 4711"}])
    kept.put("r-1", "account:111111111111:us-west-2", account_body("r-1", recorded_at=OUT), None, {"started_at": OUT})
    return kept


def whole(store):
    return request.stored_run(store, "r-1")


def test_a_run_that_the_store_never_knew_is_there_as_it_was(store, outside):
    ann = {"user": "ann", "kind": "local", "job": None, "local": "ann@bastion"}
    told = put_back.put_back(outside, store, "r-1", by="ann", typed_by=ann)
    assert told["events"][-1]["data"]["typed_by"] == ann and told["events"][-1]["data"]["by"] == "ann (ann@bastion)"
    before, after = whole(outside), whole(store)
    assert told["changed"] and told["replaced"] == []
    for key in ("plan", "waves", "approvals", "cleanup", "history"):
        assert after[key] == before[key]
    assert after["run"]["status"] == "succeeded" and after["run"]["created_at"] == OUT
    assert after["run"]["overrides"][0]["reason"] == "incident 4711"
    assert journal.chain_problems(after["events"]) == []
    names = [one["event"] for one in after["events"]]
    assert names == [*(one["event"] for one in before["events"]), "run_imported"]
    assert [one["at"] for one in after["events"][:-1]] == [one["at"] for one in before["events"]]
    assert after["events"][0]["imported"] == {"seq": 1, "hash": before["events"][0]["hash"]}
    assert [one["run_id"] for one in store.query(item="run").records] == ["r-1"]


def test_it_goes_on_in_the_store_and_its_old_controller_does_not(store, outside):
    step(outside, "begun", OUT, plan=plan(1, 2))
    put_back.put_back(outside, store, "r-1")
    with pytest.raises(DrsError) as caught:
        step(outside, "wave_intended", OUT, epoch=2, wave="1", servers=[])
    assert caught.value.code == "run_superseded"
    with pytest.raises(DrsError) as caught:
        step(store, "wave_intended", BACK, epoch=2, wave="1", servers=[])
    assert caught.value.code == "run_superseded"
    again = step(store, "begun", BACK, plan=plan(1, 2))
    assert again["resumed"] and again["plan"] == plan(1, 2) and again["epoch"] == whole(store)["run"]["epoch"]


def test_what_the_store_knew_before_stays_beside_what_came_after(store, outside):
    work(store, plan(1), BEFORE, 1)
    old = whole(store)
    told = put_back.put_back(outside, store, "r-1", by="ann")
    after = whole(store)
    assert after["run"]["created_at"] == BEFORE and after["plan"] == plan(1, 2)
    assert after["waves"][0]["jobs"] == ["drsjob-1"] and len(after["waves"][0]["servers"]) == 2
    assert {"since": BEFORE, "until": OUT} in after["run"]["idle"]
    assert journal.chain_problems(after["events"]) == [] and after["events"][: len(old["events"])] == old["events"]
    assert sorted(name.rpartition("plan")[1] or "wave" for name in told["replaced"]) == ["plan", "wave"]
    kept = {one["item"]: one["body"] for one in store.items("r-1", "replaced:")}
    assert plan(1) in kept.values() and old["waves"][0] in kept.values()


def test_a_second_time_changes_nothing(store, outside):
    put_back.put_back(outside, store, "r-1")
    before = store.items("r-1")
    assert put_back.put_back(outside, store, "r-1")["changed"] is False
    assert store.items("r-1") == before
    assert put_back.waiting(store) == []


def test_a_crash_at_any_write_leaves_nothing_that_a_second_time_does_not_mend(store, outside, monkeypatch, tmp_path):
    work(store, plan(1), BEFORE, 1)
    real = type(store).put
    writes = 0
    for number in range(1, 100):
        left = itertools.count(number - 1, -1)

        def put(left, self, *args, **kwargs):
            if next(left) == 0:
                raise KeyboardInterrupt
            return real(self, *args, **kwargs)

        monkeypatch.setattr(type(store), "put", functools.partialmethod(functools.partial(put, left)))
        try:
            put_back.put_back(outside, store, "r-1", by="ann")
        except KeyboardInterrupt:
            writes += 1
        else:
            break
        finally:
            monkeypatch.setattr(type(store), "put", real)
    after = whole(store)
    assert writes > 3 and journal.chain_problems(after["events"]) == []
    names = [one["event"] for one in after["events"]]
    assert names.count("run_imported") == 1 and names.count("run_begun") == 2 and names.count("run_finished") == 2
    assert len(after["run"]["imported"]) == 1 and after["plan"] == plan(1, 2)


def test_two_that_went_on_are_not_mixed_up_unless_somebody_says_which_counts(store, outside):
    work(store, plan(1), BEFORE, 1)
    step(store, "begun", BACK, plan=plan(1))
    before = store.items("r-1")
    with pytest.raises(DrsError, match="went on in .* as well") as caught:
        put_back.put_back(outside, store, "r-1")
    assert caught.value.code == "run_store_conflict" and "runs_import_force=true" in caught.value.remedy
    assert store.items("r-1") == before and "moved_to" not in whole(outside)["run"]
    assert put_back.put_back(outside, store, "r-1", force=True)["run"]["status"] == "succeeded"


def test_check_mode_writes_nothing(store, outside):
    assert put_back.put_back(outside, store, "r-1", check_mode=True)["changed"] is True
    assert store.items("r-1") == [] and "moved_to" not in whole(outside)["run"]


def test_newer_history_of_the_store_stays(store, outside):
    newer = account_body("r-1", recorded_at=BACK)
    store.put("r-1", "account:111111111111:us-west-2", newer, None, {"started_at": OUT})
    put_back.put_back(outside, store, "r-1")
    assert whole(store)["history"] == [newer]


def test_which_runs_wait_is_seen(store, outside):
    (one,) = put_back.waiting(store)
    assert (one["run_id"], one["where"], one["status"]) == ("r-1", outside.where, "succeeded")
    assert one["command"] == "ansible-playbook resilience.drs.runs -e runs_import=r-1"
    assert put_back.waiting(outside) == []


@pytest.mark.parametrize("run_id", ["r-9", "../r-1"])
def test_a_run_that_is_not_there(store, outside, run_id):
    with pytest.raises(DrsError) as caught:
        put_back.put_back(outside, store, run_id)
    assert caught.value.code in ("run_unknown", "malformed_id")


def test_a_run_is_not_put_back_where_it_is(outside):
    with pytest.raises(DrsError, match="where the run is already"):
        put_back.put_back(outside, outside, "r-1")
