"""Calls to the table of the run store: our own retries, and what is wrong with a table that refuses them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import EffectRetry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData

Item = dict[str, t.Any]
"""An item as DynamoDB has it: {attribute: {type: value}}."""

INDEXES = {"account_id": "by-account", "status": "by-status", "pattern": "by-pattern"}
KEYS = {"run_id": "HASH", "item": "RANGE"}
# A store that is not there must be known in seconds: somebody decides then whether a failover continues without it.
RETRIES = 4
CONDITION = "ConditionalCheckFailedException"
MISSING = "ResourceNotFoundException"
"""The table, or an index of it."""


class Table:
    """One table of DynamoDB.

    :param cell: the account and Region of the table.
    """

    def __init__(self, cell: Cell, name: str) -> None:
        self.cell = cell
        self.name = name
        self.where = f"table {name} in {cell.region}"

    def _asked(self, operation: str, **request: t.Any) -> AwsData:
        """One call; what fails in the end is told as the store that cannot be reached.

        :raises DrsError: ConditionalCheckFailedException, run_store_missing, run_store_table, run_store_unavailable.
        """
        call = {
            "GetItem": lambda **more: self.cell.client("dynamodb", effect=True).get_item(**more),
            "PutItem": lambda **more: self.cell.client("dynamodb", effect=True).put_item(**more),
            "DeleteItem": lambda **more: self.cell.client("dynamodb", effect=True).delete_item(**more),
            "Query": lambda **more: self.cell.client("dynamodb", effect=True).query(**more),
        }[operation]

        @EffectRetry.jittered_backoff(retries=RETRIES, delay=0.5, backoff=2, max_delay=4)
        def attempt() -> AwsData:
            with self.cell.errors(operation):
                return call(TableName=self.name, **request)

        try:
            return attempt()
        except DrsError as exc:
            if exc.code == CONDITION:
                raise
            wrong = self._wrong() if exc.code in ("ValidationException", MISSING) else ""
            if wrong:
                raise DrsError("run_store_table", f"{self.where}: {wrong}") from None
            code = "run_store_missing" if exc.code == MISSING else "run_store_unavailable"
            raise DrsError(
                code,
                f"{self.where}: {exc.code}: {exc.message}",
                retryable=exc.retryable,
                details={"cause": exc.code, "remedy": exc.remedy},
            ) from None

    def get(self, key: Item) -> Item | None:
        """The item as it is now, None when there is none.

        :raises DrsError: run_store_missing, run_store_table, run_store_unavailable.
        """
        return self._asked("GetItem", Key=key, ConsistentRead=True).get("Item")

    def put(self, **request: t.Any) -> AwsData:
        """PutItem.

        :raises DrsError: ConditionalCheckFailedException, run_store_missing, run_store_table, run_store_unavailable.
        """
        return self._asked("PutItem", **request)

    def delete(self, **request: t.Any) -> AwsData:
        """DeleteItem.

        :raises DrsError: ConditionalCheckFailedException, run_store_missing, run_store_table, run_store_unavailable.
        """
        return self._asked("DeleteItem", **request)

    def query(self, **request: t.Any) -> AwsData:
        """One page of a Query.

        :returns: the answer, ``{Items, LastEvaluatedKey}``.
        :raises DrsError: run_store_missing, run_store_table, run_store_unavailable.
        """
        return self._asked("Query", **request)

    def pages(self, **request: t.Any) -> t.Iterator[Item]:
        """The items of a Query, page by page as they are taken.

        :raises DrsError: run_store_missing, run_store_table, run_store_unavailable.
        """
        while True:
            answer = self.query(**request)
            yield from answer.get("Items") or ()
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _wrong(self) -> str:
        """What of the table's keys and indexes is not as setup makes it; empty when all is, or nobody may look."""
        try:
            with self.cell.errors("DescribeTable"):
                description = self.cell.client("dynamodb", effect=True).describe_table(TableName=self.name)["Table"]
        except DrsError as exc:
            if exc.retryable or exc.code == MISSING:
                return ""
            return f"its keys or indexes are not those of the run store ({exc.code})"
        types = {one["AttributeName"]: one["AttributeType"] for one in description.get("AttributeDefinitions") or ()}
        said = [_keys("the table", description.get("KeySchema"), KEYS, types)]
        indexes = {one["IndexName"]: one for one in description.get("GlobalSecondaryIndexes") or ()}
        for key, name in INDEXES.items():
            index = indexes.get(name)
            if index is None:
                said.append(f"it has no index {name}")
                continue
            said.append(_keys(f"index {name}", index.get("KeySchema"), {key: "HASH", "started_at": "RANGE"}, types))
            if (index.get("Projection") or {}).get("ProjectionType") != "ALL":
                said.append(f"index {name} does not hold all attributes (ProjectionType ALL)")
            if index.get("IndexStatus") not in (None, "ACTIVE"):
                said.append(f"index {name} is {index['IndexStatus']}")
        return "; ".join(one for one in said if one)

    def check(self) -> None:
        """Refuse a table that is not as setup makes it.

        :raises DrsError: run_store_table.
        """
        wrong = self._wrong()
        if wrong:
            raise DrsError("run_store_table", f"{self.where}: {wrong}")


def _keys(what: str, schema: t.Any, expected: dict[str, str], types: dict[str, str]) -> str:
    keys_found = {one["AttributeName"]: one["KeyType"] for one in schema or ()}
    if keys_found != expected:
        texts = (" and ".join(f"{name} ({kind})" for name, kind in keys.items()) for keys in (expected, keys_found))
        return "%s is keyed by %s, not by %s" % (what, *reversed(list(texts)))
    odd = [name for name in expected if types.get(name) != "S"]
    return f"{what}: {odd[0]} is of type {types.get(odd[0])}, not S" if odd else ""
