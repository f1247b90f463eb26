"""Gates of a plan in the run store: a pause until somebody resumes, an approval of exactly this plan.

A gate that a run went through stays open for that run and plan, so that a controller that takes the run over later does
not ask again. A pause is over when a person has resumed the run after it stopped there; that the run was taken over,
by the same request or command or for another gate, is nobody's word.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import Store
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

PAUSE, APPROVAL = "pause", "approval"
PASSED, WAITS = "passed", "waiting"
# What somebody may still cure by approving, without a change of the plan or the approver.
_MAY_COME = ("approval_missing", "approval_expired")

SPEC = {
    **STORE_SPEC,
    "run_id": {"type": "str", "required": True},
    "epoch": {"type": "int", "required": True},
    "gate": {"type": "str", "required": True},
    "type": {"type": "str", "choices": [PAUSE, APPROVAL], "required": True},
    "wave": {"type": "str"},
    "message": {"type": "str"},
}


def perform(params: dict[str, t.Any], check_mode: bool = False) -> dict[str, t.Any]:
    """Go through a gate, or stop the run at it: {open, reason, code, waiting, run, changed}; see go_through."""
    store = open_store(params["store"])
    return go_through(store, params, None, check_mode)


def go_through(
    store: Store, params: t.Mapping[str, t.Any], now: str | None, check_mode: bool = False
) -> dict[str, t.Any]:
    """See perform, {open, reason, code, waiting, run, changed}; without ``now`` the store tells the time.

    ``reason`` says why it is closed; or, where the run has just gone through, by whose word it is open.

    With ``beside`` the run has stopped at another gate already: this one is written down, and the run stays as it is.

    :raises DrsError: run_superseded, run_cancelled, run_paused, or what the store says.
    """
    name = params["gate"]
    step = lifecycle.Run(store, params, now)
    run = step.current_run()
    run_record.check_epoch(run, params["epoch"])
    beside = bool(params.get("beside"))
    if not beside:
        run_record.check_active(run)
    now = step.now
    record = store.get(run["run_id"], f"gate:{name}")
    previous = as_mapping(record).get("body") or {}
    if previous.get("status") == PASSED and previous.get("plan_hash") == run["plan_hash"]:
        return _told(run, True, "open already")
    reason, code = _closed(store, run, params, previous, now)
    body = {
        "gate": name,
        "type": params["type"],
        "wave": params.get("wave"),
        "plan_hash": run["plan_hash"],
        "epoch": run["epoch"],
        "at": now,
        "status": WAITS if reason else PASSED,
        "reason": reason,
    }
    if check_mode:
        return _told(run, not reason, reason, code)
    waits = bool(reason) and code == "gate_waiting"
    if waits and not beside:
        # The run first: if this controller dies in between, the next one stops here again instead of passing.
        said = {**params, "reason": f"gate {clean(name, 64)}: {reason}"}
        paused = lifecycle.Run(store, said, now)
        run = (paused.paused() if params["type"] == PAUSE else paused.waiting())["run"]
    store.put(run["run_id"], f"gate:{name}", body, record["version"] if record else None)
    step.append_event("gate_waiting" if waits else "gate_refused" if reason else "gate_passed", body)
    waiting = {**{key: body[key] for key in ("gate", "type", "wave")}, "message": params.get("message")}
    why = reason or _opened_by(store, run, params)
    return {**_told(run, not reason, why, code), "waiting": waiting if waits else None, "changed": True}


def _told(run: dict[str, t.Any], is_open: bool, reason: str, code: str | None = None) -> dict[str, t.Any]:
    return {"open": is_open, "reason": reason, "code": code, "waiting": None, "run": run, "changed": False}


def _opened_by(store: Store, run: dict[str, t.Any], params: t.Mapping[str, t.Any]) -> str:
    """Why a gate is open: whose word it was."""
    if params["type"] == PAUSE:
        return "passed, the run was resumed"
    approval = as_mapping(store.get(run["run_id"], f"approval:{params['gate']}")).get("body") or {}
    return f"passed, approved by {clean(approval.get('approver'), 128)}"


def _closed(
    store: Store, run: dict[str, t.Any], params: t.Mapping[str, t.Any], previous: dict[str, t.Any], now: str
) -> tuple[str, str | None]:
    """Why a gate is closed; empty when it is open."""
    if params["type"] == PAUSE:
        stopped_here = previous.get("status") == WAITS and previous.get("plan_hash") == run["plan_hash"]
        if stopped_here and previous.get("epoch", run["epoch"]) < (run.get("unpaused_epoch") or 0):
            return "", None
        return clean(params.get("message"), 200) or "waits until somebody resumes the run", "gate_waiting"
    try:
        lifecycle.check_approval(store, run, params["gate"], now)
    except DrsError as exc:
        # every line with this reason names the gate before it
        reason = exc.message.removeprefix(f"{approvals.where(run, params['gate'])}: ")
        return reason, "gate_waiting" if exc.code in _MAY_COME else "gate_refused"
    return "", None
