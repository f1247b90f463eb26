"""Test waiting for jobs: number of calls, output, and failed reads, in simulated time."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import wait as recovery_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import NAME, FakeCell, FakeDrs, instance_id, server_id, stamp

DEFAULTS = {key: spec.get("default") for key, spec in recovery_wait.WAIT_SPEC.items()}


class World:
    """A cell, a clock that only waiting moves, and a diary of what happens at which second."""

    def __init__(self) -> None:
        self.aws = FakeDrs()
        self.cell = FakeCell(self.aws)
        self.start = self.aws.now
        self.diary: list[tuple[float, object]] = []
        self.lines: list[str] = []
        self.silent = 0.0
        self.longest_silence = 0.0

    def at(self, seconds: float, act) -> None:
        self.diary.append((seconds, act))

    @property
    def elapsed(self) -> float:
        return (self.aws.now - self.start).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.aws.now += timedelta(seconds=seconds)
        self.cell.server_time = self.aws.now
        self.silent += seconds
        self.longest_silence = max(self.longest_silence, self.silent)
        for one in [one for one in self.diary if one[0] <= self.elapsed]:
            self.diary.remove(one)
            one[1]()

    def emit(self, line: str) -> None:
        self.lines.append(line)
        self.silent = 0.0

    def launch(self, count: int, **request) -> dict:
        for number in range(1, count + 1):
            if server_id(number) not in self.aws.servers:
                self.aws.add_server(number)
        servers = [{"source_server_id": one, "name": f"web-{int(one[2:]):02}"} for one in self.aws.servers]
        self.request = {"mode": "drill", "run_id": "run-1", "wave": "1", "servers": servers, **request}
        return launch.launch(self.cell, self.request)

    def again(self) -> dict:
        return launch.launch(self.cell, self.request)

    def end(self, number: int, **status: str):
        """End the n-th job that was started, the first being 1."""
        return lambda: self.aws.end(list(reversed(self.aws.jobs))[number - 1], **status)

    def wait(self, started: dict | None = None, relaunch=None, **params) -> dict:
        self.aws.calls.clear()
        given = {"jobs": started["jobs"], "servers": started["servers"]} if started else {}
        one = recovery_wait.JobWait(self.cell, {**DEFAULTS, **given, **params}, relaunch)
        return together.run(one, self.sleep, self.emit)


def looks(world: World) -> int:
    return len(world.aws.called("DescribeJobs"))


@pytest.fixture
def world():
    return World()


def by_outcome(result) -> dict[str, int]:
    return {key: value for key, value in result["summary"].items() if value and key != "total"}


# -- what it costs ---------------------------------------------------------------------------------------------------


def test_what_has_ended_needs_no_look_and_no_sleep(world):
    world.aws.launched([1], run_id="run-1")
    result = world.wait(world.launch(1))
    assert world.elapsed == 0
    assert not world.aws.called("DescribeJobs")
    assert by_outcome(result) == {"launched": 1}
    assert (result["polls"], result["elapsed_seconds"], result["timed_out"], result["error"]) == (1, 0, False, None)


def test_the_log_of_each_job_that_ended_is_read_once_for_the_record_and_only_when_it_is_asked_for(world):
    started = world.launch(150)
    jobs = [one["jobID"] for one in reversed(world.aws.jobs)]
    world.aws.logs[jobs[0]] = [
        {"logDateTime": stamp(number), "event": "LAUNCH_START", "eventData": {"sourceServerID": server_id(number)}}
        for number in range(1, 251)
    ] + [
        {
            "logDateTime": stamp(900),
            "event": "LAUNCH_FAILED",
            "eventData": {"sourceServerID": server_id(1), "rawError": "no"},
        }
    ]
    world.at(60, world.end(1, **{server_id(1): "FAILED"}))
    world.at(60, world.end(2))
    params = {key: started[key] for key in ("jobs", "servers")}
    one = recovery_wait.JobWait(world.cell, {**DEFAULTS, **params, "logs_known": set()})
    together.run(one, world.sleep, world.emit)
    assert [(log["job_id"], len(log["events"])) for log in one.logs] == [(jobs[0], 251), (jobs[1], 0)], "all pages"
    assert (
        one.logs[0]["events"][-1] == [stamp(900), "LAUNCH_FAILED", server_id(1), "no"] and one.logs[0]["error"] is None
    )
    assert one.logs[1]["error"]["code"] == "job_log_empty", "a job that has ended and tells nothing is a gap"
    pages = len(world.aws.called("DescribeJobLogItems"))
    assert pages == 3, "the reason of the failure and the record share what was read"
    for known, count in ((set(jobs), 0), ({jobs[0]}, 1), (None, 0)):
        again = recovery_wait.JobWait(world.cell, {**DEFAULTS, **params, "logs_known": known, "fail_on": "never"})
        together.run(again, world.sleep, world.emit)
        assert len(again.logs) == count, known


def test_a_log_that_is_denied_is_kept_as_a_gap_and_costs_nothing_else(world):
    started = world.launch(1)
    world.at(60, world.end(1))
    world.aws.fail("DescribeJobLogItems", "AccessDeniedException")
    params = {key: started[key] for key in ("jobs", "servers")}
    one = recovery_wait.JobWait(world.cell, {**DEFAULTS, **params, "logs_known": set()})
    result = together.run(one, world.sleep, world.emit)
    assert by_outcome(result) == {"launched": 1} and result["error"] is None
    assert [(log["error"]["code"], log["events"]) for log in one.logs] == [("AccessDeniedException", [])]


def test_nothing_to_wait_for(world):
    result = world.wait()
    assert (result["servers"], world.aws.calls, world.elapsed) == ([], [], 0)


def test_the_first_look_is_the_answer_of_the_launch(world):
    started = world.launch(3)
    world.at(1, world.end(1))
    world.wait(started, expected_seconds=60)
    assert world.aws.calls[0][0] == "DescribeJobs"
    assert looks(world) == 1


@pytest.mark.parametrize("count", [100, 500])
def test_a_look_is_one_call_whatever_the_number_of_jobs(world, count):
    started = world.launch(count)
    for number in range(1, count // 100 + 1):
        world.at(612, world.end(number))
    result = world.wait(started, expected_seconds=600)
    assert looks(world) == result["polls"] - 1 <= 12
    assert world.elapsed - 612 <= 5
    assert by_outcome(result) == {"launched": count}
    assert result["job_seconds"] == 600
    assert all(len(call["filters"]["jobIDs"]) == count // 100 for call in world.aws.called("DescribeJobs"))


def test_a_wait_that_begins_late_begins_with_a_look(world):
    """Somebody else's wait took the time: the answer of the launch is no first look any more."""
    started = world.launch(3)
    world.at(612, world.end(1))
    world.sleep(650)
    result = world.wait(started)
    assert by_outcome(result) == {"launched": 3}
    assert (result["elapsed_seconds"], result["polls"], looks(world)) == (0, 1, 1)


