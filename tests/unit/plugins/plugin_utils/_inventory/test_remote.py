"""Test the display names of accounts: what Organizations and IAM do not say costs what they alone know."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import directory
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import remote
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import one_cell

REGIONS = {"aws": frozenset({"us-west-2"})}
ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"


def cell(account: str) -> Any:
    return one_cell({"account_id": account, "regions": ["us-west-2"], "role_name": "R"}, {}, REGIONS, "x")


def names(monkeypatch: pytest.MonkeyPatch, organization: Any, aliases: dict[str, Any]) -> tuple[Any, bool, list[Any]]:
    """The names, whether they are complete, and what was told, where the services answer so (or raise that)."""
    told: list[Any] = []

    def say(answer: Any) -> Any:
        if isinstance(answer, DrsError):
            raise answer
        return answer

    def all_accounts(opened: Any, brief: bool = False) -> Any:
        assert brief, "names are worth no long wait"
        return say(organization)

    monkeypatch.setattr(directory, "all_accounts", all_accounts)
    monkeypatch.setattr(directory, "alias", lambda opened: say(aliases[opened.name.partition(".")[0]]))
    cells = [cell(account) for account in (ONE, TWO, THREE)]
    found, complete = remote.display_names(
        cells,
        {ONE: "given"},
        cell("000000000000"),
        lambda one: None,
        2,
        lambda text, passing: told.append((text, passing)),
    )
    return found, complete, told


def test_names_come_from_the_file_the_organisation_the_alias_or_the_id(monkeypatch):
    listed = [{"account_id": TWO, "name": "Shop", "status": "ACTIVE"}]
    found, complete, told = names(monkeypatch, listed, {THREE: None})
    assert (found, complete, told) == ({ONE: "given", TWO: "Shop", THREE: THREE}, True, [])


def test_an_organisation_out_of_reach_costs_its_names_alone_and_nothing_of_it_is_kept(monkeypatch):
    """The next reading asks again: a cache that kept these names would show them long after the outage."""
    error = DrsError("EndpointConnectionError", "Could not connect to the endpoint URL")
    found, complete, told = names(monkeypatch, error, {TWO: "shop-alias", THREE: None})
    assert (found, complete) == ({ONE: "given", TWO: "shop-alias", THREE: THREE}, False)
    ((text, passing),) = told
    assert passing and text.startswith("Organizations in display_names: the names of accounts")
    assert "EndpointConnectionError" in text and "Remedy: " in text


@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_an_organisation_that_refuses_will_refuse_again(monkeypatch, code):
    found, complete, told = names(monkeypatch, DrsError(code, "no"), {TWO: "shop-alias", THREE: None})
    assert (found[TWO], complete) == ("shop-alias", True)
    assert [passing for _text, passing in told] == [False]


def test_an_alias_out_of_reach_costs_that_account_its_name(monkeypatch):
    aliases = {TWO: DrsError("ReadTimeoutError", "Read timeout"), THREE: "docs"}
    found, complete, told = names(monkeypatch, [], aliases)
    assert (found, complete) == ({ONE: "given", TWO: TWO, THREE: "docs"}, False)
    assert [(text.partition(":")[0], passing) for text, passing in told] == [("IAM in account 222222222222", True)]
