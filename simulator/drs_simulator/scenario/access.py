"""Scenario section on access: staging roles, keys, role policies, enforcement of IAM."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import checks
from .checks import fail

if TYPE_CHECKING:
    from .scenario import Scenario

MODES = ("DEFAULT", "CUSTOM", "NONE")
KEYS = ("good", "wrong_policy")


def encryption(raw: Any, where: str) -> dict[str, str] | None:
    """EBS encryption of an account's replicated servers: {mode, key}; None when the scenario does not say."""
    if raw is None:
        return None
    found = checks.mapping(raw, where, ("mode", "key"))
    mode = checks.choice(found.get("mode"), f"{where}.mode", "", MODES)
    if mode != "CUSTOM" and "key" in found:
        raise fail(f"{where}.key", found["key"], f"has no meaning with mode {mode}; remove it, or write mode: CUSTOM")
    return {"mode": mode, "key": checks.choice(found.get("key"), f"{where}.key", "good", KEYS)}


def staging_roles(raw: Any, accounts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(staging, target) of each entry."""
    found = []
    for n, item in enumerate(checks.sequence(raw, "staging_roles")):
        entry = checks.mapping(item, f"staging_roles[{n}]", ("staging", "target"))
        pair = []
        for key in ("staging", "target"):
            where = f"staging_roles[{n}].{key}"
            account = checks.account_id(entry.get(key), where)
            if account not in accounts:
                raise fail(where, account, "is not among accounts; add it there or correct it")
            pair.append(account)
        if pair[0] == pair[1]:
            raise fail(f"staging_roles[{n}].target", pair[1], "is the staging account itself; name another account")
        found.append((pair[0], pair[1]))
    return tuple(found)


def failback_roles(raw: Any, accounts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(account, the account it trusts) of each entry, in both directions unless it says ``both: false``."""
    found: dict[tuple[str, str], None] = {}
    for n, item in enumerate(checks.sequence(raw, "failback_roles")):
        where = f"failback_roles[{n}]"
        entry = checks.mapping(item, where, ("account", "trusts", "both"))
        account, other = (checks.account_id(entry.get(key), f"{where}.{key}") for key in ("account", "trusts"))
        for key, value in (("account", account), ("trusts", other)):
            if value not in accounts:
                raise fail(f"{where}.{key}", value, "is not among accounts; add it there or correct it")
        if account == other:
            raise fail(f"{where}.trusts", other, "is the account itself; name another account")
        found[(account, other)] = None
        if checks.boolean(entry.get("both"), f"{where}.both", True):
            found[(other, account)] = None
    return tuple(found)


def policies(found: Mapping[str, Any], where: str) -> tuple[Any, ...]:
    """Policies of a role: each a document, or the ARN of a managed policy."""
    result: list[Any] = []
    for n, item in enumerate(checks.sequence(found.get("policies"), where)):
        if isinstance(item, str) and item.startswith("arn:"):
            result.append(item)
        elif isinstance(item, dict) and "Statement" in item:
            result.append(json.loads(json.dumps(item)))
        else:
            raise fail(f"{where}[{n}]", item, "is neither a policy document (with Statement) nor the ARN of a policy")
    return tuple(result)


def iam(raw: Any) -> dict[str, Any]:
    """{enforce, dependent_actions}."""
    found = checks.mapping(raw, "iam", ("enforce", "dependent_actions"))
    return {
        "enforce": checks.boolean(found.get("enforce"), "iam.enforce", False),
        "dependent_actions": checks.choice(
            found.get("dependent_actions"), "iam.dependent_actions", "check", ("check", "ignore")
        ),
    }


def staging_pairs(scenario: Scenario) -> list[tuple[str, str]]:
    """(staging, target) of every role that a scenario has from its beginning.

    Those under ``staging_roles``, and those without which the extensions of its fleets and instances could not be.
    """
    found = dict.fromkeys(scenario.staging_roles)
    found.update({(fleet.account, fleet.extend_to): None for fleet in scenario.fleets if fleet.extend_to})
    for group in scenario.machines.instances:
        for properties in (group.properties, *group.servers.values()):
            into = properties.get("installed_into") or {}
            if into.get("extend_to"):
                found[(into["account"], into["extend_to"])] = None
    return list(found)
