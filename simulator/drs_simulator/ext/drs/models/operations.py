"""The mutating operations: validate the whole request first, then apply it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from .. import exceptions as errors
from ..settings import QUOTA_CODES, SETTINGS
from . import configuration, failback, schedule
from .jobs import Job, Participant
from .launch import Launch
from .terminate import Termination
from .wire import arn, random_id

if TYPE_CHECKING:
    from . import DrsBackend
    from .recovery_instances import RecoveryInstance
    from .servers import SourceServer

#: Seen from the live service; the same text as in Application Migration Service.
BUSY = "One or more of the Source Servers included in API call are currently being processed by a Job"
_NOT_REPLICATING = ("STOPPED", "DISCONNECTED")


class JobOperations:
    """Operations that start jobs, and those on jobs. Mixed into DrsBackend."""

    account_id: str
    region_name: str
    owner: schedule.Owner
    job_count: int
    launches: dict[tuple[str, str], Launch]
    servers: dict[str, SourceServer]
    jobs: dict[str, Job]
    active_jobs: dict[str, Job]
    recovery_instances: dict[str, RecoveryInstance]

    def admit(self, servers: list[SourceServer]) -> None:
        """One job per server, then the quotas of jobs; GR for the numbers."""
        for server in servers:
            if server.active_job is not None:
                raise errors.ConflictException(BUSY, server.id, "SourceServer")
        self.check_job_quotas(len(servers))

    def check_job_quotas(self, more: int) -> None:
        """Refuse one more job with so many servers when the quotas of jobs are used up.

        Raises:
            ServiceQuotaExceededException: naming the quota.
        """
        limits = schedule.quotas(self.account_id, self.region_name)
        if len(self.active_jobs) >= limits["concurrent_jobs"]:
            raise errors.ServiceQuotaExceededException(
                f"Concurrent jobs in progress would exceed the quota of {limits['concurrent_jobs']}",
                QUOTA_CODES["concurrent_jobs"],
                resource_type="Job",
            )
        busy = sum(len(job.participants) for job in self.active_jobs.values())
        if busy + more > limits["servers_in_jobs"]:
            raise errors.ServiceQuotaExceededException(
                f"Source servers in all jobs would exceed the quota of {limits['servers_in_jobs']}",
                QUOTA_CODES["servers_in_jobs"],
                resource_type="SourceServer",
            )

    def check_count(self, identifiers: list[str], field: str) -> None:
        limit = schedule.quotas(self.account_id, self.region_name)["servers_per_job"]
        if len(identifiers) > limit:
            raise errors.ServiceQuotaExceededException(
                f"Source servers in a single job would exceed the quota of {limit}",
                QUOTA_CODES["servers_per_job"],
                resource_type="SourceServer",
            )
        twice = sorted(identifier for identifier, number in Counter(identifiers).items() if number > 1)
        if twice:
            text = f"{field} contains duplicates: {', '.join(twice)}"
            raise errors.ValidationException(text, "fieldValidationFailed", [(field, text)])

    def new_job(
        self, moment: datetime, kind: str, initiated_by: str, tags: dict[str, str], servers: list[SourceServer]
    ) -> Job:
        """A job that can be described; it neither holds its servers nor counts to the quotas."""
        self.job_count += 1
        identifier = random_id("drsjob", schedule.rng(self.account_id, self.region_name, "job", self.job_count))
        job = Job(
            id=identifier,
            arn=arn(self.region_name, self.account_id, "job", identifier),
            type=kind,
            initiated_by=initiated_by,
            created=moment,
            tags=tags,
            participants=[Participant(server) for server in servers],
            on_end=self._job_ended,
        )
        self.jobs[identifier] = job
        return job

    def make_job(
        self, moment: datetime, kind: str, initiated_by: str, tags: dict[str, str], servers: list[SourceServer]
    ) -> Job:
        job = self.new_job(moment, kind, initiated_by, tags, servers)
        self.active_jobs[job.id] = job
        for server in servers:
            server.active_job = job
        return job

    def _job_ended(self, job: Job, _at: datetime) -> None:
        self.active_jobs.pop(job.id, None)
        for participant in job.participants:
            if participant.server.active_job is job:
                participant.server.active_job = None

    def start_job(self, job: Job, runs: list[Any]) -> None:
        total = schedule.job_total() if job.type == "LAUNCH" else None
        delay = min(2.0, total / 100) if total else schedule.draw("start", job.id)

        def begin(at: datetime) -> None:
            job.begin(at)
            for run in runs:
                run.start(at)

        schedule.schedule.after(job.created, delay, self.owner, begin)

    def start_recovery(
        self, moment: datetime, wanted: list[dict[str, str]], is_drill: bool, tags: dict[str, str]
    ) -> Job:
        """StartRecovery. The request is refused as a whole or accepted as a whole.

        Raises:
            ServiceQuotaExceededException, ValidationException, ResourceNotFoundException, ConflictException: see
                settings for those that AWS does not document.
        """
        identifiers = [item["sourceServerID"] for item in wanted]
        self.check_count(identifiers, "sourceServers")
        servers = []
        for identifier in identifiers:
            server = self.servers.get(identifier)
            if server is None:
                text = f"Source server {identifier} does not exist"
                raise errors.chosen(SETTINGS["unknown_server_error"], text, identifier, "SourceServer")
            servers.append(server)
        for server, item in zip(servers, wanted):
            reason = server.why_not_recoverable(moment, item.get("recoverySnapshotID"))
            if reason:
                raise errors.chosen(SETTINGS["not_recoverable_error"], reason, server.id, "SourceServer")
        self.admit(servers)
        job = self.make_job(moment, "LAUNCH", "START_DRILL" if is_drill else "START_RECOVERY", tags, servers)
        runs = []
        for participant, item in zip(job.participants, wanted):
            run = Launch(cast("DrsBackend", self), job, participant, is_drill, item.get("recoverySnapshotID"))
            self.launches[(job.id, participant.server.id)] = run
            runs.append(run)
        self.start_job(job, runs)
        return job

    def terminate_recovery_instances(self, moment: datetime, identifiers: list[str]) -> Job:
        """TerminateRecoveryInstances; no difference between drill and recovery instances is made (BM).

        Raises:
            ServiceQuotaExceededException, ValidationException, ResourceNotFoundException, ConflictException.
        """
        self.check_count(identifiers, "recoveryInstanceIDs")
        victims = []
        for identifier in identifiers:
            victim = self.recovery_instances.get(identifier)
            if victim is None:
                text = f"Recovery instance {identifier} does not exist"
                raise errors.chosen(SETTINGS["unknown_server_error"], text, identifier, "RecoveryInstance")
            if failback.active(victim, moment):
                # UG:failback-failover-region-region: stop the reversed replication first.
                text = f"Recovery instance {identifier} is being replicated by {victim.reversed_server_arn}"
                raise errors.ConflictException(text, identifier, "RecoveryInstance")
            victims.append(victim)
        servers = [victim.server for victim in victims]
        self.admit(servers)
        job = self.make_job(moment, "TERMINATE", "TERMINATE_RECOVERY_INSTANCES", {}, servers)
        for participant, victim in zip(job.participants, victims):
            participant.recovery_instance_id = victim.id
        backend = cast("DrsBackend", self)
        self.start_job(
            job, [Termination(backend, job, item, victim) for item, victim in zip(job.participants, victims)]
        )
        return job

    def delete_job(self, identifier: str) -> None:
        """DeleteJob, for completed jobs only. Raises ResourceNotFoundException, ConflictException."""
        job = self.jobs.get(identifier)
        if job is None:
            raise errors.not_found("Job", identifier)
        if job.active:
            raise errors.ConflictException(f"Job {identifier} is {job.status}", identifier, "Job")
        del self.jobs[identifier]


class ServerOperations:
    """Operations on single source servers and recovery instances. Mixed into DrsBackend."""

    account_id: str
    region_name: str
    servers: dict[str, SourceServer]
    extensions: dict[str, SourceServer]
    recovery_instances: dict[str, RecoveryInstance]
    check_unextend: Callable[[SourceServer], None]

    def idle(self, server: SourceServer) -> None:
        """Refuse while a job holds the server. Raises ConflictException."""
        if server.active_job is not None:
            raise errors.ConflictException(BUSY, server.id, "SourceServer")

    def _wrong_order(self, text: str, identifier: str, kind: str) -> errors.DrsException:
        return errors.chosen(SETTINGS["wrong_order_error"], text, identifier, kind)

    def disconnect_recovery_instance(self, moment: datetime, instance: RecoveryInstance) -> None:
        """DisconnectRecoveryInstance: the record and the EC2 instance stay, replication ends."""
        self.idle(instance.server)
        if instance.reversed_server_arn:
            text = f"Recovery instance {instance.id} has reverse replication; delete it instead"
            raise self._wrong_order(text, instance.id, "RecoveryInstance")
        if not instance.disconnected:
            instance.disconnected, instance.client = True, None
            schedule.record("disconnected", moment, **instance.ledger_fields(), cause="DisconnectRecoveryInstance")

    def delete_recovery_instance(self, moment: datetime, instance: RecoveryInstance) -> None:
        """DeleteRecoveryInstance: the record goes, the EC2 instance runs on (and the next launch wipes it)."""
        self.idle(instance.server)
        if not instance.disconnected and not instance.reversed_server_arn:
            text = f"Recovery instance {instance.id} must be disconnected first"
            raise self._wrong_order(text, instance.id, "RecoveryInstance")
        del self.recovery_instances[instance.id]
        if instance.server.recovery_instance is instance:
            instance.server.recovery_instance, instance.server.ended_instance = None, instance.id
        schedule.record("deleted", moment, **instance.ledger_fields(), cause="DeleteRecoveryInstance")

    def _own_replication(self, server: SourceServer) -> None:
        # UG:multi-account: replication of an extended server is managed in the staging account.
        if server.extended:
            raise errors.ConflictException(
                f"Source server {server.id} is extended; use the staging account", server.id, "SourceServer"
            )
        self.idle(server)

    def _server_record(self, effect: str, moment: datetime, server: SourceServer, cause: str) -> None:
        schedule.record(
            effect,
            moment,
            account=server.account_id,
            region=server.region,
            source_server_id=server.id,
            cause=cause,
            machine=server.replicating.origin.instance_id,
        )

    def disconnect_source_server(self, moment: datetime, server: SourceServer) -> None:
        """DisconnectSourceServer; refused while it has a recovery instance (BM)."""
        self._own_replication(server)
        if server.recovery_instance:
            text = f"Source server {server.id} has recovery instance {server.recovery_instance.id}"
            raise errors.ConflictException(text, server.id, "SourceServer")
        if server.view(moment).state != "DISCONNECTED":
            server.replication.change(moment, "DISCONNECTED")
            configuration.drop_launch_template(server)
            self._server_record("disconnected", moment, server, "DisconnectSourceServer")

    def delete_source_server(self, moment: datetime, server: SourceServer) -> None:
        """DeleteSourceServer: disconnected servers, and extended ones at any time (UG:multi-account)."""
        self.idle(server)
        self.check_unextend(server)
        plan = cast("DrsBackend", self).plans.holding(server.arn)
        if plan is not None:
            # UG:recovery-plans-managing.
            text = f"Source server {server.id} belongs to recovery plan {plan.name}; remove it from the plan first"
            raise errors.ConflictException(text, server.id, "SourceServer")
        if not server.extended and server.view(moment).state != "DISCONNECTED":
            text = f"Source server {server.id} must be disconnected first"
            raise self._wrong_order(text, server.id, "SourceServer")
        del self.servers[server.id]
        server.deleted = True
        configuration.drop_launch_template(server)
        if server.staging is not None:
            self.extensions.pop(server.staging.arn, None)
        failback.forget_server(server)
        self._server_record("deleted", moment, server, "DeleteSourceServer")

    def stop_replication(self, moment: datetime, server: SourceServer) -> None:
        """StopReplication: the points in time are deleted, the agent stays (BM)."""
        self._own_replication(server)
        if server.view(moment).state == "DISCONNECTED":
            raise errors.ConflictException(f"Source server {server.id} is disconnected", server.id, "SourceServer")
        if server.view(moment).state == "STOPPED":
            return
        lost = len(server.points(moment))
        server.replication.change(moment, "STOPPED")
        self._server_record("replication_stopped", moment, server, "StopReplication")
        if lost:
            failback.record_points_deleted(moment, server, lost, "StopReplication")

    def replicating_count(self, moment: datetime) -> int:
        """Servers that count to the 300: replicating here, so neither extended nor stopped nor disconnected."""
        return sum(
            1
            for server in self.servers.values()
            if not server.extended and server.view(moment).state not in _NOT_REPLICATING
        )

    def retry_data_replication(self, moment: datetime, server: SourceServer) -> None:
        """RetryDataReplication: the initiation begins at once, upon the agent's next handshake (BM, deprecated).

        Raises:
            ValidationException: neither stalled nor disconnected nor stopped (the class is a guess).
        """
        self._own_replication(server)
        view = server.view(moment)
        if view.state not in ("STALLED", *_NOT_REPLICATING):
            raise errors.ValidationException(f"Source server {server.id} is {view.state}; there is nothing to retry")
        # An agent that is gone or not seen makes no handshake.
        if view.state != "DISCONNECTED" and server.replication.error != "AGENT_NOT_SEEN":
            server.replication.change(moment, "INITIATING")
            self._server_record("replication_started", moment, server, "RetryDataReplication")

    def start_replication(self, moment: datetime, server: SourceServer) -> None:
        """StartReplication of a stopped server: an initial sync from the beginning."""
        self._own_replication(server)
        state = server.view(moment).state
        if state != "STOPPED":
            text = f"Source server {server.id} is {state}, not STOPPED"
            raise errors.ConflictException(text, server.id, "SourceServer")
        limit = schedule.quotas(self.account_id, self.region_name)["replicating_servers"]
        if self.replicating_count(moment) >= limit:
            # StartReplication models no quota error; the conflict names the quota.
            raise errors.ConflictException(
                f"Replicating source servers would exceed the quota of {limit}", server.id, "SourceServer"
            )
        server.replication.change(moment, "INITIATING")
        if server.replicates_from is not None and not server.replicates_from.alive:
            server.replication.change(moment, "STALLED", error="AGENT_NOT_SEEN")
        self._server_record("replication_started", moment, server, "StartReplication")
