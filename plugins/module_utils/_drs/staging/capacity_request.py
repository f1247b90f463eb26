"""Turn the options of drs_capacity_plan into calls of the pure functions that do it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations


from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_report
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import costs
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import placement
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import near, quoted
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.nouns import (
    Capacity,
    StagingCell,
    Used,
)

_TEXTS = {"type": "list", "elements": "str"}

CAPACITY_PLAN_SPEC = {
    "cells": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "cell": {"type": "str", "required": True},
            "account_id": {"type": "str"},
            "region": {"type": "str"},
            "account_types": {**_TEXTS, "default": []},
            "extend_to": {"type": "str"},
            "capacity": {"type": "dict"},
            "costs": {"type": "dict"},
            "error": {"type": "dict"},
        },
    },
    "planned": {"type": "int", "default": 0},
    "into": {"type": "list", "elements": "str", "default": ["staging"], "choices": ["source", "staging", "target"]},
    "region": {"type": "str"},
    "fill_percent": {"type": "float", "default": placement.FILL_PERCENT},
    "warning_percent": {"type": "float", "default": 80.0},
    "critical_percent": {"type": "float", "default": 90.0},
}


def capacity_plan(params: Given) -> Result:
    """Add the cells up and place the planned servers.

    A cell that was not read is in no sum and takes no server.

    :returns: {cells, total, placement, costs, unknown_cells, coverage, fits, changed}; ``costs`` is of
        ``costs.by_account``, None where no cell has been priced.

    :raises DrsError: ``invalid_option`` when servers are planned and the cells that could take them are in several
        Regions, because a server replicates into one; or when a Region is asked for that no cell is in.
    """
    percents = capacity_report.thresholds(params["warning_percent"], params["critical_percent"])
    cells = params["cells"]
    priced = [one["costs"] for one in cells if one.get("costs")]
    lost = [one for one in cells if one.get("error") or not one.get("capacity")]
    read = [one for one in cells if one not in lost]
    there = sorted({str(one) for one in ((one.get("capacity") or one).get("region") for one in cells) if one})
    if params["planned"] and there and params["region"] and params["region"] not in there:
        meant = near(params["region"], there)
        hint = f"; did you mean {meant[0]}?" if meant else f"; there are {', '.join(there)}"
        raise DrsError("invalid_option", f"region: no cell is in {quoted(params['region'])}{hint}")
    candidates = [
        one
        for one in read
        if set(one.get("account_types") or ()).intersection(params["into"])
        and params["region"] in (None, one["capacity"].get("region"))
    ]
    regions = sorted({str(one["capacity"].get("region")) for one in candidates})
    if params["planned"] and len(regions) > 1:
        raise DrsError(
            "invalid_option",
            f"region: the planned servers could go to {', '.join(regions)}; a server replicates into one Region",
            remedy="Say which one with `region`, which is `capacity_region` of the playbook, and place the servers of "
            "each Region by themselves.",
        )
    placed = placement.place(
        params["planned"],
        [_candidate(one) for one in candidates],
        {str(one["cell"]): _used(one["capacity"], "source_servers") for one in read},
        params["fill_percent"],
        *percents,
    )
    return {
        "cells": [one["capacity"] for one in read],
        "total": capacity_report.total([one["capacity"] for one in read], percents),
        "placement": placed,
        "fits": placed["fits"],
        "costs": costs.by_account(priced) if priced else None,
        "unknown_cells": [{key: one.get(key) for key in ("cell", "account_id", "region", "error")} for one in lost],
        "coverage": "incomplete" if lost else "complete",
        "changed": False,
    }


def _used(capacity: Capacity, name: str) -> Used:
    row = capacity_report.quota_of(capacity, name)
    return {"used": int(row["used"]), "limit": int(row["limit"])}


def _candidate(one: Given) -> StagingCell:
    capacity = one["capacity"]
    replicating, total = _used(capacity, "replicating_servers"), _used(capacity, "source_servers")
    return {
        "cell": one["cell"],
        "account_id": one.get("account_id") or capacity.get("account_id"),
        "region": capacity.get("region"),
        "used": replicating["used"],
        "limit": replicating["limit"],
        "total_used": total["used"],
        "total_limit": total["limit"],
        "extend_to": one.get("extend_to"),
    }
