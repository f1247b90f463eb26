"""Test the modules that initialise DRS and manage its templates, against the simulator."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import service
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import templates
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.cells import Place

BARE = "us-east-1"  # the accounts have DRS in us-west-2 only
SUBNET = "subnet-0123456789abcdef0"
NEEDED = {"staging_area_subnet_id": SUBNET, "ebs_encryption": "NONE"}


def options(spec: dict, given: dict) -> dict:
    return {**{name: one.get("default") for name, one in spec.items()}, **given}


def initialise(place: Place, check_mode: bool = False, region: str = BARE, **given: Any) -> dict:
    return service.perform(place.cell(region=region), options(service.SERVICE_SPEC, given), check_mode)


def replication(place: Place, check_mode: bool = False, region: str = "us-west-2", **given: Any) -> dict:
    cell = place.cell(region=region)
    return templates.replication(cell, options(templates.REPLICATION_SPEC, given), check_mode)


def launch(place: Place, check_mode: bool = False, **given: Any) -> dict:
    return templates.launch(place.cell(), options(templates.LAUNCH_SPEC, given), check_mode)


def make_roles(place: Place) -> None:
    iam = place.simulator.client("iam", place.account)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    for name in service.SERVICE_ROLES:
        iam.create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=trust)


# -- drs_service ------------------------------------------------------------------------------------------------------


def test_a_bare_cell_is_initialised_once(place):
    make_roles(place)
    place.mark()
    assert initialise(place, check_mode=True)["changed"] is True
    assert place.mutations() == []
    made = initialise(place)
    assert (made["changed"], made["has_replication_template"]) == (True, False)
    assert initialise(place)["changed"] is False
    assert place.mutations() == ["InitializeService"]


def test_without_its_roles_nothing_is_initialised(place):
    with pytest.raises(DrsError, match="AWSElasticDisasterRecoveryAgentRole") as refused:
        initialise(place)
    assert refused.value.code == "service_roles_missing"
    assert place.mutations() == []
    told = initialise(place, check_mode=True)
    assert told["missing_roles"] == list(service.SERVICE_ROLES) and told["warnings"]


def test_where_it_is_initialised_no_role_is_looked_for(place):
    assert initialise(place, region="us-west-2") == {
        "initialised": True,
        "missing_roles": [],
        "has_replication_template": False,
        "cell": f"{place.account}.us-west-2",
        "changed": False,
        "diff": {"before": {}, "after": {}},
    }
    assert place.calls("GetRole") == []


# -- templates --------------------------------------------------------------------------------------------------------


def test_a_template_is_made_changed_and_left_alone(place):
    assert replication(place, check_mode=True, **NEEDED)["changed"] is True
    assert place.mutations() == []
    made = replication(place, **NEEDED, tags={"owner": "platform"})
    assert made["template"]["pit_retention_days"] == 7 and made["template"]["tags"] == {"owner": "platform"}
    assert replication(place, **NEEDED, tags={"owner": "platform"})["changed"] is False
    changed = replication(place, pit_retention_days=30, use_dedicated_replication_server=True, tags={"tier": "1"})
    assert changed["template_id"] == made["template_id"]
    assert changed["diff"]["before"] == {"pit_retention_days": 7, "use_dedicated_replication_server": False, "tags": {}}
    kept = replication(place)
    assert kept["changed"] is False and kept["template"]["staging_area_subnet_id"] == SUBNET
    assert kept["template"]["tags"] == {"owner": "platform", "tier": "1"}
    assert place.mutations() == [
        "CreateReplicationConfigurationTemplate",
        "UpdateReplicationConfigurationTemplate",
        "TagResource",
    ]


@pytest.mark.parametrize("kind", ["drop_response", "throttle"])
def test_a_lost_or_refused_answer_makes_one_template(place, kind):
    action = "CreateReplicationConfigurationTemplate"
    place.simulator.faults.add(kind, service="drs", action=action, account=place.account, times=1)
    assert replication(place, **NEEDED)["changed"] is True
    assert len(place.drs.describe_replication_configuration_templates()["items"]) == 1


def test_several_templates_are_never_guessed_among(place):
    from support.scenarios import REGION

    rules = [{"units": u, "interval": i, "retentionDuration": r} for u, i, r in (("MINUTE", 10, 60), ("HOUR", 1, 24))]
    body = {
        "stagingAreaSubnetId": SUBNET,
        "replicationServersSecurityGroupsIDs": [],
        "ebsEncryption": "NONE",
        "bandwidthThrottling": 0,
        "stagingAreaTags": {},
        "pitPolicy": [*rules, {"units": "DAY", "interval": 1, "retentionDuration": 7}],
    }
    ids = [
        place.drs.create_replication_configuration_template(**body)["replicationConfigurationTemplateID"]
        for _number in range(2)
    ]
    with pytest.raises(DrsError) as refused:
        replication(place, pit_retention_days=30)
    assert refused.value.code == "template_ambiguous" and REGION in refused.value.message
    assert replication(place, pit_retention_days=30, template_id=ids[1])["template_id"] == ids[1]
    assert replication(place, state="absent", template_id=ids[0])["changed"] is True
    assert replication(place)["template"]["pit_retention_days"] == 30


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ebs_encryption": "NONE"}, "template_incomplete"),
        ({**NEEDED, "ebs_encryption": "CUSTOM"}, "invalid_option"),
        ({**NEEDED, "ebs_encryption_key_arn": "arn:aws:kms:us-west-2:111111111111:key/1"}, "invalid_option"),
        ({**NEEDED, "pit_retention_days": 366}, "invalid_option"),
        ({**NEEDED, "template_id": "rct-11111111111111111"}, "unknown_id"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(place, given, code):
    with pytest.raises(DrsError) as refused:
        replication(place, **given)
    assert refused.value.code == code
    assert place.mutations() == []


def test_a_bare_cell_has_no_template_and_check_mode_says_so(place):
    assert replication(place, check_mode=True, region=BARE, **NEEDED)["changed"] is True
    with pytest.raises(DrsError, match="not initialised") as refused:
        replication(place, region=BARE, **NEEDED)
    assert refused.value.code == "not_initialised"


def test_the_launch_template(place):
    first = launch(place, right_sizing="NONE", os_byol=True, copy_tags=True)
    assert first["changed"] is True
    assert launch(place, right_sizing="NONE", os_byol=True)["changed"] is False
    assert launch(place, check_mode=True, copy_private_ip=True)["diff"]["after"] == {"copy_private_ip": True}
    assert launch(place, state="absent", check_mode=True)["changed"] is True
    assert launch(place, state="absent")["template"] is None
    assert launch(place, state="absent")["changed"] is False
    assert place.mutations() == ["CreateLaunchConfigurationTemplate", "DeleteLaunchConfigurationTemplate"]


def test_a_setting_that_botocore_does_not_know_is_named(place, monkeypatch):
    monkeypatch.setattr(templates.drs_settings, "supported", lambda _cell, _operation: {"launchDisposition"})
    with pytest.raises(DrsError, match="recoveryMode") as refused:
        launch(place, launch_disposition="STARTED", recovery_mode="FAST")
    assert refused.value.code == "setting_unsupported"
