"""Reverse replication: failback for machines that came from EC2 (UG:failback-failover-region-region).

Names are those of the user guide: A1 the original machine, B1 its source server in the recovery cell, B2 the record of
the recovery instance and B3 its machine; A2 the reversed source server in the original cell, A3 and A4 the record and
the machine of its launch. ReverseReplication(B2) makes A2; ReverseReplication(A3) makes B1 replicate from A4 instead of
A1. Within one cell (UG:failback-failover-cross-availability-zone-failback) B1 itself goes over to B3.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from drs_simulator.iam import failback_roles

from .. import exceptions as errors
from ..settings import SETTINGS
from . import ec2, schedule, seeding
from .servers import Origin, SourceServer
from .wire import iso, iso_duration

if TYPE_CHECKING:
    from . import DrsBackend
    from .recovery_instances import RecoveryInstance
    from .replication import View

#: UG:failback-replication-errors, word for word.
NOT_CONNECTED = (
    "AWS Replication agent is not connected to DRS. Verify the agent is installed and running, and that it has "
    "connectivity to the service"
)
NOT_PROCESSED = "Some Recovery instances could not be processed: {}"
#: UG:failback-replication-errors: the tag without which nothing is launched into the original machine.
_INTO_TAG = "AWSDRS"
_DENIED = "Error in Authorization"
_GONE = ("STOPPED", "DISCONNECTED")


def wrong_origin(text: str, identifier: str) -> errors.DrsException:
    """The refusal of a call that is meant for machines of the other kind of origin."""
    return errors.chosen(SETTINGS["wrong_origin_error"], text, identifier, "RecoveryInstance")


def active(instance: RecoveryInstance, moment: datetime) -> bool:
    """Whether a source server replicates from this recovery instance now."""
    target = instance.reverse
    if target is None:
        return bool(instance.reversed_server_arn)
    return not target.deleted and target.replicates_from is instance and target.view(moment).state not in _GONE


def lose_agent(server: SourceServer, moment: datetime) -> None:
    """A source server's agent is seen no more, if it was."""
    if server.view(moment).state not in (*_GONE, "STALLED"):
        server.replication.change(moment, "STALLED", error="AGENT_NOT_SEEN")


def terminated(instance: RecoveryInstance, moment: datetime) -> None:
    """The machine of a recovery instance is no more: what replicates from it has lost its agent (BM AGENT_NOT_SEEN)."""
    target = instance.reverse
    if target is not None and target.replicates_from is instance:
        lose_agent(target, moment)


def connect_agent(instance: RecoveryInstance, connected: bool, moment: datetime) -> None:
    """The agent on a recovery instance is lost, or seen again; what replicates from it stalls, or continues."""
    instance.agent_connected = connected
    target = instance.reverse
    if target is None or target.replicates_from is not instance:
        return
    found = target.replication
    if not connected:
        lose_agent(target, moment)
    elif found.error == "AGENT_NOT_SEEN" and instance.alive:
        done = found.progress
        found.change(moment, "RESCAN" if found.first_point is not None else "INITIAL_SYNC")
        found.progress = 0.0 if found.first_point is not None else done


def _state(view: View) -> str:
    """RecoveryInstance.failback.state of reverse replication. Stalled is an error, lag is "Ready with lag" (UG)."""
    if view.state in _GONE:
        return "FAILBACK_NOT_STARTED"
    if view.state == "STALLED":
        return "FAILBACK_ERROR"
    if view.consistent is not None:
        return "FAILBACK_READY_FOR_LAUNCH"
    return str(SETTINGS["reversing_state"])


