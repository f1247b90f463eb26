"""Map API calls to the IAM actions, resources and condition keys that they need.

Names and resource types follow the Service Authorization Reference as far as the collection reaches: DRS, EC2, IAM,
KMS, SSM, STS, SNS, DynamoDB, CloudFormation. Any other call is one action of the service's own name on every resource
("*"), or on the ARN that it names.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..protocol.wire import Call
from ..world.world import world

# Prefixes of IAM that differ from the name under which requests are signed.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}
# Operations whose action has another name (Service Authorization Reference).
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
    "sns:PublishBatch": "sns:Publish",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:DeleteObjects": "s3:DeleteObject",
}
#: Calls that need no permission.
FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken")


@dataclass
class Request:
    """One question to IAM: may the caller do this action on this resource, given these keys (names in lower case)."""

    action: str
    resource: str = "*"
    values: dict[str, Any] = field(default_factory=dict)


def action_of(call: Call) -> str:
    """The IAM action that an API call is named by, e.g. ``servicequotas:ListServiceQuotas``."""
    name = f"{_PREFIXES.get(call.signing_name, call.signing_name)}:{call.action}"
    if name == "dynamodb:TransactWriteItems":
        items = call.params.get("TransactItems") or [{}]
        return f"dynamodb:{_transaction(items[0])}"
    return _ACTIONS.get(name, name)


def _transaction(item: dict[str, Any]) -> str:
    kind = next(iter(item), "Put")
    return "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"


def _tag_values(tags: dict[str, str], prefix: str) -> dict[str, Any]:
    return {f"{prefix}/{key}".lower(): value for key, value in tags.items()}


def request_tags(tags: dict[str, str]) -> dict[str, Any]:
    """Condition keys of tags that a request brings."""
    return {**_tag_values(tags, "aws:RequestTag"), "aws:tagkeys": list(tags)} if tags else {}


def resource_tags(tags: dict[str, str], service: str = "") -> dict[str, Any]:
    """Condition keys of the tags of a resource; services such as EC2 also have a key of their own."""
    own = _tag_values(tags, f"{service}:ResourceTag") if service else {}
    return {**_tag_values(tags, "aws:ResourceTag"), **own}


# ---------------------------------------------------------------------------------------------------------------- DRS
_DRS_IDS = {
    "sourceServerID": "source-server",
    "recoveryInstanceID": "recovery-instance",
    "recoveryInstanceIDs": "recovery-instance",
    "jobID": "job",
    "sourceNetworkID": "source-network",
    "replicationConfigurationTemplateID": "replication-configuration-template",
    "launchConfigurationTemplateID": "launch-configuration-template",
}
_DRS_ARNS = ("resourceArn", "sourceServerArn", "recoveryPlanArn", "recoveryPlanExecutionArn")


def drs_arns(call: Call, account: str) -> list[str]:
    """ARNs of the DRS resources that a call names; empty when it names none."""
    found = [call.params[name] for name in _DRS_ARNS if isinstance(call.params.get(name), str)]
    for name, kind in _DRS_IDS.items():
        value = call.params.get(name)
        ids = value if isinstance(value, list) else [value] if value else []
        found += [f"arn:aws:drs:{call.region}:{account}:{kind}/{one}" for one in ids]
    for item in call.params.get("sourceServers") or []:
        if isinstance(item, dict) and item.get("sourceServerID"):
            found.append(f"arn:aws:drs:{call.region}:{account}:source-server/{item['sourceServerID']}")
    return [str(arn) for arn in found]


def drs_tags(arn: str) -> dict[str, str]:
    """Tags of a DRS resource, empty when there is no such resource."""
    drs = sys.modules.get("moto.drs.models")
    parts = arn.split(":", 5)
    if drs is None or len(parts) != 6:
        return {}
    try:
        return dict(drs.drs_backends[parts[4]][parts[3]].tags_of(arn)[0])
    except Exception:
        # Not there, or in a Region without DRS: the service itself says so, after the permissions.
        return {}


def _drs(call: Call, account: str) -> Iterator[Request]:
    tags = call.params.get("tags")
    asked = request_tags(tags if isinstance(tags, dict) else {})
    keys = call.params.get("tagKeys")
    if keys:
        asked["aws:tagkeys"] = keys if isinstance(keys, list) else [keys]
    for arn in drs_arns(call, account) or ["*"]:
        yield Request(action_of(call), arn, {**asked, **resource_tags(drs_tags(arn))})


# ---------------------------------------------------------------------------------------------------------------- EC2
_EC2_ID = re.compile(r"^(i|vol|snap|subnet|sg|lt|vpc|ami|eni|rtb|igw|key)-[0-9a-f]+$")
_EC2_KINDS = {
    "i": "instance",
    "vol": "volume",
    "snap": "snapshot",
    "subnet": "subnet",
    "sg": "security-group",
    "lt": "launch-template",
    "vpc": "vpc",
    "ami": "image",
    "eni": "network-interface",
    "rtb": "route-table",
    "igw": "internet-gateway",
}
_EC2_NEW = {
    "CreateLaunchTemplate": "launch-template",
    "CreateSecurityGroup": "security-group",
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateVolume": "volume",
    "CreateSnapshot": "snapshot",
    "RunInstances": "instance",
}
# Their ARNs name no account.
_PUBLIC = ("snapshot", "image")


def ec2_arn(region: str, account: str, kind: str, identifier: str) -> str:
    """The ARN of an EC2 resource."""
    return f"arn:aws:ec2:{region}:{'' if kind in _PUBLIC else account}:{kind}/{identifier}"


def ec2_tags(account: str, region: str, identifier: str) -> dict[str, str]:
    """Tags of an EC2 resource."""
    ec2 = sys.modules.get("moto.ec2.models")
    if ec2 is None:
        return {}
    return dict(ec2.ec2_backends[account][region].tags.get(identifier, {}))


def _ec2_request_tags(params: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name, key in params.items():
        if re.fullmatch(r"(TagSpecification\.\d+\.)?Tag\.\d+\.Key", name):
            found[str(key)] = str(params.get(f"{name.removesuffix('Key')}Value", ""))
    return found


def _ec2(call: Call, account: str) -> Iterator[Request]:
    if call.action.startswith("Describe"):
        yield Request(action_of(call))
        return
    tags = _ec2_request_tags(call.params)
    asked = request_tags(tags)
    ids = sorted({value for value in map(str, call.params.values()) if _EC2_ID.match(value)})
    if not ids and call.params.get("LaunchTemplateName") and call.action != "CreateLaunchTemplate":
        ids = _template_ids(account, call)
    found = [(_EC2_KINDS.get(one.split("-", 1)[0], "*"), one) for one in ids]
    if call.action in _EC2_NEW:
        kind = _EC2_NEW[call.action]
        found.insert(0, (kind, "*"))
    for kind, identifier in found:
        own = resource_tags(ec2_tags(account, call.region, identifier), "ec2") if identifier != "*" else asked
        if call.action in ("CreateTags", "DeleteTags"):
            own = {**own, **asked}
        yield Request(action_of(call), ec2_arn(call.region, account, kind, identifier), own)
    if not found:
        yield Request(action_of(call), "*", asked)
    if tags and call.action in _EC2_NEW:
        arn = ec2_arn(call.region, account, _EC2_NEW[call.action], "*")
        yield Request("ec2:CreateTags", arn, {**asked, "ec2:createaction": call.action})


def _template_ids(account: str, call: Call) -> list[str]:
    ec2 = sys.modules.get("moto.ec2.models")
    names = ec2.ec2_backends[account][call.region].launch_template_name_to_ids if ec2 else {}
    found = names.get(call.params["LaunchTemplateName"])
    return [found] if found else []


# ---------------------------------------------------------------------------------------------------------------- IAM
def _iam_arn(account: str, kind: str, name: str, path: str = "/") -> str:
    iam = sys.modules.get("moto.iam.models")
    if iam is not None and account in iam.iam_backends:
        backend = iam.iam_backends[account]["aws"]
        there: Iterable[Any] = backend.roles.values() if kind == "role" else backend.instance_profiles.values()
        path = next((item.path for item in there if item.name == name), path)
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


def _iam(call: Call, account: str) -> Iterator[Request]:
    params, action = call.params, action_of(call)
    values: dict[str, Any] = {}
    path = str(params.get("Path") or "/")
    resource = "*"
    if params.get("RoleName"):
        resource = _iam_arn(account, "role", params["RoleName"], path)
    if params.get("InstanceProfileName"):
        resource = _iam_arn(account, "instance-profile", params["InstanceProfileName"], path)
    elif params.get("PolicyName") and call.action == "CreatePolicy":
        resource = f"arn:aws:iam::{account}:policy{path}{params['PolicyName']}"
    elif params.get("PolicyArn") and not params.get("RoleName"):
        resource = str(params["PolicyArn"])
    if params.get("PolicyArn"):
        values["iam:policyarn"] = params["PolicyArn"]
    if params.get("PermissionsBoundary"):
        values["iam:permissionsboundary"] = params["PermissionsBoundary"]
    if params.get("AWSServiceName"):
        service = str(params["AWSServiceName"])
        values["iam:awsservicename"] = service
        resource = f"arn:aws:iam::{account}:role/aws-service-role/{service}/*"
        if service == "drs.amazonaws.com":
            resource = (
                f"arn:aws:iam::{account}:role/aws-service-role/{service}/AWSServiceRoleForElasticDisasterRecovery"
            )
    yield Request(action, resource, values)


# ----------------------------------------------------------------------------------------------------- other services
def _ssm(call: Call, account: str) -> Iterator[Request]:
    params, action = call.params, action_of(call)
    name = params.get("DocumentName") or (params.get("Name") if "Document" in call.action else None)
    if name and not str(name).startswith("arn:"):
        # Documents of AWS are owned by nobody; their ARNs name no account.
        owner = "" if str(name).startswith("AWS") else account
        name = f"arn:aws:ssm:{call.region}:{owner}:document/{name}"
    if call.action == "SendCommand":
        yield Request(action, str(name))
        for one in params.get("InstanceIds") or []:
            node = world.machines.known(account, call.region, one) if one.startswith("mi-") else None
            tags = node.tags if node else ec2_tags(account, call.region, one)
            arn = ec2_arn(call.region, account, "instance", one)
            if one.startswith("mi-"):
                arn = f"arn:aws:ssm:{call.region}:{account}:managed-instance/{one}"
            yield Request(action, arn, {**resource_tags(tags), **_tag_values(tags, "ssm:resourceTag")})
        if params.get("Targets"):
            yield Request(action, ec2_arn(call.region, account, "instance", "*"))
        return
    names = params.get("Names") or ([params["Name"]] if "Parameter" in call.action and params.get("Name") else [])
    if params.get("Path") and "Parameter" in call.action:
        names = [params["Path"]]
    parameters = [f"arn:aws:ssm:{call.region}:{account}:parameter/{str(one).lstrip('/')}" for one in names]
    for resource in parameters or [name or "*"]:
        yield Request(action, resource)


def _sts(call: Call, account: str) -> Iterator[Request]:
    resource = str(call.params.get("RoleArn") or "*")
    yield Request(action_of(call), resource)
    if call.params.get("SourceIdentity"):
        yield Request("sts:SetSourceIdentity", resource, {"sts:sourceidentity": call.params["SourceIdentity"]})


def _dynamodb(call: Call, account: str) -> Iterator[Request]:
    params = call.params

    def arn(table: Any) -> str:
        return (
            str(table) if str(table).startswith("arn:") else f"arn:aws:dynamodb:{call.region}:{account}:table/{table}"
        )

    if call.action in ("TransactWriteItems", "TransactGetItems"):
        for item in params.get("TransactItems") or []:
            body = next(iter(item.values()), {})
            yield Request(f"dynamodb:{_transaction(item)}", arn(body.get("TableName", "*")))
        return
    if call.action in ("BatchGetItem", "BatchWriteItem"):
        for table in params.get("RequestItems") or {}:
            yield Request(action_of(call), arn(table))
        return
    table = params.get("TableName") or params.get("ResourceArn")
    resource = arn(table) if table else "*"
    yield Request(action_of(call), f"{resource}/index/{params['IndexName']}" if params.get("IndexName") else resource)


def _named(call: Call, account: str) -> Iterator[Request]:
    """Services whose calls name one resource, by ARN or by name."""
    params = call.params
    resource = next((str(v) for v in params.values() if isinstance(v, str) and v.startswith("arn:")), "*")
    if resource == "*" and call.service == "kms" and params.get("KeyId"):
        kind = str(params["KeyId"])
        resource = f"arn:aws:kms:{call.region}:{account}:{kind if kind.startswith('alias/') else f'key/{kind}'}"
    elif resource == "*" and call.service == "sns" and params.get("Name"):
        resource = f"arn:aws:sns:{call.region}:{account}:{params['Name']}"
    elif call.service == "cloudformation" and params.get("StackName"):
        name = str(params["StackName"])
        resource = name if name.startswith("arn:") else f"arn:aws:cloudformation:{call.region}:{account}:stack/{name}/*"
    yield Request(action_of(call), resource)


_SERVICES = {"drs": _drs, "ec2": _ec2, "iam": _iam, "ssm": _ssm, "sts": _sts, "dynamodb": _dynamodb}


def requests_of(call: Call, account: str) -> list[Request]:
    """Everything that IAM is asked for one API call of an account; the first is what the call is named by."""
    try:
        found = list(_SERVICES.get(call.service, _named)(call, account))
    except (AttributeError, KeyError, TypeError, ValueError):
        # A malformed request; the service refuses it, in its own words.
        found = []
    return found or [Request(action_of(call))]
