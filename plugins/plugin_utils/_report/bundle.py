"""Build the files of a report and of an evidence bundle, with their pages."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import manifest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import (
    as_json,
    csv_of,
    junit,
    summary,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page as report_page

REPORT = "report.json"
# It holds the hashes of the others: of a folder that was left between two reports it tells that.
REPORT_LAST = (REPORT,)
WATCH_LAST = ("index.html",)
_VERIFIER = Path(__file__).parent / evidence_bundle.VERIFIER
_OURS = re.compile(r"^from ansible_collections\.[\w.]+\.(\w+) import \([^)]*\)\n", re.M)


def verifier() -> str:
    """The program that lies in each bundle: verify.py with the parts that it imports put in their places, so that it is
    one file that needs nothing of ours."""

    def part(found: re.Match[str]) -> str:
        text = (_VERIFIER.parent / (found.group(1) + ".py")).read_text(encoding="utf-8")
        return text.partition("from __future__ import annotations\n")[2].strip() + "\n"

    return _OURS.sub(part, _VERIFIER.read_text(encoding="utf-8"))


def report_files_of(model: Mapping[str, Any]) -> dict[str, bytes]:
    """index.html, report.csv, inventory.json, junit.xml, summary.md, and report.json with the hashes of the others."""
    texts = {
        "index.html": report_page.render(model),
        "report.csv": csv_of(model),
        connect.INVENTORY: as_json(connect.inventory(model["run"])),
        "junit.xml": junit(model),
        "summary.md": summary(model),
    }
    files = {name: text.encode("utf-8", "replace") for name, text in texts.items()}
    hashes = {name: manifest.digest(files[name]) for name in sorted(files)}
    return {**files, REPORT: as_json({**model, "files": hashes}).encode("ascii")}


def watch_files_of(documents: Mapping[str, Any], view: Mapping[str, Any], interval: int) -> dict[str, bytes]:
    """index.html, which refreshes itself every ``interval`` seconds, and watch.json, of a run that goes on."""
    request = {"runs": [documents], "history": [], "generated_at": view["at"], "title": f"Run {view['run_id']}"}
    model = report_model.build(request)
    if not view["over"]:
        # of a run that goes on only that is said which its end cannot take back
        reasons = [one for one in model["verdict"]["reasons"] if "objective is not met" not in one["text"]]
        words = [one["word"] for one in reasons]
        word = next((one for one in ("FAIL", "UNKNOWN") if one in words), "DRAFT")
        model["verdict"] = {**model["verdict"], "word": word, "reasons": reasons}
    page = report_page.render(model, watch={**view, "every": interval})
    return {"watch.json": as_json(view).encode("ascii"), "index.html": page.encode("utf-8", "replace")}


def evidence_files_of(
    documents: Mapping[str, Any], made: Mapping[str, Any], given: Mapping[str, Any], stamp: bytes | None = None
) -> dict[str, bytes]:
    """The files of a bundle, its manifest included."""
    page = report_page.render(evidence.as_model(made), made)
    return evidence_bundle.files_of(documents, made, page, given, verifier(), stamp)
