"""The nouns of a run: the record, its waves, its journal, approvals, and what a store keeps them in.

Times are ISO 8601 text in UTC. None is what has not happened yet, or what nobody has said.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    Entry,
    Error,
    Gap,
    Summary,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    CellPlace,
    PastGuardrail,
    Selection,
)


class RunRequest(TypedDict, total=False):
    """What the operator asked for, by which a run is known again; the options of the verb stand beside it."""

    mode: str
    name: str
    selection: Selection
    tag_keys: dict[str, Any]
    point_in_time: str
    document: dict[str, Any]


class Override(PastGuardrail):
    """The same in the record: who gave the reason, and when."""

    by: str | None
    at: str


class Idle(TypedDict):
    """A time in which nobody worked on a run."""

    since: str
    until: str


class RunWave(TypedDict):
    """What the record itself holds of a wave whose intent was recorded; ``approvals`` are names of gates."""

    status: str
    at: str
    approvals: list[str]


class Frozen(TypedDict):
    """What the record takes from the plan that it is frozen with.

    ``scope`` says which servers of which cell belong to which wave, as digests.
    """

    plan_hash: str | None
    request: RunRequest
    request_hash: str
    cells: list[CellPlace]
    scope: dict[str, dict[str, str]]


class Person(TypedDict):
    """Who typed a command, as far as the machine knows: ``user`` of ``kind`` awx, schedule or local.

    ``job`` is that of AWX; ``local`` is the account of the controller, ``user@host``.
    """

    user: str
    kind: str
    job: str | None
    local: str


class NewRun(Frozen):
    """A run before a controller has taken it."""

    schema: int
    run_id: str
    kind: str
    mode: str
    plan_name: str | None
    ticket: str | None
    correlation_id: str | None
    parent_execution: str | None
    controller: str | None
    initiator: str | None
    started_by: Person | None
    declared_at: str | None
    lease_until: str | None
    epoch: int
    created_at: str
    approved_at: str | None
    started_at: str | None
    ended_at: str | None
    collection_version: str
    overrides: list[Override]
    summary: Summary
    reason: str
    approvals: list[str]
    waves: dict[str, RunWave]


class Run(NewRun):
    """The record of a run (item ``run``); ``epoch`` counts the controllers, the last of which owns it.

    ``plan_hash_before`` is the plan that the last takeover put another one in place of, ``unpaused_epoch`` the
    controller that a person had end a pause, where one did.
    """

    unpaused_epoch: int | None
    plan_hash_before: str | None
    status: str
    idle: list[Idle]
    idle_since: str | None
    ended_before: str | None


class WaveVerdict(TypedDict, total=False):
    """What a wave's record keeps of the verdict; empty before there is one."""

    proceed: bool
    reason: str
    code: str | None


class JobLog(TypedDict):
    """The log of a job as DRS had it when the job had ended: ``events`` are [time, event, source server id] and, where
    there is one, the raw error; ``error`` {code, message} says why there are none."""

    cell: str
    job_id: str
    read_at: str
    error: dict[str, str] | None
    events: list[list[str | None]]


class WaveRecord(TypedDict):
    """Item ``wave:<name>``: the intent of a wave, and what became of it; ``attempts`` as in runs/attempts, ``calls``
    as in aws/session.Cell.take_sent."""

    wave: str
    status: str
    intended_at: str
    ended_at: str | None
    ended_before: str | None
    epoch: int
    servers: list[Entry]
    attempts: list[dict[str, Any]]
    verdict: WaveVerdict
    jobs: list[str]
    validation: dict[str, Any] | None
    calls: list[dict[str, Any]]
    logs: list[JobLog]


class Event(TypedDict):
    """Item ``event:<number>``: one event of the journal, chained to the one before by its hash."""

    seq: int
    at: str
    event: str
    actor: str | None
    data: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    prev: str
    hash: str


class Approval(TypedDict):
    """Item ``approval:<gate>``: a decision at a gate, for exactly one plan."""

    gate: str
    plan_hash: str | None
    approver: str
    approved_by: Person | None
    decision: str
    at: str
    expires_at: str
    reason: str


class GateRecord(TypedDict):
    """Item ``gate:<name>``: a gate of a plan at which a run waits or which it has passed."""

    gate: str
    type: str
    wave: str | None
    plan_hash: str | None
    epoch: int
    at: str
    status: str
    reason: str


