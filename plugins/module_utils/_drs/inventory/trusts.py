"""Which accounts must trust each other, from where the cells of an inventory extend to and replicate into."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

Cells = Mapping[str, Mapping[str, str]]


def trusts(cells: Cells) -> dict[str, dict[str, list[str]]]:
    """By cell the other accounts that its account must trust.

    :param cells: by name ``account_id``, and where there is one ``extend_to`` and ``replicate_to``, names of cells.
    :returns: by cell ``targets``, the accounts that servers of this account are extended into from any of its cells;
        ``cell_targets``, those of this very cell; ``agents``, the accounts with which agents of this account replicate,
        in either direction, and also past a staging account: a server that was extended fails back from the target to
        the account of its machine. ``trusted`` are targets and agents. All are sorted, and without the account itself.
    :raises DrsError: unknown_id for a cell that the inventory does not have.
    """
    result = {}
    for name, cell in cells.items():
        own = cell["account_id"]
        of_account = [key for key, one in cells.items() if one["account_id"] == own]
        into = _reached(cells, of_account, "replicate_to")
        extended_here = _that_reach(cells, of_account, "extend_to")
        agents = {
            *into,
            *_that_reach(cells, of_account, "replicate_to"),
            *_reached(cells, into, "extend_to"),
            *_that_reach(cells, extended_here, "replicate_to"),
        }
        targets = _reached(cells, of_account, "extend_to")
        result[name] = {
            "targets": _accounts(cells, targets, own),
            "cell_targets": _accounts(cells, _reached(cells, [name], "extend_to"), own),
            "agents": _accounts(cells, agents, own),
            "trusted": _accounts(cells, [*targets, *agents], own),
        }
    return result


def _reached(cells: Cells, names: Iterable[str], key: str) -> list[str]:
    """The cells that some cells extend to, or replicate into."""
    found = [(name, cells[name].get(key)) for name in names]
    for name, other in found:
        if other and other not in cells:
            text = "%s: its drs_%s %s is no cell of the inventory" % (clean(name, 64), key, clean(other, 64))
            raise DrsError("unknown_id", text)
    return [other for _name, other in found if other]


def _that_reach(cells: Cells, names: Iterable[str], key: str) -> list[str]:
    """The cells that extend to, or replicate into, some cells."""
    wanted = set(names)
    return [name for name, one in cells.items() if one.get(key) in wanted]


def _accounts(cells: Cells, names: Iterable[str], own: str) -> list[str]:
    return sorted({cells[name]["account_id"] for name in names} - {own})
