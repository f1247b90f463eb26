"""What a run looks like while it goes on, from its record alone: waves, servers, gates, time left, and how old it is.

The record is written when something begins or ends. What happens in AWS between two writes is not in it, so whoever
shows this says how old it is.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time, span
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents as docs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times

GOING, STOPPED = ("planned", "running"), ("waiting", "paused")
# What a record says of a wave, in words.
_WORDS = {"intended": "launching", "launched": "launched, being checked"}


def view(found: Mapping[str, Any], gates: Iterable[Mapping[str, Any]], now: str) -> dict[str, Any]:
    """How a run stands.

    :param found: its documents (report/documents.documents).
    :param gates: the bodies of its items ``gate:*``.
    :param now: the time, as ISO 8601 text.
    :returns: ``{run_id, mode, status, reason, over, at, began_at, elapsed_seconds, waited_seconds, record_at,
        record_event, record_age_seconds, servers {outcome: number}, total, finished, waves [{wave, status, servers,
        finished, failed, started_at, seconds}], gates [{gate, wave, when, type, status, by, at, reason}], left
        {objective_seconds, objective, estimate_seconds, estimate}}``. ``over`` is true of a run that has ended.
    """
    run, plan = as_mapping(found["run"]), as_mapping(found["plan"])
    status = docs.status_of(run.get("status"))
    over = status not in (*GOING, *STOPPED)
    began = iso_time(run.get("created_at") or run.get("started_at"))
    until = iso_time(run.get("ended_at")) if over else now
    events = [as_mapping(one) for one in found["events"]]
    last = events[-1] if events else {}
    servers = docs.planned_servers(found)
    waves = _waves(plan, found["waves"], servers, now)
    counts = outcomes.summarise({"outcome": docs.outcome_of(one)} for one in servers)
    return {
        "run_id": docs.text(run.get("run_id") or found["run_id"]),
        "mode": docs.text(run.get("mode")),
        "plan_name": docs.text(run.get("plan_name")),
        "status": status,
        "reason": docs.text(run.get("reason"), 300),
        "over": over,
        "at": now,
        "began_at": began,
        "elapsed_seconds": span(began, until),
        "waited_seconds": run_times.waited_between(run, began, until),
        "record_at": iso_time(last.get("at")),
        "record_event": docs.text(last.get("event"), 60),
        "record_age_seconds": span(last.get("at"), now),
        "servers": {key: number for key, number in counts.items() if number and key != "total"},
        "total": counts["total"],
        "finished": sum(one["finished"] for one in waves),
        "waves": waves,
        "gates": _gates(run, plan, found["approvals"], gates),
        "left": _left(run, plan, servers, waves, now, over),
    }


def _waves(
    plan: Mapping[str, Any], records: Sequence[Mapping[str, Any]], servers: Sequence[Mapping[str, Any]], now: str
) -> list[dict[str, Any]]:
    begun = {str(one["wave"]): one for one in records}
    listed = [str(as_mapping(one).get("wave")) for one in docs.plan_waves(plan)]
    result = []
    for name in [*listed, *(one for one in begun if one not in listed)]:
        record = as_mapping(begun.get(name))
        own = [docs.outcome_of(one) for one in servers if str(one.get("wave")) == name]
        result.append(
            {
                "wave": docs.text(name, 40) or "?",
                "status": _word(record),
                "servers": len(own),
                "finished": sum(1 for one in own if one not in outcomes.OPEN_OUTCOMES),
                "failed": sum(1 for one in own if one in outcomes.BAD_OUTCOMES),
                "started_at": iso_time(record.get("intended_at")),
                "seconds": span(record.get("intended_at"), record.get("ended_at") or now) if record else None,
            }
        )
    return result


def _word(record: Mapping[str, Any]) -> str:
    """The status of a wave in a word: not begun, launching, launched, being checked, done or stopped."""
    if not record:
        return "not begun"
    if record.get("ended_at"):
        return "stopped" if as_mapping(record.get("verdict")).get("proceed") is False else "done"
    return _WORDS.get(str(record.get("status")), docs.text(record.get("status"), 20) or "unknown")


def _gates(
    run: Mapping[str, Any],
    plan: Mapping[str, Any],
    approvals: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The gates in the order of the plan, and those that only the record names."""
    known: dict[str, dict[str, Any]] = {}
    for name in as_list(run.get("approvals")):
        known[str(name)] = {"wave": None, "when": "before", "type": "approval"}
    for wave in map(as_mapping, docs.plan_waves(plan)):
        for when in ("before", "after"):
            for hook in map(as_mapping, as_list(as_mapping(wave.get("gates")).get(when))):
                known[str(hook.get("name"))] = {"wave": wave.get("wave"), "when": when, "type": hook.get("type")}
    decided = {str(one["gate"]): one for one in approvals}
    reached = {str(one.get("gate")): as_mapping(one) for one in records}
    for name, one in {**decided, **reached}.items():
        known.setdefault(name, {"wave": one.get("wave"), "when": None, "type": one.get("type") or "approval"})
    result = []
    for name, gate in known.items():
        record, decision = reached.get(name, {}), as_mapping(decided.get(name))
        # what endpoints answered is a line of the output, and is kept nowhere
        unknown = "not recorded" if gate["type"] == "health" else "not reached"
        result.append(
            {
                "gate": docs.text(name, 64),
                **{key: docs.text(gate[key], 40) for key in ("wave", "when", "type")},
                "status": str(decision.get("decision") or record.get("status") or unknown),
                "by": docs.text(decision.get("approver")),
                "at": iso_time(decision.get("at") or record.get("at")),
                "reason": docs.text(decision.get("reason") or record.get("reason"), 200),
            }
        )
    return result


