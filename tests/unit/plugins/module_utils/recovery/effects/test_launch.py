"""Test launching: adopted, refused, queued and sent servers, and that nothing is sent twice."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch as recovery_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import BATCH_TAG, RUN_TAG, WAVE_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_drs import LOST, LOST_AFTER, NAME, FakeCell, FakeDrs, instance_id, server_id, stamp

OWN = {RUN_TAG: "run-1", WAVE_TAG: "1", BATCH_TAG: "b1"}
OTHERS = {RUN_TAG: "run-2", WAVE_TAG: "1", BATCH_TAG: "b2"}


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", lambda _seconds: None)
    return FakeDrs()


def fleet(aws, count) -> list[dict]:
    for number in range(1, count + 1):
        aws.add_server(number)
    return [{"source_server_id": one} for one in aws.servers]


def launch(aws, servers, check_mode=False, **request):
    cell = FakeCell(aws)
    return recovery_launch.launch(
        cell, {"mode": "drill", "run_id": "run-1", "wave": "1", "servers": servers, **request}, check_mode
    )


def by_outcome(result) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for entry in result["servers"]:
        found.setdefault(entry["outcome"], []).append(int(entry["source_server_id"][2:]))
    return found


def codes(result) -> dict[int, str]:
    return {int(one["source_server_id"][2:]): one["error"]["code"] for one in result["servers"] if one["error"]}


def sent(aws) -> list[list[int]]:
    return [[int(one["sourceServerID"][2:]) for one in call["sourceServers"]] for call in aws.called("StartRecovery")]


# -- what is sent ----------------------------------------------------------------------------------------------------


def test_a_launch_is_one_call_for_all_servers_with_the_tags_of_the_run(aws):
    result = launch(aws, fleet(aws, 40), wave="3")
    (call,) = aws.called("StartRecovery")
    assert len(call["sourceServers"]) == 40
    assert call["isDrill"] is True
    assert call["tags"][RUN_TAG] == "run-1"
    assert call["tags"][WAVE_TAG] == "3"
    assert len(call["tags"][BATCH_TAG]) == 12
    assert not any("recoverySnapshotID" in one for one in call["sourceServers"])
    assert by_outcome(result) == {"in_progress": list(range(1, 41))}
    assert result["changed"] and result["summary"]["in_progress"] == 40
    first = result["servers"][0]
    assert (first["name"], first["cell"], first["wave"], first["is_drill"]) == ("web-01", NAME, "3", True)
    assert (first["changed"], first["adopted"], first["batch"]) == (True, False, call["tags"][BATCH_TAG])


def test_a_recovery_is_no_drill(aws):
    launch(aws, fleet(aws, 1), mode="recovery")
    assert aws.called("StartRecovery")[0]["isDrill"] is False


def test_more_servers_than_a_job_takes_go_in_several_jobs(aws):
    result = launch(aws, fleet(aws, 250))
    assert [len(one) for one in sent(aws)] == [100, 100, 50]
    assert len({call["tags"][BATCH_TAG] for call in aws.called("StartRecovery")}) == 3
    assert len(result["jobs"]) == 3
    assert sorted(number for batch in sent(aws) for number in batch) == list(range(1, 251))


def test_a_launch_reads_little(aws):
    launch(aws, fleet(aws, 100))
    assert [name for name, _params, _effect in aws.calls] == [
        "DescribeJobs",
        "DescribeSourceServers",
        "DescribeRecoveryInstances",
        "StartRecovery",
    ]


def test_check_mode_says_what_would_be_done_and_does_nothing(aws):
    result = launch(aws, fleet(aws, 150), check_mode=True)
    assert aws.effects == []
    assert by_outcome(result) == {"planned": list(range(1, 151))}
    assert result["changed"] is True
    assert result["jobs"] == []


# -- input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"servers": [{"source_server_id": server_id(1)}, {"source_server_id": server_id(1)}]}, "duplicate_id"),
        ({"servers": [{"source_server_id": "s-1"}]}, "malformed_id"),
        ({"servers": [], "replace_recovery_instance_ids": ["i-x"]}, "malformed_id"),
        ({"servers": [], "limits": {"servers_per_job": 0}}, "invalid_limit"),
    ],
)
def test_bad_input_is_refused_before_any_call(aws, request_, code):
    with pytest.raises(DrsError) as caught:
        launch(aws, **request_)
    assert caught.value.code == code
    assert aws.calls == []


def test_a_server_that_is_not_in_the_cell_is_refused_by_itself(aws):
    result = launch(aws, [*fleet(aws, 1), {"source_server_id": server_id(9)}])
    assert codes(result) == {9: "unknown_id"}
    assert sent(aws) == [[1]]


# -- adoption --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["PENDING", "STARTED"])
def test_a_running_job_of_the_run_is_adopted(aws, status):
    servers = fleet(aws, 2)
    job = aws.add_job(dict.fromkeys(aws.servers, ("PENDING", None)), status=status, job_tags=OWN)
    result = launch(aws, servers)
    assert aws.effects == []
    assert by_outcome(result) == {"in_progress": [1, 2]}
    assert all(one["adopted"] and not one["changed"] for one in result["servers"])
    assert [(one["job_id"], one["adopted"]) for one in result["jobs"]] == [(job["jobID"], True)]
    assert result["changed"] is False


def test_an_ended_job_of_the_run_is_adopted_with_its_failures(aws):
    """A launch that is repeated after it ended must not launch again: that would wipe what it launched."""
    servers = fleet(aws, 2)
    aws.add_job({server_id(1): ("LAUNCHED", instance_id(1)), server_id(2): ("FAILED", None)}, job_tags=OWN)
    result = launch(aws, servers)
    assert aws.effects == []
    assert by_outcome(result) == {"launched": [1], "failed": [2]}
    assert [name for name, _params, _effect in aws.calls] == ["DescribeJobs"]


def test_only_what_the_run_has_not_launched_is_launched(aws):
    servers = fleet(aws, 3)
    aws.add_job({server_id(2): ("LAUNCHED", instance_id(2))}, job_tags=OWN)
    result = launch(aws, servers)
    assert sent(aws) == [[1, 3]]
    assert by_outcome(result) == {"in_progress": [1, 3], "launched": [2]}


def test_the_newest_job_of_the_run_counts(aws):
    servers = fleet(aws, 1)
    aws.add_job({server_id(1): ("FAILED", None)}, job_tags=OWN, at=-3000)
    aws.add_job({server_id(1): ("LAUNCHED", instance_id(1))}, job_tags=OWN, at=-600)
    assert by_outcome(launch(aws, servers)) == {"launched": [1]}


def test_the_newest_job_of_the_run_counts_in_whatever_order_they_are_listed(aws):
    """Judged by the older one, the server has failed, and a retry would wipe the machine that stands."""
    servers = fleet(aws, 1)
    aws.add_job({server_id(1): ("LAUNCHED", instance_id(1))}, job_tags=OWN, at=-600)
    aws.add_job({server_id(1): ("FAILED", None)}, job_tags=OWN, at=-3000)
    assert by_outcome(launch(aws, servers, retry_failed=True)) == {"launched": [1]}
    assert sent(aws) == []


@pytest.mark.parametrize(
    ("mode", "outcome", "launched"), [("drill", "refused", []), ("recovery", "in_progress", [[1]])]
)
@pytest.mark.parametrize(("key", "keys"), [("dr:enabled", None), ("DREnabled", None), ("dr", {"enabled": ["dr"]})])
def test_a_server_that_was_taken_out_since_the_plan_is_in_no_drill(aws, mode, outcome, launched, key, keys):
    servers = fleet(aws, 1)
    aws.servers[server_id(1)]["tags"][key] = "off"
    result = launch(aws, servers, mode=mode, **({"tag_keys": keys} if keys else {}))
    assert by_outcome(result) == {outcome: [1]} and sent(aws) == launched
    assert [one["code"] for one in result["findings"]] == ["not_enabled"]
    assert "web-01 in payments.us-west-2 has been taken out by its tag" in result["findings"][0]["message"]


@pytest.mark.parametrize(
    ("rule", "made", "again"),
    [("none", True, []), ("none", False, [[1]]), ("required", True, [[1]]), (None, True, [[1]])],
)
def test_a_retry_never_launches_what_the_policy_counts_as_launched(aws, rule, made, again):
    """DRS calls it failed for an action, though the machine stands: a second launch would wipe it."""
    servers = fleet(aws, 2)
    machine = instance_id(1) if made else None
    job = aws.add_job({server_id(1): ("FAILED", machine), server_id(2): ("LAUNCHED", instance_id(2))}, job_tags=OWN)
    run = {"action": {"name": "check", "actionCode": "D", "optional": False}, "status": "FAILED", "failureReason": "x"}
    job["participatingServers"][0]["launchActionsStatus"] = {"runs": [run]}
    policy = {} if rule is None else {"post_launch": rule}
    result = launch(aws, servers, retry_failed=True, policy=policy)
    assert sent(aws) == again
    # a wait repeats the request for what is queued
    launch(aws, servers, retry_failed=True, retry_jobs=result["retried"], policy=policy)
    assert sent(aws) == again


def test_a_job_of_another_run_is_not_adopted(aws):
    servers = fleet(aws, 1)
    aws.add_job({server_id(1): ("LAUNCHED", None)}, job_tags=OTHERS)
    launch(aws, servers)
    assert sent(aws) == [[1]]


@pytest.mark.parametrize(("mode", "by"), [("drill", "START_RECOVERY"), ("recovery", "START_DRILL")])
def test_a_run_id_cannot_go_on_in_another_mode(aws, mode, by):
    servers = fleet(aws, 2)
    aws.add_job({server_id(1): ("LAUNCHED", None)}, by=by, job_tags=OWN)
    with pytest.raises(DrsError) as caught:
        launch(aws, servers, mode=mode)
    assert caught.value.code == "run_id_reused"
    assert aws.effects == []


def test_jobs_are_looked_for_as_far_back_as_asked(aws):
    servers = fleet(aws, 1)
    launch(aws, servers, check_mode=True)
    launch(aws, servers, check_mode=True, lookback_hours=1)
    asked = [call["filters"]["fromDate"] for call in aws.called("DescribeJobs")]
    assert asked == [stamp(-48 * 3600), stamp(-3600)]


# -- exactly once ----------------------------------------------------------------------------------------------------


def test_a_lost_answer_ends_in_adoption(aws):
    aws.fail("StartRecovery", LOST_AFTER)
    result = launch(aws, fleet(aws, 3))
    assert sent(aws) == [[1, 2, 3]]
    assert len(aws.jobs) == 1
    assert by_outcome(result) == {"in_progress": [1, 2, 3]}
    assert all(one["changed"] for one in result["servers"]), "it was this request that launched them"


def test_an_answer_without_its_job_is_a_lost_answer(aws):
    """The service model requires none."""
    real = aws._StartRecovery
    aws._StartRecovery = lambda params: real(params) and {}
    result = launch(aws, fleet(aws, 3))
    assert sent(aws) == [[1, 2, 3]]
    assert by_outcome(result) == {"in_progress": [1, 2, 3]}


def test_a_lost_answer_and_a_botocore_that_repeated_end_in_adoption(aws):
    """The second request finds the job of the first: DRS answers ConflictException, and that job is ours."""
    servers = fleet(aws, 3)
    aws.before("StartRecovery", aws._StartRecovery)
    aws.fail("StartRecovery", "ConflictException")
    result = launch(aws, servers)
    assert len(aws.jobs) == 1
    assert by_outcome(result) == {"in_progress": [1, 2, 3]}


def test_a_lost_request_is_sent_again(aws):
    aws.fail("StartRecovery", LOST, "ThrottlingException", "InternalServerException")
    launch(aws, fleet(aws, 3))
    assert len(sent(aws)) == 4
    assert len(aws.jobs) == 1


@settings(max_examples=40, deadline=None)
@given(
    faults=st.lists(st.sampled_from([LOST, LOST_AFTER, "ThrottlingException", "InternalServerException"]), max_size=5)
)
def test_whatever_is_lost_nothing_is_launched_twice(faults):
    aws = FakeDrs()
    servers = fleet(aws, 3)
    aws.fail("StartRecovery", *faults)
    patch = pytest.MonkeyPatch()
    patch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", lambda _seconds: None)
    try:
        result = launch(aws, servers)
    finally:
        patch.undo()
    assert len(aws.jobs) == 1
    assert by_outcome(result) == {"in_progress": [1, 2, 3]}


def test_errors_that_last_are_told_of_every_server(aws):
    aws.fail("StartRecovery", *["ThrottlingException"] * 6)
    result = launch(aws, fleet(aws, 2))
    assert codes(result) == {1: "ThrottlingException", 2: "ThrottlingException"}
    assert by_outcome(result) == {"failed": [1, 2]}
    assert all(one["error"]["retryable"] for one in result["servers"])


# -- servers that DRS refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException", "ResourceNotFoundException"])
def test_a_refused_server_takes_no_others_along(aws, code):
    servers = fleet(aws, 100)
    aws.refuse(server_id(40), code, "Source server has no consistent recovery point")
    result = launch(aws, servers)
    assert {key: len(value) for key, value in by_outcome(result).items()} == {"failed": 1, "in_progress": 99}
    assert codes(result) == {40: code}
    error = result["servers"][39]["error"]
    assert "consistent recovery point" in error["message"] and "initial sync" in error["remedy"], error
    assert len(sent(aws)) <= 1 + 2 * 7
    taken = [one for job in aws.jobs for one in job["participatingServers"]]
    assert len(taken) == len({one["sourceServerID"] for one in taken}) == 99, "each once"


def test_what_the_error_names_is_left_out_at_once(aws):
    servers = fleet(aws, 150)
    aws.refuse(server_id(7), resourceId=server_id(7))
    aws.refuse(server_id(120), text=f"Source server {server_id(120)} cannot be launched")
    result = launch(aws, servers)
    assert [len(one) for one in sent(aws)] == [100, 99, 50, 49]
    assert codes(result) == {7: "ValidationException", 120: "ValidationException"}


def test_each_refused_server_has_the_reason_that_was_given_for_itself(aws):
    servers = fleet(aws, 8)
    aws.refuse(server_id(2), text="License type BYOL requires a dedicated host")
    aws.refuse(server_id(7), text="Boot mode of the launch template conflicts with that of the server")
    result = launch(aws, servers)
    told = {int(one["source_server_id"][2:]): one["error"] for one in result["servers"] if one["error"]}
    assert {key: value["message"].split()[0] for key, value in told.items()} == {2: "License", 7: "Boot"}
    assert all("launch" in value["remedy"] for value in told.values())
    assert by_outcome(result) == {"in_progress": [1, 3, 4, 5, 6, 8], "failed": [2, 7]}


def test_a_wave_in_which_everything_is_refused_ends(aws):
    servers = fleet(aws, 16)
    for one in aws.servers:
        aws.refuse(one)
    result = launch(aws, servers)
    assert by_outcome(result) == {"failed": list(range(1, 17))}
    assert len(sent(aws)) == 2 * 16 - 1 and not aws.jobs


def test_pieces_for_which_there_is_no_room_any_more_are_queued(aws):
    """Each piece that is launched is one of the account's jobs; what does not fit goes with the next look."""
    servers = fleet(aws, 8)
    aws.refuse(server_id(8))
    taken: list[int] = []

    def full(_params):
        taken.append(1)
        if len(taken) == 3:
            aws.fail("StartRecovery", "ServiceQuotaExceededException")

    for _call in range(9):
        aws.before("StartRecovery", full)
    result = launch(aws, servers)
    assert by_outcome(result) == {"in_progress": [1, 2, 3, 4, 7], "queued": [5, 6], "failed": [8]}


