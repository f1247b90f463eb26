"""Test the playbooks failback and failback_drill as an operator runs them: one recovery, two applications.

Each test works with what the ones before it have left.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from support.failback import HOME, ORIGIN, TARGET, Way, calls, give_template, two_cells
from support.live_machines import replay, world_of
from support.playbook import Controller, Run
from support.scenarios import REGION, SECRET, fleet
from support.simulator import ROOT

# Few looks and no signs of life in between: hours of virtual time cost real seconds.
PACE = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 7200}
SHOP: dict[str, Any] = {
    "failback_plan_name": "shop",
    "failback_run_id": "home-1",
    "failback_selection": {"applications": ["shop"]},
    "failback_launch_groups": [
        {"applications": ["shop"], "settings": {"right_sizing": "NONE", "instance_type": "r6i.2xlarge"}}
    ],
    **PACE,
}
CLEAN_UP = "DRSCleanUp"
DESTROYED = (
    *("StopReplication", "TerminateRecoveryInstances", "DeleteRecoveryInstance", "DisconnectSourceServer"),
    "DeleteSourceServer",
)
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
CONFIRM = f"FAILBACK shop 1 {HOME} TERMINATE 1 {REGION}"


def shipped(name: str) -> dict[str, Any]:
    path = ROOT / "roles" / "account_setup" / "files" / "policies" / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def way(start_simulator) -> Way:
    fleets = [
        fleet(TARGET, 1, "shop-{n:02}", tags={"dr:application": "shop"}, create_instances=True),
        fleet(TARGET, 1, "books-{n:02}", tags={"dr:application": "books"}),
    ]
    scenario = two_cells(fleets=fleets, iam={"enforce": True})
    deny = shipped("deny_destructive")
    # what a test itself does as this role
    deny["Statement"][0]["Action"].remove("drs:DeleteReplicationConfigurationTemplate")
    for one in scenario["accounts"]:
        # the role of the cells may not destroy, and the one that may can do nothing else
        one["role"]["policies"] = [EVERYTHING, deny]
        clean = [shipped("status"), shipped("failback_clean")]
        one["roles"] = [{"name": CLEAN_UP, "external_id": SECRET, "policies": clean}]
    world = Way(start_simulator(scenario))
    world.origins = world_of(world.simulator, [(TARGET, REGION)])
    world.failover()
    return world


@pytest.fixture(scope="module")
def controller(way, tmp_path_factory) -> Controller:
    return Controller(way.simulator, tmp_path_factory.mktemp("failback"))


@pytest.fixture(scope="module")
def launched(way, controller) -> Run:
    """The first half: without a confirmation it ends where both sides run. The original cells are not in the play."""
    way.mark = way.simulator.mark()
    return controller.run("failback", SHOP, limit="dr.us-west-2")


@pytest.fixture(scope="module")
def home(way, controller, launched) -> Run:
    """The second half, by the same run, confirmed and validated."""
    way.middle = way.simulator.mark()
    words = {"failback_validated": True, "failback_confirm": CONFIRM, "drs_clean_up_role_name": CLEAN_UP}
    return controller.run("failback", {**SHOP, **words}, limit="dr.us-west-2")


@pytest.fixture(scope="module")
def drill(way, controller, home) -> Run:
    """A drill of the application that stayed; its recovery serves."""
    way.third = way.simulator.mark()
    options = {"failback_run_id": "rehearsal-1", "failback_selection": {"applications": ["books"]}, **PACE}
    options["drs_clean_up_role_name"] = CLEAN_UP
    return controller.run("failback_drill", options, limit="dr.us-west-2")


def test_a_missing_template_is_found_by_check_mode_and_told_once(way: Way, controller: Controller):
    for one in way.home.drs.describe_replication_configuration_templates()["items"]:
        template = one["replicationConfigurationTemplateID"]
        way.home.drs.delete_replication_configuration_template(replicationConfigurationTemplateID=template)
    mark = way.simulator.mark()
    options = {"failback_run_id": "home-0", "failback_selection": {"applications": ["shop"]}, **PACE}
    looked = controller.run("failback", options, limit="dr.us-west-2", check=True)
    assert looked.rc != 0 and "no_replication_template" in looked.output, looked.output
    assert "next:" not in looked.output, "what would be refused is not the command to type next"
    assert "COULD NOT BEGIN" in looked.output and looked.output.count("Set `account_setup_replication") == 1
    assert "it would be refused: no_replication_template (1 server). Remedy: Fix what" in looked.output
    tried = controller.run("failback", options, limit="dr.us-west-2")
    assert tried.rc != 0, tried.output
    assert "Nothing was launched in the original cells" in tried.output and "Both sides run" not in tried.output
    assert calls(way, mark) == []
    give_template(way.simulator, way.home.account)


def test_status_points_to_failback(way: Way, controller: Controller):
    after = controller.run("status", limit="dr.us-west-2")
    assert after.rc == 0, after.output
    assert "\nnext: ansible-playbook resilience.drs.failback --limit dr.us-west-2 --check\n" in after.output


def test_and_then_to_the_run_that_is_on_it(way: Way, controller: Controller, launched: Run):
    after = controller.run("status", limit="dr.us-west-2")
    assert after.rc == 0, after.output
    assert "Failing back" in after.output
    assert "\nnext: ansible-playbook resilience.drs.runs\n" in after.output


def test_a_failback_ends_where_both_sides_run(way: Way, launched: Run):
    assert launched.rc == 0, launched.output
    result = launched.fact("failback_result")
    assert {one["name"]: one["outcome"] for one in result["servers"]} == {"shop-01": "launched"}
    assert "Both sides run" in launched.output
    following = launched.output.rpartition("\nnext: ")[2].partition("\n")[0]
    assert "failback_run_id=home-1" in following and "confirm" not in following and "validated" not in following
    assert f"""\n  -e '{{"failback_confirm": "{CONFIRM}"}}'\n""" in launched.output, "as Ansible reads it"
    assert "\n  -e failback_validated=true\n" in launched.output
    (instance,) = [one["recovery_instance_id"] for one in launched.fact("failback_plan")["waves"][0]["servers"]]
    assert f"shop-01: {instance} in dr.us-west-2" in launched.output, "what will be terminated is named"
    assert calls(way, way.mark)[:3] == ["ReverseReplication", "UpdateLaunchConfiguration", "StartRecovery"]
    assert "GiB" in launched.output or "ready" in launched.output


def test_the_machine_at_home_was_launched_with_what_is_declared(way: Way, launched: Run):
    (told,) = [one["failback"]["original"] for one in launched.fact("failback_result")["servers"]]
    ec2 = way.simulator.client("ec2", way.home.account, HOME)
    answer = ec2.describe_instances(InstanceIds=[told["ec2_instance_id"]])
    assert [one["InstanceType"] for group in answer["Reservations"] for one in group["Instances"]] == ["r6i.2xlarge"]
    assert "Launch settings in the original cell: declared for 1 server." in launched.output
    assert "  shop-01: instance_type r6i.2xlarge, right_sizing NONE" in launched.output


def test_the_run_took_the_same_time_wherever_it_is_told(way: Way, controller: Controller, home: Run):
    """From the first command to the end of the second one, with what it waited for in between beside it."""
    assert home.rc == 0, home.output
    (run,) = [one for one in controller.run("runs").task("drs_run_info")["runs"] if one["run_id"] == "home-1"]
    records = controller.run("history", {"history_run_id": "home-1"}).task("drs_history_info")["records"]
    took = run_times.elapsed(run)
    assert took and {one["duration_seconds"] for one in records} == {took}
    assert {(one["started_at"], one["ended_at"]) for one in records} == {(run["created_at"], run["ended_at"])}
    assert len(run["idle"]) == 1 and 0 <= run_times.waited(run) < took


def test_one_application_fails_back_and_the_others_stay(way: Way, home: Run):
    assert home.rc == 0, home.output
    result = home.fact("failback_result")
    assert [(one["name"], one["outcome"], one["failback"]["protected"]) for one in result["servers"]] == [
        ("shop-01", "cleaned", True)
    ]
    assert "Protected again" in home.output
    # the machine that nothing protects any more is named, and stays
    assert result["left"] == [next(iter(way.origins[0].values()))] or len(result["left"]) == 1
    assert set(way.away.instances()) == set(way.away.ids("books-01"))
    (shop,) = way.away.drs.describe_source_servers(filters={"sourceServerIDs": way.away.ids("shop-01")})["items"]
    assert shop["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    assert shop["replicationDirection"] == "FAILOVER"


def test_the_machine_that_was_failed_back_from_is_retired_for_every_verb(way: Way, controller: Controller, home: Run):
    """Its tags still ask for recovery; what runs in its place is protected, and nobody is sent to the original."""
    (original,) = home.fact("failback_result")["left"]
    after = controller.run("status")
    assert after.rc == 0, after.output
    report = after.fact("status_result")
    assert [one["instance_id"] for one in report["retired"]] == [original], after.output
    assert report["unprotected"] == [] and original not in [one["instance_id"] for one in report["without_agent"]]
    assert f"Retired: failed back from, and no longer protected:\n  shop-01 ({original}) in " in after.output
    assert "Tagged for recovery, but not in DRS" not in after.output
    # also where machines replicate to another cell by now than the one that protects what runs
    tags = {"agent_deploy_filter_tags": {"dr:application": "shop"}}
    looked = controller.run("deploy_agents", {"agent_deploy_id": "again-1", **tags}, check=True)
    assert "machine_retired" in looked.output and "Order of sending" not in looked.output, looked.output
    assert "tag_opt_in_near" not in looked.output


def test_what_came_of_it_is_recorded(controller: Controller, home: Run):
    (record,) = open_store({"path": str(controller.store)}).items("home-1", "account:")
    told = record["body"]
    assert (told["kind"], told["account_id"], record["status"], told["succeeded"]) == (
        "failback",
        TARGET,
        "succeeded",
        1,
    )


def test_the_order_of_the_calls(way: Way, home: Run, drill: Run):
    assert calls(way, way.middle)[:6] == [
        "ReverseReplication",
        "StopReplication",
        "TerminateRecoveryInstances",
        "DeleteRecoveryInstance",
        "DisconnectSourceServer",
        "DeleteSourceServer",
    ]


def test_what_destroys_is_called_as_the_role_for_it_and_all_else_as_the_role_of_the_cell(
    way: Way, home: Run, drill: Run
):
    """Under enforced IAM, in both cells: the policies as they are shipped, and no second inventory."""
    assert home.rc == 0 and drill.rc == 0, home.output + drill.output
    journal = [one for one in way.simulator.journal(way.mark) if one["mutating"] and one["account"] != "000000000000"]
    for one in journal:
        assert (f"/{CLEAN_UP}/" in one["principal"]) == (one["action"] in DESTROYED), one
        assert not one["denied"], one
    worked = {one["account"] for one in journal if one["action"] in DESTROYED}
    assert worked == {ORIGIN, TARGET}, "in both cells of the pair"


def test_a_drill_leaves_what_serves_alone(way: Way, drill: Run):
    assert drill.rc == 0, drill.output
    assert [one["outcome"] for one in drill.fact("failback_result")["servers"]] == ["cleaned"]
    assert calls(way, way.third) == [
        "ReverseReplication",
        "StartRecovery",
        "StopReplication",
        "TerminateRecoveryInstances",
    ]
    assert set(way.away.instances()) == set(way.away.ids("books-01"))


def test_no_live_machine_was_lost_at_any_moment(way: Way, drill: Run):
    verdict = replay(way.simulator.ledger(), *way.origins)
    assert verdict.losses == []


def test_the_run_is_in_the_store(controller: Controller, home: Run):
    kept = home.record("home-1", {"path": str(controller.store)})
    events = [one["event"] for one in kept["events"]]
    events = events[events.index("run_resumed") :]
    assert events[-1] == "run_finished" and kept["run"]["status"] == "succeeded"
    assert events.count("stage_intended") == 3 and events.count("stage_done") == 5, events
    # the sessions of either side are on record, for the calls of a failback are made on both
    resumed = next(one for one in kept["events"] if one["event"] == "run_resumed")["data"]
    told = {(one["account_id"], one["role_session_name"], one["error"]) for one in resumed["sessions"]}
    assert {account for account, _name, _error in told} == {ORIGIN, TARGET}, resumed["sessions"]
    assert all(name and not error for _account, name, error in told), resumed["sessions"]
    assert resumed["typed_by"]["user"] and resumed["versions"]["botocore"]


def test_a_run_that_has_ended_is_told_from_its_record_and_never_walked_again(
    way: Way, controller: Controller, drill: Run
):
    mark = way.simulator.mark()
    options = {"failback_run_id": "home-1", "failback_validated": True, "failback_confirm": CONFIRM}
    again = controller.run("failback", options, limit="dr.us-west-2")
    assert again.rc == 0 and "This run has ended (succeeded" in again.output, again.output
    assert [one["outcome"] for one in again.fact("failback_result")["servers"]] == ["cleaned"]
    assert way.simulator.journal(mark) == [], "no cell was asked"


def test_never_an_external_id(launched: Run, home: Run, drill: Run):
    for run in (launched, home, drill):
        assert SECRET not in run.output and SECRET not in str(run.events)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"failback_confirm": "FAILBACK books 2 us-east-1"}, "and does not name this plan"),
        ({"failback_until": "cleaned"}, "failback_until: cleaned lies behind launched and needs failback_confirm"),
        (
            {"failback_confirm": f"FAILBACK books 1 {HOME} TERMINATE 1 {REGION}"},
            "none of this run stood there before this command. Nothing was done.",
        ),
        ({"failback_validate_tasks": "look.yml", "failback_validated": False}, "look.yml cannot be run: "),
    ],
    ids=["confirmation", "unconfirmed", "validated in the first command", "validation file"],
)
def test_what_is_refused_before_anything_is_done(way: Way, controller: Controller, drill: Run, tmp_path, options, told):
    mark = way.simulator.mark()
    if "failback_validate_tasks" in options:
        options = {**options, "failback_validate_tasks": str(tmp_path / options["failback_validate_tasks"])}
        (tmp_path / "look.yml").write_text("- ansible.builtin.debug: {}\n  whn: true\n")
    base = {
        "failback_plan_name": "books",
        "failback_selection": {"applications": ["books"]},
        "failback_validated": True,
    }
    run = controller.run("failback", {**base, **options}, limit="dr.us-west-2")
    assert run.rc != 0
    assert told in run.output
    assert calls(way, mark) == []


def test_approved_by_another_person_and_resumed_nothing_is_launched_when_its_settings_cannot_be_set(
    way: Way, controller: Controller, drill: Run
):
    mark = way.simulator.mark()
    groups = [{"settings": {"subnet_id": "subnet-0123456789abcdef0"}}]
    options = {"failback_run_id": "home-3", "failback_selection": {"applications": ["books"]}, **PACE}
    more = {"failback_launch_groups": groups, "failback_require_approval": True}
    asked = controller.run("failback", {**options, **more}, limit="dr.us-west-2")
    assert asked.rc != 0 and "WAITS for approval of the plan" in asked.output, asked.output
    assert "next: ansible-playbook resilience.drs.approve" in asked.output
    early = controller.run("resume", {"runs_id": "home-3", **PACE}, limit="dr.us-west-2")
    assert early.rc != 0 and calls(way, mark) == []
    approved = controller.run("approve", {"runs_id": "home-3", "runs_approver": "somebody.else"})
    assert approved.rc == 0, approved.output
    run = controller.run("resume", {"runs_id": "home-3", **PACE}, limit="dr.us-west-2")
    assert run.rc != 0, run.output
    assert "launch settings could not be set, nothing was launched: books-01" in run.output, run.output
    # the drill has left a copy that is stopped
    assert calls(way, mark) == ["StartReplication"]
