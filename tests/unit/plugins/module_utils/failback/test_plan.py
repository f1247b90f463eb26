"""Test the plan of a failback: launch settings in the original cell."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import plan as failback_plan

PLACE = {"account_id": "444444444444", "region": "us-west-2"}
HOME = {"account_id": "111111111111", "region": "us-east-1"}


def server(number: int, application: str) -> dict[str, Any]:
    server_id = f"s-{number:017x}"
    return {
        **PLACE,
        "source_server_id": server_id,
        "arn": f"arn:aws:drs:us-west-2:444444444444:source-server/{server_id}",
        "name": f"{application}-{number}",
        "tags": {"dr:application": application},
        "replication_direction": "FAILOVER",
        "origin_account_id": HOME["account_id"],
        "origin_region": HOME["region"],
        "instance_id": f"i-{number:017x}",
    }


def instance(one: dict[str, Any], origin: str = "AWS") -> dict[str, Any]:
    return {
        "source_server_id": one["source_server_id"],
        "recovery_instance_id": one["source_server_id"].replace("s-", "i-"),
        "is_drill": False,
        "origin_environment": origin,
        "ec2_instance_state": "RUNNING",
    }


def plan(*servers: dict[str, Any], origin: str = "AWS", **options: Any) -> dict[str, Any]:
    params = {key: spec.get("default") for key, spec in failback_plan.PLAN_SPEC.items()}
    cell = {
        **PLACE,
        "cell": "dr.us-west-2",
        "error": None,
        "source_servers": list(servers),
        "recovery_instances": [instance(one, origin) for one in servers],
    }
    known = {"shop.us-east-1": [HOME["account_id"], HOME["region"]]}
    given = {"name": "shop", "mode": "failback", "cells": [cell], "known_cells": known, "fail_on_error": False}
    return failback_plan.plan({**params, **given, **options})


def settled(told: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one["launch_settings"] for wave in told["plan"]["waves"] for one in wave["servers"]}


SHOP, BOOKS = server(1, "shop"), server(2, "books")
GROUPS = [
    {"settings": {"right_sizing": "NONE", "instance_type": "m5.large"}},
    {"applications": ["shop"], "settings": {"instance_type": "r6i.large"}},
]


def test_each_server_has_what_its_groups_and_itself_declare():
    own = [{"name": "books-2", "settings": {"private_ip": "10.1.2.30"}}]
    told = plan(SHOP, BOOKS, launch_groups=GROUPS, launch_servers=own)
    assert told["valid"], told["findings"]
    assert settled(told) == {
        "shop-1": {"right_sizing": "NONE", "instance_type": "r6i.large"},
        "books-2": {"right_sizing": "NONE", "instance_type": "m5.large", "private_ip": "10.1.2.30"},
    }
    assert told["plan"]["summary"]["launch_settings"] == 2


def test_nothing_is_declared_and_the_plan_stays_what_it_was():
    told = plan(SHOP, BOOKS)
    assert settled(told) == {"shop-1": {}, "books-2": {}}
    assert told["plan"]["hash"] == plan(SHOP, BOOKS, launch_groups=[])["plan"]["hash"]


def test_a_group_that_means_nobody_is_a_warning():
    told = plan(SHOP, launch_groups=[{"applications": ["shopp"], "settings": {"public_ip": False}}])
    assert told["valid"] and settled(told) == {"shop-1": {}}
    assert [one["message"] for one in told["findings"]] == ["launch_groups[0] means none of the servers of this plan"]


def test_another_setting_is_another_plan():
    first, second = (plan(SHOP, launch_groups=one) for one in (GROUPS, GROUPS[:1]))
    assert len({one["plan"]["hash"] for one in (first, second, plan(SHOP))}) == 3


def test_a_machine_from_outside_aws_is_launched_by_its_failback_client():
    told = plan(SHOP, origin="ON_PREMISES", launch_groups=GROUPS)
    assert settled(told) == {"shop-1": {}}


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        ({"launch_groups": [{"settings": {"subnet": "subnet-1"}}]}, "invalid_option", "launch_groups[0].settings"),
        ({"launch_groups": [{"applications": ["shop"]}]}, "invalid_option", "launch_groups[0].settings"),
        (
            {"launch_groups": [{"aplications": ["books"], "settings": {"public_ip": False}}]},
            "invalid_option",
            "launch_groups[0]: 'aplications' is none",
        ),
        ({"launch_groups": [{"settings": {"subnet_id": "vpc-1"}}]}, "invalid_option", "'vpc-1' is not subnet-"),
        (
            {"launch_groups": [{"settings": {"private_ip": "10.1.2.3"}}]},
            "setting_of_one_server",
            "10.1.2.3",
        ),
        ({"launch_servers": [{"name": "gone", "settings": {"public_ip": False}}]}, "unknown_id", "gone"),
        ({"launch_servers": [{"settings": {"public_ip": False}}]}, "invalid_option", "source_server_id or name"),
    ],
    ids=["unknown", "none", "selector", "form", "one server", "not in the plan", "nobody"],
)
def test_what_cannot_be_is_said_before_anything_begins(options, code, named):
    told = plan(SHOP, **options)
    assert not told["valid"]
    (found,) = [one for one in told["findings"] if one["severity"] == "error"]
    assert found["code"] == code and named in found["message"], found


# -- within one Region -----------------------------------------------------------------------------------------------

ZONE = {**SHOP, "origin_account_id": PLACE["account_id"], "origin_region": PLACE["region"]}
HERE = {"dr.us-west-2": [PLACE["account_id"], PLACE["region"]]}


def test_a_server_of_another_zone_fails_back_and_its_machine_is_on_record():
    told = plan(ZONE, known_cells=HERE)
    assert told["valid"], told["findings"]
    one = told["plan"]["waves"][0]["servers"][0]
    assert (one["original"]["cell"], one["recovery_instance_id"]) == (
        "dr.us-west-2",
        instance(ZONE)["recovery_instance_id"],
    )
    # what is typed names what goes, and where
    assert told["confirmation"] == "FAILBACK shop 1 us-west-2 TERMINATE 1 us-west-2"


def refused(told: dict[str, Any]) -> list[str]:
    return [one["code"] for one in told["findings"] if one["severity"] == "error"]


def test_within_one_region_there_is_no_drill_no_extended_server_and_no_second_machine():
    assert refused(plan(ZONE, known_cells=HERE, mode="failback_drill")) == ["same_region_failback"]
    assert refused(plan({**ZONE, "extended": True}, known_cells=HERE)) == ["same_region_failback"]
    launched = {**instance(ZONE), "recovery_instance_id": "i-00000000000000abc"}
    cell = {**PLACE, "cell": "dr.us-west-2", "error": None, "source_servers": [ZONE]}
    both = {**cell, "recovery_instances": [instance(ZONE), launched]}
    assert refused(plan(known_cells=HERE, cells=[both])) == ["same_region_failback"]
    drill = {**cell, "recovery_instances": [{**launched, "is_drill": True}, instance(ZONE)]}
    assert refused(plan(known_cells=HERE, cells=[drill])) == []


def test_a_cell_that_was_not_read_is_not_one_without_a_server_to_fail_back():
    def errors(*cells: dict[str, Any]) -> dict[str, str]:
        told = plan(cells=list(cells))
        return {one["code"]: one["remedy"] for one in told["plan"]["findings"] if one["severity"] == "error"}

    lost = {**PLACE, "cell": "dr.us-west-2", "error": {"code": "ExpiredToken", "message": "over"}}
    empty = {**PLACE, "region": "us-east-2", "cell": "dr.us-east-2", "error": None, "source_servers": []}
    empty["recovery_instances"] = []
    assert list(errors(lost)) == ["cell_unreadable"]
    assert "Make the cells readable" in errors(lost, empty)["no_match"]
    assert "Loosen" in errors(empty)["no_match"]


def test_a_recovered_server_whose_instance_an_answer_lacks_is_named():
    named = {**SHOP, "recovery_instance_id": instance(SHOP)["recovery_instance_id"]}

    def told(*standing: dict[str, Any]) -> list[tuple[str, str]]:
        cell = {**PLACE, "cell": "dr.us-west-2", "error": None, "source_servers": [named, BOOKS]}
        listed = [instance(BOOKS), *standing]
        result = plan(cells=[{**cell, "recovery_instances": listed}])
        return [(one["severity"], one["code"]) for one in result["findings"]]

    assert told() == [("warning", "recovery_instance_unlisted")]
    assert told(instance(SHOP)) == []
    # of one that is listed, and gone, DRS has said what there is to say
    assert told({**instance(SHOP), "ec2_instance_state": "TERMINATED"}) == []
