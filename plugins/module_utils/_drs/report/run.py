"""One run in a report: its verdict, its waves on a time line, and the outcome of each server."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import ACTIVE, DRILLS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.categories import category
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.clean_ups import cleanup_of, counts_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.deviations import (
    attempts_by_server,
    earlier_attempts,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.exclusions import left_out_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.job_logs import course, log_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.objectives import objectives, validation_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import rated
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import (
    came,
    entries_of,
    outcome_of,
    planned_servers,
    status_of,
    text,
    with_machine,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, seconds_between, span

PASS = "PASS"
FAIL = "FAIL"
UNKNOWN = "UNKNOWN"
# The run is not over, or nobody has signed: what is said may still change.
DRAFT = "DRAFT"
_ORDER = (FAIL, UNKNOWN, DRAFT, PASS)
_MADE = ("recovery", "failback")
_MACHINE = ("job_id", "recovery_instance_id", "ec2_instance_id", "private_ip", "availability_zone")
# What a clean-up says of an instance that is no longer there.


def run_of(documents: Mapping[str, Any], targets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The RUN of a report from its documents: header, verdict, objectives, waves, servers, what is left out, approvals,
    cleanup."""
    waves = waves_of(documents)
    goals = objectives(documents, targets)
    servers = servers_of(documents)
    tried = attempts_by_server(documents)
    for one in servers:
        earlier = tried.get((one["cell"], one["source_server_id"]), 0)
        one["attempts"] = earlier + (one["outcome"] not in outcomes.UNTRIED)
    told = header(documents)
    return {
        **told,
        "left_out": left_out_of(documents, {**told, "waves": waves, "servers": servers}),
        "verdict": verdict(documents, goals),
        "totals": rated([outcomes.summarise(servers)]),
        "objectives": goals,
        "waves": waves,
        "servers": servers,
        "attempts": earlier_attempts(documents),
        "approvals": approvals_of(documents),
        "overrides": overrides_of(documents),
        "cleanup": cleanup_of(documents),
        "events": events_of(documents["events"]),
    }


def header(documents: Mapping[str, Any]) -> dict[str, Any]:
    """Who ran what, when and why."""
    run, plan = as_mapping(documents["run"]), as_mapping(documents["plan"])
    names = ["kind", "mode", "plan_name", "plan_hash", "reason", "initiator", "ticket", "correlation_id"]
    names += ["parent_execution", "controller", "collection_version"]
    times = ("created_at", "declared_at", "approved_at", "started_at", "ended_at")
    cells = [as_mapping(one) for one in as_list(run.get("cells"))] or [
        as_mapping(one) for one in as_list(plan.get("cells"))
    ]
    return {
        "run_id": text(run.get("run_id") or documents["run_id"]),
        "status": status_of(run.get("status")),
        **{name: text(run.get(name), 300 if name == "reason" else 120) for name in names},
        "started_by": approvals.person(as_mapping(run.get("started_by"))),
        **{name: iso_time(run.get(name)) for name in times},
        "seconds": run_times.elapsed(run),
        "waited_seconds": run_times.waited(run) or None,
        "idle": _idle(run),
        "point_in_time": text(plan.get("point_in_time")),
        "accounts": sorted({text(one.get("account_id")) or "unknown" for one in cells}),
        "regions": sorted({text(one.get("region")) or "unknown" for one in cells}),
    }


