"""Access to EC2: recovery instances are instances of moto's EC2 in the same account and Region."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .wire import GIB

MANAGED_TAG = "AWSElasticDisasterRecoveryManaged"
SERVER_TAG = "AWSElasticDisasterRecoverySourceServerID"
MANAGED_VALUE = "drs.amazonaws.com"

_IMAGE = "ami-12c6146b"
#: What DRS puts down for a volume (UG:disk-settings names gp3; the rest is what gp3 has by itself).
_VOLUME: dict[str, Any] = {"VolumeType": "gp3", "Iops": 3000, "Throughput": 125, "DeleteOnTermination": True}
_CODES = {"shutting-down": 32, "pending": 0, "running": 16, "stopped": 80}


class NoSubnet(Exception):
    """There is no default VPC and the launch template names no subnet."""


def refusals() -> tuple[type[Exception], ...]:
    """The errors with which EC2 refuses a launch; they become the launch's rawError."""
    from moto.core.exceptions import ServiceException
    from moto.ec2.exceptions import EC2ClientError

    return (EC2ClientError, ServiceException)


def backend(account_id: str, region: str) -> Any:
    """moto's EC2 backend of an account and Region."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[account_id][region]


def set_state(instance: Any, name: str) -> None:
    """Put an instance into a state, without EC2's own side effects."""
    instance._state.name, instance._state.code = name, _CODES[name]


def _template_data(ec2: Any, template_id: str | None) -> Mapping[str, Any]:
    if not template_id or template_id not in ec2.launch_templates:
        return {}
    # DRS launches from the default version (UG:ec2-launch).
    return ec2.launch_templates[template_id].default_version().data or {}


def default_subnet(ec2: Any) -> str | None:
    """The default subnet of the first zone; None where there is no default VPC."""
    subnets = (subnet for zone in ec2.subnets.values() for subnet in zone.values())
    found = sorted((s.availability_zone, s.id) for s in subnets if str(s.default_for_az).lower() == "true")
    return found[0][1] if found else None


def _check_address(ec2: Any, subnet_id: str, address: str) -> None:
    """Refuse an address that RunInstances refuses; moto ends in an error of its own.

    EC2 error codes, and VPC User Guide "Subnet CIDR blocks": the first four addresses and the last are reserved.

    Raises:
        EC2ClientError: outside the subnet, reserved, or in use.
    """
    from moto.ec2.exceptions import EC2ClientError

    subnet = ec2.get_subnet(subnet_id)
    number, network = ipaddress.ip_address(address), subnet.cidr
    if number not in network:
        text = f"Address {address} does not fall within the subnet's address range"
        raise EC2ClientError("InvalidParameterValue", text)
    if int(number) - int(network.network_address) < 4 or number == network.broadcast_address:
        raise EC2ClientError("InvalidParameterValue", f"Address {address} is in subnet's reserved address range")
    taken = any(card.subnet.id == subnet_id and address == card.private_ip_address for card in ec2.enis.values())
    if taken or address in subnet._subnet_ips:
        raise EC2ClientError("InvalidIPAddress.InUse", f"Address {address} is in use.")


@dataclass
class Machine:
    """What a launch asks of EC2 besides what its launch template says. disks: [{device, bytes}] of the source."""

    tags: dict[str, str]
    instance_type: str
    disks: list[dict[str, Any]]
    template_id: str | None = None
    private_ip: str | None = None
    right_sizing: str = "NONE"
    #: {ebsEncryption, ebsEncryptionKeyArn} of the replication settings, which decide (UG:ec2-key-considerations).
    encryption: dict[str, str] = field(default_factory=dict)