def to_wire(instance: RecoveryInstance, moment: datetime) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """failback and dataReplicationInfo of an instance whose replication was reversed; None for any other."""
    target = instance.reverse
    if target is None or target.deleted or target.replicates_from is not instance or instance.disconnected:
        return None
    server = instance.server
    failback: dict[str, Any] = {"failbackToOriginalServer": False}
    if instance.reversed_at:
        failback["failbackInitiationTime"] = iso(instance.reversed_at)
    if instance.agent_connected:
        failback["agentLastSeenByServiceDateTime"] = iso(moment)
    if target.last_launch and target.last_launch.status == "LAUNCHED":
        failback["failbackLaunchType"] = target.last_launch.type
    if any(failback_roles.problems(server.account_id, target.account_id, target.region)):
        # Without the roles DRS cannot look into the other account.
        failback["state"] = "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
        return failback, {"dataReplicationState": "REPLICATION_STATE_NOT_AVAILABLE"}
    view = target.view(moment)
    failback["state"] = _state(view)
    if view.state not in ("INITIATING", *_GONE):
        begun = target.replication.initiated
        failback["firstByteDateTime"] = iso(begun)
        # The model calls it a time; it is a duration, as everywhere in DRS.
        failback["elapsedReplicationDuration"] = iso_duration(max(0.0, round((moment - begun).total_seconds())))
    info = target.replication.to_wire(moment, view, f"{target.region}a")
    # BM RecoveryInstanceDataReplicationInfoReplicatedDisk has no volumeStatus.
    disks = [{key: value for key, value in disk.items() if key != "volumeStatus"} for disk in info["replicatedDisks"]]
    return failback, {**info, "replicatedDisks": disks}


