"""Read a task's result of a cell: the entries of its servers, or its error."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Error, Result


def entries_of(started: Result | None, waited: Result | None) -> list[Entry]:
    """The server entries of a cell: those after the wait, else those before it."""
    for result in (waited, started):
        if result and result.get("servers") is not None:
            return result["servers"]
    return []


def error_of(result: Result | None, key: str) -> Error | None:
    """The error of a task that returned no ``key``, None when it did or was skipped."""
    if not result or result.get(key) is not None or result.get("skipped"):
        return None
    return result.get("error") or outcomes.error_entry(DrsError("internal_error", str(result.get("msg") or "")))
