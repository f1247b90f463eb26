"""Records of the run store: what one looks like, what it may be called, and in which order they are told.

A RECORD is ``{run_id, item, version, body, account_id?, status?, pattern?, started_at?, expires_at?}``. The four
optional ones before the last are its INDEX, by which records are found again; ``expires_at`` is when it may be
forgotten. Times are ISO 8601 in UTC with whole seconds, which sort as text.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import base64
import heapq
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time

ACTIVE = ("planned", "waiting", "running", "paused")
STATUSES = (*ACTIVE, "cancelled", "succeeded", "partial", "failed", "timeout")
"""Every status of a record; the first four are of runs that have not ended."""

INDEX_KEYS = ("account_id", "status", "pattern", "started_at")
PAGE = 100
_ITEM = re.compile(r"[a-z][a-z_]*(?::[^\x00-\x1f\x7f]+)?")
_ITEM_BYTES = 900  # a sort key of DynamoDB holds 1,024


def check_name(run_id: Any, item: Any = None) -> None:
    """Refuse a run id or the name of an item that cannot be one.

    :raises DrsError: malformed_id for the run id, invalid_option for the item.
    """
    wrong = valid_id("run", run_id)
    if wrong:
        raise findings.refusal(wrong)
    if item is None:
        return
    if not isinstance(item, str) or not _ITEM.fullmatch(item) or len(item.encode("utf-8", "replace")) > _ITEM_BYTES:
        raise DrsError(
            "invalid_option",
            f"item: '{clean(item, 60)}' is no name of an item; use a word such as run, or word:name",
        )


def time_text(value: Any, field: str) -> str:
    """A time as records hold it, ``2026-03-01T12:00:00Z``.

    :raises DrsError: invalid_option when it is not a time.
    """
    moment = parse_time(value)
    if moment is None:
        raise DrsError("invalid_option", f"{field}: '{clean(value, 40)}' is not a time; write 2026-03-01T12:00:00Z")
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def fields(index: Mapping[str, Any] | None, expires_at: Any = None) -> dict[str, str]:
    """The index of a record and when it expires, checked; what is None is left out."""
    given = {key: value for key, value in (index or {}).items() if value is not None}
    unknown = sorted(set(given) - set(INDEX_KEYS))
    if unknown:
        raise DrsError("invalid_option", f"index: '{clean(unknown[0], 40)}' is not one of {', '.join(INDEX_KEYS)}")
    told = {key: str(value) for key, value in given.items()}
    if "status" in told:
        check_status(told["status"])
    if told:
        if not told.get("started_at"):
            raise DrsError("invalid_option", "index: started_at is missing, by which records are sorted")
        told["started_at"] = time_text(told["started_at"], "started_at")
    if expires_at is not None:
        told["expires_at"] = time_text(expires_at, "expires_at")
    return told


def check_status(status: str) -> None:
    """Refuse a status that no record has."""
    if status not in STATUSES:
        raise DrsError("invalid_option", f"status: '{clean(status, 40)}' is not one of {', '.join(STATUSES)}")


def conflict(run_id: str, item: str, wanted: int | None, found: int | None) -> DrsError:
    """The error of a write whose version is not the stored one."""
    expected = "not there" if wanted is None else f"version {wanted}"
    stored = "not there" if found is None else f"version {found}"
    return DrsError(
        "run_store_conflict",
        f"{item} of run {run_id} was expected to be {expected}, and is {stored}: somebody else has written it",
        details={"run_id": run_id, "item": item, "expected": wanted, "found": found},
    )


def expired(record: Mapping[str, Any], now: str) -> bool:
    """Whether a record counts as forgotten; the store may take days to remove it."""
    return bool(record.get("expires_at")) and record["expires_at"] <= now


class Query:
    """What is asked for: one of account, pattern and status is the key, the others and the dates filter.

    ``item`` is the kind of item, the word before the colon; any when it is not given.

    :raises DrsError: invalid_option for dates in the wrong order, an unknown status, a limit below 1, a bad token.
    """

    def __init__(
        self,
        account_id: str | None = None,
        status: str | None = None,
        pattern: str | None = None,
        since: Any = None,
        until: Any = None,
        limit: int = PAGE,
        token: str | None = None,
        item: str | None = None,
    ) -> None:
        self.item = item
        if status:
            check_status(status)
        self.wanted = {
            key: value for key, value in (("account_id", account_id), ("pattern", pattern), ("status", status)) if value
        }
        self.since = time_text(since, "since") if since else ""
        self.until = time_text(until, "until") if until else ""
        if self.since and self.until and self.since > self.until:
            raise DrsError("invalid_option", f"since: {self.since} is later than until, {self.until}; exchange them")
        if not isinstance(limit, int) or limit < 1:
            raise DrsError("invalid_option", f"limit: {limit} is not a number above 0")
        self.limit = limit
        self.after = _read_token(token)

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """The index to ask, and the values to ask it for: all statuses when nothing narrower was given."""
        for name, value in self.wanted.items():
            return name, (value,)
        return "status", STATUSES

    @property
    def newest(self) -> str:
        """The newest time that can still be asked for: where the last page ended, else ``until``; or empty."""
        return self.after[0] if self.after else self.until

    def matches(self, record: Mapping[str, Any], now: str) -> bool:
        """Whether a record belongs to the answer."""
        started = record.get("started_at") or ""
        return (
            bool(started)
            and (self.item is None or record["item"].partition(":")[0] == self.item)
            and all(record.get(key) == value for key, value in self.wanted.items())
            and (record.get("status") in STATUSES or bool(self.wanted))
            and (not self.since or started >= self.since)
            and (not self.until or started <= self.until)
            and not expired(record, now)
        )

    def page(self, streams: Iterable[Iterable[dict[str, Any]]], now: str) -> tuple[list[dict[str, Any]], str | None]:
        """One page of records, newest first, and the token of the next one; each stream is sorted newest first."""
        merged = heapq.merge(*streams, key=lambda one: one["started_at"], reverse=True)
        found: list[dict[str, Any]] = []
        for record in _settled(one for one in merged if self.matches(one, now)):
            place = _place(record)
            if self.after and not _later(place, self.after):
                continue
            if len(found) == self.limit:
                return found, _write_token(_place(found[-1]))
            found.append(record)
        return found, None


def _place(record: Mapping[str, Any]) -> tuple[str, str, str]:
    return (record["started_at"], record["run_id"], record["item"])


def _later(place: tuple[str, str, str], after: tuple[str, str, str]) -> bool:
    """Whether a record comes behind another one in an answer: older, or as old and behind it by name."""
    return place[0] < after[0] or (place[0] == after[0] and place[1:] > after[1:])


def _settled(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Records of the same second in the order of their names, which an index of DynamoDB does not promise."""
    for _time, same in itertools.groupby(records, key=lambda one: one["started_at"]):
        yield from sorted(same, key=_place)


def _write_token(place: tuple[str, str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode("utf-8")).decode("ascii")


def _read_token(token: str | None) -> tuple[str, str, str] | None:
    if not token:
        return None
    try:
        started, run_id, item = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
        return time_text(started, "token"), str(run_id), str(item)
    except (ValueError, TypeError, DrsError):
        raise DrsError("invalid_option", "token: is not one that an earlier page returned; leave it out") from None
