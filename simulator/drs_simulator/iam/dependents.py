"""Calls that DRS makes to other services with the caller's permissions (forward access sessions).

Actions: the "dependent actions" of the Service Authorization Reference for AWS Elastic Disaster Recovery. Resources and
condition keys: the statements of the managed policy AWSElasticDisasterRecoveryConsoleFullAccess_v2, which shows how DRS
tags what it makes. Which of them a real call meets depends on the servers; here a call meets all of them.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..protocol.wire import Call
from . import calls
from .calls import Request

SERVICE = "drs.amazonaws.com"
TAGS = {"AWSElasticDisasterRecoveryManaged": SERVICE}
_HEX = "0" * 17
_IDS = {
    "instance": f"i-{_HEX}",
    "volume": f"vol-{_HEX}",
    "snapshot": f"snap-{_HEX}",
    "security-group": f"sg-{_HEX}",
    "subnet": f"subnet-{_HEX}",
    "network-interface": f"eni-{_HEX}",
    "image": f"ami-{_HEX}",
    "launch-template": f"lt-{_HEX}",
    "vpc": f"vpc-{_HEX}",
}
# Action of EC2 -> kinds of resources, each managed (DRS has tagged it), new (DRS tags it now) or plain (not tagged).
_WRITES: dict[str, dict[str, str]] = {
    "AttachVolume": {"instance": "managed", "volume": "managed"},
    "AuthorizeSecurityGroupEgress": {"security-group": "managed"},
    "AuthorizeSecurityGroupIngress": {"security-group": "managed"},
    "CreateLaunchTemplate": {"launch-template": "new"},
    "CreateLaunchTemplateVersion": {"launch-template": "managed"},
    "CreateSecurityGroup": {"vpc": "plain", "security-group": "new"},
    "CreateSnapshot": {"volume": "managed", "snapshot": "new"},
    "CreateVolume": {"volume": "new"},
    "DeleteLaunchTemplateVersions": {"launch-template": "managed"},
    "DeleteSnapshot": {"snapshot": "managed"},
    "DeleteVolume": {"volume": "managed"},
    "DetachVolume": {"instance": "managed", "volume": "managed"},
    "ModifyInstanceAttribute": {"instance": "managed"},
    "ModifyLaunchTemplate": {"launch-template": "managed"},
    "RevokeSecurityGroupEgress": {"security-group": "managed"},
    "RunInstances": {
        "instance": "new",
        "security-group": "plain",
        "volume": "plain",
        "subnet": "plain",
        "image": "plain",
        "network-interface": "plain",
        "launch-template": "plain",
    },
    "StartInstances": {"instance": "managed"},
    "StopInstances": {"instance": "managed"},
    "TerminateInstances": {"instance": "managed"},
}
# ec2:CreateTags comes with what makes the tagged resource.
_TAGGED = {"instance": "RunInstances", "volume": "CreateVolume", "snapshot": "CreateSnapshot"}
_RECOVERY_READS = (
    *("AccountAttributes", "AvailabilityZones", "Images", "InstanceAttribute", "InstanceStatus", "InstanceTypes"),
    *("Instances", "LaunchTemplateVersions", "LaunchTemplates", "SecurityGroups", "Snapshots", "Subnets", "Volumes"),
)
_RECOVERY_WRITES = (
    *("AttachVolume", "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateLaunchTemplate"),
    *("CreateLaunchTemplateVersion", "CreateSnapshot", "CreateVolume", "DeleteLaunchTemplateVersions"),
    *("DeleteSnapshot", "DeleteVolume", "DetachVolume", "ModifyInstanceAttribute", "ModifyLaunchTemplate"),
    *("RevokeSecurityGroupEgress", "RunInstances", "StartInstances", "StopInstances", "TerminateInstances"),
)
_PASSED = ("ConversionServerRole", "RecoveryInstanceRole", "RecoveryInstanceWithLaunchActionsRole")
_PROFILES = (*_PASSED, "ReplicationServerRole")


def _reads(*names: str) -> Iterator[Request]:
    for name in names:
        yield Request(f"ec2:{name if name.startswith('Get') else f'Describe{name}'}")


def _writes(call: Call, account: str, *names: str) -> Iterator[Request]:
    for name in names:
        for kind, how in _WRITES[name].items():
            arn = calls.ec2_arn(call.region, account, kind, _IDS[kind])
            values: dict[str, Any] = {}
            if how == "managed":
                values = calls.resource_tags(TAGS, "ec2")
            elif how == "new":
                values = calls.request_tags(TAGS)
            yield Request(f"ec2:{name}", arn, values)


def _drs(call: Call, account: str, *names: str) -> Iterator[Request]:
    """Actions of DRS itself: on the call's own resources where the action has such, else on every resource."""
    for name in names:
        arns = ["*"] if name.startswith("Describe") else calls.drs_arns(call, account) or ["*"]
        for arn in arns:
            yield Request(f"drs:{name}", arn, calls.resource_tags(calls.drs_tags(arn)))


def _tag(call: Call, account: str, kind: str) -> Iterator[Request]:
    """drs:TagResource on what the call makes, when it brings tags."""
    tags = call.params.get("tags")
    if tags:
        arn = f"arn:aws:drs:{call.region}:{account}:{kind}/*"
        yield Request("drs:TagResource", arn, {**calls.request_tags(tags), "drs:createaction": call.action})


def _initialize(call: Call, account: str) -> Iterator[Request]:
    linked = f"arn:aws:iam::{account}:role/aws-service-role/{SERVICE}/AWSServiceRoleForElasticDisasterRecovery"
    yield Request("iam:CreateServiceLinkedRole", linked, {"iam:awsservicename": SERVICE})
    for action in ("CreateInstanceProfile", "GetInstanceProfile", "AddRoleToInstanceProfile"):
        for name in _PROFILES:
            profile = f"arn:aws:iam::{account}:instance-profile/service-role/AWSElasticDisasterRecovery{name}"
            yield Request(f"iam:{action}", profile)