class CellError(TypedDict):
    """A cell that did not answer, and why."""

    cell: str
    error: Error


class Left(TypedDict):
    """A recovery instance that a clean-up left alone, or could not prove to be gone, and why."""

    recovery_instance_id: str | None
    source_server_id: str | None
    cell: str | None
    job_id: str | None
    reason: str


class CellGap(Gap):
    """What a service beside DRS did not say of a cell."""

    cell: str


class Resource(TypedDict):
    """A volume, network interface or snapshot of a recovery instance (``waiting/resources``)."""

    kind: str
    id: str | None
    volume_id: str | None
    cell: str
    account_id: str | None
    region: str | None
    recovery_instance_id: str | None
    source_server_id: str | None
    delete_on_termination: bool


class Resources(TypedDict):
    """What became of the resources of terminated instances: ``left`` are RESOURCEs with ``state``, ``not_proven`` such
    with ``reason``, ``gone`` counts by kind, ``instances`` the ids of the instances whose resources were read; ``kept``
    are RESOURCEs with ``state`` that stand and may, see ``waiting/resources.with_kept``."""

    instances: list[str]
    left: list[dict[str, Any]]
    not_proven: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    gone: dict[str, int]


class Trace(TypedDict, total=False):
    """What a clean-up of named instances returns for the records of the runs that they were of: ``attached`` is what
    was attached to them before they went, ``calls`` as in aws/session.Cell.take_sent."""

    attached: list[Resource]
    calls: list[dict[str, Any]]
    logs: list[JobLog]


class CleanUp(Trace):
    """The proof of a clean-up: what stands is ``left``, None when nobody has looked.

    ``not_proven`` are instances that the run's record names and of which nobody knows that they are gone, ``proven``
    the ids of those that were proven to be, by this clean-up and earlier ones. ``foreign`` bear the run's tag and are
    not the run's. ``record`` says what is known of the record: known, unknown, unread, or none where no run was named.
    ``confirmation`` is what a person must type for a clean-up of every run, empty for any other. ``resources`` are the
    volumes, network interfaces and snapshots of the instances, None when nobody has looked.
    """

    servers: list[Entry]
    left: list[AnyServer] | None
    resources: Resources | None
    not_proven: list[Left]
    foreign: list[Left]
    proven: list[str]
    record: str
    record_error: Error | None
    others: int
    asked: str
    unknown_cells: list[CellError]
    gaps: list[CellGap]
    clean: bool
    summary: Summary
    confirmation: str
    confirmed: bool
    changed: bool


class OptionChange(TypedDict):
    """An option of a run's request that was typed anew (``runs/request.resumed``)."""

    option: str
    variable: str
    was: Any
    now: Any


class Change(TypedDict):
    """What a plan made now would do otherwise than the frozen one: ``change`` is added, removed or moved."""

    change: str
    source_server_id: str
    name: str
    cell: str
    wave: str | None
    was: str | None


class _Record(TypedDict):
    run_id: str
    item: str
    version: int
    body: Any


class Record(_Record, total=False):
    """What a store keeps: an item of a run, its version from 1, and by what it is found."""

    account_id: str
    status: str
    pattern: str
    started_at: str
    expires_at: str


AnyRecord = Mapping[str, Any]
"""A record or its head."""

Index = Mapping[str, Any]
"""By what a record is found again: account_id, status, pattern, started_at."""

Head = dict[str, Any]
"""A record without its body, as it was found: what is not of its type stands in it as it is (``item.wrong_head``)."""


class Trouble(TypedDict):
    """A record that cannot be used (``runs.troubles``): ``kind`` is damaged, foreign or newer, ``where`` its place."""

    kind: str
    run_id: str | None
    item: str | None
    where: str
    why: str
    remedy: str


class KeptRun(TypedDict):
    """A run that is old enough to go and stays all the same."""

    run_id: str
    why: str


class Removal(TypedDict):
    """What was removed of a store by its age (``runs.effects.removal``); ``before`` is None when nothing is by age."""

    before: str | None
    removed: list[str]
    records: int
    kept: list[KeptRun]
    unreadable: list[Trouble]
