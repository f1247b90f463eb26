"""Test that each verb runs with its shipped policy: nothing missing, nothing unused.

The statements named ``Calls...`` are what the verb itself calls. ``Onward...`` is what DRS does with the rights
of its caller (dependent actions of the Service Authorization Reference), compared with what the simulator checked.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import pytest
from support.deploys import machines
from support.playbook import Controller
from support.replication_settings import Keeper
from support.scenarios import SECRET, account, fleet
from support.setups import ADMIN, CLEAN_UP, ORDERS, SETUP, SUBNET, Founder, bare_accounts
from support.simulator import ROOT, Simulator

POLICIES = ROOT / "roles" / "account_setup" / "files" / "policies"
SHOP, STAGING, TARGET, OLDER = "111111111111", "333333333333", "444444444444", "555555555555"
LONG = "Collecting facts about this machine.\n" * 200 + "Error: User is not authorized to perform: drs:Something."
# What the documentation of AWS lists for a call, and only some calls of it need: not met in these runs.
NOT_MET = {
    "setup": {
        # with a customer managed key; for launch templates; for the roles of instance profiles
        *("kms:CreateGrant", "kms:DescribeKey", "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
        "iam:PassRole",
    },
}


# Called for a run that has a record, which keeps the logs, and when DRS leaves an instance standing that it was told to
# terminate; this clean-up is of no run. tests/unit/plugins/module_utils/recovery/effects has both.
RARE = {"terminate": {"drs:DescribeJobLogItems"}}


def shipped(name: str, prefix: str) -> set[str]:
    """Actions of the statements of a policy whose name begins so."""
    policy = json.loads((POLICIES / f"{name}.json").read_text(encoding="utf-8"))
    return {action for one in policy["Statement"] if one["Sid"].startswith(prefix) for action in one["Action"]}


class Recorder:
    """Runs playbooks, and keeps what each verb was recorded to call."""

    def __init__(self, world: Simulator) -> None:
        self.world, self.mark = world, world.mark()

    def compare(self, name: str, skip: tuple[str, ...] = ()) -> None:
        """Compare everything since the last comparison with a policy; actions of ``skip`` services are not ours."""
        journal = [one for one in self.world.journal(self.mark) if one["account"] != self.world.hub_account]
        called = {action for one in journal for action in one["iam_actions"]}
        called = {one for one in called if not one.startswith(("sts:", *skip))}
        # who applies the stacks is none of the verbs' roles: test_bootstrap_privilege.py
        onward = {
            one["iam_action"]
            for one in self.world.journal(self.mark, dependent=True)
            if f"/{ADMIN}/" not in (one["principal"] or "")
        }
        calls, given = shipped(name, "Calls"), shipped(name, "Onward")
        unmet = calls - called - RARE.get(name, set())
        assert called <= calls and not unmet, f"missing: {sorted(called - calls)}, unused: {sorted(unmet)}"
        assert onward <= calls | given, f"missing: {sorted(onward - calls - given)}"
        unused = given - onward - NOT_MET.get(name, set())
        assert not unused, f"DRS never needs {sorted(unused)}"


@pytest.fixture(scope="module")
def world(start_simulator) -> Simulator:
    quick = {"replication": {"steps_seconds": 60, "sync_seconds": 120}}
    key = {"encryption": {"mode": "CUSTOM", "key": "good"}}
    clean = {
        "name": CLEAN_UP,
        "external_id": SECRET,
        "policies": [json.loads((POLICIES / "take_back.json").read_text())],
    }
    return start_simulator(
        {
            "iam": {"enforce": True},
            "accounts": [
                account(SHOP, "shop", types=["source", "target"]),
                account(STAGING, "staging", types=["staging"], **key),
                account(OLDER, "older", types=["staging"], encryption={"mode": "DEFAULT"}),
                account(TARGET, "target", types=["target"], roles=[clean]),
            ],
            "instances": [
                machines(SHOP, 1, "ok-{n:02}", **quick),
                machines(SHOP, 1, "known-{n:02}", **quick, failure={"class": "exists", "times": 1}),
                # the reason stands where the list of invocations has cut the output off
                machines(SHOP, 1, "long-{n:02}", **quick, failure={"class": "iam", "text": LONG}),
                machines(SHOP, 1, "rack-{n:02}", **quick, node=True),
            ],
            "fleets": [
                fleet(
                    TARGET,
                    2,
                    "db-{n:02}",
                    servers={"db-02": {"tags": {"dr:critical": "false"}, "fail_launch": "x"}},
                    origin={"account": SHOP, "region": "us-west-2"},
                    create_instances=True,
                ),
                fleet(OLDER, 1, "old-{n:02}", wave=2, tags={"dr:critical": "false"}),
                fleet(STAGING, 2, "far-{n:02}", wave=2, tags={"dr:critical": "false"}),
            ],
            "staging_roles": [{"staging": one, "target": TARGET} for one in (STAGING, OLDER)],
            "jobs": {"total": 600},
        }
    )


@pytest.fixture
def recorder(world) -> Recorder:
    return Recorder(world)


@pytest.fixture(scope="module")
def controller(world, tmp_path_factory) -> Controller:
    made = Controller(world, tmp_path_factory.mktemp("verbs"))
    cells = [made._cell(one) for one in made.accounts]
    cells[1]["extend_to"] = cells[2]["extend_to"] = "target"
    made.inventory = made.write_inventory(cells)
    return made


# In this order: a later verb works with what an earlier one left.


def test_status(recorder, controller):
    controller.run("drill", {"recovery_plan_name": "stand"}, limit="target.us-west-2")
    recorder.mark = recorder.world.mark()
    run = controller.run("status")
    assert run.rc == 0, run.output
    recorder.compare("status")


def test_terminate(recorder, controller):
    said = {"terminate_every_run": True, "terminate_confirm": "TERMINATE every-run 1 us-west-2"}
    run = controller.run("terminate", said, limit="target.us-west-2")
    assert run.rc == 0, run.output
    recorder.compare("terminate")


def test_capacity(recorder, controller):
    prices = {"currency": "EXAMPLE", "regions": {"default": {"server_hour": 1, "disk_gb_month": {"gp3": 2}}}}
    run = controller.run("capacity", {"capacity_prices": prices})
    assert run.rc == 0 and "COSTS of a month at rest, in EXAMPLE:" in run.output and "Not priced" not in run.output
    costs = run.output[run.output.index("COSTS") :]
    assert all(one in costs for one in (SHOP, STAGING, TARGET, OLDER)), costs
    recorder.compare("capacity")


def test_extend(recorder, controller):
    run = controller.run("extend", limit="target.us-west-2")
    # the account without a key of its own is named and left alone
    assert len(run.fact("server_extend_result")["servers"]) == 2 and "default_ebs_key" in run.output, run.output
    recorder.compare("extend")


def test_settings(recorder, controller):
    """Launch settings and tags have one policy. What is set here lets the drill below pass its network guardrail."""
    ec2 = recorder.world.client("ec2", TARGET)
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])["SecurityGroups"][0]
    drs = recorder.world.client("drs", TARGET)
    (server,) = [one for one in drs.describe_source_servers()["items"] if one["tags"]["dr:wave"] == "1"][:1]
    drs.tag_resource(resourceArn=server["arn"], tags={"stray:one": "1", "dr:wave": "9"})
    key = {"ebs_encryption_key_arn": f"arn:aws:kms:us-west-2:{TARGET}:key/11111111-1111-1111-1111-111111111111"}
    Keeper(recorder.world, TARGET).make_template(subnet["SubnetId"], group["GroupId"])
    drs.update_replication_configuration(sourceServerID=server["sourceServerID"], associateDefaultSecurityGroup=False)
    drs.create_launch_configuration_template(copyTags=True)
    recorder.mark = recorder.world.mark()
    network = {"subnet_id": subnet["SubnetId"], "security_group_ids": [group["GroupId"]], "public_ip": False}
    address = {"private_ip": str(ipaddress.IPv4Network(subnet["CidrBlock"])[20]), "right_sizing": "NONE"}
    options = {
        "launch_settings_groups": [{"settings": {**network, "copy_tags": False, "copy_private_ip": False}}],
        "launch_settings_servers": [{"name": "db-01", "settings": address}],
    }
    run = controller.run("launch_settings", options, limit="target.us-west-2")
    assert run.rc == 0, run.output
    options = {"tag_sync_include": ["dr:*", "stray:*"], "tag_sync_purge": True}
    run = controller.run("sync_tags", options, limit="shop.us-west-2,target.us-west-2")
    assert run.rc == 0, run.output
    replicates = {
        "replication_settings_account": {"bandwidth_throttling": 5},
        "replication_settings_servers": [
            {"name": "db-01", "settings": {"associate_default_security_group": True, "ebs_encryption": "CUSTOM", **key}}
        ],
        "replication_settings_confirm_resync": ["db-01"],
        "replication_settings_change_id": "one",
    }
    run = controller.run("replication_settings", replicates, limit="target.us-west-2")
    assert run.rc == 0, run.output
    action = {"name": "time", "document": "AWS-RunShellScript"}
    for options in (
        {"launch_actions_account": [action], "launch_actions_servers": [{"name": "db-01", "actions": [action]}]},
        {"launch_actions_servers": [{"name": "db-01", "actions": [{"name": "time", "state": "absent"}]}]},
    ):
        run = controller.run("launch_actions", options, limit="target.us-west-2")
        assert run.rc == 0, run.output
    recorder.compare("settings")


def test_drill(recorder, controller):
    recorder.world.set_server(TARGET, "us-west-2", "far-02", fail_launch="no room")
    subnets = [one["SubnetId"] for one in recorder.world.client("ec2", TARGET).describe_subnets()["Subnets"]]
    recorder.mark = recorder.world.mark()
    options = {
        "recovery_drill_network": {"subnet_ids": subnets},
        "recovery_plan_name": "p",
        "recovery_point_in_time": "latest_available",
        "recovery_policy": {"max_failures": 2},
    }
    run = controller.run("drill", options, limit="target.us-west-2")
    assert run.outcomes == {"launched": 2, "failed": 2}, run.output
    recorder.compare("recovery")


def test_take_back(recorder, controller):
    options = {"server_extend_state": "absent", "server_extend_all": True, "server_extend_preflight": "off"}
    options["drs_clean_up_role_name"] = CLEAN_UP
    run = controller.run("extend", options, limit="target.us-west-2")
    outcomes = sorted(one["outcome"] for one in run.fact("server_extend_result")["servers"])
    assert outcomes == ["refused", "unextended"], run.output
    journal = [one for one in recorder.world.journal(recorder.mark) if one["account"] == TARGET]
    called = {one["principal"] for one in journal if one["action"] != "AssumeRole"}
    assert called and all(f"/{CLEAN_UP}/" in one for one in called), called
    recorder.compare("take_back")


def test_deploy_agents(recorder, controller):
    # a pair of accounts that nobody has set up for agents is told before anything is sent
    into = {"drs_replicate_to": "target.us-west-2"}
    run = controller.run("deploy_agents", {**into, "agent_deploy_look": "never"}, limit="shop.us-west-2", check=True)
    assert run.rc == 0, run.output
    said = " ".join(run.output.split())
    assert "agent_roles_missing: shop.us-west-2 replicates into target.us-west-2, and agents may not" in said, said
    assert f"no role DRSCrossAccountAgentAuthorizedRole_{TARGET} in account {SHOP}" in said
    assert f"no role DRSCrossAccountAgentRole_{SHOP} in account {TARGET}" in said
    assert "`ansible-playbook resilience.drs.setup --limit shop.us-west-2,target.us-west-2`" in said
    run = controller.run("deploy_agents", limit="shop.us-west-2")
    result = run.fact("agent_deploy_result")
    assert {one["name"]: one["outcome"] for one in result["servers"]} == {
        "ok-01": "installed",
        "known-01": "installed",
        "long-01": "failed",
    }, run.output
    # one machine of EC2 by its id, and a node outside EC2
    listed = recorder.world.client("ssm", SHOP).describe_instance_information(
        Filters=[{"Key": "ResourceType", "Values": ["ManagedInstance"]}]
    )
    (node,) = [one["InstanceId"] for one in listed["InstanceInformationList"]]
    ids = [one["instance_id"] for one in result["servers"] if one["name"] == "ok-01"] + [node]
    run = controller.run("deploy_agents", {"agent_deploy_instance_ids": ids}, limit="shop.us-west-2")
    entries = {one["name"]: one for one in run.fact("agent_deploy_result")["servers"]}
    assert {name: one["outcome"] for name, one in entries.items()} == {
        "ok-01": "already_installed",
        "rack-01": "installed",
    }, run.output
    assert entries["rack-01"]["instance_id"] == node and entries["rack-01"]["source_server_id"], entries
    recorder.compare("deploy_agents")


def test_setup(simulator, tmp_path: Path):
    """The stacks are the administrator's; the rest is compared with the policy of the orchestration role."""
    world = simulator(bare_accounts())
    recorder, founder = Recorder(world), Founder(world, tmp_path / "founder")
    template = {"staging_area_subnet_id": SUBNET, "tags": {"owner": "platform"}}
    for days, sizing in ((7, "NONE"), (14, "BASIC")):
        options = {
            **SETUP,
            "account_setup_hub": False,
            "account_setup_replication_template": {**template, "pit_retention_days": days, "tags": {"d": str(days)}},
            "account_setup_launch_template": {"right_sizing": sizing},
        }
        run = founder.run("setup", options, limit="orders.us-west-2")
        assert run.rc == 0, run.output
    assert {one["account"] for one in world.journal(recorder.mark)} == {ORDERS, world.hub_account}
    recorder.compare("setup", skip=("cloudformation:",))
    assert CLEAN_UP in {one["RoleName"] for one in world.client("iam", ORDERS).list_roles()["Roles"]}