def _left(
    run: Mapping[str, Any],
    plan: Mapping[str, Any],
    servers: Sequence[Mapping[str, Any]],
    waves: Sequence[Mapping[str, Any]],
    now: str,
    over: bool,
) -> dict[str, Any]:
    """How much time is left: to the strictest objective that is still open, and to the end at the pace so far."""
    nothing = {"objective_seconds": None, "estimate_seconds": None}
    if over:
        return {**nothing, "objective": "the run has ended", "estimate": "the run has ended"}
    result: dict[str, Any] = {**nothing, "objective": "no server that is awaited has a target (dr:rto)"}
    awaited = [one for one in servers if one.get("critical") is not False and docs.outcome_of(one) != outcomes.LAUNCHED]
    targets = [one["rto_seconds"] for one in awaited if isinstance(one.get("rto_seconds"), (int, float))]
    starts = [one for one in (parse_time(run.get(key)) for key in ("created_at", "declared_at")) if one]
    present = parse_time(now)
    if targets and starts and present:
        left = min(targets) - (present - min(starts)).total_seconds()
        result["objective_seconds"] = left
        told = "%s left" % duration(left) if left >= 0 else "missed by %s" % duration(-left)
        result["objective"] = "%s of the recovery time objective of %s" % (told, duration(min(targets)))
    return {**result, **_estimate(plan, waves)}


def _estimate(plan: Mapping[str, Any], waves: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How long the rest takes if each stage (waves that run together) takes what those that have ended took."""
    stage = {
        str(as_mapping(one).get("wave")): as_mapping(one).get("stage", place)
        for place, one in enumerate(docs.plan_waves(plan))
    }
    ended = [one["seconds"] for one in waves if one["status"] in ("done", "stopped") and one["seconds"] is not None]
    if not ended:
        return {"estimate_seconds": None, "estimate": "unknown until a wave has ended"}
    pace = statistics.median(ended)
    longest: dict[Any, float] = {}
    for one in waves:
        if one["status"] not in ("done", "stopped"):
            rest = max(0.0, pace - (one["seconds"] or 0))
            key = stage.get(one["wave"], one["wave"])
            longest[key] = max(longest.get(key, 0.0), rest)
    left = sum(longest.values())
    said = "about %s, as long as the waves so far (%s each), without waiting for people" % (
        duration(left),
        duration(pace),
    )
    return {"estimate_seconds": left, "estimate": said if longest else "no wave is left"}


def lines(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    """What has changed between two looks, a line each; of the first look nothing, for it is shown whole."""
    if before is None:
        return []
    result = []
    if after["status"] != before["status"]:
        why = f": {after['reason']}" if after["reason"] and after["status"] != "running" else ""
        result.append("the run is %s%s" % (after["status"], why))
    earlier = {one["wave"]: one for one in before["waves"]}
    for one in after["waves"]:
        if _told(earlier.get(one["wave"])) != _told(one):
            failed = ", %d failed" % one["failed"] if one["failed"] else ""
            numbers = (one["wave"], one["status"], one["finished"], count(one["servers"], "server"), failed)
            result.append("wave %s: %s, %d of %s%s" % numbers)
    known = {one["gate"]: one["status"] for one in before["gates"]}
    for one in after["gates"]:
        if known.get(one["gate"], "not reached") != one["status"]:
            result.append("gate %s: %s%s" % (one["gate"], one["status"], f" by {one['by']}" if one["by"] else ""))
    return result


def _told(wave: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return tuple(wave[key] for key in ("status", "finished", "failed")) if wave else ()


def beat(one: Mapping[str, Any]) -> str:
    """One line about the run: how far it is, how long it has taken, what is left, and how old the record is."""
    done = sum(1 for wave in one["waves"] if wave["status"] in ("done", "stopped"))
    return "%s, %d of %s, %d of %s, %s since the first command, left: %s; %s" % (
        one["status"],
        done,
        count(len(one["waves"]), "wave"),
        one["finished"],
        count(one["total"], "server"),
        duration(one["elapsed_seconds"]),
        one["left"]["estimate"],
        age(one),
    )


def age(one: Mapping[str, Any]) -> str:
    """How old the record is, in words."""
    if one.get("record_age_seconds") is None:
        return "nothing says when the record was written"
    event = one.get("record_event") or "no event"
    return "record written %s ago (%s)" % (duration(one["record_age_seconds"]), event)
