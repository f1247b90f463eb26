"""The JSON Schema of a plan file. docs/schemas/plan.schema.json is written from it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import JsonSchema

NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
DURATION = "^[0-9]+[smhd]?([0-9]+[smhd])*$"
_DOCUMENT = "^(arn:[a-z-]+:ssm:[a-z0-9-]+:[0-9]{0,12}:document/)?[a-zA-Z0-9_.-]{3,128}$"
_PERCENT = "^(100|[0-9]{1,2})\\s*%$"


def _text(description: str, **more: Any) -> JsonSchema:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _object(properties: JsonSchema, required: tuple[str, ...] = (), **more: Any) -> JsonSchema:
    schema: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**schema, "required": list(required)} if required else schema


_NAME = {"type": "string", "pattern": NAME, "description": "1 to 64 letters, digits and . _ -, a letter or digit first"}
_NAMES = {"type": "array", "items": _NAME, "uniqueItems": True}
_TEXTS = {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1}
_COUNT = {"type": "integer", "minimum": 0}
_FAILURES = {
    "type": ["integer", "string"],
    "minimum": 0,
    "pattern": "^([0-9]+|%s)$" % _PERCENT[1:-1],
    "description": "a number of servers, or a percentage such as 10%",
}
_SECONDS = {
    "type": ["integer", "string"],
    "minimum": 0,
    "pattern": DURATION,
    "description": "seconds, or text such as 15m or 1h30m",
}
_POINT = _text("latest, latest_available, or a time with a zone such as 2026-03-01T03:00:00Z")
_TAGS = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": ["string", "number", "boolean", "array"], "items": {"type": ["string", "number"]}},
    "description": "all must match; a value may be a list, of which one must",
}
_SELECTION = {
    "tags": _TAGS,
    "source_server_ids": _TEXTS,
    "applications": _TEXTS,
    "waves": {**_TEXTS, "description": "values of the wave tag"},
}
SELECTOR = _object(_SELECTION, minProperties=1, description="all criteria must hold")

_HTTP = _object(
    {
        "url": _text(
            "http or https; {address} stands for the address of each launched server", pattern="^https?://[^@\\s]+$"
        ),
        "status": {"type": "array", "items": {"type": "integer", "minimum": 100, "maximum": 599}, "minItems": 1},
        "contains": _text("text that must stand in the answer"),
        "validate_certs": {"type": "boolean"},
    },
    ("url",),
)
_TCP = _object(
    {
        "host": _text("name or address; {address}, the default, stands for the address of each launched server"),
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    },
    ("port",),
)
_PAUSE = _object({"type": {"const": "pause"}, "name": _NAME, "message": _text("what to do before resuming")}, ("type",))
_APPROVAL = _object(
    {"type": {"const": "approval"}, "name": _NAME, "message": _text("what is to be approved")}, ("type",)
)
_HEALTH = _object(
    {
        "type": {"const": "health"},
        "name": _NAME,
        "tasks": _text("path of a task file that fails when all is not well"),
        "http": _HTTP,
        "tcp": _TCP,
        "timeout": {**_SECONDS, "description": "for one try; seconds, or text such as 10s"},
        "retries": {"type": "integer", "minimum": 0, "maximum": 1000},
        "interval": {**_SECONDS, "description": "between two tries; seconds, or text such as 30s"},
    },
    ("type",),
    oneOf=[{"required": [probe]} for probe in ("tasks", "http", "tcp")],
)
_TASKS = _object(
    {
        "type": {"const": "tasks"},
        "name": _NAME,
        "file": _text("path of a task file"),
        "each_cell": {"type": "boolean", "description": "run it for every cell of the wave, not once"},
    },
    ("type", "file"),
)
_AUTOMATION = _object(
    {
        "type": {"const": "ssm_automation"},
        "name": _NAME,
        "document": _text("name or ARN of an automation document", pattern=_DOCUMENT),
        "version": _text("version of the document", pattern="^([$]DEFAULT|[$]LATEST|[1-9][0-9]*)$"),
        "parameters": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "array"]},
        },
        "cells": {**_TEXTS, "description": "names of cells; all cells of the wave without it"},
        "timeout": _SECONDS,
    },
    ("type", "document"),
)


def _one_of(**kinds: JsonSchema) -> JsonSchema:
    """Things told apart by their type; the mistakes are those of the kind that was meant."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(kinds)}},
        "allOf": [
            {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": form}
            for kind, form in kinds.items()
        ],
    }


