"""Turn the input of an orchestration into the options of the verb that does it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import json_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding, refusal
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import identity, schema_input, spelling
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import orchestrate as declared

DRILL, FAILOVER, FAILBACK, TERMINATE, STATUS = "drill", "failover", "failback", "terminate", "status"
LAUNCHING = (DRILL, FAILOVER, FAILBACK)
ABOUT = ("correlation_id", "parent_execution", "ticket", "initiator")

_SELECTS = ("tags", "selection")
# Options of the verb that mean nothing for one of its actions.
_NOT_FOR = {DRILL: ("replace_recovery_instance_ids", "override_reason")}
NOT_TYPED = "-"
"""The confirmation of a request that holds none; it names no plan."""
# What a failback does only when somebody has typed what is terminated.
_BEYOND = ("protected", "cleaned")
_IDS = ("replace_recovery_instance_ids", "recovery_instance_ids", "confirm_recovery_instance_ids")


def _options_of(action: str) -> tuple[str, ...]:
    """The options of the input that become an option of the action's verb, or that every action takes."""
    verb = declared.ACTIONS[action].name
    own = [
        key.removeprefix("options.")
        for key, targets in declared.KEYS.items()
        if key.startswith("options.") and any(target.split(".")[0] == verb for target in targets)
    ]
    return tuple(dict.fromkeys([*own, *declared.ALWAYS, "waiting_status"]))


# What means something for an action. A key that would be ignored is an error, because somebody relied on it; but for
# those of declared.ALWAYS, which change nothing where they mean nothing.
OPTIONS = {
    action: tuple(option for option in _options_of(action) if option not in _NOT_FOR.get(action, ()))
    for action in declared.ACTIONS
}


def settings(request: Any, now: Any = None) -> dict[str, Any]:
    """Check the input of an orchestration and turn it into settings.

    :param request: in either spelling, see ``spelling``.
    :returns: ``{action, is_drill (None where nothing is launched), verb, options {option of the verb: value, a value
        for each that is set here; None for one that is not given and has no constant default}, selection, plan_name,
        plan_file, allow_empty, run_id, retry_failed, confirm, max_wait_seconds, waiting_status, notification_topic,
        about {correlation_id, parent_execution, ticket, initiator: text or None}, metadata (as it came)}``.
    :raises DrsError: ``invalid_input``, naming every mistake with its place, its value and what to write.
    """
    asked, twice = spelling.canonical(request, schema_input.OWN)
    findings = [_wrong(text) for text in twice]
    findings = findings or [_wrong(one["message"]) for one in json_schema.check(request, schema_input.SPELLED)]
    if not findings:
        findings = _contradictions(asked) + _values(asked, now)
    if findings:
        raise refusal(findings)
    asked = {**asked, "options": {key: _whole(value) for key, value in (asked.get("options") or {}).items()}}
    action, options, metadata = asked["action"], asked["options"], asked.get("metadata") or {}
    drill = action == DRILL or options.get("is_drill", False)
    chosen = {**(asked.get("selection") or {}), "tags": asked.get("tags") or {}}
    selection = identity.spelt_once(chosen, of_file=bool(asked.get("plan_file")))
    about = {key: str(metadata[key]).strip() or None if metadata.get(key) is not None else None for key in ABOUT}
    minutes = options.get("max_wait_minutes") or declared.MAX_WAIT_MINUTES
    result = {
        "action": action,
        "is_drill": drill if action in LAUNCHING else None,
        "verb": declared.ACTIONS[action].name,
        "selection": selection,
        "plan_name": asked.get("plan_name") or ("" if asked.get("plan_file") else action),
        "plan_file": asked.get("plan_file") or "",
        "allow_empty": options.get("allow_empty", False),
        "run_id": options.get("run_id"),
        "retry_failed": options.get("retry_failed", False),
        "confirm": options.get("confirm"),
        "max_wait_seconds": minutes * 60,
        "waiting_status": options.get("waiting_status", False),
        "notification_topic": options.get("notification_topic") or "",
        "about": about,
        "metadata": request.get("metadata") or {},
    }
    return {**result, "options": _options(result, asked)}


