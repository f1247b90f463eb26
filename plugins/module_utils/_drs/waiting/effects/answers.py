"""Which cells of a play can be asked, and what those that owe an answer gave: the answer, or why there is none."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

Session = Union[Cell, DrsError]
Sessions = Mapping[str, Optional[Session]]
"""By cell of the play its session, or why there is none; a cell that is not in it was left out of the play."""


def working(sessions: Sessions, names: Iterable[str] | None = None) -> dict[str, Cell]:
    """The cells that have a session: all of the play, or those named, in the order of the names."""
    found = ((name, sessions.get(name)) for name in (sessions if names is None else names))
    return {name: cell for name, cell in found if isinstance(cell, Cell)}


def error_of(sessions: Sessions, answers: Mapping[str, Any], cell: str) -> DrsError | None:
    """Why a cell gave no answer; None when it gave one. A cell that was left out of the play has an unknown outcome."""
    answer = answers.get(cell, sessions.get(cell))
    if answer is None:
        return DrsError("outcome_unknown", "the cell is not in this play, so nothing is known of it")
    return answer if isinstance(answer, DrsError) else None


def result_of(sessions: Sessions, answers: Mapping[str, Any], cell: str) -> dict[str, Any]:
    """The answer of a cell, or its error, as a task would have returned it."""
    error = error_of(sessions, answers, cell)
    return failure(error, cell) if error else answers[cell]


def or_error(answer: Any) -> dict[str, Any]:
    """An answer as a record keeps it: what the cell said, or ``{error}``, the entry of its error."""
    return {"error": outcomes.error_entry(answer)} if isinstance(answer, DrsError) else answer
