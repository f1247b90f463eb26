"""Decide which jobs belong to a run: tags, servers and time must match an intent of the run's record.

A run id is only a name: two people may use the same one, and a store may be lost. So what bears the run's tag is held
against what the record intended, and whatever disagrees is somebody else's until a person says otherwise. A job that
DRS no longer lists is judged by the record, the recovery instance that names it, and the server's last launch.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyError, AnyServer, Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, LastLaunch, RecoveryInstance
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import hashes

SKEW = 300.0
"""Seconds by which the clock that an intent was written by may be ahead of that of AWS."""
TRIES = 64
"""How often the same servers may be launched again in one run, before a batch of theirs is no longer recognised."""
_TYPES = {True: "DRILL", False: "RECOVERY"}


class Intent(NamedTuple):
    """What a run's record holds of one wave in one cell.

    ``at`` is when the intent was first written, ``servers`` are the ids of its source servers here, ``entries`` what
    the record knows of those that a job holds, ``jobs`` the ids of all jobs that it names.
    """

    at: datetime | None
    servers: frozenset[str]
    entries: Mapping[str, Mapping[str, Any]]
    jobs: frozenset[str]


class Record(NamedTuple):
    """What a run's record holds of one cell: by what its batches are named, and its intents by wave.

    ``substitute``: it was begun because the run's own store could not be reached, and a person has said why to go on.
    What the run had started before stands in the other store, so its batches and times say nothing here.
    """

    key: str
    intents: Mapping[str, Intent]
    substitute: bool = False

    @property
    def earliest(self) -> datetime | None:
        """When the first of the intents was written, less what clocks may differ by; None without one."""
        times = [intent.at for intent in self.intents.values() if intent.at]
        return min(times) - timedelta(seconds=SKEW) if times else None


class Verdict(NamedTuple):
    """What became of a server whose job DRS no longer lists."""

    outcome: outcomes.Outcome
    job_id: str | None
    error: DrsError | AnyError | None
    started_at: str | None
    instance: RecoveryInstance | None


def record_of(run: Mapping[str, Any], waves: Iterable[Mapping[str, Any]], cell: str) -> Record:
    """What the record of a run says of one cell.

    :param run: the RUN.
    :param waves: its WaveRecords.
    """
    intents = {}
    for wave in waves:
        here = [one for one in wave.get("servers") or () if one.get("cell") == cell]
        named = [one for one in here if one.get("job_id")]
        intents[str(wave["wave"])] = Intent(
            parse_time(wave.get("intended_at")),
            frozenset(str(one["source_server_id"]) for one in here),
            {str(one["source_server_id"]): one for one in named},
            frozenset([*(str(one["job_id"]) for one in named), *map(str, wave.get("jobs") or ())]),
        )
    substitute = any(one.get("guardrail") == "run_store" for one in run.get("overrides") or ())
    return Record(key_of(str(run["run_id"]), run.get("created_at")), intents, substitute)


def key_of(run_id: str, created_at: Any = None) -> str:
    """By what a run's batches are named: two runs of the same id in two stores are not the same run."""
    return "%s@%s" % (run_id, created_at) if created_at else run_id


# -- batches ---------------------------------------------------------------------------------------------------------


def batch_of(key: str, wave: str, cell: str, ids: Collection[str], used: Collection[str | None] = ()) -> str:
    """The name of a batch: servers of one run, wave and cell. Servers that are tried again get another one.

    :param used: names that jobs of the run already bear; an earlier job must not pass for the new one.
    """
    names_ = (_batch(key, wave, cell, ids, tries) for tries in range(10 * TRIES))
    return next(one for one in names_ if one not in used)


def _batch(key: str, wave: str, cell: str, ids: Collection[str], tries: int) -> str:
    return hashes.batch_id(key, wave if not tries else "%s again %d" % (wave, tries), cell, ids)


# -- jobs that DRS lists -----------------------------------------------------------------------------------------------


def disagreements(job: Job, run_id: str, cell: str, record: Record | None, waves: Mapping[str, str]) -> list[str]:
    """In what a launch does not agree with the intents of a run; nothing when it is the run's own.

    :param record: None where there is none (a task outside of a run): then the tags alone have to do.
    :param waves: the wave that the request has each source server in; says what to expect without a record.
    """
    if job["run_id"] != run_id:
        return ["its run tag is %s" % clean(job["run_id"] or "missing", 64)]
    wave, ids = str(job["wave"] or ""), jobs.server_ids(job)
    if record is None:
        here = {waves[one] for one in ids if one in waves}
        return ["its wave tag is %s" % clean(wave or "missing", 64)] if here and here != {wave} else []
    intent = record.intents.get(wave)
    if intent is None:
        told_ = ["its wave tag is %s, which the run has not intended" % clean(wave or "missing", 64)]
        return told_ + _early(job, record.earliest, "anything")
    if job["job_id"] in intent.jobs:
        return []
    reasons = []
    strange = [one for one in ids if one not in intent.servers]
    if strange:
        verb = "is" if len(strange) == 1 else "are"
        reasons.append("%d of its servers %s not in that wave (%s)" % (len(strange), verb, names(strange, 3, 40)))
    if record.substitute:
        return reasons
    if not any(job["batch"] == _batch(record.key, wave, cell, ids, tries) for tries in range(TRIES)):
        reasons.append("its batch tag is %s, which this run has not given" % clean(job["batch"] or "missing", 32))
    return reasons + _early(job, intent.at - timedelta(seconds=SKEW) if intent.at else None, "that wave")


