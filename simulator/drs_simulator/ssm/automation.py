"""Systems Manager Automation, which moto lacks: executions that follow the virtual clock.

Operations, errors and states: SSM API reference and botocore's model. The steps of a document are not run: a step takes
five seconds, `aws:sleep` its Duration, and `aws:executeScript` with a script that raises fails the execution.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..protocol.refused import Refused
from ..world.world import world
from . import documents, nodes

_STEP_SECONDS = 5.0
_MOST_RESULTS, _MOST_TAGS = 50, 5
_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")
_ENDED = ("Success", "Failed")


@dataclass
class Step:
    """One step: its end in seconds from the start, and whether it fails."""

    name: str
    action: str
    ends: float
    fails: bool


@dataclass
class Execution:
    """One execution of a document."""

    id: str
    document: str
    version: str
    parameters: dict[str, list[str]]
    tags: list[dict[str, str]]
    token: str | None
    started: datetime
    steps: list[Step]
    executed_by: str

    def state(self, moment: datetime) -> tuple[str, Step | None, datetime | None]:
        """Status, the step that runs or failed, and the time of the end."""
        passed = (moment - self.started).total_seconds()
        for step in self.steps:
            if passed < step.ends:
                return "InProgress", step, None
            if step.fails:
                return "Failed", step, self.started + timedelta(seconds=step.ends)
        return "Success", None, self.started + timedelta(seconds=self.steps[-1].ends if self.steps else 0)


def _executions(account: str, region: str) -> dict[str, Execution]:
    from moto.ssm.models import ssm_backends

    found: dict[str, Execution] = ssm_backends[account][region].__dict__.setdefault("_drs_automations", {})
    return found


def _now() -> datetime:
    return world.clock.now()


def _seconds(step: Mapping[str, Any]) -> float:
    match = _DURATION.match(str((step.get("inputs") or {}).get("Duration", "")))
    if step.get("action") != "aws:sleep" or match is None:
        return _STEP_SECONDS
    return float(sum(int(amount or 0) * unit for amount, unit in zip(match.groups(), (3600, 60, 1), strict=True)))


def _steps(content: Mapping[str, Any]) -> list[Step]:
    found: list[Step] = []
    ends = 0.0
    for step in content.get("mainSteps") or []:
        ends += _seconds(step)
        script = str((step.get("inputs") or {}).get("Script", ""))
        fails = step.get("action") == "aws:executeScript" and "raise" in script
        found.append(Step(step["name"], step["action"], ends, fails))
    return found


def _document(account: str, region: str, name: str, version: str | None) -> Any:
    from moto.core.exceptions import ServiceException
    from moto.ssm.models import ssm_backends

    try:
        versions = ssm_backends[account][region]._get_documents(name)
    except ServiceException:
        versions = None
    document = versions.find(None if version in (None, "$DEFAULT") else version, None) if versions else None
    if document is None or document.document_type != "Automation":
        raise Refused("AutomationDefinitionNotFoundException", f"Document with name {name} not found.", 400)
    return document


def start(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """StartAutomationExecution. A ClientToken that was used returns what it started, or is refused for other input."""
    name = documents.short_name(str(body.get("DocumentName") or ""))
    given = body.get("Parameters") or {}
    document = _document(account, region, name, body.get("DocumentVersion"))
    try:
        values = documents.fill(document.content_json, given)
    except Refused as problem:
        raise Refused("InvalidAutomationExecutionParametersException", str(problem), 400) from None
    tags = list(body.get("Tags") or [])
    if len(tags) > _MOST_TAGS:
        raise Refused("ValidationException", f"Tags has {len(tags)} members; at most {_MOST_TAGS} are allowed", 400)
    known = _executions(account, region)
    token = body.get("ClientToken")
    for one in known.values():
        if token and one.token == token:
            if (one.document, one.parameters) != (name, values):
                raise Refused("IdempotentParameterMismatch", "The token was used with other parameters", 400)
            return {"AutomationExecutionId": one.id}
    execution = Execution(
        str(uuid.UUID(int=world.rng("automation", account, region, len(known)).getrandbits(128), version=4)),
        name,
        str(document.document_version),
        values,
        tags,
        token,
        _now(),
        _steps(document.content_json),
        f"arn:aws:sts::{account}:assumed-role/automation",
    )
    known[execution.id] = execution
    named = {tag["Key"]: tag["Value"] for tag in tags}
    world.ledger.record(
        "automation_started",
        account=account,
        region=region,
        job_id=execution.id,
        job_tags=named,
        document=name,
        parameters=values,
    )
    return {"AutomationExecutionId": execution.id}


def _shown(one: Execution, moment: datetime) -> dict[str, Any]:
    status, step, ended = one.state(moment)
    found: dict[str, Any] = {
        "AutomationExecutionId": one.id,
        "DocumentName": one.document,
        "DocumentVersion": one.version,
        "AutomationExecutionStatus": status,
        "ExecutionStartTime": one.started.timestamp(),
        "ExecutedBy": one.executed_by,
        "Mode": "Auto",
    }
    if ended:
        found["ExecutionEndTime"] = ended.timestamp()
    if step and status not in _ENDED:
        found.update(CurrentStepName=step.name, CurrentAction=step.action)
    if step and status == "Failed":
        found["FailureMessage"] = f"Step fails when it is Execute/Cancelling action. {step.name}: the script raised."
    return found


def get(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """GetAutomationExecution."""
    one = _executions(account, region).get(str(body.get("AutomationExecutionId")))
    if one is None:
        text = f"Automation execution {body.get('AutomationExecutionId')} not found"
        raise Refused("AutomationExecutionNotFoundException", text, 400)
    return {"AutomationExecution": {**_shown(one, _now()), "Parameters": one.parameters}}


def describe(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """DescribeAutomationExecutions, newest first; the filters of the API reference that name, state and time are."""
    moment = _now()
    found = list(_executions(account, region).values())[::-1]
    for item in body.get("Filters") or []:
        key, values = item.get("Key"), [str(value) for value in item.get("Values") or []]
        if key == "DocumentNamePrefix":
            found = [one for one in found if one.document.startswith(tuple(values))]
        elif key == "ExecutionId":
            found = [one for one in found if one.id in values]
        elif key == "ExecutionStatus":
            found = [one for one in found if one.state(moment)[0] in values]
        elif key in ("StartTimeAfter", "StartTimeBefore"):
            limit = datetime.fromisoformat(values[0].replace("Z", "+00:00"))
            found = [one for one in found if (one.started >= limit) is (key == "StartTimeAfter")]
        else:
            raise Refused("InvalidFilterKey", f"The specified key isn't valid: {key}", 400)
    size = int(body.get("MaxResults") or _MOST_RESULTS)
    if not 1 <= size <= _MOST_RESULTS:
        raise Refused("ValidationException", f"MaxResults must be from 1 to {_MOST_RESULTS}, not {size}", 400)
    chosen, following = nodes.page(found, size, body.get("NextToken"))
    more = {"NextToken": following} if following else {}
    return {"AutomationExecutionMetadataList": [_shown(one, moment) for one in chosen], **more}


def tags_of(account: str, region: str, identity: str) -> list[dict[str, str]]:
    """The tags of an execution, as ListTagsForResource has them for the resource type Automation."""
    one = _executions(account, region).get(identity)
    if one is None:
        raise Refused("InvalidResourceId", f"The resource ID isn't valid: {identity}", 400)
    return one.tags
