"""Test cells from a Systems Manager parameter and from AWS Organizations with `ansible-inventory`."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.inventory import Inventory
from support.scenarios import SECRET, account

HUB = {"id": "999999999999", "name": "hub", "types": ["source"], "regions": ["us-west-2"]}
DEFAULTS = {"role_name": "DRSOrchestration", "external_id_env": "DRS_EXTERNAL_ID", "regions": ["us-west-2"]}


@pytest.fixture(scope="module")
def cloud(start_simulator: Callable[[Any], Any]) -> Any:
    """An organisation of units and accounts, a parameter, an account with an alias and one without."""
    simulator = start_simulator({"accounts": [account("111111111111", "payments"), account("222222222222")]})
    organizations = simulator.client("organizations", region="us-east-1")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="production")["OrganizationalUnit"]["Id"]
    inner = organizations.create_organizational_unit(ParentId=unit, Name="eu")["OrganizationalUnit"]["Id"]
    ids: dict[str, str] = {}
    for number, (name, parent) in enumerate(
        [("Shop (EU)", inner), ("twin", unit), ("closed", unit), ("elsewhere", root)]
        + [(f"many-{n:02}", unit) for n in range(30)]
    ):
        created = organizations.create_account(AccountName=name, Email=f"a{number}@example.com")
        identity = created["CreateAccountStatus"]["AccountId"]
        ids[name] = identity
        if parent != root:
            organizations.move_account(AccountId=identity, SourceParentId=root, DestinationParentId=parent)
    second = organizations.create_account(AccountName="Twin", Email="twin@example.com")["CreateAccountStatus"]
    third = organizations.create_account(AccountName="twin", Email="twin3@example.com")["CreateAccountStatus"]
    for one in (second, third):
        organizations.move_account(AccountId=one["AccountId"], SourceParentId=root, DestinationParentId=unit)
    ids["Twin"], ids["twin again"] = second["AccountId"], third["AccountId"]
    organizations.close_account(AccountId=ids["closed"])
    simulator.client("iam", "111111111111").create_account_alias(AccountAlias="payments-alias")
    simulator.unit, simulator.ids = unit, ids
    return simulator


def parameter(simulator: Any, content: Any, name: str = "/dr/accounts") -> dict[str, str]:
    """Write a parameter, and the option that reads it."""
    text = content if isinstance(content, str) else json.dumps(content)
    simulator.client("ssm").put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    return {"name": name, "region": "us-west-2"}


@pytest.fixture
def inventory(cloud: Any, tmp_path: Path) -> Inventory:
    return Inventory(cloud, tmp_path, {"DRS_EXTERNAL_ID": SECRET})


def accounts_file(**options: Any) -> str:
    return yaml.safe_dump({"plugin": "resilience.drs.drs_accounts", "defaults": DEFAULTS, **options})


def test_accounts_from_a_parameter(cloud, inventory):
    content = {
        "defaults": {"types": ["staging"], "external_id_var": "vaulted"},
        "accounts": [
            {"account_id": "111111111111", "name": "payments", "regions": ["us-east-2"]},
            {"account_id": "222222222222", "vars": {"evil": "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"}},
        ],
    }
    answer = inventory.list("drs_accounts", accounts_file(ssm_parameter=parameter(cloud, content)))
    assert set(answer.hosts) == {"payments.us-east-2", "222222222222.us-west-2"}
    assert answer.hosts["payments.us-east-2"]["drs_account_types"] == ["staging"]
    assert answer.hosts["payments.us-east-2"]["drs_external_id"] == "{{ vaulted }}"
    assert answer.hosts["222222222222.us-west-2"]["evil"] == {
        "__ansible_unsafe": "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"
    }
    assert answer.actions == ["ssm:GetParameter"]
    assert SECRET not in answer.output


def test_an_account_of_the_file_wins_whole_over_the_parameter(cloud, inventory):
    content = [
        {"account_id": "111111111111", "name": "other", "types": ["staging"], "regions": ["us-east-1", "us-east-2"]},
        {"account_id": "222222222222", "name": "shop"},
    ]
    inline = [{"account_id": "111111111111", "name": "payments"}]
    answer = inventory.list("drs_accounts", accounts_file(accounts=inline, ssm_parameter=parameter(cloud, content)))
    assert set(answer.hosts) == {"payments.us-west-2", "shop.us-west-2"}
    assert answer.hosts["payments.us-west-2"]["drs_account_types"] == ["target"]


def test_a_parameter_is_read_as_the_role_it_names(cloud, inventory):
    cloud.client("ssm", "111111111111").put_parameter(
        Name="/shared", Value='[{"account_id": "222222222222"}]', Type="String", Overwrite=True
    )
    source = {
        "name": "/shared",
        "region": "us-west-2",
        "role_arn": "arn:aws:iam::111111111111:role/DRSOrchestration",
        "external_id_env": "DRS_EXTERNAL_ID",
    }
    answer = inventory.list("drs_accounts", accounts_file(ssm_parameter=source))
    assert set(answer.hosts) == {"222222222222.us-west-2"}
    assert answer.actions == ["sts:AssumeRole", "ssm:GetParameter"]
    failed = inventory.fail("drs_accounts", accounts_file(ssm_parameter={**source, "external_id_env": "NOT_SET"}))
    assert "the external id of its role is not there" in failed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("s3cr3t {", "it does not hold JSON"),
        ([], "it holds no account"),
        ('"s3cr3t"', "must be a mapping"),
        ([{"account_id": "1"}], "accounts[0].account_id '1' is not an AWS account id"),
        ([{"account_id": "111111111111", "external_id": "s3cr3t"}], "a literal external id is refused"),
        (
            [{"account_id": "111111111111", "vars": {"ansible_python_interpreter": "/s3cr3t"}}],
            "vars.ansible_python_interpreter is not accepted from a parameter",
        ),
        (
            [{"account_id": "111111111111", "external_id_env": "AWS_SECRET_ACCESS_KEY"}],
            "is a setting of the AWS SDK",
        ),
    ],
)
def test_a_bad_parameter_stops_the_run(cloud, inventory, content, message):
    failed = inventory.fail("drs_accounts", accounts_file(ssm_parameter=parameter(cloud, content, "/bad")))
    assert message in failed
    assert "s3cr3t" not in failed


def test_an_absent_parameter_is_one_error(inventory):
    failed = inventory.fail("drs_accounts", accounts_file(ssm_parameter={"name": "/no", "region": "us-west-2"}))
    assert "ParameterNotFound" in failed


def test_accounts_of_a_unit_and_the_units_below_it(cloud, inventory):
    organization = [{"ou_ids": [cloud.unit], "types": ["source", "staging"], "exclude": ["many-2*"]}]
    inline = [{"account_id": "111111111111", "name": "payments"}]
    text = accounts_file(accounts=inline, organization=organization)
    answer = inventory.list("drs_accounts", text, "-v")
    ids = cloud.ids
    twins = {f"{name}-{ids[key]}.us-west-2" for key, name in (("twin", "twin"), ("twin again", "twin"))}
    # names that differ in case are two names and two groups
    assert twins | {"payments.us-west-2", "Shop-EU.us-west-2", "Twin.us-west-2", "many-00.us-west-2"} <= set(
        answer.hosts
    )
    assert len(answer.hosts) == 1 + 4 + 20
    shop = answer.hosts["Shop-EU.us-west-2"]
    assert shop["drs_account_id"] == ids["Shop (EU)"]
    assert shop["drs_account_types"] == ["source", "staging"]
    assert shop["drs_assume_role_arn"] == f"arn:aws:iam::{ids['Shop (EU)']}:role/DRSOrchestration"
    assert shop["drs_account_display_name"] in ("Shop (EU)", {"__ansible_unsafe": "Shop (EU)"})
    assert f"account {ids['closed']} (closed) is skipped, it is SUSPENDED" in answer.output
    assert "(many-21) is in exclude" in answer.output
    assert set(answer.actions) == {
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
    }


def test_the_whole_organisation_and_a_choice_of_it(cloud, inventory):
    organization = [{"include": ["many-0*", cloud.ids["elsewhere"]], "name": "id"}]
    answer = inventory.list("drs_accounts", accounts_file(organization=organization))
    assert len(answer.hosts) == 11
    assert f"{cloud.ids['elsewhere']}.us-west-2" in answer.hosts
    assert set(answer.actions) == {"organizations:ListAccounts"}
    failed = inventory.fail("drs_accounts", accounts_file(organization=[{"include": ["many-0*", "mnay-*"]}]))
    assert "organization[0].include 'mnay-*' is no account there" in failed


def test_display_names_come_from_the_organisation_the_alias_or_the_id_and_only_when_asked_for(cloud, inventory):
    inline = [
        {"account_id": "111111111111", "name": "payments"},
        {"account_id": "222222222222"},
    ]
    plain = inventory.list("drs_accounts", accounts_file(accounts=inline))
    assert plain.actions == []
    assert "drs_account_display_name" not in plain.hosts["payments.us-west-2"]
    answer = inventory.list("drs_accounts", accounts_file(accounts=inline, display_names=True))
    names = {host: variables["drs_account_display_name"] for host, variables in answer.hosts.items()}
    assert names == {"payments.us-west-2": "payments-alias", "222222222222.us-west-2": "222222222222"}
    assert answer.actions.count("organizations:ListAccounts") >= 1
    assert answer.actions.count("iam:ListAccountAliases") == 2


def test_the_cache_answers_for_a_source_until_the_source_is_another_one(cloud, inventory):
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(inventory.directory)}
    first = parameter(cloud, [{"account_id": "111111111111", "name": "payments"}])
    second = parameter(cloud, [{"account_id": "222222222222", "name": "shop"}], "/dr/more")
    assert inventory.list("drs_accounts", accounts_file(ssm_parameter=first, **cache)).actions
    again = inventory.list("drs_accounts", accounts_file(ssm_parameter=first, **cache))
    assert (again.actions, list(again.hosts)) == ([], ["payments.us-west-2"])
    changed = inventory.list("drs_accounts", accounts_file(ssm_parameter=second, **cache))
    assert (changed.actions, list(changed.hosts)) == (["ssm:GetParameter"], ["shop.us-west-2"])
    flushed = inventory.list("drs_accounts", accounts_file(ssm_parameter=first, **cache), "--flush-cache")
    assert flushed.actions == ["ssm:GetParameter"]


def test_an_organisation_out_of_reach_costs_the_names_of_that_one_reading(cloud, inventory):
    """Not the inventory, and not what the cache holds afterwards."""
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(inventory.directory)}
    shop = cloud.ids["elsewhere"]
    text = accounts_file(accounts=[{"account_id": shop}], display_names=True, **cache)
    cloud.faults.add("server_error", action="ListAccounts")
    try:
        without = inventory.list("drs_accounts", text)
    finally:
        cloud.faults.clear()
    (variables,) = without.hosts.values()
    assert variables["drs_account_display_name"] == shop
    assert "[WARNING]: Organizations in display_names: the names of accounts" in without.output
    (variables,) = inventory.list("drs_accounts", text).hosts.values()
    assert variables["drs_account_display_name"] == "elsewhere"
