"""Test the removal of expired runs with all their records, on both backends."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import random

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import retention
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle, removal
from support.run_documents import account_body, index_of, run_body
from support.run_store import NOW, plant, rows, spoil_body

ACCOUNT = "account:111111111111:us-west-2"
OLD, YOUNG = "2025-11-30T12:00:00Z", "2025-12-02T12:00:00Z"  # 91 and 89 days before


def keep(store, run_id, at=OLD, expires_at=None, **more):
    """A run with one of each document, and its history."""
    run = run_body(run_id, **{"created_at": at, "started_at": at, "ended_at": at, **more})
    noise = random.Random(run_id)
    store.put(run_id, "run", run, None, index_of(run))
    store.put(run_id, "plan", {"mode": "drill", "hash": "a", "waves": []}, None)
    big = {"wave": "1", "status": "done", "servers": [{"n": noise.getrandbits(9000)} for _one in range(300)]}
    store.put(run_id, "wave:1", big, None)
    event = journal.make_event(None, "run_begun", "ann", {}, at)
    store.put(run_id, journal.event_item(1), event, None)
    index = {"account_id": "111111111111", "status": "succeeded", "pattern": "same_account", "started_at": at}
    store.put(run_id, ACCOUNT, account_body(run_id), None, index, expires_at or "2026-01-01T00:00:00Z")


def left(store):
    """The runs of which anything is left, behind the store's back."""
    if store.backend == "directory":
        return sorted(name for name in os.listdir(store.path) if not name.startswith("."))
    return sorted({one["run_id"]["S"] for one in rows()} - {"#store"})


def test_a_run_that_is_over_goes_with_all_that_belongs_to_it(store):
    keep(store, "old")
    keep(store, "young", at=YOUNG)
    told = removal.remove_old(store)
    assert told["removed"] == ["old"] and told["kept"] == [] and told["before"] == "2025-12-01T12:00:00Z"
    assert told["records"] >= 5
    assert [one for one in left(store) if one.startswith("old")] == []
    assert len(store.items("young")) == 4, "its history has expired by its own time"
    assert removal.remove_old(store)["removed"] == []


@pytest.mark.parametrize("status", ["planned", "waiting", "running", "paused"])
def test_an_open_run_is_never_removed(store, status):
    keep(store, "r-1", status=status, ended_at=None)
    told = removal.remove_old(store)
    assert told["removed"] == [] and told["kept"] == [], "it is not even among those that are looked at"
    assert len(store.items("r-1")) == 4


@pytest.mark.parametrize("status", ["planned", "waiting", "running", "paused"])
def test_an_open_run_that_the_index_has_as_ended_is_kept_and_named(store, status):
    """The run itself decides: somebody may have gone on with it since the index was read."""
    keep(store, "r-1")
    record = store.get("r-1", "run")
    ended = index_of(record["body"])
    store.put("r-1", "run", {**record["body"], "status": status}, record["version"], ended)
    told = removal.remove_old(store)
    assert (told["removed"], told["kept"]) == ([], [{"run_id": "r-1", "why": f"it is {status}"}])
    assert len(store.items("r-1")) == 4


@pytest.mark.parametrize(
    ("mode", "proof", "removed"),
    [
        ("drill", None, []),
        ("drill", {"clean": False}, []),
        ("failback_drill", None, []),
        ("drill", {"clean": True}, ["r-1"]),
        ("recovery", None, ["r-1"]),
    ],
)
def test_a_drill_whose_instances_may_stand_is_kept_and_named(store, mode, proof, removed):
    keep(store, "r-1", mode=mode, summary={"launched": 2, "failed": 1})
    if proof:
        store.put("r-1", "cleanup", proof, None)
    told = removal.remove_old(store)
    assert told["removed"] == removed
    if not removed:
        why = "nothing proves that its 2 instances are gone; terminate them first"
        assert told["kept"] == [{"run_id": "r-1", "why": why}]


def test_what_was_worked_on_lately_is_young_however_long_ago_it_began(store):
    keep(store, "r-1", status="cancelled")
    last = store.last("r-1", "event:")["body"]
    store.put("r-1", "event:000002", journal.make_event(last, "run_cancelled", "ann", {}, YOUNG), None)
    told = removal.remove_old(store)
    assert told["removed"] == [] and told["kept"] == []


def test_history_that_is_kept_longer_outlives_its_run(store):
    keep(store, "r-1", expires_at="2027-01-01T00:00:00Z")
    assert removal.remove_old(store)["removed"] == ["r-1"]
    assert [one["item"] for one in store.items("r-1")] == [ACCOUNT]
    store._now = lambda: "2027-06-01T00:00:00Z"
    removal.remove_old(store)
    assert left(store) == []


def test_how_long_is_set_with_the_store(store):
    keep(store, "r-1")
    for days in (0, 92):
        store.keep_days = days
        try:
            assert removal.remove_old(store)["removed"] == []
        finally:
            store.keep_days = 90


