"""Turn the options of drs_plan into a plan, checked against guardrails and the typed confirmation."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import cast


from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import (
    check_confirmation,
    confirmation_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL, MODES
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    PastGuardrail,
    Plan,
    PlanRequest,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

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
    "except": {"type": "dict", "default": {}},
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
PLAN_RULES = {"required_one_of": [("name", "document")]}


def plan(params: Given) -> Result:
    """Build the plan: {plan, findings, valid, confirmation, confirmed, overrides, lease_until, changed}.

    :raises DrsError: with all errors among the findings, unless ``fail_on_error`` is off.
    """
    selection = {key: value for key, value in params["selection"].items() if value is not None}
    cells = [{key: value for key, value in cell.items() if value is not None} for cell in params["cells"]]
    asked = {**params, "selection": selection, "cells": cells, "left_out": params.get("except")}
    built = build.build_plan(cast(PlanRequest, asked))
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


def _hold_against_guardrails(built: Plan, params: Given) -> tuple[list[PastGuardrail], str | None]:
    """Add what the guardrails say to a plan's findings; returns what a typed reason went past, and a drill's lease."""
    read_at = [cell["read_at"] for cell in params["cells"] if cell.get("read_at")]
    now = parse_time(params["now"] or max(read_at, default=None))
    kept = guardrails.resolve(params["guardrails"], params["override_reason"], built["mode"])
    blocking, overrides = guardrails.judge(kept, built["mode"], built["waves"], now)
    built["findings"] = sorted(blocking + built["findings"], key=lambda one: one["severity"] != findings.ERROR)
    built["summary"]["errors"] += sum(1 for one in blocking if one["severity"] == findings.ERROR)
    built["summary"]["warnings"] += sum(1 for one in blocking if one["severity"] == findings.WARNING)
    return overrides, guardrails.expiry(kept, now) if now and built["mode"] == DRILL else None
