"""Turn the RECORDs of all cells (inventory/records) into hosts: names, groups, variables. Pure.

The ARN is the identity of a host. Two machines may have one name; they never become one host.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory import records as inventory_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags as tag_values
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError, near, show

KINDS = ("instances", "source_servers", "recovery_instances")
# What a kind of host is made of: the first is the hosts themselves, the others are joined to them.
READS = {
    "instances": ("instances", "source_servers"),
    "source_servers": ("source_servers",),
    "recovery_instances": ("recovery_instances", "source_servers"),
}
KIND_GROUPS = {**{kind: kind for kind in KINDS}, "instances": "ec2_instances"}
# The types of cells in which a kind is read.
CELL_TYPES = {
    "instances": ("source",),
    "source_servers": ("staging", "target"),
    "recovery_instances": ("staging", "target"),
}
# Tags that become a variable and groups of their own.
GROUPING_TAGS = ("strategy", "wave", "priority", "application", "role", "tier")

HOST_VARS = (
    "drs_arn",
    "drs_name",
    "drs_cell",
    "drs_account_id",
    "drs_account_name",
    "drs_region",
    "drs_instance_id",
    "drs_source_server_id",
    "drs_recovery_instance_id",
    "drs_private_ip",
    "drs_enabled",
    "drs_critical",
    *(f"drs_{name}" for name in GROUPING_TAGS),
    "drs_replication_state",
    "drs_agent_state",
    "drs_readiness",
    "drs_same_name",
    "drs",
)

NAME_SOURCES = (
    "name",
    "hostname",
    "id",
    "instance_id",
    "source_server_id",
    "recovery_instance_id",
    "private_ip",
    "arn",
)
# Names with a meaning of their own in every inventory.
RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "::1"})
# Nothing resolves it (RFC 2606), so nobody reaches by its name the machine that was not meant.
NOWHERE = "no-address.invalid"

# A thousand machines of one name would each list the other 999.
SAME_NAMES = 20

Record = dict[str, Any]


@dataclass
class Machine:
    """One host to be: ``host`` its name in the inventory, ``wanted`` the one it would have had alone.

    address: for ansible_host, None to leave it. same_name: ARNs of the others that wanted the name.
    """

    record: Record
    account_name: str
    host: str = ""
    preferred_name: str = ""
    address: str | None = None
    same_name: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """How host names are chosen: the first of ``sources`` that a machine has."""

    sources: tuple[str, ...]

    @classmethod
    def check(cls, value: Any) -> Names:
        """The option ``hostnames``. Raises CellError."""
        given = ["name", "id"] if value in (None, []) else value
        if not isinstance(given, (list, tuple)):
            raise CellError("hostnames must be a list, for example [name, id].")
        for one in given:
            if not isinstance(one, str) or not (one in NAME_SOURCES or (one.startswith("tag:") and one != "tag:")):
                sources = ", ".join(NAME_SOURCES)
                raise CellError(
                    f"hostnames {show(one)} is not a source of host names.{near(one, NAME_SOURCES)} Known are {sources}"
                    " and tag:KEY."
                )
        return cls(tuple(given))

    def of(self, record: Record) -> str:
        """The name that is wanted for a machine, made of what a host pattern can hold; at last its id."""
        for source in (*self.sources, "id"):
            value = record["tags"].get(source[4:]) if source.startswith("tag:") else record[source]
            name = re.sub(r"[^A-Za-z0-9._-]+", "-", str(value or "")).strip("-.")
            if name:
                return name
        return str(record["arn"])


def joined(kind: str, read: Mapping[str, Sequence[Record]], sure_cells: frozenset[str]) -> list[Record]:
    """The records of a kind with what the other reads know of them.

    read: all records by what was read. sure_cells: host names of the cells whose instances have no agent if no source
    server was found for them; elsewhere nobody looked, or not everywhere.
    """
    servers = sorted(read.get("source_servers", ()), key=lambda one: (one["extended"], str(one["arn"])))
    if kind == "source_servers":
        return servers
    # the original comes before its extended copies
    key = "instance_id" if kind == "instances" else "source_server_id"
    records_by_id: dict[str, Record] = {}
    for original in servers:
        if original[key]:
            records_by_id.setdefault(original[key], original)
    result = []
    for record in read.get(kind, ()):
        server = records_by_id.get(record[key])
        if kind == "recovery_instances":
            tags = {**server["tags"], **record["tags"]} if server else record["tags"]
            name = server["name"] if server else tags.get("Name") or record["id"]
            result.append({**record, "tags": tags, "name": name, "hostname": server and server["hostname"]})
        elif record["details"]["managed_by_drs"]:
            continue  # DRS made it: a recovery instance, or one of its own machines
        elif server:
            taken = ("source_server_id", "recovery_instance_id", "replication_state", "agent_state", "hostname")
            details = {**record["details"], "source_server_arn": server["arn"], **server["details"]}
            result.append({**record, **{name: server[name] for name in taken}, "details": details})
        else:
            state = inventory_records.NOT_INSTALLED if record["cell"] in sure_cells else inventory_records.UNKNOWN
            result.append({**record, "agent_state": state})
    return result


def without_copies(records: Iterable[Record], keep: str) -> list[Record]:
    """One of an extended source server and its original in the staging account, if both were read.

    keep: ``copy`` leaves out the originals that have a copy, ``original`` the copies whose original is there,
    ``both`` nothing.
    """
    everyone = list(records)
    arns = {one["arn"] for one in everyone}
    copied = {one["staging_arn"] for one in everyone if one["staging_arn"]}
    if keep == "copy":
        return [one for one in everyone if one["arn"] not in copied]
    if keep == "original":
        return [one for one in everyone if one["staging_arn"] not in arns]
    return everyone


def machines_of(
    records: Iterable[Record],
    criteria: Mapping[str, Any],
    tag_keys: Mapping[str, Sequence[str]],
    account_names: Mapping[str, str],
) -> list[Machine]:
    """The machines whose tags are wanted (see tags.matches), in the order in which they get their names: by ARN.

    account_names: the name of each account by its id, as cells have it.
    """
    chosen = [one for one in records if tag_values.matches(one["tags"], criteria, tag_keys)]
    chosen.sort(key=lambda one: str(one["arn"]))
    return [Machine(one, account_names.get(one["account_id"]) or str(one["account_id"])) for one in chosen]


def addresses(machines: Iterable[Machine], kind: str, connect_to: str, read: Mapping[str, Sequence[Record]]) -> None:
    """Set where each machine is connected to. read: all records by what was read."""
    others = "source_servers" if kind == "recovery_instances" else "recovery_instances"
    result = {one["source_server_id"]: one["private_ip"] for one in read.get(others, ()) if one["private_ip"]}
    for machine in machines:
        machine.address = address(kind, connect_to, machine.record, result)


def named(machines: Sequence[Machine], names: Names, taken: Callable[[str, str], bool]) -> None:
    """Give every machine a host name of its own.

    machines: in the order in which they get their names. taken: whether a name belongs to something other than the
    machine with an ARN. The later of two gets its id as a suffix, and both know the ARN of the other.
    """
    by_name: dict[str, list[Machine]] = {}
    used: set[str] = set()
    for machine in machines:
        record = machine.record
        machine.preferred_name = hostname = names.of(record)
        by_name.setdefault(hostname, []).append(machine)
        tries = [hostname] if hostname not in RESERVED else []
        tries += [
            f"{hostname}-{record['id']}",
            f"{hostname}-{record['id']}-{record['account_id']}-{record['region']}",
            str(record["arn"]),
        ]
        machine.host = next(name for name in tries if name not in used and not taken(name, record["arn"]))
        used.add(machine.host)
    for sharing in by_name.values():
        if len(sharing) > 1:
            arns = [machine.record["arn"] for machine in sharing]
            for machine in sharing:
                machine.same_name = [arn for arn in arns[: SAME_NAMES + 1] if arn != machine.record["arn"]][:SAME_NAMES]


def address(kind: str, connect_to: str, record: Record, other_ips: Mapping[str, str]) -> str | None:
    """Where a host is connected to; None leaves ansible_host alone, NOWHERE stands for a machine that is not there.

    other_ips: addresses of the other machines, those that the hosts are not, by source server id. A host never falls
    back to the other machine.
    """
    if connect_to == "none":
        return None
    own = "recovery" if kind == "recovery_instances" else "source"
    result = record["private_ip"] if connect_to == own else other_ips.get(record["source_server_id"] or "")
    return result or NOWHERE


class Groups:
    """The groups of a host, and the values that a group name cannot tell apart."""

    def __init__(self, prefix: str, kind: str, keys: Mapping[str, Sequence[str]]) -> None:
        self._prefix = prefix
        self._kind = kind
        self._keys = keys
        self._names: dict[tuple[str, str], str] = {}
        self._value_of: dict[str, str] = {}
        self.shared: dict[str, set[str]] = {}

    def values(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """What the tags say: enabled and critical as true, false or None; the others as text or None."""
        result: dict[str, Any] = {}
        for name in ("enabled", "critical"):
            result[name] = tag_values.flag(tags, self._keys[name])
        for name in GROUPING_TAGS:
            result[name] = tag_values.tag_value(tags, self._keys[name]) or None
        return result

    def of_all(self, machines: Iterable[Machine]) -> set[str]:
        """All groups of all machines, which need no names of their own for that."""
        return {group for one in machines for group in self.of(one, self.values(one.record["tags"]))}

    def of(self, machine: Machine, values: Mapping[str, Any]) -> list[str]:
        """All groups of a machine; ``values`` as ``values()`` gives them."""
        record = machine.record
        pairs = [
            ("cell", record["cell"]),
            ("account", machine.account_name),
            ("region", record["region"]),
            ("replication", (record["replication_state"] or inventory_records.UNKNOWN).lower()),
            ("agent", record["agent_state"]),
            ("state", record["state"]),
            *((name, values[name]) for name in GROUPING_TAGS),
        ]
        result = ["drs_instances", f"{self._prefix}{KIND_GROUPS[self._kind]}"]
        result += [self._name(what, value) for what, value in pairs if value]
        if values["enabled"] is not None:
            result.append(f"{self._prefix}{'enabled' if values['enabled'] else 'disabled'}")
        if values["critical"]:
            result.append(f"{self._prefix}critical")
        if record["extended"]:
            result.append(f"{self._prefix}extended")
        drill = record["details"].get("is_drill")
        if drill is not None:
            result.append(f"{self._prefix}{'drill' if drill else 'recovery'}")
        return result

    def _name(self, what: str, value: str) -> str:
        key = (what, value)
        if key not in self._names:
            name = f"{self._prefix}{what}_" + re.sub(r"[^A-Za-z0-9_]", "_", value)
            self._names[key] = name
            first = self._value_of.setdefault(name, value)
            if first != value:
                self.shared.setdefault(name, {first}).add(value)
        return self._names[key]


def variables(machine: Machine, values: Mapping[str, Any]) -> dict[str, Any]:
    """The host variables without ``drs``; all are there for every host, None where nothing is known."""
    record = machine.record
    result = {
        "drs_arn": record["arn"],
        "drs_name": record["name"],
        "drs_cell": record["cell"],
        "drs_account_id": record["account_id"],
        "drs_account_name": machine.account_name,
        "drs_region": record["region"],
        "drs_instance_id": record["instance_id"],
        "drs_source_server_id": record["source_server_id"],
        "drs_recovery_instance_id": record["recovery_instance_id"],
        "drs_private_ip": record["private_ip"],
        **{f"drs_{name}": value for name, value in values.items()},
        "drs_replication_state": record["replication_state"],
        "drs_agent_state": record["agent_state"],
        "drs_readiness": record["details"].get("readiness"),
    }
    if machine.same_name:
        result["drs_same_name"] = machine.same_name
    if machine.address is not None:
        result["ansible_host"] = machine.address
    return result


def details(machine: Machine) -> dict[str, Any]:
    """The variable ``drs``: the tags, and what else is known of a machine."""
    record = machine.record
    fields = {"hostname": record["hostname"], "state": record["state"], **record["details"]}
    result = {"tags": record["tags"], "extended": record["extended"]}
    return {**result, **{key: value for key, value in fields.items() if value is not None}}
