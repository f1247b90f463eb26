"""Read whether a staging cell can be extended from; what cannot be read is reported, and stops nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations


from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import preflight
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import iam_kms
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import (
    FailedRead,
    Role,
    StagingAccount,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

EXTENSION_INFO_SPEC: dict[str, Any] = {
    "account_id": {"type": "str", "required": True},
    "target_account_id": {"type": "str", "required": True},
    "source_server_ids": {"type": "list", "elements": "str"},
    "max_servers": {"type": "int", "default": 20},
}
# IAM says NoSuchEntity; its botocore class carries the suffix.
_NO_ROLE = ("NoSuchEntity", "NoSuchEntityException")


def read(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read and check a staging cell: {staging, findings, ready, changed}."""
    problems = valid_id("account", params["account_id"]) + valid_id("account", params["target_account_id"])
    for one in params["source_server_ids"] or []:
        problems += valid_id("source_server", one)
    if problems:
        raise findings.refusal(problems)
    if params["max_servers"] < 0:
        raise DrsError("invalid_option", "max_servers: it is a number of servers, 0 or more")
    staging: StagingAccount = {
        "cell": cell.name,
        "account_id": params["account_id"],
        "region": cell.region,
        "initialised": True,
        "encryption": None,
        "default_key": None,
        "keys": {},
        "servers_checked": 0,
    }
    try:
        _read_encryption(cell, staging, params)
    except DrsError as exc:
        staging["encryption"] = None
        staging["initialised"] = False if exc.code == "UninitializedAccountException" else None
    staging["role"] = _role(cell, preflight.role_name(params["target_account_id"]))
    _read_keys(cell, staging)
    result = preflight.check(staging, params["target_account_id"])
    return {"staging": staging, "findings": result, "ready": not findings.errors_of(result), "changed": False}


def _read_encryption(cell: Cell, staging: StagingAccount, params: Given) -> None:
    """The templates, which count for new servers, and servers, which keep what they were given."""
    settings = drs.encryption_settings(cell)
    ids = params["source_server_ids"]
    if not ids and params["max_servers"]:
        own = sorted(one["source_server_id"] for one in drs.source_servers(cell) if not one["extended"])
        # one call a server, so only some are asked: spread over all, as settings change with time
        ids = own[:: max(1, -(-len(own) // params["max_servers"]))]
    for one in ids or []:
        settings.append(drs.encryption_of(cell, one))
        staging["servers_checked"] += 1
    staging["encryption"] = settings


def _role(cell: Cell, name: str) -> Role | FailedRead | None:
    try:
        return iam_kms.role(cell, name)
    except DrsError as exc:
        return None if exc.code in _NO_ROLE else {"error": outcomes.error_entry(exc)}


def _read_keys(cell: Cell, staging: StagingAccount) -> None:
    settings = staging["encryption"] or []
    key_arns = {one["key_arn"] for one in settings if one["mode"] == "CUSTOM" and one["key_arn"]}
    if any(one["mode"] not in ("CUSTOM", "NONE") for one in settings):
        try:
            default = iam_kms.default_key(cell)
            staging["default_key"] = default
            key_arns.add(default)
        except DrsError:
            # an account keeps aws/ebs as its default unless somebody changed it, and that is what is assumed then
            staging["default_key"] = None
    for key_id in sorted(key_arns - {preflight.DEFAULT_KEY}):
        try:
            staging["keys"][key_id] = iam_kms.key(cell, key_id)
        except DrsError as exc:
            staging["keys"][key_id] = {"error": outcomes.error_entry(exc)}
