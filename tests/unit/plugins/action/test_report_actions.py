"""Test drs_report and drs_evidence on a directory run store: output, refusals, error handling."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import types

import pytest
from ansible.errors import AnsibleError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import evidence_verify
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support import reports
from support.actions import run_action as run

INDEX = ("account_id", "status", "pattern", "started_at")


@pytest.fixture
def place(tmp_path):
    """A store with a drill and three deployments, and a folder to write into."""
    kept = store.open_store({"path": str(tmp_path / "store")}, now=lambda: reports.NOW)
    for record in reports.items(servers=12, failed=3):
        body = record["body"]
        index = None
        if record["item"] == "run":
            index = {"status": body["status"], "pattern": "drill", "started_at": body["created_at"]}
        kept.put(record["run_id"], record["item"], body, None, index)
    for number, account in enumerate(reports.ACCOUNTS):
        record = reports.record(f"dep-{number}", account, number * 10 + 1, 8 - number, number)
        index = {key: record["body"][key] for key in INDEX}
        kept.put(record["run_id"], record["item"], record["body"], None, index)
    return types.SimpleNamespace(path=tmp_path / "out", store={"path": str(tmp_path / "store")}, kept=kept)


def report(place, **more):
    given = {"path": str(place.path), "store": place.store, "generated_at": reports.NOW}
    check_mode = more.pop("check_mode", False)
    return run("drs_report", check_mode, **{**given, **more})


def evidence(place, **more):
    given = {"path": str(place.path), "run_id": "drill-1", "store": place.store, "generated_at": reports.NOW}
    check_mode = more.pop("check_mode", False)
    return run("drs_evidence", check_mode, **{**given, **more})


def told(place):
    return json.loads((place.path / "report.json").read_text(encoding="utf-8"))


# -- the report --------------------------------------------------------------------------------------------------------


def test_the_newest_run_and_the_history_of_the_period_are_shown(place):
    result = report(place)
    assert result["changed"] and result["run_id"] == "drill-1" and result["verdict"]["word"] == "PASS"
    model = told(place)
    assert sorted(one["run_id"] for one in model["activity"]) == ["dep-0", "dep-1", "dep-2", "drill-1"]
    assert sorted(path.name for path in place.path.iterdir()) == result["files"]
    hashes = {name: manifest.digest((place.path / name).read_bytes()) for name in model["files"]}
    assert hashes == model["files"] and "inventory.json" in hashes


def test_a_second_time_changes_nothing_and_check_mode_writes_nothing(place):
    assert report(place, check_mode=True)["changed"] is True and not place.path.exists()
    report(place)
    before = {path.name: path.read_bytes() for path in place.path.iterdir()}
    assert report(place)["changed"] is False
    assert report(place, title="Another")["changed"] is True
    assert report(place)["changed"] is True
    assert {path.name: path.read_bytes() for path in place.path.iterdir()} == before


def test_a_shorter_period_leaves_the_totals_of_thirty_days(place):
    report(place, days=2)
    model = told(place)
    assert sorted(one["run_id"] for one in model["activity"]) == ["dep-0", "drill-1"]
    assert [one["runs"] for one in model["windows"]] == [1, 2, 4]


def test_filters_reach_the_report(place):
    report(place, account_ids=[reports.ACCOUNTS[1]], statuses=["partial"], patterns=["cross_account"])
    assert [one["run_id"] for one in told(place)["activity"]] == ["dep-1"]


def test_a_store_that_does_not_answer_leaves_a_report_that_says_so(place, monkeypatch):
    def down(*_args, **_options):
        raise DrsError("run_store_unavailable", "no answer")

    monkeypatch.setattr(report_request, "open_store", down)
    result = report(place, status=reports.fleet())
    assert not result.get("failed") and result["verdict"]["word"] == "UNKNOWN"
    assert result["alerts"][0]["level"] == "critical" and "no answer" in result["alerts"][0]["text"]
    assert told(place)["fleet"]["servers"] == 12
    assert report(place, run_id="drill-1")["failed"]


def test_the_page_says_how_often_a_server_counts(place):
    fleet = reports.fleet()
    fleet["summary"]["counted_twice"] = 5
    report(place, status=fleet)
    page = (place.path / "index.html").read_text(encoding="utf-8")
    assert "A server counts once for each run and account that worked on it" in page
    assert "5 machines are counted twice here, in staging and extended to a target: 7 in all." in page
    report(place, status=reports.fleet())
    assert "counted twice here" not in (place.path / "index.html").read_text(encoding="utf-8")


def test_an_empty_store_is_no_success(place, tmp_path):
    assert report(place, store={"path": str(tmp_path / "nothing")})["verdict"]["word"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"since": "2026-03-02", "until": "2026-03-01"}, "dates_reversed"),
        ({"since": "2026-04-01"}, "dates_reversed"),
        ({"statuses": ["wobbly"]}, "unknown_status"),
        ({"days": 0}, "invalid_option"),
        ({"generated_at": "now"}, "invalid_option"),
        ({"objectives": {"mail": {"rto": "soon"}}}, "invalid_duration"),
        ({"run_id": "drill-9"}, "run_unknown"),
        ({"store": {"table": "x"}}, "invalid_option"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(place, more, code):
    result = report(place, **more)
    assert result["failed"] and result["error"]["code"] == code
    assert not place.path.exists()


def test_an_unknown_option_is_refused(place):
    with pytest.raises(AnsibleError):
        report(place, colour="blue")


def test_a_folder_that_cannot_be_written(place):
    place.path.write_text("a file", encoding="utf-8")
    assert report(place)["error"]["code"] == "report_not_written"


# -- the evidence ------------------------------------------------------------------------------------------------------


def test_a_pack_is_written_verified_and_written_again_as_it_was(place, tmp_path):
    result = evidence(place, archive=str(tmp_path / "a" / "bundle.tar"))
    assert result["scope"]["planned"] == 12 and result["state"].startswith("DRAFT")
    for path in (place.path, tmp_path / "a" / "bundle.tar"):
        checked = evidence_verify.verify({"path": str(path), "manifest_sha256": result["manifest_sha256"]})
        assert checked["recomputed"] and checked["about"]["evidence_hash"] == result["evidence_hash"]
    assert evidence(place, archive=str(tmp_path / "a" / "bundle.tar"))["changed"] is False


def test_signed_evidence_replaces_the_draft(place):
    draft = evidence(place)
    mark = {"name": "grace", "decision": "accepted", "at": reports.NOW, "evidence_hash": draft["evidence_hash"]}
    signed = evidence(place, sign_offs=[mark])
    assert signed["state"] == "SIGNED" and signed["evidence_hash"] == draft["evidence_hash"]
    assert evidence_verify.verify({"path": str(place.path), "manifest_sha256": None})["recomputed"]
    assert "DRAFT - NOT SIGNED" not in (place.path / "index.html").read_text(encoding="utf-8")
    late = evidence(place, sign_offs=[{**mark, "evidence_hash": "0" * 64}])
    assert late["error"]["code"] == "sign_off_mismatch"


def test_nothing_else_is_overwritten(place):
    place.path.mkdir()
    (place.path / "holiday.jpg").write_bytes(b"x")
    assert evidence(place)["error"]["code"] == "folder_in_use"
    assert [path.name for path in place.path.iterdir()] == ["holiday.jpg"]


def test_check_mode_writes_no_bundle(place):
    assert evidence(place, check_mode=True)["changed"] is True
    assert not place.path.exists()


def test_a_store_that_does_not_hold_the_run(place):
    assert evidence(place, run_id="drill-9")["error"]["code"] == "run_unknown"
    assert not place.path.exists()
