"""Read the machines of many cells at once, and name the cells that could not be read."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import with_remedy
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import pool
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.machines import CELL_TYPES

Record = dict[str, Any]
Secret = Callable[[Cell], "str | None"]


@dataclass
class Fleet:
    """What was read: RECORDs by kind, and an entry for each cell and kind that could not be read."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    unreadable: list[dict[str, Any]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything could be read."""
        return not self.unreadable

    def knows_all(self, kind: str) -> bool:
        """Whether all records of one kind are known. Where DRS was never initialised there are none."""
        return not any(
            one["kind"] == kind and one["code"] != "UninitializedAccountException" for one in self.unreadable
        )

    def is_unread(self, kind: str) -> bool:
        """Whether one kind could be read in none of its cells."""
        return kind not in self.records and any(one["kind"] == kind for one in self.unreadable)


def read(
    cells: Sequence[Cell],
    kinds: Iterable[str],
    queries: Callable[[Cell], Mapping[str, Any]],
    secret: Secret,
    workers: int,
    timeout: float,
) -> Fleet:
    """Read kinds of records in the cells of their types, each cell and kind by itself; never raises for one of them.

    queries: the query of a cell, see fleet.read. timeout: seconds for everything.
    """
    # boto3 and amazon.aws are loaded only when something is called, not for what the cache has
    from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import fleet
    from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.remote import connect

    work = [(cell, kind) for kind in kinds for cell in cells if set(cell.types).intersection(CELL_TYPES[kind])]
    result = Fleet()
    secrets: dict[str, str | None | DrsError] = {}
    for cell, _kind in work:
        if cell.host not in secrets:
            try:
                secrets[cell.host] = secret(cell)
            except DrsError as error:
                secrets[cell.host] = error
    # the models of the services are loaded once, before the threads would all do it
    fleet.warm(kind for cell, kind in work if not isinstance(secrets[cell.host], DrsError))

    def one(item: tuple[Cell, str]) -> list[Record]:
        cell, kind = item
        external_id = secrets[cell.host]
        if isinstance(external_id, DrsError):
            raise external_id
        # a session of its own for each thread: boto3's are not made to be shared
        return cast("list[Record]", fleet.read(connect(cell, external_id), kind, dict(queries(cell))))

    for (cell, kind), done in zip(work, pool.run(work, one, workers, timeout)):
        if done.finished and not done.error:
            result.records.setdefault(kind, []).extend(done.value or [])
        else:
            result.unreadable.append(_unreadable(cell, kind, done.error, timeout))
    return result


def _unreadable(cell: Cell, kind: str, error: Exception | None, timeout: float) -> dict[str, Any]:
    if error is None:
        failure: Exception = DrsError("cell_unreadable", f"{cell.host} did not answer in {timeout:g} seconds")
    else:
        failure = error
    if not isinstance(failure, DrsError):
        # a flaw of ours must not hide the other cells either; its type and place say enough to report it
        failure = DrsError("internal_error", f"{type(failure).__name__}: {failure}")
    return {
        "cell": cell.host,
        "account_id": cell.account_id,
        "account_name": cell.account_name,
        "region": cell.region,
        "assume_role_arn": cell.role_arn,
        "kind": kind,
        "code": failure.code,
        "message": failure.message,
        "cause": failure.cause,
        "remedy": failure.remedy,
    }


def unread_lines(unreadable: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each cell that was not read: place, what was read there, as whom, why. A remedy stands in the first.

    :param unreadable: as in Fleet.
    """
    lines, told = [], set()
    for one in unreadable:
        text = f"{one['cell']} ({one['kind']}, account {one['account_id']}, role {one['assume_role_arn'] or 'none'}): "
        text += f"{one['code']}: {one['message']}"
        # many cells fail alike, and the same advice below each of them buries the names
        lines.append(text if one["remedy"] in told else with_remedy(text, one["remedy"]))
        told.add(one["remedy"])
    return lines
