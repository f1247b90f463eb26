"""Read the history: complete pages of records that match, and what could not be read or recorded."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_text
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Options, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import query as history_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import spool as history_spool
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import query as store_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC, Store
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Record, Trouble

QUERY_SPEC: dict[str, t.Any] = {
    **STORE_SPEC,
    "run_id": {"type": "str"},
    "account_id": {"type": "str"},
    "region": {"type": "str"},
    "kind": {"type": "str"},
    "mode": {"type": "str"},
    "pattern": {"type": "str"},
    "status": {"type": "str"},
    "since": {"type": "str"},
    "until": {"type": "str"},
    "failures_only": {"type": "bool", "default": False},
    "limit": {"type": "int", "default": 100},
    "token": {"type": "str", "no_log": False},
    "fallback_dir": {"type": "path"},
}
_OF_OTHERS = ("store", "token", "fallback_dir")
_KIND = history_records.ITEM_PREFIX.rstrip(":")
# Of a record that somebody else wrote without a time; it stands at the end.
_NO_TIME = "1970-01-01T00:00:00Z"


def read(params: Given) -> Result:
    """Records that match, newest first, their failures, groups and totals, and all of it as CSV.

    :raises DrsError: for filters that make no sense, before the store is asked; and what the store says.
    """
    store = open_store(params["store"])
    asked = history_query.filters({key: params[key] for key in QUERY_SPEC if key not in _OF_OTHERS}, store.now())
    records, token, odd = _matching(store, asked, params["limit"], params["token"])
    failures = history_query.failures(records)
    return {
        "records": records,
        "failures": failures,
        "groups": history_query.grouped(failures),
        "totals": history_query.totals(records, store.now()),
        "csv": csv_text(records, history_query.COLUMNS),
        "failures_csv": csv_text(failures, history_query.FAILURE_COLUMNS),
        "next_token": token,
        "unreadable": odd,
        "unrecorded": history_spool.pending(params.get("fallback_dir")),
        "store": store.where,
        "asked": {key: value for key, value in asked.items() if key not in ("limit", "failures_only")},
        "changed": False,
    }


def _matching(
    store: Store, asked: Options, limit: int, token: str | None
) -> tuple[list[dict[str, t.Any]], str | None, list[Trouble]]:
    """One page of records that match: each is looked at once, until the page is full or there are no more."""
    wrong: list[DrsError] = []

    def accept(record: Record) -> bool:
        body, said = history_query.read(record["body"])
        if body is None:
            wrong.append(store.trouble(troubles.DAMAGED, record["run_id"], record["item"], said))
            return False
        return history_query.matches(body, asked)

    narrow = {key: asked[key] for key in ("account_id", "status", "pattern", "since", "until") if key in asked}
    if "run_id" in asked:
        records = _of_run(
            store, asked["run_id"], store_query.Query(store.now(), limit=limit, token=token, accept=accept)
        )
    else:
        records = store.query(**narrow, item=_KIND, limit=limit, token=token, accept=accept)
    bodies = (history_query.read(one["body"])[0] for one in records.records)
    return [one for one in bodies if one is not None], records.token, [*records.troubles, *troubles.from_errors(wrong)]


def _of_run(store: Store, run_id: str, query: store_query.Query) -> store_query.Found:
    """The records of one run, which are few: read whole, and cut into pages here."""
    records, odd = store.readable(run_id, history_records.ITEM_PREFIX)
    readable = []
    for one in records:
        body = one["body"]
        began = one.get("started_at") or moments.whole_seconds(body.get("started_at")) or _NO_TIME
        readable.append({**one, "started_at": began, "status": one.get("status") or STATUSES[-1]})
    streams = [sorted(((store_record.place(one), one) for one in readable), key=lambda pair: pair[0], reverse=True)]
    page = query.page(streams, lambda head: t.cast("Record", head))
    return page._replace(troubles=[*odd, *page.troubles])
