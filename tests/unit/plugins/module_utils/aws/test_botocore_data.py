"""Test that the data read from botocore's files equals what botocore itself returns."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import botocore_data
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import session


def test_the_regions_are_those_that_a_session_names():
    own = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    for partition in own.get_available_partitions():
        named = {*own.get_available_regions("drs", partition), *own.get_available_regions("ec2", partition)}
        assert botocore_data.regions_by_partition()[partition] == named
    assert {"us-west-2", "us-gov-west-1", "cn-north-1"} <= botocore_data.known_regions()


def test_a_session_has_every_handler_that_botocore_gives_one():
    for event in (
        "before-parameter-build.ec2.RunInstances",
        "before-call.drs.StartRecovery",
        "creating-client-class.x",
    ):
        own = botocore.session.Session().get_component("event_emitter").emit
        ours = botocore_data.fresh_session().get_component("event_emitter")._emitter
        theirs = own.__self__._emitter
        assert ours._handlers.prefix_search(event) == theirs._handlers.prefix_search(event)


def test_what_is_registered_with_one_session_is_not_with_another():
    called = []
    one, other = botocore_data.fresh_session(), botocore_data.fresh_session()
    one.register("test-event", lambda **_kwargs: called.append("one"))
    other.get_component("event_emitter").emit("test-event")
    assert called == []
    one.get_component("event_emitter").emit("test-event")
    assert called == ["one"]


def operation(name, service="drs"):
    return botocore.session.Session().get_service_model(service).operation_model(name)


@pytest.mark.parametrize("name", session.LARGE_ANSWERS)
def test_the_large_answers_of_the_installed_botocore_are_plain_json(name):
    assert botocore_data.is_plain_json(operation(name))


def test_an_answer_with_a_time_is_not():
    assert not botocore_data.is_plain_json(operation("DescribeSourceNetworks"))


def test_an_answer_whose_members_have_other_names_on_the_wire_is_not():
    assert not botocore_data.is_plain_json(operation("GetExport", "apigateway"))


def test_of_an_answer_only_the_members_of_the_request_are_kept():
    model = botocore.session.get_session().get_service_model("ec2")
    takes = model.operation_model("CreateLaunchTemplateVersion").input_shape.members["LaunchTemplateData"]
    told = {
        "InstanceType": "m5.large",
        "FromTheFuture": 1,
        "MetadataOptions": {"State": "applied"},
        "Monitoring": {"Enabled": True, "Since": "today"},
        "NetworkInterfaces": [{"DeviceIndex": 0, "Ipv6Addresses": [{"Ipv6Address": "::1", "IsPrimaryIpv6": True}]}],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "", "Owner": "x"}]}],
    }
    assert botocore_data.within(takes, told) == {
        "InstanceType": "m5.large",
        "Monitoring": {"Enabled": True},
        "NetworkInterfaces": [{"DeviceIndex": 0, "Ipv6Addresses": [{"Ipv6Address": "::1"}]}],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": ""}]}],
    }
