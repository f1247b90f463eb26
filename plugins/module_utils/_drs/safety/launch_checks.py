"""Guards: may this be launched, may this be terminated? Pure checks that refuse whatever they cannot prove.

Every check returns a list of findings (see findings.finding); none means that nothing stands against it. Missing or
unknown data is a refusal: the checks protect machines that may be carrying production.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

DRILL = "drill"
RECOVERY = "recovery"
MODES = (DRILL, RECOVERY)

# Patterns of the service model (drs 2020-02-26); Region and run names are ours.
ID_PATTERNS = {
    "source_server": (r"s-[0-9a-zA-Z]{17}", "s- and 17 letters or digits"),
    "recovery_instance": (r"i-[0-9a-fA-F]{8,17}", "i- and 8 to 17 hexadecimal digits"),
    "job": (r"drsjob-[0-9a-zA-Z]{17}", "drsjob- and 17 letters or digits"),
    "snapshot": (r"pit-[0-9a-zA-Z]{17}", "pit- and 17 letters or digits (a snap- id is an EBS snapshot)"),
    "account": (r"[0-9]{12}", "12 digits, in quotes in YAML"),
    "region": (r"[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}", "a Region name such as us-west-2"),
    "run": (r"[0-9A-Za-z][0-9A-Za-z._:+=@/-]{0,127}", "1 to 128 letters, digits and . _ : + = @ / -"),
}

# Only these say that no failback is going on. FAILBACK_LAUNCH_STATE_NOT_AVAILABLE is not an answer, and an error or a
# copy that is ready to be launched is data somebody still needs.
FAILBACK_AT_REST = (None, "", "FAILBACK_NOT_STARTED", "FAILBACK_COMPLETED")

CONFIRMATION_WORDS = {
    "recovery": "FAILOVER",
    "failover": "FAILOVER",
    "drill": "DRILL",
    "terminate": "TERMINATE",
    "failback": "FAILBACK",
    "failback_drill": "DRILL",
}


def valid_id(kind: str, value: Any) -> list[dict[str, Any]]:
    """Check the form of an id; the finding names the value.

    :param kind: source_server, recovery_instance, job, snapshot, account, region or run.
    """
    pattern, form = ID_PATTERNS[kind]
    if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
        return []
    said = "%s id %s is malformed: it must be %s" % (kind.replace("_", " "), _quoted(value), form)
    return [finding(ERROR, "malformed_id", said, details={"kind": kind, "value": clean(value, 80)})]


def duplicate_ids(ids: Iterable[str]) -> list[dict[str, Any]]:
    """Refuse ids that are given more than once: DRS rejects the whole request, and the person meant something else."""
    seen: dict[str, int] = {}
    for item in ids:
        seen[item] = seen.get(item, 0) + 1
    return [
        finding(
            ERROR,
            "duplicate_id",
            "%s is given %d times" % (clean(item, 80), times),
            source_server_id=item,
            details={"times": times},
        )
        for item, times in seen.items()
        if times > 1
    ]


def live_recovery(
    servers: Iterable[Mapping[str, Any]],
    recovery_instances: Iterable[Mapping[str, Any]] | None,
    mode: str,
    replace_ids: Iterable[str] = (),
    own_job_ids: Iterable[str] = (),
) -> list[dict[str, Any]]:
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
    """
    listed = list(servers)
    if mode not in MODES:
        return [finding(ERROR, "invalid_option", "mode %s is neither drill nor recovery" % _quoted(mode))]
    if recovery_instances is None:
        text = "recovery instances were not read, so nobody knows what a launch of %s would wipe"
        return [finding(ERROR, "recovery_instances_unread", text % _title(server), server=server) for server in listed]
    by_server: dict[Any, list[Mapping[str, Any]]] = {}
    for instance in recovery_instances:
        by_server.setdefault(instance.get("source_server_id"), []).append(instance)
    typed = set(replace_ids)
    own = {job_id for job_id in own_job_ids if job_id}
    found: list[dict[str, Any]] = []
    for server in listed:
        instances = by_server.get(server.get("source_server_id"), [])
        found.extend(_direction(server, mode))
        found.extend(_unlisted(server, instances, mode, typed))
        for instance in instances:
            found.extend(_failback(server, instance))
            if instance.get("job_id") not in own:
                found.extend(_wiped(server, instance, mode, typed))
    return found


