"""Metrics of a run for CloudWatch: which, with which dimensions, in how few calls.

Limits of PutMetricData (API reference): 1,000 metrics and 1 MB in a call, 150 values in a metric, 30 dimensions. Every
combination of dimensions is a metric of its own that is paid for, so that there are few: none (the whole, which alarms
look at), the action, and, when asked for, action and account.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.nouns import (
    AnyHistory,
    Metric,
    NewHistoryRecord,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsMembers, Result

NAMESPACE = "ResilienceDRS"
MOST_METRICS = 1000
# Of the 1 MB (1,048,576 bytes) some stay for what is around the metrics.
MOST_BYTES = 1_000_000
MOST_VALUES = 150
_NAMESPACE = re.compile(r"[A-Za-z0-9_./#:-]{1,255}", re.ASCII)

COUNT, SECONDS, PERCENT = "Count", "Seconds", "Percent"
# Metric -> unit; every run gives the first ones, the others where they mean something.
METRICS: dict[str, str] = {
    "Executions": COUNT,
    "FailedExecutions": COUNT,
    "ServersProcessed": COUNT,
    "FailedServers": COUNT,
    "Duration": SECONDS,
    "LaunchTime": SECONDS,
    "ExtendedServers": COUNT,
    "ExtensionFailures": COUNT,
    "AlreadyExtended": COUNT,
    "InstancesDeployed": COUNT,
    "AgentRegistrationRate": PERCENT,
    "ReadinessScore": PERCENT,
    "Coverage": PERCENT,
    "StalledServers": COUNT,
    "WorstLag": SECONDS,
}


def check_namespace(namespace: Any) -> str:
    """The namespace, when it can be one.

    :raises DrsError: ``invalid_option``.
    """
    text = str(namespace or "")
    if not _NAMESPACE.fullmatch(text) or text.startswith(":") or text.upper().startswith("AWS/"):
        raise DrsError(
            "invalid_option",
            f"namespace: '{text[:80]}' cannot be one; use letters, digits and . - _ / # : and no AWS/ at its beginning",
        )
    return text


def of_run(records: Sequence[NewHistoryRecord], overall: Mapping[str, Any], accounts: bool = False) -> list[Metric]:
    """The metrics of a run that has ended.

    :param records: its history records, see history_records.records.
    :param overall: all of them together, see history_records.overall.
    :param accounts: also give servers and failures of each account.
    :returns: [{name, value or values, unit, dimensions {name: value}}].
    """
    if not records:
        return []
    first = records[0]
    action = {"Action": str(first.get("mode") or first["kind"])}
    result: list[Metric] = []
    for dimensions in ({}, action):
        result.append(_metric("Executions", 1, dimensions))
        result.append(_metric("FailedExecutions", int(overall["status"] != history_records.SUCCEEDED), dimensions))
        result += _counts(first["kind"], overall, dimensions)
        if overall.get("duration_seconds") is not None:
            result.append(_metric("Duration", overall["duration_seconds"], dimensions))
        times = [one.get("launch_seconds") for one in records]
        slowest = [one["max"] for one in times if one]
        if slowest and first["kind"] in ("recovery", "failback"):
            result.append({**_metric("LaunchTime", 0, dimensions), "value": None, "values": slowest[:MOST_VALUES]})
    for one in records if accounts else ():
        result += _counts(first["kind"], one, {**action, "AccountId": one["account_id"]})
    return result


def _counts(kind: str, counts: AnyHistory, dimensions: Mapping[str, str]) -> Iterator[Metric]:
    summary = counts["summary"]
    yield _metric("ServersProcessed", counts["servers"], dimensions)
    yield _metric("FailedServers", counts["failed"], dimensions)
    if kind == "extension":
        yield _metric("ExtendedServers", summary.get(outcomes.EXTENDED, 0), dimensions)
        yield _metric("AlreadyExtended", summary.get(outcomes.ALREADY_EXTENDED, 0), dimensions)
        yield _metric("ExtensionFailures", counts["failed"], dimensions)
    if kind == "deployment":
        there = summary.get(outcomes.INSTALLED, 0) + summary.get(outcomes.ALREADY_INSTALLED, 0)
        tried = there + counts["failed"] + counts["unfinished"]
        yield _metric("InstancesDeployed", summary.get(outcomes.INSTALLED, 0), dimensions)
        if tried:
            yield _metric("AgentRegistrationRate", round(there * 100 / tried, 2), dimensions)


def of_readiness(report: Result) -> list[Metric]:
    """The metrics of a readiness report, see readiness_score.report; what is unknown is left out, never 0 or 100."""
    values = {
        "ReadinessScore": report["score"],
        "Coverage": report["coverage"]["percent"],
        "StalledServers": report["lag"]["stalled"],
        "WorstLag": report["lag"]["worst_seconds"],
    }
    return [_metric(name, value, {}) for name, value in values.items() if value is not None]


def _metric(name: str, value: float, dimensions: Mapping[str, str]) -> Metric:
    return {"name": name, "value": value, "unit": METRICS[name], "dimensions": dict(dimensions)}


def data(metrics: Iterable[Metric], timestamp: str) -> list[AwsMembers]:
    """Metrics as the members of PutMetricData, all of one time."""
    return [
        {
            "MetricName": one["name"],
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(one["dimensions"].items())],
            "Timestamp": timestamp,
            "Unit": one["unit"],
            **({"Values": list(one["values"])} if one.get("values") else {"Value": one["value"]}),
        }
        for one in metrics
    ]


def batches(members: Sequence[AwsMembers]) -> list[list[AwsMembers]]:
    """Members in as few calls as the limits allow."""
    made: list[list[AwsMembers]] = []
    room = 0
    for one in members:
        # the query protocol writes longer names than JSON: twice its length is never too little
        size = 2 * len(json.dumps(one))
        if not made or len(made[-1]) >= MOST_METRICS or size > room:
            made.append([])
            room = MOST_BYTES
        made[-1].append(one)
        room -= size
    return made
