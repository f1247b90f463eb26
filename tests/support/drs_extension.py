"""Helpers of the extension tests: two accounts, the staging role, an extended server."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

from drs_simulator.iam import staging_roles

from .drs_cell import ACCOUNT, REGION, STAGING, Cell, client

#: Both accounts are the scenario's, so the staging role is asked for.
BOTH: dict[str, Any] = {
    "accounts": [
        {"id": ACCOUNT, "name": "target", "regions": [REGION]},
        {"id": STAGING, "name": "staging", "regions": [REGION]},
    ]
}
ROLE = staging_roles.ROLE.format(ACCOUNT)
#: AWSElasticDisasterRecoveryStagingAccountPolicy_v2, as far as extensions need it.
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["drs:DescribeSourceServers", "drs:CreateConvertedSnapshotForDrs"],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": "ec2:ModifySnapshotAttribute",
            "Resource": "arn:aws:ec2:*:*:snapshot/*",
            "Condition": {
                "Null": {"aws:ResourceTag/AWSElasticDisasterRecoveryManaged": "false"},
                "StringEquals": {"ec2:Add/userId": "${aws:SourceIdentity}"},
            },
        },
    ],
}


def iam() -> Any:
    """boto3's IAM of the staging account."""
    return client("iam", STAGING, "us-east-1")


def make_role(trust: dict[str, Any] | None = None, policy: dict[str, Any] | None = None, path: str = "") -> None:
    """The staging role, through IAM."""
    document = json.dumps(staging_roles.trust_policy(ACCOUNT) if trust is None else trust)
    iam().create_role(RoleName=ROLE, Path=path or staging_roles.PATH, AssumeRolePolicyDocument=document)
    text = json.dumps(POLICY if policy is None else policy)
    iam().put_role_policy(RoleName=ROLE, PolicyName="drs", PolicyDocument=text)


def drop_role() -> None:
    """Take the role away."""
    iam().delete_role_policy(RoleName=ROLE, PolicyName="drs")
    iam().delete_role(RoleName=ROLE)


def extend(target: Cell, owner: Cell, *servers: str) -> list[str]:
    """CreateExtendedSourceServer; the ids of the copies."""
    made = []
    for server in servers:
        answer = target.drs.create_extended_source_server(sourceServerArn=owner.server(server)["arn"])
        made.append(str(answer["sourceServer"]["sourceServerID"]))
    return made
