"""Recovery instances: DRS's record of an EC2 instance that it launched."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import ec2, failback, failback_client
from .wire import GIB, iso

if TYPE_CHECKING:
    from .failback_client import FailbackClient
    from .servers import SourceServer

#: EC2 states that hold resources; an instance in any other one is gone.
_ALIVE = ("pending", "running", "stopping", "stopped")


@dataclass
class RecoveryInstance:
    """One launched instance. ``instance`` is moto's EC2 object; the record may be deleted while it still runs."""

    arn: str
    server: SourceServer
    instance: Any
    job_id: str
    job_tags: dict[str, str]
    is_drill: bool
    data_time: datetime
    launched: datetime
    tags: dict[str, str] = field(default_factory=dict)
    disconnected: bool = False
    #: What the Failback Client has done to a machine that came from on premises.
    failback_state: str = "FAILBACK_NOT_STARTED"
    failback_job_id: str | None = None
    failback_original: bool = False
    client: FailbackClient | None = None
    failback_settings: dict[str, Any] = field(default_factory=dict)
    #: ARN of the source server that replicates, or replicated, from this instance; the server itself; since when.
    reversed_server_arn: str | None = None
    reverse: SourceServer | None = None
    reversed_at: datetime | None = None
    #: Whether the agent on the machine reaches DRS.
    agent_connected: bool = True
    #: Whether a TERMINATE job of it has failed late.
    termination_failed: bool = False

    @property
    def id(self) -> str:
        """recoveryInstanceID: the EC2 instance id, as the API's pattern asks."""
        return str(self.instance.id)

    @property
    def alive(self) -> bool:
        """Whether the EC2 instance still exists; someone may have terminated it through EC2."""
        return self.instance.state in _ALIVE

    def terminate(self, at: datetime) -> None:
        """Terminate the EC2 instance; nothing happens when it is gone already."""
        if self.alive:
            self.instance.terminate()
            ec2.release(self.instance)
            failback.terminated(self, at)

    def protected(self) -> bool:
        """Whether EC2 refuses to terminate it (DisableApiTermination)."""
        return bool(self.alive and self.instance.disable_api_termination is True)

    def managed(self) -> bool:
        """Whether it still carries the tag by which DRS knows its instances."""
        return ec2.MANAGED_TAG in ec2.tags_of(self.instance)

    def ledger_fields(self) -> dict[str, Any]:
        """What the ledger says of this instance as the victim of an effect."""
        return {
            "account": self.server.account_id,
            "region": self.server.region,
            "source_server_id": self.server.id,
            "recovery_instance_id": self.id,
            "is_drill": self.is_drill,
        }

    def _properties(self) -> dict[str, Any]:
        server = self.server
        replicated = server.replicating.replication.disks
        disks = [{"internalDeviceName": disk["device"], "bytes": disk["bytes"]} for disk in replicated]
        hints = {"hostname": server.name, "fqdn": f"{server.name}.example.com", "awsInstanceID": self.id}
        windows = server.platform == "windows"
        return {
            "lastUpdatedDateTime": iso(self.launched),
            "identificationHints": hints,
            "networkInterfaces": [
                {"macAddress": server.mac, "ips": [self.instance.private_ip], "isPrimary": True},
            ],
            "disks": disks,
            "cpus": [{"cores": server.cpus, "modelName": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"}],
            "ramBytes": server.ram_gib * GIB,
            "os": {"fullString": "Microsoft Windows Server 2022" if windows else "Linux version 5.10 (Amazon Linux 2)"},
        }

    def to_wire(self, moment: datetime) -> dict[str, Any]:
        """RecoveryInstance as JSON-ready data."""
        server = self.server
        item: dict[str, Any] = {
            "recoveryInstanceID": self.id,
            "ec2InstanceID": self.id,
            "ec2InstanceState": self.instance.state.upper(),
            "arn": self.arn,
            "jobID": self.job_id,
            "sourceServerID": server.id,
            "tags": self.tags,
            "isDrill": self.is_drill,
            "originEnvironment": server.origin.environment,
            "pointInTimeSnapshotDateTime": iso(self.data_time),
            "failback": {"state": self.failback_state, "failbackToOriginalServer": False},
            "dataReplicationInfo": {
                "dataReplicationState": "DISCONNECTED" if self.disconnected else "NOT_STARTED",
            },
            "recoveryInstanceProperties": self._properties(),
            "agentVersion": server.to_version(),
        }
        if server.origin.zone:
            item["originAvailabilityZone"] = server.origin.zone
        found = failback.to_wire(self, moment) or failback_client.to_wire(self, moment)
        if found:
            item["failback"], item["dataReplicationInfo"] = found
        return item
