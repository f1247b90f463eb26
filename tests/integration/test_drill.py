"""Test a drill from plan to proof by its playbooks, judged by the simulator's journal and ledger."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


import pytest
from support.playbook import Controller
from support.scenarios import SECRET, three_waves

RUN = "drill-1"


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(three_waves())


@pytest.fixture(scope="module")
def mine(world, tmp_path_factory):
    """The controller whose store holds the run; in another store the same id is another run."""
    return Controller(world, tmp_path_factory.mktemp("drill"))


@pytest.fixture(scope="module")
def drill(world, mine):
    """The drill itself: (the run, the calls it made, its effects)."""
    run = mine.run("drill", {"recovery_run_id": RUN, "recovery_plan_name": "shop"})
    return run, world.journal(), world.ledger()


def test_launches_every_server_once_as_a_drill(drill):
    run, _calls, effects = drill
    assert run.rc == 0, run.output
    assert run.outcomes == {"launched": 8}
    launched = [entry for entry in effects if entry["effect"] == "launched"]
    assert len({entry["source_server_id"] for entry in launched}) == len(launched) == len(effects) == 8
    assert all(entry["is_drill"] for entry in launched)
    assert {entry["job_tags"]["resilience.drs/run"] for entry in launched} == {RUN}


def test_results_say_where_how_old_and_how_long(drill):
    one = drill[0].servers["db-01"]
    assert one["cell"] == "payments.us-west-2" and one["wave"] == "1" and one["application"] == "payments"
    assert one["ec2_instance_id"].startswith("i-") and one["private_ip"]
    assert one["duration_seconds"] == pytest.approx(600, abs=5) and one["data_age_seconds"] is not None


def test_a_wave_starts_only_when_the_one_before_has_ended(drill, world):
    _run, calls, effects = drill
    starts = [entry for entry in calls if entry["action"] == "StartRecovery"]
    assert [entry["request"]["tags"]["resilience.drs/wave"] for entry in starts] == ["1", "2", "3"]
    for number in (1, 2):
        ended = [e["time"] for e in effects if e["job_tags"]["resilience.drs/wave"] == str(number)]
        assert max(ended) <= starts[number]["time"]


def test_nothing_but_start_recovery_changes_anything(drill):
    assert [entry["action"] for entry in drill[1] if entry["mutating"]] == ["StartRecovery"] * 3


def test_shows_table_and_next_command_and_never_the_external_id(drill):
    run = drill[0]
    assert SECRET not in run.output
    assert SECRET not in str(run.events)
    assert f"ansible-playbook resilience.drs.terminate -e terminate_run_id={RUN}" in run.output
    for name in run.servers:
        assert name in run.output


def test_the_same_run_again_changes_nothing_and_terminate_proves_that_all_is_gone(drill, world, mine):
    controller = mine
    mark, before = world.mark(), len(world.ledger())
    again = controller.run("drill", {"recovery_run_id": RUN, "recovery_plan_name": "shop"})
    assert again.rc == 0, again.output
    assert not again.changed and again.outcomes == {"launched": 8}
    assert all(one["adopted"] for one in again.servers.values())
    assert world.mutations(mark) == [] and len(world.ledger()) == before

    check = controller.run("terminate", {"terminate_run_id": RUN}, check=True)
    assert check.rc == 0, check.output
    assert world.mutations(mark) == []

    gone = controller.run("terminate", {"terminate_run_id": RUN})
    assert gone.rc == 0, gone.output
    proof = gone.task("drs_terminate")
    assert proof["clean"] and proof["left"] == [] and proof["summary"]["terminated"] == 8
    assert sorted(e["source_server_id"] for e in world.ledger("terminated")) == sorted(
        e["source_server_id"] for e in world.ledger("launched")
    )
    states = {
        instance["State"]["Name"]
        for reservation in world.client("ec2", "111111111111").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states == {"terminated"}

    mark = world.mark()
    repeated = controller.run("terminate", {"terminate_run_id": RUN})
    assert repeated.rc == 0 and not repeated.changed, repeated.output
    typo = controller.run("terminate", {"terminate_run_id": "dril-1"})
    assert typo.rc != 0 and "run_unknown: terminate_run_id 'dril-1'" in typo.output
    over = controller.run("resume", {"runs_id": RUN})
    assert over.rc != 0 and f"run_cleaned: run {RUN} is over: 8 of its instances were terminated." in over.output
    known = controller.run("runs", {"runs_id": RUN}).task("drs_run_info")
    assert known["run"]["status"] == "succeeded", "the record of a good drill stays good"
    assert world.mutations(mark) == []


def test_a_misspelt_variable_is_refused_before_any_call(drill, world, tmp_path):
    """Ansible would ignore it: the clean-up of one run would be that of every run, and a selection everything."""
    controller = Controller(world, tmp_path)
    mark = world.mark()
    wrong = controller.run("terminate", {"terminate_runid": RUN})
    assert wrong.rc != 0 and "nothing reads terminate_runid; write terminate_run_id" in wrong.output
    wrong = controller.run("drill", {"recovery_selecton": {"waves": ["1"]}, "recovery_owner": "somebody"})
    assert wrong.rc != 0 and "nothing reads recovery_selecton; write recovery_selection" in wrong.output
    assert world.journal(mark) == []