def _template(call: Call, account: str) -> Iterator[Request]:
    yield from _reads("SecurityGroups", "Subnets", "GetEbsDefaultKmsKeyId", "GetEbsEncryptionByDefault")
    if call.params.get("associateDefaultSecurityGroup"):
        yield from _writes(call, account, "CreateSecurityGroup")
    key = call.params.get("ebsEncryptionKeyArn")
    if key:
        yield Request("kms:DescribeKey", key)
        yield Request("kms:CreateGrant", key, {"kms:grantisforawsresource": "true"})
    yield from _tag(call, account, "replication-configuration-template")


def _extend(call: Call, account: str) -> Iterator[Request]:
    yield from _drs(call, account, "DescribeSourceServers", "GetReplicationConfiguration")
    yield from _tag(call, account, "source-server")


def _post_launch(call: Call, account: str) -> bool:
    """Whether a server of the call runs post-launch actions."""
    drs = sys.modules.get("moto.drs.models")
    if drs is None:
        return False
    backend = drs.drs_backends[account][call.region]
    ids = [item.get("sourceServerID") for item in call.params.get("sourceServers") or [] if isinstance(item, dict)]
    servers = [backend.servers[one] for one in ids if one in backend.servers]
    return any(backend.launch_configuration(server).get("postLaunchEnabled") for server in servers)


def _recover(call: Call, account: str) -> Iterator[Request]:
    yield from _drs(call, account, "CreateRecoveryInstanceForDrs", "ListTagsForResource")
    yield Request(
        "drs:TagResource",
        f"arn:aws:drs:{call.region}:{account}:job/*",
        {**calls.request_tags(call.params.get("tags") or {}), "drs:createaction": call.action},
    )
    yield from _reads(*_RECOVERY_READS)
    yield from _writes(call, account, *_RECOVERY_WRITES)
    for kind, maker in _TAGGED.items():
        arn = calls.ec2_arn(call.region, account, kind, _IDS[kind])
        yield Request("ec2:CreateTags", arn, {**calls.request_tags(TAGS), "ec2:createaction": maker})
    for name in _PASSED:
        role = f"arn:aws:iam::{account}:role/service-role/AWSElasticDisasterRecovery{name}"
        yield Request("iam:PassRole", role, {"iam:passedtoservice": "ec2.amazonaws.com"})
    if _post_launch(call, account):
        managed = calls.resource_tags(TAGS, "ec2")
        yield Request("ssm:SendCommand", calls.ec2_arn(call.region, account, "instance", _IDS["instance"]), managed)
        yield Request("ssm:StartAutomationExecution", f"arn:aws:ssm:{call.region}:{account}:automation-execution/*")


def _terminate(call: Call, account: str) -> Iterator[Request]:
    yield from _drs(call, account, "DescribeSourceServers")
    yield from _reads("Instances", "Volumes")
    yield from _writes(call, account, "DeleteVolume", "TerminateInstances")


def _describe_instances(call: Call, account: str) -> Iterator[Request]:
    yield from _drs(call, account, "DescribeSourceServers")
    yield from _reads("Instances")


def _reverse(call: Call, account: str) -> Iterator[Request]:
    yield from _drs(call, account, "DescribeReplicationConfigurationTemplates", "DescribeSourceServers")
    yield from _reads("Instances")


def _launch_settings(call: Call, account: str) -> Iterator[Request]:
    yield from _reads("LaunchTemplates", "LaunchTemplateVersions")
    yield from _writes(call, account, "CreateLaunchTemplateVersion", "ModifyLaunchTemplate")


_TABLE: dict[str, Callable[[Call, str], Iterator[Request]]] = {
    "InitializeService": _initialize,
    "CreateReplicationConfigurationTemplate": _template,
    "UpdateReplicationConfigurationTemplate": _template,
    "CreateLaunchConfigurationTemplate": lambda call, account: _tag(call, account, "launch-configuration-template"),
    "ListExtensibleSourceServers": lambda call, account: _drs(call, account, "DescribeSourceServers"),
    "CreateExtendedSourceServer": _extend,
    "StartRecovery": _recover,
    # Acts as StartRecovery does (a guess: no page lists it).
    "StartRecoveryPlanExecution": _recover,
    "RetryRecoveryPlanExecutionStep": _recover,
    "CreateRecoveryPlan": lambda call, account: _tag(call, account, "recovery-plan"),
    "CreateSourceNetwork": lambda call, account: _tag(call, account, "source-network"),
    "TerminateRecoveryInstances": _terminate,
    "DescribeRecoveryInstances": _describe_instances,
    "ReverseReplication": _reverse,
    # The older form of the Service Authorization Reference lists for it what it lists for the template.
    "UpdateReplicationConfiguration": _template,
    "UpdateLaunchConfiguration": _launch_settings,
    "PutLaunchAction": lambda call, account: iter([Request("ssm:DescribeDocument")]),
}


def dependents_of(call: Call, account: str) -> list[Request]:
    """What a call of DRS needs besides its own action, with the keys of a call through DRS."""
    make = _TABLE.get(call.action) if call.service == "drs" else None
    found = list(make(call, account)) if make else []
    through = {
        "aws:viaawsservice": "true",
        "aws:calledvia": [SERVICE],
        "aws:calledviafirst": SERVICE,
        "aws:calledvialast": SERVICE,
    }
    for request in found:
        # Within DRS itself nothing is called through a service.
        if not request.action.startswith("drs:"):
            request.values = {**through, **request.values}
    return found
