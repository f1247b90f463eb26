"""Test edge cases of reverse replication: other topologies, errors, faults, settings."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drs_simulator.moto_fixes import registry
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, advance, ledger, models, refused, settings
from support.drs_extension import extend
from support.drs_failback import A1, HOME, LONG, Pair, fresh, two_accounts

STAGED: dict[str, Any] = {"staging_roles": [{"staging": STAGING, "target": ACCOUNT}]}


@pytest.fixture
def pair() -> Iterator[Pair]:
    with fresh(two_accounts()):
        yield Pair()


# ------------------------------------------------------------------------------------------------------ within one cell
def test_within_one_cell_the_server_itself_goes_over() -> None:
    """UG:failback-failover-cross-availability-zone-failback: one source server, a rescan, points kept, A1 let go."""
    with fresh(two_accounts()):
        pair = Pair(Cell())
        b2 = pair.failover()
        points = len(pair.away.points(pair.b1))
        answer = pair.away.drs.reverse_replication(recoveryInstanceID=b2)
        b1 = pair.away.server(pair.b1)
        assert answer["reversedDirectionSourceServerArn"] == b1["arn"]
        assert len(pair.away.drs.describe_source_servers()["items"]) == 1
        assert b1["sourceProperties"]["identificationHints"]["awsInstanceID"] == b2
        assert b1["dataReplicationInfo"]["dataReplicationState"] == "RESCAN"
        assert len(pair.away.points(pair.b1)) == points
        assert "reversedDirectionSourceServerArn" not in b1
        (effect,) = ledger("protected")
        assert (effect["machine"], effect["replaced_machine"]) == (b2, A1)
        error = refused(pair.away.drs.terminate_recovery_instances, recoveryInstanceIDs=[b2])
        assert error["code"] == "ConflictException"
        advance(LONG)
        assert pair.away.state(pair.b1) == "CONTINUOUS"


def test_within_one_cell_a_launch_does_not_wipe_the_machine_it_copies() -> None:
    """The recovered machine is the source from then on; the record may be deleted without a disconnect."""
    with fresh(two_accounts()):
        pair = Pair(Cell())
        b2 = pair.failover()
        pair.away.drs.reverse_replication(recoveryInstanceID=b2)
        advance(LONG)
        pair.away.launch(pair.b1)
        assert pair.away.instance_state(b2) == "running"
        assert ledger("wiped") == []
        pair.away.drs.delete_recovery_instance(recoveryInstanceID=b2)


def test_within_one_cell_a_drill_swaps_at_once() -> None:
    """There is no second reversal to warn of: the first one takes the protection from A1."""
    with fresh(two_accounts()):
        pair = Pair(Cell())
        b2 = pair.failover(drill=True)
        pair.away.drs.reverse_replication(recoveryInstanceID=b2)
        assert [(one["machine"], one["replaced_machine"]) for one in ledger("swapped")] == [(b2, A1)]


# ----------------------------------------------------------------------------------------------------- extended servers
@pytest.fixture
def extended() -> Iterator[Pair]:
    """An extended server of the target account whose original runs, and replicates, in the staging account."""
    with fresh(two_accounts(**STAGED)):
        owner, target = Cell(STAGING), Cell()
        original = owner.seed("app", origin_account=STAGING, origin_region=HOME, instance_id=A1)
        pair = Pair(Cell(STAGING, HOME), target)
        (pair.b1,) = extend(target, owner, original)
        yield pair


def _original(pair: Pair) -> str:
    arn = pair.away.server(pair.b1)["stagingArea"]["stagingSourceServerArn"]
    return Cell(STAGING).state(arn.rpartition("/")[2])


def test_the_roles_of_a_scenario_hold_whatever_an_earlier_world_of_the_process_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The corrections of moto's IAM are made once a process, and put the roles of that one scenario."""
    monkeypatch.setattr(registry, "_done", {*registry._done, "iam"})
    with fresh(two_accounts(**STAGED)):
        extend(Cell(), Cell(STAGING), Cell(STAGING).seed("app"))
    with fresh(two_accounts()):
        pair = Pair()
        pair.failover()
        assert pair.reverse()


