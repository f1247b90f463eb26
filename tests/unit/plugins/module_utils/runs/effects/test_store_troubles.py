"""Test damaged, foreign and newer records: lists report them and continue, on both backends."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import shapes, troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.item import INDEX_KEYS
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import (
    lifecycle,
    request,
    store as run_store,
)
from support.run_documents import account_body, index_of, run_body
from support.run_store import NOW, REGION, plant, rows, spoil_body, spoil_head

ACCOUNT = "account:111111111111:us-west-2"


def code(call, *args, **kwargs) -> str:
    with pytest.raises(DrsError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def fill(store):
    """Three runs, each with a record of history."""
    for number in (1, 2, 3):
        run = run_body(f"r-{number}", created_at=f"2026-02-0{number}T12:00:00Z")
        store.put(run["run_id"], "run", run, None, index_of(run))
        record = whole_record(run["run_id"], run["created_at"])
        store.put(run["run_id"], ACCOUNT, record, None, {key: record[key] for key in INDEX_KEYS})


def whole_record(run_id, at):
    numbers = dict.fromkeys(("servers", "succeeded", "failed", "unfinished", "timed_out", "skipped"), 0)
    words = {"region": "us-west-2", "kind": "recovery", "mode": "drill", "pattern": "same_account"}
    return account_body(run_id, **words, **numbers, started_at=at, ended_at=at, summary={}, failures=[])


def listed(store, **asked):
    found = store.query(item="run", **asked)
    return [one["run_id"] for one in found.records], found.troubles


def options(store, spec, **more):
    place = {"path": store.path} if store.backend == "directory" else {"backend": "dynamodb", "region": REGION}
    return {**{key: option.get("default") for key, option in spec.items()}, "store": place, **more}


# How a record is spoilt: (what is done to it, kind of trouble, what of it is said).
BODY, HEAD = spoil_body, spoil_head
SPOILT = [
    (lambda store: BODY(store, "r-2", "run", "{"), "damaged", "cannot be read|is not a record"),
    (lambda store: BODY(store, "r-2", "run", ""), "damaged", "cannot be read|is not a record"),
    (lambda store: BODY(store, "r-2", "run", "[" * 100_000), "damaged", "cannot be read|is not a record"),
    (lambda store: BODY(store, "r-2", "run", '{"schema": 1}'), "damaged", "has no member run_id"),
    (lambda store: BODY(store, "r-2", "run", '"text"'), "damaged", "holds a text"),
    (lambda store: BODY(store, "r-2", "run", "null"), "damaged", "holds nothing"),
    (lambda store: BODY(store, "r-2", "run", "7"), "damaged", "holds a number"),
    (lambda store: BODY(store, "r-2", "run", changed(waves=[])), "damaged", "its member waves is a list"),
    (lambda store: BODY(store, "r-2", "run", changed(waves={"1": None})), "damaged", "its member waves.1 is nothing"),
    (lambda store: BODY(store, "r-2", "run", changed(epoch="1")), "damaged", "its member epoch is a text"),
    (lambda store: BODY(store, "r-2", "run", changed(started_by=5)), "damaged", "its member started_by is a number"),
    (lambda store: BODY(store, "r-2", "run", changed(ended_before=True)), "damaged", "its member ended_before is true"),
    (
        lambda store: BODY(store, "r-2", "run", changed(waves={"1": {"approvals": 5}})),
        "damaged",
        "its member waves.1.approvals is a number",
    ),
    (lambda store: BODY(store, "r-2", "run", changed(summary={"launched": "3"})), "damaged", "launched is a text"),
    (lambda store: BODY(store, "r-2", "run", changed(idle=[{"since": NOW}])), "damaged", r"no member idle\[0\].until"),
    (lambda store: BODY(store, "r-2", "run", changed(schema=7, collection_version="9.1.0")), "newer", "version 9.1.0"),
    (lambda store: HEAD(store, "r-2", "run", format=2), "newer", "its format is 2"),
    (lambda store: HEAD(store, "r-2", "run", version="two"), "damaged", "its version is no number"),
    (lambda store: HEAD(store, "r-2", "run", version=0), "damaged", "its version is no number"),
    (lambda store: HEAD(store, "r-2", "run", expires_at="soon"), "damaged", "its expires_at is no time|no text"),
]  # fmt: skip


def changed(**more):
    return json.dumps({**run_body("r-2", created_at="2026-02-02T12:00:00Z"), **more})


@pytest.mark.parametrize(("spoil", "kind", "why"), SPOILT, ids=range(len(SPOILT)))
def test_one_spoilt_run_is_named_and_the_others_are_listed(store, spoil, kind, why):
    fill(store)
    spoil(store)
    ids, odd = listed(store)
    assert ids == ["r-3", "r-1"]
    assert [(one["kind"], one["run_id"]) for one in odd] == [(kind, "r-2")]
    assert re.search(why, odd[0]["why"])
    expected = {"damaged": "run_store_damaged", "newer": "run_store_newer"}[kind]
    assert code(store.get, "r-2", "run") == code(store.items, "r-2") == expected
    found = request.read(options(store, request.RUN_INFO_SPEC))
    assert [one["run_id"] for one in found["runs"]] == ["r-3", "r-1"] and len(found["unreadable"]) == 1
    assert code(request.read, options(store, request.RUN_INFO_SPEC, run_id="r-2")) == expected


@pytest.mark.parametrize(("spoil", "kind"), [(one[0], one[1]) for one in SPOILT[:3]])
def test_a_spoilt_run_leaves_its_history_readable(store, spoil, kind):
    fill(store)
    spoil(store)
    found = reading.read(options(store, reading.QUERY_SPEC))
    assert [one["run_id"] for one in found["records"]] == ["r-3", "r-2", "r-1"] and found["unreadable"] == []


HISTORY = [
    ({"schema": 2}, "newer", "its schema is 2"),
    ({"summary": None}, "damaged", "its member summary is nothing"),
    ({"failures": ["web-1"]}, "damaged", r"its member failures\[0\] is a text"),
    ({"failed": "3"}, "damaged", "its member failed is a text"),
    ({"account_id": None}, "damaged", "its member account_id is nothing"),
]


@pytest.mark.parametrize(("more", "kind", "why"), HISTORY, ids=range(len(HISTORY)))
@pytest.mark.parametrize("asked", [{}, {"run_id": "r-2"}, {"kind": "recovery"}, {"failures_only": True}])
def test_one_spoilt_record_of_history_is_named_and_the_others_are_listed(store, more, kind, why, asked):
    fill(store)
    spoil_body(store, "r-2", ACCOUNT, json.dumps({**whole_record("r-2", "2026-02-02T12:00:00Z"), **more}))
    found = reading.read(options(store, reading.QUERY_SPEC, **asked))
    expected = [] if "run_id" in asked or "failures_only" in asked else ["r-3", "r-1"]
    assert [one["run_id"] for one in found["records"]] == expected
    assert [(one["kind"], one["run_id"], one["item"]) for one in found["unreadable"]] == [(kind, "r-2", ACCOUNT)]
    assert re.search(why, found["unreadable"][0]["why"])
    assert [one["run_id"] for one in request.read(options(store, request.RUN_INFO_SPEC))["runs"]] == [
        "r-3",
        "r-2",
        "r-1",
    ]


def test_the_remedy_fits_the_backend(store):
    fill(store)
    spoil_body(store, "r-2", "run", "{")
    ((one,)) = listed(store)[1]
    if store.backend == "directory":
        path = f"{store.path}/r-2/run.json"
        assert one["where"] == path and f"mv '{path}' " in one["remedy"] and "delete-item" not in one["remedy"]
    else:
        assert one["where"] == "table resilience-drs-history in us-west-2, run_id r-2, item run"
        assert "folder" not in one["remedy"] and "mv " not in one["remedy"]
        command = "aws dynamodb delete-item --region us-west-2 --table-name resilience-drs-history --key "
        assert command + """'{"run_id": {"S": "r-2"}, "item": {"S": "run"}}'.""" in one["remedy"]


@pytest.mark.parametrize("item", sorted(shapes.SHAPES))
def test_a_document_that_could_not_be_read_again_is_not_written(store, item):
    name = item if item in ("run", "plan", "cleanup") else f"{item}:1"
    assert code(store.put, "r-1", name, ["what"], None) == "invalid_option"
    assert store.items("r-1") == []


@pytest.mark.parametrize("step", ["paused", "cancelled", "finished", "current_run"])
@pytest.mark.parametrize("document", [{"schema": 7}, {"schema": 7, "collection_version": "9.1.0"}])
def test_a_run_of_a_newer_version_is_not_written_over(store, step, document):
    fill(store)
    spoil_body(store, "r-2", "run", changed(**document))
    before = bytes_of(store, "r-2")
    run = lifecycle.Run(store, {"run_id": "r-2", "reason": "the network team"}, NOW)
    assert code(getattr(run, step)) == "run_store_newer"
    assert bytes_of(store, "r-2") == before


def bytes_of(store, run_id):
    """What stands in the store of a run, behind the store's back."""
    if store.backend == "directory":
        return {path.name: path.read_bytes() for path in Path(store.path, run_id).iterdir() if path.suffix == ".json"}
    return [one for one in rows() if one["run_id"]["S"] == run_id]


