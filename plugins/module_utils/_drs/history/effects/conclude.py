"""The last step of a run: record its outcome, send its metrics, publish its notification.

The same step publishes a notification of something else (a run that begins, or waits), and sends the figures of
readiness. Figures and notifications fail nothing: what is wrong with them is a warning.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notifications
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import book
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import publish
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

_OF_WHAT = ("result", "import_from", "event", "readiness")
SPEC: dict[str, t.Any] = {
    **book.RECORD_SPEC,
    "record": {"type": "bool", "default": True},
    "event": {"type": "dict"},
    "readiness": {"type": "dict"},
    # What is in them is checked where they are used: a wrong figure must not cost the record.
    "metrics": {"type": "dict"},
    "notification": {"type": "dict"},
}
RULES: dict[str, t.Any] = {"mutually_exclusive": [_OF_WHAT], "required_one_of": [_OF_WHAT]}
# What a notification tells of a result besides what came of it.
_PASSED = (
    *("run_id", "plan_name", "plan_hash", "correlation_id", "ticket", "initiator", "parent_execution"),
    *("gate", "expires_at", "next", "of_run_id", "proof"),
)


def conclude(params: Given, check_mode: bool) -> Result:
    """Record, then send figures, then publish: each as far as it is asked for.

    :param params: see SPEC. Without ``record`` a result is summed up and not written, for its figures and notification.
    :returns: what book.record returns, empty for an event and for readiness; and ``metrics`` and ``notification``, what
        publish.measure and publish.notify return, None when they were not asked for. Nothing is sent in check mode.
    :raises DrsError: for a result or an import that makes no sense; then nothing is sent.
    """
    if params["result"] is not None or params["import_from"] is not None:
        done = book.record(params, check_mode or not params["record"])
    else:
        done = {"records": [], "overall": None, "recorded": False, "changed": False, "warnings": []}
        done.update(store=None, file=None, error=None)
    earlier = done.pop("earlier", [])
    metrics = notification = None
    if params["metrics"] is not None and (done["overall"] or params["readiness"]):
        figures = {"records": done["records"], "overall": done["overall"], "earlier": earlier}
        figures["readiness"] = params["readiness"]
        metrics = publish.measure(Cell, figures, params["metrics"], check_mode)
    event = _event(params["result"], done["overall"]) if params["event"] is None else params["event"]
    if event is not None and _is_requested(event, params["notification"]):
        notification = publish.notify(Cell, event, params["notification"], check_mode)
    warnings = [*done["warnings"]]
    for sent in (metrics, notification):
        warnings += sent.pop("warnings") if sent else []
    return {**done, "metrics": metrics, "notification": notification, "warnings": warnings}


def _event(result: t.Mapping[str, t.Any] | None, overall: t.Mapping[str, t.Any] | None) -> dict | None:
    """The event that the end of a run is; None when its end is none that people are told of."""
    if not result or not overall or overall["notification"] is None:
        return None
    passed = {key: result[key] for key in _PASSED if key in result}
    anchor = as_mapping(result.get("anchor"))
    passed.update(evidence_hash=anchor.get("evidence_hash"), journal_head=anchor.get("head"))
    action = history_records.action_of(result["kind"], result.get("mode"))
    return {**overall, **passed, "kind": overall["notification"], "action": action}


def _is_requested(event: t.Mapping[str, t.Any], notification: t.Mapping[str, t.Any] | None) -> bool:
    """Whether there is a topic, and it is told of this kind of event."""
    if not notification or not notification.get("topic_arn"):
        return False
    kinds = notification.get("kinds")
    return event.get("kind") not in notifications.KINDS or kinds in (None, "") or event["kind"] in (kinds or ())
