"""Test the preflight of an extension: each missing piece with the command that repairs it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import preflight

STAGING, TARGET, REGION = "222222222222", "111111111111", "us-west-2"
ROLE = f"arn:aws:iam::{STAGING}:role/service-role/DRSStagingAccountRole_{TARGET}"
KEY = f"arn:aws:kms:{REGION}:{STAGING}:key/1"
POLICY = "arn:aws:iam::aws:policy/service-role/AWSElasticDisasterRecoveryStagingAccountPolicy_v2"
DENIED = {"error": {"code": "AccessDenied", "message": "no"}}


def trust_policy(target):
    """The trust policy that DRS gives the role (user guide, "Adding a trusted account")."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": preflight.SERVICE},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": {
            "StringLike": {"sts:SourceIdentity": target, "aws:SourceAccount": target},
            "ArnLike": {"aws:SourceArn": "arn:aws:drs:*:*:source-server/*"},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def statement(principal, *actions, effect="Allow"):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*"}


GOOD_KEY = {
    "Statement": [
        statement(f"arn:aws:iam::{STAGING}:root", "kms:*"),
        statement(ROLE, "kms:ReEncrypt*"),
        statement(
            [f"arn:aws:iam::{TARGET}:root"], "kms:ReEncrypt*", "kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"
        ),
    ]
}


def staging(**changes):
    base = {
        "cell": "staging-a.us-west-2",
        "account_id": STAGING,
        "region": REGION,
        "initialised": True,
        "role": {"arn": ROLE, "trust": trust_policy(TARGET), "policies": [POLICY]},
        "encryption": [{"where": "rct-1", "mode": "CUSTOM", "key_arn": KEY}],
        "default_key": "alias/aws/ebs",
        "keys": {KEY: {"arn": KEY, "state": "Enabled", "manager": "CUSTOMER", "policy": GOOD_KEY}},
    }
    return {**base, **changes}


def check(**changes):
    return [(one["severity"], one["code"]) for one in preflight.check(staging(**changes), TARGET)]


def remedy(**changes):
    return preflight.check(staging(**changes), TARGET)[0]["remedy"]


def role(**changes):
    return {**staging()["role"], **changes}


def key(**changes):
    return {KEY: {**staging()["keys"][KEY], **changes}}


def encrypted(mode, key_arn=None):
    return [{"where": "rct-1", "mode": mode, "key_arn": key_arn}]


def test_a_staging_account_that_is_ready_has_no_finding():
    assert check() == []


def test_one_where_drs_is_not_initialised_has_only_that():
    assert check(initialised=False, role=None) == [("error", "not_initialised")]
    assert f"aws drs initialize-service --region {REGION}" in remedy(initialised=False)


def test_a_missing_role_is_named_with_the_commands_that_make_it():
    assert check(role=None) == [("error", "staging_role_missing")]
    told = remedy(role=None)
    assert f"aws iam create-role --role-name DRSStagingAccountRole_{TARGET} --path /service-role/" in told
    assert f"aws iam attach-role-policy --role-name DRSStagingAccountRole_{TARGET} --policy-arn {POLICY}" in told
    assert f"In account {STAGING}" in told.replace("in account", "In account")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        *(("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eusc-de-east-1", "aws-eusc")),
        *(("us-iso-east-1", "aws-iso"), ("us-isob-east-1", "aws-iso-b"), ("eu-isoe-west-1", "aws-iso-e")),
    ],
)
def test_roles_and_policies_are_those_of_the_partition(region, partition):
    assert f"arn:{partition}:iam::aws:policy/" in remedy(role=None, region=region)
    # a policy that grants the role by the ARN that it has there is not told as one that grants nothing
    policy = json.loads(json.dumps(GOOD_KEY).replace("arn:aws:", f"arn:{partition}:"))
    assert "key_not_shared" not in [code for _severity, code in check(region=region, keys=key(policy=policy))]


def test_a_role_that_may_not_be_read_is_a_warning():
    assert check(role=DENIED) == [("warning", "staging_role_unread")]


def test_a_role_outside_the_path_is_not_the_one():
    outside = role(arn=f"arn:aws:iam::{STAGING}:role/DRSStagingAccountRole_{TARGET}")
    assert check(role=outside) == [("error", "staging_role_missing")]


def test_a_role_without_its_policy_is_told():
    assert check(role=role(policies=[])) == [("warning", "staging_role_powerless")]


