"""The two sides of a failback, as one role works in them: the recovery cells, and of each the original cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.pairs import Place


class Cells(NamedTuple):
    """``sessions``: by recovery cell its session, or why there is none; ``originals``: by recovery cell those of the
    original cells of its servers."""

    sessions: Mapping[str, Any]
    originals: Mapping[str, dict[Place, Cell]]

    def every(self) -> Iterator[Cell]:
        """Every session that there is."""
        yield from (one for one in self.sessions.values() if isinstance(one, Cell))
        for cells in self.originals.values():
            yield from cells.values()
