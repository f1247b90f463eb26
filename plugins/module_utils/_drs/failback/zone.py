"""Failback within one Region, from one zone to another: its pairs, its guards, its clean-up. Pure.

DRS keeps one source server for all machines of a server there. Reversing is "Protect recovered instance": the server
goes over to the recovered machine by a rescan and keeps its points in time, and the machine before is protected no
more (DRS user guide, "Cross Availability Zone recovery"). The way home is a launch of that same server, then the same
call for what was launched. Nothing is stopped, disconnected or deleted but the record of what was launched.

Both machines stand in one account and Region and belong to one server, so that nothing but their ids tells them apart:
the recovered one is the one that the plan of the run has RECORDED, and no other is ever terminated.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import error_entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping, present
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.findings import BlockingFindings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage, jobs as model_jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair, Vouched
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import (
    alive,
    failback_at_rest,
    still_exists,
)

TERMINATE, WAIT, FORGET, DONE = "terminate_instance", "wait", "forget", "done"


def arrange(
    pair: Pair, instances: Iterable[RecoveryInstance], recorded: str | None, cell: str, jobs: Sequence[Job]
) -> None:
    """Tell the two machines of a server apart, and complete its pair.

    :param instances: all recovery instances of the cell.
    :param recorded: the id of the recovery instance that the plan of the run has for this server.
    :param jobs: of the cell, newest first.
    """
    server = present(pair["server"])
    one = server["source_server_id"]
    mine = [item for item in instances if item["source_server_id"] == one]
    later = [
        item
        for item in mine
        if item["recovery_instance_id"] != recorded and alive(item) and item["is_drill"] is not True
    ]
    wrong = None
    if not recorded:
        wrong = "the request does not say which recovery instance serves (recovery_instance_id of servers)"
    elif len(later) > 1:
        wrong = "beside %s it has %s" % (recorded, ", ".join(sorted(item["recovery_instance_id"] for item in later)))
    pair["instance"] = next((item for item in mine if item["recovery_instance_id"] == recorded), None)
    pair["launched"] = later[0] if len(later) == 1 and recorded else None
    pair["original"] = {
        "cell": cell,
        "account_id": server["account_id"],
        "region": server["region"],
        "error": error_entry(DrsError("same_region_failback", wrong)) if wrong else None,
        "templates": None,
    }
    pair["reversed"] = server if recorded and _begun(pair, recorded) else None
    pair["jobs"].update(
        {
            "reversed": pair["jobs"]["server"],
            "launches": [job for job in jobs if job["type"] == model_jobs.LAUNCH and one in model_jobs.server_ids(job)],
            "launched_terminations": [],
            "made_launched": None,
        }
    )


def _begun(pair: Pair, recorded: str) -> bool:
    """Whether the server has gone over to the recovered machine, and has not come home for good.

    No source promises that the server ever names another machine, so what DRS says of the machines is as good.
    """
    server, instance = present(pair["server"]), pair.get("instance")
    if server["instance_id"] == recorded or pair.get("launched") is not None:
        return True
    if alive(instance):
        return not failback_at_rest(instance)
    # a launch took it away, or somebody did: it is only over when the server is in step again, with no job in its way
    return bool(pair["jobs"]["server"]) or not failback_stage.in_step(server)


def fresh(pair: Pair, moment: str | None) -> bool:
    """Whether a point in time is of the recovered machine: those of the machine before are kept, and would bring home
    what it was before the disaster. Where DRS does not say when the server went over, every point counts."""
    begun = parse_time(as_mapping(as_mapping(pair.get("instance")).get("failback")).get("initiated_at"))
    taken = parse_time(moment)
    return taken is not None and (begun is None or taken >= begun)


def _common(pair: Pair, mode: str) -> BlockingFindings:
    blocking = checks.common(pair, mode)
    blocking.when(mode != checks.FAILBACK, "same_region_failback", "a drill would end the protection of what serves")
    direction = as_mapping(pair.get("server")).get("replication_direction")
    blocking.when(direction != "FAILOVER", "reversed_replication", "it replicates in direction %s", direction)
    blocking.not_held("server", "the server")
    return blocking


def may_reverse(pair: Pair, mode: str, vouched: Vouched) -> list[Finding]:
    """ReverseReplication of the recovered machine. It cannot be taken back: the machine before is protected no more."""
    blocking = _common(pair, mode)
    machine = as_mapping(pair.get("instance"))
    blocking.when(not alive(pair.get("instance")), "recovery_instance_missing", "it has no recovery instance that runs")
    blocking.when(
        machine and machine.get("ec2_instance_state") != "RUNNING",
        "recovery_instance_not_running",
        "recovery instance %s is %s",
        machine.get("recovery_instance_id"),
        machine.get("ec2_instance_state"),
    )
    _confirmed(blocking, vouched, "reversing within one Region ends the protection of the original machine")
    return blocking.findings


def _confirmed(blocking: BlockingFindings, vouched: Vouched, why: str) -> None:
    blocking.when(vouched.get("confirmed") is not True, "failback_not_confirmed", why)


def may_launch(pair: Pair, mode: str, vouched: Vouched) -> list[Finding]:
    """StartRecovery of the server. DRS says that a launch removes all earlier recovery instances of its server, and
    nowhere that it spares the one that the server protects: whoever launches must be ready to lose it."""
    blocking = _common(pair, mode)
    launched, server = pair.get("launched"), as_mapping(pair.get("server"))
    blocking.when(pair.get("reversed") is None, "no_reversed_server", "its recovered machine is not protected")
    blocking.when(not alive(pair.get("instance")), "recovery_instance_missing", "its recovery instance is gone")
    blocking.when(
        failback_stage.stage(pair) != failback_stage.READY,
        "failback_not_ready",
        "its replication is %s, and the failback state of its recovery instance is %s",
        as_mapping(server.get("replication")).get("state"),
        failback_stage.failback_state(pair.get("instance")),
    )
    blocking.when(
        launched is not None,
        "live_failback_instance",
        "%s was launched already; a new launch would wipe it",
        as_mapping(launched).get("recovery_instance_id"),
    )
    if launched is None:
        blocking.unlisted(pair.get("server"), pair.get("instance"))
    _confirmed(blocking, vouched, "a launch within one Region may terminate the recovered machine")
    return blocking.findings


def may_protect(pair: Pair, mode: str, vouched: Vouched) -> list[Finding]:
    """ReverseReplication of what was launched: the server comes home."""
    blocking = checks.launched_and_vouched(pair, vouched)
    blocking.findings += _common(pair, mode).findings
    launched = pair.get("launched")
    blocking.when(
        launched is not None and not failback_at_rest(launched),
        "failback_in_progress",
        "%s is being reversed already",
        as_mapping(launched).get("recovery_instance_id"),
    )
    return blocking.findings


def may_terminate(pair: Pair, mode: str, vouched: Vouched, recorded: str | None) -> list[Finding]:
    """TerminateRecoveryInstances of the recovered machine: the one of the record, and only when the other one serves,
    is validated and protected, and nothing protects this one any more."""
    blocking = checks.over(pair, vouched)
    blocking.findings += _common(pair, mode).findings
    server, instance = as_mapping(pair.get("server")), as_mapping(pair.get("instance"))
    instance_id, machine = instance.get("recovery_instance_id"), instance.get("ec2_instance_id")
    launched = as_mapping(pair.get("launched"))
    blocking.when(not instance_id or not machine, "recovery_instance_missing", "its machine is not known")
    blocking.when(
        not recorded or instance_id != recorded,
        "same_region_failback",
        "%s is not the recovery instance that the run has recorded (%s)",
        instance_id,
        recorded,
    )
    blocking.when(
        bool(instance_id) and instance_id == launched.get("recovery_instance_id"),
        "serving_instance",
        "%s was launched by the failback and serves",
        instance_id,
    )
    blocking.when(
        pair.get("instance") is not None and not failback_at_rest(instance),
        "reverse_replication_running",
        "DRS still protects %s",
        instance_id,
    )
    sources = vouched.get("source_instance_ids")
    blocking.when(sources is None, "source_instances_unknown", "the source machines of the cell are not known")
    protected = {server.get("instance_id"), *(sources or ())}
    blocking.when(machine in protected, "source_instance", "EC2 instance %s is a machine that is protected", machine)
    return blocking.findings


def may_forget(pair: Pair, mode: str, vouched: Vouched) -> list[Finding]:
    """DeleteRecoveryInstance of what was launched: the record goes, the machine stays."""
    blocking = checks.over(pair, vouched)
    blocking.findings += _common(pair, mode).findings
    instance = pair.get("instance")
    blocking.when(
        instance is not None and still_exists(instance),
        "cleanup_out_of_order",
        "recovery instance %s is terminated first",
        as_mapping(instance).get("recovery_instance_id"),
    )
    return blocking.findings


def step_of(pair: Pair) -> str:
    """The next step of the clean-up. What may not be done is the guards' business."""
    instance = pair["instance"]
    if instance is not None and still_exists(instance):
        return TERMINATE if alive(instance) else WAIT
    return FORGET if pair["launched"] is not None else DONE
