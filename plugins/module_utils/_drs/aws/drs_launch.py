"""The calls of launch settings, one function each: DRS's launch configuration, EC2's launch templates and networks."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell

# EC2 API reference: DescribeLaunchTemplateVersions shows at most 200 in a page, a filter takes 200 values.
PAGE_SIZE = 200
VALUES_PER_FILTER = 200
DEFAULT = "$Default"


def _pages(cell: Cell, operation: str, key: str, page_size: int | None = None, **params: t.Any) -> list[dict]:
    with cell.errors(operation):
        config = {"PageSize": page_size} if page_size else {}
        pages = cell.client("ec2").get_paginator(operation).paginate(PaginationConfig=config, **params)
        return pages.build_full_result().get(key, [])


def supported(cell: Cell) -> set[str]:
    """The members that the installed botocore knows for UpdateLaunchConfiguration."""
    return cell.members("drs", "UpdateLaunchConfiguration")


def configuration(cell: Cell, source_server_id: str) -> dict:
    """GetLaunchConfiguration, as DRS has it; there is none for several servers."""
    with cell.errors("GetLaunchConfiguration"):
        return cell.client("drs").get_launch_configuration(sourceServerID=source_server_id)


def update_configuration(cell: Cell, source_server_id: str, members: dict) -> None:
    """UpdateLaunchConfiguration; the same values again change nothing, so botocore may repeat it."""
    with cell.errors("UpdateLaunchConfiguration"):
        cell.client("drs").update_launch_configuration(sourceServerID=source_server_id, **members)


def default_versions(cell: Cell) -> dict[str, dict]:
    """DescribeLaunchTemplateVersions: the default version of every template, {its id: {version, data, description}}."""
    found = _pages(cell, "describe_launch_template_versions", "LaunchTemplateVersions", PAGE_SIZE, Versions=[DEFAULT])
    return {one["LaunchTemplateId"]: _version(one) for one in found}


def versions(cell: Cell, template_id: str) -> list[dict]:
    """DescribeLaunchTemplateVersions of one template: [{version, data, description, is_default}]."""
    found = _pages(
        cell, "describe_launch_template_versions", "LaunchTemplateVersions", PAGE_SIZE, LaunchTemplateId=template_id
    )
    return [_version(one) for one in found]


def _version(item: dict) -> dict:
    return {
        "version": item["VersionNumber"],
        "data": item.get("LaunchTemplateData") or {},
        "description": item.get("VersionDescription"),
        "is_default": bool(item.get("DefaultVersion")),
    }


def create_version(
    cell: Cell, template_id: str, source: int | None, data: dict, description: str
) -> tuple[int, list[str]]:
    """CreateLaunchTemplateVersion, sent once: (its number, what EC2 warns of). source: the version to inherit from."""
    more = {"SourceVersion": str(source)} if source is not None else {}
    with cell.errors("CreateLaunchTemplateVersion"):
        answer = cell.client("ec2", effect=True).create_launch_template_version(
            LaunchTemplateId=template_id, LaunchTemplateData=data, VersionDescription=description, **more
        )
    wrong = (answer.get("Warning") or {}).get("Errors") or []
    return answer["LaunchTemplateVersion"]["VersionNumber"], [
        f"{one.get('Code')}: {one.get('Message')}" for one in wrong
    ]


def make_default(cell: Cell, template_id: str, version: int) -> None:
    """ModifyLaunchTemplate; the same version again changes nothing, so botocore may repeat it."""
    with cell.errors("ModifyLaunchTemplate"):
        cell.client("ec2").modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(version))


def subnets(cell: Cell, ids: t.Iterable[str]) -> dict[str, dict]:
    """DescribeSubnets: {id: {cidr, vpc_id, public, tags}}; an id that is not there is absent."""
    found = _filtered(cell, "describe_subnets", "Subnets", "subnet-id", ids)
    return {
        one["SubnetId"]: {
            "cidr": one["CidrBlock"],
            "vpc_id": one.get("VpcId"),
            "public": bool(one.get("MapPublicIpOnLaunch")),
            "tags": {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags") or []},
        }
        for one in found
    }


def security_groups(cell: Cell, ids: t.Iterable[str]) -> dict[str, str]:
    """DescribeSecurityGroups: {id: VPC id}; an id that is not there is absent."""
    found = _filtered(cell, "describe_security_groups", "SecurityGroups", "group-id", ids)
    return {one["GroupId"]: str(one.get("VpcId")) for one in found}


def holders(cell: Cell, addresses: t.Iterable[str]) -> dict[tuple[str, str], dict]:
    """DescribeNetworkInterfaces: who has addresses: {(subnet id, address): {card, instance_id}}."""
    found = _filtered(
        cell, "describe_network_interfaces", "NetworkInterfaces", "addresses.private-ip-address", addresses
    )
    held = {}
    for one in found:
        listed = [item.get("PrivateIpAddress") for item in one.get("PrivateIpAddresses") or []]
        for address in {one.get("PrivateIpAddress"), *listed} - {None}:
            instance = (one.get("Attachment") or {}).get("InstanceId")
            held[one["SubnetId"], address] = {"card": one["NetworkInterfaceId"], "instance_id": instance}
    return held


def _filtered(cell: Cell, operation: str, key: str, name: str, values: t.Iterable[str]) -> list[dict]:
    # a filter, unlike a list of ids, does not fail the whole call for one that is not there
    parts = quotas.chunk(sorted(set(values)), VALUES_PER_FILTER)
    return [one for part in parts for one in _pages(cell, operation, key, Filters=[{"Name": name, "Values": part}])]