@pytest.mark.parametrize("killed_at", range(1, 9))
def test_a_search_that_was_killed_is_taken_up_from_the_jobs_that_it_made(aws, killed_at):
    """Whatever call it died in, before or after DRS had heard it: nothing is launched twice, nobody is left out."""
    servers = fleet(aws, 32)
    aws.refuse(server_id(13))
    calls: list[int] = []

    def die(_params):
        calls.append(1)
        if len(calls) == killed_at:
            raise KeyboardInterrupt

    for _call in range(killed_at):
        aws.before("StartRecovery", die)
    try:
        launch(aws, servers)
    except KeyboardInterrupt:
        pass
    result = launch(aws, servers)
    assert by_outcome(result) == {"in_progress": [one for one in range(1, 33) if one != 13], "failed": [13]}
    taken = [one["sourceServerID"] for job in aws.jobs for one in job["participatingServers"]]
    assert len(taken) == len(set(taken)) == 31


@given(
    st.sets(st.integers(1, 20), max_size=6),
    st.lists(st.sampled_from([None, LOST, LOST_AFTER, "ThrottlingException"]), max_size=5),
)
@settings(max_examples=15, deadline=None)
def test_refusals_and_lost_answers_together_launch_nothing_twice(bad, faults):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", lambda _seconds: None)
        aws = FakeDrs()
        servers = fleet(aws, 20)
        for number in bad:
            aws.refuse(server_id(number))
        aws.fail("StartRecovery", *faults)
        result = launch(aws, servers)
    taken = [one["sourceServerID"] for job in aws.jobs for one in job["participatingServers"]]
    assert sorted(taken) == [one["source_server_id"] for one in servers if int(one["source_server_id"][2:]) not in bad]
    assert by_outcome(result).get("failed", []) == sorted(bad)


