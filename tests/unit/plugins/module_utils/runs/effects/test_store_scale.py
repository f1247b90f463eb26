"""Test queries over ten thousand records: every filter is complete and reads each record once."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from collections import Counter

import boto3
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store
from support.run_documents import account_body
from support.run_store import NOW, REGION

MANY, SOME = 10_000, 420
ACCOUNT = "account:111111111111:us-west-2"
AT = "2026-02-01T12:00:00Z"


def record(number: int) -> dict:
    """One of many records; every seventieth is of a deployment."""
    numbers = dict.fromkeys(("servers", "succeeded", "failed", "unfinished", "timed_out", "skipped"), 1)
    words = {"kind": "recovery" if number % 70 else "deployment", "region": "us-west-2", "pattern": "same_account"}
    more = {"mode": "drill", "started_at": AT, "ended_at": AT, "summary": {"launched": 1}, "failures": []}
    return account_body(f"r-{number:05}", **words, **numbers, **more)


def head(body: dict) -> dict:
    index = {key: body[key] for key in ("account_id", "status", "pattern", "started_at")}
    return {"run_id": body["run_id"], "item": ACCOUNT, "version": 1, **index}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """A store of ten thousand runs, each with a record of history and files that no list needs."""
    path = tmp_path_factory.mktemp("many")
    for number in range(MANY):
        folder = path / f"r-{number:05}"
        folder.mkdir()
        body = record(number)
        text = f"{json.dumps(head(body))}\n{json.dumps(body)}\n"
        (folder / "account%3A111111111111%3Aus-west-2.json").write_text(text)
        (folder / "event%3A000001.json").write_text("not read by any list")
    return {"path": str(path)}


@pytest.fixture
def at(monkeypatch):
    monkeypatch.setattr(run_store.DirectoryStore, "now", lambda _self: NOW)


@pytest.fixture
def opened(monkeypatch, directory):
    """How often each file of the store was opened."""
    counted: Counter = Counter()
    real = os.open

    def count(path, *args, **kwargs):
        if str(path).startswith(directory["path"]):
            counted[str(path)] += 1
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", count)
    return counted


def ask(place, **more):
    given = {key: option.get("default") for key, option in reading.QUERY_SPEC.items()}
    return reading.read({**given, "store": place, **more})


DEPLOYMENTS = -(-MANY // 70)
FILTERS = [
    ({"kind": "extension"}, 0, MANY),
    ({"kind": "deployment"}, DEPLOYMENTS, 101 * 70),
    ({"status": "failed"}, 0, 0),
    ({}, MANY, 101),
]


@pytest.mark.parametrize(("asked", "number", "read"), FILTERS, ids=[str(one[0]) for one in FILTERS])
def test_a_page_of_a_directory_reads_each_file_once(directory, opened, at, asked, number, read):
    told = ask(directory, **asked)
    assert len(told["records"]) == min(number, 100) and (told["next_token"] is not None) == (number > 100)
    # the head of each, and the document of those that had to be looked into; what has no index is not opened at all
    assert sum(1 for times in opened.values() if times == 2) <= read and max(opened.values()) <= 2
    assert len(opened) == MANY and not [path for path in opened if "event" in path]


def test_pages_of_a_directory_together_are_the_whole_once(directory, at):
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        told = ask(directory, kind="deployment", token=token)
        assert told["records"], "a page is never empty while there is a token"
        seen += [one["run_id"] for one in told["records"]]
        token, pages = told["next_token"], pages + 1
    assert pages == 2 and len(seen) == len(set(seen)) == DEPLOYMENTS


# -- the table: fewer, as the simulated one searches them all for every call -------------------------------------------


@pytest.fixture
def table(dynamo):
    """A table of many records, and what its queries are asked and answer."""
    store, _faults = dynamo
    client = boto3.client("dynamodb", REGION)
    made = []
    for number in range(SOME):
        body = record(number)
        known = head(body)
        about = {key: {"S": known[key]} for key in ("run_id", "item", "account_id", "status", "pattern")}
        about.update(version={"N": "1"}, started_at={"S": item.place(known)}, body={"S": json.dumps(body)})
        made.append({"PutRequest": {"Item": about}})
    for start in range(0, SOME, 25):
        client.batch_write_item(RequestItems={run_store.TABLE: made[start : start + 25]})
    answers = []
    mine = store.cell.client("dynamodb", effect=True)
    real = mine._make_api_call

    def call(operation, params):
        answer = real(operation, params)
        if operation == "Query":
            answers.append([(one["run_id"]["S"], one["item"]["S"]) for one in answer["Items"]])
        return answer

    mine._make_api_call = call
    return store, answers


def test_a_page_of_a_table_is_one_query_and_begins_behind_the_one_before(table):
    store, answers = table
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        found = store.query(status="succeeded", limit=50, token=token)
        seen += [one["run_id"] for one in found.records]
        token, pages = found.token, pages + 1
    assert seen == sorted(seen, reverse=True) and len(seen) == SOME and pages == -(-SOME // 50)
    # one more than fits, to know that there is more, and the last one of the page before
    assert len(answers) == pages and sum(map(len, answers)) <= SOME + 2 * pages


@pytest.mark.parametrize(("kind", "number"), [("extension", 0), ("deployment", -(-SOME // 70))])
@pytest.mark.parametrize("item", ["account", None])
def test_a_filter_of_a_table_is_complete_and_reads_each_item_once(table, kind, number, item):
    store, answers = table
    found = store.query(item=item, accept=lambda one: one["body"]["kind"] == kind, status="succeeded", limit=100)
    assert (len(found.records), found.token) == (number, None)
    assert max(Counter(one for answer in answers for one in answer).values()) == 1
    assert sum(map(len, answers)) == SOME and len(answers) == 1, "a filter is no reason to ask for less at a time"
