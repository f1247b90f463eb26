"""Access to EC2: recovery instances are instances of moto's EC2 in the same account and Region."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from typing import Any

MANAGED_TAG = "AWSElasticDisasterRecoveryManaged"
SERVER_TAG = "AWSElasticDisasterRecoverySourceServerID"
MANAGED_VALUE = "drs.amazonaws.com"

_IMAGE = "ami-12c6146b"
_CODES = {"pending": 0, "running": 16, "stopped": 80}


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


def launch(
    account_id: str,
    region: str,
    at: datetime,
    tags: dict[str, str],
    instance_type: str,
    template_id: str | None = None,
    private_ip: str | None = None,
    right_sizing: str = "NONE",
) -> Any:
    """Run one instance, in state pending, and return moto's object.

    The launch template's default version decides over subnet, address, security groups and profile, and over the type
    when right sizing is NONE: otherwise DRS chooses the type whatever the template says (UG: launch-general-settings).

    Raises:
        NoSubnet: neither the template nor a default VPC gives a subnet.
        EC2ClientError: EC2 refuses the launch, see refusals().
    """
    ec2 = backend(account_id, region)
    data = _template_data(ec2, template_id)
    interface = (data.get("NetworkInterfaces") or [{}])[0]
    subnet = interface.get("SubnetId") or default_subnet(ec2)
    if subnet is None:
        raise NoSubnet("No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
    groups = list(interface.get("Groups") or data.get("SecurityGroupIds") or [])
    private_ip = private_ip or interface.get("PrivateIpAddress")
    if private_ip:
        _check_address(ec2, subnet, private_ip)
    reservation = ec2.run_instances(
        data.get("ImageId") or _IMAGE,
        1,
        None,
        [],
        region_name=region,
        # True skips a search through all instance type offerings, which costs more than the launch itself.
        is_instance_type_default=True,
        instance_type=(data.get("InstanceType") if right_sizing == "NONE" else None) or instance_type,
        subnet_id=subnet,
        security_group_ids=groups,
        private_ip=private_ip,
        nics=[],
        associate_public_ip=bool(interface.get("AssociatePublicIpAddress", False)),
        iam_instance_profile=(data.get("IamInstanceProfile") or {}).get("Name"),
        tags={"instance": tags},
    )
    instance = reservation.instances[0]
    # moto takes the time of settling, which may be later than the time at which the launch was due.
    instance.launch_time = at.replace(tzinfo=None)
    set_state(instance, "pending")
    return instance


def release(instance: Any) -> None:
    """Give back the network cards and addresses of a terminated instance; moto keeps them for ever."""
    ec2 = instance.ec2_backend
    for card in instance.nics.values():
        ec2.enis.pop(card.id, None)
        for address in card.private_ip_addresses:
            card.subnet.del_subnet_ip(address["PrivateIpAddress"])


def tags_of(instance: Any) -> dict[str, str]:
    """The instance's tags now, read without moto's search over all tags."""
    return dict(instance.ec2_backend.tags.get(instance.id, {}))


def create_template(account_id: str, region: str, name: str, instance_type: str, tags: dict[str, str]) -> str:
    """The EC2 launch template that DRS keeps for a source server (UG:ec2-launch); returns its id."""
    ec2 = backend(account_id, region)
    for template in ec2.launch_templates.values():
        if template.name == name:
            return template.id
    tagged = {"launch-template": tags}
    return ec2.create_launch_template(name, "created by DRS", {"InstanceType": instance_type}, tagged).id
