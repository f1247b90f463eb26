"""Extended source servers: servers of a staging account that a target account recovers as its own (UG:multi-account).

Everything is asked for in the target account. DRS reaches into the staging account with a role there; sharing of
snapshots, and the conversion that the staging account sees as a job of its own, happen when a server is launched.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from drs_simulator.iam import keys, staging_roles

from .. import exceptions as errors
from ..settings import QUOTA_CODES, SETTINGS
from . import schedule, seeding

if TYPE_CHECKING:
    from . import DrsBackend
    from .jobs import Job
    from .launch import Launch
    from .servers import SourceServer

#: Seen in the logs of a live system; DRS does not say what is missing.
DENIED = "Error in Authorization"
#: What DRS does in the staging account to launch one of its servers elsewhere.
_SHARE = ("drs:CreateConvertedSnapshotForDrs", "ec2:ModifySnapshotAttribute")


def _share_problem(server: SourceServer) -> str | None:
    """Why a launch of an extended server cannot get at its snapshots: the raw error for the job log."""
    original = server.replicating
    owner, target, region = original.account_id, server.account_id, server.region
    missing = staging_roles.problem(owner, target, region) or staging_roles.problem(owner, target, region, _SHARE)
    if missing:
        return f"AccessDeniedException: {DENIED}: {missing}"
    if not original.encryption:
        return None
    return keys.problem(owner, target, region, original.encryption, SETTINGS["target_key_use"] == "required")


def share_problem(server: SourceServer) -> str | None:
    """See _share_problem; a server of one's own account shares nothing."""
    return _share_problem(server) if server.extended else None


def check_role(staging_account: str, target_account: str, region: str) -> None:
    """Refuse what needs the staging role.

    Raises:
        AccessDeniedException: the role is missing, does not trust the target, or may not read.
    """
    if staging_account != target_account and staging_roles.problem(staging_account, target_account, region):
        raise errors.AccessDeniedException(DENIED)


class ExtensionOperations:
    """Operations on extensions. Mixed into DrsBackend."""

    account_id: str
    region_name: str
    servers: dict[str, SourceServer]
    extensions: dict[str, SourceServer]

    def create_extended_source_server(
        self, moment: datetime, staging: SourceServer | None, staging_arn: str, tags: dict[str, str]
    ) -> SourceServer:
        """CreateExtendedSourceServer; ``staging`` is the server of that ARN in the staging account, if there is one.

        Raises:
            AccessDeniedException, ResourceNotFoundException, ValidationException, ServiceQuotaExceededException.
        """
        parts = staging_arn.split(":")
        if len(parts) == 6 and parts[3] == self.region_name:
            check_role(parts[4], self.account_id, self.region_name)
        if staging is None:
            raise errors.not_found("SourceServer", staging_arn)
        if staging.region != self.region_name or staging.account_id == self.account_id or staging.extended:
            raise errors.ValidationException(f"Source server {staging_arn} cannot be extended into this account")
        if staging_arn in self.extensions:
            text = f"Source server {staging_arn} is already extended"
            raise errors.chosen(SETTINGS["already_extended_error"], text, staging_arn, "SourceServer")
        limit = schedule.quotas(self.account_id, self.region_name)["source_servers"]
        if len(self.servers) >= limit:
            raise errors.ServiceQuotaExceededException(
                f"Source servers would exceed the quota of {limit}",
                QUOTA_CODES["source_servers"],
                resource_type="SourceServer",
            )
        server = seeding.seed_extended(cast("DrsBackend", self), staging, tags)
        schedule.record(
            "extended",
            moment,
            account=server.account_id,
            region=server.region,
            source_server_id=server.id,
            cause="CreateExtendedSourceServer",
            of_server=staging.id,
        )
        return server

    def check_unextend(self, server: SourceServer) -> None:
        """Refuse to delete an extended server that has a recovery instance, if the setting says so.

        Raises:
            ConflictException: it has one. UG:multi-account says "at any time", which is the default.
        """
        if (
            SETTINGS["unextend_with_recovery_instance"] == "refused"
            and server.extended
            and server.recovery_instance is not None
        ):
            text = f"Source server {server.id} has recovery instance {server.recovery_instance.id}"
            raise errors.ConflictException(text, server.id, "SourceServer")


def _partners(launch: Launch) -> list[SourceServer]:
    """Servers of the launch's staging account that its job will convert, itself included."""
    account = launch.server.replicating.account_id
    return [
        participant.server.replicating
        for participant in launch.job.participants
        if participant.server.extended
        and participant.server.replicating.account_id == account
        and not participant.finished
        and launch.backend.launch_configuration(participant.server).get("recoveryMode") != "FAST"
    ]


def _open(launch: Launch, at: datetime) -> Job | str:
    """The staging account's job for a launch job, made when its first server is converted; a text when it may not."""
    original = launch.server.replicating
    found = launch.job.conversions.get(original.account_id)
    if found is None:
        backend: DrsBackend = launch.backend.cell(original.account_id, original.region)
        counted = SETTINGS["converted_snapshot_jobs"] == "counted"
        servers = _partners(launch)
        try:
            if counted:
                backend.check_job_quotas(len(servers))
        except errors.ServiceQuotaExceededException as error:
            return f"ServiceQuotaExceededException: {error.message}"
        found = backend.new_job(at, "CREATE_CONVERTED_SNAPSHOT", "TARGET_ACCOUNT", {}, servers)
        if counted:
            backend.active_jobs[found.id] = found
        found.begin(at)
        launch.job.conversions[original.account_id] = found
    return found


def conversion_begins(launch: Launch, at: datetime) -> str | None:
    """A server is about to be converted: in the staging account, when it is an extended one.

    Returns why that cannot be, None when all is well or nothing has to be done.
    """
    if not launch.server.extended or SETTINGS["converted_snapshot_jobs"] == "hidden":
        return None
    job = _open(launch, at)
    if isinstance(job, str):
        return job
    original = launch.server.replicating
    for participant in job.participants:
        if participant.server is original and not participant.finished:
            participant.launch_status = "IN_PROGRESS"
            job.note(at, "CONVERSION_START", sourceServerID=original.id, conversionServerID=launch.conversion_server)
    return None


def conversion_ends(launch: Launch, at: datetime, problem: str | None = None) -> None:
    """A server's conversion has ended, or will never come; the last one ends the staging account's job."""
    original = launch.server.replicating
    job = launch.job.conversions.get(original.account_id)
    for participant in job.participants if job else ():
        if participant.server is original and not participant.finished:
            data: dict[str, Any] = {"sourceServerID": original.id, "conversionServerID": launch.conversion_server}
            if problem is None:
                job.note(at, "CONVERSION_END", **data)
            else:
                job.note(at, "CONVERSION_FAIL", **data, rawError=problem)
            job.finish(participant, "FAILED" if problem else "LAUNCHED", at)
