"""Create a scenario's machines: running EC2 instances with what is already installed on them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..moto_fixes import registry
from ..scenario.instances import InstanceGroup
from ..world.world import world
from . import agents
from .instances import Computer, Machine, Register

# An image that moto carries in every Region; nothing depends on what is in it.
_IMAGE = "ami-12c6146b"
_ROLE = "DRSInstanceRole"


def seed(groups: Iterable[InstanceGroup], register: Register) -> None:
    """Run the instances of a scenario and register what is already installed on them."""
    groups = list(groups)
    if not groups:
        return
    from moto.ec2.models import ec2_backends

    registry.apply("ec2")
    for group in groups:
        backend = ec2_backends[group.account][group.region]
        for name in group.names:
            own = dict(group.servers.get(name, {}))
            tags = {"Name": name, **group.tags, **own.pop("tags", {})}
            _seed_one(backend, group, name, tags, {**group.properties, **own}, register)


def _seed_one(
    backend: Any, group: InstanceGroup, name: str, tags: dict[str, str], found: dict[str, Any], register: Register
) -> None:
    installed = found.pop("installed_into", None)
    architecture = found.pop("architecture", None)
    if found.get("node"):
        digits = world.rng("node", group.account, group.region, name)
        identity = f"mi-{digits.getrandbits(68):017x}"
        computer = Computer(identity, f"192.168.{digits.randrange(256)}.{digits.randrange(1, 255)}")
        machine = Machine(identity, group.account, group.region, name, computer, node_tags=tags, **found)
        register.add(machine)
        if installed:
            agents.seed_installed(machine, tags, installed)
        return
    reservation = backend.run_instances(
        _IMAGE,
        1,
        None,
        [],
        instance_type="t3.small",
        # True skips a search through all instance type offerings, which costs more than the launch itself.
        is_instance_type_default=True,
        region_name=group.region,
        tags={"instance": tags},
    )
    instance = reservation.instances[0]
    if architecture:
        instance.architecture = architecture
    machine = Machine(instance.id, group.account, group.region, name, instance, **found)
    machine.disks = machine.disks or [{"device": "/dev/sda1", "gib": 50}]
    # EC2 names the platform of Windows instances only.
    instance.platform = "windows" if machine.windows else None
    if machine.profile:
        arn = f"arn:{backend.partition}:iam::{group.account}:instance-profile/{_ROLE}"
        instance.iam_instance_profile = {"Arn": arn, "Id": f"AIPA{int(instance.id[2:], 16):020d}"[:21]}
    register.add(machine)
    if installed:
        agents.seed_installed(machine, tags, installed)
