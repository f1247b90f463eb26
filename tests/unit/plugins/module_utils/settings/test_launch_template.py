"""Test launch templates: only our fields change, and the record of a change can be read back."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared, launch_template
from hypothesis import given
from botocore.validate import ParamValidator
from hypothesis import strategies as st

SUBNET, OTHER, GROUP = "subnet-11111111", "subnet-22222222", "sg-11111111"
FULL = {
    "InstanceType": "m5.large",
    "KeyName": "mine",
    "NetworkInterfaces": [
        {"DeviceIndex": 1, "SubnetId": OTHER},
        {
            "DeviceIndex": 0,
            "SubnetId": SUBNET,
            "Groups": [GROUP],
            "Ipv6AddressCount": 1,
            "PrivateIpAddress": "10.0.0.9",
        },
    ],
}


def listed(primary):
    """A network interface with a list of addresses."""
    return {"PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": primary}, {"PrivateIpAddress": "10.0.0.6"}]}


def test_reads_the_primary_interface():
    first = ("subnet_id", "security_group_ids", "instance_type", "private_ip", "public_ip")
    assert {key: value for key, value in launch_template.read(FULL).items() if key in first} == {
        "subnet_id": SUBNET,
        "security_group_ids": [GROUP],
        "instance_type": "m5.large",
        "private_ip": "10.0.0.9",
        "public_ip": None,
    }
    assert launch_template.read({})["subnet_id"] is None
    listed = {
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.8"}, {"Primary": True, "PrivateIpAddress": "10.0.0.7"}]
    }
    assert launch_template.read({"NetworkInterfaces": [listed]})["private_ip"] == "10.0.0.7"
    assert launch_template.read({"SecurityGroupIds": [GROUP]})["security_group_ids"] == [GROUP]


def test_an_instance_type_alone_leaves_the_network_out():
    assert launch_template.change(FULL, {"instance_type": "r6i.large"}) == ({"InstanceType": "r6i.large"}, True)


def test_the_list_of_interfaces_is_whole_and_only_our_fields_differ():
    before = copy.deepcopy(FULL)
    sent, inherits = launch_template.change(FULL, {"subnet_id": OTHER, "public_ip": False})
    assert inherits and before == FULL and set(sent) == {"NetworkInterfaces"}
    first, second = sent["NetworkInterfaces"]
    assert first == {**FULL["NetworkInterfaces"][1], "SubnetId": OTHER, "AssociatePublicIpAddress": False}
    assert second == FULL["NetworkInterfaces"][0]


def test_groups_beside_the_interfaces_move_into_the_interface_and_nothing_is_lost():
    data = {"InstanceType": "m5.large", "KeyName": "mine", "SecurityGroupIds": [GROUP]}
    sent, inherits = launch_template.change(data, {"subnet_id": SUBNET})
    assert not inherits
    card = {"DeviceIndex": 0, "Groups": [GROUP], "SubnetId": SUBNET}
    assert sent == {"InstanceType": "m5.large", "KeyName": "mine", "NetworkInterfaces": [card]}


@pytest.mark.parametrize(
    ("card", "address", "expected"),
    [
        ({}, "10.0.0.5", {"PrivateIpAddress": "10.0.0.5"}),
        ({"PrivateIpAddress": "10.0.0.4"}, "", {}),
        (
            {
                "PrivateIpAddresses": [
                    {"Primary": True, "PrivateIpAddress": "10.0.0.4"},
                    {"PrivateIpAddress": "10.0.0.6"},
                ]
            },
            "10.0.0.5",
            {
                "PrivateIpAddresses": [
                    {"Primary": True, "PrivateIpAddress": "10.0.0.5"},
                    {"PrivateIpAddress": "10.0.0.6"},
                ]
            },
        ),
        (
            {
                "PrivateIpAddresses": [
                    {"Primary": True, "PrivateIpAddress": "10.0.0.4"},
                    {"PrivateIpAddress": "10.0.0.6"},
                ]
            },
            "",
            {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.6"}]},
        ),
    ],
)
def test_an_address_goes_where_the_template_has_it(card, address, expected):
    sent, _inherits = launch_template.change({"NetworkInterfaces": [card]}, {"private_ip": address})
    assert sent["NetworkInterfaces"] == [{"DeviceIndex": 0, **expected}]


_VALUES = {
    "subnet_id": st.sampled_from([SUBNET, OTHER]),
    "security_group_ids": st.lists(st.sampled_from([GROUP, "sg-22222222"]), min_size=1, unique=True),
    "instance_type": st.sampled_from(["m5.large", "r6i.large"]),
    "private_ip": st.sampled_from(["10.0.0.5", "10.0.0.6"]),
    "public_ip": st.booleans(),
}


@given(st.fixed_dictionaries({}, optional=_VALUES), st.sampled_from([{}, FULL, {"SecurityGroupIds": [GROUP]}]))
def test_what_is_changed_is_read_back_and_a_second_time_nothing_differs(wanted, data):
    sent, inherits = launch_template.change(data, wanted)
    after = {**data, **sent} if inherits else sent
    assert launch_template.read(after) == {**launch_template.read(data), **wanted}
    again, _inherits = launch_template.change(after, wanted)
    assert launch_template.read({**after, **again}) == launch_template.read(after)


@given(
    st.from_regex(declared.CHANGE_ID, fullmatch=True),
    st.integers(1, 9999),
    st.fixed_dictionaries(
        {},
        optional={
            "copy_private_ip": st.booleans(),
            "copy_tags": st.booleans(),
            "launch_disposition": st.sampled_from(["STARTED", "STOPPED"]),
            "launch_into_instance_id": st.sampled_from(["i-0123456789abcdef0", ""]),
            "os_byol": st.booleans(),
            "post_launch_enabled": st.booleans(),
            "recovery_mode": st.sampled_from(["FAST", "OPTIMAL"]),
            "right_sizing": st.sampled_from(["NONE", "BASIC", "IN_AWS"]),
        },
    ),
)
def test_a_record_is_read_back_and_fits(change_id, version, before):
    text = launch_template.record(change_id, version, before)
    assert len(text) <= launch_template.MAX_DESCRIPTION
    assert launch_template.recorded(text) == {"change_id": change_id, "version": version, "before": before}


@pytest.mark.parametrize("text", [None, "", "created by DRS", "resilience.drs x from y", "resilience.drs"])
def test_other_descriptions_are_no_records(text):
    assert launch_template.recorded(text) is None


REQUEST = (
    botocore.session.get_session()
    .get_service_model("ec2")
    .operation_model("CreateLaunchTemplateVersion")
    .input_shape.members["LaunchTemplateData"]
)
GROUPS_BESIDE = {"InstanceType": "m5.large", "SecurityGroupIds": [GROUP]}


@pytest.mark.parametrize(
    "told",
    [
        {"MetadataOptions": {"State": "pending", "HttpTokens": "required", "HttpEndpoint": "enabled"}},
        {"Operator": {"Managed": True, "Principal": "drs.amazonaws.com", "HiddenByDefault": False}},
        {
            "NetworkInterfaces": [
                {"DeviceIndex": 0, "SubnetId": SUBNET},
                {"DeviceIndex": 1, "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1", "IsPrimaryIpv6": True}]},
            ]
        },
    ],
)
def test_what_was_read_back_is_a_valid_request(told):
    for wanted in ({"subnet_id": OTHER}, {"security_group_ids": [GROUP], "public_ip": False}):
        sent, _inherits = launch_template.change({**GROUPS_BESIDE, **told}, wanted)
        assert ParamValidator().validate(sent, REQUEST).generate_report() == ""
    assert sent.get("MetadataOptions", {}).get("HttpTokens") == told.get("MetadataOptions", {}).get("HttpTokens")


ANSWER = (
    botocore.session.get_session()
    .get_service_model("ec2")
    .operation_model("DescribeLaunchTemplateVersions")
    .output_shape.members["LaunchTemplateVersions"]
    .member.members["LaunchTemplateData"]
)


def filled(shape, path=()):
    """A value for every member of a shape, however deep; a list has one of its kind."""
    if shape.type_name == "structure":
        return {name: filled(one, (*path, name)) for name, one in shape.members.items()}
    if shape.type_name == "list":
        return [filled(shape.member, path)]
    plain = {"boolean": True, "integer": 1, "long": 1, "float": 0.5, "double": 0.5, "timestamp": "2030-01-01T00:00:00Z"}
    return shape.enum[0] if getattr(shape, "enum", None) else plain.get(shape.type_name, "x")


@pytest.mark.parametrize("member", sorted(ANSWER.members))
def test_whatever_a_template_is_told_to_hold_can_be_sent_back(member):
    """Each member of the answer by itself, whole: what the request does not know is left out, and nothing else."""
    told = filled(ANSWER.members[member])
    sent, _inherits = launch_template.change(
        {**GROUPS_BESIDE, member: told}, {"right_sizing": "NONE", "subnet_id": OTHER}
    )
    assert ParamValidator().validate(sent, REQUEST).generate_report() == ""
    known = None if member == "Operator" else REQUEST.members.get(member)  # whose template it is, nobody else may say
    if known is None:
        assert member not in sent
    elif known.type_name == "structure":
        assert set(sent.get(member) or {}) == set(known.members) & set(ANSWER.members[member].members)
