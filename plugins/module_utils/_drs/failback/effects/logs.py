"""Read the logs of the jobs of a failback, which run on both sides, for the record of the run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
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
        self._places: dict[str, Place] = {}
        """By job where it runs, as far as it was seen."""

    def read(
        self, wave: str, cell: Cell, originals: Mapping[Place, Cell], results: Iterable[Mapping[str, Any] | None]
    ) -> None:
        """Read the logs of the jobs that have ended in a stage of a wave; one that cannot be read says why.

        :param results: what starting the stage and waiting for it returned in the cell, the later one last.
        """
        told = [one for one in results if one]
        jobs = {job["job_id"]: job for one in told for job in one.get("jobs") or ()}
        self._places.update({job_id: (job["account_id"], job["region"]) for job_id, job in jobs.items()})
        ended = {job_id for job_id, job in jobs.items() if not job["active"]}
        # a server that has arrived is asked for its job no more, which was last seen while it ran
        servers = (told[-1].get("servers") or ()) if told else ()
        moving = {one["job_id"] for one in servers if one["outcome"] in outcomes.OPEN_OUTCOMES}
        ended |= {one["job_id"] for one in servers if one["job_id"]} - moving
        # where nothing moves any longer no job of the stage does
        ended |= set(jobs) if servers and not moving else set()
        for job_id in sorted(map(str, ended - self._known)):
            there = originals.get(self._places.get(job_id, ("", "")), cell)
            log = Logs(there).kept([job_id])
            self._known |= job_logs.known(log)
            self._logs.setdefault(wave, []).extend(log)

    def take(self, wave: str) -> list[JobLog]:
        """The logs of a wave that have been read since this was last asked."""
        return self._logs.pop(wave, [])
