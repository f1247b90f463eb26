"""Guards of a failback to a machine outside AWS, by the Failback Client. Pure.

StartFailbackLaunch and StopFailback exist for these machines only, ReverseReplication for the others only (botocore
model; DRS user guide, "Performing a failback with the DRS Failback Client").
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.findings import BlockingFindings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

Vouched = Mapping[str, Any]

FAILBACK = "failback"


def _client(pair: Pair) -> BlockingFindings:
    blocking = BlockingFindings(pair)
    found_origin = failback_stage.origin(pair)
    blocking.when(found_origin == failback_stage.AWS, "aws_origin", "the machine came from AWS")
    blocking.when(
        found_origin not in (failback_stage.AWS, failback_stage.ON_PREMISES),
        "origin_unknown",
        "DRS does not say where it came from",
    )
    blocking.when(not alive(pair.get("instance")), "recovery_instance_missing", "it has no recovery instance")
    return blocking


def may_start_client_launch(pair: Pair, mode: str) -> list[Finding]:
    """StartFailbackLaunch: the machine outside AWS boots from what was copied back to it."""
    blocking = _client(pair)
    blocking.when(mode != FAILBACK, "no_drill_on_premises", "the launch reboots the original machine, a drill does not")
    stage = failback_stage.stage(pair)
    state = failback_stage.failback_state(pair.get("instance"))
    blocking.when(stage == failback_stage.NOT_STARTED, "failback_client_needed", "no Failback Client is connected")
    blocking.when(
        stage not in (failback_stage.READY, failback_stage.NOT_STARTED),
        "failback_not_ready",
        "its failback state is %s",
        state,
    )
    instance = as_mapping(pair.get("instance"))
    blocking.when(
        instance.get("is_drill") is not False,
        "not_failed_over",
        "recovery instance %s is not a recovery",
        instance.get("recovery_instance_id"),
    )
    blocking.not_held("server", "the server")
    return blocking.findings


def may_stop_client(pair: Pair) -> list[Finding]:
    """StopFailback: the Failback Client lets go."""
    blocking = _client(pair)
    stage = failback_stage.stage(pair)
    state = failback_stage.failback_state(pair.get("instance"))
    blocking.when(
        stage not in (failback_stage.SYNCHRONIZING, failback_stage.READY, failback_stage.ERROR),
        "failback_not_running",
        "failback state %s",
        state,
    )
    blocking.not_held("server", "the server")
    return blocking.findings


def may_terminate_after_client(pair: Pair, mode: str, vouched: Vouched) -> list[Finding]:
    """TerminateRecoveryInstances once the machine outside AWS carries on."""
    blocking = _client(pair)
    instance = as_mapping(pair.get("instance"))
    instance_id = instance.get("recovery_instance_id")
    blocking.when(mode != FAILBACK, "no_drill_on_premises", "a drill terminates nothing here")
    blocking.when(
        failback_stage.failback_state(pair.get("instance")) != "FAILBACK_COMPLETED",
        "not_launched",
        "its failback is not completed (%s)",
        failback_stage.failback_state(pair.get("instance")),
    )
    blocking.when(
        instance_id not in set(vouched.get("validated") or ()),
        "failback_not_validated",
        "nobody has validated %s",
        instance_id,
    )
    blocking.when(vouched.get("confirmed") is not True, "failback_not_confirmed", "the confirmation was not typed")
    blocking.when(
        vouched.get("require_protected") is not False and not failback_stage.in_step(pair.get("server")),
        "not_protected",
        "replication of the original machine is not continuous",
    )
    blocking.not_held("server", "the server")
    return blocking.findings
