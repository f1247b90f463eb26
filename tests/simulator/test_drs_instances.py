"""Test the life of recovery instances: replaced by the next launch, terminated, disconnected, deleted."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.drs_cell import Cell, advance, fresh, ledger, refused, settings

REVERSED = "arn:aws:drs:us-east-1:333333333333:source-server/s-1"


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def _launched(cell: Cell, drill: bool = True) -> tuple[str, str]:
    """A server and its recovery instance."""
    server = cell.seed()
    cell.launch(server, drill=drill)
    return server, str(cell.instances(server)[0]["recoveryInstanceID"])


def test_a_launch_wipes_the_earlier_instance(cell: Cell) -> None:
    """UG:recovery-instances: a drill terminates the instance of a live failover."""
    server, live = _launched(cell, drill=False)
    job = cell.launch(server, drill=True)
    assert cell.instance_state(live) == "terminated"
    assert [instance["isDrill"] for instance in cell.instances(server)] == [True]
    assert cell.events(job["jobID"])[:3] == ["JOB_START", "CLEANUP_START", "CLEANUP_END"]
    (effect,) = ledger("wiped")
    assert (effect["recovery_instance_id"], effect["is_drill"]) == (live, False)
    assert effect["job_id"] == job["jobID"]


@pytest.mark.parametrize("delete", [False, True])
def test_a_launch_wipes_instances_that_drs_no_longer_knows(cell: Cell, delete: bool) -> None:
    """UG:failback-preparing-failover: regardless of whether they were disconnected and deleted from DRS."""
    server, first = _launched(cell, drill=False)
    cell.drs.disconnect_recovery_instance(recoveryInstanceID=first)
    if delete:
        cell.drs.delete_recovery_instance(recoveryInstanceID=first)
        assert cell.instances() == []
    assert cell.instance_state(first) == "running"
    cell.launch(server)
    assert cell.instance_state(first) == "terminated"
    assert [effect["recovery_instance_id"] for effect in ledger("wiped")] == [first]


def test_wipes_all_previous_instances(cell: Cell) -> None:
    """UG:recovery-instances: all the previous recovery instances, not only the last."""
    settings.configure({"untagged_instance_protected": True})
    server, first = _launched(cell)
    cell.drs.disconnect_recovery_instance(recoveryInstanceID=first)
    cell.drs.delete_recovery_instance(recoveryInstanceID=first)
    cell.ec2.delete_tags(Resources=[first], Tags=[{"Key": "AWSElasticDisasterRecoveryManaged"}])
    cell.launch(server)
    second = cell.instances(server)[0]["recoveryInstanceID"]
    assert cell.instance_state(first) == "running"
    settings.configure({"untagged_instance_protected": False})
    cell.launch(server)
    assert [cell.instance_state(item) for item in (first, second)] == ["terminated", "terminated"]
    assert len(ledger("wiped")) == 2


def test_a_failed_launch_has_wiped_all_the_same(cell: Cell) -> None:
    """Order of the log: the clean-up comes first, so a launch that fails leaves nothing behind."""
    server, first = _launched(cell)
    cell.backend.set_server(server, fail_launch="InsufficientInstanceCapacity")
    cell.launch(server)
    assert cell.instance_state(first) == "terminated"
    assert cell.instances(server) == []
    assert "recoveryInstanceId" not in cell.server(server)


def test_wipes_nothing_of_other_servers(cell: Cell) -> None:
    """UG:recovery-instances: from the same source server."""
    one, first = _launched(cell)
    cell.launch(cell.seed("other"))
    assert cell.instance_state(first) == "running"
    assert ledger("wiped") == []
    assert len(cell.instances(one)) == 1


def test_an_instance_terminated_through_ec2_is_not_wiped_again(cell: Cell) -> None:
    """BM RecoveryInstance.ec2InstanceState TERMINATED: the record stays until DRS removes it."""
    server, first = _launched(cell)
    cell.ec2.terminate_instances(InstanceIds=[first])
    assert cell.instances(server)[0]["ec2InstanceState"] == "TERMINATED"
    cell.launch(server)
    assert ledger("wiped") == []
    assert [item["recoveryInstanceID"] for item in cell.instances(server)] != [first]


def test_protected_instance_cannot_be_cleaned_up(cell: Cell) -> None:
    """BM JobLogEvent CLEANUP_FAIL; EC2 DisableApiTermination."""
    server, first = _launched(cell)
    cell.ec2.modify_instance_attribute(InstanceId=first, DisableApiTermination={"Value": True})
    job = cell.launch(server)
    assert "CLEANUP_FAIL" in cell.events(job["jobID"])
    assert cell.instance_state(first) == "running"


@pytest.mark.parametrize("drill", [True, False])
def test_terminate(cell: Cell, drill: bool) -> None:
    """BM TerminateRecoveryInstances: the EC2 resources go, then the record; no isDrill restriction."""
    server, instance = _launched(cell, drill)
    job = cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])["job"]
    assert (job["type"], job["initiatedBy"], job["status"]) == ("TERMINATE", "TERMINATE_RECOVERY_INSTANCES", "PENDING")
    assert job["participatingServers"][0]["recoveryInstanceID"] == instance
    assert cell.instance_state(instance) == "running"
    job = cell.finish(job["jobID"])
    assert job["status"] == "COMPLETED"
    assert job["participatingServers"][0]["launchStatus"] == "TERMINATED"
    assert cell.instance_state(instance) == "terminated"
    assert cell.instances() == []
    assert "recoveryInstanceId" not in cell.server(server)
    (effect,) = ledger("terminated")
    assert (effect["recovery_instance_id"], effect["is_drill"]) == (instance, drill)
    assert cell.events(job["jobID"]) == ["JOB_START", "CLEANUP_START", "CLEANUP_END", "JOB_END"]


def test_terminate_in_a_job_conflicts(cell: Cell) -> None:
    """GR L-DD6D028C: one job per server."""
    _server, instance = _launched(cell)
    cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])
    error = refused(cell.drs.terminate_recovery_instances, recoveryInstanceIDs=[instance])
    assert (error["code"], error["status"]) == ("ConflictException", 409)


def test_terminate_refuses_as_a_whole(cell: Cell) -> None:
    """An unknown instance (error class: a setting) refuses the request; the known one is untouched."""
    _server, instance = _launched(cell)
    call = cell.drs.terminate_recovery_instances
    error = refused(call, recoveryInstanceIDs=[instance, "i-" + "0" * 17])
    assert error["code"] == "ResourceNotFoundException"
    assert len(cell.drs.describe_jobs()["items"]) == 1
    assert refused(call, recoveryInstanceIDs=[instance, instance])["code"] == "ValidationException"


def test_terminate_at_most_a_hundred(cell: Cell) -> None:
    """GR L-B827C881 holds for jobs of either type."""
    many = [f"i-{number:017x}" for number in range(101)]
    assert refused(cell.drs.terminate_recovery_instances, recoveryInstanceIDs=many)["quotaCode"] == "L-B827C881"


def test_terminate_of_a_protected_instance_fails(cell: Cell) -> None:
    """A COMPLETED TERMINATE job can hold a FAILED server."""
    _server, instance = _launched(cell)
    cell.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    job = cell.finish(cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])["job"]["jobID"])
    assert (job["status"], job["participatingServers"][0]["launchStatus"]) == ("COMPLETED", "FAILED")
    assert len(cell.instances()) == 1


def test_terminate_blocked_by_reverse_replication(cell: Cell) -> None:
    """UG:failback-failover-region-region: stop the reversed replication before terminating the recovery instance."""
    _server, instance = _launched(cell)
    cell.backend.recovery_instances[instance].reversed_server_arn = REVERSED
    error = refused(cell.drs.terminate_recovery_instances, recoveryInstanceIDs=[instance])
    assert (error["code"], error["resourceType"]) == ("ConflictException", "RecoveryInstance")


def test_disconnect_keeps_record_and_machine(cell: Cell) -> None:
    """BM DisconnectRecoveryInstance: stops replication, keeps the record; state DISCONNECTED."""
    _server, instance = _launched(cell)
    cell.drs.disconnect_recovery_instance(recoveryInstanceID=instance)
    (found,) = cell.instances()
    assert found["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
    assert cell.instance_state(instance) == "running"
    assert [effect["recovery_instance_id"] for effect in ledger("disconnected")] == [instance]


def test_delete_needs_disconnect_first(cell: Cell) -> None:
    """BM DeleteRecoveryInstance: must be disconnected first; the EC2 instance runs on."""
    _server, instance = _launched(cell)
    assert refused(cell.drs.delete_recovery_instance, recoveryInstanceID=instance)["code"] == "ConflictException"
    cell.drs.disconnect_recovery_instance(recoveryInstanceID=instance)
    cell.drs.delete_recovery_instance(recoveryInstanceID=instance)
    assert cell.instances() == []
    assert cell.instance_state(instance) == "running"
    assert [effect["recovery_instance_id"] for effect in ledger("deleted")] == [instance]


def test_delete_after_reverse_replication_needs_no_disconnect(cell: Cell) -> None:
    """UG:failback-failover-region-region: such an instance cannot be disconnected, only deleted."""
    _server, instance = _launched(cell)
    cell.backend.recovery_instances[instance].reversed_server_arn = REVERSED
    assert refused(cell.drs.disconnect_recovery_instance, recoveryInstanceID=instance)["code"] == "ConflictException"
    cell.drs.delete_recovery_instance(recoveryInstanceID=instance)


def test_unknown_recovery_instance(cell: Cell) -> None:
    """BM: ResourceNotFoundException, 404, with id and type."""
    error = refused(cell.drs.disconnect_recovery_instance, recoveryInstanceID="i-" + "0" * 17)
    assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)
    assert (error["resourceId"], error["resourceType"]) == ("i-" + "0" * 17, "RecoveryInstance")


def test_filters_of_recovery_instances(cell: Cell) -> None:
    """BM DescribeRecoveryInstances filters recoveryInstanceIDs and sourceServerIDs, both together."""
    one, two = cell.seeds(2)
    cell.launch(one, two)
    by_server = {item["sourceServerID"]: item["recoveryInstanceID"] for item in cell.instances()}

    def ids(**filters: list[str]) -> list[str]:
        items = cell.drs.describe_recovery_instances(filters=filters)["items"]
        return [item["recoveryInstanceID"] for item in items]

    assert ids(sourceServerIDs=[one]) == [by_server[one]]
    assert ids(recoveryInstanceIDs=[by_server[two]]) == [by_server[two]]
    assert ids(recoveryInstanceIDs=[by_server[two]], sourceServerIDs=[one]) == []


def test_on_premises_origin(cell: Cell) -> None:
    """BM RecoveryInstance.originEnvironment ON_PREMISES."""
    server = cell.seed(vmware_uuid="4210-aa")
    cell.launch(server)
    assert cell.instances(server)[0]["originEnvironment"] == "ON_PREMISES"
    assert cell.drs.describe_source_servers(filters={"hardwareId": "4210-aa"})["items"][0]["sourceServerID"] == server


def test_three_hundred_are_terminated_in_batches(cell: Cell) -> None:
    """GR: 300 servers need three jobs of 100; nothing is left."""
    servers = cell.seeds(300)
    for start in (0, 100, 200):
        cell.start(*servers[start : start + 100])
    advance(3600)
    ids = [item["recoveryInstanceID"] for item in cell.instances()]
    token = cell.drs.describe_recovery_instances()["nextToken"]
    ids += [item["recoveryInstanceID"] for item in cell.drs.describe_recovery_instances(nextToken=token)["items"]]
    assert len(ids) == 300
    for start in (0, 100, 200):
        cell.drs.terminate_recovery_instances(recoveryInstanceIDs=ids[start : start + 100])
    advance(3600)
    assert cell.instances() == []
    assert len(ledger("terminated")) == 300
