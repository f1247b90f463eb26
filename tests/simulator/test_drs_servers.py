"""Test source servers: filters, pages, replication over time, and operations on single servers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import Cell, advance, fresh, ledger, refused, when

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def _steps(cell: Cell, server: str) -> list[str]:
    info = cell.server(server)["dataReplicationInfo"]
    return [step["status"] for step in info["dataReplicationInitiation"]["steps"]]


def test_filters(cell: Cell) -> None:
    """BM DescribeSourceServers: sourceServerIDs, hardwareId (EC2 id, VMware uuid or MAC); unknown ids find nothing."""
    one = cell.seed("one", instance_id="i-0123456789abcdef0", origin_account="333333333333", origin_region="us-east-1")
    two = cell.seed("two")

    def found(**filters: Any) -> list[str]:
        items = cell.drs.describe_source_servers(filters=filters)["items"]
        return [item["sourceServerID"] for item in items]

    assert found() == [one, two]
    assert found(sourceServerIDs=[two]) == [two]
    assert found(sourceServerIDs=["s-" + "0" * 17]) == []
    assert found(hardwareId="i-0123456789abcdef0") == [one]
    mac = cell.server(two)["sourceProperties"]["networkInterfaces"][0]["macAddress"]
    assert found(hardwareId=mac) == [two]
    assert found(stagingAccountIDs=["222222222222"]) == []


def test_origin(cell: Cell) -> None:
    """BM SourceCloudProperties for AWS machines only."""
    there = cell.server(cell.seed("a", origin_account="333333333333", origin_region="us-east-1"))
    assert there["sourceCloudProperties"]["originAccountID"] == "333333333333"
    assert there["sourceProperties"]["identificationHints"]["awsInstanceID"].startswith("i-")
    assert "sourceCloudProperties" not in cell.server(cell.seed("b"))


def test_pages(cell: Cell) -> None:
    """BM: maxResults, nextToken; botocore's paginator reads all."""
    servers = cell.seeds(25)
    first = cell.drs.describe_source_servers(maxResults=10)
    assert len(first["items"]) == 10
    pages = cell.drs.get_paginator("describe_source_servers").paginate(PaginationConfig={"PageSize": 10})
    found = [item["sourceServerID"] for page in pages for item in page["items"]]
    assert found == servers
    assert "nextToken" not in cell.drs.describe_source_servers(maxResults=25)


@pytest.mark.parametrize("token", ["rubbish", "RGVzY3JpYmVKb2JzOjEw"])
def test_a_token_of_elsewhere(cell: Cell, token: str) -> None:
    """BM: ValidationException for a token that is not this operation's."""
    error = refused(cell.drs.describe_source_servers, nextToken=token)
    assert (error["code"], error["fieldList"][0]["name"]) == ("ValidationException", "nextToken")


def test_continuous(cell: Cell) -> None:
    """BM: CONTINUOUS, lag P0D, everything replicated; a shared replication server skips steps 2 to 6."""
    info = cell.server(cell.seed(disks=[{"device": "/dev/sda1", "gib": 8}, {"device": "/dev/sdb", "gib": 1}]))[
        "dataReplicationInfo"
    ]
    assert (info["dataReplicationState"], info["lagDuration"]) == ("CONTINUOUS", "P0D")
    assert [disk["totalStorageBytes"] for disk in info["replicatedDisks"]] == [8 * 1024**3, 1024**3]
    assert all(disk["replicatedStorageBytes"] == disk["totalStorageBytes"] for disk in info["replicatedDisks"])
    statuses = [step["status"] for step in info["dataReplicationInitiation"]["steps"]]
    assert statuses == ["SUCCEEDED"] + ["SKIPPED"] * 5 + ["SUCCEEDED"] * 5


def test_backlog(cell: Cell) -> None:
    """UG: lag means changes that are not copied yet; lagDuration is an ISO 8601 duration."""
    server = cell.seed(state="BACKLOG", lag_seconds=5025)
    info = cell.server(server)["dataReplicationInfo"]
    assert info["lagDuration"] == "PT1H23M45S"
    assert info["replicatedDisks"][0]["backloggedStorageBytes"] > 0
    cell.backend.set_server(server, lag_seconds=0)
    assert cell.state(server) == "CONTINUOUS"


def test_from_the_first_step_to_continuous(cell: Cell) -> None:
    """BM: the 11 initiation steps, INITIAL_SYNC with growing bytes, a first snapshot, CONTINUOUS."""
    server = cell.seed(state="INITIATING", shared_replication_server=False)
    assert _steps(cell, server) == ["IN_PROGRESS"] + ["NOT_STARTED"] * 10
    states, copied = [], []
    for _step in range(300):
        item = cell.server(server)["dataReplicationInfo"]
        states.append(item["dataReplicationState"])
        if states[-1] == "INITIAL_SYNC":
            copied.append(item["replicatedDisks"][0]["replicatedStorageBytes"])
            assert item["etaDateTime"]
        advance(5)
    assert list(dict.fromkeys(states)) == ["INITIATING", "INITIAL_SYNC", "CREATING_SNAPSHOT", "CONTINUOUS"]
    assert copied == sorted(copied)
    assert len(set(copied)) > 10
    assert _steps(cell, server) == ["SUCCEEDED"] * 11


