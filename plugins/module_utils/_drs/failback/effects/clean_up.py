"""The stages of a failback that clean up, in the one order that loses no data: cleaned, stopped.

Stop the reverse replication, terminate the machine that nobody needs, forget the record of the one that serves,
disconnect the reversed server, delete it. After each call everything is described again, and the next one is judged on
that.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import ending_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import client_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import zone
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import refusals
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import failback_at_rest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs as model_jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.base import Failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.fence import Fenced
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping, present

STOP = "stop"
TERMINATE_INSTANCE = "terminate_instance"
TERMINATE_LAUNCHED = "terminate_launched"
LEAVE = "leave"
FORGET = "forget"
DISCONNECT = "disconnect"
DELETE = "delete"
WAIT = "wait"
DONE = "done"
# No pair needs more looks than it has steps.
MOST_ROUNDS = 8


def step_of(pair: Pair, drill: bool) -> str:
    """The next step of the clean-up of a pair. What may not be done is the guards' business."""
    copy, instance, launched = pair["reversed"], pair["instance"], pair["launched"]
    # a machine that shuts down is not gone: its job may still fail, and then it runs again
    ending = instance is not None and not alive(instance) and still_exists(instance)
    if failback_stage.origin(pair) == failback_stage.ON_PREMISES:
        return WAIT if ending else TERMINATE_INSTANCE if alive(instance) else DONE
    if failback_stage.within_region(pair):
        return zone.step_of(pair)
    if copy is not None and not failback_stage.at_rest(copy):
        return STOP
    if drill and alive(launched):
        return TERMINATE_LAUNCHED
    if ending:
        return WAIT
    if alive(instance) and not (drill and instance.get("is_drill") is not True):
        return DONE if drill and copy is None else TERMINATE_INSTANCE
    if alive(instance):
        # it serves: the stopped copy stays, for disconnecting it would take the agent from that machine
        return DONE
    if copy is None:
        return DONE
    if launched is not None:
        if drill:
            return WAIT
        never_reversed = failback_at_rest(launched) and launched["replication"]["state"] != "DISCONNECTED"
        return LEAVE if never_reversed and not failback_stage.protection_begun(pair) else FORGET
    return DELETE if copy["replication"]["state"] == "DISCONNECTED" else DISCONNECT