_GATES = {"type": "array", "items": {"$ref": "#/$defs/gate"}}
_ACTIONS = {"type": "array", "items": {"$ref": "#/$defs/action"}}
_WAVE = _object(
    {
        "name": _NAME,
        "description": {"type": "string"},
        "selector": {"$ref": "#/$defs/selector"},
        "depends_on": {**_NAMES, "description": "without it: the wave before this one in the file; []: none"},
        "critical": {"$ref": "#/$defs/selector"},
        "optional": {"$ref": "#/$defs/selector"},
        "expected_count": _COUNT,
        "allow_empty": {"type": "boolean"},
        "max_failures": _FAILURES,
        "point_in_time": _POINT,
        "gates": _object({"before": _GATES, "after": _GATES}),
        "actions": _object({"before": _ACTIONS, "after": _ACTIONS}),
    },
    ("name", "selector"),
)
_POLICY = _object(
    {
        "allow_stale": {"type": "boolean"},
        "min_readiness": {"enum": ["ready", "lagging", "recoverable"]},
        "max_lag_seconds": _SECONDS,
        "continue_on_failure": {"type": "boolean"},
        "max_failures": _FAILURES,
        "recover_in": {"enum": ["target", "staging"]},
        "post_launch": {"enum": ["required", "all", "none"]},
    }
)
DEPENDENCIES, STAGES = "dependencies", "stages"
ORDERS = {
    DEPENDENCIES: "a wave begins when the waves that it depends on have passed, whatever others do (the default)",
    STAGES: "a wave begins when all waves of the stages before its own have passed",
}
RUN, CHAIN = "run", "chain"
STOPS = {
    RUN: "a wave that does not pass stops the run: nothing more is launched (the default)",
    CHAIN: "a wave that does not pass stops only the waves that depend on it",
}
NEXT_PHASE = {
    "all": "every server of the plan was launched",
    "policy": "every wave passed, as the policy allows",
    "never": "a person decides",
}

PLAN_SCHEMA: JsonSchema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Plan file of resilience.drs",
    **_object(
        {
            "schema": {"const": 1, "description": "version of this form"},
            "name": _NAME,
            "description": {"type": "string"},
            "waves": {"type": "array", "items": {"$ref": "#/$defs/wave"}, "minItems": 1, "maxItems": 200},
            "order": {"enum": list(ORDERS), "description": "; ".join("%s: %s" % item for item in ORDERS.items())},
            "stops": {"enum": list(STOPS), "description": "; ".join("%s: %s" % item for item in STOPS.items())},
            "policy": _POLICY,
            "limits": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
            "point_in_time": _POINT,
            "points_in_time": _object(
                {
                    "applications": {"type": "object", "additionalProperties": _POINT},
                    "source_servers": {"type": "object", "additionalProperties": _POINT},
                }
            ),
            "expected_count": _COUNT,
            "next_phase": _object(
                {
                    "ready_when": {
                        "enum": list(NEXT_PHASE),
                        "description": "; ".join("%s: %s" % item for item in NEXT_PHASE.items()),
                    },
                    "require_full_coverage": {"type": "boolean"},
                }
            ),
        },
        ("name", "waves"),
    ),
    "$defs": {
        "selector": SELECTOR,
        "gate": _one_of(pause=_PAUSE, approval=_APPROVAL, health=_HEALTH),
        "action": _one_of(tasks=_TASKS, ssm_automation=_AUTOMATION),
        "wave": _WAVE,
    },
}
