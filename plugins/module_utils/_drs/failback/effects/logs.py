"""Read the logs of the jobs of a failback, which run on both sides, for the record of the run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.request import Place
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import JobLog
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.job_logs import Logs


class Kept:
    """The logs that the record of a failback does not have yet, by wave.

    :param waves: the records of the waves by name, as they were when the command began.
    """

    def __init__(self, waves: Mapping[str, Mapping[str, Any]]) -> None:
        self._known = {one for wave in waves.values() for one in job_logs.known(wave.get("logs"))}
        self._logs: dict[str, list[JobLog]] = {}

    def read(
        self, wave: str, cell: Cell, originals: Mapping[Place, Cell], results: Iterable[Mapping[str, Any] | None]
    ) -> None:
        """Read the logs of the jobs that have ended in a stage of a wave; one that cannot be read says why.

        :param results: what starting the stage and waiting for it returned in the cell, the later one last.
        """
        jobs = {job["job_id"]: job for one in results for job in as_mapping(one).get("jobs") or ()}
        for job_id, job in jobs.items():
            if job["active"] or job_id in self._known:
                continue
            there = originals.get((job["account_id"], job["region"]), cell)
            log = Logs(there).kept([job_id])
            self._known |= job_logs.known(log)
            self._logs.setdefault(wave, []).extend(log)

    def take(self, wave: str) -> list[JobLog]:
        """The logs of a wave that have been read since this was last asked."""
        return self._logs.pop(wave, [])