def _template_tags(data: Mapping[str, Any], kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in data.get("TagSpecifications") or []:
        if item.get("ResourceType") == kind:
            found.update({tag["Key"]: tag.get("Value", "") for tag in item.get("Tags") or []})
    return found


def _check_key_pair(ec2: Any, name: str | None) -> None:
    """Refuse a key pair that is not there, as RunInstances does. Raises EC2ClientError."""
    from moto.ec2.exceptions import EC2ClientError

    if name and name not in ec2.key_pairs:
        raise EC2ClientError("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")


def _profile(ec2: Any, data: Mapping[str, Any]) -> dict[str, str]:
    """The template's instance profile as keyword arguments, by name or ARN. Raises EC2ClientError: there is none."""
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.utils import filter_iam_instance_profiles

    wanted = data.get("IamInstanceProfile") or {}
    names = {"iam_instance_profile_arn": wanted.get("Arn"), "iam_instance_profile_name": wanted.get("Name")}
    given = {key: str(value) for key, value in names.items() if value}
    if not given:
        return {}
    try:
        filter_iam_instance_profiles(ec2.account_id, partition=ec2.partition, **{**dict.fromkeys(names), **given})
    except refusals():
        value = next(iter(given.values()))
        text = f"Value ({value}) for parameter iamInstanceProfile is invalid. Invalid IAM Instance Profile"
        raise EC2ClientError("InvalidParameterValue", text) from None
    return given


def _make_volumes(ec2: Any, instance: Any, machine: Machine, data: Mapping[str, Any], tags: dict[str, str]) -> None:
    """A volume for each disk of the source, as large, under its device name (UG:ec2-key-considerations).

    The template's volume of that name says its type, IOPS, throughput and whether it stays; others are ignored.
    """
    wanted = {one.get("DeviceName"): one.get("Ebs") or {} for one in data.get("BlockDeviceMappings") or []}
    mode = machine.encryption.get("ebsEncryption", "NONE")
    key = machine.encryption.get("ebsEncryptionKeyArn") if mode == "CUSTOM" else None
    for disk in machine.disks:
        chosen = wanted.get(disk["device"], _VOLUME)
        kind = chosen.get("VolumeType", "gp3")
        iops = chosen.get("Iops")
        throughput = chosen.get("Throughput")
        volume = ec2.create_volume(
            size=max(1, -(-int(disk["bytes"]) // GIB)),
            zone_name=instance._placement.zone,
            encrypted=mode != "NONE",
            kms_key_id=key,
            volume_type=kind,
            iops=int(iops) if iops and kind in ("gp3", "io1", "io2") else None,
            throughput=int(throughput) if throughput and kind == "gp3" else None,
        )
        volume.add_tags(tags)
        ec2.attach_volume(volume.id, instance.id, disk["device"], _goes(chosen))


def _goes(wanted: Mapping[str, Any]) -> bool:
    """Whether a volume or a network interface of a template goes with its instance."""
    return str(wanted.get("DeleteOnTermination", True)).lower() != "false"


def _add_interfaces(ec2: Any, instance: Any, others: list[dict[str, Any]], subnet_id: str) -> None:
    """Interfaces beyond the first, which the template may name: passed through (UG:ec2-key-considerations)."""
    for number, wanted in enumerate(others, 1):
        subnet = ec2.get_subnet(wanted.get("SubnetId") or subnet_id)
        card = ec2.create_network_interface(
            subnet,
            wanted.get("PrivateIpAddress"),
            group_ids=list(wanted.get("Groups") or []) or None,
            description=wanted.get("Description", ""),
        )
        ec2.attach_network_interface(card.id, instance.id, int(wanted.get("DeviceIndex", number)))
        card.delete_on_termination = _goes(wanted)


def launch(account_id: str, region: str, at: datetime, machine: Machine) -> Any:
    """Run one instance, in state pending, and return moto's object.

    The launch template's default version decides over subnet, address, security groups, key pair, profile and tags
    (which win over the server's), and over the type when right sizing is NONE: otherwise DRS chooses the type whatever
    the template says (UG: launch-general-settings).

    Raises:
        NoSubnet: neither the template nor a default VPC gives a subnet.
        EC2ClientError: EC2 refuses the launch, see refusals().
    """
    ec2 = backend(account_id, region)
    data = _template_data(ec2, machine.template_id)
    interface, *others = sorted(data.get("NetworkInterfaces") or [{}], key=lambda one: int(one.get("DeviceIndex", 0)))
    subnet = interface.get("SubnetId") or default_subnet(ec2)
    if subnet is None:
        raise NoSubnet("No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
    groups = list(interface.get("Groups") or data.get("SecurityGroupIds") or [])
    private_ip = machine.private_ip or interface.get("PrivateIpAddress")
    if private_ip:
        _check_address(ec2, subnet, private_ip)
    _check_key_pair(ec2, data.get("KeyName"))
    profile = _profile(ec2, data)
    reservation = ec2.run_instances(
        data.get("ImageId") or _IMAGE,
        1,
        None,
        [],
        region_name=region,
        # True skips a search through all instance type offerings, which costs more than the launch itself.
        is_instance_type_default=True,
        instance_type=(data.get("InstanceType") if machine.right_sizing == "NONE" else None) or machine.instance_type,
        key_name=data.get("KeyName"),
        subnet_id=subnet,
        security_group_ids=groups,
        private_ip=private_ip,
        nics=[],
        associate_public_ip=str(interface.get("AssociatePublicIpAddress", False)).lower() == "true",
        disable_api_termination=str(data.get("DisableApiTermination", False)).lower() == "true",
        # None of moto's own; those of the source follow.
        block_device_mappings=[],
        tags={"instance": {**machine.tags, **_template_tags(data, "instance")}},
    )
    instance = reservation.instances[0]
    instance.nics[0].delete_on_termination = _goes(interface)
    # moto takes the time of settling, which may be later than the time at which the launch was due.
    instance.launch_time = at.replace(tzinfo=None)
    _make_volumes(ec2, instance, machine, data, {**machine.tags, **_template_tags(data, "volume")})
    _add_interfaces(ec2, instance, others, subnet)
    if profile:
        ec2.associate_iam_instance_profile(instance_id=instance.id, **profile)
    set_state(instance, "pending")
    return instance


def release(instance: Any) -> None:
    """Give back the network cards and addresses of a terminated instance; moto keeps them for ever.

    A card stays, and keeps its address, where its attachment says so (EC2 API reference: DeleteOnTermination of
    NetworkInterfaceAttachment; UG:ec2-key-considerations passes it on from the template).
    """
    ec2 = instance.ec2_backend
    for card in list(instance.nics.values()):
        if not card.delete_on_termination:
            instance.detach_eni(card)
            continue
        ec2.enis.pop(card.id, None)
        for address in card.private_ip_addresses:
            card.subnet.del_subnet_ip(address["PrivateIpAddress"])


def tags_of(instance: Any) -> dict[str, str]:
    """The instance's tags now, read without moto's search over all tags."""
    return dict(instance.ec2_backend.tags.get(instance.id, {}))


def has_template(account_id: str, region: str, template_id: str) -> bool:
    """Whether a launch template is still there."""
    return template_id in backend(account_id, region).launch_templates


def create_template(
    account_id: str, region: str, name: str, instance_type: str, tags: dict[str, str], devices: list[str]
) -> str:
    """The EC2 launch template that DRS keeps for a source server (UG:ec2-launch); returns its id.

    It has the first network interface, and a volume for each device of the source.
    """
    ec2 = backend(account_id, region)
    for template in ec2.launch_templates.values():
        if template.name == name:
            return str(template.id)
    data = {
        "InstanceType": instance_type,
        "NetworkInterfaces": [{"DeviceIndex": 0, "DeleteOnTermination": True}],
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": dict(_VOLUME)} for device in devices],
    }
    return str(ec2.create_launch_template(name, "created by DRS", data, {"launch-template": tags}).id)


def delete_template(account_id: str, region: str, template_id: str | None) -> None:
    """Delete the launch template of a source server that goes, if it is there (UG:ec2-key-considerations)."""
    ec2 = backend(account_id, region)
    if template_id in ec2.launch_templates:
        ec2.delete_launch_template(None, template_id)
