"""Wait for the jobs of one cell with one DescribeJobs per interval, and launch queued batches."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import job_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import job_results
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import vanished
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import JobLog
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Given, Result

_IDS = {"type": "list", "elements": "str", "default": []}
_DICTS = {"type": "list", "elements": "dict", "default": []}


WAIT_SPEC = {
    "job_ids": _IDS,
    "jobs": _DICTS,
    "servers": _DICTS,
    "launch": {"type": "dict", "default": {}},
    **pace.pace_spec(int(pace.TYPICAL_JOB_SECONDS), 5, 120, 7200),
    "fail_on": {"type": "str", "choices": ["never", "any", "all"], "default": "any"},
    "post_launch": {"type": "str", "choices": list(post_launch.RULES), "default": post_launch.REQUIRED},
}

# What leaves nothing to be done. An instance that was gone before is skipped: asking twice is no failure.
SERVERS = states.of_outcomes(
    done=(outcomes.LAUNCHED, outcomes.TERMINATED, outcomes.SKIPPED), going_on=outcomes.OPEN_OUTCOMES
)
# A job that DRS does not show has not ended: silence is no end. One that it has shown before, or of which something
# else says how it ended, is judged by what it left behind.
RUNS, ENDED, NOT_SHOWN, GONE = "runs", "ended", "not shown", "gone"


class JobWait(Wait):
    """One wait for jobs of a cell.

    :param params: see ``WAIT_SPEC``; ``jobs`` and ``servers`` as drs_recovery returned them. ``logs_known``, the jobs
        whose logs are on record, makes the wait read the logs of the others at its end (see ``logs``).
    :param relaunch: repeats the request of ``launch`` and returns its result: what runs is adopted, what is queued is
        started where there is room now. None where nothing may be started. It is called in the midst of a look.

    Its result: {jobs, servers, summary, job_seconds, changed} and what every wait says.
    """

    SHARES = True
    TABLE = {
        RUNS: states.GOING_ON,
        NOT_SHOWN: states.GOING_ON,
        outcomes.QUEUED: states.GOING_ON,
        ENDED: states.DONE,
        GONE: states.DONE,
    }

    def __init__(self, cell: Cell, params: Given, relaunch: t.Callable[[], Result] | None = None) -> None:
        super().__init__(params, cell)
        self.cell = cell
        self.relaunch = relaunch
        self.servers: list[Entry] = list(params["servers"])
        self.jobs: list[Job] = list(params["jobs"])
        self.ids = list(dict.fromkeys([*(job["job_id"] for job in self.jobs), *params["job_ids"]]))
        self._by_id_alone = set(params["job_ids"])
        self._vanished = vanished.Vanished(cell, self.jobs)
        self.logs: list[JobLog] = []
        """The logs of the jobs that have ended, for the record of the run; empty unless they were asked for."""

    @property
    def queued(self) -> list[Entry]:
        """The servers that still wait for their turn."""
        return [one for one in self.servers if one["outcome"] == outcomes.QUEUED]

    # -- each look -----------------------------------------------------------------------------------------------
    def answer(self) -> list[Job] | None:
        """The answer of the launch: final when all its jobs have ended, good for a first look while it is fresh."""
        if self._by_id_alone:
            return None
        running = [job for job in self.jobs if job["active"]]
        if not running and not self.queued:
            return self.jobs
        began = (job["created_at"] for job in running)
        fresh = pace.is_fresh(began, self.cell.service_time(), self.params["poll_interval"])
        return self.jobs if fresh else None

    def read(self) -> list[Job]:
        asked = [one for one in self.ids if one not in self._vanished.gone]
        if asked:
            self.jobs = drs.jobs(self.cell, asked)
        self.servers = job_results.update(self._everyone(), self.jobs)
        self._take_gone(asked)
        if self.queued and self.relaunch and self._room():
            self._ask_again(self.relaunch)
        return self.jobs

    def _take_gone(self, asked: list[str]) -> None:
        """Judge at once what jobs have left that DRS shows no longer."""
        before = set(self._vanished.gone)
        self.servers = self._vanished.judge(self.servers, asked, self.jobs, self.elapsed)
        gone = self._vanished.gone - before
        if gone:
            self.news.append(vanished.line(self.label, self.servers, gone))

    def _everyone(self) -> list[Entry]:
        """The servers handed in, and those that jobs given by their ids alone hold."""
        server_ids = {one["source_server_id"] for one in self.servers}
        servers = [
            {
                "name": server["source_server_id"],
                "critical": True,
                "cell": self.cell.name,
                "wave": job["wave"],
                "job_id": job["job_id"],
                **{key: job[key] for key in ("account_id", "region")},
                **server,
            }
            for job in self.jobs
            if job["job_id"] in self._by_id_alone
            for server in job["servers"]
            if server["source_server_id"] not in server_ids
        ]
        return self.servers + [outcomes.server_entry(outcomes.UNKNOWN, one) for one in servers]

    def _room(self) -> bool:
        """Whether asking again may start something: a job of ours ended since the last look, or none of ours runs."""
        ended = {job["job_id"] for job in self.jobs if not job["active"]}
        before = {job["job_id"] for job in self.state or [] if not job["active"]}
        return ended != before or all(not job["active"] for job in self.jobs)

    def _ask_again(self, relaunch: t.Callable[[], Result]) -> None:
        try:
            self._serve_queue(relaunch())
        except errors.DrsError as exc:
            if exc.retryable:
                raise
            # what runs must not lose its watcher because what waited may not start
            self.servers = [
                outcomes.server_entry(outcomes.REFUSED, one, error=exc) if one["outcome"] == outcomes.QUEUED else one
                for one in self.servers
            ]

    def _serve_queue(self, answer: Result) -> None:
        job_ids = {job["job_id"] for job in self.jobs}
        started = [job for job in answer["jobs"] if job["job_id"] not in job_ids]
        new = {job["job_id"] for job in started}
        begun = {_key(one) for one in answer["servers"] if one["job_id"] in new}
        # what DRS or a guard refused stands in no job, and is asked for again along with what was queued
        self.servers = [
            _turn(one, answer["servers"])
            if one["outcome"] == outcomes.QUEUED
            or (one["outcome"] == outcomes.FAILED and not one["job_id"])
            or (one["outcome"] == outcomes.REFUSED and _key(one) in begun)
            else one
            for one in self.servers
        ]
        self.jobs = [*self.jobs, *started]
        self.ids += [job["job_id"] for job in started]

    def states_of(self, state: list[Job]) -> t.Iterator[str]:
        yield from (outcomes.QUEUED for _one in self.queued)
        gone = self._vanished.gone
        yield from (GONE for _one in gone)
        yield from (NOT_SHOWN for _one in set(self.ids) - gone - {job["job_id"] for job in state})
        yield from (RUNS if job["active"] else ENDED for job in state)

    def changes(self, state: list[Job]) -> list[str]:
        names = {str(one["source_server_id"]): one["name"] for one in self.servers if one["name"]}
        return job_lines.describe_changes(self.state, state, self.label, names)

    def age(self, state: list[Job]) -> float | None:
        if not self.cell.server_time:
            return None
        begun = [parse_time(job["created_at"]) for job in state if job["active"]]
        return min(((self.cell.now - one).total_seconds() for one in begun if one), default=None)

    def beat(self, elapsed: float, others: t.Sequence[JobWait] = ()) -> str:
        waits = [self, *others]
        expected = max(one.params["expected_seconds"] for one in waits)
        timeout = min(one.params["timeout"] for one in waits)
        states_read = [one.state for one in waits if one.state is not None]
        jobs = [job for state in states_read for job in state] if states_read else None
        line = job_lines.heartbeat_line(self.label_with(others), jobs, elapsed, expected, timeout)
        queued, silent = sum(len(one.queued) for one in waits), len(waits) - len(states_read)
        line += f"; {queued} queued" if queued else ""
        return f"{line}; no answer yet from {count(silent, 'cell')}" if jobs is not None and silent else line

    def in_aws(self) -> list[str]:
        return list(self.ids)

    # -- the end -------------------------------------------------------------------------------------------------
    def result(self, progress: step.Progress) -> Result:
        servers = job_results.update(self.servers, self.jobs)
        if progress.error is None:
            rule = self.params.get("post_launch") or post_launch.REQUIRED
            logs = job_logs.Logs(self.cell)
            servers = [post_launch.judged(one, rule) for one in servers]
            servers = job_results.complete(self.cell, servers, self.jobs, logs)
            self.logs = logs.kept(self._unlogged())
            # a failure is told with its reason from the log, which an action's own reason outdoes
            servers = [post_launch.judged(one, rule) for one in servers]
        self.servers = [self._closed(one, progress) for one in servers]
        seconds = [_seconds(job) for job in self.jobs if not job["active"]]
        return {
            "jobs": self.jobs,
            "servers": self.servers,
            "summary": outcomes.summarise(self.servers),
            **self.progress_fields(progress),
            "job_seconds": max((one for one in seconds if one is not None), default=None),
            "changed": any(one["changed"] for one in self.servers),
        }

    def _unlogged(self) -> list[str]:
        """The jobs that have ended, or are gone, and whose logs are to be read for the record."""
        known = self.params.get("logs_known")
        if known is None:
            return []
        ended = {job["job_id"] for job in self.jobs if not job["active"]} | self._vanished.gone
        return [one for one in self.ids if one in ended and one not in known]

    def problem(self, result: Result) -> str:
        return failure_message(self.cell.name, result) if failed(result, self.params["fail_on"]) else ""

    @staticmethod
    def _closed(one: Entry, progress: step.Progress) -> Entry:
        """Say of a server that is still moving why nobody watches it any longer: the job itself continues in AWS."""
        if one["outcome"] not in outcomes.OPEN_OUTCOMES:
            return one
        error = progress.error or errors.DrsError(
            "wait_timeout", f"{one['name']}: {one['outcome']} after {int(progress.elapsed)} seconds"
        )
        return {**one, "error": outcomes.error_entry(error)}


def _key(one: Entry) -> tuple[t.Any, t.Any]:
    return one["source_server_id"], one["recovery_instance_id"]


def _turn(one: Entry, fresh: t.Iterable[Entry]) -> Entry:
    """What became of a queued server; a termination is told by its instance, for a server may have several."""
    instance_id = one["recovery_instance_id"]
    for new in fresh:
        if new["source_server_id"] == one["source_server_id"] and instance_id in (None, new["recovery_instance_id"]):
            return new
    if instance_id is None:
        return one
    gone = errors.DrsError("already_terminated", f"{instance_id} went while it was queued")
    return outcomes.server_entry(outcomes.SKIPPED, one, error=gone)


def _seconds(job: Job) -> float | None:
    start, end = parse_time(job["created_at"]), parse_time(job["ended_at"])
    return (end - start).total_seconds() if start and end else None


def failed(result: Result, fail_on: str) -> bool:
    """Whether a wait counts as failed: ``any`` server without success, or ``all`` of them; never otherwise."""
    return states.has_failed(result["servers"], SERVERS, fail_on)


def failure_message(cell: str, result: Result) -> str:
    """One sentence for a wait that failed: how many, and the first reasons."""
    return states.failure(cell, result["servers"], SERVERS, "server", "did not succeed")
