"""Test the evaluation of IAM policies (IAM User Guide: evaluation logic, conditions, policy variables)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from drs_simulator.iam import rules
from drs_simulator.iam.rules import ALLOW, DENY, NONE, decide, decide_for

SERVER = "arn:aws:drs:us-west-2:111111111111:source-server/s-00000000000000001"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    full = [{"Effect": "Allow", "Action": "drs:*", "Resource": "*", **statement} for statement in statements]
    return {"Version": "2012-10-17", "Statement": full}


def verdict(*statements: dict[str, Any], action: str = "drs:StartRecovery", **values: Any) -> str:
    given = {name.replace("__", ":").lower(): value for name, value in values.items()}
    return decide([policy(*statements)], action, SERVER, given)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({}, ALLOW),
        ({"Action": "DRS:startrecovery"}, ALLOW),
        ({"Action": ["ec2:*", "drs:Start*"]}, ALLOW),
        ({"Action": "drs:Start?ecovery"}, ALLOW),
        ({"Action": "drs:Stop*"}, NONE),
        ({"Action": "drs"}, NONE),
        ({"Action": [], "NotAction": "drs:Delete*"}, ALLOW),
        ({"Action": [], "NotAction": ["drs:Delete*", "drs:StartRecovery"]}, NONE),
        ({"Resource": "arn:aws:drs:*:111111111111:source-server/*"}, ALLOW),
        ({"Resource": "arn:aws:drs:*:222222222222:source-server/*"}, NONE),
        ({"Resource": ["arn:aws:ec2:*", SERVER]}, ALLOW),
        ({"Resource": [], "NotResource": "arn:aws:drs:*:*:source-server/*"}, NONE),
        ({"Resource": [], "NotResource": "arn:aws:drs:*:*:job/*"}, ALLOW),
    ],
)
def test_actions_and_resources(statement: dict[str, Any], expected: str) -> None:
    """Actions regardless of case, resources exactly; * and ? in both."""
    assert verdict(statement) == expected


def test_a_deny_beats_every_allow() -> None:
    """Policy evaluation logic: explicit deny, then allow, then implicit deny."""
    assert verdict({"Effect": "Deny", "Action": "drs:StartRecovery"}, {}) == DENY
    assert verdict({}, {"Effect": "Deny", "Action": "drs:StartRecovery"}) == DENY
    assert verdict({}, {"Effect": "Deny", "Action": "drs:DeleteJob"}) == ALLOW
    assert decide([], "drs:StartRecovery") == NONE
    assert decide([policy({"Action": "ec2:*"}), policy({})], "drs:StartRecovery", SERVER) == ALLOW


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ({"StringEquals": {"aws:ResourceTag/wave": "1"}}, {"aws:resourcetag/wave": "1"}, True),
        ({"StringEquals": {"aws:ResourceTag/Wave": ["1", "2"]}}, {"aws:resourcetag/wave": "2"}, True),
        ({"StringEquals": {"aws:ResourceTag/wave": "1"}}, {"aws:resourcetag/wave": "2"}, False),
        ({"StringEquals": {"aws:ResourceTag/wave": "1"}}, {}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/wave": "1"}}, {}, True),
        ({"StringEqualsIfExists": {"aws:ResourceTag/wave": "1"}}, {"aws:resourcetag/wave": "2"}, False),
        ({"StringNotEquals": {"aws:ResourceTag/wave": "1"}}, {}, True),
        ({"StringNotEquals": {"aws:ResourceTag/wave": ["1", "2"]}}, {"aws:resourcetag/wave": "2"}, False),
        ({"StringLike": {"aws:RequestTag/run": "dr-*"}}, {"aws:requesttag/run": "dr-7"}, True),
        ({"StringNotLike": {"aws:RequestTag/run": "dr-*"}}, {"aws:requesttag/run": "dr-7"}, False),
        ({"Bool": {"aws:ViaAWSService": "true"}}, {"aws:viaawsservice": "true"}, True),
        ({"Bool": {"aws:ViaAWSService": True}}, {"aws:viaawsservice": "false"}, False),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": ["drs.amazonaws.com"]}}, {"aws:calledvia": ["a", "b"]}, False),
        (
            {"ForAnyValue:StringEquals": {"aws:CalledVia": ["drs.amazonaws.com"]}},
            {"aws:calledvia": ["cloudformation.amazonaws.com", "drs.amazonaws.com"]},
            True,
        ),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": ["drs.amazonaws.com"]}}, {}, False),
        ({"ForAllValues:StringLike": {"aws:TagKeys": "dr:*"}}, {"aws:tagkeys": ["dr:wave", "dr:role"]}, True),
        ({"ForAllValues:StringLike": {"aws:TagKeys": "dr:*"}}, {"aws:tagkeys": ["dr:wave", "Name"]}, False),
        ({"ForAllValues:StringLike": {"aws:TagKeys": "dr:*"}}, {}, True),
        ({"Null": {"aws:ResourceTag/managed": "false"}}, {"aws:resourcetag/managed": "x"}, True),
        ({"Null": {"aws:ResourceTag/managed": "false"}}, {}, False),
        ({"Null": {"aws:ResourceTag/managed": "true"}}, {}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:drs:*:*:source-server/*"}}, {"aws:sourcearn": SERVER}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:drs:*"}}, {"aws:sourcearn": SERVER}, False),
        ({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}, {"aws:principalaccount": "1"}, False),
        (
            {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
            {"aws:principalaccount": "1", "aws:resourceaccount": "1"},
            True,
        ),
        ({"NumericLessThan": {"sts:DurationSeconds": "3600"}}, {"sts:durationseconds": "900"}, True),
        ({"NumericLessThan": {"sts:DurationSeconds": "3600"}}, {"sts:durationseconds": "soon"}, False),
    ],
)
def test_conditions(condition: dict[str, Any], values: dict[str, Any], holds: bool) -> None:
    """Condition operators: several values are any of them, several keys all of them, a missing key fails."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    assert rules.conditions_hold(statement, values) is holds
    both = {**statement, "Condition": {**condition, "StringEqualsIgnoreCase": {"other": "X"}}}
    assert rules.conditions_hold(both, {**values, "other": "x"}) is holds
    assert rules.conditions_hold(both, values) is False


def test_what_is_not_known_refuses() -> None:
    """An operator that nobody taught it: an Allow does not hold, a Deny does."""
    unknown = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    assert verdict(unknown) == NONE
    assert verdict({}, {"Effect": "Deny", **unknown}) == DENY


ROLE = "arn:aws:iam::111111111111:role/operator"


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Principal": "*"}, ALLOW),
        ({"Principal": {"AWS": "*"}}, ALLOW),
        ({"Principal": {"AWS": "111111111111"}}, ALLOW),
        ({"Principal": {"AWS": ["arn:aws:iam::111111111111:root"]}}, ALLOW),
        ({"Principal": {"AWS": ROLE}}, ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam::222222222222:root"}}, NONE),
        ({"Principal": {"Service": "drs.amazonaws.com"}}, NONE),
        ({"NotPrincipal": {"AWS": ROLE}}, NONE),
        ({"NotPrincipal": {"AWS": "222222222222"}}, ALLOW),
        ({}, NONE),
    ],
)
def test_policies_of_resources(principal: dict[str, Any], expected: str) -> None:
    """A trust or key policy speaks to the callers that its Principal names."""
    document = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", **principal}}
    names = rules.names_of("111111111111", ROLE)
    assert decide_for(document, names, "sts:AssumeRole") == expected
    assert decide_for(document, names, "sts:TagSession") == NONE
