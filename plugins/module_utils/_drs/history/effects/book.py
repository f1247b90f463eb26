"""Write records of runs into the run store, and import those that were spooled.

A store that fails fails nothing else: what could not be recorded goes to a file, and the answer says how it gets in.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import query as history_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import spool as history_spool
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notifications
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import rates
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import readiness_score
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import removal
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.request import stored_run
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import sentence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.nouns import (
    AnyHistory,
    NewHistoryRecord,
)

TTL_DAYS = 90
LONGEST_DAYS = 36500
# Of another controller that records the same run at the same moment; a version that changes for ever is no race.
TRIES = 5

RECORD_SPEC: dict[str, t.Any] = {
    **STORE_SPEC,
    "result": {"type": "dict"},
    "import_from": {"type": "path"},
    "ttl_days": {"type": "int", "default": TTL_DAYS},
    "fallback_dir": {"type": "path"},
}
READINESS_SPEC = readiness_score.SPEC


def _whole(result: dict, store: dict) -> dict:
    """A result of a run with its plan and waves, which stand in the record of the run and nowhere else."""
    if result.get("kind") not in ("recovery", "failback") or "plan" in result or not result.get("run_id"):
        return result
    try:
        run_parts = stored_run(open_store(store), str(result["run_id"]))
    except DrsError:
        # the book says by itself that its store is away
        return {**result, "plan": {}, "waves": []}
    waves = [one for one in run_parts["waves"] if one["status"] != "intended"]
    return {**result, "plan": run_parts["plan"] or {}, "waves": waves}


def record(params: Given, check_mode: bool) -> Result:
    """Record a result, or import what an earlier recording had to leave in files.

    :returns: ``{records, overall, earlier, recorded, changed, store, file, error, warnings}``, ``earlier`` the records
        of the run as it had ended before. It fails for options that make
        no sense, and for an import; never for a store that does not take a result.
    """
    if not 1 <= params["ttl_days"] <= LONGEST_DAYS:
        raise DrsError("invalid_option", f"ttl_days: {params['ttl_days']} is not a number from 1 to {LONGEST_DAYS}")
    if params["import_from"]:
        return _import(params, check_mode)
    result, down = _whole(params["result"], params["store"]), None
    result = {**result, "measured": params.get("metrics") is not None}
    try:
        store = open_store(params["store"])
        # the first answer tells the time by AWS's clock, and when the store was last cleared of what is over
        removed_at = None if check_mode else store.removed_at()
        now = store.now()
    except DrsError as exc:
        down, now = exc, clock.now()
    records = history_records.records(result, now)
    overall = history_records.overall(records, result)
    answer: dict[str, t.Any] = {
        "records": records,
        "overall": {**overall, "notification": notifications.KIND_OF_STATUS.get(overall["status"])},
        "earlier": [],
        "recorded": False,
        "changed": False,
        "store": None if down else store.where,
        "file": None,
        "error": None,
        "warnings": [f"clock_problem: {one['clock_problem']}" for one in records if one["clock_problem"]][:1],
    }
    if check_mode or not records:
        return answer
    try:
        if down:
            raise down
        answer["earlier"] = _measured(store, records)
        written = [_write(store, one, _expiry(params, now)) for one in records]
        answer.update(recorded=True, changed=any(written))
        if result.get("of_run_id") and isinstance(result.get("clean"), bool):
            _mark_clean(store, result, records, now)
    except DrsError as exc:
        spooled = _spooled(params, str(result["run_id"]), records, exc)
        return {**answer, **spooled, "warnings": [*answer["warnings"], *spooled["warnings"]]}
    answer["warnings"] += removal.daily(store, removed_at)
    return answer


def _spooled(params: Given, run_id: str, records: list[NewHistoryRecord], exc: DrsError) -> Result:
    """Keep the records in a file, and say how they get into the store."""
    result: dict[str, t.Any] = {"recorded": False, "changed": True, "error": outcomes.error_entry(exc)}
    try:
        result["file"] = history_spool.write(params["fallback_dir"], run_id, records)
        how = f"The records are in {result['file']}. Import them with: {history_spool.command(result['file'])}"
    except OSError as worse:
        how = f"No file took the records either ({own_files.reason(worse)}); they are in the result of this task."
    return {**result, "warnings": [f"history_not_recorded: {exc.code}: {sentence(exc.message)} {how}"]}


def _measured(store: t.Any, records: list[NewHistoryRecord]) -> list[AnyHistory]:
    """The records of the run from an end before this one, of which metrics were sent."""
    known = (store.get(one["run_id"], history_records.item_of(one)) for one in records)
    bodies = [body for body in (history_query.upgraded(one["body"]) for one in known if one) if body]
    return [one for one in map(history_query.sent, bodies) if one]


def _expiry(params: Given, now: str) -> str | None:
    moment = parse_time(now)
    return iso_time(moment + timedelta(days=params["ttl_days"])) if moment else None


def _write(store: t.Any, one: NewHistoryRecord, expires: str | None) -> bool:
    """Write a record over what an earlier part of its run has left; returns whether anything changed."""
    item = history_records.item_of(one)
    for attempt in range(TRIES):
        previous = store.get(one["run_id"], item)
        old = history_query.upgraded(previous["body"]) if previous else None
        body = proof.sealed(history_query.merged(one, old))
        if old is not None and _fields(old) == _fields(body):
            return False
        index = {key: body[key] for key in ("account_id", "status", "pattern", "started_at")}
        try:
            store.put(
                one["run_id"], item, body, previous["version"] if previous else None, index=index, expires_at=expires
            )
            return True
        except DrsError as exc:
            if exc.code != "run_store_conflict" or attempt == TRIES - 1:
                raise
    return False


def _fields(body: AnyHistory) -> AnyHistory:
    """What a record says of its run, without when and how often it was said."""
    return {key: value for key, value in body.items() if key not in ("recorded_at", "times_recorded", proof.SEAL)}


def _mark_clean(store: t.Any, result: t.Mapping[str, t.Any], records: list[NewHistoryRecord], now: str) -> None:
    """Note on the records of a run that what it launched is gone, or not; records that are not there are no loss."""
    run_id, anchor = str(result["of_run_id"]), result.get("anchor")
    places = {(one["account_id"], one["region"]) for one in records}
    known_records, _odd = store.readable(run_id, history_records.ITEM_PREFIX)
    for record in known_records:
        body, _wrong = history_query.read(record["body"])
        if body and (body["account_id"], body["region"]) in places:
            index = {key: record.get(key) for key in ("account_id", "status", "pattern", "started_at")}
            told = {"clean": result["clean"], "cleaned_at": now, "anchor": anchor or body.get("anchor")}
            body = proof.sealed({**body, **told})
            store.put(run_id, record["item"], body, record["version"], index=index, expires_at=record.get("expires_at"))


def _import(params: Given, check_mode: bool) -> Result:
    """Bring the records of files into the store; what the store knows better stays as it is.

    Of a folder the files that can be read go in, and the others are named; a file that is named itself must be good.
    """
    store = open_store(params["store"])
    imported: list[NewHistoryRecord] = []
    warnings: list[str] = []
    written = 0
    files = history_spool.files(params["import_from"])
    for path in files:
        try:
            records = _of_file(path)
        except DrsError as exc:
            if files == [own_files.place(params["import_from"])]:
                raise
            warnings.append(f"{exc.code}: {sentence(exc.message)}")
            continue
        for one in records:
            imported.append(one)
            written += 0 if check_mode else _bring(store, one, _expiry(params, store.now()))
        if not check_mode:
            history_spool.done(path)
    return {
        "records": imported,
        "overall": None,
        "recorded": not check_mode and not warnings,
        "changed": bool(written) or (check_mode and bool(imported)),
        "store": store.where,
        "file": None,
        "error": None,
        "warnings": warnings or ([] if files else [f"import: {params['import_from']} holds no file to import"]),
    }


def _of_file(path: str) -> list[NewHistoryRecord]:
    read = [history_query.read(one) for one in history_spool.read(path)]
    wrong = next((said for _one, said in read if said), "" if read else "holds no record")
    if wrong:
        raise DrsError("history_file_unreadable", f"import: {path}: {wrong}")
    return [t.cast("NewHistoryRecord", one) for one, _said in read if one is not None]


def _bring(store: t.Any, one: NewHistoryRecord, expires: str | None) -> bool:
    previous = store.get(one["run_id"], history_records.item_of(one))
    newer = str(((previous or {}).get("body") or {}).get("recorded_at") or "")
    if previous and newer >= str(one.get("recorded_at") or ""):
        return False
    return _write(store, one, expires)


# -- readiness -------------------------------------------------------------------------------------------------------


def judge(params: Given) -> Result:
    """The readiness report, see readiness_score.report; now is the controller's time unless it is given."""
    now = params["now"] or clock.now()
    if iso_time(now) is None:
        raise DrsError("invalid_option", f"now: '{now}' is not a time; write 2026-03-01T12:00:00Z")
    # a drill that waits for its approval is no drill yet
    params = {**params, "history": rates.working(params["history"] or ())}
    return {"report": readiness_score.report(params, str(iso_time(now))), "changed": False}
