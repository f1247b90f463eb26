"""The plan: which servers a run launches, in which waves, cells and jobs, and its blocking findings.

Made once from what all cells said, it is plain data, names every problem at once, and has a hash over what it would do
(plan/hashes), so that what was shown, confirmed and done can be compared.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file as plan_file
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import chosen
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_fleet
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import summary
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.wave_verdict import zero_tolerance
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import (
    ERROR,
    WARNING,
    errors_of,
    finding,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.launch_checks import (
    in_active_job,
    live_recovery,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL, MODES
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.points_in_time import of_one_server, resolve
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import (
    predicted_rpo,
    replication_ready,
    resolve_policy,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import (
    choose,
    identity,
    leave_out,
    once_each,
    read_cells,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import (
    flag,
    group_by_wave,
    priority_key,
    resolve_keys,
    seconds_of,
    tag_value,
    wanted_values,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    CellRead,
    Excluded,
    FileWave,
    Plan,
    PlanFile,
    PlanRequest,
    PlanServer,
    Wave,
    WaveRules,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import RecoveryInstance, Server


def build_plan(request: PlanRequest) -> Plan:
    """Build a PLAN from a request; the same request gives the same plan, whatever the order of its lists.

    The request: ``name``; ``mode`` drill or recovery; ``cells`` [{cell, account_id, region, account_types[],
    assume_role_arn?, error None|{code, message, remedy}, source_servers [SERVER], recovery_instances [RI], jobs?
    [JOB]}]; ``selection`` {tags, source_server_ids, applications, waves}; ``tag_keys``; ``left_out`` {source server id:
    why}; ``allow_empty``; ``policy`` (replication_policy.resolve_policy); ``limits`` (quotas.limits); ``point_in_time``
    latest, latest_available or a time; ``expected_count``; ``replace_recovery_instance_ids``; ``run_id``; ``now``. With
    ``jobs`` and ``run_id`` servers in jobs of others are refused, and what jobs of the same run launched is adopted
    instead of refused. With ``document``, a plan file (plan/file.read), its waves are walked instead of those of the
    tags; ``selection`` then asks for a part of it, and ``name``, ``policy``, ``limits`` and a ``point_in_time`` other
    than latest go before what it says.

    The PLAN: ``name, mode, hash, created_at, point_in_time, policy``; ``coverage`` complete or incomplete and
    ``unknown_cells`` [{cell, account_id, region, error}]; ``cells`` [{cell, account_id, region, account_types, read,
    servers}]; ``stages`` [{stage, waves [name]}], whose waves do not depend on each other; ``stops`` run or chain;
    ``next_phase`` {ready_when, require_full_coverage}; ``waves`` in the order of stages [{wave, stage, servers
    [{source_server_id, arn, name, cell, account_id, region, wave, application, critical, priority, extended,
    origin_account_id, wanted_point_in_time, predicted_rpo_seconds, rpo_seconds, rto_seconds, readiness, warnings
    [code]}], by_cell {cell: [source_server_id]}, jobs_by_cell {cell: number}, jobs, depends_on, after (what must have
    passed in this plan), max_failures, gates, actions {before, after}}]; ``excluded`` [{source_server_id, name, cell,
    account_id, region, reason_code, reason}]; ``findings`` (findings.finding, errors first); ``summary`` {servers,
    waves, jobs, cells, applications {}, critical, optional, excluded {}, errors, warnings,
    worst_predicted_rpo_seconds}. A plan with an error among its findings must not be run.

    Never raises for bad input: every problem is a finding.
    """
    return _Builder(request).plan()


class _Builder:
    """One plan in the making: every step adds to the findings, none gives up."""

    def __init__(self, request: PlanRequest) -> None:
        self.request = request
        self.findings: list[Finding] = []
        self.now = iso_time(request.get("now"))
        mode = request.get("mode")
        # The stricter mode, so that the rest of the findings is not too friendly.
        self.mode: str = mode if mode in MODES else DRILL
        if mode not in MODES:
            text = "mode must be one of %s, not '%s'" % (", ".join(MODES), clean(mode, 40))
            self.findings.append(finding(ERROR, "invalid_option", text))
        self.file, problems = self._read_file(request.get("document"))
        self.mistaken = bool(problems)
        self.findings += problems
        said: Mapping[str, Any] = self.file or {}
        self.policy, problems = resolve_policy(summary.over(said.get("policy"), request.get("policy")), self.mode)
        self.findings += problems
        point_in_time = request.get("point_in_time")
        if point_in_time in (None, "", "latest"):
            point_in_time = said.get("point_in_time")
        self.point_in_time, problems = resolve(point_in_time, self.now)
        self.findings += problems
        self.keys = self._guarded(resolve_keys, request.get("tag_keys"))
        self.limits = self._guarded(quotas.limits, summary.over(said.get("limits"), request.get("limits")))
        self.assigned: dict[str, str] = {}
        self.replace_ids = [str(one) for one in request.get("replace_recovery_instance_ids") or ()]
        self.run_id = request.get("run_id")

    def _read_file(self, document: Any) -> tuple[PlanFile | None, list[Finding]]:
        try:
            return plan_file.understood(document, self.now)
        except DrsError as error:
            return None, [finding(ERROR, error.code, error.message)]

    def _guarded(self, make: Any, given: Any) -> Any:
        try:
            return make(given)
        except DrsError as error:
            self.findings.append(finding(ERROR, error.code, error.message, details=error.details))
            return make(None)

    def plan(self) -> Plan:
        read, unknown, problems = read_cells(self.request.get("cells") or ())
        self.findings += problems
        everyone = self._servers(read)
        selected, excluded = self._select(read, everyone, complete=not unknown)
        self._guard(read, selected)
        named = everyone if file_fleet.by_application(self.file, self.request.get("selection") or {}) else ()
        self.findings += tag_checks.of_plan(selected, named, self.keys, self.mode, self.findings)
        waves = self._waves(selected)
        self.findings += of_one_server(one for wave in waves for one in wave["servers"])
        file: Mapping[str, Any] = self.file or {}
        in_order = sorted(self.findings, key=lambda one: one["severity"] != ERROR)
        result: Plan = {
            "name": self.request.get("name") or file.get("name"),
            "mode": self.mode,
            "hash": "",
            "created_at": self.now,
            "point_in_time": self.point_in_time,
            "policy": self.policy,
            "coverage": "incomplete" if unknown else "complete",
            "unknown_cells": unknown,
            "cells": summary.cells(read, unknown, selected),
            "stages": summary.stages(waves),
            "waves": waves,
            "stops": file.get("stops", "run"),
            "next_phase": summary.next_phase(file.get("next_phase")),
            "excluded": sorted(excluded, key=summary.place),
            "findings": in_order,
            "summary": summary.summary(waves, in_order, excluded),
        }
        result["hash"] = plan_hash(result)
        return result

    @staticmethod
    def _servers(read: Iterable[CellRead]) -> list[Server]:
        """All servers that were read, each once, in an order that does not depend on the input's."""
        servers_by_id: dict[str, Server] = {}
        for cell in read:
            for server in cell["source_servers"]:
                # The plan's cells are the inventory's; how the reader called them does not matter.
                placed: Server = {**server, "cell": cell["cell"]}
                servers_by_id.setdefault(identity(placed), placed)
        return [servers_by_id[key] for key in sorted(servers_by_id)]

    def _select(
        self, read: Sequence[CellRead], everyone: Sequence[Server], complete: bool
    ) -> tuple[list[Server], list[Excluded]]:
        selection = self.request.get("selection") or {}
        file = self.file
        if file is None and self.request.get("document") is not None:
            # What is wrong with the file has been said; the servers of the tags are not what it meant.
            return [], []
        if file is None:
            selected, excluded, problems = choose(everyone, selection, self.keys, complete)
            asked = wanted_values(selection.get("source_server_ids") or ())
        else:
            self.assigned, excluded, problems = plan_file.assign(file, everyone, self.keys, complete)
            selected = [server for server in everyone if identity(server) in self.assigned]
            cells = [str(cell.get("cell")) for cell in self.request.get("cells") or ()]
            problems += file_fleet.check(file, everyone, self.assigned, cells, self.keys, complete)
            asked = tuple(
                one for wave in file["waves"] for one in wanted_values(wave["selector"].get("source_server_ids") or ())
            )
        self.findings += problems
        staging = [cell["cell"] for cell in read if list(cell.get("account_types") or ()) == ["staging"]]
        kept, left_out, more = once_each(selected, everyone, self.policy["recover_in"], self.mode, staging, asked)
        self.findings += more
        if file is not None:
            more = plan_file.check_counts(file, self.assigned, kept, complete)
            if self.mistaken:
                # nothing is planned of it; what the fleet says of it is told with the rest
                self.findings += more
                return [], []
            kept, out, problems = plan_file.narrow(file, self.assigned, kept, selection, self.keys, complete)
            left_out = [*left_out, *out]
            problems += more
            self.findings += problems
            for server in kept:
                self.findings += plan_file.critical(self._wave_of(server), server, self.keys, True)[1]
        kept, out, more = leave_out(kept, everyone, self.request.get("left_out"), complete)
        left_out, self.findings = [*left_out, *out], [*self.findings, *more]
        self.findings += chosen.copies(kept, self.mode)
        if read and not errors_of(problems):
            self.findings += chosen.none(kept, len(everyone), self.request, complete, left_out)
        self.findings += chosen.other_count(kept, self.request, complete)
        return kept, [*excluded, *left_out]

    def _guard(self, read: Sequence[CellRead], selected: Sequence[Server]) -> None:
        for value in dict.fromkeys(self.replace_ids):
            self.findings += valid_id("recovery_instance", value)
        self.findings += duplicate_ids(self.replace_ids)
        unused = set(self.replace_ids)
        for cell in read:
            servers = [server for server in selected if server["cell"] == cell["cell"]]
            instances = cell.get("recovery_instances")
            unused -= {instance.get("recovery_instance_id") for instance in instances or ()}
            if servers:
                self._guard_cell(cell, servers, instances)
        for value in sorted(unused):
            # Not an error: a run that resumes after a crash has replaced some of them already.
            text = "replace_recovery_instance_ids: %s is not there to be replaced" % clean(value, 40)
            self.findings.append(finding(WARNING, "unknown_id", text, recovery_instance_id=value))

    def _guard_cell(
        self,
        cell: CellRead,
        servers: Sequence[Server],
        instances: Sequence[RecoveryInstance] | None,
    ) -> None:
        jobs = cell.get("jobs")
        launches = [job for job in jobs or () if job.get("type") == "LAUNCH"]
        own = [job for job in launches if self.run_id and job.get("run_id") == self.run_id]
        own_ids = [job["job_id"] for job in own]
        self.findings += live_recovery(servers, instances, self.mode, self.replace_ids, own_ids)
        if jobs is not None:
            ids = [server["source_server_id"] for server in servers]
            busy = in_active_job(ids, jobs, {RUN_TAG: self.run_id} if self.run_id else None)
            self.findings += [{**item, "cell": cell["cell"]} for item in busy]
        adopted = {one["source_server_id"] for job in own for one in job.get("servers") or ()}
        fresh = [server for server in servers if server["source_server_id"] not in adopted]
        by_id = {server["source_server_id"]: server for server in fresh}
        for item in replication_ready(fresh, self.policy, self.mode, self.keys):
            self.findings.append(self._weighed(item, by_id.get(item["source_server_id"] or "")))
        self.findings += [item for server in fresh for item in self._too_old(server)]

    def _weighed(self, item: Finding, server: Server | None) -> Finding:
        """In a recovery one server that cannot launch must not hold up all others, if the verdict would let it pass."""
        passable = self.policy["continue_on_failure"] or (server is not None and not self._critical(server))
        if self.mode == DRILL or item["severity"] != ERROR or not passable:
            return item
        return {**item, "severity": WARNING, "message": item["message"] + "; it will be refused, the others continue"}

    def _too_old(self, server: Server) -> list[Finding]:
        point = self._point(server)
        if point == "latest":
            return []
        objective = seconds_of(server.get("tags"), "rpo", self.keys)
        if objective is None:
            return []
        rpo = predicted_rpo(server, point, self.now)
        if rpo is not None and rpo <= objective:
            return []
        text = "%s (%s): predicted RPO %s, its objective is %s"
        text %= (clean(server["name"], 64), server["source_server_id"], duration(rpo), duration(objective))
        return [finding(WARNING, "predicted_rpo", text, server=server, details={"predicted_rpo_seconds": rpo})]

    def _wave_of(self, server: Server) -> FileWave | None:
        wave = self.assigned.get(identity(server))
        return next((one for one in (self.file["waves"] if self.file else ()) if one["name"] == wave), None)

    def _point(self, server: Server) -> str:
        if self.file is None:
            return self.point_in_time
        return plan_file.point_in_time(self.file, self._wave_of(server), server, self.keys, self.point_in_time)

    def _critical(self, server: Server) -> bool:
        tagged = flag(server.get("tags"), self.keys["critical"]) is not False
        return plan_file.critical(self._wave_of(server), server, self.keys, tagged)[0]

    def _waves(self, selected: Sequence[Server]) -> list[Wave]:
        warnings: dict[tuple[Any, Any], list[str]] = {}
        for item in self.findings:
            if item["severity"] == WARNING and item["source_server_id"]:
                warnings.setdefault((item["cell"], item["source_server_id"]), []).append(item["code"])
        waves: list[Wave] = []
        for rules, members in self._grouped(selected):
            wave = rules["wave"]
            self.findings += summary.travels(wave)
            servers = [self._server(server, rules, warnings) for server in sorted(members, key=self._order)]
            by_cell: dict[str, list[str]] = {cell: [] for cell in sorted({server["cell"] for server in servers})}
            for server in servers:
                by_cell[server["cell"]].append(server["source_server_id"])
            jobs = {cell: len(quotas.batches(ids, self.limits["servers_per_job"])) for cell, ids in by_cell.items()}
            for cell, ids in by_cell.items():
                self.findings += self._will_queue(wave, cell, len(ids), jobs[cell])
            needed = sum(jobs.values())
            waves.append({**rules, "servers": servers, "by_cell": by_cell, "jobs_by_cell": jobs, "jobs": needed})
            self.findings += zero_tolerance(waves[-1], self.policy)
        return waves

    def _grouped(self, selected: Sequence[Server]) -> list[tuple[WaveRules, list[Server]]]:
        """The waves that have servers, in running order, with their rules."""
        if self.file is None:
            tagged = group_by_wave(selected, self.keys)
            return [
                (
                    {
                        "wave": wave,
                        "stage": stage,
                        "depends_on": list(tagged)[stage - 2 : stage - 1],
                        "after": list(tagged)[stage - 2 : stage - 1],
                        "max_failures": None,
                        "gates": plan_file.NO_HOOKS,
                        "actions": plan_file.NO_HOOKS,
                    },
                    tagged[wave],
                )
                for stage, wave in enumerate(tagged, start=1)
            ]
        groups = group_by(selected, lambda one: self.assigned[identity(one)])
        by_name = {wave["name"]: wave for wave in self.file["waves"]}
        return [
            (plan_file.rules_of(by_name[wave], stage, after), groups[wave])
            for wave, stage, after in plan_file.order(self.file, groups)
        ]

    def _order(self, server: Server) -> tuple[Any, ...]:
        application = tag_value(server.get("tags"), self.keys["application"]) or ""
        priority = priority_key(tag_value(server.get("tags"), self.keys["priority"]), self.keys)
        return (priority, not application, application, str(server.get("name")), identity(server))

    def _server(self, server: Server, wave: WaveRules, warnings: Mapping[tuple[Any, Any], list[str]]) -> PlanServer:
        tags = server.get("tags")
        return {
            "source_server_id": server["source_server_id"],
            "arn": server["arn"],
            "name": server["name"],
            "cell": server["cell"],
            "account_id": server["account_id"],
            "region": server["region"],
            "wave": wave["wave"],
            "application": tag_value(tags, self.keys["application"]) or None,
            "critical": self._critical(server),
            "priority": tag_value(tags, self.keys["priority"]) or None,
            "extended": server.get("extended") is True,
            "origin_account_id": server.get("origin_account_id"),
            "wanted_point_in_time": self._point(server),
            "predicted_rpo_seconds": predicted_rpo(server, self._point(server), self.now),
            "rpo_seconds": seconds_of(tags, "rpo", self.keys),
            "rto_seconds": seconds_of(tags, "rto", self.keys),
            "readiness": server.get("readiness"),
            "warnings": list(dict.fromkeys(warnings.get((server["cell"], server["source_server_id"]), []))),
        }

    def _will_queue(self, wave: str, cell: str, servers: int, jobs: int) -> list[Finding]:
        if servers <= self.limits["servers_in_jobs"] and jobs <= self.limits["concurrent_jobs"]:
            return []
        text = "wave %s in %s: %s in %s, DRS runs %d in %d at once" % (
            clean(wave, 40),
            clean(cell, 80),
            count(servers, "server"),
            count(jobs, "job"),
            self.limits["servers_in_jobs"],
            self.limits["concurrent_jobs"],
        )
        return [finding(WARNING, "will_queue", text, cell=cell)]
