"""Test the role account_setup: templates for StackSets, policies within IAM's limits, denied actions."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import make_account_template as maker
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import SETUP_SCHEMA
from drs_simulator.iam import rules, stack_calls
from jinja2.nativetypes import NativeEnvironment

FILES = ROOT / "roles" / "account_setup" / "files"
TEMPLATES = sorted(FILES.glob("*.yml"))
POLICIES = sorted((FILES / "policies").glob("*.json"))
# Actions of DRS that end a replication, an instance, or the record of either.
DESTRUCTIVE = re.compile(r"drs:(Delete|Disconnect|Terminate|Stop(?!Failback))")


def actions(name: str) -> set[str]:
    return {
        action
        for one in maker.policy(name)["Statement"]
        for action in one["Action"]
        if "Condition" not in one or one["Effect"] == "Allow"
    }


def test_the_template_of_accounts_is_up_to_date():
    """When it is not: .venv/bin/python tools/make_account_template.py"""
    assert maker.TEMPLATE.read_text(encoding="utf-8") == maker.text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_names_no_account_and_no_region(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![-\d])\d{12}(?!\d)", text)
    assert not re.search(r"\b[a-z]{2}-(?:gov-)?[a-z]+-\d\b", text)
    assert "arn:aws:" not in text
    assert len(text) < 51_200  # more has to go through S3
    found = yaml.safe_load(text)
    referred = set(re.findall(r"Ref: ['\"]?([A-Za-z:]+)", text))
    assert {one for one in referred if "::" not in one} <= {*found["Parameters"], *found["Resources"]}


def test_the_schema_of_what_the_set_up_leaves_knows_every_output_of_every_stack():
    cell = SETUP_SCHEMA["additionalProperties"]
    (trust,) = cell["patternProperties"].values()
    known = {stack: set(found["properties"]) for stack, found in {**cell["properties"], "trust": trust}.items()}
    files = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in TEMPLATES}
    assert known == {stack: set(found.get("Outputs") or ()) for stack, found in files.items()}


def test_the_files_are_the_ones_that_are_used():
    assert [path.name for path in TEMPLATES] == [
        *("account.yml", "dashboard.yml", "hub.yml", "monitoring.yml", "staging.yml", "trust.yml")
    ]
    # who applies the stacks is none of the roles that they make
    used = {*maker.ORCHESTRATION, *maker.CLEAN_UP, maker.DENIED, "bootstrap"}
    assert {path.stem for path in POLICIES} == used


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_fits_into_a_managed_policy_and_has_no_wildcard_action(path):
    text = path.read_text(encoding="utf-8")
    assert len(re.sub(r"\s", "", text)) <= 6144
    policy = json.loads(text)
    for statement in policy["Statement"]:
        assert not [action for action in statement["Action"] if "*" in action]
        assert statement["Action"] == sorted(set(statement["Action"]))


def test_a_role_has_no_more_policies_than_iam_attaches():
    """Ten at most; half of them are left to whoever adds policies to a role."""
    for names in ((*maker.ORCHESTRATION, maker.DENIED), maker.CLEAN_UP):
        packed = maker.packed(names)
        assert len(packed) <= 5
        held = [one for document in packed.values() for one in document["Statement"]]
        assert len(held) == sum(len(maker.policy(name)["Statement"]) for name in names)
        for document in packed.values():
            sids = [one["Sid"] for one in document["Statement"]]
            assert len(json.dumps(document, separators=(",", ":"))) <= maker.MOST_CHARACTERS
            assert len(sids) == len(set(sids)) and all(sid.isalnum() for sid in sids)


def bootstrap_requests(name: str) -> list:
    """What making, changing, reading and removing the resources of a template needs, with the names that it gives."""
    text = (FILES / f"{name}.yml").read_text(encoding="utf-8")
    text = text.replace("${AWS::StackName}", f"resilience-drs-{name}").replace("${TrustedAccountId}", "222222222222")
    text = text.replace("${OrchestrationRoleName}", "DRSOrchestration").replace("${CleanUpRoleName}", "DRSCleanUp")
    template = yaml.safe_load(text)
    defaults = {key: one.get("Default") for key, one in template["Parameters"].items()}

    def plain(value):
        if isinstance(value, dict) and len(value) == 1:
            ((function, inner),) = value.items()
            known = defaults.get(inner) if function == "Ref" else inner
            return known if function in ("Ref", "Fn::Sub") and isinstance(known, str) else value
        return value

    found = []
    for one in template["Resources"].values():
        properties = {key: plain(value) for key, value in one["Properties"].items()}
        properties["Roles"] = ["DRSOrchestration"]
        changes = ["create", "update", "read", *(["delete"] if one.get("DeletionPolicy") != "Retain" else [])]
        for change in changes:
            found += stack_calls.requests(change, one["Type"], properties, "us-west-2", "111111111111")
    return found


def test_who_applies_the_stacks_may_do_what_their_resources_need_and_nothing_else():
    policy = maker.policy("bootstrap")
    needed = [one for name in ("account", "trust", "staging", "monitoring") for one in bootstrap_requests(name)]
    for one in needed:
        assert rules.decide([policy], one.action, one.resource, one.values) == rules.ALLOW, one
    onward = {
        action for one in policy["Statement"] if one["Sid"].startswith("Onward") for action in one["Action"]
    } | {"iam:GetRole"}  # fmt: skip
    assert {one.action for one in needed} == onward


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateRole", "arn:aws:iam::111111111111:role/Admin"),
        ("iam:PutRolePolicy", "arn:aws:iam::111111111111:role/OrganizationAccountAccessRole"),
        ("iam:CreatePolicyVersion", "arn:aws:iam::111111111111:policy/Own"),
        ("cloudformation:UpdateStack", "arn:aws:cloudformation:us-west-2:111111111111:stack/own/1"),
        ("iam:CreateUser", "arn:aws:iam::111111111111:user/me"),
        ("iam:PassRole", "arn:aws:iam::111111111111:role/DRSOrchestration"),
    ],
)
def test_who_applies_the_stacks_may_not_touch_anything_else(action, resource):
    through = {"aws:calledvia": [stack_calls.SERVICE], "aws:viaawsservice": "true"}
    assert rules.decide([maker.policy("bootstrap")], action, resource, through) == rules.NONE


def test_who_applies_the_stacks_writes_through_cloudformation_only():
    role = "arn:aws:iam::111111111111:role/DRSOrchestration"
    through = {"aws:calledvia": [stack_calls.SERVICE]}
    decided = [rules.decide([maker.policy("bootstrap")], "iam:PutRolePolicy", role, one) for one in (through, {})]
    assert decided == [rules.ALLOW, rules.NONE]


def decide(names: tuple[str, ...], action: str, resource: str, **values: str) -> str:
    """What the shipped policies say of a call; underscores of a key that is two stand for a colon."""
    return rules.decide(
        [maker.policy(name) for name in names], action, resource, {key.lower(): value for key, value in values.items()}
    )


ALL = (*maker.ORCHESTRATION, maker.DENIED)
MACHINE = "arn:aws:ec2:us-west-2:111111111111:instance/i-11111111111111111"
JOB = "arn:aws:drs:us-west-2:111111111111:job/drsjob-11111111111111111"


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        ({"dr:enabled": "true"}, rules.ALLOW),
        ({"DR-Enabled": "Yes"}, rules.ALLOW),
        ({"DREnabled": "1"}, rules.ALLOW),
        ({"dr:enabled": "no"}, rules.NONE),
        ({"Name": "db-01"}, rules.NONE),
        ({}, rules.NONE),
    ],
)
def test_commands_go_to_machines_of_a_deployment_only(tags, verdict):
    values = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    assert decide(ALL, "ssm:SendCommand", MACHINE, **values) == verdict
    node = "arn:aws:ssm:us-west-2:111111111111:managed-instance/mi-11111111111111111"
    assert decide(ALL, "ssm:SendCommand", node, **values) == verdict


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("AWS-RunShellScript", rules.ALLOW),
        ("AWS-RunPowerShellScript", rules.ALLOW),
        ("AWSDisasterRecovery-InstallDRAgentOnInstance", rules.ALLOW),
        ("AWS-RunPatchBaseline", rules.NONE),
        ("AWS-RunRemoteScript", rules.NONE),
    ],
)
def test_commands_are_those_of_a_deployment_only(name, verdict):
    assert decide(ALL, "ssm:SendCommand", f"arn:aws:ssm:us-west-2::document/{name}") == verdict


def test_no_policy_sends_commands_to_everything():
    for path in POLICIES:
        for one in json.loads(path.read_text(encoding="utf-8"))["Statement"]:
            assert "ssm:SendCommand" not in one["Action"] or "*" not in one["Resource"], path.stem


def test_the_run_on_a_job_is_written_by_the_launch_and_by_nothing_else():
    for action in ("drs:TagResource", "drs:UntagResource"):
        assert decide(ALL, action, JOB) == rules.DENY
        assert decide(maker.CLEAN_UP, action, JOB) == rules.NONE
    for call in ("StartRecovery", "StartFailbackLaunch"):
        assert decide(ALL, "drs:TagResource", JOB, **{"drs:CreateAction": call}) == rules.ALLOW
    server = JOB.replace("job/drsjob-", "source-server/s-")
    assert decide(ALL, "drs:TagResource", server) == rules.ALLOW


def test_what_destroys_is_denied_to_the_orchestration_role_and_given_to_no_other_than_the_clean_up_role():
    import boto3

    service = boto3.Session().client("drs", "us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
    everything = {f"drs:{name}" for name in service.meta.service_model.operation_names}
    destructive = {one for one in everything if DESTRUCTIVE.match(one)}
    # Steps of a plan that is made, and its executions: they destroy no server and no data.
    plans = {"drs:DeleteRecoveryPlanExecution", "drs:DeleteRecoveryPlanStep"}
    # A post-launch action is a setting: whoever declares it puts it back.
    plans.add("drs:DeleteLaunchAction")
    assert destructive - plans == actions(maker.DENIED)
    for name in maker.ORCHESTRATION:
        assert not actions(name) & actions(maker.DENIED), name
    assert actions("terminate") & actions(maker.DENIED) == {"drs:TerminateRecoveryInstances"}
    assert actions("take_back") & actions(maker.DENIED) == {"drs:DeleteSourceServer"}


def test_both_roles_demand_an_external_id_and_the_clean_up_role_may_have_its_own():
    made = yaml.safe_load(maker.text())
    trust = {
        role: made["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        for role in ("Orchestration", "CleanUp")
    }
    assert trust["Orchestration"]["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    own = {"Fn::If": ["WithCleanUpExternalId", {"Ref": "CleanUpExternalId"}, {"Ref": "ExternalId"}]}
    assert trust["CleanUp"]["Condition"] == {"StringEquals": {"sts:ExternalId": own}}
    own = {"Fn::If": ["WithCleanUpPrincipals", {"Ref": "CleanUpPrincipals"}, {"Ref": "ControllerPrincipals"}]}
    assert trust["CleanUp"]["Principal"] == {"AWS": own}
    assert made["Parameters"]["CleanUpExternalId"]["NoEcho"] is True


def test_the_history_has_three_indexes_and_forgets():
    table = yaml.safe_load((FILES / "hub.yml").read_text(encoding="utf-8"))["Resources"]["History"]["Properties"]
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by-account", "by-status", "by-pattern"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def resources(name: str) -> dict:
    return yaml.safe_load((FILES / name).read_text(encoding="utf-8"))["Resources"]


def metrics_of(properties: dict) -> set[str]:
    """The metrics of our own namespace that an alarm looks at."""
    stats = [one["MetricStat"]["Metric"]["MetricName"] for one in properties.get("Metrics", []) if "MetricStat" in one]
    return {*stats, *([properties["MetricName"]] if "MetricName" in properties else [])}


def test_alarms_and_dashboard_look_at_metrics_that_are_sent():
    from ansible_collections.resilience.drs.plugins.module_utils._drs.history import metrics

    found = resources("dashboard.yml")
    alarms = [one["Properties"] for one in found.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    watched = {name for one in alarms for name in metrics_of(one)}
    assert {"FailedServers", "WorkingTime", "AgentRegistrationRate", "StalledServers", "ReadinessScore"} <= watched
    shown = json.loads(found["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])["widgets"]
    listed = [line for one in shown for line in one["properties"]["metrics"] if line[0] == "${Namespace}"]
    assert {line[1] for line in listed} == set(metrics.METRICS), "every metric is on the dashboard"
    assert watched <= set(metrics.METRICS)
    # runs and readiness checks are up to a day apart, and an alarm looks back as far
    periods = [one.get("Period") for one in alarms if "Period" in one]
    periods += [
        line["MetricStat"]["Period"] for one in alarms for line in one.get("Metrics", ()) if "MetricStat" in line
    ]
    assert periods and set(periods) == {86400}
    # alarms look at the metrics without dimensions
    assert not [one for one in alarms if one.get("Dimensions")]


def test_the_alarms_of_a_cell_are_on_what_drs_really_says():
    found = resources("monitoring.yml")
    (query,) = found["Lag"]["Properties"]["Metrics"]
    assert query["Expression"] == 'SELECT MAX(LagDuration) FROM SCHEMA("AWS/DRS", SourceServerID)'
    assert found["StalledRule"]["Properties"]["EventPattern"] == {
        "source": ["aws.drs"],
        "detail-type": ["DRS Source Server Data Replication Stalled Change"],
        "detail": {"state": ["STALLED"]},
    }
    assert "ReplicationLag" not in (FILES / "monitoring.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("look", "left", "playbook", "check"),
    [
        (True, [], "setup", False),
        (True, ["orders.us-west-2"], "setup", True),
        (False, ["orders.us-west-2"], "setup", False),
        (False, [], "deploy_agents", True),
    ],
)
def test_a_look_that_failed_is_repeated_as_a_look(look, left, playbook, check):
    tasks = yaml.safe_load((ROOT / "roles/account_setup/tasks/close.yml").read_text(encoding="utf-8"))
    (show,) = [task for task in tasks if task["name"] == "Close | Show what was done"]
    asked = {"ansible_check_mode": look, "__account_setup_failed": left}
    said = NativeEnvironment()
    once_more = said.from_string(show["vars"]["__account_setup_once_more"]).render(asked)
    given = {**asked, "__account_setup_once_more": once_more}
    options = show["resilience.drs.drs_show"]
    step = [said.from_string(options[name]).render(given) for name in ("next_playbook", "next_check")]
    assert step == [playbook, check]
