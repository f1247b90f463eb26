"""Records of the run store: their shape, their names, and what is wrong with an invalid one. Pure.

A RECORD is ``{run_id, item, version, body, account_id?, status?, pattern?, started_at?, expires_at?}``. The four
optional ones before the last are its INDEX, by which records are found again; ``expires_at`` is when it may be
forgotten. Times are ISO 8601 in UTC with whole seconds, which sort as text. A HEAD is a RECORD without its body.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import re
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import shapes, troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import AnyRecord, Index

INDEX_KEYS = ("account_id", "status", "pattern", "started_at")
INDEXED = ("run", "account")
"""The kinds of items that have an index; a list opens nothing else."""
FORMAT = 1
"""Of the record around a document, as a backend keeps it."""
_ITEM = re.compile(r"[a-z][a-z_]*(?::[^\x00-\x1f\x7f]+)?")
_ITEM_BYTES = 900  # a sort key of DynamoDB holds 1,024
_PLACE_BYTES = 1000


def check_run_id(run_id: Any) -> None:
    """Refuse a run id that cannot be one.

    :raises DrsError: malformed_id, which names the characters that are allowed.
    """
    wrong = valid_id("run", run_id)
    if wrong:
        raise findings.refusal(wrong)


def is_run_id(value: Any) -> bool:
    """Whether a text can be a run id."""
    return not valid_id("run", value)


def is_item(value: Any) -> bool:
    """Whether a text can be the name of an item."""
    return (
        isinstance(value, str)
        and _ITEM.fullmatch(value) is not None
        and len(value.encode("utf-8", "replace")) <= _ITEM_BYTES
    )


def check_name(run_id: Any, item: Any = None) -> None:
    """Refuse a run id or the name of an item that cannot be one.

    :raises DrsError: malformed_id for the run id, invalid_option for the item.
    """
    check_run_id(run_id)
    if item is not None and not is_item(item):
        raise DrsError(
            "invalid_option",
            f"item: '{clean(item, 60)}' is no name of an item; use a word such as run, or word:name",
        )


def check_body(item: str, body: Any) -> None:
    """Refuse to write a document that nobody could read again.

    :raises DrsError: invalid_option.
    """
    said = shapes.wrong(item, body)
    if said:
        raise DrsError("invalid_option", f"{clean(item, 60)}: {said}; it was not written")


def time_text(value: Any, field: str) -> str:
    """A time as records hold it, ``2026-03-01T12:00:00Z``.

    :raises DrsError: invalid_option when it is not a time.
    """
    text = moments.whole_seconds(value)
    if text is None:
        raise DrsError("invalid_option", f"{field}: '{clean(value, 40)}' is not a time; write 2026-03-01T12:00:00Z")
    return text


def fields(item: str, index: Index | None, expires_at: Any = None) -> dict[str, str]:
    """The index of a record and when it expires, checked: {account_id, status, pattern, started_at, expires_at};
    what is None is left out.

    :raises DrsError: invalid_option.
    """
    given = {key: value for key, value in (index or {}).items() if value is not None}
    unknown = sorted(set(given) - set(INDEX_KEYS))
    if unknown:
        raise DrsError("invalid_option", f"index: '{clean(unknown[0], 40)}' is not one of {', '.join(INDEX_KEYS)}")
    result = {key: str(value) for key, value in given.items()}
    if result and shapes.kind_of(item) not in INDEXED:
        raise DrsError("invalid_option", f"index: {clean(item, 60)} has none; only {', '.join(INDEXED)} are listed")
    if "status" in result:
        check_status(result["status"])
    if result:
        if not result.get("started_at"):
            raise DrsError("invalid_option", "index: started_at is missing, by which records are sorted")
        result["started_at"] = time_text(result["started_at"], "started_at")
    if expires_at is not None:
        result["expires_at"] = time_text(expires_at, "expires_at")
    return result


def check_status(status: str) -> None:
    """Refuse a status that no record has.

    :raises DrsError: invalid_option.
    """
    if status not in STATUSES:
        raise DrsError("invalid_option", f"status: '{clean(status, 40)}' is not one of {', '.join(STATUSES)}")


def conflict(run_id: str, item: str, requested: int | None, actual: int | None) -> DrsError:
    """The error of a write whose version is not the stored one."""
    expected = "not there" if requested is None else f"version {requested}"
    stored = "not there" if actual is None else f"version {actual}"
    return DrsError(
        "run_store_conflict",
        f"{item} of run {run_id} was expected to be {expected}, and is {stored}: somebody else has written it",
        details={"run_id": run_id, "item": item, "expected": requested, "found": actual},
    )


def expired(record: AnyRecord, now: str) -> bool:
    """Whether a record counts as forgotten; the store may take days to remove it."""
    until = record.get("expires_at")
    return isinstance(until, str) and until <= now


def place(head: AnyRecord) -> str:
    """Where a record stands in a list: its time, and its name, as many records have the same time.

    Text that sorts as lists do; a sort key of the table's indexes.
    """
    text = "#".join((head["started_at"], head["run_id"], head["item"]))
    if len(text.encode("utf-8", "replace")) <= _PLACE_BYTES:
        return text
    digest = hashlib.sha256(head["item"].encode("utf-8", "surrogatepass")).hexdigest()
    return "#".join((head["started_at"], head["run_id"], digest))


# -- what was read ---------------------------------------------------------------------------------------------------


def wrong_head(head: Any) -> tuple[str, str]:
    """What is wrong with the head of a record: (kind of trouble, why); empty texts when it is good."""
    if not isinstance(head, dict) or not {"run_id", "item", "version"} <= set(head):
        return troubles.FOREIGN, "is not a record of the run store"
    shape = head.get("format", FORMAT)
    if isinstance(shape, int) and not isinstance(shape, bool) and shape > FORMAT:
        return troubles.NEWER, f"was written by a newer version of this collection: its format is {shape}"
    if not is_run_id(head["run_id"]) or not is_item(head["item"]):
        return troubles.FOREIGN, "has names that no record has"
    version = head["version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return troubles.DAMAGED, "its version is no number"
    for key in (*INDEX_KEYS, "expires_at"):
        if key in head and not isinstance(head[key], str):
            return troubles.DAMAGED, f"its {key} is no text"
    for key in ("started_at", "expires_at"):
        if key in head and moments.whole_seconds(head[key]) is None:
            return troubles.DAMAGED, f"its {key} is no time"
    return "", ""


def wrong_body(item: str, body: Any) -> tuple[str, str]:
    """What is wrong with the document of a record: (kind of trouble, why); empty texts when it is good."""
    if shapes.is_newer(body) and shapes.kind_of(item) in shapes.SHAPES:
        return troubles.NEWER, shapes.newer_text(body)
    said = shapes.wrong(item, body)
    return (troubles.DAMAGED, said) if said else ("", "")
