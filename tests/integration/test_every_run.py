"""Test terminate_every_run: it is explicit, counted and confirmed, and a missing run id is refused."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from support.playbook import Controller
from support.scenarios import account, fleet

ACCOUNT = "111111111111"


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(ACCOUNT, "payments")],
            "fleets": [
                fleet(ACCOUNT, 2, "pay-{n:02}", tags={"dr:application": "payments"}),
                fleet(ACCOUNT, 3, "ledger-{n:02}", tags={"dr:application": "ledger"}),
            ],
            "jobs": {"total": 60},
        }
    )


@pytest.fixture(scope="module")
def mine(world, tmp_path_factory):
    mine = Controller(world, tmp_path_factory.mktemp("every-run"))
    for application in ("payments", "ledger"):
        drill = {"recovery_selection": {"applications": [application]}, "recovery_run_id": application}
        assert mine.run("drill", drill).rc == 0
    return mine


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (None, "terminate_run_id: is missing or empty"),
        ({"terminate_run_id": None}, "terminate_run_id: is missing or empty"),
        ({"terminate_run_id": ""}, "terminate_every_run: true"),
        ({"terminate_run_id": "payments", "terminate_every_run": True}, "terminate_every_run contradicts"),
    ],
)
def test_no_run_is_an_error_before_any_call(world, mine, variables, words):
    mark = world.mark()
    told = mine.run("terminate", variables)
    assert told.rc != 0 and words in " ".join(told.output.split()), told.output
    assert world.journal(mark) == [] and world.ledger("terminated") == []


def test_what_is_to_go_does_not_stand_in_the_inventory(world, mine):
    beside = mine.directory / "group_vars"
    beside.mkdir()
    (beside / "all.yml").write_text(json.dumps({"terminate_every_run": True}))
    mark = world.mark()
    told = mine.run("terminate")
    (beside / "all.yml").unlink()
    assert told.rc != 0 and "terminate_every_run counts only when it is typed" in " ".join(told.output.split())
    assert world.journal(mark) == []
    ids = {"terminate_confirm_recovery_instance_ids": ["i-0123456789abcdef0"]}
    (beside / "all.yml").write_text(json.dumps(ids))
    told = mine.run("terminate")
    (beside / "all.yml").unlink()
    assert told.rc != 0 and "a person decides it for one run" in " ".join(told.output.split()), told.output
    assert world.journal(mark) == []


def test_every_run_shows_the_count_first_and_wants_it_typed(world, mine):
    asked = mine.run("terminate", {"terminate_every_run": True})
    assert asked.rc != 0 and "5 instances of every run" in asked.output
    wanted = "TERMINATE every-run 5 us-west-2"
    assert wanted in asked.output and world.ledger("terminated") == []

    other = mine.run("terminate", {"terminate_every_run": True, "terminate_confirm": "TERMINATE every-run 4 us-west-2"})
    assert other.rc != 0 and "confirmation_mismatch" in other.output and world.ledger("terminated") == []

    done = mine.run("terminate", {"terminate_every_run": True, "terminate_confirm": wanted})
    assert done.rc == 0, done.output
    assert len(world.ledger("terminated")) == 5

    again = mine.run("terminate", {"terminate_every_run": True})
    assert again.rc == 0, again.output
