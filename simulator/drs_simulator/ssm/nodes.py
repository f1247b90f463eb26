"""Managed nodes: DescribeInstanceInformation, and which nodes a command may target (SSM API reference)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from ..machines.instances import Machine, ping_status
from ..protocol.refused import Refused
from ..world.world import world

_LOW, _HIGH, _DEFAULT_PAGE = 5, 50, 10
_MOST_VALUES = 100
_FIELDS = {
    "InstanceIds": "InstanceId",
    "PingStatus": "PingStatus",
    "PlatformTypes": "PlatformType",
    "AgentVersion": "AgentVersion",
    "ResourceType": "ResourceType",
    "IamRole": "IamRole",
}
_AGENT = "3.3.2299.0"
_ROLE = "service-role/AmazonEC2RunCommandRoleForManagedInstances"


class Node:
    """A managed node: a machine and its PingStatus; the rest of the wire form is made when it is asked for."""

    __slots__ = ("machine", "ping")

    def __init__(self, machine: Machine, ping: str) -> None:
        self.machine, self.ping = machine, ping

    @property
    def tags(self) -> dict[str, str]:
        """The instance's tags."""
        return self.machine.tags

    @property
    def platform(self) -> str:
        """PlatformType."""
        return "Windows" if self.machine.windows else "Linux"

    def field(self, name: str) -> str | None:
        """A member that can be filtered by."""
        values = {
            "InstanceId": self.machine.id,
            "PingStatus": self.ping,
            "PlatformType": self.platform,
            "AgentVersion": _AGENT,
            "ResourceType": "ManagedInstance" if self.machine.node else "EC2Instance",
        }
        return values.get(name)

    def to_wire(self, now: float) -> dict[str, Any]:
        """InstanceInformation. A node that is not online was last seen a day ago."""
        windows = self.machine.windows
        address = self.machine.instance.private_ip
        if self.machine.node:
            # Systems Manager user guide, "Managed nodes in hybrid and multicloud environments"
            own: dict[str, Any] = {
                "ResourceType": "ManagedInstance",
                "Name": self.machine.name,
                "ComputerName": self.machine.name,
                "IamRole": _ROLE,
                "SourceId": self.machine.id,
                "SourceType": "AWS::SSM::ManagedInstance",
            }
        else:
            own = {
                "ResourceType": "EC2Instance",
                "ComputerName": f"ip-{'-'.join(address.split('.'))}.{self.machine.region}.compute.internal",
                "SourceId": self.machine.id,
                "SourceType": "AWS::EC2::Instance",
            }
        return {
            "InstanceId": self.machine.id,
            "PingStatus": self.ping,
            "LastPingDateTime": now if self.ping == "Online" else now - 86400,
            "AgentVersion": _AGENT,
            "IsLatestVersion": True,
            "PlatformType": self.platform,
            "PlatformName": "Microsoft Windows Server 2022 Datacenter" if windows else "Amazon Linux",
            "PlatformVersion": "10.0.20348" if windows else "2023",
            "IPAddress": address,
            **own,
        }


def scan(account: str, region: str, start: int = 0) -> Iterator[tuple[int, Node]]:
    """The managed nodes of one account and Region, oldest first, each with its place among all instances."""
    from moto.ec2.models import ec2_backends

    reservations = ec2_backends[account][region].reservations.values()
    instances = (instance for reservation in reservations for instance in reservation.instances)
    inside = (world.machines.of(account, region, instance) for instance in instances)
    everything = itertools.chain(inside, world.machines.nodes(account, region))
    for place, machine in enumerate(itertools.islice(everything, start, None), start):
        ping = ping_status(machine)
        if ping is not None:
            yield place, Node(machine, ping)


def nodes(account: str, region: str) -> list[Node]:
    """All managed nodes of one account and Region."""
    return [node for _place, node in scan(account, region)]


def matcher(key: str, values: list[str]) -> Callable[[Node], bool]:
    """The test of one filter. Raises Refused (InvalidFilterKey)."""
    wanted = set(values)
    if len(values) > _MOST_VALUES:
        raise Refused("ValidationException", f"A filter takes at most {_MOST_VALUES} values, not {len(values)}", 400)
    if key.startswith("tag:"):
        return lambda node: node.tags.get(key[4:]) in wanted
    if key == "tag-key":
        return lambda node: bool(wanted & set(node.tags))
    if key not in _FIELDS:
        raise Refused("InvalidFilterKey", f"The specified key isn't valid: {key}", 400)
    return lambda node: node.field(_FIELDS[key]) in wanted


def offset(token: str | None) -> int:
    """Where a page begins. Raises Refused (InvalidNextToken)."""
    if token is not None and not token.isdigit():
        raise Refused("InvalidNextToken", "The specified token isn't valid", 400)
    return int(token or 0)


def tags_of(account: str, region: str, identity: str) -> list[dict[str, str]]:
    """ListTagsForResource of a managed node outside EC2. Raises Refused (InvalidResourceId)."""
    machine = world.machines.known(account, region, identity)
    if machine is None or not machine.node:
        raise Refused("InvalidResourceId", f"The resource ID isn't valid: {identity}", 400)
    return [{"Key": key, "Value": value} for key, value in machine.tags.items()]


def page(found: list[Any], size: int, token: str | None) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next. Raises Refused (InvalidNextToken)."""
    start = offset(token)
    return found[start : start + size], str(start + size) if start + size < len(found) else None


def describe(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstanceInformation: pages of 5 to 50, 10 when not told."""
    size = int(body.get("MaxResults") or _DEFAULT_PAGE)
    if not _LOW <= size <= _HIGH:
        raise Refused("ValidationException", f"MaxResults must be from {_LOW} to {_HIGH}, not {size}", 400)
    tests = [matcher(f["Key"], f["Values"]) for f in body.get("Filters") or []]
    tests += [matcher(f["key"], f["valueSet"]) for f in body.get("InstanceInformationFilterList") or []]
    now = world.clock.now().timestamp()
    found: list[dict[str, Any]] = []
    # The token is a place among the instances, so that a page costs no look at those before it.
    for place, node in scan(account, region, offset(body.get("NextToken"))):
        if not all(test(node) for test in tests):
            continue
        if len(found) == size:
            return {"InstanceInformationList": found, "NextToken": str(place)}
        found.append(node.to_wire(now))
    return {"InstanceInformationList": found}
