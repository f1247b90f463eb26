"""Test what an auditor asks of a test beside its result: participants, versions, and actions that are carried over."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import about, evidence, evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store
from support import reports
from support.run_steps import failed_failover

QUOTA = {"id": "quota", "what": "Raise the quota of on-demand instances", "owner": "ann", "due": "2026-04-01"}


def made_of(path, run_id, **more):
    """The evidence of a run as drs_evidence makes it; its actions are kept."""
    params = {key: spec.get("default") for key, spec in report_request.EVIDENCE_SPEC.items()}
    params.update(run_id=run_id, store={"path": path}, generated_at=reports.NOW, **more)
    documents, made, given = report_request.evidence_of(params)
    reading.keep_actions(run_store.open_store({"path": path}), run_id, made["about"]["actions"])
    return documents, made, given


def drills(path, *run_ids):
    """Drills of one plan in a store, a day after another."""
    kept = run_store.open_store({"path": path}, now=lambda: reports.NOW)
    for day, run_id in enumerate(run_ids, start=1):
        for record in reports.items(servers=3, run_id=run_id, created_at=f"2026-03-{day:02}T11:59:00Z"):
            body, index = record["body"], None
            if record["item"] == "run":
                index = {"status": body["status"], "pattern": "drill", "started_at": body["created_at"]}
            kept.put(run_id, record["item"], body, None, index)


def test_an_action_is_carried_over_into_each_later_evidence_until_it_is_closed(tmp_path):
    path = str(tmp_path / "store")
    drills(path, "d-1", "d-2", "d-3", "d-4")
    (first,) = made_of(path, "d-1", actions=[QUOTA])[1]["about"]["actions"]
    assert first == {**QUOTA, "status": "open", "run_id": "d-1", "closed_at": None, "retest_run_id": None}
    documents, second, given = made_of(path, "d-2")
    assert second["about"]["actions"] == [first]
    (told,) = [one for one in second["exceptions"] if one["what"] == "corrective action"]
    assert told["who"] == "ann" and told["detail"].startswith("quota, open since run d-1, due 2026-04-01: Raise")
    files = evidence_bundle.files_of(documents, second, "<!doctype html>", given)
    (row,) = csv.DictReader(io.StringIO(files["actions.csv"].decode()))
    assert (row["id"], row["owner"], row["due"], row["run_id"]) == ("quota", "ann", "2026-04-01", "d-1")
    assert evidence_bundle.checked(files, None, given["collection_version"])["problems"] == []
    closing = {"id": "quota", "status": "closed", "closed_at": "2026-03-03T10:00:00Z", "retest_run_id": "d-3"}
    (closed,) = made_of(path, "d-3", actions=[closing])[1]["about"]["actions"]
    assert (closed["status"], closed["owner"], closed["retest_run_id"], closed["run_id"]) == (
        "closed",
        "ann",
        "d-3",
        "d-1",
    )
    assert made_of(path, "d-4")[1]["about"]["actions"] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [([{"id": "a"}], "has no what, owner, due"), ([QUOTA, QUOTA], "stands twice"), ([{**QUOTA, "owner": ""}], "owner")],
)
def test_an_action_has_an_owner_and_a_date(given, said):
    with pytest.raises(DrsError, match=said):
        about.carried(given, [], "r")


def test_participants_are_those_on_record_and_those_who_are_named(tmp_path, monkeypatch):
    documents = failed_failover(str(tmp_path / "store"), monkeypatch).documents()
    given = {
        "scenario": "The Region is lost",
        "test_type": "system",
        "participants": [{"name": "Olga", "role": "observer"}],
        "versions": {"ansible-core": "2.18.0"},
    }
    told = evidence.build(documents, {}, [], reports.NOW, "1.0.0", given)
    people = {(one["name"], one["role"]) for one in told["about"]["participants"]}
    assert people >= {("ann", "initiator"), ("bob", "approver (start)"), ("Olga", "observer")}, people
    assert told["about"]["scenario"] == "The Region is lost" and told["about"]["test_type"] == "system"
    versions = told["about"]["versions"]
    assert versions["ansible-core of the evidence"] == "2.18.0" and versions["collection of the run"]
    assert not [one for one in told["not_proven"] if "scenario" in one]
    bare = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
    assert [one for one in bare["not_proven"] if "No scenario" in one]
    assert [one for one in bare["not_proven"] if "request id of the call" in one and "DRS job" in one]
