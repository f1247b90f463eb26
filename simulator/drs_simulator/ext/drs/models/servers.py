"""Source servers: the machine, its replication, its last launch and its recovery instances."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drs_simulator.iam import staging_roles

from ..settings import SETTINGS
from .replication import Replication, View
from .snapshots import grid_times, snapshot_id, to_wire
from .wire import GIB, iso, iso_duration

if TYPE_CHECKING:
    from .jobs import Job
    from .recovery_instances import RecoveryInstance

#: Last launch status -> lastLaunchResult (BM LastLaunchResult).
_RESULTS = {"PENDING": "PENDING", "IN_PROGRESS": "PENDING", "LAUNCHED": "SUCCEEDED", "FAILED": "FAILED"}


@dataclass
class Faults:
    """Failures that a scenario or an administrator puts on a server. Texts become rawError in the job log."""

    # Of launches: an extended server has its own.
    fail_launch: str | None = None
    fail_conversion: str | None = None
    #: True or the phase in which a launch hangs: cleanup, snapshot, conversion, launch.
    stuck: bool | str = False
    #: Name or id of the launch action that fails.
    fail_action: str | None = None
    # Of replication: read from the staging account's server.
    fail_snapshot: str | None = None
    unreachable: bool = False

    def stuck_phase(self) -> str | None:
        """The phase that never ends, None when all is well."""
        if not self.stuck:
            return None
        return self.stuck if isinstance(self.stuck, str) else "conversion"


@dataclass
class Origin:
    """Where the machine runs today; an account makes it an AWS machine, none an on-premises one."""

    account: str | None
    region: str | None
    instance_id: str | None
    vmware_uuid: str | None

    @property
    def environment(self) -> str:
        """RecoveryInstance.originEnvironment."""
        return "AWS" if self.account else "ON_PREMISES"

    @property
    def zone(self) -> str | None:
        """The Availability Zone the machine is said to run in."""
        return f"{self.region}a" if self.region else None


@dataclass
class LastLaunch:
    """SourceServer.lifeCycle.lastLaunch."""

    called: datetime
    job_id: str
    type: str
    status: str = "PENDING"

    def to_wire(self) -> dict[str, Any]:
        """LifeCycleLastLaunch."""
        initiated = {"apiCallDateTime": iso(self.called), "jobID": self.job_id, "type": self.type}
        return {"initiated": initiated, "status": self.status}


@dataclass
class SourceServer:
    """One source server of one account and Region.

    ``staging`` is the server in the staging account when this one is an extension of it: replication and points in
    time are then read there.
    """

    id: str
    arn: str
    account_id: str
    region: str
    name: str
    tags: dict[str, str]
    origin: Origin
    platform: str
    replication: Replication
    added: datetime
    faults: Faults = field(default_factory=Faults)
    architecture: str = "x86_64"
    cpus: int = 2
    ram_gib: int = 8
    ip: str = ""
    mac: str = ""
    pit_days: int = 7
    dedicated: bool = False
    agent_version: str = ""
    direction: str = "FAILOVER"
    staging: SourceServer | None = None
    staging_error: str = ""
    last_launch: LastLaunch | None = None
    recovery_instance: RecoveryInstance | None = None
    ended_instance: str | None = None
    active_job: Job | None = None
    #: The recovery instance that this server replicates from, once replication was reversed.
    replicates_from: RecoveryInstance | None = None
    #: The source server of the opposite direction in the other cell.
    opposite: SourceServer | None = None
    #: Every recovery instance ever launched whose EC2 instance may still run, known to DRS or not.
    launched: list[RecoveryInstance] = field(default_factory=list)
    launch_configuration: dict[str, Any] = field(default_factory=dict)
    replication_configuration: dict[str, Any] = field(default_factory=dict)
    #: The templates of the time at which the server came; they decide over new servers only (UG:replication-settings).
    replication_template: dict[str, Any] = field(default_factory=dict)
    launch_template: dict[str, Any] = field(default_factory=dict)
    #: {ebsEncryption, ebsEncryptionKeyArn} when a template, a setting or the scenario says so; empty: nobody did.
    encryption: dict[str, str] = field(default_factory=dict)
    last_seen_frozen: datetime | None = None
    deleted: bool = False
    #: The machine that the hints still name although the server protects another one.
    hinted: str | None = None
    _fixed: dict[str, Any] | None = None

    @property
    def source_server_id(self) -> str:
        """The id under its API name, for code outside this package."""
        return self.id

    @property
    def replicating(self) -> SourceServer:
        """The server whose agent replicates: itself, or the staging account's."""
        return self.staging or self

    @property
    def extended(self) -> bool:
        """Whether this is an extension of a staging account's server."""
        return self.staging is not None

    @property
    def devices(self) -> list[str]:
        """Names of the replicated disks."""
        return [disk["device"] for disk in self.replicating.replication.disks]

    def view(self, moment: datetime) -> View:
        """Replication at a moment."""
        return self.replicating.replication.view(moment)

    def extension_error(self) -> str:
        """Why the extension is broken; empty when it is not, or when this is no extension."""
        if self.staging is not None and self.staging.deleted:
            return "The source server in the staging account was deleted"
        if self.staging_error or self.staging is None:
            return self.staging_error
        return staging_roles.problem(self.staging.account_id, self.account_id, self.region) or ""

    def points(self, moment: datetime) -> list[datetime]:
        """Times of the points in time that can be recovered from, oldest first."""
        view = self.view(moment)
        if view.first_point is None or view.consistent is None:
            return []
        real = self.replicating
        return grid_times(view.first_point, view.consistent, real.pit_days, real.replication.gaps)

    def snapshots(self, moment: datetime) -> list[dict[str, Any]]:
        """RecoverySnapshot items, oldest first."""
        owner, devices = self.replicating.id, self.devices
        return [to_wire(owner, self.id, point, devices) for point in self.points(moment)]

    def source_reachable(self, moment: datetime) -> bool:
        """Whether an on-demand snapshot of the most recent data can be made."""
        real = self.replicating
        return not real.faults.unreachable and self.view(moment).state in ("CONTINUOUS", "BACKLOG", "CREATING_SNAPSHOT")

    def to_version(self) -> str:
        """The version of the replication agent."""
        return self.replicating.agent_version or str(SETTINGS["agent_version"])

    def touch(self) -> None:
        """Forget the prepared part of the wire form after a change of names, tags or properties."""
        self._fixed = None

    def hardware_ids(self) -> tuple[str | None, ...]:
        """What the filter ``hardwareId`` matches: an EC2 instance id, a VMware uuid or a MAC address."""
        return (self.hinted or self.origin.instance_id, self.origin.vmware_uuid, self.mac)

    def _hints(self) -> dict[str, Any]:
        fqdn = f"{self.name}.example.com"
        hints = {"hostname": fqdn if SETTINGS["hostname_form"] == "fqdn" else self.name, "fqdn": fqdn}
        if self.hinted or self.origin.instance_id:
            hints["awsInstanceID"] = self.hinted or self.origin.instance_id
        if self.origin.vmware_uuid:
            hints["vmWareUuid"] = self.origin.vmware_uuid
        return hints

    def _cards(self) -> list[dict[str, Any]]:
        if SETTINGS["network_form"] == "plain":
            return [{"macAddress": self.mac, "ips": [self.ip], "isPrimary": True}]
        mac = self.mac.replace(":", "")
        return [
            {"macAddress": mac, "ips": [self.ip], "isPrimary": True},
            {"macAddress": mac[:-2] + "fe", "ips": [], "isPrimary": False},
        ]

    def _prepare(self) -> dict[str, Any]:
        """The members that rarely change; kept, since a fleet of thousands is described often."""
        linux = "Linux version 5.10 (Amazon Linux 2)"
        fixed: dict[str, Any] = {
            "sourceServerID": self.id,
            "arn": self.arn,
            "tags": self.tags,
            "sourceProperties": {
                "lastUpdatedDateTime": iso(self.added),
                "recommendedInstanceType": SETTINGS["instance_type"],
                "identificationHints": self._hints(),
                "networkInterfaces": self._cards(),
                "disks": [
                    {"deviceName": disk["device"], "bytes": disk["bytes"]}
                    for disk in self.replicating.replication.disks
                ],
                "cpus": [{"cores": self.cpus, "modelName": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"}],
                "ramBytes": self.ram_gib * GIB,
                "os": {"fullString": "Microsoft Windows Server 2022" if self.platform == "windows" else linux},
                "supportsNitroInstances": True,
                "architecture": self.architecture,
            },
            "replicationDirection": self.direction,
            "agentVersion": self.to_version(),
        }
        if self.origin.account:
            fixed["sourceCloudProperties"] = {
                "originAccountID": self.origin.account,
                "originRegion": self.origin.region,
                "originAvailabilityZone": self.origin.zone,
            }
        return fixed

    def _staging_area(self) -> dict[str, Any]:
        if self.staging is None:
            return {"status": "NOT_EXTENDED"}
        error = self.extension_error()
        area = {
            "status": "EXTENSION_ERROR" if error else "EXTENDED",
            "stagingAccountID": self.staging.account_id,
            "stagingSourceServerArn": self.staging.arn,
        }
        return {**area, "errorMessage": error} if error else area

    def _life_cycle(self, moment: datetime, view: View) -> dict[str, Any]:
        real = self.replicating
        seen = real.last_seen_frozen
        if seen is None and (view.state == "DISCONNECTED" or real.replication.error == "AGENT_NOT_SEEN"):
            seen = view.since
        cycle: dict[str, Any] = {
            "addedToServiceDateTime": iso(self.added),
            "lastSeenByServiceDateTime": iso(seen or moment.replace(microsecond=0)),
        }
        if view.state not in ("INITIATING", "STOPPED"):
            begun = real.replication.initiated
            cycle["firstByteDateTime"] = iso(begun)
            cycle["elapsedReplicationDuration"] = iso_duration(max(0.0, round((moment - begun).total_seconds())))
        if self.last_launch:
            cycle["lastLaunch"] = self.last_launch.to_wire()
        elif SETTINGS["never_launched"] == "empty":
            cycle["lastLaunch"] = {"initiated": {}}
        return cycle

    def to_wire(self, moment: datetime) -> dict[str, Any]:
        """SourceServer as JSON-ready data; the nested dictionaries are not to be changed by the caller."""
        if self._fixed is None:
            self._fixed = self._prepare()
        view = self.view(moment)
        item = dict(self._fixed)
        item["dataReplicationInfo"] = self.replicating.replication.to_wire(moment, view, f"{self.replicating.region}a")
        item["lifeCycle"] = self._life_cycle(moment, view)
        item["stagingArea"] = self._staging_area()
        item["lastLaunchResult"] = "NOT_STARTED"
        if self.last_launch:
            # A terminated recovery instance was launched with success.
            item["lastLaunchResult"] = _RESULTS.get(self.last_launch.status, "SUCCEEDED")
        if self.recovery_instance:
            item["recoveryInstanceId"] = self.recovery_instance.id
        elif self.ended_instance and SETTINGS["ended_instance_named"] == "kept":
            item["recoveryInstanceId"] = self.ended_instance
        if self.opposite and self._shows_opposite():
            item["reversedDirectionSourceServerArn"] = self.opposite.arn
        return item

    def _shows_opposite(self) -> bool:
        """BM speaks of servers "which have been failed over and then failed back"; from when on is a setting."""
        back = self if self.direction == "FAILBACK" else self.opposite
        launched = bool(back and back.last_launch and back.last_launch.status in ("LAUNCHED", "TERMINATED"))
        return SETTINGS["reversed_arn_shown"] == "at_once" or launched

    def why_not_recoverable(self, moment: datetime, snapshot: str | None) -> str | None:
        """The reason for which a recovery of this server is refused, None when it is possible.

        UG:recovery-plans-validation (the same checks as individual recovery), UG:preparing-failover (lag or stall do
        not hinder). ``snapshot`` is the pinned point in time.
        """
        error = self.extension_error()
        if error:
            return f"Source server {self.id} is in extension error: {error}"
        view = self.view(moment)
        if view.state in ("STOPPED", "DISCONNECTED"):
            return f"Source server {self.id} is not replicating ({view.state})"
        if view.consistent is None:
            return f"Source server {self.id} has no consistent recovery point ({view.state})"
        for disk in self.replicating.replication.disks:
            status = disk.get("volume_status", "REGULAR")
            if status == "PENDING" or status.startswith("MISSING_"):
                return f"Source server {self.id} has volume {disk['device']} in status {status}"
        if snapshot and self.point_of(moment, snapshot) is None:
            return f"Recovery snapshot {snapshot} of source server {self.id} does not exist"
        return None

    def point_of(self, moment: datetime, snapshot: str) -> datetime | None:
        """The time of a pinned point in time, None when it is not (or no longer) one of this server's."""
        owner = self.replicating.id
        return next((point for point in self.points(moment) if snapshot_id(owner, point) == snapshot), None)
