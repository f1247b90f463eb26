"""Test waves over several cells: barrier, extended servers, failures, validation, clean-up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.playbook import Controller
from support.scenarios import SECRET, account, fleet

TARGET, STAGING, OTHER = "111111111111", "222222222222", "444444444444"
CAPACITY = "InsufficientInstanceCapacity: We currently do not have sufficient m5.large capacity in us-west-2b."
WAVE = "resilience.drs/wave"


def scenario():
    """Jobs of different length in two accounts; some servers of the target replicate into a staging account."""
    optional = {"dr:critical": "false"}
    return {
        "seed": 7,
        "accounts": [
            account(TARGET, "payments"),
            account(STAGING, "staging", types=["staging"]),
            account(OTHER, "orders"),
        ],
        "fleets": [
            fleet(TARGET, 2, "pay-db-{n}", 1),
            fleet(STAGING, 2, "pay-app-{n}", 2, extend_to=TARGET),
            fleet(
                STAGING,
                3,
                "pay-web-{n}",
                3,
                extend_to=TARGET,
                tags=optional,
                servers={"pay-web-2": {"fail_launch": CAPACITY}},
            ),
            fleet(OTHER, 1, "ord-db-{n}", 1),
            fleet(OTHER, 2, "ord-app-{n}", 2),
        ],
    }


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(scenario())


@pytest.fixture(scope="module")
def drill(world, tmp_path_factory):
    """A whole drill with clean-up: (the run, calls, effects)."""
    mine = Controller(world, tmp_path_factory.mktemp("waves"))
    run = mine.run("drill", {"recovery_run_id": "w", "recovery_policy": {"max_failures": 1}, "recovery_cleanup": True})
    return run, world.journal(), world.ledger()


def test_a_server_that_is_not_critical_may_fail_within_the_limit_and_is_told_with_its_remedy(drill):
    run = drill[0]
    assert run.rc == 0, run.output
    assert run.outcomes == {"launched": 9, "failed": 1}
    error = run.servers["pay-web-2"]["error"]
    assert "InsufficientInstanceCapacity" in error["code"] + error["message"] and error["remedy"]
    table = run.output[run.output.index("pay-web-2") :]
    assert "capacity" in table.lower()
    assert [error["remedy"].split(".")[0][:30] in run.output] == [True], "the remedy is in the table"


def test_no_cell_starts_a_wave_before_the_one_before_has_ended_in_all_cells(drill):
    _run, calls, effects = drill
    starts = [entry for entry in calls if entry["action"] == "StartRecovery"]
    assert sorted((e["request"]["tags"][WAVE], e["account"]) for e in starts) == [
        ("1", TARGET),
        ("1", OTHER),
        ("2", TARGET),
        ("2", OTHER),
        ("3", TARGET),
    ]
    ended = {}
    for entry in effects:
        if entry["effect"] in ("launched", "launch_failed"):
            wave = entry["job_tags"][WAVE]
            ended[wave] = max(ended.get(wave, ""), entry["time"])
    for entry in starts:
        wave = int(entry["request"]["tags"][WAVE])
        if wave > 1:
            assert entry["time"] >= ended[str(wave - 1)]


def test_cells_of_a_wave_run_at_the_same_time(drill):
    starts = [e for e in drill[1] if e["action"] == "StartRecovery" and e["request"]["tags"][WAVE] == "1"]
    first_end = min(e["time"] for e in drill[2] if e["effect"] == "launched")
    assert len(starts) == 2 and max(e["time"] for e in starts) < first_end


def test_extended_servers_are_recovered_once_in_the_target_and_never_in_staging(drill):
    run, calls, effects = drill
    launched = [entry for entry in effects if entry["effect"] == "launched"]
    assert {entry["account"] for entry in launched} == {TARGET, OTHER}
    assert len({entry["source_server_id"] for entry in launched}) == len(launched) == 9
    assert not [entry for entry in calls if entry["mutating"] and entry["account"] == STAGING]
    reasons = {entry["reason_code"] for entry in run.plan["excluded"]}
    assert reasons & {"staging_account", "extended_copy_in_target"}


def test_recovery_cleanup_takes_away_what_this_drill_launched(drill, world):
    run, _calls, effects = drill
    assert run.task("drs_terminate")["clean"]
    gone = sorted(entry["source_server_id"] for entry in effects if entry["effect"] == "terminated")
    assert gone == sorted(entry["source_server_id"] for entry in effects if entry["effect"] == "launched")
    for identity in (TARGET, OTHER):
        found = world.client("ec2", identity).describe_instances()["Reservations"]
        assert {one["State"]["Name"] for part in found for one in part["Instances"]} == {"terminated"}


def test_never_the_external_id(drill):
    assert SECRET not in drill[0].output + str(drill[0].events)


def test_a_critical_server_that_fails_stops_the_run(world, drill, tmp_path):
    world.set_server(OTHER, "us-west-2", "ord-db-1", fail_launch=CAPACITY)
    mark, before = world.mark(), len(world.ledger())
    run = Controller(world, tmp_path).run("drill", {"recovery_run_id": "critical"})
    world.set_server(OTHER, "us-west-2", "ord-db-1", fail_launch=None)
    assert run.rc != 0
    assert run.result["stopped"].startswith("wave 1")
    assert run.servers["ord-db-1"]["outcome"] == "failed" and "ord-db-1" in run.output
    waves = {e["request"]["tags"][WAVE] for e in world.journal(mark, action="StartRecovery")}
    assert waves == {"1"}
    assert {entry["effect"] for entry in world.ledger(since=before)} == {"launched", "launch_failed"}
    # the way on is typed out: what stands is to be terminated, or the same run resumed
    assert "critical" in run.output and "ansible-playbook resilience.drs." in run.output


def test_a_validation_that_fails_stops_the_run(world, drill, tmp_path):
    hook = tmp_path / "validate.yml"
    hook.write_text(
        "- name: Validate | Look at the servers of this cell\n"
        "  ansible.builtin.assert:\n"
        "    that: recovery_wave.wave != '1' or inventory_hostname != 'orders.us-west-2'\n"
        "    fail_msg: \"{{ recovery_wave_servers | map(attribute='name') | join(',') }} does not answer\"\n",
        encoding="utf-8",
    )
    mark = world.mark()
    run = Controller(world, tmp_path).run("drill", {"recovery_run_id": "hook", "recovery_validate_tasks": str(hook)})
    assert run.rc != 0
    assert run.result["stopped"] == "wave 1: validation failed in orders.us-west-2: ord-db-1 does not answer"
    assert run.result["stopped"] in run.output.replace("\n", " ")
    waves = {e["request"]["tags"][WAVE] for e in world.journal(mark, action="StartRecovery")}
    assert waves == {"1"}, "a wave must not start after a validation has failed in any cell"
