"""Launch settings as declared: the desired settings of each server, and the findings that block them. Pure.

How settings are declared for groups and servers says settings/declared.py.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import addresses
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_template
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import template_members
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import compare
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, AwsMembers, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import (
    Declared,
    LaunchSettings,
    Network,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, Subnet

SETTING_SPEC: dict[str, dict[str, Any]] = {
    "subnet_id": {"type": "str"},
    "security_group_ids": {"type": "list", "elements": "str"},
    "instance_type": {"type": "str"},
    "private_ip": {"type": "str"},
    "public_ip": {"type": "bool"},
    "launch_disposition": {"type": "str", "choices": ["STARTED", "STOPPED"]},
    "right_sizing": {"type": "str", "choices": ["NONE", "BASIC", "IN_AWS"]},
    "copy_private_ip": {"type": "bool"},
    "copy_tags": {"type": "bool"},
    "os_byol": {"type": "bool"},
    "post_launch_enabled": {"type": "bool"},
    "recovery_mode": {"type": "str", "choices": ["FAST", "OPTIMAL"]},
    "launch_into_instance_id": {"type": "str"},
    "launch_into_name": {"type": "str"},
    "keep_last_octet": {"type": "bool"},
    **template_members.MEMBER_SPEC,
}
# What is turned into another setting before anything is compared, see ``derived``.
DERIVED = ("launch_into_name", "keep_last_octet")
# Of two servers only one can have it.
SINGULAR = ("private_ip", "launch_into_instance_id")
_FORMS = {
    "subnet_id": (r"subnet-[0-9a-f]{8,17}", "subnet- and 8 to 17 hexadecimal digits"),
    "security_group_ids": (r"sg-[0-9a-f]{8,17}", "sg- and 8 to 17 hexadecimal digits"),
    "instance_type": (r"[a-z0-9-]+\.[a-z0-9-]+", "a type such as r6i.large"),
    "launch_into_instance_id": (r"i-[0-9a-f]{8,17}", "i- and 8 to 17 hexadecimal digits"),
}
_OVERWRITING = ("BASIC", "IN_AWS")


# -- what is asked for -----------------------------------------------------------------------------------------------


def check_names(where: str, groups_or_servers: Sequence[Declared]) -> None:
    """Refuse settings that nobody knows, where no argument spec has looked at them.

    :raises DrsError: naming the setting and those that there are.
    """
    declared.check_names(where, groups_or_servers, SETTING_SPEC)


def check(groups: Sequence[Declared], overrides: Sequence[Declared]) -> None:
    """Refuse what is wrong by itself, before anything is called.

    :raises DrsError: naming the option, its value and what it should be.
    """
    declared.check(groups, overrides, _check_settings, SINGULAR)
    taken: dict[tuple[Any, str], int] = {}
    for number, one in enumerate(overrides):
        given = declared.given(one.get("settings"))
        if given.get("private_ip"):
            place = (given.get("subnet_id"), given["private_ip"])
            if place in taken:
                text = f"servers[{number}].settings.private_ip: {place[1]} is also that of servers[{taken[place]}]"
                raise DrsError("static_ip_twice", text)
            taken[place] = number


def _check_settings(where: str, given: Given) -> None:
    declared.check_forms(where, given, _FORMS, SETTING_SPEC)
    if "security_group_ids" in given and not given["security_group_ids"]:
        raise DrsError("invalid_option", f"{where}.security_group_ids: a machine needs one at least")
    address = given.get("private_ip")
    if address and not addresses.valid(address):
        text = f"{where}.private_ip: '{clean(address, 60)}' is not an IPv4 address such as 10.1.2.30"
        raise DrsError("invalid_option", text)
    template_members.check(where, given)
    for derived, option in (("launch_into_name", "launch_into_instance_id"), ("keep_last_octet", "private_ip")):
        if given.get(derived) and given.get(option):
            raise DrsError("invalid_option", f"{where}.{derived}: it excludes {option}")
    unknown = set(re.findall(r"{([^{}]*)}", given.get("launch_into_name") or "")) - {"name", "hostname"}
    if unknown:
        text = f"{where}.launch_into_name: '{clean(sorted(unknown)[0], 40)}' is none; known are name, hostname"
        raise DrsError("invalid_option", text)
    for code, text in _contradictions(given, given):
        raise DrsError(code, f"{where}: {text}")


def _contradictions(given: Given, settings: Given) -> list[tuple[str, str]]:
    """What cannot be together, as far as something that is given takes part in it: (code, text)."""
    result = []
    address, into = settings.get("private_ip"), settings.get("launch_into_instance_id")
    if address and settings.get("copy_private_ip") and _any(given, "private_ip", "copy_private_ip"):
        text = f"private_ip: {address} cannot be together with copy_private_ip, which takes the address of the source"
        result.append(("static_ip_and_copy_private_ip", text))
    sizing = settings.get("right_sizing")
    if sizing in _OVERWRITING and given.get("instance_type") and given.get("right_sizing"):
        text = f"instance_type: {given['instance_type']} is overwritten by right_sizing {sizing}"
        result.append(("right_sizing_overwrites", text))
    copied = settings.get("copy_tags") or settings.get("copy_private_ip")
    if into and copied and _any(given, "launch_into_instance_id", "copy_tags", "copy_private_ip"):
        text = f"launch_into_instance_id: {into} needs copy_tags and copy_private_ip to be false"
        result.append(("launch_into_conflict", text))
    return result


def _any(given: Given, *options: str) -> bool:
    return any(option in given for option in options)


# -- what is there ---------------------------------------------------------------------------------------------------


def current(configuration: AwsData, data: AwsData) -> LaunchSettings:
    """What a server has, by the names of SETTING_SPEC.

    :param configuration: GetLaunchConfiguration of DRS.
    :param data: LaunchTemplateData of the default version.
    """
    named = compare.as_options(dict(configuration))
    result = {option: named.get(option) for option in SETTING_SPEC if option not in DERIVED}
    into = configuration.get("launchIntoInstanceProperties") or {}
    result["launch_into_instance_id"] = into.get("launchIntoEC2InstanceID")
    return {**result, **launch_template.read(data)}


def declarable(now: LaunchSettings) -> LaunchSettings:
    """What a server has, as it can be declared: without an instance type that right sizing overwrites."""
    return {
        option: value
        for option, value in now.items()
        if option != "instance_type" or now.get("right_sizing") not in _OVERWRITING
    }


def comparable(option: str, value: Any) -> Any:
    """A value in the one form in which equal ones are equal: groups in any order; no address and an empty one."""
    if option == "security_group_ids":
        return sorted(value or [])
    return value or None if option in SINGULAR else value


def differences(now: LaunchSettings, desired: LaunchSettings) -> LaunchSettings:
    """The wanted settings that are not there."""
    return {option: value for option, value in desired.items() if not _there(option, now.get(option), value)}


def _there(option: str, now: Any, value: Any) -> bool:
    if option in template_members.MEMBER_SPEC:
        return template_members.satisfied(option, now, value)
    return bool(comparable(option, now) == comparable(option, value))


def instance_name(rule: str, server: Server) -> str:
    """The name of the instance that a server is launched into, by a rule with {name} and {hostname}."""
    return rule.replace("{name}", server["name"]).replace("{hostname}", server["hostname"] or server["name"])


def drs_members(changed: LaunchSettings) -> AwsMembers:
    """Of changed settings, those that are DRS's own, as members of UpdateLaunchConfiguration."""
    members = compare.launch_wanted({key: value for key, value in changed.items() if key in SETTING_SPEC})
    if changed.get("launch_into_instance_id") is not None:
        into = changed["launch_into_instance_id"]
        members["launchIntoInstanceProperties"] = {"launchIntoEC2InstanceID": into} if into else {}
    return members


