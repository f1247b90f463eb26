"""Test the records of runs: history table, notifications, metrics, readiness; none of them fails a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from support.playbook import Controller
from support.scenarios import REGION, SECRET, account, fleet
from support.simulator import ROOT

PAY, SHOP = "111111111111", "222222222222"
TABLE = {"backend": "dynamodb", "region": REGION, "table": "resilience-drs-history"}
RUN = "drill-1"


@pytest.fixture(scope="module")
def world(start_simulator):
    """Two accounts, one of whose servers does not launch; the hub has the table and the topic."""
    scenario = {
        "accounts": [account(PAY, "payments"), account(SHOP, "shop")],
        "fleets": [
            fleet(PAY, 1, "db-{n:02}", tags={"dr:application": "payments"}),
            fleet(
                SHOP,
                2,
                "web-{n:02}",
                tags={"dr:application": "shop", "dr:critical": "false"},
                servers={"web-02": {"fail_launch": "no vCPU"}},
            ),
        ],
        "jobs": {"total": 600},
    }
    found = start_simulator(scenario)
    hub = ROOT / "roles" / "account_setup" / "files" / "hub.yml"
    found.client("cloudformation").create_stack(StackName="hub", TemplateBody=hub.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def topic(world) -> tuple[str, str]:
    """The topic, and a queue that gets what it is told."""
    (found,) = world.client("sns").list_topics()["Topics"]
    sqs = world.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    world.client("sns").subscribe(TopicArn=found["TopicArn"], Protocol="sqs", Endpoint=arn)
    return found["TopicArn"], queue


@pytest.fixture(scope="module")
def controller(world, tmp_path_factory) -> Controller:
    return Controller(world, tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="module")
def drill(world, controller, topic):
    """A drill in which one server does not launch: (the run, the calls of the controller's own account)."""
    options = {
        "recovery_run_id": RUN,
        "recovery_plan_name": "all",
        "recovery_policy": {"max_failures": "50%"},
        "drs_run_store": TABLE,
        "notify_topic_arn": topic[0],
        "history_metrics": True,
    }
    mark = world.mark()
    run = controller.run("drill", options)
    return run, [one for one in world.journal(mark) if one["account"] == world.hub_account]


def told(world, queue) -> list[dict]:
    """The notifications in the queue, in the order of their sending."""
    found = world.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    return sorted((json.loads(one["Body"]) for one in found), key=lambda one: one["Timestamp"])


def test_a_run_is_recorded_for_each_account_and_its_figures_and_notifications_are_sent(drill, world, topic):
    run, calls = drill
    assert run.rc == 0, run.output
    found = world.client("dynamodb").query(
        TableName=TABLE["table"],
        KeyConditionExpression="run_id = :run AND begins_with(#item, :account)",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={":run": {"S": RUN}, ":account": {"S": "account:"}},
    )["Items"]
    assert {one["account_id"]["S"]: one["status"]["S"] for one in found} == {PAY: "succeeded", SHOP: "partial"}
    assert all(int(one["expires_at"]["N"]) > 0 for one in found)
    begun, ended = told(world, topic[1])
    assert begun["Subject"] == "DRS drill all: started"
    assert ended["Subject"] == "DRS drill all: PARTLY succeeded" and "web-02 in shop.us-west-2" in ended["Message"]
    assert {one["MessageAttributes"]["run_id"]["Value"] for one in (begun, ended)} == {RUN}
    event = json.loads(ended["MessageAttributes"]["event"]["Value"])
    assert event["summary"] == {"launched": 2, "failed": 1, "total": 3} and event["servers"] == 3
    assert [one["action"] for one in calls if one["service"] == "cloudwatch"] == ["PutMetricData"], "one call"
    (sent,) = [one["request"]["MetricData"] for one in calls if one["service"] == "cloudwatch"]
    whole = {one["MetricName"]: one.get("Value") for one in sent if not one["Dimensions"]}
    assert (whole["Executions"], whole["FailedExecutions"], whole["ServersProcessed"], whole["FailedServers"]) == (
        1,
        1,
        3,
        1,
    )
    assert whole["Duration"] == whole["WorkingTime"] + whole["WaitingForPeople"] and "LaunchTime" in whole
    assert "Head of the journal: " in ended["Message"] and "By account: 222222222222 (1)" in ended["Message"]
    assert SECRET not in json.dumps([begun, ended]) and SECRET not in run.output


def test_history_shows_filters_and_exports(drill, controller, tmp_path):
    out = tmp_path / "out"
    options = {"drs_run_store": TABLE, "history_failures_only": True, "history_export_dir": str(out)}
    run = controller.run("history", options)
    assert run.rc == 0, run.output
    assert "HISTORY: 1 record" in run.output and "222222222222" in run.output and "111111111111" not in run.output
    (row,) = csv.DictReader((out / "history.csv").read_text(encoding="utf-8").splitlines())
    assert (row["account_id"], row["status"], row["servers"], row["failed"]) == (SHOP, "partial", "2", "1")
    (failure,) = csv.DictReader((out / "failures.csv").read_text(encoding="utf-8").splitlines())
    assert failure["name"] == "web-02" and failure["remedy"]
    whole = json.loads((out / "history.json").read_text(encoding="utf-8"))
    assert whole["records"][0]["run_id"] == RUN and whole["groups"][0]["count"] == 1
    assert not run.changed or {one["action"] for one in run.events if one["result"].get("changed")} <= {
        "ansible.builtin.file",
        "ansible.builtin.copy",
    }


def test_readiness_shows_its_parts_and_ends_as_they_are(drill, controller, world, tmp_path):
    options = {"drs_run_store": TABLE, "readiness_export_dir": str(tmp_path), "readiness_fail_below": 95}
    mark = world.mark()
    run = controller.run("readiness", options)
    assert run.rc != 0 and "below 95" in run.output, run.output
    report = json.loads((Path(tmp_path) / "readiness.json").read_text(encoding="utf-8"))
    parts = {one["name"]: (one["points"], one["state"]) for one in report["parts"]}
    assert parts["coverage"] == (30, "met") and parts["capacity"] == (10, "met")
    # one of the two applications has passed its drill
    assert parts["freshness"] == (10, "breached") and parts["last_drill"] == (7.5, "breached")
    assert (report["score"], report["grade"], report["coverage"]["in_scope"]) == (86, "B", 3)
    assert "READINESS: 86 of 100, grade B" in run.output
    assert "next: ansible-playbook resilience.drs.drill" in run.output
    assert world.mutations(mark) == []


def test_whatever_fails_beside_a_run_the_run_ends_as_it_did_and_nothing_is_lost(drill, controller, world, tmp_path):
    """A table and a topic that are not there, metrics that are denied: three warnings, and nothing terminated less."""
    world.faults.add("deny", service="cloudwatch", action="PutMetricData")
    spool = tmp_path / "spool"
    options = {
        "terminate_run_id": RUN,
        "drs_run_store": {**TABLE, "table": "nobody-made-it"},
        "notify_topic_arn": "arn:aws:sns:us-west-2:999999999999:nobody-made-it",
        "history_metrics": True,
        "history_fallback_dir": str(spool),
    }
    run = controller.run("terminate", options)
    world.faults.clear()
    # what is gone is gone; without its record nobody can say that it is all
    assert run.rc != 0 and "NOT PROVEN" in run.output, run.output
    assert len(world.ledger("terminated")) == 2
    for word in (
        "history_not_recorded: run_store_missing",
        "metrics_not_sent: AccessDenied",
        "notification_not_sent: NotFound",
    ):
        assert word in run.output, run.output
    (left,) = spool.glob("history-*.json")
    assert f"-e history_import={left}" in run.output
    imported = controller.run(
        "history", {"drs_run_store": TABLE, "history_import": str(left), "history_kind": "termination"}
    )
    assert imported.rc == 0, imported.output
    assert "HISTORY: 2 records" in imported.output and not left.exists()
