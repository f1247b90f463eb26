"""Test what a person is told who ends a playbook in its middle, and how a task's process tells it to the playbook's."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.resilience.drs.plugins.plugin_utils._play import interrupted

RUN = {"run_id": "q4", "command": "ansible-playbook resilience.drs.resume -e runs_id=q4"}
AGAIN = "ansible-playbook resilience.drs.terminate -e terminate_run_id=q4"


def test_what_a_forked_process_notes_is_there_after_its_end():
    standing = interrupted.Standing()
    standing.note(run_id="lost")
    assert standing.noted() == {}, "nobody has prepared it"
    standing.prepare()
    child = os.fork()
    if child == 0:
        standing.note(**RUN, under_way=[("a wave 1", ["drsjob-1", "drsjob-2"])] * 9)
        standing.note(under_way=[("a wave 1", ["drsjob-1"])])
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert standing.noted() == {**RUN, "under_way": [["a wave 1", ["drsjob-1"]]]}


def test_a_run_is_told_with_its_jobs_and_the_command_that_resumes_it():
    told = interrupted.lines({**RUN, "under_way": [["a wave 1", ["drsjob-1"]], ["b wave 1", []]]}, AGAIN)
    assert told[0].startswith("INTERRUPTED: run q4 is not at its end.")
    assert told[1:] == [
        "Continues in AWS:",
        "  a wave 1: drsjob-1",
        "  b wave 1",
        "",
        "next: ansible-playbook resilience.drs.resume -e runs_id=q4",
    ]


def test_what_is_no_run_is_continued_by_the_same_command():
    many = [[f"c{number} clean-up", ["drsjob-1"]] for number in range(25)]
    told = interrupted.lines({"run_id": "", "under_way": many}, AGAIN)
    assert told[-1] == f"next: {AGAIN}"
    assert "  c19 clean-up: drsjob-1" in told and "  and 5 more" in told and len(told) == 25
    assert interrupted.lines({"under_way": many}, "")[-1] == "The same command again adopts what it finds."


def test_nothing_is_told_of_what_has_begun_nothing():
    assert interrupted.lines({}, AGAIN) == []
    assert interrupted.lines({"run_id": "", "under_way": []}, AGAIN) == []


def test_what_a_person_must_say_is_not_said_for_them():
    given = {"recovery_run_id": "q4", "recovery_confirm": "FAILOVER shop 2 us-west-2", "failback_validated": True}
    assert interrupted.typed_again(given) == {"recovery_run_id": "q4"}
