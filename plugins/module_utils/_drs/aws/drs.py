"""The calls of DRS, one function each: paginated, in the API's list sizes, in our own shapes.

Functions take a cell and return the normalised dictionaries of the pure floor. They decide nothing.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import normalise
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.pages import each_once, pages
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    Job,
    JobEvent,
    RecoveryInstance,
    Server,
    Snapshot,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Encryption, Offered

# Filter lists of the service model; the recovery instance filter has no documented bound for source servers.
IDS_PER_FILTER = 200
JOBS_PER_FILTER = 1000
PAGE_SIZE = 200
EXTENSIBLE_PAGE_SIZE = 300
_LATEST = datetime.max.replace(tzinfo=timezone.utc)


def _drs(cell: Cell, operation: str, page_size: int | None = PAGE_SIZE, **params: t.Any) -> list[AwsData]:
    return pages(cell, "drs", operation, "items", page_size, **params)


def job_made(answer: AwsData, operation: str) -> AwsData:
    """The job of an answer to an effect.

    :raises DrsError: a doubtful answer, when it names none: the job may be there all the same.
    """
    job = answer.get("job") or {}
    if not job.get("jobID"):
        text = "%s was answered without the job that it made" % operation
        raise DrsError("ResponseParserError", text, operation=operation)
    return dict(job)


def _account(item: AwsData) -> str:
    # arn:partition:drs:region:ACCOUNT:...: saves a GetCallerIdentity per module run
    return (item.get("arn") or "::::").split(":")[4]


def source_servers(
    cell: Cell,
    ids: list[str] | None = None,
    staging_account_ids: list[str] | None = None,
    hardware_id: str | None = None,
    page_size: int = PAGE_SIZE,
) -> list[Server]:
    """DescribeSourceServers: the SERVERs of the cell, all or those of ``ids`` (unknown ids are absent).

    :param hardware_id: an EC2 instance id: the servers that protect that machine.
    :raises DrsError: ``UninitializedAccountException`` where DRS is not set up, or what else the service said.
    """
    if ids is None:
        filters: dict[str, t.Any] = {"stagingAccountIDs": staging_account_ids} if staging_account_ids else {}
        if hardware_id:
            filters["hardwareId"] = hardware_id
        requests = [{"filters": filters}]
    else:
        requests = [{"filters": {"sourceServerIDs": part}} for part in quotas.chunk(ids, IDS_PER_FILTER)]
    items = [item for request in requests for item in _drs(cell, "describe_source_servers", page_size, **request)]
    items = each_once(items, "sourceServerID")
    return [normalise.normalise_server(item, _account(item), cell.region, cell.now, cell.name) for item in items]


def recovery_instances(
    cell: Cell,
    ids: list[str] | None = None,
    source_server_ids: list[str] | None = None,
    with_ec2: bool = False,
    gaps: list[DrsError] | None = None,
) -> list[RecoveryInstance]:
    """DescribeRecoveryInstances: the recovery instances, optionally with what EC2 says of each.

    :param gaps: takes why EC2 did not answer, where that is no reason to fail: the instances are then as DRS alone
        knows them.
    :returns: RIs; their address, type and subnet only ``with_ec2``.
    :raises DrsError: ``UninitializedAccountException``, ``AccessDeniedException``, or what else DRS or EC2 said.
    """
    requests: list[dict[str, t.Any]]
    if ids is not None:
        requests = [{"filters": {"recoveryInstanceIDs": part}} for part in quotas.chunk(ids, IDS_PER_FILTER)]
    elif source_server_ids is not None:
        requests = [{"filters": {"sourceServerIDs": part}} for part in quotas.chunk(source_server_ids, IDS_PER_FILTER)]
    else:
        requests = [{"filters": {}}]
    items = [item for request in requests for item in _drs(cell, "describe_recovery_instances", **request)]
    items = each_once(items, "recoveryInstanceID")
    ids_in_ec2 = [item["ec2InstanceID"] for item in items if with_ec2 and item.get("ec2InstanceID")]
    machines: dict[str, AwsData] = {}
    try:
        machines = ec2.instances_by_id(cell, ids_in_ec2)
    except DrsError as exc:
        if gaps is None:
            raise
        gaps.append(exc)
    return [
        normalise.normalise_recovery_instance(
            item, _account(item), cell.region, machines.get(str(item.get("ec2InstanceID"))), cell.name
        )
        for item in items
    ]


def without_ended(cell: Cell, servers: list[Server], instances: list[RecoveryInstance]) -> list[Server]:
    """Servers as they stand: none names a recovery instance that is gone.

    Whether DRS clears that name with the machine is documented nowhere. Gone is what DRS lists neither among
    ``instances`` nor when it is asked for it, and what EC2 has no more, or as ended. What cannot be told keeps its
    name, and the guards refuse it.

    :param instances: the RIs of the servers, as just read.
    """
    listed = {one["recovery_instance_id"] for one in instances}
    named = sorted({str(one["recovery_instance_id"]) for one in servers if one["recovery_instance_id"]} - listed)
    if not named:
        return servers
    try:
        listed = {one["recovery_instance_id"] for one in recovery_instances(cell, ids=named)}
        gone = set(named) - listed - set(ec2.standing(cell, named))
    except DrsError:
        return servers
    return [{**one, "recovery_instance_id": None} if one["recovery_instance_id"] in gone else one for one in servers]


def jobs(cell: Cell, ids: list[str] | None = None, since: datetime | None = None) -> list[Job]:
    """DescribeJobs: the JOBs of ``ids``, or those created since a time, newest first whatever the order of the answer:
    a server in several jobs of a run is judged by the newest one.

    :raises DrsError: what the service said; jobs that have expired are absent, and no error.
    """
    requests: list[dict[str, t.Any]]
    if ids is not None:
        requests = [{"filters": {"jobIDs": part}} for part in quotas.chunk(ids, JOBS_PER_FILTER)]
    else:
        requests = [{"filters": {"fromDate": second(since)} if since else {}}]
    items = each_once([item for request in requests for item in _drs(cell, "describe_jobs", **request)], "jobID")
    found = [normalise.normalise_job(item, _account(item), cell.region, cell.name) for item in items]
    # one whose time nobody knows may be the newest; of one second the answer says which is the newer
    return sorted(found, key=lambda job: parse_time(job["created_at"]) or _LATEST, reverse=True)


def job_log(cell: Cell, job_id: str) -> list[JobEvent]:
    """DescribeJobLogItems: [{event, time, source_server_id, raw_error, data_timestamp}], oldest first.

    :raises DrsError: what the service said.
    """
    entries: list[JobEvent] = []
    for item in _drs(cell, "describe_job_log_items", jobID=job_id):
        data = item.get("eventData") or {}
        entries.append(
            {
                "event": item.get("event"),
                "time": item.get("logDateTime"),
                "source_server_id": data.get("sourceServerID"),
                "raw_error": data.get("rawError"),
                "data_timestamp": (data.get("conversionProperties") or {}).get("dataTimestamp"),
            }
        )
    return sorted(entries, key=lambda entry: str(entry["time"]))


def recovery_snapshots(cell: Cell, source_server_id: str, until: str | None = None) -> list[Snapshot]:
    """DescribeRecoverySnapshots: points in time of one server, newest first: [{snapshot_id, timestamp}].

    One that is only expected has no ``timestamp`` yet, and may never exist.

    :raises DrsError: ``AccessDeniedException``, or what else the service said.
    """
    filters = {"toDateTime": until} if until else {}
    items = _drs(cell, "describe_recovery_snapshots", sourceServerID=source_server_id, filters=filters, order="DESC")
    return [{"snapshot_id": item["snapshotID"], "timestamp": item.get("timestamp")} for item in items]


def start_recovery(cell: Cell, servers: list[AwsData], is_drill: bool, tags: dict[str, str]) -> Job:
    """StartRecovery, sent once: ``servers`` are [{sourceServerID, recoverySnapshotID?}]; returns the JOB.

    :raises DrsError: ``ConflictException`` (a server is in another job), ``ServiceQuotaExceededException``, or a
        doubtful answer, after which the job may be there all the same.
    """
    with cell.errors("StartRecovery"):
        answer = cell.client("drs", effect=True).start_recovery(sourceServers=servers, isDrill=is_drill, tags=tags)
    job = job_made(answer, "StartRecovery")
    return normalise.normalise_job(job, _account(job), cell.region, cell.name)


def terminate_recovery_instances(cell: Cell, ids: list[str]) -> Job:
    """TerminateRecoveryInstances, sent once; returns the JOB.

    :raises DrsError: ``ConflictException``, ``ServiceQuotaExceededException``, or a doubtful answer, after which the
        job may be there all the same.
    """
    with cell.errors("TerminateRecoveryInstances"):
        answer = cell.client("drs", effect=True).terminate_recovery_instances(recoveryInstanceIDs=ids)
    job = job_made(answer, "TerminateRecoveryInstances")
    return normalise.normalise_job(job, _account(job), cell.region, cell.name)


def tag_resource(cell: Cell, arn: str, tags: dict[str, str]) -> None:
    """TagResource; writing the same tags again changes nothing, so botocore may repeat it.

    :raises DrsError: ``ResourceNotFoundException``, ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("TagResource"):
        cell.client("drs").tag_resource(resourceArn=arn, tags=tags)