class Clean(Failback):
    """state=cleaned: as far as it goes now; what waits for a job is in progress."""

    MAKERS = True

    def _seen(self) -> proof.Seen:
        """Where the machines that are terminated are noted, for the proof; nobody reads it where nobody proves."""
        seen: proof.Seen | None = self.request.get("seen")
        return {} if seen is None else seen

    def _machine(self, one: str, step: str) -> AnyServer:
        return present(self.pairs[one]["instance" if step == TERMINATE_INSTANCE else "launched"])

    def act(self, ids: list[str]) -> None:
        open_ids = list(ids)
        for _round in range(MOST_ROUNDS):
            acted = self._round([one for one in open_ids if one not in self.entries])
            if not acted:
                return
            self.look()
        for one in open_ids:
            if one not in self.entries:
                self.put(one, outcomes.IN_PROGRESS)

    def _round(self, ids: list[str]) -> bool:
        """One step for each server; whether any call was made."""
        acted = False
        terminate: dict[str, list[tuple[str, str]]] = {}
        for one in ids:
            if self.unreadable(one):
                continue
            if one in self.reader.unlisted:
                # what an answer lacks is not gone: its agent, and what it has, would go with the copy
                text = f"{self.named(one)['name']}: EC2 has {self.reader.unlisted[one]}, and DRS does not list it"
                self.put(one, outcomes.UNKNOWN, error=DrsError("recovery_instance_unlisted", text))
                continue
            step = step_of(self.pairs[one], self.drill)
            if step == DONE:
                self.put(one, outcomes.CLEANED, adopted=not self.did.get(one))
            elif step == WAIT:
                if not self._followed(one):
                    self.put(one, outcomes.IN_PROGRESS)
            elif self._followed(one, active=True):
                continue
            elif step in (TERMINATE_INSTANCE, TERMINATE_LAUNCHED):
                terminate.setdefault(step, []).append(self._target(one, step))
            else:
                acted = self._one(one, step) or acted
        for step, targets in terminate.items():
            self._terminate(step, targets)
        return acted

    def _followed(self, one: str, active: bool = False) -> bool:
        """Whether a terminate job says what becomes of a server: its machines count as gone at the end of it.

        :param active: only one that runs; how an earlier one ended is the business of the next.
        """
        jobs = self.pairs[one]["jobs"]
        for step, mine in ((TERMINATE_INSTANCE, "terminations"), (TERMINATE_LAUNCHED, "launched_terminations")):
            found: t.Any = as_mapping(jobs).get(mine)
            if found and (found[0]["active"] or not active) and self._running(one, step):
                return True
        return False

    def _one(self, one: str, step: str) -> bool:
        pair, mode, run_id = self.pairs[one], self.mode, self.run_id
        copy_id = as_mapping(pair["reversed"]).get("source_server_id")
        launched_id = as_mapping(pair["launched"]).get("recovery_instance_id")
        if failback_stage.within_region(pair):
            blocking = zone.may_forget(pair, mode, self.vouched)
        elif step == STOP:
            blocking = ending_checks.may_stop(pair, mode, run_id, self.vouched)
        elif step in (LEAVE, FORGET):
            blocking = ending_checks.may_forget_launched(pair, mode, run_id, self.vouched)
        else:
            blocking = ending_checks.may_remove(pair, mode, run_id)
        name, call, target = {
            STOP: ("StopReplication", drs_failback.stop_replication, copy_id),
            LEAVE: ("DisconnectRecoveryInstance", drs_failback.disconnect_recovery_instance, launched_id),
            FORGET: ("DeleteRecoveryInstance", drs_failback.delete_recovery_instance, launched_id),
            DISCONNECT: ("DisconnectSourceServer", drs.disconnect_source_server, copy_id),
            DELETE: ("DeleteSourceServer", drs.delete_source_server, copy_id),
        }[step]
        if name in self.did.get(one, []):
            # done a moment ago, and not shown yet
            self.put(one, outcomes.IN_PROGRESS)
            return False
        return self.allowed(one, blocking) and self.call(one, name, lambda: call(self.original(one), str(target)))

    # -- the two that are jobs -----------------------------------------------------------------------------------
    def _target(self, one: str, step: str) -> tuple[str, str]:
        return one, self._machine(one, step)["recovery_instance_id"]

    def _terminate(self, step: str, targets: list[tuple[str, str]]) -> None:
        free: dict[str, list[tuple[str, str]]] = {}
        cells: dict[str, Cell] = {}
        for one, machine_id in targets:
            if self._running(one, step):
                continue
            if self.allowed(one, self._blocking(one, step)):
                cell = self.cell if step == TERMINATE_INSTANCE else self.original(one)
                cells[cell.name] = cell
                free.setdefault(cell.name, []).append((one, machine_id))
        for name, members in free.items():
            machines = dict(members)
            place = as_mapping(self.pairs[members[0][0]]["original"])
            there = self.reader.active.get((str(place.get("account_id")), str(place.get("region"))), [])
            active = self.reader.active_here if step == TERMINATE_INSTANCE else there
            for batch in self.batched(list(machines), active):
                self._search(cells[name], step, {one: machines[one] for one in batch})

    def _search(self, cell: Cell, step: str, machines: dict[str, str]) -> None:
        """Terminate machines in as few jobs as DRS lets us: one that it refuses takes no others along."""
        search = refusals.Search(list(machines), {machine: one for one, machine in machines.items()})
        for batch in search:
            try:
                self._start(cell, step, {one: machines[one] for one in batch})
            except Fenced as exc:
                for one in batch:
                    self.refuse(one, exc)
            except DrsError as exc:
                if exc.code == "ServiceQuotaExceededException":
                    for one in batch:
                        self.put(one, outcomes.QUEUED)
                    continue
                for one in search.refused(batch, exc):
                    self.put(one, outcomes.FAILED, error=exc)
            else:
                search.taken()

    def _blocking(self, one: str, step: str) -> list[Finding]:
        pair = self.pairs[one]
        if step == TERMINATE_LAUNCHED:
            return ending_checks.may_terminate_launched(pair, self.mode, self.run_id)
        if failback_stage.origin(pair) == failback_stage.ON_PREMISES:
            return client_checks.may_terminate_after_client(pair, self.mode, self.vouched)
        if failback_stage.within_region(pair):
            return zone.may_terminate(pair, self.mode, self.vouched, self.servers[one].get("recovery_instance_id"))
        return ending_checks.may_terminate_instance(pair, self.mode, self.run_id, self.vouched)

    def _running(self, one: str, step: str) -> bool:
        """Whether a job terminates it already, or did and failed, which somebody has to look into."""
        pair = self.pairs[one]
        here = step == TERMINATE_INSTANCE
        jobs = pair["jobs"].get("terminations") if here else pair["jobs"].get("launched_terminations")
        server_id = one if here else present(pair["reversed"])["source_server_id"]
        machine = pair["instance"] if here else pair["launched"]
        if not jobs:
            return False
        job = jobs[0]
        if job["active"]:
            if machine is not None:
                noted = proof.Machine(proof.machine_entry(self.named(one), machine, job["job_id"]), None)
                self._seen().setdefault(machine["recovery_instance_id"], noted)
            self.take(job, [one], adopted=True, **self.instance_fields(machine))
            return True
        machine_id = as_mapping(machine).get("recovery_instance_id")
        matches = machine is not None and model_jobs.instance_of(job, server_id) in (None, machine_id)
        if model_jobs.outcome_of(job, server_id) == outcomes.FAILED and matches and not self.tries_again(job):
            cell = self.cell if here else self.original(one)
            error = self.reason(cell, job, server_id, "terminate_failed")
            self.put(one, outcomes.FAILED, error=error, job_id=job["job_id"], **self.instance_fields(machine))
            return True
        return False

    def _start(self, cell: Cell, step: str, machines: dict[str, str]) -> None:
        if self.check_mode:
            for one in machines:
                self.put(one, outcomes.PLANNED)
            return
        here = step == TERMINATE_INSTANCE
        server_ids = {one if here else present(self.pairs[one]["reversed"])["source_server_id"] for one in machines}
        since = cell.now - self.reader.lookback

        def find() -> Job | None:
            # a terminate job carries no tags of ours: it is known by its type and exactly these servers
            for job in drs.jobs(cell, since=since):
                if (
                    job["type"] == model_jobs.TERMINATE
                    and job["active"]
                    and set(model_jobs.server_ids(job)) == server_ids
                ):
                    return job
            return None

        ids = list(machines.values())
        known = self.request.get("seen") is not None
        attached = proof.attached(cell, [self._machine(one, step) for one in machines]) if known else {}
        job, adopted = once(find, lambda: self.fenced(lambda: drs.terminate_recovery_instances(cell, ids)))
        for one in machines:
            self.did.setdefault(one, []).append("TerminateRecoveryInstances")
            machine = self._machine(one, step)
            entry = proof.machine_entry(self.named(one), machine, job["job_id"])
            self._seen()[machines[one]] = proof.Machine(entry, *attached.get(machines[one], (None, ())))
            self.take(job, [one], adopted=adopted, **self.instance_fields(t.cast(t.Any, machine)))


class Stop(Failback):
    """state=stopped: let the Failback Client go. For machines outside AWS only."""

    def act(self, ids: list[str]) -> None:
        for one in ids:
            pair = self.pairs[one]
            if (
                failback_stage.origin(pair) == failback_stage.ON_PREMISES
                and failback_stage.stage(pair) == failback_stage.NOT_STARTED
            ):
                self.put(one, outcomes.STOPPED, adopted=True)
            elif self.allowed(one, client_checks.may_stop_client(pair)):
                instance_id = present(pair["instance"])["recovery_instance_id"]
                if self.call(one, "StopFailback", self._effect(instance_id)):
                    self.put(one, outcomes.STOPPED)

    def _effect(self, instance_id: str) -> t.Callable[[], None]:
        return lambda: drs_failback.stop_failback(self.cell, instance_id)
