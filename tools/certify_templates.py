"""Run each job template of extensions/patterns/drs by ansible-runner, as AWX does: the piece `templates` of certify.py.

`tools/certify_templates.py WORKING_FOLDER` runs all of them against one simulator, in the order of a drill: each with
the answers that its survey has by default, and what the story needs. Whatever becomes of a job, it has to leave an
artifact as the schema has it, without a warning or a deprecation; those of the story have to end well.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible_runner
import jsonschema
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import NAME, SCHEMA
from support import automation
from support.automation_jobs import PLAN, WORLD, Platform
from support.simulator import Simulator

RUN = {"runs_id": "t-1"}
STORY: Mapping[str, Mapping[str, Any]] = {
    "DRS status": {},
    "DRS capacity": {},
    "DRS drill": {**PLAN, "recovery_run_id": "t-1"},
    "DRS runs": {},
    "DRS run": RUN,
    "DRS history": {},
    "DRS report": {"report_run_id": "t-1"},
    "DRS terminate": {"terminate_run_id": "t-1"},
    "DRS sweep": {},
}
"""What ends well, in this order."""
REST: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(("DRS resume", "DRS pause", "DRS cancel", "DRS approve", "DRS watch"), RUN),
    "DRS failover": {**PLAN, "recovery_run_id": "t-2"},
}
"""What the others are answered besides their defaults: they end as they may."""
OWN_FAULTS = ("internal_error", "unread_variable")
"""Codes of errors that no answer of a survey may lead to."""
RECORDER = ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED")
"""What the tests have a playbook do besides."""


def job(platform: Platform, folder: Path, name: str, answers: Mapping[str, Any], check: bool) -> list[str]:
    """The problems of one job; what it printed is kept in its folder."""
    place = folder / name.replace(" ", "_")
    place.mkdir(parents=True)
    done = ansible_runner.run(
        private_data_dir=str(place),
        project_dir=str(folder / "project"),
        playbook="playbooks/" + Path(automation.templates()[name]["playbook"]).name,
        inventory=str(platform.inventory),
        extravars=platform.variables(name, answers),
        envvars={key: value for key, value in platform.env.items() if key not in RECORDER},
        cmdline="--check" if check else None,
        settings={"suppress_ansible_output": True},
        quiet=True,
    )
    said = done.stdout.read()
    (place / "said").write_text(said, encoding="utf-8")
    problems = [line for line in said.splitlines() if "[WARNING]" in line or "[DEPRECATION" in line]
    ends = [event["event_data"] for event in done.events if event["event"] == "playbook_on_stats"]
    left = (ends[-1].get("artifact_data") or {}).get(NAME) if ends else None
    if left is None:
        return [*problems, "it left no artifact"]
    problems += [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(left)]
    if left["error"] in OWN_FAULTS:
        problems.append(f"it failed with {left['error']}")
    if name in STORY and done.rc:
        problems.append(f"it ended with {done.rc}: {left['error'] or left['status']}")
    sys.stdout.write(f"{name}: {done.rc}, {left['status']} {left['error']}\n")
    return problems


def main(work: str) -> int:
    """Run all of them; the exit code."""
    folder = Path(work)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "project").mkdir(parents=True)
    (folder / "project" / "playbooks").symlink_to(automation.PATTERN / "playbooks")
    names = [*STORY, *(one for one in automation.templates() if one not in STORY)]
    failed = False
    with Simulator(dict(WORLD)) as simulator:
        platform = Platform(simulator, folder / "controller")
        for name in names:
            asks = automation.templates()[name].get("ask_job_type_on_launch")
            answers = STORY.get(name, REST.get(name, {}))
            for problem in job(platform, folder, name, answers, bool(asks) and name not in STORY):
                failed = True
                sys.stdout.write(f"{name}: {problem}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
