"""Test managed nodes and documents (SSM API reference; published text of the AWS document)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from support.run_command import AWAY, DOCUMENT, HOME, LINUX_STEP, SHELL, SOURCE, WINDOWS_STEP, Fleet, world


@pytest.fixture(scope="module")
def fleet(module_simulator):
    groups = (
        {"count": 13, "name": "web-{n:02}", "tags": {"dr:wave": "2"}, "servers": {"web-13": {"profile": False}}},
        {"name": "gone", "ssm": "absent"},
        {"name": "lost", "ssm": "lost"},
        {"name": "idle", "ssm": "inactive"},
        {"name": "win", "platform": "windows", "tags": {"dr:wave": "3"}},
        {"name": "other", "region": AWAY},
    )
    return Fleet(module_simulator(world(*groups)))


def test_ping_status_says_who_can_be_reached(fleet):
    """SSM API reference, InstanceInformation: Online, ConnectionLost, Inactive; an unmanaged instance is not there."""
    found = {name: fleet.nodes().get(identity) for name, identity in fleet.ids.items()}
    assert found["gone"] is None
    assert {name: found[name]["PingStatus"] for name in ("web-01", "lost", "idle")} == {
        "web-01": "Online",
        "lost": "ConnectionLost",
        "idle": "Inactive",
    }
    assert (found["win"]["PlatformType"], found["web-01"]["PlatformType"]) == ("Windows", "Linux")
    assert found["lost"]["LastPingDateTime"] < found["web-01"]["LastPingDateTime"]
    assert len(Fleet(fleet.sim, SOURCE, AWAY).nodes()) == 1


def test_nodes_come_in_pages_of_ten_and_of_five_to_fifty(fleet):
    first = fleet.ssm.describe_instance_information()
    assert len(first["InstanceInformationList"]) == 10
    pages = list(fleet.ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 5}))
    sizes = [len(page["InstanceInformationList"]) for page in pages]
    assert sizes == [5, 5, 5, 1]
    assert len({node["InstanceId"] for page in pages for node in page["InstanceInformationList"]}) == 16
    with pytest.raises(ClientError, match="MaxResults"):
        # botocore checks the lower limit only.
        fleet.ssm.describe_instance_information(MaxResults=51)
    with pytest.raises(fleet.ssm.exceptions.InvalidNextToken):
        fleet.ssm.describe_instance_information(NextToken="x")


@pytest.mark.parametrize(
    ("key", "values", "names"),
    [
        ("PingStatus", ["ConnectionLost", "Inactive"], {"lost", "idle"}),
        ("PlatformTypes", ["Windows"], {"win"}),
        ("tag:dr:wave", ["3", "4"], {"win"}),
        ("tag:Name", ["web-01", "gone"], {"web-01"}),
    ],
)
def test_nodes_are_filtered(fleet, key, values, names):
    found = fleet.nodes(Filters=[{"Key": key, "Values": values}])
    assert set(found) == {fleet.ids[name] for name in names}


def test_filters_go_together_and_have_limits(fleet):
    wanted = [fleet.ids["web-01"], fleet.ids["gone"], fleet.ids["win"]]
    both = [{"Key": "InstanceIds", "Values": wanted}, {"Key": "PlatformTypes", "Values": ["Linux"]}]
    assert set(fleet.nodes(Filters=both)) == {fleet.ids["web-01"]}
    old = [{"key": "InstanceIds", "valueSet": wanted}]
    assert len(fleet.nodes(InstanceInformationFilterList=old)) == 2
    with pytest.raises(fleet.ssm.exceptions.InvalidFilterKey):
        fleet.ssm.describe_instance_information(Filters=[{"Key": "Colour", "Values": ["red"]}])
    with pytest.raises(ClientError, match="at most 100"):
        many = [f"i-{n:017x}" for n in range(101)]
        fleet.ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": many}])


def test_a_stopped_instance_loses_its_connection_and_a_terminated_one_is_no_node(fleet):
    ec2 = Fleet(fleet.sim, SOURCE, "eu-west-1")
    launched = ec2.ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)["Instances"]
    one, other = [instance["InstanceId"] for instance in launched]
    assert {node["PingStatus"] for node in ec2.nodes().values()} == {"Online"}
    ec2.ec2.stop_instances(InstanceIds=[one])
    ec2.ec2.terminate_instances(InstanceIds=[other])
    assert {identity: node["PingStatus"] for identity, node in ec2.nodes().items()} == {one: "ConnectionLost"}
    ec2.ec2.start_instances(InstanceIds=[one])
    ec2.ec2.create_tags(Resources=[one], Tags=[{"Key": "simulator:ssm", "Value": "unmanaged"}])
    assert ec2.nodes() == {}


def test_ec2_shows_platform_tags_and_profile(fleet):
    found = {}
    for page in fleet.ec2.get_paginator("describe_instances").paginate():
        for instance in (i for r in page["Reservations"] for i in r["Instances"]):
            found[instance["InstanceId"]] = instance
    by_name = {name: found[identity] for name, identity in fleet.ids.items()}
    assert by_name["win"]["Platform"] == "windows"
    assert "Platform" not in by_name["web-01"]
    assert {"Key": "dr:wave", "Value": "2"} in by_name["web-01"]["Tags"]
    assert by_name["web-01"]["IamInstanceProfile"]["Arn"].startswith(f"arn:aws:iam::{SOURCE}:instance-profile/")
    assert "IamInstanceProfile" not in by_name["web-13"]


def test_a_node_can_be_changed_while_the_simulator_runs(fleet):
    for state, ping in (("lost", "ConnectionLost"), ("online", "Online")):
        fleet.sim.set_instance(SOURCE, HOME, "web-12", ssm=state)
        assert fleet.nodes()[fleet.ids["web-12"]]["PingStatus"] == ping
    with pytest.raises(Exception, match="set.colour: unknown key"):
        fleet.sim.set_instance(SOURCE, HOME, "web-12", colour="red")
    with pytest.raises(Exception, match="no instance 'web-99'"):
        fleet.sim.set_instance(SOURCE, HOME, "web-99", ssm="lost")


def test_the_document_of_aws_has_two_parameters_and_a_step_for_each_platform(fleet):
    """The AWS document: Region with allowed values, Tags with a pattern, nothing else; an hour for each step."""
    found = fleet.ssm.get_document(Name=DOCUMENT)
    content = json.loads(found["Content"])
    assert content["schemaVersion"] == "2.2"
    assert set(content["parameters"]) == {"Region", "Tags"}
    assert AWAY in content["parameters"]["Region"]["allowedValues"]
    # The copy that is known lacks the newest Regions, so the live list has to be read.
    assert "ca-west-1" not in content["parameters"]["Region"]["allowedValues"]
    steps = {step["name"]: step for step in content["mainSteps"]}
    assert {name: step["precondition"]["StringEquals"] for name, step in steps.items()} == {
        WINDOWS_STEP: ["platformType", "Windows"],
        LINUX_STEP: ["platformType", "Linux"],
    }
    assert {step["inputs"]["timeoutSeconds"] for step in steps.values()} == {"3600"}
    described = fleet.ssm.describe_document(Name=f"arn:aws:ssm:{HOME}::document/{DOCUMENT}")["Document"]
    assert (described["Owner"], described["PlatformTypes"]) == ("Amazon", ["Windows", "Linux"])
    assert [p["Name"] for p in described["Parameters"]] == ["Region", "Tags"]
    assert fleet.ssm.describe_document(Name=SHELL)["Document"]["PlatformTypes"] == ["Linux", "MacOS"]
    with pytest.raises(fleet.ssm.exceptions.InvalidDocument):
        fleet.ssm.get_document(Name="AWS-NoSuchDocument")


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({}, "'Region' is required"),
        ({"Region": ["mars-east-1"]}, "allowed values"),
        ({"Region": [AWAY, "us-east-1"]}, "one value"),
        ({"Region": [AWAY], "AccountId": ["222222222222"]}, "not defined in the document"),
        ({"Region": [AWAY], "Tags": ["no-equals-sign"]}, "allowed pattern"),
        ({"Region": [AWAY], "Tags": ["k=" + "v" * 51]}, "allowed pattern"),
        ({"Region": [AWAY], "Tags": [",".join(f"k{n}=v" for n in range(22))]}, "allowed pattern"),
        ({"Region": [AWAY], "Tags": ["k=a,b"]}, "allowed pattern"),
        ({"Region": [AWAY], "Tags": ["k=quote'"]}, "allowed pattern"),
    ],
)
def test_parameters_are_held_against_the_document(fleet, parameters, problem):
    """The AWS document: at most 21 pairs, keys and values of 1 to 50 listed characters, values with spaces."""
    before = fleet.sim.mark()
    with pytest.raises(fleet.ssm.exceptions.InvalidParameters, match=problem):
        fleet.send("web-01", Parameters=parameters)
    assert [entry["error"] for entry in fleet.sim.journal(before)] == ["InvalidParameters"]


def test_tags_of_the_largest_size_pass(fleet):
    tags = ",".join(f"dr:k{n}@/+-=value with spaces {n}" for n in range(21))
    assert fleet.send("web-02", Parameters={"Region": [AWAY], "Tags": [tags]})
