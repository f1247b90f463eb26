"""Run Systems Manager automations in a cell: started once per action of a run, and watched to their end.

StartAutomationExecution has a client token, and what a second use of it answers is not documented. So an execution
carries the action as a tag, and is looked for before it is started and after a doubtful answer. One that has failed is
not taken for the action: run again, the action starts it anew.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.together import run as run_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell, once
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import ACTION_TAG, RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AwsData,
    Finding,
    Given,
    Result,
    Spec,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Execution
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import always

SPEC: Spec = {
    "document": {"type": "str", "required": True},
    "version": {"type": "str"},
    "parameters": {"type": "dict", "default": {}},
    "run_id": {"type": "str", "required": True},
    "action": {"type": "str", "required": True},
    "label": {"type": "str"},
    "expected_seconds": {"type": "int", "default": 120},
    "poll_interval": {"type": "int", "default": 5},
    "poll_interval_max": {"type": "int", "default": 60},
    "heartbeat": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 3600},
    "lookback_hours": {"type": "int", "default": 48},
}

GOOD = ("Success", "CompletedWithSuccess")
ENDED = (
    *GOOD,
    *("TimedOut", "Cancelled", "Failed", "Rejected", "ChangeCalendarOverrideRejected"),
    *("CompletedWithFailure", "Exited"),
)


def action_id(cell: Cell, params: Given) -> str:
    """24 hexadecimal digits that name an action of a run in a cell, with all that it asks for."""
    content = [params["run_id"], params["action"], cell.name, params["document"], params["version"] or ""]
    content += [f"{key}={value}" for key, value in sorted(arguments(params["parameters"]).items())]
    return hashlib.sha256("\0".join(map(str, content)).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def arguments(parameters: Given) -> dict[str, list[str]]:
    """The parameters as the API takes them: lists of text."""
    return {
        str(key): [_text(one) for one in (value if isinstance(value, list) else [value])]
        for key, value in parameters.items()
    }


def _text(value: t.Any) -> str:
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def _execution(item: AwsData) -> Execution:
    return {
        "execution_id": item["AutomationExecutionId"],
        "document": item.get("DocumentName"),
        "status": always(item.get("AutomationExecutionStatus")),
        "step": item.get("CurrentStepName"),
        "message": clean(item.get("FailureMessage"), 500),
        "started_at": iso_time(item.get("ExecutionStartTime")),
        "ended_at": iso_time(item.get("ExecutionEndTime")),
    }


class Automation:
    """One action of a run, in one cell.

    :param params: see SPEC.
    """

    def __init__(self, cell: Cell, params: Given) -> None:
        self.cell = cell
        self.params = params
        self.action = action_id(cell, params)
        self.name = params["document"].rpartition("document/")[2]

    def existing(self) -> list[Execution]:
        """The executions of this action, newest first."""
        since = self.cell.now - timedelta(hours=self.params["lookback_hours"])
        executions = [_execution(item) for item in ssm.automations(self.cell, self.name, since)]
        return [one for one in executions if one["document"] == self.name and self._mine(one["execution_id"])]

    def _mine(self, execution_id: str) -> bool:
        return ssm.automation_tags(self.cell, execution_id).get(ACTION_TAG) == self.action

    def read(self, execution_id: str) -> Execution:
        """The execution as it is now."""
        return _execution(ssm.automation(self.cell, execution_id))

    def start(self) -> tuple[Execution, bool]:
        """Start it, or take up what this action has started; returns the execution, and whether it was found."""
        before = self.existing()
        usable = next((one for one in before if one["status"] not in ENDED or one["status"] in GOOD), None)
        if usable is not None:
            return usable, True
        old = {one["execution_id"] for one in before}
        return once(
            find=lambda: next((one for one in self.existing() if one["execution_id"] not in old), None),
            act=lambda: self._start(len(before)),
        )

    def _start(self, attempt: int) -> Execution:
        digest = hashlib.sha256(f"{self.action}/{attempt}".encode()).hexdigest()
        request: dict[str, t.Any] = {
            "DocumentName": self.params["document"],
            "Parameters": arguments(self.params["parameters"]),
            "ClientToken": "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])),
            "Tags": [
                {"Key": RUN_TAG, "Value": self.params["run_id"]},
                {"Key": ACTION_TAG, "Value": self.action},
            ],
        }
        if self.params["version"]:
            request["DocumentVersion"] = self.params["version"]
        execution_id = ssm.start_automation(self.cell, request)
        return {"execution_id": execution_id, "document": self.name, "status": "Pending"}


_NOT_THERE = ("InvalidDocument", "InvalidDocumentVersion", "InvalidDocumentSchemaVersion", "ValidationException")


def unreadable(cell: Cell, actions: t.Iterable[tuple[str, Given]]) -> list[Finding]:
    """What is wrong with the documents of actions in a cell, before anything begins; it changes nothing.

    :param actions: (where it stands in the plan file, the action).
    :returns: an error finding for each document that is not there, or is no automation; a warning for one of which the
        cell may not say so.
    """
    answers: dict[tuple[str, str | None], tuple[str, str]] = {}
    findings = []
    for place, action in actions:
        asked = (action["document"], action.get("version"))
        if asked not in answers:
            answers[asked] = _document(cell, *asked)
        severity, why = answers[asked]
        if why:
            code = "automation_document" if severity == ERROR else "automation_document_unchecked"
            text = f"{place}.document: {clean(asked[0], 200)} in {cell.name}: {why}"
            findings.append(finding(severity, code, text, cell=cell.name, details={"path": place}))
    return findings


def _document(cell: Cell, name: str, version: str | None) -> tuple[str, str]:
    """Why a document cannot be started: (severity, text); the text is empty when it can."""
    try:
        kind = ssm.document(cell, name, version).get("DocumentType")
    except DrsError as exc:
        return ERROR if exc.code in _NOT_THERE else WARNING, f"{exc.code}: {clean(exc.message, 200)}"
    return ERROR, "" if kind in (None, "Automation") else f"it is a document of type {clean(kind, 40)}, not Automation"


class AutomationWait(Wait):
    """One wait for an execution that was started or taken up.

    Its result: the {execution}, and what every wait says.
    """

    TABLE = {"runs": states.GOING_ON, "ended": states.DONE}

    def __init__(self, automation: Automation, started: Execution) -> None:
        params = automation.params
        label = params["label"] or f"{automation.cell.name} {automation.name}"
        super().__init__({**params, "label": label}, automation.cell)
        self.automation = automation
        self.started = started

    def read(self) -> Execution:
        return self.automation.read(self.started["execution_id"])

    def states_of(self, state: Execution) -> list[str]:
        return ["ended" if state["status"] in ENDED else "runs"]

    def changes(self, state: Execution) -> list[str]:
        said = _said(state)
        return [] if self.state and _said(self.state) == said else [f"{self.label}: {said}"]

    def beat(self, elapsed: float, others: t.Sequence[Wait] = ()) -> str:
        return f"{self.label}: {(self.state or self.started)['status']} after {int(elapsed)}s"

    def result(self, progress: step.Progress) -> Result:
        return {"execution": self.state or self.started, **self.progress_fields(progress)}


def _said(state: Execution) -> str:
    return state["status"] + (f", step {state['step']}" if state.get("step") else "")


def run(
    cell: Cell,
    params: Given,
    emit: t.Callable[[str], t.Any],
    sleep: t.Callable[[float], t.Any],
    check_mode: bool = False,
) -> Result:
    """Start an automation or take it up, and watch it to its end: {execution, adopted, elapsed_seconds, changed}.

    :raises DrsError: automation_failed, automation_timeout, or what the calls say.
    """
    automation = Automation(cell, params)
    if check_mode:
        return {"execution": None, "adopted": False, "elapsed_seconds": 0, "changed": True}
    started, adopted = automation.start()
    return ended(automation, started, adopted, run_wait(AutomationWait(automation, started), sleep, emit))


def ended(automation: Automation, started: Execution, adopted: bool, watched: Result) -> Result:
    """What ``run`` returns of an execution whose wait has ended; raises what it raises."""
    state = watched["execution"]
    where = f"execution {started['execution_id']} of {automation.name}"
    if watched["error"]:
        error = watched["error"]
        raise DrsError(error["code"], f"{where}: {error['message']}", retryable=error["retryable"])
    if watched["timed_out"]:
        raise DrsError(
            "automation_timeout", f"{where} is {state['status']} after {int(watched['elapsed_seconds'])} seconds"
        )
    if state["status"] not in GOOD:
        raise DrsError(
            "automation_failed", f"{where} ended as {state['status']}: {state['message'] or 'no reason given'}"
        )
    return {
        "execution": state,
        "adopted": adopted,
        "elapsed_seconds": watched["elapsed_seconds"],
        "changed": not adopted,
    }
