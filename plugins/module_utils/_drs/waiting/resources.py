"""What belongs to recovery instances beside themselves: their volumes, network interfaces and snapshots. Pure.

A RESOURCE is ``{kind, id, volume_id, cell, account_id, region, recovery_instance_id, source_server_id,
delete_on_termination}``: ``kind`` is VOLUME, INTERFACE or SNAPSHOT, ``volume_id`` that of which a snapshot was taken.
Snapshots of the volumes of an instance are looked for; those of points in time belong to the source server and stay.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Resource, Resources

VOLUME, INTERFACE, SNAPSHOT = "volume", "network interface", "snapshot"
KINDS = (VOLUME, INTERFACE, SNAPSHOT)
UNSEEN = "volumes, network interfaces and snapshots"
"""The kind of what stands for the resources of an instance that nobody could read before it went."""
# EC2 API reference, Volume state: what is being deleted or has failed to be created holds nothing.
GOING = ("deleting", "deleted", "error")
_COMMANDS = {
    VOLUME: "delete-volume --volume-id",
    INTERFACE: "delete-network-interface --network-interface-id",
    SNAPSHOT: "delete-snapshot --snapshot-id",
}


def current_cells(places: Mapping[str, AnyServer]) -> Callable[[Mapping[str, Any]], str | None]:
    """What tells the cell of the play that something of a record is in: by its name, or by its place, for a cell may
    have another name now.

    :param places: {name: {account_id, region}} of the cells of the play.
    """
    by_place = {(one["account_id"], one["region"]): name for name, one in places.items() if one["account_id"]}

    def cell_of(one: Mapping[str, Any]) -> str | None:
        if one.get("cell") in places:
            return str(one["cell"])
        return by_place.get((one.get("account_id"), one.get("region")), one.get("cell"))

    return cell_of


def of_machine(machine: Mapping[str, Any], instance: AnyServer) -> list[Resource]:
    """The volumes and network interfaces that are attached to a machine, as DescribeInstances has it."""
    found: list[tuple[str, Any, Any]] = [
        (VOLUME, as_mapping(one.get("Ebs")).get("VolumeId"), as_mapping(one.get("Ebs")).get("DeleteOnTermination"))
        for one in map(as_mapping, as_list(machine.get("BlockDeviceMappings")))
    ]
    found += [
        (INTERFACE, one.get("NetworkInterfaceId"), as_mapping(one.get("Attachment")).get("DeleteOnTermination"))
        for one in map(as_mapping, as_list(machine.get("NetworkInterfaces")))
    ]
    return [
        {
            "kind": kind,
            "id": str(one),
            "volume_id": None,
            "cell": instance["cell"],
            "account_id": instance["account_id"],
            "region": instance["region"],
            "recovery_instance_id": instance["recovery_instance_id"],
            "source_server_id": instance["source_server_id"],
            "delete_on_termination": going is not False,
        }
        for kind, one, going in found
        if one
    ]


def judged(
    looked_for: Sequence[Resource], there: Mapping[str, Mapping[str, Any]], unread: Mapping[str, str]
) -> Resources:
    """What a look at EC2 says of resources: ``{left, not_proven, gone}``.

    :param there: by kind what EC2 still has: of volumes and network interfaces ``{id: state}``, of snapshots
        ``{id: volume id}``.
    :param unread: by kind why EC2 did not say it.
    """
    left: list[dict[str, Any]] = []
    not_proven: list[dict[str, Any]] = []
    gone: Counter[str] = Counter()
    for one in looked_for:
        if one["kind"] == SNAPSHOT:
            continue
        if one["kind"] in unread:
            not_proven.append({**one, "reason": unread[one["kind"]]})
        elif one["id"] in there.get(one["kind"], {}):
            left.append({**one, "state": there[one["kind"]][str(one["id"])]})
        else:
            gone[one["kind"]] += 1
    of_volume = {volume_of(one): one for one in looked_for if volume_of(one)}
    copies = {"kind": SNAPSHOT, "delete_on_termination": False}
    if SNAPSHOT in unread:
        not_proven += [
            {**one, **copies, "id": None, "volume_id": volume, "reason": unread[SNAPSHOT]}
            for volume, one in sorted(of_volume.items())
        ]
    for snapshot, volume in sorted(there.get(SNAPSHOT, {}).items()):
        if volume in of_volume and SNAPSHOT not in unread:
            left.append({**of_volume[volume], **copies, "id": snapshot, "volume_id": volume, "state": "there"})
    named = {one["id"] for one in looked_for if one["kind"] == SNAPSHOT and one["id"]}
    gone[SNAPSHOT] += len(named - set(there.get(SNAPSHOT, {}))) if SNAPSHOT not in unread else 0
    return _part(left, not_proven, {kind: gone[kind] for kind in KINDS})


def volume_of(one: Resource) -> str:
    """The volume by which the snapshots of a resource are found; "" for a network interface."""
    return str((one["id"] if one["kind"] == VOLUME else one["volume_id"]) or "")


def unsettled(found: Resources) -> list[dict[str, Any]]:
    """What is left and should be on its way: EC2 deletes it with its machine, which takes a moment."""
    return [one for one in found["left"] if one["delete_on_termination"]]


def to_look_for(
    seen: Sequence[Resource],
    ended: Collection[str],
    kept: Mapping[str, Any],
    cell_of: Callable[[Mapping[str, Any]], str | None],
) -> tuple[dict[str, list[Resource]], list[Resource]]:
    """The RESOURCEs to look for, by cell: those of instances that have ended, and what earlier clean-ups left open; and
    those of instances that have not ended, of which a look tells nothing.

    :param seen: what was attached to the instances before they were to go.
    :param ended: ids of the recovery instances that are terminated.
    :param kept: the proof of the earlier clean-ups. :param cell_of: see ``current_cells``.
    """
    still = [one for one in seen if one["recovery_instance_id"] not in ended]
    fresh = {one["id"] for one in seen}
    listed = [one for one in seen if one["recovery_instance_id"] in ended]
    # what was attached when an attempt failed is attached still, and in both
    listed += [one for one in outstanding(kept) if one["id"] is None or one["id"] not in fresh]
    by_cell: dict[str, list[Resource]] = {}
    for one in listed:
        by_cell.setdefault(str(cell_of(one)), []).append(one)
    return by_cell, still


def standing(still: Iterable[Resource]) -> Resources:
    """The part of a proof for the resources of instances that have not ended: ``{left, not_proven, gone}``."""
    return _not_proven(still, "its instance is not proven to be gone")


def unread(listed: Iterable[Resource], answer: DrsError | object) -> Resources:
    """The part of a proof for a cell that was not looked into: ``{left, not_proven, gone}``; ``answer`` is why."""
    why = "%s: %s" % (answer.code, answer.message) if isinstance(answer, DrsError) else "its cell is not in this play"
    return _not_proven(listed, why)


def unseen(instances: Iterable[AnyServer], error: DrsError) -> list[dict[str, Any]]:
    """What stands for the resources of instances that EC2 did not tell, each with its ``reason``.

    No later look can find them: nothing tells whose they were once the instance is gone.
    """
    keys = ("cell", "account_id", "region", "recovery_instance_id", "source_server_id")
    why = "EC2 did not tell them before the instance went (%s: %s)" % (error.code, clean(error.message, 200))
    row = {"kind": UNSEEN, "id": None, "volume_id": None, "delete_on_termination": False, "reason": why}
    return [{**row, **{key: one.get(key) for key in keys}} for one in instances]


def with_unseen(found: Resources, rows: Iterable[Mapping[str, Any]], gone: Collection[str]) -> Resources:
    """A proof with what stands for the resources that nobody could read, of the instances that are gone.

    An instance that stands keeps what is attached to it, and the next clean-up reads that.

    :param rows: see ``unseen``. :param gone: ids of the recovery instances that are terminated.
    """
    more = [dict(one) for one in rows if one.get("recovery_instance_id") in gone]
    return {**found, "not_proven": [*found["not_proven"], *more]}


def _not_proven(listed: Iterable[Resource], reason: str) -> Resources:
    return _part([], [{**one, "reason": reason} for one in listed], {})


def _part(left: list[dict[str, Any]], not_proven: list[dict[str, Any]], gone: dict[str, int]) -> Resources:
    return {"instances": [], "left": left, "not_proven": not_proven, "kept": [], "gone": gone}


def outstanding(kept: Mapping[str, Any]) -> list[Resource]:
    """The RESOURCEs that the proof of an earlier clean-up has left open: ``{...RESOURCE}`` of its ``resources``."""
    found = as_mapping(kept.get("resources"))
    listed = [*as_list(found.get("left")), *as_list(found.get("not_proven"))]
    keys = ("kind", "id", "volume_id", "cell", "account_id", "region", "recovery_instance_id", "source_server_id")
    result: dict[tuple[Any, ...], Any] = {}
    for one in map(as_mapping, listed):
        if one.get("kind") in KINDS and (one.get("id") or one.get("volume_id")):
            going = one.get("delete_on_termination") is True
            told = {**{key: one.get(key) for key in keys}, "delete_on_termination": going}
            result[one.get("kind"), one.get("id"), one.get("volume_id")] = told
    return list(result.values())


def together(parts: Iterable[Resources], seen: Iterable[str], before: Mapping[str, Any]) -> Resources:
    """The proof over all cells; ``before`` is what the run's record had, whose counts go on.

    :param seen: ids of the instances whose resources were read before they went.
    """
    told = as_mapping(before.get("resources"))
    listed = list(parts)
    known = as_mapping(told.get("gone"))
    return {
        "instances": sorted({*map(str, as_list(told.get("instances"))), *map(str, seen)}),
        "left": [one for part in listed for one in part["left"]],
        "not_proven": [one for part in listed for one in part["not_proven"]],
        "kept": [dict(one) for one in map(as_mapping, as_list(told.get("kept")))],
        "gone": {kind: int(known.get(kind) or 0) + sum(one["gone"].get(kind, 0) for one in listed) for kind in KINDS},
    }


def with_kept(found: Resources) -> Resources:
    """The proof of machines that have served: what stands by its own setting, and snapshots, may be meant to stay.

    A volume with ``DeleteOnTermination: false`` and a backup hold the data of the users, so they are ``kept`` and
    named, and are not ``left``.
    """
    stays = [one for one in found["left"] if not one["delete_on_termination"]]
    kept = {str(one.get("id")): one for one in (*found["kept"], *stays)}
    return {**found, "left": unsettled(found), "kept": list(kept.values())}


def is_open(found: Resources | None) -> bool:
    """Whether a volume, network interface or snapshot is left, or not proven to be gone: it costs money, and it holds
    a copy of the data."""
    return found is not None and bool(found["left"] or found["not_proven"])


def sentence(found: Mapping[str, Any]) -> str:
    """The proof of resources in a line; "" when there was nothing to look at."""
    gone, left = as_mapping(found.get("gone")), as_list(found.get("left"))
    not_proven, seen = as_list(found.get("not_proven")), as_list(found.get("instances"))
    kept = len(as_list(found.get("kept")))
    if not (seen or left or not_proven):
        return ""
    by_kind = Counter(str(as_mapping(one).get("kind")) for one in left)
    parts = ["%ss %d gone, %d left" % (kind, gone.get(kind) or 0, by_kind[kind]) for kind in KINDS]
    return "%s; %d not proven%s" % ("; ".join(parts), len(not_proven), "; %d kept" % kept if kept else "")


def line(one: Mapping[str, Any]) -> str:
    """A resource that is left, or not proven to be gone, with its instance and what to do."""
    named = one.get("id") or (one.get("volume_id") and "of volume %s" % one["volume_id"]) or ""
    what = ("%s %s" % (clean(one.get("kind"), 60), clean(named, 64))).strip()
    text = "%s in %s, of %s" % (what, clean(one.get("cell"), 64), clean(one.get("recovery_instance_id"), 64))
    if one.get("reason"):
        return "%s: %s" % (text, clean(one["reason"], 300))
    kept = "" if one.get("delete_on_termination") else ", which does not go with its instance"
    return "%s%s. %s" % (text, kept if one.get("kind") != SNAPSHOT else "", remedy(one))


def remedy(one: Mapping[str, Any]) -> str:
    """What to do about a resource that is left."""
    command = _COMMANDS.get(str(one.get("kind")), "")
    values = (command, clean(one.get("id"), 64), clean(one.get("region"), 20))
    return "Unless it is needed: aws ec2 %s %s --region %s; then run the same command again, which proves it" % values
