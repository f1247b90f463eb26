"""Calls that CloudFormation makes for each resource of a stack with the permissions of who applies the stack.

Which: the permissions of the handlers in the resource type schemas of CloudFormation's registry, for the kinds of
resources that set-up makes, with their properties. Which of them a real change meets depends on what changes; here a
change meets all of them. A refused one fails the resource in the words of its handler, and so the stack. What a stack
set makes is made by its execution role. A deletion is recorded and never refused.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..moto_fixes import cloudformation, registry
from .calls import Request

# The corrections of CloudFormation come first, and these on top of them.
CORRECTED_BEFORE = cloudformation
SERVICE = "cloudformation.amazonaws.com"
#: Asks IAM for whoever applies a stack: the first refusal {action, resource, explicit} of requests, or None.
Asking = Callable[[Iterable[Request]], "dict[str, Any] | None"]


class Caller:
    """Who applies a stack now; calls are served one after the other, under the lock of the world."""

    ask: Asking | None = None
    name = ""


# Kind of a change -> kind of resource -> actions; read is what a detection of drift needs.
_ROLE_READ = ("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags")
_HANDLERS: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS::IAM::Role": {
        "create": (
            "CreateRole",
            "PutRolePolicy",
            "AttachRolePolicy",
            "GetRolePolicy",
            "TagRole",
            "UntagRole",
            "GetRole",
        ),
        "update": (
            *("UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "DetachRolePolicy", "AttachRolePolicy"),
            *("DeleteRolePolicy", "PutRolePolicy", "TagRole", "UntagRole"),
        ),
        "delete": (
            *("DeleteRole", "DetachRolePolicy", "DeleteRolePolicy"),
            *("GetRole", "ListAttachedRolePolicies", "ListRolePolicies"),
        ),
        "read": _ROLE_READ,
    },
    "AWS::IAM::ManagedPolicy": {
        "create": ("CreatePolicy", "AttachRolePolicy"),
        "update": (
            *("DetachRolePolicy", "AttachRolePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
            *("GetPolicy", "ListPolicyVersions"),
        ),
        "delete": (
            *("DetachRolePolicy", "DeletePolicyVersion", "DeletePolicy", "GetPolicy", "ListPolicyVersions"),
            "ListEntitiesForPolicy",
        ),
        "read": ("GetPolicy", "ListEntitiesForPolicy", "GetPolicyVersion"),
    },
    "AWS::KMS::Key": {
        "create": ("CreateKey", "EnableKeyRotation", "EnableKey", "TagResource"),
        "update": (
            *("DescribeKey", "EnableKey", "EnableKeyRotation", "PutKeyPolicy", "TagResource", "UntagResource"),
            "UpdateKeyDescription",
        ),
        "delete": ("DescribeKey", "ScheduleKeyDeletion"),
        "read": ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"),
    },
    "AWS::KMS::Alias": {
        "create": ("CreateAlias",),
        "update": ("UpdateAlias",),
        "delete": ("DeleteAlias",),
        "read": ("ListAliases",),
    },
    "AWS::CloudWatch::Alarm": {
        "create": ("PutMetricAlarm", "DescribeAlarms", "TagResource"),
        "update": ("PutMetricAlarm", "DescribeAlarms", "TagResource", "UntagResource"),
        "delete": ("DeleteAlarms", "DescribeAlarms"),
        "read": ("DescribeAlarms", "ListTagsForResource"),
    },
    "AWS::Logs::LogGroup": {
        "create": ("DescribeLogGroups", "CreateLogGroup", "PutRetentionPolicy", "TagResource"),
        "update": ("DescribeLogGroups", "PutRetentionPolicy", "TagResource", "UntagResource"),
        "delete": ("DescribeLogGroups", "DeleteLogGroup"),
        "read": ("DescribeLogGroups", "ListTagsForResource"),
    },
    "AWS::Logs::ResourcePolicy": {
        "create": ("PutResourcePolicy", "DescribeResourcePolicies"),
        "update": ("PutResourcePolicy", "DescribeResourcePolicies"),
        "delete": ("DeleteResourcePolicy",),
        "read": ("DescribeResourcePolicies",),
    },
    "AWS::Events::Rule": {
        "create": ("DescribeRule", "PutRule", "PutTargets", "TagResource"),
        "update": ("DescribeRule", "PutRule", "PutTargets", "RemoveTargets", "TagResource", "UntagResource"),
        "delete": ("DescribeRule", "DeleteRule", "RemoveTargets", "ListTargetsByRule"),
        "read": ("DescribeRule", "ListTargetsByRule", "ListTagsForResource"),
    },
}
# Actions that no resource can be named for, or that name one that does not exist yet.
_EVERYWHERE = {
    *("kms:CreateKey", "kms:ListAliases", "logs:DescribeLogGroups", "logs:PutResourcePolicy"),
    *("logs:DescribeResourcePolicies", "logs:DeleteResourcePolicy", "cloudwatch:DescribeAlarms"),
}


# Of the kinds that are named by their properties; AWS makes up the id of a key.
_ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::{account}:role{path}{p[RoleName]}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy{path}{p[ManagedPolicyName]}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000",
    "AWS::KMS::Alias": "arn:aws:kms:{region}:{account}:{p[AliasName]}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{p[AlarmName]}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{p[LogGroupName]}",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{p[Name]}",
}


def _arn(kind: str, properties: dict[str, Any], region: str, account: str) -> str:
    known = defaultdict(lambda: None, properties)
    path = properties.get("Path") or "/"
    return _ARNS.get(kind, "*").format(account=account, region=region, path=path, p=known)


def requests(change: str, kind: str, properties: dict[str, Any], region: str, account: str) -> Iterator[Request]:
    """What a change (create, update, delete, read) of a resource of a kind needs; nothing for other kinds."""
    through = {
        "aws:viaawsservice": "true",
        "aws:calledvia": [SERVICE],
        "aws:calledviafirst": SERVICE,
        "aws:calledvialast": SERVICE,
    }
    service = kind.split("::")[1].lower()
    for name in _HANDLERS.get(kind, {}).get(change, ()):
        action = f"{service}:{name}"
        arn = "*" if action in _EVERYWHERE else _arn(kind, properties, region, account)
        arns = [arn]
        if kind == "AWS::IAM::ManagedPolicy" and name in ("AttachRolePolicy", "DetachRolePolicy"):
            arns = [f"arn:aws:iam::{account}:role/{role}" for role in properties.get("Roles") or ()]
        for one in arns:
            yield Request(action, one, {"aws:requestedregion": region, **through})


def drift(stack: Any) -> dict[str, Any] | None:
    """Ask for what a detection of the drift of a stack reads; the first refusal."""
    if Caller.ask is None:
        return None
    for logical_id, one in stack.resource_map._resource_json_map.items():
        there = stack.resource_map._parsed_resources.get(logical_id)
        if there is None:
            continue
        properties = {**(one.get("Properties") or {}), **_names(there)}
        found = Caller.ask(requests("read", one["Type"], properties, stack.region_name, stack.account_id))
        if found:
            return found
    return None


def _names(resource: Any) -> dict[str, Any]:
    """The names of what is there, which a template may have computed."""
    name = getattr(resource, "name", None) or getattr(resource, "physical_resource_id", None)
    path = getattr(resource, "path", None)
    keys = ("RoleName", "ManagedPolicyName", "AlarmName", "LogGroupName", "Name", "AliasName")
    return {**dict.fromkeys(keys, name), **({"Path": path} if path else {})}


@registry.corrects("cloudformation")
def correct() -> None:
    """Have moto ask before it makes, changes or deletes a resource of a stack; called once."""
    from moto.cloudformation import parsing
    from moto.cloudformation.responses import CloudFormationResponse
    from moto.core.exceptions import ServiceException

    make, change = parsing.parse_and_create_resource, parsing.parse_and_update_resource
    delete = parsing.ResourceMap._delete_resource

    class AccessDenied(ServiceException):
        code = "AccessDenied"

    def ask(kind: str, logical_id: str, whole: dict[str, Any], resources: Any, account: str, region: str) -> None:
        if Caller.ask is None or whole["Type"] not in _HANDLERS:
            return
        _class, known, _name = parsing.parse_resource_and_generate_name(logical_id, whole, resources)
        refused = Caller.ask(requests(kind, whole["Type"], known.get("Properties") or {}, region, account))
        if refused:
            reason = f"because no identity-based policy allows the {refused['action']} action"
            if refused["explicit"]:
                reason = "with an explicit deny in an identity-based policy"
            service = refused["action"].partition(":")[0].capitalize()
            raise AccessDenied(
                f'Resource handler returned message: "User: {Caller.name} is not authorized to perform: '
                f"{refused['action']} on resource: {refused['resource']} {reason} (Service: "
                f'{service}, Status Code: 403)" (HandlerErrorCode: AccessDenied)'
            )

    @functools.wraps(make)
    def made(logical_id: str, whole: Any, resources: Any, account_id: str, region_name: str) -> Any:
        condition = whole.get("Condition")
        if not condition or resources.lazy_condition_map[condition]:
            ask("create", logical_id, whole, resources, account_id, region_name)
        return make(logical_id, whole, resources, account_id, region_name)

    @functools.wraps(change)
    def changed(logical_id: str, whole: Any, resources: Any, account_id: str, region_name: str) -> Any:
        ask("update", logical_id, whole, resources, account_id, region_name)
        return change(logical_id, whole, resources, account_id, region_name)

    def deleted(self: Any, parsed: Any, whole: Any) -> Any:
        if Caller.ask is not None and whole.get("DeletionPolicy") != "Retain":
            properties = {**(whole.get("Properties") or {}), **_names(parsed)}
            # moto would make again what it is asked for by name
            there = {key: getattr(one, "name", key) for key, one in self._parsed_resources.items()}
            referred = [one.get("Ref") if isinstance(one, dict) else one for one in properties.get("Roles") or ()]
            properties["Roles"] = [there[one] for one in referred if one in there]
            Caller.ask(requests("delete", whole["Type"], properties, self._region_name, self._account_id))
        return delete(self, parsed, whole)

    detect, status = (
        CloudFormationResponse.detect_stack_drift,
        CloudFormationResponse.describe_stack_drift_detection_status,
    )
    refusals: dict[str, str] = {}

    def detected(self: Any) -> Any:
        answer = detect(self)
        refused = drift(self.cloudformation_backend.get_stack(self._get_param("StackName")))
        name = answer.result["StackDriftDetectionId"]
        refusals.pop(name, None)
        if refused:
            text = f"{Caller.name} is not authorized to perform: {refused['action']} on {refused['resource']}"
            refusals[name] = f"Failed to detect drift: User: {text}"
        return answer

    def told(self: Any) -> Any:
        answer = status(self)
        reason = refusals.get(answer.result["StackDriftDetectionId"])
        if reason:
            answer.result.update(DetectionStatus="DETECTION_FAILED", DetectionStatusReason=reason)
        return answer

    CloudFormationResponse.detect_stack_drift = detected
    CloudFormationResponse.describe_stack_drift_detection_status = told
    parsing.parse_and_create_resource = made
    parsing.parse_and_update_resource = changed
    parsing.ResourceMap._delete_resource = deleted
