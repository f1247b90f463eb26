"""JSON Schema of the input of an orchestration, made from the declared options of the verbs behind it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import JsonSchema
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import spelling
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema import (
    ACTIONS,
    COUNT,
    DRAFT,
    FLAG,
    LINE,
    listed,
    mapping,
    text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import orchestrate as declared
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails

_ABOUT: JsonSchema = {
    "type": ["string", "number", "null"],
    "maxLength": 1024,
    "pattern": LINE,
    "description": "kept with the run",
}
_PLACES = ("selection", "options", "metadata")

# What the declaration does not say: what people write where it is not what the option takes, limits and explanations.
_SAID: dict[str, JsonSchema] = {
    "action": {"enum": list(ACTIONS)},
    "plan_name": text("name of the plan, in confirmations, run ids and tables"),
    "plan_file": text("path of a plan file on the controller", maxLength=1024),
    "tags": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "type": ["string", "number", "boolean", "array"],
            "items": {"type": ["string", "number"]},
            "minItems": 1,
        },
        "description": "all must match; a value may be a list, of which one must",
    },
    "selection.applications": listed("names of applications"),
    "selection.waves": listed("waves: values of the wave tag, or names of waves of the plan file"),
    "selection.source_server_ids": listed("ids of source servers"),
    "options.is_drill": {**FLAG, "description": "rehearse the action; always true for drill"},
    "options.max_wait_minutes": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10080,
        "default": declared.MAX_WAIT_MINUTES,
        "description": "all waiting together, then the status is timeout",
    },
    "options.point_in_time": text(
        "latest, latest_available, a time with a zone, or the id of a snapshot of one server"
    ),
    "options.except": {
        "type": "object",
        "additionalProperties": text(maxLength=1024),
        "description": "selected servers that are left out: by the id of the source server the reason in words",
    },
    "options.notification_topic": text(
        "ARN of an SNS topic", pattern="^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+([.]fifo)?$"
    ),
    "options.max_failures": {
        "type": ["integer", "string"],
        "minimum": 0,
        "description": "how many servers of a wave may fail: a number, or a percentage such as 10%",
    },
    "options.continue_on_failure": {**FLAG, "description": "critical servers count like the others"},
    "options.parallelism": {
        "type": "integer",
        "minimum": 1,
        "maximum": 500,
        "default": declared.PARALLELISM,
        "description": "servers in jobs of DRS at the same time in each account and Region",
    },
    "options.guardrails": mapping(
        {
            **{name: {"type": "integer", "minimum": 1} for name in guardrails.LIMITS},
            "calendar": {"type": "object"},
            "drill_lease_hours": {"type": "integer", "minimum": 1},
        },
        description="guardrails of the run; without them those of the installation",
    ),
    "options.override_reason": text("why a declared disaster goes past its guardrails", maxLength=1024),
    "options.validate_tasks": text("path of a task file on the controller that checks each wave", maxLength=1024),
    "options.validated": {**FLAG, "description": "failback: a person has validated what an earlier request launched"},
    "options.until": {"description": "failback: how far to go"},
    "options.require_approval": {**FLAG, "description": "stop until somebody else has approved the plan"},
    "options.run_id": text("the run to continue or to terminate", maxLength=128),
    "options.every_run": {
        **FLAG,
        "description": "terminate what every run left, instead of one run_id; needs confirm",
    },
    "options.retry_failed": {**FLAG, "description": "try again what failed in the run"},
    "options.confirm": text("the typed confirmation that the plan asks for"),
    "options.cleanup": {**FLAG, "description": "terminate at the end what this drill launched"},
    "options.waiting_status": {
        **FLAG,
        "description": "answer with the status waiting at a gate, instead of failed with a retryable error",
    },
    "options.replace_recovery_instance_ids": listed("recovery instances that a failover may wipe"),
    "options.recovery_instance_ids": listed("terminate only these"),
    "options.confirm_recovery_instance_ids": listed("terminate these although they are no drill of a run"),
    **{key: _ABOUT for key in declared.KEYS if key.startswith("metadata.")},
}


def _type_of(option: Option) -> JsonSchema:
    """The JSON type of what an option takes."""
    if option.choices:
        return {"enum": list(option.choices)}
    if option.type == "dict":
        return mapping({key.name: _type_of(key) for key in option.keys}) if option.keys else {"type": "object"}
    of_types: dict[str, JsonSchema] = {"bool": FLAG, "int": COUNT, "list": listed(), "path": text(maxLength=1024)}
    return of_types.get(option.type, {} if option.type == "raw" else text())


def _key(path: str) -> JsonSchema:
    """The schema of one key of the input."""
    found: JsonSchema = {}
    for target in declared.KEYS[path][:1]:
        verb, name, *inner = target.split(".")
        option = next((one.by_name[name] for one in declared.ACTIONS.values() if one.name == verb), None)
        found = _type_of(option) if option is not None and not inner else {}
    said = _SAID.get(path, {})
    return said if "type" in said or "enum" in said else {**found, **said}


def _input() -> JsonSchema:
    properties: dict[str, Any] = {}
    inside: dict[str, dict[str, Any]] = {place: {} for place in _PLACES}
    for path in declared.KEYS:
        place, _dot, name = path.rpartition(".")
        (inside[place] if place else properties)[name] = _key(path)
    metadata = {
        **mapping(inside.pop("metadata")),
        "additionalProperties": True,
        "description": "passed through as it is",
    }
    places = {name: mapping(keys) for name, keys in inside.items()}
    return mapping({**properties, **places, "metadata": metadata}, ("action",))


OWN: JsonSchema = _input()
"""Of our own names alone."""
TITLE = {"$schema": DRAFT, "title": "Input of resilience.drs.orchestrate"}
SPELLED: JsonSchema = {**TITLE, **spelling.spelled(OWN, once=False)}
"""Of every spelling; that a member is given once is said in words by ``spelling.canonical``."""
INPUT_SCHEMA: JsonSchema = {**TITLE, **spelling.spelled(OWN)}
"""As it is published."""
