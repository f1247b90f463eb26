"""Build the evidence of a run for an auditor, from the documents of the run alone.

The documents stand beside it in the bundle, so that anybody can make it again and compare.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import commands, exclusions, job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.about import about_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.deviations import exceptions_of, still_open
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.failures import grouped, once_each, remedies_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import SCHEMA, records_of_run, text
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.run import is_drill, run_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import canonical
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources

DECISIONS = ("accepted", "rejected")
NOT_SIGNED = "DRAFT - NOT SIGNED"
SIGNED = "SIGNED"
REJECTED = "REJECTED"
CLOCK = "UTC; times of events by the clock of the controller, times of jobs and their logs by the clock of AWS"
_CALL = ("cell", "service", "operation", "request_id", "error", "job_id")
REQUEST_COLUMNS = ("wave", "at", *_CALL)
# What says when and by whom the evidence was written, and not what happened.
_OUTSIDE_THE_HASH = ("generated_at", "collection_version", "sign_offs", "state", "evidence_hash")


def build(
    documents: Mapping[str, Any],
    targets: Mapping[str, Mapping[str, Any]],
    sign_offs: Iterable[Mapping[str, Any]],
    generated_at: str | None,
    collection_version: str | None,
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The EVIDENCE of a run from its documents; the same documents give the same evidence.

    ``{schema, kind, state, evidence_hash, generated_at, collection_version, about, run, scope, failures, exceptions,
    journal, commands, requests, job_logs, not_proven, sign_offs}``;
    ``about`` as report/about.about_of makes it of what is given,
    ``run`` as report/run.run_of gives it. It is a draft until somebody signs its hash.

    :raises DrsError: ``run_unknown``, ``sign_off_mismatch``, ``invalid_option``.
    """
    if not documents.get("run"):
        raise DrsError("run_unknown", f"the run store holds no run {clean(documents.get('run_id'), 120)}")
    run = run_of(documents, targets)
    found = proof.problems(documents["events"], documents)
    problem = proof.said(found)
    told = about_of(documents, about)
    evidence: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": "evidence",
        "about": told,
        "run": run,
        "scope": scope_of(documents, run),
        "failures": once_each(one for record in records_of_run(documents) for one in record["failures"]),
        "exceptions": [*exceptions_of(documents, run, problem), *still_open(told, run["run_id"])],
        "journal": {
            "events": len(documents["events"]),
            "clock": CLOCK,
            "head": text(as_mapping(documents["events"][-1]).get("hash")) if documents["events"] else None,
            "unbroken": problem is None,
            "problem": problem,
            "problems": found,
        },
        "commands": commands.commands_of(documents),
        "requests": requests_of(documents),
        "job_logs": job_logs.logs_of(documents),
        "not_proven": not_proven(documents, run, told),
    }
    evidence["evidence_hash"] = evidence_hash(evidence)
    evidence["sign_offs"] = [signed(one, evidence["evidence_hash"]) for one in sign_offs]
    evidence["state"] = state_of(evidence["sign_offs"])
    evidence["generated_at"] = iso_time(generated_at)
    evidence["collection_version"] = text(collection_version)
    return evidence


