"""Test large documents in a table: readers see the old or the new one; crash leftovers are removed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import random

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import table_bodies
from support.run_documents import index_of, run_body
from support.run_store import rows


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    """A document of some kilobytes is one of many parts."""
    monkeypatch.setattr(table_bodies, "PLAIN", 100)
    monkeypatch.setattr(table_bodies, "PART", 700)


def large(word: str) -> dict:
    noise = random.Random(word)
    return {"word": word, "noise": [noise.getrandbits(256) for _number in range(60)]}


def parts() -> list[dict]:
    return [one for one in rows() if one["run_id"]["S"].endswith(table_bodies.PARTS)]


class Between:
    """Lets something happen before the n-th call of a client."""

    def __init__(self, store, number, act):
        self.client = store.cell.client("dynamodb", effect=True)
        self.real, self.left, self.act, self.calls = self.client._make_api_call, number, act, []

    def __enter__(self):
        self.client._make_api_call = self.call
        return self

    def __exit__(self, *_exc):
        self.client._make_api_call = self.real

    def call(self, operation, params):
        self.left -= 1
        if self.left == 0:
            # what happens is the work of somebody else, who is not interrupted
            self.client._make_api_call = self.real
            self.act()
            self.client._make_api_call = self.call
        self.calls.append(operation)
        return self.real(operation, params)


READERS = [
    lambda store: store.get("r-1", "run"),
    lambda store: store.items("r-1")[0],
    lambda store: store.last("r-1", "run"),
    lambda store: store.query(item="run").records[0],
]


@pytest.mark.parametrize("read", READERS, ids=["get", "items", "last", "query"])
def test_a_reader_between_any_two_writes_finds_the_old_or_the_new(dynamo, read):
    store, _faults = dynamo
    texts = {word: run_body(**large(word)) for word in ("old", "new")}
    for number in range(1, 40):
        store.put("r-1", "run", texts["old"], None, index_of(texts["old"]))
        with Between(store, number, lambda: store.put("r-1", "run", texts["new"], 1, index_of(texts["new"]))) as seen:
            found = read(store)
        assert found["body"] == texts[found["body"]["word"]] and (found["version"] == 2) == (
            found["body"]["word"] == "new"
        )
        store.delete("r-1", "run", store.get("r-1", "run")["version"])
        if seen.left > 0:
            break
    assert number > 4, "the reader made too few calls for anything to come between"


def test_a_record_that_is_removed_between_is_not_there(dynamo):
    store, _faults = dynamo
    store.put("r-1", "memo", large("old"), None)
    with Between(store, 2, lambda: store.delete("r-1", "memo", 1)):
        assert store.get("r-1", "memo") is None


def test_a_part_that_is_gone_is_damage(dynamo):
    store, _faults = dynamo
    store.put("r-1", "memo", large("old"), None)
    last = parts()[-1]
    store.table.delete(Key={key: last[key] for key in ("run_id", "item")})
    with pytest.raises(DrsError, match="is missing") as caught:
        store.get("r-1", "memo")
    assert caught.value.code == "run_store_damaged"


def die():
    raise KeyboardInterrupt


@pytest.mark.parametrize("again", ["large", "small"])
def test_what_a_crash_leaves_is_removed_by_the_next_writer(dynamo, again):
    store, _faults = dynamo
    store.put("r-1", "memo", large("old"), None)
    known = len(parts())
    with Between(store, known, die), pytest.raises(KeyboardInterrupt):
        store.put("r-1", "memo", large("crashed"), 1)
    assert len(parts()) > known and store.get("r-1", "memo")["body"] == large("old")
    new = large("new") if again == "large" else {"word": "new"}
    store.put("r-1", "memo", new, 1)
    assert store.get("r-1", "memo")["body"] == new
    assert len(parts()) == (known if again == "large" else 0)


def test_a_writer_that_is_at_work_keeps_its_parts(dynamo):
    """It has read what another one has just written, and writes its parts while that one clears up."""
    store, _faults = dynamo
    store.put("r-1", "memo", large("old"), None)

    def last_call_of_a_put():
        with Between(store, 99, die) as seen:
            store.put("r-1", "memo", large("second"), 1)
        return len(seen.calls)

    calls = last_call_of_a_put()
    for number in range(2, calls + 1):
        known = store.get("r-1", "memo")["version"]
        done = []

        def other(done):
            # it follows whatever is stored at this moment
            version = store.get("r-1", "memo")["version"]
            store.put("r-1", "memo", large("other"), version)
            done.append(version + 1)

        with Between(store, number, functools.partial(other, done)):
            try:
                store.put("r-1", "memo", large("mine"), known)
            except DrsError as exc:
                assert exc.code == "run_store_conflict"
        found = store.get("r-1", "memo")
        assert done and found["body"] == large(found["body"]["word"]) and found["version"] >= done[0]
    store.put("r-1", "memo", {"word": "small"}, found["version"])
    assert parts() == []


def test_items_whose_names_begin_alike_keep_their_parts(dynamo):
    store, _faults = dynamo
    for name in ("word:a", "word:a#b"):
        store.put("r-1", name, large(name), None)
    store.put("r-1", "word:a", {"word": "small"}, 1)
    assert store.get("r-1", "word:a#b")["body"] == large("word:a#b")