def test_an_error_that_says_nothing_of_servers_is_told_of_its_batch_and_the_next_batch_is_tried(aws):
    servers = fleet(aws, 150)
    aws.fail("StartRecovery", "UninitializedAccountException")
    result = launch(aws, servers)
    assert {key: len(value) for key, value in by_outcome(result).items()} == {"failed": 100, "in_progress": 50}
    assert len(sent(aws)) == 2


# -- guards ----------------------------------------------------------------------------------------------------------


def test_a_drill_over_a_live_recovery_is_refused_as_a_whole(aws):
    servers = fleet(aws, 3)
    aws.launched([2], run_id=None, by="START_RECOVERY")
    with pytest.raises(DrsError) as caught:
        launch(aws, servers)
    assert caught.value.code == "live_recovery_instance"
    assert aws.effects == []


def test_a_recovery_over_a_live_recovery_needs_its_exact_id(aws):
    servers = fleet(aws, 2)
    aws.launched([2], run_id=None, by="START_RECOVERY")
    with pytest.raises(DrsError) as caught:
        launch(aws, servers, mode="recovery", replace_recovery_instance_ids=[instance_id(1)])
    assert caught.value.code == "live_recovery_instance"
    launch(aws, servers, mode="recovery", replace_recovery_instance_ids=[instance_id(2)])
    assert sent(aws) == [[1, 2]]


