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
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import ACTIVE
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
    "WorkingTime": SECONDS,
    "WaitingForPeople": SECONDS,
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


def of_run(
    records: Sequence[NewHistoryRecord],
    overall: Mapping[str, Any],
    accounts: bool = False,
    before: Sequence[AnyHistory] = (),
) -> list[Metric]:
    """The metrics of a run, once, at its end; of a run that waits or is paused there are none yet.

    A run that had ended before and was resumed gives what has changed since, so that the sums over all its commands are
    those of the run: a server that failed and was launched by a retry is a FailedServers of -1. Times that are told as
    the largest of a period are given again when they are others.

    :param records: its history records, see history_records.records.
    :param overall: all of them together, see history_records.overall.
    :param accounts: also give servers and failures of each account.
    :param before: the records as they were when metrics of the run were sent before.
    :returns: [{name, value or values, unit, dimensions {name: value}}].
    """
    if not records or not is_over(overall):
        return []
    first = records[0]
    action = {"Action": history_records.action_of(first["kind"], first.get("mode"))}
    known = {history_records.item_of(one): one for one in before}
    result: list[Metric] = []
    for dimensions in ({}, action):
        own = [*_executions(overall, dimensions), *_counts(first["kind"], overall, dimensions)]
        own += _times(overall, dimensions)
        if before:
            earlier = history_records.overall(before)
            earlier["status"] = history_records.PARTIAL if _unsuccessful(before) else history_records.SUCCEEDED
            was = [*_executions(earlier, dimensions), *_counts(first["kind"], earlier, dimensions)]
            own = _changes(own, [*was, *_times(earlier, dimensions)])
        result += own
        # the slowest of all must be among those that there is room for
        times = sorted(filter(None, (_slowest(one, known) for one in records)), reverse=True)
        if times and first["kind"] in ("recovery", "failback"):
            result.append({**_metric("LaunchTime", 0, dimensions), "value": None, "values": times[:MOST_VALUES]})
    for one in records if accounts else ():
        place = {**action, "AccountId": one["account_id"]}
        earlier_one = known.get(history_records.item_of(one))
        was = list(_counts(first["kind"], earlier_one, place)) if earlier_one else []
        result += _changes(list(_counts(first["kind"], one, place)), was)
    return result


def is_over(overall: Mapping[str, Any]) -> bool:
    """Whether a run has ended: what waits, or is paused, has no figures yet."""
    return overall["status"] not in ACTIVE


def _unsuccessful(before: Iterable[AnyHistory]) -> bool:
    return any(one["status"] != history_records.SUCCEEDED for one in before)


def _slowest(one: AnyHistory, known: Mapping[str, AnyHistory]) -> float | None:
    """The longest launch of an account, unless it was told before."""
    time = as_mapping(one.get("launch_seconds")).get("max")
    was = as_mapping(as_mapping(known.get(history_records.item_of(one))).get("launch_seconds")).get("max")
    return None if time == was else time


def _changes(now: list[Metric], was: list[Metric]) -> list[Metric]:
    """Metrics as changes of those that were sent: counts as differences, others when they are others."""
    before = {one["name"]: one["value"] or 0 for one in was}
    result = []
    for one in now:
        if one["name"] not in before:
            result.append(one)
        elif (one["value"] or 0) != before[one["name"]]:
            summed = one["unit"] == COUNT or one["name"] == "WaitingForPeople"
            result.append({**one, "value": (one["value"] or 0) - before[one["name"]]} if summed else one)
    return result


def _executions(overall: Mapping[str, Any], dimensions: Mapping[str, str]) -> Iterator[Metric]:
    yield _metric("Executions", 1, dimensions)
    yield _metric("FailedExecutions", int(overall["status"] != history_records.SUCCEEDED), dimensions)


def _times(overall: Mapping[str, Any], dimensions: Mapping[str, str]) -> Iterator[Metric]:
    """How long it took, how much of that people were waited for, and how much of it was work."""
    whole, waited = overall.get("duration_seconds"), overall.get("waited_seconds") or 0
    if whole is not None:
        yield _metric("Duration", whole, dimensions)
        yield _metric("WaitingForPeople", min(waited, whole), dimensions)
        yield _metric("WorkingTime", max(0, whole - waited), dimensions)


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
