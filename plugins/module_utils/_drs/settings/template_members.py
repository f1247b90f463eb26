"""Members of EC2 launch templates beyond the first network card: key pair, volumes, placement, tags. Pure.

Each option is read from the data of a version, compared with what is declared, and written as a member of its own. A
member that is a list is sent whole, for EC2 takes a member that is given as a whole; what is not declared of it stays.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, AwsMembers, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import LaunchSettings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared

VOLUME_SPEC: dict[str, dict[str, Any]] = {
    "device": {"type": "str", "required": True},
    "type": {"type": "str", "choices": ["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"]},
    "size": {"type": "int"},
    "iops": {"type": "int"},
    "throughput": {"type": "int"},
    "kms_key_id": {"type": "str", "no_log": False},
}
INTERFACE_SPEC: dict[str, dict[str, Any]] = {
    "device_index": {"type": "int", "required": True},
    "subnet_id": {"type": "str"},
    "security_group_ids": {"type": "list", "elements": "str"},
    "private_ip": {"type": "str"},
    "description": {"type": "str"},
}
MEMBER_SPEC: dict[str, dict[str, Any]] = {
    "key_name": {"type": "str", "no_log": False},
    "instance_profile": {"type": "str"},
    "availability_zone": {"type": "str"},
    "placement_group": {"type": "str"},
    "tenancy": {"type": "str", "choices": ["default", "dedicated", "host"]},
    "host_id": {"type": "str"},
    "volumes": {"type": "list", "elements": "dict", "options": VOLUME_SPEC},
    "instance_tags": {"type": "dict"},
    "interfaces": {"type": "list", "elements": "dict", "options": INTERFACE_SPEC},
}
# Lists of which single items are declared, by what an item is known by.
PARTIAL = {"volumes": "device", "interfaces": "device_index"}
EVERY_DEVICE = "*"
_PLACEMENT = {
    "availability_zone": "AvailabilityZone",
    "placement_group": "GroupName",
    "tenancy": "Tenancy",
    "host_id": "HostId",
}
_EBS = {
    "type": "VolumeType",
    "size": "VolumeSize",
    "iops": "Iops",
    "throughput": "Throughput",
    "kms_key_id": "KmsKeyId",
}
_CARD = {
    "subnet_id": "SubnetId",
    "security_group_ids": "Groups",
    "private_ip": "PrivateIpAddress",
    "description": "Description",
}
# EBS user guide, volume types: who takes IOPS and throughput.
_TAKES = {"iops": ("gp3", "io1", "io2"), "throughput": ("gp3",)}
_TAGGED = ("instance", "volume")


def read(data: AwsData) -> LaunchSettings:
    """What the data of a version says, by the names of MEMBER_SPEC; None or nothing for what it leaves open."""
    placement = data.get("Placement") or {}
    profile = data.get("IamInstanceProfile") or {}
    mappings = [one for one in data.get("BlockDeviceMappings") or [] if one.get("Ebs")]
    cards = [one for one in data.get("NetworkInterfaces") or [] if one.get("DeviceIndex")]
    tagged: AwsData = next(
        (one for one in data.get("TagSpecifications") or [] if one.get("ResourceType") == "instance"), {}
    )
    return {
        "key_name": data.get("KeyName"),
        "instance_profile": profile.get("Arn") or profile.get("Name"),
        **{option: placement.get(member) for option, member in _PLACEMENT.items()},
        "volumes": [
            {"device": one.get("DeviceName"), **{option: one["Ebs"].get(key) for option, key in _EBS.items()}}
            for one in mappings
        ],
        "instance_tags": {one["Key"]: one.get("Value", "") for one in tagged.get("Tags") or []},
        "interfaces": [
            {"device_index": one["DeviceIndex"], **{option: one.get(key) for option, key in _CARD.items()}}
            for one in cards
        ],
    }


# -- what is declared ------------------------------------------------------------------------------------------------


def check(where: str, given: Given) -> None:
    """Refuse volumes and interfaces that are wrong by themselves.

    :raises DrsError: ``invalid_option``, naming the place.
    """
    for option, key in PARTIAL.items():
        seen = set()
        for number, one in enumerate(given.get(option) or []):
            place = f"{where}.{option}[{number}]"
            if one[key] in seen:
                raise DrsError("invalid_option", f"{place}.{key}: '{clean(one[key], 40)}' is there twice")
            seen.add(one[key])
            if len(declared.given(one)) < 2:
                raise DrsError("invalid_option", f"{place}: it sets nothing")
            if option == "interfaces" and not 1 <= one["device_index"] <= 15:
                text = f"{place}.device_index: {one['device_index']} is not from 1 to 15"
                raise DrsError("invalid_option", text)
            for limited, types in _TAKES.items():
                if one.get(limited) is not None and one.get("type") not in (None, *types):
                    text = f"{place}.{limited}: a volume of type {one['type']} has none; {' and '.join(types)} do"
                    raise DrsError("invalid_option", text)
    if given.get("host_id") and given.get("tenancy") not in (None, "host"):
        raise DrsError("invalid_option", f"{where}.host_id: it needs tenancy host, not {given['tenancy']}")
    if given.get("instance_tags"):
        wrong = [key for key in given["instance_tags"] if not key or str(key).lower().startswith("aws:")]
        if wrong:
            raise DrsError(
                "invalid_option", f"{where}.instance_tags: '{clean(wrong[0], 60)}' cannot be the key of a tag"
            )


def desired_items(option: str, now: Sequence[Given], asked: Sequence[Given]) -> list[dict[str, Any]]:
    """All items of a list of PARTIAL as they shall be, in the order in which they are, new ones at the end."""
    key = PARTIAL[option]
    wanted = {one[key]: declared.given(dict(one)) for one in asked}
    every = {name: value for name, value in (wanted.pop(EVERY_DEVICE, None) or {}).items() if name != key}
    result = []
    for one in now:
        own = wanted.pop(one[key], {})
        merged = {**one, **(every if option == "volumes" else {}), **own}
        if option == "volumes" and (own or every) and merged.get("type"):
            merged.update({limited: None for limited, types in _TAKES.items() if merged["type"] not in types})
        result.append(merged)
    return result + [dict(one) for one in wanted.values()]


def satisfied(option: str, now: Any, value: Any) -> bool:
    """Whether what is declared of an option of MEMBER_SPEC is there."""
    if option in PARTIAL:
        return [_plain(one) for one in desired_items(option, now or [], value)] == [_plain(one) for one in now or []]
    if option == "instance_tags":
        return all((now or {}).get(key) == str(one) for key, one in value.items())
    if option == "instance_profile":
        return _profile_name(now) == _profile_name(value) if not _is_arn(now) or not _is_arn(value) else now == value
    return (now or None) == (value or None)


def _plain(item: Given) -> dict[str, Any]:
    return {key: sorted(one) if isinstance(one, list) else one for key, one in item.items() if one is not None}


def _is_arn(value: Any) -> bool:
    return str(value or "").startswith("arn:")


def _profile_name(value: Any) -> str:
    return str(value or "").rpartition("/")[2] if _is_arn(value) else str(value or "")


def blocking_findings(given: Given, now: LaunchSettings) -> list[tuple[str, str]]:
    """Why declared members cannot be given to a template: (code, text), none when they can."""
    result = []
    known = {one["device"]: one for one in now.get("volumes") or []}
    for volume in given.get("volumes") or []:
        device = volume["device"]
        if device != EVERY_DEVICE and device not in known:
            text = f"volumes: {clean(device, 60)} is none of {', '.join(map(str, known)) or 'no devices'}"
            result.append(("volume_unknown", text))
    for one in desired_items("volumes", list(known.values()), given.get("volumes") or []):
        was = known.get(one["device"]) or {}
        if one.get("size") and was.get("size") and one["size"] < was["size"]:
            text = f"volumes: {one['device']}: {one['size']} GiB is less than the {was['size']} of its disk"
            result.append(("volume_too_small", text))
        if given.get("volumes") and one.get("type") in ("io1", "io2") and one.get("iops") is None:
            result.append(("volume_iops_missing", f"volumes: {one['device']}: type {one['type']} needs iops"))
    merged = {**now, **given}
    if given.get("host_id") and merged.get("tenancy") != "host":
        result.append(("host_without_tenancy", f"host_id: tenancy is {merged.get('tenancy') or 'default'}, not host"))
    return result


# -- what is sent ----------------------------------------------------------------------------------------------------


def change(data: AwsData, desired: LaunchSettings) -> tuple[AwsMembers, list[str]]:
    """The members of a new version that have the desired values: (what is sent, members that shall not be inherited).

    Network interfaces are not among them: all cards are one list, see launch_template.change and ``cards``.
    """
    sent: AwsMembers = {}
    gone: list[str] = []
    for option, member in (("key_name", "KeyName"), ("instance_profile", "IamInstanceProfile")):
        if option not in desired:
            continue
        value = desired[option]
        if not value:
            gone += [member] if data.get(member) else []
        elif member == "KeyName":
            sent[member] = value
        else:
            sent[member] = {"Arn" if _is_arn(value) else "Name": value}
    if set(_PLACEMENT) & set(desired):
        placement = dict(data.get("Placement") or {})
        for option, member in _PLACEMENT.items():
            if option in desired:
                placement[member] = desired[option]
        placement = {member: value for member, value in placement.items() if value}
        if placement:
            sent["Placement"] = placement
        elif data.get("Placement"):
            gone.append("Placement")
    if "volumes" in desired:
        sent["BlockDeviceMappings"] = _mappings(data, desired["volumes"])
    if "instance_tags" in desired:
        sent["TagSpecifications"] = _tags(data, desired["instance_tags"])
    return sent, gone


def _mappings(data: AwsData, asked: Sequence[Given]) -> list[AwsMembers]:
    now = read(data)["volumes"]
    wanted = {one["device"]: one for one in desired_items("volumes", now, asked)}
    result = []
    for mapping in copy.deepcopy(data.get("BlockDeviceMappings") or []):
        one = wanted.get(mapping.get("DeviceName"))
        if one is not None and mapping.get("Ebs"):
            for option, member in _EBS.items():
                if one.get(option) is not None:
                    mapping["Ebs"][member] = one[option]
                else:
                    mapping["Ebs"].pop(member, None)
            if mapping["Ebs"].get("KmsKeyId"):
                mapping["Ebs"]["Encrypted"] = True
        result.append(mapping)
    return result


def _tags(data: AwsData, tags: Given) -> list[AwsMembers]:
    result = copy.deepcopy(data.get("TagSpecifications") or [])
    for kind in _TAGGED:
        one = next((each for each in result if each.get("ResourceType") == kind), None)
        if one is None:
            one = {"ResourceType": kind, "Tags": []}
            result.append(one)
        merged = {each["Key"]: each.get("Value", "") for each in one.get("Tags") or []}
        merged.update({str(key): str(value) for key, value in tags.items()})
        one["Tags"] = [{"Key": key, "Value": value} for key, value in merged.items()]
    return result


def cards(data: AwsData, asked: Sequence[Given]) -> list[AwsMembers]:
    """All cards of a version but the first, as they shall be."""
    now = copy.deepcopy([one for one in data.get("NetworkInterfaces") or [] if one.get("DeviceIndex")])
    by_index = {one["DeviceIndex"]: one for one in now}
    for one in asked:
        card = by_index.setdefault(
            one["device_index"], {"DeviceIndex": one["device_index"], "DeleteOnTermination": True}
        )
        for option, member in _CARD.items():
            if one.get(option) is not None:
                card[member] = one[option]
        if one.get("private_ip"):
            # the list of addresses would be a second place for the first one
            card.pop("PrivateIpAddresses", None)
    return [by_index[index] for index in sorted(by_index)]
