"""When to look again, what to say meanwhile, and when to stop."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import watch as progress
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.watch import PollSchedule, watch
from hypothesis import given
from hypothesis import strategies as st


def polled(schedule, actual):
    """Polls (the first at once) and lateness of a job that takes ``actual`` seconds."""
    elapsed, polls = 0.0, 1
    while elapsed < actual:
        elapsed += schedule.next(elapsed)
        polls += 1
    return polls, elapsed - actual


def job(job_id="drsjob-00000000000000001", status="STARTED", **statuses):
    servers = [{"source_server_id": key, "launch_status": value} for key, value in statuses.items()]
    return {"job_id": job_id, "status": status, "servers": servers}


def many(count, status):
    return {"s%03d" % number: status for number in range(count)}


# -- the schedule ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "actual", "most_polls", "most_late"),
    [
        (600, 612, 13, 5),  # the job of the bench, expected as usual
        (612, 612, 11, 5),  # expected from the job before it
        (600, 600, 11, 5),
        (300, 300, 9, 5),
        (60, 60, 7, 5),
        (10, 10, 4, 5),
        (600, 900, 27, 60),
        (600, 1800, 42, 60),
        (1200, 1210, 18, 5),
        (600, 130, 4, 120),  # earlier than expected: within half of what was to come
        (None, 612, 13, 5),
        (0, 612, 13, 5),
    ],
)
def test_few_polls_and_little_lateness(expected, actual, most_polls, most_late):
    polls, late = polled(PollSchedule(expected), actual)
    assert polls <= most_polls
    assert 0 <= late <= most_late


@given(expected=st.floats(1, 7200), actual=st.floats(0, 14400), minimum=st.floats(1, 30), maximum=st.floats(30, 600))
def test_lateness_is_bounded(expected, actual, minimum, maximum):
    schedule = PollSchedule(expected, minimum, maximum)
    late = polled(schedule, actual)[1]
    if actual >= expected + minimum:
        assert late <= max(minimum, min(0.25 * (actual - expected), maximum / 2)) + 1e-6
    else:
        assert late <= max(minimum, min(expected / 2, maximum)) + 1e-6


@given(elapsed=st.floats(0, 1e6), expected=st.floats(1, 7200))
def test_no_wait_leaps_over_the_expected_end_by_more_than_the_minimum(elapsed, expected):
    schedule = PollSchedule(expected)
    wait = schedule.next(elapsed)
    assert 5 <= wait <= 120
    if elapsed < expected:
        assert elapsed + wait <= expected + 5
    else:
        assert wait <= 60


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 10), (-1, 10), (20, 10)])
def test_an_impossible_schedule_is_refused(minimum, maximum):
    with pytest.raises(ValueError, match="minimum"):
        PollSchedule(600, minimum, maximum)


def test_errors_are_retried_ever_more_slowly():
    assert [PollSchedule().after_error(number) for number in range(1, 8)] == [5, 10, 20, 40, 60, 60, 60]
    assert PollSchedule(600, 5, 6).after_error(10**6) == 5


# -- watching --------------------------------------------------------------------------------------------------------


def throw(error):
    if error is not None:
        raise error


class World:
    """A job that ends at a given second, and everything that was asked, slept and said."""

    def __init__(self, ends=612.0, errors=()):
        self.now, self.ends = 0.0, ends
        self.errors = list(errors)
        self.sleeps, self.lines, self.reads = [], [], []

    def read(self):
        self.reads.append(self.now)
        if self.errors:
            throw(self.errors.pop(0))
        return "done" if self.now >= self.ends else "busy"

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds

    def emit(self, line):
        self.lines.append((self.now, line))

    def watch(self, judge=lambda state: (state == "done", []), timeout=7200, **options):
        return watch(self.read, judge, PollSchedule(600), self.sleep, self.emit, timeout, **options)


def retryable(code="ThrottlingException"):
    return DrsError(code, "slow down", retryable=True)


def test_a_watch_ends_when_the_judge_says_so():
    world = World()
    result = world.watch()
    assert result == {
        "state": "done",
        "done": True,
        "timed_out": False,
        "elapsed": world.now,
        "polls": 13,
        "errors": 0,
        "error": None,
    }
    assert world.now - 612 <= 5


def test_work_that_is_done_already_is_not_waited_for():
    world = World(ends=0)
    assert world.watch()["polls"] == 1
    assert world.sleeps == []


@given(ends=st.floats(0, 3000), heartbeat=st.floats(1, 300), timeout=st.floats(1, 3000))
def test_there_is_never_silence_longer_than_the_heartbeat(ends, heartbeat, timeout):
    world = World(ends)
    result = world.watch(timeout=timeout, heartbeat=heartbeat)
    assert max(world.sleeps, default=0) <= heartbeat
    said = [0.0, *(moment for moment, _line in world.lines), world.now]
    assert max(later - earlier for earlier, later in zip(said, said[1:])) <= heartbeat + 1e-6
    assert result["elapsed"] == pytest.approx(sum(world.sleeps))
    assert result["done"] is not result["timed_out"]
    assert world.now <= timeout + 1e-6


def test_news_at_the_moment_of_a_heartbeat_replaces_it():
    world = World(ends=10**6)
    world.watch(lambda state: (world.now >= 240, ["news"]), heartbeat=120)
    assert [line for _moment, line in world.lines] == ["news"] * 3


def test_the_heartbeat_is_written_by_the_caller():
    world = World(ends=100)
    world.watch(heartbeat=30, beat=lambda state, elapsed: "%s after %d" % (state, elapsed))
    assert [line for _moment, line in world.lines] == ["busy after 30", "busy after 60", "busy after 90"]


def test_time_is_up_after_one_last_look():
    world = World(ends=10**6)
    result = world.watch(timeout=100)
    assert (result["timed_out"], result["done"], result["elapsed"]) == (True, False, 100)
    assert world.reads[-1] == 100
    assert "time is up after 1m40s" in world.lines[-1][1]


def test_work_that_ends_at_the_last_look_is_not_late():
    assert World(ends=100).watch(timeout=100)["done"] is True


def test_five_errors_in_a_row_are_tolerated_and_each_is_said_in_a_line():
    world = World(ends=0, errors=[retryable() for _one in range(5)])
    result = world.watch()
    assert (result["done"], result["errors"], result["polls"]) == (True, 5, 6)
    said = [line for _moment, line in world.lines if "could not read" in line]
    assert len(said) == 5
    assert "trying again (5 of 5)" in said[-1]
    assert not any("\n" in line for line in said)


def test_a_sixth_error_ends_the_watch_and_keeps_the_last_state():
    world = World(errors=[None, *(retryable() for _one in range(6))])
    result = world.watch()
    assert (result["done"], result["timed_out"], result["state"]) == (False, False, "busy")
    assert result["error"]["code"] == "ThrottlingException"
    assert "giving up after 6 errors in a row" in world.lines[-1][1]


def test_the_count_of_errors_starts_again_after_an_answer():
    errors = [retryable() for _one in range(4)]
    world = World(ends=600, errors=[*errors, None, *errors, None])
    assert world.watch()["done"] is True


def test_an_error_that_waiting_cannot_cure_ends_the_watch_at_once():
    world = World(errors=[DrsError("AccessDeniedException", "no", retryable=False)])
    result = world.watch()
    assert (result["polls"], result["error"]["code"]) == (1, "AccessDeniedException")
    assert world.sleeps == []


def test_other_exceptions_are_not_swallowed():
    world = World(errors=[KeyError("x")])
    with pytest.raises(KeyError):
        world.watch()


def test_errors_cannot_outlast_the_time_that_is_allowed():
    world = World(ends=10**6, errors=[retryable() for _one in range(5)])
    assert world.watch(timeout=12)["timed_out"] is True
    assert world.now == 12


def test_a_watch_taken_up_again_uses_the_age_of_the_work():
    world = World(ends=10)
    result = world.watch(age=lambda state: 602 + world.now)
    assert world.sleeps == [5, 5]
    assert result["polls"] == 3


def test_an_unknown_age_falls_back_to_the_time_watched():
    world = World(ends=10)
    world.watch(age=lambda state: None, heartbeat=600)
    assert world.sleeps == [120]


def test_a_heartbeat_must_be_possible():
    with pytest.raises(ValueError, match="heartbeat"):
        World().watch(heartbeat=0)


# -- what is said ----------------------------------------------------------------------------------------------------


def test_a_new_job_and_its_end_are_said():
    label = "payments.us-west-2 wave 1"
    busy, ended = job(s1="PENDING"), job(status="COMPLETED", s1="LAUNCHED")
    assert progress.describe_changes(None, [busy], label) == [
        "[payments.us-west-2 wave 1] job drsjob-00000000000000001 STARTED, 1 server"
    ]
    assert progress.describe_changes([busy], [ended], label, {"s1": "web-01"}) == [
        "[payments.us-west-2 wave 1] job drsjob-00000000000000001 STARTED -> COMPLETED",
        "[payments.us-west-2 wave 1] web-01 launched",
    ]


def test_no_change_is_no_line():
    jobs = [job(s1="IN_PROGRESS", s2="FAILED")]
    assert progress.describe_changes(jobs, jobs, "c") == []


def test_a_server_that_begins_to_move_is_no_news():
    assert progress.describe_changes([job(s1="PENDING")], [job(s1="IN_PROGRESS")], "c") == []


def test_many_servers_share_a_line_with_the_count_so_far():
    before = job(**many(100, "IN_PROGRESS"))
    after = job(**{**many(97, "LAUNCHED"), **{"s%03d" % number: "IN_PROGRESS" for number in (97, 98, 99)}})
    assert progress.describe_changes([before], [after], "c") == ["[c] 97 of 100 launched"]


def test_a_server_that_was_tried_again_counts_once_as_in_the_later_job():
    first = {**job(s1="FAILED", s2="LAUNCHED"), "created_at": "2026-03-01T08:00:00Z"}
    again = {**job(s1="IN_PROGRESS"), "created_at": "2026-03-01T09:00:00Z"}
    for jobs in ([first, again], [again, first]):
        assert progress.tally(jobs) == {"total": 2, "IN_PROGRESS": 1, "LAUNCHED": 1}
    assert "2 servers: 1 launched, 1 in progress" in progress.heartbeat_line("c", [again, first], 60)


def test_failed_servers_are_always_named():
    before = job(**many(100, "IN_PROGRESS"))
    after = job(**many(100, "FAILED"))
    names = {"s%03d" % number: "web-%03d" % number for number in range(100)}
    lines = progress.describe_changes([before], [after], "c", names)
    assert lines[0] == "[c] 100 of 100 FAILED"
    assert all(any(name in line for line in lines) for name in names.values())
    assert max(map(len, lines)) <= 100


def test_a_status_nobody_knows_is_told_with_names():
    after = job(s1="EXPLODED", s2=None)
    assert progress.describe_changes([job(s1="PENDING", s2="PENDING")], [after], "") == ["s1 EXPLODED", "s2 UNKNOWN"]


def test_names_cannot_draw_on_the_terminal():
    lines = progress.describe_changes([job(s1="PENDING")], [job(s1="FAILED")], "c\x1b[2J", {"s1": "a\x1b[31m\nb\u202e"})
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
        told.append(progress.describe_changes(last, now, "", {key: "name-%s." % key for key in statuses}))
        earlier = {one["source_server_id"]: one["launch_status"] for one in last[0]["servers"]} if last else {}
        for key, status in statuses.items():
            mentioned = sum("name-%s." % key in line for line in told[-1])
            if status == "FAILED" and earlier.get(key) != "FAILED":
                assert mentioned == 1
            elif status == earlier.get(key) and status is not None:
                assert mentioned == 0
        last = now


def test_the_heartbeat_counts_servers_and_what_is_left_of_the_time():
    line = progress.heartbeat_line("c wave 1", [job(s1="LAUNCHED", s2="IN_PROGRESS")], 240, 600, 3600)
    assert line == (
        "[c wave 1] 4m00s, 2 servers: 1 launched, 1 in progress; about 6m00s to go; 56m00s left until the deadline"
    )
    assert progress.heartbeat_line("c", None, 5) == "[c] 5s, no answer yet"
    assert progress.heartbeat_line("", "busy", 5) == "5s, still waiting"
    assert progress.heartbeat_line("c", [], 700, 600) == "[c] 11m40s, 0 servers: none"


def test_jobs_have_ended_when_all_have_and_there_is_one():
    assert progress.all_completed([job(status="COMPLETED"), job(status="COMPLETED")])
    assert not progress.all_completed([job(status="COMPLETED"), job(status="STARTED")])
    assert not progress.all_completed([job(status=None)])
    assert not progress.all_completed([])


def test_the_judge_of_jobs_waits_for_every_job_it_was_given():
    judge = progress.JobJudge("c", job_ids=["a", "b"])
    assert judge([job("a", "COMPLETED")]) == (
        False,
        ["[c] job a COMPLETED, 0 servers", "[c] job b is not shown by DRS"],
    )
    assert judge([job("a", "COMPLETED")]) == (False, [])
    assert judge([job("a", "COMPLETED"), job("b", "COMPLETED")])[0] is True


def test_a_watch_closes_with_who_failed():
    result = {"state": [job(s1="FAILED", s2="LAUNCHED")], "elapsed": 612}
    assert (
        progress.summary_line("c", result, ["web-01"]) == "[c] 10m12s, 2 servers: 1 launched, 1 FAILED; failed: web-01"
    )
