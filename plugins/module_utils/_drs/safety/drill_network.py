"""The guardrail for the network of drills: whether a server may launch into it. Pure; what is not proven is refused.

A drill makes a second machine with the name and the settings of the first one, so it must come up where it reaches
nobody. Where that is says an allow-list of subnets.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import DrillNetwork
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Subnet
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

_TEXTS = {"type": "list", "elements": "str"}
NETWORK_SPEC: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {
        "subnet_ids": _TEXTS,
        "subnet_tags": {"type": "dict"},
        "security_group_ids": _TEXTS,
        "production_subnet_ids": _TEXTS,
        "allow_public_ip": {"type": "bool", "default": False},
        "allow_copy_private_ip": {"type": "bool", "default": False},
    },
}
_FORMS = {"subnet_ids": "subnet", "production_subnet_ids": "subnet", "security_group_ids": "sg"}


def guardrail(given: Given | None) -> DrillNetwork:
    """The guardrail as it is meant, empty when none was asked for.

    :raises DrsError: ``invalid_option``: it says something, and not which subnets are allowed; or an id is malformed.
    :returns: the options of ``NETWORK_SPEC`` that say something: {subnet_ids, subnet_tags, security_group_ids,
        production_subnet_ids, allow_public_ip, allow_copy_private_ip}.
    """
    result = {key: value for key, value in (given or {}).items() if value is not None and value is not False}
    if not result:
        return {}
    unknown = sorted(set(result) - set(NETWORK_SPEC["options"]))
    if unknown:
        raise DrsError("invalid_option", f"drill_network: {', '.join(unknown)} is not known")
    for option, prefix in _FORMS.items():
        for one in result.get(option) or ():
            if not re.fullmatch(prefix + r"-[0-9a-f]{8,17}", str(one), re.ASCII):
                text = f"drill_network.{option}: '{clean(one, 60)}' is not {prefix}- and 8 to 17 hexadecimal digits"
                raise DrsError("invalid_option", text)
    if not result.get("subnet_ids") and not result.get("subnet_tags"):
        raise DrsError("invalid_option", "drill_network: it needs subnet_ids or subnet_tags, the subnets of drills")
    both = sorted(set(result.get("subnet_ids") or ()) & set(result.get("production_subnet_ids") or ()))
    if both:
        raise DrsError("invalid_option", f"drill_network: {', '.join(both)} is a subnet of drills and of production")
    return cast("DrillNetwork", result)


def blocking_findings(
    configuration: AwsData,
    data: AwsData,
    subnets: Mapping[str, Subnet],
    production: set[str],
    network: DrillNetwork,
) -> list[tuple[str, str]]:
    """Why a drill of a server must not launch: (code, text), the weightiest first; none when it may.

    :param configuration: GetLaunchConfiguration of DRS.
    :param data: LaunchTemplateData of the default version.
    :param subnets: those that are there: {id: {public, tags}}.
    :param production: ids of subnets in which source machines run.
    :param network: the guardrail, see ``guardrail``.
    """
    result = []
    into = (configuration.get("launchIntoInstanceProperties") or {}).get("launchIntoEC2InstanceID")
    if into:
        result.append(("drill_launch_into_instance", f"it launches into instance {clean(into, 40)}"))
    # without an answer it counts as copied
    if configuration.get("copyPrivateIp") is not False and not network.get("allow_copy_private_ip"):
        result.append(("drill_copy_private_ip", "it launches with the private address of its source"))
    cards = data.get("NetworkInterfaces") or [{}]
    for card in cards:
        result += _subnet(card, subnets, production | set(network.get("production_subnet_ids") or ()), network)
        result += _public(card, subnets, network)
        result += _groups(card, data, network)
    return list(dict.fromkeys(result))


def _subnet(
    card: AwsData, subnets: Mapping[str, Subnet], production: set[str], network: DrillNetwork
) -> list[tuple[str, str]]:
    subnet_id = card.get("SubnetId")
    if card.get("NetworkInterfaceId"):
        text = f"it launches with the existing network interface {clean(card['NetworkInterfaceId'], 40)}"
        return [("drill_subnet_not_allowed", text)]
    if not subnet_id:
        return [("drill_subnet_not_allowed", "its launch template names no subnet, so EC2 takes a default one")]
    if subnet_id in production:
        return [("drill_subnet_production", f"it launches into {clean(subnet_id, 40)}, a subnet of production")]
    listed, tagged = network.get("subnet_ids"), network.get("subnet_tags")
    there = subnets.get(subnet_id)
    if there is None:
        return [("drill_subnet_not_allowed", f"it launches into {clean(subnet_id, 40)}, which is not there")]
    if listed and subnet_id not in listed:
        return [("drill_subnet_not_allowed", f"it launches into {clean(subnet_id, 40)}, which is not on the list")]
    if tagged and not tags.matches(there["tags"], tagged):
        text = f"it launches into {clean(subnet_id, 40)}, which does not carry the tags of drill subnets"
        return [("drill_subnet_not_allowed", text)]
    return []


def _public(card: AwsData, subnets: Mapping[str, Subnet], network: DrillNetwork) -> list[tuple[str, str]]:
    asked = card.get("AssociatePublicIpAddress")
    given = as_mapping(subnets.get(card.get("SubnetId") or "")).get("public") if asked is None else asked
    if given and not network.get("allow_public_ip"):
        whose = "its subnet gives it" if asked is None else "its launch template asks for"
        return [("drill_public_ip", f"{whose} a public address")]
    return []


def _groups(card: AwsData, data: AwsData, network: DrillNetwork) -> list[tuple[str, str]]:
    allowed = network.get("security_group_ids")
    if not allowed:
        return []
    groups = card.get("Groups") or data.get("SecurityGroupIds") or ["the default group of its VPC"]
    return [
        ("drill_security_group_not_allowed", f"it launches with {clean(one, 40)}, which is not on the list")
        for one in groups
        if one not in allowed
    ]
