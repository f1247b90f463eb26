"""Test that the history tells of a run that somebody paused or cancelled while no controller worked on it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import book, reading
from support.run_steps import Day, day, plan


def recorded(at, **told):
    """A record of the history, written as the end of a command writes it."""
    params = {key: spec.get("default") for key, spec in book.RECORD_SPEC.items()}
    result = {"kind": "recovery", "mode": "recovery", "run_id": "r-1", "started_at": day("07:50"), **told}
    return book.record({**params, "store": {"path": at.path}, "result": result}, False)


def shown(at, **asked):
    params = {key: spec.get("default") for key, spec in reading.QUERY_SPEC.items()}
    return reading.read({**params, "store": {"path": at.path}, **asked})["records"]


def test_a_waiting_run_that_is_paused_and_cancelled_is_that_in_the_history(tmp_path, monkeypatch):
    at = Day(str(tmp_path / "store"), monkeypatch)
    options = {"plan": plan(2), "approvals": ["start"], "confirm": "FAILOVER shop 2 us-west-2"}
    at("07:50", "begun", **options)
    recorded(at, status="waiting", stopped="waits for approval: start")
    assert [one["status"] for one in shown(at, status="waiting")] == ["waiting"]
    for step, word in (("paused", "paused"), ("cancelled", "cancelled")):
        at("08:00", step, reason="not today")
        (one,) = shown(at, status=word)
        assert (one["status"], one["reason"], one["unfinished"]) == (word, "not today", 2)
        assert shown(at, status="waiting") == []


def test_what_has_ended_is_not_told_anew(tmp_path, monkeypatch):
    at = Day(str(tmp_path / "store"), monkeypatch)
    at("07:50", "begun", plan=plan(1, mode="drill"))
    recorded(at, status="", servers=[{**plan()["waves"][0]["servers"][0], "outcome": "launched"}])
    at("08:00", "cancelled", reason="late")
    assert [one["status"] for one in shown(at)] == ["succeeded"]