def test_random_bytes_never_end_a_list(store):
    """Whatever stands where a document should: a list answers, and says of one record at the most that it is odd."""
    fill(store)
    good = json.dumps(run_body("r-2", created_at="2026-02-02T12:00:00Z"))
    for place in range(0, len(good), 7 if store.backend == "directory" else 70):
        for text in (good[:place], good[:place] + "}" + good[place:], good[:place] + "0" + good[place + 1 :]):
            spoil_body(store, "r-2", "run", text)
            ids, odd = listed(store)
            assert sorted([*ids, *(one["run_id"] for one in odd)]) == ["r-1", "r-2", "r-3"]


# -- the directory ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    store = run_store.open_store({"path": str(tmp_path / "store")}, lambda: NOW)
    fill(store)
    return store, Path(store.path)


def _spool(path):
    (path / "unrecorded").mkdir()
    (path / "unrecorded" / "history-r-9-abc.json").write_text('{\n "records": []\n}', encoding="utf-8")


FOREIGN = [
    (_spool, "unrecorded", "history-r-9-abc.json"),
    (lambda path: (path / "notes.txt").write_text("x", encoding="utf-8"), "notes.txt", "is not a run"),
    (lambda path: (path / "my runs").mkdir(), "my runs", "is not a run"),
    (lambda path: shutil.copytree(path / "r-2", path / "r-2.bak"), "r-2.bak/run.json", "is a copy of run of run r-2"),
    (lambda path: shutil.copy(path / "r-2" / "run.json", path / "r-2" / "run(1).json"), "r-2", "run(1).json"),
    (lambda path: os.mkfifo(path / "pipe.json"), "pipe.json", "is not a run"),
]


