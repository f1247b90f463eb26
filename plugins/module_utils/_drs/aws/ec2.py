"""The calls of EC2, one function each: machines, launch templates, networks. They decide nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.botocore_data import request_member, within
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.pages import each_once, pages
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Filter, Machine, Subnet
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Holder, TemplateVersion

# EC2 API reference: DescribeInstances shows at most 1000 in a page, DescribeLaunchTemplateVersions 200; a filter takes
# 200 values.
INSTANCES_PAGE_SIZE = 1000
VERSIONS_PAGE_SIZE = 200
VOLUMES_PAGE_SIZE = 500
VALUES_PER_FILTER = 200
DEFAULT = "$Default"


def instances_by_id(cell: Cell, ids: list[str]) -> dict[str, AwsData]:
    """DescribeInstances by id, as a dictionary; an id that EC2 has forgotten is absent instead of an error.

    :returns: ``{instance id: the instance, as DescribeInstances has it}``.
    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    instances: dict[str, AwsData] = {}
    for part in quotas.chunk(sorted(set(ids)), VALUES_PER_FILTER):
        # a filter, unlike InstanceIds, does not fail the whole call for one unknown id
        reservations = pages(
            cell,
            "ec2",
            "describe_instances",
            "Reservations",
            Filters=[{"Name": "instance-id", "Values": part}],
            brief=True,
        )
        for reservation in reservations:
            instances.update({instance["InstanceId"]: instance for instance in reservation["Instances"]})
    return instances


def states(cell: Cell, ids: list[str]) -> dict[str, str]:
    """The state of machines; an id that EC2 has forgotten, as it does an hour after the end, is absent.

    :returns: ``{instance id: the name of its state}``.
    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    found = instances_by_id(cell, ids)
    return {one: str((machine.get("State") or {}).get("Name")) for one, machine in found.items()}


def standing(cell: Cell, ids: list[str]) -> dict[str, str]:
    """Of machines those that have not ended and are not about to.

    :returns: ``{instance id: the name of its state}``, see ``states``.
    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    return {one: state for one, state in states(cell, ids).items() if state not in machines.GONE}


def instances(cell: Cell, filters: list[Filter]) -> list[Machine]:
    """DescribeInstances: the MACHINEs that satisfy the filters of EC2.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    reservations = pages(cell, "ec2", "describe_instances", "Reservations", INSTANCES_PAGE_SIZE, Filters=filters)
    owners = {one["InstanceId"]: each.get("OwnerId") for each in reservations for one in each["Instances"]}
    return [
        machines.normalise(item, owners[item["InstanceId"]], cell.region, cell.name) for item in _machines(reservations)
    ]


def _machines(reservations: t.Iterable[AwsData]) -> list[AwsData]:
    return each_once((one for each in reservations for one in each["Instances"]), "InstanceId")


def managed_by_drs(cell: Cell) -> dict[str, list[AwsData]]:
    """DescribeInstances, DescribeVolumes and DescribeSnapshots of what DRS has made: {instances, volumes, snapshots}.

    Each is as EC2 describes it. Recovery instances and their volumes are among them.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    mine = [{"Name": "tag-key", "Values": [machines.MANAGED_TAG]}]
    reservations = pages(cell, "ec2", "describe_instances", "Reservations", INSTANCES_PAGE_SIZE, Filters=mine)
    return {
        "instances": _machines(reservations),
        "volumes": each_once(
            pages(cell, "ec2", "describe_volumes", "Volumes", VOLUMES_PAGE_SIZE, Filters=mine), "VolumeId"
        ),
        "snapshots": each_once(
            pages(cell, "ec2", "describe_snapshots", "Snapshots", VOLUMES_PAGE_SIZE, Filters=mine, OwnerIds=["self"]),
            "SnapshotId",
        ),
    }


