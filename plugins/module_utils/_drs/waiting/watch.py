"""Watching long work: when to look again, what to say, when to stop. No clock and no I/O: everything is handed in."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, names

# A recovery job takes "typically 5-20 minutes" (DRS user guide, CloudEndure-Concepts); most end near this.
TYPICAL_JOB_SECONDS = 600.0
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


class PollSchedule:
    """When to look again at work that is expected to take ``expected`` seconds.

    Rarely at first, often near the expected end, and ever more rarely after it:

    - before: half of what is still expected to remain, within ``minimum`` and ``maximum``;
    - after: a quarter of what it is late already, within ``minimum`` and half of ``maximum``.

    An end after the expected one is seen late by at most ``minimum`` seconds or a quarter of the overrun, never more
    than half of ``maximum``. An end before it is seen late by at most half of what was expected to remain, never more
    than ``maximum``.
    """

    def __init__(self, expected: float | None = TYPICAL_JOB_SECONDS, minimum: float = 5, maximum: float = 120) -> None:
        """:raises ValueError: a minimum that is not above zero, or above the maximum."""
        if not 0 < minimum <= maximum:
            raise ValueError("poll interval: minimum %s must be above 0 and at most maximum %s" % (minimum, maximum))
        self.expected = float(expected) if expected and expected > 0 else TYPICAL_JOB_SECONDS
        self.minimum = float(minimum)
        self.maximum = float(maximum)

    def next(self, elapsed: float) -> float:
        """Seconds to wait when the work has run for ``elapsed`` seconds."""
        if elapsed < self.expected:
            wanted, longest = (self.expected - elapsed) * 0.5, self.maximum
        else:
            wanted, longest = (elapsed - self.expected) * 0.25, self.maximum / 2
        return max(self.minimum, min(wanted, longest))

    def after_error(self, errors: int) -> float:
        """Seconds to wait after the n-th error in a row: doubling from the minimum, at most half of the maximum."""
        return max(self.minimum, min(self.minimum * 2 ** min(max(0, errors - 1), 32), self.maximum / 2))


def watch(
    read: Callable[[], Any],
    judge: Callable[[Any], tuple[bool, Sequence[str]]],
    schedule: PollSchedule,
    sleep: Callable[[float], Any],
    emit: Callable[[str], Any],
    timeout: float,
    heartbeat: float = 60,
    max_errors: int = 5,
    *,
    label: str = "",
    age: Callable[[Any], float | None] | None = None,
    beat: Callable[[Any, float], str] | None = None,
) -> dict[str, Any]:
    """Read until the judge says done, the time is up or reading fails for good.

    :param read: returns the state; may raise DrsError. Retryable errors are tolerated, ``max_errors`` in a row; each is
        said in one line. Any other error ends the watch, and the last state that was read is kept.
    :param judge: says of a state whether it is final, and the lines to print about what changed since the last one.
    :param sleep: lets seconds pass; called in pieces no longer than ``heartbeat``.
    :param emit: prints one line.
    :param timeout: seconds from the first read; a last read happens when they are over.
    :param heartbeat: seconds; a line is printed at least so often.
    :param age: how long the work of a state has run, when it is known better than by the time watched here (re-attached
        after a crash, slow reads); only the schedule uses it.
    :param beat: writes the heartbeat line from the last state and the seconds watched.
    :returns: ``{state, done, timed_out, elapsed, polls, errors, error}``: the last state or None, seconds slept, number
        of reads, number of failed reads, and the error that ended the watch (DrsError.to_dict()) or None.
    """
    watcher = _Watcher(sleep, emit, heartbeat, beat or (lambda state, elapsed: heartbeat_line(label, state, elapsed)))
    result: dict[str, Any] = {"state": None, "done": False, "timed_out": False, "errors": 0, "polls": 0, "error": None}
    in_a_row = 0
    while True:
        result["polls"] += 1
        try:
            result["state"] = read()
        except DrsError as error:
            in_a_row += 1
            result["errors"] += 1
            fatal = not error.retryable or in_a_row > max_errors
            watcher.say(_error_line(label, error, in_a_row, max_errors, fatal))
            if fatal:
                result["error"] = error.to_dict()
                break
            wait = schedule.after_error(in_a_row)
        else:
            in_a_row = 0
            result["done"], lines = judge(result["state"])
            for line in lines:
                watcher.say(line)
            if result["done"]:
                break
            known = age(result["state"]) if age else None
            wait = schedule.next(watcher.elapsed if known is None else known)
        if watcher.elapsed >= timeout:
            result["timed_out"] = True
            watcher.say("%stime is up after %s, not finished" % (_prefix(label), duration(watcher.elapsed)))
            break
        watcher.pause(min(wait, timeout - watcher.elapsed), result["state"])
    result["elapsed"] = watcher.elapsed
    return result


class _Watcher:
    """Sleeps and speaks, and knows how long it has been silent."""

    def __init__(
        self,
        sleep: Callable[[float], Any],
        emit: Callable[[str], Any],
        heartbeat: float,
        beat: Callable[[Any, float], str],
    ) -> None:
        if heartbeat <= 0:
            raise ValueError("heartbeat %s must be above 0 seconds" % heartbeat)
        self._sleep, self._emit, self._heartbeat, self._beat = sleep, emit, heartbeat, beat
        self._silent = 0.0
        self.elapsed = 0.0

    def say(self, line: str) -> None:
        self._emit(line)
        self._silent = 0.0

    def pause(self, seconds: float, state: Any) -> None:
        """Sleep. The heartbeat waits for a read that is due at the same moment: news is better than a sign of life."""
        left = seconds
        while left > 0:
            if self._silent >= self._heartbeat:
                self.say(self._beat(state, self.elapsed))
            piece = min(left, self._heartbeat - self._silent)
            self._sleep(piece)
            self.elapsed += piece
            self._silent += piece
            left -= piece


def _prefix(label: str) -> str:
    return "[%s] " % clean(label) if label else ""


def _error_line(label: str, error: DrsError, in_a_row: int, max_errors: int, fatal: bool) -> str:
    if not fatal:
        then = "trying again (%d of %d)" % (in_a_row, max_errors)
    elif error.retryable:
        then = "giving up after %s in a row" % count(in_a_row, "error")
    else:
        then = "giving up"
    return "%scould not read: %s: %s; %s" % (_prefix(label), clean(error.code), clean(error.message, 160), then)


def describe_changes(
    old_jobs: Iterable[Mapping[str, Any]] | None,
    new_jobs: Iterable[Mapping[str, Any]],
    label: str,
    server_names: Mapping[str, str] | None = None,
) -> list[str]:
    """Say what changed between two readings of jobs (JOB, see replication.normalise_job).

    A line for every job whose status changed, a line for every server whose launch status changed. When more than
    LINES_PER_CHANGE servers of a cell's jobs change in the same way they share a line with the count so far; failed
    servers are always named. A server that only begins to move is not news.

    :param server_names: names by source server id; the id stands in for a missing one.
    """
    before = {job["job_id"]: job for job in old_jobs or ()}
    after = list(new_jobs)
    prefix = _prefix(label)
    lines: list[str] = []
    changed: dict[str, list[str]] = {}
    for job in after:
        old = before.get(job["job_id"])
        if old is None or old.get("status") != job.get("status"):
            lines.append("%sjob %s %s" % (prefix, clean(job["job_id"]), _job_words(old, job)))
        earlier = _statuses([old] if old else [])
        for server_id, status in _statuses([job]).items():
            if status != earlier.get(server_id) and status not in ("PENDING", "IN_PROGRESS"):
                changed.setdefault(status, []).append(server_id)
    totals = tally(after)
    for status in sorted(changed, key=_rank):
        named = [_name(server_id, server_names) for server_id in changed[status]]
        lines.extend(_outcome_lines(prefix, status, named, totals))
    return lines


def _job_words(old: Mapping[str, Any] | None, job: Mapping[str, Any]) -> str:
    status = clean(job.get("status") or "without status")
    if old is None:
        return "%s, %s" % (status, count(len(job.get("servers") or ()), "server"))
    return "%s -> %s" % (clean(old.get("status") or "without status"), status)


def _outcome_lines(prefix: str, status: str, named: list[str], totals: Mapping[str, int]) -> list[str]:
    word = _WORDS.get(status, clean(status))
    if len(named) <= LINES_PER_CHANGE:
        return ["%s%s %s" % (prefix, name, word) for name in named]
    lines = ["%s%d of %d %s" % (prefix, totals.get(status, len(named)), totals["total"], word)]
    if status not in ("LAUNCHED", "TERMINATED"):
        for start in range(0, len(named), NAMES_PER_LINE):
            lines.append("%s%s: %s" % (prefix, word, ", ".join(named[start : start + NAMES_PER_LINE])))
    return lines


def _name(server_id: str, server_names: Mapping[str, str] | None) -> str:
    return clean((server_names or {}).get(server_id) or server_id, 64)


def _statuses(jobs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {
        server["source_server_id"]: server.get("launch_status") or "UNKNOWN"
        for job in jobs
        for server in job.get("servers") or ()
    }


def _rank(status: str) -> tuple[int, str]:
    return (_ORDER.index(status) if status in _ORDER else len(_ORDER), status)


def tally(jobs: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count the servers of jobs by launch status; ``total`` is all of them.

    A server that was tried again stands in two jobs and counts once, as in the later one.
    """
    latest = _statuses(sorted(jobs, key=lambda job: str(job.get("created_at") or "")))
    return {"total": len(latest), **Counter(latest.values())}


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
    line = "%s%s, %s" % (_prefix(label), duration(elapsed), what)
    if expected and elapsed < expected:
        line += "; about %s to go" % duration(expected - elapsed)
    if timeout:
        line += "; %s left until the deadline" % duration(max(0.0, timeout - elapsed))
    return line


