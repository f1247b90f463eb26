"""Resolve where a cell replicates to and extends to: from names in entries to host names of cells. Pure.

A cell of the type ``source`` replicates into one of the type ``staging`` or ``target``; a cell of the type ``staging``
may be extended to one of the type ``target`` in another account and the same Region, for DRS extends inside a Region.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import names
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError, near, show

REPLICATION_TYPES = ("staging", "target")


class Place(Protocol):
    """What is needed of a cell."""

    @property
    def account_id(self) -> str:
        """The id of its account."""

    @property
    def account_name(self) -> str:
        """The name of its account."""

    @property
    def types(self) -> tuple[str, ...]:
        """What it is used for."""

    @property
    def region(self) -> str:
        """Its Region."""

    @property
    def host(self) -> str:
        """Its host name in the inventory."""


class Destinations:
    """The cells of an inventory by the names that may be used for them.

    A destination is written as the host name of a cell, or as the name or id of an account. ``label`` is where it was
    written, for the errors.
    """

    def __init__(self, cells: Iterable[Place]) -> None:
        self._by_host: dict[str, Place] = {}
        self._by_account: dict[str, list[Place]] = {}
        for cell in cells:
            self._by_host[cell.host] = cell
            for name in dict.fromkeys((cell.account_name, cell.account_id)):
                self._by_host.setdefault(f"{name}.{cell.region}", cell)
                self._by_account.setdefault(name, []).append(cell)

    def replicate_to(self, cell: Place, name: str | None, label: str) -> str | None:
        """Host name of the cell that the agents of a source cell replicate into.

        Without a name the cell itself where it can be replicated into, else None. Raises CellError.
        """
        if "source" not in cell.types:
            return None
        if name is None:
            return cell.host if set(cell.types).intersection(REPLICATION_TYPES) else None
        result = self._find(name, label, self._only)
        self._check_type(result, REPLICATION_TYPES, name, label, "agents replicate into one")
        return result.host

    def extend_to(self, cell: Place, name: str | None, label: str, is_default: bool) -> str | None:
        """Host name of the cell that source servers of a staging cell are extended to, None for none.

        is_default: the name was not written for this account, so it may mean the account itself. Raises CellError.
        """
        if name is None:
            return None

        def beside(cells: Sequence[Place], what: str) -> Place:
            for one in cells:
                if one.region == cell.region:
                    return one
            raise CellError(
                f"{what}: the account has no cell in {cell.region}, where {cell.host} is; it has"
                f" {_hosts(cells)}. DRS extends inside a Region: add the Region to that account."
            )

        result = self._find(name, label, beside)
        if result.account_id == cell.account_id:
            if is_default:
                return None
            raise CellError(f"{label} '{name}' is the account itself. Name another account, or remove extend_to.")
        self._check_type(result, ("target",), name, label, "servers are extended to one")
        if result.region != cell.region:
            raise CellError(
                f"{label} '{name}' is in {result.region}, but {cell.host} in {cell.region}. DRS extends inside a"
                " Region: name the account alone, or a cell of the same Region."
            )
        return result.host

    def _find(self, name: str, label: str, choose: Callable[[Sequence[Place], str], Place]) -> Place:
        if name in self._by_host:
            return self._by_host[name]
        if name in self._by_account:
            return choose(self._by_account[name], f"{label} '{name}'")
        raise CellError(
            f"{label} {show(name)} is no cell of this inventory."
            f"{near(name, [*self._by_host, *self._by_account])} Cells are {_hosts(self._by_host.values())}."
        )

    @staticmethod
    def _only(cells: Sequence[Place], what: str) -> Place:
        if len(cells) > 1:
            raise CellError(f"{what} has several Regions. Name one of its cells: {_hosts(cells)}.")
        return cells[0]

    @staticmethod
    def _check_type(place: Place, types: Sequence[str], name: str, label: str, why: str) -> None:
        if not set(place.types).intersection(types):
            raise CellError(
                f"{label} '{name}' is of the type {', '.join(place.types)}, but {why} of the type"
                f" {' or '.join(types)}. Name another cell, or add to the types of that account."
            )


def _hosts(cells: Iterable[Place]) -> str:
    """The first host names, sorted; an inventory of hundreds must not fill the screen."""
    return names(sorted({cell.host for cell in cells}), 10, 400)
