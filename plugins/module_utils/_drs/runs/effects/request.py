"""Dispatch the options of drs_run and drs_run_info to the run store."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import log as run_log
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import put_back
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import KINDS, OF_RUNS, STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.fence import DOWN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import RUN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import Store
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import sentence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Spec

_DICT = {"type": "dict", "default": {}}
_DICTS = {"type": "list", "elements": "dict", "default": []}
_TEXT = {"type": "str"}
_TEXTS = {"type": "list", "elements": "str", "default": []}

STATES = (
    "planned",
    "begun",
    "waiting",
    "wave_intended",
    "wave_done",
    "finished",
    "paused",
    "cancelled",
    "approved",
    "noted",
    "cleaned",
    "imported",
)

RUN_SPEC: Spec = {
    **STORE_SPEC,
    "state": {"type": "str", "choices": list(STATES), "required": True},
    "run_id": {"type": "str", "required": True},
    "epoch": {"type": "int"},
    "kind": {"type": "str", "choices": list(KINDS), "default": "recovery"},
    "plan": {"type": "dict"},
    "request": _DICT,
    "confirm": _TEXT,
    "confirmed_by": _TEXT,
    "approvals": _TEXTS,
    "initiator": _TEXT,
    "controller": _TEXT,
    "ticket": _TEXT,
    "correlation_id": _TEXT,
    "parent_execution": _TEXT,
    "declared_at": _TEXT,
    "lease_until": _TEXT,
    "overrides": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "guardrail": {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
            "by": _TEXT,
        },
    },
    "wave": _TEXT,
    "servers": _DICTS,
    "verdict": _DICT,
    "jobs": _TEXTS,
    "validation": {"type": "dict"},
    "status": {"type": "str", "choices": list(run_record.ENDINGS)},
    "reason": _TEXT,
    "summary": _DICT,
    "complete": {"type": "bool", "default": True},
    "timed_out": {"type": "bool", "default": False},
    "end_pause": {"type": "bool", "default": False},
    "actor": _TEXT,
    "gate_name": {"type": "str", "default": "start"},
    "approver": _TEXT,
    "decision": {"type": "str", "choices": list(run_record.DECISIONS), "default": "approved"},
    "plan_hash": _TEXT,
    "expires_at": _TEXT,
    "expires_hours": {"type": "int", "default": 24},
    "event": _TEXT,
    "data": {"type": "dict"},
    "without_store": _TEXT,
    "log_path": {"type": "path"},
    "import_from": {"type": "path"},
    "force": {"type": "bool", "default": False},
}

RUN_INFO_SPEC = {
    **STORE_SPEC,
    "run_id": _TEXT,
    "status": {"type": "str", "choices": list(STATUSES)},
    "mode": {"type": "str", "choices": list(OF_RUNS)},
    "since": _TEXT,
    "until": _TEXT,
    "limit": {"type": "int", "default": 20},
    "token": {"type": "str", "no_log": False},
}

# What a step takes beside the options of drs_run: the controller knows it, and nobody types it.
_OF_THE_CONTROLLER = ("options", "typed_by", "sessions", "versions", "widened")
# The steps that only look.
_READING = ("planned",)
# The steps that say so when two clocks differ; a wave more or less need not say it again.
_TELLING = ("begun", "approved", "paused", "cancelled", "finished")


def params_of(state: str, **given: t.Any) -> dict[str, t.Any]:
    """The parameters of a step for ``perform``, with the defaults of what is not given.

    :returns: ``{option of RUN_SPEC: its value}``.
    :raises TypeError: a name that no step takes. A result under another name would be lost without a word.
    """
    unknown = sorted(set(given).difference(RUN_SPEC, _OF_THE_CONTROLLER))
    if unknown:
        raise TypeError(f"{state}: no step of a run takes {', '.join(unknown)}")
    spec: t.Any = RUN_SPEC
    return {**{key: copy.deepcopy(option.get("default")) for key, option in spec.items()}, **given, "state": state}


def perform(params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Do one step of a run; see lifecycle.Run.

    When the store cannot be reached and ``without_store`` says why that must not stop a recovery, a run begins in the
    directory of this machine instead, and ``store`` says so for the steps that follow. A store that goes away later
    leaves those steps unwritten: the jobs' tags still tell the next controller what was launched.

    :returns: ``{store, degraded, overrides, warnings, changed, events, run}``, and what the step returns.
    :raises DrsError: what the step raises, or what the store says.
    """
    options = {key: value for key, value in params["store"].items() if value is not None}
    if params["state"] == "imported":
        return _imported(options, params, check_mode)
    try:
        return _step(options, params, check_mode)
    except DrsError as exc:
        reason = (params["without_store"] or "").strip()
        if exc.code not in DOWN or not reason:
            raise
        mode = (params["plan"] or {}).get("mode", "recovery")
        if mode != "recovery":
            raise DrsError(exc.code, f"{exc.message} (without_store is for a recovery, not for a {mode})") from None
        overrides = [*params["overrides"], {"guardrail": "run_store", "reason": reason}]
        if params["state"] in ("planned", "begun"):
            result = _step({"backend": "directory"}, {**params, "overrides": overrides}, check_mode)
            back = put_back.command(params["run_id"])
            where = f"in {open_store(result['store']).where} (when the store is back: {back})"
        else:
            result = {"store": options, "run": None, "events": [], "warnings": [], "changed": False}
            where = "unwritten"
        warnings = [*result["warnings"], f"{sentence(exc)} Continuing without it, {where}: {reason}"]
        return {**result, "degraded": True, "overrides": overrides, "warnings": warnings}


