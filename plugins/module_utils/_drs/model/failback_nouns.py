"""The nouns of a failback: the pair of a server in both of its cells, and the plan of a failback.

None is what is not there, or what nobody has said.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Error, Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    CellPlace,
    Excluded,
    FailurePolicy,
    UnknownCell,
)


class PairJobs(TypedDict, total=False):
    """The jobs of a pair: the active one that holds each side, and those that made the machines; lists newest first."""

    server: Job | None
    terminations: list[Job]
    client_launches: list[Job]
    made_instance: Job | None
    launches: list[Job]
    reversed: Job | None
    launched_terminations: list[Job]
    made_launched: Job | None


class Vouched(TypedDict, total=False):
    """What people vouch for: recovery instances that they validated, ids that they typed, a plan that they confirmed.

    ``source_instance_ids`` are the machines that any server of the cell protects, None when nobody has looked.
    """

    validated: list[str]
    typed: list[str]
    confirmed: bool
    require_protected: bool
    source_instance_ids: set[str] | None


class Original(TypedDict):
    """The cell that a server came from; ``error`` is why it cannot be used, ``templates`` are counted on demand."""

    cell: str
    account_id: str
    region: str
    error: Error | None
    templates: int | None


class Pair(TypedDict, total=False):
    """One server with everything that a failback makes of it, both cells' descriptions side by side.

    ``server`` is the one in the recovery cell and ``instance`` the machine that runs there; ``reversed`` is the server
    in the original cell that replicates back from that machine, ``launched`` what was launched from it there.
    """

    server: Server | None
    instance: RecoveryInstance | None
    reversed: Server | None
    launched: RecoveryInstance | None
    original: Original | None
    jobs: PairJobs


class Progress(TypedDict):
    """How far a copy is (``failback_stage.progress``)."""

    state: str | None
    percent: float | None
    replicated_bytes: int
    total_bytes: int
    backlog_bytes: int
    lag_seconds: float | None
    eta: str | None


class OriginalTold(TypedDict):
    """What a result says of the other side: the original cell, the reversed server and what was launched from it."""

    cell: str | None
    account_id: str | None
    region: str | None
    source_server_id: str | None
    arn: str | None
    recovery_instance_id: str | None
    ec2_instance_id: str | None
    private_ip: str | None


class FailbackDetails(TypedDict):
    """Where a failback stands, as a result tells it: ``did`` are calls of DRS, ``next`` is in words."""

    origin: str | None
    stage: str | None
    state: str | None
    did: list[str]
    next: str | None
    recovery_instance_id: str | None
    serving: bool
    protected_machine: str | None
    protected: bool
    progress: Progress | None
    original: OriginalTold


class FailbackEntry(Entry):
    """What became of one server of a failback."""

    failback: FailbackDetails


class OriginalPlace(TypedDict):
    """Where a server came from; ``cell`` is None when no cell is known there."""

    account_id: str
    region: str
    cell: str | None


class FailbackServer(TypedDict):
    """A server of a failback's wave; ``original_instance_id`` is the original machine before the failback began."""

    source_server_id: str
    arn: str
    name: str
    cell: str
    account_id: str
    region: str
    wave: str
    application: str | None
    critical: bool
    origin: str | None
    original: OriginalPlace | None
    original_instance_id: str | None
    recovery_instance_id: str | None
    is_drill: bool | None
    launch_settings: dict[str, Any]


class FailbackWave(TypedDict):
    """A wave of a failback: its servers over all cells."""

    wave: str
    servers: list[FailbackServer]
    by_cell: dict[str, list[str]]


class FailbackSummary(TypedDict):
    """The plan of a failback in numbers of servers, and of findings by severity."""

    servers: int
    waves: int
    cells: int
    applications: dict[str, int]
    critical: int
    optional: int
    launch_settings: int
    excluded: dict[str, int]
    errors: int
    warnings: int


class FailbackPlan(TypedDict):
    """The plan of a failback (``failback/plan.plan``); ``regions`` are those in which machines are launched.

    ``terminates`` {count, regions} are the recovery instances that it terminates at its end; None in a drill.
    """

    name: str
    mode: str
    hash: str
    point_in_time: str
    policy: FailurePolicy
    coverage: str
    unknown_cells: list[UnknownCell]
    cells: list[CellPlace]
    waves: list[FailbackWave]
    excluded: list[Excluded]
    findings: list[Finding]
    regions: list[str]
    terminates: dict[str, Any] | None
    confirmation: str
    summary: FailbackSummary
