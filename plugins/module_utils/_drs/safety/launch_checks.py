"""Checks before a launch. Pure; what is not proven is refused.

Every check returns a list of findings (see findings.finding); none means that nothing blocks it. Missing or
unknown data is a refusal: the checks protect machines that may be carrying production.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL, MODES, RECOVERY
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import (
    failback_at_rest,
    failback_words,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, quoted
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server


def live_recovery(
    servers: Iterable[Server],
    recovery_instances: Iterable[RecoveryInstance] | None,
    mode: str,
    replace_ids: Iterable[str] = (),
    own_job_ids: Iterable[str] = (),
) -> list[Finding]:
    """Protect running recoveries: a launch wipes every earlier recovery instance of its server.

    ("cleans up all the previous recovery instances", DRS user guide, failback-preparing-failover.) One error refuses
    the whole request, before any call.

    - In a drill, a recovery instance that is not provably a drill and not TERMINATED is an error.
    - In a recovery it is an error unless its exact id is in ``replace_ids``.
    - A drill instance is a warning in both: it goes.
    - A failback that is not at rest, or a server that replicates in the direction of failback, is an error in both,
      whatever ids are typed.
    - NOT_FOUND counts as running. DRS says it when it cannot see the machine, which also happens when it lost the right
      to, or when the machine was detached; and the clean-up reaches detached machines too.

    :param servers: the selected SERVERs.
    :param recovery_instances: all RIs of their cells; None means that they were not read, which refuses every server.
    :param replace_ids: recovery instance ids that a person typed (recovery only).
    :param own_job_ids: launch jobs of this very run. What they made is adopted and not launched again, so it is not
        wiped.
    :returns: error findings for what must not be wiped, warnings for what goes.
    """
    listed = list(servers)
    if mode not in MODES:
        return [finding(ERROR, "invalid_option", "mode %s is neither drill nor recovery" % quoted(mode))]
    if recovery_instances is None:
        text = "recovery instances were not read, so nobody knows what a launch of %s would wipe"
        return [finding(ERROR, "recovery_instances_unread", text % _title(server), server=server) for server in listed]
    by_server: dict[Any, list[RecoveryInstance]] = {}
    for instance in recovery_instances:
        by_server.setdefault(instance.get("source_server_id"), []).append(instance)
    typed = set(replace_ids)
    own = {job_id for job_id in own_job_ids if job_id}
    findings: list[Finding] = []
    for server in listed:
        instances = by_server.get(server.get("source_server_id"), [])
        findings.extend(_direction(server, mode))
        findings.extend(_unlisted(server, instances, mode, typed))
        for instance in instances:
            findings.extend(_failback(server, instance))
            if instance.get("job_id") not in own:
                findings.extend(_wiped(server, instance, mode, typed))
    return findings


def _direction(server: Server, mode: str) -> list[Finding]:
    direction = server.get("replication_direction")
    if direction == "FAILOVER":
        return []
    if direction in (None, "") and mode == RECOVERY:
        text = "%s does not say in which direction it replicates" % _title(server)
        return [finding(WARNING, "replication_direction_unknown", text, server=server)]
    if direction == "FAILBACK":
        text = "%s replicates back from a recovery: it is the reversed copy of a failback" % _title(server)
        return [finding(ERROR, "reversed_replication", text, server=server)]
    text = "%s replicates in an unknown direction (%s)" % (_title(server), clean(direction or "none", 40))
    return [finding(ERROR, "replication_direction_unknown", text, server=server)]


def _unlisted(server: Server, instances: Sequence[RecoveryInstance], mode: str, typed: set[str]) -> list[Finding]:
    """The server names a recovery instance that was not read: nothing is known about it but that it exists."""
    instance_id = server.get("recovery_instance_id")
    if not instance_id or any(instance.get("recovery_instance_id") == instance_id for instance in instances):
        return []
    if mode == RECOVERY and instance_id in typed:
        return []
    text = "%s has recovery instance %s, about which DRS said nothing" % (_title(server), clean(instance_id))
    return [finding(ERROR, "recovery_instance_unknown", text, server=server, recovery_instance_id=instance_id)]


def _failback(server: Server, instance: RecoveryInstance) -> list[Finding]:
    # Also for a TERMINATED machine: the reversed copy in the original Region may hold the only current data.
    if failback_at_rest(instance):
        return []
    text = "%s: failback of recovery instance %s is not at rest (%s)" % (
        _title(server),
        clean(instance.get("recovery_instance_id")),
        failback_words(instance),
    )
    instance_id = instance.get("recovery_instance_id")
    return [finding(ERROR, "failback_in_progress", text, server=server, recovery_instance_id=instance_id)]


def _wiped(server: Server, instance: RecoveryInstance, mode: str, typed: set[str]) -> list[Finding]:
    state = instance.get("ec2_instance_state")
    if state == "TERMINATED":
        return []
    instance_id = instance.get("recovery_instance_id")
    details = {"ec2_instance_id": instance.get("ec2_instance_id"), "ec2_instance_state": state}
    said = "%s has %s recovery instance %s (%s)" % (
        _title(server),
        "drill" if instance.get("is_drill") is True else "the live",
        clean(instance_id),
        clean(state or "state unknown", 40),
    )
    if instance.get("is_drill") is True:
        severity, code, text = WARNING, "earlier_drill_instance", said + ", which the launch wipes"
    elif mode == DRILL:
        severity, code, text = ERROR, "live_recovery_instance", said + ", which a drill would wipe"
    elif instance_id and instance_id in typed:
        severity, code, text = WARNING, "recovery_instance_replaced", said + ", which the launch wipes as asked"
    else:
        severity, code, text = ERROR, "live_recovery_instance", said + ", which a new launch would wipe"
    return [finding(severity, code, text, server=server, recovery_instance_id=instance_id, details=details)]


def in_active_job(
    server_ids: Iterable[str],
    active_jobs: Iterable[Job] | None,
    own_tags: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Find servers that a running job holds; DRS allows one job per server and refuses the whole request.

    A job that carries all of ``own_tags`` (for example ``{RUN_TAG: run_id}``) is ours and will be adopted: a warning.
    Any other job is an error with its id.

    :param active_jobs: JOBs; None means that they were not read, which is an error. One that does not say that it has
        ended counts as active.
    """
    ids = list(server_ids)
    if active_jobs is None:
        return (
            [finding(ERROR, "jobs_unread", "jobs were not read, so nobody knows which servers are busy")] if ids else []
        )
    asked_ids = set(ids)
    findings = []
    for job in active_jobs:
        if job.get("active") is False:
            continue
        job_tags = job.get("tags") or {}
        ours = bool(own_tags) and all(job_tags.get(key) == value for key, value in (own_tags or {}).items())
        for server in job.get("servers") or ():
            server_id = server.get("source_server_id")
            if server_id not in asked_ids:
                continue
            text = "%s is held by %s job %s (%s, started by %s)" % (
                clean(server_id),
                "our own" if ours else "another",
                clean(job.get("job_id")),
                clean(job.get("type") or "type unknown"),
                clean(job.get("initiated_by") or "unknown"),
            )
            findings.append(
                finding(
                    WARNING if ours else ERROR,
                    "server_in_own_job" if ours else "server_in_active_job",
                    text,
                    source_server_id=server_id,
                    details={"job_id": job.get("job_id"), "run_id": job_tags.get(RUN_TAG)},
                )
            )
    return findings


def _title(server: AnyServer) -> str:
    server_id = clean(server.get("source_server_id"), 40)
    name = clean(server.get("name"), 64)
    where = clean(server.get("cell"), 64)
    title = server_id if not name or name == server_id else "%s (%s)" % (name, server_id)
    return "%s in %s" % (title, where) if where else title
