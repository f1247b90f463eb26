"""Test that a record forgets no attempt and no person: retries, resumes, takeovers, pauses, options, exclusions."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect, deviations, evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import attempts
from support import reports
from support.run_steps import Day, day, plan


@pytest.fixture
def at(tmp_path, monkeypatch):
    return Day(str(tmp_path), monkeypatch)


def person(name):
    return {"kind": "local", "user": name, "local": name}


def fate(outcome, job, hour, **more):
    told = {"outcome": outcome, "job_id": job, "started_at": day(f"{hour}:00"), "ended_at": day(f"{hour}:10")}
    error = {"code": "launch_capacity", "message": f"no room at {hour}"} if outcome == "failed" else None
    return {**told, "point_in_time": day(f"{hour}:00"), "error": error, **more}


def retried(at):
    """A drill that fails twice, is paused, taken over, and launched in the end: what the store holds of it."""
    frozen = plan(2, mode="drill")
    servers = frozen["waves"][0]["servers"]
    first = at("08:00", "begun", plan=frozen, typed_by=person("ann"))
    good = fate("launched", "drsjob-1", "08")
    at.wave("08:10", first["epoch"], servers, fates={"db-1": fate("failed", "drsjob-1", "08"), "db-2": good})
    at("08:11", "finished", epoch=first["epoch"], reason="wave 1")
    changed = [{"option": "max_wait", "variable": "recovery_max_wait", "was": 0, "now": 60}]
    second = at("09:00", "begun", plan=frozen, typed_by=person("bob"), options=changed)
    at.wave("09:10", second["epoch"], servers, fates={"db-1": fate("failed", "drsjob-2", "09"), "db-2": good})
    at("09:11", "paused", reason="the network team", typed_by=person("eve"))
    at("10:00", "begun", plan=frozen, typed_by=person("cid"), end_pause=True)  # whose controller dies
    last = at("10:30", "begun", plan=frozen, typed_by=person("dan"), controller="host:2")
    overrides = [{"guardrail": "window", "reason": "flood"}]
    at("10:30", "noted", epoch=last["epoch"], overrides=overrides, actor="dan")
    at.wave("11:10", last["epoch"], servers, fates={"db-1": fate("launched", "drsjob-3", "11"), "db-2": good})
    at("11:11", "finished", epoch=last["epoch"])
    return at.documents()


def test_every_attempt_is_kept_with_its_job_time_point_and_error(at):
    found = retried(at)
    rows = [one for one in deviations.all_attempts(found) if one["name"] == "db-1"]
    assert [(one["attempt"], one["outcome"], one["job_id"], one["last"]) for one in rows] == [
        (1, "failed", "drsjob-1", False),
        (2, "failed", "drsjob-2", False),
        (3, "launched", "drsjob-3", True),
    ]
    assert [one["ended_at"] for one in rows] == [day("08:10"), day("09:10"), day("11:10")]
    assert [one["point_in_time"] for one in rows] == [day("08:00"), day("09:00"), day("11:00")]
    assert [one["message"] for one in rows] == ["no room at 08", "no room at 09", None]
    assert [str(one["by"]).partition(" ")[0] for one in rows] == ["ann", "bob", "dan"]
    # what is found as it was, is no further attempt
    assert [one["attempt"] for one in deviations.all_attempts(found) if one["name"] == "db-2"] == [1]


def test_who_stepped_in_when_and_why_are_exceptions_in_evidence_and_csv(at):
    found = retried(at)
    found["plan"]["excluded"] = [{"name": f"old-{one}", "reason_code": "not_selected", "reason": "x"} for one in (1, 2)]
    told = evidence.build(found, {}, [], reports.NOW, "1.0.0")
    brief = [(one["what"], str(one["who"]).partition(" ")[0], one["at"], one["why"]) for one in told["exceptions"]]
    for wanted in (
        ("resume", "bob", day("09:00"), None),
        ("options", "bob", day("09:00"), None),
        ("pause", "eve", day("09:11"), "the network team"),
        ("resume", "cid", day("10:00"), None),
        ("takeover", "dan", day("10:30"), None),
        ("retry", "bob", day("09:00"), "no room at 08"),
        ("retry", "dan", day("11:00"), "no room at 09"),
        ("override", "dan", day("10:30"), "flood"),
        ("excluded", "ann", day("08:00"), "x"),
    ):
        assert brief.count(wanted) == 1, (wanted, brief)
    assert not [one for one in told["exceptions"] if one["what"] == "server"], "it was launched in the end"
    assert {one["name"]: one["attempts"] for one in told["run"]["servers"]} == {"db-1": 3, "db-2": 1}
    files = evidence_bundle.files_of(found, told, "<!doctype html>", {})
    rows = list(csv.DictReader(files["exceptions.csv"].decode().splitlines()))
    assert [one["what"] for one in rows] == [one["what"] for one in told["exceptions"]]
    assert len(list(csv.DictReader(files["attempts.csv"].decode().splitlines()))) == 4


def test_a_skipped_server_is_an_exception_and_an_unseen_one_no_attempt():
    found = reports.documents(servers=4)
    found["waves"][0]["servers"][0].update(outcome="skipped", error={"code": "not_ready", "message": "x"})
    told = evidence.build(found, {}, [], reports.NOW, "1.0.0")
    assert [(one["detail"], one["who"]) for one in told["exceptions"] if one["what"] == "skipped"] == [
        ("srv-0000 in unit1.us-west-2: skipped, not_ready", "rule not_ready")
    ]
    assert told["run"]["servers"][0]["attempts"] == 0


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (fate("failed", "j-1", "08"), fate("failed", "j-1", "08"), 0),
        (fate("in_progress", "j-1", "08"), fate("launched", "j-1", "08"), 0),
        (fate("failed", "j-1", "08"), fate("launched", "j-2", "09"), 1),
        (fate("failed", None, "08"), fate("failed", None, "08"), 0),
        (fate("failed", None, "08"), fate("failed", None, "09"), 1),
        (fate("unknown", None, "08"), fate("launched", "j-1", "08", adopted=True), 0),
        (fate("failed", None, "08"), fate("launched", "j-1", "09"), 1),
        (fate("planned", None, "08"), fate("launched", "j-1", "09"), 0),
        (fate("failed", "j-1", "08"), None, 1),
        # of a failback: a stage after the other is one attempt, another launch is another one
        (fate("ready", None, "08", failback={"x": 1}), fate("launched", "j-1", "09"), 0),
        (fate("ready", None, "08", failback={"x": 1}), fate("failed", "j-1", "09"), 0),
        (fate("launched", "j-1", "08", failback={"x": 1}), fate("protected", None, "09"), 0),
        (fate("launched", "j-1", "08", failback={"x": 1}), fate("cleaned", None, "09"), 0),
        (fate("launched", "j-1", "08", failback={"x": 1}), fate("launched", "j-2", "09"), 1),
        (fate("failed", "j-1", "08", failback={"x": 1}), fate("launched", "j-2", "09"), 1),
        (fate("failed", None, "08", failback={"x": 1}), fate("protected", None, "09"), 1),
        # of a recovery the same words mean another launch
        (fate("launched", "j-1", "08"), fate("cleaned", None, "09"), 1),
    ],
)
def test_what_is_another_attempt_and_what_is_the_same_one(before, after, kept):
    name = {"cell": "c", "source_server_id": "s-1", "name": "db"}
    record = {"servers": [{**name, **before}], "attempts": []}
    now = [{**name, **after}] if after else []
    assert len(attempts.earlier(record, now)) == kept


def test_an_earlier_attempt_of_a_failback_has_the_log_of_its_job_which_names_the_copy():
    found = reports.failed_back()
    wave = found["waves"][0]
    server = wave["servers"][0]
    server["stages"] = [{"stage": "launched", "job_id": "drsjob-0", "original_source_server_id": "s-copy", "at": None}]
    told = {"outcome": "failed", "job_id": "drsjob-0", "error": {"code": "launch_capacity", "message": "no room"}}
    wave["attempts"] = [{**{key: server[key] for key in ("name", "cell", "source_server_id")}, **told}]
    rows = [[reports.NOW, "LAUNCH_START", "s-copy"], [reports.NOW, "LAUNCH_FAILED", "s-copy", "no room"]]
    wave["logs"] = [{"cell": "home", "job_id": "drsjob-0", "read_at": reports.NOW, "error": None, "events": rows}]
    (row,) = [one for one in deviations.earlier_attempts(found) if one["job_id"] == "drsjob-0"]
    assert "no room" in row["log"]
    told = evidence.build(found, {}, [], reports.NOW, "1.0.0")
    assert [one for one in told["not_proven"] if one.startswith("Whether users changed data on the recovery side")]
    silent = [one for one in told["not_proven"] if one.startswith("What would have been lost")]
    points = [one["rpo"] for one in told["run"]["objectives"]]
    assert bool(silent) == any(one["at_start"] is None and one["actual"] is not None for one in points)


def test_the_evidence_of_a_failback_has_every_stage_with_machine_job_and_time():
    found, launched = reports.failed_back(), reports.documents(servers=2)
    launched = [one for wave in launched["waves"] for one in wave["servers"]]
    told = evidence.build(found, {}, [], reports.NOW, "1.0.0")
    assert told["scope"]["launched"] == 2, "what came home was launched, whatever was done about the other side"
    for one, before in zip(told["run"]["servers"], launched):
        assert one["outcome"] == "cleaned"
        for key in ("job_id", "recovery_instance_id", "private_ip", "started_at", "ended_at"):
            assert one[key] == before[key], key
        assert one["duration_seconds"] > 0
    for goal in told["run"]["objectives"]:
        assert (goal["launched"], goal["rpo"]["missing"]) == (1, 0) and goal["rto"]["actual"] > 0
    files = evidence_bundle.files_of(found, told, "<!doctype html>", {})
    rows = list(csv.DictReader(files["stages.csv"].decode().splitlines()))
    assert [(one["stage"], one["outcome"]) for one in rows] == [
        *(("ready", "ready"), ("launched", "launched")),
        *(("ready", "ready"), ("launched", "failed"), ("launched", "launched")),
    ]
    standing = json.loads(files["inventory.json"])["all"]["hosts"]
    assert {one["drs_cell"] for one in standing.values()} == {"shop.us-east-1"} and len(standing) == 2
    drill = evidence.build({**found, "run": {**found["run"], "mode": "failback_drill"}}, {}, [], reports.NOW, "1.0.0")
    assert connect.inventory(drill["run"])["all"]["hosts"] == {}, "a drill of it ends that very machine"
    assert {one["original_cell"] for one in rows if one["stage"] == "launched"} == {"shop.us-east-1"}
    assert "stages.csv" not in evidence_bundle.files_of(
        reports.documents(), evidence.build(reports.documents(), {}, [], reports.NOW, "1.0.0"), "<!doctype html>", {}
    )
