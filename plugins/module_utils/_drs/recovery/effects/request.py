"""Dispatch the options of drs_recovery to launching or terminating."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import MODES
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import replication_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

_IDS = {"type": "list", "elements": "str"}

RECOVERY_SPEC = {
    "state": {"type": "str", "choices": ["launched", "terminated"], "required": True},
    "mode": {"type": "str", "choices": list(MODES)},
    "run_id": {"type": "str"},
    "every_run": {"type": "bool", "default": False},
    "wave": {"type": "str", "default": "1"},
    "servers": {"type": "list", "elements": "dict"},
    "source_server_ids": _IDS,
    "recovery_instance_ids": _IDS,
    "confirm_recovery_instance_ids": _IDS,
    "replace_recovery_instance_ids": _IDS,
    "adopt_job_ids": _IDS,
    "point_in_time": {"type": "str", "default": "latest"},
    "policy": {
        "type": "dict",
        "default": {},
        "options": {
            "allow_stale": {"type": "bool"},
            "max_lag_seconds": {"type": "str"},
            "min_readiness": {"type": "str", "choices": list(replication_policy.MIN_READINESS)},
            "post_launch": {"type": "str", "choices": list(post_launch.RULES)},
        },
    },
    **guardrails.GUARDRAILS_SPEC,
    "expired_only": {"type": "bool", "default": False},
    "drill_network": drill_network.NETWORK_SPEC,
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    "limits": {"type": "dict", "default": {}},
    "retry_failed": {"type": "bool", "default": False},
    "retry_jobs": {"type": "list", "elements": "str"},
    "lookback_hours": {"type": "int", "default": 48},
    **STORE_SPEC,
    "run_epoch": {"type": "int"},
    "store_override": {"type": "str"},
}


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Do what the options of drs_recovery ask for."""
    for number, server in enumerate(params.get("servers") or []):
        if not isinstance(server.get("source_server_id"), str):
            raise DrsError("invalid_option", f"servers[{number}].source_server_id: every server needs its id")
    request = {key: params[key] for key in RECOVERY_SPEC if params.get(key) is not None}
    request["policy"] = {key: value for key, value in (request.get("policy") or {}).items() if value is not None}
    request["store"] = {key: value for key, value in (request.get("store") or {}).items() if value is not None}
    if request.get("run_id") is not None:
        problems = valid_id("run", request["run_id"])
        if problems:
            raise findings.refusal(problems)
    act = launch.launch if params["state"] == "launched" else terminate.terminate
    result = act(cell, request, check_mode)
    retried = result.pop("retried", None)
    if request.get("retry_failed") and retried is not None:
        # a wait repeats this request for what is queued: what fails in between has had its try
        request = {"retry_jobs": retried, **request}
    return {**result, "request": request}
