"""Failback to a machine on premises (UG:failback-performing): the Failback Client, its pairing, copy and launch.

The client is booted on the machine to go back to; no AWS call does that, an administrator of the simulator does. It
pairs with the agent of the recovery instance (BM RecoveryInstanceDataReplicationInitiationStepName), copies all data,
and waits for StartFailbackLaunch.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from .. import exceptions as errors
from ..settings import SETTINGS
from . import schedule
from .failback import wrong_origin
from .replication import Replication
from .wire import derived_id, iso, iso_duration

if TYPE_CHECKING:
    from . import DrsBackend
    from .jobs import Job, Participant
    from .recovery_instances import RecoveryInstance
    from .servers import SourceServer

PAIRING = (
    "LINK_FAILBACK_CLIENT_WITH_RECOVERY_INSTANCE",
    "COMPLETE_VOLUME_MAPPING",
    "ESTABLISH_RECOVERY_INSTANCE_COMMUNICATION",
    "DOWNLOAD_REPLICATION_SOFTWARE_TO_FAILBACK_CLIENT",
    "CONFIGURE_REPLICATION_SOFTWARE",
    "PAIR_AGENT_WITH_REPLICATION_SOFTWARE",
    "ESTABLISH_AGENT_REPLICATOR_SOFTWARE_COMMUNICATION",
)
#: BM FailbackReplicationError knows no failure of the first two.
_MAY_FAIL = PAIRING[2:]
_COPYING = ("CONTINUOUS", "BACKLOG")


@dataclass
class FailbackClient:
    """A booted client. original: on the very machine that the server stands for. machine: where it runs."""

    id: str
    replication: Replication
    original: bool
    machine: str
    booted: datetime
    launching: bool = False


def machine_of(server: SourceServer) -> str:
    """The name by which the ledger knows an on-premises machine."""
    return server.origin.vmware_uuid or server.name


def boot(
    backend: DrsBackend,
    instance: RecoveryInstance,
    moment: datetime,
    *,
    to_original: bool = True,
    machine: str | None = None,
    steps_seconds: float | None = None,
    sync_seconds: float | None = None,
    fail_step: str | None = None,
) -> FailbackClient:
    """Boot the client for a recovery instance.

    to_original: on the original machine, which then runs no agent any more; ``machine`` names another one.
    steps_seconds: all seven pairing steps together. sync_seconds: the copy. fail_step: the pairing step that fails.

    Raises:
        ValueError: a machine that came from AWS, a client that is there already, a step that cannot fail.
    """
    server = instance.server
    if server.origin.environment != "ON_PREMISES":
        raise ValueError(f"recovery_instance_id: {instance.id} came from AWS; the client is for on-premises machines")
    if instance.client is not None or instance.disconnected:
        raise ValueError(f"recovery_instance_id: {instance.id} has a client already, or is disconnected")
    if fail_step is not None and fail_step not in _MAY_FAIL:
        raise ValueError(f"fail_step: {fail_step!r} is not one of {', '.join(_MAY_FAIL)}")
    names = (server.account_id, server.region, "failback", instance.id, iso(moment))
    disks = [{key: disk[key] for key in ("device", "bytes")} for disk in server.replicating.replication.disks]
    replication = Replication(
        moment, disks, "INITIATING", 0, schedule.rng(*names), False, steps=PAIRING, takes_points=False
    )
    replication.set_pace(steps_seconds, sync_seconds)
    client = FailbackClient(
        id=derived_id("fc", *names),
        replication=replication,
        original=to_original,
        machine=machine_of(server) if to_original else machine or f"other-{server.name}",
        booted=moment,
    )
    instance.client, instance.failback_state = client, "FAILBACK_IN_PROGRESS"
    instance.failback_original = to_original
    if not instance.agent_connected:
        fail_step = "ESTABLISH_RECOVERY_INSTANCE_COMMUNICATION"
    if fail_step is not None:
        error = f"FAILED_TO_{fail_step}"
        fails_after = replication.seconds_until(fail_step)
        schedule.schedule.after(moment, fails_after, backend.owner, lambda at: _fail(instance, client, at, error))
    real = server.replicating
    if to_original and real.view(moment).state not in ("STOPPED", "DISCONNECTED"):
        # The machine runs the client instead of its system. UG: on a test machine the replication continues.
        real.replication.change(moment, "STALLED", error="AGENT_NOT_SEEN")
    schedule.record(
        "failback_client", moment, **instance.ledger_fields(), cause="Failback Client", machine=client.machine
    )
    return client


def _fail(instance: RecoveryInstance, client: FailbackClient, at: datetime, error: str) -> None:
    if instance.client is client:
        client.replication.change(at, "STALLED", error=error)


def _state(instance: RecoveryInstance, moment: datetime) -> str:
    client = instance.client
    if client is None or client.launching:
        return instance.failback_state
    state = client.replication.view(moment).state
    if state == "STALLED":
        return "FAILBACK_ERROR"
    return "FAILBACK_READY_FOR_LAUNCH" if state in _COPYING else "FAILBACK_IN_PROGRESS"


def to_wire(instance: RecoveryInstance, moment: datetime) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """failback and dataReplicationInfo of a recovery instance with a client, or that had one; None for any other."""
    client = instance.client
    state = _state(instance, moment)
    if client is None and state == "FAILBACK_NOT_STARTED":
        return None
    failback: dict[str, Any] = {"state": state, "failbackToOriginalServer": instance.failback_original}
    if instance.failback_job_id:
        failback["failbackJobID"] = instance.failback_job_id
    if client is None:
        return failback, {"dataReplicationState": "DISCONNECTED" if instance.disconnected else "STOPPED"}
    failback.update(
        failbackClientID=client.id,
        failbackInitiationTime=iso(client.booted),
        failbackClientLastSeenByServiceDateTime=iso(moment),
    )
    view = client.replication.view(moment)
    if view.state not in ("INITIATING", "STOPPED"):
        # The model calls it a time; it is a duration, as everywhere in DRS.
        failback["firstByteDateTime"] = iso(client.booted)
        seconds = max(0.0, round((moment - client.booted).total_seconds()))
        failback["elapsedReplicationDuration"] = iso_duration(seconds)
    info = client.replication.to_wire(moment, view, "")
    info.pop("stagingAvailabilityZone")
    # BM RecoveryInstanceDataReplicationInfoReplicatedDisk has no volumeStatus.
    disks = [{key: value for key, value in disk.items() if key != "volumeStatus"} for disk in info["replicatedDisks"]]
    return failback, {**info, "replicatedDisks": disks}


def configuration(instance: RecoveryInstance) -> dict[str, Any]:
    """GetFailbackReplicationConfiguration; on-premises machines only (UG:recovery-instances-details).

    Raises:
        ValidationException: a machine that came from AWS.
    """
    if instance.server.origin.environment != "ON_PREMISES":
        text = f"Recovery instance {instance.id} originated in AWS; it has no failback replication settings"
        raise wrong_origin(text, instance.id)
    defaults = {"bandwidthThrottling": 0, "usePrivateIP": False, "internetProtocol": "IPV4"}
    return {"name": instance.server.name, **defaults, **instance.failback_settings, "recoveryInstanceID": instance.id}


class ClientLaunch:
    """One participant of a job of StartFailbackLaunch: conversion on the client, then the machine boots."""

    def __init__(self, backend: DrsBackend, job: Job, participant: Participant, instance: RecoveryInstance) -> None:
        self.backend, self.job, self.participant, self.instance = backend, job, participant, instance
        self.server = participant.server
        participant.recovery_instance_id = instance.id

    def _after(self, at: datetime, phase: str, action: Any) -> None:
        server = self.server
        seconds = schedule.draw(phase, server.account_id, server.region, self.job.id, server.name)
        schedule.schedule.after(at, seconds, self.backend.owner, action)

    def _note(self, at: datetime, event: str, **data: Any) -> None:
        self.job.note(at, event, sourceServerID=self.server.id, targetInstanceID=self.instance.id, **data)

    def start(self, at: datetime) -> None:
        """UG: "This action will stop data replication and will start the conversion process"."""
        self.participant.launch_status = "IN_PROGRESS"
        self._client.replication.change(at, "STOPPED")
        self._note(at, "CONVERSION_START")
        self._after(at, "conversion", self._converted)

    @property
    def _client(self) -> FailbackClient:
        return cast("FailbackClient", self.instance.client)

    def _converted(self, at: datetime) -> None:
        text = self.server.faults.fail_conversion
        if text:
            self._note(at, "CONVERSION_FAIL", rawError=text)
            self._end(at, "FAILBACK_ERROR", "FAILED", text)
            return
        self._note(at, "CONVERSION_END")
        self._note(at, "LAUNCH_START")
        self._after(at, "launch", self._launched)

    def _launched(self, at: datetime) -> None:
        text = self.server.faults.fail_launch
        if text:
            self._note(at, "LAUNCH_FAILED", rawError=text)
            self._end(at, "FAILBACK_ERROR", "FAILED", text)
            return
        self._end(at, "FAILBACK_COMPLETED", "LAUNCHED", "StartFailbackLaunch")

    def _end(self, at: datetime, state: str, status: str, cause: str) -> None:
        client = self._client
        self.instance.client, self.instance.failback_state = None, state
        schedule.record(
            "failed_back" if status == "LAUNCHED" else "failback_failed",
            at,
            **self.instance.ledger_fields(),
            job_id=self.job.id,
            job_tags=self.job.tags,
            cause=cause,
            machine=client.machine,
        )
        real = self.server.replicating
        back = status == "LAUNCHED" and client.original and SETTINGS["agent_after_failback"] == "rescan"
        if back and real.view(at).state == "STALLED":
            real.replication.change(at, "RESCAN" if real.replication.first_point else "INITIAL_SYNC")
        self.job.finish(self.participant, status, at)


class ClientOperations:
    """StartFailbackLaunch and StopFailback. Mixed into DrsBackend."""

    recovery_instances: dict[str, RecoveryInstance]

    def start_failback_launch(self, moment: datetime, identifiers: list[str], tags: dict[str, str]) -> Job:
        """StartFailbackLaunch. The request is refused as a whole or accepted as a whole.

        Raises:
            ServiceQuotaExceededException, ValidationException, ResourceNotFoundException, ConflictException.
        """
        backend = cast("DrsBackend", self)
        backend.check_count(identifiers, "recoveryInstanceIDs")
        chosen = []
        for identifier in identifiers:
            instance = self.recovery_instances.get(identifier)
            if instance is None:
                text = f"Recovery instance {identifier} does not exist"
                raise errors.chosen(SETTINGS["unknown_server_error"], text, identifier, "RecoveryInstance")
            if instance.server.origin.environment != "ON_PREMISES":
                text = f"Recovery instance {identifier} originated in AWS; use ReverseReplication"
                raise wrong_origin(text, identifier)
            chosen.append(instance)
        backend.admit([instance.server for instance in chosen])
        for instance in chosen:
            state = _state(instance, moment)
            if state != "FAILBACK_READY_FOR_LAUNCH":
                text = f"Recovery instance {instance.id} is {state}, not FAILBACK_READY_FOR_LAUNCH"
                raise errors.chosen(SETTINGS["failback_not_ready_error"], text, instance.id, "RecoveryInstance")
        job = backend.make_job(moment, "LAUNCH", "FAILBACK", tags, [instance.server for instance in chosen])
        for instance in chosen:
            cast("FailbackClient", instance.client).launching = True
            instance.failback_state, instance.failback_job_id = "FAILBACK_IN_PROGRESS", job.id
        pairs = zip(job.participants, chosen)
        backend.start_job(job, [ClientLaunch(backend, job, participant, instance) for participant, instance in pairs])
        return job

    def stop_failback(self, moment: datetime, instance: RecoveryInstance) -> None:
        """StopFailback: back to FAILBACK_NOT_STARTED; only the reboot of a client starts it anew (UG).

        Raises:
            ValidationException: a machine that came from AWS ("only relevant to on-premises flows").
            ConflictException: the launch has begun.
        """
        if instance.server.origin.environment != "ON_PREMISES":
            text = f"Recovery instance {instance.id} originated in AWS; stop the replication of its reversed server"
            raise wrong_origin(text, instance.id)
        cast("DrsBackend", self).idle(instance.server)
        client = instance.client
        if client is None:
            return
        instance.client, instance.failback_state = None, "FAILBACK_NOT_STARTED"
        schedule.record(
            "failback_stopped", moment, **instance.ledger_fields(), cause="StopFailback", machine=client.machine
        )
