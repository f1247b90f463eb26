"""Progress lines of jobs: what changed since the last look, and the heartbeat."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.step import prefix
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import ActionRun, Job

# Up to so many servers that change in the same way get a line each; more share one.
LINES_PER_CHANGE = 3
NAMES_PER_LINE = 6

_WORDS = {
    "PENDING": "waiting",
    "IN_PROGRESS": "in progress",
    "LAUNCHED": "launched",
    "FAILED": "FAILED",
    "TERMINATED": "terminated",
}
_ORDER = ("LAUNCHED", "TERMINATED", "FAILED", "IN_PROGRESS", "PENDING")


def describe_changes(
    old_jobs: Iterable[Job] | None,
    new_jobs: Iterable[Job],
    label: str,
    server_names: Mapping[str, str] | None = None,
) -> list[str]:
    """Say what changed between two readings of jobs (JOB, see normalise.normalise_job).

    A line for every job whose status changed, a line for every server whose launch status changed. When more than
    LINES_PER_CHANGE servers of a cell's jobs change in the same way they share a line with the count so far; failed
    servers are always named. A job or a server that only begins to move is not news.

    :param server_names: names by source server id; the id stands in for a missing one.
    """
    before = {job["job_id"]: job for job in old_jobs or ()}
    after = list(new_jobs)
    last = {server_id: job["job_id"] for job in _in_order(after) for server_id in _statuses([job])}
    begin = prefix(label)
    lines: list[str] = []
    changed: dict[str, list[str]] = {}
    for job in after:
        old = before.get(job["job_id"])
        begins = old is not None and (old.get("status"), job.get("status")) == ("PENDING", "STARTED")
        if old is None or (old.get("status") != job.get("status") and not begins):
            lines.append("%sjob %s %s" % (begin, clean(job["job_id"]), _job_words(old, job)))
        earlier = _statuses([old] if old else [])
        for server_id, status in _statuses([job]).items():
            # a run that is taken up finds earlier tries beside the last one, which alone says what became of a server
            over = old is None and last[server_id] != job["job_id"]
            if status != earlier.get(server_id) and status not in ("PENDING", "IN_PROGRESS") and not over:
                changed.setdefault(status, []).append(server_id)
    lines.extend(_action_lines(begin, before.values(), after, server_names))
    totals = tally(after)
    for status in sorted(changed, key=_rank):
        named = [_name(server_id, server_names) for server_id in changed[status]]
        lines.extend(_outcome_lines(begin, status, named, totals))
    return lines


def _job_words(old: Job | None, job: Job) -> str:
    status = clean(job.get("status") or "without status")
    if old is None:
        return "%s, %s" % (status, count(len(job.get("servers") or ()), "server"))
    return "%s -> %s" % (clean(old.get("status") or "without status"), status)


def _action_lines(
    begin: str, old_jobs: Iterable[Job], jobs: Iterable[Job], server_names: Mapping[str, str] | None
) -> list[str]:
    """Post-launch actions that have ended since: each failed one, and how many succeeded."""
    before = {key: run["status"] for key, run in _action_runs(old_jobs)}
    ended = [(key, run) for key, run in _action_runs(jobs) if run["status"] != before.get(key)]
    lines = [
        "%s%s post-launch action %s FAILED%s: %s"
        % (
            begin,
            _name(key[0], server_names),
            clean(run["name"] or "without name", 64),
            " (optional)" if run["optional"] else "",
            clean(run["reason"] or "no reason given", 200),
        )
        for key, run in ended
        if run["status"] == "FAILED"
    ]
    good = Counter(clean(run["name"] or "without name", 64) for _key, run in ended if run["status"] == "SUCCEEDED")
    words = ["%s on %s" % (name, count(number, "server")) for name, number in sorted(good.items())]
    return [*lines, *(["%spost-launch actions succeeded: %s" % (begin, ", ".join(words))] if words else [])]


def _action_runs(jobs: Iterable[Job]) -> list[tuple[tuple[str, str], ActionRun]]:
    return [
        ((server["source_server_id"], str(run["run_id"])), run)
        for job in jobs
        for server in job.get("servers") or ()
        for run in server.get("actions") or ()
    ]


def _outcome_lines(begin: str, status: str, named: list[str], totals: Mapping[str, int]) -> list[str]:
    word = _WORDS.get(status, clean(status))
    if len(named) <= LINES_PER_CHANGE:
        return ["%s%s %s" % (begin, name, word) for name in named]
    lines = ["%s%d of %d %s" % (begin, totals.get(status, len(named)), totals["total"], word)]
    if status not in ("LAUNCHED", "TERMINATED"):
        for start in range(0, len(named), NAMES_PER_LINE):
            lines.append("%s%s: %s" % (begin, word, ", ".join(named[start : start + NAMES_PER_LINE])))
    return lines


def _name(server_id: str, server_names: Mapping[str, str] | None) -> str:
    return clean((server_names or {}).get(server_id) or server_id, 64)


def _statuses(jobs: Iterable[Job]) -> dict[str, str]:
    return {
        server["source_server_id"]: server.get("launch_status") or "UNKNOWN"
        for job in jobs
        for server in job.get("servers") or ()
    }


def _rank(status: str) -> tuple[int, str]:
    return (_ORDER.index(status) if status in _ORDER else len(_ORDER), status)


def tally(jobs: Iterable[Job]) -> dict[str, int]:
    """Count the servers of jobs by launch status; ``total`` is all of them.

    A server that was tried again stands in two jobs and counts once, as in the later one.
    """
    latest = _statuses(_in_order(jobs))
    return {"total": len(latest), **Counter(latest.values())}


def _in_order(jobs: Iterable[Job]) -> list[Job]:
    """Jobs by when they were made: of two that hold a server the later one decides."""
    return sorted(jobs, key=lambda job: str(job.get("created_at") or ""))


def heartbeat_line(
    label: str,
    jobs: Any,
    elapsed: float,
    expected: float | None = None,
    timeout: float | None = None,
) -> str:
    """Write the sign of life: ``[label] 4m00s: 97 of 100 launched, 3 in progress; 26m left until the deadline``.

    :param jobs: the JOBs being watched; None, before the first answer, is said too.
    """
    if not isinstance(jobs, (list, tuple)):
        what = "still waiting" if jobs is not None else "no answer yet"
    else:
        counts = tally(jobs)
        parts = [
            "%d %s" % (counts[status], _WORDS.get(status, clean(status)))
            for status in sorted(counts, key=_rank)
            if status != "total"
        ]
        what = "%s: %s" % (count(counts["total"], "server"), ", ".join(parts) or "none")
    line = "%s%s, %s" % (prefix(label), duration(elapsed), what)
    if expected and elapsed < expected:
        line += "; about %s to go" % duration(expected - elapsed)
    if timeout:
        line += "; %s left until the deadline" % duration(max(0.0, timeout - elapsed))
    return line
