"""Waiting for the jobs of one cell: one DescribeJobs an interval for all of them, and room used as it appears."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs as api
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import watch as progress
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import job_results as results
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time

_IDS = {"type": "list", "elements": "str", "default": []}
_DICTS = {"type": "list", "elements": "dict", "default": []}


WAIT_SPEC = {
    "job_ids": _IDS,
    "jobs": _DICTS,
    "servers": _DICTS,
    "launch": {"type": "dict", "default": {}},
    **pace.pace_spec(int(progress.TYPICAL_JOB_SECONDS), 5, 120, 7200),
    "fail_on": {"type": "str", "choices": ["never", "any", "all"], "default": "any"},
}

# What leaves nothing to be done. An instance that was gone before is skipped: asking twice is no failure.
_DONE = (outcomes.LAUNCHED, outcomes.TERMINATED, outcomes.SKIPPED)


class Wait:
    """One wait for jobs of a cell.

    :param params: see ``WAIT_SPEC``; ``jobs`` and ``servers`` as drs_recovery returned them.
    :param emit: prints one line.
    :param sleep: lets seconds pass.
    :param relaunch: repeats the request of ``launch`` and returns its result: what runs is adopted, what is queued is
        started where there is room now. None where nothing may be started.
    """

    def __init__(
        self,
        cell: Cell,
        params: dict,
        emit: t.Callable[[str], t.Any],
        sleep: t.Callable[[float], t.Any],
        relaunch: t.Callable[[], dict] | None = None,
    ) -> None:
        self.cell = cell
        self.params = params
        self.emit = emit
        self.sleep = sleep
        self.relaunch = relaunch
        self.servers: list[dict] = list(params["servers"])
        self.jobs: list[dict] = list(params["jobs"])
        self.ids = list(dict.fromkeys([*(job["job_id"] for job in self.jobs), *params["job_ids"]]))
        self._by_id_alone = set(params["job_ids"])
        self._seen: list[dict] | None = None

    @property
    def queued(self) -> list[dict]:
        """The servers that still wait for their turn."""
        return [one for one in self.servers if one["outcome"] == outcomes.QUEUED]

    def run(self) -> dict:
        """Wait; returns {jobs, servers, summary, timed_out, elapsed_seconds, job_seconds, polls, errors, error}."""
        params = self.params
        watched = progress.watch(
            self._read,
            self._judge,
            pace.schedule(params),
            self.sleep,
            self.emit,
            params["timeout"],
            params["heartbeat"],
            params["max_errors"],
            label=self._label,
            age=self._age,
            beat=lambda _state, elapsed: self._beat(elapsed),
        )
        return self._result(watched)

    @property
    def _label(self) -> str:
        return self.params.get("label") or self.cell.name

    # -- each look -----------------------------------------------------------------------------------------------
    def _read(self) -> list[dict]:
        if self._seen is None and not self._by_id_alone:
            # the launch returned a moment ago: its answer is the first look
            return self.jobs
        try:
            if self.ids:
                self.jobs = api.jobs(self.cell, self.ids)
        except errors.DrsError as exc:
            # credentials may have expired or changed; the next look reads them anew, and whoever runs this has until
            # then to log in again
            self.cell.renew()
            exc.retryable = exc.retryable or exc.code in pace.EXPIRED
            raise
        self.servers = results.update(self._everyone(), self.jobs)
        if self.queued and self.relaunch and self._room():
            self._ask_again(self.relaunch)
        return self.jobs

    def _everyone(self) -> list[dict]:
        """The servers handed in, and those that jobs given by their ids alone hold."""
        known = {one["source_server_id"] for one in self.servers}
        found = [
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
            if server["source_server_id"] not in known
        ]
        return self.servers + [outcomes.server_entry(outcomes.UNKNOWN, one) for one in found]

    def _room(self) -> bool:
        """Whether asking again may start something: a job of ours ended since the last look, or none of ours runs."""
        ended = {job["job_id"] for job in self.jobs if not job["active"]}
        before = {job["job_id"] for job in self._seen or [] if not job["active"]}
        return ended != before or all(not job["active"] for job in self.jobs)

    def _ask_again(self, relaunch: t.Callable[[], dict]) -> None:
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

    def _serve_queue(self, answer: dict) -> None:
        self.servers = [
            _turn(one, answer["servers"]) if one["outcome"] == outcomes.QUEUED else one for one in self.servers
        ]
        known = {job["job_id"] for job in self.jobs}
        started = [job for job in answer["jobs"] if job["job_id"] not in known]
        self.jobs = [*self.jobs, *started]
        self.ids += [job["job_id"] for job in started]

    def _judge(self, jobs: list[dict]) -> tuple[bool, list[str]]:
        names = {one["source_server_id"]: one["name"] for one in self.servers if one.get("name")}
        lines = progress.describe_changes(self._seen, jobs, self._label, names)
        self._seen = list(jobs)
        missing = set(self.ids) - {job["job_id"] for job in jobs}
        return not missing and not self.queued and all(not job["active"] for job in jobs), lines

    def _age(self, jobs: list[dict]) -> float | None:
        """How long the youngest running job has run by the service's clock, so that a wait can be taken up again."""
        if not self.cell.server_time:
            return None
        begun = [parse_time(job["created_at"]) for job in jobs if job["active"]]
        return min(((self.cell.now - one).total_seconds() for one in begun if one), default=None)

    def _beat(self, elapsed: float) -> str:
        line = progress.heartbeat_line(
            self._label, self._seen, elapsed, self.params["expected_seconds"], self.params["timeout"]
        )
        return f"{line}; {len(self.queued)} queued" if self.queued else line

    # -- the end -------------------------------------------------------------------------------------------------
    def _result(self, watched: dict) -> dict:
        self.servers = results.update(self.servers, self.jobs)
        if watched["error"] is None:
            self.servers = results.complete(self.cell, self.servers, self.jobs)
        self.servers = [self._closed(one, watched) for one in self.servers]
        seconds = [_seconds(job) for job in self.jobs if not job["active"]]
        return {
            "jobs": self.jobs,
            "servers": self.servers,
            "summary": outcomes.summarise(self.servers),
            "timed_out": watched["timed_out"],
            "elapsed_seconds": watched["elapsed"],
            "job_seconds": max((one for one in seconds if one is not None), default=None),
            "polls": watched["polls"],
            "errors": watched["errors"],
            "error": outcomes.error_entry(watched["error"]) if watched["error"] else None,
            "changed": any(one["changed"] for one in self.servers),
        }

    def _closed(self, one: dict, watched: dict) -> dict:
        """Say of a server that is still moving why nobody watches it any longer: the job itself goes on in AWS."""
        if one["outcome"] not in outcomes.OPEN_OUTCOMES:
            return one
        error = watched["error"]
        if error is None:
            error = errors.DrsError(
                "wait_timeout", f"{one['name']}: {one['outcome']} after {int(watched['elapsed'])} seconds"
            )
        return dict(one, error=outcomes.error_entry(error))


