"""Guards of the end of a failback: whether what it leaves may be stopped, terminated, forgotten, removed. Pure.

They take and return what those of ``checks`` do. A drill ends with the machines that it launched; a failback with those
that it came from, and only when it is over.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.findings import BlockingFindings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.termination_checks import terminate_allowed
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair, Vouched
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping, present


def _own_drill(pair: Pair, run_id: str | None) -> BlockingFindings:
    """The reversed server was made by this drill, and nothing but drills was launched from it."""
    blocking = checks.common(pair, checks.DRILL)
    made_by, run = checks.owner(pair.get("reversed"))
    launched = pair.get("launched")
    blocking.when(
        pair.get("reversed") is not None and not (made_by == checks.DRILL and run and run == run_id),
        "failback_under_way",
        "its reversed server is not of drill %s but of run %s",
        run_id,
        run,
    )
    blocking.when(
        alive(launched) and as_mapping(launched).get("is_drill") is not True,
        "live_failback_instance",
        "%s in the original cell is no drill",
        as_mapping(launched).get("recovery_instance_id"),
    )
    return blocking


def _ending(pair: Pair, mode: str, run_id: str | None, vouched: Vouched) -> BlockingFindings:
    return checks.over(pair, vouched) if mode == checks.FAILBACK else _own_drill(pair, run_id)


def may_stop(pair: Pair, mode: str, run_id: str | None, vouched: Vouched) -> list[Finding]:
    """StopReplication of the reversed server, which deletes its points in time. Never of the server itself."""
    blocking = _ending(pair, mode, run_id, vouched)
    copy, server = pair.get("reversed"), as_mapping(pair.get("server"))
    blocking.when(copy is None, "no_reversed_server", "nothing replicates back to the original cell")
    blocking.when(
        copy is not None and (not failback_stage.is_reversed_copy(pair) or copy.get("arn") == server.get("arn")),
        "reversed_server_mismatch",
        "%s is not provably the reversed server",
        as_mapping(copy).get("source_server_id"),
    )
    blocking.not_held("reversed", "its reversed server")
    return blocking.findings


def may_terminate_instance(pair: Pair, mode: str, run_id: str | None, vouched: Vouched) -> list[Finding]:
    """TerminateRecoveryInstances of the machine in the recovery cell.

    In a failback only when the original side is launched, validated, confirmed and protected, and nothing replicates
    from this machine any more. In a drill only when the machine is itself a drill of this collection (or its id was
    typed), never when it serves.
    """
    blocking = _ending(pair, mode, run_id, vouched)
    server, instance, copy = as_mapping(pair.get("server")), as_mapping(pair.get("instance")), pair.get("reversed")
    instance_id = instance.get("recovery_instance_id")
    blocking.when(
        not instance_id or not instance.get("ec2_instance_id"), "recovery_instance_missing", "its machine is not known"
    )
    blocking.when(
        copy is not None and not failback_stage.at_rest(copy),
        "reverse_replication_running",
        "%s still replicates back to %s",
        instance_id,
        as_mapping(copy).get("source_server_id"),
    )
    blocking.when(
        copy is None and mode == checks.FAILBACK, "no_reversed_server", "nothing shows what became of its data"
    )
    sources = vouched.get("source_instance_ids")
    machine = instance.get("ec2_instance_id")
    blocking.when(sources is None, "source_instances_unknown", "the source machines of the cell are not known")
    blocking.when(
        machine in {server.get("instance_id"), *(sources or ())},
        "source_instance",
        "EC2 instance %s is a machine that is protected",
        machine,
    )
    if mode != checks.FAILBACK:
        blocking.when(
            instance.get("is_drill") is not True, "serving_instance", "%s is not a drill and may serve", instance_id
        )
        # its own failback, which this drill was, is judged above
        resting = {**instance, "failback": None}
        job = as_mapping(pair.get("jobs")).get("made_instance")
        blocking.findings += terminate_allowed(resting, job, None, sources, vouched.get("typed") or ())[1]
    blocking.not_held("server", "the server")
    return blocking.findings


def may_terminate_launched(pair: Pair, mode: str, run_id: str | None) -> list[Finding]:
    """TerminateRecoveryInstances of what a drill launched in the original cell. Never in a failback: it serves."""
    blocking = _own_drill(pair, run_id)
    launched, copy = as_mapping(pair.get("launched")), pair.get("reversed")
    instance_id = launched.get("recovery_instance_id")
    blocking.when(mode != checks.DRILL, "serving_instance", "%s in the original cell serves", instance_id)
    blocking.when(
        copy is None or not failback_stage.at_rest(copy),
        "cleanup_out_of_order",
        "its reversed server is stopped before %s is terminated",
        instance_id,
    )
    sources = {as_mapping(pair.get("server")).get("instance_id")}
    job = as_mapping(pair.get("jobs")).get("made_launched")
    blocking.findings += terminate_allowed(launched, job, run_id, sources)[1]
    blocking.not_held("reversed", "its reversed server")
    return blocking.findings


def may_forget_launched(pair: Pair, mode: str, run_id: str | None, vouched: Vouched) -> list[Finding]:
    """DeleteRecoveryInstance of what a failback launched: the record goes, the machine stays."""
    blocking = _ending(pair, mode, run_id, vouched)
    instance_id = as_mapping(pair.get("launched")).get("recovery_instance_id")
    blocking.when(mode != checks.FAILBACK, "cleanup_out_of_order", "a drill terminates %s", instance_id)
    _instance_gone(blocking, pair)
    _stopped(blocking, pair)
    blocking.not_held("reversed", "its reversed server")
    return blocking.findings


def _instance_gone(blocking: BlockingFindings, pair: Pair) -> None:
    instance = as_mapping(pair.get("instance"))
    blocking.when(
        pair.get("instance") is not None and still_exists(present(pair["instance"])),
        "cleanup_out_of_order",
        "recovery instance %s is terminated first",
        instance.get("recovery_instance_id"),
    )


def _stopped(blocking: BlockingFindings, pair: Pair) -> None:
    copy = pair.get("reversed")
    blocking.when(copy is None, "no_reversed_server", "it has no reversed server")
    blocking.when(
        copy is not None and not failback_stage.at_rest(copy),
        "cleanup_out_of_order",
        "its reversed server is stopped first",
    )


def may_remove(pair: Pair, mode: str, run_id: str | None) -> list[Finding]:
    """DisconnectSourceServer and DeleteSourceServer of the reversed server, the last of all.

    Disconnecting makes the agent remove itself from the machine in the recovery cell, so that must be gone.
    """
    blocking = checks.common(pair, mode)
    copy, server = pair.get("reversed"), as_mapping(pair.get("server"))
    shown = as_mapping(copy)
    made_by, run = checks.owner(copy)
    _stopped(blocking, pair)
    _instance_gone(blocking, pair)
    blocking.when(
        pair.get("launched") is not None,
        "cleanup_out_of_order",
        "recovery instance %s of its reversed server is removed first",
        as_mapping(pair.get("launched")).get("recovery_instance_id"),
    )
    blocking.when(
        shown.get("replication_direction") != "FAILBACK" or shown.get("arn") == server.get("arn"),
        "reversed_server_mismatch",
        "%s is not provably the reversed server",
        shown.get("source_server_id"),
    )
    if mode == checks.DRILL:
        wrong = not (made_by == checks.DRILL and run and run == run_id)
        blocking.when(wrong, "failback_under_way", "its reversed server is of run %s", run)
    else:
        blocking.when(made_by == checks.DRILL, "failback_drill_open", "its reversed server is of drill %s", run)
    blocking.not_held("reversed", "its reversed server")
    return blocking.findings
