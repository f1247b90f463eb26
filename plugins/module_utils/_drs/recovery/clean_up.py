"""The proof of a clean-up: what was terminated, what still stands, and which cells nobody could ask."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import GONE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.results import entries_of, error_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import confirmation
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Error, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import CellError, CleanUp

CLEANUP_SPEC = {
    "run_id": {"type": "str"},
    "recovery_instance_ids": {"type": "list", "elements": "str", "default": []},
    "expired_only": {"type": "bool", "default": False},
    "every_run": {"type": "bool", "default": False},
    "confirm": {"type": "str"},
    "started": {"type": "dict", "required": True},
    "waited": {"type": "dict", "default": {}},
    "left": {"type": "dict", "default": {}},
}
_DONE = (outcomes.TERMINATED, outcomes.SKIPPED, outcomes.PLANNED)


def check_cleanup(params: Given) -> CleanUp:
    """Put the proof of a clean-up together: {servers, left, unknown_cells, clean, summary}.

    ``started``, ``waited`` and ``left`` are the results of drs_recovery, drs_job_wait and drs_recovery_instance_info by
    cell; without ``left`` (check mode) nothing is proven. A request without run or ids was for every drill of this
    collection, so any drill instance that stands is left over; otherwise, and where only those were asked for whose
    lease is over, only what was asked for is, and ``others`` counts the drill instances besides. ``asked`` says in
    words what the proof is about.

    For ``every_run`` there is also what a person must type for exactly so many instances (``confirmation``, empty for
    none), and whether ``confirm`` is it (``confirmed``).
    """
    started, waited, left = params["started"], params["waited"], params["left"]
    servers = _each_once(one for cell in started for one in entries_of(started[cell], waited.get(cell)))
    narrow = bool(params["run_id"] or params["recovery_instance_ids"] or params.get("expired_only"))
    wanted = {one["recovery_instance_id"] for one in servers} | set(params["recovery_instance_ids"])
    alive = [
        instance
        for result in left.values()
        for instance in (result or {}).get("recovery_instances") or []
        if instance["ec2_instance_state"] not in GONE
    ]
    drills = [one for one in alive if one["is_drill"] is not False]
    standing = [one for one in alive if one["recovery_instance_id"] in wanted] if narrow else drills
    ours = {one["recovery_instance_id"] for one in standing}
    errors = {cell: error_of(started[cell], "servers") for cell in started}
    for cell in {*started, *left} if left else ():
        errors[cell] = errors.get(cell) or _unread(left.get(cell))
    unknown: list[CellError] = [{"cell": cell, "error": error} for cell, error in sorted(errors.items()) if error]
    bad = [one for one in servers if one["outcome"] not in _DONE]
    to_type, confirmed = _confirmation(params, servers)
    return {
        "servers": servers,
        "left": standing if left else None,
        "others": sum(1 for one in drills if one["recovery_instance_id"] not in ours),
        "asked": _asked(params),
        "unknown_cells": unknown,
        "clean": not (bad or standing or unknown),
        "summary": outcomes.summarise(servers),
        "confirmation": to_type,
        "confirmed": confirmed,
        "changed": False,
    }


def _confirmation(params: Given, servers: Sequence[Entry]) -> tuple[str, bool]:
    """What a person must type for what every run left, and whether it was; nothing for any other request."""
    going = [one for one in servers if one["outcome"] not in (outcomes.REFUSED, outcomes.SKIPPED)]
    if not params.get("every_run") or not going:
        return "", True
    mode, whose, regions = "terminate", "every-run", {str(one["region"]) for one in going}
    found = confirmation.check_confirmation(params.get("confirm"), mode, whose, len(going), regions)
    return confirmation.confirmation_text(mode, whose, len(going), regions), not found


def _unread(result: Result | None) -> Error | None:
    """Why a cell's recovery instances were not read, None when they were: an answer that is missing proves nothing."""
    if (result or {}).get("recovery_instances") is not None:
        return None
    silent = DrsError("cell_unreadable", "its recovery instances were not read")
    return error_of(result, "recovery_instances") or outcomes.error_entry(silent)


def _asked(params: Given) -> str:
    if params["run_id"]:
        return "of run %s" % clean(params["run_id"], 128)
    if params["recovery_instance_ids"]:
        return "of those that were named"
    return "whose lease is over" if params.get("expired_only") else ""


def _each_once(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out that an instance is not in one cell when it is in another; one that is nowhere is said once."""
    listed = list(entries)
    known = {one["recovery_instance_id"] for one in listed if one["outcome"] != outcomes.SKIPPED}
    told: list[Entry] = []
    for one in listed:
        if one["outcome"] == outcomes.SKIPPED:
            if one["recovery_instance_id"] in known:
                continue
            known.add(one["recovery_instance_id"])
        told.append(one)
    return told