def test_failed_initiation_step(cell: Cell) -> None:
    """BM DataReplicationError FAILED_TO_<step>: that step FAILED, the later ones NOT_STARTED."""
    server = cell.seed(state="STALLED", error="FAILED_TO_AUTHENTICATE_WITH_SERVICE", raw_error="401", pit_days=1)
    info = cell.server(server)["dataReplicationInfo"]
    assert info["dataReplicationError"] == {"error": "FAILED_TO_AUTHENTICATE_WITH_SERVICE", "rawError": "401"}
    assert _steps(cell, server)[4:] == ["FAILED"] + ["NOT_STARTED"] * 6


def test_stall_and_recovery_of_replication(cell: Cell) -> None:
    """UG:common-replication-errors: a stalled server's lag grows with the clock until it is mended."""
    server = cell.seed()
    cell.backend.set_server(server, state="STALLED", error="AGENT_NOT_SEEN")
    seen = cell.server(server)["lifeCycle"]["lastSeenByServiceDateTime"]
    advance(HOUR)
    item = cell.server(server)
    assert item["dataReplicationInfo"]["lagDuration"] == "PT1H"
    assert item["dataReplicationInfo"]["dataReplicationError"]["error"] == "AGENT_NOT_SEEN"
    assert item["lifeCycle"]["lastSeenByServiceDateTime"] == seen
    cell.backend.set_server(server, state="CONTINUOUS")
    info = cell.server(server)["dataReplicationInfo"]
    assert info["lagDuration"] == "P0D"
    assert "dataReplicationError" not in info


def test_rescan_ends(cell: Cell) -> None:
    """UG:Agent-Related-FAQ: RESCAN reads the disks again and ends in CONTINUOUS."""
    server = cell.seed(state="RESCAN")
    advance(MINUTE)
    assert cell.server(server)["dataReplicationInfo"]["replicatedDisks"][0]["rescannedStorageBytes"] > 0
    advance(HOUR)
    assert cell.state(server) == "CONTINUOUS"


def test_stop_and_start_replication(cell: Cell) -> None:
    """BM StopReplication deletes the points in time; StartReplication begins with an initial sync."""
    server = cell.seed()
    answer = cell.drs.stop_replication(sourceServerID=server)["sourceServer"]
    assert answer["dataReplicationInfo"]["dataReplicationState"] == "STOPPED"
    assert cell.points(server) == []
    cell.drs.start_replication(sourceServerID=server)
    assert cell.state(server) == "INITIATING"
    assert cell.points(server) == []
    advance(2 * HOUR)
    assert cell.state(server) == "CONTINUOUS"
    assert cell.points(server)
    error = refused(cell.drs.start_replication, sourceServerID=server)
    assert (error["code"], error["status"]) == ("ConflictException", 409)


def test_disconnect_then_delete(cell: Cell) -> None:
    """BM DisconnectSourceServer: disks show 0, lag is null; DeleteSourceServer needs it first and answers 204."""
    server = cell.seed()
    assert refused(cell.drs.delete_source_server, sourceServerID=server)["code"] == "ConflictException"
    answer = cell.drs.disconnect_source_server(sourceServerID=server)
    info = answer["dataReplicationInfo"]
    assert info["dataReplicationState"] == "DISCONNECTED"
    assert info["replicatedDisks"][0]["totalStorageBytes"] == 0
    assert "lagDuration" not in info
    assert cell.drs.delete_source_server(sourceServerID=server)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert cell.drs.describe_source_servers()["items"] == []
    assert refused(cell.drs.delete_source_server, sourceServerID=server)["code"] == "ResourceNotFoundException"
    assert [entry["effect"] for entry in ledger()] == ["disconnected", "deleted"]


def test_disconnect_refused_with_a_recovery_instance(cell: Cell) -> None:
    """BM DisconnectSourceServer: refused while the server has a recovery instance."""
    server = cell.seed()
    cell.launch(server)
    error = refused(cell.drs.disconnect_source_server, sourceServerID=server)
    assert (error["code"], error["resourceId"]) == ("ConflictException", server)


@pytest.mark.parametrize("name", ["disconnect_source_server", "delete_source_server", "stop_replication"])
def test_nothing_of_it_during_a_job(cell: Cell, name: str) -> None:
    """BM: ConflictException while a job holds the server."""
    server = cell.seed()
    cell.start(server)
    assert refused(getattr(cell.drs, name), sourceServerID=server)["code"] == "ConflictException"


def test_replicating_quota() -> None:
    """GR L-C1D14A2B: replicating source servers per account and Region; stopped ones do not count."""
    with fresh() as cell:
        cell.seeds(300)
        stopped = cell.seed("stopped", state="STOPPED")
        assert "300" in refused(cell.drs.start_replication, sourceServerID=stopped)["message"]


