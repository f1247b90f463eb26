"""Events of DRS on EventBridge and its metrics in CloudWatch, as rules and dashboards receive them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

ACCOUNT, REGION = "111111111111", "us-west-2"
POINT = "DRS PIT Snapshot Taken"
WORLD: dict[str, Any] = {
    "hub": {"account_id": ACCOUNT},
    "accounts": [{"id": ACCOUNT, "regions": [REGION, "us-east-1"]}],
    "fleets": [
        {
            "account": ACCOUNT,
            "region": REGION,
            "count": 2,
            "name": "web-{n}",
            "origin": {"account": ACCOUNT, "region": "us-east-1"},
            "servers": {"web-2": {"fail_launch": "no room"}},
        }
    ],
    "jobs": {"total": 600},
}


class Queue:
    """A queue to which a rule sends every event of DRS, directly or by a topic."""

    def __init__(self, sim: Any, by_topic: bool = False) -> None:
        self.sqs, events, sns = sim.client("sqs"), sim.client("events"), sim.client("sns")
        self.url = self.sqs.create_queue(QueueName="drs")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:drs"
        self.by_topic = by_topic
        if by_topic:
            topic = sns.create_topic(Name="drs")["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
            arn = topic
        events.put_rule(Name="drs", EventPattern=json.dumps({"source": ["aws.drs"]}))
        events.put_targets(Rule="drs", Targets=[{"Id": "1", "Arn": arn}])

    def read(self, *kinds: str) -> list[dict[str, Any]]:
        """Everything in the queue, taken out; without kinds, whatever is not a point in time."""
        return [one for one in self._all() if one["detail-type"] in kinds or not kinds and one["detail-type"] != POINT]

    def _all(self) -> list[dict[str, Any]]:
        found = []
        while True:
            got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            messages = got.get("Messages", [])
            for one in messages:
                found.append(json.loads(one["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
            if not messages:
                return found


@pytest.mark.parametrize("by_topic", [False, True])
def test_a_rule_receives_what_happens(simulator, by_topic):
    """UG:monitoring-event-bridge-sample: launch results with job and is-drill, stalled changes, failback states."""
    sim = simulator(WORLD)
    queue, drs = Queue(sim, by_topic), sim.client("drs")
    servers = {
        one["sourceProperties"]["identificationHints"]["hostname"]: one
        for one in drs.describe_source_servers()["items"]
    }
    good, bad = (next(one for name, one in servers.items() if name.startswith(start)) for start in ("web-1", "web-2"))
    wanted = [{"sourceServerID": one["sourceServerID"]} for one in (good, bad)]
    job = drs.start_recovery(sourceServers=wanted)["job"]["jobID"]
    assert queue.read() == []
    sim.clock.advance(3600)
    told = {one["resources"][0]: one for one in queue.read()}
    assert set(told) == {good["arn"], bad["arn"]}
    first = told[good["arn"]]
    assert (first["source"], first["detail-type"]) == ("aws.drs", "DRS Source Server Launch Result")
    assert first["detail"] == {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": job, "is-drill": "FALSE"}
    assert (first["account"], first["region"]) == (ACCOUNT, REGION)
    assert told[bad["arn"]]["detail"]["state"] == "RECOVERY_LAUNCH_FAILED"
    for state in ("STALLED", "CONTINUOUS"):
        sim.set_server(ACCOUNT, REGION, bad["sourceServerID"], state=state)
    assert [one["detail"]["state"] for one in queue.read()] == ["STALLED", "NOT_STALLED"]
    instance = drs.describe_recovery_instances()["items"][0]["recoveryInstanceID"]
    drs.reverse_replication(recoveryInstanceID=instance)
    (last,) = queue.read()
    assert (last["detail-type"], last["detail"]) == (
        "DRS Recovery Instance Failback State Change",
        {"state": "FAILBACK_IN_PROGRESS"},
    )
    assert last["resources"] == [f"arn:aws:drs:{REGION}:{ACCOUNT}:recovery-instance/{instance}"]


def test_a_rule_hears_of_each_point_in_time(simulator):
    """UG:monitoring-event-bridge-sample: DrsSnapshotID, and EbsSnapshotIDs as one text, of each point once."""
    sim = simulator(WORLD)
    queue, drs = Queue(sim), sim.client("drs")
    one, stuck = drs.describe_source_servers()["items"]
    sim.set_server(ACCOUNT, REGION, stuck["sourceServerID"], state="STALLED")

    def newest() -> list[dict[str, Any]]:
        """Newest first."""
        return list(drs.describe_recovery_snapshots(sourceServerID=one["sourceServerID"], order="DESC")["items"])

    before = {shot["snapshotID"] for shot in newest()}
    assert queue.read(POINT) == [], "what is there already is not told"
    sim.clock.advance(3300)
    told = queue.read(POINT)
    assert {resource for event in told for resource in event["resources"]} == {one["arn"]}
    fresh = [shot for shot in newest() if shot["snapshotID"] not in before]
    assert len(fresh) in (5, 6)
    assert [event["detail"] for event in told] == [
        {"DrsSnapshotID": shot["snapshotID"], "EbsSnapshotIDs": ",".join(shot["ebsSnapshots"])}
        for shot in reversed(fresh)
    ]
    sim.set_server(ACCOUNT, REGION, stuck["sourceServerID"], state="CONTINUOUS")
    sim.clock.advance(660)
    assert {event["resources"][0] for event in queue.read(POINT)} == {one["arn"], stuck["arn"]}


def test_a_rule_hears_of_source_networks(simulator):
    """The two events of source networks; their details are a guess: the status and the result as the API names them."""
    sim = simulator(WORLD)
    queue, drs = Queue(sim), sim.client("drs")
    vpc = sim.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    kinds = ("DRS Source Network Protection Status Change", "DRS Source Network Recovery Result")
    place = {"originAccountID": ACCOUNT, "originRegion": REGION}
    network = drs.create_source_network(vpcID=vpc, **place)["sourceNetworkID"]
    other = drs.create_source_network(vpcID="vpc-00000000000000000", **place)["sourceNetworkID"]
    for identifier in (network, other):
        drs.start_source_network_replication(sourceNetworkID=identifier)
    sim.clock.advance(300)
    told = [(event["detail-type"], event["resources"][0].rpartition("/")[2], event["detail"]) for event in queue.read()]
    assert told == [
        (kinds[0], network, {"state": "IN_PROGRESS"}),
        (kinds[0], other, {"state": "IN_PROGRESS"}),
        (kinds[0], network, {"state": "PROTECTED"}),
        (kinds[0], other, {"state": "ERROR"}),
    ]
    drs.start_source_network_recovery(sourceNetworks=[{"sourceNetworkID": network}])
    sim.clock.advance(3600)
    (result,) = queue.read(*kinds)
    assert (result["detail-type"], result["detail"]) == (kinds[1], {"state": "SUCCESS"})
    assert result["resources"] == [f"arn:aws:drs:{REGION}:{ACCOUNT}:source-network/{network}"]
    drs.stop_source_network_replication(sourceNetworkID=network)
    assert [event["detail"]["state"] for event in queue.read()] == ["STOPPED"]


def test_metrics_of_servers_and_of_the_account(simulator):
    """UG:monitoring-event-bridge-metrics: namespace AWS/DRS, dimension SourceServerID; there is no ReplicationLag."""
    sim = simulator(WORLD)
    drs, watch = sim.client("drs"), sim.client("cloudwatch")
    server = drs.describe_source_servers()["items"][0]["sourceServerID"]
    sim.set_server(ACCOUNT, REGION, server, state="STALLED")
    sim.clock.advance(1800)
    names = {one["MetricName"] for one in watch.list_metrics(Namespace="AWS/DRS")["Metrics"]}
    assert names == {
        *("LagDuration", "Backlog", "ElapsedReplicationDuration"),
        *("TotalSourceServerCount", "ActiveSourceServerCount", "ProtectedSourceServerCount"),
    }
    now = datetime.fromisoformat(sim.clock()["now"])
    span = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1)}

    def points(name: str, **more: Any) -> list[float]:
        found = watch.get_metric_statistics(
            Namespace="AWS/DRS", MetricName=name, Period=300, Statistics=["Maximum"], **span, **more
        )
        return [one["Maximum"] for one in sorted(found["Datapoints"], key=lambda one: one["Timestamp"])]

    lag = points("LagDuration", Dimensions=[{"Name": "SourceServerID", "Value": server}])
    assert len(lag) >= 5
    assert lag == sorted(lag) and 1200 <= lag[-1] <= 1800
    assert points("TotalSourceServerCount")[-1] == 2
