"""Test terminating: only drills of the run or typed ids, each instance once."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import (
    terminate as recovery_terminate,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import LOST, LOST_AFTER, NAME, FakeCell, FakeDrs, instance_id, server_id


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", lambda _seconds: None)
    return FakeDrs()


def terminate(aws, check_mode=False, **request):
    return recovery_terminate.terminate(FakeCell(aws), request, check_mode)


def by_outcome(result) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for entry in result["servers"]:
        found.setdefault(entry["outcome"], []).append(int(entry["recovery_instance_id"][2:], 16))
    return found


def codes(result) -> dict[int, str]:
    return {int(one["recovery_instance_id"][2:], 16): one["error"]["code"] for one in result["servers"] if one["error"]}


def sent(aws) -> list[list[int]]:
    calls = aws.called("TerminateRecoveryInstances")
    return [[int(one[2:], 16) for one in call["recoveryInstanceIDs"]] for call in calls]


# -- scope -----------------------------------------------------------------------------------------------------------


def test_a_run_terminates_its_own_and_nobody_elses(aws):
    aws.launched([1, 2], run_id="run-1")
    aws.launched([3], run_id="run-2")
    aws.launched([4], run_id=None)
    aws.add_server(5)
    aws.add_instance(5)
    result = terminate(aws, run_id="run-1")
    assert sent(aws) == [[1, 2]]
    assert by_outcome(result) == {"in_progress": [1, 2]}
    assert result["changed"]
    first = result["servers"][0]
    assert (first["name"], first["cell"], first["ec2_instance_id"], first["is_drill"]) == (
        "web-01",
        NAME,
        instance_id(1),
        True,
    )


@pytest.mark.parametrize("given", [{}, {"run_id": None}, {"run_id": ""}, {"recovery_instance_ids": []}])
def test_nothing_said_is_not_everything_meant(aws, given):
    aws.launched([1], run_id="run-1")
    with pytest.raises(DrsError) as caught:
        terminate(aws, **given)
    assert caught.value.code == "run_id_missing" and aws.calls == []


def test_one_run_and_every_run_contradict_each_other(aws):
    with pytest.raises(DrsError, match="run_id and every_run contradict"):
        terminate(aws, run_id="run-1", every_run=True)


def test_on_its_own_word_every_drill_of_this_collection_goes(aws):
    aws.launched([1], run_id="run-1")
    aws.launched([2], run_id="run-2")
    aws.launched([3], run_id=None)
    aws.launched([4], run_id="run-3", by="START_RECOVERY")
    result = terminate(aws, every_run=True)
    assert sent(aws) == [[1, 2]]
    assert result["summary"]["total"] == 2


def test_a_recovery_of_the_run_is_refused_without_its_typed_id(aws):
    aws.launched([1], run_id="run-1", by="START_RECOVERY")
    result = terminate(aws, run_id="run-1")
    assert aws.effects == []
    assert codes(result) == {1: "not_a_drill"}
    assert not result["changed"]


def test_a_typed_id_terminates_what_is_no_drill(aws):
    aws.launched([1, 2], run_id="run-1", by="START_RECOVERY")
    result = terminate(aws, confirm_recovery_instance_ids=[instance_id(1)])
    assert sent(aws) == [[1]]
    assert by_outcome(result) == {"in_progress": [1]}


def test_an_id_that_is_only_named_is_not_typed(aws):
    aws.launched([1], run_id=None)
    result = terminate(aws, recovery_instance_ids=[instance_id(1)])
    assert aws.effects == []
    assert codes(result) == {1: "not_launched_by_us"}


UNKNOWN_RUN = {"run_id": "run-1", "created_at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"run_id": "run-1"}, "drill_unknown"),
        ({"run_id": "run-1", "recorded": True}, "drill_unknown"),
        ({"recovery_instance_ids": [instance_id(1)]}, "drill_unknown"),
        ({"source_server_ids": [server_id(1)], "every_run": True}, "drill_unknown"),
        ({"every_run": True}, None),
    ],
)
def test_whatever_is_asked_for_a_machine_that_nobody_calls_a_drill_stays(aws, asked, told):
    """Its job is a drill of ours, and the record may name it: DRS itself must say of the machine that it is one."""
    job = aws.launched([1], run_id="run-1")
    del aws.instances[instance_id(1)]["isDrill"]
    asked = dict(asked)
    if asked.pop("recorded", False):
        entry = {"source_server_id": server_id(1), "cell": NAME, "job_id": job["jobID"], "outcome": "launched"}
        entry["recovery_instance_id"] = instance_id(1)
        wave = {"wave": "1", "intended_at": job["creationDateTime"], "jobs": [job["jobID"]], "servers": [entry]}
        asked["record"] = {"run": UNKNOWN_RUN, "waves": [wave]}
    result = terminate(aws, **asked)
    assert aws.effects == []
    assert codes(result) == ({1: told} if told else {})


def test_a_named_id_of_a_run_goes(aws):
    aws.launched([1, 2])
    terminate(aws, recovery_instance_ids=[instance_id(2)], run_id="run-1")
    assert sent(aws) == [[2]]


def test_instances_of_named_servers_are_judged_and_told(aws):
    aws.launched([1, 2])
    aws.launched([3], run_id=None)
    result = terminate(aws, source_server_ids=[server_id(1), server_id(3)], run_id="run-1")
    assert sent(aws) == [[1]]
    assert codes(result) == {3: "not_launched_by_us"}


def test_named_servers_and_a_typed_id_do_not_free_the_other_servers(aws):
    aws.launched([1, 2], run_id=None)
    result = terminate(
        aws, source_server_ids=[server_id(1), server_id(2)], confirm_recovery_instance_ids=[instance_id(1)]
    )
    assert sent(aws) == [[1]]
    assert codes(result) == {2: "not_launched_by_us"}


def test_an_id_that_is_gone_already_is_skipped(aws):
    aws.launched([1])
    result = terminate(aws, recovery_instance_ids=[instance_id(1), instance_id(9)], run_id="run-1")
    assert sent(aws) == [[1]]
    assert by_outcome(result) == {"in_progress": [1], "skipped": [9]}


def test_nothing_to_do_is_nothing_done(aws):
    result = terminate(aws, run_id="run-1")
    assert (result["servers"], result["jobs"], result["changed"]) == ([], [], False)
    assert [name for name, _params, _effect in aws.calls] == ["DescribeRecoveryInstances"]


@pytest.mark.parametrize("option", ["recovery_instance_ids", "confirm_recovery_instance_ids", "source_server_ids"])
@pytest.mark.parametrize("twice", [True, False])
def test_bad_ids_are_refused_before_any_call(aws, option, twice):
    good = server_id(1) if option == "source_server_ids" else instance_id(1)
    with pytest.raises(DrsError) as caught:
        terminate(aws, **{option: [good, good] if twice else ["x-1"]})
    assert caught.value.code == ("duplicate_id" if twice else "malformed_id")
    assert aws.calls == []


# -- guards that no id opens -----------------------------------------------------------------------------------------


def test_a_machine_that_is_the_source_of_any_server_stays(aws):
    aws.launched([1])
    aws.add_server(7, sourceProperties={"identificationHints": {"awsInstanceID": instance_id(1)}})
    result = terminate(aws, confirm_recovery_instance_ids=[instance_id(1)])
    assert aws.effects == []
    assert codes(result) == {1: "source_instance"}


def test_a_failback_that_goes_on_stays(aws):
    aws.launched([1], failback={"state": "FAILBACK_IN_PROGRESS"})
    result = terminate(aws, confirm_recovery_instance_ids=[instance_id(1)], run_id="run-1")
    assert aws.effects == []
    assert codes(result) == {1: "failback_in_progress"}


# -- adoption and exactly once ---------------------------------------------------------------------------------------


def terminating(aws, numbers, **changes):
    return aws.add_job({server_id(one): ("PENDING", None) for one in numbers}, "STARTED", "TERMINATE", **changes)


def test_a_running_termination_is_adopted(aws):
    aws.launched([1, 2, 3])
    job = terminating(aws, [1, 2])
    result = terminate(aws, run_id="run-1")
    assert sent(aws) == [[3]]
    assert by_outcome(result) == {"in_progress": [1, 2, 3]}
    assert {one["job_id"]: one["adopted"] for one in result["jobs"]}[job["jobID"]] is True
    assert [one["changed"] for one in result["servers"]] == [False, False, True]


def test_the_same_request_again_changes_nothing(aws):
    aws.launched([1, 2])
    assert terminate(aws, run_id="run-1")["changed"]
    assert not terminate(aws, run_id="run-1")["changed"]
    assert sent(aws) == [[1, 2]]


def test_a_lost_answer_ends_in_adoption(aws):
    aws.launched([1, 2])
    aws.fail("TerminateRecoveryInstances", LOST_AFTER)
    result = terminate(aws, run_id="run-1")
    assert sent(aws) == [[1, 2]]
    assert by_outcome(result) == {"in_progress": [1, 2]}


def test_a_lost_request_is_sent_again(aws):
    aws.launched([1])
    aws.fail("TerminateRecoveryInstances", LOST, "ThrottlingException")
    terminate(aws, run_id="run-1")
    assert len(sent(aws)) == 3
    assert len([job for job in aws.jobs if job["type"] == "TERMINATE"]) == 1


def test_a_job_for_other_servers_is_not_taken_for_the_lost_one(aws):
    aws.launched([1])
    aws.before("TerminateRecoveryInstances", lambda _params: terminating(aws, [1, 2], at=0))
    aws.fail("TerminateRecoveryInstances", "ThrottlingException")
    terminate(aws, run_id="run-1")
    assert len(sent(aws)) == 2


def test_a_server_in_a_launch_is_refused_with_the_job(aws):
    aws.launched([1, 2])
    job = aws.add_job({server_id(1): ("PENDING", None)}, "STARTED", job_tags={RUN_TAG: "run-2"})
    result = terminate(aws, run_id="run-1")
    assert sent(aws) == [[2]]
    assert codes(result) == {1: "server_in_active_job"}
    assert job["jobID"] in result["servers"][0]["error"]["message"]


def test_errors_are_told_of_every_instance(aws):
    aws.launched([1, 2])
    aws.fail("TerminateRecoveryInstances", "UninitializedAccountException")
    result = terminate(aws, run_id="run-1")
    assert codes(result) == {1: "UninitializedAccountException", 2: "UninitializedAccountException"}
    assert by_outcome(result) == {"failed": [1, 2]}


@pytest.mark.parametrize("members", [{}, {"resourceId": instance_id(30)}, {"resourceId": server_id(30)}])
def test_an_instance_that_drs_does_not_terminate_keeps_no_others(aws, members):
    """Named by its own id, by its source server's, or not at all."""
    aws.launched(range(1, 101))
    aws.refuse(instance_id(30), "ConflictException", "it is being replicated", **members)
    result = terminate(aws, run_id="run-1")
    assert {key: len(value) for key, value in by_outcome(result).items()} == {"failed": 1, "in_progress": 99}
    assert codes(result) == {30: "ConflictException"}
    assert len(sent(aws)) == (2 if members else len(sent(aws))) and len(sent(aws)) <= 1 + 2 * 7
    again = terminate(aws, run_id="run-1")
    assert codes(again) == {30: "ConflictException"} and len(aws.jobs) == 1 + len(result["jobs"]), "each once"


