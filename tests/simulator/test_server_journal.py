"""Test the journal and the ledger: contents, what they never contain, and how tests read them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from drs_simulator.world.journal import HIDDEN, is_mutating, redact
from support.simulator import SimulatorError

ACCOUNT = "111111111111"


@pytest.mark.parametrize(
    ("action", "mutating"),
    [
        ("DescribeJobs", False),
        ("ListTagsForResource", False),
        ("GetCallerIdentity", False),
        ("AssumeRole", False),
        ("StartRecovery", True),
        ("TerminateRecoveryInstances", True),
        ("TagResource", True),
        ("RunInstances", True),
        ("InitializeService", True),
        ("DisconnectRecoveryInstance", True),
        ("SomethingNew", True),
    ],
)
def test_reads_are_told_by_name_and_all_else_changes_something(action, mutating):
    assert is_mutating(action) is mutating


def test_an_entry_tells_who_did_what_where_and_how_it_ended(small):
    mark = small.mark()
    drs = small.client("drs", ACCOUNT)
    drs.describe_jobs(filters={"jobIDs": ["drsjob-00000000000000000"]}, maxResults=7)
    entry = small.journal(mark, service="drs")[0]
    assert entry["seq"] == small.mark()
    del entry["seq"], entry["time"]
    assert entry == {
        "account": ACCOUNT,
        "region": "us-west-2",
        "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/drs-operator/test",
        "source_identity": None,
        "service": "drs",
        "action": "DescribeJobs",
        "mutating": False,
        "status": 200,
        "error": None,
        "fault": None,
        "request": {"filters": {"jobIDs": ["drsjob-00000000000000000"]}, "maxResults": 7},
        "iam_action": "drs:DescribeJobs",
        "iam_actions": ["drs:DescribeJobs"],
        "denied": None,
        "dependent": False,
    }


def test_the_bodies_of_notifications_and_metrics_are_kept_as_they_were_sent(small):
    topic = small.client("sns", ACCOUNT).create_topic(Name="t")["TopicArn"]
    attributes = {"run_id": {"DataType": "String", "StringValue": "r-1"}}
    small.client("sns", ACCOUNT).publish(TopicArn=topic, Subject="S", Message="M", MessageAttributes=attributes)
    (sent,) = [one["request"] for one in small.journal(action="Publish")]
    assert (sent["Subject"], sent["Message"]) == ("S", "M")
    assert "r-1" in sent.values(), sent
    data = [{"MetricName": "Duration", "Value": 12.5, "Dimensions": [{"Name": "Action", "Value": "drill"}]}] * 200
    small.client("cloudwatch", ACCOUNT).put_metric_data(Namespace="N", MetricData=data)
    (kept,) = [one["request"] for one in small.journal(action="PutMetricData")]
    assert kept["Namespace"] == "N" and kept["MetricData"] == data


def test_the_journal_is_filtered_and_read_in_parts(small):
    small.client("ec2", ACCOUNT).create_key_pair(KeyName="one")
    mark = small.mark()
    small.client("drs", ACCOUNT).describe_jobs()
    small.client("ec2", ACCOUNT).describe_vpcs()
    assert [e["action"] for e in small.journal(mark)] == ["DescribeJobs", "DescribeVpcs"]
    assert [e["action"] for e in small.journal(mark, service="ec2")] == ["DescribeVpcs"]
    assert small.mutations(mark) == []
    assert "ec2:CreateKeyPair" in small.mutations()
    with pytest.raises(SimulatorError, match="since"):
        small.get("/_sim/journal", since="yesterday")


def test_tag_operations_of_drs_are_named(small):
    drs = small.client("drs", ACCOUNT)
    arn = drs.describe_source_servers()["items"][0]["arn"]
    mark = small.mark()
    drs.tag_resource(resourceArn=arn, tags={"secret-santa": "yes"})
    drs.list_tags_for_resource(resourceArn=arn)
    drs.untag_resource(resourceArn=arn, tagKeys=["secret-santa"])
    entries = small.journal(mark)
    assert [e["action"] for e in entries] == ["TagResource", "ListTagsForResource", "UntagResource"]
    assert [e["mutating"] for e in entries] == [True, False, True]
    assert entries[0]["request"]["tags"] == {"secret-santa": "yes"}, "DRS requests are kept whole"


def test_secrets_are_hidden():
    assert redact(
        {"ExternalId": "x", "Name": "n", "Value": "v", "UserData": "u", "nested": [{"SecretString": "s"}], "token": 1}
    ) == {
        "ExternalId": HIDDEN,
        "Name": "n",
        "Value": HIDDEN,
        "UserData": HIDDEN,
        "nested": [{"SecretString": HIDDEN}],
        "token": HIDDEN,
    }
    assert redact({"nextToken": "page"}) == {"nextToken": "page"}


def test_the_ledger_tells_effects_also_when_nobody_asked_meanwhile(simulator):
    """Effects happen when their virtual time comes, not when a job is described."""
    sim = simulator()
    drs = sim.client("drs", ACCOUNT)
    server = drs.describe_source_servers()["items"][0]["sourceServerID"]
    job = drs.start_recovery(isDrill=True, sourceServers=[{"sourceServerID": server}], tags={"run": "r1"})["job"]
    assert sim.ledger("launched") == []
    sim.clock.advance(3600)
    (launched,) = sim.ledger("launched")
    assert (launched["source_server_id"], launched["job_id"]) == (server, job["jobID"])
    assert (launched["is_drill"], launched["job_tags"]) == (True, {"run": "r1"})
    assert (launched["account"], launched["region"]) == (ACCOUNT, "us-west-2")


def test_the_health_counts_calls(small):
    before = small.health()["calls"]
    small.client("sts").get_caller_identity()
    assert small.health()["calls"] == before + 1
