"""Replication settings as declared: current and desired ones, what a change does to replication, what blocks it. Pure.

DRS has them twice: in the replication configuration template, from which new servers take theirs, and for each server.
Disks are of servers only. How settings are declared for groups and servers says settings/declared.py.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, AwsMembers, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Subnet
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import (
    Declared,
    ReplicationSettings,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import compare, declared

# BM: ReplicationConfigurationReplicatedDisk; EC2 takes IOPS for GP3 and IO1 and throughput for GP3.
DISK_SPEC: dict[str, dict[str, Any]] = {
    "device": {"type": "str", "required": True},
    "type": {"type": "str", "choices": ["AUTO", "GP2", "GP3", "IO1", "SC1", "ST1", "STANDARD"]},
    "iops": {"type": "int"},
    "throughput": {"type": "int"},
}
TEMPLATE_SPEC: dict[str, dict[str, Any]] = {
    "staging_area_subnet_id": {"type": "str"},
    "replication_servers_security_groups_ids": {"type": "list", "elements": "str"},
    "associate_default_security_group": {"type": "bool"},
    "replication_server_instance_type": {"type": "str"},
    "use_dedicated_replication_server": {"type": "bool"},
    "default_large_staging_disk_type": {"type": "str", "choices": ["GP2", "GP3", "ST1", "AUTO"]},
    "ebs_encryption": {"type": "str", "choices": ["DEFAULT", "CUSTOM", "NONE"]},
    "ebs_encryption_key_arn": {"type": "str", "no_log": False},
    "bandwidth_throttling": {"type": "int"},
    "data_plane_routing": {"type": "str", "choices": ["PRIVATE_IP", "PUBLIC_IP"]},
    "create_public_ip": {"type": "bool"},
    "staging_area_tags": {"type": "dict"},
    "auto_replicate_new_disks": {"type": "bool"},
    "internet_protocol": {"type": "str", "choices": ["IPV4", "IPV6"]},
    "pit_retention_days": {"type": "int"},
}
SETTING_SPEC: dict[str, dict[str, Any]] = {
    **TEMPLATE_SPEC,
    "disks": {"type": "list", "elements": "dict", "options": DISK_SPEC},
}
EVERY_DISK = "*"
# DRS user guide, "Individual replication settings": the impact of a change on a server that replicates.
RESYNC, PAUSE, NO_IMPACT = "resync", "pause", "none"
_IMPACT = {
    "ebs_encryption": RESYNC,
    "ebs_encryption_key_arn": RESYNC,
    "staging_area_subnet_id": PAUSE,
    "replication_server_instance_type": PAUSE,
    "use_dedicated_replication_server": PAUSE,
    "internet_protocol": PAUSE,
    "pit_retention_days": PAUSE,
}
_FORMS = {
    "staging_area_subnet_id": (r"subnet-[0-9a-f]{8,17}", "subnet- and 8 to 17 hexadecimal digits"),
    "replication_servers_security_groups_ids": (r"sg-[0-9a-f]{8,17}", "sg- and 8 to 17 hexadecimal digits"),
    "replication_server_instance_type": (r"[a-z0-9-]+\.[a-z0-9-]+", "a type such as t3.small"),
    "ebs_encryption_key_arn": (r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+", "the ARN of a key of KMS"),
}
_DISK_MEMBERS = {"type": "stagingDiskType", "iops": "iops", "throughput": "throughput"}
_TAKES = {"iops": ("GP3", "IO1"), "throughput": ("GP3",)}


def check(account: Given | None, groups: Sequence[Declared], servers: Sequence[Declared]) -> None:
    """Refuse what is wrong by itself, before anything is called.

    :param account: the settings of the account, None when none are declared.
    :raises DrsError: naming the option, its value and what it should be.
    """
    own = declared.given(dict(account or {}))
    if own:
        _check_settings("account", own)
    declared.check(groups, servers, _check_settings)


def _check_settings(where: str, settings: Given) -> None:
    declared.check_forms(where, settings, _FORMS, SETTING_SPEC)
    for option, least, most in (("pit_retention_days", 1, 365), ("bandwidth_throttling", 0, 1_000_000)):
        value = settings.get(option)
        if value is not None and not least <= value <= most:
            raise DrsError("invalid_option", f"{where}.{option}: {value} is not from {least} to {most}")
    if settings.get("ebs_encryption_key_arn") and settings.get("ebs_encryption", "CUSTOM") != "CUSTOM":
        raise DrsError("invalid_option", f"{where}.ebs_encryption_key_arn: only ebs_encryption CUSTOM uses a key")
    named = set()
    for number, disk in enumerate(settings.get("disks") or []):
        place = f"{where}.disks[{number}]"
        if disk["device"] in named:
            raise DrsError("invalid_option", f"{place}.device: '{clean(disk['device'], 60)}' is there twice")
        named.add(disk["device"])
        if not any(disk.get(option) is not None for option in _DISK_MEMBERS):
            raise DrsError("invalid_option", f"{place}: it sets nothing; known are {', '.join(_DISK_MEMBERS)}")
        for option, types in _TAKES.items():
            if disk.get(option) is not None and disk.get("type") not in (None, *types):
                text = f"{place}.{option}: a disk of type {disk['type']} has none; {' and '.join(types)} do"
                raise DrsError("invalid_option", text)


# -- what is there ---------------------------------------------------------------------------------------------------


def current(configuration: AwsData) -> ReplicationSettings:
    """What a server or a template has, by the names of SETTING_SPEC.

    :param configuration: as GetReplicationConfiguration or DescribeReplicationConfigurationTemplates has it.
    """
    named = compare.as_options(configuration)
    result = {option: named.get(option) for option in TEMPLATE_SPEC}
    if configuration.get("replicatedDisks") is not None:
        result["disks"] = [_disk(one) for one in configuration["replicatedDisks"]]
    return result


def _disk(disk: AwsData) -> dict[str, Any]:
    return {"device": disk["deviceName"], **{option: disk.get(key) for option, key in _DISK_MEMBERS.items()}}


def comparable(option: str, value: Any) -> Any:
    """A value in the one form in which equal ones are equal: groups in any order, tags as texts."""
    if option == "replication_servers_security_groups_ids":
        return sorted(value or [])
    if option == "staging_area_tags":
        return {key: str(one) for key, one in (value or {}).items()}
    return value or None if option == "ebs_encryption_key_arn" else value


def differences(now: ReplicationSettings, desired: ReplicationSettings, whole: bool = False) -> ReplicationSettings:
    """The desired settings that are not there; of disks those that differ, whole as they shall be.

    :param whole: what is not said of a disk that is named shall not be, as when a record is taken back.
    """
    changed = {
        option: value
        for option, value in desired.items()
        if option != "disks" and comparable(option, now.get(option)) != comparable(option, value)
    }
    if "ebs_encryption" in desired and desired["ebs_encryption"] != "CUSTOM":
        # a key without the mode that uses it is nobody's setting
        changed.pop("ebs_encryption_key_arn", None)
    disks = [one for one in _desired_disks(now, desired, whole) if one not in (now.get("disks") or [])]
    return {**changed, "disks": disks} if disks else changed


def _desired_disks(now: ReplicationSettings, desired: ReplicationSettings, whole: bool = False) -> list[dict[str, Any]]:
    """All disks of a server as they shall be."""
    asked = {one["device"]: one for one in desired.get("disks") or []}
    result = []
    for disk in now.get("disks") or []:
        if not {EVERY_DISK, disk["device"]} & set(asked):
            result.append(disk)
            continue
        if whole:
            result.append({option: asked[disk["device"]].get(option) for option in DISK_SPEC})
            continue
        wanted = {**disk, **declared.given(asked.get(EVERY_DISK)), **declared.given(asked.get(disk["device"]))}
        for option, types in _TAKES.items():
            if wanted["type"] not in types:
                wanted[option] = None
        result.append({**wanted, "device": disk["device"]})
    return result


def before(now: ReplicationSettings, changed: ReplicationSettings) -> ReplicationSettings:
    """What the changed settings are now: with these the change is taken back."""
    result = {option: now.get(option) for option in changed if option != "disks"}
    if "ebs_encryption" in changed:
        # the key goes with the mode
        result["ebs_encryption_key_arn"] = now.get("ebs_encryption_key_arn")
    if "disks" in changed:
        devices = {one["device"] for one in changed["disks"]}
        result["disks"] = [one for one in now["disks"] if one["device"] in devices]
    return result


def restorable(settings: ReplicationSettings) -> ReplicationSettings:
    """Of recorded settings, those that can be asked for: known ones that had a value."""
    return {option: value for option, value in declared.given(settings).items() if option in SETTING_SPEC}


def sent_names(settings: ReplicationSettings) -> set[str]:
    """The members of DRS that settings are sent in."""
    names = {member for option, member in compare.REPLICATION_MEMBERS.items() if option in settings}
    others = {"pit_retention_days": "pitPolicy", "disks": "replicatedDisks"}
    return names | {member for option, member in others.items() if option in settings}


def members(changed: ReplicationSettings, now: ReplicationSettings, configuration: AwsData) -> AwsMembers:
    """The members of an update that changes settings.

    :param configuration: what DRS has, of which the other disks are sent unchanged.
    """
    result = compare.replication_wanted(changed)
    if "staging_area_tags" in changed:
        result["stagingAreaTags"] = comparable("staging_area_tags", changed["staging_area_tags"])
    if changed.get("ebs_encryption_key_arn"):
        # a key means nothing to DRS without the mode that uses it
        result.setdefault("ebsEncryption", "CUSTOM")
    elif result.get("ebsEncryption") == "CUSTOM" and now.get("ebs_encryption_key_arn"):
        result.setdefault("ebsEncryptionKeyArn", now["ebs_encryption_key_arn"])
    if "disks" in changed:
        wanted = {one["device"]: one for one in changed["disks"]}
        result["replicatedDisks"] = [
            _sent(one, wanted[one["deviceName"]]) if one["deviceName"] in wanted else dict(one)
            for one in configuration["replicatedDisks"]
        ]
    return result


def _sent(disk: AwsData, wanted: Given) -> AwsMembers:
    kept = {key: value for key, value in disk.items() if key not in _DISK_MEMBERS.values()}
    return {
        **kept,
        **{key: wanted[option] for option, key in _DISK_MEMBERS.items() if wanted.get(option) is not None},
    }


# -- what a change does, and what blocks it --------------------------------------------------------------------------


def impact(option: str) -> str:
    """What a change of a setting does to a server that replicates: RESYNC, PAUSE or NO_IMPACT."""
    return _IMPACT.get(option, NO_IMPACT)


def resyncs(changed: ReplicationSettings) -> list[str]:
    """The changed settings for which DRS may copy the disks of a server from the start."""
    return sorted(option for option in changed if impact(option) == RESYNC)


def blocking_findings(
    desired: ReplicationSettings,
    now: ReplicationSettings,
    subnets: dict[str, Subnet],
    groups: dict[str, str],
) -> list[tuple[str, str]]:
    """Why desired settings cannot be given to a server or a template: (code, text), none when they can.

    :param subnets: those that are there of what ``touched`` named, by id; groups: {id: VPC id}.
    """
    merged = {**now, **desired}
    result = []
    keyless = merged.get("ebs_encryption") == "CUSTOM" and not merged.get("ebs_encryption_key_arn")
    if keyless and "ebs_encryption" in desired:
        result.append(("encryption_key_missing", "ebs_encryption: CUSTOM needs ebs_encryption_key_arn"))
    if desired.get("ebs_encryption_key_arn") and merged.get("ebs_encryption") != "CUSTOM":
        text = f"ebs_encryption_key_arn: ebs_encryption is {merged.get('ebs_encryption')}; only CUSTOM uses a key"
        result.append(("encryption_key_unused", text))
    devices = [one["device"] for one in now.get("disks") or []]
    for disk in desired.get("disks") or []:
        if disk["device"] not in (EVERY_DISK, *devices):
            text = f"disks: {clean(disk['device'], 60)} is none of {', '.join(devices) or 'no disks'}"
            result.append(("disk_unknown", text))
    for disk in _desired_disks(now, desired) if desired.get("disks") else []:
        if disk["type"] == "IO1" and disk["iops"] is None:
            result.append(("disk_iops_missing", f"disks: {disk['device']}: type IO1 needs iops"))
    if not _any(desired, "staging_area_subnet_id", "replication_servers_security_groups_ids"):
        return result
    subnet_id = merged.get("staging_area_subnet_id")
    subnet = subnets.get(subnet_id or "")
    if subnet_id and subnet is None:
        result.append(("subnet_unknown", f"staging_area_subnet_id: {subnet_id} is not there"))
    for group in merged.get("replication_servers_security_groups_ids") or []:
        if group not in groups:
            text = f"replication_servers_security_groups_ids: {group} is not there"
            result.append(("security_group_unknown", text))
        elif subnet and groups[group] != subnet["vpc_id"]:
            text = f"{group} is of {groups[group]}, the subnet of {subnet['vpc_id']}"
            text = f"replication_servers_security_groups_ids: {text}"
            result.append(("security_group_other_vpc", text))
    return result


def _any(given: Given, *options: str) -> bool:
    return any(option in given for option in options)


def warnings(desired: ReplicationSettings, now: ReplicationSettings) -> list[str]:
    """What is worth knowing about settings that can be given."""
    merged = {**now, **desired}
    routed = _any(desired, "data_plane_routing", "create_public_ip")
    if routed and merged.get("data_plane_routing") == "PUBLIC_IP" and not merged.get("create_public_ip"):
        return ["data_plane_routing is PUBLIC_IP and create_public_ip false: the agent needs an address to connect to"]
    return []
