"""The ready-made callers of docs/examples: what they say is right in their languages, and they do what they say."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import re
import subprocess
from pathlib import Path

import botocore.session
import botocore.validate
import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import result as orchestration_result
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema, schema_input
from support.parents import Automation, Awx, StateMachine, automation_problems, state_machine_problems

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
REQUEST = {
    "action": "failover",
    "tags": {"DR-Wave": "1"},
    "options": {"isDrill": False, "confirm": "FAILOVER failover 1 us-west-2"},
    "metadata": {"ticketId": "INC-1"},
}
SERVER = {"source_server_id": "s-1", "name": "web", "cell": "a", "account_id": "111111111111", "region": "us-west-2"}


def load(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def answer(outcome="launched", **result):
    """An answer of the collection, in its published form."""
    left = {"run_id": "r", "waves": [{"wave": "1", "servers": [outcomes.server_entry(outcome, SERVER)]}], **result}
    facts = {
        "result": left,
        "names_run": True,
        "started_at": "2026-03-01T12:00:00Z",
        "ended_at": "2026-03-01T12:10:00Z",
    }
    document = orchestration_result.document({"settings": orchestration_input.settings(REQUEST), **facts})
    jsonschema.validate(document, schema.OUTPUT_SCHEMA)
    return document


READY, STOPPED = answer(), answer("failed", stopped="wave 1: critical")
WAITS = answer("planned", waiting={"gate": "start", "type": "approval"})
TIMED_OUT = answer("in_progress", timed_out=True)


def machine(awx, execution="exec-7"):
    connection = "arn:aws:events:us-east-1:111111111111:connection/awx/0"
    made = StateMachine(load("step_functions.asl.json"), execution)
    return made, {"awx": {"url": awx.url, "jobTemplate": "42", "connectionArn": connection}, "request": REQUEST}


def automation(awx):
    values = {
        "AutomationAssumeRole": "arn:aws:iam::111111111111:role/dr",
        "AwxUrl": awx.url,
        "JobTemplate": "42",
        "TokenSecret": "awx-token",
        "Request": json.dumps(REQUEST),
    }
    return Automation(load("ssm_automation.json"), values, "exec-7")


def started(awx, number):
    """The requests that were sent: each of the published form, and all of them the same run."""
    assert len(awx.started) == number
    for one in awx.started:
        jsonschema.validate(one, schema_input.INPUT_SCHEMA)
    assert all(one == awx.started[0] for one in awx.started)
    return awx.started[0]


def test_the_state_machine_is_one():
    assert state_machine_problems(load("step_functions.asl.json")) == []


@pytest.mark.parametrize(
    ("state", "change", "problem"),
    [
        ("Wait for the job", {"Next": "Nowhere"}, "Nowhere: no such state"),
        ("Wait for the job", {"Type": "Sleep"}, "no type Sleep"),
        ("No answer", {"Next": "Start the job"}, "Fail has no Next"),
        ("Start the job", {"Parameters": {"Method": "$.x"}}, "a path needs a key that ends in .$"),
        ("Has the job ended", {"Choices": []}, "Wait before the same request: never reached"),
        ("Read the answer", {"Choices": [{"Variable": "x", "Next": "No answer"}]}, "compares one variable once"),
    ],
)
def test_a_state_machine_that_cannot_be_is_seen(state, change, problem):
    broken = copy.deepcopy(load("step_functions.asl.json"))
    broken["States"][state].update(change)
    assert problem in "; ".join(state_machine_problems(broken))


def test_the_state_machine_asks_until_the_next_phase_may_start():
    with Awx([WAITS, TIMED_OUT, READY]) as awx:
        made, data = machine(awx)
        assert made.run(data) == ("Succeed", READY)
        sent = started(awx, 3)
    assert sent["metadata"] == {
        "correlationId": "exec-7",
        "parentExecutionId": "arn:aws:states:::execution:dr:exec-7",
        "initiatedBy": "Step Functions",
        "ticketId": "INC-1",
    }
    assert {**sent, "metadata": None} == {**REQUEST, "metadata": None}


@pytest.mark.parametrize(("ended", "error"), [(STOPPED, "NextPhaseNotReady"), (None, "NoAnswer")])
def test_the_state_machine_fails_where_the_next_phase_must_not_start(ended, error):
    with Awx([ended]) as awx:
        made, data = machine(awx)
        kind, (name, cause) = made.run(data)
        started(awx, 1)
    assert (kind, name) == ("Fail", error) and cause
    assert not ended or json.loads(cause) == ended


def test_the_automation_document_is_one():
    assert automation_problems(load("ssm_automation.json")) == []


@pytest.mark.parametrize(
    ("step", "change", "problem"),
    [
        (1, {"nextStep": "Nowhere"}, "no step Nowhere"),
        (1, {"isEnd": True}, "leads somewhere, or is an end"),
        (1, {"inputs": {"Timestamp": "x"}}, "input"),
        (2, {"outputs": []}, "{{ LookAtTheJob.state }} is nothing"),
    ],
)
def test_an_automation_document_that_cannot_be_is_seen(step, change, problem):
    broken = copy.deepcopy(load("ssm_automation.json"))
    broken["mainSteps"][step].update(change)
    assert problem in "; ".join(automation_problems(broken))


def test_the_automation_asks_until_the_next_phase_may_start():
    with Awx([WAITS, READY]) as awx:
        made = automation(awx)
        made.run()
        sent = started(awx, 2)
    assert json.loads(made.known["LookAtTheJob.answer"]) == READY
    assert sent["metadata"]["correlationId"] == "exec-7" and sent["metadata"]["ticketId"] == "INC-1"


@pytest.mark.parametrize("ended", [STOPPED, None])
def test_the_automation_fails_where_the_next_phase_must_not_start(ended):
    with Awx([ended]) as awx:
        with pytest.raises(RuntimeError) as caught:
            automation(awx).run()
        started(awx, 1)
    assert ("without an answer" in str(caught.value)) is (ended is None)


def test_the_schedule_starts_the_state_machine_with_a_request_of_its_own():
    schedule = load("eventbridge_schedule.json")
    model = botocore.session.get_session().get_service_model("scheduler")
    shape = model.operation_model("CreateSchedule").input_shape
    assert not botocore.validate.ParamValidator().validate(schedule, shape).has_errors()
    assert re.fullmatch(r"cron\((\S+ ){5}\S+\)", schedule["ScheduleExpression"])
    data = json.loads(schedule["Target"]["Input"])
    jsonschema.validate(data["request"], schema_input.INPUT_SCHEMA)
    # each month another run: EventBridge writes the id of the execution in place of this word
    assert data["request"]["metadata"]["correlationId"] == "<aws.scheduler.execution-id>"
    assert orchestration_input.settings(data["request"])["is_drill"] is True
    with Awx([READY]) as awx:
        made, own = machine(awx)
        kind, _output = made.run({**data, "awx": own["awx"]})
        assert kind == "Succeed" and started(awx, 1)["metadata"] == {
            **data["request"]["metadata"],
            "parentExecutionId": "arn:aws:states:::execution:dr:exec-7",
        }


def test_the_pipeline_without_its_arguments_says_what_it_wants():
    script = Path(__file__).resolve().parents[2] / "docs/examples/pipeline.sh"
    for typed in ([], ["cells.drs_accounts.yml"], ["cells.drs_accounts.yml", "plan.yml"]):
        done = subprocess.run([str(script), *typed], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (64, "")
        assert done.stderr == "usage: pipeline.sh INVENTORY PLAN_FILE WAVE [WAVE ...]\n"
