"""Test a drill of a plan file over two cells: stages, gates and actions, stopped and resumed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import datetime
import json
import socket

import pytest
import yaml
from support.playbook import Controller
from support.scenarios import account, fleet

PAY, ORD, DIA = "111111111111", "222222222222", "333333333333"
RUN = "plan-1"
WAVE = "resilience.drs/wave"
DOCUMENT = {
    "schemaVersion": "0.3",
    "parameters": {"Target": {"type": "String"}},
    "mainSteps": [{"name": "turn", "action": "aws:sleep", "inputs": {"Duration": "PT45S"}}],
}
SIDES = {
    "top": [],
    "left": ["top"],
    "left2": ["left"],
    "right": ["top"],
    "right2": ["right"],
    "bottom": ["left2", "right2"],
}
MARK = """
- name: Mark | Write down who was here
  ansible.builtin.lineinfile:
    path: "{{ playbook_dir }}/../{{ mark_file | default('marks') }}"
    line: x
"""


def servers(one, app, count):
    return fleet(one, count, f"{app}-{one[0]}-{{n}}", 1, tags={"dr:application": app})


@pytest.fixture(scope="module")
def world(start_simulator):
    fleets = [servers(one, app, count) for one in (PAY, ORD) for app, count in (("db", 2), ("cache", 1), ("app", 1))]
    fleets += [servers(DIA, app, 1) for app in SIDES]
    accounts = [account(PAY, "pay"), account(ORD, "ord"), account(DIA, "dia")]
    simulator = start_simulator({"accounts": accounts, "fleets": fleets, "jobs": {"total": 600}})
    longer = copy.deepcopy(DOCUMENT)
    longer["mainSteps"][0]["inputs"]["Duration"] = "PT15M"
    for one, name, document in (
        (PAY, "Switch-Traffic", DOCUMENT),
        (ORD, "Switch-Traffic", DOCUMENT),
        (DIA, "Warm-Up", longer),
    ):
        simulator.client("ssm", one).create_document(Content=json.dumps(document), Name=name, DocumentType="Automation")
    return simulator


@pytest.fixture(scope="module")
def listener():
    """A port that answers, which stands for a machine that has booted."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def controller(world, listener, tmp_path_factory):
    made = Controller(world, tmp_path_factory.mktemp("plan"))
    folder = made.directory / "plans"
    folder.mkdir()
    note = "- name: Note it\n  ansible.builtin.copy: {dest: '%s', content: '{{ %s }}', mode: '0600'}\n"
    cells = "recovery_wave_servers | map(attribute=\\'name\\') | sort | join(\\' \\')".replace("\\'", "''")
    (folder / "once.yml").write_text(note % (folder / "once", "recovery_hook.name"), encoding="utf-8")
    (folder / "each.yml").write_text(note % (str(folder) + "/{{ inventory_hostname }}", cells), encoding="utf-8")
    plan = {
        "name": "shop",
        "waves": [
            {
                "name": "db",
                "selector": {"applications": ["db"]},
                "expected_count": 4,
                "actions": {
                    "before": [{"type": "tasks", "file": "once.yml"}],
                    "after": [{"type": "tasks", "file": "each.yml", "each_cell": True}],
                },
                "gates": {"after": [{"type": "health", "tcp": {"host": "127.0.0.1", "port": listener}, "retries": 1}]},
            },
            {"name": "cache", "selector": {"applications": ["cache"]}, "depends_on": []},
            {
                "name": "app",
                "selector": {"applications": ["app"]},
                "depends_on": ["db", "cache"],
                "gates": {"before": [{"type": "approval", "name": "data-checked", "message": "Compare the ledger."}]},
                "actions": {
                    "after": [
                        {
                            "type": "ssm_automation",
                            "document": "Switch-Traffic",
                            "parameters": {"Target": "recovery"},
                            "cells": ["pay.us-west-2"],
                        }
                    ]
                },
            },
        ],
    }
    (folder / "shop.yml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def first(world, controller):
    """The drill until it waits: (the run, its calls, its effects)."""
    options = {
        "recovery_plan_file": str(controller.directory / "plans" / "shop.yml"),
        "recovery_run_id": RUN,
        "recovery_initiator": "mia",
    }
    run = controller.run("drill", options)
    return run, world.journal(), world.ledger()


@pytest.fixture(scope="module")
def second(world, controller, first):
    """Approved by somebody else and resumed, after the tags of a server have changed: (the run, its effects)."""
    before = len(world.ledger())
    world.set_server(PAY, "us-west-2", "app-1-1", tags={"dr:application": "other", "dr:enabled": "true"})
    approved = controller.run("approve", {"runs_id": RUN, "runs_gate": "data-checked", "runs_approver": "noa"})
    assert approved.rc == 0, approved.output
    return controller.run("resume", {"runs_id": RUN}), world.ledger(since=before)


MISTAKES = """
name: shop
waves:
  - name: db
    selector: {applications: [db]}
    selector: {applications: [db]}
    optional: {applications: [nobody]}
    gates: {before: [{type: health, tcp: {port: 5432}}, {type: approval, name: start}]}
    actions:
      before:
        - {type: tasks, file: broken.yml}
        - {type: tasks, file: missing.yml}
        - {type: ssm_automation, document: Switch-Trafic, cells: [pay.us-west-2]}
        - {type: ssm_automation, document: Switch-Traffic, cells: [pai.us-west-2]}
points_in_time: {applications: {dbs: 2026-01-01T00:00:00Z}}
"""
CODES = "duplicate_key unmatched_selector probe_without_address reserved_gate invalid_plan_file unknown_cell"


def test_all_mistakes_of_a_plan_file_are_told_at_once_and_nothing_begins(world, controller):
    folder = controller.directory / "plans"
    (folder / "broken.yml").write_text("- nosuchmodule: {}\n", encoding="utf-8")
    (folder / "wrong.yml").write_text(MISTAKES, encoding="utf-8")
    before = len(world.journal())
    run = controller.run("drill", {"recovery_plan_file": str(folder / "wrong.yml"), "recovery_run_id": "wrong-1"})
    told = " ".join(run.output.split())
    assert run.rc == 2 and "nothing was launched" in told
    assert not [one for one in world.journal()[before:] if one["action"].startswith("Start")]
    for code in (*CODES.split(), "unknown_application", "automation_document"):
        assert f"{code}: " in told, code
    for words in ("line 6: the key selector", "nosuchmodule", "missing.yml", "did you mean pay.us-west-2"):
        assert words in told, run.output
    assert not list(controller.directory.rglob("*wrong-1*"))


def test_waves_that_are_independent_run_together_and_the_rest_waits(first):
    run, calls, effects = first
    starts = [entry for entry in calls if entry["action"] == "StartRecovery"]
    assert sorted((entry["account"], entry["request"]["tags"][WAVE]) for entry in starts) == [
        (PAY, "cache"),
        (PAY, "db"),
        (ORD, "cache"),
        (ORD, "db"),
    ]
    launched = [entry for entry in effects if entry["effect"] == "launched"]
    assert len(launched) == len({entry["source_server_id"] for entry in launched}) == 6
    assert max(entry["time"] for entry in starts) < min(entry["time"] for entry in launched), run.output
    assert [wave["wave"] for wave in run.result["waves"]] == ["db", "cache"]
    assert {wave["wave"]: len(wave["servers"]) for wave in run.result["waves"]} == {"db": 4, "cache": 2}


def test_the_run_waits_at_its_approval_and_says_how_to_go_on(first):
    run = first[0]
    assert run.rc == 2
    assert run.result["waiting"]["gate"] == "data-checked" and run.result["waiting"]["type"] == "approval"
    assert run.result["status"] == "waiting"
    assert "gate data-checked of wave app" in run.result["stopped"]
    assert "ansible-playbook resilience.drs.approve" in run.output and "runs_gate=data-checked" in run.output


def test_task_files_run_once_or_in_every_cell_with_what_was_launched(first, controller):
    folder = controller.directory / "plans"
    assert (folder / "once").read_text(encoding="utf-8") == "db-before-action1"
    assert (folder / "pay.us-west-2").read_text(encoding="utf-8") == "db-1-1 db-1-2"
    assert (folder / "ord.us-west-2").read_text(encoding="utf-8") == "db-2-1 db-2-2"


def test_the_health_gate_was_asked(first):
    assert "gate db-after-gate1 of wave db: 1 endpoint answered" in first[0].output


def test_a_task_file_that_ansible_would_not_take_is_told_before_a_run_is_taken_over(first, controller):
    path = controller.directory / "plans" / "once.yml"
    good = path.read_text(encoding="utf-8")
    path.write_text("- nosuchmodule: {}\n", encoding="utf-8")
    run = controller.run("resume", {"runs_id": RUN})
    path.write_text(good, encoding="utf-8")
    assert run.rc == 2 and "nosuchmodule" in run.output
    record = controller.record(RUN, {})["run"]
    assert (record["status"], record["epoch"]) == ("waiting", 1)


def test_an_approval_lets_the_run_go_on_to_its_end_and_nothing_is_launched_twice(second):
    run, effects = second
    assert run.rc == 0, run.output
    launched = [entry for entry in effects if entry["effect"] == "launched"]
    assert {entry["job_tags"][WAVE] for entry in launched} == {"app"} and len(launched) == 2
    assert run.result["status"] == "succeeded" and not run.result["waiting"]


def test_tags_that_changed_do_not_change_the_run_and_are_reported(second):
    run, effects = second
    assert "app-1-1" in run.servers and run.servers["app-1-1"]["outcome"] == "launched"
    assert [(one["change"], one["name"]) for one in run.result["changes"]] == [("removed", "app-1-1")]
    assert "app-1-1" in run.output


def test_an_automation_runs_once_in_the_cells_it_names(second):
    _run, effects = second
    (started,) = [entry for entry in effects if entry["effect"] == "automation_started"]
    assert (started["account"], started["parameters"]) == (PAY, {"Target": ["recovery"]})
    assert started["job_tags"]["resilience.drs/run"] == RUN


def test_the_sides_of_a_diamond_do_not_wait_for_each_other(world, controller):
    """The left side is slow at its beginning, the right one at its end: 15 minutes of an automation each."""
    warm = {"after": [{"type": "ssm_automation", "document": "Warm-Up", "parameters": {"Target": "x"}}]}
    waves = [
        {
            "name": name,
            "selector": {"applications": [name]},
            "depends_on": before,
            **({"actions": warm} if name in ("left", "right2") else {}),
        }
        for name, before in SIDES.items()
    ]
    path = controller.directory / "plans" / "diamond.yml"
    path.write_text(yaml.safe_dump({"name": "diamond", "waves": waves}), encoding="utf-8")
    before, earlier = len(world.journal()), len(world.ledger())
    options = {"recovery_plan_file": str(path), "recovery_run_id": "diamond-1", "recovery_poll_interval_max": 10}
    run = controller.run("drill", options)
    assert run.rc == 0, run.output
    launches = [one for one in world.journal()[before:] if one["action"] == "StartRecovery"]
    began = {one["request"]["tags"][WAVE]: seconds(one["time"]) for one in launches}
    ended = {
        one["job_tags"][WAVE]: seconds(one["time"])
        for one in world.ledger(since=earlier)
        if one["effect"] == "launched"
    }
    print({name: (began[name] - began["top"], ended[name] - began["top"]) for name in began})
    assert len(launches) == len(began) == len(SIDES), "each once, each with its own tag"
    for name, parents in SIDES.items():
        assert all(began[name] > ended[parent] for parent in parents), name
    # left2 has waited for the automation behind left, right2 has not
    assert began["right2"] < ended["right"] + 60 and began["left2"] > ended["left"] + 900
    assert ended["right2"] < began["left2"]
    assert began["bottom"] - began["top"] < 2900
    assert [one["wave"] for one in run.result["waves"]] == ["top", "left", "right", "left2", "right2", "bottom"]
    record = {one["wave"]: one for one in controller.record("diamond-1", {})["waves"]}
    assert record["right2"]["intended_at"] < record["left2"]["intended_at"]


def seconds(text):
    """A time of the simulator as seconds."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
