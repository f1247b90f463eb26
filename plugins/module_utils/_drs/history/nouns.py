"""The nouns of history: the record of a run in one account and Region, its failures and figures, rates and metrics.

Times are ISO 8601 text in UTC; durations and ages are seconds; percentages are rounded down to a tenth.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

RunResult = Mapping[str, Any]
"""What a role knows of a run that has ended, as ``history.records.records`` describes it."""

AnyHistory = Mapping[str, Any]
"""A record of history as a store has it: of this version, of an older one, or of another tool."""


class Spread(TypedDict):
    """The longest and the mean time of launches."""

    max: float
    mean: float


class Figures(TypedDict):
    """Server entries in numbers (``history.records.figures``)."""

    summary: dict[str, int]
    servers: int
    succeeded: int
    failed: int
    unfinished: int
    timed_out: int
    skipped: int
    success_percent: float | None
    launch_seconds: Spread | None
    worst_data_age_seconds: float | None


class HistoryFailure(TypedDict):
    """One server that failed, or a cell that could not be read; ``category`` is of the catalogue."""

    name: str
    cell: str | None
    source_server_id: str | None
    instance_id: str | None
    application: str | None
    wave: str | None
    critical: bool
    outcome: str | None
    code: str | None
    category: str
    message: str
    remedy: str
    retryable: bool


class ApplicationFigures(TypedDict):
    """One application in a record; ``application`` is None for servers without one."""

    application: str | None
    servers: int
    succeeded: int
    critical_failed: int
    worst_data_age_seconds: float | None


class NewHistoryRecord(Figures):
    """A run in one account and Region (``history.records.records``), before it is written."""

    schema: int
    run_id: str
    kind: str
    mode: str
    plan_name: str | None
    plan_hash: str | None
    correlation_id: str | None
    ticket: str | None
    initiator: str | None
    of_run_id: str | None
    account_id: str
    region: str
    cell: str | None
    pattern: str
    account_name: str | None
    replication_account_id: str | None
    command_ids: list[str]
    status: str
    reason: str | None
    clean: bool | None
    anchor: Mapping[str, Any] | None
    started_at: str
    ended_at: str
    duration_seconds: float | None
    waited_seconds: float | None
    clock_problem: str | None
    recorded_at: str
    measured: bool
    applications: list[ApplicationFigures]
    failures: list[HistoryFailure]
    failures_left_out: int
    failure_codes: dict[str, int]


class HistoryRecord(NewHistoryRecord):
    """The same in a store: when a clean-up was proven, how often the run was recorded, and of one that waits again the
    figures that were sent when it had ended before."""

    cleaned_at: str | None
    times_recorded: int
    measured_as: Mapping[str, Any] | None


class Tally(TypedDict):
    """Counts by outcome, added up (``history.rates.tally``); ``counted`` is all but what was skipped."""

    servers: int
    counted: int
    succeeded: int
    failed: int
    open: int
    skipped: int


class Rated(Tally):
    """The same with the share that succeeded in percent, and its colour."""

    rate: float | None
    level: str


class Window(Rated):
    """The totals of a window of time before now."""

    name: str
    since: str | None
    runs: int


class FailureGroup(TypedDict):
    """Failures of one account and category, with their codes and how often, remedies and at most ten names."""

    account_id: str
    category: str
    title: str
    count: int
    codes: dict[str, int]
    remedies: list[str]
    names: list[str]


class WindowTotals(TypedDict):
    """Runs and servers of one window (``history.query.totals``)."""

    runs: int
    records: int
    servers: int
    succeeded: int
    failed: int
    success_percent: float | None


class Pending(TypedDict):
    """A folder of records that wait to be imported (``history.effects.spool``): ``records`` is None when one is odd."""

    folder: str
    files: int
    records: int | None
    command: str


class _Metric(TypedDict):
    name: str
    value: float | None
    unit: str
    dimensions: dict[str, str]


class Metric(_Metric, total=False):
    """One figure for CloudWatch (``history.metrics``); several ``values`` stand instead of one."""

    values: list[float]
