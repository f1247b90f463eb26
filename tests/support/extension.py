"""Extend from staging accounts into a target with the collection's library. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import capacity
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import info as staging_info
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import request as staging_request

from support.cells import Place
from support.scenarios import account, fleet
from support.simulator import Simulator

TARGET, STAGING_A, STAGING_B = "111111111111", "222222222222", "333333333333"
# Nothing to share, so that no key stands in the way of what a test is about.
PLAIN = {"types": ["staging"], "encryption": {"mode": "NONE"}}


def accounts_of_extension(
    own: int = 2,
    staged: int = 4,
    second: int = 0,
    target: dict[str, Any] | None = None,
    trusted: tuple[str, ...] = (STAGING_A, STAGING_B),
    **more: Any,
) -> dict[str, Any]:
    """A scenario: a target with servers of its own, and one or two staging accounts with servers to extend.

    target: more keys of the target's account, such as quotas. trusted: the staging accounts that have the role for the
    target. more: more keys of the scenario.
    """
    accounts = [
        account(TARGET, "payments", **(target or {})),
        account(STAGING_A, "staging-a", **PLAIN),
        account(STAGING_B, "staging-b", **PLAIN),
    ]
    fleets = [
        fleet(TARGET, own, "own-{n:03}", tags={"dr:application": "core"}),
        fleet(STAGING_A, staged, "shop-{n:03}", tags={"dr:application": "shop"}),
        fleet(STAGING_B, second, "bill-{n:03}", tags={"dr:application": "billing"}),
    ]
    return {
        "accounts": accounts,
        "fleets": [one for one in fleets if one["count"]],
        "jobs": {"total": 600},
        "staging_roles": [{"staging": one, "target": TARGET} for one in trusted],
        **more,
    }


def many_targets(count: int) -> dict[str, Any]:
    """So many targets, each with two staging accounts of its own: see target_of."""
    accounts, fleets, roles = [], [], []
    for number in range(count):
        target, first, second = ids_of(number)
        accounts += [account(target), account(first, **PLAIN), account(second, **PLAIN)]
        fleets += [
            fleet(target, 2, "own-{n:02}", tags={"dr:application": "core"}),
            fleet(first, 3, "shop-{n:02}", tags={"dr:application": "shop"}),
            fleet(second, 2, "bill-{n:02}", tags={"dr:application": "billing"}),
        ]
        roles += [{"staging": one, "target": target} for one in (first, second)]
    return {"accounts": accounts, "fleets": fleets, "jobs": {"total": 600}, "staging_roles": roles}


def ids_of(number: int) -> tuple[str, str, str]:
    """Account ids of a target of many_targets and of its two staging accounts."""
    return (f"1110000{number:05}", f"2220000{number:05}", f"3330000{number:05}")


def target_of(simulator: Simulator, number: int) -> Target:
    """One target of many_targets."""
    target, first, second = ids_of(number)
    return Target(simulator, target, first, second)


class Target(Place):
    """A target account: the modules of capacity and extension, without the seconds that Ansible takes."""

    def __init__(
        self, simulator: Simulator, account: str = TARGET, staging: str = STAGING_A, second: str = STAGING_B
    ) -> None:
        super().__init__(simulator, account)
        self.staging, self.second = staging, second

    def staged(self, staging: str | None = None) -> Place:
        """A staging account as a place of its own."""
        return Place(self.simulator, staging or self.staging)

    def extend(self, staging: str | None = None, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """drs_extended_source_server; everything that the account offers unless something else is said."""
        staging = staging or self.staging
        params = {key: spec.get("default") for key, spec in staging_request.EXTENSION_SPEC.items()}
        if not {"source_servers", "tags", "all"} & set(options):
            options["all"] = True
        return staging_request.perform(self.cell(), {**params, "staging_account_id": staging, **options}, check_mode)

    def unextend(self, staging: str | None = None, **options: Any) -> dict[str, Any]:
        """drs_extended_source_server state=absent."""
        return self.extend(staging, state="absent", **options)

    def capacity(self, **options: Any) -> dict[str, Any]:
        """The capacity that drs_capacity_info returns."""
        params = {key: spec.get("default") for key, spec in capacity.CAPACITY_SPEC.items()}
        return dict(capacity.read(self.cell(), {**params, **options}, False)["capacity"])

    def preflight(self, staging: str | None = None, **options: Any) -> dict[str, Any]:
        """drs_extension_info, in the staging account."""
        staging = staging or self.staging
        params = {key: spec.get("default") for key, spec in staging_info.EXTENSION_INFO_SPEC.items()}
        params.update(account_id=staging, target_account_id=self.account, **options)
        return staging_info.read(self.staged(staging).cell(), params, False)

    def shown(self) -> list[dict[str, Any]]:
        """Source servers as plain DRS shows them."""
        pages = self.drs.get_paginator("describe_source_servers").paginate(filters={})
        return [item for page in pages for item in page["items"]]

    def copies(self) -> dict[str, dict[str, Any]]:
        """Extended copies as plain DRS shows them, by name."""
        return {
            item["sourceProperties"]["identificationHints"]["hostname"]: item
            for item in self.shown()
            if item["stagingArea"].get("stagingSourceServerArn")
        }

    def arns(self, staging: str | None = None) -> dict[str, str]:
        """ARNs of the servers of a staging account by name."""
        pages = self.staged(staging).drs.get_paginator("describe_source_servers").paginate(filters={})
        return {
            item["sourceProperties"]["identificationHints"]["hostname"]: item["arn"]
            for page in pages
            for item in page["items"]
        }


def codes(result: dict[str, Any]) -> list[str]:
    """The error codes of a result, each once, sorted."""
    return sorted({one["error"]["code"] for one in result["servers"] if one["error"]})
