"""Directories of accounts: a parameter of Systems Manager, AWS Organizations, the alias of an account."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations


from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.pages import pages
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Account
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData


def parameter(cell: Cell, name: str) -> str:
    """GetParameter: the text of a parameter; a SecureString is decrypted."""
    with cell.errors("get_parameter"):
        return cell.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def all_accounts(cell: Cell, brief: bool = False) -> list[Account]:
    """ListAccounts: every account of the organisation, as ``accounts_below`` gives them; ``brief`` gives up soon."""
    return [_account(item) for item in pages(cell, "organizations", "list_accounts", "Accounts", brief=brief)]


def accounts_below(cell: Cell, parent: str, recursive: bool) -> list[Account]:
    """The accounts of an organisational unit or a root, and of the units below it: {account_id, name, status}.

    Two calls for each unit; ``parent`` is the id of the unit or root.
    """
    listed = pages(cell, "organizations", "list_accounts_for_parent", "Accounts", ParentId=parent)
    accounts = [_account(item) for item in listed]
    if recursive:
        operation = "list_organizational_units_for_parent"
        units = pages(cell, "organizations", operation, "OrganizationalUnits", ParentId=parent)
        for unit in units:
            accounts += accounts_below(cell, unit["Id"], recursive)
    return accounts


def alias(cell: Cell) -> str | None:
    """ListAccountAliases: the IAM alias of the cell's account, None where it has none; gives up soon."""
    with cell.errors("list_account_aliases"):
        aliases = cell.client("iam", brief=True).list_account_aliases()["AccountAliases"]
    return aliases[0] if aliases else None


def _account(item: AwsData) -> Account:
    # State follows Status, which AWS retires; an account that is closed but still listed is SUSPENDED in both
    return {"account_id": item["Id"], "name": item.get("Name") or "", "status": item.get("State") or item.get("Status")}