def _early(job: Job, begin: datetime | None, what: str) -> list[str]:
    """That a job began before a run intended something; a time that nobody knows does not agree either."""
    created = parse_time(job["created_at"])
    if created is not None and begin is not None and created >= begin:
        return []
    return ["it began before the run intended %s" % what]


def foreign_job_text(job: Job, reasons: Iterable[str]) -> str:
    """Who, when, what: a job that bears the run's tag and is not the run's, in one sentence."""
    return "job %s bears the run's tag and is not the run's: %s at %s, wave %s, %s; %s" % (
        clean(job["job_id"], 40),
        clean(job["initiated_by"] or "started by somebody", 40),
        clean(job["created_at"] or "an unknown time", 40),
        clean(job["wave"] or "none", 64),
        names(jobs.server_ids(job), 3, 40),
        ", ".join(reasons),
    )


# -- jobs that DRS no longer lists -------------------------------------------------------------------------------------


def of_vanished(
    source_server_id: str,
    record: Mapping[str, Any] | None,
    since: datetime | None,
    drill: bool,
    listed: Collection[str],
    last: LastLaunch | None,
    instances: Iterable[RecoveryInstance],
    asked: Collection[str] = (),
) -> Verdict | None:
    """What became of a server that a job may have launched which DRS no longer lists.

    :param record: the entry that the record has of the server with the job's id; None when it names no job of it.
    :param since: when the run intended its wave; what was launched before is not of this run.
    :param listed: ids of the jobs that DRS lists.
    :param last: the server's last launch. :param instances: its recovery instances.
    :param asked: ids of jobs that a person says are the run's.
    :returns: None when nothing speaks of such a launch, and only then may the server be launched. What nobody can
        tell is ``unknown``: launching again would wipe what may stand.
    """
    by_job = {one["job_id"]: one for one in instances if one["source_server_id"] == source_server_id}
    recorded = str((record or {}).get("job_id") or "")
    later = _later(by_job.values(), since, drill, {*listed, recorded}, last)
    if later is not None:
        job_id, at = later
        if job_id not in asked:
            text = "%s was launched by job %s%s, which neither DRS lists nor the record names" % (
                source_server_id,
                clean(job_id, 40),
                " at %s" % clean(at, 40) if at else "",
            )
            # the entry names no job: it will stand in the record, which would own the job from then on
            return Verdict(outcomes.UNKNOWN, None, DrsError("job_gone", text), None, None)
        return _became(source_server_id, job_id, {}, at, last, by_job)
    if record is None or not recorded or recorded in listed:
        return None
    return _became(source_server_id, recorded, record, record.get("started_at"), last, by_job)


def _later(
    instances: Iterable[RecoveryInstance],
    since: datetime | None,
    drill: bool,
    named: Collection[str],
    last: LastLaunch | None,
) -> tuple[str, str | None] | None:
    """The launch since a time whose job is neither listed nor in the record: (job, time); None when there is none."""
    if since is None:
        return None
    begin = since - timedelta(seconds=SKEW)

    def is_since(at: str | None) -> bool:
        moment = parse_time(at)
        return moment is not None and moment >= begin

    candidates = (
        [(last["job_id"], last["time"], last["time"])] if last and last["type"] in (None, _TYPES[drill]) else []
    )
    candidates += [(one["job_id"], one["point_in_time"], None) for one in instances if one["is_drill"] in (None, drill)]
    return next(
        ((job, at) for job, moment, at in candidates if job and job not in named and is_since(moment)),
        None,
    )


def _became(
    source_server_id: str,
    job_id: str,
    record: Mapping[str, Any],
    at: str | None,
    last: LastLaunch | None,
    by_job: Mapping[str | None, RecoveryInstance],
) -> Verdict:
    """The outcome of a launch whose job is gone, by the instance that names it, the record, and the last launch."""
    instance = by_job.get(job_id)
    if alive(instance):
        return Verdict(outcomes.LAUNCHED, job_id, None, at, instance)
    status = last["status"] if last and last["job_id"] == job_id else None
    failed = record.get("outcome") == outcomes.FAILED or status == "FAILED"
    launched = record.get("outcome") == outcomes.LAUNCHED or status in ("LAUNCHED", "TERMINATED")
    # DRS lists a machine that has ended for a while, and what failed may have left one
    if launched or (instance is not None and not failed):
        text = "%s: launched by %s, which DRS no longer lists, and not there now" % (source_server_id, job_id)
        return Verdict(outcomes.UNKNOWN, job_id, DrsError("recovery_instance_gone", text), at, None)
    if failed:
        return Verdict(outcomes.FAILED, job_id, record.get("error") or DrsError("launch_failed"), at, None)
    text = "%s: DRS no longer lists job %s, and nothing else says what became of the server" % (
        source_server_id,
        clean(job_id, 40),
    )
    return Verdict(outcomes.UNKNOWN, job_id, DrsError("job_gone", text), at, None)