def test_check_mode_says_what_would_go(store):
    keep(store, "r-1")
    told = removal.remove_old(store, check_mode=True)
    assert told["removed"] == ["r-1"] and told["records"] == 0
    assert len(store.items("r-1")) == 4


def test_nobody_goes_on_with_a_run_that_is_being_removed(store, monkeypatch):
    keep(store, "r-1")
    with monkeypatch.context() as patched:
        patched.setattr(type(store), "remove", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            removal.remove_old(store)
    with pytest.raises(DrsError, match="is being removed") as caught:
        lifecycle.Run(store, {"run_id": "r-1"}, NOW).current_run()
    assert caught.value.code == "run_unknown"
    # the next time ends what a crash has begun
    assert removal.remove_old(store)["removed"] == ["r-1"] and left(store) == []


def test_who_goes_on_with_a_run_first_keeps_it(store, monkeypatch):
    keep(store, "r-1")
    real = type(store).last

    def last(self, run_id, prefix):
        record = store.get(run_id, "run")
        store.put(run_id, "run", {**record["body"], "status": "running"}, 1, index_of(record["body"]))
        monkeypatch.setattr(type(store), "last", real)
        return real(self, run_id, prefix)

    monkeypatch.setattr(type(store), "last", last)
    told = removal.remove_old(store)
    assert told["removed"] == [] and "somebody else has written it" in told["kept"][0]["why"]
    assert store.get("r-1", "run")["body"]["status"] == "running"


def test_a_damaged_run_is_named_and_the_others_go(store):
    for number in (1, 2, 3):
        keep(store, f"r-{number}")
    spoil_body(store, "r-2", "run", "{")
    told = removal.remove_old(store)
    assert told["removed"] == ["r-1", "r-3"] and [one["run_id"] for one in told["unreadable"]] == ["r-2"]
    assert store.get("r-2", "wave:1") is not None


def test_a_damaged_event_keeps_its_run(store):
    keep(store, "r-1")
    spoil_body(store, "r-1", "event:000001", "{")
    told = removal.remove_old(store)
    assert told["removed"] == [] and told["kept"][0]["run_id"] == "r-1"


def test_beside_other_work_it_is_done_once_a_day_and_fails_nothing(store, monkeypatch):
    keep(store, "r-1")
    keep(store, "r-2")
    monkeypatch.setattr(removal, "MOST", 1)
    assert removal.daily(store, store.removed_at()) == []
    assert sorted({one.partition("#")[0] for one in left(store)}) == ["r-2"], "the rest goes the next day"
    assert removal.daily(store, store.removed_at()) == [] and left(store) != []
    assert store.removed_at() == NOW
    monkeypatch.setattr(type(store), "query", lambda *_args, **_more: 1 / 0)
    assert removal.daily(store, store.removed_at()) == [], "it does not look again within a day"
    monkeypatch.undo()
    store._now = lambda: "2026-03-02T12:00:00Z"
    monkeypatch.setattr(type(store), "remove", _denied)
    (said,) = removal.daily(store, NOW)
    assert said.startswith("old_runs_not_removed: run_store_unavailable: ")


def _denied(*_args):
    raise DrsError("run_store_unavailable", "AccessDeniedException: DeleteItem")


def test_parts_that_a_crash_has_left_go_with_the_run(dynamo):
    store, _faults = dynamo
    keep(store, "r-1")
    orphan = {"of": {"S": "plan"}, "writer": {"S": "w"}, "for_version": {"N": "7"}, "packed": {"B": b"x"}}
    plant(store, "r-1#parts", "plan#w#0000", orphan)
    removal.remove_old(store)
    assert left(store) == []


def test_a_writer_that_waits_for_the_lock_of_a_removed_run_writes_a_whole_one(tmp_path):
    """The lock goes with the folder; who waits for it must not write into what is no longer there."""
    import fcntl

    from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store

    store = open_store({"path": str(tmp_path)}, lambda: NOW)
    keep(store, "r-1")
    real, first = fcntl.flock, []

    def flock(descriptor, how):
        if not first:
            first.append(1)
            removal.remove_old(store)
        return real(descriptor, how)

    fcntl.flock = flock
    try:
        store.put("r-1", "memo", "new", None)
    finally:
        fcntl.flock = real
    assert [one["item"] for one in store.items("r-1")] == ["memo"] and store.get("r-1", "memo")["body"] == "new"


def test_the_reasons_to_keep_a_run():
    run = run_body("r-1", created_at=OLD, ended_at=OLD)
    assert retention.why_kept(run, None, OLD, "2025-12-01T12:00:00Z") == ("", "")
    for status in ("planned", "waiting", "running", "paused"):
        assert retention.why_kept({**run, "status": status}, None, OLD, "2025-12-01T12:00:00Z")[0] == "open"
    assert (
        retention.why_kept({**run, "created_at": "?", "ended_at": None}, None, None, "2025-12-01T12:00:00Z")[0]
        == "young"
    )
    assert retention.cutoff(NOW, 1) == "2026-02-28T12:00:00Z"
