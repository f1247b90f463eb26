# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.
"""Replication: what DRS describes, in one tolerant shape, and what it means for a recovery.

Every ``normalise_`` function returns all its keys whatever the installed botocore or the Region leaves out, and never raises
on what is absent or odd: one strange server must not hide a fleet. Names of AWS members stand in the code that reads them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import explain_replication, scrub
from ansible_collections.resilience.drs.plugins.module_utils._drs.tags import BATCH_TAG, RUN_TAG, WAVE_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.times import (
    iso_duration_seconds,
    iso_time,
    seconds_between,
)

READY = "ready"
LAGGING = "lagging"
INITIAL_SYNC = "initial_sync"
RESCAN = "rescan"
STALLED = "stalled"
DISCONNECTED = "disconnected"
STOPPED = "stopped"
INITIATING = "initiating"
PAUSED = "paused"
ERROR = "error"
# From the best to the worst.
LEVELS = (READY, LAGGING, RESCAN, PAUSED, STALLED, INITIATING, INITIAL_SYNC, ERROR, STOPPED, DISCONNECTED)

FULL = "full"
OLD_DATA = "old_data"
NO = "no"

# DataReplicationState -> (level, recoverable, reason). Source: DRS user guide, "Preparing for failover" and "Interacting with
# the console": a launch is possible once initial sync has completed, even in lag or stall; stopping deletes all points.
STATES: dict[str, tuple[str, str, str]] = {
    "CONTINUOUS": (READY, FULL, "Replication is continuous."),
    "CREATING_SNAPSHOT": (READY, FULL, "A point in time is being made; replication is healthy."),
    "BACKLOG": (LAGGING, OLD_DATA, "Changes wait to be replicated, so a launch gets older data."),
    "RESCAN": (RESCAN, OLD_DATA, "The disks are being read again; only points in time from before can be launched."),
    "PAUSED": (
        PAUSED,
        OLD_DATA,
        "Replication is paused; only points in time from before can be launched, if there are any.",
    ),
    "STALLED": (STALLED, OLD_DATA, "Replication has stalled; only points in time from before can be launched."),
    "INITIATING": (
        INITIATING,
        OLD_DATA,
        "Replication is being set up; only points in time from before can be launched, if there are any.",
    ),
    "INITIAL_SYNC": (INITIAL_SYNC, NO, "The first full copy is not complete, so there is nothing to launch."),
    "STOPPED": (STOPPED, NO, "Replication was stopped, which deleted every point in time."),
    "DISCONNECTED": (DISCONNECTED, NO, "The server is disconnected from DRS."),
}
HEALTHY_STATES = ("CONTINUOUS", "CREATING_SNAPSHOT")
# DRS refuses to launch while it has not read a volume's attributes; a Marketplace product code is only worth a warning.
_VOLUME_NOT_READY = ("MISSING_VOLUME_ATTRIBUTES", "MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE", "PENDING")
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
    item: Mapping[str, Any], account_id: str | None, region: str | None, now: Any = None, cell: str | None = None
) -> dict[str, Any]:
    """Turn one item of DescribeSourceServers into a SERVER.

    ``account_id`` and ``region`` say where it was read (the ARN stands in for a missing one); ``now`` (a time) makes
    ``last_seen_seconds``; ``cell`` is the cell's name, by default ``<account_id>.<region>``. Times are ISO 8601 text in UTC,
    sizes bytes, ages and lags seconds.
    """
    item = _mapping(item)
    properties = _mapping(item.get("sourceProperties"))
    hints = _mapping(properties.get("identificationHints"))
    cloud = _mapping(item.get("sourceCloudProperties"))
    life = _mapping(item.get("lifeCycle"))
    server_id = _text(item.get("sourceServerID"))
    server = _place(item, account_id, region, cell)
    tags = server["tags"]
    hostname = _text(hints.get("hostname")) or _text(hints.get("fqdn"))
    last_seen = iso_time(life.get("lastSeenByServiceDateTime"))
    staging_area = _staging_area(item.get("stagingArea"))
    server.update(
        source_server_id=server_id,
        hostname=hostname,
        name=_text(tags.get("Name")) or hostname or server_id,
        instance_id=_text(hints.get("awsInstanceID")),
        origin_account_id=_text(cloud.get("originAccountID")),
        origin_region=_text(cloud.get("originRegion")),
        agent_version=_text(item.get("agentVersion")),
        replication_direction=_text(item.get("replicationDirection")),
        replication=_replication(item.get("dataReplicationInfo")),
        staging_area=staging_area,
        extended=_extended(staging_area, server["arn"]),
        last_launch=_last_launch(life.get("lastLaunch"), item.get("lastLaunchResult")),
        last_seen=last_seen,
        last_seen_seconds=seconds_between(last_seen, now),
        recovery_instance_id=_text(item.get("recoveryInstanceId")),
        reversed_direction_source_server_arn=_text(item.get("reversedDirectionSourceServerArn")),
    )
    server["readiness"] = readiness(server)
    return server


def readiness(server: Mapping[str, Any]) -> dict[str, Any]:
    """Judge what a launch of the server would get.

    :returns: ``{ready, level, recoverable, code, reason}``: ``level`` is one of LEVELS, ``recoverable`` is ``full``,
        ``old_data`` or ``no``, ``code`` the catalogue's code for what stands in the way (None when ready).
    """
    replication = _mapping(server.get("replication"))
    state = str(replication.get("state") or "")
    level, recoverable, reason = STATES.get(
        state, (ERROR, NO, "DRS does not say how replication stands." if not state else "State %s is unknown." % state)
    )
    staging_area = _mapping(server.get("staging_area"))
    unread = [
        str(disk.get("device_name") or "a volume")
        for disk in map(_mapping, _items(replication.get("disks")))
        if disk.get("volume_status") in _VOLUME_NOT_READY
    ]
    code = {FULL: None, OLD_DATA: "stale_data", NO: "not_recoverable"}[recoverable]
    if recoverable != NO and staging_area.get("status") == "EXTENSION_ERROR":
        told = staging_area.get("error_message")
        level, recoverable, code = ERROR, NO, "extension_error"
        reason = "The extension from the staging account is broken%s" % (": %s" % told if told else ".")
    elif recoverable != NO and unread:
        level, recoverable, code = ERROR, NO, "volume_not_ready"
        reason = "DRS has not read the attributes of %s, and refuses a launch until it has." % ", ".join(unread)
    elif recoverable == OLD_DATA and replication.get("total_bytes") and not replication.get("replicated_bytes"):
        # Stalled, paused or set up anew before the first byte arrived: there cannot be an earlier point in time.
        recoverable, code = NO, "not_recoverable"
        reason = "No data has been replicated yet, so there is nothing to launch."
    return {"ready": level == READY, "level": level, "recoverable": recoverable, "code": code, "reason": reason}


def normalise_recovery_instance(
    item: Mapping[str, Any],
    account_id: str | None,
    region: str | None,
    ec2: Mapping[str, Any] | None = None,
    cell: str | None = None,
) -> dict[str, Any]:
    """Turn one item of DescribeRecoveryInstances into an RI; ``ec2`` is the same instance from DescribeInstances, if read.

    EC2's own state wins over DRS's, which follows it with a delay. ``is_drill`` is None when DRS does not say.
    """
    item, machine = _mapping(item), _mapping(ec2)
    instance = _place(item, account_id, region, cell)
    state = _text(_mapping(machine.get("State")).get("Name")) or _text(item.get("ec2InstanceState"))
    failback = _failback(item.get("failback"))
    drill = item.get("isDrill")
    instance.update(
        recovery_instance_id=_text(item.get("recoveryInstanceID")),
        source_server_id=_text(item.get("sourceServerID")),
        ec2_instance_id=_text(item.get("ec2InstanceID")) or _text(machine.get("InstanceId")),
        ec2_instance_state=state.upper() if state else None,
        private_ip=_text(machine.get("PrivateIpAddress")) or _private_ip(item.get("recoveryInstanceProperties")),
        instance_type=_text(machine.get("InstanceType")),
        subnet_id=_text(machine.get("SubnetId")),
        is_drill=drill if isinstance(drill, bool) else None,
        job_id=_text(item.get("jobID")),
        origin_environment=_text(item.get("originEnvironment")),
        point_in_time=iso_time(item.get("pointInTimeSnapshotDateTime")),
        failback=failback,
        pending_action=_PENDING_ACTIONS.get(failback["state"]),
        replication=_replication(item.get("dataReplicationInfo")),
    )
    return instance


def normalise_job(
    job: Mapping[str, Any], account_id: str | None, region: str | None, cell: str | None = None
) -> dict[str, Any]:
    """Turn one item of DescribeJobs, or the job a call returns, into a JOB.

    A job is ``active`` until DRS says COMPLETED: one in a status we cannot read still blocks its servers. ``run_id``, ``wave``
    and ``batch`` come from the tags of this collection and are None on anybody else's job.
    """
    job = _mapping(job)
    result = _place(job, account_id, region, cell)
    tags = result["tags"]
    status = _text(job.get("status"))
    result.update(
        job_id=_text(job.get("jobID")),
        type=_text(job.get("type")),
        status=status,
        initiated_by=_text(job.get("initiatedBy")),
        created_at=iso_time(job.get("creationDateTime")),
        ended_at=iso_time(job.get("endDateTime")),
        run_id=_text(tags.get(RUN_TAG)),
        wave=_text(tags.get(WAVE_TAG)),
        batch=_text(tags.get(BATCH_TAG)),
        active=status != "COMPLETED",
        servers=[_participant(server) for server in map(_mapping, _items(job.get("participatingServers")))],
    )
    return result


def fleet_summary(
    servers: Iterable[Mapping[str, Any]], recovery_instances: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Count SERVERs and RIs for a status page.

    :returns: ``servers``, ``ready`` (servers), ``ready_percent`` (rounded down; None without servers), ``extended``,
        ``by_state``, ``by_readiness``, ``by_recoverable``, ``by_region``, ``by_account``, ``by_cell``, ``worst_lag_seconds``,
        ``lag_unknown`` (servers whose lag nobody can say), ``backlog_bytes``, ``total_bytes``, ``replicated_bytes``, and
        ``recovery_instances`` with ``total``, ``drills``, ``live`` (not a drill, or nobody knows), ``failing_back``.
    """
    everyone = list(servers)
    instances = list(recovery_instances)
    replication = [_mapping(server.get("replication")) for server in everyone]
    judged = [_mapping(server.get("readiness")) for server in everyone]
    ready = sum(1 for one in judged if one.get("ready"))
    lags = [one.get("lag_seconds") for one in replication]
    return {
        "servers": len(everyone),
        "ready": ready,
        "ready_percent": ready * 100 // len(everyone) if everyone else None,
        "extended": sum(1 for server in everyone if server.get("extended")),
        "by_state": _count(one.get("state") for one in replication),
        "by_readiness": _count(one.get("level") for one in judged),
        "by_recoverable": _count(one.get("recoverable") for one in judged),
        "by_region": _count(server.get("region") for server in everyone),
        "by_account": _count(server.get("account_id") for server in everyone),
        "by_cell": _count(server.get("cell") for server in everyone),
        "worst_lag_seconds": max((lag for lag in lags if lag is not None), default=None),
        "lag_unknown": sum(1 for lag in lags if lag is None),
        "backlog_bytes": sum(one.get("backlog_bytes") or 0 for one in replication),
        "total_bytes": sum(one.get("total_bytes") or 0 for one in replication),
        "replicated_bytes": sum(one.get("replicated_bytes") or 0 for one in replication),
        "recovery_instances": {
            "total": len(instances),
            "drills": sum(1 for one in instances if one.get("is_drill")),
            "live": sum(1 for one in instances if not one.get("is_drill")),
            "failing_back": sum(1 for one in instances if one.get("pending_action")),
        },
    }


