"""Query the run store: filters, order and pages. Pure.

Newest first; records of the same second by their names, the last one first. The place of a record (see item.place) is
unique, so that a page begins exactly behind the one before it, however many records have the same time.
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
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import shapes, troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.item import (
    check_status,
    expired,
    is_run_id,
    time_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import (
    AnyRecord,
    Head,
    Record,
    Trouble,
)

PAGE = 100
_PLACE = re.compile(r"(?P<time>[^#!]+)[#!](?P<run_id>[^#!]+)#(?P<item>.+)")


class Found(NamedTuple):
    """One page of an answer: the RECORDS, the token of the next page (None at the end), and TROUBLES on the way."""

    records: list[Record]
    token: str | None
    troubles: list[Trouble]


class Query:
    """What is asked for: one of account, pattern and status is the key, the others and the dates filter.

    :param now: the time by which records expire and ages count.
    :param status: one status, or several.
    :param since: a time, a day or an age, see moments; ``until`` as well.
    :param limit: records of a page; None for all.
    :param token: of the page before.
    :param item: the kind of item, the word before the colon; any when it is not given.
    :param accept: a last look at a whole RECORD.
    :raises DrsError: invalid_option for dates in the wrong order, an unknown status, a limit below 1, a bad token.
    """

    def __init__(
        self,
        now: str,
        account_id: str | None = None,
        status: str | Iterable[str] | None = None,
        pattern: str | None = None,
        since: Any = None,
        until: Any = None,
        limit: int | None = PAGE,
        token: str | None = None,
        item: str | None = None,
        accept: Callable[[Record], bool] | None = None,
    ) -> None:
        self.now = now
        self.item = item
        self.accept = accept
        self.statuses = (status,) if isinstance(status, str) and status else tuple(status or ())
        for one in self.statuses:
            check_status(one)
        self.equal = {key: value for key, value in (("account_id", account_id), ("pattern", pattern)) if value}
        self.since, self.until = moments.bounds(since, until, now)
        if limit is not None and (not isinstance(limit, int) or limit < 1):
            raise DrsError("invalid_option", f"limit: {limit} is not a number above 0")
        self.limit = limit
        self.after = _read_token(token)

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """The index to ask, and the values to ask it for: all statuses when nothing narrower was given."""
        for name, value in self.equal.items():
            return name, (value,)
        return "status", self.statuses or STATUSES

    @property
    def places(self) -> tuple[str, str]:
        """The first and the last place that can belong to the answer; texts, both included.

        Others may have written times with a fraction, which sorts before the Z: the bounds let them in.
        """
        newest = self.after or (self.until.rstrip("Z") + "~" if self.until else "~")
        return self.since.rstrip("Z") or "0", newest

    def wants(self, head: AnyRecord) -> bool:
        """Whether a record, as far as its head says, belongs to the answer."""
        started = head.get("started_at") or ""
        return (
            bool(started)
            and (self.item is None or shapes.kind_of(head["item"]) == self.item)
            and all(head.get(key) == value for key, value in self.equal.items())
            and (head.get("status") in (self.statuses or STATUSES) or (bool(self.equal) and not self.statuses))
            and (not self.since or started >= self.since)
            and (not self.until or started <= self.until)
            and not expired(head, self.now)
        )

    def page(
        self,
        streams: Iterable[Iterable[tuple[str, Head]]],
        load: Callable[[Head], Record | None],
        met: Iterable[DrsError] = (),
    ) -> Found:
        """One page.

        :param streams: pairs (place as the backend sorts it, HEAD), each stream from the last place to the first.
        :param load: from a HEAD to its RECORD, None when it is gone; raises what is wrong with it, see troubles.
        :param met: troubles that were met on the way, also while the streams are read.
        :raises DrsError: what ``load`` raises and is no trouble of one record.
        """
        records: dict[tuple[str, str], Record] = {}
        wrong: list[DrsError] = []
        last = ""
        token = None
        for where, head in _settled(heapq.merge(*streams, key=lambda pair: pair[0], reverse=True)):
            if (self.after and where >= self.after) or not self.wants(head):
                continue
            try:
                record = load(head)
            except DrsError as error:
                if not troubles.is_trouble(error):
                    raise
                wrong.append(error)
                continue
            # it may have been written again since the index was, and then it may stand under two statuses
            if record is None or not self.wants(record) or (record["run_id"], record["item"]) in records:
                continue
            if self.accept is not None and not self.accept(record):
                continue
            if len(records) == self.limit:
                token = _write_token(last)
                break
            records[record["run_id"], record["item"]] = record
            last = where
        return Found(list(records.values()), token, troubles.from_errors([*met, *wrong]))


def _settled(pairs: Iterable[tuple[str, Head]]) -> Iterator[tuple[str, Head]]:
    """Pairs with their own places. What others wrote has a bare time, and an index does not promise its order."""
    for where, same in itertools.groupby(pairs, key=lambda pair: pair[0]):
        if "#" in where:
            yield from same
        else:
            # the sign sorts before #: behind the records of that second that have their name in the index
            named = ((f"{where}!{head['run_id']}#{head['item']}", head) for _where, head in same)
            yield from sorted(named, key=lambda pair: pair[0], reverse=True)


def _write_token(where: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(where).encode("utf-8")).decode("ascii")


def _read_token(token: str | None) -> str | None:
    if not token:
        return None
    try:
        where = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
        parts = _PLACE.fullmatch(where)
        if parts is None or not is_run_id(parts["run_id"]):
            raise ValueError
        time_text(parts["time"], "token")
        return str(where)
    except (ValueError, TypeError, DrsError):
        raise DrsError("invalid_option", "token: is not one that an earlier page returned; leave it out") from None
