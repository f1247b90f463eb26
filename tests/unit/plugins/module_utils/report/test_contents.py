"""A bundle holds all that auditors ask for: the table of docs/reports.md, line by line, over a run with everything."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import objectives
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle
from support import reports
from support.run_steps import day, failed_failover

ROOT = Path(__file__).resolve().parents[5]
VERSIONS = ("collection of the run", "ansible-core of the evidence", "project (AWX) of the evidence")
KINDS = {"server", "objective", "corrective action"}
ABOUT = {
    "scenario": "The Region is away.",
    "test_type": "system",
    "participants": [{"name": "Olga", "role": "observer"}],
    "actions": [
        {"id": "q", "what": "Raise it", "owner": "ann", "due": "2026-06-30", "status": "open", "run_id": "r-0"}
    ],
    "versions": {"ansible-core": "2.19.0", "project (AWX)": "abc123"},
}
GIVEN = {"objectives": {"shop": {"rto": "15m", "rpo": "15m"}}, "sign_offs": []}
# What auditors ask for -> what of the bundle answers it: (bundle, evidence) -> something that is not empty.
ASKED = {
    "run, mode, plan and its hash": lambda _b, e: [e["run"][k] for k in ("run_id", "mode", "plan_name", "plan_hash")],
    "the plan whole": lambda b, _e: json.loads(b["plan.json"])["waves"],
    "scenario and kind of test": lambda _b, e: [e["about"]["scenario"], e["about"]["test_type"]],
    "versions": lambda _b, e: [e["about"]["versions"][k] for k in VERSIONS],
    "who typed each command": lambda b, e: [one["user"] for one in e["commands"]] and b["commands.csv"],
    "who left out": lambda b, e: "excluded" in e["scope"] and b["excluded.csv"],
    "participants": lambda _b, e: {"initiator", "observer"} <= {one["role"] for one in e["about"]["participants"]},
    "approvals": lambda _b, e: [(one["approver"], one["at"], one["decision"]) for one in e["run"]["approvals"]],
    "scope": lambda _b, e: e["scope"]["planned"] == 3 and e["scope"]["failed"] == 2 and "skipped" in e["scope"],
    "each server": lambda b, _e: len(rows(b, "servers.csv")) == 3,
    "objectives": lambda _b, e: [(one["rto"]["met"], one["rpo"]["met"]) for one in e["run"]["objectives"]],
    "time line": lambda _b, e: all(one["seq"] and one["at"].endswith("Z") for one in e["run"]["events"]),
    "whose clock": lambda _b, e: "UTC" in e["journal"]["clock"],
    "request ids": lambda b, e: "request_id" in b["requests.csv"].decode() and "requests" in e,
    "job logs": lambda b, e: e["job_logs"] and any(one["reason"] == "no room" for one in rows(b, "job_log.csv")),
    "deviations": lambda b, _e: KINDS.issubset(one["what"] for one in rows(b, "exceptions.csv")),
    "attempts": lambda b, _e: len(rows(b, "attempts.csv")) == 3,
    "corrective actions": lambda b, _e: [one["owner"] and one["due"] for one in rows(b, "actions.csv")],
    "clean-up": lambda b, e: e["run"]["cleanup"]["proven"] and "resources" in e["run"]["cleanup"] and b["cleanup.json"],
    "state of the signature": lambda _b, e: e["state"] == "DRAFT - NOT SIGNED",
    "hashes": lambda b, e: e["journal"]["unbroken"] and e["evidence_hash"].encode() in b["manifest.json"],
    "anchors": lambda b, _e: json.loads(b["anchors.json"]),
    "the verifier": lambda b, _e: b"def main(" in b["verify.py"],
    "what was not proven": lambda _b, e: any("switches no traffic" in one for one in e["not_proven"]),
}  # fmt: skip


def rows(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode())))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        documents = failed_failover(str(tmp_path_factory.mktemp("kept")), patch).documents()
        patch.setattr(clock, "now", lambda: day("12:00"))
        told = evidence.build(documents, objectives.targets_of(GIVEN["objectives"]), [], day("12:00"), "1.0.0", ABOUT)
        return bundle.evidence_files_of(documents, told, GIVEN), told


@pytest.mark.parametrize("what", ASKED)
def test_the_bundle_answers(made, what):
    found = ASKED[what](*made)
    assert found and (not isinstance(found, list) or all(one is not None for one in found)), found


def test_the_page_shows_each_part_of_it(made):
    page = made[0]["index.html"].decode()
    for part in ("The Region is away.", "Olga", "no room", "Raise it", "DRAFT - NOT SIGNED", "skipped", "abc123"):
        assert part in page, part


def test_the_table_of_the_documentation_names_only_what_the_bundle_has(made):
    text = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    table = text.split("### What auditors ask for, and where it is")[1].split("Not in the bundle")[0]
    files, told = made
    names = set(table.split("`")[1::2]) - {"report_evidence_lock", "timestamp.tsr"}
    parts = {*told, *told["run"], *told["about"], *told["journal"], "validation", "typed_by"}
    parts |= {"sessions", "versions", *("scope." + one for one in told["scope"])}
    known = {*files, *parts, *("run." + one for one in told["run"]), *("about." + one for one in told["about"])}
    known |= {"journal." + one for one in told["journal"]}
    assert not names - known, sorted(names - known)


def test_an_application_is_judged_by_the_strictest_of_its_servers_everywhere_and_each_server_by_its_own():
    documents = reports.documents(servers=2)
    strict, loose = 15, 86400
    for number, wave in enumerate(documents["plan"]["waves"]):
        for server in wave["servers"]:
            server.update(application="one", rpo_seconds=(strict, loose)[number], rto_seconds=86400, critical=True)
            server["predicted_rpo_seconds"] = (10, 3600)[number]
    told = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
    (goal,) = told["run"]["objectives"]
    assert (goal["rpo"]["target"], goal["rpo"]["actual"], goal["rpo"]["met"]) == (strict, 3600, False)
    assert goal["rpo"]["own_missed"] == 0, "each of them is within its own"
    assert told["run"]["verdict"]["word"] == "FAIL"
    (said,) = [one["detail"] for one in told["exceptions"] if one["what"] == "objective"]
    assert said == "one: recovery point 1h00m, target 15s, though each server is within its own"
    files = bundle.evidence_files_of(documents, told, {})
    assert "NOT MET" in files["summary.md"].decode()
    documents["plan"]["waves"][0]["servers"][0]["predicted_rpo_seconds"] = 20
    later = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
    assert later["run"]["objectives"][0]["rpo"]["own_missed"] == 1
    assert not [one for one in later["exceptions"] if "within its own" in one["detail"]]
    # one target for the application is everybody's
    given = evidence.build(documents, {"one": {"rpo": 7200.0}}, [], reports.NOW, "1.0.0")
    assert given["run"]["objectives"][0]["rpo"]["met"] is True
