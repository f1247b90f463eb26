"""Compare the settings that DRS has with the desired ones. Pure.

The members of DRS's settings by the names of our options. An option that is not given (None) is not looked at, so what
somebody else set stays.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AwsData,
    AwsMembers,
    Diff,
    Given,
    Options,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Tags

REPLICATION_MEMBERS = {
    "staging_area_subnet_id": "stagingAreaSubnetId",
    "replication_servers_security_groups_ids": "replicationServersSecurityGroupsIDs",
    "associate_default_security_group": "associateDefaultSecurityGroup",
    "replication_server_instance_type": "replicationServerInstanceType",
    "use_dedicated_replication_server": "useDedicatedReplicationServer",
    "default_large_staging_disk_type": "defaultLargeStagingDiskType",
    "ebs_encryption": "ebsEncryption",
    "ebs_encryption_key_arn": "ebsEncryptionKeyArn",
    "bandwidth_throttling": "bandwidthThrottling",
    "data_plane_routing": "dataPlaneRouting",
    "create_public_ip": "createPublicIP",
    "staging_area_tags": "stagingAreaTags",
    "auto_replicate_new_disks": "autoReplicateNewDisks",
    "internet_protocol": "internetProtocol",
}
LAUNCH_MEMBERS = {
    "launch_disposition": "launchDisposition",
    "right_sizing": "targetInstanceTypeRightSizingMethod",
    "copy_private_ip": "copyPrivateIp",
    "copy_tags": "copyTags",
    "post_launch_enabled": "postLaunchEnabled",
    "launch_into_source_instance": "launchIntoSourceInstance",
    "export_bucket_arn": "exportBucketArn",
    "recovery_mode": "recoveryMode",
}
# Older service models require all of these, newer ones fewer; DRS wants a whole template either way.
REPLICATION_DEFAULTS: dict[str, t.Any] = {
    "associateDefaultSecurityGroup": True,
    "replicationServersSecurityGroupsIDs": [],
    "replicationServerInstanceType": "t3.small",
    "useDedicatedReplicationServer": False,
    "defaultLargeStagingDiskType": "GP3",
    "ebsEncryption": "DEFAULT",
    "bandwidthThrottling": 0,
    "dataPlaneRouting": "PRIVATE_IP",
    "createPublicIP": False,
    "stagingAreaTags": {},
}
DEFAULT_RETENTION_DAYS = 7


def pit_policy(days: int) -> list[AwsData]:
    """The three rules that DRS demands; only the days of the daily one may be chosen (UG: point in time)."""
    return [
        {"ruleID": 1, "units": "MINUTE", "interval": 10, "retentionDuration": 60, "enabled": True},
        {"ruleID": 2, "units": "HOUR", "interval": 1, "retentionDuration": 24, "enabled": True},
        {"ruleID": 3, "units": "DAY", "interval": 1, "retentionDuration": days, "enabled": True},
    ]


def replication_wanted(params: Given) -> AwsMembers:
    """The members of a replication configuration template that the options ask for."""
    members = _members(REPLICATION_MEMBERS, params)
    if params.get("pit_retention_days") is not None:
        members["pitPolicy"] = pit_policy(params["pit_retention_days"])
    return members


def launch_wanted(params: Given) -> AwsMembers:
    """The members of a launch configuration, or of its template, that the options ask for."""
    members = _members(LAUNCH_MEMBERS, params)
    if params.get("os_byol") is not None:
        members["licensing"] = {"osByol": params["os_byol"]}
    return members


def _members(names: dict[str, str], params: Given) -> AwsMembers:
    return {member: params[option] for option, member in names.items() if params.get(option) is not None}


def comparable(member: str, value: t.Any) -> t.Any:
    """A value in the one form in which equal ones are equal: the order of security groups and rules means nothing."""
    if member == "replicationServersSecurityGroupsIDs":
        return sorted(value or [])
    if member == "pitPolicy":
        return sorted(
            (rule["units"], rule["interval"], rule["retentionDuration"], rule.get("enabled", True))
            for rule in value or []
        )
    return value


def changes(current: AwsData, desired: AwsData) -> AwsMembers:
    """The wanted members that differ from the current ones."""
    changed = {
        member: value
        for member, value in desired.items()
        if comparable(member, current.get(member)) != comparable(member, value)
    }
    if "ebsEncryptionKeyArn" in changed:
        changed["ebsEncryption"] = desired["ebsEncryption"]  # a key means nothing to DRS without the mode that uses it
    return changed


def as_options(members: AwsData) -> Options:
    """Members of DRS by the names of our options; what has no option keeps its name out of the result."""
    names = {member: option for option, member in {**REPLICATION_MEMBERS, **LAUNCH_MEMBERS}.items()}
    result = {names[member]: value for member, value in members.items() if member in names}
    if members.get("licensing") is not None:
        result["os_byol"] = members["licensing"].get("osByol")
    days = [rule["retentionDuration"] for rule in members.get("pitPolicy") or [] if rule["units"] == "DAY"]
    if days:
        result["pit_retention_days"] = days[0]
    result.update({key: members[key] for key in ("arn", "tags", "name") if members.get(key) is not None})
    return result


def missing_tags(current: dict[str, str] | None, desired: dict[str, str] | None) -> dict[str, str]:
    """The wanted tags that are not there with that value; nobody's other tags are touched."""
    return {key: str(value) for key, value in (desired or {}).items() if (current or {}).get(key) != str(value)}


def diff(name: str, current: AwsData, changed: AwsData, tags: Tags | None = None) -> Diff:
    """What Ansible shows with --diff: only the options that change, before and after."""
    before = as_options({member: current[member] for member in changed if member in current})
    after = as_options(changed)
    if tags:
        old = current.get("tags") or {}
        before["tags"] = {key: old[key] for key in tags if key in old}
        after["tags"] = dict(tags)
    return {"before": before, "after": after, "before_header": name, "after_header": name}
