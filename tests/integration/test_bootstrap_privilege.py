"""Test who applies the stacks of set-up with exactly the shipped policy: all of it is needed, and nothing more."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import cloudformation
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import service, stacks
from support.cells import Place
from support.simulator import ROOT, Simulator

REGION, BUILDER, SECRET = "us-west-2", "Builder", "hush-hush"
FILES = ROOT / "roles" / "account_setup" / "files"
POLICY = json.loads((FILES / "policies" / "bootstrap.json").read_text(encoding="utf-8"))
TARGET = "444444444444"
# What AWS asks for besides on the way to tags and to a drift, without a call of its own; what is read of failed stacks.
UNSEEN = {
    "cloudformation:TagResource",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:BatchDescribeTypeConfigurations",
    "cloudformation:DescribeStackEvents",
}
# The stack that shows what a statement is needed for, where that is not the one of alarms.
NEEDED_BY = {"CallsOfRoles": "account", "OnwardRoles": "trust", "OnwardPolicies": "account", "OnwardKeys": "staging"}
# As the role account_setup gives them.
STACKS: dict[str, dict[str, Any]] = {
    "account": {
        "parameters": {"ControllerPrincipals": "arn:aws:iam::999999999999:root"},
        "secret_parameters": {"ExternalId": SECRET},
        "roles_if_missing": {
            "Make" + one.removeprefix("AWSElasticDisasterRecovery"): one for one in service.SERVICE_ROLES
        },
    },
    "trust": {"parameters": {"TrustedAccountId": TARGET, "StagingRole": "true", "AgentRoles": "true"}},
    "staging": {
        "parameters": {
            "TargetAccountIds": TARGET,
            "TargetRoots": f"arn:aws:iam::{TARGET}:root",
            "StagingRoles": f"arn:aws:iam::{TARGET}:role/Any",
        }
    },
    "monitoring": {"parameters": {"LagSeconds": "3600"}},
}


class Builder:
    """A role with a policy, and stacks applied by it."""

    def __init__(self, world: Simulator, account: str, statements: list[dict[str, Any]]) -> None:
        self.world, self.account = world, account
        iam = world.client("iam", account)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": world.hub_account}}
        iam.create_role(RoleName=BUILDER, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=BUILDER, PolicyName="bootstrap", PolicyDocument=document)
        self.params = Place(world, account).cell(region=REGION)._params
        self.params = {**self.params, "assume_role_arn": f"arn:aws:iam::{account}:role/{BUILDER}"}
        self.mark = world.mark()

    def apply(self, name: str) -> dict[str, Any]:
        """Apply a stack."""
        spec = {key: one.get("default") for key, one in stacks.SPEC.items()}
        text = (FILES / f"{name}.yml").read_text(encoding="utf-8")
        given = {
            **self.params,
            **spec,
            **STACKS[name],
            "name": f"resilience-drs-{name}",
            "template": text,
            "drift": True,
        }
        return stacks.perform(Cell(given), given, False)

    def live(self, names: Iterable[str]) -> list[str]:
        """Make stacks, remove them, make them again, ask for their drift; what went wrong, a sentence each."""
        wrong: list[str] = []

        def attempt(act: Callable[[], Any]) -> None:
            try:
                wrong.extend((act() or {}).get("unread", []))
            except DrsError as error:
                wrong.append(f"{error.code}: {error.message}")

        for name in names:
            attempt(partial(self.apply, name))
            attempt(partial(cloudformation.delete, Cell(self.params), f"resilience-drs-{name}"))
            attempt(partial(self.apply, name))
            attempt(partial(self.apply, name))
        return wrong

    def widen(self, name: str) -> None:
        """Change the inline policies of a stack's roles, as somebody does who goes past CloudFormation."""
        iam = self.world.client("iam", self.account)
        stack = self.world.client("cloudformation", self.account, REGION)
        found = stack.list_stack_resources(StackName=f"resilience-drs-{name}")["StackResourceSummaries"]
        for role in (one["PhysicalResourceId"] for one in found if one["ResourceType"] == "AWS::IAM::Role"):
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
                document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
                iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)

    def asked(self, dependent: bool) -> list[dict[str, Any]]:
        """What IAM was asked for this role, of its own calls or of those that CloudFormation made for it."""
        rows = self.world.journal(self.mark, dependent=dependent)
        return [one for one in rows if one["account"] == self.account and f"/{BUILDER}/" in (one["principal"] or "")]

    def denied(self) -> set[str]:
        rows = [*self.asked(True), *self.asked(False)]
        return {one["denied"]["action"] for one in rows if one["denied"]}


def shipped(prefix: str) -> set[str]:
    found = [one["Action"] for one in POLICY["Statement"] if one["Sid"].startswith(prefix)]
    return {action for actions in found for action in actions}


@pytest.fixture(scope="module")
def world(start_simulator) -> Simulator:
    """An account for each statement that lacks, and one for the whole policy."""
    numbers = range(1, len(POLICY["Statement"]) + 2)
    accounts = [{"id": f"{one:012}", "name": f"a{one}", "regions": [], "role": {"name": "Admin"}} for one in numbers]
    return start_simulator({"iam": {"enforce": True}, "accounts": accounts})


def test_it_is_enough_and_no_action_of_it_is_unused(world):
    builder = Builder(world, f"{1:012}", POLICY["Statement"])
    wrong = builder.live(STACKS)
    assert wrong == [], wrong
    builder.widen("trust")
    assert "stack_drifted" in str(builder.apply("trust"))
    assert builder.denied() == set()
    called = {action for one in builder.asked(False) for action in one["iam_actions"]}
    assert called == shipped("Calls") - UNSEEN
    # its own calls are what cannot be called but through CloudFormation
    onward = {one["iam_action"] for one in builder.asked(True)}
    # that nothing of it is unused, for changes as well: tests/unit/test_account_setup.py
    assert onward <= shipped("Onward") | called and {"iam:CreatePolicy", "kms:CreateKey", "events:PutRule"} <= onward


def test_no_statement_of_it_is_more_than_it_needs(world):
    for number, lacking in enumerate(POLICY["Statement"], 2):
        builder = Builder(world, f"{number:012}", [one for one in POLICY["Statement"] if one is not lacking])
        wrong = builder.live([NEEDED_BY.get(lacking["Sid"], "monitoring")])
        denied = builder.denied()
        assert denied and denied <= set(lacking["Action"]), (lacking["Sid"], denied)
        # what is denied is named with its action, in the words of CloudFormation
        assert any(action in text for text in wrong for action in denied) or lacking["Sid"] == "Onward", (
            lacking,
            wrong,
        )
        assert SECRET not in str(wrong)
