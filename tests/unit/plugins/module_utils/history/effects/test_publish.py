"""Test publishing to SNS and CloudWatch, and that no response can fail a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import publish

TOPIC = "arn:aws:sns:eu-west-1:999999999999:resilience-drs"
REGION = "us-west-2"
NOW = "2026-03-10T12:00:00Z"
EVENT = {"kind": "failure", "run_id": "run-1", "action": "failover", "correlation_id": "c-1"}


class Cell:
    """A caller whose services note what they are asked, or refuse it."""

    def __init__(self, refuse=None, after=0):
        self.calls, self.opened, self.refuse, self.after = [], [], refuse, after
        self.tries = 0

    def __call__(self, params):
        self.opened.append(params)
        return self

    def client(self, service, effect=False, brief=False):
        assert effect and brief, "nothing is repeated below, and what tells about a run must give up soon"
        self.service = service
        return self

    @contextlib.contextmanager
    def errors(self, operation):
        self.tries += 1
        if self.refuse and len(self.calls) >= self.after:
            raise errors.DrsError(self.refuse, "no", operation=operation)
        yield

    def publish(self, **request):
        self.calls.append(request)
        return {"MessageId": "m-1"}

    def put_metric_data(self, **request):
        self.calls.append(request)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def notify(cell, event=None, topic=TOPIC, check=False):
    return publish.notify(cell, EVENT if event is None else event, {"topic_arn": topic}, check)


def measured(cell, check=False, count=1, sent=True, **more):
    place = {"cell": "a.us-west-2", "account_id": "111111111111", "region": "us-west-2"}
    servers = [outcomes.server_entry("launched", {**place, "source_server_id": "s-1"})]
    records = (
        history_records.records({"kind": "recovery", "mode": "drill", "run_id": "r", "servers": servers}, NOW) * count
    )
    figures = {"records": records, "overall": history_records.overall(records)}
    return publish.measure(cell, figures if sent else {}, {"region": REGION, **more}, check)


def test_a_notification_goes_to_the_region_of_the_topic():
    cell = Cell()
    told = notify(cell)
    assert told["sent"] and told["message_id"] == "m-1" and told["warnings"] == []
    assert cell.opened[0]["region"] == "eu-west-1" and cell.service == "sns"
    (call,) = cell.calls
    assert call["TopicArn"] == TOPIC and "run-1" in call["Message"] and "FAILED" in call["Subject"]
    assert call["MessageAttributes"]["correlation_id"] == {"DataType": "String", "StringValue": "c-1"}


def test_a_fifo_topic_gets_what_it_demands():
    cell = Cell()
    notify(cell, topic=TOPIC + ".fifo")
    assert cell.calls[0]["MessageGroupId"] == "run-1" and len(cell.calls[0]["MessageDeduplicationId"]) == 64


@pytest.mark.parametrize("code", ["NotFound", "AuthorizationError", "EndpointConnectionError", "NoCredentialsError"])
def test_a_topic_that_takes_nothing_is_a_warning_with_a_remedy(code):
    told = notify(Cell(refuse=code))
    assert not told["sent"] and told["error"]["code"] == code
    assert told["warnings"][0].startswith(f"notification_not_sent: {code}: no. Remedy: ")


@pytest.mark.parametrize(("event", "topic"), [(EVENT, "nobody"), ({"kind": "party"}, TOPIC), ({}, TOPIC)])
def test_a_notification_that_cannot_be_written_is_a_warning_without_a_call(event, topic):
    cell = Cell()
    told = notify(cell, event, topic)
    assert told["warnings"] and not told["sent"] and cell.calls == []


def test_check_mode_shows_the_notification_and_sends_none():
    cell = Cell()
    assert "run-1" in notify(cell, check=True)["message"] and cell.calls == []


def test_a_busy_topic_is_tried_again(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    cell = Cell(refuse="Throttling")
    told, tries = notify(cell), cell.tries
    assert not told["sent"] and tries == 3
    cell.calls, cell.refuse = [], None
    assert notify(cell)["sent"] and len(cell.calls) == 1


def test_the_metrics_of_a_run_are_one_call():
    cell = Cell()
    told = measured(cell)
    assert (told["calls"], told["error"]) == (1, None) and told["sent"] == len(told["metrics"]) > 4
    assert cell.calls[0]["Namespace"] == "ResilienceDRS" and cell.service == "cloudwatch"


def test_more_than_a_thousand_metrics_are_as_few_calls_as_there_can_be():
    cell = Cell()
    told = measured(cell, count=600, by_account=True)
    assert told["calls"] == 2 and [len(call["MetricData"]) for call in cell.calls] == [1000, told["sent"] - 1000]


def test_denied_metrics_are_a_warning_and_what_was_sent_is_said():
    told = measured(Cell(refuse="AccessDenied", after=1), count=600, by_account=True)
    assert (told["calls"], told["sent"]) == (1, 1000)
    assert told["warnings"][0].startswith("metrics_not_sent: AccessDenied") and "PutMetricData" in told["warnings"][0]


@pytest.mark.parametrize("more", [{"namespace": "AWS/DRS"}, {"sent": False}, {"check": True}])
def test_no_call_without_something_to_send(more):
    cell = Cell()
    measured(cell, **more)
    assert cell.calls == []


@pytest.mark.parametrize("said", [True, "yes", "True", "no", "0", False])
def test_a_switch_may_be_text(said):
    told = measured(Cell(), by_account=said)
    assert told["error"] is None
    by_account = any("AccountId" in one["dimensions"] for one in told["metrics"])
    assert by_account is (said in (True, "yes", "True"))


def test_options_that_make_no_sense_are_a_warning_without_a_call():
    cell = Cell()
    assert "neither yes nor no" in measured(cell, by_account="perhaps")["warnings"][0]
    assert "there is no spaces; it has namespace," in measured(cell, spaces=1)["warnings"][0]
    assert "there is no topic; it has topic_arn," in publish.notify(cell, EVENT, {"topic": TOPIC}, False)["warnings"][0]
    assert cell.calls == []


def test_not_even_a_fault_of_our_own_fails_anything():
    class Broken(Cell):
        def client(self, service, effect=False, brief=False):
            raise RuntimeError("a fault of our own")

    for told in (notify(Broken()), measured(Broken())):
        assert told["error"]["code"] == "internal_error" and "RuntimeError: a fault of our own" in told["warnings"][0]
