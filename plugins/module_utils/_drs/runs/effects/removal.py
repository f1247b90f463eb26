"""Remove expired runs with all their records, and expired history, from the run store.

A run is marked before anything of it goes, so that nobody resumes half of one, and its own record goes last: what
a crash has left is found by it and removed the next time.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import modes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import sentence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import retention
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import settings_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import RUN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import Store
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Record, Removal

EVERY = timedelta(days=1)
MOST = 100
"""Runs that are removed beside other work; the rest goes the next day."""


def daily(store: Store, removed_at: str | None) -> list[str]:
    """Remove what is over, once a day, beside other work: runs, and then the settings of commands that nobody types
    any more. Returns warnings, and never fails.

    :param removed_at: what the store said of the last time.
    """
    last, now = parse_time(removed_at), parse_time(store.now())
    if not store.keep_days or (last is not None and now is not None and timedelta(0) <= now - last < EVERY):
        return []
    try:
        store.note_removal(store.now())
        remove_old(store, MOST)
        settings_files.remove_old(store)
    except DrsError as exc:
        return [f"old_runs_not_removed: {exc.code}: {sentence(exc.message)}"]
    return []


def remove_old(store: Store, most: int | None = None, check_mode: bool = False) -> Removal:
    """Remove runs that ended more than ``keep_days`` ago, and records of history that have expired.

    :param most: runs at the most.
    :returns: ``{before, removed [run id], records, kept [{run_id, why}], unreadable [TROUBLE]}``; ``kept`` are those
        that are old enough and stay all the same.
    :raises DrsError: what the store says, but for one run that is written by others or cannot be read.
    """
    now = store.now()
    result: Removal = {"before": None, "removed": [], "records": 0, "kept": [], "unreadable": []}
    if not store.keep_days:
        return result
    before = retention.cutoff(now, store.keep_days)
    result["before"] = before
    expired = store.query(item=RUN, status=modes.ENDED, until=before, limit=None)
    result["unreadable"] = expired.troubles
    for record in reversed(expired.records):
        if most is not None and len(result["removed"]) >= most:
            break
        try:
            reason, why = _why_kept(store, record, before)
            if not reason:
                result["records"] += 0 if check_mode else _remove(store, record, now)
                result["removed"].append(record["run_id"])
            elif reason != retention.YOUNG:
                result["kept"].append({"run_id": record["run_id"], "why": why})
        except DrsError as exc:
            # somebody works on it, or it is damaged: it stays, and is named
            if exc.code != "run_store_conflict" and not troubles.is_trouble(exc):
                raise
            result["kept"].append({"run_id": record["run_id"], "why": exc.message})
    if not check_mode:
        result["records"] += store.remove_expired(before)
    return result


def _why_kept(store: Store, record: Record, before: str) -> tuple[str, str]:
    run_id, run = record["run_id"], record["body"]
    if run.get("removing"):
        return "", ""
    last = store.last(run_id, "event:")
    cleanup = store.get(run_id, "cleanup") if run["mode"] in modes.DRILLS else None
    last_at = last["body"].get("at") if last else None
    return retention.why_kept(run, cleanup["body"] if cleanup else None, last_at, before)


def _remove(store: Store, record: Record, now: str) -> int:
    run_id, run, version = record["run_id"], record["body"], record["version"]
    if not run.get("removing"):
        version = store.put(run_id, RUN, {**run, "removing": now}, version, run_record.index_of(run))
    return store.remove(
        run_id, version, lambda head: not store_record.expired(head, now) and bool(head.get("expires_at"))
    )
