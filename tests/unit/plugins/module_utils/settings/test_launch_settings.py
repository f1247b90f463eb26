"""Test declared launch settings: assignment, refusals before any call, network rules."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import addresses
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared, launch_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import resolve_keys
from hypothesis import given
from hypothesis import strategies as st

ONE, TWO = "s-" + "1" * 17, "s-" + "2" * 17
SUBNET, GROUP = "subnet-11111111", "sg-11111111"
SERVERS = [
    {"source_server_id": ONE, "name": "db", "tags": {"dr:application": "payments", "dr:tier": "1"}},
    {"source_server_id": TWO, "name": "web", "tags": {"app": "shop"}},
]


def resolve(groups=(), servers=(), known=None):
    return declared.resolve(SERVERS if known is None else known, groups, servers, resolve_keys())


def refused(groups=(), servers=()):
    with pytest.raises(DrsError) as error:
        launch_settings.check(groups, servers)
    return error.value.code, error.value.message


def test_later_groups_win_and_what_is_said_of_a_server_wins_over_all():
    groups = [
        {"settings": {"copy_tags": True, "instance_type": "m5.large"}},
        {"applications": ["payments"], "settings": {"instance_type": "r5.large", "os_byol": None}},
        {"tags": {"tier": "1"}, "settings": {"instance_type": "r6i.large"}},
    ]
    wanted, unknown = resolve(groups, [{"name": "db", "settings": {"copy_tags": False}}])
    assert wanted[ONE] == {"copy_tags": False, "instance_type": "r6i.large"}
    assert wanted[TWO] == {"copy_tags": True, "instance_type": "m5.large"}
    assert unknown == []


def test_servers_that_nothing_is_said_of_are_left_alone():
    wanted, unknown = resolve(
        [{"applications": ["payments", "none"], "settings": {"copy_tags": True}}],
        [{"source_server_id": "s-" + "9" * 17, "settings": {"copy_tags": True}}, {"name": "x", "settings": {}}],
    )
    assert set(wanted) == {ONE} and unknown == ["s-" + "9" * 17, "x"]


def test_a_name_that_two_servers_have_is_never_guessed():
    twins = [SERVERS[0], {**SERVERS[1], "name": "db"}]
    with pytest.raises(DrsError, match=TWO) as error:
        resolve([], [{"name": "db", "settings": {}}], twins)
    assert error.value.code == "name_ambiguous"


@pytest.mark.parametrize(
    ("settings", "code", "named"),
    [
        ({}, "invalid_option", "it sets nothing"),
        ({"subnet_id": "subnet-x"}, "invalid_option", "subnet_id: 'subnet-x'"),
        ({"security_group_ids": []}, "invalid_option", "needs one at least"),
        ({"security_group_ids": [GROUP, "default"]}, "invalid_option", "'default'"),
        ({"instance_type": "large"}, "invalid_option", "'large'"),
        ({"private_ip": "10.0.0.300"}, "invalid_option", "'10.0.0.300'"),
        ({"private_ip": "fd00::1"}, "invalid_option", "IPv4"),
        ({"launch_into_instance_id": "web-01"}, "invalid_option", "'web-01'"),
        ({"private_ip": "10.0.0.5", "copy_private_ip": True}, "static_ip_and_copy_private_ip", "10.0.0.5"),
        ({"instance_type": "m5.large", "right_sizing": "BASIC"}, "right_sizing_overwrites", "BASIC"),
        ({"launch_into_instance_id": "i-12345678", "copy_tags": True}, "launch_into_conflict", "i-12345678"),
    ],
)
def test_what_is_wrong_by_itself_names_the_option_and_the_value(settings, code, named):
    found, text = refused(servers=[{"name": "db", "settings": settings}])
    assert found == code and "servers[0].settings" in text and named in text


def test_what_only_one_server_can_have_is_not_for_groups():
    for option, value in (("private_ip", "10.0.0.5"), ("launch_into_instance_id", "i-12345678")):
        found, text = refused(groups=[{"settings": {option: value}}])
        assert found == "setting_of_one_server" and f"groups[0].settings.{option}" in text and value in text


@pytest.mark.parametrize(
    ("servers", "code"),
    [
        ([{"settings": {"copy_tags": True}}], "invalid_option"),
        ([{"name": "db", "source_server_id": ONE, "settings": {"copy_tags": True}}], "invalid_option"),
        ([{"source_server_id": "s-1", "settings": {"copy_tags": True}}], "malformed_id"),
        ([{"name": "db", "settings": {"copy_tags": True}}] * 2, "duplicate_id"),
        ([{"name": name, "settings": {"private_ip": "10.0.0.5"}} for name in ("db", "web")], "static_ip_twice"),
    ],
)
def test_servers_are_named_once_and_in_one_way(servers, code):
    assert refused(servers=servers)[0] == code


NOW = dict.fromkeys(launch_settings.SETTING_SPEC)
PLACE = {
    "subnets": {SUBNET: {"cidr": "10.0.0.0/24", "vpc_id": "vpc-1"}},
    "groups": {GROUP: "vpc-1", "sg-22222222": "vpc-2"},
    "holders": {(SUBNET, "10.0.0.9"): "eni-9"},
    "twice": {(SUBNET, "10.0.0.8"): 2},
}


@pytest.mark.parametrize(
    ("wanted", "now", "code"),
    [
        ({"private_ip": "10.0.0.4"}, {"subnet_id": SUBNET}, None),
        ({"private_ip": "10.0.0.254"}, {"subnet_id": SUBNET}, None),
        ({"private_ip": "10.0.0.0"}, {"subnet_id": SUBNET}, "static_ip_reserved"),
        ({"private_ip": "10.0.0.3"}, {"subnet_id": SUBNET}, "static_ip_reserved"),
        ({"private_ip": "10.0.0.255"}, {"subnet_id": SUBNET}, "static_ip_reserved"),
        ({"private_ip": "10.0.1.4"}, {"subnet_id": SUBNET}, "static_ip_outside_subnet"),
        ({"private_ip": "10.0.0.9"}, {"subnet_id": SUBNET}, "static_ip_taken"),
        ({"private_ip": "10.0.0.8"}, {"subnet_id": SUBNET}, "static_ip_twice"),
        ({"private_ip": "10.0.0.4"}, {}, "static_ip_without_subnet"),
        ({"private_ip": "10.0.0.4"}, {"subnet_id": SUBNET, "copy_private_ip": True}, "static_ip_and_copy_private_ip"),
        ({"copy_private_ip": True}, {"private_ip": "10.0.0.4"}, "static_ip_and_copy_private_ip"),
        ({"subnet_id": "subnet-2"}, {}, "subnet_unknown"),
        ({"subnet_id": SUBNET}, {"private_ip": "10.9.0.4"}, "static_ip_outside_subnet"),
        ({"subnet_id": SUBNET, "private_ip": ""}, {"private_ip": "10.9.0.4"}, None),
        ({"security_group_ids": [GROUP]}, {"subnet_id": SUBNET}, None),
        ({"security_group_ids": ["sg-22222222"]}, {"subnet_id": SUBNET}, "security_group_other_vpc"),
        ({"security_group_ids": ["sg-3"]}, {}, "security_group_unknown"),
        ({"copy_tags": True}, {"launch_into_instance_id": "i-1"}, "launch_into_conflict"),
        # what is there already and nobody declares is nobody's fault
        ({"os_byol": True}, {"private_ip": "10.9.0.4", "copy_private_ip": True}, None),
        ({"instance_type": "m5.large"}, {"right_sizing": "BASIC"}, None),
    ],
)
def test_what_the_network_and_the_other_settings_forbid(wanted, now, code):
    found = launch_settings.blocking_findings(wanted, {**NOW, "security_group_ids": [], **now}, PLACE)
    assert [one for one, _text in found] == ([code] if code else [])


def test_a_type_that_will_be_overwritten_is_told():
    assert "BASIC" in launch_settings.overwritten({"instance_type": "m5.large"}, {"right_sizing": "BASIC"})
    assert launch_settings.overwritten({"instance_type": "m5.large"}, {"right_sizing": "NONE"}) is None
    declared = {"instance_type": "m5.large", "right_sizing": "NONE"}
    assert launch_settings.overwritten(declared, {"right_sizing": "BASIC"}) is None


def test_the_order_of_groups_and_an_empty_address_make_no_difference():
    now = {**NOW, "security_group_ids": ["sg-2", "sg-1"]}
    assert launch_settings.differences(now, {"security_group_ids": ["sg-1", "sg-2"], "private_ip": ""}) == {}
    assert launch_settings.differences(now, {"security_group_ids": ["sg-1"]}) == {"security_group_ids": ["sg-1"]}
    assert launch_settings.differences({**NOW, "copy_tags": False}, {"copy_tags": False, "os_byol": False}) == {
        "os_byol": False
    }


@given(st.integers(0, 2**32 - 1), st.integers(16, 28), st.integers(-8, 2**16 + 8))
def test_every_address_of_a_subnet_is_usable_reserved_or_outside(base, length, offset):
    network = ipaddress.IPv4Network((base, length), strict=False)
    number = int(network.network_address) + offset
    if not 0 <= number < 2**32:
        return
    address, size = str(ipaddress.IPv4Address(number)), network.num_addresses
    assert addresses.within(address, str(network)) == (0 <= offset < size)
    assert addresses.reserved(address, str(network)) == (offset in (0, 1, 2, 3, size - 1))
    first, last = addresses.usable(str(network)).split(" to ")
    for one in (first, last):
        assert addresses.within(one, str(network)) and not addresses.reserved(one, str(network))
