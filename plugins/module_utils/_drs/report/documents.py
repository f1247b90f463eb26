"""Bring the sources of a report into one shape: the documents of a run, and the records of the history.

Everything here was written by others, perhaps by an older version, and much of it comes from machines and tags: what
is missing stays None, and every text is cleaned and of bounded length.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.attempts import identity
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import walk as failback_walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.failures import failure_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import ErrorData

SCHEMA = 1
ACCOUNT_ITEM = "account:"
UNKNOWN = "unknown"
_AFTER_LAUNCH = (outcomes.PROTECTED, outcomes.CLEANED)
_TEXTS = ("cell", "source_server_id", "instance_id", "name", "account_id", "region", "application", "outcome")
_SYNONYMS = {"success": "succeeded", "failure": "failed", "timed_out": "timeout", "canceled": "cancelled"}
# A tag may hold thousands of characters; the raw documents have them whole.
NAME = 120


def text(value: Any, width: int = NAME) -> str | None:
    """A text made harmless and short; None for nothing."""
    return clean(value, width) or None if isinstance(value, (str, int, float)) else None


def status_of(value: Any) -> str:
    """A status of the closed list, ``unknown`` for every other."""
    word = str(value or "").lower()
    word = _SYNONYMS.get(word, word)
    return word if word in STATUSES else UNKNOWN


def readable(body: Mapping[str, Any], what: str) -> None:
    """Refuse what a newer version wrote.

    :raises DrsError: ``record_newer``.
    """
    version = body.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        raise DrsError("record_newer", f"{clean(what, 80)}: schema {version}, this version reads up to {SCHEMA}")


def documents(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Sort the items of a run: ``{run_id, run, plan, waves, approvals, cleanup, events, anchors}``.

    ``anchors`` are what the history tells of the journal: [{record, sealed, run_id, events, head, evidence_hash}].
    Waves come in the order of the plan, events by their numbers. What the run does not have is None or empty.

    :raises DrsError: ``record_newer``.
    """
    result: dict[str, Any] = {"run_id": None, "run": None, "plan": None, "cleanup": None}
    waves: list[dict[str, Any]] = []
    approvals: list[dict[str, Any]] = []
    events: list[tuple[str, dict[str, Any]]] = []
    anchors: list[dict[str, Any]] = []
    for record in records:
        item, body = str(record.get("item") or ""), dict(as_mapping(record.get("body")))
        kind, _colon, rest = item.partition(":")
        result["run_id"] = result["run_id"] or record.get("run_id")
        if item in ("run", "plan", "cleanup"):
            result[item] = body
        elif kind == "wave":
            waves.append({"wave": rest, **body})
        elif kind == "approval":
            approvals.append({"gate": rest, **body})
        elif kind == "event":
            events.append((rest, body))
        elif kind == ACCOUNT_ITEM.rstrip(":"):
            anchors.append({**as_mapping(body.get("anchor")), "record": item, "sealed": proof.is_sealed(body)})
    if result["run"]:
        readable(result["run"], f"run {result['run_id']}")
    order = {str(as_mapping(one).get("wave")): place for place, one in enumerate(plan_waves(result["plan"]))}
    waves.sort(key=lambda one: (order.get(str(one["wave"]), len(order)), str(one.get("intended_at")), str(one["wave"])))
    approvals.sort(key=lambda one: (str(one.get("at")), str(one["gate"])))
    result["waves"], result["approvals"] = waves, approvals
    result["anchors"] = sorted(anchors, key=lambda one: str(one["record"]))
    result["events"] = [body for _number, body in sorted(events, key=lambda pair: pair[0])]
    return result


def plan_waves(plan: Any) -> list[Any]:
    return as_list(as_mapping(plan).get("waves"))