def default_template_versions(cell: Cell) -> dict[str, TemplateVersion]:
    """DescribeLaunchTemplateVersions: the default version of every template, {its id: {version, data, description}}.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    return {one["LaunchTemplateId"]: _version(one) for one in _versions(cell, Versions=[DEFAULT])}


def template_versions(cell: Cell, template_id: str) -> list[TemplateVersion]:
    """DescribeLaunchTemplateVersions of one template: [{version, data, description, is_default}].

    :raises DrsError: ``InvalidLaunchTemplateId.NotFound``, or what else EC2 said.
    """
    return [_version(one) for one in _versions(cell, LaunchTemplateId=template_id)]


def _versions(cell: Cell, **params: t.Any) -> list[AwsData]:
    operation, key = "describe_launch_template_versions", "LaunchTemplateVersions"
    return pages(cell, "ec2", operation, key, VERSIONS_PAGE_SIZE, **params)


def _version(item: AwsData) -> TemplateVersion:
    return {
        "version": item["VersionNumber"],
        "data": item.get("LaunchTemplateData") or {},
        "description": item.get("VersionDescription"),
        "is_default": bool(item.get("DefaultVersion")),
    }


def create_template_version(
    cell: Cell, template_id: str, source: int | None, data: AwsData, description: str
) -> tuple[int, list[str]]:
    """CreateLaunchTemplateVersion, sent once: (its number, what EC2 warns of). source: the version to inherit from.

    :raises DrsError: what EC2 said; after a doubtful answer the version may be there all the same.
    """
    more = {"SourceVersion": str(source)} if source is not None else {}
    with cell.errors("CreateLaunchTemplateVersion"):
        answer = cell.client("ec2", effect=True).create_launch_template_version(
            LaunchTemplateId=template_id,
            LaunchTemplateData=within(request_member("ec2", "CreateLaunchTemplateVersion", "LaunchTemplateData"), data),
            VersionDescription=description,
            **more,
        )
    wrong = (answer.get("Warning") or {}).get("Errors") or []
    return answer["LaunchTemplateVersion"]["VersionNumber"], [
        f"{one.get('Code')}: {one.get('Message')}" for one in wrong
    ]


def make_template_default(cell: Cell, template_id: str, version: int) -> None:
    """ModifyLaunchTemplate; the same version again changes nothing, so botocore may repeat it.

    :raises DrsError: ``InvalidLaunchTemplateId.NotFound``, or what else EC2 said.
    """
    with cell.errors("ModifyLaunchTemplate"):
        cell.client("ec2").modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(version))


def subnets(cell: Cell, ids: t.Iterable[str]) -> dict[str, Subnet]:
    """DescribeSubnets: {id: {cidr, vpc_id, public, tags}}; an id that is not there is absent.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    items = _filtered(cell, "describe_subnets", "Subnets", "subnet-id", ids)
    return {
        one["SubnetId"]: {
            "cidr": one["CidrBlock"],
            "vpc_id": one.get("VpcId"),
            "public": bool(one.get("MapPublicIpOnLaunch")),
            "tags": {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags") or []},
        }
        for one in items
    }


def security_groups(cell: Cell, ids: t.Iterable[str]) -> dict[str, str]:
    """DescribeSecurityGroups: {id: VPC id}; an id that is not there is absent.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    items = _filtered(cell, "describe_security_groups", "SecurityGroups", "group-id", ids)
    return {one["GroupId"]: str(one.get("VpcId")) for one in items}


def holders(cell: Cell, addresses: t.Iterable[str]) -> dict[tuple[str, str], Holder]:
    """DescribeNetworkInterfaces: who has addresses: {(subnet id, address): {card, instance_id}}.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    items = _filtered(
        cell, "describe_network_interfaces", "NetworkInterfaces", "addresses.private-ip-address", addresses
    )
    held: dict[tuple[str, str], Holder] = {}
    for one in items:
        listed = [item.get("PrivateIpAddress") for item in one.get("PrivateIpAddresses") or []]
        for address in {one.get("PrivateIpAddress"), *listed} - {None}:
            instance = (one.get("Attachment") or {}).get("InstanceId")
            held[one["SubnetId"], address] = {"card": one["NetworkInterfaceId"], "instance_id": instance}
    return held


def volume_states(cell: Cell, ids: t.Iterable[str]) -> dict[str, str]:
    """DescribeVolumes by id: {id: state}; one that is gone is absent.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    items = _filtered(cell, "describe_volumes", "Volumes", "volume-id", ids)
    return {one["VolumeId"]: str(one.get("State")) for one in items}


def interface_states(cell: Cell, ids: t.Iterable[str]) -> dict[str, str]:
    """DescribeNetworkInterfaces by id: {id: status}; one that is gone is absent.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    items = _filtered(cell, "describe_network_interfaces", "NetworkInterfaces", "network-interface-id", ids)
    return {one["NetworkInterfaceId"]: str(one.get("Status")) for one in items}


def snapshots_of_volumes(cell: Cell, volume_ids: t.Iterable[str]) -> dict[str, str]:
    """DescribeSnapshots of the account's own, by the volumes of which they were taken: {id: volume id}. They outlive
    their volumes.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    items = _filtered(cell, "describe_snapshots", "Snapshots", "volume-id", volume_ids, OwnerIds=["self"])
    return {one["SnapshotId"]: one["VolumeId"] for one in items}


def _filtered(cell: Cell, operation: str, key: str, name: str, values: t.Iterable[str], **more: t.Any) -> list[AwsData]:
    # a filter, unlike a list of ids, does not fail the whole call for one that is not there
    parts = quotas.chunk(sorted(set(values)), VALUES_PER_FILTER)
    return [
        one
        for part in parts
        for one in pages(cell, "ec2", operation, key, Filters=[{"Name": name, "Values": part}], **more)
    ]
