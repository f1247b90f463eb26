"""Look for what a termination by tags means: in the cells, in the records of the runs, and in EC2 behind DRS."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import drilled
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.clean_up import (
    KNOWN,
    Recorded,
    machine_of,
    outstanding,
    with_current_cells,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import working
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cleaning, reading
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands


def standing(play: Play, hands: Hands, settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Find the drill instances of the servers that a termination names.

    :param settings: of the request, see ``input.settings``.
    :param values: the options of its verb.
    :returns: see ``drilled.found``; besides ``runs``, the ids of those that launched what stands.
    """
    sessions = reading.opened(play)
    read = reading.read_all(play, sessions, {"include_ec2": True, "machines": False, "lookback_hours": 48})["cells"]
    doubtful = []
    try:
        runs = recorded(values.get("store") or {}, settings["selection"], cleaning.places_of(play))
    except DrsError as exc:
        runs = {}
        text = "the run store was not read (%s), so what was launched for other tags of its servers is not known"
        doubtful.append(drilled.doubt({"name": "runs"}, text % exc.code))
    launched, gone = launched_by(runs), launched_by(runs, proven=True)
    chosen = drilled.found(list(read.values()), settings["selection"], settings["allow_empty"], launched, gone)
    # where DRS was not read nobody knows what it lists; that cell is told as unknown
    listed = {
        name: {str(one["ec2_instance_id"]) for one in cell["recovery_instances"]}
        for name, cell in read.items()
        if cell.get("recovery_instances") is not None
    }
    machines, deaf = _behind(hands, working(sessions), listed, launched)
    left_out = set(play.inventory) - set(play.all)
    doubtful += drilled.unlooked(launched, listed, deaf, left_out)
    doubtful = [*chosen["doubtful"], *drilled.forgotten(launched, machines), *doubtful]
    return {**chosen, "runs": runs_of(chosen["instances"], read.values()), "doubtful": doubtful}


def recorded(
    store_options: Mapping[str, Any],
    selection: Mapping[str, Any],
    places: Mapping[str, Any],
    named: Collection[str] = (),
) -> dict[str, Recorded]:
    """The records of the drills that were asked for with a selection, and of those that are named.

    :param places: {cell: {account_id, region}} of the play.
    :param named: ids of runs.
    :returns: by run id what it launched, and what of it a clean-up has proven to be gone.
    :raises DrsError: what the store says.
    """
    store = open_store({key: value for key, value in store_options.items() if value is not None})
    drills = store.query(item="run", pattern="drill", limit=None).records
    found: dict[str, Recorded] = {}
    for run in (one["body"] for one in drills):
        if run["run_id"] not in named and not drilled.asked_for(run, selection):
            continue
        waves = with_current_cells([one["body"] for one in store.items(run["run_id"], "wave:")], places)
        kept = store.get(run["run_id"], "cleanup")
        proof = kept["body"] if kept else {}
        listed, proven = outstanding(waves), proof.get("proven") or ()
        found[run["run_id"]] = Recorded(KNOWN, listed, proven, clean=proof.get("clean"), kept=proof)
    return found


def launched_by(runs: Mapping[str, Recorded], proven: bool = False) -> list[Any]:
    """What runs have launched, and no clean-up has proven to be gone; or with ``proven`` one has."""
    return [
        one
        for run in runs.values()
        for one in run.outstanding
        if (one["recovery_instance_id"] in set(run.proven)) is proven
    ]


def runs_of(instances: Sequence[Mapping[str, Any]], cells: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of the runs whose jobs launched instances, as far as DRS still lists the jobs.

    :param cells: as ``reading.read_all`` has them.
    """
    jobs = {one.get("job_id") for one in instances} - {None}
    found = {job.get("run_id") for cell in cells for job in cell.get("jobs") or () if job.get("job_id") in jobs}
    return sorted(found - {None})


def _behind(
    hands: Hands, cells: Mapping[str, Cell], listed: Mapping[str, Collection[str]], launched: Sequence[Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """By id what EC2 says of the machines that runs launched and DRS does not list; by cell why EC2 said nothing.

    :param listed: by cell the EC2 ids that DRS lists, of the cells that were read.
    """
    unlisted: dict[str, list[str]] = {}
    for name in cells:
        mine = {machine_of(one) for one in launched if one["cell"] == name and name in listed}
        unlisted[name] = sorted(mine - set(listed.get(name, ())) - {""})

    def look(cell: Cell) -> dict[str, str]:
        return ec2.states(cell, unlisted[cell.name])

    answers = hands.over(look, {name: cell for name, cell in cells.items() if unlisted[name]})
    deaf = {name: answer.code for name, answer in answers.items() if isinstance(answer, DrsError)}
    told = [answer for answer in answers.values() if not isinstance(answer, DrsError)]
    return {one: state for answer in told for one, state in answer.items()}, deaf
