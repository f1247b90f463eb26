"""Test Systems Manager Automation: accepted requests, and the course of executions."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "111111111111"
STEPS = [
    {"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}},
    {"name": "turn", "action": "aws:executeAwsApi", "inputs": {}},
]
BROKEN = [{"name": "turn", "action": "aws:executeScript", "inputs": {"Script": "def f(): raise ValueError()"}}]


@pytest.fixture(scope="module")
def ssm(small):
    client = small.client("ssm", ACCOUNT)
    for name, steps in (("Switch-Traffic", STEPS), ("Broken", BROKEN)):
        content = {
            "schemaVersion": "0.3",
            "parameters": {"Target": {"type": "String", "default": "recovery"}},
            "mainSteps": steps,
        }
        client.create_document(Content=json.dumps(content), Name=name, DocumentType="Automation")
    return client


def start(ssm, name="Switch-Traffic", **more):
    return ssm.start_automation_execution(DocumentName=name, **more)["AutomationExecutionId"]


def read(ssm, one):
    return ssm.get_automation_execution(AutomationExecutionId=one)["AutomationExecution"]


def test_an_execution_moves_with_the_clock(small, ssm):
    one = start(ssm, Parameters={"Target": ["home"]}, Tags=[{"Key": "a", "Value": "b"}])
    first = read(ssm, one)
    assert (first["AutomationExecutionStatus"], first["CurrentStepName"]) == ("InProgress", "wait")
    assert first["Parameters"] == {"Target": ["home"]} and "ExecutionEndTime" not in first
    small.clock.advance(61)
    assert read(ssm, one)["CurrentStepName"] == "turn"
    small.clock.advance(5)
    last = read(ssm, one)
    assert last["AutomationExecutionStatus"] == "Success"
    assert (last["ExecutionEndTime"] - last["ExecutionStartTime"]).total_seconds() == pytest.approx(65)
    assert ssm.list_tags_for_resource(ResourceType="Automation", ResourceId=one)["TagList"] == [
        {"Key": "a", "Value": "b"}
    ]


def test_a_script_that_raises_fails_its_execution(small, ssm):
    one = start(ssm, "Broken")
    small.clock.advance(6)
    assert read(ssm, one)["AutomationExecutionStatus"] == "Failed"
    assert "turn" in read(ssm, one)["FailureMessage"]


def test_executions_are_listed_newest_first_by_name_and_time(ssm):
    ids = [start(ssm), start(ssm)]
    filters = [{"Key": "DocumentNamePrefix", "Values": ["Switch-Traffic"]}]
    listed = ssm.describe_automation_executions(Filters=filters)["AutomationExecutionMetadataList"]
    assert [one["AutomationExecutionId"] for one in listed][:2] == ids[::-1]
    assert {one["DocumentName"] for one in listed} == {"Switch-Traffic"}
    future = [{"Key": "StartTimeAfter", "Values": ["2999-01-01T00:00:00Z"]}]
    assert ssm.describe_automation_executions(Filters=future)["AutomationExecutionMetadataList"] == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"DocumentName": "Nobody"}, "AutomationDefinitionNotFoundException"),
        ({"DocumentName": "AWS-RunShellScript"}, "AutomationDefinitionNotFoundException"),
        (
            {"DocumentName": "Switch-Traffic", "Parameters": {"Other": ["x"]}},
            "InvalidAutomationExecutionParametersException",
        ),
    ],
)
def test_what_cannot_be_started_is_refused(ssm, request_, code):
    with pytest.raises(ClientError) as caught:
        ssm.start_automation_execution(**request_)
    assert caught.value.response["Error"]["Code"] == code


def test_a_client_token_starts_one_execution(small, ssm):
    token = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    before = len(small.ledger())
    assert start(ssm, ClientToken=token) == start(ssm, ClientToken=token)
    assert [entry["effect"] for entry in small.ledger(since=before)] == ["automation_started"]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        start(ssm, ClientToken=token, Parameters={"Target": ["other"]})
