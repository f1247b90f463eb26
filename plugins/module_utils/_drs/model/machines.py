"""Machines to install the agent on: EC2 instances and nodes outside EC2, in one shape, and how they are selected.

A node outside EC2 (``mi-...``) is named by its id. DRS does not know that id, so a tag of its source server keeps it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    Filter,
    Machine,
    QuotaRoom,
    Server,
    TagKeys,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import (
    always,
    as_list,
    as_mapping,
    as_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given

LINUX = "linux"
WINDOWS = "windows"
MAC = "macos"
ONLINE = "online"
CONNECTION_LOST = "connection_lost"
INACTIVE = "inactive"
NOT_MANAGED = "not_managed"

RUNNING = "running"
# An instance in one of these states is gone or going; it is not selected by tags.
GONE = ("shutting-down", "terminated")
SELECTABLE_STATES = ("pending", "running", "stopping", "stopped")

# DRS writes it on every instance it makes (DRS user guide, "Resource tags").
MANAGED_TAG = "AWSElasticDisasterRecoveryManaged"
# The id of the node outside EC2 that a source server protects.
NODE_TAG = "resilience.drs:node"
_NODE = "mi-"
# What is installed on when nobody says otherwise, in the names of tag_keys.
DEFAULT_FILTER = {"enabled": True, "strategy": "drs"}

_PING = {"Online": ONLINE, "ConnectionLost": CONNECTION_LOST, "Inactive": INACTIVE}
_NOT_ONLINE = {
    CONNECTION_LOST: ("ssm_connection_lost", "its SSM agent has lost the connection"),
    INACTIVE: ("ssm_inactive", "its SSM agent is inactive"),
    NOT_MANAGED: ("ssm_not_managed", "Systems Manager does not know it"),
}
_NATURAL = re.compile(r"(\d+)", re.ASCII)


def normalise(item: AwsData, account_id: str | None, region: str, cell: str) -> Machine:
    """Turn one instance of DescribeInstances into a MACHINE; its ``ssm`` is None until ``with_ssm``."""
    item = as_mapping(item)
    own = {
        str(tag.get("Key")): str(tag.get("Value") or "")
        for tag in map(as_mapping, as_list(item.get("Tags")))
        if tag.get("Key")
    }
    platform = str(item.get("Platform") or item.get("PlatformDetails") or "").lower()
    instance_id = always(item.get("InstanceId"))
    return {
        "instance_id": instance_id,
        "name": own.get("Name", "").strip() or instance_id,
        "account_id": account_id,
        "region": region,
        "cell": cell,
        "state": as_text(as_mapping(item.get("State")).get("Name")),
        "platform": WINDOWS if platform.startswith("windows") else LINUX,
        "architecture": as_text(item.get("Architecture")),
        "private_ip": as_text(item.get("PrivateIpAddress")),
        "tags": own,
        "managed_by_drs": MANAGED_TAG in own,
        "ssm": None,
    }


def is_node(instance_id: Any) -> bool:
    """Whether an id is that of a managed node outside EC2."""
    return str(instance_id).startswith(_NODE)


def normalise_node(item: AwsData, own: Mapping[str, str], account_id: str | None, region: str, cell: str) -> Machine:
    """Turn one item of DescribeInstanceInformation into the MACHINE of a node outside EC2.

    :param own: its tags. Its name is that of the computer, which its source server will have as well.
    """
    item = as_mapping(item)
    instance_id = always(item.get("InstanceId"))
    name = as_text(item.get("ComputerName")) or as_text(item.get("Name")) or instance_id
    machine: Machine = {
        "instance_id": instance_id,
        "name": name.strip() or instance_id,
        "account_id": account_id,
        "region": region,
        "cell": cell,
        # EC2 does not know it; whether it takes commands, its SSM agent says
        "state": RUNNING,
        "platform": str(item.get("PlatformType") or LINUX).lower(),
        "architecture": None,
        "private_ip": as_text(item.get("IPAddress")),
        "tags": dict(own),
        "managed_by_drs": False,
        "ssm": None,
    }
    return with_ssm(machine, item)


def with_ssm(machine: Machine, information: AwsData | None) -> Machine:
    """The machine with what DescribeInstanceInformation says of it; nothing said means not managed.

    The SSM agent knows the platform better than EC2, which only has the product that was bought.
    """
    details = as_mapping(information)
    platform = str(details.get("PlatformType") or "").lower()
    return {
        **machine,
        "platform": platform if platform in (LINUX, WINDOWS) else machine["platform"],
        "ssm": {
            "status": _PING.get(str(details.get("PingStatus")), NOT_MANAGED) if details else NOT_MANAGED,
            "agent_version": as_text(details.get("AgentVersion")),
            "platform_name": as_text(details.get("PlatformName")),
        },
    }


def not_online(machine: Machine) -> DrsError | None:
    """Why no command can be sent to the machine now, None when one can."""
    status = as_mapping(machine.get("ssm")).get("status") or NOT_MANAGED
    if status == ONLINE:
        return None
    code, text = _NOT_ONLINE[status]
    return DrsError(code, f"{machine['name']} ({machine['instance_id']}): {text}")


def select(machines: Iterable[Machine], criteria: Given, keys: TagKeys) -> list[Machine]:
    """The machines whose tags satisfy every wanted key. What DRS made itself never takes part: it copies tags."""
    return [one for one in machines if tags.matches(one["tags"], criteria, keys) and not one["managed_by_drs"]]


# What a key of the house may begin with; near spellings of a key have to be read to be named.
_NEAR_KEYS = ("dr*", "DR*", "Dr*")


def filter_of(criteria: Given, keys: TagKeys, near: bool = False) -> list[Filter]:
    """The filters of DescribeInstances, ``{Name, Values}``, that leave out most of what is not wanted.

    Only the presence of one tag key is asked for: EC2 reads ``*`` and ``?`` in values as wildcards, and does not know
    that ``yes`` means true.

    :param near: let instances through whose tag keys may be meant for one of ours.
    """
    filters: list[Filter] = [{"Name": "instance-state-name", "Values": list(SELECTABLE_STATES)}]
    for key in list(criteria)[:1]:
        filters.append({"Name": "tag-key", "Values": [*tags.spellings_of(key, keys), *(_NEAR_KEYS if near else ())]})
    return filters


def order(machines: Iterable[Machine], keys: TagKeys) -> list[Machine]:
    """Machines by their priority tag (1 before 2 before 10, none last), then by name as people count, then by id."""

    def rank(machine: Machine) -> tuple[Any, ...]:
        named = [int(part) if part.isdigit() else part.lower() for part in _NATURAL.split(str(machine["name"]))]
        return (
            tags.priority_key(tags.tag_value(machine["tags"], keys["priority"]), keys),
            [(isinstance(part, str), part) for part in named],
            str(machine["instance_id"]),
        )

    return sorted(machines, key=rank)


def pattern(source_account: str | None, replication_account: str | None, extend_to: str | None = None) -> str:
    """How a machine is protected: ``same_account``, ``cross_account`` or ``extended``."""
    if extend_to:
        return "extended"
    return "same_account" if source_account == replication_account else "cross_account"


def by_instance(servers: Iterable[Server]) -> dict[str, Server]:
    """Source servers by the EC2 instance, or node outside EC2, they protect: {instance_id: SERVER}.

    Of several for one instance the connected one counts. A copy that is extended from another account protects nothing
    by itself: the agent replicates there.
    """
    result: dict[str, Server] = {}
    for server in servers:
        instance_id = server.get("instance_id") or server["tags"].get(NODE_TAG)
        if not instance_id or server.get("extended"):
            continue
        if instance_id not in result or not connected(result[instance_id]):
            result[instance_id] = server
    return result


def failed_back_from(found: Iterable[Machine], servers: Iterable[Server]) -> dict[str, Server]:
    """Original machines in whose place one that a failback has launched is protected: {instance_id: its SERVER}.

    DRS says nothing of an original once its server protects the machine that was launched. What is left to know it by:
    a connected source server protects a machine that DRS made, and a machine that no server protects has its name in
    the same cell. A new machine may be named so as well: it is not forbidden to protect it, but has to be asked for.

    :param found: the MACHINEs of EC2, those that DRS made among them.
    """
    by_id = by_instance(servers)
    protected = {key: one for key, one in by_id.items() if connected(one)}
    listed = list(found)
    places = {}
    for machine in listed:
        server = protected.get(machine["instance_id"])
        if server and machine.get("managed_by_drs") and machine["state"] not in GONE:
            places.update({(machine["cell"], name): server for name in (machine["name"], server["name"])})
    return {
        one["instance_id"]: places[one["cell"], one["name"]]
        for one in listed
        if (one["cell"], one["name"]) in places
        and not one.get("managed_by_drs")
        and one["instance_id"] not in protected
        and one["state"] not in GONE
    }


def by_hostname(servers: Iterable[Server], node: Mapping[str, Any]) -> Server | None:
    """The source server of a node outside EC2 by the name of the computer; None when there is none, or more than one.

    Servers of EC2 instances and of other nodes are left out: what is named alike need not be the same.
    """
    name = _short(node["name"])
    found = [
        one
        for one in servers
        if not one.get("instance_id")
        and not one.get("extended")
        and one["tags"].get(NODE_TAG) in (None, node["instance_id"])
        and connected(one)
        and _short(one.get("hostname")) == name
    ]
    return found[0] if len(found) == 1 and name else None


def _short(hostname: Any) -> str:
    return str(hostname or "").partition(".")[0].lower()


def connected(server: Server) -> bool:
    """Whether an agent still belongs to the source server; a disconnected one is only a record."""
    return as_mapping(server.get("replication")).get("state") != "DISCONNECTED"


def room(cell: str, servers: Iterable[Server], planned: int, limit: Mapping[str, int]) -> tuple[list[QuotaRoom], str]:
    """Whether ``planned`` more servers fit into an account and Region.

    :returns: the room of each quota of servers, and the sum written out; empty when all fit.
    """
    rooms: list[QuotaRoom] = []
    problems = []
    for one in quotas.headroom(servers, (), limit):
        if one["name"] not in ("replicating_servers", "source_servers"):
            continue
        free = max(0, one["limit"] - one["used"])
        fits = planned <= free
        rooms.append(
            {
                "name": one["name"],
                "title": one["title"],
                "used": one["used"],
                "planned": planned,
                "limit": one["limit"],
                "free": free,
                "fits": fits,
            }
        )
        if not fits:
            noun = one["name"].replace("_", " ")
            problems.append(f"{cell}: {one['used']} of {one['limit']} {noun} used, {free} free, {planned} planned")
    return rooms, "; ".join(problems)
