# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks: hidden parameters stay hidden, lists look like lists, and what is the same is no update."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TEMPLATE = json.dumps(
    {
        "Parameters": {
            "Names": {"Type": "CommaDelimitedList"},
            "Secret": {"Type": "String", "NoEcho": True},
            "Size": {"Type": "Number", "Default": 3},
        },
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "notices"}}},
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
