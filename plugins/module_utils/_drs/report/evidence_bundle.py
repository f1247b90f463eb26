"""The files of an evidence bundle, and the check that they are unchanged."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.about import ACTION_COLUMNS
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import commands, exclusions
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import deviations
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import timestamp
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.objectives import targets_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import (
    as_json,
    canonical,
    csv_of,
    summary,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given

PAGE = "index.html"
EVIDENCE = "evidence.json"
GIVEN = "given.json"
JOURNAL = "journal.jsonl"
VERIFIER = "verify.py"
TIMESTAMP = "timestamp.tsr"
ANCHORS = "anchors.json"
OWN = frozenset({manifest.MANIFEST, manifest.SUMS, EVIDENCE, JOURNAL, VERIFIER})
"""A folder without any of these was never a bundle."""
DOCUMENTS = ("run", "plan", "waves", "approvals", "cleanup")
_FILES = {
    "run": "run.json",
    "plan": "plan.json",
    "cleanup": "cleanup.json",
    "wave": "waves.json",
    "approval": "approvals.json",
    "journal": JOURNAL,
}
# What vouches for the rest is put in place after it.
LAST = (manifest.MANIFEST, manifest.SUMS)


def files_of(
    documents: Mapping[str, Any],
    document: Mapping[str, Any],
    page: str,
    given: Given,
    verifier: str | None = None,
    stamp: bytes | None = None,
) -> dict[str, bytes]:
    """The files of a bundle: the evidence, what it was made from, and the manifest.

    :param documents: the documents of the run; they go into the bundle as they are.
    :param document: the EVIDENCE that was made from them.
    :param page: the page of the evidence.
    :param given: what the evidence was made with beside the documents: objectives, sign_offs, generated_at.
    :param verifier: the program that verifies the bundle without this collection.
    :param stamp: the time stamp of the evidence, see report/timestamp.
    """
    texts = {f"{name}.json": as_json(documents[name]) for name in DOCUMENTS}
    texts.update(_renderings(documents, document))
    texts.update(
        {
            GIVEN: as_json(given),
            ANCHORS: as_json(documents.get("anchors") or []),
            JOURNAL: "".join(canonical(event) + "\n" for event in documents["events"]),
            PAGE: page,
            **({VERIFIER: verifier} if verifier else {}),
        }
    )
    about = {
        "run_id": document["run"]["run_id"],
        "evidence_hash": document["evidence_hash"],
        "state": document["state"],
        "verdict": document["run"]["verdict"]["word"],
        "collection_version": document["collection_version"],
        "generated_at": document["generated_at"],
    }
    files = {name: text.encode("utf-8", "replace") for name, text in texts.items()}
    return manifest.sealed({**files, **({TIMESTAMP: stamp} if stamp else {})}, about)


def _renderings(documents: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, str]:
    """The files that follow from the documents and the EVIDENCE alone, by their names."""
    model = evidence.as_model(document)
    stages = deviations.stages(document["run"]["servers"])
    return {
        **({"stages.csv": csv_text(stages, deviations.STAGE_COLUMNS)} if stages else {}),
        EVIDENCE: as_json(document),
        "servers.csv": csv_of(model),
        connect.INVENTORY: as_json(connect.inventory(document["run"])),
        "attempts.csv": csv_text(deviations.all_attempts(documents), deviations.ATTEMPT_COLUMNS),
        "exceptions.csv": csv_text(document["exceptions"], deviations.EXCEPTION_COLUMNS),
        "excluded.csv": csv_text(document["scope"]["excluded"], exclusions.COLUMNS),
        "commands.csv": csv_text(commands.rows_of(document["commands"]), commands.COLUMNS),
        "requests.csv": csv_text(document["requests"], evidence.REQUEST_COLUMNS),
        "job_log.csv": csv_text(job_logs.rows_of(document["job_logs"]), job_logs.COLUMNS),
        "actions.csv": csv_text(document["about"]["actions"], ACTION_COLUMNS),
        "summary.md": summary(model),
    }


_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
"""What Python says of documents that somebody has written, and that are not of the shape that this collection gives."""


def check_place(files: Iterable[str], earlier: Mapping[str, Any] | None, folder: str, run_id: str) -> list[str]:
    """Refuse a folder that holds anything else; the names of an earlier bundle of the same run otherwise.

    :raises DrsError: ``folder_in_use``.
    """
    there = set(files)
    if not there:
        return []
    about = as_mapping(as_mapping(earlier).get("about"))
    named = {str(as_mapping(one).get("name")) for one in as_list(as_mapping(earlier).get("files"))} | set(LAST)
    strange = sorted(there - named)
    if about.get("run_id") != run_id or strange:
        what = f"{strange[0]} among others" if strange else f"evidence of run {about.get('run_id')}"
        raise DrsError("folder_in_use", f"{folder}: holds {what}")
    return sorted(named)


def checked(files: Mapping[str, bytes], expected: str | None, version: str) -> dict[str, Any]:
    """Check a bundle: ``{problems [{file, problem}], about, files, bytes, manifest_sha256, recomputed}``.

    Beside the hashes of the files the evidence is made again from the documents, where the version that made it is this
    one; ``recomputed`` says whether that was done.
    """
    problems = manifest.problems(files, expected)
    contents = as_mapping(manifest.read(files))
    about = as_mapping(contents.get("about"))
    again = False
    if not problems:
        problems = _contradictions(files)
    if not problems and about.get("collection_version") == version:
        again = True
        problems = _recomputed(files)
    if not problems and TIMESTAMP in files:
        problems = _unstamped(files[TIMESTAMP], about)
    return {
        "problems": problems,
        "about": dict(about),
        "files": len(files),
        "bytes": sum(len(data) for data in files.values()),
        "manifest_sha256": manifest.digest(files[manifest.MANIFEST]) if manifest.MANIFEST in files else None,
        "recomputed": again,
    }


def _contradictions(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The documents of a bundle that are not those its journal tells of."""
    try:
        documents = documents_of(files)
        found = proof.problems(documents["events"], documents)
    except _UNREADABLE as exc:
        return [{"file": JOURNAL, "problem": f"cannot be held against the documents: {exc}"}]
    return [{"file": _FILES[one["item"].partition(":")[0]], "problem": f"BROKEN: {one['problem']}"} for one in found]