def test_a_wait_that_begins_late_goes_on_at_the_pace_of_its_jobs(world):
    started = world.launch(1)
    world.at(612, world.end(1))
    world.sleep(600)
    world.wait(started)
    assert world.elapsed - 612 <= 5
    assert looks(world) <= 4


def test_a_late_wait_for_what_had_ended_before_still_needs_no_look(world):
    world.aws.launched([1], run_id="run-1")
    started = world.launch(1)
    world.sleep(650)
    assert by_outcome(world.wait(started)) == {"launched": 1}
    assert looks(world) == 0


def test_a_late_wait_asks_for_the_turn_of_what_is_queued_at_once(world):
    asked: list[float] = []

    def again():
        asked.append(world.elapsed)
        return world.again()

    started = world.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    world.at(100, world.end(1))
    world.sleep(650)
    world.at(1250, world.end(2))
    result = world.wait(started, again)
    assert by_outcome(result) == {"launched": 2}
    assert asked == [650]


def test_jobs_given_by_id_alone_are_looked_at_first(world):
    started = world.launch(2)
    world.end(1)()
    result = world.wait(job_ids=[started["jobs"][0]["job_id"]])
    assert world.elapsed == 0
    assert looks(world) == 1
    assert by_outcome(result) == {"launched": 2}
    assert result["servers"][0]["private_ip"] == "10.0.0.1"


def test_a_wait_that_is_taken_up_again_looks_as_often_as_the_age_of_its_jobs_asks_for(world):
    started = world.launch(1)
    world.sleep(590)
    world.at(600, world.end(1))
    world.wait(job_ids=[started["jobs"][0]["job_id"]])
    assert world.elapsed <= 605


