"""Guards of a failback up to its end: whether a server may be reversed, launched, protected. Pure.

Each takes a PAIR (failback_stage) and what a person has vouched for, and returns the findings that block the
call; none means that it may be made. What is missing or unknown is a reason against: during a failback two machines
can carry the same business, and a call for the wrong one loses it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.findings import BlockingFindings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import failback_at_rest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair, Vouched
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server


DRILL = "drill"
FAILBACK = "failback"
MODES = (DRILL, FAILBACK)
# Written on the reversed server: whether a drill or a failback made it, and (RUN_TAG) which run.
MODE_TAG = "resilience.drs/failback"


def common(pair: Pair, mode: str) -> BlockingFindings:
    """What holds for every call of the AWS way."""
    blocking = BlockingFindings(pair)
    instance = as_mapping(pair.get("instance"))
    place = pair.get("original")
    found_origin = failback_stage.origin(pair)
    blocking.when(mode not in MODES, "invalid_option", "mode %s is neither drill nor failback", mode)
    blocking.when(pair.get("server") is None, "unknown_id", "the server is not in the recovery cell")
    blocking.when(found_origin == failback_stage.ON_PREMISES, "on_premises_origin", "the machine came from outside AWS")
    blocking.when(
        found_origin not in (failback_stage.AWS, failback_stage.ON_PREMISES),
        "origin_unknown",
        "DRS does not say where the machine came from (%s)",
        found_origin,
    )
    blocking.when(not place, "original_cell_missing", "the cell that it came from is not known")
    error = as_mapping(as_mapping(place).get("error"))
    values = (as_mapping(place).get("cell"), error.get("message"))
    blocking.when(bool(error), str(error.get("code")), "original cell %s: %s", *values)
    if mode == FAILBACK and pair.get("instance") is not None:
        name = instance.get("recovery_instance_id")
        blocking.when(instance.get("is_drill") is True, "not_failed_over", "recovery instance %s is a drill", name)
        blocking.when(instance.get("is_drill") is None, "drill_unknown", "whether %s is a drill is not known", name)
    return blocking


def owner(server: Server | None) -> tuple[str | None, str | None]:
    """(mode, run id) that a reversed server was made with; None where nothing of this collection made it."""
    tags = as_mapping(server).get("tags") or {}
    return tags.get(MODE_TAG), tags.get(RUN_TAG)


def may_use(pair: Pair, mode: str, run_id: str | None) -> list[Finding]:
    """Whether a reversed server that is there already belongs to this request.

    A drill works with what its own run made, or with what is stopped: anything else may be the real failback. A
    failback takes over what it finds, except what a drill is still working with and is going to stop.
    """
    blocking = BlockingFindings(pair)
    copy = pair.get("reversed")
    if copy is None:
        return []
    made_by, run = owner(copy)
    resting = failback_stage.stage(pair) == failback_stage.STOPPED
    blocking.when(
        not failback_stage.is_reversed_copy(pair),
        "reversed_server_mismatch",
        "%s is not provably the copy that replicates back from its recovery instance",
        copy.get("source_server_id"),
    )
    if mode == DRILL:
        blocking.when(
            not (made_by == DRILL and run and run == run_id) and not resting,
            "failback_under_way",
            "%s replicates back already, and not for this drill (run %s)",
            copy.get("source_server_id"),
            run,
        )
    else:
        blocking.when(
            made_by == DRILL and not resting,
            "failback_drill_open",
            "%s belongs to failback drill %s",
            copy.get("source_server_id"),
            run,
        )
    return blocking.findings


def may_reverse(pair: Pair, mode: str) -> list[Finding]:
    """ReverseReplication of the recovery instance: the data begins to flow back to the original cell."""
    blocking = common(pair, mode)
    server, instance, place = as_mapping(pair.get("server")), pair.get("instance"), as_mapping(pair.get("original"))
    blocking.when(not alive(instance), "recovery_instance_missing", "it has no recovery instance that runs")
    machine = as_mapping(instance)
    blocking.when(
        alive(instance) and machine.get("ec2_instance_state") != "RUNNING",
        "recovery_instance_not_running",
        "recovery instance %s is %s",
        machine.get("recovery_instance_id"),
        machine.get("ec2_instance_state"),
    )
    blocking.when(
        server and server.get("replication_direction") != "FAILOVER",
        "reversed_replication",
        "it replicates in direction %s",
        server.get("replication_direction"),
    )
    blocking.when(
        (place.get("account_id"), place.get("region")) == (server.get("account_id"), server.get("region")),
        "same_region_failback",
        "it came from this account and Region",
    )
    blocking.when(
        # a copy that is there has its own settings, and only needs to be started again
        pair.get("reversed") is None and place and not place.get("error") and not place.get("templates"),
        "no_replication_template",
        "original cell %s has no replication configuration template",
        place.get("cell"),
    )
    blocking.not_held("server", "the server")
    blocking.findings += may_use(pair, mode, None) if pair.get("reversed") is not None else []
    return blocking.findings


def may_launch(pair: Pair, mode: str, run_id: str | None) -> list[Finding]:
    """StartRecovery of the reversed server: a machine in the original cell, from data that is in step."""
    blocking = common(pair, mode)
    stage, copy, launched = failback_stage.stage(pair), pair.get("reversed"), pair.get("launched")
    blocking.when(copy is None, "no_reversed_server", "nothing replicates back to the original cell")
    blocking.when(not alive(pair.get("instance")), "recovery_instance_missing", "its recovery instance is gone")
    blocking.findings += may_use(pair, mode, run_id)
    blocking.when(
        copy is not None and not failback_stage.in_step(copy),
        "failback_not_ready",
        "its reversed server %s is %s",
        as_mapping(copy).get("source_server_id"),
        (as_mapping(copy).get("replication") or {}).get("state"),
    )
    blocking.when(
        copy is not None
        and stage not in (failback_stage.READY, failback_stage.LAUNCHED, failback_stage.LAUNCHING)
        and failback_stage.in_step(copy),
        "failback_not_ready",
        "failback state of its recovery instance is %s",
        failback_stage.failback_state(pair.get("instance")),
    )
    # A launch wipes every earlier recovery instance of its server.
    blocking.when(
        alive(launched) and as_mapping(launched).get("is_drill") is not True,
        "live_failback_instance",
        "%s was launched in the original cell and is no drill; a new launch would wipe it",
        as_mapping(launched).get("recovery_instance_id"),
    )
    blocking.unlisted(copy, launched)
    blocking.not_held("reversed", "its reversed server")
    return blocking.findings


def launched_and_vouched(pair: Pair, vouched: Vouched) -> BlockingFindings:
    """The original side carries on: launched for real, running, validated by that very machine, confirmed by typing."""
    blocking = common(pair, FAILBACK)
    launched, copy = pair.get("launched"), as_mapping(pair.get("reversed"))
    machine = as_mapping(launched)
    blocking.when(not alive(launched), "not_launched", "nothing runs in the original cell")
    if launched is not None:
        instance_id = machine.get("recovery_instance_id")
        state = machine.get("ec2_instance_state")
        blocking.when(state != "RUNNING", "not_launched", "%s in the original cell is %s", instance_id, state)
        blocking.when(machine.get("is_drill") is not False, "not_launched", "%s is not launched for real", instance_id)
        blocking.when(
            not instance_id or instance_id not in set(vouched.get("validated") or ()),
            "failback_not_validated",
            "nobody has validated %s",
            instance_id,
        )
        blocking.when(
            machine.get("source_server_id") != copy.get("source_server_id"),
            "reversed_server_mismatch",
            "%s was not launched from its reversed server",
            instance_id,
        )
    blocking.when(vouched.get("confirmed") is not True, "failback_not_confirmed", "the confirmation was not typed")
    return blocking


def may_protect(pair: Pair, mode: str, vouched: Vouched) -> list[Finding]:
    """ReverseReplication of what was launched: it becomes the machine that is protected, the original one no more."""
    if mode != FAILBACK:
        blocking = BlockingFindings(pair)
        blocking.when(True, "drill_never_protects", "a drill protects nothing")
        return blocking.findings
    blocking = launched_and_vouched(pair, vouched)
    server, launched = as_mapping(pair.get("server")), pair.get("launched")
    blocking.when(server.get("extended") is True, "protect_extended", "it is an extended copy")
    blocking.findings += may_use(pair, mode, None)
    blocking.when(
        server.get("replication_direction") != "FAILOVER",
        "reversed_replication",
        "it replicates in direction %s",
        server.get("replication_direction"),
    )
    blocking.when(
        launched is not None and not failback_at_rest(launched),
        "failback_in_progress",
        "%s is being reversed already",
        as_mapping(launched).get("recovery_instance_id"),
    )
    blocking.not_held("server", "the server")
    blocking.not_held("reversed", "its reversed server")
    return blocking.findings


def over(pair: Pair, vouched: Vouched) -> BlockingFindings:
    """The failback is over: the original side carries on, and is protected where that is asked for."""
    blocking = launched_and_vouched(pair, vouched)
    blocking.when(
        vouched.get("require_protected") is not False and not failback_stage.protected(pair),
        "not_protected",
        "replication of the machine in the original cell is not continuous (%s)",
        (as_mapping(pair.get("server")).get("replication") or {}).get("state"),
    )
    return blocking
