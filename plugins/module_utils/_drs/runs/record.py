"""The record of a run: its shape, its transitions, who may resume it. Pure.

The RUN (item ``run``): ``{schema, run_id, kind, mode, plan_name, plan_hash, request, request_hash, status, reason,
initiator, started_by, ticket, correlation_id, parent_execution, controller, epoch, created_at, declared_at,
approved_at, started_at, ended_at, ended_before, idle, idle_since (see runs/times), collection_version, cells [{cell,
account_id, region}], overrides [{guardrail, reason, by, at}], summary {outcome: number}, lease_until, approvals [gate],
scope {wave: {cell: digest}}, waves {wave: {status, at, approvals [gate]}}}``. ``request`` is what the operator gave,
for whoever resumes it; ``scope`` is which servers may be touched; ``waves`` are those whose start was written down.

``epoch`` counts the controllers: each that takes the run over adds one, and an older one is fenced out by it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import (
    batch_id,
    contradiction,
    digest,
    plan_hash,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.item import time_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time

SCHEMA = 1
DECISIONS = ("approved", "rejected")
ENDINGS = ("succeeded", "partial", "failed", "timeout")

# What makes a request the same one; the rest (policy, limits, timeouts) may differ when a run continues.
ASKED = ("mode", "name", "selection", "tag_keys", "point_in_time", "document")


def request_hash(request: Mapping[str, Any]) -> str:
    """What was asked for, without what cells said: the same request may find other servers an hour later."""
    return digest({key: request.get(key) or None for key in ASKED})


# -- scope -----------------------------------------------------------------------------------------------------------


def scope_digest(wave: Any, cell: str, ids: Iterable[str]) -> str:
    """Names the servers of a wave in a cell."""
    return batch_id("scope", wave, cell, ids)


def scope_of(plan: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Which servers of which cell belong to which wave of a plan, as digests: {wave: {cell: digest}}."""
    return {
        str(wave["wave"]): {cell: scope_digest(wave["wave"], cell, ids) for cell, ids in wave["by_cell"].items()}
        for wave in plan.get("waves") or ()
    }


def is_frozen_of(run: Mapping[str, Any], plan: Mapping[str, Any] | None) -> bool:
    """Whether a plan is the one that a run was frozen with: it holds the same servers. Its policy may have changed."""
    return plan is not None and plan.get("mode") == run["mode"] and scope_of(plan) == run["scope"]


def check_plan(run: Mapping[str, Any], plan: Any) -> None:
    """Refuse a frozen plan that is not the one of its hash, as when somebody has edited it.

    A controller that died between the two leaves a plan of the hash before.

    :raises DrsError: ``plan_changed``.
    """
    made = plan_hash(plan)
    same = made in (run["plan_hash"], run.get("plan_hash_before")) and made == plan.get("hash")
    of_hash = "has hash %s, the run was frozen with %s" % (made[:12], clean(run["plan_hash"], 12))
    if said := contradiction(plan) if same else of_hash:
        raise DrsError("plan_changed", "the plan of run %s in the store %s" % (run["run_id"], said))


def with_policy(
    frozen: Mapping[str, Any], policy: Mapping[str, Any] | None, allowed: str | None = None
) -> dict[str, Any]:
    """The frozen plan {hash, policy, allowed, ...} under the policy that is asked for now, and what it is allowed now
    (None: as before), which makes another hash of it."""
    plan: Any = dict(frozen)
    if policy is not None and policy != frozen.get("policy"):
        plan["policy"] = dict(policy)
    if allowed is not None and allowed != frozen.get("allowed"):
        plan["allowed"] = allowed
    return plan if plan == frozen else {**plan, "hash": plan_hash(plan)}