def test_ladder_of_points_in_time(cell: Cell) -> None:
    """UG:point-in-time: every 10 minutes for 1 hour, hourly for 24 hours, daily for 7 days."""
    server = cell.seed()
    latest = cell.points(server)[-1]
    stamps = [_stamp(item) for item in cell.points(server)]
    now = advance(0).timestamp()
    ages = [now - stamp for stamp in stamps]
    assert stamps == sorted(stamps)
    assert len([age for age in ages if age <= HOUR]) in (6, 7)
    assert 23 <= len([stamp for stamp, age in zip(stamps, ages) if age <= DAY and stamp % HOUR == 0]) <= 25
    assert len([stamp for stamp in stamps if stamp % DAY == 0]) in (7, 8)
    assert max(ages) <= 7 * DAY
    assert latest["snapshotID"].startswith("pit-")
    assert len(latest["ebsSnapshots"]) == 1


def _stamp(item: dict[str, Any]) -> float:
    return when(item["expectedTimestamp"]).timestamp()


def test_a_point_keeps_its_id_as_it_ages(cell: Cell) -> None:
    """UG:point-in-time: points are thinned out, never renamed."""
    server = cell.seed()
    before = {item["snapshotID"]: item["expectedTimestamp"] for item in cell.points(server)}
    advance(2 * HOUR)
    after = {item["snapshotID"]: item["expectedTimestamp"] for item in cell.points(server)}
    shared = set(before) & set(after)
    assert all(before[key] == after[key] for key in shared)
    assert len(set(before) - shared) >= 5
    assert len(set(after) - shared) >= 5


def test_order_and_bounds_of_points(cell: Cell) -> None:
    """BM DescribeRecoverySnapshots: order ASC or DESC, filters fromDateTime and toDateTime, both inclusive."""
    server = cell.seed()
    points = cell.points(server)
    assert cell.points(server, order="DESC") == points[::-1]
    low, high = points[3]["expectedTimestamp"], points[6]["expectedTimestamp"]
    assert cell.points(server, filters={"fromDateTime": low, "toDateTime": high}) == points[3:7]
    assert cell.points(server, filters={"fromDateTime": high}) == points[6:]
    assert len(cell.points(server, PaginationConfig={"PageSize": 5})) == len(points)


def test_no_new_points_while_stalled(cell: Cell) -> None:
    """UG:Agent-Related-FAQ: no new points, the old ones stay usable; afterwards the gap stays."""
    server = cell.seed()
    newest = cell.points(server)[-1]
    cell.backend.set_server(server, state="STALLED")
    advance(40 * MINUTE)
    assert cell.points(server)[-1] == newest
    cell.backend.set_server(server, state="CONTINUOUS")
    mended = advance(0).timestamp()
    advance(20 * MINUTE)
    later = [_stamp(item) for item in cell.points(server) if _stamp(item) > _stamp(newest)]
    assert later
    assert min(later) > mended


def test_points_of_an_unknown_server(cell: Cell) -> None:
    """BM DescribeRecoverySnapshots models ValidationException, not ResourceNotFoundException."""
    error = refused(cell.drs.describe_recovery_snapshots, sourceServerID="s-" + "0" * 17)
    assert error["code"] == "ValidationException"


def test_pit_policy(cell: Cell) -> None:
    """UG:point-in-time: exactly three rules, only the days may change (1..365)."""
    server = cell.seed()
    rules = [
        {"units": "MINUTE", "interval": 10, "retentionDuration": 60},
        {"units": "HOUR", "interval": 1, "retentionDuration": 24},
        {"units": "DAY", "interval": 1, "retentionDuration": 3},
    ]
    answer = cell.drs.update_replication_configuration(sourceServerID=server, pitPolicy=rules)
    assert answer["pitPolicy"] == rules
    assert advance(0).timestamp() - _stamp(cell.points(server)[0]) <= 3 * DAY
    too_often, too_long = {**rules[0], "interval": 5}, {**rules[2], "retentionDuration": 400}
    for bad in (rules[:2], [too_often, *rules[1:]], [*rules[:2], too_long]):
        error = refused(cell.drs.update_replication_configuration, sourceServerID=server, pitPolicy=bad)
        assert (error["code"], error["fieldList"][0]["name"]) == ("ValidationException", "pitPolicy")


def test_admin_changes_are_checked(cell: Cell) -> None:
    """A misspelt property or state is told, and nothing is changed."""
    server = cell.seed()
    for changes in ({"stat": "STALLED"}, {"state": "BROKEN"}):
        with pytest.raises(ValueError, match="known:|is not one of"):
            cell.backend.set_server(server, **changes)
    with pytest.raises(ValueError, match="no source server"):
        cell.backend.set_server("nobody", state="STALLED")
    with pytest.raises(ValueError, match="unknown server property"):
        cell.seed("other", colour="red")
