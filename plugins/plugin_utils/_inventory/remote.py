"""Read accounts from AWS: the sources of an inventory file, and the display names of accounts.

``Access`` is what session.Cell is made of: the cell and the value of its external id, which nothing here writes down.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import directory
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import session
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import pool
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.sources import Organization, Parameter
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Account

Secret = Callable[[Cell], "str | None"]
Tell = Callable[[str, bool], None]


def connect(cell: Cell, external_id: str | None) -> session.Cell:
    """The session of a cell; it calls nothing yet."""
    return session.Cell(
        {
            "cell": cell.host,
            "region": cell.region,
            "profile": cell.profile,
            "assume_role_arn": cell.role_arn,
            "external_id": external_id,
            "role_session_name": cell.role_session_name,
            "source_identity": cell.source_identity,
        }
    )


def parameter_text(source: Parameter, secret: Secret) -> str:
    """The text of a parameter. Raises DrsError."""
    return directory.parameter(connect(source.reader, secret(source.reader)), source.name)


def organization_accounts(source: Organization, secret: Secret) -> list[Account]:
    """The accounts of an organisation or of its units: {account_id, name, status}. Raises DrsError."""
    cell = connect(source.reader, secret(source.reader))
    if not source.ou_ids:
        return directory.all_accounts(cell)
    return [one for ou_id in source.ou_ids for one in directory.accounts_below(cell, ou_id, source.recursive)]


def display_names(
    cells: Iterable[Cell], given_names: Mapping[str, str], reader: Cell, secret: Secret, workers: int, tell: Tell
) -> tuple[dict[str, str], bool]:
    """What people call each account: its name in Organizations, else its IAM alias, else its id. Never fails.

    given_names: names by account id that are known already. reader: as whom Organizations is asked, once for all
    accounts. An alias is asked for in the account itself, in one of its cells. tell: is told of each gap in one
    sentence, and whether it may be gone soon.

    Returns the names by account id, and whether they are complete: an answer in place of a service that was only out
    of reach must not be kept. One that refuses leaves them complete, for it will refuse the next time.
    """
    cells_by_account = {cell.account_id: cell for cell in cells}
    names = {account_id: name for account_id, name in given_names.items() if account_id in cells_by_account and name}
    complete = True

    def gap(where: str, service: str, problem: Exception) -> None:
        nonlocal complete
        error: Exception = problem
        if not isinstance(error, DrsError):
            error = DrsError("internal_error", f"{type(problem).__name__}: {problem}")
        complete = complete and not error.retryable
        tell(gaps.line(where, gaps.of_error(service, gaps.OF_NAMES, error)), error.retryable)

    if len(names) < len(cells_by_account):
        try:
            listed = directory.all_accounts(connect(reader, secret(reader)), brief=True)
            names = {**{one["account_id"]: one["name"] for one in listed if one["name"]}, **names}
        except DrsError as error:
            gap("display_names", "Organizations", error)
    missing = [(cell, secret(cell)) for account_id, cell in cells_by_account.items() if account_id not in names]
    aliases = pool.run(missing, lambda one: directory.alias(connect(*one)), workers, None)
    for (cell, _secret), alias in zip(missing, aliases):
        if alias.error:
            gap("account %s" % cell.account_id, "IAM", alias.error)
        names[cell.account_id] = alias.value or cell.account_id
    return {account_id: names[account_id] for account_id in cells_by_account}, complete
