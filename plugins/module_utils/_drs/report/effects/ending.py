"""The last step of a run with what holds its record from outside of it: the head of its journal, the evidence's hash.

They stand in the history record and in the notification, so that whoever changes the record of the run, and makes its
journal anew, contradicts what others have already received.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import conclude as history_conclude
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.clean_ups import counts_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store

SPEC = history_conclude.SPEC
RULES = history_conclude.RULES
_OF_RUNS = ("recovery", "failback", "termination")


def conclude(params: Given, check_mode: bool) -> Result:
    """See history/effects/conclude; a result of a run gets the ``anchor`` of its record."""
    result = params["result"]
    if not result or result.get("kind") not in _OF_RUNS:
        return history_conclude.conclude(params, check_mode)
    told = told_of(params["store"], str(result.get("of_run_id") or result.get("run_id") or ""))
    if result["kind"] == "termination":
        told = {**told, "proof": told["proof"] or _own_proof(result), "waited_seconds": None}
    else:
        told = {"anchor": told["anchor"], "waited_seconds": told["waited_seconds"]}
    given = {key: value for key, value in result.items() if value is not None}
    return history_conclude.conclude({**params, "result": {**told, **given}}, check_mode)


def told_of(store: Given, run_id: str) -> dict[str, t.Any]:
    """What the record of a run says to its end: ``{anchor, waited_seconds, plan_name, proof}``, None for no record.

    ``anchor`` is ``{run_id, events, head, evidence_hash}``, the evidence without targets that were given and without
    signatures; ``proof`` is what the clean-up has proven, in words. Nothing here fails the end of a run.
    """
    try:
        documents = reading.run(open_store(store), run_id)
        made = evidence.build(documents, {}, [], None, None)
        anchor = {
            "run_id": run_id,
            "events": len(documents["events"]),
            "head": documents["events"][-1]["hash"],
            "evidence_hash": made["evidence_hash"],
        }
        proof = made["run"]["cleanup"]
        said = "%d terminated, %s" % (proof["terminated"], counts_of(proof))
        return {
            "anchor": anchor,
            "waited_seconds": run_times.waited(documents["run"]),
            "plan_name": made["run"]["plan_name"],
            "proof": ("clean: " if proof["clean"] else "NOT clean: ") + said if proof["proven"] else None,
        }
    except (DrsError, IndexError, KeyError, TypeError):
        return dict.fromkeys(("anchor", "waited_seconds", "plan_name", "proof"))


def _own_proof(result: Given) -> str:
    """The proof of a termination that is of no run, from its own result."""
    counts = outcomes.summarise(result.get("servers") or ())
    word = "clean" if result.get("clean") else "NOT clean"
    return "%s: %d terminated of %d" % (word, counts[outcomes.TERMINATED], counts["total"])
