"""Test the progress lines of jobs."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import job_lines
from hypothesis import given
from hypothesis import strategies as st


def job(job_id="drsjob-00000000000000001", status="STARTED", **statuses):
    servers = [{"source_server_id": key, "launch_status": value} for key, value in statuses.items()]
    return {"job_id": job_id, "status": status, "servers": servers}


def many(count, status):
    return {"s%03d" % number: status for number in range(count)}


def test_a_new_job_and_its_end_are_said():
    label = "payments.us-west-2 wave 1"
    busy, ended = job(s1="PENDING"), job(status="COMPLETED", s1="LAUNCHED")
    assert job_lines.describe_changes(None, [busy], label) == [
        "[payments.us-west-2 wave 1] job drsjob-00000000000000001 STARTED, 1 server"
    ]
    assert job_lines.describe_changes([busy], [ended], label, {"s1": "web-01"}) == [
        "[payments.us-west-2 wave 1] job drsjob-00000000000000001 STARTED -> COMPLETED",
        "[payments.us-west-2 wave 1] web-01 launched",
    ]


def test_no_change_is_no_line():
    jobs = [job(s1="IN_PROGRESS", s2="FAILED")]
    assert job_lines.describe_changes(jobs, jobs, "c") == []


def test_a_server_that_begins_to_move_is_no_news():
    assert job_lines.describe_changes([job(s1="PENDING")], [job(s1="IN_PROGRESS")], "c") == []


def test_many_servers_share_a_line_with_the_count_so_far():
    before = job(**many(100, "IN_PROGRESS"))
    after = job(**{**many(97, "LAUNCHED"), **{"s%03d" % number: "IN_PROGRESS" for number in (97, 98, 99)}})
    assert job_lines.describe_changes([before], [after], "c") == ["[c] 97 of 100 launched"]


def test_a_server_that_was_tried_again_counts_once_as_in_the_later_job():
    first = {**job(s1="FAILED", s2="LAUNCHED"), "created_at": "2026-03-01T08:00:00Z"}
    again = {**job(s1="IN_PROGRESS"), "created_at": "2026-03-01T09:00:00Z"}
    for jobs in ([first, again], [again, first]):
        assert job_lines.tally(jobs) == {"total": 2, "IN_PROGRESS": 1, "LAUNCHED": 1}
    assert "2 servers: 1 launched, 1 in progress" in job_lines.heartbeat_line("c", [again, first], 60)


@pytest.mark.parametrize(("last", "word"), [("LAUNCHED", "launched"), ("FAILED", "FAILED"), ("PENDING", None)])
def test_of_a_server_that_was_tried_again_before_anybody_looked_the_last_try_is_told(last, word):
    first = {**job("drsjob-1", "COMPLETED", s1="FAILED", s2="LAUNCHED"), "created_at": "2026-03-01T08:00:00Z"}
    again = {**job("drsjob-2", "STARTED", s1=last), "created_at": "2026-03-01T09:00:00Z"}
    for jobs in ([first, again], [again, first]):
        told = [line for line in job_lines.describe_changes(None, jobs, "c") if " s1 " in line]
        assert told == (["[c] s1 %s" % word] if word else [])
    # who saw the first try end is told so
    earlier = {**first, "servers": job(s1="IN_PROGRESS", s2="LAUNCHED")["servers"]}
    assert "[c] s1 FAILED" in job_lines.describe_changes([earlier], [first, again], "c")


def test_failed_servers_are_always_named():
    before = job(**many(100, "IN_PROGRESS"))
    after = job(**many(100, "FAILED"))
    names = {"s%03d" % number: "web-%03d" % number for number in range(100)}
    lines = job_lines.describe_changes([before], [after], "c", names)
    assert lines[0] == "[c] 100 of 100 FAILED"
    assert all(any(name in line for line in lines) for name in names.values())
    assert max(map(len, lines)) <= 100


def test_a_status_nobody_knows_is_told_with_names():
    after = job(s1="EXPLODED", s2=None)
    assert job_lines.describe_changes([job(s1="PENDING", s2="PENDING")], [after], "") == ["s1 EXPLODED", "s2 UNKNOWN"]


def test_names_cannot_draw_on_the_terminal():
    lines = job_lines.describe_changes(
        [job(s1="PENDING")], [job(s1="FAILED")], "c\x1b[2J", {"s1": "a\x1b[31m\nb\u202e"}
    )
    assert lines == ["[c] a b FAILED"]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["s%d" % number for number in range(12)]),
            st.sampled_from(["PENDING", "IN_PROGRESS", "LAUNCHED", "FAILED", "TERMINATED", None]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_failure_is_told_once_when_it_happens(history):
    told, last = [], None
    for statuses in history:
        now = [job(**statuses)]
        told.append(job_lines.describe_changes(last, now, "", {key: "name-%s." % key for key in statuses}))
        earlier = {one["source_server_id"]: one["launch_status"] for one in last[0]["servers"]} if last else {}
        for key, status in statuses.items():
            mentioned = sum("name-%s." % key in line for line in told[-1])
            if status == "FAILED" and earlier.get(key) != "FAILED":
                assert mentioned == 1
            elif status == earlier.get(key) and status is not None:
                assert mentioned == 0
        last = now


def test_the_heartbeat_counts_servers_and_what_is_left_of_the_time():
    line = job_lines.heartbeat_line("c wave 1", [job(s1="LAUNCHED", s2="IN_PROGRESS")], 240, 600, 3600)
    assert line == (
        "[c wave 1] 4m00s, 2 servers: 1 launched, 1 in progress; about 6m00s to go; 56m00s left until the deadline"
    )
    assert job_lines.heartbeat_line("c", None, 5) == "[c] 5s, no answer yet"
    assert job_lines.heartbeat_line("", "busy", 5) == "5s, still waiting"
    assert job_lines.heartbeat_line("c", [], 700, 600) == "[c] 11m40s, 0 servers: none"


def test_post_launch_actions_are_told_when_they_end_and_once():
    def job_with(*statuses):
        runs = [
            {
                "name": name,
                "document": "D",
                "status": status,
                "optional": name == "time",
                "reason": "exit 1\x07",
                "run_id": name,
            }
            for name, status in zip(("time", "check"), statuses)
        ]
        server = {"source_server_id": "s-1", "launch_status": "IN_PROGRESS", "actions": runs}
        return {"job_id": "j", "status": "STARTED", "servers": [server]}

    def told(old, new):
        return job_lines.describe_changes([old], [new], "cell", {"s-1": "db-01"})

    assert told(job_with(), job_with("IN_PROGRESS")) == []
    assert told(job_with("IN_PROGRESS"), job_with("SUCCEEDED", "IN_PROGRESS")) == [
        "[cell] post-launch actions succeeded: time on 1 server"
    ]
    failed = told(job_with("SUCCEEDED", "IN_PROGRESS"), job_with("SUCCEEDED", "FAILED"))
    assert failed == ["[cell] db-01 post-launch action check FAILED: exit 1"]
    assert told(job_with("IN_PROGRESS"), job_with("FAILED")) == [
        "[cell] db-01 post-launch action time FAILED (optional): exit 1"
    ]
    assert told(job_with("SUCCEEDED", "FAILED"), job_with("SUCCEEDED", "FAILED")) == []
