"""Publish notifications to SNS and metrics to CloudWatch. Nothing here can fail a run, or hold it up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import metrics
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notifications
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import EffectRetry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import with_remedy
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given

# The Region of a topic is in its ARN; ``kinds`` are chosen from before.
NOTIFICATION_OPTIONS = ("topic_arn", "kinds", "profile")
METRICS_OPTIONS = ("namespace", "region", "profile", "by_account")


def notify(open_cell: t.Callable[[dict], Cell], event: t.Mapping[str, t.Any], options: Given, check_mode: bool) -> dict:
    """Publish the notification of an event; it raises nothing.

    :param event: see notifications.notification.
    :param options: see NOTIFICATION_OPTIONS.
    :returns: {sent, message_id, subject, message, bytes, error, warnings}.
    """
    result: dict[str, t.Any] = {"sent": False, "message_id": None, "subject": None, "message": None, "bytes": 0}
    result.update(error=None, warnings=[])
    try:
        _check_keys("notification", options, NOTIFICATION_OPTIONS)
        region = notifications.region_of(options["topic_arn"])
        made = notifications.notification(event)
        result.update(subject=made["subject"], message=made["message"], bytes=notifications.size(made))
        if not check_mode:
            # the topic is where it is, whatever Region the play works in
            cell = open_cell({"region": region, "profile": options.get("profile") or None})
            result.update(sent=True, message_id=_publish(cell, _request(options["topic_arn"], made)))
    except Exception as exc:  # not even a fault of our own may fail the run that it is about
        result.update(_not_sent("notification_not_sent", exc))
    return result


@EffectRetry.jittered_backoff(retries=3, delay=0.5, backoff=2, max_delay=2)
def _publish(cell: Cell, request: Given) -> str:
    """Publish; whether SNS was only busy or its answer was lost, a notification sent twice is better than none."""
    with cell.errors("Publish"):
        return str(cell.client("sns", effect=True, brief=True).publish(**request)["MessageId"])


def _request(topic_arn: str, made: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    request = {
        "TopicArn": topic_arn,
        "Subject": made["subject"],
        "Message": made["message"],
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in made["attributes"].items()
        },
    }
    if topic_arn.endswith(".fifo"):
        group = made["attributes"].get("run_id") or "runs"
        digest = hashlib.sha256(made["attributes"]["event"].encode()).hexdigest()
        request.update(MessageGroupId=group[:128], MessageDeduplicationId=digest)
    return request


def measure(
    open_cell: t.Callable[[dict], Cell],
    figures: t.Mapping[str, t.Any],
    options: Given,
    check_mode: bool,
) -> dict:
    """Send the figures of a run or of readiness; it raises nothing.

    :param figures: {records, overall, earlier} as book.record returns them, or {readiness}, the report of it.
    :param options: see METRICS_OPTIONS.
    :returns: {sent, calls, metrics, error, warnings}.
    """
    result: dict[str, t.Any] = {"sent": 0, "calls": 0, "metrics": [], "error": None, "warnings": []}
    try:
        _check_keys("metrics", options, METRICS_OPTIONS)
        namespace = metrics.check_namespace(options.get("namespace", metrics.NAMESPACE))
        metric_data = metrics.of_readiness(figures["readiness"]) if figures.get("readiness") else []
        if figures.get("records") and figures.get("overall"):
            metric_data += metrics.of_run(
                figures["records"],
                figures["overall"],
                _yes(options.get("by_account", False)),
                figures.get("earlier") or (),
            )
        result["metrics"] = metric_data
        members = metrics.data(metric_data, clock.now())
        if check_mode or not members:
            return result
        cell = open_cell({key: options.get(key) or None for key in ("region", "profile")})
        for batch in metrics.batches(members):
            with cell.errors("PutMetricData"):
                cell.client("cloudwatch", effect=True, brief=True).put_metric_data(
                    Namespace=namespace, MetricData=batch
                )
            result["calls"] += 1
            result["sent"] += len(batch)
    except Exception as exc:  # not even a fault of our own may fail the run that it is about
        result.update(_not_sent("metrics_not_sent", exc))
    return result


def _check_keys(name: str, options: Given, allowed: t.Sequence[str]) -> None:
    unknown = sorted(set(options) - set(allowed))
    if unknown:
        raise DrsError("invalid_option", f"{name}: there is no {', '.join(unknown)}; it has {', '.join(allowed)}")


def _yes(value: t.Any) -> bool:
    """A switch as people type it; what is typed with -e is text."""
    text = str(value).strip().lower()
    if text in ("true", "yes", "on", "1"):
        return True
    if text in ("false", "no", "off", "0"):
        return False
    raise DrsError("invalid_option", f"metrics.by_account: '{text[:80]}' is neither yes nor no")


def _not_sent(code: str, exc: Exception) -> dict[str, t.Any]:
    error = exc if isinstance(exc, DrsError) else DrsError("internal_error", f"{type(exc).__name__}: {exc}")
    text = f"{code}: {error.code}: {with_remedy(error.message, error.remedy)}"
    return {"error": outcomes.error_entry(error), "warnings": [text]}
