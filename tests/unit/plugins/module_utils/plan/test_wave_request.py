"""Test a wave's results from all cells: missing, refused, and the verdict."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import NAME, server_id

OTHER = "orders.us-west-2"


def wave(*numbers: int, cell: str = NAME, **changes) -> dict:
    return {
        "wave": "1",
        "servers": [
            {"source_server_id": server_id(n), "name": f"web-{n:02}", "cell": cell, "critical": True, **changes}
            for n in numbers
        ],
    }


def entry(number: int, outcome: str, cell: str = NAME, **values) -> dict:
    error = DrsError("launch_failed") if outcome == "failed" else None
    server = {"source_server_id": server_id(number), "name": f"web-{number:02}", "cell": cell, "critical": True}
    return outcomes.server_entry(outcome, server, error=error, **values)


def judge(wave_, launched, waited=None, policy=None) -> dict:
    return wave_request.judge({"wave": wave_, "started": launched, "waited": waited or {}, "policy": policy or {}})


def test_a_wave_of_several_cells_that_succeeded():
    whole = {"wave": "1", "servers": wave(1)["servers"] + wave(2, cell=OTHER)["servers"]}
    launched = {
        NAME: {"servers": [entry(1, "in_progress")]},
        OTHER: {"servers": [entry(2, "in_progress", cell=OTHER)]},
    }
    waited = {NAME: {"servers": [entry(1, "launched")]}, OTHER: {"servers": [entry(2, "launched", cell=OTHER)]}}
    verdict = judge(whole, launched, waited)
    assert verdict["proceed"] is True
    assert verdict["summary"]["launched"] == 2
    assert verdict["bad_servers"] == []
    assert "failed" not in verdict, "a module's result must not say that of itself"


def test_what_was_not_waited_for_has_not_succeeded():
    verdict = judge(wave(1), {NAME: {"servers": [entry(1, "in_progress")]}})
    assert verdict["proceed"] is False
    assert verdict["servers"][0]["outcome"] == "in_progress"
    # a session that expired in the midst of it: nobody may read that they have ended
    assert verdict["reason"].endswith("; 1 server has not ended: what was begun there continues in AWS")


def test_a_wait_without_servers_leaves_what_the_launch_said():
    verdict = judge(wave(1), {NAME: {"servers": [entry(1, "failed")]}}, {NAME: {"failed": True, "msg": "crashed"}})
    assert verdict["servers"][0]["outcome"] == "failed"


def test_a_launch_that_was_refused_as_a_whole_is_told_of_its_servers():
    error = {"code": "live_recovery_instance", "message": "web-01 is live", "remedy": "x", "retryable": False}
    verdict = judge(wave(1, 2), {NAME: {"failed": True, "error": error}})
    assert verdict["proceed"] is False
    assert {(one["outcome"], one["error"]["code"], one["wave"]) for one in verdict["servers"]} == {
        ("refused", "live_recovery_instance", "1")
    }


def test_a_launch_that_crashed_is_told_of_its_servers():
    verdict = judge(wave(1), {NAME: {"failed": True, "msg": "MODULE FAILURE"}})
    (one,) = verdict["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("refused", "internal_error")
    assert "MODULE FAILURE" in one["error"]["message"]


@pytest.mark.parametrize("answer", [{}, {NAME: {}}, {NAME: None}, {NAME: {"skipped": True}}, {NAME: {"servers": []}}])
def test_a_silent_cell_is_unknown(answer):
    verdict = judge(wave(1), answer)
    assert verdict["proceed"] is False
    assert [(one["outcome"], one["error"]["code"]) for one in verdict["servers"]] == [("unknown", "outcome_unknown")]


def test_an_entry_of_another_cell_does_not_count():
    verdict = judge(wave(1), {OTHER: {"servers": [entry(1, "launched", cell=OTHER)]}})
    assert verdict["servers"][0]["outcome"] == "unknown"


def test_the_policy_judges():
    launched = {NAME: {"servers": [entry(1, "launched"), entry(2, "failed")]}}
    assert judge(wave(1, 2), launched)["code"] == "critical_failed"
    allowed = {"continue_on_failure": True, "max_failures": "50%"}
    assert judge(wave(1, 2), launched, policy=allowed)["proceed"] is True
    assert judge(wave(1, 2, critical=False), launched, policy={"max_failures": "0"})["code"] == "wave_failed"
