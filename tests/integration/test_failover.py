"""Test a real failover: typed confirmation, adoption when repeated, termination only by typed ids."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.playbook import Controller
from support.scenarios import account, fleet

ACCOUNT = "111111111111"
CONFIRM = "FAILOVER shop 3 us-west-2"


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(ACCOUNT, "payments")],
            "fleets": [fleet(ACCOUNT, 3, "web-{n}")],
            "jobs": {"total": 600},
        }
    )


@pytest.fixture(scope="module")
def mine(world, tmp_path_factory):
    return Controller(world, tmp_path_factory.mktemp("failover"))


def test_a_failover_from_confirmation_to_the_end(world, mine):
    common = {"recovery_plan_name": "shop", "recovery_run_id": "f-1"}
    silent = mine.run("failover", common)
    assert silent.rc != 0 and "confirmation_mismatch" in silent.output and CONFIRM in silent.output
    assert world.mutations() == []
    assert "NOT CONFIRMED" in silent.output and "resumes it" not in silent.output, "there is no such run"

    done = mine.run("failover", {**common, "recovery_confirm": CONFIRM})
    assert done.rc == 0, done.output
    assert "Run f-1: the same recovery_run_id resumes it" in done.output
    assert done.outcomes == {"launched": 3}
    launched = world.ledger("launched")
    assert len(launched) == 3 and not any(entry["is_drill"] for entry in launched)
    assert all(not one["is_drill"] for one in done.servers.values())

    mark, before = world.mark(), len(world.ledger())
    again = mine.run("failover", {**common, "recovery_confirm": CONFIRM})
    assert again.rc == 0, again.output
    assert again.outcomes == {"launched": 3} and not again.changed
    assert all(one["adopted"] for one in again.servers.values())
    assert world.mutations(mark) == [] and len(world.ledger()) == before


def test_another_run_over_the_live_one_is_refused(world, mine):
    mark = world.mark()
    other = mine.run("failover", {"recovery_plan_name": "shop", "recovery_run_id": "f-2", "recovery_confirm": CONFIRM})
    assert other.rc != 0 and "live_recovery_instance" in other.output
    assert world.mutations(mark) == []


def test_what_serves_production_is_terminated_by_typed_ids_only(world, mine):
    instances = world.client("drs", ACCOUNT).describe_recovery_instances(filters={})["items"]
    ids = sorted(item["recoveryInstanceID"] for item in instances)
    mark = world.mark()
    refused = mine.run("terminate", {"terminate_run_id": "f-1"})
    assert refused.rc != 0 and "not_a_drill" in refused.output, refused.output
    assert world.mutations(mark) == [] and world.ledger("terminated") == []

    typed = mine.run("terminate", {"terminate_confirm_recovery_instance_ids": ids[:1]})
    assert typed.rc == 0, typed.output
    assert [entry["recovery_instance_id"] for entry in world.ledger("terminated")] == ids[:1]


def test_a_recovery_cannot_ask_for_its_own_clean_up(world, mine):
    mark = world.mark()
    run = mine.run("failover", {"recovery_cleanup": True, "recovery_confirm": CONFIRM})
    assert run.rc != 0 and "recovery_cleanup" in run.output
    assert world.journal(mark) == []
