"""Read many records of a run: what both backends of the run store share."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Record, Trouble
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles


class StoreReading:
    """The part of a backend that reads many records at once; the backend says how it reads them."""

    def _items(self, run_id: str, prefix: str) -> tuple[list[Record], list[DrsError]]:
        """The records of a run whose item begins so, and an error for each that cannot be read."""
        raise NotImplementedError

    def items(self, run_id: str, prefix: str = "") -> list[Record]:
        """See Store.items.

        :raises DrsError: that of the first record that cannot be read, or what the backend says.
        """
        records, wrong = self._items(run_id, prefix)
        if wrong:
            raise wrong[0]
        return records

    def readable(self, run_id: str, prefix: str = "") -> tuple[list[Record], list[Trouble]]:
        """See Store.readable: the records, and a Trouble for each of the others.

        :raises DrsError: what the backend says.
        """
        records, wrong = self._items(run_id, prefix)
        return records, troubles.from_errors(wrong)
