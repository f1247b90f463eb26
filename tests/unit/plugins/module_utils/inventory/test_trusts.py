"""Test which accounts trust each other: by extension, by replication, and past a staging account."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.trusts import trusts

# shop's agents replicate into two staging accounts, whose cells are extended to the target, one per Region
CELLS = {
    "shop.us-east-1": {"account_id": "111111111111", "replicate_to": "one.us-west-2"},
    "shop.us-east-2": {"account_id": "111111111111", "replicate_to": "two.us-west-2"},
    "one.us-west-2": {"account_id": "222222222222", "extend_to": "target.us-west-2"},
    "one.eu-west-1": {"account_id": "222222222222"},
    "two.us-west-2": {"account_id": "333333333333", "extend_to": "target.us-west-2"},
    "target.us-west-2": {"account_id": "444444444444"},
    "alone.us-west-2": {"account_id": "555555555555", "replicate_to": "alone.us-west-2"},
}


def test_who_trusts_whom():
    found = trusts(CELLS)
    shop = {
        "targets": [],
        "cell_targets": [],
        "agents": ["222222222222", "333333333333", "444444444444"],
        "trusted": ["222222222222", "333333333333", "444444444444"],
    }
    # roles are of an account, so each of its cells says the same
    assert found["shop.us-east-1"] == found["shop.us-east-2"] == shop
    assert found["one.us-west-2"] == {
        "targets": ["444444444444"],
        "cell_targets": ["444444444444"],
        "agents": ["111111111111"],
        "trusted": ["111111111111", "444444444444"],
    }
    assert found["one.eu-west-1"] == {**found["one.us-west-2"], "cell_targets": []}
    assert found["target.us-west-2"] == {
        "targets": [],
        "cell_targets": [],
        "agents": ["111111111111"],
        "trusted": ["111111111111"],
    }
    assert found["alone.us-west-2"] == {"targets": [], "cell_targets": [], "agents": [], "trusted": []}


def test_a_cell_that_the_inventory_does_not_have_is_named():
    with pytest.raises(DrsError, match="a: its drs_extend_to b is no cell of the inventory") as caught:
        trusts({"a": {"account_id": "111111111111", "extend_to": "b"}})
    assert caught.value.code == "unknown_id"
