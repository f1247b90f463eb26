"""Test CloudFormation stacks: hidden parameters, list parameters, updates without changes."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from support.simulator import ROOT

TEMPLATE = json.dumps(
    {
        "Parameters": {
            "Names": {"Type": "CommaDelimitedList"},
            "Secret": {"Type": "String", "NoEcho": True},
            "Size": {"Type": "Number", "Default": 3},
        },
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "notifications"}}},
    }
)


def parameters(**given: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


def test_parameters_of_a_stack(simulator):
    cloudformation = simulator("minimal").client("cloudformation")
    given = {"Names": "a,b", "Secret": "hush"}
    cloudformation.create_stack(StackName="one", TemplateBody=TEMPLATE, Parameters=parameters(**given))
    (stack,) = cloudformation.describe_stacks(StackName="one")["Stacks"]
    shown = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert shown == {"Names": "a,b", "Secret": "****", "Size": "3"}
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(StackName="one", TemplateBody=TEMPLATE, Parameters=parameters(**given))
    for changed in ({"Names": "a,b,c"}, {"Secret": "changed"}, {"Size": "4"}):
        given.update(changed)
        cloudformation.update_stack(StackName="one", TemplateBody=TEMPLATE, Parameters=parameters(**given))


FILES = ROOT / "roles" / "account_setup" / "files"


@pytest.mark.parametrize("name", ["monitoring", "dashboard"])
def test_alarms_of_a_stack_are_made_changed_and_deleted(simulator, name):
    """AWS CloudFormation User Guide, AWS::CloudWatch::Alarm: Ref is the name of the alarm."""
    world = simulator("minimal")
    cloudformation, cloudwatch = world.client("cloudformation"), world.client("cloudwatch")
    text = (FILES / f"{name}.yml").read_text(encoding="utf-8")
    cloudformation.create_stack(StackName="m", TemplateBody=text)
    made = {one["AlarmName"]: one for one in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert len(made) == {"monitoring": 2, "dashboard": 5}[name] and all(one.startswith("m-") for one in made)
    assert all(one["AlarmActions"] == [] for one in made.values())
    topic = "arn:aws:sns:us-west-2:999999999999:t"
    cloudformation.update_stack(StackName="m", TemplateBody=text, Parameters=parameters(TopicArn=topic))
    assert {tuple(one["AlarmActions"]) for one in cloudwatch.describe_alarms()["MetricAlarms"]} == {(topic,)}
    if name == "monitoring":
        (query,) = made["m-lag"]["Metrics"]
        assert query["Period"] == 300 and "LagDuration" in query["Expression"]
        (rule,) = world.client("events").list_rules()["Rules"]
        assert json.loads(rule["EventPattern"])["detail"] == {"state": ["STALLED"]}
    else:
        assert cloudwatch.list_dashboards()["DashboardEntries"][0]["DashboardName"] == "m"
    cloudformation.delete_stack(StackName="m")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


ROLES = {
    "Resources": {
        "Kept": {
            "Type": "AWS::IAM::Role",
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {"RoleName": "kept", "AssumeRolePolicyDocument": {"Statement": []}},
        },
        "Second": {
            "Type": "AWS::IAM::Role",
            "DependsOn": ["Kept"],
            "Properties": {"RoleName": "second", "AssumeRolePolicyDocument": {"Statement": []}},
        },
    }
}


def test_a_stack_that_fails_first_is_kept_without_what_it_made(simulator):
    """AWS CloudFormation User Guide, "Stack status codes" and "DeletionPolicy attribute" (RetainExceptOnCreate)."""
    world = simulator("minimal")
    cloudformation, iam = world.client("cloudformation"), world.client("iam")
    trust = json.dumps({"Statement": []})
    iam.create_role(RoleName="second", AssumeRolePolicyDocument=trust)
    given = {"StackName": "one", "TemplateBody": json.dumps(ROLES), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    cloudformation.create_stack(**given)
    (stack,) = cloudformation.describe_stacks(StackName="one")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [
        one.get("ResourceStatusReason", "")
        for one in cloudformation.describe_stack_events(StackName="one")["StackEvents"]
    ]
    assert any("already exists" in one for one in reasons)
    assert [one["RoleName"] for one in iam.list_roles()["Roles"] if one["RoleName"] == "kept"] == []
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        cloudformation.update_stack(**given)
    with pytest.raises(ClientError, match="already exists"):
        cloudformation.create_stack(**given)
    cloudformation.delete_stack(StackName="one")
    iam.delete_role(RoleName="second")  # as whoever made it would
    cloudformation.create_stack(**given)
    cloudformation.delete_stack(StackName="one")
    assert {one["RoleName"] for one in iam.list_roles()["Roles"]} & {"kept", "second"} == {"kept"}
