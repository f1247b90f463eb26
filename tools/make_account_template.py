"""Write roles/account_setup/files/account.yml, the CloudFormation template of every managed account.

It holds the policies of roles/account_setup/files/policies, which are the only place where they are kept, and the six
roles that DRS wants before it is initialised. tests/unit/test_account_setup.py fails when the file is not up to date.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

FILES = Path(__file__).resolve().parent.parent / "roles" / "account_setup" / "files"
TEMPLATE = FILES / "account.yml"
# What each role may do. The clean-up role is the only one that is not denied what destroys.
ORCHESTRATION = ("status", "capacity", "deploy_agents", "extend", "failback", "recovery", "settings", "setup")
CLEAN_UP = ("status", "failback_clean", "take_back", "terminate")
DENIED = "deny_destructive"
# Managed policies that hold the policies of several verbs: a role has ten at most, and room for those of its owner.
PACKS: dict[str, tuple[str, ...]] = {
    "work": ("status", "capacity", "deploy_agents", "extend", "settings", "setup"),
    "clean_up": CLEAN_UP,
}
# IAM counts a managed policy without its blanks.
MOST_CHARACTERS = 6144

PREFIX = "AWSElasticDisasterRecovery"
# UG: getting-started-initializing. Policies by their ARN path; who assumes the role; the ids it comes with.
SERVICE_ROLES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "Agent": ((f"service-role/{PREFIX}AgentPolicy",), "s-*"),
    "Failback": ((f"service-role/{PREFIX}FailbackPolicy",), "i-*"),
    "ConversionServer": ((f"service-role/{PREFIX}ConversionServerPolicy",), None),
    "RecoveryInstance": ((f"service-role/{PREFIX}RecoveryInstancePolicy",), None),
    "ReplicationServer": ((f"service-role/{PREFIX}ReplicationServerPolicy",), None),
    "RecoveryInstanceWithLaunchActions": (
        (f"service-role/{PREFIX}RecoveryInstancePolicy", "AmazonSSMManagedInstanceCore"),
        None,
    ),
}
VERSION = "2012-10-17"


def policy(name: str) -> dict[str, Any]:
    """A policy as it is shipped."""
    return dict(json.loads((FILES / "policies" / f"{name}.json").read_text(encoding="utf-8")))


def in_any_partition(value: Any) -> Any:
    """ARNs of the partition aws as ARNs of the stack's own partition."""
    if isinstance(value, str) and value.startswith("arn:aws:"):
        return {"Fn::Sub": "arn:${AWS::Partition}:" + value.removeprefix("arn:aws:")}
    if isinstance(value, list):
        return [in_any_partition(item) for item in value]
    return value


def document(name: str) -> dict[str, Any]:
    """A policy for the template."""
    found = policy(name)
    for statement in found["Statement"]:
        statement["Resource"] = in_any_partition(statement["Resource"])
    return found


def pascal(name: str) -> str:
    """A name as CloudFormation writes logical ids."""
    return "".join(part.title() for part in name.split("_"))


def packed(names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The managed policies that hold the policies of some verbs: {name: document}."""
    found: dict[str, dict[str, Any]] = {}
    for pack, members in PACKS.items():
        held = [name for name in names if name in members]
        if len(held) == len(members):
            statements = [
                {**one, "Sid": pascal(name) + one["Sid"]} for name in held for one in document(name)["Statement"]
            ]
            found[pack] = {"Version": VERSION, "Statement": statements}
    inside = {name for pack in found for name in PACKS[pack]}
    return {**found, **{name: document(name) for name in names if name not in inside}}


def policies_of(role: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The managed policies of a role."""
    return {
        f"{role}{pascal(name)}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": f"resilience.drs {name.replace('_', ' ')}",
                "ManagedPolicyName": {"Fn::Sub": f"${{{role}RoleName}}-{name.replace('_', '-')}"},
                "PolicyDocument": found,
                "Roles": [{"Ref": role}],
            },
        }
        for name, found in packed(names).items()
    }


def caller_role(name: str, principals: Any, external_id: Any) -> dict[str, Any]:
    """A role that the controller assumes."""
    condition = {"StringEquals": {"sts:ExternalId": external_id}}
    principal = {"AWS": principals}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": f"{name}RoleName"},
            "MaxSessionDuration": {"Ref": "MaxSessionDuration"},
            "AssumeRolePolicyDocument": {
                "Version": VERSION,
                "Statement": [
                    {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition},
                    {"Effect": "Allow", "Principal": principal, "Action": "sts:SetSourceIdentity"},
                ],
            },
        },
    }


