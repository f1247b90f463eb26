"""The pages of a report and of an evidence bundle."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Page
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import watch
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import rate
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, remedy_of


def report(page: Page, data: Data) -> None:
    """``report``: ``report`` what drs_report returned, ``evidence`` what drs_evidence returned, or None."""
    summary, bundle = data.get("report") or {}, data.get("evidence") or {}
    verdict, totals = summary.get("verdict") or {}, summary.get("totals") or {}
    runs = count(totals.get("runs", 0), "run")
    share = totals.get("rate")
    known = "no result of a server is known" if share is None else "%s of the servers succeeded" % rate(share)
    page.title("REPORT", verdict.get("word"), runs, known)
    page.listed("Verdict", _reasons(verdict))
    alerts = summary.get("alerts") or []
    page.listed(
        "Alerts",
        ["%s: %s" % (clean(one.get("level"), 10), clean(one.get("text"), 300)) for one in alerts],
        [remedy_of(one) for one in alerts],
    )
    page.blank()
    page.say("Open %s/index.html" % clean(summary.get("path"), 300))
    if bundle:
        page.blank()
        told = (bundle.get("run_id"), _word(bundle.get("verdict")), _signature(bundle.get("state")))
        page.say("Evidence of run %s: verdict %s, %s" % told)
        page.listed("Exceptions", [_exception(one) for one in bundle.get("exceptions") or ()])
        _hashes(page, bundle)
        page.say("Open %s/index.html" % clean(bundle.get("path"), 300))
        if bundle.get("archive"):
            page.say("Archive: %s" % clean(bundle["archive"], 300))


def evidence(page: Page, data: Data) -> None:
    """``evidence``: what drs_evidence_verify returned."""
    about = data.get("about") or {}
    page.title("EVIDENCE", "every byte is as it was written", count(data.get("files", 0), "file"))
    page.blank()
    told = (about.get("run_id"), about.get("verdict"), _signature(about.get("state")))
    page.say("Run %s: verdict %s, %s" % told)
    page.say("Written %s" % (clean(about.get("generated_at"), 40) or "at no known time"))
    _hashes(page, {**about, "manifest_sha256": data.get("manifest_sha256")})
    if data.get("recomputed"):
        page.say("Rebuilt from the run's documents, the evidence is the same; the journal is unbroken.")
    else:
        page.say("Another version of this collection wrote it, so it was not made again from the documents.")


def watched(page: Page, data: Data) -> None:
    """``watch``: ``view`` what report/watch.view gives, ``path`` the folder of the page, ``timed_out``."""
    seen = data.get("view") or {}
    page.title("WATCH", "run %s" % clean(seen.get("run_id"), 128), seen.get("mode"), seen.get("status"))
    if seen.get("reason"):
        page.say(clean(seen["reason"], 300))
    page.blank()
    rows = [
        (one["wave"], one["status"], one["finished"], one["servers"], one["failed"], duration(one["seconds"]))
        for one in seen.get("waves") or ()
    ]
    page.table(("Wave", "Status", "Finished", "Servers", "Failed", "For"), rows, (2, 3, 4, 5))
    page.listed("Gates", [_gate(one) for one in seen.get("gates") or ()])
    page.blank()
    left = seen.get("left") or {}
    page.say("Since the first command: %s" % duration(seen.get("elapsed_seconds")))
    page.say("To the objective: %s" % clean(left.get("objective"), 200))
    page.say("To the end: %s" % clean(left.get("estimate"), 200))
    page.say("Of %s: %s" % (clean(seen.get("at"), 40), watch.age(seen)))
    if data.get("timed_out"):
        page.say("The run goes on; the watch has ended.")
    page.say("Open %s/index.html" % clean(data.get("path"), 300))


def _gate(one: Mapping[str, Any]) -> str:
    place = "%s wave %s" % (one.get("when"), one["wave"]) if one.get("wave") else "at the start"
    by = ", by %s at %s" % (one["by"], one["at"]) if one.get("by") else ""
    return "%s (%s, %s): %s%s" % (one["gate"], one["type"], place, one["status"], by)


def _hashes(page: Page, result: Mapping[str, Any]) -> None:
    page.say("Hash of the evidence, which is signed: %s" % clean(result.get("evidence_hash"), 64))
    page.say("SHA-256 of manifest.json, to be kept elsewhere: %s" % clean(result.get("manifest_sha256"), 64))


def _signature(state: Any) -> str:
    """The state of a bundle in words; a draft is also a verdict, and said of both it would mean two things."""
    return clean(state, 40).rpartition(" - ")[2].lower()


def _word(verdict: Any) -> str:
    return clean((verdict or {}).get("word"), 20)


def _reasons(verdict: Mapping[str, Any]) -> list[str]:
    return [
        "%s: %s" % (clean(one.get("word"), 10), clean(one.get("text"), 300)) for one in verdict.get("reasons") or ()
    ]


def _exception(one: Mapping[str, Any]) -> str:
    return "%s: %s" % (clean(one.get("what"), 20), clean(one.get("detail"), 300))


RENDERERS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {
    "report": report,
    "evidence": evidence,
    "watch": watched,
}
