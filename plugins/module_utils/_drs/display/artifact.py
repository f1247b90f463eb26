"""What a verb leaves for the next job of a workflow: the figures of the page that it shows at its end, as data."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
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
    "watch": "runs",
    "evidence": "evidence",
}
"""The role that ends with a page of that kind; C(evidence) is a playbook without one."""
ROLES = {
    **dict.fromkeys(("approve", "cancel", "pause", "resume", "runs", "watch"), "runs"),
    **dict.fromkeys(("drill", "failover"), "recovery"),
    **dict.fromkeys(("failback", "failback_drill"), "failback"),
    **dict.fromkeys(("sweep", "terminate"), "terminate"),
    **{
        name: name
        for name in (
            *("capacity", "history", "launch_actions", "launch_settings", "orchestrate", "readiness"),
            *("replication_settings", "report", "status"),
        )
    },
    "deploy_agents": "agent_deploy",
    "extend": "server_extend",
    "setup": "account_setup",
    "sync_tags": "tag_sync",
    "verify_evidence": "evidence",
}
"""By playbook the role that it runs."""
FAILED = "failed"
_NOT_OF_A_RECORD = ("complete", "incomplete")
_TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What a verb of resilience.drs leaves for the next job, as the variable drs_artifact",
    "type": "object",
    "properties": {
        "version": {"const": 1},
        "verb": {
            "enum": sorted({*VERBS.values(), *ROLES.values()}),
            "description": "The role that was run; evidence for the playbook verify_evidence.",
        },
        "mode": {**_TEXT, "description": "Such as drill, failback or check; empty where a verb has one mode only."},
        "run_id": {**_TEXT, "description": "The run or the deployment; empty where there is none."},
        "status": {
            **_TEXT,
            "description": "Of a run the status of its record, of a report its verdict; else complete or incomplete. "
            "failed where the playbook failed and it is neither of the first two.",
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
        "error": {
            **_TEXT,
            "description": "The code of the error that the playbook failed with, as docs/troubleshooting.md has it; "
            "empty where none did, and where it failed for what status and counts say.",
        },
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
    view, about = _mapping(data.get("view")), _mapping(data.get("about"))
    names = [one.get("run_id") for one in (view, about, data, run, report)]
    names.insert(3, data.get("deployment_id"))
    if kind in ("run", "failback"):
        names.insert(0, data.get("name"))
    if kind == "cleanup":
        names.insert(0, str(data.get("asked") or "").removeprefix("of run "))
    coverage = "incomplete" if uncovered else "complete"
    counts = dict(Counter(clean(one["outcome"], 40) for one in _servers(data) if one.get("outcome")))
    status = (
        view.get("status")
        or ("unchanged" if kind == "evidence" else "")
        or data.get("status")
        or run.get("status")
        or _mapping(report.get("verdict")).get("word")
        or coverage
    )
    return {
        "version": 1,
        "verb": VERBS[kind],
        "mode": clean(view.get("mode") or data.get("mode") or run.get("mode") or plan.get("mode"), 40),
        "run_id": next((clean(name, 128) for name in names if name), ""),
        "status": clean(status, 40),
        "counts": counts or dict(view.get("servers") or {}),
        "coverage": coverage,
        "uncovered": uncovered,
        "next": clean(command),
        "report_path": clean(data.get("report_path") or (data.get("path") if view else "") or report.get("path"), 400),
        "evidence_path": clean(evidence.get("path") or (data.get("path") if about else ""), 400),
        "error": "",
    }


def of_answer(document: Mapping[str, Any], done: Mapping[str, Any]) -> dict[str, Any]:
    """What orchestrate leaves besides its document: the same fields as any other verb.

    :param document: see orchestration/schema.
    :param done: what the role of the action left, with its ``next`` command and its ``report_dir``.
    """
    lost = [clean(one, 64) for one in document["coverage"]["unreadCells"]]
    return {
        "version": 1,
        "verb": "orchestrate",
        "mode": clean(document["action"], 40),
        "run_id": clean(document["runId"], 128),
        "status": clean(document["status"], 40),
        "counts": {key: number for key, number in document["summary"]["byOutcome"].items() if number},
        "coverage": "complete" if document["coverage"]["complete"] else "incomplete",
        "uncovered": lost,
        "next": clean(done.get("next")),
        "report_path": clean(done.get("report_dir"), 400),
        "evidence_path": "",
        "error": clean(_mapping(document["error"]).get("code"), 60),
    }


def refused(role: str, run_id: str, code: str) -> dict[str, Any]:
    """What a verb leaves that failed before its last page: it has read nothing to the end.

    :param role: one of ROLES.
    :param run_id: that was begun or asked for.
    :param code: of the error, "" where it has none.
    """
    nothing = dict.fromkeys(("mode", "next", "report_path", "evidence_path"), "")
    counted = {"counts": {}, "coverage": "incomplete", "uncovered": []}
    about = {"version": 1, "verb": role, "run_id": clean(run_id, 128), "status": FAILED, "error": clean(code, 60)}
    return {**nothing, **counted, **about}


def failed(left: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The artifact of a verb that has shown its page and failed afterwards, as a plan that is refused.

    :param left: by ``artifact``. The status of a run and the verdict of a report stay as they are.
    """
    status = FAILED if left["status"] in _NOT_OF_A_RECORD else left["status"]
    return {**left, "status": status, "error": clean(code, 60) or left["error"]}


def code_of(result: Mapping[str, Any]) -> str:
    """The code that a task failed with: of its ``error``, or the one that its ``msg`` begins with; "" without one."""
    code = _mapping(result.get("error")).get("code")
    said = str(result.get("msg") or "").partition(": ")[0]
    return str(code or (said if said in CATALOGUE else ""))


def stats(left: Mapping[str, Any] | None) -> dict[str, Any]:
    """The part of an action's result by which Ansible keeps an artifact; none of None."""
    return {"ansible_stats": {"data": {NAME: dict(left)}, "per_host": False, "aggregate": False}} if left else {}


def of_result(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """The artifact that an action's result holds, see ``stats``; None without one."""
    left: dict[str, Any] | None = _mapping(_mapping(result.get("ansible_stats")).get("data")).get(NAME)
    return left


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _servers(data: Data) -> list[Mapping[str, Any]]:
    """The entries of all servers on a page, wherever they stand."""
    places = [data, *(one for key in ("waves", "cells", "results") for one in _mappings(data.get(key)))]
    return [server for place in places for server in _mappings(place.get("servers"))]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """Those of a list; a page may have a number of cells in the place of cells."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, (list, tuple)) else []
