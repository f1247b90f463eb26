"""Fleet records: what an inventory needs of a machine, a source server or a recovery instance, in one flat shape.

A RECORD is plain data that survives a cache: ``{arn, id, name, hostname, cell, account_id, region, tags, instance_id,
source_server_id, recovery_instance_id, private_ip, replication_state, agent_state, state, extended, staging_arn,
details}``. ``details`` differs by kind and is for people and expressions, the rest for joining and grouping.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import (
    Machine,
    RecoveryInstance,
    Server,
    Tags,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import STATES

UNKNOWN = "unknown"
NOT_INSTALLED = "not_installed"

_AGENT_STATES = {
    **dict.fromkeys((*STATES, "NOT_STARTED"), "connected"),
    "DISCONNECTED": "disconnected",
    "STOPPED": "stopped",
}


class InventoryRecord(TypedDict):
    """One machine, source server or recovery instance, as an inventory has it; ``details`` are of its kind alone."""

    arn: str
    id: str
    name: str | None
    hostname: str | None
    cell: str
    account_id: str
    region: str
    tags: Tags
    instance_id: str | None
    source_server_id: str | None
    recovery_instance_id: str | None
    private_ip: str | None
    replication_state: str | None
    agent_state: str
    state: str | None
    extended: bool
    staging_arn: str | None
    details: dict[str, Any]


def agent_state(replication_state: str | None) -> str:
    """What the replication says of the agent: ``connected``, ``disconnected``, ``stopped`` or ``unknown``.

    DRS has no state of the agent itself. It says DISCONNECTED when it has not heard of the agent, and STOPPED when
    replication was never started or was stopped; in every other state that is known here it hears of the agent.
    """
    return _AGENT_STATES.get(str(replication_state), UNKNOWN)


def of_machine(machine: Machine, account_id: str, partition: str) -> InventoryRecord:
    """The RECORD of a MACHINE (see machines.normalise) of an account; whether it has an agent is not known here."""
    instance_id, region = machine["instance_id"], machine["region"]
    account_id = machine["account_id"] or account_id
    return {
        "arn": f"arn:{partition}:ec2:{region}:{account_id}:instance/{instance_id}",
        "id": instance_id,
        "name": machine["name"],
        "hostname": None,
        "cell": machine["cell"],
        "account_id": account_id,
        "region": region,
        "tags": machine["tags"],
        "instance_id": instance_id,
        "source_server_id": None,
        "recovery_instance_id": None,
        "private_ip": machine["private_ip"],
        "replication_state": None,
        "agent_state": UNKNOWN,
        "state": machine["state"],
        "extended": False,
        "staging_arn": None,
        "details": {key: machine[key] for key in ("platform", "architecture", "managed_by_drs")},
    }


def of_server(server: Server) -> InventoryRecord:
    """The RECORD of a SERVER (see normalise.normalise_server); ``private_ip`` is that of the source machine."""
    replication = server["replication"]
    staging = as_mapping(server["staging_area"])
    details: dict[str, Any] = {key: server.get(key) for key in _SERVER_DETAILS}
    details.update({key: replication.get(key) for key in _REPLICATION_DETAILS})
    error = replication["error"]
    details["error"] = {"code": error["code"], "message": error["message"]} if error else None
    readiness = server["readiness"]
    details["readiness"] = readiness["level"]
    details["not_ready_reason"] = None if readiness["ready"] else readiness["reason"]
    details["staging_account_id"] = staging.get("staging_account_id")
    return {
        "arn": server["arn"],
        "id": server["source_server_id"],
        "name": server["name"],
        "hostname": server["hostname"],
        "cell": server["cell"],
        "account_id": server["account_id"],
        "region": server["region"],
        "tags": server["tags"],
        "instance_id": server["instance_id"],
        "source_server_id": server["source_server_id"],
        "recovery_instance_id": server["recovery_instance_id"],
        "private_ip": server["private_ip"],
        "replication_state": replication["state"],
        "agent_state": agent_state(replication["state"]),
        "state": None,
        "extended": server["extended"],
        "staging_arn": staging.get("staging_source_server_arn") if server["extended"] else None,
        "details": details,
    }


def of_recovery_instance(instance: RecoveryInstance, machine: Machine | None) -> InventoryRecord:
    """The RECORD of an RI (see normalise.normalise_recovery_instance) over the MACHINE that it is, if that was read.

    EC2 knows state and address better than DRS, which follows with a delay; the tags of DRS win over those of EC2.
    """
    seen = as_mapping(machine)
    replication = instance["replication"]
    state = seen.get("state") or instance["ec2_instance_state"]
    return {
        "arn": instance["arn"],
        "id": instance["recovery_instance_id"],
        "name": None,
        "hostname": None,
        "cell": instance["cell"],
        "account_id": instance["account_id"],
        "region": instance["region"],
        "tags": {**(seen.get("tags") or {}), **instance["tags"]},
        "instance_id": instance["ec2_instance_id"],
        "source_server_id": instance["source_server_id"],
        "recovery_instance_id": instance["recovery_instance_id"],
        "private_ip": seen.get("private_ip") or instance["private_ip"],
        "replication_state": replication["state"],
        "agent_state": agent_state(replication["state"]),
        "state": state.lower() if state else None,
        "extended": False,
        "staging_arn": None,
        "details": {
            **{key: instance.get(key) for key in _INSTANCE_DETAILS},
            "failback_state": as_mapping(instance["failback"]).get("state"),
            "platform": seen.get("platform"),
        },
    }


_SERVER_DETAILS = (
    "agent_version",
    "last_launch",
    "last_seen",
    "origin_account_id",
    "origin_region",
    "replication_direction",
)
_REPLICATION_DETAILS = ("backlog_bytes", "current_step", "eta", "lag_seconds", "percent")
_INSTANCE_DETAILS = (
    "instance_type",
    "is_drill",
    "job_id",
    "origin_environment",
    "pending_action",
    "point_in_time",
    "subnet_id",
)
