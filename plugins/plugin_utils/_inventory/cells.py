"""Turn account entries, from an inventory file or another source, into cells. Pure.

A cell is one AWS account in one DRS Region; it becomes one host. Nothing here reads a file, an environment variable or
AWS, and nothing here sees an external id: an entry names the place where it is kept, a value in its stead is refused.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import (
    CELL_VARS,
    CellError,
    Fields,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.destinations import Destinations

# What compose may add where the entries are silent: these depend on who runs, which the file cannot know.
COMPOSABLE_VARS = ("drs_role_session_name", "drs_source_identity", "drs_profile")


@dataclass(frozen=True)
class Given:
    """One account entry as a source gave it.

    entry: mapping with the keys of ACCOUNT_KEYS, not checked yet. where: what errors call it.
    display_name: the name of the account where the source itself knows it; such an entry was discovered, not written.
    """

    entry: Any
    defaults: Mapping[str, Any]
    where: str
    display_name: str | None = None

    @property
    def discovered(self) -> bool:
        """Whether the entry comes from AWS Organizations."""
        return self.display_name is not None


@dataclass(frozen=True)
class Cell:
    """One account in one Region.

    external_id_expression: Jinja expression that finds the external id at run time, None where the cell needs none.
    replicate_to, extend_to: host names of the cells that agents replicate into and that servers are extended to.
    display_name: what people call the account, for reports; None where nobody asked for it.
    extra_vars: the entry's own variables; data, not templates.
    """

    account_id: str
    account_name: str
    types: tuple[str, ...]
    region: str
    role_arn: str | None = None
    external_id_expression: str | None = None
    role_session_name: str | None = None
    source_identity: str | None = None
    profile: str | None = None
    replicate_to: str | None = None
    extend_to: str | None = None
    display_name: str | None = None
    extra_vars: Mapping[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host name, ``<account name>.<Region>``."""
        return f"{self.account_name}.{self.region}"

    def groups(self) -> list[str]:
        """The groups of this host: all cells, its types, its Region, its account."""
        types = (f"drs_{account_type}" for account_type in self.types)
        return ["drs_cells", *types, group_name("region", self.region), group_name("account", self.account_name)]

    def host_vars(self) -> dict[str, Any]:
        """The host variables that are plain data; one that is absent means that the cell has no such thing."""
        optional = {
            "drs_assume_role_arn": self.role_arn,
            "drs_role_session_name": self.role_session_name,
            "drs_source_identity": self.source_identity,
            "drs_profile": self.profile,
            "drs_replicate_to": self.replicate_to,
            "drs_extend_to": self.extend_to,
            "drs_account_display_name": self.display_name,
        }
        return {
            "ansible_connection": "local",
            **self.extra_vars,
            "drs_cell": self.host,
            "drs_account_id": self.account_id,
            "drs_account_name": self.account_name,
            "drs_account_types": list(self.types),
            "drs_region": self.region,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def templates(self) -> dict[str, str]:
        """The host variables that are evaluated when they are used, as Jinja templates.

        The external id is one so that no inventory output ever holds it. The interpreter is the controller's own,
        because the AWS SDK is installed there; an entry may set another.
        """
        templates = {}
        if "ansible_python_interpreter" not in self.extra_vars:
            templates["ansible_python_interpreter"] = "{{ ansible_playbook_python }}"
        if self.external_id_expression:
            templates["drs_external_id"] = "{{ " + self.external_id_expression + " }}"
        return templates


def cells_of(entries: Iterable[Given], regions_by_partition: Mapping[str, frozenset[str]]) -> list[Cell]:
    """Validate account entries and return their cells, in the order of the entries and of their Regions.

    regions_by_partition: the Regions that exist, e.g. {"aws": {"us-west-2", ...}}.

    Raises CellError at the first thing that is wrong.
    """
    read: list[tuple[Cell, Fields]] = []
    places: dict[tuple[str, str], str] = {}
    names = _Names()
    for given in entries:
        fields = Fields(given.entry, given.defaults, regions_by_partition, given.where)
        for cell in _cells_of(fields, given.display_name):
            place = places.get((cell.account_id, cell.region))
            if place:
                raise CellError(
                    f"{given.where}: duplicate cell, account {cell.account_id} in {cell.region} is already given by"
                    f" {place}. List each account and Region once."
                )
            places[cell.account_id, cell.region] = given.where
            names.add(cell, given.where)
            read.append((cell, fields))
    destinations = Destinations(cell for cell, _fields in read)
    return [_with_destinations(cell, fields, destinations) for cell, fields in read]


def one_cell(
    entry: Mapping[str, Any],
    defaults: Mapping[str, Any],
    regions_by_partition: Mapping[str, frozenset[str]],
    where: str,
) -> Cell:
    """The cell of an entry with one Region, by itself. Raises CellError."""
    return _cells_of(Fields(entry, defaults, regions_by_partition, where), None)[0]


def check_composed(names: Iterable[str]) -> None:
    """Refuse compose entries that would falsify a cell, or evaluate its external id into the inventory."""
    for name in names:
        if name in CELL_VARS and name not in COMPOSABLE_VARS:
            raise CellError(f"compose.{name} would replace what the cell says about itself. Use another variable name.")


def _cells_of(fields: Fields, display_name: str | None) -> list[Cell]:
    role_arn = fields.role_arn()
    if role_arn is None:
        fields.refuse_role_keys()
    common: dict[str, Any] = {
        "account_id": fields.account_id(),
        "account_name": fields.account_name(),
        "types": fields.types(),
        "profile": fields.profile(),
        "display_name": display_name,
        "extra_vars": fields.extra_vars(),
    }
    if role_arn is not None:
        common.update(
            role_arn=role_arn,
            external_id_expression=fields.external_id_expression(),
            role_session_name=fields.role_session_name(),
            source_identity=fields.source_identity(),
        )
    return [Cell(region=region, **common) for region in fields.regions()]


def _with_destinations(cell: Cell, fields: Fields, destinations: Destinations) -> Cell:
    name, label, _is_default = fields.destination("replicate_to", "source")
    replicate_to = destinations.replicate_to(cell, name, label)
    name, label, is_default = fields.destination("extend_to", "staging")
    return replace(cell, replicate_to=replicate_to, extend_to=destinations.extend_to(cell, name, label, is_default))


class _Names:
    """One account, one name, one group: otherwise a group or a report would mix two accounts."""

    def __init__(self) -> None:
        self._name_of: dict[str, str] = {}
        self._account_of: dict[str, str] = {}

    def add(self, cell: Cell, where: str) -> None:
        """Remember the name of the cell's account, or raise CellError if it clashes with an earlier one."""
        name = self._name_of.setdefault(cell.account_id, cell.account_name)
        if name != cell.account_name:
            raise CellError(
                f"{where}.name '{cell.account_name}': account {cell.account_id} is already named '{name}'."
                " Use one name per account."
            )
        group = group_name("account", cell.account_name)
        account_id = self._account_of.setdefault(group, cell.account_id)
        if account_id != cell.account_id:
            raise CellError(
                f"{where}.name '{cell.account_name}' gives the group {group}, which account {account_id}"
                f" ('{self._name_of[account_id]}') already has. Use another name."
            )


def group_name(of: str, name: str) -> str:
    """The group of all cells with one account name or Region."""
    return f"drs_{of}_" + re.sub(r"[^A-Za-z0-9_]", "_", name)
