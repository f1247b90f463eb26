"""Test the results after jobs: number of reads, and that unproven work never counts as done."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import job_results
from support.fake_drs import FakeCell, FakeDrs, instance_id, server_id, stamp


@pytest.fixture
def aws():
    return FakeDrs()


@pytest.fixture
def cell(aws):
    return FakeCell(aws)


def entries(cell, job, **values):
    """The entries of a job's servers as a wait has them at its end; what comes after counts as called."""
    (read,) = drs.jobs(cell, [job["jobID"]])
    cell.aws.calls.clear()
    return [
        jobs.entry(read, {"source_server_id": one, "name": f"web-{int(one[2:]):02}", "ec2_instance_id": None}, **values)
        for one in jobs.server_ids(read)
    ]


def terminated(aws, cell, numbers, left=(), state="running"):
    """A terminate job that claims to have ended well, while EC2 still has some machines."""
    for number in numbers:
        aws.add_instance(number, state=state if number in left else "terminated")
    job = aws.add_job({server_id(one): ("TERMINATED", None) for one in numbers}, kind="TERMINATE")
    made = entries(cell, job)
    return [dict(one, ec2_instance_id=instance_id(int(one["source_server_id"][2:]))) for one in made]


def test_launched_servers_get_address_and_age_of_data_in_one_read(aws, cell):
    job = aws.launched(range(1, 41))
    done = job_results.complete(cell, entries(cell, job), [])
    assert [name for name, _params, _effect in aws.calls] == ["DescribeRecoveryInstances", "DescribeInstances"]
    first = done[0]
    assert (first["ec2_instance_id"], first["private_ip"]) == (instance_id(1), "10.0.0.1")
    assert (first["point_in_time"], first["data_age_seconds"]) == (stamp(-660), 60)
    assert {one["outcome"] for one in done} == {"launched"}


def test_a_job_log_is_not_read_when_nothing_failed(aws, cell):
    job_results.complete(cell, entries(cell, aws.launched([1, 2])), [])
    assert not aws.called("DescribeJobLogItems")


def test_the_reason_of_a_failure_comes_from_the_log_of_its_job_read_once(aws, cell):
    aws.add_server(3)
    job = aws.launched([1])
    job["participatingServers"] += [{"sourceServerID": server_id(n), "launchStatus": "FAILED"} for n in (2, 3)]
    raw = "InsufficientInstanceCapacity: no room for m5.large"
    aws.logs[job["jobID"]] = [
        {
            "logDateTime": stamp(1),
            "event": "LAUNCH_FAILED",
            "eventData": {"sourceServerID": server_id(2), "rawError": raw},
        },
        {"logDateTime": stamp(2), "event": "CONVERSION_END", "eventData": {"sourceServerID": server_id(3)}},
    ]
    done = job_results.complete(cell, entries(cell, job), [])
    assert len(aws.called("DescribeJobLogItems")) == 1
    assert [one["outcome"] for one in done] == ["launched", "failed", "failed"]
    assert done[1]["error"]["code"] != "launch_failed"
    assert "m5.large" in done[1]["error"]["message"]
    assert done[2]["error"]["code"] == "launch_failed", "an event of the ordinary course is no reason"


def test_a_log_that_cannot_be_read_costs_only_the_reason(aws, cell):
    job = aws.add_job({server_id(1): ("FAILED", None)})
    aws.fail("DescribeJobLogItems", "AccessDeniedException")
    (one,) = job_results.complete(cell, entries(cell, job), [])
    assert (one["outcome"], one["error"]["code"]) == ("failed", "launch_failed")


def test_an_instance_that_is_gone_is_not_claimed(aws, cell):
    job = aws.launched([1])
    aws.instances.clear()
    (one,) = job_results.complete(cell, entries(cell, job), [])
    assert (one["outcome"], one["error"]["code"]) == ("unknown", "recovery_instance_gone")


@pytest.mark.parametrize("state", ["terminated", "shutting-down"])
def test_an_instance_that_is_listed_still_and_has_ended_is_not_claimed(aws, cell, state):
    job = aws.launched([1, 2])
    aws.add_instance(1, job, state=state)
    gone, there = job_results.complete(cell, entries(cell, job), [])
    assert (gone["outcome"], gone["error"]["code"]) == ("unknown", "recovery_instance_gone")
    assert gone["recovery_instance_id"] == instance_id(1)
    assert there["outcome"] == "launched"


@pytest.mark.parametrize("state", ["stopped", "pending", "something-new"])
def test_an_instance_that_stands_is_claimed_whatever_it_does(aws, cell, state):
    job = aws.launched([1])
    aws.add_instance(1, job, state=state)
    (one,) = job_results.complete(cell, entries(cell, job), [])
    assert one["outcome"] == "launched"


