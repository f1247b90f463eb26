"""Checks before a recovery instance is terminated. Pure; what is not proven is refused."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import (
    failback_at_rest,
    failback_words,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job


def terminate_allowed(
    instance: AnyServer,
    job: Job | None,
    run_id: str | None,
    source_instance_ids: Iterable[str | None] | None,
    typed_ids: Iterable[str] = (),
    recorded: bool = False,
) -> tuple[bool, list[Finding]]:
    """Decide whether a recovery instance may be terminated.

    Without a typed id all of this must be proven: it is a drill; its job is known, is the job of this very instance,
    was started as a drill and carries our run tag, with ``run_id`` as its value when one is given. A typed id stands in
    for that. Nothing stands in for the rest: the machine is known, is not a source machine, and no failback is going
    on.

    :param instance: the RI.
    :param job: the JOB that launched it, None when it could not be found.
    :param run_id: the run whose instances are to go; None for any run of this collection.
    :param source_instance_ids: EC2 ids of the source machines; None when they are not known, which refuses.
    :param typed_ids: recovery instance ids that a person typed.
    :param recorded: whether the run's record names the instance or its job, which stands in for the job's tag, and for
        the job where DRS no longer lists it; never for being a drill.
    :returns: whether it may go, and a finding for every reason why not, the weightiest first.
    """
    instance_id = instance.get("recovery_instance_id")
    reasons = _never_terminate(instance, source_instance_ids)
    if not instance_id or instance_id not in set(typed_ids):
        reasons += _not_our_drill(instance, job, run_id, recorded)
    findings = [
        finding(
            ERROR,
            code,
            "%s stays: %s" % (clean(instance_id) or "a recovery instance without id", text),
            server=instance,
            recovery_instance_id=instance_id,
        )
        for code, text in reasons
    ]
    return not findings, findings


def _never_terminate(instance: AnyServer, source_instance_ids: Iterable[str | None] | None) -> list[tuple[str, str]]:
    reasons = []
    machine = instance.get("ec2_instance_id")
    if valid_id("recovery_instance", instance.get("recovery_instance_id")):
        reasons.append(("malformed_id", "its id is missing or malformed"))
    if not machine:
        reasons.append(("ec2_instance_unknown", "its EC2 instance is not known"))
    if source_instance_ids is None:
        reasons.append(("source_instances_unknown", "the source machines are not known"))
    elif {machine, instance.get("recovery_instance_id")} & {item for item in source_instance_ids if item}:
        reasons.append(("source_instance", "EC2 instance %s is a source machine" % clean(machine)))
    if not failback_at_rest(instance):
        reasons.append(("failback_in_progress", "its failback is not at rest (%s)" % failback_words(instance)))
    return reasons


def _not_our_drill(
    instance: AnyServer, job: Job | None, run_id: str | None, recorded: bool = False
) -> list[tuple[str, str]]:
    reasons = []
    if instance.get("is_drill") is None:
        reasons.append(("drill_unknown", "DRS does not say whether it is a drill"))
    elif instance.get("is_drill") is not True:
        reasons.append(("not_a_drill", "it is not a drill instance"))
    if job is None and recorded:
        return reasons
    if job is None:
        return [*reasons, ("not_launched_by_us", "the job that launched it is not known")]
    name = clean(job.get("job_id")) or "without id"
    if not job.get("job_id") or any(job.get(key) != instance.get(key) for key in ("job_id", "account_id", "region")):
        reasons.append(("not_launched_by_us", "job %s did not launch it" % name))
    if job.get("initiated_by") != "START_DRILL":
        started = clean(job.get("initiated_by")) or "unknown"
        reasons.append(("not_a_drill", "its job %s was not started as a drill (%s)" % (name, started)))
    run = (job.get("tags") or {}).get(RUN_TAG)
    if recorded:
        return reasons
    if not run:
        reasons.append(("not_launched_by_us", "its job %s was not started by this collection" % name))
    elif run_id is not None and run != run_id:
        said = "its job %s belongs to run %s, not to %s" % (name, clean(run, 64), clean(run_id, 64))
        reasons.append(("not_launched_by_us", said))
    return reasons
