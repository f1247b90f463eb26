"""Read all cells of the play in one step, for plans, status and reports."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import working
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import (
    Play,
    open_cells,
    over_cells,
    print_line,
)

__all__ = ["Play", "SPEC", "opened", "read_all"]

SPEC = {
    "include_ec2": {"type": "bool", "default": True},
    "machines": {"type": "bool", "default": False},
    "lookback_hours": {"type": "int", "default": 48},
}


def opened(play: Play) -> dict[str, Cell | DrsError]:
    """The cells of the play that are still in it; of the others why they are not read."""
    left = DrsError("cell_unreadable", "the cell has left the play: it is unreachable, or its play was ended")
    cells = open_cells(play, [name for name in play.all if name in play.there])
    return {name: cells.get(name, left) for name in play.all}


def read_all(play: Play, sessions: Mapping[str, Cell | DrsError], params: Mapping[str, Any]) -> dict[str, Any]:
    """What each cell holds, by name, a line printed for each as it is read.

    :param params: see SPEC.
    :returns: ``cells`` {name: {cell, account_id, region, assume_role_arn, account_types, extend_to, error,
        source_servers, recovery_instances, jobs, read_at, gaps}}
        and ``machines`` {name: [instance]}. ``error`` says why a cell could not be read; it then holds nothing, which
        is not the same as holding no server. ``gaps`` say what EC2 did not answer.
    """

    def read(cell: Cell) -> dict[str, Any]:
        result = status_cell.everything(cell, dict(params), False)
        print_line("[%s] %s" % (clean(cell.name, 64), count(len(result["source_servers"]), "source server")))
        for gap in result["gaps"]:
            values = (clean(cell.name, 64), gap["service"], clean(gap["error"]["code"], 60), gap["missing"])
            print_line("[%s] %s not read: %s; missing: %s" % values)
        return result

    answers: dict[str, Any] = dict(sessions)
    answers.update(over_cells(read, working(sessions)))
    results: dict[str, dict] = {}
    machines: dict[str, list] = {}
    for name in play.all:
        answer = answers[name]
        failed = isinstance(answer, DrsError)
        if failed:
            print_line("[%s] not read: %s" % (clean(name, 64), clean(answer.code, 60)))
        reading = {} if failed else answer
        results[name] = {
            **_about(play, name),
            "error": outcomes.error_entry(answer) if failed else None,
            "source_servers": reading.get("source_servers", []),
            "recovery_instances": reading.get("recovery_instances"),
            "jobs": reading.get("jobs"),
            "read_at": reading.get("read_at"),
            "gaps": reading.get("gaps", []),
        }
        machines[name] = reading.get("machines", [])
    return {"cells": results, "machines": machines}


def _about(play: Play, name: str) -> dict[str, Any]:
    """What the inventory says of a cell."""
    return {
        "cell": name,
        "account_id": str(play.value(name, "account_id") or ""),
        "region": str(play.value(name, "region") or ""),
        "assume_role_arn": play.value(name, "assume_role_arn") or None,
        "account_types": list(play.value(name, "account_types") or []),
        "extend_to": play.value(name, "extend_to") or None,
    }
