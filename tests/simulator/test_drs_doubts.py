"""The doubts: each value that a scenario may give is shown as it says, and the recorded answers are those recorded."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drs_simulator.scenario.doubts import DOUBTS, GUESS, RECORDED, RECORDED_ANSWERS
from support.drs_cell import Cell, advance, forgive, fresh, refused, settings
from support.drs_failback import Pair, two_accounts


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


@pytest.fixture
def pair() -> Iterator[Pair]:
    with fresh(two_accounts()):
        yield Pair()


def wanted(*servers: str) -> list[dict[str, str]]:
    return [{"sourceServerID": server} for server in servers]


# -- the table -------------------------------------------------------------------------------------------------------


def test_every_doubt_has_its_values_and_its_source() -> None:
    assert len({one.name for one in DOUBTS}) == len(DOUBTS) >= 35
    for one in DOUBTS:
        assert one.others, f"{one.name} has one value only: that is no doubt"
        assert not one.choices or one.default in one.choices, one.name
        assert one.about.endswith(".") and one.source, one.name
        assert settings.SETTINGS[one.name] == one.default


def test_what_is_a_guess_says_so() -> None:
    assert {one.name for one in DOUBTS if one.source == GUESS} >= {"not_recoverable_error", "first_point_seconds"}
    recorded = {one.name for one in DOUBTS if RECORDED in one.source}
    assert recorded == set(RECORDED_ANSWERS)


@pytest.mark.parametrize("one", [one for one in DOUBTS if one.choices], ids=lambda one: one.name)
def test_another_value_than_those_of_the_table_is_refused(cell: Cell, one) -> None:
    with pytest.raises(ValueError, match=one.name):
        settings.configure({one.name: "something else"})


# -- recorded answers ------------------------------------------------------------------------------------------------


@pytest.fixture
def recorded() -> Iterator[Cell]:
    with fresh() as made:
        settings.configure(RECORDED_ANSWERS)
        yield made
        forgive()


def test_a_server_as_it_was_recorded(recorded: Cell) -> None:
    server = recorded.server(recorded.seed("web"))
    hints = server["sourceProperties"]["identificationHints"]
    assert hints["hostname"] == hints["fqdn"] == "web.example.com"
    first, second = server["sourceProperties"]["networkInterfaces"]
    assert first["ips"] and second["ips"] == [] and ":" not in first["macAddress"] + second["macAddress"]
    assert server["lifeCycle"]["lastLaunch"] == {"initiated": {}}
    assert server["lifeCycle"]["addedToServiceDateTime"].endswith("+00:00")
    assert server["dataReplicationInfo"]["dataReplicationInitiation"]["nextAttemptDateTime"].endswith("+00:00")


def test_a_launch_as_it_was_recorded(recorded: Cell) -> None:
    servers = recorded.seeds(2)
    job = recorded.launch(*servers)
    assert [one["launchStatus"] for one in job["participatingServers"]] == ["LAUNCHED", "LAUNCHED"]
    assert not any("recoveryInstanceID" in one for one in job["participatingServers"])
    log = recorded.log(job["jobID"])
    starts = [one["eventData"] for one in log if one["event"] in ("LAUNCH_START", "CONVERSION_START")]
    assert len(starts) == 4 and all(set(one) == {"sourceServerID"} for one in starts)
    ends = {one["eventData"]["sourceServerID"]: one["eventData"] for one in log if one["event"] == "LAUNCH_END"}
    made = {one["sourceServerID"]: one["ec2InstanceID"] for one in recorded.instances()}
    assert {key: one["targetInstanceID"] for key, one in ends.items()} == made


def test_some_of_the_participants_of_a_job_name_their_instance(cell: Cell) -> None:
    settings.configure({"job_instance_ids": "some"})
    job = cell.launch(*cell.seeds(4))
    assert ["recoveryInstanceID" in one for one in job["participatingServers"]] == [True, False, True, False]


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["ValidationException", "ConflictException"])
@pytest.mark.parametrize(("names", "in_text", "in_member"), [("resource", 1, 1), ("text", 1, 0), ("nobody", 0, 0)])
def test_a_refusal_names_the_server_or_does_not(cell: Cell, names: str, in_text: int, in_member: int, error) -> None:
    good, bad = cell.seed("good"), cell.seed("bad", state="STOPPED")
    settings.configure({"refusal_names": names, "not_recoverable_error": error})
    told = refused(cell.drs.start_recovery, sourceServers=wanted(good, bad))
    assert told["code"] == error
    assert (bad in told["message"]) is bool(in_text) and good not in told["message"]
    assert ("resourceId" in told) is bool(in_member and error == "ConflictException")
    assert cell.drs.describe_jobs()["items"] == [], "refused as a whole"


def test_a_busy_server_is_named_by_the_member_alone_or_in_the_text(cell: Cell) -> None:
    busy = cell.seed()
    cell.start(busy)
    told = refused(cell.drs.start_recovery, sourceServers=wanted(busy))
    assert told["resourceId"] == busy and busy not in told["message"]
    settings.configure({"refusal_names": "text"})
    told = refused(cell.drs.start_recovery, sourceServers=wanted(busy))
    assert "resourceId" not in told and busy in told["message"]


# -- replication -----------------------------------------------------------------------------------------------------


def test_the_first_point_in_time_may_come_late(cell: Cell) -> None:
    settings.configure({"first_point_seconds": 900})
    server = cell.seed(state="INITIAL_SYNC")
    while cell.state(server) != "CONTINUOUS":
        advance(10)
    assert cell.points(server) == []
    assert "no consistent recovery point" in refused(cell.drs.start_recovery, sourceServers=wanted(server))["message"]
    advance(600)
    assert refused(cell.drs.start_recovery, sourceServers=wanted(server))["code"] == "ValidationException"
    cell.backend.set_server(server, state="BACKLOG", lag_seconds=5)
    assert refused(cell.drs.start_recovery, sourceServers=wanted(server)), "another state makes no point of time"
    advance(320)
    assert cell.launch(server)["participatingServers"][0]["launchStatus"] == "LAUNCHED"


@pytest.mark.parametrize("state", ["CREATING_SNAPSHOT", "CONTINUOUS"])
def test_the_state_after_the_initial_sync(cell: Cell, state: str) -> None:
    settings.configure({"after_initial_sync": state})
    server = cell.seed(state="INITIAL_SYNC")
    while cell.state(server) == "INITIAL_SYNC":
        advance(5)
    assert cell.state(server) == state
    assert "no consistent recovery point" in refused(cell.drs.start_recovery, sourceServers=wanted(server))["message"]
    advance(70)
    assert cell.state(server) == "CONTINUOUS"
    assert cell.launch(server)["participatingServers"][0]["launchStatus"] == "LAUNCHED"


@pytest.mark.parametrize("hint", ["follows", "unchanged"])
def test_whom_the_original_server_protects_after_the_failback(pair: Pair, hint: str) -> None:
    settings.configure({"reprotect_hint": hint})
    before = pair.away.server(pair.b1)["sourceProperties"]["identificationHints"]["awsInstanceID"]
    pair.failover()
    a3 = pair.fail_back(pair.reverse())
    pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    hints = pair.away.server(pair.b1)["sourceProperties"]["identificationHints"]
    assert hints["awsInstanceID"] == (a3 if hint == "follows" else before)
    found = pair.away.drs.describe_source_servers(filters={"hardwareId": hints["awsInstanceID"]})["items"]
    assert [one["sourceServerID"] for one in found] == [pair.b1]


# -- terminating -----------------------------------------------------------------------------------------------------


def test_a_termination_that_fails_late_and_the_next_one_that_does_not(cell: Cell) -> None:
    settings.configure({"terminate_outcome": "fails_once"})
    server = cell.seed()
    cell.launch(server)
    (machine,) = [one["recoveryInstanceID"] for one in cell.instances()]
    job = cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[machine])["job"]["jobID"]
    advance(10)
    assert cell.instances()[0]["ec2InstanceState"] == "SHUTTING-DOWN"
    assert cell.finish(job)["participatingServers"][0]["launchStatus"] == "FAILED"
    assert cell.instances()[0]["ec2InstanceState"] == "RUNNING"
    assert cell.events(job)[-2:] == ["CLEANUP_FAIL", "JOB_END"]
    again = cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[machine])["job"]["jobID"]
    assert cell.finish(again)["participatingServers"][0]["launchStatus"] == "TERMINATED"
    assert cell.instances() == []
