"""Test failback in a running simulator: scenario, admin calls, journal, IAM, instances ended in EC2."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.live_machines import replay, world_of
from support.simulator import Simulator, SimulatorError

HERE, THERE, LIMITED = "111111111111", "222222222222", "333333333333"
REGION, HOME = "us-west-2", "us-east-1"
SCENARIO: dict[str, Any] = {
    "accounts": [
        {"id": HERE, "name": "recovery", "regions": [REGION], "role": {"name": "operator"}},
        {"id": THERE, "name": "original", "regions": [HOME], "role": {"name": "operator"}},
        {
            "id": LIMITED,
            "name": "limited",
            "regions": [REGION],
            "role": {
                "name": "operator",
                "policies": [
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "drs:ReverseReplication", "Resource": "*"}],
                    }
                ],
            },
        },
    ],
    "failback_roles": [{"account": HERE, "trusts": THERE}],
    "fleets": [
        {"account": HERE, "name": "app", "origin": {"account": THERE, "region": HOME}, "create_instances": True},
        {"account": HERE, "count": 2, "name": "db-{n:02}", "origin": {"environment": "ON_PREMISES"}},
    ],
    "jobs": {"total": 600},
    "iam": {"enforce": True},
}


@pytest.fixture(scope="module")
def sim(module_simulator: Callable[[Any], Simulator]) -> Simulator:
    """Everything of this file, recovered for real."""
    made = module_simulator(SCENARIO)
    drs = made.client("drs", HERE)
    ids = [item["sourceServerID"] for item in drs.describe_source_servers(filters={})["items"]]
    drs.start_recovery(sourceServers=[{"sourceServerID": one} for one in ids], isDrill=False)
    made.clock.advance(3600)
    return made


def _instances(sim: Simulator) -> dict[str, dict[str, Any]]:
    items = sim.client("drs", HERE).describe_recovery_instances(filters={})["items"]
    return {item["recoveryInstanceProperties"]["identificationHints"]["hostname"]: item for item in items}


def test_on_premises_fleets_have_no_cloud(sim: Simulator) -> None:
    """BM originEnvironment; hardware by its VMware uuid."""
    found = _instances(sim)
    assert {name: item["originEnvironment"] for name, item in found.items()} == {
        "app": "AWS",
        "db-01": "ON_PREMISES",
        "db-02": "ON_PREMISES",
    }
    items = sim.client("drs", HERE).describe_source_servers(filters={})["items"]
    for item in items:
        on_premises = item["sourceServerID"] != found["app"]["sourceServerID"]
        assert ("vmWareUuid" in item["sourceProperties"]["identificationHints"]) is on_premises
        assert ("sourceCloudProperties" in item) is not on_premises


def test_the_client_is_booted_by_an_admin_call(sim: Simulator) -> None:
    """The pairing goes with the clock; the journal shows the call of DRS that ends it."""
    fault = sim.post(
        "/_sim/failback_clients", account=HERE, region=REGION, name="db-01", steps_seconds=60, sync_seconds=90
    )
    assert _instances(sim)["db-01"]["failback"]["failbackClientID"] == fault["failback_client_id"]
    sim.clock.advance(600)
    instance = _instances(sim)["db-01"]
    assert instance["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"
    mark = sim.mark()
    sim.client("drs", HERE).start_failback_launch(recoveryInstanceIDs=[instance["recoveryInstanceID"]])
    assert sim.mutations(mark) == ["drs:StartFailbackLaunch"]
    sim.clock.advance(3600)
    assert _instances(sim)["db-01"]["failback"]["state"] == "FAILBACK_COMPLETED"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/_sim/failback_clients", {"name": "app"}, "came from AWS"),
        ("/_sim/failback_clients", {"name": "nobody"}, "no recovery instance 'nobody'"),
        ("/_sim/failback_clients", {"name": "db-02", "fail_step": "LINK"}, "fail_step: 'LINK' is not one of"),
        ("/_sim/failback_clients", {"name": "db-02", "speed": 3}, "speed: unknown key"),
        ("/_sim/recovery_instances", {"name": "db-02"}, "set: is missing"),
        ("/_sim/recovery_instances", {"name": "db-02", "set": {"agent": True}}, "set.agent: only agent_connected"),
        ("/_sim/recovery_instances", {"name": "db-02", "set": {"agent_connected": 1}}, "true or false"),
    ],
)
def test_wrong_admin_calls_change_nothing(sim: Simulator, path: str, body: dict[str, Any], words: str) -> None:
    """One line with field, value and fix."""
    with pytest.raises(SimulatorError, match=words):
        sim.post(path, account=HERE, region=REGION, **body)


def test_reversal_under_enforced_iam(sim: Simulator) -> None:
    """SAR: dependent actions of ReverseReplication; the roles between the accounts are real ones in IAM."""
    drs, there, iam = sim.client("drs", HERE), sim.client("drs", THERE, HOME), sim.client("iam", THERE)
    b2 = _instances(sim)["app"]["recoveryInstanceID"]
    role = f"DRSCrossAccountReplicationRole_{HERE}"
    iam.get_role(RoleName=role)
    (policy,) = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    with pytest.raises(ClientError, match="Error in Authorization"):
        drs.reverse_replication(recoveryInstanceID=b2)
    iam.attach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    sim.post("/_sim/recovery_instances", account=HERE, region=REGION, name="app", set={"agent_connected": False})
    with pytest.raises(ClientError, match="agent is not connected"):
        drs.reverse_replication(recoveryInstanceID=b2)
    sim.post("/_sim/recovery_instances", account=HERE, region=REGION, name="app", set={"agent_connected": True})
    mark = sim.mark()
    drs.reverse_replication(recoveryInstanceID=b2)
    needed = {entry["iam_action"] for entry in sim.journal(mark, dependent=True)}
    assert needed == {
        "drs:DescribeReplicationConfigurationTemplates",
        "drs:DescribeSourceServers",
        "ec2:DescribeInstances",
    }
    assert sim.mutations(mark) == ["drs:ReverseReplication"]
    assert len(there.describe_source_servers(filters={})["items"]) == 1


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("reverse_replication", "ec2:DescribeInstances"),
        ("stop_failback", "drs:StopFailback"),
        ("get_failback_replication_configuration", "drs:GetFailbackReplicationConfiguration"),
    ],
)
def test_what_a_limited_role_may_not(sim: Simulator, call: str, action: str) -> None:
    """IAM comes before the service: the instance does not even exist."""
    drs = sim.client("drs", LIMITED)
    mark = sim.mark()
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(drs, call)(recoveryInstanceID="i-" + "0" * 17)
    (entry,) = sim.journal(mark)
    refused = [
        one["action"] for one in [entry["denied"], *(one["denied"] for one in sim.journal(mark, dependent=True))] if one
    ]
    assert action in refused


def test_machines_ended_through_ec2(sim: Simulator) -> None:
    """The ledger knows, and what replicates from a terminated machine has lost its agent."""
    origins, copies = world_of(sim, [(HERE, REGION)])
    ec2, drs = sim.client("ec2", THERE, HOME), sim.client("drs", HERE)
    app = _instances(sim)["app"]["sourceServerID"]
    (a1,) = [machine for server, machine in origins.items() if server == app]
    ec2.stop_instances(InstanceIds=[a1])
    ec2.start_instances(InstanceIds=[a1])
    ec2.terminate_instances(InstanceIds=[a1])
    effects = [entry["effect"] for entry in sim.ledger() if entry.get("machine") == a1]
    assert effects == ["machine_stopped", "machine_started", "machine_terminated"]
    (server,) = drs.describe_source_servers(filters={"sourceServerIDs": [app]})["items"]
    assert server["dataReplicationInfo"]["dataReplicationError"]["error"] == "AGENT_NOT_SEEN"
    assert replay(sim.ledger(), origins, copies).losses == []
    sim.client("ec2", HERE).terminate_instances(InstanceIds=[_instances(sim)["app"]["recoveryInstanceID"]])
    (loss,) = replay(sim.ledger(), origins, copies).losses
    assert "machine_terminated: the live machine" in loss
    assert sim.health()["internal_errors"] == 0