def all_completed(jobs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether every job has ended. COMPLETED is the only final status, also when servers failed. No job is no end."""
    statuses = [job.get("status") for job in jobs]
    return bool(statuses) and all(status == "COMPLETED" for status in statuses)


class JobJudge:
    """A judge for ``watch`` whose states are lists of JOBs: done when all have ended, lines for what changed.

    :param job_ids: the jobs that must have ended. One that DRS no longer shows keeps the watch going until its time is
        up: silence is not an end. Without ids the jobs of each state are taken as all there are.
    """

    def __init__(
        self, label: str, server_names: Mapping[str, str] | None = None, job_ids: Iterable[str] | None = None
    ) -> None:
        self._label = label
        self._names = server_names
        self._wanted = None if job_ids is None else set(job_ids)
        self._missing: set[str] = set()
        self._last: list[Mapping[str, Any]] = []

    def __call__(self, jobs: Sequence[Mapping[str, Any]]) -> tuple[bool, list[str]]:
        lines = describe_changes(self._last, jobs, self._label, self._names)
        missing = (self._wanted or set()) - {job["job_id"] for job in jobs}
        for job_id in sorted(missing - self._missing):
            lines.append("%sjob %s is not shown by DRS" % (_prefix(self._label), clean(job_id)))
        self._missing = missing
        self._last = list(jobs)
        return not missing and all_completed(jobs), lines


def summary_line(label: str, result: Mapping[str, Any], failed: Iterable[str] = ()) -> str:
    """Close a watch in one line: how long, how many, and who failed."""
    jobs = result.get("state") or []
    line = heartbeat_line(label, list(jobs), result["elapsed"])
    failing = list(failed)
    return line + ("; failed: %s" % names(failing, 10) if failing else "")
