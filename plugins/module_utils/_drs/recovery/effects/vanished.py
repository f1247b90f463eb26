"""Determine the outcome of servers whose job DRS stopped listing during a wait."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import adoption

SETTLE = 120.0
"""Seconds after which a job that was started should be listed; DRS may need a moment for it."""


class Vanished:
    """The jobs of one wait that DRS lists no longer.

    A job that a look has shown and another one does not is gone; it is asked for once more before that is believed. One
    that no look has shown may not be listed yet: it is gone when something else says what became of its servers.

    :param cell: where. :param started: the jobs as the launch returned them.
    """

    def __init__(self, cell: Cell, started: Iterable[Job]) -> None:
        self.cell = cell
        self.gone: set[str] = set()
        self._known = {job["job_id"]: job for job in started}
        self._shown: set[str] = set()

    def judge(self, entries: list[Entry], asked: Iterable[str], listed: Iterable[Job], elapsed: float) -> list[Entry]:
        """The entries, those of jobs that are gone as the last launch and the instances have them.

        :param asked: ids of the jobs that were asked for. :param listed: what DRS answered. :param elapsed: seconds.
        :raises DrsError: when what stands cannot be read.
        """
        shown = {job["job_id"]: job for job in listed}
        self._known.update(shown)
        self._shown.update(shown)
        doubtful = [one for one in asked if one not in shown and (one in self._shown or self._is_old(one, elapsed))]
        if not doubtful:
            return entries
        again = {job["job_id"] for job in drs.jobs(self.cell, doubtful)}
        doubtful_entries = self._told(entries, set(doubtful) - again)
        unsure = {
            one["job_id"] for one in doubtful_entries.values() if one["error"] and one["error"]["code"] == "job_gone"
        }
        sure = {one["job_id"] for one in doubtful_entries.values()} - unsure
        self.gone |= (set(doubtful) - again) & (self._shown | sure)
        return [doubtful_entries.get(id(one), one) if one["job_id"] in self.gone else one for one in entries]

    def _is_old(self, job_id: str, elapsed: float) -> bool:
        """Whether a job has been there so long that DRS should list it."""
        created = parse_time(self._known[job_id]["created_at"]) if job_id in self._known else None
        now = self.cell.service_time()
        return elapsed > SETTLE if created is None or now is None else (now - created).total_seconds() > SETTLE

    def _told(self, entries: list[Entry], gone: Collection[str]) -> dict[int, Entry]:
        """What became of the servers of jobs that are gone: new entries by the identity of the old ones."""
        mine = [one for one in entries if one["job_id"] in gone and one["outcome"] in outcomes.OPEN_OUTCOMES]
        if not mine:
            return {}
        ids = sorted({str(one["source_server_id"]) for one in mine})
        instances = drs.recovery_instances(self.cell, source_server_ids=ids)
        last = {one["source_server_id"]: one["last_launch"] for one in drs.source_servers(self.cell, ids)}
        standing = {one["recovery_instance_id"] for one in instances}
        result = {}
        for one in mine:
            job = self._known.get(str(one["job_id"]))
            if job is not None and job["type"] == jobs.TERMINATE:
                result[id(one)] = _terminated(one, standing)
                continue
            server = str(one["source_server_id"])
            verdict = adoption.of_vanished(server, one, None, bool(one["is_drill"]), (), last.get(server), instances)
            if verdict is not None:
                result[id(one)] = adoption.entry_of(verdict, one, adopted=one["adopted"])
        return result


def _terminated(one: Entry, standing: Collection[str]) -> Entry:
    if one["recovery_instance_id"] not in standing:
        return outcomes.server_entry(outcomes.TERMINATED, one)
    text = f"{one['name']}: DRS no longer lists job {one['job_id']}, and {one['recovery_instance_id']} is still there"
    return outcomes.server_entry(outcomes.UNKNOWN, one, error=DrsError("job_gone", text))


def line(label: str, entries: Iterable[Entry], gone: Collection[str]) -> str:
    """What to say of jobs that have vanished."""
    said = [f"{one['name']} {one['outcome']}" for one in entries if one["job_id"] in gone]
    return "[%s] %s: no longer listed by DRS, judged by what stands: %s" % (
        clean(label, 80),
        names(sorted(gone), 3),
        names(said, 10) or "nothing",
    )
