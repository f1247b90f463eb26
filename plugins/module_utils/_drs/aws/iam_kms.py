"""The calls of IAM, KMS and EC2 that show whether an account lets another one extend its servers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Key, PolicyDocument, Role


def get_role(cell: Cell, name: str) -> t.Any:
    """GetRole, as IAM answers it.

    :raises DrsError: ``NoSuchEntity``, ``AccessDenied``, or what else IAM said.
    """
    with cell.errors("GetRole"):
        return cell.client("iam").get_role(RoleName=name)["Role"]


def role(cell: Cell, name: str) -> Role:
    """GetRole and ListAttachedRolePolicies: {arn, trust (the policy document), policies [ARN]}.

    :raises DrsError: ``NoSuchEntity``, ``AccessDenied``, or what else IAM said.
    """
    data = get_role(cell, name)
    with cell.errors("ListAttachedRolePolicies"):
        pages = cell.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=name)
        attached = pages.build_full_result()["AttachedPolicies"]
    return {
        "arn": data.get("Arn"),
        "trust": _document(data.get("AssumeRolePolicyDocument")),
        "policies": sorted(one["PolicyArn"] for one in attached),
    }


def default_key(cell: Cell) -> str:
    """GetEbsDefaultKmsKeyId: the key that EBS takes when none is named; ``alias/aws/ebs`` unless somebody chose one.

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    with cell.errors("GetEbsDefaultKmsKeyId"):
        return str(cell.client("ec2").get_ebs_default_kms_key_id()["KmsKeyId"])


def key(cell: Cell, key_id: str) -> Key:
    """DescribeKey and GetKeyPolicy: {arn, state, manager, policy (the document)}.

    :raises DrsError: ``NotFoundException``, ``AccessDeniedException``, or what else KMS said.
    """
    with cell.errors("DescribeKey"):
        data = cell.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]
    with cell.errors("GetKeyPolicy"):
        policy = cell.client("kms").get_key_policy(KeyId=data["KeyId"], PolicyName="default")["Policy"]
    return {
        "arn": data.get("Arn"),
        "state": data.get("KeyState"),
        "manager": data.get("KeyManager"),
        "policy": _document(policy),
    }


def _document(document: t.Any) -> PolicyDocument:
    """A policy document; IAM gives a dictionary, KMS text. What is neither is a policy that allows nothing."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return {}
    return document if isinstance(document, dict) else {}
