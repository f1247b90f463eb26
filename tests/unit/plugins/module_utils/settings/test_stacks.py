"""Test what a stack's state, events and parameters mean."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import stacks

ROLES = {"MakeAgentRole": "Agent", "MakeFailbackRole": "Failback", "MakeOtherRole": "Other"}


@pytest.mark.parametrize(
    ("made", "there", "expected"),
    [
        ([], [], "true true true"),
        ([], ["Agent"], "false true true"),  # one that exists does not keep the others from being made
        ([], ["Agent", "Failback", "Other"], "false false false"),
        (["AgentRole"], ["Agent"], "true true true"),  # what the stack holds stays with it
        (["AgentRole"], ["Agent", "Failback"], "true false true"),
    ],
)
def test_existing_roles_are_left_alone_one_by_one(made, there, expected):
    assert list(stacks.switches(ROLES, made, there).values()) == expected.split()


@pytest.mark.parametrize(
    ("status", "moving"),
    [
        ("CREATE_IN_PROGRESS", True),
        ("ROLLBACK_IN_PROGRESS", True),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("DELETE_IN_PROGRESS", True),
        ("REVIEW_IN_PROGRESS", False),
        ("CREATE_COMPLETE", False),
        ("ROLLBACK_COMPLETE", False),
    ],
)
def test_when_a_stack_moves(status, moving):
    assert stacks.moving(status) is moving


def test_differences_name_parameters_and_no_hidden_value():
    there = {"Names": "a", "Secret": "****"}
    found = stacks.differences("old", there, "new", {"Names": "a,b", "Secret": "hush", "More": "x"}, ["Secret"])
    assert found == ["the template", "More: (empty) becomes x", "Names: a becomes a,b"]
    assert stacks.differences("same\n", there, "same", {"Names": "a", "Secret": "other"}, ["Secret"]) == []


def event(name, status, reason=None):
    return {"LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": reason}


def test_the_reason_is_that_of_the_first_failure():
    newest_first = [
        event("stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [B, A]."),
        event("B", "CREATE_FAILED", "Resource creation cancelled"),
        event("A", "CREATE_FAILED", "Role with name DRSOrchestration already exists."),
        event("A", "CREATE_IN_PROGRESS"),
    ]
    assert stacks.first_failure(newest_first) == "A: Role with name DRSOrchestration already exists."
    assert stacks.first_failure([]) == "CloudFormation gave no reason"


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("CleanUp: Role with name DRSCleanUp already exists.", "account_setup_clean_up_role_name"),
        (
            "History: resilience-drs-history already exists in stack arn:aws:cloudformation:...",
            "account_setup_table_name",
        ),
        (
            "User: arn:aws:sts::111111111111:assumed-role/X/y is not authorized to perform: iam:CreateRole",
            "bootstrap.json",
        ),
        ("API: iam:CreateRole Access Denied", "service control policy"),
        ("Resource handler returned message: x (HandlerErrorCode: AccessDenied)", "bootstrap.json"),
        ("Key: The new key policy will not allow you to update the key policy in the future.", None),
        ("CloudFormation gave no reason", None),
    ],
)
def test_what_helps_is_told_by_the_reason(reason, says):
    told = stacks.remedy(reason)
    assert (told is None) if says is None else says in told and "resilience.drs.setup" in told


def test_drift_names_what_was_changed():
    found = stacks.drifted(
        [
            {"LogicalResourceId": "B", "PhysicalResourceId": "DRSCleanUp", "StackResourceDriftStatus": "DELETED"},
            {
                "LogicalResourceId": "A",
                "PhysicalResourceId": "DRSOrchestration",
                "StackResourceDriftStatus": "MODIFIED",
                "PropertyDifferences": [{"PropertyPath": "/ManagedPolicyArns/0"}],
            },
        ]
    )
    assert [one["text"] for one in found] == [
        "DRSOrchestration was changed: /ManagedPolicyArns/0",
        "DRSCleanUp was deleted",
    ]


@pytest.mark.parametrize(
    ("detection", "drift", "rows", "says"),
    [
        ("DETECTION_COMPLETE", "IN_SYNC", 0, ""),
        ("DETECTION_COMPLETE", "DRIFTED", 1, ""),
        ("DETECTION_COMPLETE", "DRIFTED", 0, "does not say what"),
        ("DETECTION_COMPLETE", "UNKNOWN", 0, "not known (UNKNOWN)"),
        ("DETECTION_COMPLETE", "NOT_CHECKED", 0, "not known (NOT_CHECKED)"),
        ("DETECTION_COMPLETE", None, 0, "not known (not told)"),
        ("DETECTION_FAILED", "DRIFTED", 1, "not all"),
        ("DETECTION_PARTIAL", "IN_SYNC", 0, "not all"),
    ],
)
def test_a_drift_that_is_not_known_is_never_told_as_none(detection, drift, rows, says):
    told = stacks.drift_unread({"DetectionStatus": detection, "StackDriftStatus": drift}, [{}] * rows)
    assert (says in told) if says else told == ""


def test_instances_of_a_stack_set_that_are_not_as_it_is():
    rows = [
        {"Account": "2" * 12, "Region": "r", "Status": "CURRENT", "DriftStatus": "DRIFTED"},
        {"Account": "1" * 12, "Region": "r", "Status": "CURRENT", "DriftStatus": "DRIFTED"},
        {"Account": "3" * 12, "Region": "r", "Status": "OUTDATED", "StatusReason": "no role", "DriftStatus": "UNKNOWN"},
        {"Account": "4" * 12, "Region": "r", "Status": "CURRENT", "DriftStatus": "UNKNOWN"},
        {"Account": "5" * 12, "Region": "r", "Status": "CURRENT", "DriftStatus": "IN_SYNC"},
        {"Account": "6" * 12, "Region": "r", "Status": "CURRENT"},
    ]
    assert [one["Account"][0] for one in stacks.drifted_instances(rows)] == ["1", "2"]
    assert stacks.wrong_instances(rows) == [
        "account 333333333333, r is OUTDATED: no role",
        "account 444444444444, r: whether it drifted is not known (UNKNOWN)",
        "account 666666666666, r: whether it drifted is not known (not told)",
    ]
