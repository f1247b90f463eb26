"""Test refused plans and check mode: in both cases nothing in AWS changes."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as plan_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.playbook import Controller
from support.scenarios import account, fleet, three_waves


def plan(place, **options):
    """drs_plan over what the reading modules say of one cell."""
    cell = place.cell()
    servers = {"source_server_ids": None, "staging_account_ids": None, "tags": {}}
    instances = {"recovery_instance_ids": None, "source_server_ids": None, "include_ec2": False}
    jobs = {"job_ids": None, "run_id": None, "active_only": False, "include_log": "never", "lookback_hours": 48}
    read = {
        "cell": cell.name,
        "account_id": place.account,
        "region": place.region,
        "account_types": ["target"],
        "source_servers": status_cell.source_servers(cell, servers, False)["source_servers"],
        "recovery_instances": status_cell.recovery_instances(cell, instances, False)["recovery_instances"],
        "jobs": status_cell.jobs(cell, jobs, False)["jobs"],
    }
    params = {key: spec.get("default") for key, spec in plan_request.PLAN_SPEC.items()}
    return plan_request.plan({**params, "name": "p", "mode": "drill", "cells": [read], **options})


@pytest.mark.parametrize(
    ("selection", "code", "said"),
    [
        ({"tags": {"dr:wav": "1"}}, "unknown_tag_key", "dr:wave"),
        ({"tags": {"dr:wave": "9"}}, "no_match", "none of 4"),
        ({"waves": ["9"]}, "unknown_wave", "1"),
        ({"source_server_ids": ["s-123"]}, "malformed_id", "s-123"),
        ({"source_server_ids": ["s-00000000000000000"]}, "unknown_id", "s-00000000000000000"),
    ],
)
def test_selections_that_cannot_be_meant(place, selection, code, said):
    with pytest.raises(DrsError) as caught:
        plan(place, selection=selection)
    assert caught.value.code == code
    assert said in caught.value.message and caught.value.remedy
    assert place.mutations() == []


def test_the_same_id_twice(place):
    one = place.ids()[0]
    with pytest.raises(DrsError) as caught:
        plan(place, selection={"source_server_ids": [one, one]})
    assert caught.value.code == "duplicate_id" and one in caught.value.message


def test_all_mistakes_are_told_at_once(place):
    with pytest.raises(DrsError) as caught:
        plan(place, point_in_time="yesterday", policy={"max_failurs": 1}, limits={"jobs": 3})
    codes = {one["code"] for one in caught.value.details["findings"]}
    assert {"invalid_point_in_time", "invalid_option", "invalid_limit"} <= codes


def test_a_match_of_nothing_may_be_allowed(place):
    built = plan(place, selection={"tags": {"dr:wave": "9"}}, allow_empty=True)["plan"]
    assert built["waves"] == [] and built["summary"]["servers"] == 0


def test_a_server_in_somebodys_job_is_refused_with_the_job(place):
    ids = place.ids()
    job = place.foreign_launch(ids[:1], finish=False)
    with pytest.raises(DrsError) as caught:
        plan(place)
    assert caught.value.code == "server_in_active_job" and job in caught.value.message


def test_the_plan_guards_alone_would_stop_a_drill_over_a_live_recovery(place, monkeypatch):
    place.foreign_launch(place.ids()[:1], drill=False)
    with pytest.raises(DrsError) as caught:
        plan(place)
    assert caught.value.code == "live_recovery_instance"
    monkeypatch.setattr(build, "live_recovery", lambda *_args: [])
    assert plan(place)["plan"]["summary"]["servers"] == 4


# -- by playbook ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(start_simulator):
    scenario = three_waves()
    scenario["accounts"].append(account("222222222222", "live"))
    scenario["fleets"].append(fleet("222222222222", 1, "live-web", 3))
    return start_simulator(scenario)


def test_a_drill_over_a_live_recovery_is_refused_as_a_whole_before_any_call(world, tmp_path):
    """The live one is in the last wave and in another cell: the first wave must not start either."""
    drs = world.client("drs", "222222222222")
    live = drs.describe_source_servers(filters={})["items"][0]["sourceServerID"]
    drs.start_recovery(sourceServers=[{"sourceServerID": live}], isDrill=False)
    world.clock.advance(3600)
    mark, before = world.mark(), len(world.ledger())
    run = Controller(world, tmp_path).run("drill", {"recovery_run_id": "over-live"})
    assert run.rc != 0
    assert "resumes it" not in run.output, "there is no such run"
    assert "live_recovery_instance" in run.output and "live-web" in run.output and live in run.output
    assert world.mutations(mark) == [] and len(world.ledger()) == before


def test_a_match_of_nothing_stops_a_drill_unless_it_is_allowed(world, tmp_path):
    mine = Controller(world, tmp_path, ["111111111111"])
    mark = world.mark()
    nothing = {"recovery_selection": {"tags": {"dr:wave": "9"}}}
    refused = mine.run("drill", nothing)
    assert refused.rc != 0 and "no_match" in refused.output, refused.output
    allowed = mine.run("drill", {**nothing, "recovery_allow_empty": True})
    assert allowed.rc == 0, allowed.output
    assert world.mutations(mark) == []


@pytest.mark.parametrize("playbook", ["drill", "failover"])
def test_check_mode_shows_the_plan_and_the_next_command_and_changes_nothing(world, tmp_path, playbook):
    mine = Controller(world, tmp_path, ["111111111111"])
    mark = world.mark()
    run = mine.run(playbook, {"recovery_plan_name": "shop"}, check=True)
    assert run.rc == 0, run.output
    assert run.plan["summary"]["servers"] == 8 and run.plan["summary"]["jobs"] == 3
    for wave in run.plan["waves"]:
        assert all(one["predicted_rpo_seconds"] is not None for one in wave["servers"])
    said = " ".join(run.output.split()).partition(f"ansible-playbook resilience.drs.{playbook} ")[2][:300]
    # with the id of the run, so that pasting it twice launches nothing twice
    assert "recovery_plan_name" in said and "recovery_run_id" in said, run.output
    assert ("FAILOVER shop 8 us-west-2" in run.output) == (playbook == "failover")
    assert world.mutations(mark) == [] and not run.changed
