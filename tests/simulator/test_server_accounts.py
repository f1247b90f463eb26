"""Test AssumeRole: who may assume which role, external ids and role chaining."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json

import boto3
import pytest
from botocore.exceptions import ClientError
from support.simulator import Simulator

HUB, ONE, TWO, THREE = "999999999999", "111111111111", "222222222222", "333333333333"
WORLD = {
    "accounts": [
        {"id": ONE, "role": {"name": "ops/drs", "external_id": "open sesame"}},
        {"id": TWO, "role": {"name": "open"}, "roles": [{"name": "inner", "trusts": [f"arn:aws:iam::{ONE}:role/drs"]}]},
        {"id": THREE, "access_key_id": "third", "role": {"name": "shut", "deny": True}},
    ]
}


@pytest.fixture(scope="module")
def sim(module_simulator) -> Simulator:
    return module_simulator(WORLD)


def assume(client, role: str, account: str = ONE, **extra):
    return client.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="run-1", **extra)


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_static_keys_are_the_hub(sim):
    who = sim.client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (HUB, f"arn:aws:iam::{HUB}:user/hub")


def test_an_account_may_have_keys_of_its_own(sim):
    client = boto3.client(
        "sts", "us-east-1", endpoint_url=sim.url, aws_access_key_id="third", aws_secret_access_key="x"
    )
    assert client.get_caller_identity()["Account"] == THREE


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        ("drs", "describe_jobs", "UnrecognizedClientException", 403),
        ("ec2", "describe_vpcs", "AuthFailure", 401),
    ],
)
def test_unknown_keys_are_refused_in_the_words_of_each_service(sim, service, operation, code, status):
    client = boto3.client(
        service, "us-west-2", endpoint_url=sim.url, aws_access_key_id="nobody", aws_secret_access_key="x"
    )
    with pytest.raises(ClientError) as error:
        getattr(client, operation)()
    assert refused(error) == (code, status)
    assert sim.journal()[-1]["account"] is None


def test_an_assumed_role_is_the_account_of_the_role(sim):
    answer = assume(sim.client("sts"), "ops/drs", ExternalId="open sesame", SourceIdentity="operator")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ONE}:assumed-role/drs/run-1"
    assert answer["SourceIdentity"] == "operator"
    keys = answer["Credentials"]
    left = keys["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=55) < left <= datetime.timedelta(hours=1)
    client = boto3.client(
        "sts",
        "us-west-2",
        endpoint_url=sim.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    who = client.get_caller_identity()
    assert who["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    entry = sim.journal()[-1]
    assert entry["principal"] == f"arn:aws:sts::{ONE}:assumed-role/drs/run-1"
    assert entry["source_identity"] == "operator"


@pytest.mark.parametrize(
    ("account", "role", "extra"),
    [
        pytest.param(ONE, "ops/drs", {}, id="external id missing"),
        pytest.param(ONE, "ops/drs", {"ExternalId": "wrong"}, id="external id wrong"),
        pytest.param(ONE, "absent", {}, id="no such role"),
        pytest.param("444444444444", "drs", {}, id="no such account"),
        pytest.param(TWO, "inner", {}, id="caller not trusted"),
        pytest.param(THREE, "shut", {}, id="denied"),
    ],
)
def test_refusals_all_read_alike(sim, account, role, extra):
    """STS does not tell why: a missing role, a wrong external id and a lack of trust give the same AccessDenied."""
    with pytest.raises(ClientError) as error:
        assume(sim.client("sts"), role, account, **extra)
    assert refused(error) == ("AccessDenied", 403)
    assert error.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{HUB}:user/hub is not authorized to perform: sts:AssumeRole on resource: "
        f"arn:aws:iam::{account}:role/{role}"
    )


def test_external_ids_stay_out_of_the_journal(sim):
    assume(sim.client("sts"), "ops/drs", ExternalId="open sesame")
    with pytest.raises(ClientError):
        assume(sim.client("sts"), "ops/drs", ExternalId="other sesame")
    assert "sesame" not in json.dumps(sim.journal())
    assert "sesame" not in json.dumps(sim.scenario)


def test_roles_chain_and_keep_the_source_identity(sim):
    first = assume(sim.client("sts"), "ops/drs", ExternalId="open sesame", SourceIdentity="operator")["Credentials"]
    inner = boto3.client(
        "sts",
        "us-west-2",
        endpoint_url=sim.url,
        aws_access_key_id=first["AccessKeyId"],
        aws_secret_access_key=first["SecretAccessKey"],
        aws_session_token=first["SessionToken"],
    )
    answer = assume(inner, "inner", TWO)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{TWO}:assumed-role/inner/run-1"
    assert answer["SourceIdentity"] == "operator"
    with pytest.raises(ClientError, match="1 hour session limit") as error:
        assume(inner, "inner", TWO, DurationSeconds=7200)
    assert refused(error) == ("ValidationError", 400)


@pytest.mark.parametrize(("name", "fault"), [("has space", "roleSessionName"), ("a/b", "roleSessionName")])
def test_session_names_are_checked(sim, name, fault):
    with pytest.raises(ClientError, match=fault) as error:
        sim.client("sts").assume_role(RoleArn=f"arn:aws:iam::{TWO}:role/open", RoleSessionName=name)
    assert refused(error) == ("ValidationError", 400)


def test_a_role_can_be_denied_and_trusted_again_while_running(simulator):
    sim = simulator(WORLD)
    sts = sim.client("sts")
    assume(sts, "open", TWO)
    sim.deny_role(TWO)
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(sts, "open", TWO)
    sim.deny_role(TWO, False)
    assume(sts, "open", TWO)


def test_sessions_end(simulator):
    sim = simulator(WORLD)
    client = sim.client("drs", TWO)
    assert sim.expire_sessions(TWO) == 1
    with pytest.raises(ClientError) as error:
        client.describe_jobs()
    assert refused(error) == ("ExpiredTokenException", 403)


def test_a_role_made_with_iam_is_as_good_as_one_of_the_scenario(simulator):
    sim = simulator(WORLD)
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"},
            "Condition": {"StringEquals": {"sts:ExternalId": "made"}},
        },
    }
    sim.client("iam", TWO).create_role(RoleName="made", AssumeRolePolicyDocument=json.dumps(trust))
    assume(sim.client("sts"), "made", TWO, ExternalId="made")
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(sim.client("sts"), "made", TWO)
