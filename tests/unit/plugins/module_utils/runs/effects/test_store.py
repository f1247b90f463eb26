"""Test the contract of the run store on both backends, then the errors specific to one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import stat

import boto3
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.run_documents import run_body
from support.run_store import NOW, REGION


def code(call, *args, **kwargs) -> str:
    with pytest.raises(DrsError) as caught:
        call(*args, **kwargs)
    return caught.value.code


# -- the contract ----------------------------------------------------------------------------------------------------


def test_what_is_put_is_got_with_its_index(store):
    body = run_body(text="ä\u202e{{ x }}", number=1.5, none=None, list=[1, {"a": []}])
    index = {"account_id": "111111111111", "status": "running", "pattern": "drill", "started_at": NOW}
    assert store.get("r-1", "run") is None
    assert store.put("r-1", "run", body, None, index, expires_at="2026-05-30T12:00:00Z") == 1
    assert store.get("r-1", "run") == {
        "run_id": "r-1",
        "item": "run",
        "version": 1,
        "body": body,
        **index,
        "expires_at": "2026-05-30T12:00:00Z",
    }
    assert store.put("r-1", "run", run_body(), 1) == 2
    assert store.get("r-1", "run") == {"run_id": "r-1", "item": "run", "version": 2, "body": run_body()}


@pytest.mark.parametrize("version", [None, 1, 3])
def test_a_write_on_another_version_is_refused_and_changes_nothing(store, version):
    store.put("r-1", "memo", "a", None)
    store.put("r-1", "memo", "b", 1)
    assert code(store.put, "r-1", "memo", "c", version) == "run_store_conflict"
    assert store.get("r-1", "memo")["body"] == "b"


def test_a_write_on_what_is_gone_is_refused(store):
    assert code(store.put, "r-1", "memo", "a", 1) == "run_store_conflict"
    assert store.get("r-1", "memo") is None


def test_delete_wants_the_version_too(store):
    store.put("r-1", "memo", "a", None)
    assert code(store.delete, "r-1", "memo", 2) == "run_store_conflict"
    store.delete("r-1", "memo", 1)
    assert store.get("r-1", "memo") is None
    assert code(store.delete, "r-1", "memo", 1) == "run_store_conflict"


def test_items_by_prefix_sorted_and_the_last_one(store):
    names = ["note:000002", "note:000010", "note:000001", "memo", "word:1", "word:a/../b", "word:" + "ä" * 300]
    for name in names:
        store.put("r-1", name, name, None)
    store.put("r-10", "note:000099", "other run", None)
    assert [one["body"] for one in store.items("r-1", "note:")] == sorted(names[:3])
    assert [one["item"] for one in store.items("r-1")] == sorted(names)
    assert [one["item"] for one in store.items("r-1", "word:")] == sorted(names[4:])
    assert store.last("r-1", "note:")["item"] == "note:000010"
    assert store.last("r-1", "other:") is None and store.items("none") == []


def test_long_names_that_differ_at_their_end_are_two_items(store):
    for end in "ab":
        store.put("r-1", "word:" + "x" * 300 + end, end, None)
    assert [one["body"] for one in store.items("r-1", "word:" + "x" * 200)] == ["a", "b"]


def test_a_large_body_comes_back_whole_and_is_replaced_whole(store):
    noise = random.Random(7)
    body = {"servers": [{"id": noise.getrandbits(256)} for _number in range(12000)]}
    assert len(json.dumps(body)) > 900_000
    store.put("r-1", "parts", body, None)
    assert store.get("r-1", "parts")["body"] == body
    store.put("r-1", "parts", {**body, "again": True}, 1)
    assert store.get("r-1", "parts")["body"]["again"] is True
    assert [one["body"]["again"] for one in store.items("r-1")] == [True]
    assert code(store.put, "r-1", "parts", body, 1) == "run_store_conflict"
    assert store.get("r-1", "parts")["body"]["again"] is True


def fill(store):
    for number in range(6):
        index = {
            "account_id": "111111111111" if number % 2 else "222222222222",
            "status": ("succeeded", "failed", "partial")[number % 3],
            "pattern": "drill" if number < 4 else "recovery",
            # two of the same second, whose order must not waver
            "started_at": f"2026-03-0{1 + min(number, 4)}T12:00:00Z",
        }
        store.put(
            f"r-{number}",
            "run",
            run_body(f"r-{number}", number=number),
            None,
            index,
            "2026-02-01T00:00:00Z" if number == 0 else None,
        )
    store.put("r-9", "run", run_body("r-9"), None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"account_id": "111111111111"}, [5, 3, 1]),
        ({"status": "failed"}, [4, 1]),
        ({"pattern": "drill"}, [3, 2, 1]),
        ({"pattern": "drill", "account_id": "111111111111"}, [3, 1]),
        ({"account_id": "111111111111", "status": "failed"}, [1]),
        ({"since": "2026-03-02T12:00:00Z", "until": "2026-03-04"}, [3, 2, 1]),
        ({"since": "2026-03-02T12:00:00Z", "until": "2026-03-03"}, [2, 1]),
        ({"since": "2026-03-02T12:00:00Z", "until": "2026-03-04T12:00:00Z"}, [3, 2, 1]),
        ({"since": "2027-01-01T00:00:00Z"}, []),
        ({"item": "run", "status": "failed"}, [4, 1]),
        ({"item": "account"}, []),
    ],
)
def test_query_newest_first_without_what_expired(store, asked, expected):
    fill(store)
    found = store.query(**asked)
    assert ([one["body"]["number"] for one in found.records], found.token, found.troubles) == (expected, None, [])


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_hold_everything_once(store, limit):
    fill(store)
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        found, token, _troubles = store.query(limit=limit, token=token)
        seen += [one["body"]["number"] for one in found]
        pages += 1
        assert len(found) <= limit
    assert seen == [5, 4, 3, 2, 1] and pages == -(-5 // limit)


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"},
        {"status": "good"},
        {"limit": 0},
        {"token": "nonsense"},
        {"since": "yesterday"},
    ],
)
def test_a_wrong_query_is_refused(store, asked):
    assert code(store.query, **asked) == "invalid_option"


@pytest.mark.parametrize(
    ("run_id", "item", "index", "expected"),
    [
        ("../etc", "run", None, "malformed_id"),
        ("r#parts", "run", None, "malformed_id"),
        ("", "run", None, "malformed_id"),
        ("r", "../run", None, "invalid_option"),
        ("r", "Run", None, "invalid_option"),
        ("r", "wave:a\nb", None, "invalid_option"),
        ("r", "wave:" + "x" * 1000, None, "invalid_option"),
        ("r", "run", {"status": "good", "started_at": NOW}, "invalid_option"),
        ("r", "run", {"status": "failed"}, "invalid_option"),
        ("r", "run", {"colour": "red", "started_at": NOW}, "invalid_option"),
        ("r", "run", {"status": "failed", "started_at": "today"}, "invalid_option"),
    ],
)
def test_wrong_names_are_refused_before_anything_is_written(store, run_id, item, index, expected):
    assert code(store.put, run_id, item, {}, None, index) == expected
    assert store.items("r") == []


@pytest.mark.parametrize(
    "options",
    [
        {"backend": "s3"},
        {"path": "/x", "backend": "dynamodb", "region": REGION},
        {"table": "x"},
        {"backend": "directory", "region": REGION},
    ],
)
def test_options_that_do_not_go_together(options):
    assert code(run_store.open_store, options) == "invalid_option"


def test_where_the_directory_is(tmp_path, monkeypatch):
    monkeypatch.setenv("RESILIENCE_DRS_STORE", str(tmp_path / "env"))
    assert run_store.open_store().where == str(tmp_path / "env")
    assert run_store.open_store({"path": str(tmp_path / "own")}).where == str(tmp_path / "own")
    monkeypatch.delenv("RESILIENCE_DRS_STORE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run_store.open_store({}).where == str(tmp_path / ".local/state/resilience-drs")
    assert list(tmp_path.iterdir()) == []


# -- the directory ---------------------------------------------------------------------------------------------------


def test_only_the_owner_reads_the_files(tmp_path):
    store = run_store.open_store({"path": str(tmp_path / "store")})
    store.put("r-1", "memo", {}, None)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").rglob("*")}
    assert modes == {"r-1": 0o700, ".lock": 0o600, "memo.json": 0o600}


def _fill_up(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        run_store.open_store({"path": path}).put("r-1", "memo", "y" * 5000, 1)
    except DrsError as exc:
        os._exit(7 if exc.code == "run_store_unavailable" else 8)
    os._exit(9)


def test_a_full_disk_leaves_the_old_record_and_no_half_file(tmp_path):
    store = run_store.open_store({"path": str(tmp_path)})
    store.put("r-1", "memo", "x", None)
    process = multiprocessing.get_context("fork").Process(target=_fill_up, args=(str(tmp_path),))
    process.start()
    process.join()
    assert process.exitcode == 7
    assert sorted(path.name for path in (tmp_path / "r-1").iterdir()) == [".lock", "memo.json"]
    assert store.get("r-1", "memo")["body"] == "x"


def test_a_killed_writer_leaves_the_old_record(tmp_path, monkeypatch):
    store = run_store.open_store({"path": str(tmp_path)})
    store.put("r-1", "memo", "x", None)

    def die(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        store.put("r-1", "memo", "y", 1)
    monkeypatch.undo()
    assert store.get("r-1", "memo")["body"] == "x" and [one["item"] for one in store.items("r-1")] == ["memo"]
    store.put("r-1", "memo", "z", 1)
    assert store.get("r-1", "memo")["body"] == "z"


def _race(path: str, queue) -> None:
    store = run_store.open_store({"path": path})
    won = 0
    for _turn in range(40):
        known = store.get("r-1", "memo")
        try:
            store.put("r-1", "memo", (known["body"] if known else 0) + 1, known["version"] if known else None)
            won += 1
        except DrsError as exc:
            if exc.code != "run_store_conflict":
                raise
    queue.put(won)


def test_of_many_writers_none_loses_a_write(tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_race, args=(str(tmp_path), queue)) for _number in range(3)]
    for process in processes:
        process.start()
    won = sum(queue.get() for _process in processes)
    for process in processes:
        process.join()
    record = run_store.open_store({"path": str(tmp_path)}).get("r-1", "memo")
    assert record["body"] == record["version"] == won > 0


def test_a_damaged_file_is_said_not_guessed(tmp_path):
    store = run_store.open_store({"path": str(tmp_path)})
    store.put("r-1", "memo", "x", None)
    (tmp_path / "r-1" / "memo.json").write_text('{"run_id": "r-1"', encoding="utf-8")
    assert code(store.get, "r-1", "memo") == code(store.items, "r-1") == "run_store_damaged"


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = run_store.open_store({"path": str(tmp_path / "file" / "store")})
    assert code(store.put, "r-1", "memo", {}, None) == "run_store_unavailable"


# -- DynamoDB --------------------------------------------------------------------------------------------------------


def test_a_write_whose_answer_was_lost_is_no_conflict(dynamo):
    store, faults = dynamo
    faults += [("PutItem", "after")]
    assert store.put("r-1", "memo", "a", None) == 1
    faults += [("PutItem", "before")]
    assert store.put("r-1", "memo", "b", 1) == 2
    faults += [("PutItem", "after")]
    assert store.put("r-1", "memo", "c", 2) == 3
    assert store.get("r-1", "memo")["body"] == "c" and faults == []


def test_a_store_that_is_down_is_said_in_a_few_tries(dynamo):
    store, faults = dynamo
    faults += [("GetItem", "before")] * 50
    assert code(store.get, "r-1", "memo") == "run_store_unavailable"
    assert 40 <= len(faults) < 50


def test_a_table_that_is_missing(dynamo):
    store, _faults = dynamo
    store.table.name = "elsewhere"
    assert code(store.get, "r-1", "memo") == code(store.put, "r-1", "memo", {}, None) == "run_store_missing"


def test_parts_are_removed_with_their_record(dynamo):
    store, _faults = dynamo
    noise = random.Random(7)
    body = [noise.getrandbits(256) for _number in range(20000)]
    client = boto3.client("dynamodb", REGION)

    def count():
        return client.scan(TableName=run_store.TABLE, Select="COUNT")["Count"]

    store.put("r-1", "parts", body, None)
    parts = count() - 1
    assert parts > 1
    store.put("r-1", "parts", body, 1)
    assert code(store.put, "r-1", "parts", body, 1) == "run_store_conflict"
    assert count() == parts + 1
    store.delete("r-1", "parts", 2)
    assert count() == 0


def test_a_user_without_a_home_has_no_store_by_default_and_no_folder_named_tilde(tmp_path, monkeypatch):
    """As in a container that runs under any user id: expanduser leaves the tilde as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.delenv("RESILIENCE_DRS_STORE", raising=False)
    store = run_store.open_store({})
    for work in (lambda: store.get("r-1", "run"), store.query):
        with pytest.raises(DrsError, match="no home directory; set HOME, or RESILIENCE_DRS_STORE") as caught:
            work()
        assert caught.value.code == "run_store_unavailable"
    assert os.listdir(tmp_path) == []
    assert run_store.open_store({"path": str(tmp_path / "kept")}).get("r-1", "run") is None