def test_instances_are_terminated_although_ec2_does_not_answer(aws):
    aws.launched([1, 2])
    aws.fail("DescribeInstances", LOST)
    result = terminate(aws, run_id="run-1")
    assert sent(aws) == [[1, 2]]
    assert [(one["service"], one["error"]["code"]) for one in result["gaps"]] == [("EC2", "EndpointConnectionError")]


# -- quotas, check mode ----------------------------------------------------------------------------------------------


def test_many_instances_go_in_several_jobs(aws):
    aws.launched(range(1, 301))
    result = terminate(aws, run_id="run-1")
    assert [len(one) for one in sent(aws)] == [100, 100, 100]
    assert result["summary"]["in_progress"] == 300
    assert len(aws.called("DescribeInstances")) == 2


def test_what_the_quota_does_not_take_is_queued(aws):
    aws.launched([1, 2, 3])
    result = terminate(aws, run_id="run-1", limits={"servers_per_job": 1, "concurrent_jobs": 2})
    assert sent(aws) == [[1], [2]]
    assert by_outcome(result) == {"in_progress": [1, 2], "queued": [3]}
    assert result["queued"] == [instance_id(3)]


def test_a_quota_that_somebody_else_used_up_meanwhile_queues(aws):
    aws.launched([1])
    aws.fail("TerminateRecoveryInstances", "ServiceQuotaExceededException")
    assert by_outcome(terminate(aws, run_id="run-1")) == {"queued": [1]}


def test_check_mode_says_what_would_be_done_and_does_nothing(aws):
    aws.launched(range(1, 151))
    result = terminate(aws, check_mode=True, run_id="run-1")
    assert aws.effects == []
    assert result["summary"]["planned"] == result["summary"]["total"] == 150
    assert result["changed"]


def test_names_of_the_caller_are_kept(aws):
    aws.launched([1])
    servers = [{"source_server_id": server_id(1), "name": "shop", "application": "store", "critical": False}]
    (entry,) = terminate(aws, run_id="run-1", servers=servers, wave="2")["servers"]
    assert (entry["name"], entry["application"], entry["critical"], entry["wave"]) == ("shop", "store", False, "2")
