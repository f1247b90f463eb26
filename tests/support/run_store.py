"""Access the run store directly: its table, and foreign or damaged records in either backend."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store

from support.checkout import ROOT

REGION = "us-west-2"
NOW = "2026-03-01T12:00:00Z"


def table_of_setup() -> dict:
    """The table as the hub's template makes it, as arguments of CreateTable."""

    class Loader(yaml.SafeLoader):
        pass

    template = yaml.load((ROOT / "roles/account_setup/files/hub.yml").read_text(encoding="utf-8"), Loader)
    made = template["Resources"]["History"]["Properties"]
    keys = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {"TableName": run_store.TABLE, **{key: made[key] for key in keys}}


def raw(store: Any, run_id: str, item: str) -> Any:
    """A record as the backend holds it: the two lines of its file, or the item of the table."""
    if store.backend == "directory":
        return _path(store, run_id, item).read_text(encoding="utf-8").split("\n")
    return boto3.client("dynamodb", REGION).get_item(TableName=run_store.TABLE, Key=_key(run_id, item))["Item"]


def plant(store: Any, run_id: str, item: str, held: Any) -> None:
    """Write a record behind the store's back."""
    if store.backend == "directory":
        path = _path(store, run_id, item)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(held), encoding="utf-8")
    else:
        boto3.client("dynamodb", REGION).put_item(TableName=run_store.TABLE, Item={**_key(run_id, item), **held})


def spoil_body(store: Any, run_id: str, item: str, text: str) -> None:
    """Replace the document of a record by another text."""
    held = raw(store, run_id, item)
    if store.backend == "directory":
        plant(store, run_id, item, [held[0], text, ""])
    else:
        plant(store, run_id, item, {**held, "body": {"S": text}})


def spoil_head(store: Any, run_id: str, item: str, **members: Any) -> None:
    """Replace members of the head of a record."""
    held = raw(store, run_id, item)
    if store.backend == "directory":
        plant(store, run_id, item, [json.dumps({**json.loads(held[0]), **members}), *held[1:]])
    else:
        typed = {key: {"N": str(one)} if isinstance(one, int) else {"S": str(one)} for key, one in members.items()}
        plant(store, run_id, item, {**held, **typed})


def rows() -> list[dict[str, Any]]:
    """Every item of the table."""
    return boto3.client("dynamodb", REGION).scan(TableName=run_store.TABLE)["Items"]


def _path(store: Any, run_id: str, item: str) -> Path:
    return Path(store.path) / run_id / f"{quote(item, safe='')}.json"


def _key(run_id: str, item: str) -> dict[str, Any]:
    return {"run_id": {"S": run_id}, "item": {"S": item}}
