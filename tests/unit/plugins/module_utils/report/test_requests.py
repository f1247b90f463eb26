"""The request ids of a run: kept with its waves and its clean-up, told by its evidence, and missed where they lack."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, evidence_bundle
from support.run_steps import Day, day, plan


def call(operation, request_id, job_id, moment, error=None):
    told = {"cell": "payments.us-west-2", "service": "drs", "operation": operation, "request_id": request_id}
    return {**told, "at": day(moment), "error": error, "job_id": job_id}


def drill(path, monkeypatch, *written):
    """A drill of one server, of which ``written`` are the calls that its controllers could write down."""
    at = Day(path, monkeypatch)
    frozen = plan(1, "drill")
    epoch = at("08:00", "begun", plan=frozen)["epoch"]
    servers = frozen["waves"][0]["servers"]
    entries = [{**servers[0], "outcome": "launched", "job_id": "drsjob-1", "recovery_instance_id": "i-1"}]
    at("08:01", "wave_intended", wave="1", servers=servers, epoch=epoch)
    for calls in written:
        told = {"verdict": {"proceed": True, "reason": "proceed"}, "epoch": epoch, "data": {"calls": list(calls)}}
        at("08:20", "wave_done", wave="1", servers=entries, **told)
    return at


def test_the_evidence_tells_every_call_once_in_its_order(tmp_path, monkeypatch):
    refused = call("StartRecovery", "id-1", None, "08:01", "ConflictException")
    started = call("StartRecovery", "id-2", "drsjob-1", "08:02")
    at = drill(str(tmp_path), monkeypatch, [refused, started], [])
    for number in (3, 4):
        gone = [call("TerminateRecoveryInstances", f"id-{number}", f"drsjob-{number}", f"08:3{number}")]
        at(f"08:4{number}", "cleaned", data={"clean": True, "left": [], "servers": [], "calls": gone})
    documents = at.documents()
    told = evidence.build(documents, {}, [], day("09:00"), "1.0.0")
    assert [(one["wave"], one["request_id"], one["error"]) for one in told["requests"]] == [
        ("1", "id-1", "ConflictException"),
        ("1", "id-2", None),
        ("", "id-3", None),
        ("", "id-4", None),
    ]
    in_events = [one["request_id"] for event in documents["events"] for one in event["data"].get("calls") or ()]
    assert in_events == ["id-1", "id-2", "id-3", "id-4"] and told["journal"]["unbroken"], told["journal"]
    assert not [one for one in told["not_proven"] if "request id" in one]
    assert "The log of 3 DRS jobs was not kept: drsjob-1, drsjob-3, drsjob-4." in told["not_proven"]
    files = evidence_bundle.files_of(documents, told, "<!doctype html>", {})
    rows = list(csv.DictReader(io.StringIO(files["requests.csv"].decode())))
    assert [one["request_id"] for one in rows] == ["id-1", "id-2", "id-3", "id-4"]


def test_a_job_whose_call_nobody_wrote_down_is_not_proven(tmp_path, monkeypatch):
    told = evidence.build(drill(str(tmp_path), monkeypatch, []).documents(), {}, [], day("09:00"), "1.0.0")
    assert told["requests"] == []
    assert [one for one in told["not_proven"] if "request id" in one and "1 DRS job" in one], told["not_proven"]


def test_calls_of_a_wave_stand_in_the_order_of_their_times_whatever_cell_kept_them(tmp_path, monkeypatch):
    late, early = call("StopReplication", "id-2", None, "08:05"), call("StartRecovery", "id-1", "drsjob-1", "08:02")
    told = evidence.build(drill(str(tmp_path), monkeypatch, [late, early]).documents(), {}, [], day("09:00"), "1.0.0")
    assert [one["request_id"] for one in told["requests"]] == ["id-1", "id-2"]


def test_a_termination_whose_call_nobody_wrote_down_is_not_proven(tmp_path, monkeypatch):
    at = drill(str(tmp_path), monkeypatch, [call("StartRecovery", "id-1", "drsjob-1", "08:02")])
    gone = [{"recovery_instance_id": "i-1", "outcome": "terminated", "job_id": "drsjob-2"}]
    at("08:40", "cleaned", data={"clean": True, "left": [], "servers": gone})
    told = evidence.build(at.documents(), {}, [], day("09:00"), "1.0.0")
    assert [one for one in told["not_proven"] if "request id" in one and "1 DRS job" in one], told["not_proven"]
