"""What AWS does not document about DRS, in one place, so that a scenario can switch it.

A default is the likeliest reading of the documentation; nothing here may be quoted as AWS behaviour.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from copy import deepcopy
from typing import Any

#: Default quotas per account and Region: GR (General Reference, "AWS Elastic Disaster Recovery endpoints and quotas").
QUOTAS: dict[str, int] = {
    "servers_per_job": 100,
    "concurrent_jobs": 20,
    "servers_in_jobs": 500,
    "replicating_servers": 300,
    "source_servers": 4000,
}

#: Service Quotas codes of the quotas that this service enforces.
QUOTA_CODES: dict[str, str] = {
    "servers_per_job": "L-B827C881",
    "concurrent_jobs": "L-D88FAC3A",
    "servers_in_jobs": "L-05AFA8C6",
    "replicating_servers": "L-C1D14A2B",
    "source_servers": "L-E28BE5E0",
    "launch_configuration_templates": "L-1F3FAE4D",
}

#: Seconds, [low, high], drawn per server and phase from the scenario's seed. Compressed from the documented
#: "typically 5-20 minutes" of a recovery.
DURATIONS: dict[str, list[float]] = {
    "start": [1, 4],
    "cleanup": [20, 60],
    "snapshot": [60, 120],
    "conversion": [180, 420],
    "launch": [60, 180],
    "terminate": [30, 90],
}

_DEFAULTS: dict[str, Any] = {
    # Error class for a server or recovery instance that StartRecovery / TerminateRecoveryInstances do not know:
    # neither operation models ResourceNotFoundException or ValidationException.
    "unknown_server_error": "ResourceNotFoundException",
    # Error class for a server that cannot be recovered (no recovery point, stopped, pinned point gone).
    "not_recoverable_error": "ValidationException",
    # Error class of a second CreateExtendedSourceServer for the same staging server.
    "already_extended_error": "ValidationException",
    # Whether an extended server with a recovery instance may be deleted in the target: allowed (documented as "at any
    # time") or refused.
    "unextend_with_recovery_instance": "allowed",
    # CREATE_CONVERTED_SNAPSHOT jobs in a staging account: shown, counted to its quotas as well, or hidden.
    "converted_snapshot_jobs": "shown",
    # Whether a key's policy must also let the target account use the key plainly (DescribeKey, Decrypt, CreateGrant).
    "target_key_use": "required",
    # Whether InitializeService asks for the six roles of UG:getting-started-initializing, and what it says without.
    "strict_initialize": False,
    "strict_initialize_error": "ValidationException",
    # Error class for deleting or disconnecting in the wrong order.
    "wrong_order_error": "ConflictException",
    # Error class of a failback call for a machine of the other kind of origin (on premises, AWS).
    "wrong_origin_error": "ValidationException",
    # Error class of StartFailbackLaunch before FAILBACK_READY_FOR_LAUNCH.
    "failback_not_ready_error": "ConflictException",
    # The agent of an on-premises server after the failback to that very server: it scans its disks, or is lost.
    "agent_after_failback": "rescan",
    # Error class of ReverseReplication when the agent on the recovery instance does not reach DRS (its text is known).
    "agent_not_connected_error": "ValidationException",
    # Roles of an agent between two accounts are missing: ReverseReplication is refused, or the new server stalls.
    "missing_agent_role": "refused",
    # Whether ReverseReplication asks for a replication configuration template in the original cell.
    "reverse_needs_template": False,
    # ReverseReplication when a reversed server of an earlier time is still there: it is used again, or a new one made.
    "reverse_again": "reuse",
    # Whether a reversed source server gets the tags of its opposite.
    "reversed_server_tags": "none",
    # When reversedDirectionSourceServerArn is filled: with ReverseReplication, or with the first failback launch.
    "reversed_arn_shown": "at_once",
    # failback.state until the first point in time: FAILBACK_IN_PROGRESS or FAILBACK_NOT_READY_FOR_LAUNCH.
    "reversing_state": "FAILBACK_IN_PROGRESS",
    # Bytes per second of a reversed server's initial sync; None: as every other one.
    "reverse_bytes_per_second": None,
    # How a server copies when it goes over to another machine in another cell: in full (its points in time are
    # deleted) or by a rescan. Within one cell a rescan is documented.
    "protect_copy": "full",
    # Error class of protecting the failed back machine of an extended server.
    "protect_extended_error": "ValidationException",
    # Launches after which the original agent of an extended server stops (recovery, any), and the state it then has.
    "extended_failback_stops": "recovery",
    "extended_failback_state": "STOPPED",
    # When a participating server leaves PENDING: at the job's start, or only when the launch phase begins.
    "in_progress_from": "start",
    # Jobs of a server step of a recovery plan: one for the step, or one for each server.
    "plan_jobs": "per_step",
    # Status of an execution after its 24 hours: UG:recovery-plans-monitoring says TIMED_OUT, which the model lacks.
    "plan_timed_out_status": "FAILED",
    # Seconds that a launch action runs, [low, high]; seconds until a source network is protected.
    "launch_action_seconds": [10, 60],
    "network_replication_seconds": 120,
    # Order of DescribeJobLogItems: ASC (oldest first) or DESC.
    "job_log_order": "ASC",
    # Days a completed job can be described; None keeps it for ever.
    "job_retention_days": None,
    # Whether removing the tag AWSElasticDisasterRecoveryManaged protects a detached instance from relaunch clean-up.
    "untagged_instance_protected": False,
    # Items per page when the caller does not ask, and the most a page ever holds.
    "page_size": 200,
    "max_page_size": 1000,
    # Bytes per second: initial sync and rescan; change rate from which a lag's backlog is computed.
    "sync_bytes_per_second": 128 * 1024 * 1024,
    "rescan_bytes_per_second": 512 * 1024 * 1024,
    "change_bytes_per_second": 2 * 1024 * 1024,
    # Seconds an initiation step takes, [low, high]; seconds CREATING_SNAPSHOT lasts after an initial sync.
    "initiation_step_seconds": [5, 30],
    "first_snapshot_seconds": 60,
    # Seconds that an on-demand snapshot waits for the source before it falls back. Documented: ten minutes.
    "snapshot_wait_seconds": 600,
    # Launch settings of a server that no template describes.
    "launch_defaults": {
        "launchDisposition": "STARTED",
        "targetInstanceTypeRightSizingMethod": "BASIC",
        "copyPrivateIp": False,
        "copyTags": True,
        "osByol": False,
        "postLaunchEnabled": False,
        "recoveryMode": "OPTIMAL",
    },
    "agent_version": "6.42.24",
    "instance_type": "m5.large",
}

_CHOICES: dict[str, tuple[Any, ...]] = {
    "unknown_server_error": ("ResourceNotFoundException", "ValidationException", "ConflictException"),
    "not_recoverable_error": ("ValidationException", "ConflictException"),
    "already_extended_error": ("ValidationException", "ConflictException"),
    "unextend_with_recovery_instance": ("allowed", "refused"),
    "converted_snapshot_jobs": ("shown", "counted", "hidden"),
    "target_key_use": ("required", "ignored"),
    "strict_initialize": (True, False),
    "strict_initialize_error": ("ValidationException", "AccessDeniedException"),
    "wrong_order_error": ("ConflictException", "ValidationException"),
    "wrong_origin_error": ("ValidationException", "ConflictException"),
    "failback_not_ready_error": ("ConflictException", "ValidationException"),
    "agent_after_failback": ("rescan", "lost"),
    "agent_not_connected_error": ("ValidationException", "ConflictException"),
    "missing_agent_role": ("refused", "stalled"),
    "reverse_needs_template": (True, False),
    "reverse_again": ("reuse", "new"),
    "reversed_server_tags": ("none", "copied"),
    "reversed_arn_shown": ("at_once", "after_launch"),
    "reversing_state": ("FAILBACK_IN_PROGRESS", "FAILBACK_NOT_READY_FOR_LAUNCH"),
    "protect_copy": ("full", "rescan"),
    "protect_extended_error": ("ValidationException", "ConflictException"),
    "extended_failback_stops": ("recovery", "any"),
    "extended_failback_state": ("STOPPED", "STALLED", "DISCONNECTED"),
    "in_progress_from": ("start", "launch"),
    "job_log_order": ("ASC", "DESC"),
    "plan_jobs": ("per_step", "per_server"),
    "plan_timed_out_status": ("FAILED", "TIMED_OUT"),
}

SETTINGS: dict[str, Any] = deepcopy(_DEFAULTS)


def configure(overrides: dict[str, Any]) -> None:
    """Change settings.

    Raises:
        ValueError: an unknown name, or a value outside the listed choices; nothing is changed then.
    """
    for name, value in overrides.items():
        if name not in _DEFAULTS:
            raise ValueError(f"unknown DRS setting '{name}'; known: {', '.join(sorted(_DEFAULTS))}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"DRS setting {name}={value!r} must be one of {', '.join(map(str, _CHOICES[name]))}")
    for name, value in overrides.items():
        if isinstance(_DEFAULTS[name], dict):
            SETTINGS[name].update(value)
        else:
            SETTINGS[name] = value


def reset() -> None:
    """Back to the defaults, in place: other modules hold the dictionary itself."""
    SETTINGS.clear()
    SETTINGS.update(deepcopy(_DEFAULTS))
