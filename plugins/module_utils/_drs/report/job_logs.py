"""The logs of a run's DRS jobs in its report and its evidence: what DRS itself wrote down, beside what we did.

The record has them as they were when each job had ended. A log that could not be read is told as that, and a job
without any log as well: neither looks like a job in which nothing happened.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, span
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import text

COLUMNS = ("wave", "cell", "job_id", "at", "event", "source_server_id", "reason")
CLEAN_UP = "clean-up"
NOT_READ = "LOG NOT READ"
_START = "_START"
# In this order DRS ends what it began; LAUNCH_END is in recorded answers and in no service model.
_ENDS = ("_END", "_FAIL", "_FAILED")


def logs_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The logs of the run's jobs, by wave, those of the clean-up last: ``{wave, cell, job_id, read_at, problem, events
    [[at, event, source_server_id, reason]]}``. ``problem`` says why a log is not there; it is None for one that is.
    """
    return [
        {
            "wave": wave,
            "cell": text(one.get("cell"), 64),
            "job_id": text(one.get("job_id")),
            "read_at": iso_time(one.get("read_at")),
            "problem": _problem(one),
            "events": [_event(as_list(row)) for row in as_list(one.get("events"))],
        }
        for wave, record in _records(documents)
        for one in map(as_mapping, as_list(record.get("logs")))
    ]


def _records(documents: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    waves = [(text(one.get("wave"), 40) or "?", one) for one in documents["waves"]]
    return [*waves, (CLEAN_UP, as_mapping(documents["cleanup"]))]


def _problem(log: Mapping[str, Any]) -> str | None:
    error = as_mapping(log.get("error"))
    if error:
        return f"{clean(error.get('code'), 80) or 'unknown'}: {clean(error.get('message'), 300)}"
    return None if as_list(log.get("events")) else "no event of it is on record"


def _event(row: list[Any]) -> list[Any]:
    at, event, server, reason = [*row, None, None, None, None][:4]
    return [iso_time(at) or text(at, 40), text(event, 60), text(server), text(reason, 1000)]


def rows_of(logs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of job_log.csv, see COLUMNS: an event each, and one that says why for each log that is not there."""
    rows = []
    for log in logs:
        place = {key: log[key] for key in ("wave", "cell", "job_id")}
        events = log["events"] or [[log["read_at"], NOT_READ, None, log["problem"]]]
        rows += [{**place, **dict(zip(("at", "event", "source_server_id", "reason"), one))} for one in events]
    return rows


def course(documents: Mapping[str, Any]) -> dict[tuple[Any, Any], str]:
    """What the log of its job says of an attempt, in a line: ``{(job id, source server id): text}``.

    For example ``snapshot 1m 20s, conversion 5m 10s, LAUNCH_FAILED: InsufficientInstanceCapacity``.
    """
    told: dict[tuple[Any, Any], list[list[Any]]] = {}
    for log in logs_of(documents):
        for one in log["events"]:
            if one[2]:
                told.setdefault((log["job_id"], one[2]), []).append(one)
    return {key: clean(", ".join(_phases(events)), 300) for key, events in told.items()}


def log_of(entry: Mapping[str, Any], logs: Mapping[tuple[Any, Any], str]) -> str | None:
    """What the log of its job says of the entry of a server; a failback launches the copy that is on the other side.

    :param logs: see ``course``.
    """
    job = text(entry.get("job_id"))
    original = as_mapping(as_mapping(entry.get("failback")).get("original"))
    stages = [one for one in map(as_mapping, as_list(entry.get("stages"))) if text(one.get("job_id")) == job]
    # once it is cleaned up, the entry knows the copy no more, and the stage that launched it does
    copies = [original.get("source_server_id"), *(one.get("original_source_server_id") for one in stages)]
    found = (logs.get((job, text(one))) for one in (entry.get("source_server_id"), *copies) if one)
    return next((one for one in found if one), None)


def _phases(events: list[list[Any]]) -> Iterator[str]:
    ended: set[int] = set()
    for place, (at, event, _server, reason) in enumerate(events):
        name = str(event or "?")
        if place in ended:
            continue
        if not name.endswith(_START):
            yield f"{name}: {reason}" if reason else name
            continue
        phase = name[: -len(_START)]
        wanted = [phase + one for one in _ENDS]
        end = next((number for number in range(place + 1, len(events)) if events[number][1] in wanted), None)
        if end is None:
            yield f"{phase.lower()} begun"
            continue
        seconds = span(at, events[end][0])
        if events[end][1] == wanted[0]:
            ended.add(end)
            yield f"{phase.lower()} {duration(seconds)}"
        else:
            yield f"{phase.lower()} failed after {duration(seconds)}"


def gaps(documents: Mapping[str, Any]) -> list[str]:
    """What of the logs is missing, in sentences that name the jobs; empty when each job has its log."""
    logs = logs_of(documents)
    without = sorted(_jobs(documents) - {str(one["job_id"]) for one in logs})
    lines = []
    if without:
        lines.append(f"The log of {count(len(without), 'DRS job')} was not kept: {names(without, 5)}.")
    by_reason: dict[str, list[str]] = {}
    for one in logs:
        if one["problem"]:
            by_reason.setdefault(one["problem"].partition(":")[0], []).append(str(one["job_id"]))
    for reason, jobs in sorted(by_reason.items()):
        lines.append(f"The log of {count(len(jobs), 'DRS job')} could not be read ({reason}): {names(jobs, 5)}.")
    return lines


def _jobs(documents: Mapping[str, Any]) -> set[str]:
    """The ids of all jobs that the record of the run names."""
    found: set[str] = set()
    for _wave, record in _records(documents):
        found |= {str(one) for one in as_list(record.get("jobs")) if one}
        for one in (entry for key in ("servers", "attempts", "calls") for entry in as_list(record.get(key))):
            job = as_mapping(one).get("job_id")
            found |= {str(job)} if job else set()
    return found
