"""Read how full a cell is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import quotas as aws_quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_report
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import CellPlace

# Longer than any job lasts; a job that is older and still "active" is not what holds up a launch.
LOOKBACK_HOURS = 7 * 24

CAPACITY_SPEC = {
    "limits": {"type": "dict", "default": {}},
    "warning_percent": {"type": "float", "default": 80.0},
    "critical_percent": {"type": "float", "default": 90.0},
    "planned": {"type": "int", "default": 0},
    "planned_extended": {"type": "int", "default": 0},
}


class Limits(t.NamedTuple):
    """The limits of a cell by name, where each is from, the account (None: not told), and why they were not read."""

    values: dict[str, int]
    sources: dict[str, str]
    account_id: str | None
    error: DrsError | None


def limits(cell: Cell, given: Given | None) -> Limits:
    """Read the limits of a cell from Service Quotas; what cannot be read is taken from the documentation.

    A role that may not call Service Quotas must not stop a launch, so no error of that service is one here.
    """
    capacity_report.effective(None, given)  # what the caller says is checked before anything is called
    live, account_id, error = None, None, None
    try:
        live, account_id = aws_quotas.applied(cell)
    except DrsError as exc:
        error = exc
    values, sources = capacity_report.effective(live, given)
    return Limits(values, sources, account_id, error)


def read(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read the capacity of a cell: {capacity, warnings, changed}."""
    percents = capacity_report.thresholds(params["warning_percent"], params["critical_percent"])
    if params["planned"] < 0 or params["planned_extended"] < 0:
        raise DrsError("invalid_option", "planned, planned_extended: they are numbers of servers, 0 or more")
    capacity_report.effective(None, params["limits"])
    servers = drs.source_servers(cell)
    planned = {"replicating": params["planned"], "extended": params["planned_extended"]}
    return {"capacity": of(cell, servers, limits(cell, params["limits"]), percents, planned), "changed": False}


def of(
    cell: Cell,
    servers: list[Server],
    values: Limits,
    percents: tuple[float, float],
    planned: dict[str, int] | None = None,
) -> t.Any:
    """The CAPACITY of a cell whose servers and limits were read; see ``capacity_report.of_cell``. Reads its jobs.

    :raises DrsError: what the list of jobs was refused with.
    """
    active = [job for job in drs.jobs(cell, since=cell.now - timedelta(hours=LOOKBACK_HOURS)) if job["active"]]
    place: CellPlace = {"cell": cell.name, "account_id": account_of(cell, servers, values), "region": cell.region}
    capacity = capacity_report.of_cell(place, servers, active, values.values, values.sources, percents, planned)
    capacity["limits_error"] = outcomes.error_entry(values.error)
    return capacity


def account_of(cell: Cell, servers: list[Server], limits: Limits | None = None) -> str | None:
    """The account of a cell from what was read anyway; None when nothing says it."""
    for server in servers:
        if server["account_id"]:
            return str(server["account_id"])
    if cell.role_arn:
        return cell.role_arn.split(":")[4]
    return limits.account_id if limits else None
