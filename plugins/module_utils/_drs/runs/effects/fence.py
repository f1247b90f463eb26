"""The fence: check the run store right before an effect; it fails closed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import leaving
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store

DOWN = leaving.DOWN
"""What a declared disaster may continue without."""


class Fenced(DrsError):
    """The run store says no to an effect, or cannot say yes; nothing was sent."""


class Fence:
    """The look into the run store right before an effect: is the run alive, is it ours, is this in its plan?

    :param request: ``store``, ``run_epoch`` (no fence without it), ``run_id``, ``store_override`` (why to continue
        when the store is down).
    :param cell: name of the cell.
    """

    def __init__(self, request: t.Mapping[str, t.Any], cell: str) -> None:
        self.request = request
        self.cell = cell
        self.down: DrsError | None = None
        """Why the store could not be asked, when the effect was made all the same."""

    def check(self, waves: t.Mapping[str, t.Sequence[str]] | None = None) -> None:
        """Refuse the effect unless everything holds.

        waves: the servers of each wave that the request is about, in this cell, whole; None to terminate.

        :raises Fenced: a DrsError with the code of what does not hold; never worth repeating by itself.
        """
        epoch = self.request.get("run_epoch")
        if epoch is None:
            return
        try:
            store = open_store(self.request.get("store"))
            step = lifecycle.Run(store, self.request)
            run = step.current_run()
            run_record.check_epoch(run, epoch)
            for wave, ids in (waves or {}).items():
                run_record.check_effect(run, epoch, wave, self.cell, ids)
                for gate in run_record.gates_before(run, wave):
                    lifecycle.check_approval(store, run, gate, step.now)
        except DrsError as exc:
            if exc.code in DOWN and self.request.get("store_override"):
                self.down = exc
                return
            raise Fenced(exc.code, exc.message, remedy=exc.remedy, retryable=False, details=exc.details) from None
