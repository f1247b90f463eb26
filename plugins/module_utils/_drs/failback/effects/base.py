"""What all stages of a failback share: a request for servers of one recovery cell and their original cells.

A stage is looked for before anything is done about it, so every request can be made again, after a crash or just to
see. ReverseReplication returns no job and knows no client token: its effect is found in the original cell. Every call
that changes something has its guard right before it (failback/checks, failback/client_checks), on what was described
a moment ago.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_launch_failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks, zone
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import pairs as failback_pairs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG, WAVE_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.job_results import FAILURE_EVENTS
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    Entry,
    Error,
    Explanation,
    Finding,
    Given,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import (
    FailbackEntry,
    FailbackDetails,
    Pair,
    Vouched,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping, present

T = t.TypeVar("T")
NAME_KEYS = ("source_server_id", "name", "arn", "account_id", "application", "critical", "wave")


class Failback:
    """What all stages share: the pairs, the results, the guarded call.

    :param cell: the recovery cell.
    :param originals: the original cells by (account id, Region).
    :param request: ``mode`` (drill or failback), ``run_id``, ``wave``, ``servers`` [{source_server_id, ...names}],
        ``vouched`` {validated, confirmed, typed, require_protected}, ``since``, ``limits``, ``lookback_hours``,
        ``retry_failed``, and ``retry_jobs``: only what failed in those jobs, for a request that is repeated within one
        command; ``store``, ``run_epoch`` and ``wave_servers`` for the fence; ``points``, the ids of reversed
        servers that are known to have a point in time, to which those are added that are found to have one.
    :param check_mode: say what would be done; call nothing that changes anything.
    """

    TEMPLATES = False
    MAKERS = False

    def __init__(
        self, cell: Cell, originals: dict[failback_pairs.Place, Cell], request: Given, check_mode: bool = False
    ) -> None:
        self.cell = cell
        self.originals = originals
        self.request = request
        self.check_mode = check_mode
        self.mode = request["mode"]
        self.drill = self.mode == checks.DRILL
        self.run_id = request.get("run_id")
        self.vouched = t.cast(Vouched, dict(as_mapping(request.get("vouched"))))
        self.servers = {one["source_server_id"]: one for one in request["servers"]}
        recorded = {one: given.get("recovery_instance_id") for one, given in self.servers.items()}
        self.reader = failback_pairs.Pairs(cell, originals, request.get("lookback_hours") or 48, recorded)
        self.pairs: dict[str, Pair] = {}
        self.entries: dict[str, Entry] = {}
        self.did: dict[str, list[str]] = {}
        self.jobs: dict[str, Job] = {}
        self.retried: set[str] = set()
        self.limits = quotas.limits(as_mapping(request.get("limits")))
        self.fence = fence.Fence(request, cell.name)
        self.points: set[str] = request["points"] if request.get("points") is not None else set()

    def run(self) -> Result:
        """Bring the servers to the stage; returns {servers, jobs, queued, summary, unread, changed, retried}."""
        self._check_input()
        self.look()
        for one in self.servers:
            if self.pairs[one]["server"] is None:
                self.refuse(one, DrsError("unknown_id", f"{one} is not in {self.cell.name}"))
        self.act([one for one in self.servers if one not in self.entries])
        return self._result()

    def act(self, ids: list[str]) -> None:
        """Work on the servers that are there; a stage of its own says how."""
        raise NotImplementedError

    def _check_input(self) -> None:
        ids = [one["source_server_id"] for one in self.request["servers"]]
        problems = duplicate_ids(ids)
        for one in ids:
            problems += valid_id("source_server", one)
        for one in (*(self.vouched.get("validated") or ()), *(self.vouched.get("typed") or ())):
            problems += valid_id("recovery_instance", one)
        if problems:
            raise findings.refusal(problems)

    def look(self) -> None:
        """Describe both cells of every pair again."""
        self.pairs = self.reader.read(list(self.servers), templates=self.TEMPLATES, makers=self.MAKERS)
        self.vouched["source_instance_ids"] = self.reader.source_instance_ids

    def original(self, one: str) -> Cell:
        """The original cell of a pair whose guard has passed."""
        if failback_stage.within_region(self.pairs[one]):
            return self.cell
        place = present(self.pairs[one]["original"])
        return self.originals[place["account_id"], place["region"]]

    def passed(self, one: str, outcome: outcomes.Outcome) -> bool:
        """Whether this run has taken a server beyond the stage that is asked for; it has reached it then."""
        pair = self.pairs[one]
        own = checks.owner(pair["reversed"]) == (checks.DRILL, self.run_id) if self.drill else None
        if not failback_stage.passed(pair, self.servers[one], own):
            return False
        self.put(one, outcome, adopted=True)
        return True

    def recoverable(self, one: str) -> bool:
        """Whether the copy of a server has a point in time to launch from; says of the server that it has none yet.

        A copy that is in step has none for a while: launching it would be refused. Who may not read them leaves it to
        DRS to judge.
        """
        copy_id = present(self.pairs[one]["reversed"])["source_server_id"]
        if copy_id in self.points:
            return True
        try:
            points = drs.recovery_snapshots(self.original(one), copy_id)
            same = failback_stage.within_region(self.pairs[one])
            there = any(
                zone.fresh(self.pairs[one], point["timestamp"]) if same else point["timestamp"] for point in points
            )
            missing = DrsError("no_point_in_time_yet", f"{self.named(one)['name']}: its copy {copy_id} has none so far")
        except DrsError as exc:
            there, missing = not exc.retryable, exc
        if there:
            self.points.add(copy_id)
        else:
            self.put(one, outcomes.IN_PROGRESS, error=missing)
        return there

    # -- the guarded call ----------------------------------------------------------------------------------------
    def allowed(self, one: str, blocking: list[Finding]) -> bool:
        """Whether no finding blocks a call; refuses the server for the first one otherwise."""
        if blocking:
            self.refuse(one, blocking[0])
        return not blocking

    def call(
        self, one: str, name: str, effect: t.Callable[[], t.Any], done: t.Callable[[], t.Any] | None = None
    ) -> bool:
        """Make one call that changes something, at most once; in check mode only say that it would be made.

        :param done: looks whether its effect is there; what repeats without harm needs none.
        """
        if self.check_mode:
            self.put(one, outcomes.PLANNED)
            return False
        try:
            once(done or (lambda: None), lambda: self.fenced(effect))
        except fence.Fenced as exc:
            self.refuse(one, exc)
            return False
        except DrsError as exc:
            self.put(one, outcomes.FAILED, error=explained(exc, self.pairs[one]))
            return False
        self.did.setdefault(one, []).append(name)
        return True

    def fenced(self, effect: t.Callable[[], T]) -> T:
        """Ask the run store right before an effect: is the run alive, is it ours, was this written down before?

        :raises Fenced: when it says no, or cannot say yes.
        """
        wave = str(self.request.get("wave") or "1")
        wave_servers = self.request.get("wave_servers") or list(self.servers)
        self.fence.check({wave: wave_servers})
        return effect()

    # -- book-keeping --------------------------------------------------------------------------------------------
    def named(self, one: str) -> AnyServer:
        """What a result entry says of a server before anything has happened to it."""
        server = as_mapping(self.pairs[one]["server"])
        given = {key: value for key, value in self.servers[one].items() if value is not None and key in NAME_KEYS}
        seen = {key: server[key] for key in ("arn", "account_id", "name") if server.get(key)}
        base = {"name": one, "critical": True, "wave": self.request.get("wave")}
        return {**base, **given, **seen, "cell": self.cell.name, "region": self.cell.region}

    def put(self, one: str, outcome: outcomes.Outcome, **values: t.Any) -> None:
        """Set what became of a server."""
        self.entries[one] = outcomes.server_entry(outcome, self.named(one), **values)

    def refuse(self, one: str, error: DrsError | Error) -> None:
        """Nothing was sent for this server."""
        self.put(one, outcomes.REFUSED, error=error)

    def unreadable(self, one: str, outcome: outcomes.Outcome = outcomes.UNKNOWN) -> bool:
        """Whether the original cell of a pair could not be read; its server is unknown then, never done."""
        error = as_mapping(self.pairs[one]["original"]).get("error")
        if error:
            missing = error["code"] == "original_cell_missing"
            self.put(one, outcomes.REFUSED if missing else outcome, error=error)
        return bool(error)

    def take(self, job: Job, ids: t.Iterable[str], **values: t.Any) -> None:
        """Servers are in a job whose end is not known yet."""
        self.jobs[job["job_id"]] = job
        for one in ids:
            fields = {"job_id": job["job_id"], "batch": job["batch"], "started_at": job["created_at"], **values}
            self.put(one, outcomes.IN_PROGRESS, **fields)

    def instance_fields(self, instance: RecoveryInstance | None) -> dict[str, t.Any]:
        """What a result entry takes from a recovery instance; its server stays the one of the recovery cell."""
        fields = jobs.instance_fields(as_mapping(instance))
        fields.pop("source_server_id")
        return fields

    def batched(self, ids: list[str], active: list[Job]) -> t.Iterator[list[str]]:
        """Cut servers into jobs within the quotas; those that do not fit now are queued."""
        start, queued = quotas.admit(quotas.batches(ids, self.limits["servers_per_job"]), active, self.limits)
        for batch in queued:
            for one in batch:
                self.put(one, outcomes.QUEUED)
        yield from start

    def tries_again(self, job: Job) -> bool:
        """Whether a server that failed in a job is tried again. With ``retry_jobs`` a failure of any other job was a
        try of this command, and stands."""
        only = self.request.get("retry_jobs")
        again = bool(self.request.get("retry_failed")) and (only is None or job["job_id"] in only)
        if again:
            self.retried.add(job["job_id"])
        return again

    def reason(self, cell: Cell, job: Job, source_server_id: str, code: str) -> DrsError | Explanation:
        """Why a job failed for a server, from its log; the failure itself where the log cannot be read."""
        try:
            log = drs.job_log(cell, job["job_id"])
        except DrsError:
            log = []
        for item in log:
            if item["source_server_id"] == source_server_id and item["event"] in FAILURE_EVENTS:
                return explain_launch_failure(item["event"], item["raw_error"])
        return DrsError(code)

    def _result(self) -> Result:
        servers: list[FailbackEntry] = []
        for one in self.servers:
            entry, did = self.entries[one], self.did.get(one, [])
            changed = entry["changed"] or bool(did)
            details = self._details(self.pairs[one], did)
            servers.append({**entry, "changed": changed, "is_drill": self.drill, "failback": details})
        return {
            "servers": servers,
            "jobs": list(self.jobs.values()),
            "queued": [one["source_server_id"] for one in servers if one["outcome"] == outcomes.QUEUED],
            "summary": outcomes.summarise(servers),
            "unread": [
                {"cell": one["cell"], "error": outcomes.error_entry(one["error"])} for one in self.reader.unread
            ],
            "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in servers),
            "retried": sorted(self.retried),
        }

    def _details(self, pair: Pair, did: list[str]) -> FailbackDetails:
        """What the stage found, what was done, what comes next, and where the other side is."""
        place, server = as_mapping(pair["original"]), as_mapping(pair["server"])
        copy, launched = pair["reversed"], pair["launched"]
        instance = as_mapping(pair["instance"])
        begun = failback_stage.protection_begun(pair)
        shown: t.Any = server if begun else copy if copy is not None else pair["instance"]
        return {
            "origin": failback_stage.origin(pair),
            "stage": failback_stage.stage(pair) if pair["server"] else None,
            "state": instance.get("failback", {}).get("state"),
            "did": did,
            "next": failback_stage.next_step(pair, self.drill) if pair["server"] else None,
            "recovery_instance_id": instance.get("recovery_instance_id"),
            "serving": alive(pair["instance"]) and instance.get("is_drill") is not True,
            "protected_machine": server.get("instance_id"),
            "protected": failback_stage.protected(pair) or failback_stage.moved_to_original(pair),
            "progress": failback_stage.progress(shown),
            "original": {
                "cell": place.get("cell"),
                "account_id": place.get("account_id"),
                "region": place.get("region"),
                "source_server_id": as_mapping(copy).get("source_server_id"),
                "arn": as_mapping(copy).get("arn"),
                "recovery_instance_id": as_mapping(launched).get("recovery_instance_id"),
                "ec2_instance_id": as_mapping(launched).get("ec2_instance_id"),
                "private_ip": as_mapping(launched).get("private_ip"),
            },
        }

    def run_tags(self) -> dict[str, str]:
        """The tags that say whose a reversed server or a job is."""
        return {RUN_TAG: str(self.run_id), WAVE_TAG: str(self.request.get("wave") or "1")}


def explained(exc: DrsError, pair: Pair) -> DrsError:
    """What an answer of DRS means in a failback; see core/catalogue/failback for the texts that it knows."""
    place, here = as_mapping(pair["original"]), as_mapping(pair["server"]).get("account_id")
    message = exc.message.lower()
    code = None
    if "agent is not connected" in message:
        code = "agent_not_connected"
    elif "could not be processed" in message:
        code = "original_machine_untagged"
    elif exc.code == "AccessDeniedException" and "error in authori" in message and place.get("account_id") != here:
        code = "failback_role_missing"
    if code is None:
        return exc
    return DrsError(code, exc.message, details=exc.details)
