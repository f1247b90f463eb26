"""Test that account entries become cells or one clear error."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CELL_VARS, check_keys
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import (
    COMPOSABLE_VARS,
    CellError,
    check_composed,
)
from hypothesis import given
from hypothesis import strategies as st
from support.account_entries import build_cells

REGIONS = {
    "aws": frozenset({"us-east-1", "us-east-2", "us-west-2", "eu-central-1"}),
    "aws-us-gov": frozenset({"us-gov-west-1"}),
}
PAYMENTS = {"account_id": "111111111111", "name": "payments", "regions": ["us-west-2"]}


def cells(*accounts, **defaults):
    return build_cells(list(accounts), defaults, REGIONS)


def cell(entry=None, **defaults):
    (only,) = cells({**PAYMENTS, **(entry or {})}, **defaults)
    return only


def refusal(entry=None, **defaults):
    with pytest.raises(CellError) as caught:
        cells({**PAYMENTS, **(entry or {})}, **defaults)
    return str(caught.value)


def test_an_account_in_two_regions_is_two_cells_in_the_order_of_the_file():
    given_cells = cells(
        {**PAYMENTS, "regions": ["us-west-2", "us-east-2"]}, {"account_id": "222222222222", "regions": ["us-east-1"]}
    )
    assert [one.host for one in given_cells] == ["payments.us-west-2", "payments.us-east-2", "222222222222.us-east-1"]


def test_a_cell_without_role_says_only_where_it_is():
    only = cell()
    assert only.host_vars() == {
        "ansible_connection": "local",
        "drs_cell": "payments.us-west-2",
        "drs_account_id": "111111111111",
        "drs_account_name": "payments",
        "drs_account_types": ["target"],
        "drs_region": "us-west-2",
    }
    assert only.templates() == {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    assert only.groups() == ["drs_cells", "drs_target", "drs_region_us_west_2", "drs_account_payments"]


def test_a_cell_with_everything():
    only = cell(
        {
            "types": ["target", "source", "target"],
            "role_arn": "arn:aws:iam::111111111111:role/dr/Orchestration",
            "external_id_env": "DRS_EXTERNAL_ID",
            "role_session_name": "drill-7",
            "source_identity": "dr-team",
            "profile": "hub",
            "vars": {"unit": "finance", "ansible_python_interpreter": "/opt/python"},
        }
    )
    assert only.host_vars() == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "/opt/python",
        "unit": "finance",
        "drs_cell": "payments.us-west-2",
        "drs_account_id": "111111111111",
        "drs_account_name": "payments",
        "drs_account_types": ["source", "target"],
        "drs_region": "us-west-2",
        "drs_assume_role_arn": "arn:aws:iam::111111111111:role/dr/Orchestration",
        "drs_role_session_name": "drill-7",
        "drs_source_identity": "dr-team",
        "drs_profile": "hub",
        "drs_replicate_to": "payments.us-west-2",
    }
    assert only.templates() == {"drs_external_id": "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"}
    assert only.groups()[1:3] == ["drs_source", "drs_target"]


def test_defaults_hold_until_an_account_says_otherwise():
    plain, own, none = cells(
        {"account_id": "111111111111"},
        {"account_id": "222222222222", "role_name": "Own", "regions": ["us-east-1"], "external_id_var": "vaulted"},
        {"account_id": "333333333333", "role_name": "", "types": ["staging"]},
        role_name="Common",
        external_id_env="COMMON",
        role_session_name="common",
        regions=["us-west-2"],
        types=["source"],
    )
    assert (plain.role_arn, plain.role_session_name) == ("arn:aws:iam::111111111111:role/Common", "common")
    assert plain.external_id_expression == "lookup('ansible.builtin.env', 'COMMON')"
    assert (own.role_arn, own.region) == ("arn:aws:iam::222222222222:role/Own", "us-east-1")
    assert own.external_id_expression == "vaulted"
    assert (none.role_arn, none.external_id_expression, none.role_session_name) == (None, None, None)
    assert (plain.types, none.types) == (("source",), ("staging",))


def test_an_account_may_take_the_default_external_id_away():
    only = cell({"external_id_env": ""}, role_name="Common", external_id_env="COMMON")
    assert only.role_arn and only.external_id_expression is None


def test_the_partition_is_part_of_the_role():
    only = cell({"regions": ["us-gov-west-1"], "partition": "aws-us-gov"}, role_name="Common")
    assert only.role_arn == "arn:aws-us-gov:iam::111111111111:role/Common"


def test_a_number_of_twelve_digits_is_an_account_id():
    assert cell({"account_id": 111111111111}).account_id == "111111111111"


BAD = {
    "account id missing": ({"account_id": None}, "accounts[0].account_id is missing", "12 digits"),
    "account id short": ({"account_id": "1111"}, "accounts[0].account_id '1111'", "12 digits"),
    "account id with letters": ({"account_id": "11111111111a"}, "'11111111111a'", "12 digits"),
    "account id lost zeros": ({"account_id": 12345678}, "12345678 is not", "leading zeros"),
    "account id true": ({"account_id": True}, "True is not", "12 digits"),
    "account id list": ({"account_id": ["1"]}, "(a list) is not", "12 digits"),
    "name template": ({"name": "{{ evil }}"}, "accounts[0].name '{{ evil }}'", "letters, digits"),
    "name with dot": ({"name": "a.b"}, "accounts[0].name 'a.b'", "letters, digits"),
    "name with newline": ({"name": "a\nb"}, "'a?b'", "letters, digits"),
    "name number": ({"name": 7}, "accounts[0].name 7", "text"),
    "name of another account": ({"name": "222222222222"}, "accounts[0].name '222222222222'", "Use a word"),
    "Region misspelt": ({"regions": ["us-wset-2"]}, "accounts[0].regions[0] 'us-wset-2'", "Did you mean 'us-west-2'?"),
    "Region upper case": ({"regions": ["US-WEST-2"]}, "'US-WEST-2'", "Did you mean 'us-west-2'?"),
    "Availability Zone": ({"regions": ["us-west-2", "us-east-1a"]}, "regions[1] 'us-east-1a'", "'us-east-1'?"),
    "Region of another partition": (
        {"regions": ["us-gov-west-1"]},
        "belongs to the partition aws-us-gov",
        "partition:",
    ),
    "Region not text": ({"regions": [7]}, "accounts[0].regions[0] 7", "Region"),
    "regions text": ({"regions": "us-west-2"}, "accounts[0].regions 'us-west-2' must be a list", "[us-west-2]"),
    "regions empty": ({"regions": []}, "accounts[0].regions is missing or empty", "[us-west-2]"),
    "partition unknown": ({"partition": "aws-gov"}, "accounts[0].partition 'aws-gov'", "Did you mean 'aws-us-gov'?"),
    "type unknown": ({"types": ["stagging"]}, "accounts[0].types[0] 'stagging'", "Did you mean 'staging'?"),
    "type nested": ({"types": [["target"]]}, "accounts[0].types[0] (a list)", "source, staging, target"),
    "types text": ({"types": "target"}, "accounts[0].types 'target' must be a list", "[target]"),
    "types empty": ({"types": []}, "accounts[0].types is missing or empty", "[target]"),
    "role ARN of a user": (
        {"role_arn": "arn:aws:iam::111111111111:user/x"},
        "accounts[0].role_arn 'arn:aws:iam::111111111111:user/x'",
        "arn:aws:iam::111111111111:role/NAME",
    ),
    "role ARN template": ({"role_arn": "arn:aws:iam::111111111111:role/{{ x }}"}, "is not the ARN", "role/NAME"),
    "role ARN number": ({"role_arn": 7}, "accounts[0].role_arn 7", "role/NAME"),
    "role of another account": (
        {"role_arn": "arn:aws:iam::222222222222:role/x"},
        "is a role of account 222222222222, but account_id is 111111111111",
        "correct one",
    ),
    "role of another partition": ({"role_arn": "arn:aws-cn:iam::111111111111:role/x"}, "partition aws-cn", "partition"),
    "role twice": ({"role_arn": "arn:aws:iam::111111111111:role/x", "role_name": "y"}, "both role_arn", "one of them"),
    "role name with blank": ({"role_name": "a b"}, "accounts[0].role_name 'a b'", "name of an IAM role"),
    "session name": ({"role_name": "r", "role_session_name": "a b"}, "role_session_name 'a b'", "2 to 64"),
    "source identity": ({"role_name": "r", "source_identity": "x"}, "source_identity 'x'", "2 to 64"),
    "profile template": ({"profile": "{{ x }}"}, "accounts[0].profile '{{ x }}'", "profile"),
    "external id without role": ({"external_id_env": "X"}, "accounts[0].external_id_env has no effect", "role_name"),
    "session name without role": ({"role_session_name": "xx"}, "role_session_name has no effect", "role_name"),
    "external id twice": (
        {"role_name": "r", "external_id_env": "A", "external_id_var": "B"},
        "both external_id_env and external_id_var",
        "one of them",
    ),
    "external id in a cell variable": (
        {"role_name": "r", "external_id_var": "drs_external_id"},
        "accounts[0].external_id_var 'drs_external_id'",
        "another variable",
    ),
    "unknown key": ({"acount_id": 1}, "accounts[0].acount_id is not a known key", "Did you mean 'account_id'?"),
    "vars not a mapping": ({"vars": ["x"]}, "accounts[0].vars must be a mapping", "got a list"),
    "vars with a cell variable": ({"vars": {"drs_region": "x"}}, "accounts[0].vars.drs_region", "keys of the account"),
    "vars with a bad name": ({"vars": {"a-b": 1}}, "accounts[0].vars: 'a-b'", "letters, digits"),
}


@pytest.mark.parametrize(("entry", "what", "fix"), BAD.values(), ids=BAD.keys())
def test_bad_entry_is_one_error_naming_field_value_and_fix(entry, what, fix):
    message = refusal(entry)
    assert what in message
    assert fix in message
    assert "\n" not in message


def test_an_error_in_the_defaults_points_to_the_defaults():
    with pytest.raises(CellError, match=re.escape("defaults.regions[0] 'us-wset-2'")):
        cells({"account_id": "111111111111"}, regions=["us-wset-2"])
    with pytest.raises(CellError, match=re.escape("defaults.role_arn is not a known key. Did you mean 'role_name'?")):
        cells(PAYMENTS, role_arn="arn:aws:iam::111111111111:role/x")


def test_entries_and_defaults_must_be_mappings():
    with pytest.raises(CellError, match=re.escape("accounts[1] must be a mapping")):
        cells(PAYMENTS, "222222222222")
    with pytest.raises(CellError, match="defaults must be a mapping"):
        build_cells([PAYMENTS], ["us-west-2"], REGIONS)


def test_a_duplicate_cell_names_both_places():
    other = {**PAYMENTS, "regions": ["us-east-2", "us-west-2"]}
    with pytest.raises(CellError, match=re.escape("accounts[1]: duplicate cell, account 111111111111 in us-west-2")):
        cells(PAYMENTS, other)
    with pytest.raises(CellError, match="duplicate cell"):
        cells({**PAYMENTS, "regions": ["us-west-2", "us-west-2"]})


def test_two_accounts_never_share_a_name_or_a_group():
    second = {"account_id": "222222222222", "regions": ["us-east-1"]}
    for name in ("pay-ments", "pay_ments"):
        with pytest.raises(CellError, match="gives the group drs_account_pay_ments, which account 111111111111"):
            cells({**PAYMENTS, "name": "pay-ments"}, {**second, "name": name})


def test_one_account_has_one_name():
    with pytest.raises(CellError, match="account 111111111111 is already named 'payments'"):
        cells(PAYMENTS, {**PAYMENTS, "name": "shop", "regions": ["us-east-2"]})


SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    ("entry", "defaults"),
    [
        ({"external_id": SECRET}, {}),
        ({"vars": {"external_id": SECRET}}, {}),
        ({"vars": {"drs_external_id": SECRET}}, {}),
        ({"externalid": SECRET}, {}),
        ({"role_name": "r", "external_id_env": SECRET}, {}),
        ({"role_name": "r", "external_id_var": SECRET}, {}),
        ({}, {"external_id": SECRET}),
        ({"role_name": "r"}, {"external_id_env": SECRET}),
    ],
)
def test_an_external_id_in_the_file_is_refused_and_not_repeated(entry, defaults):
    assert SECRET not in refusal(entry, **defaults)


def test_the_refusal_of_a_literal_external_id_says_why_and_what_instead():
    message = refusal({"external_id": SECRET})
    for part in ("accounts[0].external_id", "external_id_env: NAME", "external_id_var: NAME", "ansible-inventory"):
        assert part in message


def test_unknown_key_of_the_file():
    with pytest.raises(CellError, match="acounts is not a known key. Did you mean 'accounts'?"):
        check_keys({"acounts": []}, ("accounts", "defaults"), "")
    with pytest.raises(CellError, match="the file must be a mapping"):
        check_keys([], ("accounts",), "")


@pytest.mark.parametrize("name", CELL_VARS)
def test_compose_may_add_who_runs_but_not_falsify_the_cell(name):
    if name in COMPOSABLE_VARS:
        check_composed([name])
    else:
        with pytest.raises(CellError, match=f"compose.{name}"):
            check_composed(["fine", name])


def test_an_object_that_is_no_text_is_named_by_kind_only():
    class Vaulted:
        def __str__(self):
            return SECRET

        __repr__ = __str__

    for key in ("account_id", "name", "partition", "regions", "types", "role_name", "role_arn", "profile", "vars"):
        message = refusal({key: Vaulted()})
        assert "an object" in message
        assert SECRET not in message


@given(
    st.dictionaries(
        st.integers(0, 10**12 - 1), st.sets(st.sampled_from(sorted(REGIONS["aws"])), min_size=1), min_size=1
    )
)
def test_every_account_and_region_is_exactly_one_host(fleet):
    entries = [{"account_id": f"{number:012}", "regions": sorted(regions)} for number, regions in fleet.items()]
    built = cells(*entries)
    assert len({one.host for one in built}) == len(built) == sum(len(regions) for regions in fleet.values())
    assert {(one.account_id, one.region) for one in built} == {
        (entry["account_id"], region) for entry in entries for region in entry["regions"]
    }


@given(st.sampled_from(["name", "role_name", "role_arn", "profile", "role_session_name", "source_identity"]), st.text())
def test_no_text_of_the_file_becomes_a_template(key, text):
    try:
        built = cell({"role_name": "r", key: text}) if key != "role_arn" else cell({key: text})
    except CellError as error:
        assert "\n" not in str(error)
        return
    for value in (built.host, *built.groups(), *built.host_vars().values()):
        assert not {"{", "}", "%", "#"} & set(str(value).replace("['target']", ""))


@given(st.sampled_from(["external_id_env", "external_id_var"]), st.text())
def test_the_only_template_holds_a_bare_name(key, text):
    try:
        templates = cell({"role_name": "r", key: text}).templates()
    except CellError:
        return
    if "drs_external_id" in templates:
        assert re.fullmatch(r"\{\{ (lookup\('ansible\.builtin\.env', '\w+'\)|\w+) \}\}", templates["drs_external_id"])
