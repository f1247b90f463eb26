"""Test recording runs in a directory: new, resumed, unrecorded and imported, and queries."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import json
import os
import resource

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import book as history_book
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import reading as history_reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import spool as history_spool
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.run_documents import run_body

PAY, SHOP = "111111111111", "222222222222"
NOW = "2026-03-10T12:00:00Z"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    """What waits to be recorded is looked for in the home directory, and among temporary folders."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(history_spool.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))


@pytest.fixture
def place(tmp_path):
    return {"backend": "directory", "path": str(tmp_path / "store")}


def entry(number, outcome="launched", account=PAY, code=None, **more):
    cell = {"cell": f"{account}.us-west-2", "account_id": account, "region": "us-west-2"}
    server = {"source_server_id": f"s-{number}", "name": f"web-{number}", **cell}
    error = {"code": code, "message": "no", "remedy": "Cure it."} if code else None
    times = {"started_at": "2026-03-10T10:00:00Z", "ended_at": "2026-03-10T10:10:00Z"}
    return outcomes.server_entry(outcome, server, error=error, **{**times, **more})


def result(*servers, **more):
    return {"kind": "recovery", "mode": "drill", "run_id": "run-1", "servers": list(servers), **more}


def options(place, spec=None, **more):
    spec = spec or history_book.RECORD_SPEC
    return {**{key: option.get("default") for key, option in spec.items()}, "store": place, **more}


def record(place, told, check=False, **more):
    return history_book.record(options(place, result=told, **more), check)


def read(place, **more):
    return history_reading.read(options(place, history_reading.QUERY_SPEC, **more))


def stored(place, run="run-1"):
    return store.open_store(place, lambda: NOW).items(run, records.ITEM_PREFIX)


def test_a_result_is_recorded_for_each_account_until_it_expires(place):
    told = record(place, result(entry(1), entry(2, "failed", SHOP, "launch_kms")))
    assert told["recorded"] and told["changed"] and told["warnings"] == [] and told["overall"]["status"] == "partial"
    assert told["overall"]["notification"] == "partial"
    (pay, shop) = stored(place)
    assert pay["item"] == f"account:{PAY}:us-west-2" and pay["body"]["status"] == "succeeded"
    assert {key: shop[key] for key in ("account_id", "status", "pattern", "started_at", "expires_at")} == {
        "account_id": SHOP,
        "status": "failed",
        "pattern": "same_account",
        "started_at": "2026-03-10T10:00:00Z",
        "expires_at": "2026-06-08T12:00:00Z",
    }


def test_the_same_again_changes_nothing_and_a_continued_run_is_one_record(place):
    record(place, result(entry(1, "failed", code="launch_kms")))
    assert record(place, result(entry(1, "failed", code="launch_kms")))["changed"] is False
    later = {"started_at": "2026-03-10T11:00:00Z", "ended_at": "2026-03-10T11:10:00Z"}
    assert record(place, result(entry(1, **later)))["changed"] is True
    (known,) = stored(place)
    assert known["body"]["status"] == "succeeded" and known["body"]["started_at"] == "2026-03-10T10:00:00Z"
    assert known["status"] == "succeeded" and known["body"]["times_recorded"] == 2


def test_a_race_for_the_same_record_is_settled(place, monkeypatch):
    real, races = store.DirectoryStore.put, []

    def put(self, run_id, item, body, version, **more):
        if not races:
            races.append(1)
            real(self, run_id, item, {**body, "failed": 7}, version, **more)
        return real(self, run_id, item, body, version, **more)

    monkeypatch.setattr(store.DirectoryStore, "put", put)
    assert record(place, result(entry(1)))["recorded"] is True
    assert stored(place)[0]["version"] == 2 and stored(place)[0]["body"]["failed"] == 0


def test_check_mode_writes_nothing(place):
    told = record(place, result(entry(1)), check=True)
    assert told["records"] and not told["recorded"] and stored(place) == []


@pytest.mark.parametrize("days", [0, 36501])
def test_how_long_is_checked(place, days):
    with pytest.raises(DrsError, match=f"ttl_days: {days} is not a number from 1 to 36500"):
        record(place, result(entry(1)), ttl_days=days)


def test_a_clean_up_marks_the_run_that_it_cleaned(place):
    record(place, result(entry(1), entry(2, account=SHOP)))
    gone = [entry(1, "terminated")]
    told = {"kind": "termination", "run_id": "terminate-1", "of_run_id": "run-1", "servers": gone, "clean": True}
    assert record(place, told)["recorded"]
    pay, shop = stored(place)
    assert pay["body"]["clean"] is True and pay["body"]["cleaned_at"] == NOW and pay["expires_at"]
    assert shop["body"]["clean"] is None, "what was not cleaned up is not marked"


