"""Terminate recovery instances of one cell: those that a run launched as a drill, or typed ids.

Anything else goes only when its exact id was typed. Terminating is the same to DRS for a drill and for a recovery that
serves production, so every instance is judged right before the call, by its own flag, by the job that launched it and
by what it is to replication. Of a run that has a record, what the record names goes, whether DRS still lists the job or
not; what only bears its tag and does not agree with the record is left alone, and told.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import termination_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import refusals
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    Entry,
    Error,
    Finding,
    Given,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Left, Resource
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import adoption
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import record
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import resources

# How a request says what it is about: nothing said is not everything meant.
_WAYS = (
    *("run_id", "every_run", "expired_only"),
    *("source_server_ids", "recovery_instance_ids", "confirm_recovery_instance_ids"),
)


class Termination:
    """One request to terminate recovery instances of one cell.

    :param cell: where.
    :param request: ``run_id`` (those of one run) or ``every_run`` (those of every run of this collection),
        ``source_server_ids`` and ``recovery_instance_ids`` (narrow it down),
        ``confirm_recovery_instance_ids`` (exact ids typed by a person,
        for instances that are not drills of this collection), ``expired_only`` (only what a drill launched whose lease
        is over), ``servers`` (names for the results), ``limits``, ``lookback_hours``; ``store`` and
        ``run_epoch`` for the fence; ``record`` {run, waves}: what the store holds of the run, when it is at hand;
        ``with_resources`` reads what is attached to the instances before they go.
    :param check_mode: say what would be done; call nothing that changes anything.
    """

    def __init__(self, cell: Cell, request: Given, check_mode: bool = False) -> None:
        self.cell = cell
        self.request = request
        self.check_mode = check_mode
        self.names = {server["source_server_id"]: server for server in request.get("servers") or []}
        self.entries: dict[str, Entry] = {}
        self.instances: dict[str, AnyServer] = {}
        self.jobs: dict[str, Job] = {}
        self.queued: list[str] = []
        self.unread: list[DrsError] = []
        """Why EC2 did not answer: DRS terminates without it."""
        self.own = adoption.Ownership(str(request.get("run_id") or ""), cell.name, True, {})
        self.resources: list[Resource] = []
        self.unseen: list[dict[str, Any]] = []
        """What stands for the resources that could not be read."""
        self.left_alone: dict[str, list[Left]] = {"foreign": [], "doubtful": []}
        self.limits = quotas.limits(request.get("limits") or {})
        self.fence = fence.Fence(request, cell.name)

    def run(self) -> Result:
        """Terminate or adopt; returns {jobs, servers, queued, gaps, foreign, doubtful, summary, changed}.

        ``foreign`` are instances that bear the run's tag and are not the run's, ``doubtful`` those of which nobody can
        tell, because their job is gone and the record does not name it: [{recovery_instance_id, source_server_id, cell,
        job_id, reason}]. Both are left alone. With ``with_resources`` also ``resources`` and ``unseen``, see
        waiting/resources.
        """
        self._check_input()
        if self.request.get("run_id"):
            self.own.record = record.read(self.request, self.cell.name)
        candidates = self._candidates()
        launched_by = self._launching_jobs(candidates)
        # without ids the request means "what this collection launched"; the rest of the cell is not its business
        narrowed = self._named_ids()
        allowed = self._guard(candidates, launched_by, narrowed)
        if allowed:
            self._look_at_resources(allowed)
            self._start(allowed)
        self._note_launches()
        return self._result()

    def _check_input(self) -> None:
        problems: list[Finding] = []
        for kind, option in (
            ("recovery_instance", "recovery_instance_ids"),
            ("recovery_instance", "confirm_recovery_instance_ids"),
            ("source_server", "source_server_ids"),
        ):
            ids = self.request.get(option) or []
            problems += duplicate_ids(ids)
            for one in ids:
                problems += valid_id(kind, one)
        if problems:
            raise findings.refusal(problems)
        if not any(self.request.get(way) for way in _WAYS):
            raise DrsError(
                "run_id_missing",
                "run_id: is missing, and neither ids nor every_run say what is to be terminated",
                remedy="Give run_id, the ids of recovery instances, or every_run: true for what every run has left.",
            )
        if self.request.get("run_id") and self.request.get("every_run"):
            raise DrsError("invalid_option", "run_id and every_run contradict each other")
        if self.request.get("expired_only") and self.request.get("confirm_recovery_instance_ids"):
            raise DrsError(
                "invalid_option", "expired_only and confirm_recovery_instance_ids: a typed id knows no lease"
            )

    def _named_ids(self) -> set[str]:
        return set(self.request.get("recovery_instance_ids") or []) | set(
            self.request.get("confirm_recovery_instance_ids") or []
        )

    def _candidates(self) -> list[RecoveryInstance]:
        named = self._named_ids()
        server_ids = self.request.get("source_server_ids")
        if named and not server_ids:
            instances = drs.recovery_instances(self.cell, ids=sorted(named), with_ec2=True, gaps=self.unread)
            for missing in sorted(named - {instance["recovery_instance_id"] for instance in instances}):
                self.instances[missing] = {"recovery_instance_id": missing, "source_server_id": None}
                # it may have been terminated before: repeating a finished clean-up is not an error
                self._put(outcomes.SKIPPED, missing, DrsError("unknown_id", f"{missing} is not in {self.cell.name}"))
            return instances
        wanted = server_ids or None
        return drs.recovery_instances(self.cell, source_server_ids=wanted, with_ec2=True, gaps=self.unread)

    def _launching_jobs(self, candidates: list[RecoveryInstance]) -> dict[str, Job]:
        ids = sorted({instance["job_id"] for instance in candidates if instance["job_id"]})
        return {job["job_id"]: job for job in drs.jobs(self.cell, ids=ids)} if ids else {}

    def _guard(self, candidates: list[RecoveryInstance], launched_by: dict[str, Job], narrowed: set[str]) -> list[str]:
        run_id = self.request.get("run_id")
        typed = self.request.get("confirm_recovery_instance_ids") or []
        # a machine may be the source of any server of the cell, not only of the one that it was launched from
        described = drs.source_servers(self.cell) if candidates else []
        sources = {server["instance_id"] for server in described if server["instance_id"]}
        for server in described:
            self.names.setdefault(server["source_server_id"], server)
        allowed = []
        for instance in candidates:
            instance_id = instance["recovery_instance_id"]
            job = launched_by.get(instance["job_id"] or "")
            if self.request.get("expired_only") and not guardrails.lease_over(job, self.cell.now):
                continue
            recorded = self.own.records(instance)
            ours = recorded or (job is not None and job["run_id"] is not None and run_id in (None, job["run_id"]))
            asked_for = instance_id in narrowed or bool(self.request.get("source_server_ids"))
            if instance_id not in typed and not recorded and self._leave_alone(instance, job):
                continue
            if not asked_for and (not ours or (run_id is None and instance["is_drill"] is not True)):
                continue
            self.instances[instance_id] = instance
            ok, reasons = termination_checks.terminate_allowed(instance, job, run_id, sources, typed, recorded)
            if ok:
                allowed.append(instance_id)
            else:
                self._put(outcomes.REFUSED, instance_id, reasons[0])
        return allowed

    def _leave_alone(self, instance: RecoveryInstance, job: Job | None) -> bool:
        """Note an instance that may be taken for the run's and is not provably: of a job that does not agree with the
        record, or of one that is gone and that the record does not name."""
        if self.own.record is None:
            return False
        if job is not None and job["run_id"] == self.own.run_id:
            against = self.own.mismatches(job)
            if against:
                self._note("foreign", instance, adoption.foreign_job_text(job, against))
            return bool(against)
        if job is None and self.own.may_own(instance):
            told = "job %s, which launched it, is neither listed by DRS nor named by the record" % instance["job_id"]
            self._note("doubtful", instance, told)
            return True
        return False

    def _note_launches(self) -> None:
        """Note what the run is launching at this very moment: it is nothing yet that could be terminated."""
        if self.own.record is None or self.own.record.earliest is None:
            return
        for job in self.own.bearing(drs.jobs(self.cell, since=self.own.record.earliest)):
            if job["active"] and not self.own.mismatches(job):
                told = "job %s still launches it: terminate again when it has ended" % job["job_id"]
                for server in job["servers"]:
                    self._note("doubtful", {**server, "job_id": job["job_id"]}, told)

    def _note(self, kind: str, instance: AnyServer, reason: str) -> None:
        self.left_alone[kind].append(
            {
                "recovery_instance_id": instance["recovery_instance_id"],
                "source_server_id": instance["source_server_id"],
                "cell": self.cell.name,
                "job_id": instance["job_id"],
                "reason": reason,
            }
        )

    def _look_at_resources(self, allowed: list[str]) -> None:
        """Read what is attached to the instances: once they are gone, nothing tells whose it was."""
        if not self.request.get("with_resources") or self.check_mode:
            return
        self.resources, self.unseen = resources.attached(self.cell, [self.instances[one] for one in allowed])

    def _start(self, allowed: list[str]) -> None:
        since = self.cell.now - timedelta(hours=self.request.get("lookback_hours") or 48)
        stored = drs.jobs(self.cell, since=since)
        active = [job for job in stored if job["active"]]
        held = jobs.holding(active)
        free = []
        for instance_id in allowed:
            job = held.get(self.instances[instance_id]["source_server_id"])
            if job is None:
                free.append(instance_id)
            elif job["type"] == jobs.TERMINATE:
                self._take(job, [instance_id], adopted=True)
            else:
                # the launch that holds the server may be about to replace this very instance
                self._put(
                    outcomes.REFUSED,
                    instance_id,
                    DrsError("server_in_active_job", f"{instance_id}: its server is in job {job['job_id']}"),
                )
        start, queued = quotas.admit(quotas.batches(free, self.limits["servers_per_job"]), active, self.limits)
        for batch in queued:
            self.queued += batch
        for batch in start:
            if self.check_mode:
                for instance_id in batch:
                    self._put(outcomes.PLANNED, instance_id)
            else:
                self._terminate(batch, since)

    def _terminate(self, ids: list[str], since: datetime) -> None:
        """Terminate instances in as few jobs as DRS lets us: one that it refuses takes no others along."""
        search = refusals.Search(ids, {str(self.instances[one]["source_server_id"]): one for one in ids})
        for batch in search:
            try:
                job, adopted = self._terminate_batch(batch, since)
            except fence.Fenced as exc:
                for instance_id in batch:
                    self._put(outcomes.REFUSED, instance_id, exc)
            except DrsError as exc:
                if exc.code == "ServiceQuotaExceededException":
                    self.queued += batch
                    continue
                for instance_id in search.refused(batch, exc):
                    self._put(outcomes.FAILED, instance_id, exc)
            else:
                search.taken()
                self._take(job, batch, adopted=adopted, changed=True)

    def _terminate_batch(self, ids: list[str], since: datetime) -> tuple[Job, bool]:
        server_ids = {self.instances[one]["source_server_id"] for one in ids}

        def find() -> Job | None:
            # a terminate job carries no tags of ours: it is known by its type and exactly these servers
            for job in drs.jobs(self.cell, since=since):
                if job["type"] == jobs.TERMINATE and job["active"] and set(jobs.server_ids(job)) == server_ids:
                    return job
            return None

        return once(find, lambda: self._send(ids))

    def _send(self, ids: list[str]) -> Job:
        self.fence.check()
        return drs.terminate_recovery_instances(self.cell, ids)

    def _server(self, instance_id: str) -> AnyServer:
        instance = self.instances[instance_id]
        name = self.names.get(instance["source_server_id"], {})
        return {
            "name": name.get("name") or instance["source_server_id"] or instance_id,
            "application": name.get("application"),
            "critical": name.get("critical", True),
            "wave": self.request.get("wave"),
            "region": self.cell.region,
            "cell": self.cell.name,
            **jobs.instance_fields(instance),
        }

    def _put(self, outcome: outcomes.Outcome, instance_id: str, error: DrsError | Error | None = None) -> None:
        self.entries[instance_id] = outcomes.server_entry(outcome, self._server(instance_id), error=error)

    def _take(self, job: Job, ids: list[str], adopted: bool, changed: bool = False) -> None:
        self.jobs[job["job_id"]] = {**job, "adopted": adopted and not changed}
        for instance_id in ids:
            self.entries[instance_id] = jobs.entry(
                job, self._server(instance_id), adopted=adopted, changed=changed, recovery_instance_id=instance_id
            )

    def _result(self) -> Result:
        for instance_id in self.queued:
            self._put(outcomes.QUEUED, instance_id)
        servers = sorted(self.entries.values(), key=lambda one: (str(one["name"]), str(one["recovery_instance_id"])))
        return {
            "jobs": list(self.jobs.values()),
            "servers": servers,
            "queued": self.queued,
            "findings": [],
            "gaps": gaps.of_ec2(gaps.OF_INSTANCES, self.unread),
            **self.left_alone,
            **({"resources": self.resources, "unseen": self.unseen} if self.request.get("with_resources") else {}),
            "summary": outcomes.summarise(servers),
            "changed": any(entry["changed"] or entry["outcome"] == outcomes.PLANNED for entry in servers),
        }


def terminate(cell: Cell, request: Given, check_mode: bool = False) -> Result:
    """Terminate or adopt the recovery instances of ``request`` in ``cell`` and return at once; see Termination."""
    return Termination(cell, request, check_mode).run()
