"""Test StartRecovery and its jobs: refusals, launches, job state and job log."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.drs_cell import Cell, advance, fresh, ledger, refused, settings, when

BUSY = "One or more of the Source Servers included in API call are currently being processed by a Job"


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def _wanted(*servers: str) -> list[dict[str, Any]]:
    return [{"sourceServerID": server} for server in servers]


def test_answers_202_with_a_pending_job(cell: Cell) -> None:
    """BM StartRecovery: HTTP 202 {job}; UG:preparing-failover: drills are jobs of START_DRILL."""
    server = cell.seed()
    answer = cell.drs.start_recovery(sourceServers=_wanted(server), isDrill=True, tags={"a": "b"})
    job = answer["job"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert (job["status"], job["type"], job["initiatedBy"]) == ("PENDING", "LAUNCH", "START_DRILL")
    assert job["participatingServers"] == [{"sourceServerID": server, "launchStatus": "PENDING"}]
    assert job["tags"] == {"a": "b"}
    assert "endDateTime" not in job


def test_goes_through_its_statuses_with_the_clock(cell: Cell) -> None:
    """BM: job PENDING -> STARTED -> COMPLETED, participant PENDING -> IN_PROGRESS -> LAUNCHED."""
    server = cell.seed()
    job = cell.start(server)
    seen = []
    for _step in range(200):
        found = cell.job(job)
        seen.append((found["status"], found["participatingServers"][0]["launchStatus"]))
        advance(10)
    unique = list(dict.fromkeys(seen))
    assert unique == [("PENDING", "PENDING"), ("STARTED", "IN_PROGRESS"), ("COMPLETED", "LAUNCHED")]
    found = cell.job(job)
    assert when(found["creationDateTime"]) < when(found["endDateTime"])
    assert found["participatingServers"][0]["recoveryInstanceID"].startswith("i-")


def test_pending_until_the_launch_phase_when_so_set(cell: Cell) -> None:
    """Not documented (a setting): some accounts show PENDING through the middle phases."""
    settings.configure({"in_progress_from": "launch"})
    job = cell.start(cell.seed())
    advance(200)
    found = cell.job(job)
    assert (found["status"], found["participatingServers"][0]["launchStatus"]) == ("STARTED", "PENDING")


@pytest.mark.parametrize("drill", [True, False])
def test_recovery_instance_is_a_real_ec2_instance(cell: Cell, drill: bool) -> None:
    """BM RecoveryInstance; UG:preparing-failover: drill and recovery differ in isDrill and lastLaunch type only."""
    server = cell.seed(tags={"dr:wave": "1"}, origin_account="333333333333", origin_region="us-east-1")
    job = cell.launch(server, drill=drill)
    (made,) = cell.instances(server)
    assert made["isDrill"] is drill
    assert made["jobID"] == job["jobID"]
    assert made["originEnvironment"] == "AWS"
    assert made["ec2InstanceState"] == "RUNNING"
    assert made["failback"]["state"] == "FAILBACK_NOT_STARTED"
    instance = cell.ec2.describe_instances(InstanceIds=[made["ec2InstanceID"]])["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert tags["AWSElasticDisasterRecoveryManaged"] == "drs.amazonaws.com"
    assert tags["AWSElasticDisasterRecoverySourceServerID"] == server
    assert tags["dr:wave"] == "1"
    shown = made["recoveryInstanceProperties"]["networkInterfaces"][0]["ips"]
    assert shown == [instance["PrivateIpAddress"]]
    described = cell.server(server)
    assert described["recoveryInstanceId"] == made["recoveryInstanceID"]
    assert described["lastLaunchResult"] == "SUCCEEDED"
    assert described["lifeCycle"]["lastLaunch"]["initiated"]["type"] == ("DRILL" if drill else "RECOVERY")
    assert described["lifeCycle"]["lastLaunch"]["status"] == "LAUNCHED"
    (effect,) = ledger("launched")
    assert (effect["source_server_id"], effect["is_drill"], effect["job_id"]) == (server, drill, job["jobID"])


def test_does_not_touch_replication(cell: Cell) -> None:
    """UG:preparing-failover: neither a drill nor a recovery stops the source's replication."""
    server = cell.seed()
    cell.launch(server, drill=False)
    assert cell.state(server) == "CONTINUOUS"


def test_pending_in_ec2_while_the_launch_goes_on(cell: Cell) -> None:
    """BM RecoveryInstance.ec2InstanceState PENDING; the record comes when the launch is done."""
    job = cell.start(cell.seed())
    while "LAUNCH_START" not in cell.events(job):
        advance(10)
    (target,) = [i["eventData"]["targetInstanceID"] for i in cell.log(job) if i["event"] == "LAUNCH_START"]
    assert cell.instance_state(target) == "pending"
    assert cell.instances() == []


