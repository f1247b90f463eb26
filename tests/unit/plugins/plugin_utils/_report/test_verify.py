"""Test that a thousand single edits of a store or of a bundle are found, by the program in the bundle alone."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import copy
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, evidence_bundle, manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle, verify
from support import report_pages as pages, reports
from support.run_steps import day, failed_failover

EDITS_OF_BUNDLE = 700
EDITS_OF_STORE = 300
GIVEN = {"objectives": {}, "sign_offs": [], "generated_at": reports.NOW, "collection_version": "1.0.0"}


def files_of(documents):
    made = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
    return bundle.evidence_files_of(documents, made, GIVEN)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """The history forgets what is older than 90 days."""
    monkeypatch.setattr(clock, "now", lambda: day("12:00"))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A store with one run."""
    path = tmp_path_factory.mktemp("kept") / "store"
    with pytest.MonkeyPatch.context() as patch:
        failed_failover(str(path), patch)
    return path


@pytest.fixture
def whole(place):
    return files_of(reading.run(open_store({"path": str(place)}), "r-1"))


def problems(files):
    return verify.verify(files)["problems"]


# -- what is no bundle any more --------------------------------------------------------------------------------------


def resealed(files, **changes):
    """A bundle whose files were changed by somebody who has made the manifest anew."""
    about = json.loads(files["manifest.json"])["about"]
    kept = {name: data for name, data in files.items() if name not in ("manifest.json", "SHA256SUMS")}
    return manifest.sealed({**kept, **changes}, about)


@pytest.mark.parametrize("name", ["evidence.json", "given.json", "plan.json", "waves.json", "journal.jsonl"])
def test_json_that_is_nested_without_end_is_told(whole, name):
    changed = resealed(whole, **{name: b"[" * 100_000})
    assert problems(changed)
    assert evidence_bundle.checked(changed, None, "1.0.0")["problems"]


def test_a_manifest_that_is_nested_without_end_is_told(whole):
    changed = {**whole, "manifest.json": b"[" * 100_000}
    assert ("manifest.json", "changed: it is no manifest") in problems(changed)
    assert evidence_bundle.checked(changed, None, "1.0.0")["problems"]


