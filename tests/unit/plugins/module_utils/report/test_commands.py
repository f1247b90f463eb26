"""Who typed each command of a run, with which sessions of AWS and versions, and who left each server out of it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import csv
import io
import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import (
    commands,
    evidence,
    exclusions,
    files_text,
    manifest,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.journal import make_event
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle, verify
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page as report_page
from support import reports

ANN = {"user": "ann", "kind": "awx", "job": "77", "local": "awx@controller"}
BOB = {"user": "bob", "kind": "local", "job": None, "local": "bob@bastion"}
ROLE = "arn:aws:sts::111111111111:assumed-role/Dr/%s"
SESSION = {"cell": "unit1.us-west-2", "account_id": "111111111111", "arn": ROLE % "drs-77", "error": None}
SESSION.update(role_session_name="drs-77", source_identity="ann")
DENIED = {**dict.fromkeys(SESSION), "cell": "unit2.us-west-2", "error": "its role was not assumed"}
VERSIONS = {"collection": "1.0.0", "botocore": "1.40.1", "execution environment": "ee.example.org/drs:1"}


def journal(*told):
    """The events of a journal: (name, data) each, a minute apart."""
    events = []
    for number, (name, data) in enumerate(told):
        last = events[-1] if events else None
        events.append(make_event(last, name, "controller:%d" % number, data, reports.at(60 * number)))
    return events


def typed(person, **more):
    return {"by": person["user"], "typed_by": person, **more}


def run(**changes):
    found = reports.documents(servers=4)
    found["events"] = journal(
        ("run_begun", typed(ANN, sessions=[DENIED, SESSION], versions=VERSIONS)),
        ("wave_intended", {"wave": "1"}),
        ("run_resumed", typed(BOB, versions={**VERSIONS, "botocore": "1.41.0"})),
        ("run_cleaned", typed(BOB)),
    )
    found.update(changes)
    return found


def built(found, **about):
    return evidence.build(found, {}, [], reports.NOW, "1.0.0", about)


def test_each_command_names_its_person_job_session_and_versions():
    told = built(run())
    first, second, third = told["commands"]
    assert [one["event"] for one in told["commands"]] == ["run_begun", "run_resumed", "run_cleaned"]
    assert (first["user"], first["kind"], first["awx_job"], first["local"]) == ("ann", "awx", "77", "awx@controller")
    assert (second["user"], second["awx_job"], third["user"]) == ("bob", None, "bob")
    assert [one["cell"] for one in first["sessions"]] == ["unit1.us-west-2", "unit2.us-west-2"]
    assert first["sessions"][0]["source_identity"] == "ann" and first["sessions"][1]["arn"] is None
    assert commands.sentence(first) == (
        "drs-77, source identity ann in unit1.us-west-2; not known (its role was not assumed) in unit2.us-west-2"
    )
    rows = commands.rows_of(told["commands"])
    assert [(one["seq"], one["role_session_name"]) for one in rows] == [(1, "drs-77"), (1, None), (3, None), (4, None)]
    people = {(one["name"], one["role"]) for one in told["about"]["participants"]}
    assert ("bob", "terminated its instances") in people


def test_what_nobody_recorded_is_said_and_never_made_up():
    told = built(run())["not_proven"]
    assert [one for one in told if one.startswith("The AWS sessions of 1 command are not on record: resume at")]
    assert [one for one in told if one.startswith("STS did not tell the session of 1 cell and command")]
    old = run(events=journal(("run_begun", {"by": "carl (pc)"}), ("run_cleaned", {})))
    told = built(old)
    assert [one["user"] for one in told["commands"]] == ["carl (pc)", None]
    assert [one for one in told["not_proven"] if one.startswith("Who typed 1 command is not on record: clean-up at")]


def test_versions_are_those_of_every_command_and_of_the_evidence():
    told = built(run(), versions={"botocore": "1.42.0", "boto3": None})["about"]["versions"]
    assert told["botocore of the run"] == "1.40.1, 1.41.0" and told["botocore of the evidence"] == "1.42.0"
    assert told["execution environment of the run"] == "ee.example.org/drs:1"
    assert told["python of the run"] == told["boto3 of the evidence"] == "not known"
    old = built(run(events=[]))["about"]["versions"]
    assert old["collection of the run"] == "1.0.0" and old["amazon.aws of the run"] == "not known"


# -- who left what out -----------------------------------------------------------------------------------------------


def left_out(code, tag=None, number=1, **more):
    server = {"source_server_id": "s-%017d" % number, "name": "old-%d" % number, "cell": "unit1.us-west-2"}
    place = {"account_id": "111111111111", "region": "us-west-2"}
    return {**server, **place, "reason_code": code, "reason": "because", "tag": tag, **more}


def excluding(*rows, **changes):
    found = run(**changes)
    found["plan"]["excluded"] = list(rows)
    return found


def test_each_exclusion_has_the_person_the_tag_or_the_rule():
    found = excluding(
        left_out("left_out", reason="Left out by the request: being replaced"),
        left_out("not_selected", "DR-Wave=2", 2),
        left_out("not_enabled", "dr:enabled=no", 3),
        left_out("not_enabled", None, 4),
        left_out("extended_copy_in_target", None, 5),
    )
    told = built(found)
    assert [(one["how"], one["by"], one["tag"], one["at"]) for one in told["scope"]["excluded"]] == [
        ("request", "ann", None, reports.at(0)),
        ("request", "ann", "DR-Wave=2", reports.at(0)),
        ("tag", "tag dr:enabled=no", "dr:enabled=no", reports.at(0)),
        ("tag", "tag not known", None, reports.at(0)),
        ("rule", "rule extended_copy_in_target", None, reports.at(0)),
    ]
    who = {(one["detail"].partition(", ")[2].partition(":")[0], one["who"]) for one in told["exceptions"]}
    assert who >= {("left_out", "ann"), ("not_enabled", "tag dr:enabled=no"), ("not_enabled", "tag not known")}


def test_the_report_tells_the_same_as_the_evidence_and_its_page_says_it():
    found = excluding(left_out("not_enabled", "dr:enabled=no"), left_out("left_out", number=2))
    model = report_model.build({"runs": [found], "history": [], "generated_at": reports.NOW})
    told = [one for one in built(found)["exceptions"] if one["what"] in ("excluded", "not tried")]
    assert model["run"]["left_out"] == told and len(told) == 2
    page = report_page.render(model)
    told = files_text.summary(model)
    assert "- 1 server not in the plan, left_out: old-2 (ann)" in told, told
    assert "Clean-up: " in told and "\n\n\n" not in told
    assert "tag dr:enabled=no" in page and "1 server not in the plan, left_out: old-2" in page


def test_a_plan_that_was_widened_is_that_of_the_person_who_did_it():
    events = journal(("run_begun", typed(ANN)), ("run_widened", {}), ("run_resumed", typed(BOB)))
    events[0]["documents"] = events[1]["documents"] = {"plan": {"version": 1, "sha256": "x"}}
    told = built(excluding(left_out("left_out"), events=events))["scope"]["excluded"]
    assert [(one["by"], one["at"]) for one in told] == [("bob", reports.at(60))]


def test_a_server_that_nobody_tried_names_who_stopped_the_run():
    found = run()
    names = [one["name"] for one in found["waves"][-1]["servers"]]
    found["waves"] = found["waves"][:-1]
    found["run"] = {**found["run"], "status": "cancelled", "reason": "flood"}
    found["events"] = journal(("run_begun", typed(ANN)), ("run_cancelled", typed(BOB, reason="flood")))
    (one,) = [one for one in built(found)["exceptions"] if one["what"] == "not tried"]
    assert (one["who"], one["at"], one["why"]) == ("bob", reports.at(60), "flood")
    assert all(name in one["detail"] for name in names[:3])
    found["run"]["status"] = "partial"
    found["waves"][-1]["verdict"] = {"proceed": False, "reason": "too many failed"}
    (one,) = [one for one in built(found)["exceptions"] if one["what"] == "not tried"]
    assert one["who"] == "verdict of wave %s" % found["waves"][-1]["wave"] and one["why"] == "too many failed"


# -- the files, and the program that verifies them ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def made():
    found = excluding(left_out("not_enabled", "dr:enabled=no"), left_out("left_out", number=2))
    told = built(found)
    given = {"sign_offs": [], "generated_at": reports.NOW, "collection_version": "1.0.0", "about": {}}
    return bundle.evidence_files_of(found, told, given)


def test_the_bundle_lists_them_and_the_verifier_says_who_typed_each_command(made):
    rows = list(csv.DictReader(io.StringIO(made["excluded.csv"].decode())))
    assert [(one["how"], one["by"]) for one in rows] == [("tag", "tag dr:enabled=no"), ("request", "ann")]
    rows = list(csv.DictReader(io.StringIO(made["commands.csv"].decode())))
    assert tuple(rows[0]) == commands.COLUMNS and rows[0]["arn"] == ROLE % "drs-77"
    told = verify.verify(made)
    assert told["problems"] == []
    (line, *_more) = verify.said_commands(told["commands"])
    assert line == "%s run_begun: ann, AWX job 77, drs-77 as ann, session not known" % reports.at(0)


def changed(files, change):
    """The bundle with evidence that was edited, and everything that hashes it made anew."""
    told = json.loads(files["evidence.json"])
    change(told)
    told["evidence_hash"] = evidence.evidence_hash(told)
    inner = {name: data for name, data in files.items() if name not in (manifest.MANIFEST, manifest.SUMS)}
    inner["evidence.json"] = evidence_json(told)
    about = {**json.loads(files[manifest.MANIFEST])["about"], "evidence_hash": told["evidence_hash"]}
    return manifest.sealed(inner, about)


def evidence_json(told):
    return (json.dumps(told, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


CHANGES = {
    "a user": lambda one: one["commands"][0].update(user="eve"),
    "a job": lambda one: one["commands"][0].update(awx_job="78"),
    "a session": lambda one: one["commands"][0]["sessions"][0].update(role_session_name="other"),
    "a source identity": lambda one: one["commands"][0]["sessions"][0].update(source_identity="eve"),
    "a command less": lambda one: one["commands"].pop(),
    "a server less": lambda one: one["scope"]["excluded"].pop(),
    "a tag": lambda one: one["scope"]["excluded"][0].update(tag="dr:enabled=yes"),
    "an owner": lambda one: one["scope"]["excluded"][1].update(by="eve"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_evidence_that_names_others_is_broken_although_every_hash_fits(made, name):
    assert verify.verify(changed(made, lambda _one: None))["problems"] == []
    problems = verify.verify(changed(copy.copy(made), CHANGES[name]))["problems"]
    assert [one for one in problems if "commands" in one[1] or "left out" in one[1] or "servers are not" in one[1]]


def test_an_exclusion_of_an_older_plan_says_that_the_tag_is_not_known():
    old = left_out("not_enabled")
    del old["tag"]
    assert exclusions.excluded_of(excluding(old))[0]["by"] == "tag not known"
