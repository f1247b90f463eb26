"""From the options of the modules that only compute to the pure functions that do it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_verdict as gate
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import (
    check_confirmation,
    confirmation_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL, MODES
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs as joblib
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build as plans
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time

_TEXTS = {"type": "list", "elements": "str"}
_DICTS = {"type": "list", "elements": "dict"}

PLAN_SPEC = {
    "name": {"type": "str"},
    "document": {"type": "dict"},
    "mode": {"type": "str", "choices": list(MODES), "required": True},
    "cells": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "cell": {"type": "str", "required": True},
            "account_id": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "account_types": {**_TEXTS, "default": []},
            "assume_role_arn": {"type": "str"},
            "error": {"type": "dict"},
            "source_servers": _DICTS,
            "recovery_instances": _DICTS,
            "jobs": _DICTS,
            "read_at": {"type": "str"},
        },
    },
    "selection": {
        "type": "dict",
        "default": {},
        "options": {
            "tags": {"type": "dict"},
            "source_server_ids": _TEXTS,
            "applications": _TEXTS,
            "waves": _TEXTS,
        },
    },
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    "allow_empty": {"type": "bool", "default": False},
    "expected_count": {"type": "int"},
    "policy": {"type": "dict", "default": {}},
    "limits": {"type": "dict", "default": {}},
    "point_in_time": {"type": "str", "default": "latest"},
    "replace_recovery_instance_ids": {**_TEXTS, "default": []},
    "run_id": {"type": "str"},
    "now": {"type": "str"},
    **guardrails.GUARDRAILS_SPEC,
    "confirm": {"type": "str"},
    "fail_on_error": {"type": "bool", "default": True},
}


GATE_SPEC = {
    "wave": {"type": "dict", "required": True},
    "launched": {"type": "dict", "required": True},
    "waited": {"type": "dict", "default": {}},
    "policy": {"type": "dict", "default": {}},
    "success": {**_TEXTS, "default": [outcomes.LAUNCHED]},
}

CLEANUP_SPEC = {
    "run_id": {"type": "str"},
    "recovery_instance_ids": {**_TEXTS, "default": []},
    "expired_only": {"type": "bool", "default": False},
    "started": {"type": "dict", "required": True},
    "waited": {"type": "dict", "default": {}},
    "left": {"type": "dict", "default": {}},
}

# What EC2 says of a machine that no longer runs and will not again.
_GONE = ("TERMINATED", "SHUTTING-DOWN")
_DONE = (outcomes.TERMINATED, outcomes.SKIPPED, outcomes.PLANNED)


def plan(params: dict) -> dict:
    """Build the plan: {plan, findings, valid, confirmation, confirmed, overrides, lease_until, changed}.

    :raises DrsError: with all errors among the findings, unless ``fail_on_error`` is off.
    """
    selection = {key: value for key, value in params["selection"].items() if value is not None}
    cells = [{key: value for key, value in cell.items() if value is not None} for cell in params["cells"]]
    built = plans.build_plan({**params, "selection": selection, "cells": cells})
    if params["run_id"] is not None:
        built["findings"] = valid_id("run", params["run_id"]) + built["findings"]
    overrides, lease_until = _hold_against_guardrails(built, params)
    wrong = findings.errors_of(built["findings"])
    if wrong and params["fail_on_error"]:
        raise findings.refusal(wrong)
    regions = sorted({server["region"] for wave in built["waves"] for server in wave["servers"]})
    unconfirmed = check_confirmation(
        params["confirm"], built["mode"], built["name"], built["summary"]["servers"], regions
    )
    return {
        "plan": built,
        "findings": built["findings"],
        "valid": not wrong,
        "confirmation": confirmation_text(built["mode"], built["name"], built["summary"]["servers"], regions),
        "confirmed": not unconfirmed,
        "overrides": overrides,
        "lease_until": lease_until,
        "changed": False,
    }


def _hold_against_guardrails(built: dict, params: dict) -> tuple[list[dict], str | None]:
    """Add what the guardrails say to a plan's findings; returns what a typed reason went past, and a drill's lease."""
    read_at = [cell["read_at"] for cell in params["cells"] if cell.get("read_at")]
    now = parse_time(params["now"] or max(read_at, default=None))
    kept = guardrails.resolve(params["guardrails"], params["override_reason"], built["mode"])
    told, overrides = guardrails.judge(kept, built["mode"], built["waves"], now)
    built["findings"] = sorted(told + built["findings"], key=lambda one: one["severity"] != findings.ERROR)
    built["summary"]["errors"] += sum(1 for one in told if one["severity"] == findings.ERROR)
    built["summary"]["warnings"] += sum(1 for one in told if one["severity"] == findings.WARNING)
    return overrides, guardrails.expiry(kept, now) if now and built["mode"] == DRILL else None


def judge(params: dict) -> dict:
    """Judge a wave: the gate's verdict, and one entry for each server of the wave.

    ``launched`` and ``waited`` are the results of drs_recovery and drs_job_wait by cell. A server without an entry
    takes the error of its cell: refused when the launch failed as a whole, which is before anything was sent; unknown
    otherwise. Of a run that was cancelled, ``launched`` has the results of drs_job_info: each server is then what the
    newest job that holds it says, and one that no job holds was not launched.
    """
    wave, launched, waited = params["wave"], params["launched"], params["waited"]
    found = {
        (one["cell"], one["source_server_id"]): one
        for cell in launched
        for one in _entries(launched.get(cell), waited.get(cell))
    }
    servers = [
        found.get((one["cell"], one["source_server_id"]))
        or _in_jobs(one, wave, launched.get(one["cell"]), waited.get(one["cell"]))
        or _missing(one, wave, launched.get(one["cell"]))
        for one in wave["servers"]
    ]
    verdict = gate.gate(wave, servers, params["policy"], params.get("success") or (outcomes.LAUNCHED,))
    # "failed" means something else in a module's result
    verdict["bad_servers"] = verdict.pop("failed")
    return {**verdict, "servers": servers, "summary": outcomes.summarise(servers), "changed": False}


def _entries(started: dict | None, waited: dict | None) -> list[dict]:
    """The server entries of a cell: those after the wait, else those before it."""
    for result in (waited, started):
        if result and result.get("servers") is not None:
            return result["servers"]
    return []


def _in_jobs(server: dict, wave: dict, started: dict | None, waited: dict | None) -> dict | None:
    """The entry of a server from the jobs of its cell; None when they were not read, or are told server by server."""
    if (started or {}).get("servers") is not None or (started or {}).get("jobs") is None:
        return None
    named = {**server, "wave": wave["wave"]}
    # after the wait the same jobs are told again, further on
    jobs = {job["job_id"]: job for told in (started, waited) for job in (told or {}).get("jobs") or ()}
    own = [
        job
        for job in jobs.values()
        if job["type"] == joblib.LAUNCH and server["source_server_id"] in joblib.server_ids(job)
    ]
    if own:
        return joblib.entry(max(own, key=lambda job: str(job["created_at"])), named, adopted=True)
    never = DrsError("run_cancelled", f"{server['name']} was not launched before the run was cancelled")
    return outcomes.server_entry(outcomes.REFUSED, named, error=never)


def _failed(result: dict | None, key: str) -> dict | None:
    """The error of a task that returned no ``key``, None when it did or was skipped."""
    if not result or result.get(key) is not None or result.get("skipped"):
        return None
    return result.get("error") or outcomes.error_entry(DrsError("internal_error", str(result.get("msg") or "")))


def _unread(result: dict | None) -> dict | None:
    """Why a cell's recovery instances were not read, None when they were: an answer that is missing proves nothing."""
    if (result or {}).get("recovery_instances") is not None:
        return None
    silent = DrsError("cell_unreadable", "its recovery instances were not read")
    return _failed(result, "recovery_instances") or outcomes.error_entry(silent)


