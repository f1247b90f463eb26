"""Test the stacks of set-up against the simulator: home Region, existing roles, failed first creations, drift."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import service, stacks
from support.cells import Place
from support.simulator import ROOT

NAME = "resilience-drs-account"
TEMPLATE = (ROOT / "roles" / "account_setup" / "files" / "account.yml").read_text(encoding="utf-8")
SWITCHES = {"Make" + one.removeprefix("AWSElasticDisasterRecovery"): one for one in service.SERVICE_ROLES}
PARAMETERS = {"ControllerPrincipals": "arn:aws:iam::999999999999:root", "ExternalId": "hush-hush"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def apply(place: Place, check_mode: bool = False, region: str = "us-west-2", **given: Any) -> dict:
    options = {
        "name": NAME,
        "template": TEMPLATE,
        "parameters": {"ControllerPrincipals": PARAMETERS["ControllerPrincipals"], "OrchestrationRoleName": "Worker"},
        "secret_parameters": {"ExternalId": PARAMETERS["ExternalId"]},
        "roles_if_missing": SWITCHES,
        **given,
    }
    spec = {name: one.get("default") for name, one in stacks.SPEC.items()}
    cell = place.cell(region=region)
    return stacks.perform(cell, {**cell._params, **spec, **options}, check_mode)


def roles(place: Place) -> set[str]:
    return {one["RoleName"] for one in place.simulator.client("iam", place.account).list_roles(MaxItems=500)["Roles"]}


def test_the_roles_of_an_account_have_one_home_and_leave_alone_what_exists(place):
    iam = place.simulator.client("iam", place.account)
    iam.create_role(RoleName=service.SERVICE_ROLES[0], Path="/service-role/", AssumeRolePolicyDocument=TRUST)
    place.mark()
    assert apply(place, check_mode=True)["differences"] == ["the stack"] and place.mutations() == []
    made = apply(place)
    assert made["changed"] is True and set(service.SERVICE_ROLES) | {"Worker", "DRSCleanUp"} <= roles(place)
    assert made["outputs"]["OrchestrationRoleArn"] == f"arn:aws:iam::{place.account}:role/Worker"
    assert "AgentRoleArn" not in made["outputs"] and "FailbackRoleArn" in made["outputs"]
    # a second Region of the account, whose cell comes first in this play, finds it where it is
    both = ["us-east-1", "us-west-2"]
    again = apply(place, region="us-east-1", regions=both, drift=True)
    assert (again["changed"], again["region"], again["drift"]) == (False, "us-west-2", [])
    # what somebody changes beside the stack is told, and the external id is in nothing
    iam.attach_role_policy(RoleName="Worker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    told = apply(place, regions=both, drift=True)
    assert [one["text"] for one in told["drift"]] == ["Worker was changed: /ManagedPolicyArns"]
    assert "stack_drifted" in told["warnings"][0] and "hush-hush" not in json.dumps(told)
    iam.detach_role_policy(RoleName="Worker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    # the service roles stay when the stack goes, and are left alone by the next one
    place.simulator.client("cloudformation", place.account).delete_stack(StackName=NAME)
    assert set(service.SERVICE_ROLES) <= roles(place) and "Worker" not in roles(place)
    assert apply(place)["changed"] is True and apply(place)["changed"] is False


def test_a_table_that_outlived_its_stack_is_used_as_it_is(place):
    options = {
        "name": "resilience-drs-hub",
        "template": (ROOT / "roles" / "account_setup" / "files" / "hub.yml").read_text(encoding="utf-8"),
        "parameters": {"TableName": "runs", "TopicName": "told"},
        "secret_parameters": {},
        "roles_if_missing": {},
        "tables_if_missing": {"MakeHistory": "runs"},
    }
    made = apply(place, **options)
    assert made["changed"] is True and apply(place, **options)["changed"] is False
    tables = place.simulator.client("dynamodb", place.account)
    place.simulator.client("cloudformation", place.account).delete_stack(StackName="resilience-drs-hub")
    assert tables.list_tables()["TableNames"] == ["runs"]
    again = apply(place, **options)
    assert again["changed"] is True and again["outputs"] == made["outputs"]
    assert apply(place, **options)["changed"] is False and tables.list_tables()["TableNames"] == ["runs"]


def test_a_stack_that_fails_first_is_deleted_and_the_reason_told(place):
    iam = place.simulator.client("iam", place.account)
    iam.create_role(RoleName="DRSCleanUp", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(DrsError, match="CleanUp: .*already exists.*the failed stack was deleted") as failed:
        apply(place)
    assert failed.value.code == "stack_failed" and "Worker" not in roles(place)
    assert "account_setup_clean_up_role_name" in failed.value.remedy
    cloudformation = place.simulator.client("cloudformation", place.account)
    # one that somebody else left in ROLLBACK_COMPLETE is no obstacle either
    cloudformation.create_stack(
        StackName=NAME,
        TemplateBody=TEMPLATE,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in PARAMETERS.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    iam.delete_role(RoleName="DRSCleanUp")
    assert apply(place, check_mode=True)["changed"] is True
    assert apply(place)["changed"] is True and {"Worker", "DRSCleanUp"} <= roles(place)
