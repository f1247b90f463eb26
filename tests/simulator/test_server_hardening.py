"""Test malformed requests: odd bodies, methods and hosts are refused, and the journal stays small."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
import json
import sys
from typing import Any

import pytest
from drs_simulator.world.journal import Journal
from support.simulator import SimulatorError

NESTED = b"[" * 100_000 + b"]" * 100_000


def ask(sim: Any, method: str, path: str, body: bytes = b"", service: str = "drs", **headers: str) -> Any:
    """One raw request with the hub's key; (status, body as JSON or text, error type)."""
    scope = (
        f"AWS4-HMAC-SHA256 Credential=hub/20260101/us-west-2/{service}/aws4_request, SignedHeaders=host, Signature=x"
    )
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, body, {"Authorization": scope, **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        found = json.loads(text) if text.startswith("{") else text
        return answer.status, found, answer.getheader("x-amzn-errortype")
    finally:
        connection.close()


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b'{"filters": "\xc3"}', NESTED, b'{"filters":' + NESTED + b"}", b"{"])
def test_a_body_that_cannot_be_read(small, body):
    """BM ValidationException, reason cannotParse; neither a 500, which clients retry, nor a dropped connection."""
    status, found, kind = ask(small, "POST", "/DescribeJobs", body)
    assert (status, found["reason"], kind) == (400, "cannotParse", "ValidationException")


@pytest.mark.parametrize(
    ("service", "headers"),
    [
        ("ssm", {"X-Amz-Target": "AmazonSSM.GetParameter", "Content-Type": "application/x-amz-json-1.1"}),
        ("sns", {"Content-Type": "application/x-www-form-urlencoded"}),
    ],
)
@pytest.mark.parametrize("body", [b"\xff\xfe{}", NESTED])
def test_of_other_services_too(small, service, headers, body):
    status, _found, _kind = ask(small, "POST", "/", body, service, **headers)
    assert status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_than_the_operations(small, method):
    """BM: POST, but for ListStagingAccounts and tags; nothing is done."""
    mark = small.mark()
    status, found, kind = ask(small, method, "/StartRecovery", b'{"sourceServers": []}')
    assert (status, kind) == (404, "UnknownOperationException")
    assert "StartRecovery" in found["message"]
    assert small.journal(mark)[0]["error"] == "UnknownOperationException"


def test_longer_paths_and_other_methods_of_tags_are_no_operations(small):
    assert ask(small, "POST", "/DescribeJobs/more", b"{}")[0] == 404
    assert ask(small, "PUT", "/tags/arn:aws:drs:us-west-2:999999999999:job/x", b"{}")[0] == 404
    assert ask(small, "POST", "/ListStagingAccounts", b"{}")[0] == 404


@pytest.mark.parametrize(
    "host", ["evil.example.com", "127.0.0.1.evil.example.com", "10.0.0.1", "localhost.evil:80", ""]
)
def test_a_foreign_host_is_refused(small, host):
    """A page whose name was turned to 127.0.0.1 (DNS rebinding) would otherwise get at keys and servers."""
    mark = small.mark()
    for path in ("/_sim/scenario", "/DescribeJobs"):
        assert ask(small, "POST", path, b"{}", Host=host)[0] == 403
    assert small.mark() == mark


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "file://", "http://127.0.0.1.evil.example.com"])
def test_a_foreign_origin_is_refused(small, origin):
    """A page in the browser must not advance the clock, nor start anything."""
    assert ask(small, "POST", "/_sim/clock", b'{"advance": 60}', Origin=origin)[0] == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:5900", "bucket.s3.localhost", "[::1]:5900", "127.0.0.1"])
def test_names_of_this_machine_are_served(small, host):
    status, found, _kind = ask(small, "GET", "/_sim/health", Host=host, Origin=f"http://{host}")
    assert (status, found["status"]) == (200, "ok")


def test_bodies_of_notifications_and_metrics_are_journalled(small):
    """What a collection tells its operators must be readable in a test."""
    sns, watch = small.client("sns"), small.client("cloudwatch")
    topic = sns.create_topic(Name="ops")["TopicArn"]
    mark = small.mark()
    sns.publish(TopicArn=topic, Subject="s", Message="the drill has ended")
    watch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "M", "Value": 2.5}])
    told, measured = small.journal(mark)
    assert (told["request"]["Message"], told["request"]["TopicArn"]) == ("the drill has ended", topic)
    assert measured["request"]["MetricData"] == [{"MetricName": "M", "Value": 2.5}]


def test_the_journal_is_bounded_and_numbers_go_on(simulator):
    """journal.keep of the scenario; the numbers are those of all calls, so that a mark stays good."""
    sim = simulator({"journal": {"keep": 3}})
    for _number in range(5):
        sim.client("sts").get_caller_identity()
    answer = sim.get("/_sim/journal")
    assert ([entry["seq"] for entry in answer["entries"]], answer["last"], answer["dropped"]) == ([3, 4, 5], 5, 2)
    assert (sim.mark(), [entry["seq"] for entry in sim.journal(since=4)]) == (5, [5])
    with pytest.raises(SimulatorError, match="journal.keep"):
        simulator({"journal": {"keep": 0}})


def test_ten_thousand_calls_cost_less_than_twenty_megabytes():
    """Counted over what the journal holds, with requests of two hundred characters."""
    journal = Journal()

    def call(number: int) -> None:
        journal.record(
            time=f"2026-01-01T00:00:00.{number:06}+00:00",
            account="111111111111",
            region="us-west-2",
            principal="arn:aws:sts::111111111111:assumed-role/drs-operator/session",
            source_identity=None,
            service="drs",
            action="DescribeSourceServers",
            status=200,
            error=None,
            fault=None,
            request={"filters": {"sourceServerIDs": [f"s-{number:017}" for _time in range(8)]}},
            iam_actions=["drs:DescribeSourceServers"],
        )

    for number in range(10_000):
        call(number)
    seen: set[int] = set()

    def size(value: Any) -> int:
        if id(value) in seen:
            return 0
        seen.add(id(value))
        return sys.getsizeof(value) + (sum(map(size, value)) if isinstance(value, tuple) else 0)

    assert sum(size(entry) for entry in journal._entries) < 10 * 1024**2


def test_a_staging_account_that_does_not_exist_is_refused(small):
    """DRS assumes a role there to look: nothing found and nobody there must not look alike."""
    drs = small.client("drs", "111111111111")
    with pytest.raises(drs.exceptions.AccessDeniedException, match="Error in Authorization"):
        drs.list_extensible_source_servers(stagingAccountID="123456789012")
    arn = "arn:aws:drs:us-west-2:123456789012:source-server/s-00000000000000000"
    with pytest.raises(drs.exceptions.AccessDeniedException, match="Error in Authorization"):
        drs.create_extended_source_server(sourceServerArn=arn)
