"""Test what holds a run's record from outside of its journal: the history, the notification, a bucket, a time stamp."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notifications
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import conclude
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import ending
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from support import reports
from support.run_steps import day, failed_failover


@pytest.fixture
def at(tmp_path, monkeypatch):
    return failed_failover(str(tmp_path / "store"), monkeypatch)


def test_the_history_holds_the_head_of_the_journal_and_the_hash_of_the_evidence(at):
    found = at.documents()
    (anchor,) = found["anchors"]
    made = evidence.build(found, {}, [], reports.NOW, "1.0.0")
    assert anchor == {
        "record": "account:111111111111:us-west-2",
        "sealed": True,
        "run_id": "r-1",
        "events": len(found["events"]),
        "head": made["journal"]["head"],
        "evidence_hash": made["evidence_hash"],
    }
    assert proof.problems(found["events"], found) == []


def test_a_journal_whose_last_event_somebody_removed_is_broken(at):
    at("09:00", "noted", event="looked_at")
    params = {key: spec.get("default") for key, spec in ending.SPEC.items()}
    told = {"kind": "recovery", "mode": "recovery", "run_id": "r-1", "started_at": day("07:50"), "stopped": "wave 1"}
    ending.conclude({**params, "store": {"path": at.path}, "result": told}, False)
    found = at.documents()
    assert proof.problems(found["events"], found) == []
    # the event tells of no document, and the chain of the rest is whole
    cut = {**found, "events": found["events"][:-1]}
    assert [one["item"] for one in proof.problems(cut["events"], cut)] == ["journal"]
    assert "account:111111111111:us-west-2" in proof.said(proof.problems(cut["events"], cut))


def test_the_notification_of_the_end_tells_them_too(at, monkeypatch):
    sent = []
    monkeypatch.setattr(conclude.publish, "notify", lambda _cell, event, _options, _check: sent.append(event) or {})
    params = {key: spec.get("default") for key, spec in ending.SPEC.items()}
    told = {"kind": "recovery", "mode": "recovery", "run_id": "r-1", "started_at": day("07:50"), "stopped": "wave 1"}
    topic = {"topic_arn": "arn:aws:sns:us-west-2:111111111111:t"}
    ending.conclude({**params, "store": {"path": at.path}, "result": told, "notification": topic}, False)
    (anchor,) = at.documents()["anchors"]
    (event,) = sent
    assert (event["evidence_hash"], event["journal_head"]) == (anchor["evidence_hash"], anchor["head"])
    message = notifications.notification(event)["message"]
    assert f"Evidence hash: {anchor['evidence_hash']}" in message and anchor["head"] in message


def test_the_notification_of_a_termination_names_run_plan_and_proof(at, monkeypatch):
    sent = []
    monkeypatch.setattr(conclude.publish, "notify", lambda _cell, event, _options, _check: sent.append(event) or {})
    params = {key: spec.get("default") for key, spec in ending.SPEC.items()}
    gone = [{"recovery_instance_id": "i-1", "cell": "payments.us-west-2", "outcome": "terminated"}]
    told = {"kind": "termination", "mode": "termination", "run_id": "terminate-1", "of_run_id": "r-1", "clean": True}
    topic = {"topic_arn": "arn:aws:sns:us-west-2:111111111111:t"}
    options = {**params, "store": {"path": at.path}, "notification": topic}
    ending.conclude({**options, "result": {**told, "servers": gone}}, False)
    ending.conclude({**options, "result": {**told, "servers": gone, "run_id": "terminate-2", "of_run_id": None}}, False)
    of_run, of_none = (notifications.notification(one)["message"] for one in sent)
    for line in ("Run: terminate-1", "Cleans up run: r-1", "Plan: shop"):
        assert line in of_run.splitlines(), of_run
    assert "Proof: clean: 0 terminated, 0 left, 0 not proven to be gone, 0 cells not read" in of_run
    assert "Proof: clean: 1 terminated of 1" in of_none
    (anchor,) = at.documents()["anchors"]
    assert anchor["head"] == at.documents()["events"][-1]["hash"], "the clean-up is told of by the history too"


def test_where_there_is_no_record_nothing_fails(tmp_path):
    assert set(ending.told_of({"path": str(tmp_path)}, "r-9").values()) == {None}
