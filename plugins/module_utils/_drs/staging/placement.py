"""Place planned servers into staging accounts: how many each takes. Pure.

An account takes servers up to the fill target, 80 % by default, never over its limit. That keeps room for agents that
register again and for reversed replication, which count to the same 300. Where an account's servers are extended to a
target, the target's total must hold them too.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.nouns import (
    PlacedServers,
    Placement,
    StagingCell,
    Used,
)

FILL_PERCENT = 80.0


def place(
    planned: int,
    cells: Iterable[StagingCell],
    targets: Mapping[str, Used] | None = None,
    fill_percent: float = FILL_PERCENT,
    warning: float = 80,
    critical: float = 90,
) -> Placement:
    """Spread planned servers over the fewest cells.

    Servers are interchangeable. The roomiest cell is filled first, and what is left at the end goes to the tightest
    cell that can take all of it; equal ones in the order of their names. So the same input always gives the same
    placement, whatever order the cells come in, and no other placement needs fewer cells.

    :param cells: ``{cell, account_id, region, used, limit, total_used, total_limit, extend_to}``: replicating servers
        and source servers of each, and the name of the target that its servers are extended to, or None.
    :param targets: source servers by the name of the target: ``{used, limit}``. A cell whose target is not among them
        takes nothing: nobody knows whether its copies would fit.
    :param fill_percent: how full a cell may get, of its replicating servers, above 0 and up to 100.
    :returns: ``{planned, placed, unplaced, fits, fill_percent, placements, reasons, would_fit_at_limit}``;
        ``placements`` are ``{cell, account_id, region, extend_to, servers, used_before, used_after, limit, percent,
        level}`` in the order in which they were chosen; ``reasons`` say what stands in the way of the rest.
    :raises DrsError: ``invalid_option`` for a negative number or an impossible fill target; ``duplicate_cell``.
    """
    if isinstance(planned, bool) or planned < 0:
        raise DrsError("invalid_option", f"planned: {planned!r} is not a number of servers")
    if not 0 < fill_percent <= 100:
        raise DrsError("invalid_option", f"fill_percent: {fill_percent:g} must be above 0 and at most 100")
    listed = sorted(cells, key=lambda one: str(one["cell"]))
    names = [str(one["cell"]) for one in listed]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DrsError("duplicate_cell", f"{', '.join(twice)} is given twice")
    chosen = _choose(planned, listed, targets or {}, fill_percent)
    placed = sum(chosen.values())
    by_name = {str(one["cell"]): one for one in listed}
    at_limit = placed if placed == planned else sum(_choose(planned, listed, targets or {}, 100).values())
    return {
        "planned": planned,
        "placed": placed,
        "unplaced": planned - placed,
        "fits": placed == planned,
        "fill_percent": fill_percent,
        "placements": [_entry(by_name[name], chosen[name], warning, critical) for name in chosen],
        "reasons": _reasons(planned - placed, listed, targets or {}, chosen, fill_percent),
        "would_fit_at_limit": at_limit,
    }


def room(cell: StagingCell, fill_percent: float = FILL_PERCENT) -> int:
    """How many more servers a cell takes: below the fill target of its replicating servers and its total."""
    target = min(int(cell["limit"] * fill_percent // 100), cell["limit"])
    return max(0, min(target - cell["used"], cell["total_limit"] - cell["total_used"]))


def _target_room(cell: StagingCell, targets: Mapping[str, Used], taken: Mapping[str, int]) -> int:
    name = str(cell.get("extend_to"))
    if name not in targets:
        return 0
    return max(0, targets[name]["limit"] - targets[name]["used"] - taken.get(name, 0))


def _choose(planned: int, cells: list[StagingCell], targets: Mapping[str, Used], fill_percent: float) -> dict[str, int]:
    """Number of servers by the cell's name, in the order of choice.

    The gain of one more cell of the same target never grows, and targets do not share anything, so taking the greatest
    gain each time needs the fewest cells.
    """
    free = {str(one["cell"]): one for one in cells}
    taken: dict[str, int] = {}
    chosen: dict[str, int] = {}
    left = planned
    while left and free:
        rooms = {name: _room_now(one, targets, taken, fill_percent) for name, one in free.items()}
        enough = [name for name in free if rooms[name] >= left]
        # names are in order, and min and max keep the first of equals
        name = min(enough, key=lambda one: rooms[one]) if enough else max(free, key=lambda one: rooms[one])
        servers = min(left, rooms[name])
        if not servers:
            break
        chosen[name] = servers
        cell = free.pop(name)
        target = cell.get("extend_to")
        if target:
            taken[target] = taken.get(target, 0) + servers
        left -= servers
    return chosen


def _room_now(
    cell: StagingCell,
    targets: Mapping[str, Used],
    taken: Mapping[str, int],
    fill_percent: float,
) -> int:
    own = room(cell, fill_percent)
    return min(own, _target_room(cell, targets, taken)) if cell.get("extend_to") else own


def _entry(cell: StagingCell, servers: int, warning: float, critical: float) -> PlacedServers:
    after = cell["used"] + servers
    return {
        "cell": cell["cell"],
        "account_id": cell.get("account_id"),
        "region": cell.get("region"),
        "extend_to": cell.get("extend_to"),
        "servers": servers,
        "used_before": cell["used"],
        "used_after": after,
        "limit": cell["limit"],
        "percent": quotas.percent_of(after, cell["limit"]),
        "level": quotas.threshold(after, cell["limit"], warning, critical),
    }


def _reasons(
    unplaced: int,
    cells: list[StagingCell],
    targets: Mapping[str, Used],
    chosen: Mapping[str, int],
    fill_percent: float,
) -> list[str]:
    """Why the rest does not fit, in words: what is full, and how many accounts more it would take."""
    if not unplaced:
        return []
    if not cells:
        return [f"there is no staging cell to place {count(unplaced, 'server')} in"]
    result: list[str] = []
    taken: dict[str, int] = {}
    for one in cells:
        target = one.get("extend_to")
        if target:
            taken[target] = taken.get(target, 0) + chosen.get(str(one["cell"]), 0)
    for name in sorted({str(one["extend_to"]) for one in cells if one.get("extend_to")}):
        if name not in targets:
            result.append(f"the target {name} was not read, so nothing is placed in the cells that extend to it")
        elif targets[name]["used"] + taken.get(name, 0) >= targets[name]["limit"]:
            used, limit = targets[name]["used"] + taken.get(name, 0), targets[name]["limit"]
            result.append(f"the target {name} is full: {used} of {limit} source servers")
    if result:
        return result
    full = [one for one in cells if room(one, fill_percent) - chosen.get(str(one["cell"]), 0) <= 0]
    if full:
        said = count(len(cells), "cell is", "cells are")
        result.append(f"{len(full)} of {said} at the fill target of {fill_percent:g} %")
    usual = int(quotas.QUOTAS["replicating_servers"].default * fill_percent // 100)
    if usual:
        more = count(-(-unplaced // usual), "more staging account")
        result.append(f"{count(unplaced, 'server')} without a place: it takes {more} of {usual} servers")
    return result
