"""Put the proof of a termination by tags into the records of the runs that launched what is gone.

A termination by tags names machines and no run. Without their share of its proof the runs would be told as standing for
ever, and each later termination would look for their machines again.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import drilled
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import keep, look
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import or_error, working

Sessions = Mapping[str, "Cell | DrsError"]
Over = Callable[[Callable[[Cell], Any], Mapping[str, Cell]], dict[str, Any]]


def kept(
    runs: Mapping[str, clean_up.Recorded],
    sessions: Sessions,
    over: Over,
    terminated: Iterable[Mapping[str, Any]],
    store: Mapping[str, Any],
) -> list[outcomes.Entry]:
    """Look once more at what the runs have launched, and keep with each what is proven to be gone.

    A record whose proof would say nothing new is left alone.

    :param runs: by run id what its record says, see ``standing.recorded``.
    :param over: ``Hands.over``.
    :param terminated: the entries of the termination, of whatever run.
    :returns: a doubt for each run whose proof was not kept: nobody will know of it later.
    """
    owing = {run_id: record for run_id, record in sorted(runs.items()) if _owes(record)}
    if not owing:
        return []
    outstanding = [one for record in owing.values() for one in record.outstanding]
    answers = over(lambda cell: look(cell, outstanding), working(sessions))
    left = {name: or_error(answers.get(name, session)) for name, session in sessions.items()}
    gone = list(terminated)
    doubtful = []
    for run_id, record in owing.items():
        mine = {one["recovery_instance_id"] for one in record.outstanding} - {None}
        started: dict[str, dict[str, Any]] = {
            name: {"servers": [one for one in gone if one["cell"] == name and one["recovery_instance_id"] in mine]}
            for name in sessions
        }
        proof = clean_up.prove(clean_up.Requested(run_id), started, {}, left, record)
        cleared = record.clean is False and proof["clean"]
        if set(proof["proven"]) <= set(record.proven) and not cleared:
            continue
        try:
            keep(run_id, store, proof)
        except DrsError as exc:
            text = "run %s: the proof that its machines are gone was not kept (%s)"
            doubtful.append(drilled.doubt({"name": run_id}, text % (run_id, exc.code)))
    return doubtful


def _owes(record: clean_up.Recorded) -> bool:
    """Whether a run has machines that are not proven to be gone, or a proof that was not clean."""
    named = {one["recovery_instance_id"] for one in record.outstanding} - {None}
    return bool(named - set(record.proven)) or (record.clean is False and bool(named))