@pytest.mark.parametrize(("leave", "where", "why"), FOREIGN, ids=[one[1] for one in FOREIGN])
def test_what_is_foreign_in_a_directory_is_named_and_the_runs_are_listed(folder, leave, where, why):
    store, path = folder
    leave(path)
    ids, odd = listed(store)
    assert ids == ["r-3", "r-2", "r-1"]
    assert [one["kind"] for one in odd] == ["foreign"] and odd[0]["where"] == str(path / where) and why in odd[0]["why"]
    assert f"mv '{path / where}' " in odd[0]["remedy"]
    found = reading.read(options(store, reading.QUERY_SPEC))
    assert [one["run_id"] for one in found["records"]] == ["r-3", "r-2", "r-1"]


BROKEN = [
    (lambda file: file.write_bytes(b""), "is not a record"),
    (lambda file: file.write_bytes(b"\xff\xfe\x00"), "is not a record"),
    (lambda file: file.write_bytes(b"[]\n{}\n"), "is not a record"),
    (lambda file: (file.unlink(), file.mkdir()), "is not a file"),
    (lambda file: (file.unlink(), os.mkfifo(file)), "is not a file"),
    (lambda file: (file.unlink(), file.symlink_to(file)), "Too many levels of symbolic links"),
]


@pytest.mark.parametrize(("spoil", "why"), BROKEN, ids=range(len(BROKEN)))
def test_whatever_stands_under_the_name_of_a_record_does_not_end_a_list(folder, spoil, why):
    store, path = folder
    spoil(path / "r-2" / "run.json")
    ids, odd = listed(store)
    assert ids == ["r-3", "r-1"] and why in odd[0]["why"] and odd[0]["where"] == str(path / "r-2" / "run.json")


def test_a_file_and_a_folder_that_may_not_be_read_are_named(folder, monkeypatch):
    store, path = folder
    real_open, real_list = os.open, os.listdir

    def refuse(real, name):
        def call(place, *args, **kwargs):
            if str(place) == name:
                raise PermissionError(13, "Permission denied")
            return real(place, *args, **kwargs)

        return call

    monkeypatch.setattr(os, "open", refuse(real_open, str(path / "r-2" / "run.json")))
    monkeypatch.setattr(os, "listdir", refuse(real_list, str(path / "r-3")))
    ids, odd = listed(store)
    assert ids == ["r-1"]
    assert [(one["run_id"], one["why"]) for one in odd] == [("r-2", "Permission denied"), ("r-3", "Permission denied")]
    # one that is asked for by its name is a store that cannot be read: a disaster may go on without it
    assert code(store.get, "r-2", "run") == "run_store_unavailable"