def _turn(one: dict, fresh: t.Iterable[dict]) -> dict:
    """What became of a queued server; a termination is told by its instance, for a server may have several."""
    instance_id = one["recovery_instance_id"]
    for new in fresh:
        if new["source_server_id"] == one["source_server_id"] and instance_id in (None, new["recovery_instance_id"]):
            return new
    if instance_id is None:
        return one
    gone = errors.DrsError("already_terminated", f"{instance_id} went while it was queued")
    return outcomes.server_entry(outcomes.SKIPPED, one, error=gone)


def _seconds(job: dict) -> float | None:
    start, end = parse_time(job["created_at"]), parse_time(job["ended_at"])
    return (end - start).total_seconds() if start and end else None


def failed(result: dict, fail_on: str) -> bool:
    """Whether a wait counts as failed: ``any`` server without success, or ``all`` of them; never otherwise."""
    bad = [one for one in result["servers"] if one["outcome"] not in _DONE]
    if fail_on == "never" or not bad:
        return False
    return fail_on == "any" or len(bad) == len(result["servers"])


def failure_message(cell: str, result: dict) -> str:
    """One sentence for a wait that failed: how many, and the first reasons."""
    bad = [one for one in result["servers"] if one["outcome"] not in _DONE]
    told = [f"{one['name']}: {one['outcome']}" + (f" ({one['error']['code']})" if one["error"] else "") for one in bad]
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return f"{cell}: {len(bad)} of {len(result['servers'])} servers did not succeed: {', '.join(told[:5])}{more}"
