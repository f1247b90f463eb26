"""The capacity report: how full each cell is, and all of them together. Pure.

A machine that is extended has two source servers: the real one in the staging account, which counts to the replicating
servers there, and its copy in the target, which counts to the source servers of the target and to nothing else.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.nouns import (
    ActiveJobs,
    Capacity,
    ExtendedFrom,
    PlannedServers,
    QuotaAfter,
    QuotaRow,
    QuotaSum,
    TotalCapacity,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import CellPlace

SERVICE_QUOTAS = "service_quotas"
DOCUMENTED = "documented"
GIVEN = "given"


def thresholds(warning: Any, critical: Any) -> tuple[float, float]:
    """Check the percentages from which a quota counts as filling up.

    :raises DrsError: ``invalid_option`` unless 0 < warning <= critical <= 100.
    """
    if not 0 < warning <= critical <= 100:
        raise DrsError(
            "invalid_option",
            f"warning_percent {warning:g} and critical_percent {critical:g}: it must be 0 < warning <= critical <= 100",
        )
    return float(warning), float(critical)


def effective(live: Given | None, given: Given | None) -> tuple[dict[str, int], dict[str, str]]:
    """The limits to work with and where each is from.

    :param live: applied values by quota code as Service Quotas returned them (100.0); None when it was not read. A
        value that no limit can have (0, a fraction) counts as not read: a limit of nothing would block everything.
    :param given: what the caller says, by name or code; wins.
    :returns: limits by name, and by name ``given``, ``service_quotas`` or ``documented``.
    :raises DrsError: ``invalid_limit`` for what was given.
    """
    names = {quota.code: name for name, quota in quotas.QUOTAS.items()}
    values = quotas.limits(given)
    keys = {names.get(key, key) for key in given or {}}
    limits, sources = quotas.limits(), dict.fromkeys(quotas.QUOTAS, DOCUMENTED)
    for code, value in (live or {}).items():
        name = names.get(code)
        if name and isinstance(value, (int, float)) and 1 <= value < 1e9 and value == int(value):
            limits[name] = int(value)
            sources[name] = SERVICE_QUOTAS
    for name in keys:
        limits[name] = values[name]
        sources[name] = GIVEN
    limits["servers_per_job"] = min(limits["servers_per_job"], limits["servers_in_jobs"], quotas.MAX_SERVERS_PER_CALL)
    return limits, sources


def worst(levels: Iterable[str]) -> str:
    """The highest of some levels; ok when there is none."""
    return max(levels, key=quotas.LEVELS.index, default=quotas.OK)


def of_cell(
    place: CellPlace,
    servers: Sequence[Server],
    active_jobs: Sequence[Job],
    limits: Mapping[str, int],
    sources: Mapping[str, str],
    percents: tuple[float, float],
    planned: Mapping[str, int] | None = None,
) -> Capacity:
    """The CAPACITY of one cell.

    :param place: ``cell``, ``account_id``, ``region``.
    :param servers: all SERVERs of the cell.
    :param active_jobs: its JOBs that have not ended.
    :param planned: ``replicating`` servers that would be installed into it, ``extended`` ones into it.
    :returns: ``{cell, account_id, region, level, quotas, limits, servers, extended, jobs, planned}``; ``quotas`` as
        quotas.headroom gives them, with ``source`` and ``free``.
    """
    rows: list[QuotaRow] = [
        {**row, "source": sources[row["name"]], "free": max(0, row["limit"] - row["used"])}
        for row in quotas.headroom(servers, active_jobs, limits, *percents)
    ]
    copies = [server for server in servers if server.get("extended")]
    return {
        "cell": place["cell"],
        "account_id": place.get("account_id"),
        "region": place.get("region"),
        "level": worst(row["level"] for row in rows),
        "quotas": rows,
        "limits": dict(limits),
        "servers": {
            "total": len(servers),
            "own": len(servers) - len(copies),
            "extended": len(copies),
            "replicating": quotas.replicating(servers),
            "recoverable": sum(1 for one in servers if as_mapping(one.get("readiness")).get("recoverable") != "no"),
        },
        "extended": _by_staging_account(copies),
        "jobs": _jobs(active_jobs),
        "planned": _planned(rows, planned or {}, percents),
    }


def _by_staging_account(copies: Iterable[Server]) -> list[ExtendedFrom]:
    counted: dict[str, Counter[str]] = {}
    for copy in copies:
        area = as_mapping(copy.get("staging_area"))
        counts = counted.setdefault(str(area.get("staging_account_id") or "unknown"), Counter())
        counts["servers"] += 1
        counts["broken"] += area.get("status") != "EXTENDED"
    return [
        {"staging_account_id": account, "servers": counted[account]["servers"], "broken": counted[account]["broken"]}
        for account in sorted(counted)
    ]


def _jobs(active_jobs: Sequence[Job]) -> ActiveJobs:
    types = Counter(str(job.get("type") or "unknown") for job in active_jobs)
    held = quotas.usage(active_jobs)
    by_type = {kind: types[kind] for kind in sorted(types)}
    return {"jobs": held["jobs"], "servers": held["servers"], "by_type": by_type}


def _planned(rows: Iterable[QuotaRow], planned: Mapping[str, int], percents: tuple[float, float]) -> PlannedServers:
    """Would so many more servers fit, and how full would it be then."""
    replicating, extended = int(planned.get("replicating") or 0), int(planned.get("extended") or 0)
    more = {"replicating_servers": replicating, "source_servers": replicating + extended}
    after: list[QuotaAfter] = []
    for row in rows:
        if row["name"] in more:
            used = row["used"] + more[row["name"]]
            after.append(
                {
                    "name": row["name"],
                    "used": used,
                    "limit": row["limit"],
                    "percent": quotas.percent_of(used, row["limit"]),
                    "level": quotas.threshold(used, row["limit"], *percents),
                    "missing": max(0, used - row["limit"]) if more[row["name"]] else 0,
                }
            )
    blocked = [one["name"] for one in after if one["missing"]]
    return {
        "replicating": replicating,
        "extended": extended,
        "fits": not blocked,
        "blocked_by": blocked,
        "after": after,
        "level": worst(one["level"] for one in after),
    }


def total(capacities: Sequence[Capacity], percents: tuple[float, float]) -> TotalCapacity:
    """All cells together: ``{cells, level, quotas, servers, machines}``.

    Quotas are those of the cells added up, so their sum may have room while one cell is full; ``level`` is that of the
    fullest cell. ``machines`` counts a machine once: copies are of servers that are counted where they replicate.
    """
    rows: list[QuotaSum] = []
    for name in quotas.SUMMED:
        parts = [row for one in capacities for row in one["quotas"] if row["name"] == name]
        used, limit = sum(row["used"] for row in parts), sum(row["limit"] for row in parts)
        if parts:
            level = quotas.threshold(used, limit, *percents)
            rows.append(
                {"name": name, "used": used, "limit": limit, "percent": quotas.percent_of(used, limit), "level": level}
            )
    counts = {
        "total": sum(one["servers"]["total"] for one in capacities),
        "own": sum(one["servers"]["own"] for one in capacities),
        "extended": sum(one["servers"]["extended"] for one in capacities),
        "replicating": sum(one["servers"]["replicating"] for one in capacities),
        "recoverable": sum(one["servers"]["recoverable"] for one in capacities),
    }
    return {
        "cells": len(capacities),
        "level": worst(one["level"] for one in capacities),
        "quotas": rows,
        "servers": counts,
        "machines": counts["own"],
    }


def quota_of(capacity: Capacity, name: str) -> QuotaRow:
    """One quota of a CAPACITY by its name.

    :raises DrsError: ``invalid_request`` when it has none, so it is not what drs_capacity_info returned.
    """
    for row in capacity.get("quotas") or ():
        if row.get("name") == name:
            return row
    raise DrsError("invalid_request", f"capacity of {capacity.get('cell')}: there is no quota {name}")
