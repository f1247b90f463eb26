"""Initialise DRS in a cell: once an account and Region, after its service roles exist."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

SERVICE_SPEC = {"check_roles": {"type": "bool", "default": True}}
# UG: getting-started-initializing; all have the path /service-role/
SERVICE_ROLES = tuple(
    f"AWSElasticDisasterRecovery{name}Role"
    for name in (
        "Agent",
        "Failback",
        "ConversionServer",
        "RecoveryInstance",
        "ReplicationServer",
        "RecoveryInstanceWithLaunchActions",
    )
)


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Initialise DRS unless it is: {initialised, missing_roles, cell, has_replication_template, changed}.

    DRS initialises without its roles and then fails at the first agent, so their absence is an error here; in check
    mode only a warning, for the stack that makes them has not been applied either.
    """
    there = drs_settings.templates(cell, drs_settings.REPLICATION)
    done = there is not None
    missing: list[str] = []
    if not done and params["check_roles"]:
        missing = [name for name in SERVICE_ROLES if not drs_settings.role_exists(cell, name)]
    result = {"initialised": True, "missing_roles": missing, "cell": cell.name, "changed": not done}
    if missing and not check_mode:
        raise DrsError(
            "service_roles_missing",
            f"{cell.name} lacks the roles {', '.join(missing)}",
            details={"missing_roles": missing},
        )
    if not done and not check_mode:
        drs_settings.initialise(cell)
        there = drs_settings.templates(cell, drs_settings.REPLICATION)
        if there is None:
            raise DrsError(
                drs_settings.NOT_INITIALISED, f"{cell.name} says that it is not initialised after InitializeService"
            )
    result["has_replication_template"] = bool(there)
    if missing:
        result["warnings"] = [f"service_roles_missing: {cell.name} lacks the roles {', '.join(missing)}"]
    state = {"initialised": done}
    result["diff"] = {"before": state, "after": {"initialised": True}} if not done else {"before": {}, "after": {}}
    return result
