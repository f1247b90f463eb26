"""Test that the printed `next:` command can be pasted into a shell and does what it says."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from support.playbook import Controller
from support.scenarios import account, fleet

SHOP, DEPOT = "111111111111", "222222222222"
FAILING = {"shop-2": {"fail_launch": "InsufficientInstanceCapacity: none"}}


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(SHOP, "shop"), account(DEPOT, "depot")],
            "fleets": [
                fleet(SHOP, 2, "shop-{n}", 1, tags={"dr:application": "it's a shop"}, servers=FAILING),
                fleet(DEPOT, 2, "depot-{n}", 1),
            ],
            "jobs": {"total": 300},
        }
    )


@pytest.fixture(scope="module")
def mine(world, tmp_path_factory):
    return Controller(world, tmp_path_factory.mktemp("next"))


def test_from_check_mode_over_a_stopped_failover_to_its_end(world, mine):
    wanted = {"recovery_plan_name": "shop only", "recovery_selection": {"applications": ["it's a shop"]}}
    wanted["recovery_ticket"] = "CHG-1042"
    shown = mine.run("failover", wanted, check=True)
    assert shown.rc == 0, shown.output
    assert world.mutations() == []
    assert " -e recovery_ticket=CHG-1042 " in shown.next_command, "what was typed for the check is meant for the run"

    assert "confirm" not in shown.next_command, "that it is a disaster, a person says"
    (words,) = re.findall(r"^  (-e .*recovery_confirm.*)$", shown.output, re.MULTILINE)
    stopped = mine.paste(shown, words)
    assert stopped.rc != 0 and "launch_capacity" in stopped.output, stopped.output
    assert {entry["account"] for entry in world.ledger("launched")} == {SHOP}, "the other account was not meant"

    world.set_server(SHOP, "us-west-2", "shop-2", fail_launch=None)
    ended = mine.paste(stopped)
    assert ended.rc == 0, ended.output
    launched = [(entry["account"], entry["source_server_id"]) for entry in world.ledger("launched")]
    assert len(launched) == len(set(launched)) == 2 and {one for one, _server in launched} == {SHOP}
    home = ended.next_command
    assert home.startswith("ansible-playbook resilience.drs.failback ") and home.endswith(" --check"), home
    assert "it'" in home and "a shop" in home, "the same servers"
