"""Tables of states: whether an item is done, in progress or failed, and so whether a wait is over."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, names

# What a table says of a state: the item is where it should be, somebody has to look again, or it never gets there.
DONE = "done"
GOING_ON = "going on"
FAILED = "failed"

Table = Mapping[str, str]
Some = TypeVar("Some", bound=AnyServer)


def of_outcomes(done: Iterable[str], going_on: Iterable[str]) -> Table:
    """The table of a wait whose items are result entries: every outcome that is in neither list is a failure."""
    table: dict[str, str] = dict.fromkeys(map(str, outcomes.OUTCOMES), FAILED)
    return {**table, **dict.fromkeys(done, DONE), **dict.fromkeys(going_on, GOING_ON)}


def is_over(states: Iterable[str], table: Table) -> bool:
    """Whether no item goes on; a wait for nothing is over."""
    return all(table[one] != GOING_ON for one in states)


def not_done(entries: Iterable[Some], table: Table) -> list[Some]:
    """The result entries that are not where they should be."""
    return [one for one in entries if table[one["outcome"]] != DONE]


def has_failed(entries: Sequence[AnyServer], table: Table, fail_on: str) -> bool:
    """Whether a wait counts as failed: ``any`` entry that is not done, or ``all`` of them; ``never`` otherwise."""
    bad = not_done(entries, table)
    if fail_on == "never" or not bad:
        return False
    return fail_on == "any" or len(bad) == len(entries)


def failure(cell: str, entries: Sequence[AnyServer], table: Table, noun: str, what: str) -> str:
    """One sentence for a wait that failed: of how many (``noun``) how many did ``what``, and the first reasons."""
    bad = not_done(entries, table)
    lines = [f"{one['name']}: {one['outcome']}" + (f" ({one['error']['code']})" if one["error"] else "") for one in bad]
    return f"{cell}: {len(bad)} of {count(len(entries), noun)} {what}: {names(lines, 5, 400)}"
