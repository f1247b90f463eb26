"""Test the end of a run: record, metrics and notification, independent of each other's failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import book, conclude

TOPIC = "arn:aws:sns:eu-west-1:999999999999:resilience-drs"
SERVER = {"cell": "a.us-west-2", "account_id": "111111111111", "region": "us-west-2", "source_server_id": "s-1"}
RESULT = {"kind": "recovery", "mode": "drill", "run_id": "run-1", "servers": [{**SERVER, "outcome": "launched"}]}


class Aws:
    """What is opened, asked and refused, in order."""

    def __init__(self):
        self.done, self.refuse = [], ()

    def __call__(self, params):
        self.done.append(("open", params))
        return self

    def client(self, _service, effect=False, brief=False):
        return self

    @contextlib.contextmanager
    def errors(self, operation):
        if operation in self.refuse:
            raise DrsError("AccessDenied", "no", operation=operation)
        yield

    def publish(self, **request):
        self.done.append(("publish", request))
        return {"MessageId": "m-1"}

    def put_metric_data(self, **request):
        self.done.append(("metrics", request))

    @property
    def sent(self):
        return [name for name, _what in self.done if name != "open"]


@pytest.fixture
def aws(monkeypatch):
    made = Aws()
    monkeypatch.setattr(conclude, "Cell", made)
    monkeypatch.setattr(clock, "now", lambda: "2026-03-10T12:00:00Z")
    return made


@pytest.fixture
def run(aws, tmp_path):
    def go(check=False, **given):
        params = {key: spec.get("default") for key, spec in conclude.SPEC.items()}
        return conclude.conclude({**params, "store": {"path": str(tmp_path / "store")}, **given}, check)

    return go


def everything(**more):
    return {"result": RESULT, "metrics": {"region": "us-west-2"}, "notification": {"topic_arn": TOPIC}, **more}


def test_record_figures_notification_in_this_order(run, aws, monkeypatch):
    recorded = book.record
    monkeypatch.setattr(book, "record", lambda *given: aws.done.append(("record", None)) or recorded(*given))
    done = run(**everything())
    assert aws.sent == ["record", "metrics", "publish"]
    assert done["recorded"] and done["changed"] and done["overall"]["status"] == "succeeded" and not done["warnings"]
    assert done["metrics"]["sent"] == len(done["metrics"]["metrics"]) > 4
    assert done["notification"]["sent"] and done["notification"]["message_id"] == "m-1"


def test_only_what_is_asked_for(run, aws):
    done = run(result=RESULT)
    assert done["recorded"] and done["metrics"] is None and done["notification"] is None and aws.done == []
    assert run(**everything(notification={"topic_arn": ""}))["notification"] is None
    assert aws.sent == ["metrics"]


def test_figures_and_notification_without_a_record(run, aws):
    done = run(record=False, **everything())
    assert not done["recorded"] and not done["changed"] and done["records"]
    assert aws.sent == ["metrics", "publish"]


def test_check_mode_shows_all_of_it_and_does_nothing(run, aws):
    done = run(check=True, **everything())
    assert not done["recorded"] and done["metrics"]["metrics"] and "run-1" in done["notification"]["message"]
    assert aws.done == []


def test_each_has_credentials_of_its_own(run, aws):
    run(
        **everything(metrics={"region": "us-east-1", "profile": "m"}, notification={"topic_arn": TOPIC, "profile": "n"})
    )
    opened = [what for name, what in aws.done if name == "open"]
    assert opened == [{"region": "us-east-1", "profile": "m"}, {"region": "eu-west-1", "profile": "n"}]


def test_what_is_refused_costs_nothing_else_and_is_said_in_order(run, aws, tmp_path):
    aws.refuse = ("PutMetricData", "Publish")
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run(**everything(store={"path": str(tmp_path / "file" / "x")}, fallback_dir=str(tmp_path / "spool")))
    assert [one.partition(":")[0] for one in done["warnings"]] == [
        "history_not_recorded",
        "metrics_not_sent",
        "notification_not_sent",
    ]
    assert (
        done["error"]["code"] == "run_store_unavailable" and done["metrics"]["error"] and done["notification"]["error"]
    )


def test_wrong_options_of_figures_do_not_cost_the_record(run, aws):
    done = run(**everything(metrics={"by_account": "perhaps"}))
    assert done["recorded"] and done["metrics"]["error"]["code"] == "invalid_option" and aws.sent == ["publish"]


def test_a_result_that_makes_no_sense_sends_nothing(run, aws):
    with pytest.raises(DrsError, match="dance"):
        run(**everything(result={"kind": "dance"}))
    assert aws.done == []


@pytest.mark.parametrize(
    ("kinds", "told"),
    [(None, True), ("", True), (["success"], True), ("failure,success", True), (["failure"], False), ([], False)],
)
def test_only_the_kinds_that_are_wanted(run, aws, kinds, told):
    done = run(**everything(notification={"topic_arn": TOPIC, "kinds": kinds}))
    assert bool(done["notification"]) is told and ("publish" in aws.sent) is told


def test_the_notification_tells_what_the_run_was_and_what_came_of_it(run, aws):
    run(**everything(result={**RESULT, "plan_name": "payments", "ticket": "CHG1", "next": "look at it"}))
    ((_name, request),) = [one for one in aws.done if one[0] == "publish"]
    event = json.loads(request["MessageAttributes"]["event"]["StringValue"])
    assert {key: event[key] for key in ("kind", "action", "run_id", "plan_name", "ticket", "status", "next")} == {
        "kind": "success",
        "action": "drill",
        "run_id": "run-1",
        "plan_name": "payments",
        "ticket": "CHG1",
        "status": "succeeded",
        "next": "look at it",
    }
    run(**everything(result={key: value for key, value in RESULT.items() if key != "mode"}))
    assert json.loads(aws.done[-1][1]["MessageAttributes"]["event"]["StringValue"])["action"] == "recovery"


def test_a_run_that_waits_ends_without_a_notification_of_an_end(run, aws):
    done = run(
        **everything(result={**RESULT, "servers": [], "accounts": [SERVER], "status": "paused", "stopped": "paused"})
    )
    assert done["overall"]["notification"] is None and done["notification"] is None and "publish" not in aws.sent


def test_an_event_of_its_own(run, aws):
    done = run(event={"kind": "start", "run_id": "run-1"}, notification={"topic_arn": TOPIC})
    assert done["notification"]["sent"] and done["records"] == [] and not done["changed"]
    wrong = run(event={"kind": "party"}, notification={"topic_arn": TOPIC})
    assert not wrong["notification"]["sent"] and wrong["warnings"]


def test_the_figures_of_readiness(run, aws):
    report = {"score": 90, "coverage": {"percent": 100}, "lag": {"stalled": 0, "worst_seconds": 1}}
    done = run(readiness=report, metrics={"region": "us-west-2"})
    assert done["metrics"]["error"] is None and aws.sent == ["metrics"]
    assert run(readiness=report)["metrics"] is None


def test_a_run_that_ended_waited_again_and_ended_is_one_execution_among_the_metrics(run, aws):
    """The record of the wait takes the place of the one whose figures were sent, and those are not forgotten."""

    def told(status, code=None, stopped=""):
        one = {"name": "db-1", "outcome": "failed" if code else "launched", "error": {"code": code} if code else None}
        place = {"cell": "pay.us-west-2", "account_id": "111111111111", "region": "us-west-2"}
        about = {"run_id": "r-9", "kind": "failback", "mode": "failback", "status": status, "stopped": stopped}
        times = {"started_at": "2026-03-10T11:00:00Z", "plan": {}, "servers": [{**one, **place}]}
        result = {**about, **times}
        run(result=result, metrics={"region": "us-west-2", "by_account": True})

    told("failed", "launch_capacity", "no room")
    told("waiting")
    told("waiting")
    told("succeeded")
    sent = [one for name, request in aws.done if name == "metrics" for one in request["MetricData"]]

    def summed(name):
        return sum(one["Value"] for one in sent if one["MetricName"] == name and len(one["Dimensions"]) == 1)

    assert [summed(name) for name in ("Executions", "ServersProcessed", "FailedExecutions", "FailedServers")] == [
        *(1, 1, 0, 0)
    ]
    # nor does a third end count what the first two have told
    told("succeeded")
    sent = [one for name, request in aws.done if name == "metrics" for one in request["MetricData"]]
    assert summed("Executions") == 1
