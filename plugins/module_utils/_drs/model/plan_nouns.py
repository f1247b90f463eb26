"""The nouns of a plan: request, cells as they were read, plan file, waves, stages, the plan.

Times are ISO 8601 text in UTC, objectives and predictions seconds. None is what nobody has said.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Error, Finding, Gap
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import Outcome
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    Job,
    Limits,
    Readiness,
    RecoveryInstance,
    Server,
)


class FailurePolicy(TypedDict):
    """How many servers may fail: ``max_failures`` is a number, or a percentage of a wave such as ``10%``."""

    continue_on_failure: bool
    max_failures: int | str


class _WholePolicy(FailurePolicy):
    min_readiness: str
    max_lag_seconds: int | None
    allow_stale: bool
    recover_in: str


class Policy(_WholePolicy, total=False):
    """What a launch may use (``replication_policy.resolve_policy``); ``post_launch`` is there when it was given."""

    post_launch: str


class GivenPolicy(TypedDict, total=False):
    """A policy as a person or a plan file gives it, before it is checked."""

    min_readiness: str | None
    max_lag_seconds: int | str | None
    allow_stale: bool | None
    recover_in: str | None
    post_launch: str | None
    continue_on_failure: bool | None
    max_failures: int | str | None


class Selection(TypedDict, total=False):
    """Which servers are meant; all that is given must hold."""

    tags: dict[str, Any]
    source_server_ids: list[str]
    applications: list[str]
    waves: list[str]


class CellPlace(TypedDict):
    """A cell, and where it is."""

    cell: str
    account_id: str | None
    region: str | None


class UnknownCell(CellPlace):
    """A cell that was not read, and why; ``error`` has at least code and message."""

    error: dict[str, Any]


class PlanCell(CellPlace):
    """A cell of a plan; ``servers`` is how many of its servers are in it, None when it was not read."""

    account_types: list[str]
    read: bool
    servers: int | None


class _CellRead(TypedDict):
    cell: str


class CellRead(_CellRead, total=False):
    """What was read of a cell for a plan. With an ``error``, or without ``source_servers``, it was not."""

    account_id: str
    region: str
    account_types: list[str]
    extend_to: str | None
    assume_role_arn: str | None
    error: Error | None
    source_servers: list[Server]
    recovery_instances: list[RecoveryInstance]
    jobs: list[Job]
    read_at: str
    gaps: list[Gap]
    """What a service beside DRS did not say."""


class _Hook(TypedDict):
    type: str


class Hook(_Hook, total=False):
    """A gate or an action of a wave; what it holds depends on its ``type``, see plan/file_schema. Times are seconds."""

    name: str
    kind: str
    wave: str
    when: str
    place: int
    message: str
    tasks: str
    http: dict[str, Any]
    tcp: dict[str, Any]
    timeout: int
    retries: int
    interval: int
    file: str
    each_cell: bool
    document: str
    version: str
    parameters: dict[str, Any]
    cells: list[str]


class Hooks(TypedDict):
    """Gates or actions before and after a wave."""

    before: list[Hook]
    after: list[Hook]


class _FileWave(TypedDict):
    name: str
    selector: Selection
    depends_on: list[str]
    gates: Hooks
    actions: Hooks


class FileWave(_FileWave, total=False):
    """A wave of a plan file, its defaults filled in."""

    description: str
    critical: Selection
    optional: Selection
    expected_count: int
    allow_empty: bool
    max_failures: int | str
    point_in_time: str


class PointsInTime(TypedDict, total=False):
    """Points in time by application and by source server."""

    applications: dict[str, str]
    source_servers: dict[str, str]


class DrillNetwork(TypedDict, total=False):
    """The guardrail for the network of drills (``drill_network.guardrail``); empty when none was asked for."""

    subnet_ids: list[str]
    subnet_tags: dict[str, Any]
    security_group_ids: list[str]
    production_subnet_ids: list[str]
    allow_public_ip: bool
    allow_copy_private_ip: bool


class NextPhase(TypedDict):
    """When the next phase may start: ``ready_when`` is all, policy or never."""

    ready_when: str
    require_full_coverage: bool


class _PlanFile(TypedDict):
    name: str
    waves: list[FileWave]
    stages: list[list[str]]


class PlanFile(_PlanFile, total=False):
    """A plan file in its whole form (``plan/file.read``)."""

    schema: int
    description: str
    order: str
    stops: str
    policy: GivenPolicy
    limits: Limits
    point_in_time: str
    points_in_time: PointsInTime
    expected_count: int
    next_phase: dict[str, Any]


class PlanRequest(TypedDict, total=False):
    """What a plan is made from (``plan/build.build_plan``); ``now`` is a time."""

    name: str | None
    mode: str
    cells: list[CellRead]
    selection: Selection
    tag_keys: dict[str, Any]
    allow_empty: bool
    expected_count: int | None
    policy: GivenPolicy
    limits: dict[str, Any]
    point_in_time: str | None
    replace_recovery_instance_ids: list[str]
    run_id: str | None
    document: dict[str, Any] | None
    now: Any
    left_out: dict[str, str]
    """``except`` of the request: {source server id: why it is left out}."""


class PlanServer(TypedDict):
    """A server of a wave; ``warnings`` are the codes of its findings."""

    source_server_id: str
    arn: str
    name: str
    cell: str
    account_id: str
    region: str
    wave: str
    application: str | None
    critical: bool
    priority: str | None
    extended: bool
    origin_account_id: str | None
    wanted_point_in_time: str
    predicted_rpo_seconds: int | None
    rpo_seconds: int | None
    rto_seconds: int | None
    readiness: Readiness | None
    warnings: list[str]


class WaveRules(TypedDict):
    """What a wave is before it has servers: it begins when the waves of ``after`` have passed. Waves of one ``stage``
    do not depend on each other."""

    wave: str
    stage: int
    depends_on: list[str]
    after: list[str]
    max_failures: int | str | None
    gates: Hooks
    actions: Hooks


class Wave(WaveRules):
    """A wave of a plan: its servers over all cells; ``jobs`` is how many jobs they need."""

    servers: list[PlanServer]
    by_cell: dict[str, list[str]]
    jobs_by_cell: dict[str, int]
    jobs: int


AnyWave = Mapping[str, Any]
"""Whatever holds the servers of a wave by ``wave`` and ``servers``: of a plan, of a failback, of a launch."""


class PastGuardrail(TypedDict):
    """A guardrail that a typed reason went past (``guardrails.judge``)."""

    guardrail: str
    reason: str


class Stage(TypedDict):
    """The waves that run at the same time."""

    stage: int
    waves: list[str]


class Excluded(TypedDict):
    """A server that takes no part, and why (``tags.excluded_entry``); ``tag`` is None when it is not for a tag."""

    source_server_id: str | None
    name: str | None
    cell: str | None
    account_id: str | None
    region: str | None
    reason_code: str
    reason: str
    tag: str | None


class PlanSummary(TypedDict):
    """A plan in numbers of servers, and of findings by severity."""

    servers: int
    waves: int
    jobs: int
    cells: int
    applications: dict[str, int]
    critical: int
    optional: int
    excluded: dict[str, int]
    errors: int
    warnings: int
    worst_predicted_rpo_seconds: int | None


class _Plan(TypedDict):
    name: str | None
    mode: str
    hash: str
    created_at: str | None
    point_in_time: str
    policy: Policy
    coverage: str
    unknown_cells: list[UnknownCell]
    cells: list[PlanCell]
    stages: list[Stage]
    waves: list[Wave]
    stops: str
    next_phase: NextPhase
    excluded: list[Excluded]
    findings: list[Finding]
    summary: PlanSummary


class Plan(_Plan, total=False):
    """A plan (``plan/build.build_plan``), which must not be run with an error among its ``findings``.

    ``coverage`` is complete, or incomplete when a cell could not be read; ``hash`` is over what the plan would do.
    ``allowed`` is the digest of what the run is further allowed, where the plan is opened for one.
    """

    allowed: str


class FailedServer(TypedDict):
    """A server that did not succeed, as the verdict on its wave lists it."""

    source_server_id: str
    name: str
    cell: str
    critical: bool
    outcome: Outcome
    error: Error | None


class Verdict(TypedDict):
    """May the next wave start? (``wave_verdict.judge_wave``). ``code`` is None, critical_failed or wave_failed."""

    proceed: bool
    reason: str
    code: str | None
    total: int
    succeeded: int
    failed: list[FailedServer]
    critical_failed: int
    optional_failed: int
    limit: int
