"""JSON Schema of the answer of an orchestration, and the parts of which both schemas are made."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import OUTCOMES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ACTIONS = ("failover", "failback", "drill", "terminate", "status")
SUCCESS, PARTIAL, FAILED, TIMEOUT, WAITING = STATUSES = ("success", "partial", "failed", "timeout", "waiting")
NOT_STARTED = "not_started"

LINE = "^[^\\u0000-\\u001f\\u007f]*(?![\\s\\S])"
FLAG = {"type": "boolean"}
COUNT = {"type": "integer", "minimum": 0}


def mapping(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {**schema, "required": list(required)} if required else schema


def text(description: str = "one line of text", **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 256, "pattern": LINE, "description": description, **more}


def listed(description: str = "texts") -> dict[str, Any]:
    return {"type": "array", "items": text(), "minItems": 1, "uniqueItems": True, "description": description}


_NULL_TEXT = {"type": ["string", "null"]}
_NULL_NUMBER = {"type": ["number", "null"]}
_ERROR = mapping(
    {"code": {"type": "string"}, "message": {"type": "string"}, "remedy": {"type": "string"}, "retryable": FLAG},
    ("code", "message", "remedy", "retryable"),
)
_NULL_ERROR = {"anyOf": [_ERROR, {"type": "null"}]}
_PLACE = {"name": _NULL_TEXT, "cell": _NULL_TEXT, "accountId": _NULL_TEXT, "region": _NULL_TEXT}
_SERVER = {**_PLACE, "sourceServerId": _NULL_TEXT, "wave": _NULL_TEXT, "application": _NULL_TEXT}
_CONTRACT = {**_SERVER, "sourceServerHostname": _NULL_TEXT, "stagingAccountId": _NULL_TEXT}
_TAGS = {"type": "object", "additionalProperties": {"type": "string"}}
_INSTANCE = {
    **_CONTRACT,
    "recoveryInstanceId": _NULL_TEXT,
    "ec2InstanceId": _NULL_TEXT,
    "status": {"enum": ["launched", FAILED, TIMEOUT]},
    "launchTime": _NULL_TEXT,
    "tags": _TAGS,
    "privateIp": _NULL_TEXT,
    "jobId": _NULL_TEXT,
    "isDrill": {"type": ["boolean", "null"]},
    "dataTimestamp": _NULL_TEXT,
    "dataAgeSeconds": _NULL_NUMBER,
    "launchSeconds": _NULL_NUMBER,
    "warning": _NULL_ERROR,
}
_STATE = {
    **_CONTRACT,
    "replicationState": _NULL_TEXT,
    "lagSeconds": _NULL_NUMBER,
    "ready": FLAG,
    "readiness": _NULL_TEXT,
    "readinessReason": _NULL_TEXT,
    "recoverable": _NULL_TEXT,
    "recoveryInstanceId": _NULL_TEXT,
    "recoveryInstanceState": _NULL_TEXT,
    "isDrill": {"type": ["boolean", "null"]},
    "tags": _TAGS,
}
_FAILURE = {
    **_CONTRACT,
    "errorCode": {"type": "string"},
    "errorMessage": {"type": "string"},
    "critical": FLAG,
    "outcome": {"enum": list(OUTCOMES)},
    "error": _NULL_ERROR,
}
_CELL = {
    "cell": {"type": "string"},
    "accountId": _NULL_TEXT,
    "region": _NULL_TEXT,
    "status": {"enum": [SUCCESS, PARTIAL, FAILED, "unread", NOT_STARTED, "nothing_to_do"]},
    "serversProcessed": COUNT,
    "total": COUNT,
    "succeeded": COUNT,
    "failed": COUNT,
    "jobId": _NULL_TEXT,
    "jobIds": {"type": "array", "items": {"type": "string"}},
    "error": _NULL_ERROR,
}


_TIME = {"type": "string", "format": "date-time"}
_DURATION = {"type": "string", "pattern": "^P(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)$"}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return mapping(properties, tuple(properties))


OUTPUT_SCHEMA: dict[str, Any] = {
    "$schema": DRAFT,
    "title": "Output document of resilience.drs.orchestrate",
    **_closed(
        {
            "schemaVersion": {"const": 1},
            "action": {"enum": [*ACTIONS, None]},
            "status": {"enum": list(STATUSES)},
            "isDrill": {"type": ["boolean", "null"]},
            "checkMode": FLAG,
            "runId": _NULL_TEXT,
            "planName": _NULL_TEXT,
            "planHash": _NULL_TEXT,
            "confirmation": {**_NULL_TEXT, "description": "what options.confirm must be for exactly this plan"},
            "plan": {
                "anyOf": [
                    _closed(
                        {
                            "name": _NULL_TEXT,
                            "hash": _NULL_TEXT,
                            "waves": {
                                "type": "array",
                                "items": _closed(
                                    {
                                        "wave": {"type": "string"},
                                        "servers": {"type": "array", "items": _closed(_SERVER)},
                                    }
                                ),
                            },
                        }
                    ),
                    {"type": "null"},
                ],
                "description": "while nothing of it has begun",
            },
            "summary": _closed(
                {
                    "totalServers": {**COUNT, "description": "the sum of succeeded, failed and skipped"},
                    "succeeded": COUNT,
                    "failed": {**COUNT, "description": "those that still moved when the time was over among them"},
                    "skipped": {**COUNT, "description": "not started, or nothing was to be done"},
                    "total": {**COUNT, "description": "totalServers"},
                    "other": {**COUNT, "description": "skipped"},
                    "successRate": {
                        "type": ["number", "null"],
                        "minimum": 0,
                        "maximum": 100,
                        "description": "percent of all but the skipped servers, rounded down to a tenth",
                    },
                    "byOutcome": {"type": "object", "additionalProperties": COUNT},
                }
            ),
            "timing": _closed(
                {
                    "startTime": _TIME,
                    "endTime": _TIME,
                    "durationSeconds": COUNT,
                    "durationFormatted": _DURATION,
                    "startedAt": {**_TIME, "description": "startTime"},
                    "endedAt": {**_TIME, "description": "endTime"},
                    "duration": {**_DURATION, "description": "durationFormatted"},
                }
            ),
            "recoveryInstances": {"type": "array", "items": _closed(_INSTANCE)},
            "failedServers": {"type": "array", "items": _closed(_FAILURE)},
            "servers": {"type": "array", "items": _closed(_STATE), "description": "of the action status"},
            "stagingAccountResults": {"type": "array", "items": _closed(_CELL)},
            "coverage": _closed(
                {"complete": FLAG, "unreadCells": {"type": "array", "items": {"type": "string"}}},
            ),
            "waitingFor": {
                "anyOf": [
                    _closed({"gate": _NULL_TEXT, "type": _NULL_TEXT, "wave": _NULL_TEXT, "message": _NULL_TEXT}),
                    {"type": "null"},
                ]
            },
            "error": _NULL_ERROR,
            "metadata": {"type": "object"},
            "nextPhaseReady": FLAG,
            "nextPhaseReason": {"type": "string"},
        }
    ),
}