def _idle(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The times in which nobody worked on a run: ``{since, until}``; a stop that lasts has no end."""
    stops = [*as_list(run.get("idle")), *([{"since": run["idle_since"]}] if run.get("idle_since") else [])]
    return [{key: iso_time(as_mapping(one).get(key)) for key in ("since", "until")} for one in stops]


def is_drill(run: Mapping[str, Any]) -> bool:
    return run.get("mode") in DRILLS


def verdict(documents: Mapping[str, Any], goals: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Judge a run: ``{word, reasons [{word, text}]}``; the word is that of the gravest reason.

    A drill has passed when every critical server was launched, validated where somebody validates, within its
    objectives, and when all that it launched is proven to be gone.
    """
    run, plan = as_mapping(documents["run"]), as_mapping(documents["plan"])
    reasons = [(word, reason) for word, reason in _of_status(documents, run, plan) if reason]
    for server in planned_servers(documents):
        outcome = outcome_of(server)
        if server.get("critical") is not False and outcome in outcomes.BAD_OUTCOMES:
            reasons.append(
                (FAIL, f"critical server {text(server.get('name')) or server.get('source_server_id')}: {outcome}")
            )
    for wave in documents["waves"]:
        checked = validation_of(wave)
        if checked["done"] and not checked["passed"]:
            reasons.append((FAIL, f"wave {text(wave.get('wave'), 40)}: the validation failed"))
    for goal in goals:
        for key, name in (("rto", "recovery time"), ("rpo", "recovery point")):
            if goal[key]["met"] is False:
                reasons.append((FAIL, f"{goal['application']}: the {name} objective is not met"))
    reasons += _of_cleanup(documents, run)
    broken = proof.said(proof.problems(documents["events"], documents))
    reasons += [(FAIL, f"the record is {broken}")] if broken else []
    if any(one.get("decision") in ("rejected", "denied") for one in documents["approvals"]):
        reasons.append((FAIL, "an approval was denied"))
    words = [word for word, _text in reasons]
    word = min(words, key=_ORDER.index, default=PASS)
    return {"word": word, "reasons": [{"word": one, "text": reason} for one, reason in sorted(reasons, key=_rank)]}


def _rank(reason: tuple[str, str]) -> int:
    return _ORDER.index(reason[0])


def _of_status(
    documents: Mapping[str, Any], run: Mapping[str, Any], plan: Mapping[str, Any]
) -> Iterable[tuple[str, str]]:
    if not run:
        yield UNKNOWN, "the run store holds no record of the run itself"
        return
    status = status_of(run.get("status"))
    named = f"run {text(run.get('run_id') or documents['run_id']) or 'without an id'}"
    if status in ACTIVE:
        why = text(run.get("reason"), 200)
        yield DRAFT, f"{named} is {status}{f' ({why})' if why else ''}: it is not over"
    elif status == "unknown":
        yield UNKNOWN, f"{named} has a status that this version does not know"
    elif status in ("failed", "timeout", "cancelled"):
        yield FAIL, f"{named} is {status}"
    unread = [text(as_mapping(one).get("cell")) or "a cell" for one in as_list(plan.get("unknown_cells"))]
    if unread:
        yield UNKNOWN, f"coverage incomplete: {', '.join(unread[:5])} could not be read"
    elif plan.get("coverage") == "incomplete":
        yield UNKNOWN, "coverage incomplete: a cell could not be read"
    clocks = run_times.problem(run)
    if clocks:
        yield UNKNOWN, f"how long it took is unknown: {clocks}"
    if run.get("kind") in _MADE and status == "succeeded" and not planned_servers(documents):
        yield UNKNOWN, "no server is in its plan or in its results"


def _of_cleanup(documents: Mapping[str, Any], run: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    proof = cleanup_of(documents)
    if run.get("kind") == "failback" and proof["proven"] and not proof["clean"]:
        yield FAIL, "the clean-up is not complete: " + counts_of(proof)
        return
    if not is_drill(run) or not any(outcome_of(one) == outcomes.LAUNCHED for one in planned_servers(documents)):
        return
    if not proof["proven"]:
        yield DRAFT, "nothing proves yet that what the drill launched is gone"
    elif not proof["clean"]:
        yield FAIL, "the clean-up is not complete: " + counts_of(proof)


def waves_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The waves with their times, and a bar for each cell: ``{wave, status, started_at, ended_at, seconds, proceed,
    reason, validation, totals, cells [{cell, started_at, ended_at, totals}]}``.
    """
    result = []
    for wave in documents["waves"]:
        entries = [with_machine(one) for one in entries_of(wave)]
        verdict = as_mapping(wave.get("verdict"))
        cells = sorted({str(one.get("cell")) for one in entries})
        bars = [
            {"cell": text(cell), **_span([one for one in entries if str(one.get("cell")) == cell])} for cell in cells
        ]
        times = _span(entries)
        start = iso_time(wave.get("intended_at")) or times["started_at"]
        end = iso_time(wave.get("ended_at")) or times["ended_at"]
        result.append(
            {
                "wave": text(wave.get("wave"), 40) or "?",
                "status": text(wave.get("status"), 20) or "unknown",
                "started_at": start,
                "ended_at": end,
                "seconds": span(start, end),
                "proceed": verdict.get("proceed") is True,
                "reason": text(verdict.get("reason"), 300),
                "validation": validation_of(wave),
                "totals": times["totals"],
                "cells": bars,
            }
        )
    return result


def _span(entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    starts = sorted(filter(None, (iso_time(one.get("started_at")) for one in entries)))
    ends = sorted(filter(None, (iso_time(one.get("ended_at")) for one in entries)))
    return {
        "started_at": starts[0] if starts else None,
        "ended_at": ends[-1] if ends else None,
        "totals": rated([outcomes.summarise(entries)]),
    }


def servers_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One flat row for every server of the plan.

    ``{name, source_server_id, cell, account_id, region, application, wave, critical, outcome, code, category, job_id,
    recovery_instance_id, ec2_instance_id, private_ip, availability_zone, point_in_time, started_at, ended_at,
    duration_seconds, log, came (whether its machine came up), stages [STAGE of a failback], post_launch [{name,
    document, status, optional, reason, run_id}]}``.
    """
    rows, logs = [], course(documents)
    for server in planned_servers(documents):
        result = as_mapping(server["result"])
        error = as_mapping(result.get("error"))
        code = text(error.get("code"), 80)
        ids = ("name", "source_server_id", "cell", "account_id", "region", "application", "wave")
        rows.append(
            {
                **{key: text(server.get(key)) for key in ids},
                "critical": server.get("critical") is not False,
                "outcome": outcome_of(server),
                "code": code,
                "category": category(code) if code else None,
                **{key: text(result.get(key)) for key in _MACHINE},
                **{key: iso_time(result.get(key)) for key in ("point_in_time", "started_at", "ended_at")},
                "duration_seconds": seconds_between(result.get("started_at"), result.get("ended_at")),
                "log": log_of(result, logs),
                "came": came(server),
                "stages": [_stage(as_mapping(one)) for one in as_list(result.get("stages"))],
                "post_launch": [_action_run(as_mapping(one)) for one in as_list(result.get("post_launch"))],
            }
        )
    return rows


def _stage(one: Mapping[str, Any]) -> dict[str, Any]:
    """A stage of a failback: ``{stage, outcome, code, message, at, job_id, recovery_instance_id, ec2_instance_id,
    private_ip, availability_zone, point_in_time, started_at, ended_at, original_cell, original_account_id,
    original_region}``; the machine is the one that was launched in the original cell."""
    words = ("stage", "outcome", "code", *_MACHINE, "original_cell", "original_account_id", "original_region")
    times = ("at", "point_in_time", "started_at", "ended_at")
    return {
        **{key: text(one.get(key)) for key in words},
        **{key: iso_time(one.get(key)) for key in times},
        "message": text(one.get("message"), 300),
    }


def _action_run(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run of a post-launch action, as a report shows it."""
    words = {key: text(run.get(key)) for key in ("name", "document", "status", "run_id")}
    return {**words, "optional": run.get("optional") is True, "reason": text(run.get("reason"), 300)}


def approvals_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("gate", "approver", "decision", "plan_hash")
    return [
        {
            **{name: text(one.get(name)) for name in names},
            "approved_by": approvals.person(as_mapping(one.get("approved_by"))),
            "at": iso_time(one.get("at")),
            "expires_at": iso_time(one.get("expires_at")),
            "reason": text(one.get("reason"), 300),
            "of_this_plan": one.get("plan_hash") == as_mapping(documents["run"]).get("plan_hash"),
        }
        for one in documents["approvals"]
    ]


def overrides_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The guardrails that somebody set aside, with the reason that was typed."""
    given = as_list(as_mapping(documents["run"]).get("overrides"))
    return [
        {
            "guardrail": text(as_mapping(one).get("guardrail")),
            "by": text(as_mapping(one).get("by")),
            "at": iso_time(as_mapping(one).get("at")),
            "reason": text(as_mapping(one).get("reason"), 300),
        }
        for one in given
    ]


def events_of(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The journal in short: ``{seq, at, event, actor, detail}``."""
    result = []
    for one in events:
        data = as_mapping(one.get("data"))
        said = {
            key: {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            for key, value in data.items()
        }
        pairs = [f"{key}: {text(value, 200)}" for key, value in sorted(said.items()) if text(value) is not None]
        result.append(
            {
                "seq": one.get("seq") if isinstance(one.get("seq"), int) else None,
                "at": iso_time(one.get("at")),
                "event": text(one.get("event"), 60) or "?",
                "actor": text(one.get("actor")),
                "detail": text("; ".join(pairs), 400),
            }
        )
    return result