def test_an_earlier_drill_is_wiped_with_a_warning(aws):
    servers = fleet(aws, 1)
    aws.launched([1], run_id="run-0")
    result = launch(aws, servers)
    assert sent(aws) == [[1]]
    assert [one["code"] for one in result["findings"]] == ["earlier_drill_instance"]


def test_a_server_that_is_not_ready_is_refused_by_itself(aws):
    servers = fleet(aws, 2)
    aws.add_server(3, state="INITIAL_SYNC")
    aws.add_server(4, state="STALLED")
    result = launch(aws, [*servers, {"source_server_id": server_id(3)}, {"source_server_id": server_id(4)}])
    assert sent(aws) == [[1, 2]]
    assert by_outcome(result)["refused"] == [3, 4]
    assert codes(result) == {3: "not_recoverable", 4: "stale_data"}


def test_the_policy_decides_about_stale_data(aws):
    aws.add_server(1, state="STALLED")
    result = launch(aws, [{"source_server_id": server_id(1)}], policy={"allow_stale": True})
    assert sent(aws) == [[1]]
    assert "stale_data" in [one["code"] for one in result["findings"]]


def test_a_wrong_policy_is_refused_as_a_whole(aws):
    with pytest.raises(DrsError) as caught:
        launch(aws, fleet(aws, 2), policy={"max_lag_seconds": "soon"})
    assert caught.value.code == "invalid_duration"
    assert aws.effects == []


