"""The stages of a failback that bring a machine back: reversed, ready, launched."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import client_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks, zone
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import refusals
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs as model_jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import hashes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import BATCH_TAG, RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import iam_kms
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.base import Failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.fence import Fenced
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair, Vouched
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping, present
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Finding

ROLES = ("DRSCrossAccountReplicationRole_%s", "DRSCrossAccountAgentRole_%s", "DRSCrossAccountAgentAuthorizedRole_%s")
CLIENT_INITIATOR = "FAILBACK"


class Reverse(Failback):
    """state=reversed: the data of each recovery instance begins to flow back to where its machine came from."""

    TEMPLATES = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._roles: dict[str, DrsError | None] = {}

    def act(self, ids: list[str]) -> None:
        done = []
        for one in ids:
            pair = self.pairs[one]
            if self.passed(one, outcomes.REVERSED):
                continue
            if failback_stage.origin(pair) == failback_stage.ON_PREMISES:
                self._by_client(one)
            elif self.unreadable(one, outcomes.REFUSED):
                continue
            elif failback_stage.within_region(pair):
                if pair["reversed"] is not None and not self.drill:
                    self.put(one, outcomes.REVERSED, adopted=True)
                elif self.allowed(one, zone.may_reverse(pair, self.mode, self._typed())):
                    done += [one] if self._reverse(one) else []
            elif pair["reversed"] is not None and failback_stage.stage(pair) != failback_stage.STOPPED:
                self._present(one)
            elif self.allowed(one, checks.may_reverse(pair, self.mode)) and self._trusted(one):
                done += [one] if self._reverse(one) else []
        made = [one for one in done if self.pairs[one]["reversed"] is None]
        if done:
            self.look()
        for one in done:
            # somebody else may have made the copy a moment before us, and written a name on it: it is theirs then
            named = one in made and checks.owner(self.pairs[one]["reversed"]) != (None, None)
            if not named or self.allowed(one, checks.may_use(self.pairs[one], self.mode, self.run_id)):
                self._claim(one, adopted=False)

    def _typed(self) -> Vouched:
        """Check mode shows what must be typed, so it cannot ask for it."""
        return {**self.vouched, "confirmed": True} if self.check_mode else self.vouched

    def _by_client(self, one: str) -> None:
        """The Failback Client does it, on the original machine; nothing is called for it."""
        pair = self.pairs[one]
        stage = failback_stage.stage(pair)
        if stage == failback_stage.NOT_STARTED:
            text = f"{self.named(one)['name']} came from outside AWS, and no Failback Client is connected"
            self.refuse(one, DrsError("failback_client_needed", text))
        elif stage == failback_stage.ERROR:
            self.put(
                one,
                outcomes.FAILED,
                error=DrsError("failback_error", f"state {failback_stage.failback_state(pair['instance'])}"),
            )
        elif stage == failback_stage.CLEANED:
            self.refuse(one, DrsError("recovery_instance_missing", "it has no recovery instance that runs"))
        else:
            self.put(one, outcomes.REVERSED, adopted=True)

    def _present(self, one: str) -> None:
        blocking = checks.may_use(self.pairs[one], self.mode, self.run_id)
        if blocking and not self._made_since(one):
            self.refuse(one, blocking[0])
            return
        self._claim(one, adopted=True)

    def _made_since(self, one: str) -> bool:
        """Whether a copy without an owner is what this run made before it could write its name on it."""
        pair, since = self.pairs[one], self.request.get("since")
        copy = pair["reversed"]
        nobodys = checks.owner(copy) == (None, None) and failback_stage.is_reversed_copy(pair)
        added, begun = parse_time(present(copy)["added_at"]), parse_time(since)
        return bool(nobodys and added and begun and added >= begun)

    def _trusted(self, one: str) -> bool:
        """The failback roles exist in both accounts; an account whose IAM cannot be read is left to DRS to judge."""
        there, here = (
            present(self.pairs[one]["original"])["account_id"],
            present(self.pairs[one]["server"])["account_id"],
        )
        if there == here:
            return True
        if there not in self._roles:
            self._roles[there] = _missing_role(self.cell, there) or _missing_role(self.original(one), here)
        problem = self._roles[there]
        if problem is not None:
            self.refuse(one, problem)
        return problem is None

    def _reverse(self, one: str) -> bool:
        pair = self.pairs[one]
        copy, instance_id = pair["reversed"], present(pair["instance"])["recovery_instance_id"]
        if copy is not None:
            original = self.original(one)
            return self.call(
                one, "StartReplication", lambda: drs_failback.start_replication(original, copy["source_server_id"])
            )

        def there() -> Server | None:
            return self.reader.read([one])[one]["reversed"]

        return self.call(
            one, "ReverseReplication", lambda: drs_failback.reverse_replication(self.cell, instance_id), there
        )

    def _claim(self, one: str, adopted: bool) -> None:
        """Write the run on the reversed server: a drill's clean-up touches nothing else.

        Within one Region there are no drills, and the reversed server is the server itself.
        """
        pair = self.pairs[one]
        copy = pair["reversed"]
        if copy is None:
            text = f"{self.named(one)['name']}: DRS reversed it and does not show the copy yet"
            self.put(one, outcomes.UNKNOWN, error=DrsError("reversed_server_unseen", text))
            return
        expected_tags = {checks.MODE_TAG: self.mode, RUN_TAG: str(self.run_id)}
        if failback_stage.within_region(pair):
            expected_tags = {}
        if any(copy["tags"].get(key) != value for key, value in expected_tags.items()):
            if self.check_mode:
                self.put(one, outcomes.PLANNED)
                return
            try:
                self.fenced(lambda: drs.tag_resource(self.original(one), copy["arn"], expected_tags))
            except DrsError as exc:
                self.put(one, outcomes.UNKNOWN, error=exc)
                return
            copy["tags"].update(expected_tags)
            self.did.setdefault(one, []).append("TagResource")
        self.put(one, outcomes.REVERSED, adopted=adopted)


def _missing_role(cell: Cell, other: str) -> DrsError | None:
    for pattern in ROLES:
        try:
            iam_kms.role(cell, pattern % other)
        except DrsError as exc:
            if exc.code not in ("NoSuchEntity", "NoSuchEntityException"):
                return None
            return DrsError("failback_role_missing", f"role {pattern % other} is missing in the account of {cell.name}")
    return None


class Ready(Failback):
    """state=ready: look how far the copies are. Changes nothing, waits for nothing."""

    def act(self, ids: list[str]) -> None:
        for one in ids:
            if not self.unreadable(one) and not self.passed(one, outcomes.READY):
                self._judge(one)

    def _judge(self, one: str) -> None:
        pair = self.pairs[one]
        stage = failback_stage.stage(pair)
        name = self.named(one)["name"]
        copy = as_mapping(pair["reversed"])
        trouble = as_mapping(copy.get("replication")).get("error")
        home = stage == failback_stage.CLEANING and alive(pair["launched"])
        by_client = failback_stage.origin(pair) == failback_stage.ON_PREMISES
        if stage == failback_stage.READY and not by_client and not self.recoverable(one):
            return
        if home or stage in (
            failback_stage.READY,
            failback_stage.LAUNCHING,
            failback_stage.LAUNCHED,
            failback_stage.PROTECTED,
        ):
            self.put(one, outcomes.READY)
        elif stage == failback_stage.SYNCHRONIZING:
            # what stalls is waited for, as it comes back by itself once its reason is mended
            self.put(one, outcomes.IN_PROGRESS, error=trouble)
        elif stage == failback_stage.NOT_STARTED:
            code = (
                "failback_client_needed"
                if failback_stage.origin(pair) == failback_stage.ON_PREMISES
                else "no_reversed_server"
            )
            self.refuse(one, DrsError(code, f"{name}: nothing replicates back"))
        elif stage == failback_stage.ERROR:
            self.put(one, outcomes.FAILED, error=trouble or self._failure(pair, name))
        else:
            state = as_mapping(copy.get("replication")).get("state") or "gone"
            self.put(one, outcomes.FAILED, error=DrsError("failback_stopped", f"{name}: its copy is {state}"))

    @staticmethod
    def _failure(pair: Pair, name: str) -> DrsError:
        if pair["reversed"] is None and failback_stage.origin(pair) != failback_stage.ON_PREMISES:
            return DrsError("no_reversed_server", f"{name}: its failback has begun, and its reversed server is gone")
        return DrsError("failback_error", f"{name}: failback state {failback_stage.failback_state(pair['instance'])}")


class Launch(Failback):
    """state=launched: start each machine in its original cell, from data that is in step."""

    def act(self, ids: list[str]) -> None:
        startable: dict[t.Tuple[str, str], list[str]] = {}
        by_client = []
        for one in ids:
            pair = self.pairs[one]
            if self.passed(one, outcomes.LAUNCHED):
                continue
            if failback_stage.origin(pair) == failback_stage.ON_PREMISES:
                by_client += [one] if self._client(one) else []
                continue
            if self.unreadable(one) or self._adopt(one):
                continue
            if self.allowed(one, self._blocking(pair)) and self.recoverable(one):
                place = (present(pair["original"])["account_id"], present(pair["original"])["region"])
                startable.setdefault(place, []).append(one)
        for place, members in startable.items():
            for batch in self.batched(members, self.reader.active.get(place, [])):
                self._start(self.original(batch[0]), batch)
        for batch in self.batched(by_client, self.reader.active_here):
            self._start_client(batch)

    def _blocking(self, pair: Pair) -> list[Finding]:
        if failback_stage.within_region(pair):
            return zone.may_launch(pair, self.mode, self.vouched)
        return checks.may_launch(pair, self.mode, self.run_id)

    def _own(self, jobs: list[Job]) -> list[Job]:
        return [job for job in jobs if job["run_id"] == self.run_id]

    def _adopt(self, one: str) -> bool:
        """Take over what is there: the job of this run, else a machine that was launched for the same purpose."""
        pair = self.pairs[one]
        launched = pair["launched"]
        own = self._own(pair["jobs"]["launches"])
        if own:
            return self._judge(one, own[0])
        if not self.drill and alive(launched) and launched["is_drill"] is False:
            self.put(one, outcomes.LAUNCHED, adopted=True, **self.instance_fields(launched))
            return True
        return False

    def _judge(self, one: str, job: Job) -> bool:
        """What this run's newest job made of a server; False when it shall be tried again."""
        pair = self.pairs[one]
        copy_id = present(pair["reversed"])["source_server_id"]
        if (job["initiated_by"] in model_jobs.DRILL_INITIATORS) != self.drill:
            text = f"run_id: '{self.run_id}' has job {job['job_id']}, started by {job['initiated_by']}"
            self.refuse(one, DrsError("run_id_reused", f"{text}, and cannot be resumed as a {self.mode}"))
            return True
        became = model_jobs.outcome_of(job, copy_id)
        fields = {"job_id": job["job_id"], "batch": job["batch"], "started_at": job["created_at"]}
        if became == outcomes.IN_PROGRESS:
            self.take(job, [one], adopted=True)
        elif became == outcomes.FAILED:
            if self.tries_again(job):
                return False
            error = self.reason(self.original(one), job, copy_id, "launch_failed")
            self.put(one, outcomes.FAILED, error=error, ended_at=job["ended_at"], **fields)
        else:
            launched = pair["launched"]
            made = alive(launched) and launched["job_id"] == job["job_id"]
            if became == outcomes.LAUNCHED and made:
                details = {**fields, **self.instance_fields(launched), "ended_at": job["ended_at"]}
                self.put(one, outcomes.LAUNCHED, adopted=True, **details)
            else:
                text = f"{self.named(one)['name']}: launched by {job['job_id']}, not there now"
                self.put(one, outcomes.UNKNOWN, error=DrsError("recovery_instance_gone", text), **fields)
        return True

    def _start(self, original: Cell, ids: list[str]) -> None:
        if self.check_mode:
            for one in ids:
                self.put(one, outcomes.PLANNED)
            return
        copies = {one: present(self.pairs[one]["reversed"])["source_server_id"] for one in ids}
        self._search(ids, {copy: one for one, copy in copies.items()}, lambda batch: self._start_batch(original, batch))

    def _search(self, ids: list[str], aliases: dict[str, str], start: t.Callable[[list[str]], None]) -> None:
        """Start servers in as few jobs as DRS lets us: one that it refuses takes no others along."""
        search = refusals.Search(ids, aliases)
        for batch in search:
            try:
                start(batch)
            except DrsError as exc:
                self._not_started(search, batch, exc)
            else:
                search.taken()

    def _start_batch(self, original: Cell, ids: list[str]) -> None:
        copies = {one: present(self.pairs[one]["reversed"])["source_server_id"] for one in ids}
        tried = max(len(self._own(self.pairs[one]["jobs"]["launches"])) for one in ids)
        wave = str(self.request.get("wave") or "1") + (f" after {tried} jobs" if tried else "")
        batch = hashes.batch_id(str(self.run_id), wave, original.name, list(copies.values()))
        job_tags = {**self.run_tags(), BATCH_TAG: batch}
        requests: list[AwsData] = [{"sourceServerID": copy} for copy in copies.values()]
        since = original.now - self.reader.lookback
        job, adopted = once(
            find=lambda: model_jobs.of_batch(drs.jobs(original, since=since), batch),
            act=lambda: self.fenced(lambda: drs.start_recovery(original, requests, self.drill, job_tags)),
        )
        for one in ids:
            self.did.setdefault(one, []).append("StartRecovery")
        self.take(job, ids, adopted=adopted)

    def _not_started(self, search: refusals.Search, ids: list[str], exc: DrsError) -> None:
        if isinstance(exc, Fenced):
            for one in ids:
                self.refuse(one, exc)
        elif exc.code == "ServiceQuotaExceededException":
            # somebody else's job took the room since we looked
            for one in ids:
                self.put(one, outcomes.QUEUED)
        else:
            for one in search.refused(ids, exc):
                self.put(one, outcomes.FAILED, error=exc)

    # -- a machine outside AWS -----------------------------------------------------------------------------------
    def _client(self, one: str) -> bool:
        pair = self.pairs[one]
        stage = failback_stage.stage(pair)
        jobs = [job for job in pair["jobs"]["client_launches"] if job["initiated_by"] == CLIENT_INITIATOR]
        fields = self.instance_fields(pair["instance"])
        if stage == failback_stage.LAUNCHED:
            self.put(one, outcomes.LAUNCHED, adopted=True, **fields)
            return False
        if jobs and (jobs[0]["active"] or jobs[0]["run_id"] == self.run_id):
            return self._client_job(one, jobs[0], fields)
        return self.allowed(one, client_checks.may_start_client_launch(pair, self.mode))

    def _client_job(self, one: str, job: Job, fields: dict[str, t.Any]) -> bool:
        if job["active"] or failback_stage.stage(self.pairs[one]) == failback_stage.LAUNCHING:
            self.take(job, [one], adopted=True, **fields)
        elif model_jobs.outcome_of(job, one) == outcomes.FAILED and not self.tries_again(job):
            self.put(
                one, outcomes.FAILED, error=self.reason(self.cell, job, one, "launch_failed"), job_id=job["job_id"]
            )
        elif model_jobs.outcome_of(job, one) == outcomes.FAILED:
            return self.allowed(one, client_checks.may_start_client_launch(self.pairs[one], self.mode))
        else:
            # the job has ended, and the client reports the machine in a moment
            self.take(job, [one], adopted=True, **fields)
        return False

    def _start_client(self, ids: list[str]) -> None:
        if self.check_mode:
            for one in ids:
                self.put(one, outcomes.PLANNED)
            return
        named = {present(self.pairs[one]["instance"])["recovery_instance_id"]: one for one in ids}
        self._search(ids, named, self._start_client_batch)

    def _start_client_batch(self, ids: list[str]) -> None:
        machines = [present(self.pairs[one]["instance"])["recovery_instance_id"] for one in ids]
        batch = hashes.batch_id(str(self.run_id), self.request.get("wave") or "1", self.cell.name, machines)
        job_tags = {**self.run_tags(), BATCH_TAG: batch}
        since = self.cell.now - self.reader.lookback
        job, adopted = once(
            find=lambda: model_jobs.of_batch(drs.jobs(self.cell, since=since), batch),
            act=lambda: self.fenced(lambda: drs_failback.start_failback_launch(self.cell, machines, job_tags)),
        )
        for one in ids:
            self.did.setdefault(one, []).append("StartFailbackLaunch")
        self.take(job, ids, adopted=adopted)