def _place(item: Mapping[str, Any], account_id: str | None, region: str | None, cell: str | None) -> dict[str, Any]:
    """What everything that DRS describes has: its ARN, its place, its tags."""
    arn = _text(item.get("arn"))
    parts = (arn or "").split(":")
    account_id = account_id or (parts[4] if len(parts) > 4 and parts[4] else None)
    region = region or (parts[3] if len(parts) > 3 and parts[3] else None)
    return {
        "arn": arn,
        "account_id": account_id,
        "region": region,
        "cell": cell or "%s.%s" % (account_id or "unknown", region or "unknown"),
        "tags": {str(key): "" if value is None else str(value) for key, value in _mapping(item.get("tags")).items()},
    }


def _replication(info: Any) -> dict[str, Any]:
    """dataReplicationInfo, of a source server or a recovery instance."""
    info = _mapping(info)
    state = _text(info.get("dataReplicationState"))
    lag = iso_duration_seconds(info.get("lagDuration"))
    if lag is None and state in HEALTHY_STATES and info.get("lagDuration") in (None, ""):
        # DRS leaves the lag out when there is none.
        lag = 0.0
    disks = [_disk(disk) for disk in map(_mapping, _items(info.get("replicatedDisks")))]
    initiation = _mapping(info.get("dataReplicationInitiation"))
    steps = [
        {"name": _text(step.get("name")), "status": _text(step.get("status"))}
        for step in map(_mapping, _items(initiation.get("steps")))
    ]
    failure = _mapping(info.get("dataReplicationError"))
    total = sum(disk["total_bytes"] for disk in disks)
    replicated = sum(disk["replicated_bytes"] for disk in disks)
    told = _text(failure.get("error")) or _text(failure.get("rawError"))
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
        "error": explain_replication(_text(failure.get("error")), failure.get("rawError")) if told else None,
    }


