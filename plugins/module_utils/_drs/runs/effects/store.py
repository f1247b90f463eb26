"""The run store: what a run has planned, meant to do and done, kept where another controller finds it.

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

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import DirectoryStore
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_dynamodb import DynamoStore

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
        },
    }
}
"""The option of the C(run_store) documentation fragment."""


class Store(t.Protocol):
    """What a backend does. A RECORD is described in runs/item; versions count from 1."""

    backend: str
    where: str

    def get(self, run_id: str, item: str) -> dict[str, t.Any] | None:
        """The record, None when there is none."""

    def put(
        self,
        run_id: str,
        item: str,
        body: t.Any,
        version: int | None,
        index: t.Mapping[str, t.Any] | None = None,
        expires_at: t.Any = None,
    ) -> int:
        """Write a record whole; returns its new version.

        :param version: the stored version, None when there must be none; otherwise run_store_conflict is raised.
        """

    def delete(self, run_id: str, item: str, version: int) -> None:
        """Remove a record of that version; run_store_conflict when it is another one or gone."""

    def items(self, run_id: str, prefix: str = "") -> list[dict[str, t.Any]]:
        """The records of a run whose item begins so, sorted by item, without those that have expired."""

    def last(self, run_id: str, prefix: str) -> dict[str, t.Any] | None:
        """The record of a run with the greatest item that begins so."""

    def query(self, **asked: t.Any) -> tuple[list[dict[str, t.Any]], str | None]:
        """Records with an index, newest first, and the token for the next page; see runs/item.Query."""


def open_store(options: t.Mapping[str, t.Any] | None = None, now: t.Callable[[], str] = clock.now) -> Store:
    """The store that the options name; nothing is read or made yet.

    :param options: ``backend`` (directory or dynamodb), ``path``, ``table``, ``region``, ``profile``.
    :raises DrsError: invalid_option for options that do not go together.
    """
    given = {key: value for key, value in (options or {}).items() if value not in (None, "")}
    backend = given.pop("backend", "directory")
    allowed = {"directory": ("path",), "dynamodb": ("table", "region", "profile")}.get(backend)
    if allowed is None:
        raise DrsError("invalid_option", f"store.backend: '{backend}' is not one of directory, dynamodb")
    for key in sorted(given):
        if key not in allowed:
            raise DrsError("invalid_option", f"store.{key}: is not for the backend {backend}; leave it out")
    if backend == "directory":
        return DirectoryStore(str(given.get("path") or os.environ.get(PATH) or HOME), now)
    cell = Cell({"region": given.get("region"), "profile": given.get("profile"), "cell": "run store"})
    return DynamoStore(cell, str(given.get("table") or TABLE), now)
