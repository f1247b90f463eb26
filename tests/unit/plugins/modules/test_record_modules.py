"""Test the modules that record and notify, as Ansible runs them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


import pytest
from support.actions import runner

TOPIC = "arn:aws:sns:us-west-2:999999999999:t"
SERVER = {"cell": "a.us-west-2", "account_id": "111111111111", "region": "us-west-2", "source_server_id": "s-1"}
RESULT = {"kind": "recovery", "mode": "drill", "run_id": "run-1", "servers": [{**SERVER, "outcome": "launched"}]}


@pytest.fixture
def run(capsys):
    return runner(capsys)


def test_recorded_and_found(run, tmp_path):
    store = {"path": str(tmp_path)}
    assert run("drs_history_record", result=RESULT, store=store, check_mode=True)["recorded"] is False
    assert run("drs_history_info", store=store)["records"] == []
    told = run("drs_history_record", result=RESULT, store=store)
    assert told["recorded"] and told["changed"] and told["overall"]["status"] == "succeeded"
    assert [one["run_id"] for one in run("drs_history_info", store=store, limit=1)["records"]] == ["run-1"]


def test_a_store_that_is_down_is_a_file_and_no_failure(run, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = {"path": str(tmp_path / "file" / "store")}
    told = run("drs_history_record", result=RESULT, store=store, fallback_dir=str(tmp_path / "spool"))
    assert told["file"] and not told["recorded"] and told["error"]["code"] == "run_store_unavailable"
    asked = run("drs_history_info", store=store)
    assert asked["failed"] and "run_store_unavailable" in asked["msg"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "one of the following is required: result, import_from, event, readiness"),
        ({"result": RESULT, "import_from": "x"}, "mutually exclusive"),
        ({"result": {"kind": "dance"}}, "result.kind: 'dance' is not one of"),
        ({"result": RESULT, "ttl_days": 0}, "ttl_days: 0 is not a number from 1 to 3650"),
    ],
)
def test_a_recording_that_makes_no_sense_is_refused(run, arguments, text):
    told = run("drs_history_record", **arguments)
    assert told["failed"] and text in told["msg"]


def test_a_question_that_makes_no_sense_is_refused(run, tmp_path):
    told = run("drs_history_info", store={"path": str(tmp_path)}, since="2026-03-02", until="2026-03-01")
    assert told["failed"] and "exchange them" in told["msg"]


def test_a_notification_is_shown_in_check_mode(run):
    event = {"kind": "start", "run_id": "run-1"}
    told = run("drs_history_record", event=event, notification={"topic_arn": TOPIC}, check_mode=True)["notification"]
    assert not told["sent"] and "run-1" in told["message"] and told["error"] is None


def test_a_notification_that_cannot_be_sent_fails_nothing(run):
    told = run("drs_history_record", event={"kind": "start"}, notification={"topic_arn": "nobody"})
    assert not told.get("failed") and told["notification"]["error"]["code"] == "invalid_topic"
    assert [one.partition(":")[0] for one in told["warnings"]] == ["notification_not_sent"]


def test_metrics_are_shown_in_check_mode(run, tmp_path):
    told = run("drs_history_record", result=RESULT, store={"path": str(tmp_path)}, metrics={}, check_mode=True)[
        "metrics"
    ]
    assert told["sent"] == 0 and {one["name"] for one in told["metrics"]} >= {"Executions", "FailedServers"}


def test_readiness(run):
    told = run("drs_readiness", cells=[{"cell": "a", "source_servers": []}], now="2026-03-01T00:00:00Z")
    assert told["report"]["score"] is None and told["report"]["at"] == "2026-03-01T00:00:00Z"
    assert run("drs_readiness", cells=[], rpo_seconds=0)["failed"]