def test_an_unknown_tag_role_is_refused(aws):
    with pytest.raises(DrsError) as caught:
        launch(aws, fleet(aws, 1), tag_keys={"colour": "x"})
    assert caught.value.code == "invalid_tag_key"
    assert aws.effects == []


# -- other people's jobs ---------------------------------------------------------------------------------------------


def test_a_server_in_somebody_elses_launch_is_refused_with_the_job(aws):
    servers = fleet(aws, 2)
    job = aws.add_job({server_id(2): ("PENDING", None)}, status="STARTED", job_tags=OTHERS)
    result = launch(aws, servers)
    assert sent(aws) == [[1]]
    assert codes(result) == {2: "server_in_active_job"}
    (refused,) = [one for one in result["servers"] if one["error"]]
    assert job["jobID"] in refused["error"]["message"] and "run-2" in refused["error"]["message"]


def test_a_server_in_a_clean_up_waits_for_its_end(aws):
    servers = fleet(aws, 2)
    aws.add_job({server_id(2): ("PENDING", None)}, status="STARTED", kind="TERMINATE")
    result = launch(aws, servers)
    assert sent(aws) == [[1]]
    assert result["queued"] == [server_id(2)]
    assert by_outcome(result) == {"in_progress": [1], "queued": [2]}


def test_a_conflict_splits_the_batch(aws):
    """Somebody started a job between our look and our call: DRS refuses the batch as a whole."""
    servers = fleet(aws, 4)
    late: list[dict] = []

    def appear(_params):
        late.append(aws.add_job({server_id(3): ("PENDING", None)}, status="STARTED", job_tags=OTHERS, at=0))

    aws.before("StartRecovery", appear)
    aws.fail("StartRecovery", "ConflictException")
    result = launch(aws, servers)
    assert sent(aws) == [[1, 2, 3, 4], [1, 2, 4]]
    assert codes(result) == {3: "server_in_active_job"}
    first, second = aws.called("StartRecovery")
    assert first["tags"][BATCH_TAG] != second["tags"][BATCH_TAG]


