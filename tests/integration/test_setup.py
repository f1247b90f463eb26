"""Test the playbook setup on bare accounts under enforced IAM: twice, in check mode, and its result."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import SCHEMA, SETUP_SCHEMA
from support.playbook import Run
from support.scenarios import REGION, ROLE, SECRET
from support.setups import ADMIN, CLEAN_UP, NAMES, ORDERS, SETUP, SHOP, STAGING, TARGET, Founder, bare_accounts
from support.simulator import Simulator


@pytest.fixture(scope="module")
def world(start_simulator) -> Simulator:
    return start_simulator(bare_accounts())


@pytest.fixture(scope="module")
def story(world, tmp_path_factory) -> dict[str, tuple[Run, list[str]]]:
    """Runs and the mutating calls of each: check on bare accounts, set up, check again, set up again."""
    controller = Founder(world, tmp_path_factory.mktemp("setup"))
    found = {}
    for name, check in (("check", True), ("setup", False), ("at rest", True), ("again", False)):
        mark = world.mark()
        # what check mode says of an account at rest is the same of each; the last run is of all of them
        run = controller.run("setup", SETUP, check=check, limit=f"staging.{REGION}" if name == "at rest" else None)
        found[name] = (run, world.mutations(mark))
    return found


def results(run: Run) -> dict[str, dict]:
    facts = [event["result"].get("ansible_facts") or {} for event in run.events]
    return {
        one["account_setup_result"]["cell"]: one["account_setup_result"]
        for one in facts
        if "account_setup_result" in one
    }


def left(run: Run) -> dict[str, dict]:
    """What the playbook left for the next node of a workflow, by name."""
    found = {}
    for event in run.events:
        found.update((event["result"].get("ansible_stats") or {}).get("data") or {})
    return found


@pytest.mark.parametrize("name", ["check", "setup", "again"])
def test_what_it_leaves_is_what_the_schemas_promise(story, name):
    found = left(story[name][0])
    jsonschema.validate(found["drs_artifact"], SCHEMA)
    assert (found["drs_artifact"]["verb"], found["drs_artifact"]["status"]) == ("account_setup", "complete")
    jsonschema.validate(found["drs_setup"], SETUP_SCHEMA)
    assert set(found["drs_setup"]) == {f"{one}.{REGION}" for one in NAMES.values()}
    assert ("KeyArn" in found["drs_setup"][f"staging.{REGION}"].get("staging", {})) is (name != "check")


def test_check_says_what_is_missing_and_calls_nothing_that_changes(story):
    run, calls = story["check"]
    assert run.rc == 0, run.output
    assert calls == []
    found = results(run)
    assert set(found) == {f"{name}.{REGION}" for name in NAMES.values()}
    # stacks of trust come in the order in which the accounts of the play ask for them
    account, *trust, staging, monitoring, service, replication, launch = found[f"staging.{REGION}"]["changes"]
    assert sorted(trust) == [f"stack resilience-drs-trust-{SHOP}", f"stack resilience-drs-trust-{TARGET}"]
    assert [account, staging] == ["stack resilience-drs-account", "stack resilience-drs-staging"]
    assert monitoring == "stack resilience-drs-monitoring"
    assert [service, replication, launch] == ["DRS initialised", "replication template", "launch template"]
    assert "next: ansible-playbook resilience.drs.setup" in run.output


def test_sets_every_account_up(story, world):
    run, _calls = story["setup"]
    assert run.rc == 0, run.output
    said = results(story["check"][0])[f"staging.{REGION}"]["changes"]
    assert sorted(results(run)[f"staging.{REGION}"]["changes"]) == sorted(said)
    iam = world.client("iam", STAGING)
    names = {role["RoleName"] for role in iam.list_roles(MaxItems=500)["Roles"]}
    assert {ROLE, CLEAN_UP, f"DRSStagingAccountRole_{TARGET}", f"DRSCrossAccountAgentRole_{SHOP}"} <= names
    assert f"DRSCrossAccountAgentAuthorizedRole_{STAGING}" in {
        role["RoleName"] for role in world.client("iam", SHOP).list_roles(MaxItems=500)["Roles"]
    }
    assert "next: ansible-playbook resilience.drs.deploy_agents" in run.output


def test_a_server_that_was_extended_can_go_home_past_the_staging_account(story, world):
    """The target and the account of the machines trust each other, in both directions."""
    patterns = ("Replication", "Agent", "AgentAuthorized")
    for here, there in ((SHOP, TARGET), (TARGET, SHOP)):
        roles = {one["RoleName"] for one in world.client("iam", here).list_roles(MaxItems=500)["Roles"]}
        assert {f"DRSCrossAccount{one}Role_{there}" for one in patterns} <= roles


def test_staging_disks_are_encrypted_with_a_key_that_the_target_can_use(story, world):
    (template,) = world.client("drs", STAGING).describe_replication_configuration_templates()["items"]
    assert template["ebsEncryption"] == "CUSTOM"
    key = results(story["setup"][0])[f"staging.{REGION}"]["outputs"]["staging"]["KeyArn"]
    assert template["ebsEncryptionKeyArn"] == key and f":{STAGING}:key/" in key


def test_the_fleet_has_a_history_and_a_topic(story, world):
    table = world.client("dynamodb").describe_table(TableName="resilience-drs-history")["Table"]
    assert {one["IndexName"] for one in table["GlobalSecondaryIndexes"]} == {"by-account", "by-status", "by-pattern"}
    assert len(world.client("sns").list_topics()["Topics"]) == 1


def test_every_cell_has_alarms_and_the_hub_a_dashboard(story, world):
    for cell in (SHOP, STAGING, TARGET):
        alarms = world.client("cloudwatch", cell).describe_alarms()["MetricAlarms"]
        assert {one["AlarmName"] for one in alarms} == {
            *("resilience-drs-monitoring-lag", "resilience-drs-monitoring-stalled")
        }
    cloudwatch = world.client("cloudwatch")
    (board,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=board["DashboardName"])["DashboardBody"]
    assert "${" not in body and json.loads(body)["widgets"]
    rate = next(one for one in cloudwatch.describe_alarms()["MetricAlarms"] if "failure-rate" in one["AlarmName"])
    assert rate["Threshold"] == 20 and rate["Metrics"][0]["Expression"].startswith("IF(processed > 0")


@pytest.mark.parametrize("name", ["at rest", "again"])
def test_once_set_up_nothing_changes(story, name):
    run, calls = story[name]
    assert run.rc == 0, run.output
    cells = ["staging"] if name == "at rest" else NAMES.values()
    assert {cell: one["changes"] for cell, one in results(run).items()} == {f"{cell}.{REGION}": [] for cell in cells}
    assert not run.changed
    # CloudFormation is asked and says that nothing differs; everything else is read first
    asked = {"cloudformation:UpdateStack", "cloudformation:DetectStackDrift"}
    assert set(calls) <= (asked if name == "again" else set())


def test_no_run_shows_an_external_id_or_a_key(story):
    for run, _calls in story.values():
        assert SECRET not in run.output
        assert SECRET not in str(run.events)
        assert "ASIA" not in run.output + str(run.events)


def test_the_roles_demand_the_external_id(story, world):
    sts = world.client("sts")
    for role in (ROLE, CLEAN_UP):
        arn = f"arn:aws:iam::{ORDERS}:role/{role}"
        with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=arn, RoleSessionName="me", ExternalId="guessed")
        assert sts.assume_role(RoleArn=arn, RoleSessionName="me", ExternalId=SECRET)["Credentials"]


def test_afterwards_agents_are_deployed_extended_drilled_and_terminated_with_what_the_roles_may(story, world, tmp_path):
    """The journey under enforced least privilege: nothing is refused in any account."""
    mark = world.mark()
    work = Founder(world, tmp_path / "work")
    deployed = work.run("deploy_agents")
    assert deployed.rc == 0, deployed.output
    world.clock.advance(7200)
    extended = work.run("extend", limit=f"target.{REGION}")
    assert extended.rc == 0, extended.output
    drill = work.run("drill", {"recovery_plan_name": "first"})
    assert drill.rc == 0, drill.output
    assert drill.outcomes == {"launched": 4}, drill.output
    refused = work.run("terminate", {"terminate_run_id": drill.result["run_id"]})
    assert refused.rc != 0 and f"-e drs_clean_up_role_name={CLEAN_UP}" in " ".join(refused.output.split())
    assert world.ledger("terminated") == []
    # as the remedy says
    clean = work.run("terminate", {"terminate_run_id": drill.result["run_id"], "drs_clean_up_role_name": CLEAN_UP})
    assert clean.rc == 0, clean.output
    assert len(world.ledger("terminated")) == 4
    denied = {entry["denied"]["action"] for entry in world.journal(mark) if entry.get("denied")}
    assert denied == {"drs:TerminateRecoveryInstances"}


def test_a_bootstrap_role_that_cannot_be_assumed_is_named(world, tmp_path):
    run = Founder(world, tmp_path / "denied").run("setup", {**SETUP, "account_setup_bootstrap_role_name": "Nobody"})
    assert run.rc != 0
    assert f"bootstrap_denied: arn:aws:iam::{SHOP}:role/Nobody" in run.output and ADMIN not in run.output
