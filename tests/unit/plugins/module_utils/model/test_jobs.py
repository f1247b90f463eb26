"""Test the outcome of servers in jobs: every status of every kind, never an unproven success."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes


def job(number: int = 1, **changes) -> dict:
    return {
        "job_id": f"drsjob-{number:017d}",
        "type": "LAUNCH",
        "initiated_by": "START_DRILL",
        "active": False,
        "created_at": "2026-01-31T12:00:00Z",
        "ended_at": "2026-01-31T12:10:00Z",
        "run_id": "run-1",
        "batch": "b1",
        "servers": [{"source_server_id": "s-1", "launch_status": "LAUNCHED", "recovery_instance_id": "i-1"}],
        **changes,
    }


def with_status(status, **changes) -> dict:
    return job(servers=[{"source_server_id": "s-1", "launch_status": status, "recovery_instance_id": None}], **changes)


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("kind", ["LAUNCH", "TERMINATE", "SOMETHING_NEW"])
@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "LAUNCHED", "TERMINATED", "FAILED", "NEW", None])
def test_the_outcome_of_every_status(status, kind, active):
    good = {"LAUNCH": "LAUNCHED", "SOMETHING_NEW": "LAUNCHED", "TERMINATE": "TERMINATED"}[kind]
    if status == good:
        expected = good.lower()
    elif status == "FAILED" or (status == "TERMINATED" and kind != "TERMINATE"):
        expected = outcomes.FAILED
    elif active and status:
        expected = outcomes.IN_PROGRESS
    else:
        expected = outcomes.UNKNOWN
    assert jobs.outcome_of(with_status(status, type=kind, active=active), "s-1") == expected


def test_a_server_that_the_job_does_not_hold_is_unknown():
    assert jobs.outcome_of(job(), "s-2") == outcomes.UNKNOWN
    assert jobs.participant(job(), "s-2") is None
    assert jobs.instance_of(job(), "s-2") is None


def test_jobs_of_a_run_are_its_launches_oldest_first():
    newest_first = [
        job(4, type="TERMINATE"),
        job(3),
        job(2, run_id="run-2"),
        job(1),
        job(0, run_id=None),
    ]
    assert [one["job_id"][-1] for one in jobs.of_run(newest_first, "run-1")] == ["1", "3"]
    assert [one["job_id"][-1] for one in jobs.of_run(newest_first, "run-1", "TERMINATE")] == ["4"]


def test_the_job_of_a_batch():
    assert jobs.of_batch([job(2, batch=None), job(1)], "b1")["job_id"].endswith("1")
    assert jobs.of_batch([job()], "b2") is None


def test_a_server_is_held_by_the_first_active_job_that_names_it():
    held = jobs.holding([job(3), job(2, active=True), job(1, active=True, type="TERMINATE")])
    assert held["s-1"]["job_id"].endswith("2")
    assert jobs.holding([job()]) == {}
    assert jobs.holding([job(1)], active_only=False)["s-1"]["job_id"].endswith("1")
    assert jobs.holding([job(2, active=True)], job_type="TERMINATE") == {}


def test_an_entry_says_what_the_job_says():
    entry = jobs.entry(job(), {"source_server_id": "s-1", "name": "web-01", "critical": True})
    assert {key: entry[key] for key in ("outcome", "job_id", "batch", "recovery_instance_id", "is_drill", "name")} == {
        "outcome": "launched",
        "job_id": job()["job_id"],
        "batch": "b1",
        "recovery_instance_id": "i-1",
        "is_drill": True,
        "name": "web-01",
    }
    assert (entry["duration_seconds"], entry["error"]) == (600, None)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("FAILED", "LAUNCH", "launch_failed"),
        ("FAILED", "TERMINATE", "terminate_failed"),
        ("PENDING", "LAUNCH", "outcome_unknown"),
        (None, "TERMINATE", "outcome_unknown"),
    ],
)
def test_whatever_is_no_success_has_an_error(status, kind, code):
    entry = jobs.entry(with_status(status, type=kind), {"source_server_id": "s-1", "name": "web-01"})
    assert entry["error"]["code"] == code
    assert entry["error"]["remedy"]


def test_a_termination_keeps_the_instance_and_whether_it_was_a_drill():
    ended = with_status("TERMINATED", type="TERMINATE", initiated_by="TERMINATE_RECOVERY_INSTANCES")
    server = {"source_server_id": "s-1", "recovery_instance_id": "i-7", "is_drill": True}
    entry = jobs.entry(ended, server, changed=True)
    assert (entry["recovery_instance_id"], entry["is_drill"], entry["changed"]) == ("i-7", True, True)


def test_a_recovery_is_no_drill():
    entry = jobs.entry(job(initiated_by="START_RECOVERY"), {"source_server_id": "s-1"})
    assert entry["is_drill"] is False