def changes(frozen: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a plan made now would do otherwise than the frozen one: it is told, and not followed.

    Returns [{change added|removed|moved, source_server_id, name, cell, wave, was}]. A server of a cell that cannot be
    read now is not removed, it is not seen.
    """
    before, after = _places(frozen), _places(fresh)
    unseen = {one.get("cell") for one in fresh.get("unknown_cells") or ()}
    result = []
    for key, server in before.items():
        if key not in after:
            if server["cell"] not in unseen:
                result.append(_change("removed", server, None, server["wave"]))
        elif after[key]["wave"] != server["wave"]:
            result.append(_change("moved", server, after[key]["wave"], server["wave"]))
    result += [_change("added", server, server["wave"], None) for key, server in after.items() if key not in before]
    return sorted(result, key=lambda one: (one["change"], one["cell"], one["name"], one["source_server_id"]))


def changes_text(changed: Sequence[Mapping[str, Any]]) -> str:
    """Changes in one sentence for people."""
    listed = ["%s %s (%s)" % (one["change"], clean(one["name"], 40), clean(one["cell"], 40)) for one in changed]
    return "The run follows the plan that it was frozen with. One made now would differ: %s" % names(listed, 10, 100)


def _places(plan: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (server["cell"], server["source_server_id"]): {**server, "wave": wave["wave"]}
        for wave in plan.get("waves") or ()
        for server in wave["servers"]
    }


def _change(kind: str, server: Mapping[str, Any], wave: Any, was: Any) -> dict[str, Any]:
    fields = {key: server.get(key) for key in ("source_server_id", "name", "cell")}
    return {"change": kind, **fields, "wave": wave, "was": was}


# -- the run ---------------------------------------------------------------------------------------------------------


def new_run(params: Mapping[str, Any], plan: Mapping[str, Any], now: str, version: str) -> dict[str, Any]:
    """A run that begins, a NewRun {schema, run_id, kind, mode, ...}. ``params`` are the options of drs_run."""
    request = dict(params.get("request") or {})
    # whom somebody names as the initiator never hides who typed it
    given = ("ticket", "correlation_id", "parent_execution", "controller", "initiator", "started_by", "declared_at")
    return {
        "schema": SCHEMA,
        "run_id": params["run_id"],
        "kind": params.get("kind") or "recovery",
        "mode": plan.get("mode"),
        "plan_name": plan.get("name"),
        **{key: params.get(key) for key in (*given, "lease_until")},
        "epoch": 0,
        "created_at": now,
        "approved_at": None,
        "started_at": None,
        "ended_at": None,
        "collection_version": version,
        "overrides": [],
        "summary": {},
        "reason": "",
        "approvals": list(params.get("approvals") or ()),
        "waves": {},
        **frozen_fields(request, plan),
    }


def frozen_fields(request: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """What the record takes from the plan it is frozen with: {plan_hash, request, request_hash, cells, scope}."""
    cells = [{key: cell.get(key) for key in ("cell", "account_id", "region")} for cell in plan.get("cells") or ()]
    return {
        "plan_hash": plan.get("hash"),
        "request": dict(request),
        "request_hash": request_hash(request),
        "cells": cells,
        "scope": scope_of(plan),
    }


def taken_over(run: Mapping[str, Any], plan: Mapping[str, Any], params: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The Run {run_id, epoch, status, ...} after a controller took it, for the first time or from another one."""
    same = plan.get("hash") == run["plan_hash"]
    approved_at = run["approved_at"] if same else None
    waiting = run["approvals"] and not approved_at
    request = dict(params.get("request") or run["request"])
    return {
        **run,
        "plan_hash": plan.get("hash"),
        "plan_hash_before": run.get("plan_hash_before") if same else run["plan_hash"],
        "request": request,
        "request_hash": request_hash(request),
        "approved_at": approved_at,
        "epoch": run["epoch"] + 1,
        **({"unpaused_epoch": run["epoch"] + 1} if params.get("end_pause") else {}),
        "controller": params.get("controller"),
        "status": "waiting" if waiting else "running",
        "reason": "waits for approval: %s" % ", ".join(run["approvals"]) if waiting else "",
        "started_at": run["started_at"] or (None if waiting else now),
        **run_times.resumed(run, now, bool(waiting)),
    }


def index_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """By what a run is found again: {status, pattern, started_at}."""
    return {"status": run["status"], "pattern": run["mode"], "started_at": run["created_at"]}


def with_override(run: Mapping[str, Any], guardrail: str, reason: str, by: Any, now: str) -> dict[str, Any]:
    """The Run with a guardrail that was overruled: {..., overrides [Override]}; the same again is not noted twice."""
    overridden = [(one["guardrail"], one["reason"]) for one in run["overrides"]]
    if (guardrail, reason) in overridden:
        return dict(run)
    return {**run, "overrides": [*run["overrides"], {"guardrail": guardrail, "reason": reason, "by": by, "at": now}]}


def check_mode_of(run: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Refuse to resume a run of another kind; raises DrsError run_id_reused."""
    if plan.get("mode") != run["mode"]:
        text = f"run_id: '{run['run_id']}' is a {run['mode']}, and cannot be resumed as a {plan.get('mode')}"
        raise DrsError("run_id_reused", text)


def check_same(run: Mapping[str, Any], request: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Refuse to resume a run that was asked for with other options.

    :raises DrsError: run_id_reused for another mode, run_plan_mismatch for another plan that other tags do not explain.
    """
    check_mode_of(run, plan)
    if plan.get("hash") == run["plan_hash"] or request_hash(request) == run["request_hash"]:
        return
    recorded = run.get("request") or {}
    differing = [key for key in ASKED if (request.get(key) or None) != (recorded.get(key) or None)]
    raise DrsError(
        "run_plan_mismatch",
        f"run_id: '{run['run_id']}' was frozen with plan {str(run['plan_hash'])[:12]}, now it is "
        f"{str(plan.get('hash'))[:12]}: {', '.join(differing) or 'the plan'} differs",
        details={"plan_hash": run["plan_hash"], "given_hash": plan.get("hash"), "options": differing},
    )


def check_alive(run: Mapping[str, Any], end_pause: Any = False) -> None:
    """Refuse a run that was cancelled, or is paused unless that ends; raises DrsError run_cancelled, run_paused."""
    if run["status"] == "cancelled":
        raise DrsError(
            "run_cancelled", f"run {run['run_id']} was cancelled: {clean(run['reason'], 200) or 'no reason'}"
        )
    if run["status"] == "paused" and not end_pause:
        raise DrsError("run_paused", f"run {run['run_id']} is paused: {clean(run['reason'], 200) or 'no reason'}")


def terminated_count(record: Mapping[str, Any] | None, proof: Mapping[str, Any]) -> int:
    """How many instances of a run all clean-ups have terminated: those before, and that of a proof."""
    return int((record or {}).get("gone") or 0) + int((proof.get("summary") or {}).get(outcomes.TERMINATED) or 0)


def check_standing(run: Mapping[str, Any], cleanup: Mapping[str, Any] | None) -> None:
    """Refuse to continue with a drill that was cleaned up: it would find nothing, and tell that as its failure.

    :param run: that of a drill.
    :param cleanup: item ``cleanup`` of the run: the last proof, see clean_up.check_cleanup, and ``gone``.
    :raises DrsError: run_cleaned.
    """
    number = (cleanup or {}).get("gone")
    if number:
        raise DrsError("run_cleaned", "run %s is over: %d of its instances were terminated" % (run["run_id"], number))


def check_active(run: Mapping[str, Any]) -> None:
    """Refuse to start anything unless the run is running; raises DrsError run_cancelled, run_paused, run_not_active."""
    check_alive(run)
    if run["status"] != "running":
        raise DrsError("run_not_active", f"run {run['run_id']} is {run['status']}")


def check_epoch(run: Mapping[str, Any], epoch: int | None) -> None:
    """Refuse a controller that another one has followed; raises DrsError run_superseded."""
    if epoch != run["epoch"]:
        raise DrsError(
            "run_superseded",
            f"run {run['run_id']}: {clean(run['controller'], 80)} has taken it over "
            f"(epoch {run['epoch']}, ours {epoch})",
            details={"epoch": run["epoch"], "controller": run["controller"]},
        )


def check_effect(run: Mapping[str, Any], epoch: int | None, wave: Any, cell: str, ids: Sequence[str]) -> None:
    """Everything that must hold in the record right before servers are launched.

    :raises DrsError: run_superseded, run_cancelled, run_paused, run_not_active, intent_missing, outside_scope.
    """
    check_epoch(run, epoch)
    check_active(run)
    if str(wave) not in run["waves"]:
        raise DrsError("intent_missing", f"run {run['run_id']} has no intent for wave {clean(wave, 64)}")
    if (run["scope"].get(str(wave)) or {}).get(cell) != scope_digest(wave, cell, ids):
        raise DrsError(
            "outside_scope",
            f"{count(len(ids), 'server')} of wave {clean(wave, 64)} in {cell}: these are not those of the plan of "
            f"run {run['run_id']}",
        )


def gates_before(run: Mapping[str, Any], wave: Any) -> list[str]:
    """The approvals that must be there before a wave starts: those of the run, and those of the wave."""
    own = (run["waves"].get(str(wave)) or {}).get("approvals") or ()
    return list(dict.fromkeys([*run["approvals"], *own]))


def check_approval(run: Mapping[str, Any], gate: str, approval: Mapping[str, Any] | None, now: str) -> None:
    """Refuse what nobody, the wrong one or somebody long ago has approved.

    :raises DrsError: approval_missing, approval_rejected, approval_void, approval_own, approval_expired.
    """
    where = approvals.where(run, gate)
    if approval is None:
        raise DrsError("approval_missing", f"{where}: nobody has approved plan {str(run['plan_hash'])[:12]}")
    if approval.get("decision") != "approved":
        raise DrsError("approval_rejected", f"{where}: {clean(approval.get('approver'), 64)} has not approved it")
    if approval.get("plan_hash") != run["plan_hash"]:
        raise DrsError(
            "approval_void", f"{where}: was given for plan {clean(approval.get('plan_hash'), 12)}, not for this one"
        )
    approvals.check_approver(run, approval.get("approver"), approval.get("approved_by"))
    until = parse_time(approval.get("expires_at"))
    moment = parse_time(now)
    if until is None or moment is None or until <= moment:
        raise DrsError("approval_expired", f"{where}: the approval ended at {clean(approval.get('expires_at'), 40)}")


def until(expires_at: Any, hours: Any, now: str) -> str:
    """When an approval ends: at the time given, else so many hours from now.

    :raises DrsError: invalid_option for what is no time, or not in the future.
    """
    begin = parse_time(now)
    if expires_at is None and begin is not None:
        expires_at = begin + timedelta(hours=int(hours or 0))
    text = time_text(expires_at, "expires_at")
    if text <= now:
        raise DrsError("invalid_option", f"expires_at: {text} is not later than now, {now}")
    return text


def ending(summary: Mapping[str, Any], stopped: str, complete: bool, timed_out: bool) -> str:
    """The status of a run that is over, from its totals by outcome and why it stopped."""
    total = sum(number for outcome, number in summary.items() if outcome in outcomes.OUTCOMES)
    good = summary.get(outcomes.LAUNCHED, 0)
    if timed_out:
        return "timeout"
    if not stopped and complete and good == total:
        return "succeeded"
    return "partial" if good else "failed"
