"""The failback operations as functions from request to response; responses.py adds HTTP."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import Any

from .models import DrsBackend, failback_client


def reverse_replication(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ReverseReplication."""
    instance = backend.find_recovery_instance(params["recoveryInstanceID"])
    return {"reversedDirectionSourceServerArn": backend.reverse_replication(now, instance)}


def start_failback_launch(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """StartFailbackLaunch."""
    return {"job": backend.start_failback_launch(now, params["recoveryInstanceIDs"], params.get("tags", {})).to_wire()}


def stop_failback(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
    """StopFailback."""
    backend.stop_failback(now, backend.find_recovery_instance(params["recoveryInstanceID"]))


def get_failback_replication_configuration(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """GetFailbackReplicationConfiguration."""
    return failback_client.configuration(backend.find_recovery_instance(params["recoveryInstanceID"]))


def update_failback_replication_configuration(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> None:
    """UpdateFailbackReplicationConfiguration."""
    instance = backend.find_recovery_instance(params.pop("recoveryInstanceID"))
    failback_client.configuration(instance)
    instance.failback_settings.update(params)


OPERATIONS = (
    reverse_replication,
    start_failback_launch,
    stop_failback,
    get_failback_replication_configuration,
    update_failback_replication_configuration,
)
