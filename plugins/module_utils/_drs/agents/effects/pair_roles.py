"""Whether the accounts of a source and a replication cell trust each other, before anything is sent to a machine.

The installer works through a role in each of both accounts (DRS user guide, "Adding a trusted account"). Set-up makes
them for each pair that the inventory names; a pair that is new since then lacks them. An account whose IAM cannot be
read says nothing here, and the installation tells.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import iam_kms
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding

IN_SOURCE, IN_REPLICATION = "DRSCrossAccountAgentAuthorizedRole_%s", "DRSCrossAccountAgentRole_%s"

Accounts = tuple[str, str]
Over = Callable[[Callable[[Cell], Any], Mapping[str, Cell]], Mapping[str, Any]]


class Pair(NamedTuple):
    """A source account and the account that its machines replicate into, each with a session and the names of the
    cells that are about the pair."""

    source_account: str
    replication_account: str
    source: Cell
    replication: Cell


def findings(pairs: Iterable[Pair], over: Over) -> list[Finding]:
    """A warning for each pair of accounts that lacks a role, with the command that makes it.

    :param pairs: several cells may be of one pair, which is looked at once.
    :param over: ``Hands.over``.
    """
    by_accounts: dict[Accounts, Pair] = {}
    for one in pairs:
        if one.source_account and one.replication_account and one.source_account != one.replication_account:
            by_accounts.setdefault((one.source_account, one.replication_account), one)
    # a session serves one thread: the two sides are asked one after the other
    there = _missing({key: (one.source, key[0], IN_SOURCE % key[1]) for key, one in by_accounts.items()}, over)
    here = _missing({key: (one.replication, key[1], IN_REPLICATION % key[0]) for key, one in by_accounts.items()}, over)
    names = {key: [*there.get(key, ()), *here.get(key, ())] for key in by_accounts}
    return [_finding(by_accounts[key], some) for key, some in names.items() if some]


def _missing(asked: Mapping[Accounts, tuple[Cell, str, str]], over: Over) -> dict[Accounts, list[str]]:
    """What is missing on one side of pairs: by pair the role and its account, nothing of one that cannot be read.

    :param asked: by pair a cell of the account, the account, and the name of the role.
    """
    cells = {cell.name: cell for cell, _account, _name in asked.values()}

    def look(cell: Cell) -> dict[Accounts, bool]:
        return {key: _has(cell, name) for key, (one, _account, name) in asked.items() if one.name == cell.name}

    answers = over(look, cells)
    known = [one for one in answers.values() if not isinstance(one, DrsError)]
    lacking = [key for one in known for key, has in one.items() if not has]
    return {key: ["%s in account %s" % (asked[key][2], asked[key][1])] for key in lacking}


def _has(cell: Cell, name: str) -> bool:
    try:
        iam_kms.get_role(cell, name)
    except DrsError as exc:
        return exc.code not in ("NoSuchEntity", "NoSuchEntityException")
    return True


def _finding(pair: Pair, missing: list[str]) -> Finding:
    source, replication = pair.source.name, pair.replication.name
    text = "%s replicates into %s, and agents may not do so yet: there is no role %s"
    remedy = "Run `ansible-playbook resilience.drs.setup --limit %s,%s` before the deployment: it makes them."
    return finding(
        WARNING,
        "agent_roles_missing",
        text % (source, replication, " and no role ".join(missing)),
        cell=source,
        remedy=remedy % (source, replication),
    )
