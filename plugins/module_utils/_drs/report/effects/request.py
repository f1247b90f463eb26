"""Turn the options of drs_report and drs_evidence into the report and the evidence of a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import about as report_about
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import anchoring
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading as report_reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.objectives import targets_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import VERSION
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC, open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

_SHARED = {
    "path": {"type": "path", "required": True},
    "objectives": {"type": "dict", "default": {}},
    "generated_at": {"type": "str"},
    **STORE_SPEC,
}
REPORT_SPEC = {
    **_SHARED,
    "run_id": {"type": "str"},
    "title": {"type": "str", "default": "Disaster recovery"},
    "since": {"type": "str"},
    "until": {"type": "str"},
    "days": {"type": "int", "default": 30},
    "statuses": {"type": "list", "elements": "str", "default": []},
    "account_ids": {"type": "list", "elements": "str", "default": []},
    "patterns": {"type": "list", "elements": "str", "default": []},
    "status": {"type": "dict"},
    "capacity": {"type": "dict"},
}
EVIDENCE_SPEC = {
    **_SHARED,
    "run_id": {"type": "str", "required": True},
    "sign_offs": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "role": {"type": "str"},
            "decision": {"type": "str", "choices": list(evidence.DECISIONS), "required": True},
            "at": {"type": "str", "required": True},
            "evidence_hash": {"type": "str", "required": True},
            "comment": {"type": "str"},
        },
    },
    "archive": {"type": "path"},
    "scenario": {"type": "str"},
    "test_type": {"type": "str", "choices": list(report_about.TEST_TYPES)},
    "participants": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "role": {"type": "str", "required": True}},
    },
    "actions": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "id": {"type": "str", "required": True},
            "what": {"type": "str"},
            "owner": {"type": "str"},
            "due": {"type": "str"},
            "status": {"type": "str", "choices": [report_about.OPEN, report_about.CLOSED]},
            "closed_at": {"type": "str"},
            "retest_run_id": {"type": "str"},
        },
    },
    "timestamp": {"type": "dict", "options": anchoring.TIMESTAMP_SPEC},
    "lock": {"type": "dict", "options": anchoring.LOCK_SPEC},
}
# The totals of the page look back so far, however short the period is.
_BACK = timedelta(days=30)


def model(params: Given) -> Result:
    """The MODEL of a report.

    A store that does not answer leaves a report that says so, and whose verdict is unknown; only a run that was asked
    for by its id must be there.

    :raises DrsError: for options that cannot be, ``run_unknown``.
    """
    now = _now(params)
    since, until = documents.period(params["since"], params["until"])
    if params["days"] < 1:
        raise DrsError("invalid_option", f"days: {params['days']} is not a number above 0")
    end = parse_time(until or now)
    if end is None:
        raise DrsError("invalid_option", f"until: '{until or now}' is not a time; write 2026-01-31T12:00:00Z")
    start = parse_time(since) or end - timedelta(days=params["days"])
    if start > end:
        raise DrsError("dates_reversed", f"since {iso_time(start)} is after the end of the period, {iso_time(end)}")
    request = {
        **{key: params[key] for key in ("title", "statuses", "account_ids", "patterns", "status", "capacity")},
        "generated_at": now,
        "since": iso_time(start),
        "until": until,
        "objectives": targets_of(params["objectives"]),
    }
    documents.wanted_statuses(params["statuses"])
    request.update(_read(params, min(start, end - _BACK), end))
    return report_model.build(request)


def _read(params: Given, start: t.Any, end: t.Any) -> dict[str, t.Any]:
    result: dict[str, t.Any] = {"history": [], "runs": [], "problems": []}
    try:
        store = open_store(params["store"])
        result["history"], runs, result["problems"] = report_reading.history(store, iso_time(start), iso_time(end))
        run_id = params["run_id"] or report_reading.latest(runs)
        if run_id:
            result["runs"] = [report_reading.run(store, run_id)]
    except DrsError as error:
        if params["run_id"] or error.code in ("invalid_option", "malformed_id"):
            raise
        result["problems"] = [*result["problems"], error.to_dict()]
    return result


def evidence_of(params: Given) -> tuple[dict, dict, dict]:
    """The documents of a run, the EVIDENCE made from them, and what it was made with.

    :raises DrsError: ``run_unknown``, what the store said, and what evidence.build raises.
    """
    store = open_store(params["store"])
    documents = report_reading.run(store, params["run_id"])
    before = report_reading.actions_before(store, documents["run"])
    about = {key: params[key] for key in ("scenario", "test_type", "participants")}
    about["actions"] = report_about.carried(params["actions"], before, params["run_id"])
    about["versions"] = dict(params.get("versions") or {"collection": VERSION})
    given = {
        "about": about,
        "objectives": params["objectives"],
        "sign_offs": params["sign_offs"],
        "generated_at": _now(params),
        "collection_version": VERSION,
    }
    made = evidence.build(
        documents, targets_of(given["objectives"]), given["sign_offs"], given["generated_at"], VERSION, about
    )
    return documents, made, given


def _now(params: Given) -> str:
    given = params["generated_at"]
    if given and parse_time(given) is None:
        raise DrsError("invalid_option", f"generated_at: '{given[:40]}' is no time; write 2026-01-31T12:00:00Z")
    return iso_time(given or clock.now()) or ""
