"""The run store: plans, intents and results of runs, kept where another controller finds them.

Two backends with one interface. Every write names the version that it read, which makes it a lock as well: of two
writers one is told that the other was there.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.query import Found
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import DirectoryStore
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_dynamodb import DynamoStore
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Head, Index, Record, Trouble

PATH = "RESILIENCE_DRS_STORE"
HOME = "~/.local/state/resilience-drs"
TABLE = "resilience-drs-history"

STORE_SPEC = {
    "store": {
        "type": "dict",
        "default": {},
        "options": {
            "backend": {"type": "str", "choices": ["directory", "dynamodb"], "default": "directory"},
            "path": {"type": "str"},
            "table": {"type": "str"},
            "region": {"type": "str"},
            "profile": {"type": "str"},
            "keep_days": {"type": "int"},
        },
    }
}
"""The option of the C(run_store) documentation fragment."""
KEEP_DAYS = 90
MOST_DAYS = 36500


class Store(t.Protocol):
    """What a backend does. A RECORD is described in runs/item; versions count from 1.

    Whatever reads a record raises run_store_damaged, run_store_foreign or run_store_newer for one that is that; what
    reads many tells them as TROUBLES (see runs/troubles) beside the others.
    """

    backend: str
    where: str
    keep_days: int
    """How many days after its end a run is kept; 0 for ever."""

    def now(self) -> str:
        """The time by the store's clock: that of AWS as its last answer told it, else the controller's."""

    def get(self, run_id: str, item: str) -> Record | None:
        """The record, None when there is none."""

    def put(
        self,
        run_id: str,
        item: str,
        body: t.Any,
        version: int | None,
        index: Index | None = None,
        expires_at: t.Any = None,
    ) -> int:
        """Write a record whole; returns its new version.

        :param version: the stored version, None when there must be none; otherwise run_store_conflict is raised.
        """

    def delete(self, run_id: str, item: str, version: int) -> None:
        """Remove a record of that version; run_store_conflict when it is another one or gone."""

    def items(self, run_id: str, prefix: str = "") -> list[Record]:
        """The records of a run whose item begins so, sorted by item, without those that have expired."""

    def readable(self, run_id: str, prefix: str = "") -> tuple[list[Record], list[Trouble]]:
        """The same as far as they can be read, and the TROUBLES of the others."""

    def last(self, run_id: str, prefix: str) -> Record | None:
        """The record of a run with the greatest item that begins so."""

    def trouble(self, kind: str, run_id: str, item: str, why: str) -> DrsError:
        """What somebody who read a record has found wrong with it, with the place and remedy of this store."""

    def query(self, **asked: t.Any) -> Found:
        """Records with an index, newest first, the token for the next page, and TROUBLES; see runs/query.Query."""

    def remove(self, run_id: str, version: int, keep: t.Callable[[Head], bool]) -> int:
        """Remove a run with all that belongs to it; returns how many records and parts went.

        :param version: of its item run; run_store_conflict when it is another one.
        :param keep: from the head of a record of history, whether it stays.
        """

    def remove_expired(self, before: str) -> int:
        """Remove records that have expired, at least those that began before; returns how many."""

    def removed_at(self) -> str | None:
        """When runs were last removed here by their age."""

    def note_removal(self, at: str) -> None:
        """Note that they were."""


def usual_path() -> str:
    """Where the runs of this user are when nobody says where, as it was typed: it may begin with ``~``."""
    return os.environ.get(PATH) or HOME


def open_store(options: Given | None = None, now: t.Callable[[], str] | None = None) -> Store:
    """The store that the options name; nothing is read or made yet.

    :param options: ``backend`` (directory or dynamodb), ``path``, ``table``, ``region``, ``profile``, ``keep_days``.
    :param now: tells the time instead of the store's own clock.
    :raises DrsError: invalid_option for options that do not go together.
    """
    given = {key: value for key, value in (options or {}).items() if value not in (None, "")}
    backend = given.pop("backend", "directory")
    days = given.pop("keep_days", KEEP_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= MOST_DAYS:
        raise DrsError("invalid_option", f"store.keep_days: {days} is not a number from 0 (for ever) to {MOST_DAYS}")
    allowed = {"directory": ("path",), "dynamodb": ("table", "region", "profile")}.get(backend)
    if allowed is None:
        raise DrsError("invalid_option", f"store.backend: '{backend}' is not one of directory, dynamodb")
    for key in sorted(given):
        if key not in allowed:
            raise DrsError("invalid_option", f"store.{key}: is not for the backend {backend}; leave it out")
    problems: DirectoryStore | DynamoStore
    if backend == "directory":
        problems = DirectoryStore(str(given.get("path") or usual_path()), now)
    else:
        cell = Cell({"region": given.get("region"), "profile": given.get("profile"), "cell": "run store"})
        problems = DynamoStore(cell, str(given.get("table") or TABLE), now)
    problems.keep_days = days
    return problems
