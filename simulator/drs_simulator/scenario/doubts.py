"""The doubts: what AWS does not document about DRS, or where a recorded answer differs from its documentation.

Each is a setting of a scenario (`settings: {name: value}`), with a default, the values that it can take, what it is
about, and where the values come from; GUESS where nobody has seen it. docs/simulator.md is made from this table, and
the matrix of tests runs the life cycle under each value. Nothing here may be quoted as AWS behaviour.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, NamedTuple

GUESS = "guess"
RECORDED = "recorded: answers in the public sample of AWS's drs-plan-automation, 2022-12-07"


class Doubt(NamedTuple):
    """One doubt. ``choices`` are all the values that a scenario may give; where they are empty it may give any, and
    ``tried`` are those that the matrix runs."""

    name: str
    default: Any
    choices: tuple[Any, ...]
    about: str
    source: str
    tried: tuple[Any, ...] = ()

    @property
    def others(self) -> tuple[Any, ...]:
        """The values beside the default that the matrix runs."""
        return tuple(one for one in (self.choices or self.tried) if one != self.default)


_VALIDATION, _CONFLICT = "ValidationException", "ConflictException"

ERRORS = (
    Doubt(
        "unknown_server_error",
        "ResourceNotFoundException",
        ("ResourceNotFoundException", _VALIDATION, _CONFLICT),
        "Error of StartRecovery and TerminateRecoveryInstances for an id that they do not know. Neither models "
        "ResourceNotFoundException or ValidationException.",
        GUESS,
    ),
    Doubt(
        "not_recoverable_error",
        _VALIDATION,
        (_VALIDATION, _CONFLICT),
        "Error of StartRecovery for a server that cannot be recovered: no recovery point, stopped, pinned point gone.",
        GUESS,
    ),
    Doubt(
        "refusal_names",
        "resource",
        ("resource", "text", "nobody"),
        "Whether a refused StartRecovery, TerminateRecoveryInstances or StartFailbackLaunch names the server that "
        "stands in the way: in resourceId (ConflictException and ResourceNotFoundException have it) and the message, "
        "in the message alone, or nowhere.",
        "botocore model for the member; the known text of a busy server names none; that it is filled is a guess",
    ),
    Doubt(
        "already_extended_error",
        _VALIDATION,
        (_VALIDATION, _CONFLICT),
        "Error of a second CreateExtendedSourceServer for the same staging server; ConflictException is not modelled.",
        GUESS,
    ),
    Doubt(
        "wrong_order_error",
        _CONFLICT,
        (_CONFLICT, _VALIDATION),
        "Error for deleting or disconnecting in the wrong order.",
        GUESS,
    ),
    Doubt(
        "wrong_origin_error",
        _VALIDATION,
        (_VALIDATION, _CONFLICT),
        "Error of a failback call for a machine of the other kind of origin (on premises, AWS).",
        GUESS,
    ),
    Doubt(
        "failback_not_ready_error",
        _CONFLICT,
        (_CONFLICT, _VALIDATION),
        "Error of StartFailbackLaunch before FAILBACK_READY_FOR_LAUNCH.",
        GUESS,
    ),
    Doubt(
        "agent_not_connected_error",
        _VALIDATION,
        (_VALIDATION, _CONFLICT),
        "Error of ReverseReplication when the agent on the recovery instance does not reach DRS; its text is known.",
        GUESS,
    ),
    Doubt(
        "protect_extended_error",
        _VALIDATION,
        (_VALIDATION, _CONFLICT),
        "Error of protecting the failed back machine of an extended server.",
        GUESS,
    ),
    Doubt(
        "strict_initialize",
        False,
        (True, False),
        "Whether InitializeService asks for the six roles of the user guide (getting-started-initializing).",
        GUESS,
    ),
    Doubt(
        "strict_initialize_error",
        _VALIDATION,
        (_VALIDATION, "AccessDeniedException"),
        "What InitializeService says without those roles, where it asks for them.",
        GUESS,
    ),
)

ANSWERS = (
    Doubt(
        "time_form",
        "Z",
        ("Z", "+00:00"),
        "How times end.",
        "botocore model (pattern of ISO8601DatetimeString) for Z; +00:00 is " + RECORDED,
    ),
    Doubt(
        "launch_log",
        "start",
        ("start", "end"),
        "Where the log of a launch names the new machine. start: LAUNCH_START carries targetInstanceID and "
        "CONVERSION_START conversionServerID; end: both carry sourceServerID alone, and LAUNCH_END, which the model "
        "does not have, carries targetInstanceID.",
        "botocore model (JobLogEventData) for start; end is " + RECORDED,
    ),
    Doubt(
        "job_instance_ids",
        "all",
        ("all", "some", "none"),
        "Whether the participating servers of a completed launch name their recoveryInstanceID.",
        "botocore model has the member; none is " + RECORDED + "; some is a guess",
    ),
    Doubt(
        "ended_instance_named",
        "cleared",
        ("cleared", "kept"),
        "Whether recoveryInstanceId of a source server still names its last recovery instance after that is gone.",
        GUESS,
    ),
    Doubt(
        "never_launched",
        "absent",
        ("absent", "empty"),
        "lifeCycle.lastLaunch of a server that was never launched: absent, or {initiated: {}}.",
        "absent is a guess; empty is " + RECORDED,
    ),
    Doubt(
        "hostname_form",
        "short",
        ("short", "fqdn"),
        "identificationHints.hostname: the host's name, or the same as fqdn.",
        "short is a guess; fqdn is " + RECORDED,
    ),
    Doubt(
        "network_form",
        "plain",
        ("plain", "recorded"),
        "networkInterfaces of a server: one with address and MAC, or besides a second one without addresses, and MACs "
        "without colons.",
        "recorded is " + RECORDED,
    ),
    Doubt(
        "next_attempt",
        "absent",
        ("absent", "shown"),
        "Whether dataReplicationInitiation has nextAttemptDateTime also where nothing failed.",
        "absent is a guess; shown is " + RECORDED,
    ),
    Doubt(
        "in_progress_from",
        "start",
        ("start", "launch"),
        "When a participating server leaves PENDING: at the job's start, or when its launch phase begins.",
        GUESS,
    ),
    Doubt("job_log_order", "ASC", ("ASC", "DESC"), "Order of DescribeJobLogItems: oldest or newest first.", GUESS),
    Doubt(
        "job_retention_days",
        None,
        (),
        "Days for which a completed job can be described; none keeps it for ever.",
        "undocumented; DeleteJob exists, so a job may be gone: a guess",
        tried=(0,),
    ),
    Doubt(
        "converted_snapshot_jobs",
        "shown",
        ("shown", "counted", "hidden"),
        "CREATE_CONVERTED_SNAPSHOT jobs in a staging account: shown, counted to its quotas as well, or hidden.",
        "the job's type is in the botocore model; whether it counts is a guess",
    ),
)

REPLICATION = (
    Doubt(
        "after_initial_sync",
        "CREATING_SNAPSHOT",
        ("CREATING_SNAPSHOT", "CONTINUOUS"),
        "The state that follows an initial sync: CREATING_SNAPSHOT first, or CONTINUOUS at once. The first point in "
        "time exists when CREATING_SNAPSHOT would be over.",
        GUESS,
    ),
    Doubt(
        "first_point_seconds",
        0,
        (),
        "Seconds that pass after CREATING_SNAPSHOT until the first point in time can be recovered from. Until then "
        "StartRecovery refuses the server, whatever its state.",
        GUESS,
        tried=(900,),
    ),
    Doubt(
        "agent_after_failback",
        "rescan",
        ("rescan", "lost"),
        "The agent of an on-premises server after the failback to that very server: it scans its disks, or is lost.",
        GUESS,
    ),
    Doubt(
        "protect_copy",
        "full",
        ("full", "rescan"),
        "How a server copies when it goes over to another machine in another cell: in full (its points in time are "
        "deleted), or by a rescan. Within one cell a rescan is documented.",
        GUESS,
    ),
    Doubt(
        "extended_failback_stops",
        "recovery",
        ("recovery", "any"),
        "Launches after which the original agent of an extended server stops: recoveries, or drills as well.",
        "user guide, multi-account, for the stop; drills are a guess",
    ),
    Doubt(
        "extended_failback_state",
        "STOPPED",
        ("STOPPED", "STALLED", "DISCONNECTED"),
        "The state that its server then has.",
        GUESS,
    ),
)

FAILBACK = (
    Doubt(
        "missing_agent_role",
        "refused",
        ("refused", "stalled"),
        "Roles of an agent between two accounts are missing: ReverseReplication is refused, or the new server stalls.",
        GUESS,
    ),
    Doubt(
        "reverse_needs_template",
        False,
        (True, False),
        "Whether ReverseReplication asks for a replication configuration template in the original cell.",
        "service authorization reference (dependent actions); that it refuses without is a guess",
    ),
    Doubt(
        "reverse_again",
        "reuse",
        ("reuse", "new"),
        "ReverseReplication when a reversed server of an earlier time is still there: it is used again, or a new one "
        "is made.",
        GUESS,
    ),
    Doubt(
        "reversed_server_tags",
        "none",
        ("none", "copied"),
        "Whether a reversed source server gets the tags of its opposite.",
        GUESS,
    ),
    Doubt(
        "reversed_arn_shown",
        "at_once",
        ("at_once", "after_launch"),
        "When reversedDirectionSourceServerArn of a source server is filled: with ReverseReplication, or with the "
        "first failback launch.",
        "botocore model (servers which have been failed over and then failed back); when is a guess",
    ),
    Doubt(
        "reversing_state",
        "FAILBACK_IN_PROGRESS",
        ("FAILBACK_IN_PROGRESS", "FAILBACK_NOT_READY_FOR_LAUNCH"),
        "failback.state until the first point in time.",
        GUESS,
    ),
    Doubt(
        "reprotect_hint",
        "follows",
        ("follows", "unchanged"),
        "identificationHints.awsInstanceID of the original source server once it protects the failed back machine: "
        "that machine's, or still the one of the first.",
        GUESS,
    ),
)

MACHINES = (
    Doubt(
        "terminate_outcome",
        "terminated",
        ("terminated", "fails_once"),
        "A TERMINATE job of a machine: it ends well, or the first one fails late, after the machine was seen shutting "
        "down.",
        "botocore model (LaunchStatus FAILED in a TERMINATE job); when is a guess",
    ),
    Doubt(
        "launch_after_protect",
        "spared",
        ("spared", "wiped"),
        "A launch of a server that protects one of its own recovery instances (within one Region): that machine is "
        "spared, or goes like every earlier recovery instance.",
        "user guide, recovery-instances, for that a launch removes all previous ones, without an exception; spared is "
        "a guess",
    ),
    Doubt(
        "untagged_instance_protected",
        False,
        (True, False),
        "Whether removing the tag AWSElasticDisasterRecoveryManaged protects a detached instance from the clean-up of "
        "a later launch.",
        GUESS,
    ),
    Doubt(
        "unextend_with_recovery_instance",
        "allowed",
        ("allowed", "refused"),
        "Whether an extended server with a recovery instance may be deleted in the target.",
        "user guide, multi-account (at any time); refused is a guess",
    ),
    Doubt(
        "target_key_use",
        "required",
        ("required", "ignored"),
        "Whether the policy of a key must also let the target account use the key plainly (DescribeKey, Decrypt, "
        "CreateGrant).",
        GUESS,
    ),
)

PLANS = (
    Doubt(
        "deleted_launch_template",
        "at_launch",
        ("at_launch", "at_once"),
        "When an EC2 launch template that somebody deleted is made anew: at the next launch, or when it is asked for.",
        "user guide, ec2-key-considerations, for that it is made anew; when is a guess",
    ),
    Doubt(
        "plan_jobs",
        "per_step",
        ("per_step", "per_server"),
        "Jobs of a server step of a recovery plan: one for the step, or one for each server.",
        GUESS,
    ),
    Doubt(
        "plan_timed_out_status",
        "FAILED",
        ("FAILED", "TIMED_OUT"),
        "Status of an execution of a recovery plan after its 24 hours.",
        "user guide, recovery-plans-monitoring, for TIMED_OUT, which the botocore model lacks",
    ),
)

DOUBTS: tuple[Doubt, ...] = (*ERRORS, *ANSWERS, *REPLICATION, *FAILBACK, *MACHINES, *PLANS)

# All that was recorded, together: one reading of the live service of that day.
RECORDED_ANSWERS: dict[str, Any] = {
    "time_form": "+00:00",
    "launch_log": "end",
    "job_instance_ids": "none",
    "never_launched": "empty",
    "hostname_form": "fqdn",
    "network_form": "recorded",
    "next_attempt": "shown",
}
