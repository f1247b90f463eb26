"""Test launching in one cell without a playbook: adoption, foreign jobs, lost responses, quotas."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import session
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.cells import Place, by_id, outcomes
from support.scenarios import account, fleet

RUN_TAG = "resilience.drs/run"


pytestmark = pytest.mark.usefixtures("no_real_waiting")


def test_launches_once_and_adopts_its_own_running_and_ended_jobs(place):
    ids = place.ids()
    first = place.launch(ids)
    running = place.launch(ids)
    done = place.wait(running)
    ended = place.launch(ids)
    assert outcomes(first) == {"in_progress": 4} and first["changed"]
    assert outcomes(done) == outcomes(ended) == {"launched": 4}
    assert not running["changed"] and not ended["changed"]
    assert all(one["adopted"] for one in running["servers"] + ended["servers"])
    assert place.mutations() == ["StartRecovery"]
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_adopts_a_part_and_launches_the_rest(place):
    ids = place.ids()
    place.launch(ids[:2])
    both = place.launch(ids)
    place.wait(both)
    assert [by_id(both)[one]["adopted"] for one in ids] == [True, True, False, False]
    starts = [entry["request"]["sourceServers"] for entry in place.calls("StartRecovery")]
    assert [[one["sourceServerID"] for one in part] for part in starts] == [ids[:2], ids[2:]]
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_a_run_id_of_the_other_mode_is_refused(place):
    ids = place.ids()
    place.launch(ids[:1], mode="drill")
    with pytest.raises(DrsError, match="run_id") as caught:
        place.launch(ids, mode="recovery")
    assert caught.value.code == "run_id_reused"
    assert place.mutations() == ["StartRecovery"]


# -- answers that never arrive -------------------------------------------------------------------------------------


def _answer_500_after_the_effect(cell):
    """The service does it and then says that it failed."""

    def spoil(http_response, parsed, **_other):
        http_response.status_code = 500
        parsed.pop("job")
        parsed["Error"] = {"Code": "InternalServerException", "Message": "An internal error occurred"}

    cell.client("drs", effect=True).meta.events.register("after-call.drs.StartRecovery", spoil)


@pytest.mark.parametrize("kind", ["drop_response", "drop_connection", "throttle", "server_error"])
def test_a_lost_or_refused_answer_ends_in_one_launch(place, kind):
    ids = place.ids()
    place.simulator.faults.add(kind, times=1, action="StartRecovery", account=place.account)
    started = place.launch(ids)
    done = place.wait(started)
    assert outcomes(done) == {"launched": 4}
    assert place.times("launched") == dict.fromkeys(ids, 1)
    # Lost after the effect: found, not sent again. Lost or refused before it: sent again.
    assert len(place.calls("StartRecovery")) == (1 if kind == "drop_response" else 2)
    assert all(one["adopted"] == (kind == "drop_response") for one in started["servers"])
    assert started["changed"], "what this very call caused is a change, whether or not its answer arrived"


def test_an_error_500_after_the_effect_ends_in_one_launch(place):
    ids = place.ids()
    cell = place.cell()
    _answer_500_after_the_effect(cell)
    started = place.launch(ids, cell=cell)
    assert outcomes(place.wait(started)) == {"launched": 4}
    assert place.times("launched") == dict.fromkeys(ids, 1)
    assert len(place.calls("StartRecovery")) == 1


def test_a_repeat_below_us_that_ends_in_a_conflict_is_adopted(place, monkeypatch):
    """botocore would repeat a lost StartRecovery by itself; its own first call is then the conflict."""
    ids = place.ids()
    monkeypatch.setattr(session, "EFFECT_CONFIG", {"retries": {"mode": "standard", "total_max_attempts": 3}})
    place.simulator.faults.add("drop_response", times=1, action="StartRecovery", account=place.account)
    started = place.launch(ids)
    assert [entry["error"] for entry in place.calls("StartRecovery")] == ["ResponseDropped", "ConflictException"]
    assert outcomes(place.wait(started)) == {"launched": 4}
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_a_lost_answer_to_terminate_is_adopted_too(place):
    ids = place.ids()
    place.wait(place.launch(ids))
    place.mark()
    place.simulator.faults.add("drop_response", times=1, action="TerminateRecoveryInstances", account=place.account)
    done = place.wait(place.terminate(run_id="run-1"))
    assert outcomes(done) == {"terminated": 4}
    assert place.times("terminated") == dict.fromkeys(ids, 1)
    assert place.mutations() == ["TerminateRecoveryInstances"]


def test_a_service_that_never_answers_is_an_error_and_the_next_run_goes_on(place):
    ids = place.ids()
    rule = place.simulator.faults.add("drop_response", action="DescribeJobs", account=place.account)
    with pytest.raises(DrsError) as caught:
        place.launch(ids)
    assert caught.value.retryable
    assert place.mutations() == []
    place.simulator.faults.clear(rule)
    assert outcomes(place.wait(place.launch(ids))) == {"launched": 4}


def test_throttled_and_failing_apis_slow_it_down_and_change_nothing(simulator):
    scenario = {
        "accounts": [account("111111111111", quotas={"servers_per_job": 5})],
        "fleets": [fleet("111111111111", 20, "web-{n:02}")],
        "jobs": {"total": 600},
    }
    sim = simulator(scenario)
    place = Place(sim, "111111111111")
    ids = place.ids()
    sim.faults.add("throttle", rate=0.3, service="drs")
    sim.faults.add("server_error", rate=0.05, service="drs")
    limits = {"servers_per_job": 5}
    done = place.wait(place.launch(ids, limits=limits), poll_interval=60)
    assert outcomes(done) == {"launched": 20}
    gone = place.wait(place.terminate(run_id="run-1", limits=limits), poll_interval=60)
    sim.faults.clear()
    assert outcomes(gone) == {"terminated": 20}
    assert place.times("launched") == place.times("terminated") == dict.fromkeys(ids, 1)
    assert place.times("wiped") == {}
    refused = [entry for entry in place.calls() if entry["fault"]]
    assert len(refused) > 5, "the faults did not strike"


# -- other people's jobs -------------------------------------------------------------------------------------------


def test_a_server_in_somebodys_launch_is_refused_with_the_job_and_the_others_go_on(place):
    ids = place.ids()
    job = place.foreign_launch(ids[:1], finish=False)
    place.mark()
    started = place.launch(ids)
    one = by_id(started)[ids[0]]
    assert outcomes(started) == {"refused": 1, "in_progress": 3}
    assert one["error"]["code"] == "server_in_active_job" and job in one["error"]["message"]
    place.wait(started)
    # the foreign job launches its own server; we launched only the three
    tags = {entry["source_server_id"]: entry["job_tags"] for entry in place.effects("launched")}
    assert {key for key, found in tags.items() if RUN_TAG in found} == set(ids[1:])


def test_a_server_behind_somebodys_clean_up_is_queued_and_launched_after_it(place):
    ids = place.ids()
    place.foreign_launch(ids[:1])
    instance = place.instances()[ids[0]]
    place.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])
    place.mark()
    started = place.launch(ids)
    assert outcomes(started) == {"queued": 1, "in_progress": 3}
    done = place.wait(started)
    assert outcomes(done) == {"launched": 4}
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_a_server_taken_between_the_look_and_the_launch_is_refused_and_the_others_go_on(place, monkeypatch):
    from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs

    ids = place.ids()
    real = drs.recovery_instances
    taken = []

    def last_look(*args, **kwargs):
        found = real(*args, **kwargs)
        if not taken:
            taken.append(place.foreign_launch(ids[:1], finish=False))
        return found

    monkeypatch.setattr(drs, "recovery_instances", last_look)
    started = place.launch(ids)
    assert outcomes(started) == {"refused": 1, "in_progress": 3}
    assert taken[0] in by_id(started)[ids[0]]["error"]["message"]
    assert outcomes(place.wait(started)) == {"refused": 1, "launched": 3}
    assert place.times("launched") == dict.fromkeys(ids, 1)


# -- quotas --------------------------------------------------------------------------------------------------------


def _running(place):
    """The most servers and the most jobs that ran at once, by the ledger and the journal of this account."""
    ends, sizes, starts = {}, {}, []
    for entry in place.simulator.ledger():
        ends[entry["job_id"]] = max(entry["time"], ends.get(entry["job_id"], ""))
        sizes[entry["job_id"]] = sizes.get(entry["job_id"], 0) + 1
    for item in place.drs.get_paginator("describe_jobs").paginate(filters={}).build_full_result()["items"]:
        starts.append((item["creationDateTime"], item["endDateTime"], len(item["participatingServers"])))
    most_jobs = most_servers = 0
    for begun, _ended, _size in starts:
        now = [size for other, ended, size in starts if other <= begun < ended]
        most_jobs, most_servers = max(most_jobs, len(now)), max(most_servers, sum(now))
    return most_jobs, most_servers


def test_what_the_quotas_do_not_hold_is_queued_then_launched_never_over_quota(simulator):
    small = {"servers_per_job": 10, "servers_in_jobs": 25, "concurrent_jobs": 3}
    sim = simulator(
        {
            "accounts": [account("111111111111", quotas=small)],
            "fleets": [fleet("111111111111", 5, "other-{n}"), fleet("111111111111", 60, "web-{n:02}")],
            "jobs": {"total": 600},
        }
    )
    place = Place(sim, "111111111111")
    everyone = place.ids()
    others, ids = everyone[:5], everyone[5:]
    place.foreign_launch(others, finish=False)
    started = place.launch(ids, limits=small)
    assert outcomes(started) == {"in_progress": 20, "queued": 40}
    lines: list[str] = []
    done = place.wait(started, lines)
    assert outcomes(done) == {"launched": 60}
    assert place.times("launched") == dict.fromkeys(everyone, 1)
    assert place.times("wiped") == {}
    assert _running(place) == (3, 25)
    assert not [entry for entry in place.calls("StartRecovery") if entry["error"]]
    assert any("queued" in line for line in lines)


def test_room_that_somebody_else_takes_is_waited_for(simulator):
    """The quota of the account is smaller than what is assumed: DRS refuses, and what it refused is queued."""
    sim = simulator(
        {
            "accounts": [account("111111111111", quotas={"concurrent_jobs": 1})],
            "fleets": [fleet("111111111111", 6, "web-{n:02}")],
            "jobs": {"total": 600},
        }
    )
    place = Place(sim, "111111111111")
    ids = place.ids()
    started = place.launch(ids, limits={"servers_per_job": 2})
    assert outcomes(started) == {"in_progress": 2, "queued": 4}
    done = place.wait(started)
    assert outcomes(done) == {"launched": 6}
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_what_a_clean_up_queues_is_terminated_as_room_appears(place):
    ids = place.ids()
    place.wait(place.launch(ids))
    place.mark()
    started = place.terminate(run_id="run-1", limits={"concurrent_jobs": 1, "servers_per_job": 2})
    assert outcomes(started) == {"in_progress": 2, "queued": 2}
    assert outcomes(place.wait(started)) == {"terminated": 4}
    assert place.times("terminated") == dict.fromkeys(ids, 1)
    assert place.mutations() == ["TerminateRecoveryInstances"] * 2


def test_a_queue_that_never_moves_ends_at_the_deadline(place):
    ids = place.ids()
    place.simulator.set_server(place.account, place.region, ids[0], stuck=True)
    place.foreign_launch(ids[:1], finish=False)
    started = place.launch(ids[1:], limits={"concurrent_jobs": 1})
    assert outcomes(started) == {"queued": 3}
    done = place.wait(started, timeout=1800)
    assert done["timed_out"] and done["elapsed_seconds"] == pytest.approx(1800, abs=1)
    assert {one["error"]["code"] for one in done["servers"]} == {"wait_timeout"}


# -- what may not launch -------------------------------------------------------------------------------------------


def test_malformed_duplicate_and_unknown_ids(place):
    ids = place.ids()
    for wrong, code in ((["s-123"], "malformed_id"), ([ids[0], ids[0]], "duplicate_id")):
        with pytest.raises(DrsError) as caught:
            place.launch(wrong)
        assert caught.value.code == code and wrong[0] in caught.value.message
    started = place.launch(["s-" + "0" * 17, *ids])
    assert by_id(started)["s-" + "0" * 17]["error"]["code"] == "unknown_id"
    assert outcomes(started) == {"refused": 1, "in_progress": 4}
    assert place.mutations() == ["StartRecovery"]


def test_a_server_that_is_not_in_step_is_refused_in_a_drill_and_accepted_when_stale_data_is(place):
    ids = place.ids()
    place.simulator.set_server(place.account, place.region, ids[0], state="STALLED")
    drill = place.launch(ids[:1])
    assert by_id(drill)[ids[0]]["error"]["code"] == "stale_data"
    assert place.mutations() == []
    accepted = place.launch(ids[:1], policy={"allow_stale": True})
    assert outcomes(accepted) == {"in_progress": 1}


def test_check_mode_plans_and_calls_nothing_that_changes(place):
    ids = place.ids()
    planned = place.launch(ids, check_mode=True)
    assert outcomes(planned) == {"planned": 4} and planned["changed"]
    place.wait(place.launch(ids))
    place.mark()
    gone = place.terminate(run_id="run-1", check_mode=True)
    assert outcomes(gone) == {"planned": 4} and gone["changed"]
    assert place.mutations() == [] and place.effects() == []


# -- points in time ------------------------------------------------------------------------------------------------


def _points(place, server):
    pages = place.drs.get_paginator("describe_recovery_snapshots").paginate(sourceServerID=server)
    items = [item for page in pages for item in page["items"]]
    return sorted((item["timestamp"], item["snapshotID"], item["expectedTimestamp"]) for item in items)


def test_latest_available_launches_each_server_from_its_newest_point(place):
    ids = place.ids()
    newest = {one: _points(place, one)[-1] for one in ids}
    started = place.launch(ids, point_in_time="latest_available")
    sent = place.calls("StartRecovery")[0]["request"]["sourceServers"]
    assert {one["sourceServerID"]: one["recoverySnapshotID"] for one in sent} == {one: newest[one][1] for one in ids}
    place.wait(started)
    for entry in place.effects("launched"):
        assert entry["data_time"][:19] == newest[entry["source_server_id"]][2][:19]


def test_a_time_launches_from_the_newest_point_at_or_before_it(place):
    ids = place.ids()
    points = _points(place, ids[0])
    wanted = points[len(points) // 2][0]
    started = place.launch(ids, point_in_time=wanted, run_id="old")
    done = place.wait(started)
    assert outcomes(done) == {"launched": 4}
    for entry in place.effects("launched"):
        best = max(point for point in _points(place, entry["source_server_id"]) if point[0] <= wanted)
        assert entry["data_time"][:19] == best[2][:19] <= wanted[:19]


def test_no_point_at_or_before_a_time_is_refused_and_never_newer(place):
    ids = place.ids()
    started = place.launch(ids, point_in_time="2001-01-01T00:00:00Z")
    assert outcomes(started) == {"refused": 4} and started["jobs"] == []
    assert {one["error"]["code"] for one in started["servers"]} == {"no_point_in_time"}
    assert place.mutations() == []


# -- what became of them -------------------------------------------------------------------------------------------


def test_a_failed_server_says_why_from_the_log_of_its_job_which_is_read_only_then(place):
    ids = place.ids()
    place.simulator.set_server(
        place.account, place.region, ids[1], fail_launch="InsufficientInstanceCapacity: no m5.large in us-west-2b"
    )
    done = place.wait(place.launch(ids))
    assert outcomes(done) == {"launched": 3, "failed": 1}
    error = by_id(done)[ids[1]]["error"]
    assert "InsufficientInstanceCapacity" in json.dumps(error) and error["remedy"]
    assert len(place.calls("DescribeJobLogItems")) == 1
    place.mark()
    again = place.wait(place.launch(ids))
    assert outcomes(again) == {"launched": 3, "failed": 1}, "the same run tells the same"
    assert place.mutations() == []


def test_failed_servers_are_tried_again_only_when_asked_and_only_they(place):
    ids = place.ids()
    place.simulator.set_server(
        place.account, place.region, ids[1], fail_launch="InsufficientInstanceCapacity: none left"
    )
    place.wait(place.launch(ids))
    place.simulator.set_server(place.account, place.region, ids[1], fail_launch=None)
    retried = place.launch(ids, retry_failed=True)
    assert [one for one in ids if not by_id(retried)[one]["adopted"]] == [ids[1]]
    assert outcomes(place.wait(retried)) == {"launched": 4}
    assert place.calls("StartRecovery")[-1]["request"]["sourceServers"] == [{"sourceServerID": ids[1]}]
    # the newest job of the run decides: what was retried with success is not failed any more, nor retried again
    assert outcomes(place.launch(ids, retry_failed=True)) == {"launched": 4}
    assert place.mutations() == ["StartRecovery", "StartRecovery"]
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_a_retry_tries_each_failed_server_once_and_tells_every_job(place):
    ids = place.ids()[:2]
    one_by_one = {"servers_per_job": 1, "servers_in_jobs": 1}
    for one in ids:
        place.simulator.set_server(place.account, place.region, one, fail_launch="InsufficientInstanceCapacity: none")
    assert outcomes(place.wait(place.launch(ids, limits=one_by_one))) == {"failed": 2}
    for _command in range(2):
        place.mark()
        done = place.wait(place.launch(ids, limits=one_by_one, retry_failed=True))
        sent = [call["request"]["sourceServers"] for call in place.calls("StartRecovery")]
        assert sent == [[{"sourceServerID": one}] for one in ids]
        assert outcomes(done) == {"failed": 2} and not done["timed_out"]
        assert len({by_id(done)[one]["job_id"] for one in ids}) == 2


def test_a_lost_answer_to_a_retry_adopts_the_retry_and_not_the_failed_job(place):
    ids = place.ids()[:1]
    place.simulator.set_server(
        place.account, place.region, ids[0], fail_launch="InsufficientInstanceCapacity: none left"
    )
    place.wait(place.launch(ids))
    place.simulator.set_server(place.account, place.region, ids[0], fail_launch=None)
    place.simulator.faults.add("drop_response", service="drs", action="StartRecovery", account=place.account, times=1)
    assert outcomes(place.wait(place.launch(ids, retry_failed=True))) == {"launched": 1}
    assert place.times("launched") == {ids[0]: 1}


def test_a_wait_taken_up_by_job_id_alone_says_what_became_of_the_job(place):
    ids = place.ids()
    started = place.launch(ids)
    done = place.wait({"jobs": [], "servers": [], "request": {}}, job_ids=[started["jobs"][0]["job_id"]])
    assert [job["status"] for job in done["jobs"]] == ["COMPLETED"]
    assert outcomes(done) == {"launched": 4}


def test_long_waits_survive_expired_credentials(place):
    ids = place.ids()
    started = place.launch(ids)
    cell = place.cell()
    cell.client("drs").describe_jobs(filters={})
    place.simulator.expire_sessions(place.account)
    assert outcomes(place.wait(started)) == {"launched": 4}
    place.simulator._credentials.clear()
