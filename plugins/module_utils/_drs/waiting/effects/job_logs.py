"""Read the logs of jobs once: for the reasons of failures, and to be kept with the record of a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import JobEvent
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import JobLog

# A reason may hold the whole output of a tool; the evidence needs its begin.
REASON = 1000


class Logs:
    """The logs of the jobs of one cell, each asked for once however many need it."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self._read: dict[str, list[JobEvent] | DrsError] = {}

    def events(self, job_id: str) -> list[JobEvent]:
        """The events of a job, oldest first, as ``aws/drs.job_log`` has them.

        :raises DrsError: what DRS said.
        """
        if job_id not in self._read:
            try:
                self._read[job_id] = drs.job_log(self.cell, job_id)
            except DrsError as exc:
                self._read[job_id] = exc
        found = self._read[job_id]
        if isinstance(found, DrsError):
            raise found
        return found

    def kept(self, job_ids: t.Iterable[str]) -> list[JobLog]:
        """The logs of jobs that have ended, as the record of a run keeps them; one that cannot be read, or in which
        nothing stands, is kept with its error: that a log is missing must not look like a job without events."""
        return [self._kept(one) for one in job_ids]

    def _kept(self, job_id: str) -> JobLog:
        told: JobLog = {
            "cell": self.cell.name,
            "job_id": job_id,
            "read_at": second(self.cell.now),
            "error": None,
            "events": [],
        }
        try:
            events = self.events(job_id)
            if not events:
                raise DrsError("job_log_empty", f"{job_id}: DRS returned no event of it, though it has ended")
        except DrsError as exc:
            return {**told, "error": {"code": exc.code, "message": clean(exc.message, 300)}}
        rows = [[one["time"], one["event"], one["source_server_id"], _reason(one)] for one in events]
        return {**told, "events": [row if row[3] else row[:3] for row in rows]}


def _reason(event: JobEvent) -> str | None:
    return clean(event["raw_error"], REASON) if event["raw_error"] else None