def test_extended_servers_go_home_to_the_origin_account(extended: Pair) -> None:
    """drs-facts 5.1: reversal goes to originAccountID and originRegion; protecting needs a new extension."""
    extended.failover()
    a2 = extended.reverse()
    assert extended.home.server(a2)["arn"].split(":")[3:5] == [HOME, STAGING]
    assert _original(extended) == "CONTINUOUS"
    a3 = extended.fail_back(a2)
    error = refused(extended.home.drs.reverse_replication, recoveryInstanceID=a3)
    assert (error["code"], "is extended" in error["message"]) == ("ValidationException", True)
    assert ledger("protected") == []


@pytest.mark.parametrize(
    ("stops", "drill", "after"),
    [
        ("recovery", False, "STOPPED"),
        ("recovery", True, "CONTINUOUS"),
        ("any", True, "STOPPED"),
    ],
)
def test_the_original_agent_of_an_extended_server_stops(extended: Pair, stops: str, drill: bool, after: str) -> None:
    """UG:multi-account: "will stop replicating automatically after failing back"; of drills it does not speak."""
    settings.configure({"extended_failback_stops": stops})
    extended.failover()
    extended.fail_back(extended.reverse(), drill)
    assert _original(extended) == after
    assert len(ledger("replication_stopped")) == (after == "STOPPED")
    assert [one["machine"] for one in ledger("points_deleted")] == ([A1] if after == "STOPPED" else [])


# --------------------------------------------------------------------------------------------------------------- errors
def test_launching_into_the_original_machine_needs_a_tag(pair: Pair) -> None:
    """UG:failback-replication-errors, the text word for word."""
    template = {"launchIntoSourceInstance": True}
    pair.home.drs.create_launch_configuration_template(**template)
    b2 = pair.failover()
    error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)
    assert error["message"] == f"Some Recovery instances could not be processed: {b2}"
    pair.home.ec2.create_tags(Resources=[A1], Tags=[{"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"}])
    pair.away.drs.reverse_replication(recoveryInstanceID=b2)


def test_a_template_may_be_asked_for(pair: Pair) -> None:
    """Setting reverse_needs_template; SAR names DescribeReplicationConfigurationTemplates as a dependent action."""
    settings.configure({"reverse_needs_template": True})
    b2 = pair.failover()
    error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)
    assert "no replication configuration template" in error["message"]


def test_the_300_of_the_original_cell_count() -> None:
    """drs-facts 1: A2 replicates in the original cell; no quota error is modelled."""
    with fresh(two_accounts()):
        pair = Pair(Cell(STAGING, HOME))
        pair.home.seeds(300)
        b2 = pair.failover()
        error = refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)
        assert (error["code"], "quota of 300" in error["message"]) == ("ConflictException", True)
        assert len(pair.home.drs.describe_source_servers(maxResults=1000)["items"]) == 300


def test_a_job_and_a_disconnected_instance_conflict(pair: Pair) -> None:
    """BM ConflictException."""
    b2 = pair.failover()
    pair.away.start(pair.b1)
    assert "processed by a Job" in refused(pair.away.drs.reverse_replication, recoveryInstanceID=b2)["message"]
    advance(LONG)
    pair.away.drs.disconnect_recovery_instance(recoveryInstanceID=pair.b2)
    assert "is disconnected" in refused(pair.away.drs.reverse_replication, recoveryInstanceID=pair.b2)["message"]


def test_missing_agent_roles_may_show_late() -> None:
    """Setting missing_agent_role; UG:agent-runtime-errors speaks of an STS error of the agent."""
    from drs_simulator.iam import failback_roles

    with fresh(two_accounts()):
        settings.configure({"missing_agent_role": "stalled"})
        original = failback_roles.problems
        failback_roles.problems = lambda *_names: (None, "no agent role")
        try:
            pair = Pair(Cell(STAGING, HOME))
            pair.failover()
            a2 = pair.reverse()
            info = pair.home.server(a2)["dataReplicationInfo"]
        finally:
            failback_roles.problems = original
        assert info["dataReplicationError"]["error"] == "FAILED_TO_AUTHENTICATE_WITH_SERVICE"
        assert pair.recovery_instance()["failback"]["state"] == "FAILBACK_ERROR"


