# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.
"""From the options of the modules that only compute to the pure functions that do it."""

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs import gate
from ansible_collections.resilience.drs.plugins.module_utils._drs import guards
from ansible_collections.resilience.drs.plugins.module_utils._drs import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs import plan as plans
from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import DrsError

_TEXTS = {"type": "list", "elements": "str"}
_DICTS = {"type": "list", "elements": "dict"}

PLAN_SPEC = {
    "name": {"type": "str", "required": True},
    "mode": {"type": "str", "choices": list(guards.MODES), "required": True},
    "cells": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "cell": {"type": "str", "required": True},
            "account_id": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "account_types": {**_TEXTS, "default": []},
            "error": {"type": "dict"},
            "source_servers": {**_DICTS, "default": []},
            "recovery_instances": _DICTS,
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
    "tag_keys": {"type": "dict", "default": {}},
    "allow_empty": {"type": "bool", "default": False},
    "expected_count": {"type": "int"},
    "policy": {"type": "dict", "default": {}},
    "limits": {"type": "dict", "default": {}},
    "point_in_time": {"type": "str", "default": "latest"},
    "replace_recovery_instance_ids": {**_TEXTS, "default": []},
    "now": {"type": "str"},
}

GATE_SPEC = {
    "wave": {"type": "dict", "required": True},
    "servers": {**_DICTS, "required": True},
    "policy": {"type": "dict", "default": {}},
}


def plan(params: dict) -> dict:
    """Build the plan: {plan, findings, changed}; raises one DrsError with all findings when one of them is an error."""
    selection = {key: value for key, value in params["selection"].items() if value is not None}
    built = plans.build_plan({**params, "selection": selection})
    wrong = findings.errors_of(built["findings"])
    if wrong:
        raise DrsError(
            wrong[0]["code"],
            findings.failure_text(built["findings"]),
            remedy=wrong[0]["remedy"],
            details={"findings": built["findings"], "plan": built},
        )
    return {"plan": built, "findings": built["findings"], "changed": False}


def judge(params: dict) -> dict:
    """Judge a wave: the gate's verdict, and one entry for each server of the wave."""
    wave = params["wave"]
    verdict = gate.gate(wave, params["servers"], params["policy"])
    results = {(one["cell"], one["source_server_id"]): one for one in params["servers"]}
    servers = [
        results.get((one["cell"], one["source_server_id"]))
        or outcomes.server_entry(
            outcomes.UNKNOWN,
            one,
            wave=wave["wave"],
            error=DrsError("outcome_unknown", f"{one['cell']} returned no result for {one['name']}"),
        )
        for one in wave["servers"]
    ]
    return {**verdict, "servers": servers, "summary": outcomes.summarise(servers), "changed": False}
