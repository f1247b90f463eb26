"""Test calls that are held before or after their effect until the rule is removed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest
from botocore.exceptions import BotoCoreError
from support.scenarios import account, fleet
from support.simulator import Simulator

ACCOUNT = "111111111111"


@pytest.mark.parametrize(("kind", "jobs"), [("hold_before", 0), ("hold_after", 1)])
def test_a_held_call_waits_for_its_rule_and_has_its_effect_or_none(kind, jobs):
    scenario = {"accounts": [account(ACCOUNT)], "fleets": [fleet(ACCOUNT, 1, "web-{n}")]}
    with Simulator(scenario) as world:
        drs = world.client("drs", ACCOUNT)
        server = drs.describe_source_servers(filters={})["items"][0]["sourceServerID"]
        world.faults.add(kind, action="StartRecovery", times=1, id="held")
        ended: list[object] = []

        def call():
            try:
                ended.append(drs.start_recovery(sourceServers=[{"sourceServerID": server}]))
            except BotoCoreError as exc:
                ended.append(exc)

        caller = threading.Thread(target=call)
        caller.start()
        other = world.client("drs", ACCOUNT)
        while not world.faults()[0]["holding"]:
            pass
        (entry,) = world.journal(action="StartRecovery")
        assert (entry["status"], entry["fault"]) == (None, "held"), "it is journalled before it waits"
        assert ended == [] and len(other.describe_jobs(filters={})["items"]) == jobs
        world.faults.clear("held")
        caller.join()
        assert isinstance(ended[0], BotoCoreError)
        assert len(other.describe_jobs(filters={})["items"]) == jobs
        assert world.journal(action="StartRecovery") == [entry]


def test_items_of_dynamodb_are_journalled_by_their_key_alone():
    with Simulator({"accounts": [account(ACCOUNT)]}) as world:
        client = world.client("dynamodb")
        keys = [{"AttributeName": "run_id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}]
        names = [{"AttributeName": one["AttributeName"], "AttributeType": "S"} for one in keys]
        client.create_table(TableName="t", KeySchema=keys, AttributeDefinitions=names, BillingMode="PAY_PER_REQUEST")
        client.put_item(TableName="t", Item={"run_id": {"S": "r"}, "item": {"S": "run"}, "body": {"S": "x" * 999}})
        (entry,) = world.journal(action="PutItem")
        assert entry["request"] == {"TableName": "t", "run_id": "r", "item": "run"}