def untag_resource(cell: Cell, arn: str, keys: list[str]) -> None:
    """UntagResource; a key that is gone already changes nothing, so botocore may repeat it.

    :raises DrsError: ``ResourceNotFoundException``, ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("UntagResource"):
        cell.client("drs").untag_resource(resourceArn=arn, tagKeys=keys)


def disconnect_source_server(cell: Cell, source_server_id: str) -> Server:
    """DisconnectSourceServer; a repeat finds the server disconnected. Returns the SERVER.

    :raises DrsError: ``ResourceNotFoundException``, ``ConflictException`` (it is in a job), or what else the service
        said.
    """
    with cell.errors("DisconnectSourceServer"):
        answer = cell.client("drs").disconnect_source_server(sourceServerID=source_server_id)
    return normalise.normalise_server(answer, _account(answer), cell.region, cell.now, cell.name)


def delete_source_server(cell: Cell, source_server_id: str) -> None:
    """DeleteSourceServer, of a disconnected one; what is gone already is no error.

    :raises DrsError: ``ConflictException`` (it is connected or in a job), or what else the service said.
    """
    try:
        with cell.errors("DeleteSourceServer"):
            cell.client("drs").delete_source_server(sourceServerID=source_server_id)
    except DrsError as exc:
        if exc.code != "ResourceNotFoundException":
            raise


def extensible_source_servers(cell: Cell, staging_account_id: str) -> list[Offered]:
    """ListExtensibleSourceServers: what a staging account offers to this cell and is not extended into it yet.

    :returns: [{source_server_id, arn, name, hostname, tags}], ids and ARNs those of the staging account.
    :raises DrsError: ``AccessDeniedException`` without the role in the staging account, or what else the service said.
    """
    items = _drs(cell, "list_extensible_source_servers", EXTENSIBLE_PAGE_SIZE, stagingAccountID=staging_account_id)
    result: list[Offered] = []
    for item in each_once(items, "arn"):
        tags = dict(item.get("tags") or {})
        server_id = str(item.get("arn") or "").rpartition("/")[2]
        hostname = item.get("hostname")
        result.append(
            {
                "source_server_id": server_id,
                "arn": item.get("arn"),
                "name": tags.get("Name") or hostname or server_id,
                "hostname": hostname,
                "tags": tags,
            }
        )
    return result


def create_extended_source_server(cell: Cell, arn: str, tags: dict[str, str]) -> Server:
    """CreateExtendedSourceServer, sent once: extends the staging account's server ``arn`` into this cell.

    :returns: the SERVER that is the copy in this cell.
    :raises DrsError: ``ServiceQuotaExceededException``, ``AccessDeniedException`` without the role in the staging
        account, or a doubtful answer, after which the copy may be there all the same.
    """
    with cell.errors("CreateExtendedSourceServer"):
        answer = cell.client("drs", effect=True).create_extended_source_server(sourceServerArn=arn, tags=tags)
    item = answer["sourceServer"]
    return normalise.normalise_server(item, _account(item), cell.region, cell.now, cell.name)


def encryption_settings(cell: Cell) -> list[Encryption]:
    """DescribeReplicationConfigurationTemplates: how new servers are encrypted: [{where, mode, key_arn}].

    :raises DrsError: what the service said.
    """
    items = _drs(cell, "describe_replication_configuration_templates")
    return [
        {
            "where": item.get("replicationConfigurationTemplateID"),
            "mode": item.get("ebsEncryption"),
            "key_arn": item.get("ebsEncryptionKeyArn"),
        }
        for item in items
    ]


def encryption_of(cell: Cell, source_server_id: str) -> Encryption:
    """GetReplicationConfiguration: how one server is encrypted: {where, mode, key_arn}.

    :raises DrsError: ``ResourceNotFoundException``, ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("GetReplicationConfiguration"):
        configuration = cell.client("drs").get_replication_configuration(sourceServerID=source_server_id)
    return {
        "where": source_server_id,
        "mode": configuration.get("ebsEncryption"),
        "key_arn": configuration.get("ebsEncryptionKeyArn"),
    }


def launch_configuration_members(cell: Cell) -> set[str]:
    """The members that the installed botocore knows for UpdateLaunchConfiguration."""
    return cell.members("drs", "UpdateLaunchConfiguration")


def launch_configuration(cell: Cell, source_server_id: str) -> AwsData:
    """GetLaunchConfiguration, as DRS has it; there is none for several servers.

    :raises DrsError: ``ResourceNotFoundException``, or what else the service said.
    """
    with cell.errors("GetLaunchConfiguration"):
        return cell.client("drs").get_launch_configuration(sourceServerID=source_server_id)


def update_launch_configuration(cell: Cell, source_server_id: str, members: AwsData) -> None:
    """UpdateLaunchConfiguration; the same values again change nothing, so botocore may repeat it.

    :raises DrsError: ``ResourceNotFoundException``, ``ConflictException``, or what else the service said.
    """
    with cell.errors("UpdateLaunchConfiguration"):
        cell.client("drs").update_launch_configuration(sourceServerID=source_server_id, **members)