# -- blocking findings -----------------------------------------------------------------------------------------------


def blocking_findings(desired: LaunchSettings, now: LaunchSettings, place: Network) -> list[tuple[str, str]]:
    """Why the wanted settings cannot be given to a server: (code, text), none when they can.

    :param now: what it has.
    :param place: ``subnets`` {id: {cidr, vpc_id}} and ``groups`` {id: vpc_id} that are there, ``holders`` {(subnet,
        address): who has it} without the server's own, ``twice`` {(subnet, address): how many want it}.
    """
    merged = {**now, **desired}
    result = _contradictions(desired, merged) + template_members.blocking_findings(desired, now)
    if not _any(desired, "subnet_id", "security_group_ids", "private_ip"):
        return result
    subnet_id, address = merged.get("subnet_id"), merged.get("private_ip")
    subnet = place["subnets"].get(subnet_id or "")
    if subnet_id and subnet is None:
        result.append(("subnet_unknown", f"subnet_id: {subnet_id} is not there"))
    for group in merged.get("security_group_ids") or []:
        if group not in place["groups"]:
            result.append(("security_group_unknown", f"security_group_ids: {group} is not there"))
        elif subnet and place["groups"][group] != subnet["vpc_id"]:
            text = f"security_group_ids: {group} is of {place['groups'][group]}, the subnet of {subnet['vpc_id']}"
            result.append(("security_group_other_vpc", text))
    if address:
        result += _address_findings(address, subnet_id, subnet, place)
    return result


def _address_findings(
    address: str, subnet_id: str | None, subnet: Subnet | None, place: Network
) -> list[tuple[str, str]]:
    if not subnet_id:
        return [("static_ip_without_subnet", f"private_ip: {address} needs a subnet, and the template names none")]
    if subnet is None:
        return []
    if not addresses.within(address, subnet["cidr"]):
        text = f"private_ip: {address} is not in {subnet_id} ({subnet['cidr']})"
        return [("static_ip_outside_subnet", text)]
    if addresses.reserved(address, subnet["cidr"]):
        text = f"private_ip: {address} is kept by AWS; usable in {subnet_id} are {addresses.usable(subnet['cidr'])}"
        return [("static_ip_reserved", text)]
    if place["twice"].get((subnet_id, address), 0) > 1:
        text = f"private_ip: {address} in {subnet_id} is wanted for {place['twice'][subnet_id, address]} servers"
        return [("static_ip_twice", text)]
    holder = place["holders"].get((subnet_id, address))
    return [("static_ip_taken", f"private_ip: {address} in {subnet_id} is that of {holder}")] if holder else []


def overwritten(desired: LaunchSettings, now: LaunchSettings) -> str | None:
    """A warning when an instance type is declared that the right sizing of the server will overwrite."""
    sizing = {**now, **desired}.get("right_sizing")
    if desired.get("instance_type") and sizing in _OVERWRITING:
        return f"right_sizing is {sizing} and overwrites instance_type {desired['instance_type']}; declare NONE"
    return None
