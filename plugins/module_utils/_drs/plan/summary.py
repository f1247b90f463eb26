"""Summaries of a plan: cells, stages, numbers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import quoted
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    CellRead,
    Excluded,
    NextPhase,
    PlanCell,
    PlanSummary,
    Stage,
    UnknownCell,
    Wave,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server

# When the next phase may start, unless a plan file says otherwise.
NEXT_PHASE: NextPhase = {"ready_when": "policy", "require_full_coverage": True}


# What AWS takes as the value of a tag; letters and digits of any language.
_TAG_VALUE = re.compile(r"[\w +\-=.:/@]{1,256}")


def travels(wave: str) -> list[Finding]:
    """Object to a wave whose name cannot travel as the tag of its jobs: a list of one FINDING, or of none."""
    if _TAG_VALUE.fullmatch(wave):
        return []
    return [finding(ERROR, "wave_not_a_tag", "wave: %s cannot be the value of a tag" % quoted(wave))]


def next_phase(given: Given | None) -> NextPhase:
    """When the next phase may start, as a plan file says it and by default."""
    said = given or {}
    return {
        "ready_when": said.get("ready_when", NEXT_PHASE["ready_when"]),
        "require_full_coverage": said.get("require_full_coverage", NEXT_PHASE["require_full_coverage"]),
    }


def over(below: Given | None, above: Given | None) -> dict[str, Any]:
    """Two mappings as one, each a policy or limits; what the second one says, and is not None, counts.

    :returns: ``{name: value}``, by the names of both.
    """
    return {**(below or {}), **{key: value for key, value in (above or {}).items() if value is not None}}


def stages(waves: Iterable[Wave]) -> list[Stage]:
    """The stages of waves that are in their order."""
    names_by_stage: dict[int, list[str]] = {}
    for wave in waves:
        names_by_stage.setdefault(wave["stage"], []).append(wave["wave"])
    return [{"stage": stage, "waves": names_by_stage[stage]} for stage in sorted(names_by_stage)]


def cells(read: Iterable[CellRead], unknown: Iterable[UnknownCell], selected: Iterable[Server]) -> list[PlanCell]:
    """The cells of a plan in the order of their names, also those that were not read.

    :returns: a cell of the plan for each: {cell, account_id, region, account_types, read, servers}; ``servers`` is a
        number.
    """
    chosen = Counter(server["cell"] for server in selected)
    lost: list[Mapping[str, Any]] = [{"account_types": [], **cell, "read": False} for cell in unknown]
    listed: list[Mapping[str, Any]] = [*({**cell, "read": True} for cell in read), *lost]
    return [
        {
            "cell": cell["cell"],
            "account_id": cell.get("account_id"),
            "region": cell.get("region"),
            "account_types": sorted(cell.get("account_types") or ()),
            "read": cell["read"],
            "servers": chosen[cell["cell"]] if cell["read"] else None,
        }
        for cell in sorted(listed, key=lambda one: str(one["cell"]))
    ]


def place(entry: AnyServer) -> tuple[str, ...]:
    """By what servers of several cells are sorted."""
    return tuple(str(entry.get(key)) for key in ("cell", "name", "source_server_id"))


def summary(waves: Sequence[Wave], findings: Iterable[Finding], excluded: Iterable[Excluded]) -> PlanSummary:
    """The numbers of a plan.

    :returns: ``{servers, waves, jobs, cells, applications {}, critical, optional, excluded {}, errors, warnings,
        worst_predicted_rpo_seconds}``; all but the last are numbers of servers or of findings.
    """
    servers = [server for wave in waves for server in wave["servers"]]
    severities = Counter(item["severity"] for item in findings)
    predicted = [server["predicted_rpo_seconds"] for server in servers]
    durations = [seconds for seconds in predicted if seconds is not None]
    applications = Counter(server["application"] or "none" for server in servers)
    reasons = Counter(entry["reason_code"] for entry in excluded)
    critical = sum(1 for server in servers if server["critical"])
    return {
        "servers": len(servers),
        "waves": len(waves),
        "jobs": sum(wave["jobs"] for wave in waves),
        "cells": len({server["cell"] for server in servers}),
        "applications": {name: applications[name] for name in sorted(applications)},
        "critical": critical,
        "optional": len(servers) - critical,
        "excluded": {code: reasons[code] for code in sorted(reasons)},
        "errors": severities[ERROR],
        "warnings": severities[WARNING],
        # One server whose age nobody knows makes the worst unknown, not better.
        "worst_predicted_rpo_seconds": None if len(durations) < len(predicted) else max(durations, default=None),
    }