def _step(options: dict[str, t.Any], params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    store = open_store(options)
    run = lifecycle.Run(store, params)
    result = {
        "store": options,
        "degraded": False,
        "overrides": params["overrides"],
        "warnings": [],
        "changed": False,
    }
    if check_mode and params["state"] not in _READING:
        return {**result, "run": run.load()[0], "events": []}
    result.update(getattr(run, params["state"])(), events=run.events)
    if params["log_path"]:
        record = result["run"] or {}
        names = {key: record.get(key) for key in ("run_id", "correlation_id", "plan_name", "mode", "status", "epoch")}
        problems = [run_log.write(params["log_path"], {**names, **event}) for event in run.events]
        result["warnings"] = [one for one in problems if one]
    result["warnings"] += _clocks(store, run, result["run"], params["state"])
    if params["state"] == "planned":
        result["warnings"] += [
            f"run {one['run_id']} went on without this store, in {one['where']}. Put it back first: {one['command']}"
            for one in put_back.waiting(store, run_id=params["run_id"])
        ]
    if params["state"] == "planned" and result["changes"]:
        result["warnings"].append(run_record.changes_text(result["changes"]))
    return result


def _imported(options: dict[str, t.Any], params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Put a run back into its store; see put_back."""
    store, source = open_store(options), put_back.local_store(params["import_from"])
    by = params["actor"] or params["initiator"]
    told = put_back.put_back(source, store, params["run_id"], by, params["force"], check_mode, params.get("typed_by"))
    return {"store": options, "degraded": False, "overrides": [], "warnings": [], **told}


def _clocks(store: Store, step: lifecycle.Run, run: dict[str, t.Any] | None, state: str) -> list[str]:
    """What is wrong with the times of a run, said where it begins, ends, and where somebody decides."""
    if state not in _TELLING:
        return []
    said = [run_times.skew_text(clock.now(), store.now()), run_times.problem(run or {})]
    if step.behind > run_times.SKEW:
        said.append(f"the clock is {step.behind} seconds behind what the journal of run {step.run_id} says")
    return [f"clock_problem: {one}" for one in said if one]


def stored_run(store: Store, run_id: str) -> dict[str, t.Any]:
    """Everything that a store holds of a run: {run, plan, waves, approvals, events, cleanup, history}.

    :raises DrsError: run_unknown, or what the store says.
    """
    result: dict[str, t.Any] = {
        "run": None, "plan": None, "cleanup": None, "waves": [], "approvals": [], "events": [], "history": []
    }  # fmt: skip
    groups = {"wave": "waves", "approval": "approvals", "event": "events", "account": "history"}
    for record in store.items(run_id):
        kind = record["item"].partition(":")[0]
        if kind in groups:
            result[groups[kind]].append(record["body"])
        elif kind in result:
            result[kind] = record["body"]
    if result["run"] is None and not result["history"]:
        raise DrsError("run_unknown", f"run_id: '{run_id}' is not in {store.where}")
    return result


def read(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """One run with everything that the store holds of it, or the list of runs and what of it cannot be read.

    :returns: ``{changed, now, runs}``; of one run also what ``whole`` returns, and ``journal_problems [text]``; of the
        list also ``token``, ``unreadable [Trouble]`` and ``elsewhere`` (put_back.waiting).
    :raises DrsError: run_unknown, or what the store says.
    """
    store = open_store(params["store"])
    if params["run_id"]:
        parts = stored_run(store, params["run_id"])
        problems = [one["problem"] for one in proof.problems(parts["events"], parts)]
        return {"changed": False, "now": store.now(), **parts, "journal_problems": problems, "runs": []}
    asked = {key: params[key] for key in ("status", "since", "until", "limit", "token")}
    records, token, odd = store.query(pattern=params["mode"], item=RUN, **asked)
    result = {
        "changed": False,
        "now": store.now(),
        "token": token,
        "unreadable": odd,
        "elsewhere": put_back.waiting(store),
    }
    return {**result, "runs": [one["body"] for one in records]}
