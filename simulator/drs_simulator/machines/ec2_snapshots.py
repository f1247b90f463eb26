"""Snapshots of points in time as EC2 shows them: those that DescribeRecoverySnapshots names, in the staging account.

UG:CloudEndure-Concepts: EBS snapshots of the staging disks, in the account that the agent replicates into. They are
computed from the clock like the points themselves, and stand nowhere. Their volumes, the staging disks, are not in EC2.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ..moto_fixes import registry
from ..world.world import world

_GIB = 1024**3


def _tags(server: Any, point: dict[str, Any]) -> list[dict[str, str]]:
    found = {
        "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
        "AWSElasticDisasterRecoverySourceServerID": server.id,
        "Name": f"{server.name} {point['expectedTimestamp']}",
    }
    return [{"key": key, "value": value, "resource_type": "snapshot"} for key, value in found.items()]


def _shots(ec2: Any, made: type) -> Iterator[Any]:
    """moto's snapshot of each disk at each point in time of the servers that replicate into an account and Region."""
    drs = sys.modules.get("moto.drs.models")
    if drs is None or ec2.region_name not in drs.drs_backends[ec2.account_id]:
        return
    moment = world.clock.now()
    for server in drs.drs_backends[ec2.account_id][ec2.region_name].servers.values():
        if server.extended:
            continue
        disks = server.replication.disks
        mode = server.encryption.get("ebsEncryption", "NONE")
        for at, point in zip(server.points(moment), server.snapshots(moment)):
            for disk, identifier in zip(disks, point["ebsSnapshots"]):
                size = max(1, -(-int(disk["bytes"]) // _GIB))
                volume = SimpleNamespace(id=f"vol-{identifier[5:]}", size=size)
                text = f"Created by AWS Elastic Disaster Recovery for {server.id} {disk['device']}"
                shot = made(ec2, identifier, volume, text, mode != "NONE", server.encryption.get("ebsEncryptionKeyArn"))
                shot.start_time = at.replace(tzinfo=None)
                shot.drs_tags = _tags(server, point)
                yield shot


@registry.corrects("ec2")
def correct() -> None:
    """Let DescribeSnapshots show them beside moto's own."""
    from moto.ec2.exceptions import InvalidSnapshotIdError
    from moto.ec2.models.elastic_block_store import EBSBackend, Snapshot
    from moto.ec2.utils import generic_filter

    class Shot(Snapshot):
        """A snapshot that stands nowhere; its tags are with it."""

        drs_tags: list[dict[str, str]]

        def get_tags(self) -> list[dict[str, str]]:
            return [{**tag, "resource_id": self.id} for tag in self.drs_tags]

    def describe_snapshots(self: Any, snapshot_ids: Any = None, filters: Any = None) -> Any:
        found = [*self.snapshots.values()]
        wanted = set(snapshot_ids or ())
        if not wanted or wanted - {one.id for one in found}:
            found += _shots(self, Shot)
        if wanted:
            found = [one for one in found if one.id in wanted]
            if len(found) < len(wanted):
                raise InvalidSnapshotIdError()
        return generic_filter(filters, found) if filters else found

    EBSBackend.describe_snapshots = describe_snapshots
