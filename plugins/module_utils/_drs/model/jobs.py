"""What the jobs of a cell say about servers: whose they are, what they hold, what became of each server.

A COMPLETED job is not a success: DRS has no failed job, so each participating server is judged by itself
(DRS user guide, recovery jobs).
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, Participant
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Entry

LAUNCH = "LAUNCH"
TERMINATE = "TERMINATE"
DRILL_INITIATORS = ("START_DRILL",)

_LAUNCH_OUTCOMES: dict[str, outcomes.Outcome] = {
    "LAUNCHED": outcomes.LAUNCHED,
    "FAILED": outcomes.FAILED,
    "TERMINATED": outcomes.FAILED,
}
_TERMINATE_OUTCOMES: dict[str, outcomes.Outcome] = {"TERMINATED": outcomes.TERMINATED, "FAILED": outcomes.FAILED}


def of_run(jobs: t.Iterable[Job], run_id: str, job_type: str = LAUNCH) -> list[Job]:
    """The jobs that this run started, oldest first."""
    return [job for job in reversed(list(jobs)) if job["run_id"] == run_id and job["type"] == job_type]


def of_batch(jobs: t.Iterable[Job], batch: str) -> Job | None:
    """The job that carries a batch's tag, or None."""
    return next((job for job in jobs if job["batch"] == batch), None)


def holding(jobs: t.Iterable[Job], job_type: str | None = None, active_only: bool = True) -> dict[str, Job]:
    """Which job holds which source server: {source_server_id: JOB}."""
    held: dict[str, Job] = {}
    for job in jobs:
        if (active_only and not job["active"]) or (job_type and job["type"] != job_type):
            continue
        for server in job["servers"]:
            held.setdefault(server["source_server_id"], job)
    return held


def server_ids(job: Job) -> list[str]:
    """The source servers that take part in a job."""
    return [server["source_server_id"] for server in job["servers"]]


def participant(job: Job, source_server_id: str) -> Participant | None:
    """What a job says of one server; None when it does not take part.

    :returns: the participant as the job has it: {source_server_id, launch_status, recovery_instance_id,
        failed_actions, actions}.
    """
    return next((one for one in job["servers"] if one["source_server_id"] == source_server_id), None)


def instance_of(job: Job, source_server_id: str) -> str | None:
    """The recovery instance that a job names for a server; None when it names none."""
    own = participant(job, source_server_id)
    return own["recovery_instance_id"] if own else None


def outcome_of(job: Job, source_server_id: str) -> outcomes.Outcome:
    """What a job has made of one server so far.

    A server of a job that ended without a word about it is ``unknown``, never a success.
    """
    by_status = _TERMINATE_OUTCOMES if job["type"] == TERMINATE else _LAUNCH_OUTCOMES
    own = participant(job, source_server_id)
    status = own["launch_status"] if own else None
    if status in by_status:
        return by_status[status]
    return outcomes.IN_PROGRESS if job["active"] and status else outcomes.UNKNOWN


def instance_fields(instance: AnyServer) -> dict[str, t.Any]:
    """What a result entry takes from a recovery instance: {recovery_instance_id, source_server_id, ec2_instance_id,
    private_ip, availability_zone, is_drill, point_in_time}.
    """
    keys = (
        *("recovery_instance_id", "source_server_id", "ec2_instance_id", "private_ip", "availability_zone"),
        *("is_drill", "point_in_time"),
    )
    return {key: instance.get(key) for key in keys}


def entry(job: Job, server: AnyServer, **values: t.Any) -> Entry:
    """The result entry of one server as its job has it now; ``server`` supplies names and places."""
    source_server_id = server["source_server_id"]
    outcome = outcome_of(job, source_server_id)
    error = None
    if outcome == outcomes.FAILED:
        error = DrsError("terminate_failed" if job["type"] == TERMINATE else "launch_failed")
    elif outcome == outcomes.UNKNOWN:
        error = DrsError("outcome_unknown", f"job {job['job_id']} ended and does not say what became of the server")
    fields = {
        "job_id": job["job_id"],
        "batch": job["batch"],
        "recovery_instance_id": instance_of(job, source_server_id) or server.get("recovery_instance_id"),
        "started_at": job["created_at"],
        "ended_at": job["ended_at"],
        "is_drill": job["initiated_by"] in DRILL_INITIATORS if job["type"] == LAUNCH else server.get("is_drill"),
        "post_launch": post_launch.runs_of(participant(job, source_server_id)) or server.get("post_launch"),
    }
    fields.update(values)
    return outcomes.server_entry(outcome, server, error=error, **fields)