def test_a_conflict_that_nobody_explains_is_looked_into_server_by_server_and_does_not_go_round(aws):
    servers = fleet(aws, 2)
    aws.fail("StartRecovery", *["ConflictException"] * 3)
    result = launch(aws, servers)
    assert sent(aws) == [[1, 2], [1], [2]]
    assert codes(result) == {1: "ConflictException", 2: "ConflictException"}


# -- quotas ----------------------------------------------------------------------------------------------------------


def test_what_the_quota_of_servers_does_not_take_is_queued(aws):
    result = launch(aws, fleet(aws, 7), limits={"servers_per_job": 2, "servers_in_jobs": 5})
    assert sent(aws) == [[1, 2], [3, 4], [7]], "the last, smaller one fits into what is left"
    assert by_outcome(result)["queued"] == [5, 6]
    assert result["queued"] == [server_id(5), server_id(6)]


def test_jobs_of_others_count_to_the_quota(aws):
    servers = fleet(aws, 2)
    for number in range(19):
        aws.add_job({server_id(100 + number): ("PENDING", None)}, status="STARTED")
    result = launch(aws, servers, limits={"servers_per_job": 1})
    assert sent(aws) == [[1]]
    assert by_outcome(result) == {"in_progress": [1], "queued": [2]}


def test_a_quota_that_somebody_else_used_up_meanwhile_queues(aws):
    servers = fleet(aws, 2)
    aws.fail("StartRecovery", "ServiceQuotaExceededException")
    result = launch(aws, servers)
    assert by_outcome(result) == {"queued": [1, 2]}
    assert not result["changed"]
    assert launch(aws, servers)["summary"]["in_progress"] == 2


