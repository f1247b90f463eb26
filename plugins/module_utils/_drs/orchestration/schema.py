"""JSON Schemas of the input and output of an orchestration; docs/schemas is written from them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import OUTCOMES
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ACTIONS = ("failover", "failback", "drill", "terminate", "status")
SUCCESS, PARTIAL, FAILED, TIMEOUT, WAITING = STATUSES = ("success", "partial", "failed", "timeout", "waiting")

_LINE = "^[^\\u0000-\\u001f\\u007f]*$"
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**schema, "required": list(required)} if required else schema


def _text(description: str = "one line of text", **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 256, "pattern": _LINE, "description": description, **more}


def _list(description: str) -> dict[str, Any]:
    return {"type": "array", "items": _text(), "minItems": 1, "uniqueItems": True, "description": description}


METADATA = _object(
    {
        "correlation_id": _text(),
        "parent_execution": _text(),
        "ticket": _text(),
        "initiator": _text(),
        "labels": {"type": "object", "additionalProperties": _text(), "maxProperties": 50},
    }
)

INPUT_SCHEMA: dict[str, Any] = {
    "$schema": DRAFT,
    "title": "Input of resilience.drs.orchestrate",
    **_object(
        {
            "action": {"enum": list(ACTIONS)},
            "plan_name": _text("name of the plan, in confirmations, run ids and tables"),
            "plan_file": _text("path of a plan file on the controller", maxLength=1024),
            "tags": {
                "type": "object",
                "additionalProperties": {
                    "type": ["string", "number", "boolean", "array"],
                    "items": {"type": ["string", "number"]},
                },
                "description": "all must match; a value may be a list, of which one must",
            },
            "selection": _object(
                {
                    "applications": _list("names of applications"),
                    "waves": _list("waves: values of the wave tag, or names of waves of the plan file"),
                    "source_server_ids": _list("ids of source servers"),
                }
            ),
            "options": _object(
                {
                    "is_drill": {**_FLAG, "description": "rehearse the action; always true for drill"},
                    "max_wait_minutes": {"type": "integer", "minimum": 1, "maximum": 10080},
                    "point_in_time": _text("latest, latest_available, or a time with a zone"),
                    "notification_topic": _text(
                        "ARN of an SNS topic",
                        pattern="^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+([.]fifo)?$",
                    ),
                    "continue_on_failure": _FLAG,
                    "max_failures": {
                        "type": ["integer", "string"],
                        "minimum": 0,
                        "description": "how many servers of a wave may fail: a number, or a percentage such as 10%",
                    },
                    "parallelism": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 20,
                        "description": "jobs of DRS at the same time in each account and Region",
                    },
                    "allow_empty": _FLAG,
                    "expected_count": _COUNT,
                    "require_full_coverage": _FLAG,
                    "guardrails": _object(
                        {
                            **{name: {"type": "integer", "minimum": 1} for name in guardrails.LIMITS},
                            "calendar": {"type": "object"},
                            "drill_lease_hours": {"type": "integer", "minimum": 1},
                        },
                        description="guardrails of the run; without them those of the installation",
                    ),
                    "override_reason": _text("why a declared disaster goes past its guardrails", maxLength=1024),
                    "drill_network": _object(
                        {
                            "subnet_ids": _list("subnets that drills may launch into"),
                            "subnet_tags": {"type": "object"},
                            "security_group_ids": _list("security groups that drills may launch with"),
                            "production_subnet_ids": _list("subnets that drills must not reach"),
                            "allow_public_ip": _FLAG,
                            "allow_copy_private_ip": _FLAG,
                        },
                        description="the guardrail for the network of a drill",
                    ),
                    "validate_tasks": _text(
                        "path of a task file on the controller that checks each wave", maxLength=1024
                    ),
                    "require_approval": {**_FLAG, "description": "stop until somebody else has approved the plan"},
                    "run_id": _text("the run to continue or to terminate", maxLength=128),
                    "every_run": {
                        **_FLAG,
                        "description": "terminate what every run left, instead of one run_id; needs confirm",
                    },
                    "retry_failed": _FLAG,
                    "confirm": _text("the typed confirmation that the plan asks for"),
                    "cleanup": {**_FLAG, "description": "terminate at the end what this drill launched"},
                    "replace_recovery_instance_ids": _list("recovery instances that a failover may wipe"),
                    "recovery_instance_ids": _list("terminate only these"),
                    "confirm_recovery_instance_ids": _list("terminate these although they are no drill of a run"),
                }
            ),
            "metadata": METADATA,
        },
        ("action",),
    ),
}

_NULL_TEXT = {"type": ["string", "null"]}
_NULL_NUMBER = {"type": ["number", "null"]}
_ERROR = _object(
    {"code": {"type": "string"}, "message": {"type": "string"}, "remedy": {"type": "string"}, "retryable": _FLAG},
    ("code", "message", "remedy", "retryable"),
)
_NULL_ERROR = {"anyOf": [_ERROR, {"type": "null"}]}
_PLACE = {"name": _NULL_TEXT, "cell": _NULL_TEXT, "accountId": _NULL_TEXT, "region": _NULL_TEXT}
_SERVER = {**_PLACE, "sourceServerId": _NULL_TEXT, "wave": _NULL_TEXT, "application": _NULL_TEXT}
_INSTANCE = {
    **_SERVER,
    "recoveryInstanceId": _NULL_TEXT,
    "ec2InstanceId": _NULL_TEXT,
    "privateIp": _NULL_TEXT,
    "jobId": _NULL_TEXT,
    "isDrill": {"type": ["boolean", "null"]},
    "dataTimestamp": _NULL_TEXT,
    "dataAgeSeconds": _NULL_NUMBER,
    "launchSeconds": _NULL_NUMBER,
    "warning": _NULL_ERROR,
}
_FAILURE = {**_SERVER, "critical": _FLAG, "outcome": {"enum": list(OUTCOMES)}, "error": _NULL_ERROR}
_CELL = {
    "cell": {"type": "string"},
    "accountId": _NULL_TEXT,
    "region": _NULL_TEXT,
    "status": {"enum": [SUCCESS, PARTIAL, FAILED, "unread", "nothing_to_do"]},
    "total": _COUNT,
    "succeeded": _COUNT,
    "failed": _COUNT,
    "error": _NULL_ERROR,
}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return _object(properties, tuple(properties))


OUTPUT_SCHEMA: dict[str, Any] = {
    "$schema": DRAFT,
    "title": "Output document of resilience.drs.orchestrate",
    **_closed(
        {
            "schemaVersion": {"const": 1},
            "action": {"enum": [*ACTIONS, None]},
            "status": {"enum": list(STATUSES)},
            "isDrill": {"type": ["boolean", "null"]},
            "checkMode": _FLAG,
            "runId": _NULL_TEXT,
            "planName": _NULL_TEXT,
            "planHash": _NULL_TEXT,
            "confirmation": {**_NULL_TEXT, "description": "what options.confirm must be for exactly this plan"},
            "summary": _closed(
                {
                    "total": _COUNT,
                    "succeeded": _COUNT,
                    "failed": _COUNT,
                    "other": {**_COUNT, "description": "neither: not started, still moving, or skipped"},
                    "successRate": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
                    "byOutcome": {"type": "object", "additionalProperties": _COUNT},
                }
            ),
            "timing": _closed(
                {
                    "startedAt": {"type": "string", "format": "date-time"},
                    "endedAt": {"type": "string", "format": "date-time"},
                    "duration": {"type": "string", "pattern": "^P(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)$"},
                    "durationSeconds": _COUNT,
                }
            ),
            "recoveryInstances": {"type": "array", "items": _closed(_INSTANCE)},
            "failedServers": {"type": "array", "items": _closed(_FAILURE)},
            "stagingAccountResults": {"type": "array", "items": _closed(_CELL)},
            "coverage": _closed(
                {"complete": _FLAG, "unreadCells": {"type": "array", "items": {"type": "string"}}},
            ),
            "waitingFor": {
                "anyOf": [
                    _closed({"gate": _NULL_TEXT, "type": _NULL_TEXT, "wave": _NULL_TEXT, "message": _NULL_TEXT}),
                    {"type": "null"},
                ]
            },
            "error": _NULL_ERROR,
            "metadata": {"type": "object"},
            "nextPhaseReady": _FLAG,
            "nextPhaseReason": {"type": "string"},
        }
    ),
}
