"""The calls of DRS that a failback makes, one function each. They decide nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import normalise
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job


def reverse_replication(cell: Cell, recovery_instance_id: str) -> str:
    """ReverseReplication, sent once; returns the ARN of the server in the other direction. There is no job.

    :raises DrsError: ``ConflictException``, ``AccessDeniedException`` without the failback roles, or a doubtful answer,
        after which the reversed server may be there all the same.
    """
    with cell.errors("ReverseReplication"):
        answer = cell.client("drs", effect=True).reverse_replication(recoveryInstanceID=recovery_instance_id)
    return str(answer.get("reversedDirectionSourceServerArn") or "")


def stop_replication(cell: Cell, source_server_id: str) -> None:
    """StopReplication, which deletes every point in time of the server; a repeat finds it stopped.

    :raises DrsError: ``ResourceNotFoundException``, ``ConflictException``, or what else the service said.
    """
    with cell.errors("StopReplication"):
        cell.client("drs", effect=True).stop_replication(sourceServerID=source_server_id)


def start_replication(cell: Cell, source_server_id: str) -> None:
    """StartReplication of a server that was stopped; the first copy is made again.

    :raises DrsError: ``ResourceNotFoundException``, ``ConflictException``, or what else the service said.
    """
    with cell.errors("StartReplication"):
        cell.client("drs", effect=True).start_replication(sourceServerID=source_server_id)


def disconnect_recovery_instance(cell: Cell, recovery_instance_id: str) -> None:
    """DisconnectRecoveryInstance: the agent leaves the machine, which stays.

    :raises DrsError: ``ResourceNotFoundException``, ``ConflictException``, ``AccessDeniedException``, or what else the
        service said.
    """
    with cell.errors("DisconnectRecoveryInstance"):
        cell.client("drs", effect=True).disconnect_recovery_instance(recoveryInstanceID=recovery_instance_id)


def delete_recovery_instance(cell: Cell, recovery_instance_id: str) -> None:
    """DeleteRecoveryInstance: the record goes, the machine stays; what is gone already is no error.

    :raises DrsError: ``ConflictException``, ``AccessDeniedException``, or what else the service said.
    """
    try:
        with cell.errors("DeleteRecoveryInstance"):
            cell.client("drs", effect=True).delete_recovery_instance(recoveryInstanceID=recovery_instance_id)
    except DrsError as exc:
        if exc.code != "ResourceNotFoundException":
            raise


def start_failback_launch(cell: Cell, ids: list[str], tags: dict[str, str]) -> Job:
    """StartFailbackLaunch, sent once, of recovery instances whose machines came from outside AWS; returns the JOB.

    :raises DrsError: ``ConflictException``, ``ServiceQuotaExceededException``, or a doubtful answer, after which the
        job may be there all the same.
    """
    with cell.errors("StartFailbackLaunch"):
        answer = cell.client("drs", effect=True).start_failback_launch(recoveryInstanceIDs=ids, tags=tags)
    job = drs.job_made(answer, "StartFailbackLaunch")
    return normalise.normalise_job(job, (job.get("arn") or "::::").split(":")[4], cell.region, cell.name)


def stop_failback(cell: Cell, recovery_instance_id: str) -> None:
    """StopFailback: the Failback Client of that recovery instance lets go.

    :raises DrsError: ``ResourceNotFoundException``, or what else the service said.
    """
    with cell.errors("StopFailback"):
        cell.client("drs", effect=True).stop_failback(recoveryInstanceID=recovery_instance_id)
