"""Test the sources of account entries and how they are merged."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import cells_of
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.sources import (
    check_sources,
    entries_of,
    merge,
    organization_entries,
    parameter_entries,
)

REGIONS = {"aws": frozenset({"us-east-1", "us-west-2"}), "aws-us-gov": frozenset({"us-gov-west-1"})}
DEFAULTS = {"regions": ["us-west-2"], "role_name": "R", "external_id_env": "X", "profile": "hub"}
ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"


def listed(*accounts, say=lambda text: None, **options):
    (source,) = check_sources({"organization": [options], "defaults": DEFAULTS}, REGIONS).organizations
    found = [{"account_id": one, "name": name, "status": status} for one, name, status in accounts]
    return organization_entries(source, found, DEFAULTS, say)


def hosts(*sources):
    return [cell.host for cell in cells_of(merge(*sources), REGIONS)]


def test_readers_of_sources_are_cells_of_their_own():
    sources = check_sources(
        {
            "defaults": DEFAULTS,
            "ssm_parameter": {"name": "/dr/accounts", "region": "us-gov-west-1", "external_id_env": "Y"}
            | {"role_arn": f"arn:aws-us-gov:iam::{ONE}:role/reader"},
            "organization": [{"reader": {"profile": "payer"}}],
        },
        REGIONS,
    )
    assert sources.remote and sources.profiles() == {"hub", "payer"}
    reader = sources.parameter.reader
    assert (reader.account_id, reader.region, reader.role_arn) == (
        ONE,
        "us-gov-west-1",
        f"arn:aws-us-gov:iam::{ONE}:role/reader",
    )
    assert reader.external_id_expression == "lookup('ansible.builtin.env', 'Y')"
    # the role of the accounts is not the role that reads the list of them
    assert sources.organizations[0].reader.role_arn is None
    assert sources.organizations[0].reader.region == "us-east-1"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "accounts is empty"),
        ({"ssm_parameter": {"region": "us-west-2"}}, "ssm_parameter.name (nothing) is not the name"),
        ({"ssm_parameter": {"name": "{{ x }}", "region": "us-west-2"}}, "ssm_parameter.name"),
        ({"ssm_parameter": {"name": "/a"}}, "ssm_parameter.region is missing"),
        ({"ssm_parameter": {"name": "/a", "region": "us-wset-2"}}, "'us-wset-2' is not a Region"),
        ({"ssm_parameter": {"name": "/a", "region": ["us-west-2"]}}, "is not a Region"),
        ({"ssm_parameter": {"name": "/a", "region": "us-west-2", "external_id": "s3cr3t"}}, "a literal external id"),
        ({"ssm_parameter": {"name": "/a", "region": "us-west-2", "external_id_env": "X"}}, "has no role"),
        ({"ssm_parameter": {"name": "/a", "region": "us-west-2", "rolearn": "x"}}, "Did you mean 'role_arn'?"),
        ({"ssm_parameter": "/a"}, "ssm_parameter must be a mapping"),
        ({"organization": {"ou_ids": []}}, "organization must be a list"),
        ({"organization": [{"ou_ids": ["ou-1"]}]}, "'ou-1' is neither an organisational unit"),
        ({"organization": [{"ou_ids": "r-abcd"}]}, "organization[0].ou_ids must be a list of texts"),
        ({"organization": [{"exclude": [111111111111]}]}, "write account ids in quotes"),
        ({"organization": [{"name": "email"}]}, "write name or id"),
        ({"organization": [{"recursive": "yes"}]}, "must be true or false"),
        ({"organization": [{"accounts": []}]}, "organization[0].accounts is not a known key"),
        ({"organization": [{"reader": {"role": "x"}}]}, "organization[0].reader.role is not a known key"),
    ],
)
def test_a_wrong_source_is_one_error(config, message):
    with pytest.raises(CellError) as caught:
        check_sources(config, REGIONS)
    assert message in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_defaults_of_a_parameter_win_over_those_of_the_file_and_either_external_id_over_both():
    text = json.dumps({"defaults": {"external_id_var": "v", "types": ["staging"]}, "accounts": [{"account_id": ONE}]})
    (cell,) = cells_of(parameter_entries(text, "/a", DEFAULTS), REGIONS)
    assert (cell.external_id_expression, cell.types, cell.profile) == ("v", ("staging",), "hub")
    assert cell.role_arn == f"arn:aws:iam::{ONE}:role/R"


def test_an_error_in_a_parameter_names_the_parameter_and_the_entry():
    with pytest.raises(CellError, match=r"^parameter /a: accounts\[0\]\.regions\[0\] 'nowhere'"):
        cells_of(parameter_entries(f'[{{"account_id": "{ONE}", "regions": ["nowhere"]}}]', "/a", DEFAULTS), REGIONS)


def test_an_account_is_taken_whole_from_the_first_source_that_has_it():
    inline = entries_of([{"account_id": int(ONE), "name": "mine"}], DEFAULTS, "accounts")
    parameter = parameter_entries(
        json.dumps([{"account_id": ONE, "regions": ["us-east-1"]}, {"account_id": TWO, "name": "theirs"}]),
        "/a",
        DEFAULTS,
    )
    last = listed((ONE, "a", "ACTIVE"), (TWO, "b", "ACTIVE"), (THREE, "c", "ACTIVE"))
    assert hosts(inline, parameter, last) == ["mine.us-west-2", "theirs.us-west-2", "c.us-west-2"]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("Payments Prod (EU)", "Payments-Prod-EU"),
        ("{{ evil }}", "evil"),
        ("...", ONE),
        ("", ONE),
        (TWO, ONE),
        ("x" * 90, "x" * 63),
    ],
)
def test_a_name_of_the_organisation_becomes_part_of_a_host_name(name, host):
    assert hosts([], [], listed((ONE, name, "ACTIVE"))) == [f"{host}.us-west-2"]


def test_a_name_that_would_mean_two_accounts_has_its_id_added_and_a_written_name_stays():
    last = listed((ONE, "pay", "ACTIVE"), (TWO, "pay", "ACTIVE"), (THREE, "shop.eu", "ACTIVE"))
    inline = entries_of([{"account_id": "444444444444", "name": "shop_eu"}], DEFAULTS, "accounts")
    assert hosts(inline, [], last) == [
        "shop_eu.us-west-2",
        f"pay-{ONE}.us-west-2",
        f"pay-{TWO}.us-west-2",
        f"shop-eu-{THREE}.us-west-2",
    ]


def test_accounts_that_are_left_out_are_named():
    said = []
    found = listed(
        (ONE, "prod-a", "SUSPENDED"),
        (TWO, "prod-b", "ACTIVE"),
        (THREE, "prod-c", "ACTIVE"),
        ("444444444444", "test", "PENDING_CLOSURE"),
        include=["prod-*"],
        exclude=["prod-c", "gone"],
        say=said.append,
    )
    assert [one.entry["account_id"] for one in found] == [TWO]
    told = "\n".join(said)
    assert f"account {ONE} (prod-a) is skipped, it is SUSPENDED" in told
    assert "(prod-c) is in exclude" in told and "exclude 'gone' is no account there" in told
    assert "(test) is skipped, it is PENDING_CLOSURE" in told


def test_two_choices_of_one_account_in_one_region_are_an_error():
    with pytest.raises(CellError, match="duplicate cell"):
        hosts([], [], listed((ONE, "a", "ACTIVE")) + listed((ONE, "a", "ACTIVE")))
