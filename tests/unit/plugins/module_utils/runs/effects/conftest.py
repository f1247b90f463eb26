"""Fixtures for both backends of the run store: a directory, and a table made by the hub's template."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import boto3
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from support.run_store import NOW, REGION, rows, table_of_setup


@pytest.fixture(scope="module")
def _table():
    """A table of DynamoDB, made once: (the store, the real call of its client)."""
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        patched.setenv("AWS_ACCESS_KEY_ID", "testing")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        boto3.client("dynamodb", REGION).create_table(**table_of_setup())
        store = run_store.open_store({"backend": "dynamodb", "region": REGION}, lambda: NOW)
        yield store, store.cell.client("dynamodb", effect=True)._make_api_call


def _emptied(world):
    """The store of the table, as it was in the beginning."""
    store, call = world
    store._now = lambda: NOW
    store.table.name = run_store.TABLE
    store.cell.client("dynamodb", effect=True)._make_api_call = call
    client = boto3.client("dynamodb", REGION)
    for row in rows():
        client.delete_item(TableName=run_store.TABLE, Key={key: row[key] for key in ("run_id", "item")})
    return store


@pytest.fixture(params=["directory", "dynamodb"])
def store(request, tmp_path):
    """Each backend in turn, empty."""
    if request.param == "directory":
        yield run_store.open_store({"path": str(tmp_path / "store")}, lambda: NOW)
    else:
        yield _emptied(request.getfixturevalue("_table"))


@pytest.fixture
def dynamo(_table, monkeypatch):
    """The DynamoDB backend, and a list that holds the operations to come and how each fails."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    store, real = _emptied(_table), _table[1]
    faults: list[tuple[str, str]] = []

    def call(operation, params):
        fault = faults.pop(0)[1] if faults and faults[0][0] == operation else None
        answer = None if fault == "before" else real(operation, params)
        if fault:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return answer

    store.cell.client("dynamodb", effect=True)._make_api_call = call
    return store, faults
