"""Hashes by which a plan and a batch are recognised: over what they would do, and nothing else."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import json
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import identity
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import FailbackPlan
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Plan


def plan_hash(plan: Plan | FailbackPlan) -> str:
    """SHA-256 over what a plan would do: mode, point in time, policy, the waves with all that they do, and what it is
    allowed (``allowed``, a digest of guardrails, network and the like), where it says so; and whom the request leaves
    out, and why.

    Time, lag, names and readiness are not in it: a plan made again over the same servers is the same plan.
    """
    allowed, stops = plan.get("allowed"), plan.get("stops")
    left_out = sorted(
        [one["source_server_id"], one["reason"]]
        for one in plan.get("excluded") or ()
        if one.get("reason_code") == "left_out"
    )
    content = [
        plan.get("mode"),
        plan.get("point_in_time"),
        plan.get("policy"),
        plan.get("next_phase"),
        [
            [
                *(wave.get(key) for key in ("wave", "stage", "max_failures", "gates", "actions")),
                [[identity(one), one.get("wanted_point_in_time"), one.get("critical")] for one in wave["servers"]],
                *([after] if (after := wave.get("after")) is not None else []),
            ]
            for wave in plan.get("waves") or ()
        ],
        # plans that were frozen before they said so keep their hashes
        *([["stops", stops]] if stops else []),
        *([allowed] if allowed else []),
        *([left_out] if left_out else []),
    ]
    return digest(content)


def contradiction(plan: Mapping[str, Any]) -> str:
    """What in a plan is not as the rest of it says, in words; empty when all is.

    The hash of a plan is over the ARNs, and who launches goes by cells and ids.
    """
    found = ((wave.get("wave"), _contradiction(wave)) for wave in plan.get("waves") or ())
    return next(("contradicts itself in wave %s: %s" % (clean(wave, 64), said) for wave, said in found if said), "")


def _contradiction(wave: Mapping[str, Any]) -> str:
    by_cell: dict[str, list[str]] = {}
    for one in wave["servers"]:
        server_id, region = str(one.get("source_server_id")), one.get("region")
        by_cell.setdefault(str(one.get("cell")), []).append(server_id)
        parts = str(one["arn"]).split(":") if one.get("arn") else []
        if parts and (parts[-1].rpartition("/")[2] != server_id or (region is not None and region not in parts)):
            return "%s is not %s" % (clean(server_id, 40), clean(one["arn"], 120))
    if {cell: sorted(ids) for cell, ids in by_cell.items()} != {
        cell: sorted(map(str, ids)) for cell, ids in wave["by_cell"].items()
    }:
        return "its cells are not those of its servers"
    return ""


def batch_id(run_id: str, wave: Any, cell: str, ids: Iterable[str]) -> str:
    """12 hexadecimal digits that name a batch: servers of one run, wave and cell, whatever their order."""
    return digest([str(run_id), str(wave), str(cell), sorted(ids)])[:12]


def digest(data: Any) -> str:
    """SHA-256 over plain data, the same for every order of keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
