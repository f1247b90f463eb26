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


def test_where_there_is_no_record_nothing_fails(tmp_path):
    assert ending.anchor_of({"path": str(tmp_path)}, "r-9") is None
