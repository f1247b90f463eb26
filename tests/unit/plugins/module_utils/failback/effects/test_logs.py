"""The logs of the jobs of a failback: read on the side where the job runs, once, and again only after an error."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import logs
from support.fake_drs import FakeCell, FakeDrs, server_id, stamp

HOME = ("222222222222", "us-east-1")


def job(number, place=("111111111111", "us-west-2"), active=False):
    return {"job_id": f"drsjob-{number:017}", "account_id": place[0], "region": place[1], "active": active}


def event(name):
    return {"logDateTime": stamp(1), "event": name, "eventData": {"sourceServerID": server_id(1)}}


def test_each_log_is_read_once_where_its_job_runs_and_kept_with_its_wave():
    aws = FakeDrs()
    here, there = FakeCell(aws, cell="here"), FakeCell(aws, cell="there")
    for number in (1, 2, 4):
        aws.logs[job(number)["job_id"]] = [event("LAUNCH_START")]
    kept = logs.Kept({"1": {"logs": [{"job_id": job(4)["job_id"], "error": None}]}})
    started = {"jobs": [job(1, active=True), job(2, HOME), job(3), job(4)]}
    kept.read("1", here, {HOME: there}, (started, None))
    kept.read("1", here, {HOME: there}, (started, {"jobs": [job(1)]}))
    told = kept.take("1")
    assert [(one["job_id"], one["cell"], one["error"] and one["error"]["code"]) for one in told] == [
        (job(2)["job_id"], "there", None),
        (job(3)["job_id"], "here", "job_log_empty"),
        (job(1)["job_id"], "here", None),
        (job(3)["job_id"], "here", "job_log_empty"),
    ], "a job that still runs is read when it has ended, a known one never, an empty one again"
    assert kept.take("1") == [] and kept.take("2") == []


def test_the_job_of_a_server_that_has_arrived_has_ended_and_one_that_holds_a_moving_server_has_not():
    aws = FakeDrs()
    here, there = FakeCell(aws, cell="here"), FakeCell(aws, cell="there")
    for number in (1, 2):
        aws.logs[job(number)["job_id"]] = [event("LAUNCH_START")]
    kept = logs.Kept({})
    started = {"jobs": [job(1, HOME, active=True), job(2, HOME, active=True)], "servers": []}
    fates = [(1, "launched"), (2, "launched"), (2, "in_progress")]
    servers = [{"job_id": job(number)["job_id"], "outcome": outcome} for number, outcome in fates]
    kept.read(
        "1", here, {HOME: there}, (started, {"jobs": [], "servers": [*servers, {"job_id": None, "outcome": "failed"}]})
    )
    assert [(one["job_id"], one["cell"]) for one in kept.take("1")] == [(job(1)["job_id"], "there")]
