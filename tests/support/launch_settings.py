"""Manage launch settings in a running simulator with the collection's library. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import launch_configuration
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_settings

from support.cells import Place
from support.simulator import Simulator

NONE: dict[str, Any] = dict.fromkeys(launch_settings.SETTING_SPEC)


def group(applications: list[str] | None = None, tags: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """A group as Ansible hands it to the module: every option is there, those that are not given as None."""
    return {"applications": applications, "tags": tags, "settings": {**NONE, **settings}}


def server(named: str, **settings: Any) -> dict[str, Any]:
    """What is said of one server by itself, by its id or its name."""
    by_id = named.startswith("s-") and len(named) == 19
    ids = {"source_server_id": named if by_id else None, "name": None if by_id else named}
    return {**ids, "settings": {**NONE, **settings}}


class Network:
    """The subnets of the default VPC of an account, and what is needed besides."""

    def __init__(self, place: Place) -> None:
        self.ec2 = place.simulator.client("ec2", place.account, place.region)
        found = sorted((one["SubnetId"], one["CidrBlock"]) for one in self.ec2.describe_subnets()["Subnets"])
        (self.first, cidr), (self.second, other) = found[:2]
        self.range, self.other_range = ipaddress.IPv4Network(cidr), ipaddress.IPv4Network(other)
        self.group = self.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]

    def address(self, number: int) -> str:
        """An address of the first subnet; negative numbers count from its end."""
        return str(self.range[number])


class Keeper(Place):
    """A cell whose launch settings are kept: drs_launch_configuration without the seconds that Ansible takes."""

    def __init__(self, simulator: Simulator, account: str) -> None:
        super().__init__(simulator, account)
        self.ec2 = simulator.client("ec2", account, self.region)

    def keep(self, *declared: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """state=present with groups and servers; every other option may be given."""
        params = {key: spec.get("default") for key, spec in launch_configuration.CONFIGURATION_SPEC.items()}
        groups = [one for one in declared if "applications" in one]
        servers = [one for one in declared if "applications" not in one]
        return launch_configuration.perform(
            self.cell(), {**params, "groups": groups, "servers": servers, **options}, check_mode
        )

    def restore(self, change_id: str, **options: Any) -> dict[str, Any]:
        """state=restored."""
        return self.keep(state="restored", change_id=change_id, **options)

    def configuration(self, source_server_id: str) -> dict[str, Any]:
        """The launch configuration as plain DRS shows it."""
        return dict(self.drs.get_launch_configuration(sourceServerID=source_server_id))

    def versions(self, source_server_id: str) -> list[dict[str, Any]]:
        """All versions of its launch template, oldest first."""
        template = self.configuration(source_server_id)["ec2LaunchTemplateID"]
        return list(self.ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"])

    def default(self, source_server_id: str) -> dict[str, Any]:
        """The data of the default version of its launch template."""
        (found,) = [one for one in self.versions(source_server_id) if one["DefaultVersion"]]
        return dict(found["LaunchTemplateData"])

    def template_devices(self, name: str) -> list[dict[str, Any]]:
        """The volumes of a server's launch template."""
        return list(self.default(self.ids(name)[0])["BlockDeviceMappings"])

    def machine(self, source_server_id: str) -> dict[str, Any]:
        """What EC2 says of its recovery instance."""
        instance = self.instances()[source_server_id]
        return dict(self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0])
