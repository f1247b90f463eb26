"""KMS keys of staging disks: whether a snapshot encrypted with one may be shared with a target account.

UG:multi-account: the account's own key aws/ebs cannot be shared; with a customer managed key the key's policy must let
the staging role and the target account re-encrypt, through EC2, and the target account use it. What is missing shows
first when a server is launched.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from ..moto_fixes import ec2_keys, iam_policies
from ..scenario.access import staging_pairs
from ..scenario.scenario import Scenario
from . import rules, staging_roles

#: UG:multi-account names these for both the staging role and the target account.
REENCRYPT = ("kms:ReEncryptFrom", "kms:ReEncryptTo")
#: What an account needs besides to use another account's key (KMS Developer Guide, allowing users in other accounts).
TARGET_USE = ("kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant")


def refusal(key: str) -> str:
    """The raw error of a launch whose snapshot cannot be shared, as the job log shows it."""
    return (
        "An error occurred (AuthFailure) when calling the ModifySnapshotAttribute operation: "
        f"Not authorized to use key {key}"
    )


def _via(region: str, account: str) -> dict[str, Any]:
    return {"kms:CallerAccount": account, "kms:ViaService": f"ec2.{region}.amazonaws.com"}


def policy(account: str, region: str, targets: Iterable[str], good: bool = True) -> dict[str, Any]:
    """The policy of a staging account's key; a wrong one forgets every target."""
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    for target in targets if good else ():
        role, root = staging_roles.role_arn(account, target), f"arn:aws:iam::{target}:root"
        for principal, caller in ((role, account), (root, target)):
            statements.append(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": principal},
                    "Action": "kms:ReEncrypt*",
                    "Resource": "*",
                    "Condition": {"StringEquals": _via(region, caller)},
                }
            )
        statements.append(
            {
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": ["kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"],
                "Resource": "*",
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def seed(scenario: Scenario) -> dict[tuple[str, str], dict[str, str]]:
    """Make the keys that a scenario tells of.

    Returns the encryption settings of servers by (account, Region), for accounts whose scenario says anything.
    """
    settings: dict[tuple[str, str], dict[str, str]] = {}
    for account in scenario.accounts:
        if account.encryption is None:
            continue
        targets = [target for owner, target in staging_pairs(scenario) if owner == account.id]
        for region in account.regions:
            found = settings[(account.id, region)] = {"ebsEncryption": account.encryption["mode"]}
            if account.encryption["mode"] == "CUSTOM":
                from moto.kms.models import kms_backends

                text = json.dumps(policy(account.id, region, targets, account.encryption["key"] == "good"))
                key = kms_backends[account.id][region].create_key(
                    text, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "Staging disks of DRS", None
                )
                found["ebsEncryptionKeyArn"] = key.arn
    return settings


def _key(arn: str) -> Any:
    """moto's key of an ARN (of a key or an alias), None when there is none."""
    kms = sys.modules.get("moto.kms.models")
    parts = arn.split(":", 5)
    if kms is None or len(parts) != 6:
        return None
    region, account, resource = parts[3:]
    backend = kms.kms_backends[account][region]
    if resource.startswith("alias/"):
        resource = backend.get_key_id_from_alias(resource) or ""
    return backend.keys.get(resource.rpartition("/")[2])


def _allowed(key: Any, account: str, region: str, role_arn: str | None, role: Any, action: str) -> bool:
    names = rules.names_of(account, role_arn)
    values = {name.lower(): value for name, value in _via(region, account).items()}
    values["aws:principalaccount"] = account
    # EC2 makes the grants for its disks itself.
    values["kms:grantisforawsresource"] = "true"
    if role_arn is None:
        return rules.decide_for(key.policy, names, action, key.arn, values) == rules.ALLOW
    own = rules.decide_for(key.policy, {"AWS": [role_arn]}, action, key.arn, values)
    if own != rules.NONE:
        return own == rules.ALLOW
    # The account's root in a key policy hands the decision to IAM, where the role's own policies must allow it.
    handed = rules.decide_for(key.policy, names, action, key.arn, values)
    mine = iam_policies.documents(role) if role is not None else []
    return handed == rules.ALLOW and rules.decide(mine, action, key.arn, values) == rules.ALLOW


def problem(owner: str, target: str, region: str, encryption: dict[str, str], target_use: bool = True) -> str | None:
    """Why snapshots of a staging account cannot be shared with a target account: a raw error, None when they can.

    encryption: {ebsEncryption, ebsEncryptionKeyArn} of the server. target_use: whether the target must also be allowed
    the plain use of the key.
    """
    mode = encryption.get("ebsEncryption")
    if mode == "NONE":
        return None
    arn = encryption.get("ebsEncryptionKeyArn", "")
    if mode == "DEFAULT":
        # EC2 user guide, EBS encryption: whichever key the account has chosen for disks that name none.
        arn = ec2_keys.chosen(owner, region) or ""
        if not arn:
            return refusal(f"arn:aws:kms:{region}:{owner}:{ec2_keys.DEFAULT}")
    key = _key(arn)
    if key is None or not key.enabled or key.key_state != "Enabled":
        return refusal(arn)
    role = staging_roles.find(owner, target)
    for action in REENCRYPT:
        if not _allowed(key, owner, region, staging_roles.role_arn(owner, target), role, action):
            return refusal(arn)
    for action in (*REENCRYPT, *TARGET_USE) if target_use else REENCRYPT:
        if not _allowed(key, target, region, None, None, action):
            return refusal(arn)
    return None
