"""The proof of a clean-up: what was terminated, what still exists, and what could not be determined.

The proof of a run is about the instances that its record names, wherever they are and whatever DRS still lists; one
that was not looked for, or that could not be seen, is not proven to be gone.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import GONE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.results import entries_of, error_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import confirmation
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Entry, Error, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import (
    CellError,
    CellGap,
    CleanUp,
    Left,
    Resources,
    WaveRecord,
)

_DONE = (outcomes.TERMINATED, outcomes.SKIPPED, outcomes.PLANNED)
# A server of the record with one of these has, or may have, an instance; without an outcome nobody knows.
_OWED = (None, outcomes.LAUNCHED, outcomes.UNKNOWN, outcomes.IN_PROGRESS, outcomes.QUEUED)
KNOWN, UNKNOWN, UNREAD, NONE = "known", "unknown", "unread", "none"
"""What is known of the record of the run: there is one, there is none, it could not be read, no run is named."""


class Requested(NamedTuple):
    """What a clean-up was requested for.

    ``ids`` are those of recovery instances that were named, typed ones too; ``confirm`` is what a person typed for
    ``every_run``.
    """

    run_id: str = ""
    ids: Sequence[str] = ()
    expired_only: bool = False
    every_run: bool = False
    confirm: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether it is not about every drill of this collection."""
        return bool(self.run_id or self.ids or self.expired_only)


class Recorded(NamedTuple):
    """What the record of a run says to its clean-up: ``owed`` are its instances (see ``owed``), ``proven`` the ids of
    those that earlier clean-ups have proven to be gone; ``state`` is one of KNOWN, UNKNOWN, UNREAD, NONE. ``clean`` is
    the verdict of the last one, None without one. ``kept`` is the proof of the earlier ones, empty without one."""

    state: str = NONE
    outstanding: Sequence[Entry] = ()
    proven: Sequence[str] = ()
    error: Error | None = None
    clean: bool | None = None
    kept: Mapping[str, Any] = {}


NO_RECORD = Recorded()


def outstanding(waves: Iterable[WaveRecord]) -> list[Entry]:
    """The servers of a run's record that a launch has, or may have, made an instance of; one entry each."""
    return [
        outcomes.server_entry(one.get("outcome") or outcomes.UNKNOWN, {**one, "wave": wave["wave"]})
        for wave in waves
        for one in wave["servers"]
        if one.get("outcome") in _OWED
    ]


def with_current_cells(waves: Iterable[WaveRecord], places: Mapping[str, AnyServer]) -> list[WaveRecord]:
    """The waves of a record with the cells as the play calls them: one of the same account and Region is the same.

    :param places: {name: {account_id, region}} of the cells of the play.
    """
    cell_of = resources.current_cells(places)
    return [{**wave, "servers": [{**one, "cell": cell_of(one)} for one in wave["servers"]]} for wave in waves]


