"""Turn the input of an orchestration into the settings of the role that does it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import json_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding, refusal
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema import INPUT_SCHEMA
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import orchestrate as declared

DRILL, FAILOVER, FAILBACK, TERMINATE, STATUS = "drill", "failover", "failback", "terminate", "status"
LAUNCHING = (DRILL, FAILOVER, FAILBACK)

_SELECTS = ("plan_name", "plan_file", "tags", "selection")
# Options of the verb that mean nothing for one of its actions.
_NOT_FOR = {DRILL: ("replace_recovery_instance_ids", "override_reason")}


def _options_of(action: str) -> tuple[str, ...]:
    """The options of the input that become an option of the action's verb, or of whom it tells."""
    verbs = [declared.ACTIONS[action].name] + ([] if action == STATUS else ["notify"])
    return tuple(
        key.removeprefix("options.")
        for key, targets in declared.KEYS.items()
        if key.startswith("options.") and any(target.split(".")[0] in verbs for target in targets)
    )


# What means something for an action; a key that would be ignored is an error, because somebody relied on it.
OPTIONS = {
    action: tuple(option for option in _options_of(action) if option not in _NOT_FOR.get(action, ()))
    for action in declared.ACTIONS
}


def settings(request: Any, now: Any = None) -> dict[str, Any]:
    """Check the input of an orchestration and turn it into settings.

    :returns: ``{action, is_drill, verb, mode, plan_name, plan_file, selection, policy, limits, point_in_time,
        allow_empty, expected_count, require_full_coverage, guardrails (None when not said), override_reason,
        drill_network, validate_tasks, require_approval, run_id, every_run, retry_failed, confirm, cleanup,
        max_wait_seconds, replace_recovery_instance_ids, recovery_instance_ids, confirm_recovery_instance_ids,
        notification_topic, metadata}``; what was not said has its default.
    :raises DrsError: ``invalid_input``, naming every mistake with its place, its value and what to write.
    """
    findings = [_wrong(one["message"]) for one in json_schema.check(request, INPUT_SCHEMA)]
    if not findings:
        findings = _contradictions(request) + _values(request, now)
    if findings:
        raise refusal(findings)
    options = request.get("options") or {}
    drill = request["action"] == DRILL or options.get("is_drill", False)
    selection = {key: value for key, value in (request.get("selection") or {}).items() if value}
    if request.get("tags"):
        selection["tags"] = request["tags"]
    minutes = options.get("max_wait_minutes")
    return {
        "action": request["action"],
        "is_drill": drill if request["action"] in LAUNCHING else None,
        "mode": "drill" if drill else "recovery",
        "plan_name": request.get("plan_name") or ("" if request.get("plan_file") else request["action"]),
        "plan_file": request.get("plan_file") or "",
        "selection": selection,
        "policy": {
            key: options[key] for key in ("continue_on_failure", "max_failures") if options.get(key) is not None
        },
        "limits": {"concurrent_jobs": options["parallelism"]} if options.get("parallelism") else {},
        "point_in_time": options.get("point_in_time") or "latest",
        "allow_empty": options.get("allow_empty", False),
        "expected_count": options.get("expected_count"),
        "require_full_coverage": options.get("require_full_coverage", False),
        "guardrails": options.get("guardrails"),
        "override_reason": options.get("override_reason") or "",
        "drill_network": options.get("drill_network") or {},
        "validate_tasks": options.get("validate_tasks"),
        "require_approval": options.get("require_approval", False),
        "run_id": options.get("run_id"),
        "every_run": options.get("every_run", False),
        "retry_failed": options.get("retry_failed", False),
        "confirm": options.get("confirm"),
        "cleanup": options.get("cleanup", False),
        "max_wait_seconds": minutes * 60 if minutes else 0,
        "replace_recovery_instance_ids": options.get("replace_recovery_instance_ids") or [],
        "recovery_instance_ids": options.get("recovery_instance_ids") or [],
        "confirm_recovery_instance_ids": options.get("confirm_recovery_instance_ids") or [],
        "notification_topic": options.get("notification_topic") or "",
        "metadata": request.get("metadata") or {},
    }


def _wrong(message: str) -> Finding:
    return finding(ERROR, "invalid_input", message)


def _contradictions(request: Given) -> list[Finding]:
    action, options = request["action"], request.get("options") or {}
    findings = [
        _wrong("options.%s means nothing for the action %s; leave it out" % (key, action))
        for key in options
        if key not in OPTIONS[action]
    ]
    if action not in LAUNCHING:
        findings += [
            _wrong("%s means nothing for the action %s; leave it out" % (key, action))
            for key in _SELECTS
            if key in request
        ]
    elif action == FAILBACK and "plan_file" in request:
        findings.append(_wrong("plan_file means nothing for the action failback; say tags or selection"))
    elif not any(request.get(key) for key in ("plan_file", "tags", "selection")):
        findings.append(
            _wrong("say what to %s: plan_file, tags or selection; none of them would mean everything" % action)
        )
    if action == TERMINATE:
        findings += _nothing_named(options)
    if action == DRILL and options.get("is_drill") is False:
        findings.append(_wrong("options.is_drill: false contradicts the action drill; use the action failover"))
    drill = action == DRILL or options.get("is_drill", False)
    if options.get("cleanup") and not drill:
        findings.append(
            _wrong("options.cleanup: true is for drills; a failover is terminated by the ids of its instances")
        )
    if options.get("drill_network") and not drill:
        findings.append(_wrong("options.drill_network is for drills; a failover launches where its settings say"))
    if options.get("retry_failed") and not options.get("run_id"):
        findings.append(
            _wrong("options.retry_failed: true needs options.run_id, the run whose servers are tried again")
        )
    return findings


def _nothing_named(options: Given) -> list[Finding]:
    """Nothing said is not everything meant."""
    if options.get("every_run") and options.get("run_id"):
        return [_wrong("options.every_run contradicts options.run_id; leave one of them out")]
    ways = ("run_id", "every_run", "recovery_instance_ids", "confirm_recovery_instance_ids")
    if any(options.get(way) for way in ways):
        return []
    text = "say what to terminate: options.run_id, options.recovery_instance_ids, or options.every_run: true"
    return [_wrong(text + "; none of them would mean everything")]


def _values(request: Given, now: Any) -> list[Finding]:
    options = request.get("options") or {}
    findings: list[Finding] = []
    _form, problems = points_in_time.resolve(options.get("point_in_time"), now)
    findings += [{**one, "message": "options.%s" % one["message"]} for one in problems]
    if options.get("run_id") is not None:
        findings += [
            {**one, "message": "options.run_id: %s" % one["message"]} for one in valid_id("run", options["run_id"])
        ]
    ids = [("source_server", "selection.source_server_ids", (request.get("selection") or {}).get("source_server_ids"))]
    for key in ("replace_recovery_instance_ids", "recovery_instance_ids", "confirm_recovery_instance_ids"):
        ids.append(("recovery_instance", "options." + key, options.get(key)))
    for kind, place, values in ids:
        for number, value in enumerate(values or ()):
            findings += [
                {**one, "message": "%s[%d]: %s" % (place, number, one["message"])} for one in valid_id(kind, value)
            ]
    return findings
