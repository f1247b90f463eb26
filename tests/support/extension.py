# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target and its staging accounts, worked in with the collection's own rooms. Needs no pytest."""

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs import capacity, extension_info, extension_request

from support.cells import Place
from support.scenarios import account, fleet

TARGET, STAGING_A, STAGING_B = "111111111111", "222222222222", "333333333333"


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
        account(STAGING_A, "staging-a", types=["staging"]),
        account(STAGING_B, "staging-b", types=["staging"]),
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


class Target(Place):
    """A target account: the modules of capacity and extension, without the seconds that Ansible takes."""

    def extend(self, staging: str = STAGING_A, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """drs_extended_source_server; everything that the account offers unless something else is said."""
        params = {key: spec.get("default") for key, spec in extension_request.EXTENSION_SPEC.items()}
        if not {"source_servers", "tags", "all"} & set(options):
            options["all"] = True
        return extension_request.perform(
            self.cell(), {**params, "staging_account_id": staging, **options}, check_mode
        )

    def unextend(self, staging: str = STAGING_A, **options: Any) -> dict[str, Any]:
        """drs_extended_source_server state=absent."""
        return self.extend(staging, state="absent", **options)

    def capacity(self, **options: Any) -> dict[str, Any]:
        """The capacity that drs_capacity_info returns."""
        params = {key: spec.get("default") for key, spec in capacity.CAPACITY_SPEC.items()}
        return dict(capacity.read(self.cell(), {**params, **options}, False)["capacity"])

    def preflight(self, staging: str = STAGING_A, **options: Any) -> dict[str, Any]:
        """drs_extension_info, in the staging account."""
        params = {"account_id": staging, "target_account_id": self.account, "source_server_ids": None, **options}
        return extension_info.read(Place(self.simulator, staging).cell(), params, False)

    def copies(self) -> dict[str, dict[str, Any]]:
        """Extended copies in the target, as plain DRS shows them, by the ARN of their staging server."""
        pages = self.drs.get_paginator("describe_source_servers").paginate(filters={})
        items = [item for page in pages for item in page["items"]]
        return {
            item["stagingArea"]["stagingSourceServerArn"]: item
            for item in items
            if item["stagingArea"].get("stagingSourceServerArn")
        }


def codes(result: dict[str, Any]) -> list[str]:
    """The error codes of a result, each once, sorted."""
    return sorted({one["error"]["code"] for one in result["servers"] if one["error"]})