class FailbackOperations:
    """ReverseReplication. Mixed into DrsBackend."""

    account_id: str
    region_name: str
    servers: dict[str, SourceServer]

    def reverse_replication(self, moment: datetime, instance: RecoveryInstance) -> str:
        """ReverseReplication; the ARN of the source server that replicates from this instance from now on.

        Raises:
            ConflictException, ValidationException, AccessDeniedException, UninitializedAccountException.
        """
        server = instance.server
        cast("DrsBackend", self).idle(server)
        if server.origin.environment != "AWS":
            text = f"Recovery instance {instance.id} originated on premises; use the Failback Client"
            raise wrong_origin(text, instance.id)
        if instance.disconnected:
            text = f"Recovery instance {instance.id} is disconnected"
            raise errors.ConflictException(text, instance.id, "RecoveryInstance")
        if active(instance, moment):
            text = f"Recovery instance {instance.id} is already replicated by {instance.reversed_server_arn}"
            raise errors.ConflictException(text, instance.id, "RecoveryInstance")
        if not (instance.agent_connected and instance.instance.state == "running"):
            raise errors.chosen(SETTINGS["agent_not_connected_error"], NOT_CONNECTED, instance.id, "RecoveryInstance")
        if not server.extended and (server.origin.account, server.origin.region) == (self.account_id, self.region_name):
            self._protect(moment, instance, server, "RESCAN")
            return server.arn
        return self._reverse(moment, instance)

    def _reverse(self, moment: datetime, instance: RecoveryInstance) -> str:
        server = instance.server
        there = self._there(server)
        agent_problem = self._check_roles(there)
        known = server.opposite
        if known is not None and known.deleted:
            known = None
        if known is not None and known.extended:
            # UG:multi-account: nothing replicates into an extended server; its agent has stopped by itself.
            text = f"Source server {known.id} is extended from account {known.replicating.account_id}"
            raise errors.chosen(SETTINGS["protect_extended_error"], text, known.id, "SourceServer")
        if known is not None:
            there.idle(known)
        self._check_quota(there, known, moment)
        self._check_into(there, server, instance)
        if known is not None and (known.direction == "FAILOVER" or SETTINGS["reverse_again"] == "reuse"):
            if known.direction == "FAILOVER":
                self._protect(moment, instance, known, "INITIATING")
            else:
                self._follow(moment, instance, known, "INITIATING")
                self._record("reversed", moment, instance, known)
            return known.arn
        made = self._make(moment, instance, there)
        if agent_problem:
            made.replication.change(moment, "STALLED", error="FAILED_TO_AUTHENTICATE_WITH_SERVICE")
            made.replication.raw_error = agent_problem
        self._record("reversed" if made.direction == "FAILBACK" else "protected", moment, instance, made)
        return made.arn

    def _there(self, server: SourceServer) -> DrsBackend:
        """The cell to replicate into: where the machine came from."""
        account, region = str(server.origin.account), str(server.origin.region)
        if server.opposite is not None and not server.opposite.deleted:
            account, region = server.opposite.account_id, server.opposite.region
        try:
            there = cast("DrsBackend", self).cell(account, region)
        except KeyError:
            raise errors.UninitializedAccountException() from None
        there.require_initialized()
        if SETTINGS["reverse_needs_template"] and not there.templates.first("replicationConfigurationTemplate"):
            raise errors.ValidationException(f"Account {account} has no replication configuration template in {region}")
        return there

    def _check_roles(self, there: DrsBackend) -> str | None:
        """Refuse without the failback roles; returns why the agent will not get in, if it may find out by itself."""
        replication, agent = failback_roles.problems(self.account_id, there.account_id, there.region_name)
        if replication or (agent and SETTINGS["missing_agent_role"] == "refused"):
            raise errors.AccessDeniedException(_DENIED)
        return agent

    def _check_quota(self, there: DrsBackend, known: SourceServer | None, moment: datetime) -> None:
        limits = schedule.quotas(there.account_id, there.region_name)
        # ReverseReplication models no quota error; the conflict names the quota.
        if known is None and len(there.servers) >= limits["source_servers"]:
            raise errors.ConflictException(f"Source servers would exceed the quota of {limits['source_servers']}")
        counted = known is not None and known.view(moment).state not in _GONE
        if not counted and there.replicating_count(moment) >= limits["replicating_servers"]:
            limit = limits["replicating_servers"]
            raise errors.ConflictException(f"Replicating source servers would exceed the quota of {limit}")

    @staticmethod
    def _check_into(there: DrsBackend, server: SourceServer, instance: RecoveryInstance) -> None:
        template = there.templates.first("launchConfigurationTemplate") or {}
        if template.get("launchIntoSourceInstance") and server.origin.instance_id:
            tags = ec2.backend(there.account_id, there.region_name).tags.get(server.origin.instance_id, {})
            if _INTO_TAG not in tags:
                raise errors.ValidationException(NOT_PROCESSED.format(instance.id))

    def _make(self, moment: datetime, instance: RecoveryInstance, there: DrsBackend) -> SourceServer:
        """A new source server in the other cell, with default settings of its own."""
        server = instance.server
        real = server.replicating
        copied = SETTINGS["reversed_server_tags"] == "copied"
        made = seeding.seed_server(
            there,
            name=server.name,
            tags=dict(server.tags) if copied else {},
            state="INITIATING",
            disks=[{key: disk[key] for key in ("device", "bytes")} for disk in real.replication.disks],
            platform=server.platform,
            origin_account=self.account_id,
            origin_region=self.region_name,
            instance_id=instance.id,
            architecture=server.architecture,
            shared_replication_server=bool(there.replicating_count(moment)),
        )
        made.cpus, made.ram_gib, made.ip = server.cpus, server.ram_gib, instance.instance.private_ip
        made.direction = "FAILBACK" if server.direction == "FAILOVER" else "FAILOVER"
        rate = SETTINGS["reverse_bytes_per_second"]
        if rate:
            made.replication.set_pace(None, made.replication.total_bytes / rate)
        self._pair(moment, instance, made)
        return made

    @staticmethod
    def _pair(moment: datetime, instance: RecoveryInstance, target: SourceServer) -> None:
        instance.reverse, instance.reversed_server_arn, instance.reversed_at = target, target.arn, moment
        target.replicates_from = instance
        if target is not instance.server:
            target.opposite, instance.server.opposite = instance.server, target
        for one in (target, instance.server):
            one.touch()

    def _follow(self, moment: datetime, instance: RecoveryInstance, target: SourceServer, state: str) -> None:
        """Let a source server that is there replicate from this instance."""
        lost, before = len(target.points(moment)), target.origin
        if SETTINGS["reprotect_hint"] == "unchanged":
            target.hinted = target.hinted or before.instance_id
        target.origin = Origin(self.account_id, self.region_name, instance.id, None)
        target.ip = instance.instance.private_ip
        keep = state == "RESCAN" or SETTINGS["protect_copy"] == "rescan"
        if keep and target.replication.view(moment).first_point is not None:
            target.replication.change(moment, "RESCAN")
        else:
            target.replication.change(moment, "INITIATING")
            target.replication.first_point, target.replication.gaps = None, []
            if lost:
                record_points_deleted(moment, target, lost, "ReverseReplication", before.instance_id)
        self._pair(moment, instance, target)

    def _protect(self, moment: datetime, instance: RecoveryInstance, target: SourceServer, state: str) -> None:
        """A source server that protected one machine protects another one from now on. Harm in a drill."""
        before = target.origin
        drill = instance.is_drill or bool(instance.server.replicates_from and instance.server.replicates_from.is_drill)
        self._follow(moment, instance, target, state)
        replaced = {"replaced_machine": before.instance_id}
        self._record("protected", moment, instance, target, **replaced)
        if drill:
            # UG:failback-failover-cross-region-drill: "would affect your production data".
            self._record("swapped", moment, instance, target, is_drill=True, **replaced)

    def _record(
        self, effect: str, moment: datetime, instance: RecoveryInstance, target: SourceServer, **more: Any
    ) -> None:
        fields: dict[str, Any] = {
            "account": target.account_id,
            "region": target.region,
            "source_server_id": target.id,
            "recovery_instance_id": instance.id,
            "is_drill": instance.is_drill,
            "cause": "ReverseReplication",
            "machine": instance.id,
            "of_account": self.account_id,
            "of_region": self.region_name,
            "of_server": instance.server.id,
            "of_extended": instance.server.extended,
        }
        schedule.record(effect, moment, **{**fields, **more})