def test_an_instance_of_another_job_is_not_claimed(aws, cell):
    job = aws.launched([1])
    aws.instances[instance_id(1)]["jobID"] = "drsjob-" + "8" * 17
    (one,) = job_results.complete(cell, entries(cell, job), [])
    assert one["outcome"] == "unknown"


def test_a_launch_stays_a_launch_when_its_details_cannot_be_read(aws, cell):
    job = aws.launched([1])
    aws.fail("DescribeRecoveryInstances", "AccessDeniedException")
    (one,) = job_results.complete(cell, entries(cell, job), [])
    assert (one["outcome"], one["error"]["code"], one["private_ip"]) == ("launched", "AccessDeniedException", None)


def test_terminated_machines_are_proven_in_one_read(aws, cell):
    done = job_results.complete(cell, terminated(aws, cell, range(1, 151)), [])
    assert [name for name, _params, _effect in aws.calls] == ["DescribeInstances"]
    assert {one["outcome"] for one in done} == {"terminated"}


@pytest.mark.parametrize("state", ["running", "pending", "stopping", "stopped", "something-new"])
def test_a_machine_that_stands_was_not_terminated_whatever_the_job_says(aws, cell, state):
    done = job_results.complete(cell, terminated(aws, cell, [1, 2], left=[2], state=state), [])
    assert [one["outcome"] for one in done] == ["terminated", "failed"]
    assert done[1]["error"]["code"] == "not_terminated"
    assert state in done[1]["error"]["message"] and instance_id(2) in done[1]["error"]["message"]


@pytest.mark.parametrize("state", ["shutting-down", "terminated", None])
def test_a_machine_that_is_going_or_forgotten_is_gone(aws, cell, state):
    made = terminated(aws, cell, [1], left=[1], state=state)
    (one,) = job_results.complete(cell, made, [])
    assert one["outcome"] == "terminated"


def test_a_termination_that_cannot_be_proven_is_unknown(aws, cell):
    made = terminated(aws, cell, [1])
    aws.fail("DescribeInstances", "UnauthorizedOperation")
    (one,) = job_results.complete(cell, made, [])
    assert (one["outcome"], one["error"]["code"]) == ("unknown", "UnauthorizedOperation")


def test_without_the_machine_there_is_only_the_word_of_drs(aws, cell):
    (one,) = terminated(aws, cell, [1])
    (done,) = job_results.complete(cell, [dict(one, ec2_instance_id=None)], [])
    assert done["outcome"] == "terminated"
    assert not aws.calls


def test_update_follows_the_job_and_leaves_the_rest(aws, cell):
    job = aws.add_job({server_id(1): ("PENDING", None)}, status="STARTED")
    (one,) = entries(cell, job, changed=True, adopted=False, is_drill=True)
    other = dict(one, source_server_id=server_id(2), job_id=None, outcome="refused")
    assert one["outcome"] == "in_progress"
    aws.end(job)
    done = job_results.update([one, other], drs.jobs(cell, [job["jobID"]]))
    assert (done[0]["outcome"], done[0]["recovery_instance_id"]) == ("launched", instance_id(1))
    assert (done[0]["changed"], done[0]["is_drill"], done[0]["ended_at"]) == (True, True, stamp(600))
    assert done[1] == other


def test_update_keeps_the_instance_that_is_being_terminated(aws, cell):
    (one,) = terminated(aws, cell, [1])
    one = dict(one, recovery_instance_id=instance_id(1))
    (done,) = job_results.update([one], drs.jobs(cell))
    assert done["recovery_instance_id"] == instance_id(1)


def test_data_older_than_asked_for_is_said_with_its_time_when_the_log_says_why(aws, cell):
    job = aws.launched([1, 2, 3])
    for number, at in ((1, -1800), (2, -1800), (3, -590)):
        aws.instances[instance_id(number)]["pointInTimeSnapshotDateTime"] = stamp(at)
    aws.logs[job["jobID"]] = [
        {"logDateTime": stamp(1), "event": "USING_PREVIOUS_SNAPSHOT", "eventData": {"sourceServerID": server_id(1)}}
    ]
    done = job_results.complete(cell, entries(cell, job), [])
    assert len(aws.called("DescribeJobLogItems")) == 1
    assert [one["outcome"] for one in done] == ["launched"] * 3
    assert done[0]["error"]["code"] == "older_data"
    assert f"its data is of {stamp(-1800)}, 20m00s old" in done[0]["error"]["message"]
    assert [one["error"] for one in done[1:]] == [None, None]


def test_a_point_in_time_that_was_chosen_is_no_surprise(aws, cell):
    job = aws.launched([1])
    aws.instances[instance_id(1)]["pointInTimeSnapshotDateTime"] = stamp(-7200)
    (one,) = job_results.complete(cell, entries(cell, job, point_in_time=stamp(-7200)), [])
    assert one["error"] is None and not aws.called("DescribeJobLogItems")
