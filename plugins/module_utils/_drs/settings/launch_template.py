"""EC2 launch templates of source servers: set our members, keep all others. Pure.

DRS launches from the default version. A new version inherits from the one before it (SourceVersion), but a member that
is given is taken as a whole, and all that concerns the network is one list. So the list is sent whole, with only our
fields changed, and without what EC2 tells and does not take (aws/ec2 holds it against the model once more).
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, AwsMembers
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import template_members
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import (
    LaunchSettings,
    RecordedChange,
)

_CARD = ("subnet_id", "security_group_ids", "private_ip", "public_ip")
OPTIONS = ("instance_type", *_CARD, *template_members.MEMBER_SPEC)
# EC2 API reference, CreateLaunchTemplateVersion: VersionDescription has at most 255 characters.
MAX_DESCRIPTION = 255
_RECORD = re.compile(r"resilience\.drs (\S+) from (\d+)((?: [a-z_]+=\S*)*)", re.ASCII)
_WORDS = {"true": True, "false": False}
# Members that DescribeLaunchTemplateVersions tells and CreateLaunchTemplateVersion does not take (botocore's model of
# ec2): by the member that holds them.
_TOLD_ONLY = {
    "LaunchTemplateData": ("Operator",),
    "MetadataOptions": ("State",),
    "Ipv6Addresses": ("IsPrimaryIpv6",),
    "NetworkInterfaces": ("Operator",),
}


def card_of(data: AwsData) -> AwsData:
    """The primary network interface of a template's data, empty when it has none."""
    cards = data.get("NetworkInterfaces") or []
    return next((one for one in cards if not one.get("DeviceIndex")), {})


def read(data: AwsData) -> LaunchSettings:
    """What the data of a version says, by the names of OPTIONS; None for what it leaves open."""
    card = card_of(data)
    primary: Mapping[str, Any] = next((one for one in card.get("PrivateIpAddresses") or [] if one.get("Primary")), {})
    return {
        "subnet_id": card.get("SubnetId"),
        "security_group_ids": list(card.get("Groups") or data.get("SecurityGroupIds") or []),
        "instance_type": data.get("InstanceType"),
        "private_ip": primary.get("PrivateIpAddress") or card.get("PrivateIpAddress"),
        "public_ip": card.get("AssociatePublicIpAddress"),
        **template_members.read(data),
    }


def change(data: AwsData, desired: LaunchSettings) -> tuple[AwsMembers, bool]:
    """The LaunchTemplateData of a new version that has the desired values and keeps all others.

    :param desired: values by the names of OPTIONS; an empty ``private_ip`` takes the static address away.
    :returns: the data to send, and whether it builds on the source version. It cannot where security groups stand
        beside the network interfaces (EC2 refuses to launch from both), or where a key pair, a profile or a placement
        shall be there no longer: what is inherited cannot be taken away. Then the data is whole.
    """
    sent, gone = template_members.change(data, desired)
    if "instance_type" in desired:
        sent["InstanceType"] = desired["instance_type"]
    if not set(desired) & {*_CARD, "interfaces"}:
        return _on_source(data, sent, gone)
    card = copy.deepcopy(dict(card_of(data)))
    card.setdefault("DeviceIndex", 0)
    beside = data.get("SecurityGroupIds") or []
    if beside and not card.get("Groups"):
        card["Groups"] = list(beside)
    for option, member in (("subnet_id", "SubnetId"), ("public_ip", "AssociatePublicIpAddress")):
        if option in desired:
            card[member] = desired[option]
    if "security_group_ids" in desired:
        card["Groups"] = list(desired["security_group_ids"])
    if "private_ip" in desired:
        _address(card, desired["private_ip"])
    sent["NetworkInterfaces"] = [card, *template_members.cards(data, desired.get("interfaces") or [])]
    return _on_source(data, sent, [*gone, "SecurityGroupIds"] if beside else gone)


def _on_source(data: AwsData, sent: AwsMembers, gone: list[str]) -> tuple[AwsMembers, bool]:
    if not gone:
        return _taken(sent), True
    content = {key: value for key, value in copy.deepcopy(dict(data)).items() if key not in gone}
    return _taken({**content, **sent}), False


def _taken(value: Any, holder: str = "LaunchTemplateData") -> Any:
    """What was read, without what is only told."""
    if isinstance(value, Mapping):
        untold = _TOLD_ONLY.get(holder, ())
        return {key: _taken(one, key) for key, one in value.items() if key not in untold}
    return [_taken(one, holder) for one in value] if isinstance(value, list) else value


def _address(card: AwsMembers, address: str) -> None:
    """Put the primary address where the template has it: in the list of addresses, or in the member of its own."""
    listed = [one for one in card.pop("PrivateIpAddresses", None) or [] if not one.get("Primary")]
    card.pop("PrivateIpAddress", None)
    if listed and address:
        card["PrivateIpAddresses"] = [{"Primary": True, "PrivateIpAddress": address}, *listed]
    elif address:
        card["PrivateIpAddress"] = address
    elif listed:
        card["PrivateIpAddresses"] = listed


def record(change_id: str, version: int, before: LaunchSettings) -> str:
    """The description of a new version: which change made it, from which version, and the settings of DRS before it."""
    words = [f"{key}={_word(before[key])}" for key in sorted(before)]
    return " ".join([f"resilience.drs {change_id} from {version}", *words])[:MAX_DESCRIPTION]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def recorded(description: str | None) -> RecordedChange | None:
    """What ``record`` wrote: {change_id, version, before}; None for any other description."""
    match = _RECORD.fullmatch(str(description or ""))
    if match is None:
        return None
    pairs = (word.split("=", 1) for word in match.group(3).split())
    return {
        "change_id": match.group(1),
        "version": int(match.group(2)),
        "before": {key: _WORDS.get(value, value) for key, value in pairs},
    }