def entry_of(verdict: Verdict, server: AnyServer, **values: Any) -> Entry:
    """The result entry of a server whose job is gone; ``server`` supplies names and places."""
    result: dict[str, Any] = {**jobs.instance_fields(verdict.instance)} if verdict.instance else {}
    result.pop("source_server_id", None)
    fields = {**result, "job_id": verdict.job_id, "started_at": verdict.started_at, "adopted": True, **values}
    return outcomes.server_entry(verdict.outcome, server, error=verdict.error, **fields)


class Ownership:
    """Whose launches those of a cell are, for one request of a run.

    :param run_id: the run's id. :param cell: name of the cell. :param drill: whether the run is one.
    :param waves: the wave that the request has each source server in.
    :param asked: ids of jobs that a person says are the run's.
    :param record: what the run's record says of the cell, None where there is none.
    """

    def __init__(
        self,
        run_id: str,
        cell: str,
        drill: bool,
        waves: Mapping[str, str],
        asked: Iterable[str] = (),
        record: Record | None = None,
    ) -> None:
        self.run_id, self.cell, self.drill = run_id, cell, drill
        self.waves, self.asked, self.record = waves, frozenset(asked), record
        self.listed: frozenset[str] = frozenset()
        self.batches: frozenset[str | None] = frozenset()

    def since(self, now: datetime, hours: int) -> datetime:
        """From when on jobs are read: so many hours back, and never later than the run's first intent."""
        begin = now - timedelta(hours=hours)
        return min(begin, self.record.earliest) if self.record and self.record.earliest else begin

    def observe(self, jobs: Iterable[Job]) -> None:
        """Note which jobs DRS lists."""
        listed = list(jobs)
        self.listed = frozenset(job["job_id"] for job in listed)
        self.batches = frozenset(job["batch"] for job in listed)

    def bearing(self, stored: Iterable[Job]) -> list[Job]:
        """The launches that bear the run's tag, or that a person says are the run's, oldest first."""
        listed = list(stored)
        ids = {job["job_id"] for job in jobs.of_run(listed, self.run_id)} | self.asked
        return [job for job in reversed(listed) if job["job_id"] in ids and job["type"] == jobs.LAUNCH]

    def mismatches(self, job: Job) -> list[str]:
        """In what a job does not agree with what the run intended; see ``disagreements``."""
        if job["job_id"] in self.asked:
            return []
        return disagreements(job, self.run_id, self.cell, self.record, self.waves)

    def is_drill(self, job: Job) -> bool:
        """Whether a job was started as a drill."""
        return job["initiated_by"] in jobs.DRILL_INITIATORS

    def owns(self, job: Job) -> bool:
        """Whether a launch is the run's own, and of its mode."""
        bears = job["run_id"] == self.run_id or job["job_id"] in self.asked
        return bears and self.is_drill(job) == self.drill and not self.mismatches(job)

    def new_batch(self, wave: str, ids: Collection[str]) -> str:
        """The name of a batch that is about to be launched."""
        key = self.record.key if self.record else self.run_id
        return batch_of(key, wave, self.cell, ids, self.batches)

    def records(self, instance: RecoveryInstance) -> bool:
        """Whether the record names a recovery instance or the job that made it, whatever DRS says of that job now."""
        server = instance["source_server_id"]
        for intent in self.record.intents.values() if self.record else ():
            known = intent.entries.get(server) or {}
            if known.get("recovery_instance_id") == instance["recovery_instance_id"]:
                return True
            if server in intent.servers and instance["job_id"] in intent.jobs:
                return True
        return False

    def may_own(self, instance: RecoveryInstance) -> bool:
        """Whether an instance whose job is gone may be the run's: made of its server, in its mode, since its intent."""
        for intent in self.record.intents.values() if self.record else ():
            made = parse_time(instance["point_in_time"])
            if instance["source_server_id"] not in intent.servers or instance["is_drill"] not in (None, self.drill):
                continue
            if intent.at and (made is None or made >= intent.at - timedelta(seconds=SKEW)):
                return True
        return False

    def vanished(
        self, source_server_id: str, last: LastLaunch | None, instances: Iterable[RecoveryInstance]
    ) -> Verdict | None:
        """What became of a server that a job may have launched which DRS no longer lists; see ``of_vanished``."""
        intent = self.record.intents.get(self.waves[source_server_id]) if self.record else None
        if intent is None:
            return None
        asked = self.asked | intent.jobs
        intended = intent.entries.get(source_server_id)
        return of_vanished(source_server_id, intended, intent.at, self.drill, self.listed, last, instances, asked)
