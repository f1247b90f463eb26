"""Results of the jobs of a cell that have ended: addresses, age of the data, reasons of failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_launch_failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs as model_jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Explanation
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.job_logs import Logs

FAILURE_EVENTS = (
    "LAUNCH_FAILED",
    "CONVERSION_FAIL",
    "SNAPSHOT_FAIL",
    "USING_PREVIOUS_SNAPSHOT_FAILED",
    "CLEANUP_FAIL",
    "SERVER_SKIPPED",
    "JOB_CANCEL",
)
OLDER_EVENT = "USING_PREVIOUS_SNAPSHOT"
# Data of a launch may be a little older than its job; from here on the log of the job is asked why.
OLDER_SECONDS = 60


def update(entries: t.Iterable[Entry], jobs: t.Iterable[Job]) -> list[Entry]:
    """Bring result entries up to what their jobs say now; entries without a job stay as they are."""
    by_id = {job["job_id"]: job for job in jobs}
    return [
        model_jobs.entry(
            by_id[one["job_id"]],
            one,
            changed=one["changed"],
            adopted=one["adopted"],
            is_drill=one["is_drill"],
            recovery_instance_id=one["recovery_instance_id"]
            if by_id[one["job_id"]]["type"] == model_jobs.TERMINATE
            else model_jobs.instance_of(by_id[one["job_id"]], str(one["source_server_id"])),
        )
        if one["job_id"] in by_id
        else one
        for one in entries
    ]


def complete(cell: Cell, entries: list[Entry], jobs: list[Job], logs: Logs | None = None) -> list[Entry]:
    """Add what the jobs themselves do not say. ``logs`` are those of the cell, when others read them as well.

    Launched servers get their recovery instance, its address and the time of its data (one read for all of them).
    Terminated ones count as such only when EC2 agrees (one read for all of them). Failed ones get the reason from the
    log of their job, which is read only when the job has a failed server, or one with data from before it: when DRS
    could take no new snapshot and used an earlier one, that is said. What cannot be read costs only itself: the
    outcomes of hours of work are not thrown away for a detail.
    """
    instances, unread, gap = _instances(cell, entries)
    standing, unproven = _standing(cell, entries)
    suspects = [
        one
        for one in entries
        if _suspect(one, as_mapping(instances.get((one["source_server_id"], one["job_id"]))).get("point_in_time"))
    ]
    failed = [one for one in entries if one["outcome"] == outcomes.FAILED]
    reasons, older = _reasons(logs or Logs(cell), failed + suspects)
    done: list[Entry] = []
    for one in entries:
        if one["outcome"] == outcomes.LAUNCHED:
            late = (one["job_id"], one["source_server_id"]) in older
            one = _with_instance(one, instances.get((one["source_server_id"], one["job_id"])), unread, gap)
            one = _aged(one) if late and one["error"] is None else one
        elif one["outcome"] == outcomes.TERMINATED:
            one = _proven(one, standing, unproven)
        elif one["outcome"] == outcomes.FAILED and (one["job_id"], one["source_server_id"]) in reasons:
            one = {**one, "error": outcomes.error_entry(reasons[one["job_id"], one["source_server_id"]])}
        done.append(one)
    return done


def _instances(
    cell: Cell, entries: list[Entry]
) -> tuple[dict[tuple[str | None, str | None], RecoveryInstance], errors.DrsError | None, errors.DrsError | None]:
    """The instances of what was launched; why DRS did not say it, and why EC2 did not add to it."""
    launched = [str(one["source_server_id"]) for one in entries if one["outcome"] == outcomes.LAUNCHED]
    gaps: list[errors.DrsError] = []
    try:
        instances = drs.recovery_instances(cell, None, launched, with_ec2=True, gaps=gaps) if launched else []
    except errors.DrsError as exc:
        return {}, exc, None
    found: dict[tuple[str | None, str | None], RecoveryInstance] = {
        (instance["source_server_id"], instance["job_id"]): instance for instance in instances
    }
    return found, None, gaps[0] if gaps else None


def _standing(cell: Cell, entries: list[Entry]) -> tuple[dict[str, str], errors.DrsError | None]:
    """What EC2 says of the machines that were terminated and are not: {id: state}."""
    ids = [one["ec2_instance_id"] for one in entries if one["outcome"] == outcomes.TERMINATED]
    try:
        # EC2 forgets a terminated instance after about an hour, so one that it does not know is gone
        return ec2.standing(cell, [one for one in ids if one]), None
    except errors.DrsError as exc:
        return {}, exc


def _proven(one: Entry, standing: dict[str, str], unproven: errors.DrsError | None) -> Entry:
    machine = one["ec2_instance_id"]
    if not machine:
        # taken up by the id of its job alone: there is only the word of DRS
        return one
    if unproven is not None:
        return outcomes.server_entry(outcomes.UNKNOWN, one, error=unproven)
    if machine in standing:
        text = f"{one['name']}: job {one['job_id']} ended, and EC2 instance {machine} is {standing[machine]}"
        return outcomes.server_entry(outcomes.FAILED, one, error=errors.DrsError("not_terminated", text))
    return one


def _with_instance(
    one: Entry, instance: RecoveryInstance | None, unread: errors.DrsError | None, gap: errors.DrsError | None
) -> Entry:
    if unread is not None:
        return outcomes.server_entry(outcomes.LAUNCHED, one, error=unread)
    if not alive(instance):
        # LAUNCHED by its job, yet gone since: wiped by a later launch or terminated; the record must not claim it. DRS
        # lists a machine that has ended for a while
        error = errors.DrsError("recovery_instance_gone", f"{one['name']}: launched by {one['job_id']}, not there now")
        return outcomes.server_entry(outcomes.UNKNOWN, one, error=error)
    fresh = dict(one, data_age_seconds=None, **model_jobs.instance_fields(instance))
    return outcomes.server_entry(outcomes.LAUNCHED, fresh, error=gap)


def _suspect(one: Entry, data_time: str | None) -> bool:
    """Whether a launch that was to take a new snapshot has data from before its job."""
    if one["outcome"] != outcomes.LAUNCHED or one["point_in_time"] or not data_time:
        return False
    return (seconds_between(data_time, one["started_at"]) or 0) > OLDER_SECONDS


def _aged(one: Entry) -> Entry:
    age = duration(one["data_age_seconds"])
    text = f"{one['name']}: no new snapshot could be taken; its data is of {one['point_in_time']}, {age} old"
    return {**one, "error": outcomes.error_entry(errors.DrsError("older_data", text))}


def _reasons(
    logs: Logs, entries: list[Entry]
) -> tuple[dict[tuple[str | None, str | None], Explanation], set[tuple[str, str]]]:
    """Read the logs of the jobs of entries: why servers failed, and which were launched from an earlier snapshot."""
    reasons: dict[tuple[str | None, str | None], Explanation] = {}
    older: set[tuple[str, str]] = set()
    for job_id in sorted({one["job_id"] for one in entries if one["job_id"]}):
        try:
            log = logs.events(job_id)
        except errors.DrsError:
            # the failure itself is known; only its reason is not
            continue
        for item in log:
            if item["source_server_id"] and item["event"] in FAILURE_EVENTS:
                reasons[job_id, item["source_server_id"]] = explain_launch_failure(item["event"], item["raw_error"])
            if item["source_server_id"] and item["event"] == OLDER_EVENT:
                older.add((job_id, item["source_server_id"]))
    return reasons, older