# -- a store that fails ----------------------------------------------------------------------------------------------


def broken(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    return {"backend": "directory", "path": str(tmp_path / "file" / "store")}


def test_a_store_that_is_down_loses_no_result_and_says_how_it_gets_in(tmp_path, place):
    spool = str(tmp_path / "spool")
    told = record(broken(tmp_path), result(entry(1, "failed", code="launch_kms")), fallback_dir=spool)
    assert not told["recorded"] and told["error"]["code"] == "run_store_unavailable" and told["overall"]["failed"] == 1
    (warning,) = told["warnings"]
    assert f"ansible-playbook resilience.drs.history -e history_import={told['file']}" in warning
    assert os.stat(told["file"]).st_mode & 0o077 == 0
    later = history_book.record(options(place, import_from=told["file"]), False)
    assert later["recorded"] and later["changed"] and stored(place)[0]["body"]["failed"] == 1
    assert not os.path.exists(told["file"]) and os.path.exists(told["file"] + ".imported")


def test_a_folder_is_imported_once(tmp_path, place):
    spool = str(tmp_path / "spool")
    for run in ("run-1", "run-2"):
        record(broken(tmp_path), {**result(entry(1)), "run_id": run}, fallback_dir=spool)
    assert history_book.record(options(place, import_from=spool), True)["changed"] is True
    assert stored(place) == []
    assert len(history_book.record(options(place, import_from=spool), False)["records"]) == 2
    again = history_book.record(options(place, import_from=spool), False)
    assert again["records"] == [] and again["warnings"] and len(stored(place)) == len(stored(place, "run-2")) == 1


def test_an_import_never_overwrites_what_is_newer(tmp_path, place, monkeypatch):
    told = record(broken(tmp_path), result(entry(1, "failed", code="x")), fallback_dir=str(tmp_path / "spool"))
    monkeypatch.setattr(clock, "now", lambda: "2026-03-10T13:00:00Z")
    record(place, result(entry(1)))
    history_book.record(options(place, import_from=told["file"]), False)
    assert stored(place)[0]["body"]["status"] == "succeeded"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"records": [{}]}', '["a"]'])
def test_a_file_without_records_is_refused_whole(tmp_path, place, text):
    path = tmp_path / "history-x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DrsError) as wrong:
        history_book.record(options(place, import_from=str(path)), False)
    assert wrong.value.code == "history_file_unreadable" and path.exists()


def test_an_import_of_nothing_is_refused(tmp_path, place):
    with pytest.raises(DrsError, match="is neither a file nor a folder"):
        history_book.record(options(place, import_from=str(tmp_path / "none")), False)


def test_a_full_disk_leaves_no_half_file_and_the_records_in_the_result(tmp_path, monkeypatch):
    spool, other = tmp_path / "spool", tmp_path / "other"
    other.mkdir()
    monkeypatch.setattr(history_spool.tempfile, "mkdtemp", lambda prefix: str(other))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        told = record(broken(tmp_path), result(entry(1)), fallback_dir=str(spool))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told["file"] is None and "they are in the result of this task" in told["warnings"][0]
    assert told["records"][0]["status"] == "succeeded"
    assert os.listdir(spool) == [] and os.listdir(other) == []


def test_a_full_disk_while_the_store_writes_goes_to_the_file(tmp_path, place, monkeypatch):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    told = record(place, result(entry(1)), fallback_dir=str(tmp_path / "spool"))
    assert not told["recorded"] and told["error"]["code"] == "run_store_unavailable"
    monkeypatch.undo()
    assert [name for _path, _dirs, names in os.walk(tmp_path) for name in names if name.endswith(".json")] == []


# -- asking ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(place):
    for number in range(1, 6):
        day = {"started_at": f"2026-03-0{number}T00:00:00Z", "ended_at": f"2026-03-0{number}T01:00:00Z"}
        servers = [entry(1, **day), entry(2, "failed" if number % 2 else "launched", SHOP, "launch_kms", **day)]
        servers[1]["error"] = servers[1]["error"] if number % 2 else None
        record(place, {**result(*servers), "run_id": f"run-{number}"})
    # another item of a run that has an index is no record of history
    index = {"account_id": PAY, "status": "running", "started_at": "2026-03-05T00:00:00Z"}
    store.open_store(place, lambda: NOW).put("run-5", "run", run_body("run-5"), None, index=index)
    return place


