"""Read the pairs of a failback: each recovery and original cell once, whatever the number of servers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import zone
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs as model_jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import error_entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Original, Pair
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping, present

Place = t.Tuple[str, str]
"""An account and a Region."""


class Pairs:
    """The pairs of servers of one recovery cell.

    :param cell: the recovery cell.
    :param originals: the original cells by account and Region.
    :param lookback_hours: how old the jobs are that are read.
    :param recorded: by server the recovery instance that the plan of the run has for it: within one Region nothing else
        tells that machine from the one that was launched.
    """

    def __init__(
        self,
        cell: Cell,
        originals: dict[Place, Cell],
        lookback_hours: int,
        recorded: t.Optional[t.Mapping[str, t.Optional[str]]] = None,
    ) -> None:
        self.recorded = recorded or {}
        self.cell = cell
        self.originals = originals
        self.lookback = timedelta(hours=lookback_hours)
        self.unread: list[dict[str, t.Any]] = []
        self.source_instance_ids: set[str] | None = None
        self.unlisted: dict[str, str] = {}
        """By server the machine of the plan that DRS does not list and EC2 still has, with its state."""
        self.active_here: list[Job] = []
        self.active: dict[Place, list[Job]] = {}

    def read(self, ids: list[str], templates: bool = False, makers: bool = False) -> dict[str, Pair]:
        """Describe both sides of each server: {source_server_id: PAIR}; what the recovery cell cannot say is raised.

        :param templates: count the replication templates of the original cells, too.
        :param makers: also find the jobs that launched the machines, and every machine that is a source.
        """
        cell = self.cell
        self.unread = []
        described = drs.source_servers(cell) if makers else drs.source_servers(cell, ids)
        if makers:
            self.source_instance_ids = {one["instance_id"] for one in described if one["instance_id"]}
        found = drs.recovery_instances(cell, source_server_ids=ids, with_ec2=True)
        wanted = set(ids)
        mine = drs.without_ended(cell, [one for one in described if one["source_server_id"] in wanted], found)
        servers = {one["source_server_id"]: one for one in mine}
        instances = _newest(found)
        if makers:
            listed = {one["recovery_instance_id"] for one in found}
            self.unlisted = self._standing([one for one in ids if self.recorded.get(one) not in (None, "", *listed)])
        jobs = drs.jobs(cell, since=cell.now - self.lookback)
        held = model_jobs.holding(jobs)
        self.active_here = [job for job in jobs if job["active"]]
        launched_by = self._makers(cell, instances.values(), jobs) if makers else {}
        pairs: dict[str, Pair] = {}
        by_place: dict[Place, list[Pair]] = {}
        for one in ids:
            server, instance = servers.get(one), instances.get(one)
            place = failback_stage.place_of(server) if server else None
            pair: Pair = {
                "server": server,
                "instance": instance,
                "reversed": None,
                "launched": None,
                "original": None,
                "jobs": {
                    "server": held.get(one),
                    "terminations": [job for job in jobs if job["type"] == model_jobs.TERMINATE and _in(job, one)],
                    "client_launches": [job for job in jobs if job["type"] == model_jobs.LAUNCH and _in(job, one)],
                    "made_instance": launched_by.get(instance["job_id"] or "") if instance else None,
                    "launches": [],
                },
            }
            pairs[one] = pair
            if failback_stage.within_region(pair):
                zone.arrange(pair, found, self.recorded.get(one), cell.name, jobs)
                self.active[present(place)] = self.active_here
            elif place and failback_stage.origin(pair) != failback_stage.ON_PREMISES:
                by_place.setdefault(place, []).append(pair)
        for place, members in by_place.items():
            self._read_original(place, members, templates, makers)
        return pairs

    def _standing(self, ids: list[str]) -> dict[str, str]:
        """Of servers whose recovery instance DRS does not list, those whose machine EC2 has, with its state."""
        named = {one: str(self.recorded[one]) for one in ids}
        states = ec2.standing(self.cell, list(named.values()))
        return {one: f"{machine} ({states[machine]})" for one, machine in named.items() if machine in states}

    def _read_original(self, place: Place, members: list[Pair], templates: bool, makers: bool) -> None:
        original = self.originals.get(place)
        account_id, region = place
        name = original.name if original else f"{account_id}.{region}"
        result: Original = {
            "cell": name, "account_id": account_id, "region": region, "error": None, "templates": None
        }  # fmt: skip
        if original is None:
            text = f"account {account_id} in {region} is not among original_cells"
            result["error"] = error_entry(DrsError("original_cell_missing", text))
        else:
            try:
                self._fill(place, original, members, makers)
                if templates:
                    result["templates"] = len(drs.encryption_settings(original))
            except DrsError as exc:
                result["error"] = error_entry(exc)
                self.unread.append({"cell": original.name, "error": exc})
        for pair in members:
            pair["original"] = result

    def _fill(self, place: Place, original: Cell, members: list[Pair], makers: bool) -> None:
        copies = self._copies(original, members)
        ids = [one["source_server_id"] for one in copies.values()]
        found = drs.recovery_instances(original, source_server_ids=ids, with_ec2=True) if ids else []
        copies = dict(zip(copies, drs.without_ended(original, list(copies.values()), found)))
        launched = _newest(found)
        jobs = drs.jobs(original, since=original.now - self.lookback) if ids else []
        held = model_jobs.holding(jobs)
        self.active[place] = [job for job in jobs if job["active"]]
        launched_by = self._makers(original, launched.values(), jobs) if makers else {}
        for pair in members:
            copy = copies.get(present(pair["server"])["source_server_id"])
            if copy is None or _earlier(copy, pair["instance"]):
                continue
            one = copy["source_server_id"]
            pair["reversed"] = copy
            machine = launched.get(one)
            pair["launched"] = machine
            pair["jobs"].update(
                {
                    "reversed": held.get(one),
                    "launches": [job for job in jobs if job["type"] == model_jobs.LAUNCH and _in(job, one)],
                    "launched_terminations": [
                        job for job in jobs if job["type"] == model_jobs.TERMINATE and _in(job, one)
                    ],
                    "made_launched": launched_by.get(machine["job_id"] or "") if machine else None,
                }
            )

    @staticmethod
    def _copies(original: Cell, members: list[Pair]) -> dict[str, Server]:
        """The reversed server of each pair: by the name that DRS gives, else by the machine that it copies."""
        servers = [present(pair["server"]) for pair in members]
        named = {one["source_server_id"]: one["reversed_direction_source_server_arn"] or "" for one in servers}
        if all(named.values()):
            by_arn = {
                one["arn"]: one
                for one in drs.source_servers(original, [arn.rpartition("/")[2] for arn in named.values()])
            }
            if all(arn in by_arn for arn in named.values()):
                return {one: by_arn[arn] for one, arn in named.items()}
        # ReverseReplication returns no job, and when the server names its copy is documented nowhere
        back = [one for one in drs.source_servers(original) if one["replication_direction"] == "FAILBACK"]
        by_arn = {one["arn"]: one for one in back}
        by_machine = {one["instance_id"]: one for one in back if one["instance_id"]}
        result = {}
        for pair in members:
            one = present(pair["server"])["source_server_id"]
            machine = as_mapping(pair["instance"]).get("ec2_instance_id")
            copy = by_arn.get(named[one]) or by_machine.get(machine or "")
            if copy is not None:
                result[one] = copy
        return result

    @staticmethod
    def _makers(cell: Cell, instances: t.Iterable[RecoveryInstance], candidates: list[Job]) -> dict[str, Job]:
        jobs = {job["job_id"]: job for job in candidates}
        missing = sorted({one["job_id"] for one in instances if one["job_id"]} - set(jobs))
        return {**jobs, **({job["job_id"]: job for job in drs.jobs(cell, ids=missing)} if missing else {})}


def _earlier(copy: Server, instance: RecoveryInstance | None) -> bool:
    """Whether a copy is the leftover of another recovery instance than the one that runs, and does nothing any more."""
    if instance is None or not alive(instance):
        return False
    return copy["instance_id"] != instance["ec2_instance_id"] and failback_stage.at_rest(copy)


def _in(job: Job, source_server_id: str) -> bool:
    return source_server_id in model_jobs.server_ids(job)


def _newest(instances: list[RecoveryInstance]) -> dict[str, RecoveryInstance]:
    """One recovery instance for each source server; one that may still run goes before one that is gone."""
    result: dict[str, RecoveryInstance] = {}
    for one in instances:
        previous = result.get(one["source_server_id"])
        if previous is None or (alive(one) and not alive(previous)):
            result[one["source_server_id"]] = one
    return result
