"""Test a table with wrong keys or indexes: the differences are reported."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import boto3
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.run_documents import index_of, run_body
from support.run_store import REGION, table_of_setup


def without(index):
    def change(table):
        table["GlobalSecondaryIndexes"] = [one for one in table["GlobalSecondaryIndexes"] if one["IndexName"] != index]

    return change


def keyed(index, schema):
    def change(table):
        for one in table["GlobalSecondaryIndexes"]:
            if one["IndexName"] == index:
                one["KeySchema"] = [{"AttributeName": name, "KeyType": kind} for name, kind in schema]

    return change


def keys_only(table):
    for one in table["GlobalSecondaryIndexes"]:
        if one["IndexName"] == "by-status":
            one["Projection"] = {"ProjectionType": "KEYS_ONLY"}


def other_keys(table):
    table["KeySchema"] = [{"AttributeName": "item", "KeyType": "HASH"}, {"AttributeName": "run_id", "KeyType": "RANGE"}]


def one_key(table):
    table["KeySchema"] = table["KeySchema"][:1]


def numbers(table):
    for one in table["AttributeDefinitions"]:
        if one["AttributeName"] == "started_at":
            one["AttributeType"] = "N"


WRONG = [
    (
        other_keys,
        "check",
        "the table is keyed by item (HASH) and run_id (RANGE), not by run_id (HASH) and item (RANGE)",
    ),
    (one_key, "get", "the table is keyed by run_id (HASH), not by run_id (HASH) and item (RANGE)"),
    (without("by-status"), "query", "it has no index by-status"),
    (keyed("by-status", [("status", "HASH")]), "query", "index by-status is keyed by status (HASH), not by status"),
    (keys_only, "query", "index by-status does not hold all attributes"),
    (numbers, "check", "started_at is of type N, not S"),
]


@pytest.mark.parametrize(("change", "call", "said"), WRONG, ids=range(len(WRONG)))
def test_a_table_with_other_keys_is_said(dynamo, change, call, said):
    store, _faults = dynamo
    table = copy.deepcopy(table_of_setup())
    change(table)
    used = {key["AttributeName"] for key in table["KeySchema"]}
    used |= {key["AttributeName"] for index in table["GlobalSecondaryIndexes"] for key in index["KeySchema"]}
    table["AttributeDefinitions"] = [one for one in table["AttributeDefinitions"] if one["AttributeName"] in used]
    table["TableName"] = f"table-{WRONG.index((change, call, said))}"
    boto3.client("dynamodb", REGION).create_table(**table)
    store.table.name = table["TableName"]
    run = run_body("r-1")
    calls = {
        # what the simulated table takes, and DynamoDB does not
        "check": store.table.check,
        "put": lambda: store.put("r-1", "run", run, None, index_of(run)),
        "get": lambda: store.get("r-1", "run"),
        "query": lambda: (store.put("r-1", "run", run, None, index_of(run)), store.query(item="run")),
    }
    with pytest.raises(DrsError) as caught:
        calls[call]()
    assert caught.value.code == "run_store_table" and said in caught.value.message
    assert "resilience.drs.setup" in caught.value.remedy


def test_who_may_not_look_at_the_table_is_told_what_there_is_to_know(dynamo, monkeypatch):
    store, _faults = dynamo
    table = copy.deepcopy(table_of_setup())
    one_key(table)
    table["TableName"] = "table-denied"
    table["AttributeDefinitions"] = [one for one in table["AttributeDefinitions"] if one["AttributeName"] != "item"]
    boto3.client("dynamodb", REGION).create_table(**table)
    store.table.name = table["TableName"]
    client = store.cell.client("dynamodb", effect=True)
    real = client._make_api_call

    def call(operation, params):
        if operation == "DescribeTable":
            raise client.exceptions.ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)
        return real(operation, params)

    monkeypatch.setattr(client, "_make_api_call", call)
    with pytest.raises(DrsError, match="AccessDeniedException") as caught:
        store.get("r-1", "run")
    assert caught.value.code == "run_store_table"


def test_a_good_table_that_refuses_one_call_is_not_blamed(dynamo):
    store, _faults = dynamo
    store.table.check()
    with pytest.raises(DrsError) as caught:
        store.table.query(KeyConditionExpression="what is this")
    assert caught.value.code == "run_store_unavailable"
