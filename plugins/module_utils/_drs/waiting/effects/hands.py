"""What work over all cells needs of the process that it runs in: a pool, one wait, the terminal."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Optional, Protocol

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait

Follow = Callable[[str, Any, float], Optional[Mapping[str, Wait]]]
"""Told of a wait that has ended: its name, its result or DrsError, and the seconds since all began. Returns what is
waited for as well from now on, by name, or None to leave the others."""


class Hands(Protocol):
    """What a walk needs of the process that it runs in."""

    def over(
        self, work: Callable[[Cell], Any], cells: Mapping[str, Cell], at_once: int | None = None
    ) -> dict[str, Any]:
        """Do something in every cell, so many at once: by cell the result, or the DrsError."""

    def wait(self, waits: Mapping[str, Wait], follow: Follow | None = None) -> dict[str, Any]:
        """Wait for many things together, one a cell or one a name: by that the result, or the DrsError."""

    def say(self, line: str) -> None:
        """Print a line of progress at once."""

    def show(self, kind: str, data: Mapping[str, Any]) -> None:
        """Print a page."""
