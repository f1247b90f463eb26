"""What a verb leaves for the next job of a workflow: the figures of the page that it shows at its end, as data."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data

NAME = "drs_artifact"
"""The variable that the next job has; a platform hands it on."""
VERBS = {
    "status": "status",
    "plan": "recovery",
    "run": "recovery",
    "cleanup": "terminate",
    "deploy_plan": "agent_deploy",
    "deploy": "agent_deploy",
    "extension": "server_extend",
    "capacity": "capacity",
    "runs": "runs",
    "journal": "runs",
    "report": "report",
    "failback_plan": "failback",
    "failback": "failback",
    "launch_settings": "launch_settings",
    "replication_settings": "replication_settings",
    "launch_actions": "launch_actions",
    "setup": "account_setup",
    "tag_sync": "tag_sync",
    "history": "history",
    "readiness": "readiness",
}
"""The role that ends with a page of that kind."""
_TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What a verb of resilience.drs leaves for the next job, as the variable drs_artifact",
    "type": "object",
    "properties": {
        "version": {"const": 1},
        "verb": {"enum": sorted(set(VERBS.values())), "description": "The role that was run."},
        "mode": {**_TEXT, "description": "Such as drill, failback or check; empty where a verb has one mode only."},
        "run_id": {**_TEXT, "description": "The run or the deployment; empty where there is none."},
        "status": {
            **_TEXT,
            "description": "Of a run the status of its record, of a report its verdict; else complete or incomplete.",
        },
        "counts": {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0},
            "description": "How many servers have which outcome.",
        },
        "coverage": {"enum": ["complete", "incomplete"], "description": "Whether every cell was read."},
        "uncovered": {"type": "array", "items": _TEXT, "description": "The cells that were not read."},
        "next": {**_TEXT, "description": "The command to type next; empty where there is none."},
        "report_path": {**_TEXT, "description": "The folder of the report, empty without one."},
        "evidence_path": {**_TEXT, "description": "The folder of the evidence, empty without one."},
    },
    "additionalProperties": False,
}
SCHEMA["required"] = list(SCHEMA["properties"])
_SERVICE = ("AgentRole", "FailbackRole", "ConversionServerRole", "RecoveryInstanceRole", "ReplicationServerRole")
_OUTPUTS = {
    "account": [
        *("OrchestrationRoleArn", "CleanUpRoleArn", *(name + "Arn" for name in _SERVICE)),
        "RecoveryInstanceWithLaunchActionsRoleArn",
    ],
    "staging": ["KeyArn"],
    "hub": ["HistoryTable", "TopicArn"],
    "monitoring": [],
    "dashboard": ["DashboardName"],
    "trust": ["StagingRoleArn", "ReplicationRoleArn", "AgentRoleArn", "AuthorizedRoleArn"],
}
"""The names and ARNs that each stack of the set-up makes; a stack of trust is named for the account that it trusts."""


def _stack(names: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, _TEXT), "additionalProperties": False}


SETUP_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What the set-up of resilience.drs leaves for the next job, as the variable drs_setup: by cell and stack",
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "description": "The stacks that this cell applied, with the names and ARNs that are there. Stacks of an "
        "account stand with one of its cells; hub and dashboard with the first cell of all.",
        "properties": {stack: _stack(names) for stack, names in _OUTPUTS.items() if stack != "trust"},
        "patternProperties": {"^trust-[0-9]{12}$": _stack(_OUTPUTS["trust"])},
        "additionalProperties": False,
    },
}


def artifact(kind: str, data: Data, command: str = "") -> dict[str, Any] | None:
    """What the verb leaves that ends with this page; None for a page that is not the end of one.

    :param kind: of the page, with ``data`` as ``render.render`` takes it.
    :param command: the command to type next.
    :returns: as SCHEMA says.
    """
    if kind not in VERBS:
        return None
    plan, run = _mapping(data.get("plan")), _mapping(data.get("run"))
    report, evidence = _mapping(data.get("report")), _mapping(data.get("evidence"))
    lost = [one for one in _mappings(data.get("cells")) if one.get("error")]
    lost += _mappings(data.get("unknown_cells") or plan.get("unknown_cells"))
    # cells that left the play on their way, as a failed set-up makes them
    lost += [{"cell": one} for one in data.get("failed_cells") or ()]
    uncovered = sorted({clean(one.get("cell"), 64) for one in lost})
    names = [data.get("run_id"), data.get("deployment_id"), run.get("run_id"), report.get("run_id")]
    if kind in ("run", "failback"):
        names.insert(0, data.get("name"))
    if kind == "cleanup":
        names.insert(0, str(data.get("asked") or "").removeprefix("of run "))
    coverage = "incomplete" if uncovered else "complete"
    status = data.get("status") or run.get("status") or _mapping(report.get("verdict")).get("word") or coverage
    return {
        "version": 1,
        "verb": VERBS[kind],
        "mode": clean(data.get("mode") or run.get("mode") or plan.get("mode"), 40),
        "run_id": next((clean(name, 128) for name in names if name), ""),
        "status": clean(status, 40),
        "counts": dict(Counter(clean(one["outcome"], 40) for one in _servers(data) if one.get("outcome"))),
        "coverage": coverage,
        "uncovered": uncovered,
        "next": clean(command),
        "report_path": clean(data.get("report_path") or report.get("path"), 400),
        "evidence_path": clean(evidence.get("path"), 400),
    }


def stats(left: Mapping[str, Any] | None) -> dict[str, Any]:
    """The part of an action's result by which Ansible keeps an artifact; none of None."""
    return {"ansible_stats": {"data": {NAME: dict(left)}, "per_host": False, "aggregate": False}} if left else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _servers(data: Data) -> list[Mapping[str, Any]]:
    """The entries of all servers on a page, wherever they stand."""
    places = [data, *(one for key in ("waves", "cells", "results") for one in _mappings(data.get(key)))]
    return [server for place in places for server in _mappings(place.get("servers"))]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """Those of a list; a page may have a number of cells in the place of cells."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, (list, tuple)) else []
