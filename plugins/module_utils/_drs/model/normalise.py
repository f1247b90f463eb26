"""Replication: what DRS describes, in one tolerant shape, and what it means for a recovery.

Every ``normalise_`` function returns all its keys whatever the installed botocore or the Region leaves out, and never
raises on what is absent or odd: one strange server must not hide a fleet. Names of AWS members stand in the code that
reads them.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_replication
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import scrub
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_stage import word
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import HEALTHY_STATES, readiness
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import (
    always,
    as_list,
    as_mapping,
    as_size,
    as_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import BATCH_TAG, RUN_TAG, WAVE_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import (
    iso_duration_seconds,
    iso_time,
    seconds_between,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    ActionRun,
    Disk,
    Failback,
    Job,
    LastLaunch,
    Participant,
    Placed,
    RecoveryInstance,
    Replication,
    Server,
    StagingArea,
    Step,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData

_STEPS_DONE = ("SUCCEEDED", "SKIPPED")

# FailbackState -> what somebody has to do next; None where there is nothing to do.
_PENDING_ACTIONS = {
    "FAILBACK_IN_PROGRESS": "wait_for_sync",
    "FAILBACK_NOT_READY_FOR_LAUNCH": "wait_for_sync",
    "FAILBACK_READY_FOR_LAUNCH": "launch_for_failback",
    "FAILBACK_COMPLETED": "finalise_failback",
    "FAILBACK_ERROR": "repair_failback",
}


def normalise_server(
    item: AwsData, account_id: str | None, region: str | None, now: Any = None, cell: str | None = None
) -> Server:
    """Turn one item of DescribeSourceServers into a SERVER.

    ``account_id`` and ``region`` say where it was read (the ARN stands in for a missing one); ``now`` (a time) makes
    ``last_seen_seconds``; ``cell`` is the cell's name, by default ``<account_id>.<region>``. Times are ISO 8601 text
    in UTC, sizes bytes, ages and lags seconds.
    """
    item = as_mapping(item)
    properties = as_mapping(item.get("sourceProperties"))
    hints = as_mapping(properties.get("identificationHints"))
    cloud = as_mapping(item.get("sourceCloudProperties"))
    life = as_mapping(item.get("lifeCycle"))
    server_id = always(item.get("sourceServerID"))
    place = _place(item, account_id, region, cell)
    tags = place["tags"]
    hostname = _name(hints.get("hostname")) or _name(hints.get("fqdn"))
    last_seen = iso_time(life.get("lastSeenByServiceDateTime"))
    staging_area = _staging_area(item.get("stagingArea"))
    replication = _replication(item.get("dataReplicationInfo"))
    return {
        **place,
        "source_server_id": server_id,
        "hostname": hostname,
        "name": _name(tags.get("Name")) or hostname or server_id,
        "instance_id": as_text(hints.get("awsInstanceID")),
        "private_ip": _private_ip(properties),
        "origin_account_id": as_text(cloud.get("originAccountID")),
        "origin_region": as_text(cloud.get("originRegion")),
        "agent_version": as_text(item.get("agentVersion")),
        "replication_direction": as_text(item.get("replicationDirection")),
        "replication": replication,
        "staging_area": staging_area,
        "extended": _extended(staging_area, place["arn"]),
        "last_launch": _last_launch(life.get("lastLaunch"), item.get("lastLaunchResult")),
        "added_at": iso_time(life.get("addedToServiceDateTime")),
        "last_seen": last_seen,
        "last_seen_seconds": seconds_between(last_seen, now),
        "recovery_instance_id": as_text(item.get("recoveryInstanceId")),
        "reversed_direction_source_server_arn": as_text(item.get("reversedDirectionSourceServerArn")),
        "readiness": readiness(replication, staging_area),
    }


def _name(value: Any) -> str | None:
    """A name without blanks around it; None for one of which nothing would be seen."""
    text = (as_text(value) or "").strip()
    return text if clean(text) else None


def normalise_recovery_instance(
    item: AwsData,
    account_id: str | None,
    region: str | None,
    ec2: AwsData | None = None,
    cell: str | None = None,
) -> RecoveryInstance:
    """Turn one item of DescribeRecoveryInstances into an RI; ``ec2`` is the instance from DescribeInstances, if read.

    EC2's own state wins over DRS's, which follows it with a delay. ``is_drill`` is None when DRS does not say.
    """
    item, machine = as_mapping(item), as_mapping(ec2)
    state = as_text(as_mapping(machine.get("State")).get("Name")) or as_text(item.get("ec2InstanceState"))
    failback = _failback(item.get("failback"))
    drill = item.get("isDrill")
    return {
        **_place(item, account_id, region, cell),
        "recovery_instance_id": always(item.get("recoveryInstanceID")),
        "source_server_id": always(item.get("sourceServerID")),
        "ec2_instance_id": as_text(item.get("ec2InstanceID")) or as_text(machine.get("InstanceId")),
        "ec2_instance_state": state.upper() if state else None,
        "private_ip": as_text(machine.get("PrivateIpAddress")) or _private_ip(item.get("recoveryInstanceProperties")),
        "instance_type": as_text(machine.get("InstanceType")),
        "availability_zone": as_text(as_mapping(machine.get("Placement")).get("AvailabilityZone")),
        "subnet_id": as_text(machine.get("SubnetId")),
        "is_drill": drill if isinstance(drill, bool) else None,
        "job_id": as_text(item.get("jobID")),
        "origin_environment": as_text(item.get("originEnvironment")),
        "point_in_time": iso_time(item.get("pointInTimeSnapshotDateTime")),
        "failback": failback,
        "pending_action": _PENDING_ACTIONS.get(failback["state"] or ""),
        "replication": _replication(item.get("dataReplicationInfo")),
    }


def normalise_job(job: AwsData, account_id: str | None, region: str | None, cell: str | None = None) -> Job:
    """Turn one item of DescribeJobs, or the job a call returns, into a JOB.

    A job is ``active`` until DRS says COMPLETED: one in a status we cannot read still blocks its servers. ``run_id``,
    ``wave`` and ``batch`` come from the tags of this collection and are None on anybody else's job.
    """
    job = as_mapping(job)
    place = _place(job, account_id, region, cell)
    tags = place["tags"]
    status = as_text(job.get("status"))
    return {
        **place,
        "job_id": always(job.get("jobID")),
        "type": as_text(job.get("type")),
        "status": status,
        "initiated_by": as_text(job.get("initiatedBy")),
        "created_at": iso_time(job.get("creationDateTime")),
        "ended_at": iso_time(job.get("endDateTime")),
        "run_id": as_text(tags.get(RUN_TAG)),
        "wave": as_text(tags.get(WAVE_TAG)),
        "batch": as_text(tags.get(BATCH_TAG)),
        "active": status != "COMPLETED",
        "servers": [_participant(server) for server in map(as_mapping, as_list(job.get("participatingServers")))],
    }


def _place(item: AwsData, account_id: str | None, region: str | None, cell: str | None) -> Placed:
    """What everything that DRS describes has: its ARN, its place, its tags."""
    arn = as_text(item.get("arn"))
    parts = (arn or "").split(":")
    account_id = account_id or (parts[4] if len(parts) > 4 and parts[4] else None)
    region = region or (parts[3] if len(parts) > 3 and parts[3] else None)
    return {
        "arn": always(arn),
        "account_id": always(account_id),
        "region": always(region),
        "cell": cell or "{}.{}".format(account_id or "unknown", region or "unknown"),
        "tags": {str(key): "" if value is None else str(value) for key, value in as_mapping(item.get("tags")).items()},
    }


def _replication(info: Any) -> Replication:
    """dataReplicationInfo, of a source server or a recovery instance."""
    info = as_mapping(info)
    state = as_text(info.get("dataReplicationState"))
    lag = iso_duration_seconds(info.get("lagDuration"))
    if lag is None and state in HEALTHY_STATES and info.get("lagDuration") in (None, ""):
        # DRS leaves the lag out when there is none.
        lag = 0.0
    disks = [_disk(disk) for disk in map(as_mapping, as_list(info.get("replicatedDisks")))]
    initiation = as_mapping(info.get("dataReplicationInitiation"))
    steps: list[Step] = [
        {"name": as_text(step.get("name")), "status": as_text(step.get("status"))}
        for step in map(as_mapping, as_list(initiation.get("steps")))
    ]
    failure = as_mapping(info.get("dataReplicationError"))
    total = sum(disk["total_bytes"] for disk in disks)
    replicated = sum(disk["replicated_bytes"] for disk in disks)
    error_code = as_text(failure.get("error")) or as_text(failure.get("rawError"))
    return {
        "state": state,
        "lag_seconds": lag,
        "backlog_bytes": sum(disk["backlogged_bytes"] for disk in disks),
        "eta": iso_time(info.get("etaDateTime")),
        "current_step": next((step["name"] for step in steps if step["status"] not in _STEPS_DONE), None),
        "steps": steps,
        "steps_done": sum(1 for step in steps if step["status"] in _STEPS_DONE),
        "disks": disks,
        "total_bytes": total,
        "replicated_bytes": replicated,
        "percent": _percent(replicated, total),
        "error": explain_replication(as_text(failure.get("error")), failure.get("rawError")) if error_code else None,
    }


def _disk(disk: AwsData) -> Disk:
    total, replicated = as_size(disk.get("totalStorageBytes")), as_size(disk.get("replicatedStorageBytes"))
    return {
        "device_name": as_text(disk.get("deviceName")),
        "total_bytes": total,
        "replicated_bytes": replicated,
        "rescanned_bytes": as_size(disk.get("rescannedStorageBytes")),
        "backlogged_bytes": as_size(disk.get("backloggedStorageBytes")),
        "percent": _percent(replicated, total),
        "volume_status": as_text(disk.get("volumeStatus")),
    }


def _percent(part: int, total: int) -> float | None:
    """One decimal, rounded down, so that 100 means complete; None when there is nothing to measure."""
    return None if total <= 0 else min(100.0, part * 1000 // total / 10)


def _staging_area(area: Any) -> StagingArea | None:
    area = as_mapping(area)
    result: StagingArea = {
        "status": as_text(area.get("status")),
        "staging_account_id": as_text(area.get("stagingAccountID")),
        "staging_source_server_arn": as_text(area.get("stagingSourceServerArn")),
        "error_message": scrub(area["errorMessage"]) if area.get("errorMessage") else None,
    }
    return result if any(result.values()) else None


def _extended(area: StagingArea | None, arn: str | None) -> bool:
    """Whether the server is a copy extended from another account; by its staging ARN where the status is missing."""
    if area is None:
        return False
    if area["status"]:
        return area["status"] != "NOT_EXTENDED"
    return area["staging_source_server_arn"] not in (None, arn)


def _last_launch(launch: Any, result: Any) -> LastLaunch | None:
    launch = as_mapping(launch)
    initiated = as_mapping(launch.get("initiated"))
    status = as_text(launch.get("status"))
    answer: LastLaunch = {
        "type": as_text(initiated.get("type")),
        "job_id": as_text(initiated.get("jobID")),
        "time": iso_time(initiated.get("apiCallDateTime")),
        "status": status,
    }
    if not any(answer.values()):
        return None
    return {**answer, "status": status or as_text(result)}


def _failback(failback: Any) -> Failback:
    failback = as_mapping(failback)
    original = failback.get("failbackToOriginalServer")
    return {
        "state": as_text(failback.get("state")),
        "status": word(failback.get("state")),
        "client_id": as_text(failback.get("failbackClientID")),
        "job_id": as_text(failback.get("failbackJobID")),
        "initiated_at": iso_time(failback.get("failbackInitiationTime")),
        "launch_type": as_text(failback.get("failbackLaunchType")),
        "to_original_server": original if isinstance(original, bool) else None,
        "agent_last_seen": iso_time(failback.get("agentLastSeenByServiceDateTime")),
    }


def _private_ip(properties: Any) -> str | None:
    """The primary private address that the agent reported and that can be connected to, IPv4 first.

    Agents report loopback and link-local addresses, too, and several for one card.
    """
    cards = [as_mapping(card) for card in as_list(as_mapping(properties).get("networkInterfaces"))]
    cards.sort(key=lambda card: not card.get("isPrimary"))
    usable = [one for card in cards for one in map(_address, as_list(card.get("ips"))) if one]
    return next((text for text, version in sorted(usable, key=lambda one: one[1])), None)


def _address(value: Any) -> tuple[str, int] | None:
    """An address and its version; None for what is none, or reaches nobody."""
    text = (as_text(value) or "").strip()
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
        text = str(found)
    if found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast or found.is_reserved:
        return None
    return text, found.version


def _participant(server: AwsData) -> Participant:
    runs = [as_mapping(run) for run in as_list(as_mapping(server.get("launchActionsStatus")).get("runs"))]
    return {
        "source_server_id": always(server.get("sourceServerID")),
        "launch_status": as_text(server.get("launchStatus")),
        "recovery_instance_id": as_text(server.get("recoveryInstanceID")),
        "failed_actions": [
            {"name": as_text(as_mapping(run.get("action")).get("name")), "reason": scrub(run.get("failureReason"))}
            for run in runs
            if run.get("status") == "FAILED"
        ],
        "actions": [_action_run(run) for run in runs],
    }


def _action_run(run: AwsData) -> ActionRun:
    action = as_mapping(run.get("action"))
    return {
        "name": as_text(action.get("name")),
        "document": as_text(action.get("actionCode")),
        "status": as_text(run.get("status")),
        "optional": action.get("optional") is True,
        "reason": scrub(run.get("failureReason")) if run.get("failureReason") else None,
        "run_id": as_text(run.get("runId")),
    }