def as_model(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence in the form of a MODEL, for its page and its files."""
    run = evidence["run"]
    return {
        "schema": evidence["schema"],
        "kind": "evidence",
        "title": f"Evidence: {run['mode'] or run['kind'] or 'run'} {run['plan_name'] or ''}".strip(),
        "generated_at": evidence["generated_at"],
        "period": {"since": None, "until": None},
        "verdict": run["verdict"],
        "run": run,
        "failures": evidence["failures"],
        "failure_groups": grouped(evidence["failures"]),
        "remedies": remedies_of(evidence["failures"]),
        "windows": [],
        "alerts": [],
        "accounts": [],
        "activity": [],
        "over_time": [],
        "fleet": None,
        "capacity": None,
    }


def evidence_hash(evidence: Mapping[str, Any]) -> str:
    """SHA-256 over what happened: it does not change when the same evidence is written again, or signed."""
    content = {key: value for key, value in evidence.items() if key not in _OUTSIDE_THE_HASH}
    return hashlib.sha256(canonical(content).encode("ascii")).hexdigest()


def state_of(sign_offs: Iterable[Mapping[str, Any]]) -> str:
    """Whether evidence is signed: one who rejects it outweighs everybody who accepts it."""
    decisions = [one["decision"] for one in sign_offs]
    return REJECTED if "rejected" in decisions else SIGNED if decisions else NOT_SIGNED


def signed(given: Given, wanted_hash: str) -> dict[str, Any]:
    """Check a sign-off: ``{name, role, decision, at, evidence_hash}``.

    :raises DrsError: ``invalid_option`` for what is missing, ``sign_off_mismatch`` when it is for other evidence.
    """
    name, decision = text(given.get("name")), str(given.get("decision") or "")
    if not name or decision not in DECISIONS or not iso_time(given.get("at")):
        raise DrsError("invalid_option", "sign_offs: name, decision (accepted or rejected) and at (a time) are needed")
    if given.get("evidence_hash") != wanted_hash:
        message = f"{name} signed {clean(given.get('evidence_hash'), 64) or 'no hash'}, the evidence is {wanted_hash}"
        raise DrsError("sign_off_mismatch", message)
    return {
        "name": name,
        "role": text(given.get("role")),
        "decision": decision,
        "at": iso_time(given["at"]),
        "comment": text(given.get("comment"), 300),
        "evidence_hash": wanted_hash,
    }


def scope_of(documents: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """What was in, and what was left out with its reason."""
    counts = outcomes.summarise(run["servers"])
    plan = as_mapping(documents["plan"])
    validated = {one["wave"] for one in run["waves"] if one["validation"]["done"] and one["validation"]["passed"]}
    launched = [one for one in run["servers"] if one["came"]]
    return {
        "planned": len(run["servers"]),
        "attempted": len(run["servers"]) - counts[outcomes.PLANNED] - counts[outcomes.SKIPPED],
        "launched": len(launched),
        "validated": sum(1 for one in launched if one["wave"] in validated),
        "failed": sum(counts[outcome] for outcome in outcomes.BAD_OUTCOMES),
        "skipped": counts[outcomes.SKIPPED],
        "not_attempted": counts[outcomes.PLANNED] + counts[outcomes.SKIPPED],
        "open": counts[outcomes.QUEUED] + counts[outcomes.IN_PROGRESS],
        "excluded": exclusions.excluded_of(documents),
        "unread_cells": [
            {
                "cell": text(one.get("cell")),
                "account_id": text(one.get("account_id")),
                "code": text(as_mapping(one.get("error")).get("code")),
            }
            for one in map(as_mapping, as_list(plan.get("unknown_cells")))
        ],
    }


def requests_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of the run that changed something, each with the request id by which AWS finds it: rows of
    REQUEST_COLUMNS, in the order of the waves and of their times, those of the clean-up last."""
    held = [*((text(one.get("wave"), 40), one) for one in documents["waves"]), ("", as_mapping(documents["cleanup"]))]
    rows = [
        [
            {"wave": wave, "at": iso_time(call.get("at")), **{key: text(call.get(key)) for key in _CALL}}
            for call in map(as_mapping, as_list(record.get("calls")))
        ]
        for wave, record in held
    ]
    # a cell after the other keeps its calls, which says nothing of which came first
    return [row for of_wave in rows for row in sorted(of_wave, key=lambda one: str(one["at"]))]


def _of_points(run: Mapping[str, Any]) -> Iterable[str]:
    """What the recovery points do not say."""
    points = [goal["rpo"] for goal in run["objectives"]]
    if any(one["unknown"] for one in points):
        yield "The age of the data of some servers is not known."
    silent = [one for one in points if one["at_start"] is None and one["actual"] is not None]
    if silent:
        yield (
            f"What would have been lost had the source died at the start is not on record of "
            f"{count(len(silent), 'application')}: the recovery point is the age of the launched data, at least 0."
        )
    if run["kind"] == "failback":
        yield "Whether users changed data on the recovery side after the launched data was taken was not checked."


def _of_requests(documents: Mapping[str, Any]) -> Iterable[str]:
    jobs = {str(job) for wave in documents["waves"] for job in as_list(wave.get("jobs"))}
    ended = map(as_mapping, as_list(as_mapping(documents["cleanup"]).get("servers")))
    jobs |= {str(one["job_id"]) for one in ended if one.get("job_id") and one.get("outcome") == outcomes.TERMINATED}
    silent = jobs - {str(one["job_id"]) for one in requests_of(documents) if one["request_id"]}
    if silent:
        yield f"The request id of the call that started it is not on record for {count(len(silent), 'DRS job')}."
    yield from job_logs.gaps(documents)


def _of_resources(documents: Mapping[str, Any], run: Mapping[str, Any]) -> Iterable[str]:
    """What the clean-up does not prove of volumes, network interfaces and snapshots."""
    proof = run["cleanup"]
    if not proof["proven"]:
        return
    launched = {one["recovery_instance_id"] for one in run["servers"] if one["outcome"] == outcomes.LAUNCHED}
    if run["kind"] == "failback":
        # what stands is not what went
        launched = set(map(text, as_list(as_mapping(documents["cleanup"]).get("proven"))))
    silent = launched - {
        None,
        *proof["resources"]["instances"],
        *(one["recovery_instance_id"] for one in proof["left"]),
    }
    if silent:
        yield (
            f"The volumes, network interfaces and snapshots of {count(len(silent), 'instance')} were not looked at, "
            f"because no clean-up saw the instance before it went: {names(sorted(silent), 5)}."
        )
    unproven = [one for one in proof["resources"]["not_proven"] if one["kind"] != resources.UNSEEN]
    if unproven:
        what = count(len(unproven), "volume, network interface or snapshot", "volumes, network interfaces or snapshots")
        yield f"Nobody knows whether {what} of terminated instances are gone."


def not_proven(documents: Mapping[str, Any], run: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """The line of honesty: what nobody may conclude from this run."""
    lines = []
    if is_drill(run):
        lines.append("No user was served: a drill switches no traffic, and DRS never does.")
        lines.append("The source machines kept running: nothing shows how the launch fares when they are lost.")
        lines.append("The machines ran without load and in the network of the drill: neither speed nor reach is shown.")
    else:
        lines.append("DRS switches no traffic; when users were served again is not in these times.")
        lines.append("Nothing here shows that the source machines were stopped or kept away from the users.")
    if not any(one["validation"]["done"] for one in run["waves"]):
        lines.append("No application was checked: a launched machine is not yet a working application.")
    if any(
        len([one for one in run["servers"] if one["application"] == goal["application"]]) > 1
        for goal in run["objectives"]
    ):
        lines.append(
            "The data of an application's servers is of different moments (see the spread); "
            "whether it fits together was not checked."
        )
    excluded = len(as_list(as_mapping(documents["plan"]).get("excluded")))
    if excluded:
        lines.append(f"Left out of the plan and not tried: {count(excluded, 'server')}.")
    missing = [one for one in run["servers"] if one["outcome"] == outcomes.PLANNED]
    if missing:
        lines.append(f"Planned and never tried: {count(len(missing), 'server')}.")
    unread = as_list(as_mapping(documents["plan"]).get("unknown_cells"))
    if unread:
        lines.append(f"Not read, and what it protects not tried: {count(len(unread), 'cell')}.")
    if any(goal["rto"]["target"] is None or goal["rpo"]["target"] is None for goal in run["objectives"]):
        lines.append("Not every application has a target for recovery time and recovery point.")
    lines += _of_points(run)
    lines += commands.gaps(commands.commands_of(documents))
    lines += _of_requests(documents)
    lines += _of_resources(documents, run)
    if not told["scenario"]:
        lines.append("No scenario is on record: what was simulated is not said.")
    if not run["approvals"]:
        lines.append("No approval by a second person is on record.")
    if not documents["events"]:
        lines.append("There is no journal: the order of events rests on the times of the results.")
    return lines