def test_an_empty_history_is_an_answer(place):
    told = read(place)
    assert told["records"] == [] and told["failures"] == [] and told["next_token"] is None
    assert told["totals"]["30d"]["runs"] == 0 and told["csv"].count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        ({}, [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]),
        ({"account_id": SHOP}, [5, 4, 3, 2, 1]),
        ({"status": "failed"}, [5, 3, 1]),
        ({"account_id": SHOP, "status": "succeeded"}, [4, 2]),
        ({"failures_only": True}, [5, 3, 1]),
        ({"since": "2026-03-02", "until": "2026-03-03"}, [3, 3, 2, 2]),
        ({"since": "6d"}, [5, 5]),
        ({"pattern": "extended"}, []),
        ({"kind": "deployment"}, []),
        ({"run_id": "run-2"}, [2, 2]),
        ({"run_id": "run-3", "account_id": SHOP}, [3]),
        ({"limit": 3}, [5, 5, 4]),
    ],
)
def test_filters(filled, asked, runs):
    found = read(filled, **asked)["records"]
    assert [int(one["run_id"].partition("-")[2]) for one in found] == runs


@pytest.mark.parametrize("asked", [{}, {"failures_only": True}, {"status": "failed"}, {"mode": "drill"}])
def test_pages_together_are_the_whole(filled, asked):
    whole = read(filled, **asked)["records"]
    token, found = None, []
    for _page in range(20):
        told = read(filled, limit=2, token=token, **asked)
        assert len(told["records"]) <= 2
        found += told["records"]
        token = told["next_token"]
        if token is None:
            break
    assert found == whole


def test_failures_groups_and_totals_come_along(filled):
    told = read(filled)
    assert [one["run_id"] for one in told["failures"]] == ["run-5", "run-3", "run-1"]
    assert told["groups"][0]["category"] == "encryption" and told["groups"][0]["count"] == 3
    assert (told["totals"]["7d"]["servers"], told["totals"]["30d"]["runs"]) == (4, 5)


def test_what_is_no_record_is_counted_and_older_ones_are_read(place):
    book = store.open_store(place, lambda: NOW)
    index = {"account_id": PAY, "status": "succeeded", "pattern": "same_account", "started_at": NOW}
    old = {"run_id": "old", "account_id": PAY, "status": "success", "summary": {"installed": 2}, "started_at": NOW}
    book.put("old", f"account:{PAY}:us-west-2", old, None, index=index)
    odd = {"schema": 1, "run_id": "odd", "account_id": PAY, "failures": "many"}
    book.put("odd", f"account:{PAY}:us-west-2", odd, None, index=index)
    told = read(place)
    assert [(one["run_id"], one["status"], one["succeeded"]) for one in told["records"]] == [("old", "succeeded", 2)]
    (wrong,) = told["unreadable"]
    assert (wrong["kind"], wrong["run_id"], wrong["why"]) == ("damaged", "odd", "has no member region")
    assert wrong["where"].endswith("/odd/account%3A111111111111%3Aus-west-2.json") and "mv '" in wrong["remedy"]


def test_bad_filters_are_refused_before_the_store_is_asked(tmp_path):
    with pytest.raises(DrsError, match="exchange them"):
        read(broken(tmp_path), since="2026-03-02", until="2026-03-01")


def test_a_store_that_cannot_be_read_is_no_empty_history(tmp_path):
    with pytest.raises(DrsError) as wrong:
        read({"backend": "directory", "path": "/dev/null/x"})
    assert wrong.value.code == "run_store_unavailable"


def test_readiness_is_judged_by_the_time_that_is_given():
    params = {key: option.get("default") for key, option in history_book.readiness_score.SPEC.items()}
    with pytest.raises(DrsError, match="now: 'soon' is not a time"):
        history_book.judge({**params, "cells": [], "now": "soon"})
    assert history_book.judge({**params, "cells": []})["report"]["at"] == NOW
    assert json.dumps(history_book.judge({**params, "cells": []}))


def test_a_drill_that_waits_for_its_approval_is_no_last_drill_of_readiness(monkeypatch):
    drill = {"kind": "recovery", "mode": "drill"}
    passed = {**drill, "run_id": "a", "status": "succeeded", "counts": {"succeeded": 2}}
    waits = {**drill, "run_id": "b", "status": "waiting", "counts": {"planned": 2}}
    begun = {**drill, "run_id": "c", "status": "waiting", "counts": {"succeeded": 1, "planned": 1}}
    monkeypatch.setattr(history_book.readiness_score, "report", lambda params, _now: params["history"])
    told = history_book.judge({"history": [passed, waits, begun], "now": NOW})["report"]
    assert [one["run_id"] for one in told] == ["a", "c"]
