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

FILES = ROOT / "roles" / "account_setup" / "files"
TEMPLATES = sorted(FILES.glob("*.yml"))
POLICIES = sorted((FILES / "policies").glob("*.json"))
# Actions of DRS that end a replication, an instance, or the record of either.
DESTRUCTIVE = re.compile(r"drs:(Delete|Disconnect|Terminate|Stop(?!Failback))")


def actions(name: str) -> set[str]:
    return {action for one in maker.policy(name)["Statement"] for action in one["Action"]}


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


def test_the_files_are_the_ones_that_are_used():
    assert [path.name for path in TEMPLATES] == [
        *("account.yml", "dashboard.yml", "hub.yml", "monitoring.yml", "staging.yml", "trust.yml")
    ]
    used = {*maker.ORCHESTRATION, *maker.CLEAN_UP, maker.DENIED}
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
    assert len(maker.ORCHESTRATION) + 1 <= 10 and len(maker.CLEAN_UP) <= 10


def test_what_destroys_is_denied_to_the_orchestration_role_and_given_to_no_other_than_the_clean_up_role():
    import boto3

    service = boto3.Session().client("drs", "us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
    everything = {f"drs:{name}" for name in service.meta.service_model.operation_names}
    destructive = {one for one in everything if DESTRUCTIVE.match(one)}
    # Steps of a plan that is made, and its executions: they destroy no server and no data.
    plans = {"drs:DeleteRecoveryPlanExecution", "drs:DeleteRecoveryPlanStep"}
    assert destructive - plans == actions(maker.DENIED)
    for name in maker.ORCHESTRATION:
        assert not actions(name) & actions(maker.DENIED), name
    assert actions("terminate") & actions(maker.DENIED) == {"drs:TerminateRecoveryInstances"}
    assert actions("take_back") & actions(maker.DENIED) == {"drs:DeleteSourceServer"}


def test_both_roles_demand_the_external_id():
    resources = yaml.safe_load(maker.text())["Resources"]
    for role in ("Orchestration", "CleanUp"):
        first = resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        assert first["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}


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
    assert {"FailedServers", "Duration", "AgentRegistrationRate", "StalledServers", "ReadinessScore"} <= watched
    shown = json.loads(found["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])["widgets"]
    listed = [line for one in shown for line in one["properties"]["metrics"] if line[0] == "${Namespace}"]
    assert {line[1] for line in listed} == set(metrics.METRICS), "every metric is on the dashboard"
    assert watched <= set(metrics.METRICS)
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
