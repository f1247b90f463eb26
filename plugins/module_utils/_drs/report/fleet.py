"""The fleet in a report: how many servers are ready, syncing or need attention, and a row for each of them. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping, as_size
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import readiness
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import text

# Longer lists belong into report.json, which a program reads.
MOST_NAMED = 200
_TEXTS = (
    *("name", "source_server_id", "cell", "account_id", "region", "application", "wave", "state", "readiness"),
    *("recoverable", "current_step", "error", "recovery_instance_id"),
)
_NUMBERS = ("lag_seconds", "percent", "steps_done", "disks", "total_bytes", "replicated_bytes", "backlog_bytes")


def fleet_of(status: Mapping[str, Any]) -> dict[str, Any]:
    """How the fleet stands, from the report of drs_fleet_report."""
    summary = as_mapping(status.get("summary"))
    instances = as_mapping(summary.get("recovery_instances"))
    servers = [as_mapping(one) for one in as_list(status.get("servers"))]
    attention = [one for one in servers if one.get("error") or one.get("recoverable") == "no"]
    rows = [row_of(one) for one in servers]
    keys = ("name", "cell", "account_id", "region", "state", "error", "remedy")
    return {
        "coverage": "complete" if status.get("coverage") == "complete" else "incomplete",
        "unknown_cells": [
            {
                "cell": text(as_mapping(one).get("cell")) or "unknown",
                "code": text(as_mapping(as_mapping(one).get("error")).get("code"), 80),
                "remedy": text(as_mapping(as_mapping(one).get("error")).get("remedy"), 300),
            }
            for one in as_list(status.get("unknown_cells"))
        ],
        "servers": as_size(summary.get("servers")),
        "counted_twice": as_size(summary.get("counted_twice")),
        "ready": as_size(summary.get("ready")),
        "worst_lag_seconds": summary.get("worst_lag_seconds"),
        "tiles": tiles_of(rows),
        "rows": rows,
        "states": _bars(summary.get("by_state")),
        "regions": _bars(summary.get("by_region")),
        "standing_drills": as_size(instances.get("drills")),
        "live": as_size(instances.get("live")),
        "unprotected": _named(status.get("unprotected")),
        "untagged": len(as_list(status.get("untagged"))),
        "attention": [{key: text(one.get(key), 300) for key in keys} for one in attention[:MOST_NAMED]],
        "attention_total": len(attention),
    }


def row_of(server: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the fleet, from a row of drs_fleet_report: its texts and numbers, ``health`` (readiness.health),
    ``remedy``, ``steps`` [[name, status]] and ``disk_list`` [[device, percent, total bytes, backlogged bytes]].
    """
    level, error = server.get("readiness"), server.get("error")
    judged: Any = {"replication": {"error": error}, "readiness": {"level": level}}
    health = readiness.health(judged)
    if not level and not error:
        # what an older version read says only what a launch would get
        health = readiness.READY if server.get("recoverable") == readiness.FULL else readiness.ATTENTION
    numbers = {key: server.get(key) for key in _NUMBERS}
    return {
        **{key: text(server.get(key), 80) for key in _TEXTS},
        **{key: value if isinstance(value, (int, float)) else None for key, value in numbers.items()},
        "health": health,
        "remedy": text(server.get("remedy"), 300),
        "steps": [
            [text(one.get("name"), 80), text(one.get("status"), 40)]
            for one in map(as_mapping, as_list(server.get("steps")))
        ],
        "disk_list": [
            [text(one.get("device_name"), 80), one.get("percent"), one.get("total_bytes"), one.get("backlogged_bytes")]
            for one in map(as_mapping, as_list(server.get("disk_list")))
        ],
    }


def tiles_of(rows: list[dict[str, Any]]) -> dict[str, int]:
    """``{total, ready, syncing, behind, attention}``: each server is in one of the last four."""
    groups = [one["health"] for one in rows]
    kinds = (readiness.READY, readiness.SYNCING, readiness.BEHIND, readiness.ATTENTION)
    return {"total": len(rows), **{kind: groups.count(kind) for kind in kinds}}


def _bars(counts: Any) -> list[dict[str, Any]]:
    rows = [(text(name, 60) or "unknown", as_size(servers)) for name, servers in as_mapping(counts).items()]
    return [{"name": name, "servers": servers} for name, servers in sorted(rows, key=lambda one: (-one[1], one[0]))]


def _named(machines: Any) -> dict[str, Any]:
    listed = as_list(machines)
    names = [text(as_mapping(one).get("name")) or text(as_mapping(one).get("instance_id")) or "?" for one in listed]
    return {"total": len(listed), "names": sorted(names)[:20]}
