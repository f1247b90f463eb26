"""What an auditor asks of a test beside its result: scenario, who took part as what, versions, corrective actions.

An ACTION is ``{id, what, owner, due, status, run_id, closed_at, retest_run_id}``: ``run_id`` is the run that it came
of. It is carried over into the evidence of each later run of the plan until somebody closes it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.commands import (
    NOT_KNOWN,
    commands_of,
    versions_of,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import text
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals

TEST_TYPES = ("component", "system", "comprehensive")
OPEN, CLOSED = "open", "closed"
ACTION_COLUMNS = ("id", "what", "owner", "due", "status", "run_id", "closed_at", "retest_run_id")
_TYPED = {
    "run_begun": "typed the start",
    "run_resumed": "resumed the run",
    "run_paused": "paused the run",
    "run_cancelled": "cancelled the run",
    "run_cleaned": "terminated its instances",
    "guardrail_overruled": "set a guardrail aside",
}


def about_of(documents: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """``{scenario, test_type, participants [{name, role}], versions {collection, ...}, actions [ACTION]}``.

    :param given: ``scenario``, ``test_type``, ``participants``, ``versions`` and ``actions`` as the caller gives them.
    """
    told = given or {}
    run = as_mapping(documents["run"])
    versions: dict[str, Any] = {**versions_of(commands_of(documents), run)}
    given_versions = as_mapping(told.get("versions")).items()
    versions.update({"%s of the evidence" % name: text(value) or NOT_KNOWN for name, value in given_versions})
    return {
        "scenario": text(told.get("scenario"), 1000),
        "test_type": told.get("test_type") if told.get("test_type") in TEST_TYPES else None,
        "participants": _participants(documents, run, as_list(told.get("participants"))),
        "versions": versions,
        "actions": [_action(one) for one in map(as_mapping, as_list(told.get("actions")))],
    }


def _participants(documents: Mapping[str, Any], run: Mapping[str, Any], given: Iterable[Any]) -> list[dict[str, Any]]:
    """Who took part as what: those on record first, then those whom the caller names."""
    found = [(run.get("initiator"), "initiator")]
    found.append((approvals.person(as_mapping(run.get("started_by"))), "typed the start"))
    for one in map(as_mapping, documents["approvals"]):
        decision = "approver" if one.get("decision") == "approved" else "rejected"
        found.append((one.get("approver"), "%s (%s)" % (decision, text(one.get("gate"), 60))))
        found.append((approvals.person(as_mapping(one.get("approved_by"))), "typed the approval"))
    for event in map(as_mapping, documents["events"]):
        if event.get("event") in _TYPED:
            found.append((as_mapping(event.get("data")).get("by"), _TYPED[str(event["event"])]))
    found += [(one.get("name"), one.get("role") or "participant") for one in map(as_mapping, given)]
    pairs = dict.fromkeys((text(name), text(role)) for name, role in found if text(name))
    return [{"name": name, "role": role} for name, role in pairs]


def _action(one: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "owner", "due", "run_id", "retest_run_id")
    status = CLOSED if one.get("status") == CLOSED or one.get("closed_at") else OPEN
    action = {key: text(one.get(key)) for key in names}
    return {**action, "what": text(one.get("what"), 400), "status": status, "closed_at": iso_time(one.get("closed_at"))}


def carried(
    given: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]], run_id: str
) -> list[dict[str, Any]]:
    """The ACTIONs of a run: those that were open before, as somebody has closed or changed them since, and new ones.

    :raises DrsError: ``invalid_option`` for one without id, text, owner or due date, or of an id that stands twice.
    """
    result = {str(one["id"]): dict(one) for one in before if one.get("status") != CLOSED}
    seen = set()
    for one in given:
        named = {key: value for key, value in one.items() if value is not None}
        key = str(named.get("id") or "")
        known = result.get(key, {})
        whole = {"run_id": run_id, **known, **named}
        missing = [name for name in ("id", "what", "owner", "due") if not text(whole.get(name))]
        if missing or key in seen:
            why = "stands twice" if key in seen else "has no %s" % ", ".join(missing)
            raise DrsError("invalid_option", "actions: '%s' %s; each has id, what, owner and due" % (key[:60], why))
        seen.add(key)
        result[key] = whole
    return [_action(result[key]) for key in sorted(result)]


def open_actions(about: Mapping[str, Any], run_id: str | None) -> list[tuple[str, Any]]:
    """What of earlier runs is still to be corrected: ``(detail, owner)`` for each open ACTION of another run."""
    listed = [one for one in about["actions"] if one["status"] == OPEN and one["run_id"] != run_id]
    said = "%s, open since run %s, due %s: %s"
    return [(said % (one["id"], one["run_id"], one["due"], one["what"]), one["owner"]) for one in listed]
