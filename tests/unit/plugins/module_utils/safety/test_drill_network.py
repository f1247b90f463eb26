"""Test the drill network guardrail: what is not provably for drills is refused."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

DRILL, OTHER, OPEN, LIVE = "subnet-11111111", "subnet-22222222", "subnet-33333333", "subnet-44444444"
GROUP = "sg-11111111"
SUBNETS = {
    DRILL: {"public": False, "tags": {"purpose": "drill"}},
    OTHER: {"public": False, "tags": {"purpose": "other"}},
    OPEN: {"public": True, "tags": {"purpose": "drill"}},
    LIVE: {"public": False, "tags": {"purpose": "drill"}},
}
QUIET = {"copyPrivateIp": False}
GUARDRAIL = {"subnet_tags": {"purpose": "drill"}}


def codes(card, guardrail=None, configuration=None, **data):
    cards = {"NetworkInterfaces": [card]} if card is not None else {}
    found = drill_network.blocking_findings(
        QUIET if configuration is None else configuration, {**cards, **data}, SUBNETS, {LIVE}, guardrail or GUARDRAIL
    )
    return [code for code, _text in found]


@pytest.mark.parametrize(
    ("card", "guardrail", "expected"),
    [
        ({"SubnetId": DRILL}, GUARDRAIL, []),
        ({"SubnetId": DRILL}, {"subnet_ids": [DRILL]}, []),
        ({"SubnetId": OTHER}, GUARDRAIL, ["drill_subnet_not_allowed"]),
        ({"SubnetId": OTHER}, {"subnet_ids": [DRILL]}, ["drill_subnet_not_allowed"]),
        # with both, both must hold
        ({"SubnetId": OTHER}, {**GUARDRAIL, "subnet_ids": [OTHER]}, ["drill_subnet_not_allowed"]),
        ({"SubnetId": DRILL}, {**GUARDRAIL, "subnet_ids": [OTHER]}, ["drill_subnet_not_allowed"]),
        (None, GUARDRAIL, ["drill_subnet_not_allowed"]),
        ({}, GUARDRAIL, ["drill_subnet_not_allowed"]),
        ({"SubnetId": "subnet-99999999"}, {"subnet_ids": ["subnet-99999999"]}, ["drill_subnet_not_allowed"]),
        ({"NetworkInterfaceId": "eni-1"}, GUARDRAIL, ["drill_subnet_not_allowed"]),
        # where source machines run it is production, whatever its tags say
        ({"SubnetId": LIVE}, GUARDRAIL, ["drill_subnet_production"]),
        ({"SubnetId": DRILL}, {**GUARDRAIL, "production_subnet_ids": [DRILL]}, ["drill_subnet_production"]),
        ({"SubnetId": DRILL, "AssociatePublicIpAddress": True}, GUARDRAIL, ["drill_public_ip"]),
        ({"SubnetId": OPEN}, GUARDRAIL, ["drill_public_ip"]),
        ({"SubnetId": OPEN, "AssociatePublicIpAddress": False}, GUARDRAIL, []),
        ({"SubnetId": OPEN}, {**GUARDRAIL, "allow_public_ip": True}, []),
        ({"SubnetId": DRILL, "Groups": [GROUP]}, {**GUARDRAIL, "security_group_ids": [GROUP]}, []),
        (
            {"SubnetId": DRILL, "Groups": [GROUP, "sg-2"]},
            {**GUARDRAIL, "security_group_ids": [GROUP]},
            ["drill_security_group_not_allowed"],
        ),
        ({"SubnetId": DRILL}, {**GUARDRAIL, "security_group_ids": [GROUP]}, ["drill_security_group_not_allowed"]),
    ],
)
def test_where_a_drill_may_launch(card, guardrail, expected):
    assert codes(card, guardrail) == expected


@pytest.mark.parametrize(
    ("configuration", "guardrail", "expected"),
    [
        ({"copyPrivateIp": True}, GUARDRAIL, ["drill_copy_private_ip"]),
        ({}, GUARDRAIL, ["drill_copy_private_ip"]),
        ({"copyPrivateIp": True}, {**GUARDRAIL, "allow_copy_private_ip": True}, []),
        (
            {**QUIET, "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": "i-1"}},
            GUARDRAIL,
            ["drill_launch_into_instance"],
        ),
        ({**QUIET, "launchIntoInstanceProperties": {}}, GUARDRAIL, []),
    ],
)
def test_what_a_drill_may_not_share(configuration, guardrail, expected):
    assert codes({"SubnetId": DRILL}, guardrail, configuration) == expected


def test_every_network_interface_is_looked_at():
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": DRILL}, {"DeviceIndex": 1, "SubnetId": OTHER}]}
    found = drill_network.blocking_findings(QUIET, data, SUBNETS, set(), GUARDRAIL)
    assert [code for code, _text in found] == ["drill_subnet_not_allowed"] and OTHER in found[0][1]


def test_groups_beside_the_interfaces_count():
    guardrail = {**GUARDRAIL, "security_group_ids": [GROUP]}
    assert codes({"SubnetId": DRILL}, guardrail, SecurityGroupIds=[GROUP]) == []
    assert codes({"SubnetId": DRILL}, guardrail, SecurityGroupIds=["sg-2"]) == ["drill_security_group_not_allowed"]


@pytest.mark.parametrize("given", [None, {}, {"subnet_ids": None, "allow_public_ip": False}])
def test_without_a_word_it_is_off(given):
    assert drill_network.guardrail(given) == {}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"subnet_ids": []}, "needs subnet_ids or subnet_tags"),
        ({"subnet_tags": {}}, "needs subnet_ids or subnet_tags"),
        ({"allow_public_ip": True}, "needs subnet_ids or subnet_tags"),
        ({"production_subnet_ids": [LIVE]}, "needs subnet_ids or subnet_tags"),
        ({"subnet_ids": ["drill-a"]}, "'drill-a'"),
        ({"subnet_ids": [DRILL], "security_group_ids": ["default"]}, "'default'"),
        ({"subnet_ids": [DRILL], "production_subnet_ids": [DRILL]}, DRILL),
        ({"subnets": [DRILL]}, "subnets is not known"),
    ],
)
def test_a_guardrail_that_means_nothing_is_an_error_and_never_off(given, named):
    with pytest.raises(DrsError, match=named) as refused:
        drill_network.guardrail(given)
    assert refused.value.code == "invalid_option"
