"""Quotas: what DRS allows per account and Region, cutting work into batches, and which batches may start now.

Source of the defaults: AWS General Reference, "AWS Elastic Disaster Recovery endpoints and quotas". AWS has changed
them before, so ``limits`` takes what Service Quotas reports.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, Limits, QuotaUse, Server

T = TypeVar("T")


class Quota(NamedTuple):
    """One quota: its code in Service Quotas, the default, whether AWS raises it on request, and its name there."""

    code: str
    default: int
    adjustable: bool
    title: str


QUOTAS: dict[str, Quota] = {
    "replicating_servers": Quota("L-C1D14A2B", 300, False, "Max Total replicating source servers Per AWS Account"),
    "source_servers": Quota("L-E28BE5E0", 4000, True, "Max Total source servers Per AWS Account"),
    "concurrent_jobs": Quota("L-D88FAC3A", 20, False, "Concurrent jobs in progress"),
    "servers_per_job": Quota("L-B827C881", 100, False, "Max source servers in a single Job"),
    "servers_in_jobs": Quota("L-05AFA8C6", 500, False, "Max source servers in all Jobs"),
    "jobs_per_server": Quota("L-DD6D028C", 1, False, "Max concurrent Jobs per source server"),
    "launch_actions": Quota("L-0588D03B", 200, False, "Max number of launch actions per resource"),
    "launch_templates": Quota("L-1F3FAE4D", 1, False, "Max number of launch configuration templates per account"),
    "source_networks": Quota("L-4B0323BD", 100, True, "Max number of source networks per account"),
}
# StartRecovery and TerminateRecoveryInstances take no more in one call, whatever the quota (botocore model of drs).
MAX_SERVERS_PER_CALL = 200

OK = "ok"
WARNING = "warning"
CRITICAL = "critical"
FULL = "full"
LEVELS = (OK, WARNING, CRITICAL, FULL)
"""From the best to the worst."""
SUMMED = ("replicating_servers", "source_servers", "concurrent_jobs", "servers_in_jobs")
"""The limits of cells of which a sum over all cells means something."""

# A server in one of these states holds no staging resources; a paused or stalled one still does.
_NOT_REPLICATING = ("STOPPED", "DISCONNECTED")


def limits(overrides: Given | None = None) -> Limits:
    """The limits of one account and Region: the defaults with ``overrides`` (by name, or by quota code) over them.

    ``servers_per_job`` is lowered to ``servers_in_jobs`` where that is smaller: a batch that never fits would wait for
    ever.

    :raises DrsError: ``invalid_limit`` for an unknown name, a value that is not a whole number of at least 1, or more
        ``servers_per_job`` than one API call takes.
    """
    result = {name: quota.default for name, quota in QUOTAS.items()}
    names = {quota.code: name for name, quota in QUOTAS.items()}
    for key, value in (overrides or {}).items():
        name = names.get(key, key)
        if name not in QUOTAS:
            raise DrsError(
                "invalid_limit", "limits: there is no {!r}; the names are {}.".format(key, ", ".join(QUOTAS))
            )
        number = _whole_number(value)
        if number is None or number < 1:
            raise DrsError("invalid_limit", f"limits.{name}: {value!r} is not a whole number of at least 1.")
        if name == "servers_per_job" and number > MAX_SERVERS_PER_CALL:
            raise DrsError("invalid_limit", f"limits.{name}: one call takes at most {MAX_SERVERS_PER_CALL}.")
        result[name] = number
    result["servers_per_job"] = min(result["servers_per_job"], result["servers_in_jobs"])
    return result


def chunk(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of at most ``size``, in order; nothing for no items.

    :raises ValueError: a size below 1.
    """
    if size < 1:
        raise ValueError(f"a chunk holds at least 1 item, not {size!r}")
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def batches(server_ids: Iterable[T], per_job: int) -> list[list[T]]:
    """Cut the servers of a wave into the fewest jobs, in the order given; all but the last are full.

    The same servers in the same order always give the same batches: a crashed run finds its jobs again by them.
    """
    return list(chunk(server_ids, per_job))