def _whole(value: Any) -> Any:
    """A number as whole as it was meant: JSON makes no difference between ``4`` and ``4.0``, a limit does."""
    if isinstance(value, Mapping):
        return {key: _whole(one) for key, one in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _options(made: Mapping[str, Any], asked: Given) -> dict[str, Any]:
    """A value for every option of the action's verb that is set here."""
    verb = declared.ACTIONS[made["action"]]
    values = {name: copy.deepcopy(verb.by_name[name].default) for name in declared.set_options(verb.name)}
    for key, targets in declared.KEYS.items():
        place, _dot, name = key.rpartition(".")
        given = ((asked.get(place) or {}) if place else asked).get(name)
        given = made["about"][name] if place == "metadata" else given
        for target in targets if given is not None else ():
            owner, option, *inner = target.split(".")
            if owner == verb.name:
                _put(values, option, inner, given)
    values.update(_reckoned(made, verb.name, asked))
    for name, value in values.items():
        derive = verb.by_name[name].derive
        if value is None and derive is not None:
            values[name] = derive(values)
    return {name: values[name] for name in declared.set_options(verb.name)}


def _put(values: dict[str, Any], option: str, inner: list[str], value: Any) -> None:
    if inner:
        values[option] = {**(values.get(option) or {}), inner[0]: value}
    else:
        values[option] = value


def _reckoned(made: Mapping[str, Any], verb: str, asked: Given) -> dict[str, Any]:
    """What the input says in other words than the option."""
    options = asked.get("options") or {}
    result: dict[str, Any] = {}
    if made["is_drill"] is not None:
        real = {"recovery": "recovery", "failback": "failback"}[verb]
        result.update(mode="drill" if made["is_drill"] else real, selection=made["selection"])
        result["plan_name"] = made["plan_name"]
    # a plan file says by itself how much of it happens at the same time
    at_once = options.get("parallelism") or (None if made["plan_file"] else declared.PARALLELISM)
    if verb != "status":
        result["limits"] = {"servers_in_jobs": at_once} if at_once else {}
        result["timeout" if verb == "terminate" else "max_wait"] = made["max_wait_seconds"]
    if verb == "terminate":
        result["fail"] = False
    if verb == "failback" and options.get("until") in _BEYOND and not options.get("confirm"):
        # the plan is made, and says what must be typed
        result["confirm"] = NOT_TYPED
    return result


def _wrong(message: str) -> Finding:
    return finding(ERROR, "invalid_input", message)


def _contradictions(asked: Given) -> list[Finding]:
    action, options = asked["action"], asked.get("options") or {}
    findings = [
        _wrong("options.%s means nothing for the action %s; leave it out" % (key, action))
        for key in options
        if key not in OPTIONS[action]
    ]
    if "plan_file" in asked and action not in (DRILL, FAILOVER):
        findings.append(_wrong("plan_file means nothing for the action %s; say tags or selection" % action))
    if "plan_name" in asked and action not in LAUNCHING:
        findings.append(_wrong("plan_name means nothing for the action %s; leave it out" % action))
    selects = any(asked.get(key) for key in _SELECTS)
    if action in LAUNCHING and not selects and not asked.get("plan_file"):
        findings.append(
            _wrong("say what to %s: plan_file, tags or selection; none of them would mean everything" % action)
        )
    if action == TERMINATE:
        findings += _what_goes(options, selects)
    if action == DRILL and options.get("is_drill") is False:
        findings.append(_wrong("options.is_drill: false contradicts the action drill; use the action failover"))
    drill = action == DRILL or options.get("is_drill", False)
    if options.get("cleanup") and not drill:
        findings.append(
            _wrong("options.cleanup: true is for drills; a failover is terminated by the ids of its instances")
        )
    if options.get("drill_network") and not drill:
        findings.append(_wrong("options.drill_network is for drills; a failover launches where its settings say"))
    known = options.get("run_id") or (asked.get("metadata") or {}).get("correlation_id")
    if options.get("retry_failed") and not known:
        findings.append(
            _wrong(
                "options.retry_failed: true needs options.run_id or metadata.correlation_id: the run whose servers are "
                "tried again"
            )
        )
    return findings


def _what_goes(options: Given, selects: bool) -> list[Finding]:
    """Nothing said is not everything meant, and one way of saying it is enough."""
    if options.get("every_run") and options.get("run_id"):
        return [_wrong("options.every_run contradicts options.run_id; leave one of them out")]
    ways = ("run_id", "every_run", "recovery_instance_ids", "confirm_recovery_instance_ids")
    said = [way for way in ways if options.get(way)]
    if selects and said:
        text = "tags and selection mean the drill instances of those servers; leave out options.%s, or them"
        return [_wrong(text % said[0])]
    if selects or said:
        return []
    text = "say what to terminate: tags, selection, options.run_id, options.recovery_instance_ids, or "
    return [_wrong(text + "options.every_run: true; none of them would mean everything")]


def _values(asked: Given, now: Any) -> list[Finding]:
    options = asked.get("options") or {}
    findings: list[Finding] = []
    _form, problems = points_in_time.resolve(options.get("point_in_time"), now)
    findings += [{**one, "message": "options.%s" % one["message"]} for one in problems]
    if options.get("run_id") is not None:
        findings += [
            {**one, "message": "options.run_id: %s" % one["message"]} for one in valid_id("run", options["run_id"])
        ]
    ids = [("source_server", "selection.source_server_ids", (asked.get("selection") or {}).get("source_server_ids"))]
    for key in _IDS:
        ids.append(("recovery_instance", "options." + key, options.get(key)))
    ids.append(("source_server", "options.except", sorted(options.get("except") or ())))
    for kind, place, values in ids:
        for number, value in enumerate(values or ()):
            findings += [
                {**one, "message": "%s[%d]: %s" % (place, number, one["message"])} for one in valid_id(kind, value)
            ]
    return findings
