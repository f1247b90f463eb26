"""Test that terminate covers everything in the record of a run, wherever it is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import json

import pytest
from support.chaos_playbook import held
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

ALPHA, BETA = "111111111111", "222222222222"
NUMBERS = itertools.count()
RUN_TAG, WAVE_TAG = "resilience.drs/run", "resilience.drs/wave"


@pytest.fixture(scope="module")
def world(start_simulator):
    accounts = [account(ALPHA, "alpha"), account(BETA, "beta")]
    fleets = [fleet(one, 1, f"{name}-{{n}}", 1) for one, name in ((ALPHA, "alpha"), (BETA, "beta"))]
    return start_simulator({"accounts": accounts, "fleets": fleets, "jobs": {"total": 60}})


@pytest.fixture
def drilled(world, tmp_path):
    """A controller that has drilled: (controller, run id, the mark of the ledger)."""
    run_id = "r-%d" % next(NUMBERS)
    controller = Controller(world, tmp_path)
    run = controller.run("drill", {"recovery_run_id": run_id})
    assert run.rc == 0, run.output
    mark = len(world.ledger())
    yield controller, run_id, mark
    for one in (ALPHA, BETA):
        standing = drs_of(world, one).describe_recovery_instances(filters={})["items"]
        if standing:
            ids = [item["recoveryInstanceID"] for item in standing]
            drs_of(world, one).terminate_recovery_instances(recoveryInstanceIDs=ids)
    # the next run begins long after this one: clocks may differ by minutes
    world.clock.advance(3600)


def drs_of(world, one):
    return world.client("drs", one)


def effects(world, since):
    """What happened since, by account and effect."""
    counts = {}
    for one in world.ledger(since=since):
        counts[one["account"], one["effect"]] = counts.get((one["account"], one["effect"]), 0) + 1
    return counts


def test_a_limit_does_not_make_the_proof_smaller(drilled, world, tmp_path):
    """R6: alpha's instance runs on, so nothing is proven, and the evidence says so."""
    controller, run_id, mark = drilled
    given = {"terminate_run_id": run_id}
    checked = controller.run("terminate", given, limit="beta*", check=True)
    assert checked.rc != 0 and effects(world, mark) == {}
    part = controller.run("terminate", given, limit="beta*")
    assert part.rc != 0 and effects(world, mark) == {(BETA, "terminated"): 1}
    (missing,) = part.task("drs_terminate")["not_proven"]
    assert missing["cell"] == "alpha.us-west-2" and missing["reason"] == "its cell is not in this play"
    assert "NOT PROVEN" in part.output and missing["recovery_instance_id"] in part.output
    files = {"report_run_id": run_id, "report_dir": str(tmp_path / "out")}
    told = controller.run("report", {**files, "report_evidence_dir": str(tmp_path / "e1")})
    assert told.rc == 0, told.output
    evidence = json.loads((tmp_path / "e1" / "evidence.json").read_text(encoding="utf-8"))
    assert evidence["run"]["verdict"]["word"] == "FAIL"

    rest = controller.run("terminate", given, limit="alpha*")
    assert rest.rc == 0, rest.output
    assert effects(world, mark) == {(BETA, "terminated"): 1, (ALPHA, "terminated"): 1}
    controller.run("report", {**files, "report_evidence_dir": str(tmp_path / "e2")})
    evidence = json.loads((tmp_path / "e2" / "evidence.json").read_text(encoding="utf-8"))
    assert evidence["run"]["verdict"]["word"] == "PASS"


def test_jobs_that_are_gone_hide_nothing(drilled, world):
    """R7: terminate proved 0 of 0 clean, and the same run id launched everything again."""
    controller, run_id, mark = drilled
    for one in (ALPHA, BETA):
        for job in drs_of(world, one).describe_jobs(filters={})["items"]:
            drs_of(world, one).delete_job(jobID=job["jobID"])
    again = controller.run("drill", {"recovery_run_id": run_id})
    assert again.rc == 0, again.output
    assert again.outcomes == {"launched": 2} and effects(world, mark) == {}
    gone = controller.run("terminate", {"terminate_run_id": run_id})
    assert gone.rc == 0, gone.output
    assert gone.task("drs_terminate")["summary"]["terminated"] == 2
    assert effects(world, mark) == {(ALPHA, "terminated"): 1, (BETA, "terminated"): 1}


