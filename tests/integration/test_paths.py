"""Test that relative paths start at the working directory, and that mistakes in files are reported once."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

CELLS = ("111111111111", "222222222222")
PLAN = """
name: q4
waves:
  - name: all
    selector: {tags: {"dr:wave": "1"}}
    actions: {after: [{type: tasks, file: after.yml}]}
"""


@pytest.fixture(scope="module")
def world(start_simulator):
    accounts = [account(one, "cell-%s" % one[0]) for one in CELLS]
    fleets = [fleet(one, 1, "web-%s-{n}" % one[0]) for one in CELLS]
    return start_simulator({"accounts": accounts, "fleets": fleets, "jobs": {"total": 60}})


@pytest.fixture
def mine(world, tmp_path):
    return Controller(world, tmp_path)


def typed(*variables):
    return [part for one in variables for part in ("-e", one)]


def test_a_relative_plan_file_report_and_validation_are_found_where_the_command_was_typed(world, mine):
    plans = mine.directory / "plans"
    plans.mkdir()
    (plans / "q4.yml").write_text(PLAN)
    (plans / "after.yml").write_text("- name: Note that it ran\n  ansible.builtin.debug:\n    msg: after was here\n")
    (mine.directory / "look.yml").write_text("- name: Look\n  ansible.builtin.debug:\n    msg: looked\n")
    names = ["recovery_plan_file=plans/q4.yml", "recovery_validate_tasks=look.yml", "recovery_report_dir=out/report"]
    run = mine.run("drill", typed=typed(*names, "recovery_log_path=run.jsonl", "recovery_run_id=paths-1"))
    assert run.rc == 0, run.output
    assert run.result["waves"][0]["wave"] == "all" and "after was here" in run.output and "looked" in run.output
    assert (mine.directory / "out/report/index.html").exists() and (mine.directory / "run.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no"),
        ("name: q4\nwaves: [\n", "line 3, column 1"),
        ("- a\n", "a plan file is a mapping"),
    ],
)
def test_a_plan_file_that_means_nothing_is_told_once_before_any_call(world, mine, text, words):
    if text is not None:
        (mine.directory / "q4.yml").write_text(text)
    mark = world.mark()
    run = mine.run("drill", typed=typed("recovery_plan_file=q4.yml"))
    assert run.rc != 0 and words in " ".join(run.output.split())
    assert str(mine.directory) in run.output and run.output.count("fatal: [") == 1
    assert world.journal(mark) == []


def test_a_task_file_that_is_missing_is_told_with_all_other_mistakes_of_the_plan_before_anything_begins(world, mine):
    (mine.directory / "q4.yml").write_text(PLAN)
    mark = world.mark()
    run = mine.run("drill", typed=typed("recovery_plan_file=q4.yml"))
    assert run.rc != 0 and "waves[0].actions.after[0].file: there is no" in " ".join(run.output.split())
    assert str(mine.directory) in run.output and run.output.count("fatal: [") == 1
    reads = ("Describe", "Get", "List", "Assume")
    assert [one["action"] for one in world.journal(mark) if not one["action"].startswith(reads)] == []


def test_exports_and_answers_stay_out_of_the_collection(world, mine):
    before = sorted((ROOT / "playbooks").rglob("*"))
    assert mine.run("status", typed=typed("status_export_dir=exp")).rc == 0
    assert (mine.directory / "exp/status.csv").exists()
    (mine.directory / "ask.json").write_text(json.dumps({"action": "status"}))
    asked = mine.run(
        "orchestrate", typed=typed("orchestrate_input_file=ask.json", "orchestrate_output_file=answer.json")
    )
    assert asked.rc == 0, asked.output
    assert json.loads((mine.directory / "answer.json").read_text())["status"] == "success"
    assert sorted((ROOT / "playbooks").rglob("*")) == before
