"""Manage replication settings in a running simulator with the collection's library. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import replication_configuration

from support.cells import Place


class Keeper(Place):
    """A cell whose replication settings are kept: drs_replication_configuration without the seconds of Ansible."""

    def keep(self, *declared: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """state=present with groups ({settings} and selectors) and servers ({name or id, settings})."""
        params = {key: spec.get("default") for key, spec in replication_configuration.CONFIGURATION_SPEC.items()}
        servers = [one for one in declared if {"name", "source_server_id"} & set(one)]
        groups = [one for one in declared if one not in servers]
        return replication_configuration.perform(
            self.cell(), {**params, "groups": groups, "servers": servers, **options}, check_mode
        )

    def restore(self, change_id: str, **options: Any) -> dict[str, Any]:
        """state=restored."""
        return self.keep(state="restored", change_id=change_id, **options)

    def configuration(self, source_server_id: str) -> dict[str, Any]:
        """The replication configuration as plain DRS shows it."""
        found = self.drs.get_replication_configuration(sourceServerID=source_server_id)
        return {key: value for key, value in found.items() if key != "ResponseMetadata"}

    def template(self) -> dict[str, Any]:
        """The template as plain DRS shows it, without its tags."""
        (found,) = self.drs.describe_replication_configuration_templates()["items"]
        return {key: value for key, value in found.items() if key != "tags"}

    def make_template(self, subnet_id: str, group_id: str) -> None:
        """The template of the account, as its console makes it."""
        rules = ((1, "MINUTE", 10, 60), (2, "HOUR", 1, 24), (3, "DAY", 1, 7))
        self.drs.create_replication_configuration_template(
            stagingAreaSubnetId=subnet_id,
            replicationServersSecurityGroupsIDs=[group_id],
            associateDefaultSecurityGroup=True,
            bandwidthThrottling=0,
            createPublicIP=False,
            dataPlaneRouting="PRIVATE_IP",
            defaultLargeStagingDiskType="GP3",
            ebsEncryption="DEFAULT",
            replicationServerInstanceType="t3.small",
            useDedicatedReplicationServer=False,
            stagingAreaTags={"cost": "dr"},
            pitPolicy=[
                {"ruleID": number, "units": units, "interval": interval, "retentionDuration": kept, "enabled": True}
                for number, units, interval, kept in rules
            ],
        )
