"""The nouns of capacity: how full a cell is, all cells together, and where planned servers go.

Numbers are numbers of servers unless they say otherwise; percentages have one decimal.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Error
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Limits, QuotaUse


class QuotaRow(QuotaUse):
    """How full one quota of a cell is: ``source`` says who told its limit."""

    source: str
    free: int


class CapacityServers(TypedDict):
    """The source servers of a cell by where they replicate; ``recoverable`` are those that could be launched."""

    total: int
    own: int
    extended: int
    replicating: int
    recoverable: int


class ExtendedFrom(TypedDict):
    """Copies of one staging account in a cell."""

    staging_account_id: str
    servers: int
    broken: int


class ActiveJobs(TypedDict):
    """What active jobs of a cell hold."""

    jobs: int
    servers: int
    by_type: dict[str, int]


class QuotaAfter(TypedDict):
    """How full a quota would be with the planned servers; ``missing`` is how many would have no place."""

    name: str
    used: int
    limit: int
    percent: float
    level: str
    missing: int


class PlannedServers(TypedDict):
    """What a cell would be with more servers; ``blocked_by`` are names of quotas."""

    replicating: int
    extended: int
    fits: bool
    blocked_by: list[str]
    after: list[QuotaAfter]
    level: str


class _Capacity(TypedDict):
    cell: str
    account_id: str | None
    region: str | None
    level: str
    quotas: list[QuotaRow]
    limits: Limits
    servers: CapacityServers
    extended: list[ExtendedFrom]
    jobs: ActiveJobs
    planned: PlannedServers


class Capacity(_Capacity, total=False):
    """How full one cell is (``capacity_report.of_cell``); ``limits_error`` is why its own limits were not read."""

    limits_error: Error | None


class QuotaSum(TypedDict):
    """One quota of all cells, added up."""

    name: str
    used: int
    limit: int
    percent: float
    level: str


class TotalCapacity(TypedDict):
    """All cells together (``capacity_report.total``); ``level`` is that of the fullest cell."""

    cells: int
    level: str
    quotas: list[QuotaSum]
    servers: dict[str, int]
    machines: int


class Used(TypedDict):
    """How many source servers a target has, of how many."""

    used: int
    limit: int


class StagingCell(TypedDict):
    """A cell that planned servers could replicate into, and the target that its servers are extended to."""

    cell: str
    account_id: str | None
    region: str | None
    used: int
    limit: int
    total_used: int
    total_limit: int
    extend_to: str | None


class PlacedServers(TypedDict):
    """How many planned servers go into one cell."""

    cell: str
    account_id: str | None
    region: str | None
    extend_to: str | None
    servers: int
    used_before: int
    used_after: int
    limit: int
    percent: float
    level: str


class Placement(TypedDict):
    """Where planned servers go (``placement.place``); ``reasons`` say why the rest has no place."""

    planned: int
    placed: int
    unplaced: int
    fits: bool
    fill_percent: float
    placements: list[PlacedServers]
    reasons: list[str]
    would_fit_at_limit: int
