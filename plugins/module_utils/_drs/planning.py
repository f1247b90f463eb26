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
            "assume_role_arn": {"type": "str"},
            "error": {"type": "dict"},
            "source_servers": {**_DICTS, "default": []},
            "recovery_instances": _DICTS,
            "jobs": _DICTS,
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
    "run_id": {"type": "str"},
    "now": {"type": "str"},
    "confirm": {"type": "str"},
}

GATE_SPEC = {
    "wave": {"type": "dict", "required": True},
    "servers": {**_DICTS, "required": True},
    "policy": {"type": "dict", "default": {}},
    "cell_errors": {"type": "dict", "default": {}},
}


def plan(params: dict) -> dict:
    """Build the plan: {plan, findings, confirmation, confirmed, changed}.

    :raises DrsError: with all findings, when one of them is an error.
    """
    selection = {key: value for key, value in params["selection"].items() if value is not None}
    cells = [{key: value for key, value in cell.items() if value is not None} for cell in params["cells"]]
    built = plans.build_plan({**params, "selection": selection, "cells": cells})
    wrong = findings.errors_of(built["findings"])
    if wrong:
        raise DrsError(
            wrong[0]["code"],
            findings.failure_text(built["findings"]),
            remedy=wrong[0]["remedy"],
            details={"findings": built["findings"], "plan": built},
        )
    regions = sorted({server["region"] for wave in built["waves"] for server in wave["servers"]})
    unconfirmed = guards.confirmation(
        params["confirm"], built["mode"], built["name"], built["summary"]["servers"], regions
    )
    return {
        "plan": built,
        "findings": built["findings"],
        "confirmation": guards.confirmation_text(built["mode"], built["name"], built["summary"]["servers"], regions),
        "confirmed": not unconfirmed,
        "changed": False,
    }


def judge(params: dict) -> dict:
    """Judge a wave: the gate's verdict, and one entry for each server of the wave.

    A server without a result takes the error of its cell (``cell_errors``: {cell: {code, message, remedy, retryable}}):
    refused when a guard stopped the whole request before anything was sent, unknown otherwise.
    """
    wave = params["wave"]
    results = {(one["cell"], one["source_server_id"]): one for one in params["servers"]}
    servers = [
        results.get((one["cell"], one["source_server_id"])) or _missing(one, wave, params["cell_errors"])
        for one in wave["servers"]
    ]
    verdict = gate.gate(wave, servers, params["policy"])
    return {**verdict, "servers": servers, "summary": outcomes.summarise(servers), "changed": False}


def _missing(server: dict, wave: dict, cell_errors: dict) -> dict:
    error = cell_errors.get(server["cell"])
    if error:
        return outcomes.server_entry(outcomes.REFUSED, server, wave=wave["wave"], error=error)
    silent = DrsError("outcome_unknown", f"{server['cell']} returned no result for {server['name']}")
    return outcomes.server_entry(outcomes.UNKNOWN, server, wave=wave["wave"], error=silent)