def test_log_events_in_order(cell: Cell) -> None:
    """BM JobLogEvent for the names; there is no LAUNCH_END."""
    server = cell.seed()
    job = cell.launch(server)["jobID"]
    assert cell.events(job) == [
        "JOB_START",
        "SNAPSHOT_START",
        "SNAPSHOT_END",
        "CONVERSION_START",
        "CONVERSION_END",
        "LAUNCH_START",
        "JOB_END",
    ]
    log = cell.log(job)
    times = [when(item["logDateTime"]) for item in log]
    assert times == sorted(times)
    assert all(item["eventData"]["sourceServerID"] == server for item in log[1:-1])
    assert log[4]["eventData"]["conversionProperties"]["dataTimestamp"]


@pytest.mark.parametrize(
    "bad",
    [
        {"state": "INITIAL_SYNC", "hold": True},
        {"state": "INITIATING", "hold": True},
        {"state": "STOPPED"},
        {"state": "DISCONNECTED"},
        {"disks": [{"device": "/dev/sda1", "gib": 8, "volume_status": "PENDING"}]},
        {"disks": [{"device": "/dev/sda1", "gib": 8, "volume_status": "MISSING_VOLUME_ATTRIBUTES"}]},
    ],
)
def test_all_or_nothing(cell: Cell, bad: dict[str, Any]) -> None:
    """UG:recovery-plans-validation: one unrecoverable server refuses the whole request, nothing has happened."""
    good, wrong = cell.seed("good"), cell.seed("wrong", **bad)
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(good, wrong))
    assert error["code"] == "ValidationException"
    assert wrong in error["message"]
    assert cell.drs.describe_jobs()["items"] == []
    assert "lastLaunch" not in cell.server(good)["lifeCycle"]
    cell.start(good)


@pytest.mark.parametrize("state", ["BACKLOG", "STALLED", "PAUSED", "RESCAN", "CREATING_SNAPSHOT"])
def test_lag_and_stall_do_not_prevent_recovery(cell: Cell, state: str) -> None:
    """UG:preparing-failover: with the initial sync done a drill is possible even in lag or stall."""
    job = cell.launch(cell.seed(state=state, lag_seconds=300, hold=True))
    assert job["participatingServers"][0]["launchStatus"] == "LAUNCHED"


def test_duplicate_server_in_the_request(cell: Cell) -> None:
    """UG:recovery-plans-validation: a duplicate server in the request is refused."""
    server = cell.seed()
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(server, server))
    assert (error["code"], error["status"]) == ("ValidationException", 400)
    assert error["fieldList"][0]["name"] == "sourceServers"


def test_unknown_server_by_setting(cell: Cell) -> None:
    """Not documented (a setting): StartRecovery models no error for a server that does not exist."""
    missing = "s-" + "0" * 17
    assert refused(cell.drs.start_recovery, sourceServers=_wanted(missing))["code"] == "ResourceNotFoundException"
    settings.configure({"unknown_server_error": "ConflictException"})
    assert refused(cell.drs.start_recovery, sourceServers=_wanted(missing))["code"] == "ConflictException"


def test_completed_job_with_a_failed_server(cell: Cell) -> None:
    """BM: there is no failed job; a server that failed is FAILED in a COMPLETED job, with rawError in the log."""
    good, bad = cell.seed("good"), cell.seed("bad", fail_launch="VcpuLimitExceeded: too many")
    job = cell.launch(good, bad)
    status = {item["sourceServerID"]: item for item in job["participatingServers"]}
    assert job["status"] == "COMPLETED"
    assert status[good]["launchStatus"] == "LAUNCHED"
    assert status[bad]["launchStatus"] == "FAILED"
    assert "recoveryInstanceID" not in status[bad]
    (event,) = [item for item in cell.log(job["jobID"]) if item["event"] == "LAUNCH_FAILED"]
    assert event["eventData"]["sourceServerID"] == bad
    assert event["eventData"]["rawError"] == "VcpuLimitExceeded: too many"
    described = cell.server(bad)
    assert (described["lastLaunchResult"], described["lifeCycle"]["lastLaunch"]["status"]) == ("FAILED", "FAILED")
    assert [entry["source_server_id"] for entry in ledger("launch_failed")] == [bad]
    assert cell.instances(bad) == []


