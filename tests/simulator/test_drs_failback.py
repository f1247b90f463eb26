"""Test failback of EC2 machines step by step, after UG:failback-failover-region-region and related pages."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, advance, ledger, refused, settings
from support.drs_failback import A1, HOME, LONG, Pair, fresh, two_accounts


@pytest.fixture
def pair() -> Iterator[Pair]:
    """One account, two Regions."""
    with fresh(two_accounts()):
        yield Pair()


def _effects(*names: str) -> list[tuple[str, str | None]]:
    """(effect, machine) of the ledger, of some effects only."""
    return [(one["effect"], one.get("machine")) for one in ledger() if one["effect"] in names]


def test_reversing_makes_a_source_server_in_the_original_cell(pair: Pair) -> None:
    """UG step 1, BM ReverseReplication: no job, one member; A2 is new, with default settings of its own."""
    b2 = pair.failover()
    answer = pair.away.drs.reverse_replication(recoveryInstanceID=b2)
    arn = answer["reversedDirectionSourceServerArn"]
    assert set(answer) == {"reversedDirectionSourceServerArn", "ResponseMetadata"}
    assert arn.startswith(f"arn:aws:drs:{HOME}:{ACCOUNT}:source-server/")
    a2 = pair.home.server(arn.rpartition("/")[2])
    assert a2["replicationDirection"] == "FAILBACK"
    assert a2["dataReplicationInfo"]["dataReplicationState"] == "INITIATING"
    assert a2["sourceProperties"]["identificationHints"]["awsInstanceID"] == b2
    assert a2["sourceCloudProperties"]["originRegion"] == REGION
    assert a2["tags"] == {}
    own = pair.home.drs.get_launch_configuration(sourceServerID=a2["sourceServerID"])["ec2LaunchTemplateID"]
    assert own != pair.away.drs.get_launch_configuration(sourceServerID=pair.b1)["ec2LaunchTemplateID"]
    assert pair.away.drs.describe_jobs()["items"][0]["initiatedBy"] == "START_RECOVERY"
    assert _effects("reversed") == [("reversed", b2)]


def test_the_copy_takes_its_time(pair: Pair) -> None:
    """UG step 1: all data goes over the wire; drs-facts 5.3 for the states."""
    settings.configure({"reverse_bytes_per_second": 50 * 1024**3 // 7200})
    pair.failover()
    a2 = pair.reverse(0)
    assert pair.recovery_instance()["failback"]["state"] == "FAILBACK_IN_PROGRESS"
    advance(3600)
    found = pair.recovery_instance()
    info = found["dataReplicationInfo"]
    assert (found["failback"]["state"], info["dataReplicationState"]) == ("FAILBACK_IN_PROGRESS", "INITIAL_SYNC")
    (disk,) = info["replicatedDisks"]
    assert 0 < disk["replicatedStorageBytes"] < disk["totalStorageBytes"]
    assert info["etaDateTime"] > found["failback"]["failbackInitiationTime"]
    advance(2 * 7200)
    found = pair.recovery_instance()
    assert found["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"
    assert found["dataReplicationInfo"]["dataReplicationState"] == pair.home.state(a2) == "CONTINUOUS"
    assert pair.home.points(a2)


def test_launch_before_the_first_point_is_refused(pair: Pair) -> None:
    """UG step 2: after the state is Ready."""
    pair.failover()
    a2 = pair.reverse(60)
    error = refused(pair.home.drs.start_recovery, sourceServers=[{"sourceServerID": a2}], isDrill=False)
    assert error["code"] == "ValidationException"
    assert "no consistent recovery point" in error["message"]


@pytest.mark.parametrize("drill", [False, True])
def test_launch_for_failback(pair: Pair, drill: bool) -> None:
    """UG step 2: an ordinary recovery in the original cell; B3 runs on; repeatable."""
    b2 = pair.failover()
    a2 = pair.reverse()
    a3 = pair.fail_back(a2, drill)
    assert pair.home.instance_state(a3) == pair.away.instance_state(b2) == "running"
    assert pair.home.instances(a2)[0]["isDrill"] is drill
    found = pair.recovery_instance()["failback"]
    assert found["failbackLaunchType"] == ("DRILL" if drill else "RECOVERY")
    assert found["state"] == "FAILBACK_READY_FOR_LAUNCH"
    again = pair.fail_back(a2, drill)
    assert again != a3
    assert pair.home.instance_state(a3) == "terminated"


def test_both_servers_name_each_other(pair: Pair) -> None:
    """BM SourceServer.reversedDirectionSourceServerArn; from when on it is filled is a setting."""
    pair.failover()
    a2 = pair.reverse()
    arns = pair.home.server(a2)["arn"], pair.away.server(pair.b1)["arn"]
    shown = [pair.away.server(pair.b1), pair.home.server(a2)]
    assert tuple(one["reversedDirectionSourceServerArn"] for one in shown) == arns
    settings.configure({"reversed_arn_shown": "after_launch"})
    assert "reversedDirectionSourceServerArn" not in pair.away.server(pair.b1)
    pair.fail_back(a2)
    assert pair.away.server(pair.b1)["reversedDirectionSourceServerArn"] == arns[0]


def test_protect_lets_b1_replicate_the_failed_back_machine(pair: Pair) -> None:
    """UG step 3: A4 instead of A1; B1 keeps its id, copies in full (a setting) and is protected again."""
    pair.failover()
    a2 = pair.reverse()
    a3 = pair.fail_back(a2)
    answer = pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    assert answer["reversedDirectionSourceServerArn"] == pair.away.server(pair.b1)["arn"]
    b1 = pair.away.server(pair.b1)
    assert b1["sourceProperties"]["identificationHints"]["awsInstanceID"] == a3
    assert b1["replicationDirection"] == "FAILOVER"
    assert b1["dataReplicationInfo"]["dataReplicationState"] == "INITIATING"
    assert pair.away.points(pair.b1) == []
    assert _effects("protected", "swapped", "points_deleted") == [("points_deleted", A1), ("protected", a3)]
    assert ledger("protected")[0]["replaced_machine"] == A1
    advance(LONG)
    assert pair.away.state(pair.b1) == "CONTINUOUS"
    assert pair.away.points(pair.b1)


def test_protect_by_a_rescan_keeps_the_points(pair: Pair) -> None:
    """Setting protect_copy; UG says so of one Region only."""
    settings.configure({"protect_copy": "rescan"})
    pair.failover()
    a3 = pair.fail_back(pair.reverse())
    pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    assert pair.away.state(pair.b1) == "RESCAN"
    assert pair.away.points(pair.b1)
    assert ledger("points_deleted") == []


@pytest.mark.parametrize(("failover_drill", "failback_drill"), [(True, True), (False, True), (True, False)])
def test_protect_in_a_drill_swaps_the_protected_machine(pair: Pair, failover_drill: bool, failback_drill: bool) -> None:
    """UG drill: "would affect your production data"; nothing refuses it, the ledger calls it by its name."""
    pair.failover(failover_drill)
    a3 = pair.fail_back(pair.reverse(), failback_drill)
    pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    (harm,) = ledger("swapped")
    assert (harm["machine"], harm["replaced_machine"], harm["is_drill"]) == (a3, A1, True)


def test_across_accounts() -> None:
    """UG:failback-failover-cross-account: the server comes to be in the account the machine came from."""
    with fresh(two_accounts()):
        pair = Pair(Cell(STAGING, HOME))
        pair.failover()
        a2 = pair.reverse()
        assert pair.home.server(a2)["arn"].split(":")[4] == STAGING
        a3 = pair.fail_back(a2)
        pair.home.drs.reverse_replication(recoveryInstanceID=a3)
        assert pair.away.server(pair.b1)["sourceCloudProperties"]["originAccountID"] == STAGING


@pytest.mark.parametrize("first", [ACCOUNT, STAGING])
def test_roles_are_needed_in_both_directions(first: str) -> None:
    """UG:failback-failover-cross-account: failback roles in advance, for both directions."""
    other = STAGING if first == ACCOUNT else ACCOUNT
    one_way: Any = [{"account": first, "trusts": other, "both": False}]
    with fresh({**two_accounts(), "failback_roles": one_way}):
        pair = Pair(Cell(STAGING, HOME))
        error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=pair.failover())
        assert (error["code"], error["status"]) == ("AccessDeniedException", 403)
        assert pair.home.drs.describe_source_servers()["items"] == []


def test_the_original_region_must_be_initialised(pair: Pair) -> None:
    """UG: "assuming DRS has been initialized in the source region"; BM UninitializedAccountException."""
    b2 = pair.failover()
    pair.home.backend.initialized = False
    error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)
    assert (error["code"], error["status"]) == ("UninitializedAccountException", 400)


def test_the_agent_must_be_connected(pair: Pair) -> None:
    """UG:failback-replication-errors, the text word for word; a stopped machine has no agent either."""
    b2 = pair.failover()
    pair.away.backend.recovery_instances[b2].agent_connected = False
    error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)
    assert error["message"].startswith("AWS Replication agent is not connected to DRS. Verify the agent is installed")
    pair.away.backend.recovery_instances[b2].agent_connected = True
    pair.away.ec2.stop_instances(InstanceIds=[b2])
    assert "not connected" in refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)["message"]


def test_reversing_twice_conflicts(pair: Pair) -> None:
    """BM ConflictException; there is one reversed server only."""
    b2 = pair.failover()
    pair.reverse()
    error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)
    assert (error["code"], error["resourceId"]) == ("ConflictException", b2)
    assert len(pair.home.drs.describe_source_servers()["items"]) == 1


def test_unknown_instance(pair: Pair) -> None:
    """BM ResourceNotFoundException."""
    error = refused(pair.away.drs.reverse_replication, recoveryInstanceID="i-" + "0" * 17)
    assert (error["code"], error["resourceType"]) == ("ResourceNotFoundException", "RecoveryInstance")


def test_the_order_of_cleaning_up(pair: Pair) -> None:
    """UG step 4: stop A2, terminate B2, delete A3 (no disconnect), disconnect A2, delete A2; B1 and A4 stay."""
    b2 = pair.failover()
    a2 = pair.reverse()
    a3 = pair.fail_back(a2)
    pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    advance(LONG)
    assert refused(pair.away.drs.terminate_recovery_instances, recoveryInstanceIDs=[b2])["code"] == "ConflictException"
    assert refused(pair.home.drs.disconnect_source_server, sourceServerID=a2)["code"] == "ConflictException"
    assert refused(pair.home.drs.disconnect_recovery_instance, recoveryInstanceID=a3)["code"] == "ConflictException"
    assert refused(pair.home.drs.terminate_recovery_instances, recoveryInstanceIDs=[a3])["code"] == "ConflictException"
    pair.home.drs.stop_replication(sourceServerID=a2)
    assert pair.home.points(a2) == []
    assert pair.recovery_instance()["failback"]["state"] == "FAILBACK_NOT_STARTED"
    pair.away.finish(pair.away.drs.terminate_recovery_instances(recoveryInstanceIDs=[b2])["job"]["jobID"])
    pair.home.drs.delete_recovery_instance(recoveryInstanceID=a3)
    assert refused(pair.home.drs.delete_source_server, sourceServerID=a2)["code"] == "ConflictException"
    pair.home.drs.disconnect_source_server(sourceServerID=a2)
    pair.home.drs.delete_source_server(sourceServerID=a2)
    assert pair.home.instance_state(a3) == "running"
    assert pair.away.instance_state(b2) == "terminated"
    assert pair.home.drs.describe_source_servers()["items"] == []
    b1 = pair.away.server(pair.b1)
    assert b1["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    assert "reversedDirectionSourceServerArn" not in b1
    assert _effects("points_deleted", "terminated", "wiped") == [
        ("points_deleted", A1),
        ("points_deleted", b2),
        ("terminated", None),
    ]


def test_the_second_time_round(pair: Pair) -> None:
    """After a whole circle the next failover comes from A4, and its failback makes a new A2."""
    b2 = pair.failover()
    first = pair.reverse()
    a3 = pair.fail_back(first)
    pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    advance(LONG)
    pair.home.drs.stop_replication(sourceServerID=first)
    pair.away.finish(pair.away.drs.terminate_recovery_instances(recoveryInstanceIDs=[b2])["job"]["jobID"])
    pair.home.drs.delete_recovery_instance(recoveryInstanceID=a3)
    pair.home.drs.disconnect_source_server(sourceServerID=first)
    pair.home.drs.delete_source_server(sourceServerID=first)
    pair.failover()
    second = pair.reverse()
    assert second != first
    assert pair.home.state(second) == "CONTINUOUS"
    assert ledger("wiped") == []