def _disk(disk: Mapping[str, Any]) -> dict[str, Any]:
    total, replicated = _size(disk.get("totalStorageBytes")), _size(disk.get("replicatedStorageBytes"))
    return {
        "device_name": _text(disk.get("deviceName")),
        "total_bytes": total,
        "replicated_bytes": replicated,
        "rescanned_bytes": _size(disk.get("rescannedStorageBytes")),
        "backlogged_bytes": _size(disk.get("backloggedStorageBytes")),
        "percent": _percent(replicated, total),
        "volume_status": _text(disk.get("volumeStatus")),
    }


def _percent(part: int, whole: int) -> float | None:
    """One decimal, rounded down, so that 100 means complete; None when there is nothing to measure."""
    return None if whole <= 0 else min(100.0, part * 1000 // whole / 10)


def _staging_area(area: Any) -> dict[str, Any] | None:
    area = _mapping(area)
    result = {
        "status": _text(area.get("status")),
        "staging_account_id": _text(area.get("stagingAccountID")),
        "staging_source_server_arn": _text(area.get("stagingSourceServerArn")),
        "error_message": scrub(area["errorMessage"]) if area.get("errorMessage") else None,
    }
    return result if any(result.values()) else None


def _extended(area: Mapping[str, Any] | None, arn: str | None) -> bool:
    """Whether the server is a copy extended from another account; by its staging ARN where the status is missing."""
    if area is None:
        return False
    if area["status"]:
        return area["status"] != "NOT_EXTENDED"
    return area["staging_source_server_arn"] not in (None, arn)


def _last_launch(launch: Any, result: Any) -> dict[str, Any] | None:
    launch = _mapping(launch)
    initiated = _mapping(launch.get("initiated"))
    answer = {
        "type": _text(initiated.get("type")),
        "job_id": _text(initiated.get("jobID")),
        "time": iso_time(initiated.get("apiCallDateTime")),
    }
    status = _text(launch.get("status"))
    if not status and not any(answer.values()):
        return None
    return {**answer, "status": status or _text(result)}


def _failback(failback: Any) -> dict[str, Any]:
    failback = _mapping(failback)
    original = failback.get("failbackToOriginalServer")
    return {
        "state": _text(failback.get("state")),
        "client_id": _text(failback.get("failbackClientID")),
        "job_id": _text(failback.get("failbackJobID")),
        "initiated_at": iso_time(failback.get("failbackInitiationTime")),
        "launch_type": _text(failback.get("failbackLaunchType")),
        "to_original_server": original if isinstance(original, bool) else None,
        "agent_last_seen": iso_time(failback.get("agentLastSeenByServiceDateTime")),
    }


def _private_ip(properties: Any) -> str | None:
    """The primary private address that the agent reported."""
    cards = [_mapping(card) for card in _items(_mapping(properties).get("networkInterfaces"))]
    cards.sort(key=lambda card: not card.get("isPrimary"))
    return next((_text(address) for card in cards for address in _items(card.get("ips")) if _text(address)), None)


def _participant(server: Mapping[str, Any]) -> dict[str, Any]:
    runs = map(_mapping, _items(_mapping(server.get("launchActionsStatus")).get("runs")))
    return {
        "source_server_id": _text(server.get("sourceServerID")),
        "launch_status": _text(server.get("launchStatus")),
        "recovery_instance_id": _text(server.get("recoveryInstanceID")),
        "failed_actions": [
            {"name": _text(_mapping(run.get("action")).get("name")), "reason": scrub(run.get("failureReason"))}
            for run in runs
            if run.get("status") == "FAILED"
        ],
    }


def _count(values: Iterable[Any]) -> dict[str, int]:
    """Counts, the most frequent first, equals by name; a missing value counts as unknown."""
    counts = Counter(str(value) if value else "unknown" for value in values)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _text(value: Any) -> str | None:
    """Text as it is; None for nothing, for an empty text and for what is no text at all."""
    return value if isinstance(value, str) and value else None


def _size(value: Any) -> int:
    """A size in bytes; nothing, or nonsense, is 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
