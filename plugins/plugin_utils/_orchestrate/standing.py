"""Look for what a termination by tags means: in the cells, in the records of the runs, and in EC2 behind DRS."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import drilled
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.clean_up import (
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
    :returns: see ``drilled.found``.
    """
    sessions = reading.opened(play)
    read = reading.read_all(play, sessions, {"include_ec2": True, "machines": False, "lookback_hours": 48})["cells"]
    doubtful = []
    try:
        launched = launched_by(values.get("store") or {}, settings["selection"], cleaning.places_of(play))
    except DrsError as exc:
        launched = []
        text = "the run store was not read (%s), so what was launched for other tags of its servers is not known"
        doubtful.append(drilled.doubt({"name": "runs"}, text % exc.code))
    chosen = drilled.found(list(read.values()), settings["selection"], settings["allow_empty"], launched)
    # where DRS was not read nobody knows what it lists; that cell is told as unknown
    listed = {
        name: {str(one["ec2_instance_id"]) for one in cell["recovery_instances"]}
        for name, cell in read.items()
        if cell.get("recovery_instances") is not None
    }
    machines, deaf = _behind(hands, working(sessions), listed, launched)
    left_out = set(play.inventory) - set(play.all)
    doubtful += drilled.unlooked(launched, listed, deaf, left_out)
    return {**chosen, "doubtful": [*chosen["doubtful"], *drilled.forgotten(launched, machines), *doubtful]}


def launched_by(store_options: Mapping[str, Any], selection: Mapping[str, Any], places: Mapping[str, Any]) -> list[Any]:
    """What the drills that were asked for with a selection have launched, and no clean-up has proven to be gone.

    :param places: {cell: {account_id, region}} of the play.
    :raises DrsError: what the store says.
    """
    store = open_store({key: value for key, value in store_options.items() if value is not None})
    drills = store.query(item="run", pattern="drill", limit=None).records
    launched: list[Any] = []
    for run in (one["body"] for one in drills):
        if not drilled.asked_for(run, selection):
            continue
        waves = with_current_cells([one["body"] for one in store.items(run["run_id"], "wave:")], places)
        kept = store.get(run["run_id"], "cleanup")
        gone = (kept["body"].get("proven") or ()) if kept else ()
        launched += [one for one in outstanding(waves) if one["recovery_instance_id"] not in gone]
    return launched


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
        found = ec2.instances_by_id(cell, unlisted[cell.name])
        return {one: str((machine.get("State") or {}).get("Name")) for one, machine in found.items()}

    answers = hands.over(look, {name: cell for name, cell in cells.items() if unlisted[name]})
    deaf = {name: answer.code for name, answer in answers.items() if isinstance(answer, DrsError)}
    told = [answer for answer in answers.values() if not isinstance(answer, DrsError)]
    return {one: state for answer in told for one, state in answer.items()}, deaf
