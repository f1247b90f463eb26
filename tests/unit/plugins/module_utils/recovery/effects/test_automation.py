"""Test automations: started once per action, resumed, and failures reported as such."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timezone

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import ACTION_TAG

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Ssm:
    """Systems Manager of one cell; ``script`` says how the statuses of executions continue."""

    def __init__(self, *script):
        self.script = list(script) or ["Success"]
        self.executions: dict[str, dict] = {}
        self.requests: list[dict] = []
        self.lost: list[DrsError] = []

    def start_automation_execution(self, **request):
        self.requests.append(request)
        one = "execution-%d" % len(self.requests)
        self.executions[one] = {"tags": request["Tags"], "status": "Pending", "document": request["DocumentName"]}
        if self.lost:
            raise self.lost.pop(0)
        return {"AutomationExecutionId": one}

    def get_automation_execution(self, AutomationExecutionId):
        one = self.executions[AutomationExecutionId]
        one["status"] = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return {"AutomationExecution": self._shown(AutomationExecutionId)}

    def _shown(self, name):
        one = self.executions[name]
        return {
            "AutomationExecutionId": name,
            "DocumentName": one["document"],
            "AutomationExecutionStatus": one["status"],
            "FailureMessage": "it broke",
        }

    def list_tags_for_resource(self, ResourceType, ResourceId):
        return {"TagList": self.executions[ResourceId]["tags"]}

    def get_paginator(self, _operation):
        return self

    def paginate(self, **_request):
        return self

    def build_full_result(self):
        return {"AutomationExecutionMetadataList": [self._shown(name) for name in reversed(list(self.executions))]}


class Cell:
    """A cell with an Ssm."""

    name = "payments.us-west-2"
    now = NOW

    def __init__(self, ssm):
        self.ssm = ssm

    def client(self, _service, effect=False):
        return self.ssm

    def errors(self, _operation):
        return contextlib.nullcontext()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def go(ssm, lines=None, check_mode=False, **changes):
    params = {name: spec.get("default") for name, spec in automation.SPEC.items()}
    params.update({"document": "Switch-Traffic", "run_id": "run-1", "action": "switch", **changes})
    told = lines if lines is not None else []
    return automation.run(Cell(ssm), params, told.append, lambda _seconds: None, check_mode)


def test_it_is_started_with_its_parameters_and_watched_to_its_end():
    ssm, lines = Ssm("Pending", "InProgress", "Success"), []
    done = go(ssm, lines, parameters={"Target": "home", "Force": True, "Ids": [1, "b"]}, version="3")
    (request,) = ssm.requests
    assert request["Parameters"] == {"Target": ["home"], "Force": ["true"], "Ids": ["1", "b"]}
    assert request["DocumentVersion"] == "3"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request["ClientToken"])
    assert (done["changed"], done["adopted"], done["execution"]["status"]) == (True, False, "Success")
    assert lines == [f"payments.us-west-2 Switch-Traffic: {one}" for one in ("Pending", "InProgress", "Success")]


def test_run_again_it_is_taken_up():
    ssm = Ssm()
    go(ssm)
    done = go(ssm)
    assert len(ssm.requests) == 1 and (done["adopted"], done["changed"]) == (True, False)
    ssm.executions["execution-1"]["status"] = "InProgress"
    assert go(ssm)["adopted"] is True and len(ssm.requests) == 1


@pytest.mark.parametrize("changes", [{"run_id": "run-2"}, {"action": "other"}, {"parameters": {"Target": "x"}}])
def test_another_run_or_action_is_not_taken_for_it(changes):
    ssm = Ssm()
    go(ssm)
    assert go(ssm, **changes)["adopted"] is False
    assert len({one["ClientToken"] for one in ssm.requests}) == 2


@pytest.mark.parametrize("status", [one for one in automation.ENDED if one not in automation.GOOD])
def test_what_did_not_succeed_is_told_and_started_anew(status):
    ssm = Ssm(status)
    with pytest.raises(DrsError) as caught:
        go(ssm)
    assert caught.value.code == "automation_failed"
    assert f"ended as {status}: it broke" in caught.value.message
    ssm.script = ["Success"]
    assert go(ssm)["adopted"] is False
    assert len(ssm.requests) == 2 and len({one["ClientToken"] for one in ssm.requests}) == 2


def test_a_lost_answer_ends_in_one_execution():
    ssm = Ssm()
    ssm.lost = [DrsError("EndpointConnectionError", "lost", retryable=True)]
    done = go(ssm)
    assert len(ssm.requests) == 1 and done["adopted"] is True


def test_one_that_still_runs_when_the_time_is_over_goes_on():
    ssm = Ssm("InProgress")
    with pytest.raises(DrsError) as caught:
        go(ssm, timeout=60)
    assert caught.value.code == "automation_timeout" and caught.value.retryable
    assert "execution-1 of Switch-Traffic is InProgress" in caught.value.message


def test_check_mode_starts_nothing():
    ssm = Ssm()
    assert go(ssm, check_mode=True)["changed"] is True
    assert ssm.requests == []


def test_an_arn_is_found_again_by_its_name():
    ssm = Ssm()
    arn = "arn:aws:ssm:us-west-2:111111111111:document/Switch-Traffic"
    go(ssm, document=arn)
    ssm.executions["execution-1"]["document"] = "Switch-Traffic"
    assert go(ssm, document=arn)["adopted"] is True
    assert {tag["Key"] for tag in ssm.requests[0]["Tags"]} >= {ACTION_TAG}


class Documents:
    """Systems Manager of a cell that says of a document what it is told to say."""

    name = "pay.us-west-2"

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def client(self, _service, effect=False):
        return self

    def errors(self, _operation):
        return contextlib.nullcontext()

    def describe_document(self, **request):
        self.asked.append(request)
        if isinstance(self.answer, DrsError):
            raise self.answer
        return {"Document": {"DocumentType": self.answer}}


@pytest.mark.parametrize(
    ("answer", "severity", "words"),
    [
        ("Automation", None, ""),
        ("Command", "error", "it is a document of type Command, not Automation"),
        (DrsError("InvalidDocument", "there is none"), "error", "InvalidDocument: there is none"),
        (DrsError("AccessDeniedException", "no"), "warning", "AccessDeniedException: no"),
    ],
)
def test_a_document_that_cannot_be_started_is_told_before_anything_begins(answer, severity, words):
    cell = Documents(answer)
    actions = [
        ("a", {"document": "Switch"}),
        ("b", {"document": "Switch"}),
        ("c", {"document": "Switch", "version": "2"}),
    ]
    found = automation.unreadable(cell, actions)
    assert cell.asked == [{"Name": "Switch"}, {"Name": "Switch", "DocumentVersion": "2"}]
    assert [one["severity"] for one in found] == ([severity] * 3 if severity else [])
    assert all(f"document: Switch in pay.us-west-2: {words}" in one["message"] for one in found)
