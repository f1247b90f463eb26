"""Import a run into its store after it continued without it; safe to repeat after a crash.

First the record that stays behind is closed, so that its controller cannot go on; then come documents, the run and the
journal. What the store held otherwise is kept beside it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import merge
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import shapes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import RUN, Recorded
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import Store, open_store

EVENT = "run_imported"
REPLACED = "replaced:"


def local_store(path: t.Any = None) -> Store:
    """Where runs go on without their store: the directory of this controller, or the one that is named."""
    return open_store({"backend": "directory", "path": path})


def command(run_id: str) -> str:
    """What puts a run back."""
    return f"ansible-playbook resilience.drs.runs -e runs_import={run_id}"


def waiting(store: Store, run_id: str | None = None) -> list[dict[str, t.Any]]:
    """The runs of this controller that went on without their store: [{run_id, where, status, command}].

    :param store: where somebody looks for runs.
    :param run_id: this one alone.
    """
    source = local_store()
    if source.where == store.where:
        return []
    try:
        if run_id is None:
            found = source.query(item=RUN, limit=None, accept=lambda one: merge.is_out(one["body"])).records
        else:
            known = source.get(run_id, RUN)
            found = [known] if known and merge.is_out(known["body"]) else []
    except DrsError:
        return []
    return [
        {
            "run_id": one["run_id"],
            "where": source.where,
            "status": one["body"]["status"],
            "command": command(one["run_id"]),
        }
        for one in found
    ]


def put_back(
    source: Store,
    target: Store,
    run_id: str,
    by: t.Any = None,
    force: bool = False,
    check_mode: bool = False,
    typed_by: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    """Bring a run from one store into another one.

    :param by: who does it, for the journal. :param typed_by: the person who typed it, as the machine knows them.
    :param force: also when the store's own record went on meanwhile.
    :returns: ``{run, changed, events, replaced [item]}``; ``replaced`` are documents that the store held otherwise.
    :raises DrsError: run_unknown, run_store_conflict, what either store says.
    """
    if source.where == target.where:
        raise DrsError("invalid_option", f"store: {target.where} is where the run is already; name the store it left")
    record = source.get(run_id, RUN)
    if record is None:
        raise DrsError("run_unknown", f"run_id: '{run_id}' is not in {source.where}")
    stay = merge.source_of(record["body"], source.where)
    known = target.get(run_id, RUN)
    stored = known["body"] if known else None
    if not merge.is_in(stored, stay):
        last = target.last(run_id, "event:")
        if stored is not None and last and merge.has_continued(last["body"]["at"], record["body"]) and not force:
            raise _both_went_on(run_id, source, target, last["body"]["at"])
    if check_mode:
        return {"run": stored or record["body"], "changed": True, "events": [], "replaced": []}
    changed = _close(source, target, record)
    changed = _documents(source, target, run_id) or changed
    left = source.get(run_id, RUN) or record
    run = stored
    if not merge.is_in(stored, stay):
        run = merge.joined(stored, left["body"], source.where, target.now(), by)
        target.put(run_id, RUN, run, known["version"] if known else None, run_record.index_of(run))
        changed = True
    changed = _journal(source, target, run_id) or changed
    replaced = [one["item"] for one in target.items(run_id, REPLACED)]
    step = Recorded(target, {"run_id": run_id, "actor": by, "typed_by": typed_by})
    if not any(_tells_of(one["body"], stay) for one in target.items(run_id, "event:")):
        for one in target.items(run_id):
            if shapes.kind_of(one["item"]) in proof.KINDS:
                step.note(one["item"], one["body"], one["version"])
        step.append_event(EVENT, {**stay, "replaced": replaced, **step.of_command()})
    return {"run": run, "changed": changed or bool(step.events), "events": step.events, "replaced": replaced}


def _tells_of(event: dict[str, t.Any], stay: dict[str, t.Any]) -> bool:
    data = event.get("data") or {}
    return event["event"] == EVENT and {key: data.get(key) for key in stay} == stay


def _both_went_on(run_id: str, source: Store, target: Store, at: t.Any) -> DrsError:
    return DrsError(
        "run_store_conflict",
        f"run {run_id} went on in {target.where} as well, last at {at}, after it had begun in {source.where}",
        remedy="Look at both with `ansible-playbook resilience.drs.runs -e runs_id=...`. To let count what happened "
        "outside of the store, add `-e runs_import_force=true`; to let the store's record count, resume it: what the "
        "other one launched is found by the tags of its jobs.",
        retryable=False,
    )


def _close(source: Store, target: Store, record: Record) -> bool:
    run = record["body"]
    if run.get("moved_to") == target.where:
        return False
    made = merge.moved_away(run, target.where, source.now())
    source.put(record["run_id"], RUN, made, record["version"], run_record.index_of(made))
    return True


def _documents(source: Store, target: Store, run_id: str) -> bool:
    """Bring all documents but the run and the journal; what the store held otherwise is kept under another name."""
    changed = False
    for one in source.items(run_id):
        if shapes.kind_of(one["item"]) in (RUN, "event"):
            continue
        known = target.get(run_id, one["item"])
        if known is not None and (known["body"] == one["body"] or _is_newer(known["body"], one["body"])):
            continue
        changed = True
        if known is not None:
            name = f"{REPLACED}{run_record.digest(known['body'])[:16]}:{one['item']}"
            if target.get(run_id, name) is None:
                target.put(run_id, name, known["body"], None)
        index = {key: value for key, value in one.items() if key in store_record.INDEX_KEYS}
        version = known["version"] if known else None
        target.put(run_id, one["item"], one["body"], version, index, one.get("expires_at"))
    return changed


def _is_newer(known: t.Any, one: t.Any) -> bool:
    """Whether a record of history was recorded later than another one."""
    times = [str(body.get("recorded_at") or "") if isinstance(body, dict) else "" for body in (known, one)]
    return times[0] > times[1]


def _journal(source: Store, target: Store, run_id: str) -> bool:
    """Append the events that the store does not have."""
    events = [one["body"] for one in source.items(run_id, "event:")]
    stored = [one["body"] for one in target.items(run_id, "event:")]
    missing = merge.missing(events, stored)
    for event in missing:
        made = merge.appended(stored[-1] if stored else None, event)
        target.put(run_id, journal.event_item(made["seq"]), made, None)
        stored.append(made)
    return bool(missing)
