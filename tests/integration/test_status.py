"""Test the status playbook: the fleet, unprotected machines, detail lines, and exported files."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json

import pytest
from support.playbook import Controller
from support.scenarios import REGION, account, fleet

HOME, DEPOT = "111111111111", "222222222222"
TAGS = {"dr:enabled": "true", "dr:recovery-strategy": "drs"}
SOURCES = [
    {"account": DEPOT, "region": REGION, "count": 2, "name": "bare-{n}", "tags": TAGS},
    {
        "account": DEPOT,
        "region": REGION,
        "count": 1,
        "name": "stray",
        "tags": {},
        "installed_into": {"account": HOME, "region": REGION, "state": "CONTINUOUS"},
    },
    {
        "account": DEPOT,
        "region": REGION,
        "count": 1,
        "name": "covered",
        "tags": TAGS,
        "installed_into": {"account": HOME, "region": REGION, "state": "CONTINUOUS"},
    },
]


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(HOME, "home"), account(DEPOT, "depot")],
            "fleets": [fleet(HOME, 2, "web-{n}", 1, servers={"web-2": {"state": "INITIATING"}})],
            "instances": SOURCES,
            "trusted": [{"source": DEPOT, "replication": HOME}],
        }
    )


@pytest.fixture(scope="module")
def shown(world, tmp_path_factory):
    directory = tmp_path_factory.mktemp("status")
    options = {"status_detail": True, "status_export_dir": str(directory / "out")}
    return Controller(world, directory).run("status", options), directory / "out"


def test_names_what_is_tagged_and_not_protected_and_the_reverse(shown):
    run, _out = shown
    assert run.rc == 0, run.output
    told = run.fact("status_result")
    assert sorted(one["name"] for one in told["unprotected"]) == ["bare-1", "bare-2"]
    assert [one["name"] for one in told["untagged"]] == ["stray"]
    named = {one["name"]: one["instance_id"] for one in [*told["unprotected"], *told["untagged"]]}
    for line in (
        f"bare-1 ({named['bare-1']}) in depot.us-west-2",
        f"stray ({named['stray']}) in depot.us-west-2",
        "next: ansible-playbook resilience.drs.deploy_agents",
    ):
        assert line in run.output


def test_shows_the_step_and_the_disks_of_each_server(shown):
    run, _out = shown
    row = next(line for line in run.output.splitlines() if line.startswith("web-2 "))
    assert "INITIATING" in row
    assert "web-1: /dev/sda1 50.0 GiB 100%" in run.output


def test_writes_the_same_as_csv_and_json(shown, world):
    run, out = shown
    rows = list(csv.DictReader((out / "status.csv").read_text(encoding="utf-8").splitlines()))
    told = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in rows] == [row["name"] for row in told["servers"]]
    assert sorted(row["name"] for row in rows) == ["covered", "stray", "web-1", "web-2"]
    assert told["unprotected"] == run.fact("status_result")["unprotected"]
    assert world.mutations() == []


def test_without_ec2_the_servers_are_shown_and_what_is_missing_is_named(world, tmp_path):
    world.faults.add("drop_connection", service="ec2", account=HOME)
    try:
        run = Controller(world, tmp_path).run("status")
    finally:
        world.faults.clear()
    assert run.rc == 0, run.output
    told = run.fact("status_result")
    assert len(told["servers"]) == 4 and told["coverage"] == "complete"
    assert {(one["cell"], one["service"]) for one in told["gaps"]} == {(f"home.{REGION}", "EC2")}
    assert "Not answered, and missing here" in run.output and "tagged for recovery and not in DRS" in run.output