def test_roles_that_go_leave_the_state_unreadable() -> None:
    """BM FAILBACK_LAUNCH_STATE_NOT_AVAILABLE and REPLICATION_STATE_NOT_AVAILABLE."""
    from drs_simulator.world.world import world

    with fresh(two_accounts()):
        pair = Pair(Cell(STAGING, HOME))
        pair.failover()
        pair.reverse()
        object.__setattr__(world.scenario, "failback_roles", ())
        found = pair.recovery_instance()
        assert found["failback"]["state"] == "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
        assert found["dataReplicationInfo"]["dataReplicationState"] == "REPLICATION_STATE_NOT_AVAILABLE"


# --------------------------------------------------------------------------------------------------------------- faults
def test_a_lost_agent_is_an_error_until_it_is_back(pair: Pair) -> None:
    """BM AGENT_NOT_SEEN; drs-facts 5.3: Error."""
    b2 = pair.failover()
    a2 = pair.reverse(600)
    instance = pair.away.backend.recovery_instances[b2]
    models.failback.connect_agent(instance, False, models.now())
    found = pair.recovery_instance()
    assert found["failback"]["state"] == "FAILBACK_ERROR"
    assert found["dataReplicationInfo"]["dataReplicationError"]["error"] == "AGENT_NOT_SEEN"
    models.failback.connect_agent(instance, True, models.now())
    advance(LONG)
    assert pair.home.state(a2) == "CONTINUOUS"


def test_a_wiped_machine_is_no_source_any_more(pair: Pair) -> None:
    """A drill during the failback wipes B3 (UG:recovery-instances); A2 has lost its agent."""
    pair.failover()
    a2 = pair.reverse()
    pair.away.launch(pair.b1, drill=True)
    info = pair.home.server(a2)["dataReplicationInfo"]
    assert (info["dataReplicationState"], info["dataReplicationError"]["error"]) == ("STALLED", "AGENT_NOT_SEEN")
    pair.home.drs.stop_replication(sourceServerID=a2)
    pair.home.drs.start_replication(sourceServerID=a2)
    assert pair.home.state(a2) == "STALLED"


@pytest.mark.parametrize("again", ["reuse", "new"])
def test_reversing_anew_after_a_stop(pair: Pair, again: str) -> None:
    """Setting reverse_again: the server of an earlier time is used again, or a new one is made."""
    settings.configure({"reverse_again": again})
    b2 = pair.failover()
    first = pair.reverse()
    pair.home.drs.stop_replication(sourceServerID=first)
    second = pair.reverse()
    assert (second == first) is (again == "reuse")
    assert pair.home.state(second) == "CONTINUOUS"
    assert pair.recovery_instance()["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"
    assert [one["machine"] for one in ledger("reversed")] == [b2, b2]


def test_undo_of_a_reversal(pair: Pair) -> None:
    """drs-facts 5.1: StopReplication, Disconnect, Delete of A2; the recovery instance is as before."""
    b2 = pair.failover()
    a2 = pair.reverse()
    for call in (
        pair.home.drs.stop_replication,
        pair.home.drs.disconnect_source_server,
        pair.home.drs.delete_source_server,
    ):
        call(sourceServerID=a2)
    found = pair.recovery_instance()
    assert found["failback"]["state"] == "FAILBACK_NOT_STARTED"
    assert found["dataReplicationInfo"]["dataReplicationState"] == "NOT_STARTED"
    pair.away.drs.disconnect_recovery_instance(recoveryInstanceID=b2)


def test_the_original_direction_can_be_stopped_and_loses_its_points(pair: Pair) -> None:
    """UG note of step 1: saves money, deletes all points in time."""
    pair.failover()
    pair.reverse()
    pair.away.drs.stop_replication(sourceServerID=pair.b1)
    assert pair.away.points(pair.b1) == []
    (effect,) = ledger("points_deleted")
    assert (effect["source_server_id"], effect["machine"], effect["region"]) == (pair.b1, A1, REGION)
    assert effect["points"] > 10


def test_tags_of_a_reversed_server_are_a_setting(pair: Pair) -> None:
    """drs-facts 5.1: A2 is a new source server; whether it has tags is not said."""
    settings.configure({"reversed_server_tags": "copied", "reversing_state": "FAILBACK_NOT_READY_FOR_LAUNCH"})
    pair.away.backend.set_server(pair.b1, tags={"dr:wave": "1"})
    pair.failover()
    a2 = pair.reverse(60)
    assert pair.home.server(a2)["tags"] == {"dr:wave": "1"}
    assert pair.recovery_instance()["failback"]["state"] == "FAILBACK_NOT_READY_FOR_LAUNCH"
