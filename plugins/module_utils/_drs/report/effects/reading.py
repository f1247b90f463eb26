"""Read from the run store what a report needs: records of the history, and the documents of runs."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles

# More than a year of a large estate; what is beyond is said, not left out in silence.
MOST = 20000
_SHOWN = ("recovery", "failback")
ACTIONS = "actions"
# Runs that are looked at for the corrective actions of a plan; one that is drilled monthly has twelve a year.
MOST_BEFORE = 500


def history(store: t.Any, since: str | None, until: str | None) -> tuple[list[dict], list[dict], list[dict]]:
    """The records of accounts, and the records of runs, both newest first, and what of them cannot be read.

    :returns: the third as errors: {code, message, remedy, retryable, details}.
    :raises DrsError: what the store said.
    """
    records, token, odd = store.query(since=since, until=until, limit=MOST)
    if token:
        raise DrsError("invalid_option", f"more than {MOST} records; choose a shorter period by since and until")
    accounts = [one for one in records if str(one["item"]).startswith(documents.ACCOUNT_ITEM)]
    runs = [one for one in records if one["item"] == "run"]
    return accounts, runs, [dict(troubles.as_error(one).to_dict()) for one in odd]


def latest(runs: t.Iterable[dict]) -> str | None:
    """The id of the newest run that a report can show, of those that history returned."""
    return next((one["run_id"] for one in runs if as_mapping(one.get("body")).get("kind") in _SHOWN), None)


def run(store: t.Any, run_id: str) -> dict[str, t.Any]:
    """The documents of a run.

    :raises DrsError: ``run_unknown``, ``record_newer``, what the store said.
    """
    result = documents.documents(store.items(run_id))
    if result["run"] is None:
        raise DrsError("run_unknown", f"{run_id}: not in the run store")
    return result


def actions_before(store: t.Any, run: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """The corrective actions as they stand: those that this run's evidence holds, else those of the run before it.

    :returns: ACTIONs, see report/about.
    :raises DrsError: what the store said.
    """
    kept = store.get(run["run_id"], ACTIONS)
    if kept:
        return list(kept["body"]["actions"])
    page = store.query(item="run", until=run["created_at"], limit=MOST_BEFORE)
    for one in page.records:
        body = as_mapping(one.get("body"))
        if one["run_id"] == run["run_id"] or body.get("plan_name") != run.get("plan_name"):
            continue
        kept = store.get(one["run_id"], ACTIONS)
        if kept:
            return list(kept["body"]["actions"])
    return []


def keep_actions(store: t.Any, run_id: str, actions: t.Sequence[t.Mapping[str, t.Any]]) -> bool:
    """Keep the corrective actions of a run for the evidence of the next one; returns whether they have changed.

    :raises DrsError: what the store said.
    """
    kept = store.get(run_id, ACTIONS)
    if not actions or (kept and kept["body"]["actions"] == list(actions)):
        return False
    store.put(run_id, ACTIONS, {"actions": list(actions)}, kept["version"] if kept else None)
    return True
