"""Walk all numbers: each number of each output equals the ledger of what was done.

The ledger is written by the test while it takes the steps of an approved drill with failures, a pause, a takeover and
a retry, its clean-up, and of a failback; nothing of the library computes it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import conclude
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import reading as history_reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, evidence_bundle, files_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import ending
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.plugin_utils._report.page import render as page_of
from support.page_rows import rows_of
from support.run_steps import Day, day

ACCOUNTS = {"pay.us-west-2": "111111111111", "shop.us-west-2": "222222222222"}
TOPIC = "arn:aws:sns:us-west-2:111111111111:t"
ERROR = {"code": "launch_capacity", "message": "no room", "remedy": "wait", "retryable": True}


class Ledger:
    """What was done: every launch, successful or not, every termination, every message and metric, in order."""

    def __init__(self):
        self.tries, self.gone, self.messages, self.metrics = [], [], [], []

    def last(self, run_id):
        """{server: the last outcome} of a run."""
        return {server: outcome for run, server, _account, outcome in self.tries if run == run_id}

    def count(self, run_id, account=None):
        places = {server: place for run, server, place, _outcome in self.tries if run == run_id}
        return Counter(one for server, one in self.last(run_id).items() if account in (None, places[server]))

    # -- the client of AWS that the end of a run sends with
    def __call__(self, _params):
        return self

    def client(self, _service, effect=False, brief=False):
        return self

    @contextlib.contextmanager
    def errors(self, _operation):
        yield

    def publish(self, **request):
        self.messages.append(json.loads(request["MessageAttributes"]["event"]["StringValue"]))
        return {"MessageId": "m"}

    def put_metric_data(self, **request):
        self.metrics += request["MetricData"]

    def summed(self, name, action):
        wanted = [{"Name": "Action", "Value": action}]
        return sum(one["Value"] for one in self.metrics if one["MetricName"] == name and one["Dimensions"] == wanted)


def plan_of(mode, servers):
    listed = [
        {
            "source_server_id": f"s-{number:017}",
            "name": f"db-{number}",
            "cell": cell,
            "account_id": ACCOUNTS[cell],
            "region": "us-west-2",
            "application": "shop",
            "rto_seconds": 7200,
        }
        for number, cell in enumerate((list(ACCOUNTS) * servers)[:servers], start=1)
    ]
    by_cell = {cell: [one["source_server_id"] for one in listed if one["cell"] == cell] for cell in ACCOUNTS}
    waves = [{"wave": "1", "servers": listed, "by_cell": by_cell}]
    cells = [{"cell": cell, "account_id": account, "region": "us-west-2"} for cell, account in ACCOUNTS.items()]
    whole = {"name": "shop", "mode": mode, "waves": waves, "cells": cells, "summary": {"servers": servers}}
    return {**whole, "hash": plan_hash(whole)}


class World(Day):
    """A store in which runs are walked, and the ledger of it."""

    def __init__(self, path, monkeypatch):
        super().__init__(path, monkeypatch)
        self.ledger = Ledger()
        monkeypatch.setattr(conclude, "Cell", self.ledger)

    def walk(self, moment, run_id, epoch, plan, bad=(), only=None, outcome="launched", kind="recovery"):
        """A wave: each server is tried once and noted in the ledger; the others stay as they were."""
        servers = plan["waves"][0]["servers"]
        known = {one["name"]: one for one in self.entries.get(run_id, ())}
        entries = []
        for one in servers:
            if only is not None and one["name"] not in only:
                entries.append(known[one["name"]])
                continue
            good = one["name"] not in bad
            told = {"outcome": outcome if good else "failed", "job_id": f"drsjob-{moment}", "ended_at": day(moment)}
            told.update(started_at=day("08:20"), point_in_time=day("08:19") if good else None)
            told.update(recovery_instance_id="i-" + one["source_server_id"][2:] if good else None)
            told.update(error=None if good else ERROR, duration_seconds=600.0 if good else None)
            self.ledger.tries.append((run_id, one["name"], one["account_id"], told["outcome"]))
            entries.append({**one, **told, "wave": "1"})
        self.entries = {**self.entries, run_id: entries}
        self(moment, "wave_intended", wave="1", servers=servers, epoch=epoch, run_id=run_id)
        verdict = {"proceed": not bad, "reason": "stop: too many failed" if bad else "proceed"}
        self(moment, "wave_done", wave="1", servers=entries, verdict=verdict, epoch=epoch, run_id=run_id)
        run = self(moment, "finished", epoch=epoch, reason="wave 1" if bad else "", run_id=run_id)["run"]
        self.concluded(moment, run, kind, "wave 1" if bad else "")

    entries: dict = {}

    def concluded(self, moment, run, kind, stopped, **more):
        self._monkeypatch.setattr(ending.history_conclude.book.clock, "now", lambda: day(moment))
        params = {key: spec.get("default") for key, spec in ending.SPEC.items()}
        told = {key: run.get(key) for key in ("run_id", "mode", "plan_name", "status", "ended_at")}
        told.update(kind=kind, stopped=stopped, started_at=run.get("created_at"), **more)
        sending = {"metrics": {"region": "us-west-2", "by_account": True}, "notification": {"topic_arn": TOPIC}}
        ending.conclude({**params, "store": {"path": self.path}, "result": told, **sending}, False)


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(str(tmp_path / "store"), monkeypatch)


@pytest.fixture
def walked(world):
    """An approved drill of 7 of which 3 fail, paused, taken over, tried again; cleaned up; and a failback of 2."""
    plan = plan_of("drill", 7)
    begun = world("07:50", "begun", plan=plan, approvals=["start"])
    world.concluded("07:50", begun["run"], "recovery", "waits for approval: start")
    world("08:20", "approved", approver="bob")
    epoch = world("08:20", "begun", plan=plan, approvals=["start"])["epoch"]
    world.walk("08:30", "r-1", epoch, plan, bad=("db-1", "db-2", "db-5"))
    epoch = world("09:00", "begun", plan=plan, approvals=["start"], controller="host:2")["epoch"]
    epoch = world("09:10", "begun", plan=plan, approvals=["start"], controller="host:3")["epoch"]
    world.walk("09:20", "r-1", epoch, plan, bad=("db-2",), only=("db-1", "db-2", "db-5"))
    gone = [one for one in world.entries["r-1"] if one["outcome"] == "launched"]
    world.ledger.gone = [one["recovery_instance_id"] for one in gone]
    ended = [{**one, "outcome": "terminated", "error": None} for one in gone]
    proof = {"clean": True, "left": [], "servers": ended, "summary": {"terminated": len(gone)}}
    world("09:40", "cleaned", data=proof)
    told = {"run_id": "terminate-1", "mode": "termination", "created_at": day("09:35"), "ended_at": day("09:40")}
    world.concluded("09:40", told, "termination", "", of_run_id="r-1", clean=True, servers=ended)
    back = plan_of("failback", 2)
    epoch = world("10:00", "begun", plan=back, run_id="f-1", kind="failback")["epoch"]
    world.walk("10:30", "f-1", epoch, back, kind="failback")
    return world


def history(world, **asked):
    params = {key: spec.get("default") for key, spec in history_reading.QUERY_SPEC.items()}
    return history_reading.read({**params, "store": {"path": world.path}, **asked})


def expected(counts):
    """The counts of a history record: servers, succeeded, failed, unfinished, skipped."""
    return (sum(counts.values()), counts["launched"], counts["failed"], 0, 0)


def test_history_in_table_csv_and_json(walked):
    ledger = walked.ledger
    found = history(walked, run_id="r-1")
    shown = render.render("history", found, 160).splitlines()
    rows = list(csv.DictReader(io.StringIO(found["csv"])))
    keys = ("servers", "succeeded", "failed", "unfinished", "skipped")
    assert len(found["records"]) == len(rows) == len(ACCOUNTS)
    for record in found["records"]:
        wanted = expected(ledger.count("r-1", record["account_id"]))
        assert tuple(record[key] for key in keys) == wanted
        (row,) = [one for one in rows if one["account_id"] == record["account_id"]]
        assert tuple(int(row[key]) for key in keys) == wanted
        (line,) = [one.split() for one in shown if record["account_id"] in one and "r-1" in one]
        assert tuple(int(one) for one in line[-6:-1]) == wanted
        assert (record["duration_seconds"], record["waited_seconds"]) == (90 * 60, 60 * 60)
        assert record["clean"] is True
    assert len(found["failures"]) == ledger.count("r-1")["failed"]
    assert sum(one["count"] for one in found["groups"]) == ledger.count("r-1")["failed"]


def test_evidence_in_json_and_tables(walked):
    ledger = walked.ledger
    params = {key: spec.get("default") for key, spec in report_request.EVIDENCE_SPEC.items()}
    params.update(run_id="r-1", store={"path": walked.path}, generated_at=day("12:00"))
    documents, made, given = report_request.evidence_of(params)
    counts, tries = ledger.count("r-1"), [one for one in ledger.tries if one[0] == "r-1"]
    scope = made["scope"]
    assert (scope["planned"], scope["attempted"], scope["launched"], scope["failed"]) == (7, 7, *_two(counts))
    files = evidence_bundle.files_of(documents, made, "<!doctype html>", given)
    attempts = list(csv.DictReader(io.StringIO(files["attempts.csv"].decode())))
    assert Counter((one["name"], one["outcome"]) for one in attempts) == Counter((one[1], one[3]) for one in tries)
    assert len(made["run"]["attempts"]) == len(tries) - len(ledger.last("r-1"))
    servers = list(csv.DictReader(io.StringIO(files["servers.csv"].decode())))
    assert {one["name"]: one["outcome"] for one in servers} == ledger.last("r-1")
    per_server = Counter(one[1] for one in tries)
    assert {one["name"]: int(one["attempts"]) for one in servers} == dict(per_server)
    whats = Counter(one["what"] for one in made["exceptions"])
    assert (whats["retry"], whats["server"]) == (len(tries) - 7, counts["failed"])
    # typed twice after the end: once when nobody had it, once while another controller had it
    assert (whats["resume"], whats["takeover"]) == (1, 2), made["exceptions"]
    assert made["run"]["cleanup"]["terminated"] == len(ledger.gone) == counts["launched"]
    assert len(made["run"]["approvals"]) == 1 and made["journal"]["unbroken"], made["journal"]
    page = page_of(evidence.as_model(made), made)
    assert {one["name"]: one["outcome"] for one in rows_of(page, "servers")} == ledger.last("r-1")
    assert Counter(one["name"] for one in rows_of(page, "attempts")) == per_server - Counter(ledger.last("r-1").keys())
    assert Counter(one["what"] for one in rows_of(page, "exceptions-table")) == whats
    assert len(rows_of(page, "events")) == made["journal"]["events"]
    (goal,) = made["run"]["objectives"]
    # a critical server never came: the time was never reached, and the objective is not met
    assert (goal["launched"], goal["rto"]["actual"], goal["rto"]["met"]) == (counts["launched"], None, False)
    assert (made["run"]["seconds"], made["run"]["waited_seconds"]) == (90 * 60, 60 * 60)


def _two(counts):
    return counts["launched"], counts["failed"]


@pytest.mark.parametrize("run_id", ["r-1", "f-1"])
def test_report_in_json_and_csv(walked, run_id):
    params = {key: spec.get("default") for key, spec in report_request.REPORT_SPEC.items()}
    params.update(path="unused", run_id=run_id, store={"path": walked.path}, generated_at=day("12:00"))
    model = report_request.model(params)
    counts = walked.ledger.count(run_id)
    totals = model["run"]["totals"]
    assert (totals["servers"], totals["succeeded"], totals["failed"]) == (sum(counts.values()), *_two(counts))
    both = walked.ledger.count("r-1") + walked.ledger.count("f-1")
    for window in model["windows"]:
        assert (window["servers"], window["succeeded"], window["failed"]) == (sum(both.values()), *_two(both)), window
    for account in model["accounts"]:
        of = sum((walked.ledger.count(one, account["account_id"]) for one in ("r-1", "f-1")), Counter())
        assert (account["servers"], account["succeeded"], account["failed"]) == (sum(of.values()), *_two(of))
    rows = [one for one in csv.DictReader(io.StringIO(files_text.csv_of(model))) if one["run_id"] == run_id]
    assert {one["name"]: one["outcome"] for one in rows} == walked.ledger.last(run_id)
    activity = {one["run_id"]: one for one in model["activity"]}
    assert activity[run_id]["servers"] == sum(counts.values())
    page = page_of(model)
    assert {one["name"]: one["outcome"] for one in rows_of(page, "servers")} == walked.ledger.last(run_id)
    failed = [one for one in rows_of(page, "failures") if one["run_id"] == run_id]
    assert {one["name"] for one in failed} == {
        name for name, outcome in walked.ledger.last(run_id).items() if outcome == "failed"
    }
    shown = {one["run_id"]: one for one in rows_of(page, "activities")}
    assert (shown[run_id]["servers"], shown[run_id]["failed"]) == (sum(counts.values()), counts["failed"])
    # the tiles and the accounts are text of the page
    for window in model["windows"]:
        assert f"{both['launched']} of {sum(both.values())} servers, {window['runs']} runs" in page


@pytest.mark.parametrize(("run_id", "action", "executions"), [("r-1", "drill", 1), ("f-1", "failback", 1)])
def test_metrics_over_all_commands_are_those_of_the_run(walked, run_id, action, executions):
    ledger, counts = walked.ledger, walked.ledger.count(run_id)
    assert ledger.summed("Executions", action) == executions
    assert ledger.summed("FailedExecutions", action) == int(bool(counts["failed"]))
    assert ledger.summed("ServersProcessed", action) == sum(counts.values())
    assert ledger.summed("FailedServers", action) == counts["failed"]
    for account in ACCOUNTS.values():
        place = [{"Name": "AccountId", "Value": account}, {"Name": "Action", "Value": action}]
        sent = [one for one in ledger.metrics if one["Dimensions"] == place and one["MetricName"] == "FailedServers"]
        assert sum(one["Value"] for one in sent) == ledger.count(run_id, account)["failed"]


def test_waiting_for_people_in_metrics(walked):
    # half an hour for the approval, half an hour until somebody resumed
    assert walked.ledger.summed("WaitingForPeople", "drill") == 60 * 60


def test_notifications(walked):
    ledger = walked.ledger
    waiting, first, second, gone, back = ledger.messages
    assert waiting["kind"] == "waiting_for_approval" and first["summary"] == {"launched": 4, "failed": 3, "total": 7}
    counts = ledger.count("r-1")
    assert second["summary"] == {**dict(counts), "total": 7}
    assert second["failure_codes"] == {"launch_capacity": counts["failed"]}
    assert sum(second["failed_accounts"].values()) == len(second["failures"]) == counts["failed"]
    assert (second["duration_seconds"], second["waited_seconds"]) == (90 * 60, 60 * 60)
    assert (
        gone["summary"]["terminated"] == len(ledger.gone) and gone["of_run_id"] == "r-1" and gone["plan_name"] == "shop"
    )
    assert gone["proof"].startswith("clean: %d terminated, 0 left" % len(ledger.gone))
    assert back["summary"] == {"launched": 2, "total": 2} and back["action"] == "failback"