def record_points_deleted(
    moment: datetime, server: SourceServer, number: int, cause: str, machine: str | None = None
) -> None:
    """The ledger's entry for points in time that are gone; of the machine that they are copies of."""
    schedule.record(
        "points_deleted",
        moment,
        account=server.account_id,
        region=server.region,
        source_server_id=server.id,
        cause=cause,
        machine=machine or server.origin.instance_id,
        points=number,
    )


def forget_server(server: SourceServer) -> None:
    """A source server was deleted: nothing points at it any more."""
    instance, opposite = server.replicates_from, server.opposite
    if instance is not None and instance.reverse is server:
        instance.reverse, instance.reversed_server_arn, instance.reversed_at = None, None, None
    if opposite is not None and opposite.opposite is server:
        opposite.opposite = None
        opposite.touch()


def failed_back(server: SourceServer, is_drill: bool, moment: datetime) -> None:
    """A failback launch of an extended server's recovery instance has ended: the original's agent stops by itself.

    UG:multi-account: "The AWS Replication Agent will stop replicating automatically after failing back from a recovery
    instance of an extended source server to the original server." Of drills it does not speak.
    """
    origin = server.opposite
    if origin is None or not origin.extended or server.direction != "FAILBACK":
        return
    if is_drill and SETTINGS["extended_failback_stops"] != "any":
        return
    real = origin.replicating
    if real.view(moment).state in _GONE:
        return
    lost = len(real.points(moment))
    real.replication.change(moment, SETTINGS["extended_failback_state"])
    schedule.record(
        "replication_stopped",
        moment,
        account=real.account_id,
        region=real.region,
        source_server_id=real.id,
        cause="failback of an extended server",
        machine=real.origin.instance_id,
    )
    if lost and not real.points(moment):
        record_points_deleted(moment, real, lost, "failback of an extended server")