def prove(
    requested: Requested,
    started: Mapping[str, Result],
    waited: Mapping[str, Result],
    left: Mapping[str, Result] | None,
    recorded: Recorded = NO_RECORD,
    found: Resources | None = None,
) -> CleanUp:
    """Put the proof of a clean-up together.

    :param started: by cell of the play what Termination returned, or ``error``.
    :param waited: by cell what JobWait returned.
    :param left: by cell what was read afterwards: ``recovery_instances``, and ``machines`` {EC2 id: state} of those
        that the record names and DRS does not; or ``error``. None in check mode: then nothing is proven.
    :param found: what became of the volumes, network interfaces and snapshots; None when nobody has looked.
    :returns: the proof. A request for every drill of this collection leaves over whatever drill stands; any other one
        only what it was about, and ``others`` counts the drills besides.
    """
    servers = _each_once(one for cell in started for one in entries_of(started[cell], waited.get(cell)))
    mine = [one for one in recorded.outstanding if not requested.expired_only and _is_named(one, requested)]
    wanted = {one["recovery_instance_id"] for one in (*servers, *mine)} | set(requested.ids)
    alive: list[AnyServer] = [one for result in (left or {}).values() for one in _alive(result)]
    drills = [one for one in alive if one["is_drill"] is not False]
    standing = [one for one in alive if one["recovery_instance_id"] in wanted] if requested.narrow else drills
    standing += [one for result in (left or {}).values() for one in _forgotten(result, mine)]
    ours = {one["recovery_instance_id"] for one in standing}
    errors = {cell: error_of(started[cell], "servers") for cell in started}
    for cell in {*started, *left} if left is not None else ():
        errors[cell] = errors.get(cell) or _unread((left or {}).get(cell))
    unknown: list[CellError] = [{"cell": cell, "error": error} for cell, error in sorted(errors.items()) if error]
    doubtful = [one for result in started.values() for one in result.get("doubtful") or ()]
    # in check mode those that would have been looked into
    seen = {cell for cell in (started if left is None else left) if not errors.get(cell)}
    before = set(recorded.proven)
    # what DRS alone says is no proof of what is gone
    gaps: list[CellGap] = [
        {"cell": cell, "service": gap["service"], "missing": gap["missing"], "error": gap["error"]}
        for cell, result in sorted((left or {}).items())
        for gap in result.get("gaps") or ()
    ]
    deaf = {one["cell"]: one["error"] for one in gaps}
    unseen = _not_seen(mine, seen - {*deaf}, {**errors, **deaf}, before)
    unlisted = [
        one for cell, result in (left or {}).items() for one in _unlisted(cell, result, requested, wanted - ours)
    ]
    not_proven = [*(one for one in unseen if one["recovery_instance_id"] not in ours), *doubtful, *unlisted]
    gone = {
        one["recovery_instance_id"]
        for one in (*mine, *(server for server in servers if server["outcome"] in _DONE))
        if left is not None
        and one["cell"] in seen - {*deaf}
        and one["recovery_instance_id"]
        and one["recovery_instance_id"] not in ours
    }
    bad = [one for one in servers if one["outcome"] not in _DONE]
    to_type, confirmed = _confirmation(requested, servers)
    return {
        "servers": servers,
        "left": None if left is None else standing,
        "resources": found,
        "not_proven": not_proven,
        "foreign": [one for result in started.values() for one in result.get("foreign") or ()],
        "proven": sorted(map(str, before | gone)),
        "record": recorded.state,
        "record_error": recorded.error,
        "others": sum(1 for one in drills if one["recovery_instance_id"] not in ours),
        "asked": _words(requested),
        "unknown_cells": unknown,
        "gaps": gaps,
        "clean": not (bad or standing or unknown or not_proven or recorded.state == UNREAD or resources.is_open(found)),
        "summary": outcomes.summarise(servers),
        "confirmation": to_type,
        "confirmed": confirmed,
        "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in servers),
    }


def problem(requested: Requested, proof: CleanUp) -> str:
    """Why a clean-up has failed, in one sentence; "" when it has not.

    A run that no record knows, and nothing is of it: more likely a slip of the finger than a clean account.
    """
    if requested.run_id and proof["record"] == UNKNOWN and not proof["servers"] and not proof["unknown_cells"]:
        text = "terminate_run_id '%s' is in no instance and not in the run store" % clean(requested.run_id, 128)
        error = DrsError("run_unknown", text)
        return "%s: %s. Nothing was terminated. Remedy: %s" % (error.code, error.message, error.remedy)
    if not proof["clean"]:
        return "The clean-up is not complete: see the table above for what is left, or not proven, and why."
    return ""


def _is_named(one: Entry, requested: Requested) -> bool:
    """Whether an instance of the record is among those that a request is narrowed down to."""
    return not requested.ids or one["recovery_instance_id"] in requested.ids


def _alive(result: Result) -> list[AnyServer]:
    return [one for one in result.get("recovery_instances") or () if one["ec2_instance_state"] not in GONE]


