"""Test faults: each kind affects the right calls, as often as configured, and is in the journal."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from drs_simulator.world.faults import FaultError, Faults
from support.simulator import Simulator, SimulatorError

ACCOUNT = "111111111111"


def seeded(*names: object) -> random.Random:
    return random.Random("/".join(map(str, names)))


@pytest.mark.parametrize(
    ("kind", "service", "operation", "code", "status"),
    [
        ("throttle", "drs", "describe_jobs", "ThrottlingException", 429),
        ("throttle", "ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("throttle", "sts", "get_caller_identity", "Throttling", 400),
        ("throttle", "ssm", "describe_parameters", "ThrottlingException", 400),
        ("throttle", "cloudwatch", "list_metrics", "ThrottlingException", 400),
        ("server_error", "drs", "describe_jobs", "InternalServerException", 500),
        ("server_error", "ec2", "describe_vpcs", "InternalError", 500),
        ("server_error", "sts", "get_caller_identity", "InternalFailure", 500),
        ("server_error", "ssm", "describe_parameters", "InternalServerError", 500),
        ("deny", "drs", "describe_jobs", "AccessDeniedException", 403),
        ("deny", "ec2", "describe_vpcs", "UnauthorizedOperation", 403),
        ("deny", "iam", "list_roles", "AccessDenied", 403),
        ("deny", "s3", "list_buckets", "AccessDenied", 403),
        ("deny", "cloudwatch", "list_metrics", "AccessDeniedException", 400),
    ],
)
def test_errors_are_in_the_words_of_the_service(small: Simulator, kind, service, operation, code, status):
    """Codes and statuses: botocore's models (drs), the common errors page of each service's API reference (others)."""
    client = small.client(service, ACCOUNT)
    rule = small.faults.add(kind, service=service)
    with pytest.raises(ClientError) as error:
        getattr(client, operation)()
    response = error.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    entry = small.journal()[-1]
    assert (entry["service"], entry["error"], entry["status"], entry["fault"]) == (service, code, status, rule)


def test_modelled_errors_become_exceptions_of_the_client(small):
    drs = small.client("drs", ACCOUNT)
    small.faults.add("throttle", times=1)
    with pytest.raises(drs.exceptions.ThrottlingException):
        drs.describe_jobs()
    small.faults.add("server_error", times=1)
    with pytest.raises(drs.exceptions.InternalServerException):
        drs.describe_jobs()


def test_a_dropped_connection_has_no_effect(small):
    drs = small.client("drs", ACCOUNT)
    server = drs.describe_source_servers()["items"][0]
    mark = small.mark()
    small.faults.add("drop_connection", service="drs", action="TagResource")
    with pytest.raises(ConnectionClosedError):
        drs.tag_resource(resourceArn=server["arn"], tags={"dropped": "before"})
    small.faults.clear()
    assert "dropped" not in drs.list_tags_for_resource(resourceArn=server["arn"])["tags"]
    entry = small.journal(mark, action="TagResource")[0]
    assert (entry["status"], entry["error"], entry["mutating"]) == (None, "ConnectionClosed", True)


def test_a_dropped_response_keeps_the_effect_and_botocore_asks_again(simulator):
    """The case that makes a second launch: botocore's own retry meets the job that it does not know it has started."""
    sim = simulator()
    drs = sim.client("drs", ACCOUNT, retries=3)
    server = drs.describe_source_servers()["items"][0]["sourceServerID"]
    sim.faults.add("drop_response", service="drs", action="StartRecovery", times=1)
    with pytest.raises(drs.exceptions.ConflictException):
        drs.start_recovery(isDrill=True, sourceServers=[{"sourceServerID": server}])
    first, second = sim.journal(action="StartRecovery")
    assert (first["status"], first["error"]) == (None, "ResponseDropped")
    assert (second["status"], second["error"]) == (409, "ConflictException")
    assert first["request"]["sourceServers"] == [{"sourceServerID": server}]
    assert len(drs.describe_jobs()["items"]) == 1
    sim.clock.advance(3600)
    assert len(sim.ledger("launched")) == 1


def test_slow_is_slow_in_real_time_and_then_answers(small):
    drs = small.client("drs", ACCOUNT)
    small.faults.add("slow", service="drs", seconds=0.3, times=1)
    began = time.monotonic()
    drs.describe_jobs()
    assert time.monotonic() - began >= 0.3


def test_match_by_service_action_account_and_region(simulator):
    other = "222222222222"
    sim = simulator(
        {
            "accounts": [
                {"id": ACCOUNT, "regions": ["us-west-2", "eu-west-1"], "role": {"name": "r"}},
                {"id": other, "regions": ["us-west-2"], "role": {"name": "r"}},
            ]
        }
    )
    sim.faults.add("throttle", service="drs", action=["DescribeJobs"], account=ACCOUNT, region="us-west-2")
    with pytest.raises(ClientError):
        sim.client("drs", ACCOUNT).describe_jobs()
    sim.client("drs", ACCOUNT).describe_source_servers()
    sim.client("drs", ACCOUNT, "eu-west-1").describe_jobs()
    sim.client("drs", other).describe_jobs()
    assert [rule["hits"] for rule in sim.faults()] == [1]


def test_times_and_after(small):
    drs = small.client("drs", ACCOUNT)
    small.faults.add("throttle", service="drs", after=2, times=2)
    outcomes = []
    for _n in range(6):
        try:
            drs.describe_jobs()
            outcomes.append("ok")
        except ClientError:
            outcomes.append("throttled")
    assert outcomes == ["ok", "ok", "throttled", "throttled", "ok", "ok"]


def test_rates_are_seeded():
    def run() -> list[bool]:
        faults = Faults(seeded)
        faults.add({"id": "t", "kind": "throttle", "rate": 0.3})
        return [faults.pick("drs", "DescribeJobs", ACCOUNT, "us-west-2") is not None for _n in range(1000)]

    first = run()
    assert first == run()
    assert 250 < sum(first) < 350


def test_scenario_faults_hold_from_the_first_call(simulator):
    sim = simulator(
        {
            "accounts": [{"id": ACCOUNT, "regions": ["us-west-2"], "role": {"name": "r"}}],
            "faults": [{"id": "start", "kind": "deny", "match": {"service": "drs"}}],
        }
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        sim.client("drs", ACCOUNT).describe_jobs()
    sim.faults.clear("start")
    sim.client("drs", ACCOUNT).describe_jobs()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"kind": "explode"}, "fault.kind: 'explode' is not one of throttle"),
        ({"kind": "throttle", "rate": 30}, "fault.rate: 30 is not a number from 0 to 1"),
        ({"kind": "throttle", "times": 0}, "fault.times: 0 is not a whole number above 0"),
        ({"kind": "throttle", "rat": 1}, "did you mean 'rate'"),
        ({"kind": "throttle", "match": {"servic": "drs"}}, "fault.match.servic: unknown key"),
        ("throttle", "is not a mapping"),
    ],
)
def test_a_senseless_rule_is_refused_with_field_value_and_fix(rule, text):
    with pytest.raises(FaultError, match=text):
        Faults(seeded).add(rule)


def test_the_admin_door_says_the_same(small):
    with pytest.raises(SimulatorError, match="fault.rate: 2"):
        small.faults.add("throttle", rate=2)
    with pytest.raises(SimulatorError, match="no admin call GET /_sim/nothing"):
        small.get("/_sim/nothing")
