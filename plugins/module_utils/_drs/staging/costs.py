"""What a cell costs at rest, from what is described there and a price file, and what could be saved.

No price is known here: what the price file does not price is named, and is in no sum.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping

ANY_REGION = "default"
HOURS = 730.0
# Single prices, and prices by instance type or by type of disk.
NUMBERS = ("server_hour", "snapshot_gb_month", "snapshot_change_percent")
TABLES = ("instance_hour", "disk_gb_month", "disk_iops_month", "disk_iops_free")
# Neither replicates nor holds anything in the staging area / holds everything, and takes nothing new.
_RESTS = ("STOPPED", "DISCONNECTED")
_HELD_UP = ("PAUSED", "STALLED")
_CONVERSION = "Conversion Server"


def prices(given: Any, region: str) -> dict[str, Any]:
    """The prices of a Region: those of ``regions.default``, and over them those of the Region.

    :param given: {currency, hours_per_month?, regions: {default or a Region: VALUES}}, VALUES being {NUMBERS: number,
        TABLES: {type: number}}.
    :returns: {currency, hours, **NUMBERS: number or absent, **TABLES: {type: number}}.
    :raises DrsError: ``invalid_option``, naming what is no price.
    """
    whole = _dict(given, "prices")
    _known(whole, ("currency", "hours_per_month", "regions"), "prices")
    if not isinstance(whole.get("currency"), str) or not whole["currency"].strip():
        raise DrsError("invalid_option", "prices.currency: is missing; say what the prices are in")
    hours = _number(whole.get("hours_per_month", HOURS), "prices.hours_per_month")
    found: dict[str, Any] = {"currency": whole["currency"].strip(), "hours": hours, **{name: {} for name in TABLES}}
    regions = _dict(whole.get("regions"), "prices.regions")
    for name, values in regions.items():
        place = f"prices.regions.{clean(name, 40)}"
        _known(_dict(values, place), (*NUMBERS, *TABLES), place)
        checked = {key: _number(values[key], f"{place}.{key}") for key in NUMBERS if key in values}
        tables = {
            key: {
                str(kind): _number(price, f"{place}.{key}.{clean(kind, 40)}")
                for kind, price in _dict(values[key], f"{place}.{key}").items()
            }
            for key in TABLES
            if key in values
        }
        if name in (ANY_REGION, region):
            # the Region's own prices win, wherever in the file they stand
            wins = name == region
            for key, value in checked.items():
                found[key] = value if wins else found.get(key, value)
            for key, table in tables.items():
                found[key] = {**found[key], **table} if wins else {**table, **found[key]}
    return found


def of_cell(place: Mapping[str, Any], described: Mapping[str, Any], price: Mapping[str, Any]) -> dict[str, Any]:
    """What one cell costs in a month in which nothing is recovered.

    :param place: {cell, account_id, region}.
    :param described: ``servers``, SERVERs; ``instances``, ``volumes`` and ``snapshots`` of EC2 that DRS has made;
        ``recovery``, the ids of instances that are recovery instances and so no part of it.
    :param price: of ``prices``.
    :returns: {cell, account_id, region, currency, servers {number, cost}, replication_servers {number, by_type, cost},
        disks [{type, number, gb, cost}], snapshots {number, volumes, gb, cost}, cost, unpriced [text], savings
        [{code, ids, number, gb, cost, remedy}]}. A cost is of a month; None where a price is missing.
    """
    unpriced: Counter[str] = Counter()
    recovery = set(described["recovery"])
    machines = [one for one in described["instances"] if _replicates(one, recovery)]
    volumes = [one for one in described["volumes"] if not _holders(one) & recovery]
    servers = [one for one in described["servers"] if not one["extended"] and _state(one) not in _RESTS]
    kinds = Counter(str(one.get("InstanceType")) for one in machines)
    hours = price["hours"]
    server_cost = _all(_times(len(servers), price.get("server_hour"), "server_hour", unpriced), hours)
    machine_costs = [
        _all(_times(number, price["instance_hour"].get(kind), f"instance_hour.{kind}", unpriced), hours)
        for kind, number in sorted(kinds.items())
    ]
    disks = [_disks(kind, group, price, unpriced) for kind, group in _by_type(volumes)]
    shots = _snapshots(described["snapshots"], price, unpriced)
    parts = [server_cost, *machine_costs, *(one["cost"] for one in disks), shots["cost"]]
    return {
        **{key: place[key] for key in ("cell", "account_id", "region")},
        "currency": price["currency"],
        "servers": {"number": len(servers), "cost": _round(server_cost)},
        "replication_servers": {
            "number": len(machines),
            "by_type": dict(sorted(kinds.items())),
            "cost": _round(_sum(machine_costs)),
        },
        "disks": [{**one, "cost": _round(one["cost"])} for one in disks],
        "snapshots": {**shots, "cost": _round(shots["cost"])},
        "cost": _round(sum(one for one in parts if one is not None)),
        "unpriced": sorted(unpriced),
        "savings": _savings(machines, volumes, servers, price),
    }


def by_account(cells: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the accounts of several cells cost together, the dearest first, and what could be saved in them.

    :param cells: results of ``of_cell``, or {cell, account_id, error} of a cell that could not be priced.
    :returns: {currency, cost, accounts [{account_id, cells, servers, replication_servers, disks_gb, snapshots_gb,
        cost}], savings [{cell, code, ids, number, gb, cost, remedy}], saving, unpriced [text], unread [{cell,
        account_id, error}]}; ``cost`` and ``saving`` are sums of what has a price.
    """
    listed = list(cells)
    read = [one for one in listed if not one.get("error")]
    groups = group_by(read, lambda one: str(one.get("account_id") or one["cell"]))
    accounts = [
        {
            "account_id": account,
            "cells": sorted(str(one["cell"]) for one in group),
            "servers": sum(one["servers"]["number"] for one in group),
            "replication_servers": sum(one["replication_servers"]["number"] for one in group),
            "disks_gb": sum(disk["gb"] for one in group for disk in one["disks"]),
            "snapshots_gb": round(sum(one["snapshots"]["gb"] for one in group), 1),
            "cost": _round(sum(one["cost"] or 0 for one in group)),
        }
        for account, group in groups.items()
    ]
    savings = [{"cell": one["cell"], **saving} for one in read for saving in one["savings"]]
    return {
        "currency": next((one["currency"] for one in read), None),
        "cost": _round(sum(one["cost"] or 0 for one in read)),
        "accounts": sorted(accounts, key=lambda one: (-one["cost"], one["account_id"])),
        "savings": sorted(savings, key=lambda one: (-(one["cost"] or 0), str(one["cell"]), one["code"])),
        "saving": _round(sum(one["cost"] or 0 for one in savings)),
        "unpriced": sorted({name for one in read for name in one["unpriced"]}),
        "unread": [
            {key: one.get(key) for key in ("cell", "account_id", "error")} for one in listed if one.get("error")
        ],
    }


