"""Guards of a launch on the current state: which servers may launch now, or whether any may.

Nothing here changes anything. A live recovery or a guardrail refuses the whole request; whatever stands against a
single server refuses that server, with its reason in its entry, and the others continue.
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
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import replication_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    Entry,
    Finding,
    Given,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server

DRILL = "drill"
NAME_KEYS = ("source_server_id", "name", "arn", "account_id", "application", "critical")
"""What the caller may say of a server; everything else is read or found out here."""


class Guarded:
    """One request to launch servers of one cell, and what stands against it.

    :param cell: where.
    :param request: ``mode`` (drill or recovery), ``run_id``, ``wave``, ``servers`` [{source_server_id, ...names, and
        where it differs from the request its own ``wave`` and ``wanted_point_in_time``}], ``point_in_time``,
        ``policy``, ``replace_recovery_instance_ids``, ``limits``, ``guardrails``, ``override_reason``,
        ``lookback_hours``; ``store``, ``run_epoch``, ``store_override`` for the fence; ``adopt_job_ids``: jobs that a
        person says are the run's; ``record`` {run, waves}: what the store holds of the run, when it is at hand;
        ``adopt_only``: launch nothing, for a run that was cancelled; ``retry_failed``: launch again what failed, and
        ``retry_jobs``: only what failed in those jobs, for a request that is repeated within one command.
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
        self.retried: list[str] = []
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
        self._keep_out(present)
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

    def _keep_out(self, servers: list[Server]) -> None:
        """Refuse servers that somebody has taken out since the plan was made. A disaster does not wait for a tag."""
        enabled = tags.resolve_keys(self.request.get("tag_keys"))["enabled"]
        for server in servers:
            if tags.flag(server["tags"], enabled) is not False:
                continue
            text = "%s in %s has been taken out by its tag since the plan was made" % (server["name"], self.cell.name)
            severity = findings.ERROR if self.drill else findings.WARNING
            self.findings.append(findings.finding(severity, "not_enabled", text, server=server))
            if self.drill:
                self._refuse(server["source_server_id"], "not_enabled", text)

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
            until = None if point == "latest_available" or points_in_time.is_snapshot(point) else point
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
