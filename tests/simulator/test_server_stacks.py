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


def test_inline_policies_of_a_stacks_role_are_documents_and_drift_only_when_somebody_changes_them(simulator):
    """IAM API, GetRolePolicy: the document is JSON; CloudFormation User Guide, "Detecting unmanaged changes"."""
    world = simulator("minimal")
    cloudformation, iam = world.client("cloudformation"), world.client("iam")
    text = (FILES / "trust.yml").read_text(encoding="utf-8")
    values = parameters(TrustedAccountId="222222222222", StagingRole="false", AgentRoles="true")
    cloudformation.create_stack(
        StackName="t", TemplateBody=text, Parameters=values, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    role, name = "DRSCrossAccountAgentAuthorizedRole_222222222222", "agent-role-of-the-trusted-account"
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    assert document["Statement"][0]["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]

    def drift() -> str:
        detection = cloudformation.detect_stack_drift(StackName="t")["StackDriftDetectionId"]
        return cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)["StackDriftStatus"]

    assert drift() == "IN_SYNC"
    wider = {**document, "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(wider))
    assert drift() == "DRIFTED"


def test_the_drift_of_a_stack_set_is_told_by_instance(simulator):
    """AWS CloudFormation User Guide, "Performing drift detection on CloudFormation StackSets"."""
    world = simulator("minimal")
    cloudformation, there, here = world.client("cloudformation"), "111111111111", "222222222222"
    cloudformation.create_stack_set(
        StackSetName="roles", TemplateBody=json.dumps(ROLES), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    cloudformation.create_stack_instances(StackSetName="roles", Accounts=[here, there], Regions=["us-west-2"])
    rows = cloudformation.list_stack_instances(StackSetName="roles")["Summaries"]
    assert [one["DriftStatus"] for one in rows] == ["NOT_CHECKED", "NOT_CHECKED"]

    def detect() -> dict:
        operation = cloudformation.detect_stack_set_drift(StackSetName="roles")["OperationId"]
        told = cloudformation.describe_stack_set_operation(StackSetName="roles", OperationId=operation)
        return told["StackSetOperation"]

    first = detect()
    assert (first["Action"], first["Status"]) == ("DETECT_DRIFT", "SUCCEEDED")
    assert first["StackSetDriftDetectionDetails"]["DriftStatus"] == "IN_SYNC"
    iam = world.client("iam", there)
    iam.attach_role_policy(RoleName="kept", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    second = detect()
    details = second["StackSetDriftDetectionDetails"]
    assert (details["DriftStatus"], details["DriftDetectionStatus"]) == ("DRIFTED", "COMPLETED")
    assert [details[f"{name}StackInstancesCount"] for name in ("Total", "Drifted", "InSync", "Failed")] == [2, 1, 1, 0]
    rows = cloudformation.list_stack_instances(StackSetName="roles")["Summaries"]
    assert {one["Account"]: one["DriftStatus"] for one in rows} == {here: "IN_SYNC", there: "DRIFTED"}
    set_told = cloudformation.describe_stack_set(StackSetName="roles")["StackSet"]
    assert set_told["StackSetDriftDetectionDetails"]["DriftedStackInstancesCount"] == 1
    place = {"StackSetName": "roles", "StackInstanceAccount": there, "StackInstanceRegion": "us-west-2"}
    (row,) = cloudformation.list_stack_instance_resource_drifts(**place, OperationId=second["OperationId"])["Summaries"]
    assert (row["PhysicalResourceId"], row["StackResourceDriftStatus"]) == ("kept", "MODIFIED")
    assert [one["PropertyPath"] for one in row["PropertyDifferences"]] == ["/ManagedPolicyArns"]
    # what an earlier detection found stays what it was
    earlier = first["OperationId"]
    assert cloudformation.list_stack_instance_resource_drifts(**place, OperationId=earlier)["Summaries"] == []
    with pytest.raises(ClientError, match="OperationNotFoundException"):
        cloudformation.list_stack_instance_resource_drifts(**place, OperationId="nothing")
    with pytest.raises(ClientError, match="StackSetNotFoundException"):
        cloudformation.detect_stack_set_drift(StackSetName="nothing")