def _savings(
    machines: list[Mapping[str, Any]],
    volumes: list[Mapping[str, Any]],
    servers: list[Mapping[str, Any]],
    price: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """What is paid for and could be cheaper or go, the dearest first; a cost is None where it cannot be told."""
    nothing: Counter[str] = Counter()
    loose = [one for one in volumes if not _holders(one)]
    old = [one for one in volumes if _holders(one) and one.get("VolumeType") == "gp2"]
    gain = _sum([_less(_disk(one, "gp2", price, nothing), _disk(one, "gp3", price, nothing)) for one in old])
    idle = [one for one in machines if not _staging_disks(one)]
    held = [one for one in servers if _state(one) in _HELD_UP]
    hours = price["hours"]
    rents = [_all(price["instance_hour"].get(str(one.get("InstanceType"))), hours) for one in idle]
    found = [
        _saving(
            "disks_unattached",
            [one["VolumeId"] for one in loose],
            _sum([_disk(one, str(one.get("VolumeType")), price, nothing) for one in loose]),
            "No replication server uses them. Look whose they are; delete them when their source server is gone.",
            _gb(loose),
        ),
        _saving(
            "disks_gp2",
            [one["VolumeId"] for one in old] if gain is None or gain > 0 else [],
            gain,
            "Set `disks` or `default_large_staging_disk_type` to GP3 (the playbook replication_settings).",
            _gb(old),
        ),
        _saving(
            "replication_servers_idle",
            [one["InstanceId"] for one in idle],
            _sum(rents),
            "No staging disk is attached to them. Look again later; DRS ends those that it needs no more.",
        ),
        _saving(
            "servers_held_up",
            [one["source_server_id"] for one in held],
            _all(_all(price.get("server_hour"), float(len(held))), hours),
            "They are paid for and take nothing new. Repair their replication, or disconnect those that are gone.",
        ),
    ]
    return sorted((one for one in found if one["number"]), key=lambda one: (-(one["cost"] or 0), one["code"]))


def _saving(code: str, ids: list[str], cost: float | None, remedy: str, gb: int = 0) -> dict[str, Any]:
    return {"code": code, "ids": sorted(ids), "number": len(ids), "gb": gb, "cost": _round(cost), "remedy": remedy}


def _disks(
    kind: str, group: list[Mapping[str, Any]], price: Mapping[str, Any], unpriced: Counter[str]
) -> dict[str, Any]:
    cost = _sum([_disk(one, kind, price, unpriced) for one in group])
    return {"type": kind, "number": len(group), "gb": _gb(group), "cost": cost}


def _disk(one: Mapping[str, Any], kind: str, price: Mapping[str, Any], unpriced: Counter[str]) -> float | None:
    """The price of a disk, as if it were of a type; its IOPS above those that come with that type count, too."""
    size = _times(int(one.get("Size") or 0), price["disk_gb_month"].get(kind), f"disk_gb_month.{kind}", unpriced)
    each = price["disk_iops_month"].get(kind)
    more = max(0.0, int(one.get("Iops") or 0) - price["disk_iops_free"].get(kind, 0.0)) if each is not None else 0.0
    return None if size is None else size + more * (each or 0.0)


def _snapshots(shots: Iterable[Any], price: Mapping[str, Any], unpriced: Counter[str]) -> dict[str, Any]:
    """The first snapshot of a volume holds it whole; the others what has changed, by the share that the file says."""
    sizes: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for one in shots:
        volume = str(one.get("VolumeId"))
        counts[volume] += 1
        sizes[volume] = max(sizes.get(volume, 0), int(one.get("VolumeSize") or 0))
    share = price.get("snapshot_change_percent")
    later = sum(sizes[volume] * (number - 1) for volume, number in counts.items())
    if later and share is None:
        unpriced["snapshot_change_percent"] += 1
    gb = sum(sizes.values()) + later * (share or 0.0) / 100
    cost = _times(gb, price.get("snapshot_gb_month"), "snapshot_gb_month", unpriced)
    return {"number": sum(counts.values()), "volumes": len(counts), "gb": round(gb, 1), "cost": cost}


def _replicates(machine: Mapping[str, Any], recovery: set[str]) -> bool:
    names = [str(tag.get("Value")) for tag in as_list(machine.get("Tags")) if tag.get("Key") == "Name"]
    if machine.get("InstanceId") in recovery or any(_CONVERSION in name for name in names):
        return False
    return as_mapping(machine.get("State")).get("Name") == "running"


def _staging_disks(machine: Mapping[str, Any]) -> int:
    """How many disks a replication server has beside its own."""
    own = machine.get("RootDeviceName")
    return sum(1 for one in as_list(machine.get("BlockDeviceMappings")) if one.get("DeviceName") != own)


def _holders(volume: Mapping[str, Any]) -> set[str]:
    return {str(one.get("InstanceId")) for one in as_list(volume.get("Attachments"))}


def _state(server: Mapping[str, Any]) -> Any:
    return as_mapping(server.get("replication")).get("state")


def _by_type(volumes: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    return sorted(group_by(volumes, lambda one: str(one.get("VolumeType"))).items())


def _gb(volumes: Iterable[Mapping[str, Any]]) -> int:
    return sum(int(one.get("Size") or 0) for one in volumes)


def _times(number: float, price: float | None, name: str, unpriced: Counter[str]) -> float | None:
    """A number at a price. Nothing costs nothing; something without a price is noted, and its cost is unknown."""
    if not number:
        return 0.0
    if price is None:
        unpriced[name] += 1
        return None
    return number * price


def _all(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _less(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _sum(values: Iterable[float | None]) -> float | None:
    """Their sum; None as soon as one of them is not known."""
    total = 0.0
    for one in values:
        if one is None:
            return None
        total += one
    return total


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _dict(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DrsError("invalid_option", f"{place}: must be a mapping; docs/capacity.md shows a price file")
    return value


def _known(value: Mapping[str, Any], names: tuple[str, ...], place: str) -> None:
    for name in value:
        if name not in names:
            raise DrsError("invalid_option", f"{place}.{clean(name, 40)}: is not known; known: {', '.join(names)}")


def _number(value: Any, place: str) -> float:
    right = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not right or not math.isfinite(value) or value < 0:
        raise DrsError("invalid_option", f"{place}: {clean(value, 40)!r} is not a number from 0")
    return float(value)
