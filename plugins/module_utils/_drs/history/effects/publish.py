"""Telling about runs: notices to a topic of SNS, figures to CloudWatch. Nothing here can fail a run, or hold it up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import metrics
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notices
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import EffectRetry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import with_remedy

NOTIFY_SPEC: dict[str, t.Any] = {
    "topic_arn": {"type": "str", "required": True},
    "event": {"type": "dict", "required": True},
}
METRICS_SPEC: dict[str, t.Any] = {
    "namespace": {"type": "str", "default": metrics.NAMESPACE},
    "records": {"type": "list", "elements": "dict", "default": []},
    "overall": {"type": "dict"},
    "readiness": {"type": "dict"},
    "by_account": {"type": "bool", "default": False},
}


def notify(open_cell: t.Callable[[dict], Cell], params: dict, check_mode: bool) -> dict:
    """Publish the notice of an event; returns {sent, message_id, subject, message, bytes, error, changed, warnings}."""
    told: dict[str, t.Any] = {"sent": False, "message_id": None, "subject": None, "message": None, "bytes": 0}
    told.update(error=None, changed=False, warnings=[])
    try:
        region = notices.region_of(params["topic_arn"])
        made = notices.notice(params["event"])
        told.update(subject=made["subject"], message=made["message"], bytes=notices.size(made))
        if not check_mode:
            # the topic is where it is, whatever Region the play works in
            cell = open_cell({**params, "region": region})
            told.update(sent=True, message_id=_publish(cell, _request(params["topic_arn"], made)))
    except DrsError as exc:
        told.update(error=outcomes.error_entry(exc), warnings=[_warning("notice_not_sent", exc)])
    return told


@EffectRetry.jittered_backoff(retries=3, delay=0.5, backoff=2, max_delay=2)
def _publish(cell: Cell, request: dict[str, t.Any]) -> str:
    """Publish; whether SNS was only busy or its answer was lost, a notice that comes twice is better than none."""
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


def measure(open_cell: t.Callable[[dict], Cell], params: dict, check_mode: bool) -> dict:
    """Send the figures of a run or of readiness; returns {sent, calls, metrics, error, changed, warnings}."""
    told: dict[str, t.Any] = {"sent": 0, "calls": 0, "metrics": [], "error": None, "changed": False, "warnings": []}
    try:
        namespace = metrics.check_namespace(params["namespace"])
        found = metrics.of_readiness(params["readiness"]) if params["readiness"] else []
        if params["records"] and params["overall"]:
            found += metrics.of_run(params["records"], params["overall"], params["by_account"])
        told["metrics"] = found
        members = metrics.data(found, clock.now())
        if check_mode or not members:
            return told
        cell = open_cell(params)
        for batch in metrics.batches(members):
            with cell.errors("PutMetricData"):
                cell.client("cloudwatch", effect=True, brief=True).put_metric_data(
                    Namespace=namespace, MetricData=batch
                )
            told["calls"] += 1
            told["sent"] += len(batch)
    except DrsError as exc:
        told.update(error=outcomes.error_entry(exc), warnings=[_warning("metrics_not_sent", exc)])
    return told


def _warning(code: str, exc: DrsError) -> str:
    return f"{code}: {exc.code}: {with_remedy(exc.message, exc.remedy)}"
