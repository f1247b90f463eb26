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

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import conclude as history_conclude
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store

SPEC = history_conclude.SPEC
RULES = history_conclude.RULES
_OF_RUNS = ("recovery", "failback", "termination")


def conclude(params: Given, check_mode: bool) -> Result:
    """See history/effects/conclude; a result of a run gets the ``anchor`` of its record."""
    result = params["result"]
    if not result or result.get("kind") not in _OF_RUNS:
        return history_conclude.conclude(params, check_mode)
    anchor = anchor_of(params["store"], str(result.get("of_run_id") or result.get("run_id") or ""))
    return history_conclude.conclude({**params, "result": {**result, "anchor": anchor}}, check_mode)


def anchor_of(store: Given, run_id: str) -> dict[str, t.Any] | None:
    """What holds the record of a run: ``{run_id, events, head, evidence_hash}``; None where there is no record.

    The evidence is the one without targets that were given and without signatures. Nothing here fails the end of a run.
    """
    try:
        documents = reading.run(open_store(store), run_id)
        head = documents["events"][-1]["hash"]
        made = evidence.build(documents, {}, [], None, None)
    except (DrsError, IndexError, KeyError, TypeError):
        return None
    return {
        "run_id": run_id,
        "events": len(documents["events"]),
        "head": head,
        "evidence_hash": made["evidence_hash"],
    }
