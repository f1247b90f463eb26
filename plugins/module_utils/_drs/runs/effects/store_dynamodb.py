"""The run store in a table of DynamoDB: one item per record, every write conditional on the version that was read.

The table is the one of the role account_setup: hash key run_id, range key item, an index each by account, status and
pattern, sorted by started_at, and time to live on expires_at. DynamoDB holds 400 KB in an item, so that a large body
is compressed, and cut into parts that lie under a key of their own. A part belongs to one write: a record names the
parts of its own write, and what a lost race has left is never read.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import typing as t
import uuid
import zlib
from datetime import datetime
from datetime import timezone

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import EffectRetry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time

PLAIN = 64 * 1024
"""Bodies up to so many bytes stay text that a person can read in the console."""
PART = 350 * 1024
INDEXES = {"account_id": "by-account", "status": "by-status", "pattern": "by-pattern"}
# A store that is not there must be known in seconds: somebody decides then whether a failover goes on without it.
RETRIES = 4


class DynamoStore:
    """The DynamoDB backend; see store.open_store for the interface."""

    backend = "dynamodb"

    def __init__(self, cell: Cell, table: str, now: t.Callable[[], str]) -> None:
        self.cell = cell
        self.table = table
        self.where = f"table {table} in {cell.region}"
        self._now = now

    # -- calls ---------------------------------------------------------------------------------------------------
    def _asked(self, operation: str, act: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
        """One call, repeated by us alone; what fails in the end is told as the store that cannot be reached."""

        @EffectRetry.jittered_backoff(retries=RETRIES, delay=0.5, backoff=2, max_delay=4)
        def attempt() -> dict[str, t.Any]:
            with self.cell.errors(operation):
                return act()

        try:
            return attempt()
        except DrsError as exc:
            if exc.code == "ConditionalCheckFailedException":
                raise
            code = "run_store_missing" if exc.code == "ResourceNotFoundException" else "run_store_unavailable"
            raise DrsError(
                code,
                f"{self.where}: {exc.code}: {exc.message}",
                retryable=exc.retryable,
                details={"cause": exc.code, "remedy": exc.remedy},
            ) from None

    def _get(self, **request: t.Any) -> dict[str, t.Any]:
        return self._asked(
            "GetItem", lambda: self.cell.client("dynamodb", effect=True).get_item(TableName=self.table, **request)
        )

    def _put(self, **request: t.Any) -> dict[str, t.Any]:
        return self._asked(
            "PutItem", lambda: self.cell.client("dynamodb", effect=True).put_item(TableName=self.table, **request)
        )

    def _delete(self, **request: t.Any) -> dict[str, t.Any]:
        return self._asked(
            "DeleteItem", lambda: self.cell.client("dynamodb", effect=True).delete_item(TableName=self.table, **request)
        )

    def _query(self, **request: t.Any) -> dict[str, t.Any]:
        return self._asked(
            "Query", lambda: self.cell.client("dynamodb", effect=True).query(TableName=self.table, **request)
        )

    def _pages(self, body: bool, **request: t.Any) -> t.Iterator[dict[str, t.Any]]:
        while True:
            answer = self._query(**request)
            for item in answer.get("Items") or ():
                yield self._record(item) if body else item
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    # -- bodies --------------------------------------------------------------------------------------------------
    def _key(self, run_id: str, item: str) -> dict[str, t.Any]:
        return {"run_id": {"S": run_id}, "item": {"S": item}}

    @staticmethod
    def _part_key(run_id: str, item: str, writer: str, number: int) -> tuple[str, str]:
        # no run id holds the sign, so that parts can never be taken for a run
        return f"{run_id}#parts", f"{writer}#{number:04}#{item}"

    def _stored(self, run_id: str, item: str, body: t.Any, writer: str, expires: dict) -> dict[str, t.Any]:
        """The attributes that hold a body; parts are written here, before the record that names them."""
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        if len(text.encode("utf-8", "surrogatepass")) <= PLAIN:
            return {"body": {"S": text}}
        packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 6)
        if len(packed) <= PART:
            return {"packed": {"B": packed}}
        cut = [packed[start : start + PART] for start in range(0, len(packed), PART)]
        for number, part in enumerate(cut):
            key = self._key(*self._part_key(run_id, item, writer, number))
            self._put(Item={**key, "packed": {"B": part}, **expires})
        return {"parts": {"N": str(len(cut))}}

    def _body(self, item: dict[str, t.Any]) -> t.Any:
        if "body" in item:
            return json.loads(item["body"]["S"])
        if "packed" in item:
            packed = item["packed"]["B"]
        else:
            packed = b""
            for number in range(int(item["parts"]["N"])):
                names = item["run_id"]["S"], item["item"]["S"], item["writer"]["S"], number
                part = self._get(Key=self._key(*self._part_key(*names)), ConsistentRead=True).get("Item")
                if part is None:
                    raise DrsError("run_store_damaged", f"{self.where}: part {number} of {names[1]} is missing")
                packed += part["packed"]["B"]
        return json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))

    def _record(self, item: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            record = {
                "run_id": item["run_id"]["S"],
                "item": item["item"]["S"],
                "version": int(item["version"]["N"]),
                **{key: item[key]["S"] for key in store_record.INDEX_KEYS if key in item},
            }
            if "expires_at" in item:
                moment = datetime.fromtimestamp(int(item["expires_at"]["N"]), timezone.utc)
                record["expires_at"] = store_record.time_text(moment, "expires_at")
            return {**record, "body": self._body(item)}
        except (KeyError, ValueError, zlib.error):
            name = (item.get("item") or {}).get("S", "an item")
            raise DrsError("run_store_damaged", f"{self.where}: {name} is not a record of the run store") from None

    def _drop_parts(self, item: dict[str, t.Any] | None) -> None:
        """Remove the parts of a write that nothing names any longer; a part that stays does no harm."""
        if item is None:
            return
        for number in range(int(item.get("parts", {}).get("N", 0))):
            names = item["run_id"]["S"], item["item"]["S"], item["writer"]["S"], number
            try:
                self._delete(Key=self._key(*self._part_key(*names)))
            except DrsError:
                return

    # -- the interface -------------------------------------------------------------------------------------------
    def _raw(self, run_id: str, item: str) -> dict[str, t.Any] | None:
        return self._get(Key=self._key(run_id, item), ConsistentRead=True).get("Item")

    def get(self, run_id: str, item: str) -> dict[str, t.Any] | None:
        store_record.check_name(run_id, item)
        found = self._raw(run_id, item)
        return None if found is None else self._record(found)

    def put(
        self,
        run_id: str,
        item: str,
        body: t.Any,
        version: int | None,
        index: t.Mapping[str, t.Any] | None = None,
        expires_at: t.Any = None,
    ) -> int:
        store_record.check_name(run_id, item)
        fields = store_record.fields(index, expires_at)
        expires = {}
        moment = parse_time(fields.pop("expires_at", None))
        if moment is not None:
            expires = {"expires_at": {"N": str(int(moment.timestamp()))}}
        writer = uuid.uuid4().hex
        made = (version or 0) + 1
        whole = {
            **self._key(run_id, item),
            "version": {"N": str(made)},
            "writer": {"S": writer},
            **{key: {"S": value} for key, value in fields.items()},
            **expires,
            **self._stored(run_id, item, body, writer, expires),
        }
        if version is None:
            condition: dict[str, t.Any] = {"ConditionExpression": "attribute_not_exists(run_id)"}
        else:
            condition = {
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": {"N": str(version)}},
            }
        try:
            before = self._put(Item=whole, ReturnValues="ALL_OLD", **condition).get("Attributes")
        except DrsError as exc:
            if exc.code != "ConditionalCheckFailedException":
                raise
            known = self._raw(run_id, item)
            if known is None or known.get("writer", {}).get("S") != writer:
                self._drop_parts(whole)
                raise store_record.conflict(run_id, item, version, _version(known)) from None
            # our own write, whose answer was lost before the repeat
            before = None
        self._drop_parts(before)
        return made

    def delete(self, run_id: str, item: str, version: int) -> None:
        store_record.check_name(run_id, item)
        try:
            before = self._delete(
                Key=self._key(run_id, item),
                ReturnValues="ALL_OLD",
                ConditionExpression="#version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": {"N": str(version)}},
            ).get("Attributes")
        except DrsError as exc:
            if exc.code != "ConditionalCheckFailedException":
                raise
            raise store_record.conflict(run_id, item, version, _version(self._raw(run_id, item))) from None
        self._drop_parts(before)

    def items(self, run_id: str, prefix: str = "") -> list[dict[str, t.Any]]:
        store_record.check_name(run_id)
        now = self._now()
        found = self._pages(True, ConsistentRead=True, **_of_run(run_id, prefix))
        return [one for one in found if not store_record.expired(one, now)]

    def last(self, run_id: str, prefix: str) -> dict[str, t.Any] | None:
        store_record.check_name(run_id)
        found = self._query(ConsistentRead=True, ScanIndexForward=False, Limit=1, **_of_run(run_id, prefix))
        return self._record(found["Items"][0]) if found.get("Items") else None

    def query(self, **asked: t.Any) -> tuple[list[dict[str, t.Any]], str | None]:
        query = store_record.Query(**asked)
        now = self._now()
        page, token = query.page(self._streams(query), now)
        return [self._record(one["raw"]) for one in page], token

    def _streams(self, query: store_record.Query) -> list[t.Iterator[dict[str, t.Any]]]:
        name, values = query.key
        bounds = {":since": {"S": query.since or "0"}, ":until": {"S": query.newest or "9999"}}
        streams: list[t.Iterator[dict[str, t.Any]]] = []
        for value in values:
            pages = self._pages(
                False,
                IndexName=INDEXES[name],
                KeyConditionExpression="#key = :key AND started_at BETWEEN :since AND :until",
                ExpressionAttributeNames={"#key": name},
                ExpressionAttributeValues={":key": {"S": value}, **bounds},
                ScanIndexForward=False,
                Limit=query.limit + 1,
            )
            streams.append(_head(item) for item in pages)
        return streams


def _head(item: dict[str, t.Any]) -> dict[str, t.Any]:
    """What a query judges a record by; the body is read only of those on the page."""
    told = {key: item[key]["S"] for key in (*store_record.INDEX_KEYS, "run_id", "item") if key in item}
    if "expires_at" in item:
        moment = datetime.fromtimestamp(int(item["expires_at"]["N"]), timezone.utc)
        told["expires_at"] = store_record.time_text(moment, "expires_at")
    return {**told, "raw": item}


def _of_run(run_id: str, prefix: str) -> dict[str, t.Any]:
    values = {":run": {"S": run_id}}
    condition = "run_id = :run"
    if prefix:
        values[":prefix"] = {"S": prefix}
        condition += " AND begins_with(#item, :prefix)"
    names = {"ExpressionAttributeNames": {"#item": "item"}} if prefix else {}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **names}


def _version(item: dict[str, t.Any] | None) -> int | None:
    return int(item["version"]["N"]) if item and "version" in item else None
