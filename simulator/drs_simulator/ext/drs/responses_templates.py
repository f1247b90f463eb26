"""The operations of replication and launch configuration templates. responses.py makes HTTP of them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import Any

from .models import DrsBackend


def create_replication_configuration_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """CreateReplicationConfigurationTemplate."""
    return backend.templates.create("replicationConfigurationTemplate", params)


def describe_replication_configuration_templates(
    response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """DescribeReplicationConfigurationTemplates."""
    kind = "replicationConfigurationTemplate"
    found = backend.templates.all(kind, params.get(f"{kind}IDs"))
    return response.listing("DescribeReplicationConfigurationTemplates", found, params)


def update_replication_configuration_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """UpdateReplicationConfigurationTemplate."""
    kind = "replicationConfigurationTemplate"
    return backend.templates.update(kind, params[f"{kind}ID"], params)


def delete_replication_configuration_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> None:
    """DeleteReplicationConfigurationTemplate."""
    kind = "replicationConfigurationTemplate"
    backend.templates.delete(kind, params[f"{kind}ID"])


def create_launch_configuration_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """CreateLaunchConfigurationTemplate."""
    kind = "launchConfigurationTemplate"
    return {kind: backend.templates.create(kind, params)}


def describe_launch_configuration_templates(
    response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """DescribeLaunchConfigurationTemplates."""
    kind = "launchConfigurationTemplate"
    found = backend.templates.all(kind, params.get(f"{kind}IDs"))
    return response.listing("DescribeLaunchConfigurationTemplates", found, params)


def update_launch_configuration_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """UpdateLaunchConfigurationTemplate."""
    kind = "launchConfigurationTemplate"
    return {kind: backend.templates.update(kind, params[f"{kind}ID"], params)}


def delete_launch_configuration_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> None:
    """DeleteLaunchConfigurationTemplate."""
    kind = "launchConfigurationTemplate"
    backend.templates.delete(kind, params[f"{kind}ID"])


OPERATIONS = (
    create_replication_configuration_template,
    describe_replication_configuration_templates,
    update_replication_configuration_template,
    delete_replication_configuration_template,
    create_launch_configuration_template,
    describe_launch_configuration_templates,
    update_launch_configuration_template,
    delete_launch_configuration_template,
)