def _missing(server: dict, wave: dict, launched: dict | None) -> dict:
    error = _failed(launched, "servers")
    if error:
        return outcomes.server_entry(outcomes.REFUSED, server, wave=wave["wave"], error=error)
    silent = DrsError("outcome_unknown", f"{server['cell']} returned no result for {server['name']}")
    return outcomes.server_entry(outcomes.UNKNOWN, server, wave=wave["wave"], error=silent)


def check_cleanup(params: dict) -> dict:
    """Put the proof of a clean-up together: {servers, left, unknown_cells, clean, summary}.

    ``started``, ``waited`` and ``left`` are the results of drs_recovery, drs_job_wait and drs_recovery_instance_info by
    cell; without ``left`` (check mode) nothing is proven. A request without run or ids was for every drill of this
    collection, so any drill instance that stands is left over; otherwise, and where only those were asked for whose
    lease is over, only what was asked for is, and ``others`` counts the drill instances besides. ``asked`` says in
    words what the proof is about.
    """
    started, waited, left = params["started"], params["waited"], params["left"]
    servers = _found(one for cell in started for one in _entries(started[cell], waited.get(cell)))
    narrow = bool(params["run_id"] or params["recovery_instance_ids"] or params.get("expired_only"))
    wanted = {one["recovery_instance_id"] for one in servers} | set(params["recovery_instance_ids"])
    alive = [
        instance
        for result in left.values()
        for instance in (result or {}).get("recovery_instances") or []
        if instance["ec2_instance_state"] not in _GONE
    ]
    drills = [one for one in alive if one["is_drill"] is not False]
    standing = [one for one in alive if one["recovery_instance_id"] in wanted] if narrow else drills
    ours = {one["recovery_instance_id"] for one in standing}
    errors = {cell: _failed(started[cell], "servers") for cell in started}
    for cell in {*started, *left} if left else ():
        errors[cell] = errors.get(cell) or _unread(left.get(cell))
    unknown = [{"cell": cell, "error": error} for cell, error in sorted(errors.items()) if error]
    bad = [one for one in servers if one["outcome"] not in _DONE]
    return {
        "servers": servers,
        "left": standing if left else None,
        "others": sum(1 for one in drills if one["recovery_instance_id"] not in ours),
        "asked": _asked(params),
        "unknown_cells": unknown,
        "clean": not (bad or standing or unknown),
        "summary": outcomes.summarise(servers),
        "changed": False,
    }


def _asked(params: dict) -> str:
    if params["run_id"]:
        return "of run %s" % clean(params["run_id"], 128)
    if params["recovery_instance_ids"]:
        return "of those that were named"
    return "whose lease is over" if params.get("expired_only") else ""


def _found(entries: Iterable[dict]) -> list[dict]:
    """Leave out that an instance is not in one cell when it is in another; one that is nowhere is said once."""
    listed = list(entries)
    known = {one["recovery_instance_id"] for one in listed if one["outcome"] != outcomes.SKIPPED}
    told: list[dict] = []
    for one in listed:
        if one["outcome"] == outcomes.SKIPPED:
            if one["recovery_instance_id"] in known:
                continue
            known.add(one["recovery_instance_id"])
        told.append(one)
    return told
