"""Notifications about runs: from an event to a subject, a text for people, and attributes for programs.

Limits of SNS (API reference, Publish): a message with its attributes has at most 256 KB, a subject fewer than 100
characters of ASCII on one line; a subscription with raw delivery to SQS passes at most ten attributes.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.fleet import NOTIFICATIONS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import scrub
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, duration, truncate

KINDS = NOTIFICATIONS
KIND_OF_STATUS = {
    "succeeded": "success",
    "partial": "partial",
    "failed": "failure",
    "timeout": "failure",
    "cancelled": "failure",
    "waiting": "waiting_for_approval",
    "running": "start",
}
"""What to tell of a run with a status."""
MOST_BYTES = 262_144
MOST_FAILURES = 50
MOST_COUNTS = 50
SUBJECT = 99

_WORDS = {
    "start": "started",
    "success": "SUCCEEDED",
    "partial": "PARTLY succeeded",
    "failure": "FAILED",
    "waiting_for_approval": "WAITS for approval",
}
# What a status says more exactly than its kind.
_STATUS_WORDS = {"cancelled": "was CANCELLED", "timeout": "FAILED: it ran out of time"}
# What a notification may say, in this order; anything else that an event holds stays where it is.
_LINES = (
    ("run_id", "Run"),
    ("of_run_id", "Cleans up run"),
    ("action", "Action"),
    ("plan_name", "Plan"),
    ("status", "Status"),
    ("reason", "Reason"),
    ("proof", "Proof"),
    ("text", "Note"),
    ("initiator", "Started by"),
    ("ticket", "Ticket"),
    ("correlation_id", "Correlation id"),
    ("parent_execution", "Parent execution"),
    ("accounts", "Accounts"),
    ("servers", "Servers"),
    ("started_at", "Started"),
    ("ended_at", "Ended"),
    ("duration_seconds", "Took"),
    ("waited_seconds", "Of that, waiting for people"),
    ("gate", "Gate"),
    ("plan_hash", "Plan hash"),
    ("evidence_hash", "Evidence hash"),
    ("journal_head", "Head of the journal"),
    ("expires_at", "Answer before"),
    ("next", "Next"),
)
# Over all failures, of which only some are listed.
_COUNTS = {"failure_codes": "By code", "failed_accounts": "By account"}
_ARN = re.compile(r"arn:[a-z0-9-]+:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?", re.ASCII)
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def region_of(topic_arn: Any) -> str:
    """The Region of a topic.

    :raises DrsError: ``invalid_topic`` for what is no ARN of one.
    """
    match = _ARN.fullmatch(str(topic_arn or ""))
    if match is None:
        shown = clean(topic_arn, 80)
        raise DrsError("invalid_topic", f"topic_arn: '{shown}' is not the ARN of an SNS topic")
    return match["region"]


def notification(event: Mapping[str, Any], secrets: Iterable[str | None] = ()) -> dict[str, Any]:
    """Write the notification of an event.

    :param event: ``kind`` (of KINDS), ``run_id``, ``action`` and whatever of ``status``, ``reason``, ``text``,
        ``plan_name``, ``initiator``, ``ticket``, ``correlation_id``, ``parent_execution``, ``accounts``, ``servers``,
        ``summary`` {outcome: number}, ``failure_codes`` {code: number}, ``failed_accounts`` {account: number},
        ``failures`` [{name, cell, code, message, remedy}], ``started_at``, ``ended_at``, ``duration_seconds``,
        ``gate``, ``plan_hash``, ``expires_at``, ``next`` is known. Nothing else of an event is sent.
    :returns: ``{subject, message, attributes}``, the attributes as name and text; ``event`` is the whole as JSON.
    :raises DrsError: ``invalid_option`` for an unknown kind.
    """
    if event.get("kind") not in KINDS:
        raise DrsError("invalid_option", f"event.kind: {event.get('kind')!r} is not one of {', '.join(KINDS)}")
    hidden = list(secrets)
    body: dict[str, Any] = {"kind": event["kind"]}
    for key, _title in _LINES:
        value = event.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            body[key] = value
        elif value not in (None, "", [], {}):
            body[key] = clean(scrub(value, hidden), 1000)
    body["summary"] = {
        clean(name, 40): number
        for name, number in as_mapping(event.get("summary")).items()
        if isinstance(number, int) and not isinstance(number, bool) and number
    }
    for key in _COUNTS:
        counts = {clean(name, 80): one for name, one in as_mapping(event.get(key)).items() if isinstance(one, int)}
        body[key] = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_COUNTS])
    listed = [_failure(one, hidden) for one in as_list(event.get("failures")) if isinstance(one, Mapping)]
    return _fitting(body, listed)


def _failure(one: Mapping[str, Any], secrets: list[str | None]) -> dict[str, Any]:
    keys = (("name", 128), ("cell", 128), ("account_id", 20), ("code", 120), ("message", 300), ("remedy", 400))
    return {key: clean(scrub(one.get(key), secrets), width) for key, width in keys if one.get(key)}


def _fitting(body: dict[str, Any], listed: list[dict[str, Any]]) -> dict[str, Any]:
    """The notification with as many failures as there is room for; how many are left out is said."""
    most = min(len(listed), MOST_FAILURES)
    while True:
        document = {**body, "failures": listed[:most], "failures_left_out": len(listed) - most}
        made = {"subject": _subject(body), "message": _text(document), "attributes": _attributes(document)}
        if size(made) <= MOST_BYTES or not most:
            return made
        most //= 2


def size(made: Mapping[str, Any]) -> int:
    """Bytes of a notification as SNS counts them: the message, and names, types and values of the attributes."""
    attributes = made["attributes"].items()
    return len(made["message"].encode()) + sum(len((name + "String" + value).encode()) for name, value in attributes)


def _subject(body: Mapping[str, Any]) -> str:
    what = body.get("plan_name") or body.get("run_id") or "run"
    if body["kind"] == "waiting_for_approval" and body.get("run_id") and body["run_id"] != what:
        # whoever approves types the id
        what = "%s (run %s)" % (what, body["run_id"])
    text = "DRS %s %s: %s" % (body.get("action") or "run", what, _word(body))
    return truncate(_NOT_ASCII.sub("?", text), SUBJECT)


def _word(body: Mapping[str, Any]) -> str:
    return _STATUS_WORDS.get(str(body.get("status")), "") or _WORDS[body["kind"]]


def _text(document: Mapping[str, Any]) -> str:
    lines = ["%s %s" % (document.get("action") or "The run", _word(document)), ""]
    for key, title in _LINES:
        if key in document:
            value = duration(document[key]) if key.endswith("_seconds") else document[key]
            lines.append("%s: %s" % (title, value))
    if document["summary"]:
        counts = (f"{number} {name}" for name, number in document["summary"].items() if name != "total")
        lines.append("Outcomes: %s" % ", ".join(counts))
    for key, title in _COUNTS.items():
        if document[key]:
            lines.append("%s: %s" % (title, ", ".join("%s (%d)" % pair for pair in document[key].items())))
    if document["failures"]:
        lines += ["", "Not successful:"]
        for one in document["failures"]:
            place = one.get("cell") or one.get("account_id") or ""
            lines.append("- %s%s: %s" % (one.get("name", "?"), f" in {place}" if place else "", one.get("code", "?")))
            lines += ["  %s" % one[key] for key in ("message", "remedy") if one.get(key)]
        if document["failures_left_out"]:
            lines.append("and %d more" % document["failures_left_out"])
    return "\n".join(lines) + "\n"


def _attributes(document: Mapping[str, Any]) -> dict[str, str]:
    attributes = {
        key: str(document[key])
        for key in ("kind", "run_id", "action", "status", "plan_name", "correlation_id", "ticket")
        if document.get(key)
    }
    attributes["event"] = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return attributes
