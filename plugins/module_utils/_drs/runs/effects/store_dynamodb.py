"""The run store in a table of DynamoDB: one item per record, every write conditional on the version that was read.

The table is the one of the role account_setup: hash key run_id, range key item, an index each by account, status and
pattern, and time to live on expires_at. The indexes are sorted by started_at, which holds the time and, behind it, the
name of the record, so that a page begins exactly behind the one before it. Documents: see table_bodies.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import typing as t
import uuid
import zlib
from datetime import datetime
from datetime import timezone

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_reading import StoreReading
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import query as store_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import table_bodies as bodies
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.table import CONDITION
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.table import INDEXES
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.table import Item
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.table import Table
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsMembers
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Head, Index, Record

# Looks at a record that is written anew under each of them.
LOOKS = 8
_REMOVAL = {"run_id": {"S": "#store"}, "item": {"S": "removal"}}
_BAD = (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError, zlib.error)


class DynamoStore(StoreReading):
    """The DynamoDB backend; see store.open_store for the interface."""

    backend = "dynamodb"
    keep_days = 90

    def __init__(self, cell: Cell, table: str, now: t.Callable[[], str] | None = None) -> None:
        self.cell = cell
        self.table = Table(cell, table)
        self.where = self.table.where
        self._now = now

    def now(self) -> str:
        """The time by the clock of AWS, as its last answer told it; by ours before there was one."""
        if self._now is not None:
            return self._now()
        return moments.whole_seconds(self.cell.server_time) or clock.now()

    # -- records -------------------------------------------------------------------------------------------------
    def _record(self, raw: Item) -> Record | None:
        """The record of an item, None when it went while we looked.

        :raises DrsError: what is wrong with it, see troubles.
        """
        for _look in range(LOOKS):
            head = _head(raw)
            kind, why = store_record.wrong_head(head)
            if kind:
                raise self.trouble(kind, *_names(raw), why)
            try:
                body = bodies.read(self.table, raw)
            except bodies.Missing as missing:
                again = self._raw(head["run_id"], head["item"])
                if again is None:
                    return None
                if again.get("writer") == raw.get("writer"):
                    raise self.trouble(troubles.DAMAGED, *_names(raw), str(missing)) from None
                raw = again
                continue
            except _BAD:
                raise self.trouble(troubles.DAMAGED, *_names(raw), "its document cannot be read") from None
            kind, why = store_record.wrong_body(head["item"], body)
            if kind:
                raise self.trouble(kind, *_names(raw), why)
            head.pop("format", None)
            return t.cast("Record", {**head, "body": body})
        run_id, item = _names(raw)
        raise DrsError("run_store_conflict", f"{item} of run {run_id} is being written by others all the time")

    def _raw(self, run_id: str, item: str) -> Item | None:
        return self.table.get(_key(run_id, item))

    # -- the interface -------------------------------------------------------------------------------------------
    def get(self, run_id: str, item: str) -> Record | None:
        """See Store.get.

        :raises DrsError: run_store_damaged, run_store_foreign, run_store_newer, or what ``Table`` raises.
        """
        store_record.check_name(run_id, item)
        raw = self._raw(run_id, item)
        return None if raw is None else self._record(raw)

    def put(
        self,
        run_id: str,
        item: str,
        body: t.Any,
        version: int | None,
        index: Index | None = None,
        expires_at: t.Any = None,
    ) -> int:
        """See Store.put; raises DrsError run_store_conflict, invalid_option, or what ``Table`` raises."""
        store_record.check_name(run_id, item)
        store_record.check_body(item, body)
        fields = store_record.fields(item, index, expires_at)
        expires = parse_time(fields.pop("expires_at", None))
        if "started_at" in fields:
            fields["started_at"] = store_record.place({**fields, "run_id": run_id, "item": item})
        writer = uuid.uuid4().hex
        made = (version or 0) + 1
        document = {
            **_key(run_id, item),
            "format": {"N": str(store_record.FORMAT)},
            "version": {"N": str(made)},
            "writer": {"S": writer},
            **{key: {"S": value} for key, value in fields.items()},
            **({"expires_at": {"N": str(int(expires.timestamp()))}} if expires is not None else {}),
            **bodies.write(self.table, run_id, item, body, writer, made),
        }
        try:
            before = self.table.put(Item=document, ReturnValues="ALL_OLD", **_if_version(version)).get("Attributes")
        except DrsError as exc:
            if exc.code != CONDITION:
                raise
            stored = self._raw(run_id, item)
            if stored is None or stored.get("writer") != document["writer"]:
                bodies.clear_own(self.table, document)
                raise store_record.conflict(run_id, item, version, _version(stored)) from None
            # our own write, whose answer was lost before the repeat
            before = None
        if bodies.in_parts(document) or bodies.in_parts(before):
            bodies.clear(self.table, run_id, item, made, writer)
        return made

    def delete(self, run_id: str, item: str, version: int) -> None:
        """See Store.delete; raises DrsError run_store_conflict, or what ``Table`` raises."""
        store_record.check_name(run_id, item)
        try:
            before = self.table.delete(Key=_key(run_id, item), ReturnValues="ALL_OLD", **_if_version(version)).get(
                "Attributes"
            )
        except DrsError as exc:
            if exc.code != CONDITION:
                raise
            raise store_record.conflict(run_id, item, version, _version(self._raw(run_id, item))) from None
        if bodies.in_parts(before):
            bodies.clear(self.table, run_id, item, version, None)

    def _items(self, run_id: str, prefix: str) -> tuple[list[Record], list[DrsError]]:
        store_record.check_name(run_id)
        records: list[Record] = []
        wrong: list[DrsError] = []
        for raw in self.table.pages(ConsistentRead=True, **_of_run(run_id, prefix)):
            try:
                one = self._record(raw)
            except DrsError as error:
                if not troubles.is_trouble(error):
                    raise
                wrong.append(error)
                continue
            if one and not store_record.expired(one, self.now()):
                records.append(one)
        return records, wrong

    def last(self, run_id: str, prefix: str) -> Record | None:
        """See Store.last.

        :raises DrsError: run_store_damaged, run_store_foreign, run_store_newer, or what ``Table`` raises.
        """
        store_record.check_name(run_id)
        answer = self.table.query(ConsistentRead=True, ScanIndexForward=False, Limit=1, **_of_run(run_id, prefix))
        return self._record(answer["Items"][0]) if answer.get("Items") else None

    def trouble(self, kind: str, run_id: str, item: str, why: str) -> DrsError:
        return troubles.in_table(kind, self.table.name, self.cell.region, why, run_id, item)

    def query(self, **asked: t.Any) -> store_query.Found:
        """See Store.query; raises DrsError invalid_option, or what ``Table`` raises."""
        query = store_query.Query(self.now(), **asked)
        return query.page(self._streams(query), self._listed)

    def _listed(self, head: Head) -> Record | None:
        raw = head["raw"]
        if "version" not in raw:
            complete_item = self._raw(raw["run_id"]["S"], raw["item"]["S"])
            if complete_item is not None and "version" in complete_item:
                self.table.check()
                raw = complete_item
        return self._record(raw)

    def _streams(self, query: store_query.Query) -> list[t.Iterator[tuple[str, Head]]]:
        name, values = query.key
        first, last = query.places
        more: AwsMembers = {}
        if query.item is not None:
            more["FilterExpression"] = "begins_with(#item, :item)"
        elif query.accept is None and query.limit is not None:
            # one to know that there is more, and the last one of the page before, as bounds include both ends
            more["Limit"] = query.limit + (2 if query.after else 1)
        return [self._stream(name, value, first, last, query.item, more) for value in values]

    def _stream(
        self, name: str, value: str, first: str, last: str, kind: str | None, more: AwsMembers
    ) -> t.Iterator[tuple[str, Head]]:
        bounds = {":key": {"S": value}, ":first": {"S": first}, ":last": {"S": last}}
        of_kind = {":item": {"S": kind}} if kind is not None else {}
        pages = self.table.pages(
            IndexName=INDEXES[name],
            KeyConditionExpression="#key = :key AND started_at BETWEEN :first AND :last",
            ExpressionAttributeNames={"#key": name, **({"#item": "item"} if of_kind else {})},
            ExpressionAttributeValues={**bounds, **of_kind},
            ScanIndexForward=False,
            **more,
        )
        for raw in pages:
            yield raw["started_at"]["S"], {**_head(raw), "raw": raw}

    # -- removing ------------------------------------------------------------------------------------------------
    def remove(self, run_id: str, version: int, keep: t.Callable[[Head], bool]) -> int:
        """See Store.remove; raises DrsError run_store_conflict, or what ``Table`` raises."""
        store_record.check_name(run_id)
        problems = _version(self._raw(run_id, "run"))
        if problems != version:
            raise store_record.conflict(run_id, "run", version, problems)
        gone = bodies.remove_all(self.table, run_id)
        names = {"#item": "item", "#status": "status"}
        columns = "run_id, #item, version, expires_at, account_id, #status, pattern, started_at"
        heads = self.table.pages(
            ConsistentRead=True,
            KeyConditionExpression="run_id = :run",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":run": {"S": run_id}},
            ProjectionExpression=columns,
        )
        for raw in list(heads):
            name = raw["item"]["S"]
            if name != "run" and not (name.startswith("account:") and keep(_head(raw))):
                self.table.delete(Key=_key(run_id, name))
                gone += 1
        # the run goes last: what a crash leaves is found again by it
        self.delete(run_id, "run", version)
        return gone + 1

    def remove_expired(self, before: str) -> int:
        """DynamoDB does this by itself when time to live is on; here for a table where it is not.

        :raises DrsError: what ``Table`` raises when it is asked.
        """
        gone = 0
        for status in STATUSES:
            for _place, head in self._stream("status", status, "0", before + "~", None, {}):
                version = head.get("version")
                if store_record.expired(head, self.now()) and isinstance(version, int):
                    with contextlib.suppress(DrsError):
                        self.delete(head["run_id"], head["item"], version)
                        gone += 1
        return gone

    def removed_at(self) -> str | None:
        removal = self.table.get(_REMOVAL)
        return (removal or {}).get("at", {}).get("S")

    def note_removal(self, at: str) -> None:
        self.table.put(Item={**_REMOVAL, "at": {"S": at}})


def _key(run_id: str, item: str) -> Item:
    return {"run_id": {"S": run_id}, "item": {"S": item}}


def _names(raw: Item) -> tuple[str, str]:
    return raw["run_id"]["S"], raw["item"]["S"]


def _head(raw: Item) -> Head:
    """The head of an item, for item.wrong_head to judge: what is not of its type stays as it is."""
    result: Head = {}
    for key in ("run_id", "item", "account_id", "status", "pattern", "started_at"):
        if key in raw:
            result[key] = raw[key].get("S", raw[key])
    if isinstance(result.get("started_at"), str):
        result["started_at"] = moments.whole_seconds(result["started_at"].partition("#")[0]) or result["started_at"]
    for key in ("version", "format", "expires_at"):
        if key in raw:
            result[key] = raw[key]
            with contextlib.suppress(*_BAD):
                result[key] = int(raw[key]["N"])
    if isinstance(result.get("expires_at"), int):
        with contextlib.suppress(*_BAD, OSError):
            result["expires_at"] = moments.whole_seconds(datetime.fromtimestamp(result["expires_at"], timezone.utc))
    return result


def _of_run(run_id: str, prefix: str) -> AwsMembers:
    values = {":run": {"S": run_id}}
    condition = "run_id = :run"
    if prefix:
        values[":prefix"] = {"S": prefix}
        condition += " AND begins_with(#item, :prefix)"
    names = {"ExpressionAttributeNames": {"#item": "item"}} if prefix else {}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **names}


def _if_version(version: int | None) -> AwsMembers:
    """The condition of a write: that the stored version is this one; None for no record at all."""
    if version is None:
        return {"ConditionExpression": "attribute_not_exists(run_id)"}
    return {
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _version(raw: Item | None) -> int | None:
    version = _head(raw).get("version") if raw else None
    return version if isinstance(version, int) else None
