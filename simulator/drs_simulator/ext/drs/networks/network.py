"""Source networks: VPCs whose configuration DRS keeps, with their replication.

BM SourceNetwork: STOPPED, IN_PROGRESS, PROTECTED (replicated, and synchronised for changes), ERROR. Whether the VPC is
there is seen when it is replicated: a guess, CreateSourceNetwork does not say.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import exceptions as errors
from ..models import ec2
from ..models.schedule import quotas, rng, schedule, tell
from ..models.wire import arn, random_id
from ..settings import SETTINGS

if TYPE_CHECKING:
    from ..models import DrsBackend

#: GR "Max number of source networks per account".
_QUOTA = "L-4B0323BD"


@dataclass
class SourceNetwork:
    """One source network. ``account`` and ``region`` are those of its VPC."""

    id: str
    arn: str
    vpc: str
    account: str
    region: str
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "STOPPED"
    details: str = ""
    stack: str | None = None
    launched_vpc: str | None = None
    #: {apiCallDateTime, jobID, lastRecoveryResult} of the last recovery.
    last: dict[str, Any] = field(default_factory=dict)
    #: The job that recovers it now.
    job_id: str | None = None
    #: Number of the last start of its replication; a stop makes what was due void.
    attempt: int = 0

    def source(self) -> Any:
        """moto's VPC in its own account and Region; None when there is no such VPC."""
        try:
            return ec2.backend(self.account, self.region).vpcs.get(self.vpc)
        except KeyError:
            return None

    def event_data(self) -> dict[str, Any]:
        """EventResourceData of the job log."""
        data = {"sourceNetworkID": self.id, "sourceVpc": self.vpc}
        more = {"stackName": self.stack, "targetVpc": self.launched_vpc}
        return {"sourceNetworkData": {**data, **{key: value for key, value in more.items() if value}}}

    def to_wire(self) -> dict[str, Any]:
        """SourceNetwork."""
        item: dict[str, Any] = {
            "sourceNetworkID": self.id,
            "sourceVpcID": self.vpc,
            "arn": self.arn,
            "tags": self.tags,
            "replicationStatus": self.status,
            "sourceRegion": self.region,
            "sourceAccountID": self.account,
            "lastRecovery": self.last or {"lastRecoveryResult": "NOT_STARTED"},
        }
        more = {
            "replicationStatusDetails": self.details,
            "cfnStackName": self.stack,
            "launchedVpcID": self.launched_vpc,
        }
        return {**item, **{key: value for key, value in more.items() if value}}


class SourceNetworks:
    """The source networks of one account and Region, by id."""

    def __init__(self, backend: DrsBackend) -> None:
        self.backend = backend
        self.items: dict[str, SourceNetwork] = {}
        self._count = 0

    def find(self, identifier: str) -> SourceNetwork:
        """A network by id. Raises ResourceNotFoundException."""
        if identifier not in self.items:
            raise errors.not_found("SourceNetwork", identifier)
        return self.items[identifier]

    def create(self, params: dict[str, Any]) -> SourceNetwork:
        """CreateSourceNetwork. Raises ConflictException for a VPC that has one, ServiceQuotaExceededException."""
        account, region = self.backend.account_id, self.backend.region_name
        for other in self.items.values():
            if (other.vpc, other.account, other.region) == (
                params["vpcID"],
                params["originAccountID"],
                params["originRegion"],
            ):
                text = f"VPC {other.vpc} has source network {other.id}"
                raise errors.ConflictException(text, other.id, "SourceNetwork")
        limit = quotas(account, region).get("source_networks", 100)
        if len(self.items) >= limit:
            text = f"Source networks would exceed the quota of {limit}"
            raise errors.ServiceQuotaExceededException(text, _QUOTA, resource_type="SourceNetwork")
        self._count += 1
        identifier = random_id("sn", rng(account, region, "network", self._count))
        network = SourceNetwork(
            id=identifier,
            arn=arn(region, account, "source-network", identifier),
            vpc=params["vpcID"],
            account=params["originAccountID"],
            region=params["originRegion"],
            tags=params.get("tags", {}),
        )
        self.items[identifier] = network
        return network

    def _idle(self, network: SourceNetwork) -> None:
        if network.job_id:
            text = f"Source network {network.id} is being processed by job {network.job_id}"
            raise errors.ConflictException(text, network.id, "SourceNetwork")

    def delete(self, identifier: str) -> None:
        """DeleteSourceNetwork. Raises ConflictException while a job holds it or it is replicated (a guess)."""
        network = self.find(identifier)
        self._idle(network)
        if network.status in ("IN_PROGRESS", "PROTECTED"):
            text = f"Source network {identifier} is {network.status}; stop its replication first"
            raise errors.ConflictException(text, identifier, "SourceNetwork")
        del self.items[identifier]

    def _show(self, network: SourceNetwork, at: datetime, status: str, details: str = "") -> None:
        """Give a network another status, and tell of it."""
        network.status, network.details = status, details
        self.tell("network_status", at, network, status)

    def tell(self, what: str, at: datetime, network: SourceNetwork, state: str) -> None:
        """Tell whoever listens of a network's status or of the result of its recovery."""
        place = {"account": self.backend.account_id, "region": self.backend.region_name}
        tell(what, at, **place, source_network_id=network.id, detail={"state": state})

    def start(self, moment: datetime, identifier: str) -> SourceNetwork:
        """StartSourceNetworkReplication. Raises ConflictException for one that is replicated already."""
        network = self.find(identifier)
        if network.status in ("IN_PROGRESS", "PROTECTED"):
            text = f"Source network {identifier} is {network.status}"
            raise errors.ConflictException(text, identifier, "SourceNetwork")
        self._show(network, moment, "IN_PROGRESS")
        network.attempt += 1
        attempt = network.attempt

        def replicated(at: datetime) -> None:
            if network.attempt != attempt or network.status != "IN_PROGRESS":
                return
            if network.source() is None:
                self._show(network, at, "ERROR", f"VPC {network.vpc} was not found in {network.account}")
            else:
                self._show(network, at, "PROTECTED")

        seconds = float(SETTINGS["network_replication_seconds"])
        schedule.after(moment, seconds, self.backend.owner, replicated)
        return network

    def stop(self, moment: datetime, identifier: str) -> SourceNetwork:
        """StopSourceNetworkReplication. Raises ConflictException while a job holds it, ValidationException."""
        network = self.find(identifier)
        self._idle(network)
        if network.status == "STOPPED":
            raise errors.ValidationException(f"Source network {identifier} is not replicated")
        self._show(network, moment, "STOPPED")
        return network
