"""The role through which DRS reaches from a target account into a staging account (UG:adding-trusted-account).

DRSStagingAccountRole_<target>, path /service-role/, in the staging account, trusted to DRS acting for that target. No
API of DRS makes it: trusting an account does, with IAM or a CloudFormation template. Without it a server cannot be
extended; when it goes, the extensions that stand on it are in error.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from typing import Any

from ..moto_fixes import iam_policies
from ..scenario.access import staging_pairs
from ..scenario.scenario import Scenario
from ..world.world import world
from . import rules

ROLE = "DRSStagingAccountRole_{}"
PATH = "/service-role/"
POLICY = "arn:aws:iam::aws:policy/service-role/AWSElasticDisasterRecoveryStagingAccountPolicy_v2"
#: What DRS does with the role before anything is recovered, and what it does when a snapshot is shared.
READ = ("drs:DescribeSourceServers",)
MANAGED_TAG = "AWSElasticDisasterRecoveryManaged"


def trust_policy(target: str) -> dict[str, Any]:
    """The trust of the role, as UG:adding-trusted-account shows it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "drs.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                "Condition": {
                    "StringLike": {"sts:SourceIdentity": target, "aws:SourceAccount": target},
                    "ArnLike": {"aws:SourceArn": "arn:aws:drs:*:*:source-server/*"},
                },
            }
        ],
    }


def seed(scenario: Scenario) -> None:
    """Put the roles of the scenario into IAM."""
    from moto.iam.models import iam_backends

    for staging, target in staging_pairs(scenario):
        backend = iam_backends[staging]["aws"]
        name = ROLE.format(target)
        if all(role.name != name for role in backend.roles.values()):
            backend.create_role(name, json.dumps(trust_policy(target)), PATH, None, "", [], None)
            backend.attach_role_policy(POLICY, name)


def role_arn(staging: str, target: str) -> str:
    """The ARN of the role."""
    return f"arn:aws:iam::{staging}:role{PATH}{ROLE.format(target)}"


def _untouched(staging: str, target: str) -> bool:
    """Whether the role is the scenario's and was never put into IAM, so nobody can have changed it.

    Importing IAM takes longer than a small test; a world that never speaks of roles must not pay for them. The world
    is asked, not the registry: what an earlier world of this process used says nothing about this one.
    """
    return not world.roles_put and (staging, target) in world.staging_pairs


def find(staging: str, target: str) -> Any:
    """moto's role, None when IAM does not have it (or was never used)."""
    iam = sys.modules.get("moto.iam.models")
    if iam is None or staging not in iam.iam_backends:
        return None
    wanted = (ROLE.format(target), PATH)
    roles = iam.iam_backends[staging]["aws"].roles.values()
    return next((role for role in roles if (role.name, role.path) == wanted), None)


def _trusted(role: Any, target: str, region: str) -> bool:
    source = f"arn:aws:drs:{region}:{target}:source-server/s-{'0' * 17}"
    values = rules.context(
        sts__SourceIdentity=target,
        aws__SourceIdentity=target,
        aws__SourceAccount=target,
        aws__SourceArn=source,
    )
    principal = {"Service": ["drs.amazonaws.com"]}
    policy = role.assume_role_policy_document
    return all(
        rules.decide_for(policy, principal, action, values=values) == rules.ALLOW
        for action in ("sts:AssumeRole", "sts:SetSourceIdentity")
    )


def problem(staging: str, target: str, region: str, actions: tuple[str, ...] = READ) -> str | None:
    """Why DRS cannot act in a staging account for a target account; None when it can.

    An account that does not exist has no role either. Where DRS is used without a scenario, under moto's own
    decorators, there are no accounts to be told apart, and no rules.
    """
    if not world.scenario.accounts or _untouched(staging, target):
        return None
    arn, role = role_arn(staging, target), find(staging, target)
    if role is None:
        return f"The role {arn} does not exist"
    if not _trusted(role, target, region):
        return f"The role {arn} does not trust drs.amazonaws.com for account {target}"
    values = {
        **rules.context(aws__SourceIdentity=target),
        "ec2:add/userid": target,
        f"aws:ResourceTag/{MANAGED_TAG}".lower(): "drs.amazonaws.com",
    }
    for action in actions:
        kind = "ec2" if action.startswith("ec2:") else "drs"
        resource = f"arn:aws:ec2:{region}::snapshot/snap-{'0' * 17}" if kind == "ec2" else "*"
        if rules.decide(iam_policies.documents(role), action, resource, values) != rules.ALLOW:
            return f"The role {arn} is not allowed {action}"
    return None
