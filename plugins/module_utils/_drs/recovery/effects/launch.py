"""Launching the servers of one cell, as a drill or as a recovery, once per run.

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

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.effects import drill_isolation
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import launch_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import adoption
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import record
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import replication_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
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
    AnyServer,
    AwsData,
    Entry,
    Finding,
    Given,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server

DRILL = "drill"
NAME_KEYS = ("source_server_id", "name", "arn", "account_id", "application", "critical")
"""What the caller may say of a server; everything else is read or found out here."""


class Launch:
    """One request to launch servers of one cell.

    :param cell: where.
    :param request: ``mode`` (drill or recovery), ``run_id``, ``wave``, ``servers`` [{source_server_id, ...names, and
        where it differs from the request its own ``wave`` and ``wanted_point_in_time``}], ``point_in_time``,
        ``policy``, ``replace_recovery_instance_ids``, ``limits``, ``guardrails``, ``override_reason``,
        ``lookback_hours``; ``store``, ``run_epoch``, ``store_override`` for the fence; ``adopt_job_ids``: jobs that a
        person says are the run's; ``record`` {run, waves}: what the store holds of the run, when it is at hand;
        ``adopt_only``: launch nothing, for a run that was cancelled.
    :param check_mode: say what would be done; call nothing that changes anything.
    """

    def __init__(self, cell: Cell, request: Given, check_mode: bool = False) -> None:
        self.cell = cell
        self.request = request
        self.check_mode = check_mode
        self.drill = request["mode"] == DRILL
        self.servers = {server["source_server_id"]: self._named(server) for server in request["servers"]}
        self.points = {
            server["source_server_id"]: server.get("wanted_point_in_time") or request.get("point_in_time") or "latest"
            for server in request["servers"]
        }
        self.entries: dict[str, Entry] = {}
        self.jobs: dict[str, Job] = {}
        self.queued: list[str] = []
        self.findings: list[Finding] = []
        self.own = adoption.Ownership(
            request["run_id"],
            cell.name,
            self.drill,
            {one: server["wave"] for one, server in self.servers.items()},
            request.get("adopt_job_ids") or (),
        )
        self.launched: set[str] = set()
        self.limits = quotas.limits(request.get("limits") or {})
        self.fence = fence.Fence(request, cell.name)
        self.guardrails = guardrails.resolve(request.get("guardrails"), request.get("override_reason"), request["mode"])

    def _named(self, server: AnyServer) -> dict[str, t.Any]:
        # a server named by its id alone still gets a place in results
        names = {
            "name": server["source_server_id"],
            "region": self.cell.region,
            "critical": True,
            **{key: value for key, value in server.items() if value is not None and key in NAME_KEYS},
        }
        return {**names, "cell": self.cell.name, "wave": str(server.get("wave") or self.request["wave"])}

    def run(self) -> Result:
        """Launch or adopt; returns {jobs, servers, queued, findings, summary, changed}."""
        self._check_input()
        self.own.record = record.read(self.request, self.cell.name)
        since = self.own.since(self.cell.now, self.request.get("lookback_hours") or 48)
        active = self._adopt(drs.jobs(self.cell, since=since))
        failed = self._without_failed()
        remaining = [one for one in self.servers if one not in self.entries]
        if remaining:
            described = {one["source_server_id"]: one for one in drs.source_servers(self.cell, remaining)}
            instances = drs.recovery_instances(self.cell, source_server_ids=list(described))
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

    # -- before anything is sent ---------------------------------------------------------------------------------
    def _check_input(self) -> None:
        drill_network.guardrail(self.request.get("drill_network"))
        ids = [server["source_server_id"] for server in self.request["servers"]]
        problems = duplicate_ids(ids)
        typed = {"recovery_instance": "replace_recovery_instance_ids", "job": "adopt_job_ids"}
        for kind, given in {"source_server": ids, **{key: self.request.get(typed[key]) for key in typed}}.items():
            for one in given or ():
                problems += valid_id(kind, one)
        if problems:
            raise findings.refusal(problems)

    def _adopt(self, stored: list[Job]) -> list[Job]:
        """Take over what this run has already started; returns the active jobs of the cell.

        A server in several jobs of the run, because it was tried again, is judged by the newest one.
        """
        self.own.see(stored)
        for job in self.own.bearing(stored):
            here = [one for one in jobs.server_ids(job) if one in self.servers]
            strange = self.own.against(job)
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
        launched what failed."""
        if not self.own.record and not self.request.get("retry_failed"):
            return {}
        failed = {one: entry for one, entry in self.entries.items() if entry["outcome"] == outcomes.FAILED}
        self.entries = {one: entry for one, entry in self.entries.items() if one not in failed}
        return failed

    def _name_foreign(self, job: Job, reasons: list[str], here: list[str]) -> None:
        """Tell of a job that bears our tag and is not ours, and refuse its servers: a launch would wipe its work."""
        text = f"{self.cell.name}: {adoption.told(job, reasons)}"
        self.findings.append(findings.finding(findings.WARNING, "foreign_job", text))
        for source_server_id in here:
            if source_server_id not in self.entries or self.entries[source_server_id]["outcome"] == outcomes.FAILED:
                self._refuse(source_server_id, "foreign_job", text)

    def _take_gone(self, described: t.Mapping[str, Server], instances: list[RecoveryInstance]) -> None:
        """Judge servers that a job may have launched which DRS no longer lists: they are not launched again."""
        for source_server_id, server in described.items():
            gone = self.own.gone(source_server_id, server["last_launch"], instances)
            if gone is None or (gone.outcome == outcomes.FAILED and self.request.get("retry_failed")):
                continue
            self.launched.add(source_server_id)
            entry = adoption.entry_of(gone, self.servers[source_server_id], is_drill=self.drill)
            self.entries[source_server_id] = entry

    def _keep_to_guardrails(self, remaining: list[str]) -> None:
        """Refuse the launch when a guardrail stands against it at this moment.

        This is one cell: what its account and its part of a wave hold is counted here again, the whole run in the plan.
        """
        waves: dict[str, list[AnyServer]] = {}
        for source_server_id in {*self.launched, *remaining}:
            # of what earlier waves launched only the number matters: each was held against the guardrails in its turn
            wave = self.servers[source_server_id]["wave"] if source_server_id in self.servers else source_server_id
            waves.setdefault(wave, []).append({"account_id": self.cell.name})
        held = [{"wave": wave, "servers": servers} for wave, servers in waves.items()]
        blocking, _overrides = guardrails.judge(self.guardrails, self.request["mode"], held, self.cell.now)
        self.findings += blocking
        if findings.errors_of(blocking):
            raise findings.refusal(blocking)

    def _guard(
        self, ids: list[str], described: dict[str, Server], instances: list[RecoveryInstance], active: list[Job]
    ) -> list[str]:
        """Judge the state of this moment: refuse all for a live recovery, single servers for their own reasons."""
        for source_server_id in ids:
            if source_server_id not in described:
                self._refuse(source_server_id, "unknown_id", f"{source_server_id} is not in {self.cell.name}")
        present = [described[one] for one in ids if one in described]
        fatal = launch_checks.live_recovery(
            present, instances, self.request["mode"], self.request.get("replace_recovery_instance_ids") or []
        )
        self.findings += fatal
        if findings.errors_of(fatal):
            raise findings.refusal(fatal)
        for server in present:
            self.servers[server["source_server_id"]].update(
                {key: server[key] for key in ("arn", "account_id", "name") if server.get(key)}
            )
        mine = [server["source_server_id"] for server in present]
        singular = replication_policy.replication_ready(
            present,
            self.request.get("policy"),
            self.request["mode"],
            tags.resolve_keys(self.request.get("tag_keys")),
        )
        self.findings += singular
        for finding in findings.errors_of(singular):
            if finding["source_server_id"] is None:
                raise findings.refusal(singular)
            self._refuse(str(finding["source_server_id"]), finding["code"], finding["message"])
        if self.drill:
            self._isolate([server for server in present if server["source_server_id"] not in self.entries])
        self._hold(mine, active)
        return [one for one in mine if one not in self.entries and one not in self.queued]

    def _isolate(self, servers: list[Server]) -> None:
        """Refuse a drill in a network that is not for drills; without that guardrail nothing is read."""
        wrong = drill_isolation.check(self.cell, servers, self.request.get("drill_network"))
        self.findings += wrong
        for finding in findings.errors_of(wrong):
            if finding["source_server_id"] not in self.entries:
                self._refuse(str(finding["source_server_id"]), finding["code"], finding["message"])

    def _hold(self, ids: list[str], active: list[Job]) -> None:
        """Queue behind a job that only cleans up; adopt our own launch; refuse behind somebody else's, naming it."""
        held = jobs.holding(active)
        for source_server_id in ids:
            job = held.get(source_server_id)
            if job is None or source_server_id in self.entries:
                continue
            launching = job["type"] == jobs.LAUNCH
            ours = self.own.owns(job)
            if launching and ours and jobs.outcome_of(job, source_server_id) != outcomes.FAILED:
                # another controller of this very run was there between our look and our launch
                self._take(job, [source_server_id], adopted=True)
            elif launching and not ours:
                self._refuse(
                    source_server_id,
                    "server_in_active_job",
                    f"{self.servers[source_server_id]['name']} is in job {job['job_id']} "
                    f"({job['initiated_by']}, run {job['run_id'] or 'unknown'})",
                )
            else:
                self._queue([source_server_id])

    def _points_in_time(self, ids: list[str]) -> dict[str, str]:
        """Choose a point in time for each server that is not to be launched from the latest data."""
        pinned: dict[str, str] = {}
        for source_server_id in ids:
            point = self.points[source_server_id]
            if point == "latest":
                continue
            until = None if point == "latest_available" else point
            snapshots = drs.recovery_snapshots(self.cell, source_server_id, until)
            snapshot_id, timestamp, problem = points_in_time.choose_snapshot(snapshots, point)
            if snapshot_id is None and until is not None:
                # there may be newer ones: they are told, and never used
                everything = drs.recovery_snapshots(self.cell, source_server_id)
                snapshot_id, timestamp, problem = points_in_time.choose_snapshot(everything, point)
            if snapshot_id is None:
                self._refuse(source_server_id, "no_point_in_time", problem or "")
                continue
            pinned[source_server_id] = snapshot_id
            self.servers[source_server_id]["point_in_time"] = timestamp
        return pinned

    # -- the effect ----------------------------------------------------------------------------------------------
    def _start(self, ids: list[str], pinned: dict[str, str], active: list[Job], since: t.Any) -> None:
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
                self._launch_batch(batch, pinned, since)

    def _launch_batch(self, ids: list[str], pinned: dict[str, str], since: t.Any) -> None:
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
        try:
            job, adopted = once(
                find=lambda: jobs.of_batch(drs.jobs(self.cell, since=since), batch),
                act=lambda: self._send(requests, job_tags),
            )
        except fence.Fenced as exc:
            for source_server_id in ids:
                self._put(outcomes.REFUSED, source_server_id, error=exc)
        except DrsError as exc:
            self._not_started(ids, pinned, since, exc)
        else:
            self._take(job, ids, adopted=adopted, changed=True)

    def _send(self, requests: list[AwsData], job_tags: dict[str, str]) -> Job:
        waves: dict[str, list[str]] = {}
        for source_server_id, server in self.servers.items():
            waves.setdefault(server["wave"], []).append(source_server_id)
        self.fence.check(waves)
        return drs.start_recovery(self.cell, requests, self.drill, job_tags)

    def _not_started(self, ids: list[str], pinned: dict[str, str], since: t.Any, exc: DrsError) -> None:
        """A batch was refused as a whole, which is how DRS refuses: keep what can still go, say why for the rest."""
        if exc.code == "ServiceQuotaExceededException":
            # somebody else's job took the room since we looked
            self._queue(ids)
            return
        if exc.code == "ConflictException":
            before = len(ids)
            self._hold(ids, [job for job in drs.jobs(self.cell, since=since) if job["active"]])
            free = [one for one in ids if one not in self.entries and one not in self.queued]
            if free and len(free) < before:
                self._launch_batch(free, pinned, since)
                return
            ids = free
        for source_server_id in ids:
            self._put(outcomes.FAILED, source_server_id, error=exc)

    # -- book-keeping --------------------------------------------------------------------------------------------
    def _put(self, outcome: outcomes.Outcome, source_server_id: str, **values: t.Any) -> None:
        self.entries[source_server_id] = outcomes.server_entry(
            outcome, self.servers[source_server_id], is_drill=self.drill, **values
        )

    def _refuse(self, source_server_id: str, code: str, message: str) -> None:
        self._put(outcomes.REFUSED, source_server_id, error=DrsError(code, message))

    def _queue(self, ids: t.Iterable[str]) -> None:
        self.queued += [one for one in ids if one not in self.queued]

    def _take(self, job: Job, ids: list[str], adopted: bool, changed: bool = False) -> None:
        self.jobs[job["job_id"]] = {**job, "adopted": adopted and not changed}
        for source_server_id in ids:
            self.entries[source_server_id] = jobs.entry(
                job, self.servers[source_server_id], adopted=adopted, changed=changed, is_drill=self.drill
            )

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
        }


def launch(cell: Cell, request: Given, check_mode: bool = False) -> Result:
    """Launch or adopt the servers of ``request`` in ``cell`` and return at once; see Launch."""
    return Launch(cell, request, check_mode).run()
