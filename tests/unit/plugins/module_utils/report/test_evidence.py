"""Test evidence: contents, signatures, and detection of every changed byte."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random
import threading

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import evidence_verify
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import VERSION
from support import reports

SAMPLE = 1000


def made(sign_offs=(), **more):
    return evidence.build(reports.documents(**more), {}, sign_offs, reports.NOW, VERSION)


def bundle(sign_offs=(), found=None, **more):
    found = found or reports.documents(**more)
    given = {
        "objectives": {},
        "sign_offs": list(sign_offs),
        "generated_at": reports.NOW,
        "collection_version": VERSION,
    }
    told = evidence.build(found, {}, sign_offs, reports.NOW, VERSION)
    return evidence_bundle.files_of(found, told, "<!doctype html><title>page</title>", given)


def verify(path, expected=None):
    return evidence_verify.verify({"path": str(path), "manifest_sha256": expected})


@pytest.fixture
def folder(tmp_path):
    report_files.publish(str(tmp_path / "bundle"), bundle(), last=evidence_bundle.LAST)
    return tmp_path / "bundle"


# -- what it holds ---------------------------------------------------------------------------------------------------


def test_scope_adds_up_and_names_what_was_left_out():
    told = made(servers=12, failed=4)
    scope = told["scope"]
    assert (scope["planned"], scope["launched"], scope["failed"], scope["not_attempted"]) == (12, 8, 4, 0)
    assert scope["excluded"][0]["reason_code"] == "not_selected" and scope["excluded"][0]["name"] == "old-01"
    assert sum(1 for one in told["exceptions"] if one["what"] == "server") == 4


def test_exceptions_tell_overrides_approvals_and_what_was_left_behind():
    found = reports.documents(overrides=[{"guardrail": "window", "reason": "flood", "by": "ada", "at": reports.at(0)}])
    found["approvals"].append({"gate": "own", "approver": "ada", "decision": "approved", "plan_hash": "c0ffee"})
    found["approvals"].append({**found["approvals"][0], "gate": "self", "approver": "ada"})
    found["cleanup"].update(clean=False, left=[{"recovery_instance_id": "i-0a", "cell": "unit1.us-west-2"}])
    found["waves"][2]["verdict"] = {"proceed": False, "reason": "stop: 2 failed"}
    told = evidence.build(found, {}, [], reports.NOW, VERSION)
    lines = [f"{one['what']}: {one['detail']}" for one in told["exceptions"]]
    for wanted in (
        "override: window set aside by ada: flood",
        "approval: own: for another plan than the one that ran",
        "approval: self: ada approved what they had started",
        "clean-up: i-0a in unit1.us-west-2 still exists",
        "verdict: wave 3: stop: 2 failed",
    ):
        assert wanted in lines


def test_it_says_what_was_not_proven():
    told = " ".join(made()["not_proven"])
    for words in ("No user was served", "kept running", "No application was checked", "left out", "Left out"):
        assert words.lower() in told.lower()
    real = evidence.build(reports.documents(mode="recovery"), {}, [], reports.NOW, VERSION)
    assert not any("kept running" in line for line in real["not_proven"])


def test_a_run_without_approval_and_journal_says_so():
    found = reports.documents()
    found["approvals"], found["events"] = [], []
    told = " ".join(evidence.build(found, {}, [], reports.NOW, VERSION)["not_proven"])
    assert "No approval by a second person" in told and "There is no journal" in told


def test_a_broken_chain_of_the_journal_is_an_exception():
    found = reports.documents()
    found["events"][1]["data"]["number"] = 99
    told = evidence.build(found, {}, [], reports.NOW, VERSION)
    assert not told["journal"]["unbroken"]
    assert any(one["what"] == "journal" for one in told["exceptions"])


# -- the signature ---------------------------------------------------------------------------------------------------


def sign(told, **more):
    whole = {"name": "grace", "decision": "accepted", "at": reports.NOW, "evidence_hash": told["evidence_hash"]}
    return {**whole, **more}


def test_it_is_a_draft_until_its_hash_is_signed():
    told = made()
    assert told["state"] == "DRAFT - NOT SIGNED"
    again = made([sign(told)])
    assert again["state"] == "SIGNED" and again["evidence_hash"] == told["evidence_hash"]
    assert made([sign(told), sign(told, decision="rejected")])["state"] == "REJECTED"


def test_a_signature_of_other_evidence_is_refused():
    told = made()
    with pytest.raises(DrsError) as caught:
        made([sign(told)], servers=13)
    assert caught.value.code == "sign_off_mismatch"


@pytest.mark.parametrize("more", [{"name": ""}, {"decision": "maybe"}, {"at": "today"}])
def test_a_signature_is_complete(more):
    with pytest.raises(DrsError) as caught:
        made([sign(made(), **more)])
    assert caught.value.code == "invalid_option"


def test_the_hash_does_not_depend_on_when_it_is_written():
    later = evidence.build(reports.documents(), {}, [], "2027-01-01T00:00:00Z", "9.9.9")
    assert later["evidence_hash"] == made()["evidence_hash"]


# -- no byte changes unseen ------------------------------------------------------------------------------------------


def test_every_single_byte_change_of_a_sample_is_found():
    files = bundle(servers=6, failed=1)
    assert evidence_bundle.checked(files, None, VERSION)["problems"] == []
    chance = random.Random(20260301)
    places = [(name, place) for name in sorted(files) for place in range(len(files[name]))]
    missed = []
    for name, place in chance.sample(places, SAMPLE):
        data = bytearray(files[name])
        data[place] ^= chance.randrange(1, 256)
        if not manifest.problems({**files, name: bytes(data)}):
            missed.append((name, place))
    assert missed == []


def test_the_first_and_last_bytes_of_each_file_are_watched_too():
    files = bundle()
    for name, data in files.items():
        for changed in (data[1:], data[:-1], data + b"\n", b" " + data, b""):
            found = manifest.problems({**files, name: changed})
            assert any(one["file"] == name for one in found), (name, changed[:20])


def test_files_that_are_missing_or_added_are_named():
    files = bundle()
    for name in files:
        found = manifest.problems({key: value for key, value in files.items() if key != name})
        assert {"file": name, "problem": "missing"} in found
    assert manifest.problems({**files, "note.txt": b"x"}) == [{"file": "note.txt", "problem": "added"}]


def test_a_manifest_that_somebody_wrote_anew_is_found_by_the_hash_that_was_kept(folder):
    kept = verify(folder)["manifest_sha256"]
    report_files.publish(str(folder), bundle(ticket="CHG-8"), last=evidence_bundle.LAST)
    assert verify(folder)["problems"] == []
    with pytest.raises(DrsError) as caught:
        verify(folder, kept)
    assert caught.value.code == "evidence_altered"


def test_evidence_that_does_not_follow_from_the_documents_is_found():
    files = bundle()
    lie = json.loads(files["evidence.json"])
    lie["scope"]["launched"] += 1
    kept = {name: data for name, data in files.items() if name not in evidence_bundle.LAST}
    about = json.loads(files["manifest.json"])["about"]
    forged = manifest.sealed({**kept, "evidence.json": evidence_bundle.as_json(lie).encode()}, about)
    assert manifest.problems(forged) == []
    told = evidence_bundle.checked(forged, None, VERSION)
    wrong = [{"file": "evidence.json", "problem": "BROKEN: does not follow from the documents"}]
    assert told["problems"] == wrong
    assert evidence_bundle.checked(forged, None, "0.9.0")["recomputed"] is False


def test_sha256sum_would_agree(folder):
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        value, name = line.split("  ")
        assert manifest.digest((folder / name).read_bytes()) == value


# -- folders and archives --------------------------------------------------------------------------------------------


def test_folder_and_archive_are_verified(folder, tmp_path):
    told = verify(folder)
    assert told["recomputed"] and told["about"]["run_id"] == "drill-1"
    archive = tmp_path / "bundle.tar"
    archive.write_bytes(report_files.archive_of(report_files.read_bundle(str(folder)), "drill-1"))
    assert verify(archive)["manifest_sha256"] == told["manifest_sha256"]
    assert report_files.archive_of(bundle(), "drill-1") == report_files.archive_of(bundle(), "drill-1")


def test_a_link_in_the_folder_is_no_file(folder, tmp_path):
    (tmp_path / "copy.json").write_bytes((folder / "run.json").read_bytes())
    (folder / "run.json").unlink()
    (folder / "run.json").symlink_to(tmp_path / "copy.json")
    with pytest.raises(DrsError, match="run.json altered"):
        verify(folder)


def test_a_file_in_a_folder_below_is_found(folder):
    (folder / "more").mkdir()
    (folder / "more" / "note.txt").write_text("x", encoding="utf-8")
    with pytest.raises(DrsError, match="more/note.txt added"):
        verify(folder)


@pytest.mark.parametrize("what", ["nothing", "an empty folder", "no archive", "no manifest", "another folder"])
def test_what_is_no_bundle(tmp_path, what):
    path = tmp_path / "x"
    if what == "an empty folder":
        path.mkdir()
    elif what == "no archive":
        path.write_bytes(b"not a tar archive")
    elif what != "nothing":
        path.mkdir()
        (path / "a").write_bytes(b"a")
        if what == "no manifest":
            (path / "evidence.json").write_bytes(b"{}")
    with pytest.raises(DrsError) as caught:
        verify(path)
    assert caught.value.code == ("evidence_altered" if what == "no manifest" else "evidence_unreadable")


def test_a_hash_that_is_none_is_refused(folder):
    with pytest.raises(DrsError, match="manifest_sha256: 'abc' is no SHA-256"):
        verify(folder, "abc")


def test_only_an_earlier_pack_of_the_run_is_replaced(folder):
    earlier = manifest.read(report_files.read_bundle(str(folder)))
    there = report_files.names(str(folder))
    assert "run.json" in evidence_bundle.check_place(there, earlier, "bundle", "drill-1")
    assert evidence_bundle.check_place([], None, "bundle", "drill-1") == []
    for names, run_id in ((there, "drill-2"), ([*there, "holiday.jpg"], "drill-1"), (["holiday.jpg"], "drill-1")):
        with pytest.raises(DrsError) as caught:
            evidence_bundle.check_place(names, earlier if len(names) > 1 else None, "bundle", run_id)
        assert caught.value.code == "folder_in_use"


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_second_time_changes_nothing_and_a_dry_run_writes_nothing(tmp_path):
    path = str(tmp_path / "deep" / "bundle")
    files = {"a": b"1", "b": b"2"}
    assert report_files.publish(path, files, dry=True) is True and report_files.names(path) == []
    assert report_files.publish(path, files) is True
    assert report_files.publish(path, files) is False
    assert report_files.publish(path, {"a": b"1"}, gone=["b"]) is True
    assert report_files.names(path) == ["a"]


def test_other_files_in_the_folder_stay(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    report_files.publish(str(tmp_path), {"a": b"1"})
    assert report_files.names(str(tmp_path)) == ["a", "mine.txt"]


def test_a_full_disk_leaves_the_earlier_report_whole(tmp_path, monkeypatch):
    """The second file does not fit: none of them changes, and nothing is left lying about."""
    old = {"a": b"old a", "b": b"old b"}
    report_files.publish(str(tmp_path), old)
    write, taken = report_files.os.write, []

    def full(handle, data):
        taken.append(len(data))
        if len(taken) == 2:
            raise OSError(28, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(report_files.os, "write", full)
    with pytest.raises(DrsError, match="No space left on device") as caught:
        report_files.publish(str(tmp_path), {"a": b"new a", "b": b"new b"})
    assert caught.value.code == "report_not_written" and caught.value.retryable
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_two_at_once_do_not_mix(tmp_path):
    """Each writer's files are put in place together: whenever the lock is free, all files are of one of them."""
    sets = [{name: bytes([48 + number]) * 50000 for name in "abcdef"} for number in range(4)]
    seen = []

    def work(files):
        for _turn in range(5):
            report_files.publish(str(tmp_path), files)
            with report_files._locked(str(tmp_path)):
                seen.append({path.read_bytes()[:1] for path in tmp_path.iterdir() if not path.name.startswith(".")})

    threads = [threading.Thread(target=work, args=(files,)) for files in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 20 and all(len(one) == 1 for one in seen)


def test_a_plan_that_was_edited_in_the_store_is_found_though_the_bundle_was_made_of_it():
    found = reports.documents(servers=6)
    found["plan"]["waves"][0]["servers"][0]["critical"] = "edited"
    (problem,) = evidence_bundle.checked(bundle(found=found), None, VERSION)["problems"]
    assert problem["file"] == "plan.json" and "was frozen with" in problem["problem"]