def test_what_is_ours_and_no_record_is_not_named(folder):
    store, path = folder
    (path / "lost+found").mkdir()
    (path / ".removed").write_text(NOW, encoding="utf-8")
    (path / "r-2" / ".new-0123456789abcdef").write_text("{", encoding="utf-8")
    (path / "r-4").mkdir()
    (path / "r-4" / ".lock").write_text("", encoding="utf-8")
    assert listed(store) == (["r-3", "r-2", "r-1"], [])


@pytest.mark.parametrize(
    "run_id", ["..", "../store/r-1", "r-1/", "r-1/../r-2", "/etc", ".r", "r-1\n", "r-1/run.json", ""]
)
def test_a_run_id_that_is_a_path_never_reaches_the_file_system(folder, monkeypatch, run_id):
    store, path = folder

    def touched(place, *_args, **_kwargs):
        raise AssertionError(f"{place} was touched")

    for name in ("open", "makedirs", "listdir", "scandir", "unlink", "replace"):
        monkeypatch.setattr(os, name, touched)
    for call in (lambda: store.get(run_id, "run"), lambda: store.items(run_id), lambda: store.last(run_id, "event:"),
                 lambda: store.put(run_id, "memo", {}, None), lambda: store.delete(run_id, "memo", 1),
                 lambda: store.readable(run_id), lambda: store.remove(run_id, 1, lambda _head: False)):  # fmt: skip
        assert code(call) == "malformed_id"


# -- the table -------------------------------------------------------------------------------------------------------


STRANGE = [
    ({}, "foreign", "is not a record"),
    ({"version": {"N": "1"}}, "damaged", "cannot be read"),
    ({"version": {"N": "1"}, "body": {"N": "1"}}, "damaged", "cannot be read"),
    ({"version": {"N": "1"}, "packed": {"B": b"what"}}, "damaged", "cannot be read"),
    ({"version": {"N": "1"}, "parts": {"N": "1"}}, "damaged", "cannot be read"),
    ({"version": {"N": "1"}, "parts": {"S": "all"}, "writer": {"S": "w"}}, "damaged", "cannot be read"),
    ({"version": {"N": "1"}, "parts": {"N": "2"}, "writer": {"S": "w"}}, "damaged", "part 0 of 2 is missing"),
    ({"version": {"N": "1"}, "expires_at": {"N": "9" * 30}, "body": {"S": "{}"}}, "damaged", "its expires_at is no"),
    ({"version": {"BOOL": True}, "body": {"S": "{}"}}, "damaged", "its version is no number"),
]


@pytest.mark.parametrize(("held", "kind", "why"), STRANGE, ids=range(len(STRANGE)))
def test_what_is_foreign_in_the_table_is_named_and_the_runs_are_listed(dynamo, held, kind, why):
    store, _faults = dynamo
    fill(store)
    plant(store, "odd", "run", {"status": {"S": "succeeded"}, "started_at": {"S": "2026-02-09T00:00:00Z"}, **held})
    ids, odd = listed(store)
    assert ids == ["r-3", "r-2", "r-1"]
    assert [(one["kind"], one["run_id"]) for one in odd] == [(kind, "odd")] and why in odd[0]["why"]
    assert code(store.get, "odd", "run") == troubles.CODES[kind]


def test_records_of_others_with_bare_times_and_fractions_are_found_and_paged(dynamo):
    store, _faults = dynamo
    fill(store)
    for number in range(5):
        at = "2026-02-02T12:00:00Z" if number < 4 else "2026-02-02T12:00:00.5Z"
        body = json.dumps(run_body(f"t-{number}", created_at=at))
        held = {"version": {"N": "1"}, "status": {"S": "failed"}, "started_at": {"S": at}, "body": {"S": body}}
        plant(store, f"t-{number}", "run", held)
    seen, token = [], None
    while not seen or token:
        found = store.query(item="run", since="2026-02-02", until="2026-02-02", limit=2, token=token)
        seen += [one["run_id"] for one in found.records]
        token = found.token
    assert sorted(seen) == ["r-2", "t-0", "t-1", "t-2", "t-3", "t-4"] and seen[0] == "r-2"
