"""Test what a person reads last: of a plan that is none, of a run that waits, of evidence that nobody has signed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.next_command import playbook_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing

GATE = {"gate": "go", "type": "approval", "wave": "app", "message": "Compare the ledger."}
APPROVE = playbook_command("approve", {"runs_id": "r-1", "runs_gate": "go"})
RESUME = playbook_command("resume", {"runs_id": "r-1"})


def test_a_plan_file_that_means_nothing_makes_no_empty_plan():
    wrong = finding(ERROR, "invalid_plan_file", "waves[0].selector.names is not known")
    plan = {"name": "shop", "mode": "drill", "hash": "h" * 64, "waves": [], "findings": [wrong], "summary": {}}
    lines = render.render("plan", plan).splitlines()
    assert lines[:3] == ["NO PLAN shop: drill", "", "ERRORS, this plan must not run:"]
    assert not [line for line in lines if "0 servers" in line or line.strip() == "none"]
    # without an error it is a plan of nothing, which somebody has allowed
    assert render.render("plan", {**plan, "findings": []}).splitlines()[1].startswith("0 servers in 0 waves")


@pytest.mark.parametrize(
    ("gate", "unapproved", "servers", "lost", "words"),
    [
        (GATE, False, ["launched"], [], "Nothing went wrong. The run continues after somebody who did not start it"),
        ({}, True, [], [], "Nothing went wrong. The run continues after somebody who did not start it has approved."),
        ({**GATE, "type": "pause"}, False, [], [], "Nothing went wrong. The run continues when somebody resumes it."),
        (GATE, False, ["launched", "failed"], [], "The run continues after somebody who did not start it"),
        (GATE, False, [], [{"cell": "a"}], "The run continues after somebody who did not start it has approved."),
        ({}, False, [], [], ""),
    ],
)
def test_a_run_that_waits_says_whose_turn_it_is_and_that_nothing_went_wrong(gate, unapproved, servers, lost, words):
    turn = closing.turn(gate, unapproved, [{"outcome": one} for one in servers], lost)
    assert turn.startswith(words) and bool(turn) is bool(words)


@pytest.mark.parametrize("kind", ["run", "failback"])
def test_the_page_and_the_last_line_of_a_run_that_waits_have_the_commands_that_continue_it(kind):
    turn = closing.turn(GATE, False, [], [])
    page = {"plan": {"waves": []}, "waits": closing.waits(GATE), "turn": turn, "then": RESUME}
    lines = render.render(kind, {**page, "next": APPROVE}, 120).splitlines()
    waits = lines.index("WAITS for approval of gate go of wave app: Compare the ledger.")
    assert lines[waits + 1] == turn
    assert lines[-2:] == [f"next: {APPROVE}", f"and then: {RESUME}"]
    words = closing.last_words("r-1", page, APPROVE)
    assert words.startswith(
        "run r-1 WAITS for approval of gate go of wave app: Compare the ledger. Nothing went wrong."
    )
    assert words.endswith(f"has approved. next: {APPROVE} and then: {RESUME}")
    stopped = {"status": "waiting", "stopped": "gate go of wave app: closed", "waits": words}
    assert closing.problems(stopped, None) == [words]


def test_a_run_that_another_controller_has_is_not_waited_for_here():
    assert closing.last_words("r-1", {"waits": "TAKEN OVER: leave it", "turn": ""}, "x") == ""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("DRAFT - NOT SIGNED", "verdict DRAFT, not signed"),
        ("SIGNED", "verdict DRAFT, signed"),
        ("REJECTED", "verdict DRAFT, rejected"),
    ],
)
def test_verdict_and_signature_of_evidence_are_told_apart(state, words):
    written = {"run_id": "r-1", "verdict": {"word": "DRAFT"}, "state": state, "path": "/ev"}
    page = render.render("report", {"report": {"path": "/out"}, "evidence": written})
    assert f"Evidence of run r-1: {words}\n" in page and "Archive" not in page
    page = render.render("report", {"report": {"path": "/out"}, "evidence": {**written, "archive": "/ev.tar"}})
    assert page.endswith("Open /ev/index.html\nArchive: /ev.tar")
    about = {"run_id": "r-1", "verdict": "DRAFT", "state": state}
    assert f"Run r-1: {words}\n" in render.render("evidence", {"about": about, "files": 2})
