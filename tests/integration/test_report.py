"""Test the report and evidence of a drill against the true numbers in the simulator's ledger."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json
import re
import resource
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle as report_bundle
from support import reports
from support.playbook import Controller
from support.scenarios import SECRET, three_waves

RUN = "q1-drill"


@pytest.fixture(scope="module")
def world(start_simulator):
    scenario = three_waves()
    scenario["fleets"][2]["servers"] = {"web-02": {"fail_launch": "InsufficientInstanceCapacity: no room"}}
    for fleet in scenario["fleets"]:
        fleet["tags"].update({"dr:rto": "2h", "dr:rpo": "15m"})
    return start_simulator(scenario)


@pytest.fixture(scope="module")
def told(world, tmp_path_factory):
    """A drill with its clean-up, then the report and the evidence: (controller, the run of the report, the folders)."""
    directory = tmp_path_factory.mktemp("report")
    controller = Controller(world, directory)
    # somebody keeps other things where the evidence of the drill would go
    (directory / "own" / "evidence" / RUN).mkdir(parents=True)
    (directory / "own" / "evidence" / RUN / "holiday.jpg").write_bytes(b"x")
    drill = controller.run(
        "drill",
        {
            "recovery_run_id": RUN,
            "recovery_plan_name": "q1",
            "recovery_cleanup": True,
            "recovery_policy": {"max_failures": 1},
            "recovery_report_dir": str(directory / "own"),
        },
    )
    assert drill.rc != 0 and not drill.result["stopped"], drill.output
    assert "the report that was asked for was not written: folder_in_use" in drill.output
    mark = world.mark()
    options = {
        "report_dir": str(directory / "out"),
        "report_evidence_dir": str(directory / "evidence"),
        "report_evidence_archive": str(directory / "evidence.tar"),
    }
    run = controller.run("report", options)
    assert run.rc == 0, run.output
    assert world.mutations(mark) == []
    return controller, run, directory


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_numbers_are_those_of_the_ledger(told, world):
    launched = world.ledger("launched")
    gone = world.ledger("terminated")
    evidence = load(told[2] / "evidence" / "evidence.json")
    assert evidence["scope"]["launched"] == len(launched) == 7
    assert evidence["scope"]["planned"] == 8 and evidence["scope"]["failed"] == 1
    assert evidence["run"]["cleanup"]["clean"] and evidence["run"]["cleanup"]["terminated"] == len(gone) == 7
    by_id = {one["source_server_id"]: one for one in evidence["run"]["servers"]}
    # every job was started by a call whose request id is on record
    jobs = {one["job_id"] for one in evidence["requests"] if one["request_id"] and one["operation"] == "StartRecovery"}
    assert jobs == {one["job_id"] for one in evidence["run"]["servers"]}, evidence["requests"]
    assert {one["operation"] for one in evidence["requests"]} == {"StartRecovery", "TerminateRecoveryInstances"}
    assert {key for key, one in by_id.items() if one["outcome"] == "launched"} == {
        one["source_server_id"] for one in launched
    }
    report = load(told[2] / "out" / "report.json")
    assert (report["totals"]["succeeded"], report["totals"]["counted"]) == (7, 8)
    assert [one["name"] for one in report["failures"]] == ["web-02"]
    assert report["fleet"]["servers"] == 8 and report["capacity"]


def test_each_command_names_its_person_the_sessions_of_its_cells_and_the_versions(told):
    evidence = load(told[2] / "evidence" / "evidence.json")
    assert [one["event"] for one in evidence["commands"]] == ["run_begun", "run_cleaned"]
    cells = {one["cell"] for one in evidence["run"]["servers"]}
    for one in evidence["commands"]:
        assert one["user"] and one["local"] and ":" in one["controller"]
        assert {session["cell"] for session in one["sessions"]} == cells
        for session in one["sessions"]:
            assert session["arn"].startswith("arn:aws:sts::%s:assumed-role/" % session["account_id"])
            assert session["arn"].endswith("/" + session["role_session_name"]) and not session["error"]
        assert one["versions"]["botocore"] and one["versions"]["ansible-core"]
    versions = evidence["about"]["versions"]
    for name in ("ansible-core", "python", "boto3", "botocore", "amazon.aws"):
        assert versions[name + " of the run"] == versions[name + " of the evidence"] != "not known", versions
    assert not [one for one in evidence["not_proven"] if "Who typed" in one or "AWS session" in one]


def test_the_verdict_objectives_and_exceptions(told):
    evidence = load(told[2] / "evidence" / "evidence.json")
    assert evidence["run"]["verdict"]["word"] == "PASS" and evidence["state"].startswith("DRAFT")
    goals = {one["application"]: one for one in evidence["run"]["objectives"]}
    assert goals["payments"]["rto"]["target"] == 7200 and goals["payments"]["rto"]["met"] is True
    assert goals["payments"]["rpo"]["target"] == 900 and goals["payments"]["rpo"]["met"] is True
    assert [one["what"] for one in evidence["exceptions"]] == ["server"]
    assert evidence["journal"]["unbroken"] and evidence["journal"]["events"] >= 8


def test_the_drill_wrote_its_own_report_and_said_that_its_evidence_is_missing(told):
    own = load(told[2] / "own" / "report.json")
    assert own["run"]["run_id"] == RUN and own["verdict"]["word"] == "PASS" and own["fleet"] is None
    assert [path.name for path in (told[2] / "own" / "evidence" / RUN).iterdir()] == ["holiday.jpg"]


def test_the_files_are_of_their_kinds(told):
    out = told[2] / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "index.html",
        "inventory.json",
        "junit.xml",
        "report.csv",
        "report.json",
        "summary.md",
    ]
    rows = list(csv.DictReader((out / "report.csv").read_text(encoding="utf-8").splitlines()))
    assert sorted(row["outcome"] for row in rows) == ["failed"] + ["launched"] * 7
    suites = ElementTree.parse(out / "junit.xml").getroot()
    assert sum(int(one.get("failures")) for one in suites) == 1
    assert "7 of 8 servers" in (out / "summary.md").read_text(encoding="utf-8")
    for path in [*out.iterdir(), *(told[2] / "evidence").iterdir()]:
        assert SECRET not in path.read_text(encoding="utf-8")


def test_says_where_it_is_and_how_to_verify_it(told):
    _controller, run, directory = told
    assert f"Open {directory}/out/index.html" in re.sub(r"\n\s*", " ", run.output)
    assert "ansible-playbook resilience.drs.verify_evidence" in run.output
    assert run.task("drs_evidence")["manifest_sha256"] in run.output


def test_an_auditor_verifies_folder_and_archive_without_an_account(told, tmp_path):
    controller, run, directory = told
    digest = run.task("drs_evidence")["manifest_sha256"]
    options = {"evidence_path": str(directory / "evidence"), "evidence_manifest_sha256": digest}
    good = controller.run("verify_evidence", options)
    assert good.rc == 0, good.output
    assert "every byte is as it was written" in good.output
    assert good.task("drs_evidence_verify")["recomputed"] is True

    archive = bytearray((directory / "evidence.tar").read_bytes())
    place = archive.index(b'"approver"') if b'"approver"' in archive else archive.index(b"launched")
    archive[place + 3] ^= 1
    broken = tmp_path / "broken.tar"
    broken.write_bytes(archive)
    bad = controller.run("verify_evidence", {"evidence_path": str(broken)})
    assert bad.rc != 0
    assert "evidence_altered" in bad.output and "altered" in bad.output


def test_a_disk_that_is_full_in_a_process_of_its_own(tmp_path):
    """The kernel itself refuses the bytes beyond a limit: no half file, and the earlier report as it was."""
    files = report_bundle.report_files_of(report_model.build({"generated_at": reports.NOW}))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data[:20])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code = (
        "import sys, json; from support import reports;"
        "from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model;"
        "from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files;"
        "from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle as report_bundle;"
        "model = report_model.build({'generated_at': reports.NOW, 'runs': [reports.documents(servers=200, failed=9)]});"
        "report_files.publish(sys.argv[1], report_bundle.report_files_of(model))"
    )
    limit = (60_000, 60_000)
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        # bytecode would be cut at the limit, too, and be found by the next process
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1 and "report_not_written" in told.stderr and "File too large" in told.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_watch_reads_the_record_alone(world, told):
    """Without a run id it is the newest run of the store; of one that has ended one look is all there is."""
    controller, _run, directory = told
    mark = world.mark()
    run = controller.run("watch", {"runs_watch_dir": str(directory / "watch")})
    assert run.rc == 0, run.output
    assert world.mutations(mark) == []
    seen = load(directory / "watch" / "watch.json")
    assert (seen["run_id"], seen["over"], seen["left"]["estimate"]) == (RUN, True, "the run has ended")
    report = load(directory / "out" / "report.json")["run"]
    assert seen["elapsed_seconds"] == report["seconds"] and seen["total"] == len(report["servers"])
    assert f"WATCH: run {RUN}, drill" in run.output
    assert 'data-over="yes"' in (directory / "watch" / "index.html").read_text(encoding="utf-8")
