"""What a person sees of a drill of two servers, without any setting of the display: in a terminal and in AWX."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re

import ansible_runner
import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import SCHEMA
from support.automation import PATTERN
from support.playbook import Controller
from support.scenarios import account, fleet

MOST = 60
RECORDER = ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED")


@pytest.fixture
def mine(start_simulator, tmp_path):
    lost = {"fail_launch": "InsufficientInstanceCapacity: there is none"}
    shops = {"shop": (1, {}), "bank": (1, {}), "ops": (2, {}), "crm": (2, {"set": lost})}
    accounts = [account(str(number) * 12, name) for number, name in enumerate(shops, 1)]
    fleets = [
        fleet(one["id"], shops[one["name"]][0], one["name"] + "-{n:02}", **shops[one["name"]][1]) for one in accounts
    ]
    return Controller(start_simulator({"accounts": accounts, "fleets": fleets, "jobs": {"total": 600}}), tmp_path)


def drill_of(name):
    return {"recovery_plan_name": name, "recovery_run_id": f"{name}-1"}


def is_quiet(text):
    """Few lines, none for an include, no heading with nothing below it, the time of day on each line of progress."""
    lines = text.splitlines()
    assert len(lines) <= MOST, text
    assert not [line for line in lines if line.startswith("changed:")], text
    assert not [line for line in lines if line.startswith(("included:", "ok:", "skipping:"))], text
    headings = [number for number, line in enumerate(lines) if line.startswith("TASK [")]
    assert all(lines[number + 1].strip() for number in headings), text
    progress = [line for line in lines if "] job drsjob-" in line or "launched" in line and "wave 1]" in line]
    assert len(progress) >= 4 and all(re.match(r"\d\d:\d\d:\d\dZ \[", line) for line in progress), text


def test_a_drill_of_two_servers_fits_on_a_screen(mine, tmp_path):
    # in two cells, which share one sign of life, on a screen as narrow as any is
    cells = "shop.us-west-2,bank.us-west-2"
    done = mine.run("drill", drill_of("shop"), limit=cells, env={"COLUMNS": "80"})
    assert done.rc == 0 and done.outcomes == {"launched": 2}, done.output
    is_quiet(done.output)
    assert done.output.count("[wave 1 in 2 cells] 5m00s, 2 servers: 2 in progress") == 1
    assert f"next: ansible-playbook resilience.drs.terminate -e terminate_run_id=shop-1 --limit {cells}" in done.output
    beginnings = ("Wave ", "1 ", "Total ", "shop.us", "bank.us")
    tables = [line for line in done.output.split("PLAY RECAP")[0].splitlines() if line.startswith(beginnings)]
    assert len(tables) >= 8 and all(len(line) <= 80 and "..." not in line for line in tables), tables

    # as a job of AWX: its own way of running a playbook, its own screen, and the plan file by its path in the project
    plan = {"name": "ops", "waves": [{"name": "1", "selector": {"waves": ["1"]}}]}
    project = tmp_path / "project"
    (project / "plans").mkdir(parents=True)
    (project / "plans" / "ops.yml").write_text(json.dumps(plan), encoding="utf-8")
    (project / "playbooks").symlink_to(PATTERN / "playbooks")
    asked = {**drill_of("ops"), "recovery_plan_file": "plans/ops.yml"}
    told, left, job = job_of(mine, tmp_path, "drill", asked, "ops.us-west-2")
    assert job.rc == 0, told
    is_quiet(told)
    assert (left["run_id"], left["status"], left["counts"]) == ("ops-1", "succeeded", {"launched": 2})

    # also of what is refused before anything is looked at the platform gets why
    told, left, job = job_of(mine, tmp_path, "pause", {"runs_id": "nobody-1"}, "")
    assert job.rc != 0 and (left["verb"], left["run_id"], left["error"]) == ("runs", "nobody-1", "run_unknown"), told


def job_of(mine, tmp_path, verb, options, limit):
    """A playbook as a platform runs it: its output, the artifact that it left, the job."""
    folder = tmp_path / f"job-{verb}"
    folder.mkdir()
    job = ansible_runner.run(
        private_data_dir=str(folder),
        project_dir=str(tmp_path / "project"),
        playbook=f"playbooks/{verb}.yml",
        inventory=str(mine.inventory),
        extravars=options,
        limit=limit,
        envvars={name: value for name, value in mine.env.items() if name not in RECORDER},
        settings={"suppress_ansible_output": True},
        quiet=True,
    )
    (end,) = (event for event in job.events if event["event"] == "playbook_on_stats")
    left = end["event_data"]["artifact_data"]["drs_artifact"]
    jsonschema.validate(left, SCHEMA)
    return job.stdout.read(), left, job


def test_a_failure_is_told_once_and_a_setting_of_a_person_counts(mine):
    failed = mine.run("drill", drill_of("crm"), limit="crm.us-west-2", env={"ANSIBLE_DISPLAY_OK_HOSTS": "true"})
    assert failed.rc != 0
    assert failed.output.count("launch_capacity: InsufficientInstanceCapacity") == 2  # two servers, each once
    assert failed.output.count("Remedies:") == 1
    assert "2 servers were not successful, named above with wave 1." in failed.output
    assert re.search(r"^ok: \[crm", failed.output, re.MULTILINE), failed.output

    # no_log hides every page and every line of progress, whatever prints it, and no closing line
    shown = "next: ansible-playbook resilience.drs.resume -e runs_id=crm-1"
    assert shown in failed.output
    hide = {"ANSIBLE_NO_LOG": "true"}
    again = mine.run("drill", drill_of("crm") | {"recovery_run_id": "crm-2"}, limit="crm.us-west-2", env=hide)
    assert again.rc != 0 and "drsjob-" not in again.output and "Remedies:" not in again.output, again.output
    assert "\nrecovery (drill) crm-2: failed, 2 failed, coverage complete\n" in again.output
    assert "\nnext: ansible-playbook resilience.drs.resume -e runs_id=crm-2 " in again.output
    told = mine.run("status", limit="crm.us-west-2", env=hide)
    assert "\nstatus: " in told.output and "no_log hides everything else" in told.output, told.output
    assert "crm-01" not in told.output + again.output.partition("TASK [")[0]