def trust(**changes):
    document = trust_policy(TARGET)
    document["Statement"][0].update(changes)
    return document


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"Statement": []},
        {"Statement": "nonsense"},
        trust(Effect="Deny"),
        trust(Principal={"Service": "ec2.amazonaws.com"}),
        trust(Principal={"AWS": "drs.amazonaws.com"}),
        trust(Action="sts:AssumeRole"),
        trust(Condition={"StringLike": {"aws:SourceAccount": "999999999999"}}),
        trust(Condition={"StringLike": {"aws:SourceAccount": TARGET, "sts:SourceIdentity": ["999999999999"]}}),
    ],
)
def test_a_role_that_does_not_admit_the_target_is_refused(document):
    assert check(role=role(trust=document)) == [("error", "staging_role_untrusting")]
    assert "aws iam update-assume-role-policy" in remedy(role=role(trust=document))


@pytest.mark.parametrize(
    "document",
    [
        trust(Action="sts:*"),
        trust(Action=["STS:assumerole", "sts:SetSource*"]),
        trust(Principal={"Service": ["ec2.amazonaws.com", "drs.amazonaws.com"]}),
        trust(Condition={"StringEquals": {"AWS:sourceaccount": ["999999999999", TARGET]}}),
        trust(Condition={"StringLike": {"aws:SourceAccount": "1111*"}}),
        trust(Condition=None),
        {"Statement": trust()["Statement"][0]},
        {
            "Statement": [
                trust(Action="sts:AssumeRole")["Statement"][0],
                trust(Action="sts:SetSourceIdentity")["Statement"][0],
            ]
        },
    ],
)
def test_a_role_that_admits_it_in_another_way_passes(document):
    assert check(role=role(trust=document)) == []


# -- encryption --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("default", ["alias/aws/ebs", f"arn:aws:kms:{REGION}:{STAGING}:alias/aws/ebs"])
def test_the_default_key_of_ebs_cannot_be_shared(default):
    found = encrypted("DEFAULT")
    assert check(encryption=found, default_key=default) == [("error", "default_ebs_key")]
    told = remedy(encryption=found, default_key=default)
    # set-up makes the key and gives it to new servers; the others are copied again, which needs a word
    assert "resilience.drs.setup" in told and "replication_settings_confirm_resync" in told


def test_a_default_key_that_could_not_be_read_is_a_warning():
    assert check(encryption=encrypted("DEFAULT"), default_key=None) == [("warning", "default_ebs_key")]


def test_another_default_key_is_judged_as_a_key():
    assert check(encryption=encrypted("DEFAULT"), default_key=KEY) == []
    assert check(encryption=encrypted("DEFAULT"), default_key=KEY, keys=key(manager="AWS")) == [
        ("error", "default_ebs_key")
    ]


def test_no_encryption_is_a_warning_and_unread_settings_are_one():
    assert check(encryption=encrypted("NONE")) == [("warning", "unencrypted_staging")]
    assert check(encryption=None) == [("warning", "encryption_unread")]
    assert check(encryption=[]) == []


@pytest.mark.parametrize("dropped", [1, 2])
def test_a_key_policy_without_the_statements_is_refused(dropped):
    policy = {"Statement": [one for number, one in enumerate(GOOD_KEY["Statement"]) if number != dropped]}
    assert check(keys=key(policy=policy)) == [("error", "key_not_shared")]
    assert f"aws kms put-key-policy --region {REGION} --key-id {KEY}" in remedy(keys=key(policy=policy))


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"Statement": [*GOOD_KEY["Statement"][:2], statement(f"arn:aws:iam::{TARGET}:root", "kms:ReEncrypt*")]},
        {"Statement": [statement("*", "kms:*", effect="Deny")]},
        {"Statement": [*GOOD_KEY["Statement"][:2], statement("arn:aws:iam::999999999999:root", "kms:*")]},
    ],
)
def test_a_key_policy_that_grants_too_little_or_to_others_is_refused(policy):
    assert check(keys=key(policy=policy)) == [("error", "key_not_shared")]


@pytest.mark.parametrize("principal", [TARGET, f"arn:aws:iam::{TARGET}:root", "*"])
def test_the_target_may_be_named_in_each_way_that_kms_knows(principal):
    policy = {"Statement": [statement(ROLE, "kms:*"), statement(principal, "kms:*")]}
    assert check(keys=key(policy=policy)) == []


def test_a_key_that_is_off_or_could_not_be_read():
    assert check(keys=key(state="PendingDeletion")) == [("error", "key_unusable")]
    assert check(keys={KEY: DENIED}) == [("warning", "key_unread")]
    assert check(keys={}) == [("warning", "key_unread")]


def test_servers_with_the_same_key_are_told_together():
    settings = [{"where": f"s-{number}", "mode": "NONE", "key_arn": None} for number in range(9)]
    found = preflight.check(staging(encryption=settings), TARGET)
    assert len(found) == 1 and "and 6 more" in found[0]["message"]


def test_names_from_outside_are_made_harmless():
    found = preflight.check(staging(encryption=[{"where": "rct\x1b[2J", "mode": "NONE", "key_arn": None}]), TARGET)
    assert "\x1b" not in found[0]["message"]