def _direction(server: Mapping[str, Any], mode: str) -> list[dict[str, Any]]:
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


def _unlisted(
    server: Mapping[str, Any], instances: Sequence[Mapping[str, Any]], mode: str, typed: set[str]
) -> list[dict[str, Any]]:
    """The server names a recovery instance that was not read: nothing is known about it but that it exists."""
    known = server.get("recovery_instance_id")
    if not known or any(instance.get("recovery_instance_id") == known for instance in instances):
        return []
    if mode == RECOVERY and known in typed:
        return []
    text = "%s has recovery instance %s, about which DRS said nothing" % (_title(server), clean(known))
    return [finding(ERROR, "recovery_instance_unknown", text, server=server, recovery_instance_id=known)]


def failback_at_rest(instance: Mapping[str, Any]) -> bool:
    """Whether a recovery instance provably has no failback going on."""
    failback = instance.get("failback", "absent")
    if failback is None:
        return True
    return isinstance(failback, Mapping) and failback.get("state") in FAILBACK_AT_REST


def _failback(server: Mapping[str, Any], instance: Mapping[str, Any]) -> list[dict[str, Any]]:
    # Also for a TERMINATED machine: the reversed copy in the original Region may hold the only current data.
    if failback_at_rest(instance):
        return []
    text = "%s: failback of recovery instance %s is not at rest (%s)" % (
        _title(server),
        clean(instance.get("recovery_instance_id")),
        _failback_state(instance),
    )
    instance_id = instance.get("recovery_instance_id")
    return [finding(ERROR, "failback_in_progress", text, server=server, recovery_instance_id=instance_id)]


def _failback_state(instance: Mapping[str, Any]) -> str:
    failback = instance.get("failback")
    return clean(failback.get("state"), 60) if isinstance(failback, Mapping) else "unknown"


def _wiped(server: Mapping[str, Any], instance: Mapping[str, Any], mode: str, typed: set[str]) -> list[dict[str, Any]]:
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
    active_jobs: Iterable[Mapping[str, Any]] | None,
    own_tags: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
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
    wanted = set(ids)
    found = []
    for job in active_jobs:
        if job.get("active") is False:
            continue
        job_tags = job.get("tags") or {}
        ours = bool(own_tags) and all(job_tags.get(key) == value for key, value in (own_tags or {}).items())
        for server in job.get("servers") or ():
            server_id = server.get("source_server_id")
            if server_id not in wanted:
                continue
            text = "%s is held by %s job %s (%s, started by %s)" % (
                clean(server_id),
                "our own" if ours else "another",
                clean(job.get("job_id")),
                clean(job.get("type") or "type unknown"),
                clean(job.get("initiated_by") or "unknown"),
            )
            found.append(
                finding(
                    WARNING if ours else ERROR,
                    "server_in_own_job" if ours else "server_in_active_job",
                    text,
                    source_server_id=server_id,
                    details={"job_id": job.get("job_id"), "run_id": job_tags.get(RUN_TAG)},
                )
            )
    return found