def planned_servers(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every server of the frozen plan once, with what became of it under ``result`` (None when nothing was tried)."""
    results = {
        identity(entry): with_machine(entry)
        for wave in documents["waves"]
        for entry in map(_flat, entries_of(wave))
        if entry.get("outcome") != outcomes.PLANNED
    }
    result = []
    for wave in plan_waves(documents["plan"]):
        for server in map(_flat, as_list(as_mapping(wave).get("servers"))):
            key = identity(server)
            result.append({**server, "wave": str(as_mapping(wave).get("wave")), "result": results.pop(key, None)})
    # without a plan, or beside it, what was done counts all the same
    result += [{**entry, "critical": entry.get("critical") is not False, "result": entry} for entry in results.values()]
    return result


def entries_of(wave: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The servers of the record of a wave; while it is only intended, what is not known of them is no trouble."""
    entries = [as_mapping(one) for one in as_list(wave.get("servers"))]
    if wave.get("status") != "intended":
        return entries
    return [one if one.get("outcome") else {**one, "outcome": outcomes.PLANNED} for one in entries]


def with_machine(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What became of a server; of one that fails back with the machine that was launched in its original cell."""
    return failback_walk.with_launch(entry, entry.get("stages"))


def came(server: Mapping[str, Any]) -> bool:
    """Whether the machine of a server came up, whatever a failback did with the other side afterwards."""
    outcome = outcome_of(server)
    failing_back = as_mapping(server.get("result")).get("failback") and outcome in _AFTER_LAUNCH
    return outcome == outcomes.LAUNCHED or bool(failing_back)


def _flat(server: Any) -> Mapping[str, Any]:
    """A server whose names are texts, whatever somebody has written in their place."""
    body = as_mapping(server)
    odd = {key: str(body[key]) for key in _TEXTS if isinstance(body.get(key), (dict, list))}
    return {**body, **odd} if odd else body


def outcome_of(server: Mapping[str, Any]) -> str:
    """What became of a planned server: ``planned`` when nothing was tried, ``unknown`` outside the closed list."""
    if server["result"] is None:
        return outcomes.PLANNED
    outcome = server["result"].get("outcome")
    return outcome if outcome in outcomes.OUTCOMES else outcomes.UNKNOWN


def record_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """A RECORD of the history from a record of the store, or from the body alone.

    ``{run_id, kind, mode, account_id, region, cell, pattern, status, started_at, ended_at, counts, failures,
    left_out, clean}``; failures as failures.failure_of gives them, ``left_out`` is how many more there were.

    :raises DrsError: ``record_newer``.
    """
    body = {**as_mapping(record), **as_mapping(record.get("body"))}
    readable(body, f"record of {body.get('account_id')} in run {body.get('run_id')}")
    place = {
        "run_id": text(body.get("run_id")),
        "kind": text(body.get("kind")) or "deployment",
        "mode": text(body.get("mode")),
        "account_id": text(body.get("account_id")),
        "region": text(body.get("region")),
        "cell": text(body.get("cell")),
        "pattern": text(body.get("pattern")),
        "status": status_of(body.get("status")),
        "started_at": iso_time(body.get("started_at")),
        "ended_at": iso_time(body.get("ended_at")),
    }
    counts = as_mapping(body.get("counts") or body.get("summary") or body.get("outcomes"))
    numbers = {key: value for key, value in counts.items() if isinstance(value, int) and not isinstance(value, bool)}
    failures = [failure_of({**place, **as_mapping(one)}, place) for one in as_list(body.get("failures"))]
    left_out = body.get("failures_left_out")
    return {
        **place,
        "counts": numbers,
        "failures": failures,
        "left_out": left_out if isinstance(left_out, int) else 0,
        "clean": body.get("clean") is True,
    }


def records_of_run(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The RECORDs that a run itself gives: one for each account and Region that its plan or its waves name."""
    run = as_mapping(documents["run"])
    groups = group_by(planned_servers(documents), lambda one: (one.get("account_id"), one.get("region")))
    result = []
    for (account, region), servers in groups.items():
        entries = [{**server, "outcome": outcome_of(server)} for server in servers]
        counts = {key: number for key, number in outcomes.summarise(entries).items() if number and key != "total"}
        place = {
            "run_id": text(run.get("run_id") or documents["run_id"]),
            "kind": text(run.get("kind")) or "recovery",
            "mode": text(run.get("mode")),
            "account_id": text(account),
            "region": text(region),
            "cell": text(servers[0].get("cell")),
            "pattern": _pattern(servers),
            "status": status_of(run.get("status")),
            "started_at": iso_time(run.get("created_at") or run.get("started_at")),
            "ended_at": iso_time(run.get("ended_at")),
        }
        bad = [one for one in entries if one["outcome"] in outcomes.BAD_OUTCOMES]
        failures = [failure_of({**place, **_merged(one)}, place) for one in bad]
        clean_up = as_mapping(documents["cleanup"])
        proof = {**clean_up, **as_mapping(clean_up.get("result"))}
        result.append({**place, "counts": counts, "failures": failures, "clean": proof.get("clean") is True})
    return result


def _pattern(servers: Iterable[Mapping[str, Any]]) -> str | None:
    """A run knows of its servers whether they are extended; the rest of the pattern stands in the history."""
    extended = [one.get("extended") is True for one in servers]
    return "extended" if extended and all(extended) else None


def _merged(server: Mapping[str, Any]) -> dict[str, Any]:
    result = {key: value for key, value in as_mapping(server["result"]).items() if value is not None}
    return {**server, **result, "outcome": server["outcome"]}


def merged(
    history: Iterable[Mapping[str, Any]], runs: Iterable[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[ErrorData]]:
    """All RECORDs, newest first, each run and account once, and the errors of those that cannot be read.

    What the run itself says wins over its record in the history: it is what is shown beside it.
    """
    result: dict[tuple[Any, ...], dict[str, Any]] = {}
    unread: list[ErrorData] = []
    for record in history:
        try:
            one = record_of(record)
        except DrsError as error:
            unread.append(error.to_dict())
            continue
        result[one["run_id"], one["account_id"], one["region"]] = one
    for run in runs:
        for one in records_of_run(run):
            key = (one["run_id"], one["account_id"], one["region"])
            previous = result.get(key, {})
            result[key] = {**one, "pattern": previous.get("pattern") or one["pattern"], "left_out": 0}
    order = sorted(result.values(), key=lambda one: (str(one["run_id"]), str(one["account_id"]), str(one["region"])))
    return sorted(order, key=lambda one: one["started_at"] or "", reverse=True), unread


def period(since: Any, until: Any) -> tuple[str | None, str | None]:
    """Check the dates of a period; a date alone means its first second.

    :raises DrsError: ``invalid_option`` for what is no time, ``dates_reversed``.
    """
    read: list[str | None] = []
    for name, value in (("since", since), ("until", until)):
        text = f"{value}T00:00:00Z" if isinstance(value, str) and len(value.strip()) == 10 else value
        if value not in (None, "") and parse_time(text) is None:
            raise DrsError(
                "invalid_option", f"{name}: '{clean(value, 40)}' is no time; write 2026-01-31 or 2026-01-31T12:00:00Z"
            )
        read.append(iso_time(text))
    begin, end = parse_time(read[0]), parse_time(read[1])
    if begin and end and begin > end:
        raise DrsError("dates_reversed", f"since {read[0]} is after until {read[1]}")
    return read[0], read[1]


def wanted_statuses(values: Iterable[Any]) -> list[str]:
    """Check statuses that were asked for.

    :raises DrsError: ``unknown_status``.
    """
    listed = [str(value) for value in values]
    wrong = [clean(value, 40) for value in listed if status_of(value) == UNKNOWN]
    if wrong:
        raise DrsError("unknown_status", f"statuses: {', '.join(wrong)}; there are: {', '.join(STATUSES)}")
    return [status_of(value) for value in listed]