def test_failed_conversion(cell: Cell) -> None:
    """BM JobLogEvent CONVERSION_FAIL."""
    job = cell.launch(cell.seed(fail_conversion="kernel panic"))
    assert job["participatingServers"][0]["launchStatus"] == "FAILED"
    assert cell.events(job["jobID"])[-2:] == ["CONVERSION_FAIL", "JOB_END"]


def test_no_subnet_no_launch(cell: Cell) -> None:
    """UG:ec2-launch: with no default VPC and no subnet in the launch template the launch fails."""
    server = cell.seed()
    for subnet in cell.ec2.describe_subnets()["Subnets"]:
        cell.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    job = cell.launch(server)
    assert job["participatingServers"][0]["launchStatus"] == "FAILED"
    (failed,) = [item for item in cell.log(job["jobID"]) if item["event"] == "LAUNCH_FAILED"]
    assert "default VPC" in failed["eventData"]["rawError"]


@pytest.mark.parametrize("broken", [{"unreachable": True}, {"state": "STALLED"}, {"state": "RESCAN", "hold": True}])
def test_falls_back_to_the_previous_snapshot_after_ten_minutes(cell: Cell, broken: dict[str, Any]) -> None:
    """UG:CloudEndure-Concepts: waits up to 10 minutes for the source, then uses the last consistent data."""
    server = cell.seed(**broken)
    advance(1800)
    job = cell.launch(server)
    log = {item["event"]: when(item["logDateTime"]) for item in cell.log(job["jobID"])}
    assert cell.events(job["jobID"])[1:4] == ["SNAPSHOT_START", "SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT"]
    assert log["SNAPSHOT_FAIL"] - log["SNAPSHOT_START"] == timedelta(minutes=10)
    assert job["participatingServers"][0]["launchStatus"] == "LAUNCHED"
    if "state" in broken:
        data = when(cell.instances(server)[0]["pointInTimeSnapshotDateTime"])
        assert data <= when(job["creationDateTime"]) - timedelta(seconds=1800)


def test_no_previous_snapshot_to_fall_back_to(cell: Cell) -> None:
    """BM JobLogEvent USING_PREVIOUS_SNAPSHOT_FAILED: the points are gone when the fall-back wants one."""
    server = cell.seed(unreachable=True)
    job = cell.start(server)
    advance(60)
    cell.backend.set_server(server, state="STOPPED")
    assert cell.finish(job)["participatingServers"][0]["launchStatus"] == "FAILED"
    assert "USING_PREVIOUS_SNAPSHOT_FAILED" in cell.events(job)


def test_pinned_point_in_time_skips_the_snapshot(cell: Cell) -> None:
    """BM recoverySnapshotID: the launched data is that point's; no snapshot is made."""
    server = cell.seed()
    point = cell.points(server)[-3]
    wanted = [{"sourceServerID": server, "recoverySnapshotID": point["snapshotID"]}]
    job = cell.finish(cell.drs.start_recovery(sourceServers=wanted, isDrill=True)["job"]["jobID"])
    assert cell.events(job["jobID"])[:2] == ["JOB_START", "CONVERSION_START"]
    assert cell.instances(server)[0]["pointInTimeSnapshotDateTime"] == point["expectedTimestamp"]


def test_pinned_point_of_another_server(cell: Cell) -> None:
    """UG:point-in-time: points belong to one server each."""
    one, two = cell.seeds(2)
    wanted = [{"sourceServerID": one, "recoverySnapshotID": cell.points(two)[-1]["snapshotID"]}]
    assert refused(cell.drs.start_recovery, sourceServers=wanted)["code"] == "ValidationException"


def test_an_ebs_snapshot_is_no_point_in_time(cell: Cell) -> None:
    """BM RecoverySnapshotID pattern pit-..; snap-.. is rejected."""
    wanted = [{"sourceServerID": cell.seed(), "recoverySnapshotID": "snap-" + "0" * 17}]
    assert refused(cell.drs.start_recovery, sourceServers=wanted)["reason"] == "fieldValidationFailed"


def test_fast_mode_skips_the_conversion(cell: Cell) -> None:
    """BM LaunchConfiguration.recoveryMode FAST."""
    server = cell.seed()
    cell.drs.update_launch_configuration(sourceServerID=server, recoveryMode="FAST")
    events = cell.events(cell.launch(server)["jobID"])
    assert not [event for event in events if event.startswith("CONVERSION")]


def test_stopped_launch_disposition(cell: Cell) -> None:
    """BM launchDisposition STOPPED: the recovery instance is launched and left stopped."""
    server = cell.seed()
    cell.drs.update_launch_configuration(sourceServerID=server, launchDisposition="STOPPED")
    cell.launch(server)
    assert cell.instances(server)[0]["ec2InstanceState"] == "STOPPED"