def terminate_allowed(
    instance: Mapping[str, Any],
    job: Mapping[str, Any] | None,
    run_id: str | None,
    source_instance_ids: Iterable[str | None] | None,
    typed_ids: Iterable[str] = (),
) -> tuple[bool, list[dict[str, Any]]]:
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
    :returns: whether it may go, and a finding for every reason why not, the weightiest first.
    """
    instance_id = instance.get("recovery_instance_id")
    reasons = _never_terminate(instance, source_instance_ids)
    if not instance_id or instance_id not in set(typed_ids):
        reasons += _not_our_drill(instance, job, run_id)
    found = [
        finding(
            ERROR,
            code,
            "%s stays: %s" % (clean(instance_id) or "a recovery instance without id", text),
            server=instance,
            recovery_instance_id=instance_id,
        )
        for code, text in reasons
    ]
    return not found, found


def _never_terminate(
    instance: Mapping[str, Any], source_instance_ids: Iterable[str | None] | None
) -> list[tuple[str, str]]:
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
        reasons.append(("failback_in_progress", "its failback is not at rest (%s)" % _failback_state(instance)))
    return reasons


def _not_our_drill(
    instance: Mapping[str, Any], job: Mapping[str, Any] | None, run_id: str | None
) -> list[tuple[str, str]]:
    reasons = []
    if instance.get("is_drill") is None:
        reasons.append(("drill_unknown", "DRS does not say whether it is a drill"))
    elif instance.get("is_drill") is not True:
        reasons.append(("not_a_drill", "it is not a drill instance"))
    if job is None:
        return [*reasons, ("not_launched_by_us", "the job that launched it is not known")]
    name = clean(job.get("job_id")) or "without id"
    if not job.get("job_id") or any(job.get(key) != instance.get(key) for key in ("job_id", "account_id", "region")):
        reasons.append(("not_launched_by_us", "job %s did not launch it" % name))
    if job.get("initiated_by") != "START_DRILL":
        started = clean(job.get("initiated_by")) or "unknown"
        reasons.append(("not_a_drill", "its job %s was not started as a drill (%s)" % (name, started)))
    run = (job.get("tags") or {}).get(RUN_TAG)
    if not run:
        reasons.append(("not_launched_by_us", "its job %s was not started by this collection" % name))
    elif run_id is not None and run != run_id:
        said = "its job %s belongs to run %s, not to %s" % (name, clean(run, 64), clean(run_id, 64))
        reasons.append(("not_launched_by_us", said))
    return reasons


def confirmation_text(mode: str, plan_name: str, count: int, regions: Iterable[str]) -> str:
    """The text that a person must type to confirm."""
    return "%s %s %d %s" % (CONFIRMATION_WORDS[mode], plan_name, count, ",".join(sorted(set(regions))))


def confirmation(
    text: str | None, mode: str, plan_name: str, count: int, region: str | Iterable[str]
) -> list[dict[str, Any]]:
    """Check what a person typed to confirm: ``FAILOVER <plan> <count> <region>``.

    ``mode`` recovery (or failover) wants FAILOVER, drill DRILL, terminate TERMINATE, failback FAILBACK. Several Regions
    are joined by commas in alphabetical order. Blanks around and between the words do not matter, everything else does.
    """
    regions = [region] if isinstance(region, str) else sorted(set(region))
    word = CONFIRMATION_WORDS.get(mode)
    if word is None or not plan_name or not regions or not all(regions) or count < 1:
        text_ = "there is nothing that could be confirmed: mode, plan name, server count or Region is missing"
        return [finding(ERROR, "confirmation_mismatch", text_)]
    wanted = confirmation_text(mode, plan_name, count, regions)
    if isinstance(text, str) and text.split() == wanted.split():
        return []
    said = "the confirmation must read '%s', typed was %s" % (clean(wanted, 200), _quoted(text))
    return [finding(ERROR, "confirmation_mismatch", said, details={"expected": wanted})]


def _title(server: Mapping[str, Any]) -> str:
    server_id = clean(server.get("source_server_id"), 40)
    name = clean(server.get("name"), 64)
    where = clean(server.get("cell"), 64)
    title = server_id if not name or name == server_id else "%s (%s)" % (name, server_id)
    return "%s in %s" % (title, where) if where else title


def _quoted(value: Any) -> str:
    return "nothing" if value is None or value == "" else "'%s'" % clean(value, 80)