def test_without_the_services_clock_the_time_watched_counts(world):
    started = world.launch(1)
    world.cell.server_time = None
    world.at(60, world.end(1))
    assert by_outcome(world.wait(started, expected_seconds=60)) == {"launched": 1}


def test_a_job_that_drs_does_not_show_is_no_end(world):
    started = world.launch(1)
    world.aws.jobs.clear()
    result = world.wait(started, timeout=300)
    assert result["timed_out"]
    assert by_outcome(result) == {"in_progress": 1}
    assert result["servers"][0]["error"]["code"] == "wait_timeout"


# -- what it says ----------------------------------------------------------------------------------------------------


def test_lines_name_cell_job_and_servers(world):
    started = world.launch(2)
    world.at(30, world.end(1, **{server_id(2): "FAILED"}))
    result = world.wait(started, expected_seconds=30)
    text = "\n".join(world.lines)
    assert all(line.startswith(f"[{NAME}] ") for line in world.lines)
    assert started["jobs"][0]["job_id"] in text
    assert "web-01 launched" in text and "web-02 FAILED" in text
    assert by_outcome(result) == {"launched": 1, "failed": 1}


def test_a_label_of_the_caller(world):
    started = world.launch(1)
    world.at(5, world.end(1))
    world.wait(started, label="wave 2", expected_seconds=10)
    assert all(line.startswith("[wave 2] ") for line in world.lines)


@pytest.mark.parametrize("heartbeat", [20, 60])
def test_nobody_waits_longer_than_a_heartbeat_for_a_line(world, heartbeat):
    started = world.launch(1)
    world.at(1500, world.end(1))
    world.wait(started, heartbeat=heartbeat)
    assert world.longest_silence <= heartbeat


def test_a_heartbeat_says_how_many_are_queued(world):
    started = world.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    world.wait(started, timeout=130)
    assert any(line.endswith("; 1 queued") for line in world.lines)


def test_what_was_launched_has_its_instance_although_ec2_does_not_answer(world):
    started = world.launch(1)
    world.at(100, world.end(1))
    world.aws.fail("DescribeInstances", "UnauthorizedOperation")
    result = world.wait(started)
    (server,) = result["servers"]
    assert (server["outcome"], server["recovery_instance_id"]) == ("launched", instance_id(1))
    assert server["private_ip"] is None and server["error"]["code"] == "UnauthorizedOperation"


# -- the queue -------------------------------------------------------------------------------------------------------