def own(condition: str, parameter: str, other: str) -> dict[str, Any]:
    """A parameter where it is given, else another one."""
    return {"Fn::If": [condition, {"Ref": parameter}, {"Ref": other}]}


def service_role(name: str) -> dict[str, Any]:
    """One of the six roles of DRS."""
    policies, identity = SERVICE_ROLES[name]
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "drs.amazonaws.com" if identity else "ec2.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"] if identity else "sts:AssumeRole",
    }
    if identity:
        account = {"Ref": "AWS::AccountId"}
        statement["Condition"] = {"StringLike": {"sts:SourceIdentity": identity, "aws:SourceAccount": account}}
    return {
        "Type": "AWS::IAM::Role",
        "Condition": f"With{name}Role",
        # agents that run, and instances that DRS has launched, need these roles after the stack is gone
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "RoleName": f"{PREFIX}{name}Role",
            "Path": "/service-role/",
            "AssumeRolePolicyDocument": {"Version": VERSION, "Statement": [statement]},
            "ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/" + one} for one in policies],
        },
    }


def template() -> dict[str, Any]:
    """The template, as data."""
    text = {"Type": "String"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "resilience.drs - the roles of one account. Roles are global, apply it in one Region.",
        "Parameters": {
            "ControllerPrincipals": {
                "Type": "CommaDelimitedList",
                "Description": "ARNs of the users or roles that run the playbooks.",
            },
            "ExternalId": {**text, "NoEcho": True, "MinLength": 2, "MaxLength": 1224},
            "CleanUpPrincipals": {
                "Type": "CommaDelimitedList",
                "Default": "",
                "Description": "ARNs of those who may destroy; without any, ControllerPrincipals.",
            },
            "CleanUpExternalId": {**text, "NoEcho": True, "Default": "", "MaxLength": 1224},
            "OrchestrationRoleName": {**text, "Default": "DRSOrchestration"},
            "CleanUpRoleName": {**text, "Default": "DRSCleanUp"},
            "MaxSessionDuration": {"Type": "Number", "Default": 3600, "MinValue": 3600, "MaxValue": 43200},
            "ServiceRoles": {
                **text,
                "Default": "true",
                "AllowedValues": ["true", "false"],
                "Description": "false where something else makes the service roles.",
            },
            **{
                f"Make{name}Role": {
                    **text,
                    "Default": "true",
                    "AllowedValues": ["true", "false"],
                    "Description": f"false where {PREFIX}{name}Role exists already.",
                }
                for name in SERVICE_ROLES
            },
        },
        "Conditions": {
            "WithCleanUpPrincipals": {
                "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "CleanUpPrincipals"}]}, ""]}]
            },
            "WithCleanUpExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "CleanUpExternalId"}, ""]}]},
            **{
                f"With{name}Role": {
                    "Fn::And": [
                        {"Fn::Equals": [{"Ref": "ServiceRoles"}, "true"]},
                        {"Fn::Equals": [{"Ref": f"Make{name}Role"}, "true"]},
                    ]
                }
                for name in SERVICE_ROLES
            },
        },
        "Resources": {
            "Orchestration": caller_role("Orchestration", {"Ref": "ControllerPrincipals"}, {"Ref": "ExternalId"}),
            **policies_of("Orchestration", (*ORCHESTRATION, DENIED)),
            "CleanUp": caller_role(
                "CleanUp",
                own("WithCleanUpPrincipals", "CleanUpPrincipals", "ControllerPrincipals"),
                own("WithCleanUpExternalId", "CleanUpExternalId", "ExternalId"),
            ),
            **policies_of("CleanUp", CLEAN_UP),
            **{f"{name}Role": service_role(name) for name in SERVICE_ROLES},
        },
        "Outputs": {
            "OrchestrationRoleArn": {"Value": {"Fn::GetAtt": ["Orchestration", "Arn"]}},
            "CleanUpRoleArn": {"Value": {"Fn::GetAtt": ["CleanUp", "Arn"]}},
            **{
                f"{name}RoleArn": {"Condition": f"With{name}Role", "Value": {"Fn::GetAtt": [f"{name}Role", "Arn"]}}
                for name in SERVICE_ROLES
            },
        },
    }


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def text() -> str:
    """The file."""
    return "---\n# Written by tools/make_account_template.py out of policies/*.json; do not edit.\n" + yaml.dump(
        template(), Dumper=_Plain, sort_keys=False, width=140
    )


if __name__ == "__main__":
    TEMPLATE.write_text(text(), encoding="utf-8")
    print(TEMPLATE)
