"""Scenario section on EC2 instances to protect: their state in SSM and the result of an installation.

Source servers that already replicate are fleets (scenario.py); these are the machines an agent can be installed on.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import checks
from .agent_failures import CLASSES
from .checks import fail

#: Scenario word -> PingStatus of SSM; None is a node that SSM does not know.
SSM_STATES = {"online": "Online", "lost": "ConnectionLost", "inactive": "Inactive", "absent": None}
REPLICATION_STATES = ("CONTINUOUS", "INITIAL_SYNC", "INITIATING", "BACKLOG", "STALLED", "STOPPED", "DISCONNECTED")
_MAX_DISK_GIB = 65536


@dataclass(frozen=True)
class InstanceGroup:
    """EC2 instances alike in one account and Region; ``servers`` overrides single ones by name.

    properties: ssm, profile, network, install_seconds (low, high), replication, disks, platform, and when given
    failure, bound_to, installed_into.
    """

    account: str
    region: str
    names: tuple[str, ...]
    tags: dict[str, str]
    properties: dict[str, Any]
    servers: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Trust:
    """The roles that let agents of ``source`` replicate into ``replication`` (UG:adding-trusted-account).

    agent_role: DRSCrossAccountAgentRole_<source> in the replication account. authorized_role:
    DRSCrossAccountAgentAuthorizedRole_<replication> in the source account.
    """

    source: str
    replication: str
    agent_role: bool = True
    authorized_role: bool = True

    def roles(self) -> list[tuple[str, str]]:
        """(account, role name) of the roles that exist."""
        found = []
        if self.agent_role:
            found.append((self.replication, f"DRSCrossAccountAgentRole_{self.source}"))
        if self.authorized_role:
            found.append((self.source, f"DRSCrossAccountAgentAuthorizedRole_{self.replication}"))
        return found


@dataclass(frozen=True)
class SsmSettings:
    """What AWS does not document about Systems Manager, or leaves to the moment.

    delivery_seconds: from SendCommand to the node. connection_lost: whether SendCommand accepts a node that lost its
    connection (the API reference calls stopped nodes valid) or refuses it. visible_after_seconds: how long a new
    command is missing in ListCommandInvocations and GetCommandInvocation (SSM is eventually consistent).
    """

    delivery_seconds: tuple[float, float] = (1.0, 4.0)
    connection_lost: str = "accepted"
    visible_after_seconds: float = 0.0


@dataclass(frozen=True)
class Machines:
    """Everything this module reads from a scenario."""

    instances: tuple[InstanceGroup, ...] = ()
    trusted: tuple[Trust, ...] = ()
    ssm: SsmSettings = field(default_factory=SsmSettings)


_GROUP = ("account", "region", "count", "name", "tags", "servers")
PROPERTIES = (
    "platform",
    "ssm",
    "profile",
    "install_seconds",
    "network",
    "replication",
    "disks",
    "failure",
    "bound_to",
    "installed_into",
    "system",
    "architecture",
    "node",
    "credentials",
)
ARCHITECTURES = ("x86_64", "arm64", "x86_64_mac", "arm64_mac")
#: What a look at a machine finds, see machines/system.py: its words and their kinds.
SYSTEM = {
    "root_mib": int,
    "tmp_mib": int,
    "memory_mib": int,
    "tmp_noexec": bool,
    "headers": bool,
    "gcc": bool,
    "secure_boot": bool,
    "bitlocker": bool,
    "machine": str,
}
_INSTALLED = ("account", "region", "state", "agent_version", "tags", "extend_to")


def failure(value: Any, where: str) -> dict[str, Any] | None:
    """A failure as {class, times or None, text or None}, from a class name or a mapping; None is none."""
    if value is None:
        return None
    found = {"class": value} if isinstance(value, str) else checks.mapping(value, where, ("class", "times", "text"))
    times = found.get("times")
    return {
        "class": checks.choice(found.get("class"), f"{where}.class", "", CLASSES),
        "times": None if times is None else int(checks.number(times, f"{where}.times", 1, 1)),
        "text": None if found.get("text") is None else checks.text(found["text"], f"{where}.text"),
    }


def replication(value: Any, where: str) -> dict[str, Any]:
    """How fast a new server replicates: {steps_seconds: seconds of all eleven, sync_seconds}, what is given."""
    found = checks.mapping(value, where, ("steps_seconds", "sync_seconds", "gib", "mbps"))
    result: dict[str, Any] = {}
    for key in ("steps_seconds", "sync_seconds"):
        if key in found:
            result[key] = float(checks.number(found[key], f"{where}.{key}", 0, 0))
    if "gib" in found or "mbps" in found:
        gib = checks.number(found.get("gib"), f"{where}.gib", 50, 0.001)
        mbps = checks.number(found.get("mbps"), f"{where}.mbps", 1000, 0.001)
        result["sync_seconds"] = gib * 1024**3 * 8 / (mbps * 1e6)
    return result


def disks(value: Any, where: str) -> list[dict[str, Any]]:
    """Disks as [{device, gib}], the first is the root."""
    found = []
    for n, item in enumerate(checks.sequence(value, where)):
        disk = checks.mapping(item, f"{where}[{n}]", ("device", "gib"))
        device = checks.text(disk.get("device"), f"{where}[{n}].device", "/dev/sda1")
        gib = checks.number(disk.get("gib"), f"{where}[{n}].gib", 50, 1, _MAX_DISK_GIB)
        found.append({"device": device, "gib": gib})
    return found


def _installed(value: Any, where: str) -> dict[str, Any] | None:
    if value is None:
        return None
    found = checks.mapping(value, where, _INSTALLED)
    return {
        "account": checks.account_id(found.get("account"), f"{where}.account"),
        "region": checks.region(found.get("region"), f"{where}.region"),
        "state": checks.choice(found.get("state"), f"{where}.state", "CONTINUOUS", REPLICATION_STATES),
        "agent_version": checks.text(found.get("agent_version"), f"{where}.agent_version", "6.30.1"),
        "tags": None if found.get("tags") is None else checks.tags(found["tags"], f"{where}.tags"),
        "extend_to": None
        if found.get("extend_to") is None
        else checks.account_id(found["extend_to"], f"{where}.extend_to"),
    }


def system(value: Any, where: str) -> dict[str, Any]:
    """What of a machine's system is not as usual: {word of SYSTEM: value}."""
    found = checks.mapping(value, where, tuple(SYSTEM))
    result: dict[str, Any] = {}
    for key, given in found.items():
        place = f"{where}.{key}"
        if SYSTEM[key] is bool:
            result[key] = checks.boolean(given, place, False)
        elif SYSTEM[key] is int:
            result[key] = int(checks.number(given, place, 0, 0))
        else:
            result[key] = checks.text(given, place)
    return result