def test_the_queue_is_served_when_a_job_ended_and_only_then(world):
    asked: list[float] = []

    def again():
        asked.append(world.elapsed)
        return world.again()

    started = world.launch(3, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    assert started["queued"] == [server_id(2), server_id(3)]
    for number in (1, 2, 3):
        world.at(200 * number, world.end(number))
    result = world.wait(started, again, expected_seconds=200)
    assert len(asked) == 2
    assert asked[0] >= 200 and asked[1] >= 400
    assert by_outcome(result) == {"launched": 3}
    assert len(result["jobs"]) == 3
    assert all(one["changed"] for one in result["servers"])
    assert [one["source_server_id"] for one in result["servers"]] == [server_id(n) for n in (1, 2, 3)]


def test_a_queue_with_no_job_of_ours_asks_again_at_each_look(world):
    for number in range(20):
        world.aws.add_job({server_id(100 + number): ("PENDING", None)}, status="STARTED")
    started = world.launch(1)
    assert started["jobs"] == []
    world.at(100, lambda: [world.aws.end(job) for job in list(world.aws.jobs)])
    world.at(700, world.end(21))
    result = world.wait(started, world.again)
    assert by_outcome(result) == {"launched": 1}


def test_without_a_relaunch_the_queue_only_waits(world):
    started = world.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    world.at(60, world.end(1))
    result = world.wait(started, timeout=600)
    assert by_outcome(result) == {"launched": 1, "queued": 1}
    assert result["timed_out"]
    assert not world.aws.effects


def test_a_queue_that_may_not_start_does_not_leave_the_running_jobs_unwatched(world):
    started = world.launch(3, limits={"servers_per_job": 1, "concurrent_jobs": 2})

    def refuse():
        raise DrsError("live_recovery_instance", "somebody recovered web-03 meanwhile")

    world.at(100, world.end(1))
    world.at(300, world.end(2))
    result = world.wait(started, refuse, expected_seconds=100)
    assert by_outcome(result) == {"launched": 2, "refused": 1}
    assert result["servers"][2]["error"]["code"] == "live_recovery_instance"
    assert result["error"] is None


def test_a_relaunch_that_failed_for_the_moment_is_asked_for_again(world):
    started = world.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    faults = [DrsError("ThrottlingException", "Rate exceeded")]

    def again():
        if faults:
            raise faults.pop()
        return world.again()

    world.at(50, world.end(1))
    world.at(150, world.end(2))
    result = world.wait(started, again, expected_seconds=50)
    assert by_outcome(result) == {"launched": 2}
    assert result["errors"] == 1


def test_a_server_that_drs_refused_is_asked_for_again_with_the_queue(world):
    """Its first point in time came meanwhile: it is launched, and the wait says so."""
    for number in (1, 2, 3):
        world.aws.add_server(number)
    world.aws.refuse(server_id(1))
    started = world.launch(3, limits={"servers_per_job": 2, "concurrent_jobs": 1})
    assert by_outcome(started) == {"failed": 1, "in_progress": 1, "queued": 1}
    world.at(100, world.aws.refuses.clear)
    world.at(101, world.end(1))
    world.at(700, world.end(2))
    result = world.wait(started, world.again, timeout=3600)
    assert by_outcome(result) == {"launched": 3}
    assert len(result["jobs"]) == 2 and world.elapsed >= 700


def test_a_server_that_was_refused_and_is_launched_with_the_queue_is_told_with_its_job(world):
    """Somebody else's job held it at first: what the repeated request starts is in the result."""
    for number in (1, 2, 3):
        world.aws.add_server(number)
    theirs = world.aws.add_job({server_id(3): ("PENDING", None)}, status="STARTED")
    started = world.launch(3, limits={"servers_per_job": 1, "concurrent_jobs": 2})
    assert by_outcome(started) == {"in_progress": 1, "queued": 1, "refused": 1}
    world.at(100, lambda: world.aws.end(theirs))
    world.at(200, world.end(2))
    world.at(800, world.end(3))
    world.at(900, world.end(4))
    result = world.wait(started, world.again, timeout=3600)
    told = {one["source_server_id"]: one["job_id"] for one in result["servers"]}
    assert by_outcome(result) == {"launched": 3} and len(set(told.values())) == 3
    assert {job["job_id"] for job in result["jobs"]} == set(told.values())


def test_a_server_that_the_answer_does_not_name_stays_queued(world):
    started = world.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    world.at(60, world.end(1))
    result = world.wait(started, lambda: {"servers": [], "jobs": []}, timeout=600)
    assert by_outcome(result) == {"launched": 1, "queued": 1}


def test_an_instance_that_went_while_it_was_queued_is_skipped(world):
    world.aws.launched([1, 2])
    request = {"run_id": "run-1", "limits": {"servers_per_job": 1, "concurrent_jobs": 1}}
    started = terminate.terminate(world.cell, request)
    world.at(60, world.end(2))
    world.at(60, world.aws.instances.clear)
    result = world.wait(started, lambda: terminate.terminate(world.cell, request), expected_seconds=60)
    assert by_outcome(result) == {"terminated": 1, "skipped": 1}
    assert result["servers"][1]["error"]["code"] == "already_terminated"


def test_terminations_in_the_queue_are_told_by_their_instance(world):
    """A server may have several instances: one that is terminated must not stand for another."""
    aws = world.aws
    job = aws.launched([1, 2])
    aws.add_instance(11, job, sourceServerID=server_id(1))
    request = {"run_id": "run-1", "limits": {"servers_per_job": 1, "concurrent_jobs": 1}}
    started = terminate.terminate(world.cell, request)
    assert by_outcome(started) == {"in_progress": 1, "queued": 2}
    seen: list[dict] = []

    def again():
        seen.append(terminate.terminate(world.cell, request))
        return seen[-1]

    for turn in (1, 2, 3, 4):
        world.at(30 * turn, lambda: [aws.end(one) for one in aws.jobs if one["status"] == "PENDING"])
    result = world.wait(started, again, expected_seconds=30)
    assert sorted(one["recovery_instance_id"] for one in result["servers"]) == sorted(map(instance_id, (1, 2, 11)))
    assert set(by_outcome(result)) <= {"terminated", "skipped"}
    assert not recovery_wait.failed(result, "any")


# -- the end ---------------------------------------------------------------------------------------------------------


def test_a_timeout_is_said_of_each_server_that_still_moves(world):
    started = world.launch(101)
    world.at(100, world.end(1))
    result = world.wait(started, timeout=400)
    assert result["timed_out"]
    assert by_outcome(result) == {"launched": 100, "in_progress": 1}
    (late,) = [one for one in result["servers"] if one["outcome"] == "in_progress"]
    assert late["error"]["code"] == "wait_timeout"
    assert "web-101" in late["error"]["message"] and "400 seconds" in late["error"]["message"]
    assert 400 <= world.elapsed <= 401


def test_reading_that_fails_for_the_moment_is_tried_again_with_fresh_credentials(world):
    started = world.launch(1)
    world.at(30, world.end(1))
    world.aws.fail("DescribeJobs", "InternalServerException", "ThrottlingException")
    result = world.wait(started, expected_seconds=30)
    assert by_outcome(result) == {"launched": 1}
    assert (result["errors"], result["error"]) == (2, None)
    assert world.cell.renewals == 2


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ExpiredToken", "RequestExpired"])
def test_expired_credentials_are_read_anew(world, code):
    started = world.launch(1)
    world.at(30, world.end(1))
    world.aws.fail("DescribeJobs", code)
    result = world.wait(started, expected_seconds=30)
    assert by_outcome(result) == {"launched": 1}
    assert world.cell.renewals == 1


def test_credentials_that_nobody_renews_end_the_wait(world):
    started = world.launch(1)
    world.aws.fail("DescribeJobs", *["ExpiredTokenException"] * 20)
    result = world.wait(started, max_errors=4)
    assert result["error"]["code"] == "ExpiredTokenException"
    assert result["errors"] == 5


def test_a_denial_ends_the_wait_and_is_said_of_each_open_server(world):
    started = world.launch(2)
    world.aws.fail("DescribeJobs", "AccessDeniedException")
    result = world.wait(started)
    assert result["error"]["code"] == "AccessDeniedException"
    assert {one["error"]["code"] for one in result["servers"]} == {"AccessDeniedException"}
    assert by_outcome(result) == {"in_progress": 2}
    assert not result["timed_out"]


def test_what_ended_before_the_error_stays_told(world):
    started = world.launch(101)
    world.at(10, world.end(1))
    world.at(400, lambda: world.aws.fail("DescribeJobs", "AccessDeniedException"))
    result = world.wait(started, expected_seconds=100)
    assert by_outcome(result) == {"launched": 100, "in_progress": 1}


def test_changed_is_what_the_launch_said(world):
    started = world.launch(1)
    world.end(1)()
    assert world.wait(started)["changed"] is True
    assert world.wait(world.again())["changed"] is False


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"poll_interval": 0}, "poll interval"),
        ({"poll_interval": 60, "poll_interval_max": 30}, "poll interval"),
        ({"heartbeat": 0}, "heartbeat"),
    ],
)
def test_intervals_that_cannot_be_are_refused_before_any_call(world, options, word):
    with pytest.raises(DrsError) as caught:
        world.wait(**options)
    assert caught.value.code == "invalid_option"
    assert word in caught.value.message
    assert world.aws.calls == []


def result_of(*given: str) -> dict:
    servers = [
        outcomes.server_entry(one, {"name": f"web-{n}"}, error=DrsError("launch_failed") if one == "failed" else None)
        for n, one in enumerate(given)
    ]
    return {"servers": servers}


@pytest.mark.parametrize(
    ("given", "any_", "all_"),
    [
        ([], False, False),
        (["launched", "terminated", "skipped"], False, False),
        (["launched", "failed"], True, False),
        (["failed", "unknown"], True, True),
        (["in_progress"], True, True),
        (["queued", "launched"], True, False),
    ],
)
def test_when_a_wait_counts_as_failed(given, any_, all_):
    result = result_of(*given)
    assert recovery_wait.failed(result, "any") is any_
    assert recovery_wait.failed(result, "all") is all_
    assert recovery_wait.failed(result, "never") is False


def test_the_failure_is_one_sentence_with_the_first_reasons():
    text = recovery_wait.failure_message("payments", result_of("launched", *["failed"] * 7, "in_progress"))
    assert text.startswith("payments: 8 of 9 servers did not succeed: web-1: failed (launch_failed), ")
    assert text.endswith(" and 3 more")
    assert "web-0" not in text
