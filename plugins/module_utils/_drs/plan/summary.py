"""Parts of a plan that follow from the others: cells, stages, numbers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING

# When the next phase may start, unless a plan file says otherwise.
NEXT_PHASE = {"ready_when": "policy", "require_full_coverage": True}


def over(below: Mapping[str, Any] | None, above: Mapping[str, Any] | None) -> dict[str, Any]:
    """Two mappings as one; what the second one says, and is not None, counts."""
    return {**(below or {}), **{key: value for key, value in (above or {}).items() if value is not None}}


def stages(waves: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The stages of waves that are in their order: ``{stage, waves}``."""
    found: dict[int, list[str]] = {}
    for wave in waves:
        found.setdefault(wave["stage"], []).append(wave["wave"])
    return [{"stage": stage, "waves": found[stage]} for stage in sorted(found)]


def cells(
    read: Iterable[Mapping[str, Any]], unknown: Iterable[Mapping[str, Any]], selected: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    chosen = Counter(server["cell"] for server in selected)
    lost = [{"account_types": [], **cell, "read": False} for cell in unknown]
    listed = [{**cell, "read": True} for cell in read] + lost
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


def place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(key)) for key in ("cell", "name", "source_server_id"))


def summary(plan: Mapping[str, Any]) -> dict[str, Any]:
    servers = [server for wave in plan["waves"] for server in wave["servers"]]
    severities = Counter(item["severity"] for item in plan["findings"])
    predicted = [server["predicted_rpo_seconds"] for server in servers]
    applications = Counter(server["application"] or "none" for server in servers)
    reasons = Counter(entry["reason_code"] for entry in plan["excluded"])
    critical = sum(1 for server in servers if server["critical"])
    return {
        "servers": len(servers),
        "waves": len(plan["waves"]),
        "jobs": sum(wave["jobs"] for wave in plan["waves"]),
        "cells": len({server["cell"] for server in servers}),
        "applications": {name: applications[name] for name in sorted(applications)},
        "critical": critical,
        "optional": len(servers) - critical,
        "excluded": {code: reasons[code] for code in sorted(reasons)},
        "errors": severities[ERROR],
        "warnings": severities[WARNING],
        # One server whose age nobody knows makes the worst unknown, not better.
        "worst_predicted_rpo_seconds": None if None in predicted else max(predicted, default=None),
    }
