"""Preflight checks of an extension: whether the staging account can be extended from. Pure.

Every piece that is missing becomes a finding with the command that mends it. What could not be read is a warning: the
extension itself will tell, and a role that may not read IAM must not stop it.

Sources: DRS user guide, "Using multiple AWS accounts" (key policy) and "Adding a trusted account" (role and trust).
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import partitions
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import (
    PolicyDocument,
    StagingAccount,
)

SERVICE = "drs.amazonaws.com"
STAGING_POLICY = "AWSElasticDisasterRecoveryStagingAccountPolicy_v2"
ROLE_PATH = "/service-role/"
DEFAULT_KEY = "alias/aws/ebs"
_KEYS_OF_CALLER = ("aws:sourceaccount", "sts:sourceidentity")


def role_name(target_account_id: str) -> str:
    """Name of the role in a staging account that admits the target account; DRS looks for exactly this one."""
    return f"DRSStagingAccountRole_{target_account_id}"


def check(staging: StagingAccount, target_account_id: str) -> list[Finding]:
    """Check a staging cell for a target account.

    :param staging: ``cell``, ``account_id``, ``region``; ``initialised`` (False: DRS said no; None: not read);
        ``role`` {arn, trust, policies}, None when it is missing, {"error": {code, message}} when it could not be read;
        ``encryption`` [{where, mode, key_arn}], None when not read; ``keys`` by key id {arn, state, manager, policy} or
        {"error"}; ``default_key``: its id, None when not read.
    :returns: findings; an error stands in the way of an extension, or of launching what was extended.
    """
    name = str(staging.get("cell"))
    if staging.get("initialised") is False:
        text = f"DRS is not initialised in {name}, so nothing replicates there"
        command = f"in account {staging.get('account_id')}: aws drs initialize-service --region {staging.get('region')}"
        return [_finding(ERROR, "not_initialised", name, text, f"Set the account up with {_setup(name)}, or {command}")]
    return [*_role(staging, target_account_id), *_encryption(staging, target_account_id)]


def _setup(cell: str) -> str:
    return f"`ansible-playbook resilience.drs.setup --limit {cell}`"


def _finding(severity: str, code: str, cell: str, text: str, remedy: str | None = None) -> Finding:
    return finding(severity, code, clean(text), cell=cell, remedy=remedy)


def _partition(staging: StagingAccount) -> str:
    return partitions.of_region(str(staging.get("region") or "")).name


# -- the role --------------------------------------------------------------------------------------------------------


def _role(staging: StagingAccount, target: str) -> list[Finding]:
    cell, account = str(staging.get("cell")), staging.get("account_id")
    role: Mapping[str, Any] | None = staging.get("role")
    name, partition = role_name(target), _partition(staging)
    policy_arn = f"arn:{partition}:iam::aws:policy/service-role/{STAGING_POLICY}"
    # the document itself would fill the screen; the runbook has it to copy
    document = f"file://trust.json (docs/runbooks/extend.md has it; the target is {target})"
    attach = f"aws iam attach-role-policy --role-name {name} --policy-arn {policy_arn}"
    if role is None:
        text = f"{cell}: role {name} is missing, so account {target} may not extend the servers of {account}"
        create = f"aws iam create-role --role-name {name} --path {ROLE_PATH} --assume-role-policy-document {document}"
        return [
            _finding(
                ERROR,
                "staging_role_missing",
                cell,
                text,
                f"Run {_setup(cell)}, or in account {account}: {create}, then {attach}",
            )
        ]
    if role.get("error"):
        text = f"{cell}: role {name} could not be read ({role['error'].get('code')})"
        return [_finding(WARNING, "staging_role_unread", cell, text)]
    findings = []
    if not admits(role.get("trust") or {}, target):
        text = f"{cell}: role {name} does not admit {SERVICE} on behalf of account {target}"
        update = f"aws iam update-assume-role-policy --role-name {name} --policy-document {document}"
        findings.append(
            _finding(
                ERROR, "staging_role_untrusting", cell, text, f"Run {_setup(cell)}, or in account {account}: {update}"
            )
        )
    if ROLE_PATH not in str(role.get("arn")):
        text = f"{cell}: role {name} has not the path {ROLE_PATH}, where DRS looks for it"
        findings.append(
            _finding(
                ERROR, "staging_role_missing", cell, text, f"In account {account}: delete it and make it again there"
            )
        )
    if not any(str(arn).endswith("/" + STAGING_POLICY) for arn in role.get("policies") or ()):
        # an inline policy may grant the same, and is not read
        text = f"{cell}: role {name} does not carry the managed policy {STAGING_POLICY}"
        findings.append(_finding(WARNING, "staging_role_powerless", cell, text, f"In account {account}: {attach}"))
    return findings


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def statements(document: PolicyDocument) -> list[PolicyDocument]:
    """The statements of a policy document; one may stand without a list around it."""
    return [one for one in _listed(document.get("Statement")) if isinstance(one, dict)]


def _like(pattern: Any, value: str) -> bool:
    """Whether a value matches an IAM pattern: * any text, ? one character, letters of actions in any case."""
    parts = re.escape(str(pattern)).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(parts, value, re.IGNORECASE | re.DOTALL) is not None


def _principals(statement: PolicyDocument, kind: str) -> list[Any]:
    principal = statement.get("Principal")
    if principal == "*":
        return ["*"]
    return _listed(principal.get(kind)) if isinstance(principal, Mapping) else []


def admits(trust: PolicyDocument, target_account_id: str) -> bool:
    """Whether a trust policy lets DRS assume the role, with a source identity, on behalf of the target account.

    A condition on the source account or the source identity must admit the target; other conditions are not judged.
    """
    actions = {"sts:AssumeRole", "sts:SetSourceIdentity"}
    granted: set[str] = set()
    for one in statements(trust):
        if one.get("Effect") != "Allow" or not any(_like(item, SERVICE) for item in _principals(one, "Service")):
            continue
        if _names_target(one.get("Condition"), target_account_id):
            granted |= {action for action in actions for item in _listed(one.get("Action")) if _like(item, action)}
    return granted == actions


def _names_target(condition: Any, target: str) -> bool:
    for operator, entries in (condition or {}).items() if isinstance(condition, Mapping) else ():
        if not str(operator).startswith("String") or "Not" in str(operator) or not isinstance(entries, Mapping):
            continue
        for key, values in entries.items():
            if str(key).lower() in _KEYS_OF_CALLER and not any(_like(value, target) for value in _listed(values)):
                return False
    return True


# -- encryption ------------------------------------------------------------------------------------------------------


def _encryption(staging: StagingAccount, target: str) -> list[Finding]:
    cell, settings = str(staging.get("cell")), staging.get("encryption")
    if settings is None:
        return [_finding(WARNING, "encryption_unread", cell, f"{cell}: its encryption settings could not be read")]
    findings = []
    by_key: dict[str, list[str]] = {}
    default = str(staging.get("default_key") or "")
    for one in settings:
        mode, where = one.get("mode"), str(one.get("where"))
        if mode == "CUSTOM" and one.get("key_arn"):
            by_key.setdefault(str(one["key_arn"]), []).append(where)
        elif mode == "NONE":
            by_key.setdefault("", []).append(where)
        else:
            # DEFAULT, and CUSTOM without a key: what EBS takes by default
            by_key.setdefault(default or DEFAULT_KEY, []).append(where)
    for key_id in sorted(by_key):
        who = f"{cell}: {names(by_key[key_id], 3, 400)}"
        if not key_id:
            findings.append(_finding(WARNING, "unencrypted_staging", cell, f"{who}: staging disks are not encrypted"))
        else:
            findings += _key(staging, target, who, key_id)
    return findings


def _key(staging: StagingAccount, target: str, who: str, key_id: str) -> list[Finding]:
    cell, region, account = str(staging.get("cell")), staging.get("region"), staging.get("account_id")
    key: Mapping[str, Any] = (staging.get("keys") or {}).get(key_id) or {}
    if key_id.endswith(DEFAULT_KEY) or key.get("manager") == "AWS":
        custom = (
            "For new servers: give account_setup_replication_template: {staging_area_subnet_id: subnet-...} in "
            f"host_vars/{cell}.yml and run ansible-playbook resilience.drs.setup, which makes a key that the target "
            "may use and puts it into the template. For each server that replicates already: declare ebs_encryption: "
            "CUSTOM and ebs_encryption_key_arn (KeyArn of the staging stack, at the end of set-up) in "
            "replication_settings_account, and run ansible-playbook resilience.drs.replication_settings "
            f"--limit {cell} with replication_settings_confirm_resync: all its disks are copied again"
        )
        certain = bool(staging.get("default_key")) or not key_id.endswith(DEFAULT_KEY)
        text = f"{who}: encrypted with the AWS managed key {DEFAULT_KEY}, which no other account can use"
        text += "" if certain else " (unless another default key was chosen, which could not be read)"
        return [_finding(ERROR if certain else WARNING, "default_ebs_key", cell, text, custom)]
    if not key or key.get("error"):
        code = (key.get("error") or {}).get("code") or "not read"
        return [_finding(WARNING, "key_unread", cell, f"{who}: key {key_id} could not be read ({code})")]
    if key.get("state") not in (None, "Enabled"):
        text = f"{who}: key {key_id} is {key['state']}"
        enable = f"In account {account}: aws kms enable-key --region {region} --key-id {key_id}"
        return [_finding(ERROR, "key_unusable", cell, text, enable)]
    missing = unshared(key.get("policy") or {}, str(account), target, _partition(staging))
    if not missing:
        return []
    text = f"{who}: the policy of key {key_id} does not grant {', and '.join(missing)}"
    put = (
        f"In account {account}: aws kms put-key-policy --region {region} --key-id {key_id} --policy-name default "
        "--policy file://policy.json, with the statements of docs/runbooks/extend.md added to what is there"
    )
    return [_finding(ERROR, "key_not_shared", cell, text, put)]


def unshared(policy: PolicyDocument, staging_account_id: str, target: str, partition: str = "aws") -> list[str]:
    """What a key policy does not grant of what an extension needs, in words; conditions are not judged.

    DRS re-encrypts as the staging role and as the target account; EC2 launches as the target account.
    """
    role = f"arn:{partition}:iam::{staging_account_id}:role{ROLE_PATH}{role_name(target)}"
    root = (f"arn:{partition}:iam::{target}:root", target, "*")
    grants: tuple[tuple[str, Iterable[str], tuple[str, ...]], ...] = (
        ("the staging role", ("kms:ReEncryptFrom", "kms:ReEncryptTo"), (role, "*")),
        ("the target account", ("kms:ReEncryptFrom", "kms:ReEncryptTo"), root),
        ("the target account", ("kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"), root),
    )
    missing = []
    for who, actions, principals in grants:
        lacking = [action for action in actions if not _grants(policy, action, principals)]
        if lacking:
            missing.append(f"{'/'.join(lacking)} to {who}")
    return missing


def _grants(policy: PolicyDocument, action: str, principals: tuple[str, ...]) -> bool:
    # kms:* for the staging account's own root does not reach the service role of DRS unless its own policies allow it,
    # which the managed policy does not; so only a principal that is named counts
    return any(
        one.get("Effect") == "Allow"
        and any(_like(item, action) for item in _listed(one.get("Action")))
        and any(str(item) in principals for item in _principals(one, "AWS"))
        for one in statements(policy)
    )
