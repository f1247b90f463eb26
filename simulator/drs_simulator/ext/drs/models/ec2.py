# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way into EC2: recovery instances are instances of moto's EC2 in the same account and Region."""

from __future__ import annotations

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


def _default_subnet(ec2: Any) -> str | None:
    subnets = (subnet for zone in ec2.subnets.values() for subnet in zone.values())
    found = sorted((s.availability_zone, s.id) for s in subnets if str(s.default_for_az).lower() == "true")
    return found[0][1] if found else None


def launch(
    account_id: str,
    region: str,
    at: datetime,
    tags: dict[str, str],
    instance_type: str,
    template_id: str | None = None,
    private_ip: str | None = None,
) -> Any:
    """Run one instance, in state pending, and return moto's object.

    The launch template's default version decides over subnet, security groups and profile.

    Raises:
        NoSubnet: neither the template nor a default VPC gives a subnet.
    """
    ec2 = backend(account_id, region)
    data = _template_data(ec2, template_id)
    interface = (data.get("NetworkInterfaces") or [{}])[0]
    subnet = interface.get("SubnetId") or _default_subnet(ec2)
    if subnet is None:
        raise NoSubnet("No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
    groups = list(interface.get("Groups") or data.get("SecurityGroupIds") or [])
    reservation = ec2.run_instances(
        data.get("ImageId") or _IMAGE,
        1,
        None,
        [],
        region_name=region,
        # True skips a search through all instance type offerings, which costs more than the launch itself.
        is_instance_type_default=True,
        instance_type=data.get("InstanceType") or instance_type,
        subnet_id=subnet,
        security_group_ids=groups,
        private_ip=private_ip or interface.get("PrivateIpAddress"),
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