@pytest.mark.parametrize("key", ["objectives", "sign_offs", "about"])
@pytest.mark.parametrize("value", [7, "text", [7], [[]]])
def test_what_was_given_in_no_shape_is_told(whole, key, value):
    given = manifest.as_json({**json.loads(whole["given.json"]), key: value}).encode("ascii")
    changed = resealed(whole, **{"given.json": given})
    assert evidence_bundle.checked(changed, None, "1.0.0")["problems"]


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
def test_a_damaged_archive_is_an_error_in_words(whole, tmp_path, kind):
    path = tmp_path / f"bundle.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in whole.items():
                packed.writestr(name, data)
    else:
        for name, data in whole.items():
            (tmp_path / name).write_bytes(data)
        with tarfile.open(path, f"w:{kind}") as tar:
            for name in whole:
                tar.add(tmp_path / name, name)
    good, source = path.read_bytes(), random.Random(kind)
    for number in range(150):
        data = bytearray(good)
        for _time in range(source.randint(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        path.write_bytes(bytes(data[: source.randrange(len(data))] if number % 3 == 0 else data))
        # whatever was damaged: files that verify as broken or whole, or an error that main() prints
        try:
            verify.read(str(path))
        except OSError as exc:
            assert str(exc)


# -- edits -----------------------------------------------------------------------------------------------------------


def leaves(value, path=()):
    """The paths of all values that hold no others."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [one for key, inner in pairs for one in leaves(inner, (*path, key))]
    return found or [path]


def with_another_value(value, source):
    """The same JSON with one value that is another one."""
    changed = copy.deepcopy(value)
    path = source.choice(leaves(changed))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if not path:
        return [1]
    was = inner[path[-1]]
    inner[path[-1]] = source.choice([one for one in (None, "launched", "", 7, True, [], {"a": 1}) if one != was])
    return changed


def flip(data, source):
    if not data:
        return b"x"
    at = source.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << source.randrange(8))]) + data[at + 1 :]


def line_edit(data, source, kind):
    lines = data.splitlines(keepends=True)
    at = source.randrange(len(lines)) if lines else 0
    if kind == "remove":
        del lines[at : at + 1]
    elif kind == "insert":
        lines.insert(at, source.choice([b"\n", b"{}\n", *lines]))
    elif len(lines) > 1:
        other = source.choice([place for place in range(len(lines)) if lines[place] != lines[at]] or [at])
        lines[at], lines[other] = lines[other], lines[at]
    return b"".join(lines)


def single_edit(files, source):
    """One edit of files: ``(what, files)``; values stay valid JSON where they are changed as values."""
    kind = source.choice(["flip", "flip", "remove", "insert", "swap", "value", "value", "value", "gone", "added"])
    name = source.choice(sorted(files))
    if kind == "gone":
        return f"{name} removed", {key: data for key, data in files.items() if key != name}
    if kind == "added":
        return "a file added", {**files, f"{name.partition('.')[0]}-{source.randrange(9)}.json": files[name]}
    if kind == "value":
        name = source.choice([one for one in sorted(files) if one.endswith(".json")])
        data = (
            json.dumps(with_another_value(json.loads(files[name]), source), indent=2, sort_keys=True).encode() + b"\n"
        )
    else:
        data = flip(files[name], source) if kind == "flip" else line_edit(files[name], source, kind)
    return f"{kind} in {name}", {**files, name: data}


def test_a_whole_bundle_is_unchanged_and_each_of_many_edits_is_found(whole):
    assert problems(whole) == []
    source = random.Random(1)
    seen = 0
    while seen < EDITS_OF_BUNDLE:
        what, changed = single_edit(whole, source)
        if changed != whole:
            seen += 1
            assert problems(changed), what


def test_an_edit_whose_hashes_somebody_made_anew_contradicts_the_rest(whole):
    """The manifest vouches for the edit; journal, documents and evidence do not agree with it."""
    source = random.Random(2)
    about = json.loads(whole["manifest.json"])["about"]
    plain = {name: data for name, data in whole.items() if name not in evidence_bundle.LAST}
    names = ["run.json", "plan.json", "waves.json", "approvals.json", "cleanup.json", "evidence.json", "journal.jsonl"]
    for turn in range(200):
        name = names[turn % len(names)]
        if name == "journal.jsonl":
            events = [json.loads(line) for line in plain[name].splitlines()]
            data = b"".join(
                evidence_bundle.canonical(one).encode() + b"\n" for one in with_another_value(events, source)
            )
        else:
            data = evidence_bundle.as_json(with_another_value(json.loads(plain[name]), source)).encode()
        if name == "evidence.json" and _of_writing(plain[name], data):
            continue
        changed = manifest.sealed({**plain, name: data}, about)
        assert manifest.problems(changed) == []
        assert problems(changed), (name, turn)


def _of_writing(before, after):
    """Whether only the sign-offs or when it was written differ: nothing that happened."""
    first, second = json.loads(before), json.loads(after)
    return {key for key in first if first[key] != second.get(key)} <= {"collection_version"}


def stored(place):
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def store_edit(files, source):
    """One edit of the records of a run: bytes, lines, members of a document, whole records."""
    kind = source.choice(["flip", "value", "value", "value", "gone", "copy", "swap"])
    names = sorted(name for name in files if name.endswith(".json"))
    name, other = source.sample(names, 2)
    if kind == "gone" and "account" not in name:  # the history forgets by itself
        return f"{name} removed", {key: data for key, data in files.items() if key != name}
    if kind == "copy":
        return f"{other} over {name}", {**files, name: files[other]}
    if kind == "swap":
        return f"{name} and {other} swapped", {**files, name: files[other], other: files[name]}
    head, body, _rest = files[name].split(b"\n")
    if kind == "flip":
        return f"flip in {name}", {**files, name: head + b"\n" + flip(body, source) + b"\n"}
    changed = json.dumps(with_another_value(json.loads(body), source), separators=(",", ":"), sort_keys=True)
    return f"value in {name}", {**files, name: head + b"\n" + changed.encode() + b"\n"}


def test_each_of_many_edits_of_the_store_is_found_in_the_bundle_that_is_made_of_it(place, tmp_path):
    source = random.Random(3)
    files = stored(place)
    bodies = {name: data.split(b"\n")[1:2] for name, data in files.items()}
    seen = 0
    while seen < EDITS_OF_STORE:
        what, changed = store_edit(files, source)
        if {name: data.split(b"\n")[1:2] for name, data in changed.items()} == bodies:
            continue
        seen += 1
        target = tmp_path / "store"
        for name, data in changed.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(data)
        try:
            documents = reading.run(open_store({"path": str(target)}), "r-1")
        except DrsError as error:
            assert error.code in ("run_store_damaged", "run_store_foreign", "run_unknown", "record_newer"), what
        else:
            made = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
            assert made["journal"]["problem"] and made["run"]["verdict"]["word"] == "FAIL", what
            if seen % 20 == 0:
                assert any("BROKEN" in text for _name, text in problems(files_of(documents))), what
        shutil.rmtree(target)


def test_the_program_in_the_bundle_needs_nothing_but_python(whole, tmp_path):
    folder = tmp_path / "bundle"
    report_files.publish(str(folder), whole, last=evidence_bundle.LAST)
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "UNCHANGED"), good.stdout + good.stderr
    page = (pathlib.Path(__file__).parents[5] / "docs" / "reports.md").read_text(encoding="utf-8")
    shown = page.partition("$ python3 verify.py\n")[2].partition("```")[0].splitlines()
    printed = [line.partition(":")[0] for line in good.stdout.splitlines()]
    assert list(dict.fromkeys(printed)) == list(dict.fromkeys(line.partition(":")[0] for line in shown))
    facts = dict(line.split(": ", 1) for line in good.stdout.splitlines()[:-1])
    assert facts["manifest_sha256"] == manifest.digest(whole["manifest.json"]) and facts["run_id"] == "r-1"
    kept = [*command, "--head", facts["head"], "--manifest-sha256", facts["manifest_sha256"]]
    assert subprocess.run(kept, capture_output=True, check=False).returncode == 0
    assert subprocess.run([*command, "--head", "0" * 64], capture_output=True, check=False).returncode == 1
    (folder / "servers.csv").write_bytes(whole["servers.csv"].replace(b"failed", b"launched"))
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 1 and "BROKEN servers.csv: changed\n" in bad.stdout
    assert not list(folder.rglob("__pycache__"))


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_signatures_are_verified_too(place, decision):
    documents = reading.run(open_store({"path": str(place)}), "r-1")
    draft = evidence.build(documents, {}, [], reports.NOW, "1.0.0")
    sign_off = {"name": "Grace", "decision": decision, "at": reports.NOW, "evidence_hash": draft["evidence_hash"]}
    made = evidence.build(documents, {}, [sign_off], reports.NOW, "1.0.0")
    assert made["state"] == {"accepted": "SIGNED", "rejected": "REJECTED"}[decision]
    files = bundle.evidence_files_of(documents, made, {**GIVEN, "sign_offs": [sign_off]})
    assert problems(files) == []
    plain = {name: data for name, data in files.items() if name not in evidence_bundle.LAST}
    about = json.loads(files["manifest.json"])["about"]
    forged = evidence_bundle.as_json({**made, "state": "SIGNED", "sign_offs": []}).encode()
    assert problems(manifest.sealed({**plain, "evidence.json": forged}, {**about, "state": "SIGNED"}))


# -- what an auditor's copy does to a bundle ---------------------------------------------------------------------------


def said_of(files):
    return dict(problems(files))


def test_converted_line_ends_are_named_as_that_and_are_not_the_bundle(whole):
    converted = {name: data.replace(b"\n", b"\r\n") for name, data in whole.items()}
    found = problems(converted)
    named = {name for name, what in found if "line ends were converted" in what}
    assert named == {name for name in whole if converted[name] != whole[name]}, sorted(set(whole) - named)
    one = {**whole, "run.json": converted["run.json"]}
    assert "line ends were converted" in said_of({**one, "plan.json": whole["plan.json"]})["run.json"] or problems(one)
    # an edit behind converted line ends is no conversion
    forged = {**whole, "servers.csv": converted["servers.csv"].replace(b"failed", b"launched")}
    assert ("servers.csv", "changed") in problems(forged)


def test_a_renamed_file_a_missing_one_an_extra_one_and_what_a_desktop_leaves(whole):
    renamed = {("servers (1).csv" if name == "servers.csv" else name): data for name, data in whole.items()}
    assert ("servers.csv", "missing: it is here under the name servers (1).csv") in problems(renamed)
    assert ("servers (1).csv", "added: it is servers.csv under another name") in problems(renamed)
    missing = {name: data for name, data in whole.items() if name != "attempts.csv"}
    assert ("attempts.csv", "missing") in problems(missing)
    assert ("notes.txt", "added") in problems({**whole, "notes.txt": b"mine"})
    for left in (".DS_Store", "Thumbs.db", "__MACOSX/._index.html"):
        assert problems({**whole, left: b"x"}) == [(left, "added: a file that a desktop leaves behind; remove it")]


def zipped(path, files, top="", method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as packed:
        if top:
            packed.writestr(top, b"")
        for name, data in sorted(files.items(), reverse=True):
            packed.writestr(top + name, data)
    return path


def run_verifier(folder, *arguments, python=sys.executable, **more):
    command = [python, str(folder / "verify.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_archives_of_any_tool_and_any_place_to_run_it_from(whole, tmp_path):
    folder = tmp_path / "bundle"
    report_files.publish(str(folder), whole, last=evidence_bundle.LAST)
    changed = {**whole, "servers.csv": b"x"}
    with tarfile.open(tmp_path / "plain.tar.gz", "w:gz") as tar:
        tar.add(folder, arcname="./evidence")
    good = [
        zipped(tmp_path / "flat.zip", whole),
        zipped(tmp_path / "within.zip", whole, "evidence of r-1/"),
        zipped(tmp_path / "stored.zip", whole, "a/b/", zipfile.ZIP_STORED),
        tmp_path / "plain.tar.gz",
    ]
    for place in good:
        told = run_verifier(folder, place, cwd="/")
        assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "UNCHANGED"), (place, told.stdout, told.stderr)
    assert run_verifier(folder, cwd="/").returncode == 0, "the folder that the program lies in"
    bad = run_verifier(folder, zipped(tmp_path / "bad.zip", changed, "x/"))
    assert bad.returncode == 1 and "BROKEN servers.csv: changed" in bad.stdout
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as packed, pytest.warns(UserWarning, match="Duplicate"):
        for name, data in [*whole.items(), ("servers.csv", b"x")]:
            packed.writestr(name, data)
    twice = run_verifier(folder, tmp_path / "twice.zip")
    assert twice.returncode == 1 and "BROKEN servers.csv (a second one): added" in twice.stdout
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no archive")
    for nothing in ("nowhere", tmp_path / "empty", tmp_path / "text.zip"):
        told = run_verifier(folder, nothing, cwd=str(tmp_path))
        assert told.returncode == 2 and told.stdout.startswith("NOT VERIFIED: ") and not told.stderr, told


def test_the_oldest_python_that_is_promised_reads_and_runs_it(whole, tmp_path):
    source = bundle.verifier()
    assert "Python 3.8 or later" in source and "import ansible" not in source and "from ansible" not in source
    ast.parse(source, feature_version=(3, 8))
    later = {"removeprefix", "removesuffix", "is_relative_to", "zip_strict", "cache", "match", "UTC", "batched"}
    named = {one.attr for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Attribute)}
    assert not later & named
    oldest = shutil.which("python3.8")
    folder = tmp_path / "bundle"
    report_files.publish(str(folder), whole, last=evidence_bundle.LAST)
    if oldest and subprocess.run([oldest, "-c", "1"], capture_output=True, check=False).returncode == 0:
        told = run_verifier(folder, python=oldest)
        assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "UNCHANGED"), told.stderr


def test_a_console_that_cannot_write_a_name_does_not_end_it(whole, tmp_path):
    folder = tmp_path / "bundle"
    report_files.publish(str(folder), {**whole, "\u30c6\u30b9\u30c8.txt": b"x"}, last=evidence_bundle.LAST)
    told = run_verifier(folder, env={"PYTHONIOENCODING": "cp1252", "PATH": os.environ["PATH"]})
    assert told.returncode == 1 and "added" in told.stdout and not told.stderr


def test_a_failback_and_a_wave_that_is_being_launched_do_not_contradict_their_waves():
    back = reports.failed_back()
    assert [one for one in problems(files_of(back)) if "launched" in str(one) or "job_id" in str(one)] == []
    going = pages.going()
    assert "outcome" not in going["waves"][-1]["servers"][0]
    assert [one for one in problems(files_of(going)) if "outcome of" in str(one)] == []
    found = evidence.build(going, {}, [], reports.NOW, "1.0.0")
    assert {one["outcome"] for one in found["run"]["servers"] if one["wave"] == "2"} == {"planned"}
    # and an edit of a launch in a stage is found
    made = evidence.build(back, {}, [], reports.NOW, "1.0.0")
    back["waves"][0]["servers"][0]["stages"][-1]["job_id"] = "drsjob-other"
    told = problems(bundle.evidence_files_of(back, made, GIVEN))
    assert any("job_id of srv-0000" in str(one) for one in told), told
