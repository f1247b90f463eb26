"""Readiness: what a launch of a server would get, and counts of it over a fleet."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    Fleet,
    Readiness,
    RecoveryInstance,
    Replication,
    Server,
    StagingArea,
)

READY = "ready"
LAGGING = "lagging"
INITIAL_SYNC = "initial_sync"
RESCAN = "rescan"
STALLED = "stalled"
DISCONNECTED = "disconnected"
STOPPED = "stopped"
INITIATING = "initiating"
PAUSED = "paused"
ERROR = "error"
# From the best to the worst.
LEVELS = (READY, LAGGING, RESCAN, PAUSED, STALLED, INITIATING, INITIAL_SYNC, ERROR, STOPPED, DISCONNECTED)

FULL = "full"
OLD_DATA = "old_data"
NO = "no"

# Health: levels in the four groups that people look for. What is in no other group needs somebody's attention.
BEHIND = "behind"
SYNCING = "syncing"
ATTENTION = "attention"
_HEALTH = {READY: READY, LAGGING: BEHIND, RESCAN: BEHIND, INITIAL_SYNC: SYNCING, INITIATING: SYNCING}

# DataReplicationState -> (level, recoverable, reason). Source: DRS user guide, "Preparing for failover" and
# "Interacting with the console": a launch is possible once initial sync has completed, even in lag or stall; stopping
# deletes all points.
STATES: dict[str, tuple[str, str, str]] = {
    "CONTINUOUS": (READY, FULL, "Replication is continuous."),
    "CREATING_SNAPSHOT": (READY, FULL, "A point in time is being made; replication is healthy."),
    "BACKLOG": (LAGGING, OLD_DATA, "Changes wait to be replicated, so a launch gets older data."),
    "RESCAN": (RESCAN, OLD_DATA, "The disks are being read again; only points in time from before can be launched."),
    "PAUSED": (
        PAUSED,
        OLD_DATA,
        "Replication is paused; only points in time from before can be launched, if there are any.",
    ),
    "STALLED": (STALLED, OLD_DATA, "Replication has stalled; only points in time from before can be launched."),
    "INITIATING": (
        INITIATING,
        OLD_DATA,
        "Replication is being set up; only points in time from before can be launched, if there are any.",
    ),
    "INITIAL_SYNC": (INITIAL_SYNC, NO, "The first full copy is not complete, so there is nothing to launch."),
    "STOPPED": (STOPPED, NO, "Replication was stopped, which deleted every point in time."),
    "DISCONNECTED": (DISCONNECTED, NO, "The server is disconnected from DRS."),
}
HEALTHY_STATES = ("CONTINUOUS", "CREATING_SNAPSHOT")
# DRS refuses to launch while it has not read a volume's attributes; a Marketplace product code is only worth a warning.
_VOLUME_READY = (None, "", "REGULAR", "CONTAINS_MARKETPLACE_PRODUCT_CODES")
_EXTENSION_GOOD = (None, "", "EXTENDED", "NOT_EXTENDED")


def readiness(replication: Replication | None, staging_area: StagingArea | None) -> Readiness:
    """Judge what a launch of a server would get.

    :returns: ``level`` is one of LEVELS, ``recoverable`` is ``full``,
        ``old_data`` or ``no``, ``code`` the catalogue's code for what stands in the way (None when ready). A status of
        an extension or a volume that is not known here is never ready; of a volume it leaves a disaster the choice.
    """
    replicated, area = as_mapping(replication), as_mapping(staging_area)
    state = str(replicated.get("state") or "")
    level, recoverable, reason = STATES.get(
        state,
        (ERROR, NO, "DRS does not report the state of replication." if not state else f"State {state} is unknown."),
    )
    disks = list(map(as_mapping, as_list(replicated.get("disks"))))
    unread = [str(disk.get("device_name") or "a volume") for disk in disks if volume_unread(disk.get("volume_status"))]
    strange = sorted(
        {str(disk.get("volume_status")) for disk in disks if disk.get("volume_status") not in _VOLUME_READY}
    )
    code = {FULL: None, OLD_DATA: "stale_data", NO: "not_recoverable"}[recoverable]
    if recoverable != NO and area.get("status") not in _EXTENSION_GOOD:
        known = area["status"] == "EXTENSION_ERROR"
        said = area.get("error_message") or ("" if known else f"its status {area['status']} is unknown")
        level, recoverable, code = ERROR, NO, "extension_error"
        reason = "The extension from the staging account is broken" + (f": {said}" if said else ".")
    elif recoverable != NO and unread:
        level, recoverable, code = ERROR, NO, "volume_not_ready"
        reason = "DRS has not read the attributes of {}, and refuses a launch until it has.".format(", ".join(unread))
    elif recoverable == OLD_DATA and replicated.get("total_bytes") and not replicated.get("replicated_bytes"):
        # Stalled, paused or set up anew before the first byte arrived: there cannot be an earlier point in time.
        recoverable, code = NO, "not_recoverable"
        reason = "No data has been replicated yet, so there is nothing to launch."
    elif recoverable != NO and strange:
        level, recoverable, code = ERROR, OLD_DATA, "volume_not_ready"
        reason = "Volume status {} is unknown: DRS may refuse a launch.".format(", ".join(strange))
    return {"ready": level == READY, "level": level, "recoverable": recoverable, "code": code, "reason": reason}


def volume_unread(status: Any) -> bool:
    """Whether DRS refuses a launch for a volume: its attributes are missing or pending (user guide,
    recovery-plans-validation)."""
    return isinstance(status, str) and (status == "PENDING" or status.startswith("MISSING_"))


def health(server: Server) -> str:
    """The group of a SERVER that was judged: ready, behind, syncing or attention; an error always wants attention."""
    if as_mapping(server.get("replication")).get("error"):
        return ATTENTION
    return _HEALTH.get(str(as_mapping(server.get("readiness")).get("level")), ATTENTION)


def current_lag(server: Server) -> float | None:
    """The lag of a SERVER in seconds; None when DRS says none that can be read (a healthy server's absent lag is 0)."""
    return as_mapping(server.get("replication")).get("lag_seconds")


def fleet_summary(servers: Iterable[Server], recovery_instances: Iterable[RecoveryInstance] = ()) -> Fleet:
    """Count SERVERs and RIs for a status page.

    :returns: ``servers``, ``ready`` (servers), ``ready_percent`` (rounded down; None without servers), ``extended``,
        ``counted_twice`` (machines),
        ``by_state``, ``by_readiness``, ``by_recoverable``, ``by_region``, ``by_account``, ``by_cell``,
        ``worst_lag_seconds``, ``lag_unknown`` (servers whose lag nobody can say), ``backlog_bytes``, ``total_bytes``,
        ``replicated_bytes``, and ``recovery_instances`` (those not TERMINATED) with ``total``, ``drills``, ``live``
        (not a drill, or nobody knows), ``failing_back``.
    """
    everyone = list(servers)
    instances = [one for one in recovery_instances if still_exists(one)]
    replication = [as_mapping(server.get("replication")) for server in everyone]
    judged = [as_mapping(server.get("readiness")) for server in everyone]
    ready = sum(1 for one in judged if one.get("ready"))
    lags = [one.get("lag_seconds") for one in replication]
    return {
        "servers": len(everyone),
        "ready": ready,
        "ready_percent": ready * 100 // len(everyone) if everyone else None,
        "extended": sum(1 for server in everyone if server.get("extended")),
        "counted_twice": counted_twice(everyone),
        "by_state": _count(one.get("state") for one in replication),
        "by_readiness": _count(one.get("level") for one in judged),
        "by_recoverable": _count(one.get("recoverable") for one in judged),
        "by_region": _count(server.get("region") for server in everyone),
        "by_account": _count(server.get("account_id") for server in everyone),
        "by_cell": _count(server.get("cell") for server in everyone),
        "worst_lag_seconds": max((lag for lag in lags if lag is not None), default=None),
        "lag_unknown": sum(1 for lag in lags if lag is None),
        "backlog_bytes": sum(one.get("backlog_bytes") or 0 for one in replication),
        "total_bytes": sum(one.get("total_bytes") or 0 for one in replication),
        "replicated_bytes": sum(one.get("replicated_bytes") or 0 for one in replication),
        "recovery_instances": {
            "total": len(instances),
            "drills": sum(1 for one in instances if one.get("is_drill")),
            "live": sum(1 for one in instances if not one.get("is_drill")),
            "failing_back": sum(1 for one in instances if one.get("pending_action")),
        },
    }


def counted_twice(servers: Iterable[Server]) -> int:
    """How many machines stand twice among SERVERs: in the staging account, and extended to a target account."""
    everyone = list(servers)
    originals = {as_mapping(one.get("staging_area")).get("staging_source_server_arn") for one in everyone} - {None}
    return sum(1 for one in everyone if one.get("arn") in originals and not one.get("extended"))


def _count(values: Iterable[Any]) -> dict[str, int]:
    """Counts, the most frequent first, equals by name; a missing value counts as unknown."""
    counts = Counter(str(value) if value else "unknown" for value in values)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