def _forgotten(result: Result, mine: Iterable[Entry]) -> list[AnyServer]:
    """Machines of the record that DRS no longer lists and EC2 still has, in the shape of what stands."""
    standing = {one: state for one, state in (result.get("machines") or {}).items() if state.upper() not in GONE}
    return [
        {
            **{key: one[key] for key in ("recovery_instance_id", "source_server_id", "cell", "account_id", "region")},
            "ec2_instance_id": machine_of(one),
            "ec2_instance_state": standing[machine_of(one)].upper(),
            "is_drill": True,
            "job_id": one["job_id"],
        }
        for one in mine
        if machine_of(one) in standing
    ]


def not_listed(requested: Requested, started: Mapping[str, Result]) -> list[str]:
    """The ids that were named and that DRS lists nowhere: that an answer lacks one does not prove that it is gone.

    :param started: by cell of the play what Termination returned, or ``error``.
    """
    listed = {
        one["recovery_instance_id"]
        for result in started.values()
        for one in result.get("servers") or ()
        if one["outcome"] != outcomes.SKIPPED
    }
    return [one for one in requested.ids if one not in listed]


def _unlisted(cell: str, result: Result, requested: Requested, candidates: Collection[str | None]) -> list[Left]:
    """Machines that were named, that EC2 has in a cell and that DRS does not list there."""
    text = "EC2 has it (%s) and DRS does not list it: if that stays so, terminate it in EC2 unless it serves"
    return [
        {
            "recovery_instance_id": one,
            "source_server_id": None,
            "cell": cell,
            "job_id": None,
            "reason": text % state,
        }
        for one, state in (result.get("machines") or {}).items()
        if one in requested.ids and one in candidates and state.upper() not in GONE
    ]


def machine_of(one: Entry) -> str:
    """The id of the EC2 instance of a server of the record; "" when the record names none."""
    return str(one["ec2_instance_id"] or one["recovery_instance_id"] or "")


def _not_seen(
    mine: Iterable[Entry], seen: Collection[str], errors: Mapping[str, Error | None], before: Collection[str]
) -> list[Left]:
    """Instances of the record whose cells nobody has looked into."""
    found: list[Left] = []
    for one in mine:
        cell = str(one["cell"])
        if cell in seen or one["recovery_instance_id"] in before:
            continue
        error = errors.get(cell)
        reason = "%s: %s" % (error["code"], error["message"]) if error else "its cell is not in this play"
        found.append(
            {
                "recovery_instance_id": one["recovery_instance_id"],
                "source_server_id": one["source_server_id"],
                "cell": one["cell"],
                "job_id": one["job_id"],
                "reason": reason,
            }
        )
    return found


def _confirmation(requested: Requested, servers: Sequence[Entry]) -> tuple[str, bool]:
    """What a person must type for what every run left, and whether it was; nothing for any other request."""
    going = [one for one in servers if one["outcome"] not in (outcomes.REFUSED, outcomes.SKIPPED)]
    if not requested.every_run or not going:
        return "", True
    mode, whose, regions = "terminate", "every-run", {str(one["region"]) for one in going}
    findings = confirmation.check_confirmation(requested.confirm, mode, whose, len(going), regions)
    return confirmation.confirmation_text(mode, whose, len(going), regions), not findings


def _unread(result: Result | None) -> Error | None:
    """Why a cell's recovery instances were not read, None when they were: an answer that is missing proves nothing."""
    if (result or {}).get("recovery_instances") is not None:
        return None
    silent = DrsError("cell_unreadable", "its recovery instances were not read")
    return error_of(result, "recovery_instances") or outcomes.error_entry(silent)


def _words(requested: Requested) -> str:
    if requested.run_id:
        return "of run %s" % clean(requested.run_id, 128)
    if requested.ids:
        return "of those that were named"
    return "whose lease is over" if requested.expired_only else ""


def _each_once(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out that an instance is not in one cell when it is in another; one that is nowhere is said once."""
    listed = list(entries)
    listed_ids = {one["recovery_instance_id"] for one in listed if one["outcome"] != outcomes.SKIPPED}
    result: list[Entry] = []
    for one in listed:
        if one["outcome"] == outcomes.SKIPPED:
            if one["recovery_instance_id"] in listed_ids:
                continue
            listed_ids.add(one["recovery_instance_id"])
        result.append(one)
    return result
