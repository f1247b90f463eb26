"""Test the EC2 calls: list sizes, requests, and conversion of responses."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from types import SimpleNamespace

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from support.fake_drs import FakeCell, FakeDrs, instance_id


@pytest.fixture
def aws():
    return FakeDrs()


@pytest.fixture
def cell(aws):
    return FakeCell(aws)


def test_no_ids_means_no_call(aws, cell):
    assert ec2.instances_by_id(cell, []) == {}
    assert ec2.subnets(cell, []) == {} == ec2.security_groups(cell, []) == ec2.holders(cell, [])
    assert aws.calls == []


def test_ec2_ids_that_are_gone_are_absent_and_fail_nothing(aws, cell):
    for number in range(250):
        aws.add_instance(number)
    del aws.machines[instance_id(7)]
    found = ec2.instances_by_id(cell, [instance_id(number) for number in range(250)] * 2)
    assert len(found) == 249
    assert [len(call["Filters"][0]["Values"]) for call in aws.called("DescribeInstances")] == [200, 50]
    (lost,) = drs.recovery_instances(cell, ids=[instance_id(7)], with_ec2=True)
    assert (lost["ec2_instance_state"], lost["private_ip"]) == ("RUNNING", None)


class Answers:
    """A cell whose EC2 answers what it is told, page by page or at once, and keeps what it was asked."""

    name, region = "cell-a", "eu-west-1"
    meta = SimpleNamespace(service_model=botocore.session.get_session().get_service_model("ec2"))

    def __init__(self, **answers) -> None:
        self.answers, self.asked, self.effects = answers, [], []

    def errors(self, _operation):
        return contextlib.nullcontext()

    def client(self, _service, effect=False):
        self.effects.append(effect)
        return self

    def get_paginator(self, operation):
        return SimpleNamespace(
            paginate=lambda **params: SimpleNamespace(build_full_result=lambda: self.answer(operation, params))
        )

    def create_launch_template_version(self, **params):
        return self.answer("create_launch_template_version", params)

    def answer(self, operation, params):
        self.asked.append((operation, params))
        return self.answers[operation]


def test_what_moved_between_two_pages_is_one_thing_as_the_later_page_has_it():
    def reservation(state):
        return {"OwnerId": "111111111111", "Instances": [{"InstanceId": "i-1", "State": {"Name": state}}]}

    cell = Answers(
        describe_instances={"Reservations": [reservation("running"), reservation("stopping")]},
        describe_volumes={"Volumes": [{"VolumeId": "vol-1"}, {"VolumeId": "vol-1"}]},
        describe_snapshots={"Snapshots": [{"SnapshotId": "snap-1"}, {"SnapshotId": "snap-1"}]},
    )
    (machine,) = ec2.instances(cell, [])
    assert (machine["state"], machine["account_id"]) == ("stopping", "111111111111")
    assert {kind: len(found) for kind, found in ec2.managed_by_drs(cell).items()} == {
        "instances": 1,
        "volumes": 1,
        "snapshots": 1,
    }


def test_commands_and_executions_that_stand_on_two_pages_are_one_each():
    cell = Answers(
        list_commands={"Commands": [{"CommandId": "c-1", "Status": "Pending"}, {"CommandId": "c-1"}]},
        describe_automation_executions={"AutomationExecutionMetadataList": [{"AutomationExecutionId": "e-1"}] * 2},
    )
    assert [one["command_id"] for one in ssm.commands(cell)] == ["c-1"]
    assert len(ssm.automations(cell, "Document", datetime.now(timezone.utc))) == 1


def test_default_versions_of_all_templates_are_one_question():
    item = {"LaunchTemplateId": "lt-1", "VersionNumber": 3, "DefaultVersion": True, "LaunchTemplateData": {"a": 1}}
    cell = Answers(describe_launch_template_versions={"LaunchTemplateVersions": [item]})
    version = {"version": 3, "data": {"a": 1}, "description": None, "is_default": True}
    assert ec2.default_template_versions(cell) == {"lt-1": version}
    assert ec2.template_versions(cell, "lt-1") == [version]
    assert [params for _operation, params in cell.asked] == [
        {"PaginationConfig": {"PageSize": 200}, "Versions": ["$Default"]},
        {"PaginationConfig": {"PageSize": 200}, "LaunchTemplateId": "lt-1"},
    ]


def test_a_version_is_created_once_and_its_warnings_are_told():
    warning = {"Errors": [{"Code": "InvalidParameter", "Message": "no such key"}]}
    answer = {"LaunchTemplateVersion": {"VersionNumber": 4}, "Warning": warning}
    cell = Answers(create_launch_template_version=answer)
    assert ec2.create_template_version(cell, "lt-1", 3, {}, "d") == (4, ["InvalidParameter: no such key"])
    assert cell.effects == [True]
    assert cell.asked[0][1]["SourceVersion"] == "3"


def test_holders_of_addresses_are_found_by_subnet_and_address():
    card = {
        "NetworkInterfaceId": "eni-1",
        "SubnetId": "subnet-1",
        "PrivateIpAddress": "10.0.0.4",
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.4"}, {"PrivateIpAddress": "10.0.0.5"}],
        "Attachment": {"InstanceId": "i-1"},
    }
    cell = Answers(describe_network_interfaces={"NetworkInterfaces": [card]})
    held = {"card": "eni-1", "instance_id": "i-1"}
    assert ec2.holders(cell, ["10.0.0.4"]) == {("subnet-1", "10.0.0.4"): held, ("subnet-1", "10.0.0.5"): held}