# -- points in time --------------------------------------------------------------------------------------------------


def pit(number: int) -> str:
    return f"pit-{number:017d}"


@pytest.mark.parametrize(("wanted", "chosen"), [("latest_available", 3), (stamp(-300), 2)])
def test_every_server_gets_its_own_point_in_time(aws, wanted, chosen):
    servers = fleet(aws, 2)
    for number, server in enumerate(aws.servers):
        aws.snapshots[server] = [(pit(10 * number + n), stamp(when)) for n, when in ((3, -60), (2, -600), (1, -1200))]
    result = launch(aws, servers, point_in_time=wanted)
    (call,) = aws.called("StartRecovery")
    assert [one["recoverySnapshotID"] for one in call["sourceServers"]] == [pit(chosen), pit(10 + chosen)]
    assert result["servers"][0]["point_in_time"] == stamp({3: -60, 2: -600}[chosen])


def test_a_server_without_a_point_in_time_is_refused_by_itself(aws):
    servers = fleet(aws, 2)
    aws.snapshots[server_id(1)] = [(pit(1), stamp(-60))]
    result = launch(aws, servers, point_in_time=stamp(-30))
    assert sent(aws) == [[1]]
    assert codes(result) == {2: "no_point_in_time"}


def test_what_the_caller_calls_a_server_is_kept(aws):
    servers = [{**one, "application": "shop", "critical": False, "colour": "red"} for one in fleet(aws, 1)]
    (entry,) = launch(aws, servers)["servers"]
    assert (entry["application"], entry["critical"]) == ("shop", False)


def test_a_server_named_by_its_id_alone_is_critical(aws):
    (entry,) = launch(aws, fleet(aws, 1))["servers"]
    assert entry["critical"] is True


# -- several waves and points in time in one request -----------------------------------------------------------------


def test_servers_of_several_waves_go_in_jobs_of_their_own_waves(aws):
    servers = [dict(one, wave="ab"[number % 2]) for number, one in enumerate(fleet(aws, 150))]
    result = launch(aws, servers, wave="stage")
    assert [(call["tags"][WAVE_TAG], len(call["sourceServers"])) for call in aws.called("StartRecovery")] == [
        ("a", 75),
        ("b", 75),
    ]
    assert {one["name"]: one["wave"] for one in result["servers"]}["web-02"] == "b"
    again = launch(aws, servers, wave="stage")
    assert len(aws.called("StartRecovery")) == 2 and {one["adopted"] for one in again["servers"]} == {True}


def test_each_server_is_launched_from_its_own_point_in_time_and_never_from_a_newer_one(aws):
    servers = fleet(aws, 4)
    for number in (1, 2, 3, 4):
        aws.snapshots[server_id(number)] = [("pit-%015d%02d" % (number, hour), stamp(-3600 * hour)) for hour in (1, 3)]
    servers[0]["wanted_point_in_time"] = stamp(-7200)
    servers[1]["wanted_point_in_time"] = stamp(-4 * 3600)
    servers[2]["wanted_point_in_time"] = "latest"
    result = launch(aws, servers, point_in_time="latest_available")
    (call,) = aws.called("StartRecovery")
    assert {one["sourceServerID"]: one.get("recoverySnapshotID") for one in call["sourceServers"]} == {
        server_id(1): "pit-%015d03" % 1,
        server_id(3): None,
        server_id(4): "pit-%015d01" % 4,
    }
    refused = next(one for one in result["servers"] if one["outcome"] == "refused")
    assert refused["error"]["code"] == "no_point_in_time"
    assert f"there are some from {stamp(-3 * 3600)} to {stamp(-3600)}" in refused["error"]["message"]
