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
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Resource, Resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import drilled
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import keep, look
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import resources as effects
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import or_error, working

Sessions = Mapping[str, "Cell | DrsError"]
Over = Callable[[Callable[[Cell], Any], Mapping[str, Cell]], dict[str, Any]]
_LOOK = "look"


class Share(NamedTuple):
    """What a termination did of one run: its ``entries``, the ``calls`` and ``logs`` of their jobs, what was attached
    to the machines (``seen``) or could not be read of them (``unseen``), what to look for by cell (``listed``), and
    what stays while its machine does (``still``)."""

    entries: list[outcomes.Entry]
    calls: list[Mapping[str, Any]]
    logs: list[Mapping[str, Any]]
    seen: list[Resource]
    unseen: list[Mapping[str, Any]]
    listed: dict[str, list[Resource]]
    still: list[Resource]

    @property
    def ended(self) -> set[str]:
        """The ids of the instances that are terminated."""
        return {str(one["recovery_instance_id"]) for one in self.entries if one["outcome"] == outcomes.TERMINATED}


def kept(
    runs: Mapping[str, clean_up.Recorded],
    sessions: Sessions,
    over: Over,
    done: Mapping[str, Any],
    store: Mapping[str, Any],
    places: Mapping[str, Any],
    who: Callable[[], Mapping[str, Any]] = dict,
) -> list[outcomes.Entry]:
    """Look once more at what the runs have launched and at what was attached to it, and keep with each what is proven.

    A record whose proof would say nothing new is left alone.

    :param runs: by run id what its record says, see ``standing.recorded``.
    :param over: ``Hands.over``.
    :param done: what the termination left, of whatever run: the ``servers`` and ``resources`` of its proof with
        ``attached``, ``calls`` and ``logs`` (``model/run_nouns.Trace``); empty when there was nothing to terminate.
    :param places: {cell: {account_id, region}} of the play.
    :param who: who typed the command, see ``recovery/effects/clean_up.keep``.
    :returns: a doubt for each run whose proof was not kept, for nobody will know of it later, and where the termination
        itself has not said it one for each run that has volumes, network interfaces or snapshots left or not proven.
    """
    owing = {run_id: record for run_id, record in sorted(runs.items()) if _owes(record)}
    if not owing:
        return []
    cell_of = resources.current_cells(places)
    shares = {run_id: _share(record, done, cell_of) for run_id, record in owing.items()}
    outstanding = [one for record in owing.values() for one in record.outstanding]

    def looked(cell: Cell) -> dict[str, Any]:
        mine = {run_id: share.listed.get(cell.name) for run_id, share in shares.items()}
        found = {run_id: effects.after(cell, listed) for run_id, listed in mine.items() if listed}
        return {_LOOK: or_error(_tried(lambda: look(cell, outstanding))), "found": found}

    answers = over(looked, working(sessions))
    told = {name: answers.get(name, session) for name, session in sessions.items()}
    left = {name: one[_LOOK] if isinstance(one, Mapping) else or_error(one) for name, one in told.items()}
    doubtful = []
    about: Mapping[str, Any] = {}
    for run_id, record in owing.items():
        share = shares[run_id]
        found = _resources(run_id, share, record, told)
        started: dict[str, dict[str, Any]] = {
            name: {"servers": [one for one in share.entries if one["cell"] == name]} for name in sessions
        }
        proof = clean_up.prove(clean_up.Requested(run_id), started, {}, left, record, found)
        if found and resources.is_open(found) and done.get("clean") is not False:
            doubtful.append(drilled.doubt({"name": run_id}, _open_text(found)))
        if not _is_news(proof, share, record, found):
            continue
        try:
            about = about or who()
            keep(run_id, store, {**proof, "calls": share.calls, "logs": share.logs}, who=about)
        except DrsError as exc:
            text = "run %s: the proof that its machines are gone was not kept (%s)"
            doubtful.append(drilled.doubt({"name": run_id}, text % (run_id, exc.code)))
    return doubtful


def _tried(work: Callable[[], Any]) -> Any:
    """What ``work`` returns, or the error that ended it."""
    try:
        return work()
    except DrsError as exc:
        return exc


def _owes(record: clean_up.Recorded) -> bool:
    """Whether a run has machines that are not proven to be gone, or a proof that was not clean."""
    named = {one["recovery_instance_id"] for one in record.outstanding} - {None}
    return bool(named - set(record.proven)) or (record.clean is False and bool(named))


def _share(
    record: clean_up.Recorded, done: Mapping[str, Any], cell_of: Callable[[Mapping[str, Any]], str | None]
) -> Share:
    """What a termination did of a run; a call for machines of several runs is told with each of them."""
    mine = {one["recovery_instance_id"] for one in record.outstanding} - {None}

    def of_run(rows: Iterable[Any]) -> list[Any]:
        return [one for one in rows if one.get("recovery_instance_id") in mine]

    entries = of_run(done.get("servers") or ())
    jobs, cells = {one["job_id"] for one in entries} - {None}, {one["cell"] for one in entries}
    calls = [
        one
        for one in done.get("calls") or ()
        # a call that was refused has made no job
        if one.get("job_id") in jobs or (not one.get("job_id") and one.get("cell") in cells)
    ]
    logs = [one for one in done.get("logs") or () if one.get("job_id") in jobs]
    seen = of_run(done.get("attached") or ())
    not_read = of_run(as_mapping(done.get("resources")).get("not_proven") or ())
    share = Share(entries, calls, logs, seen, [one for one in not_read if one["kind"] == resources.UNSEEN], {}, [])
    listed, still = resources.to_look_for(seen, share.ended, record.kept, cell_of)
    return share._replace(listed=listed, still=still)


def _resources(run_id: str, share: Share, record: clean_up.Recorded, told: Mapping[str, Any]) -> Resources | None:
    """What became of the volumes, network interfaces and snapshots of a run; None when there was nothing to look at.

    :param told: by cell what was read there, or why it was not.
    """
    if not (share.listed or share.still or share.unseen):
        return None
    parts = [resources.standing(share.still)]
    for name, listed in share.listed.items():
        answer = told.get(name)
        parts.append(answer["found"][run_id] if isinstance(answer, Mapping) else resources.unread(listed, answer))
    seen = (str(one["recovery_instance_id"]) for one in share.seen)
    return resources.with_unseen(resources.together(parts, seen, record.kept), share.unseen, share.ended)


def _is_news(proof: Mapping[str, Any], share: Share, record: clean_up.Recorded, found: Resources | None) -> bool:
    """Whether a proof says anything that the record does not."""
    if set(proof["proven"]) - set(record.proven) or (record.clean is False and proof["clean"]):
        return True
    return bool(share.calls or share.logs) or (found is not None and found != record.kept.get("resources"))


def _open_text(found: Resources) -> str:
    """What is left, or not proven to be gone, of the resources of a run."""
    lines = [resources.line(one) for one in (*found["left"], *found["not_proven"])]
    return "of its terminated instances, %s: %s" % (resources.sentence(found), names(lines, 3, 300))
