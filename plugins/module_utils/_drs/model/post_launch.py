"""Post-launch actions of a launched server: which failed, and whether that fails the server. Pure.

DRS marks a launch as failed when an action that is not optional fails (BM LaunchActionRun), though the machine stands.
The policy of a run may judge otherwise: any action that failed fails its server, or none does.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Participant

# As DRS judges; any failed action fails; none does.
REQUIRED, ALL, NONE = RULES = ("required", "all", "none")
FAILED = "FAILED"


def runs_of(participant: Participant | None) -> list[dict[str, t.Any]] | None:
    """The runs of a server's actions; None when none has begun.

    :returns: [{name, document, status, optional, reason, run_id}], as ``nouns.ActionRun`` has them.
    """
    # a job that an earlier release has recorded has none
    runs = participant.get("actions") if participant else None
    return [dict(run) for run in runs] if runs else None


def failed(entry: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """The runs of an entry that failed.

    :returns: [{name, document, status, optional, reason, run_id}].
    """
    return [run for run in entry.get("post_launch") or () if run.get("status") == FAILED]


def sentence(runs: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """What failed, in words: the actions with their documents and reasons."""
    texts = [
        "%s (%s): %s"
        % (
            clean(run.get("name") or "without name", 80),
            clean(run.get("document") or "no document", 80),
            clean(run.get("reason") or "no reason given", 200),
        )
        for run in runs
    ]
    return "; ".join(texts)


def judged(entry: Entry, rule: str) -> Entry:
    """An entry as a rule of RULES judges its actions.

    A machine whose action failed stands: with ``none`` it is launched where DRS has named its instance, and the failure
    is its warning. What failed for another reason than its actions stays failed.
    """
    runs = failed(entry)
    if not runs:
        return entry
    required = [run for run in runs if run.get("optional") is not True]
    error = DrsError("post_launch_failed", "%s: %s" % (entry["name"], sentence(required or runs)))
    if entry["outcome"] == outcomes.LAUNCHED:
        # an error of its own, such as old data, is not lost for an action that did not matter
        fails = rule == ALL
        kept = entry["error"] if entry["error"] and not fails else error
        return outcomes.server_entry(outcomes.FAILED if fails else outcomes.LAUNCHED, entry, error=kept)
    if entry["outcome"] != outcomes.FAILED or not required:
        return entry
    stands = rule == NONE and bool(entry["recovery_instance_id"])
    return outcomes.server_entry(outcomes.LAUNCHED if stands else outcomes.FAILED, entry, error=error)
