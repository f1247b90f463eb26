"""The coverage report of a fleet: what should be in DRS and is not, what is and should not be, a row a server."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import readiness
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    Machine,
    RecoveryInstance,
    Server,
    TagKeys,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import CellRead
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import WARNING
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

# A server in one of these states is in DRS, but nothing flows.
NOT_PROTECTED = ("disconnected", "stopped")

COLUMNS = (
    "cell",
    "account_id",
    "region",
    "name",
    "source_server_id",
    "instance_id",
    "application",
    "wave",
    "state",
    "readiness",
    "recoverable",
    "lag_seconds",
    "percent",
    "steps_done",
    "current_step",
    "disks",
    "total_bytes",
    "replicated_bytes",
    "backlog_bytes",
    "error",
    "remedy",
    "extended",
    "staging_account_id",
    "recovery_instance_id",
    "last_launch_type",
    "last_launch_time",
    "last_launch_status",
)


Row = dict[str, Any]
"""One flat row with the keys of COLUMNS, for a table or CSV."""


class NextStep(TypedDict):
    """What an operator types next: a playbook with its options, or a check of them."""

    playbook: str
    options: dict[str, Any]
    check: bool


def report(
    cells: Iterable[CellRead],
    ec2_machines: Iterable[Machine] = (),
    tag_keys: Given | None = None,
) -> Result:
    """Report on a fleet.

    :param cells: what was read of each cell, its jobs left out.
    :param ec2_machines: the MACHINEs of all cells; none where EC2 was not asked.
    :returns: ``{coverage, unknown_cells, gaps, summary, servers [row], unprotected [machine], untagged [machine],
        without_agent [machine], retired [machine], not_extended [{cell, extend_to, servers [name]}], tag_findings
        [finding]}``; ``why`` of a machine says what its tags lack, ``replaced_by`` of a retired one what is protected
        in its place. With an unreadable cell ``unprotected`` may name machines that this cell protects, and coverage
        says incomplete.
    """
    listed = list(cells)
    lost = [cell for cell in listed if cell.get("error")]
    read = [cell for cell in listed if not cell.get("error")]
    servers = [server for cell in read for server in cell.get("source_servers") or ()]
    instances = [one for cell in read for one in cell.get("recovery_instances") or ()]
    machine_list = list(ec2_machines)
    keys = tags.resolve_keys(tag_keys)
    protected = {
        server["instance_id"]
        for server in servers
        if server["instance_id"] and server["readiness"]["level"] not in NOT_PROTECTED
    }
    retired = machines.failed_back_from(machine_list, servers)
    covered = protected.union(retired)
    bare = [one for one in machine_list if one["instance_id"] not in covered and not one["managed_by_drs"]]
    opted_in = machines.select(machine_list, machines.DEFAULT_FILTER, keys)
    instance_ids = {one["instance_id"] for one in opted_in}
    return {
        "coverage": "incomplete" if lost else "complete",
        "unknown_cells": [{"cell": cell["cell"], "error": cell["error"]} for cell in lost],
        "gaps": [{"cell": cell["cell"], **gap} for cell in read for gap in cell.get("gaps") or ()],
        "summary": readiness.fleet_summary(servers, instances),
        "servers": [{**row(server, keys), **progress(server)} for server in servers],
        "unprotected": [_brief(one) for one in machine_list if one["instance_id"] in instance_ids - covered],
        "untagged": [
            {**_brief(one), "why": opt_in_lacks(one, keys)}
            for one in machine_list
            if one["instance_id"] in protected - instance_ids and opt_in_lacks(one, keys)
        ],
        "without_agent": [{**_brief(one), "why": opt_in_lacks(one, keys)} for one in bare if _runs(one)],
        "retired": [
            {**_brief(one), "replaced_by": retired[one["instance_id"]]["instance_id"]}
            for one in machine_list
            if one["instance_id"] in retired
        ],
        "not_extended": not_extended(read, keys),
        "tag_findings": [
            *filter(None, (tag_checks.near_opt_in(one, keys) for one in bare)),
            *tags_of([*(one for one in opted_in if one["instance_id"] not in retired), *servers], keys),
        ],
    }


def not_extended(read: Iterable[CellRead], keys: TagKeys) -> list[dict[str, Any]]:
    """Servers that stand in a cell that the inventory extends to another one, and have no copy there.

    :param read: the cells that were read; of a target that was not, nothing is said.
    :returns: ``[{cell, extend_to, servers [name]}]``, without servers that are tagged to stay out or do not replicate.
    """
    cells = list(read)
    everyone = [server for cell in cells for server in cell.get("source_servers") or ()]
    copied = {as_mapping(one.get("staging_area")).get("staging_source_server_arn") for one in everyone}
    places = {cell["cell"] for cell in cells}
    found = []
    for cell in cells:
        target = cell.get("extend_to")
        names = [
            server["name"]
            for server in cell.get("source_servers") or ()
            if not server.get("extended")
            and server.get("arn") not in copied
            and server["readiness"]["level"] not in NOT_PROTECTED
            and tags.flag(server["tags"], keys["enabled"]) is not False
        ]
        if target in places and names:
            found.append({"cell": cell["cell"], "extend_to": target, "servers": sorted(names)})
    return found


def opt_in_lacks(machine: AnyServer, keys: TagKeys) -> str:
    """What the tags of a machine lack to be protected, each tag with its value; empty where they lack nothing."""
    lacks = []
    for name, wanted in machines.DEFAULT_FILTER.items():
        if tags.matches(machine.get("tags"), {name: wanted}, keys):
            continue
        carried = {key: value for key, value in (machine.get("tags") or {}).items() if key in keys[name]}
        shown = "yes" if wanted is True else wanted
        told = [
            "%s=%s is not %s" % (clean(key, 64), clean(value, 40) or "(empty)", shown) for key, value in carried.items()
        ]
        lacks += told or ["%s=%s is missing" % (keys[name][0], shown)]
    return ", ".join(lacks)


def _runs(machine: Machine) -> bool:
    return machine["state"] not in machines.GONE


def tags_of(carriers: Iterable[AnyServer], keys: TagKeys) -> list[Finding]:
    """Findings on the tags of machines and servers, each text once: a server carries the tags of its machine."""
    servers = list(carriers)
    first: dict[Any, Finding] = {}
    for server in servers:
        for item in tag_checks.of_server(server, keys, WARNING):
            text = item["message"].partition(": ")[2]
            first.setdefault((server.get("instance_id") or server.get("source_server_id"), text), item)
    return [*first.values(), *tag_checks.of_all(servers, keys)]


def next_step(cells: Iterable[CellRead], result: Result) -> NextStep:
    """What an operator types after a report: ``{playbook, options, check}``.

    First what nobody could read; then what serves in the recovery Region, for it is not
    protected there; then what drills have left, for it costs money; then what is not protected; then what is not
    extended; then a drill.

    :param cells: those of report().
    :param result: what report() said of them.
    """
    if result["unknown_cells"]:
        return _step("status", check=False)
    cells = list(cells)
    running: list[tuple[RecoveryInstance, Server | None]] = []
    for cell in cells:
        servers_by_id = {one["source_server_id"]: one for one in cell.get("source_servers") or ()}
        standing = [one for one in cell.get("recovery_instances") or () if alive(one)]
        running += [(one, servers_by_id.get(one["source_server_id"])) for one in standing]
    away = [one for one, server in running if one.get("is_drill") is not True and _has_an_original(one, server)]
    if any(one.get("pending_action") for one in away):
        # a run fails them back, or has stopped before its end: it resumes by its id
        return _step("runs", check=False)
    if away:
        return _step("failback")
    drills = [one for one, _server in running if one.get("is_drill") is True]
    if drills:
        return _step("terminate", _whose(drills, cells))
    if result["unprotected"]:
        return _step("deploy_agents")
    # what stands in staging alone is left out of every drill
    return _step("extend") if result["not_extended"] else _step("drill", {"recovery_plan_name": "my-drill"})


def _whose(drills: Iterable[RecoveryInstance], cells: Iterable[CellRead]) -> Given:
    """What a clean-up of these instances is typed with: the run of the first of them, by name, or all runs.

    The jobs that were read say which run launched what; one that DRS no longer lists says nothing.
    """
    runs = {job["job_id"]: job.get("run_id") for cell in cells for job in cell.get("jobs") or ()}
    known = sorted({run for run in (runs.get(one.get("job_id") or "") for one in drills) if run})
    return {"terminate_run_id": known[0]} if known else {"terminate_every_run": True}


def _step(playbook: str, options: Given | None = None, check: bool = True) -> NextStep:
    return {"playbook": playbook, "options": dict(options or {}), "check": check}


def _has_an_original(instance: RecoveryInstance, server: Server | None) -> bool:
    """Whether it may go back: it was not launched by a failback, and came from another account or Region."""
    if server and server.get("replication_direction") == "FAILBACK":
        return False
    if instance.get("origin_environment") == failback_stage.ON_PREMISES:
        return True
    place = failback_stage.place_of(server) if server else None
    here = (server.get("account_id"), server.get("region")) if server else None
    return place is not None and place != here


def _brief(machine: Machine) -> AnyServer:
    return {key: machine[key] for key in ("instance_id", "name", "cell", "account_id", "region", "state")}


def row(server: Server, keys: TagKeys) -> Row:
    """One flat row for a SERVER, with the keys of COLUMNS."""
    replication, verdict = server["replication"], server["readiness"]
    error, launch = as_mapping(replication["error"]), as_mapping(server["last_launch"])
    staging = as_mapping(server["staging_area"])
    result = {key: server.get(key) for key in COLUMNS if key in server}
    result.update(
        {key: replication.get(key) for key in COLUMNS if key in replication and key not in ("error", "disks")}
    )
    result.update(
        application=tags.tag_value(server["tags"], keys["application"]),
        wave=tags.tag_value(server["tags"], keys["wave"]),
        readiness=verdict["level"],
        recoverable=verdict["recoverable"],
        disks=len(replication["disks"]),
        error=error.get("code"),
        remedy=error.get("remedy"),
        staging_account_id=staging.get("staging_account_id"),
        last_launch_type=launch.get("type"),
        last_launch_time=launch.get("time"),
        last_launch_status=launch.get("status"),
    )
    return {key: result.get(key) for key in COLUMNS}


def progress(server: Server) -> Row:
    """What does not fit into a flat row, of a server that is not in step: ``steps`` [{name, status}] and ``disk_list``
    [{device_name, percent, total_bytes, backlogged_bytes}]. Both are empty where there is no more to say than "done".
    """
    replication = server["replication"]
    steps, disks = replication["steps"], replication["disks"]
    moving = replication["state"] not in readiness.HEALTHY_STATES
    shown = [one for one in disks if moving or one["backlogged_bytes"] or (one["percent"] or 0) < 100]
    keys = ("device_name", "percent", "total_bytes", "backlogged_bytes")
    return {
        "steps": [dict(one) for one in steps] if replication["steps_done"] < len(steps) else [],
        "disk_list": [{key: one.get(key) for key in keys} for one in shown],
    }
