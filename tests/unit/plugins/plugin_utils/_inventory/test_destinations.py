"""Test where cells replicate to and extend to."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import CellError
from support.account_entries import build_cells

REGIONS = {"aws": frozenset({"us-east-1", "us-east-2", "us-west-2"})}
SOURCE, STAGING, TARGET = "111111111111", "222222222222", "333333333333"


def account(identity, name, types, regions=("us-west-2",), **more):
    return {"account_id": identity, "name": name, "types": list(types), "regions": list(regions), **more}


def found(*accounts, **defaults):
    cells = build_cells(list(accounts), defaults, REGIONS)
    return {one.host: (one.replicate_to, one.extend_to) for one in cells}


def shop(source=None, staging=None, target=None, **defaults):
    """A source account, a staging account and a target account, each with more keys."""
    return found(
        account(SOURCE, "shop", ["source"], ["us-east-1"], **(source or {})),
        account(STAGING, "staging-a", ["staging"], **(staging or {})),
        account(TARGET, "payments", ["target"], **(target or {})),
        **defaults,
    )


@pytest.mark.parametrize("name", ["staging-a.us-west-2", "staging-a", STAGING, f"{STAGING}.us-west-2"])
def test_a_cell_is_named_by_host_name_or_by_account(name):
    result = shop(source={"replicate_to": name}, staging={"extend_to": "payments"})
    assert result["shop.us-east-1"] == ("staging-a.us-west-2", None)
    assert result["staging-a.us-west-2"] == (None, "payments.us-west-2")
    assert result["payments.us-west-2"] == (None, None)


def test_the_variables_of_the_hosts():
    entries = [
        account(SOURCE, "shop", ["source"], replicate_to="staging-a"),
        account(STAGING, "staging-a", ["staging"], extend_to="payments"),
        account(TARGET, "payments", ["target"]),
    ]
    shop_cell, staging, payments = (one.host_vars() for one in build_cells(entries, {}, REGIONS))
    assert shop_cell["drs_replicate_to"] == "staging-a.us-west-2"
    assert staging["drs_extend_to"] == "payments.us-west-2"
    assert "drs_extend_to" not in shop_cell
    assert not {"drs_replicate_to", "drs_extend_to"} & set(payments)


@pytest.mark.parametrize(
    ("types", "itself"), [(["source"], False), (["source", "staging"], True), (["source", "target"], True)]
)
def test_without_a_name_a_cell_replicates_into_itself_if_it_can_be_replicated_into(types, itself):
    assert found(account(SOURCE, "shop", types)) == {"shop.us-west-2": ("shop.us-west-2" if itself else None, None)}


def test_defaults_hold_for_accounts_of_the_type_only():
    result = shop(replicate_to="staging-a", extend_to="payments")
    assert result == {
        "shop.us-east-1": ("staging-a.us-west-2", None),
        "staging-a.us-west-2": (None, "payments.us-west-2"),
        "payments.us-west-2": (None, None),
    }


def test_the_default_of_extend_to_does_not_hold_for_the_account_it_names():
    result = found(
        account(STAGING, "staging-a", ["staging"]), account(TARGET, "hub", ["staging", "target"]), extend_to="hub"
    )
    assert result == {"staging-a.us-west-2": (None, "hub.us-west-2"), "hub.us-west-2": (None, None)}


def test_an_account_takes_the_default_away():
    assert shop(source={"replicate_to": ""}, replicate_to="staging-a")["shop.us-east-1"] == (None, None)


def test_extension_stays_in_the_region():
    result = found(
        account(STAGING, "staging-a", ["staging"], ["us-west-2", "us-east-2"], extend_to="payments"),
        account(TARGET, "payments", ["target"], ["us-east-2", "us-west-2"]),
    )
    assert result["staging-a.us-west-2"] == (None, "payments.us-west-2")
    assert result["staging-a.us-east-2"] == (None, "payments.us-east-2")


@pytest.mark.parametrize(
    ("source", "staging", "target", "what", "fix"),
    [
        (
            {"replicate_to": "stagin-a"},
            {},
            {},
            "accounts[0].replicate_to 'stagin-a' is no cell",
            "Did you mean 'staging-a'?",
        ),
        ({"replicate_to": "nowhere.us-west-2"}, {}, {}, "is no cell of this inventory", "payments.us-west-2"),
        ({"replicate_to": "shop"}, {}, {}, "'shop' is of the type source", "of the type staging or target"),
        ({"replicate_to": 5}, {}, {}, "accounts[0].replicate_to 5 is not valid", "give the host name of a cell"),
        ({"replicate_to": "{{ x }}"}, {}, {}, "is not valid", "give the host name of a cell"),
        (
            {"replicate_to": "payments"},
            {},
            {"regions": ["us-west-2", "us-east-2"]},
            "'payments' has several Regions",
            "payments.us-east-2, payments.us-west-2",
        ),
        ({"extend_to": "payments"}, {}, {}, "accounts[0].extend_to has no effect", "Add staging to its types"),
        ({}, {}, {"replicate_to": "staging-a"}, "accounts[2].replicate_to has no effect", "Add source to its types"),
        ({}, {"extend_to": "staging-a"}, {}, "accounts[1].extend_to 'staging-a' is the account itself", "remove"),
        ({}, {"extend_to": "shop"}, {"regions": ["us-east-1"]}, "has no cell in us-west-2", "it has shop.us-east-1"),
        ({}, {"extend_to": "shop.us-east-1"}, {}, "'shop.us-east-1' is of the type source", "of the type target"),
        (
            {},
            {"extend_to": "payments.us-east-2"},
            {"regions": ["us-east-2"]},
            "is in us-east-2, but staging-a.us-west-2 in us-west-2",
            "name the account alone",
        ),
    ],
)
def test_a_wrong_destination_is_one_error_with_the_fix(source, staging, target, what, fix):
    with pytest.raises(CellError) as caught:
        shop(source, staging, target)
    assert what in str(caught.value)
    assert fix in str(caught.value)


def test_a_wrong_default_points_to_the_defaults():
    with pytest.raises(CellError, match=r"^defaults\.replicate_to 'staging-b' is no cell"):
        shop(replicate_to="staging-b")


def test_an_error_does_not_list_hundreds_of_cells():
    many = [account(f"4444444444{n:02}", f"many-{n:02}", ["target"]) for n in range(50)]
    with pytest.raises(CellError, match="and 41 more"):
        found(account(SOURCE, "shop", ["source"], replicate_to="zzz"), *many)
