"""The "failback and in-AWS right-sizing roles" between two accounts (UG:failback-failover-cross-account).

Each account has three for the other, path /service-role/: with DRSCrossAccountReplicationRole_<other> DRS makes source
servers on behalf of the other account (AWSElasticDisasterRecoveryCrossAccountReplicationPolicy); the two agent roles
let the agent in, see agent_trust.py. No DRS API makes them: IAM does, or a CloudFormation template.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from typing import Any

from ..moto_fixes import iam_policies
from ..scenario.scenario import Scenario
from ..world.world import world
from . import rules

PATH = "/service-role/"
REPLICATION, AGENT, AUTHORIZED = (
    "DRSCrossAccountReplicationRole_{}",
    "DRSCrossAccountAgentRole_{}",
    "DRSCrossAccountAgentAuthorizedRole_{}",
)
POLICY = "arn:aws:iam::aws:policy/service-role/AWSElasticDisasterRecoveryCrossAccountReplicationPolicy"
_MAKE = "drs:CreateSourceServerForDrs"


def trust_policy(other: str) -> dict[str, Any]:
    """The trust of the replication role: DRS, on behalf of the other account."""
    sources = [f"arn:aws:drs:*:{other}:{kind}/*" for kind in ("recovery-instance", "source-server")]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "drs.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                "Condition": {"ArnLike": {"aws:SourceArn": sources}},
            }
        ],
    }


def seed(scenario: Scenario) -> None:
    """Put the roles of the scenario into IAM: three in each account for the account it trusts."""
    from moto.iam.models import iam_backends

    for account, other in scenario.failback_roles:
        backend = iam_backends[account]["aws"]
        there = {role.name for role in backend.roles.values()}
        agents = {"AWS": f"arn:aws:iam::{other}:root"}
        own = {"AWS": f"arn:aws:iam::{account}:root"}
        for pattern, principal in ((REPLICATION, None), (AGENT, agents), (AUTHORIZED, own)):
            name = pattern.format(other)
            if name in there:
                continue
            statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
            policy = trust_policy(other) if principal is None else {"Version": "2012-10-17", "Statement": [statement]}
            backend.create_role(name, json.dumps(policy), PATH, None, "", [], None)
            if principal is None:
                backend.attach_role_policy(POLICY, name)


def _find(account: str, name: str) -> Any:
    iam = sys.modules.get("moto.iam.models")
    if iam is None or account not in iam.iam_backends:
        return None
    roles = iam.iam_backends[account]["aws"].roles.values()
    return next((role for role in roles if (role.name, role.path) == (name, PATH)), None)


def _replication_problem(account: str, other: str, region: str) -> str | None:
    """Why DRS cannot make source servers in an account on behalf of another one."""
    name = REPLICATION.format(other)
    role = _find(account, name)
    arn = f"arn:aws:iam::{account}:role{PATH}{name}"
    if role is None:
        return f"The role {arn} does not exist"
    source = f"arn:aws:drs:{region}:{other}:recovery-instance/i-{'0' * 17}"
    values = rules.context(sts__SourceIdentity=other, aws__SourceAccount=other, aws__SourceArn=source)
    for action in ("sts:AssumeRole", "sts:SetSourceIdentity"):
        policy, names = role.assume_role_policy_document, {"Service": ["drs.amazonaws.com"]}
        if rules.decide_for(policy, names, action, values=values) != rules.ALLOW:
            return f"The role {arn} does not allow {action} to drs.amazonaws.com for account {other}"
    if rules.decide(iam_policies.documents(role), _MAKE, "*", values) != rules.ALLOW:
        return f"The role {arn} is not allowed {_MAKE}"
    return None


def _agent_problem(account: str, other: str) -> str | None:
    """Why an agent on a machine of ``other`` cannot replicate into an account."""
    for place, name in ((other, AUTHORIZED.format(account)), (account, AGENT.format(other))):
        if _find(place, name) is None:
            return f"The role arn:aws:iam::{place}:role{PATH}{name} does not exist"
    return None


def _untouched(account: str, other: str) -> bool:
    """Whether the roles are the scenario's and were never put into IAM; see staging_roles.py."""
    pairs = world.scenario.failback_roles
    return not world.roles_put and {(account, other), (other, account)} <= set(pairs)


def problems(account: str, other: str, region: str) -> tuple[str | None, str | None]:
    """Why replication from ``account`` cannot be reversed into ``other``: by the replication roles, by the agents'.

    Both directions are asked for, as the user guide wants them. An account that the scenario does not know has no
    rules.
    """
    known = set(world.scenario.account_ids)
    if account == other or not {account, other} <= known or _untouched(account, other):
        return None, None
    ways = ((other, account), (account, other))
    replication = [_replication_problem(*way, region) for way in ways]
    agents = [_agent_problem(*way) for way in ways]
    return next(filter(None, replication), None), next(filter(None, agents), None)