def _unstamped(stamp: bytes, about: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        timestamp.check(stamp, bytes.fromhex(str(about.get("evidence_hash"))))
    except (DrsError, ValueError) as exc:
        return [{"file": TIMESTAMP, "problem": f"BROKEN: {exc}"}]
    return []


def _recomputed(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    try:
        documents = documents_of(files)
        given = json.loads(files[GIVEN])
        rebuilt = evidence.build(
            documents,
            targets_of(given["objectives"]),
            given["sign_offs"],
            given["generated_at"],
            given["collection_version"],
            given.get("about"),
        )
    except (DrsError, *_UNREADABLE) as exc:
        return [{"file": EVIDENCE, "problem": f"cannot be made again from the documents: {exc}"}]
    wrong = [
        {"file": name, "problem": "BROKEN: does not follow from the documents"}
        for name, text in _renderings(documents, rebuilt).items()
        if text.encode("utf-8", "replace") != files.get(name)
    ]
    if wrong:
        return wrong
    try:
        record.check_plan(as_mapping(documents["run"]), as_mapping(documents["plan"]))
    except DrsError as exc:
        return [{"file": "plan.json", "problem": exc.message}]
    return []


def documents_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The documents of the run back from the files of its bundle."""
    result: dict[str, Any] = {name: json.loads(files[f"{name}.json"]) for name in DOCUMENTS}
    result["events"] = [json.loads(line) for line in files[JOURNAL].splitlines()]
    # bundles of older versions have none
    result["anchors"] = json.loads(files[ANCHORS]) if ANCHORS in files else []
    result["run_id"] = as_mapping(result["run"]).get("run_id")
    return result
