"""Read one cell: source servers, recovery instances, jobs. An id that is asked for and missing is an error."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps as gap_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import readiness
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Filter
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Gap, Given, Result

# What a plan needs of a cell; the machines of EC2 are asked for apart.
PARTS = ("source_servers", "recovery_instances", "jobs")
CELL_SPEC: dict[str, t.Any] = {
    "parts": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
    "include_ec2": {"type": "bool", "default": True},
    "machines": {"type": "bool", "default": False},
    "lookback_hours": {"type": "int", "default": 48},
}


def _check_ids(kind: str, ids: list[str] | None) -> None:
    problems = duplicate_ids(ids or [])
    for one in ids or []:
        problems += valid_id(kind, one)
    if problems:
        raise findings.refusal(problems)


def _check_all_found(cell: Cell, requested: list[str] | None, returned: t.Iterable[str]) -> None:
    missing = sorted(set(requested or []) - set(returned))
    if missing:
        raise DrsError("unknown_id", f"{', '.join(missing)} not found in {cell.name}", details={"ids": missing})


def source_servers(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read source servers: {source_servers, summary, cell}."""
    ids = params["source_server_ids"]
    _check_ids("source_server", ids)
    servers = drs.source_servers(cell, ids, params["staging_account_ids"])
    _check_all_found(cell, ids, (server["source_server_id"] for server in servers))
    servers = [server for server in servers if tags.matches(server["tags"], params["tags"])]
    servers.sort(key=lambda server: (server["name"], server["arn"]))
    return {
        "source_servers": servers,
        "summary": readiness.fleet_summary(servers, []),
        "cell": cell.name,
        "changed": False,
    }


def recovery_instances(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read recovery instances: {recovery_instances, gaps, cell}."""
    ids = params["recovery_instance_ids"]
    _check_ids("recovery_instance", ids)
    _check_ids("source_server", params["source_server_ids"])
    unread: list[DrsError] = []
    instances = drs.recovery_instances(cell, ids, params["source_server_ids"], params["include_ec2"], unread)
    _check_all_found(cell, ids, (instance["recovery_instance_id"] for instance in instances))
    instances.sort(key=lambda instance: instance["recovery_instance_id"])
    gaps = gap_of.of_ec2(gap_of.OF_INSTANCES, unread)
    return {"recovery_instances": instances, "gaps": gaps, "cell": cell.name, "changed": False}


def everything(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read what a plan needs of a cell, or the parts of it that are asked for.

    :param params: see CELL_SPEC; without ``parts`` all of them are read.
    :returns: {source_servers?, recovery_instances?, jobs?, machines?, summary?, gaps, read_at,
        cell}: what was not asked for is absent, which is not the same as empty; ``summary`` needs servers and
        instances. ``gaps`` [Gap]: what EC2 did not say; it costs what EC2 alone knows, no more.
    :raises DrsError: what DRS said; what EC2 said where nothing else was asked for.
    """
    parts = params.get("parts", PARTS)
    result: dict[str, t.Any] = {}
    gaps: list[Gap] = []
    unread: list[DrsError] = []
    if "source_servers" in parts:
        result["source_servers"] = drs.source_servers(cell)
        result["source_servers"].sort(key=lambda server: (server["name"], server["arn"]))
    if "recovery_instances" in parts:
        result["recovery_instances"] = drs.recovery_instances(cell, with_ec2=params["include_ec2"], gaps=unread)
        gaps += gap_of.of_ec2(gap_of.OF_INSTANCES, unread)
        result["recovery_instances"].sort(key=lambda instance: instance["recovery_instance_id"])
    if "source_servers" in result and "recovery_instances" in result:
        result["source_servers"] = drs.without_ended(cell, result["source_servers"], result["recovery_instances"])
        result["summary"] = readiness.fleet_summary(result["source_servers"], result["recovery_instances"])
    if params["machines"] and unread:
        # EC2 has just not answered this very operation, and asking it in vain takes its time
        gaps += gap_of.of_ec2(gap_of.OF_MACHINES, unread)
    elif params["machines"]:
        states: list[Filter] = [{"Name": "instance-state-name", "Values": list(machines.SELECTABLE_STATES)}]
        try:
            result["machines"] = ec2.instances(cell, states)
        except DrsError as exc:
            if not result:
                raise
            gaps += gap_of.of_ec2(gap_of.OF_MACHINES, [exc])
    if "jobs" in parts:
        result["jobs"] = drs.jobs(cell, since=cell.now - timedelta(hours=params["lookback_hours"]))
    # by AWS's clock
    return {**result, "gaps": gaps, "read_at": second(cell.now), "cell": cell.name, "changed": False}


def jobs(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read jobs: {jobs, cell}; each with its log when it is asked for."""
    ids = params["job_ids"]
    _check_ids("job", ids)
    if ids:
        result = drs.jobs(cell, ids)
        _check_all_found(cell, ids, (job["job_id"] for job in result))
    else:
        result = drs.jobs(cell, since=cell.now - timedelta(hours=params["lookback_hours"]))
    if params["run_id"]:
        result = [job for job in result if job["run_id"] == params["run_id"]]
    if params["active_only"]:
        result = [job for job in result if job["active"]]
    for job in result:
        failed = any(server["launch_status"] == "FAILED" for server in job["servers"])
        if params["include_log"] == "always" or (params["include_log"] == "failed" and failed):
            job["log"] = drs.job_log(cell, job["job_id"])
    return {"jobs": result, "cell": cell.name, "changed": False}
