"""Test metrics: values, size of a call, dimensions."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import metrics
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

NOW = "2026-03-10T12:00:00Z"
TIMES = {"started_at": "2026-03-10T10:00:00Z", "ended_at": "2026-03-10T10:10:00Z"}


def told(kind, entries, mode="drill"):
    cell = {"cell": "pay.us-west-2", "account_id": "111111111111", "region": "us-west-2"}
    servers = [
        outcomes.server_entry(outcome, {**cell, "source_server_id": f"s-{n}", "instance_id": f"i-{n}"}, **TIMES)
        for n, outcome in enumerate(entries)
    ]
    found = records.records({"kind": kind, "mode": mode, "run_id": "r", "servers": servers}, NOW)
    return found, records.overall(found)


def values(found, **dimensions):
    return {one["name"]: one.get("values") or one["value"] for one in found if one["dimensions"] == dimensions}


def test_metrics_of_a_drill():
    found = metrics.of_run(*told("recovery", ["launched", "launched", "failed"]))
    counts = {"Executions": 1, "FailedExecutions": 1, "ServersProcessed": 3, "FailedServers": 1}
    times = {"Duration": 600, "WaitingForPeople": 0, "WorkingTime": 600, "LaunchTime": [600]}
    assert values(found, Action="drill") == {**counts, **times}
    assert values(found) == values(found, Action="drill"), "alarms look at the whole"


def test_metrics_of_a_deployment():
    found = metrics.of_run(*told("deployment", ["installed", "already_installed", "failed", "skipped"], "deployment"))
    assert values(found, Action="deployment")["InstancesDeployed"] == 1
    assert values(found, Action="deployment")["AgentRegistrationRate"] == pytest.approx(66.67)


def test_metrics_of_an_extension():
    found = values(
        metrics.of_run(*told("extension", ["extended", "already_extended", "failed"], "extension")), Action="extension"
    )
    assert (found["ExtendedServers"], found["AlreadyExtended"], found["ExtensionFailures"]) == (1, 1, 1)


def test_accounts_are_metrics_of_their_own_only_when_asked():
    both = told("recovery", ["launched"])
    assert {"Action", "AccountId"} not in [set(one["dimensions"]) for one in metrics.of_run(*both)]
    own = values(metrics.of_run(*both, accounts=True), Action="drill", AccountId="111111111111")
    assert own == {"ServersProcessed": 1, "FailedServers": 0}


def end(entries, status="", waited=0, ended="2026-03-10T10:10:00Z", kind="recovery"):
    cell = {"cell": "pay.us-west-2", "account_id": "111111111111", "region": "us-west-2"}
    servers = [outcomes.server_entry(one, {**cell, "source_server_id": f"s-{n}"}) for n, one in enumerate(entries)]
    told = {"kind": kind, "mode": "recovery", "run_id": "r", "servers": servers, "waited_seconds": waited}
    told.update(status=status, started_at=TIMES["started_at"], ended_at=ended)
    found = records.records(told, NOW)
    return found, records.overall(found, told)


@pytest.mark.parametrize("status", ["waiting", "paused"])
def test_a_run_that_waits_for_people_is_no_execution_and_has_not_failed(status):
    assert metrics.of_run(*end(["launched", "planned"], status)) == []


def test_a_second_command_gives_what_has_changed_so_that_the_sums_are_those_of_the_run():
    first = end(["launched"] * 12 + ["failed"] * 2)
    second = end(["launched"] * 14, ended="2026-03-10T11:10:00Z", waited=1800)
    sent = metrics.of_run(*first)
    again = metrics.of_run(*second, before=first[0])
    for dimensions in ({}, {"Action": "failover"}):
        one, two = values(sent, **dimensions), values(again, **dimensions)
        assert (one["Executions"], one["FailedExecutions"], one["ServersProcessed"], one["FailedServers"]) == (
            1,
            1,
            14,
            2,
        )
        assert two == {
            "FailedExecutions": -1,
            "FailedServers": -2,
            "Duration": 4200,
            "WorkingTime": 2400,
            "WaitingForPeople": 1800,
        }
    assert metrics.of_run(*second, before=second[0]) == [], "the same again is nothing new"


def test_waiting_for_people_is_a_metric_of_its_own():
    told = values(metrics.of_run(*end(["launched"], waited=200)))
    assert (told["Duration"], told["WaitingForPeople"], told["WorkingTime"]) == (600, 200, 400)


def test_the_slowest_launch_is_told_however_many_cells_there_are():
    found, whole = told("recovery", ["launched"])
    many = [{**found[0], "account_id": f"{n:012}", "launch_seconds": {"max": n, "mean": n}} for n in range(1, 401)]
    sent = metrics.of_run(many, whole)
    (times,) = [one["values"] for one in sent if one.get("values") and not one["dimensions"]]
    assert max(times) == 400 and len(times) == metrics.MOST_VALUES


def test_the_metrics_of_four_hundred_accounts_fit_into_what_a_call_takes():
    found, whole = told("recovery", ["launched", "failed"])
    many = [{**found[0], "account_id": f"{n:012}", "launch_seconds": {"max": n, "mean": n}} for n in range(1, 1001)]
    members = metrics.data(metrics.of_run(many, whole, accounts=True), NOW)
    made = metrics.batches(members)
    assert len(members) > 2000 and sum(map(len, made)) == len(members)
    for batch in made:
        assert len(batch) <= 1000 and len(json.dumps(batch)) <= 1_048_576
        assert all(len(one.get("Values", ())) <= 150 for one in batch)


def test_every_metric_has_a_unit_and_a_time():
    members = metrics.data(metrics.of_run(*told("recovery", ["launched"])), NOW)
    assert {one["Timestamp"] for one in members} == {NOW}
    assert all(("Value" in one) != ("Values" in one) for one in members)
    assert {one["Unit"] for one in members} <= {"Count", "Seconds", "Percent"}


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_a_call_takes_a_thousand_metrics(count, calls):
    made = metrics.batches([{"MetricName": str(number)} for number in range(count)])
    assert len(made) == calls and [one["MetricName"] for batch in made for one in batch] == [
        str(n) for n in range(count)
    ]


def test_a_call_takes_a_megabyte():
    member = {"MetricName": "x" * 4000}
    made = metrics.batches([member] * 900)
    assert len(made) > 1 and sum(map(len, made)) == 900
    assert all(sum(len(json.dumps(one)) for one in batch) <= 1_048_576 for batch in made)


@pytest.mark.parametrize("name", ["", "AWS/DRS", "aws/mine", "two words", ":x", "x" * 256])
def test_a_namespace_that_cloudwatch_refuses_is_refused_before_the_call(name):
    with pytest.raises(DrsError, match="namespace"):
        metrics.check_namespace(name)


def test_a_run_of_nobody_has_no_metrics():
    assert metrics.of_run([], {}) == []
