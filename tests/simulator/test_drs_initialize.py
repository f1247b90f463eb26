"""Test InitializeService: what it creates in IAM, its required permissions, the default templates."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, Cell, client, fresh, refused, settings

PREFIX = "AWSElasticDisasterRecovery"
DRS_ROLES = {f"{PREFIX}AgentRole": "s-*", f"{PREFIX}FailbackRole": "i-*"}
EC2_ROLES = [
    f"{PREFIX}ConversionServerRole",
    f"{PREFIX}RecoveryInstanceRole",
    f"{PREFIX}RecoveryInstanceWithLaunchActionsRole",
    f"{PREFIX}ReplicationServerRole",
]


@pytest.fixture
def bare() -> Iterator[Cell]:
    with fresh():
        yield Cell(region="eu-west-1", initialize=False)


def test_what_it_makes(bare: Cell) -> None:
    """UG:getting-started-initializing: the service-linked role and instance profiles; a second Region finds them."""
    iam = client("iam", ACCOUNT, "us-east-1")
    for cell in (bare, bare, Cell(region=REGION, initialize=False)):
        assert cell.drs.initialize_service()["ResponseMetadata"]["HTTPStatusCode"] == 204
    (role,) = iam.list_roles()["Roles"]
    assert role["Path"] == "/aws-service-role/drs.amazonaws.com/"
    assert role["RoleName"] == "AWSServiceRoleForElasticDisasterRecovery"
    assert sorted(p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]) == EC2_ROLES


def test_profiles_take_their_roles(bare: Cell) -> None:
    """An instance profile holds the role of its name; made after the first call, it is taken by the next."""
    iam = client("iam", ACCOUNT, "us-east-1")
    bare.drs.initialize_service()
    trust = {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    }
    iam.create_role(RoleName=EC2_ROLES[0], Path="/service-role/", AssumeRolePolicyDocument=json.dumps(trust))
    bare.drs.initialize_service()
    profile = iam.get_instance_profile(InstanceProfileName=EC2_ROLES[0])["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == [EC2_ROLES[0]]


def _trust(name: str) -> str:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "drs.amazonaws.com" if name in DRS_ROLES else "ec2.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"] if name in DRS_ROLES else "sts:AssumeRole",
    }
    if name in DRS_ROLES:
        statement["Condition"] = {"StringLike": {"sts:SourceIdentity": DRS_ROLES[name], "aws:SourceAccount": ACCOUNT}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _policies(name: str) -> list[str]:
    if name.endswith("WithLaunchActionsRole"):
        return [f"service-role/{PREFIX}RecoveryInstancePolicy", "AmazonSSMManagedInstanceCore"]
    return [f"service-role/{name.removesuffix('Role')}Policy"]


def test_strict(simulator: Any) -> None:
    """UG:getting-started-initializing: the six roles come first. What their absence does is a setting."""
    operator = {"id": ACCOUNT, "role": {"name": "drs-operator"}}
    sim = simulator({"accounts": [operator], "settings": {"strict_initialize": True}})
    iam, drs = sim.client("iam", ACCOUNT), sim.client("drs", ACCOUNT)
    names = [*DRS_ROLES, *EC2_ROLES]
    for name in names:
        assert name in refused(drs.initialize_service)["message"] or name != names[0]
        iam.create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=_trust(name))
        for policy in _policies(name):
            assert refused(drs.initialize_service)["code"] == "ValidationException"
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    with pytest.raises(drs.exceptions.UninitializedAccountException):
        drs.describe_jobs()
    drs.initialize_service()
    assert drs.describe_jobs()["items"] == []
    profiles = iam.list_instance_profiles()["InstanceProfiles"]
    assert all(profile["Roles"][0]["RoleName"] == profile["InstanceProfileName"] for profile in profiles)
    linked = iam.get_role(RoleName="AWSServiceRoleForElasticDisasterRecovery")["Role"]
    assert linked["Path"] == "/aws-service-role/drs.amazonaws.com/"


def test_strict_by_setting(bare: Cell) -> None:
    """Not documented (a setting): the error of InitializeService without its roles."""
    settings.configure({"strict_initialize": True, "strict_initialize_error": "AccessDeniedException"})
    error = refused(bare.drs.initialize_service)
    assert (error["code"], error["status"]) == ("AccessDeniedException", 403)
    assert f"{PREFIX}AgentRole" in error["message"]
    assert refused(bare.drs.describe_jobs)["code"] == "UninitializedAccountException"


def test_launch_template_is_for_new_servers() -> None:
    """UG:default-drs-launch-settings: the launch configuration template decides over new servers only."""
    with fresh() as cell:
        old = cell.seed("old")
        cell.drs.create_launch_configuration_template(copyTags=False)
        new = cell.seed("new")
        found = [cell.drs.get_launch_configuration(sourceServerID=server)["copyTags"] for server in (old, new)]
        assert found == [True, False]
        shown = cell.ec2.describe_launch_templates()["LaunchTemplates"]
        assert len(shown) == 2
        tags = {tag["Key"]: tag["Value"] for tag in shown[0]["Tags"]}
        assert tags["AWSElasticDisasterRecoveryManaged"] == "drs.amazonaws.com"
