"""Test failback to machines on premises (UG:failback-performing, StartFailbackLaunch, StopFailback)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import Cell, advance, fresh, ledger, models, refused, settings
from support.drs_failback import LONG, Pair, two_accounts

UUID = "4210aaaa-0000-0000-0000-000000000001"
NONE = "i-" + "0" * 17


class Home:
    """An on-premises server whose recovery instance serves."""

    def __init__(self, name: str = "db", uuid: str = UUID) -> None:
        self.cell = Cell()
        self.server = self.cell.seed(name, vmware_uuid=uuid)
        self.cell.launch(self.server, drill=False)
        self.id = str(self.cell.instances(self.server)[0]["recoveryInstanceID"])

    def boot(self, **more: Any) -> str:
        """Boot the client; its id."""
        options = {"steps_seconds": 70, "sync_seconds": 700, **more}
        instance = self.cell.backend.recovery_instances[self.id]
        return str(models.failback_client.boot(self.cell.backend, instance, models.settle_all(), **options).id)

    def look(self) -> dict[str, Any]:
        """The recovery instance as DRS describes it."""
        return self.cell.instances(self.server)[0]

    @property
    def state(self) -> str:
        """failback.state."""
        return str(self.look()["failback"]["state"])

    def launch(self, **more: Any) -> dict[str, Any]:
        """StartFailbackLaunch; the job."""
        return dict(self.cell.drs.start_failback_launch(recoveryInstanceIDs=[self.id], **more)["job"])


@pytest.fixture
def home() -> Iterator[Home]:
    with fresh():
        yield Home()


def test_from_the_boot_of_the_client_to_the_end(home: Home) -> None:
    """UG walk-through: pairing, copy, Ready, launch by a job initiated by FAILBACK, Completed."""
    assert home.look()["failback"] == {"state": "FAILBACK_NOT_STARTED", "failbackToOriginalServer": False}
    client = home.boot()
    advance(35)
    found = home.look()
    failback, info = found["failback"], found["dataReplicationInfo"]
    assert (failback["state"], failback["failbackClientID"]) == ("FAILBACK_IN_PROGRESS", client)
    assert failback["failbackToOriginalServer"] is True
    steps = info["dataReplicationInitiation"]["steps"]
    assert [step["name"] for step in steps] == list(models.failback_client.PAIRING)
    assert {step["status"] for step in steps} == {"SUCCEEDED", "IN_PROGRESS", "NOT_STARTED"}
    advance(400)
    info = home.look()["dataReplicationInfo"]
    assert info["dataReplicationState"] == "INITIAL_SYNC"
    assert 0 < info["replicatedDisks"][0]["replicatedStorageBytes"] < info["replicatedDisks"][0]["totalStorageBytes"]
    advance(400)
    assert (home.state, home.look()["dataReplicationInfo"]["dataReplicationState"]) == (
        "FAILBACK_READY_FOR_LAUNCH",
        "CONTINUOUS",
    )
    job = home.launch(tags={"run": "r-1"})
    assert (job["type"], job["initiatedBy"], job["tags"]) == ("LAUNCH", "FAILBACK", {"run": "r-1"})
    assert home.state == "FAILBACK_IN_PROGRESS"
    job = home.cell.finish(job["jobID"])
    (participant,) = job["participatingServers"]
    assert (job["status"], participant["launchStatus"]) == ("COMPLETED", "LAUNCHED")
    assert participant["recoveryInstanceID"] == home.id
    failback = home.look()["failback"]
    assert (failback["state"], failback["failbackJobID"]) == ("FAILBACK_COMPLETED", job["jobID"])
    assert failback["failbackToOriginalServer"] is True
    assert home.cell.instance_state(home.id) == "running"
    assert [entry["machine"] for entry in ledger("failed_back")] == [UUID]


def test_the_original_machine_runs_no_agent_meanwhile(home: Home) -> None:
    """UG note: the replication continues when failing back to a test machine, so on the original one it does not."""
    home.boot()
    assert home.cell.state(home.server) == "STALLED"
    advance(LONG)
    home.cell.finish(home.launch()["jobID"])
    assert home.cell.state(home.server) == "CONTINUOUS"


def test_the_agent_may_be_lost_afterwards(home: Home) -> None:
    """Setting agent_after_failback."""
    settings.configure({"agent_after_failback": "lost"})
    home.boot()
    advance(LONG)
    home.cell.finish(home.launch()["jobID"])
    assert home.cell.state(home.server) == "STALLED"


def test_to_another_machine(home: Home) -> None:
    """UG: "or a different server"; the original keeps replicating."""
    home.boot(to_original=False, machine="spare")
    assert home.cell.state(home.server) == "CONTINUOUS"
    assert home.look()["failback"]["failbackToOriginalServer"] is False
    advance(LONG)
    home.cell.finish(home.launch()["jobID"])
    assert [entry["machine"] for entry in ledger("failed_back")] == ["spare"]


@pytest.mark.parametrize("when", ["before", "pairing", "copying", "twice"])
def test_launch_before_ready_is_refused(home: Home, when: str) -> None:
    """UG: recovery instances that are in the Ready state; BM Conflict and Validation (a setting)."""
    if when != "before":
        home.boot()
    advance({"pairing": 10, "copying": 300, "twice": LONG}.get(when, 0))
    if when == "twice":
        home.launch()
    error = refused(home.cell.drs.start_failback_launch, recoveryInstanceIDs=[home.id])
    assert (error["code"], error["status"]) == ("ConflictException", 409)
    assert len(home.cell.drs.describe_jobs()["items"]) == (2 if when == "twice" else 1)


def test_stop_and_start_anew(home: Home) -> None:
    """BM StopFailback: back to FAILBACK_NOT_STARTED; UG: restart by rebooting the client."""
    home.boot()
    advance(LONG)
    home.cell.drs.stop_failback(recoveryInstanceID=home.id)
    assert home.state == "FAILBACK_NOT_STARTED"
    home.cell.drs.stop_failback(recoveryInstanceID=home.id)
    assert len(ledger("failback_stopped")) == 1
    home.boot()
    advance(LONG)
    assert home.state == "FAILBACK_READY_FOR_LAUNCH"


@pytest.mark.parametrize("step", ["PAIR_AGENT_WITH_REPLICATION_SOFTWARE", "CONFIGURE_REPLICATION_SOFTWARE"])
def test_a_pairing_step_fails(home: Home, step: str) -> None:
    """BM FailbackReplicationError FAILED_TO_...; the steps before it have succeeded."""
    home.boot(fail_step=step)
    advance(100)
    found = home.look()
    assert found["failback"]["state"] == "FAILBACK_ERROR"
    assert found["dataReplicationInfo"]["dataReplicationError"]["error"] == f"FAILED_TO_{step}"
    statuses = {
        one["name"]: one["status"] for one in found["dataReplicationInfo"]["dataReplicationInitiation"]["steps"]
    }
    assert statuses[step] == "FAILED"
    assert statuses["LINK_FAILBACK_CLIENT_WITH_RECOVERY_INSTANCE"] == "SUCCEEDED"


def test_the_client_does_not_reach_the_recovery_instance(home: Home) -> None:
    """UG prerequisites: TCP 1500 and the agent on the recovery instance."""
    home.cell.backend.recovery_instances[home.id].agent_connected = False
    home.boot()
    advance(LONG)
    error = home.look()["dataReplicationInfo"]["dataReplicationError"]["error"]
    assert error == "FAILED_TO_ESTABLISH_RECOVERY_INSTANCE_COMMUNICATION"


@pytest.mark.parametrize("fault", ["fail_conversion", "fail_launch"])
def test_a_failed_launch(home: Home, fault: str) -> None:
    """A COMPLETED job can hold a FAILED server; the client must be booted anew."""
    home.boot()
    advance(LONG)
    home.cell.backend.set_server(home.server, **{fault: "no boot volume"})
    job = home.cell.finish(home.launch()["jobID"])
    assert job["participatingServers"][0]["launchStatus"] == "FAILED"
    assert home.state == "FAILBACK_ERROR"
    assert home.cell.instance_state(home.id) == "running"
    assert ledger("failed_back") == []


def test_settings_of_the_failback(home: Home) -> None:
    """BM Get/UpdateFailbackReplicationConfiguration."""
    update, get = (
        home.cell.drs.update_failback_replication_configuration,
        home.cell.drs.get_failback_replication_configuration,
    )
    assert get(recoveryInstanceID=home.id)["usePrivateIP"] is False
    update(recoveryInstanceID=home.id, bandwidthThrottling=50, usePrivateIP=True)
    found = get(recoveryInstanceID=home.id)
    assert (found["recoveryInstanceID"], found["bandwidthThrottling"], found["usePrivateIP"]) == (home.id, 50, True)


def test_the_wrong_way_is_refused() -> None:
    """BM ReverseReplication: only for what "originated in EC2"; drs-facts 5: the other calls only for on-premises."""
    with fresh(two_accounts()):
        home = Home()
        error = refused(home.cell.drs.reverse_replication, recoveryInstanceID=home.id)
        assert (error["code"], "on premises" in error["message"]) == ("ValidationException", True)
        pair = Pair(recovery=home.cell)
        b2 = pair.failover()
        drs = home.cell.drs
        assert refused(drs.start_failback_launch, recoveryInstanceIDs=[home.id, b2])["code"] == "ValidationException"
        for call in (
            drs.stop_failback,
            drs.get_failback_replication_configuration,
            drs.update_failback_replication_configuration,
        ):
            assert "AWS" in refused(call, recoveryInstanceID=b2)["message"]
        settings.configure({"wrong_origin_error": "ConflictException"})
        assert refused(drs.stop_failback, recoveryInstanceID=b2)["code"] == "ConflictException"


def test_unknown_instances_and_too_many(home: Home) -> None:
    """BM; GR L-B827C881 holds for this job, too."""
    drs = home.cell.drs
    assert refused(drs.stop_failback, recoveryInstanceID=NONE)["code"] == "ResourceNotFoundException"
    assert refused(drs.start_failback_launch, recoveryInstanceIDs=[NONE])["code"] == "ResourceNotFoundException"
    many = [f"i-{number:017x}" for number in range(101)]
    assert refused(drs.start_failback_launch, recoveryInstanceIDs=many)["quotaCode"] == "L-B827C881"


def test_a_disconnected_instance_has_no_client_any_more(home: Home) -> None:
    """BM DisconnectRecoveryInstance: data replication is stopped immediately."""
    home.boot()
    home.cell.drs.disconnect_recovery_instance(recoveryInstanceID=home.id)
    assert home.look()["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
    with pytest.raises(ValueError, match="disconnected"):
        home.boot()
