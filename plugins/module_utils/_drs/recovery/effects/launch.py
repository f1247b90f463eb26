"""Launch the servers of one cell, as a drill or as a recovery, once per run.

StartRecovery has no client token, and a second launch of a server wipes what the first one made. So every job carries
run, wave and batch as tags, and a launch always begins by looking for the jobs of its run: a server that one of them
holds is adopted, whether that job still runs or ended long ago. A job that bears the run's tag and does not agree with
the run's record is somebody else's, and a launch whose job DRS no longer lists is a launch all the same (see adoption).
Only the rest is launched, and only after the guards have judged the state of this very moment, and the run store has
said that the run is alive and ours.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import adoption
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import record
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.launch_guard import Guarded
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch, quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import refusals
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import (
    BATCH_TAG,
    EXPIRES_TAG,
    RUN_TAG,
    WAVE_TAG,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AwsData,
    Entry,
    Given,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server


class Launch(Guarded):
    """One request to launch servers of one cell; see Guarded for its parameters."""

    def run(self) -> Result:
        """Launch or adopt; returns {jobs, servers, queued, findings, summary, changed, retried}."""
        self._check_input()
        self.own.record = record.read(self.request, self.cell.name)
        since = self.own.since(self.cell.now, self.request.get("lookback_hours") or 48)
        active = self._adopt(drs.jobs(self.cell, since=since))
        failed = self._without_failed()
        remaining = [one for one in self.servers if one not in self.entries]
        if remaining:
            found = drs.source_servers(self.cell, remaining)
            instances = drs.recovery_instances(self.cell, source_server_ids=[one["source_server_id"] for one in found])
            described = {one["source_server_id"]: one for one in drs.without_ended(self.cell, found, instances)}
            self._take_gone(described, instances)
            if not self.request.get("retry_failed"):
                self.entries = {**failed, **self.entries}
            remaining = [one for one in remaining if one not in self.entries]
        if remaining and self.request.get("adopt_only"):
            for one in remaining:
                self._refuse(one, "run_cancelled", f"{self.servers[one]['name']} was not launched before the end")
        elif remaining:
            self._keep_to_guardrails(remaining)
            startable = self._guard(remaining, described, instances, active)
            pinned = self._points_in_time(startable)
            self._start([one for one in startable if one not in self.entries], pinned, active, since)
        return self._result()

    # -- adoption ------------------------------------------------------------------------------------------------
    def _adopt(self, stored: list[Job]) -> list[Job]:
        """Take over what this run has already started; returns the active jobs of the cell.

        A server in several jobs of the run, because it was tried again, is judged by the newest one.
        """
        self.own.observe(stored)
        for job in self.own.bearing(stored):
            here = [one for one in jobs.server_ids(job) if one in self.servers]
            strange = self.own.mismatches(job)
            if strange:
                self._name_foreign(job, strange, here)
                continue
            if self.own.is_drill(job) != self.drill:
                raise DrsError(
                    "run_id_reused",
                    f"run_id: '{self.request['run_id']}' has job {job['job_id']} in {self.cell.name}, "
                    f"started by {job['initiated_by']}, and cannot be resumed as a {self.request['mode']}",
                )
            self.launched.update(jobs.server_ids(job))
            for source_server_id in here:
                self._take(job, [source_server_id], adopted=True)
        return [job for job in stored if job["active"]]

    def _without_failed(self) -> dict[str, Entry]:
        """Take out the entries that are not settled, and return them: a job that is gone, or is yet to come, may have
        launched what failed. With ``retry_jobs`` a failure of any other job was a try of this command, and stands. What
        the policy counts as launched has not failed, whatever DRS calls it: a retry would wipe a machine that stands.
        """
        retry, only = self.request.get("retry_failed"), self.request.get("retry_jobs")
        if not self.own.record and not retry:
            return {}
        rule = (self.request.get("policy") or {}).get("post_launch") or post_launch.REQUIRED
        failed = {one: entry for one, entry in self.entries.items() if _has_failed(entry, rule)}
        if retry and only is not None:
            failed = {one: entry for one, entry in failed.items() if entry["job_id"] in only}
        self.retried = sorted({str(entry["job_id"]) for entry in failed.values()}) if retry else []
        self.entries = {one: entry for one, entry in self.entries.items() if one not in failed}
        return failed

    def _name_foreign(self, job: Job, reasons: list[str], here: list[str]) -> None:
        """Tell of a job that bears our tag and is not ours, and refuse its servers: a launch would wipe its work."""
        text = f"{self.cell.name}: {adoption.foreign_job_text(job, reasons)}"
        self.findings.append(findings.finding(findings.WARNING, "foreign_job", text))
        for source_server_id in here:
            if source_server_id not in self.entries or self.entries[source_server_id]["outcome"] == outcomes.FAILED:
                self._refuse(source_server_id, "foreign_job", text)

    def _take_gone(self, described: t.Mapping[str, Server], instances: list[RecoveryInstance]) -> None:
        """Judge servers that a job may have launched which DRS no longer lists: they are not launched again."""
        for source_server_id, server in described.items():
            gone = self.own.vanished(source_server_id, server["last_launch"], instances)
            if gone is None or (gone.outcome == outcomes.FAILED and self.request.get("retry_failed")):
                continue
            self.launched.add(source_server_id)
            entry = adoption.entry_of(gone, self.servers[source_server_id], is_drill=self.drill)
            self.entries[source_server_id] = entry

    # -- the effect ----------------------------------------------------------------------------------------------
    def _start(self, ids: list[str], pinned: dict[str, str], active: list[Job], since: datetime) -> None:
        waves: dict[str, list[str]] = {}
        for one in ids:
            waves.setdefault(self.servers[one]["wave"], []).append(one)
        # a job belongs to one wave, so that its tags can say which
        cut = [batch for members in waves.values() for batch in quotas.batches(members, self.limits["servers_per_job"])]
        start, queued = quotas.admit(cut, active, self.limits)
        for batch in queued:
            self._queue(batch)
        for batch in start:
            if self.check_mode:
                for source_server_id in batch:
                    self._put(outcomes.PLANNED, source_server_id)
            else:
                self._launch(batch, pinned, since)

    def _launch(self, ids: list[str], pinned: dict[str, str], since: datetime) -> None:
        """Launch servers of one wave in as few jobs as DRS lets us: a server that it refuses takes no others along."""
        search = refusals.Search(ids)
        for batch in search:
            try:
                job, adopted = self._launch_batch(batch, pinned, since)
            except fence.Fenced as exc:
                for source_server_id in batch:
                    self._put(outcomes.REFUSED, source_server_id, error=exc)
            except DrsError as exc:
                self._not_started(search, batch, since, exc)
            else:
                search.taken()
                self._take(job, batch, adopted=adopted, changed=True)

    def _launch_batch(self, ids: list[str], pinned: dict[str, str], since: datetime) -> tuple[Job, bool]:
        """One job; its batch tag says of which servers, so that a killed search is taken up from the jobs it made."""
        request = self.request
        wave = self.servers[ids[0]]["wave"]
        batch = self.own.new_batch(wave, ids)
        job_tags = {RUN_TAG: request["run_id"], WAVE_TAG: wave, BATCH_TAG: batch}
        if self.drill:
            job_tags[EXPIRES_TAG] = guardrails.expiry(self.guardrails, self.cell.now)
        requests: list[AwsData] = [
            {"sourceServerID": one, "recoverySnapshotID": pinned[one]} if one in pinned else {"sourceServerID": one}
            for one in ids
        ]
        return once(
            find=lambda: jobs.of_batch(drs.jobs(self.cell, since=since), batch),
            act=lambda: self._send(requests, job_tags),
        )

    def _send(self, requests: list[AwsData], job_tags: dict[str, str]) -> Job:
        waves: dict[str, list[str]] = {}
        for source_server_id, server in self.servers.items():
            waves.setdefault(server["wave"], []).append(source_server_id)
        self.fence.check(waves)
        return drs.start_recovery(self.cell, requests, self.drill, job_tags)

    def _not_started(self, search: refusals.Search, ids: list[str], since: datetime, exc: DrsError) -> None:
        """A batch was refused as a whole, which is how DRS refuses: keep what can still go, say why for the rest."""
        if exc.code == "ServiceQuotaExceededException":
            # somebody else's job took the room since we looked
            self._queue(ids)
            return
        if exc.code == "ConflictException":
            self._hold(ids, [job for job in drs.jobs(self.cell, since=since) if job["active"]])
            free = [one for one in ids if one not in self.entries and one not in self.queued]
            if len(free) < len(ids):
                search.again(free)
                return
        for source_server_id in search.refused(ids, exc):
            self._put(outcomes.FAILED, source_server_id, error=exc)

    def _result(self) -> Result:
        for source_server_id in self.queued:
            self._put(outcomes.QUEUED, source_server_id)
        servers = [self.entries[source_server_id] for source_server_id in self.servers]
        if self.fence.down is not None:
            text = f"{self.fence.down}; launched without it: {self.request['store_override']}"
            self.findings.append(findings.finding(findings.WARNING, "run_store_unavailable", text))
        return {
            "jobs": list(self.jobs.values()),
            "servers": servers,
            "queued": self.queued,
            "findings": self.findings,
            "summary": outcomes.summarise(servers),
            "changed": any(entry["changed"] or entry["outcome"] == outcomes.PLANNED for entry in servers),
            "retried": self.retried,
        }


def _has_failed(entry: Entry, rule: str) -> bool:
    """Whether DRS calls the launch failed, and the rule for post-launch actions does not count it as launched."""
    return outcomes.FAILED == entry["outcome"] == post_launch.judged(entry, rule)["outcome"]


def launch(cell: Cell, request: Given, check_mode: bool = False) -> Result:
    """Launch or adopt the servers of ``request`` in ``cell`` and return at once; see Launch."""
    return Launch(cell, request, check_mode).run()