def test_an_instance_of_somebody_else_with_the_same_tag_is_left_alone_and_named(drilled, world):
    """R8: two people have used the same run id."""
    controller, run_id, mark = drilled
    theirs = drs_of(world, ALPHA)
    (server,) = [one["sourceServerID"] for one in theirs.describe_source_servers(filters={})["items"]]
    wanted = [{"sourceServerID": server}]
    job = theirs.start_recovery(sourceServers=wanted, isDrill=True, tags={RUN_TAG: run_id, WAVE_TAG: "2"})["job"][
        "jobID"
    ]
    world.clock.advance(3600)
    gone = controller.run("terminate", {"terminate_run_id": run_id})
    assert effects(world, mark) == {(ALPHA, "wiped"): 1, (ALPHA, "launched"): 1, (BETA, "terminated"): 1}
    (foreign,) = gone.task("drs_terminate")["foreign"]
    assert foreign["job_id"] == job and "Not of this run, left alone" in gone.output
    assert gone.rc == 0, "what the run launched is gone: theirs has replaced it"


def test_a_cell_that_ends_is_counted(drilled, world, tmp_path):
    """``meta: end_host`` before the clean-up: the cell is named, and the playbook fails."""
    controller, run_id, mark = drilled
    playbook = tmp_path / "ended.yml"
    playbook.write_text(
        """
- hosts: drs_cells
  gather_facts: false
  vars_files: ["{{ lookup('env', 'CELL_VARS') }}"]
  module_defaults: {group/resilience.drs.cell: "{{ drs_cell_options }}"}
  tasks:
    - ansible.builtin.meta: end_host
      when: inventory_hostname == 'alpha.us-west-2'
    - ansible.builtin.include_role: {name: resilience.drs.terminate}
""",
        encoding="utf-8",
    )
    env = {"CELL_VARS": str(ROOT / "playbooks" / "vars" / "cell.yml")}
    part = controller.run(str(playbook), {"terminate_run_id": run_id}, env=env)
    assert part.rc != 0 and effects(world, mark) == {(BETA, "terminated"): 1}
    (missing,) = part.task("drs_terminate")["not_proven"]
    assert missing["cell"] == "alpha.us-west-2" and "has left the play" in missing["reason"]


def test_a_run_in_another_store_is_found_by_its_tags_and_that_is_said(drilled, world, tmp_path):
    controller, run_id, mark = drilled
    elsewhere = {"terminate_store": {"backend": "directory", "path": str(tmp_path / "another")}}
    gone = controller.run("terminate", {"terminate_run_id": run_id, **elsewhere})
    assert gone.rc == 0, gone.output
    assert "found by their tags alone" in gone.output and gone.task("drs_terminate")["record"] == "unknown"
    assert effects(world, mark) == {(ALPHA, "terminated"): 1, (BETA, "terminated"): 1}


def test_a_cancellation_names_the_cell_that_it_could_not_look_into(world, tmp_path):
    """The job in alpha runs while only beta is in the play: that nothing was launched there is not what anybody saw."""
    controller = Controller(world, tmp_path)
    mark = len(world.ledger())
    world.faults.add("hold_after", action="StartRecovery", account=ALPHA, times=1, id="start")
    drill = controller.start("drill", {"recovery_run_id": "c-1"})
    assert held(world, drill, "start")
    part = controller.run("cancel", {"runs_id": "c-1", "runs_reason": "the wrong shop"}, limit="beta*")
    assert part.rc != 0 and "alpha.us-west-2: not looked into" in part.output
    entries = {one["cell"]: one for wave in part.task("drs_cancel")["waves"] for one in wave["servers"]}
    assert entries["alpha.us-west-2"]["outcome"] == "unknown"
    assert entries["alpha.us-west-2"]["error"]["message"] == "the cell is not in this play"
    world.faults.clear("start")
    stopped = drill.wait()
    assert stopped.rc != 0
    # the other controller still watched its own job, and wrote down what became of it; nothing is left to cancel
    events = len(controller.record("c-1", {})["events"])
    again = controller.run("cancel", {"runs_id": "c-1", "runs_reason": "once more"})
    assert again.rc == 0 and not again.task("drs_cancel")["changed"], again.output
    kept = controller.record("c-1", {})
    assert kept["run"]["reason"] == "the wrong shop" and len(kept["events"]) == events
    gone = controller.run("terminate", {"terminate_run_id": "c-1"})
    assert gone.rc == 0, gone.output
    launched = [one["account"] for one in world.ledger(since=mark) if one["effect"] == "launched"]
    terminated = [one["account"] for one in world.ledger(since=mark) if one["effect"] == "terminated"]
    assert ALPHA in launched and sorted(launched) == sorted(terminated)