def usage(active_jobs: Iterable[Job]) -> dict[str, int]:
    """What active jobs take of the quotas: ``{jobs, servers}``. Jobs that have ended (``active`` false) take nothing.

    Every job counts, whoever started it and whatever its type, and every server of a job until the whole job ends.
    """
    running = [job for job in active_jobs if job.get("active", True)]
    return {"jobs": len(running), "servers": sum(len(job.get("servers") or ()) for job in running)}


def admit(
    waiting: Iterable[list[T]], active_jobs: Iterable[Job], limit: Mapping[str, int]
) -> tuple[list[list[T]], list[list[T]]]:
    """Split waiting batches into those that may start now and those that must wait, both in the order given.

    First fit: a batch that does not fit does not hold up a smaller one behind it. What starts, together with the active
    jobs, never exceeds ``concurrent_jobs`` and ``servers_in_jobs``.
    """
    taken = usage(active_jobs)
    jobs, servers = taken["jobs"], taken["servers"]
    start: list[list[T]] = []
    queued: list[list[T]] = []
    for batch in waiting:
        if jobs + 1 <= limit["concurrent_jobs"] and servers + len(batch) <= limit["servers_in_jobs"]:
            start.append(batch)
            jobs += 1
            servers += len(batch)
        else:
            queued.append(batch)
    return start, queued


def threshold(used: int, limit: int, warning: float = 80, critical: float = 90) -> str:
    """How full a quota is: ``ok``, ``warning`` or ``critical`` from those percentages on, ``full`` from 100 % on."""
    percent = percent_of(used, limit)
    if percent >= 100:
        return FULL
    if percent >= critical:
        return CRITICAL
    return WARNING if percent >= warning else OK


def percent_of(used: int, limit: int) -> float:
    """Used as a percentage of the limit, one decimal, rounded down; a limit of nothing is full."""
    return 100.0 if limit <= 0 else used * 1000 // limit / 10


def replicating(servers: Iterable[Server]) -> int:
    """How many described servers count to ``replicating_servers`` of the account and Region they were read in.

    An extended server replicates in its staging account and counts there, not in the target. A stopped or disconnected
    one replicates nowhere; one in an unknown state counts.
    """
    return sum(
        1
        for server in servers
        if not server.get("extended") and (server.get("replication") or {}).get("state") not in _NOT_REPLICATING
    )


def headroom(
    servers: Iterable[Server],
    active_jobs: Iterable[Job],
    limit: Mapping[str, int],
    warning: float = 80,
    critical: float = 90,
) -> list[QuotaUse]:
    """How full the quotas of one account and Region are.

    :returns: per quota ``{name, title, code, adjustable, used, limit, percent, level}``, for ``replicating_servers``,
        ``source_servers``, ``concurrent_jobs`` and ``servers_in_jobs``.
    """
    everyone = list(servers)
    taken = usage(active_jobs)
    used = {
        "replicating_servers": replicating(everyone),
        "source_servers": len(everyone),
        "concurrent_jobs": taken["jobs"],
        "servers_in_jobs": taken["servers"],
    }
    return [
        {
            "name": name,
            "title": QUOTAS[name].title,
            "code": QUOTAS[name].code,
            "adjustable": QUOTAS[name].adjustable,
            "used": count,
            "limit": limit[name],
            "percent": percent_of(count, limit[name]),
            "level": threshold(count, limit[name], warning, critical),
        }
        for name, count in used.items()
    ]


def _whole_number(value: Any) -> int | None:
    """A whole number from what YAML, the command line (text) or Service Quotas (100.0) gives; None for all else."""
    if isinstance(value, bool):
        return None
    try:
        number = int(value)
        return number if float(value) == number else None
    except (OverflowError, TypeError, ValueError):
        return None
