"""Test that a pair of accounts which agents cannot cross yet is told before anything is sent, once for each pair."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import pair_roles
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

SHOP, BANK, STAGING = "111111111111", "222222222222", "333333333333"
AUTHORIZED, AGENT = "DRSCrossAccountAgentAuthorizedRole_", "DRSCrossAccountAgentRole_"


@pytest.fixture
def asked(monkeypatch):
    """What was asked for: ``there`` {(cell, role)}, ``refused`` {cell: code}, ``calls``."""
    made = SimpleNamespace(there=set(), refused={}, calls=[])

    def get_role(cell, name):
        made.calls.append((cell.name, name))
        if cell.name in made.refused:
            raise DrsError(made.refused[cell.name], "no")
        if (cell.name, name) not in made.there:
            raise DrsError("NoSuchEntity", "no such role")
        return {}

    monkeypatch.setattr(pair_roles.iam_kms, "get_role", get_role)
    return made


def over(work, cells):
    return {name: work(cell) for name, cell in cells.items()}


def pair(source, replication, cell, into="staging"):
    return pair_roles.Pair(source, replication, SimpleNamespace(name=cell), SimpleNamespace(name=into))


def test_each_pair_is_told_once_with_what_is_missing_and_the_command_that_makes_it(asked):
    asked.there = {("shop-a", AUTHORIZED + STAGING), ("staging", AGENT + BANK), ("bank", AUTHORIZED + STAGING)}
    pairs = [pair(SHOP, STAGING, "shop-a"), pair(SHOP, STAGING, "shop-b"), pair(BANK, STAGING, "bank")]
    (told,) = pair_roles.findings(pairs, over)
    assert (told["severity"], told["code"], told["cell"]) == ("warning", "agent_roles_missing", "shop-a")
    role = f"{AGENT}{SHOP} in account {STAGING}"
    assert told["message"] == f"shop-a replicates into staging, and agents may not do so yet: there is no role {role}"
    assert "`ansible-playbook resilience.drs.setup --limit shop-a,staging`" in told["remedy"]
    assert len(asked.calls) == 4, "two pairs, two roles each"


def test_a_new_pair_lacks_both(asked):
    (told,) = pair_roles.findings([pair(SHOP, STAGING, "shop")], over)
    assert (
        f"no role {AUTHORIZED}{STAGING} in account {SHOP} and no role {AGENT}{SHOP} in account {STAGING}"
        in told["message"]
    )


@pytest.mark.parametrize("code", ["AccessDenied", "cell_unreachable"])
def test_an_account_whose_iam_cannot_be_read_says_nothing(asked, code):
    asked.refused = {"shop": code, "staging": code}
    assert pair_roles.findings([pair(SHOP, STAGING, "shop")], over) == []
    assert (
        pair_roles.findings(
            [pair(SHOP, STAGING, "shop")], lambda _work, cells: dict.fromkeys(cells, DrsError(code, ""))
        )
        == []
    )


def test_within_one_account_there_is_no_pair(asked):
    assert pair_roles.findings([pair(SHOP, SHOP, "shop"), pair("", STAGING, "shop")], over) == [] and asked.calls == []