def properties(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The properties of a machine that are given, checked. Raises ScenarioError."""
    result: dict[str, Any] = {}
    for key, value in raw.items():
        place = f"{where}.{key}"
        if key == "platform":
            result[key] = checks.choice(value, place, "linux", ("linux", "windows"))
        elif key == "ssm":
            result[key] = checks.choice(value, place, "online", SSM_STATES)
        elif key in ("profile", "credentials"):
            result[key] = checks.boolean(value, place, True)
        elif key == "node":
            result[key] = checks.boolean(value, place, False)
        elif key == "install_seconds":
            result[key] = checks.span(value, place)
        elif key == "network":
            result[key] = checks.choice(value, place, "ok", ("ok", "blocked"))
        elif key == "replication":
            result[key] = replication(value, place)
        elif key == "disks":
            result[key] = disks(value, place)
        elif key == "failure":
            result[key] = failure(value, place)
        elif key == "bound_to":
            result[key] = None if value is None else checks.account_id(value, place)
        elif key == "architecture":
            result[key] = checks.choice(value, place, "x86_64", ARCHITECTURES)
        elif key == "system":
            result[key] = system(value, place)
        elif key == "installed_into":
            result[key] = _installed(value, place)
    return result


def _group(raw: Any, where: str, accounts: Mapping[str, Any]) -> InstanceGroup:
    found = checks.mapping(raw, where, (*_GROUP, *PROPERTIES))
    account = checks.account_id(found.get("account"), f"{where}.account")
    if account not in accounts:
        raise fail(f"{where}.account", account, "is not among accounts; add it there or correct it")
    regions = accounts[account].regions
    region = checks.region(found.get("region", regions[0] if len(regions) == 1 else None), f"{where}.region")
    count = int(checks.number(found.get("count"), f"{where}.count", 1, 1, 10000))
    pattern = checks.text(found.get("name"), f"{where}.name", "instance-{n:02}")
    try:
        names = tuple(pattern.format(n=n) for n in range(1, count + 1))
    except (KeyError, IndexError, ValueError):
        raise fail(f"{where}.name", pattern, "is not a name pattern; use {n}, {n:02} or {n:03}") from None
    if len(set(names)) < count:
        raise fail(f"{where}.name", pattern, "gives several instances one name; put {n} or {n:02} into it")
    servers = {}
    for name, own in checks.mapping(found.get("servers"), f"{where}.servers").items():
        place = f"{where}.servers.{name}"
        if name not in names:
            raise fail(place, name, f"is not an instance of this group ({names[0]} to {names[-1]})")
        given = checks.mapping(own, place, ("tags", *PROPERTIES))
        servers[name] = properties(given, place)
        if "tags" in given:
            servers[name]["tags"] = checks.tags(given["tags"], f"{place}.tags")
    common = properties({key: found[key] for key in PROPERTIES if key in found}, where)
    for own in (common, *servers.values()):
        into = own.get("installed_into")
        if into and (into["account"] not in accounts or into["region"] not in accounts[into["account"]].regions):
            text = f"{into['account']} {into['region']}"
            raise fail(f"{where}.installed_into", text, "has no DRS; add the Region to the account's regions")
    return InstanceGroup(account, region, names, checks.tags(found.get("tags"), f"{where}.tags"), common, servers)


def _trust(raw: Any, where: str) -> Trust:
    found = checks.mapping(raw, where, ("source", "replication", "agent_role", "authorized_role"))
    return Trust(
        source=checks.account_id(found.get("source"), f"{where}.source"),
        replication=checks.account_id(found.get("replication"), f"{where}.replication"),
        agent_role=checks.boolean(found.get("agent_role"), f"{where}.agent_role", True),
        authorized_role=checks.boolean(found.get("authorized_role"), f"{where}.authorized_role", True),
    )


def _ssm(raw: Any) -> SsmSettings:
    found = checks.mapping(raw, "ssm", ("delivery_seconds", "connection_lost", "visible_after_seconds"))
    return SsmSettings(
        delivery_seconds=checks.span(found.get("delivery_seconds", [1, 4]), "ssm.delivery_seconds"),
        connection_lost=checks.choice(
            found.get("connection_lost"), "ssm.connection_lost", "accepted", ("accepted", "refused")
        ),
        visible_after_seconds=float(
            checks.number(found.get("visible_after_seconds"), "ssm.visible_after_seconds", 0, 0)
        ),
    )


def parse(found: Mapping[str, Any], accounts: Mapping[str, Any]) -> Machines:
    """The keys ``instances``, ``trusted`` and ``ssm`` of a scenario, checked. Raises ScenarioError."""
    groups = checks.sequence(found.get("instances"), "instances")
    trusts = checks.sequence(found.get("trusted"), "trusted")
    return Machines(
        instances=tuple(_group(item, f"instances[{n}]", accounts) for n, item in enumerate(groups)),
        trusted=tuple(_trust(item, f"trusted[{n}]") for n, item in enumerate(trusts)),
        ssm=_ssm(found.get("ssm")),
    )
