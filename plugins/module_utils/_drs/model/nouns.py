"""The nouns of DRS and EC2 in our shapes: source server, recovery instance, job, machine, command.

Times are ISO 8601 text in UTC, sizes bytes, ages and lags seconds. None is what nobody has said.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Explanation

Tags = dict[str, str]
TagKeys = Mapping[str, Sequence[str]]
"""What a tag means -> the spellings that are accepted for it (``tags.resolve_keys``)."""
Limits = dict[str, int]
"""The quotas of one account and Region by their names (``quotas.limits``)."""


class Placed(TypedDict):
    """What everything that DRS describes has: its ARN, its place and its tags."""

    arn: str
    account_id: str
    region: str
    cell: str
    tags: Tags


class Step(TypedDict):
    """One step of initiating replication, as DRS names it."""

    name: str | None
    status: str | None


class Disk(TypedDict):
    """How far one disk is replicated."""

    device_name: str | None
    total_bytes: int
    replicated_bytes: int
    rescanned_bytes: int
    backlogged_bytes: int
    percent: float | None
    volume_status: str | None


class Replication(TypedDict):
    """How replication stands, of a source server or a recovery instance; ``state`` is DataReplicationState of DRS."""

    state: str | None
    lag_seconds: float | None
    backlog_bytes: int
    eta: str | None
    current_step: str | None
    steps: list[Step]
    steps_done: int
    disks: list[Disk]
    total_bytes: int
    replicated_bytes: int
    percent: float | None
    error: Explanation | None


class StagingArea(TypedDict):
    """Where an extended server comes from."""

    status: str | None
    staging_account_id: str | None
    staging_source_server_arn: str | None
    error_message: str | None


class LastLaunch(TypedDict):
    """The last launch of a server, as its life cycle tells it."""

    type: str | None
    job_id: str | None
    time: str | None
    status: str | None


class Readiness(TypedDict):
    """What a launch would get (``readiness.readiness``); ``code`` is the catalogue's, None when it is ready."""

    ready: bool
    level: str
    recoverable: str
    code: str | None
    reason: str


class Server(Placed):
    """A source server (``normalise.normalise_server``)."""

    source_server_id: str
    hostname: str | None
    name: str
    instance_id: str | None
    private_ip: str | None
    origin_account_id: str | None
    origin_region: str | None
    agent_version: str | None
    replication_direction: str | None
    replication: Replication
    staging_area: StagingArea | None
    extended: bool
    last_launch: LastLaunch | None
    added_at: str | None
    last_seen: str | None
    last_seen_seconds: float | None
    recovery_instance_id: str | None
    reversed_direction_source_server_arn: str | None
    readiness: Readiness


class Failback(TypedDict):
    """How a failback stands, as DRS tells it of a recovery instance; ``status`` is ``state`` in words."""

    state: str | None
    status: str
    client_id: str | None
    job_id: str | None
    initiated_at: str | None
    launch_type: str | None
    to_original_server: bool | None
    agent_last_seen: str | None


class RecoveryInstance(Placed):
    """A recovery instance (``normalise.normalise_recovery_instance``)."""

    recovery_instance_id: str
    source_server_id: str
    ec2_instance_id: str | None
    ec2_instance_state: str | None
    private_ip: str | None
    instance_type: str | None
    availability_zone: str | None
    subnet_id: str | None
    is_drill: bool | None
    job_id: str | None
    origin_environment: str | None
    point_in_time: str | None
    failback: Failback
    pending_action: str | None
    replication: Replication


class FailedAction(TypedDict):
    """A post-launch action that failed."""

    name: str | None
    reason: str


class ActionRun(TypedDict):
    """A run of a post-launch action: ``status`` IN_PROGRESS, SUCCEEDED or FAILED; ``optional`` when it may fail."""

    name: str | None
    document: str | None
    status: str | None
    optional: bool
    reason: str | None
    run_id: str | None


class Participant(TypedDict):
    """What a job says of one of its servers."""

    source_server_id: str
    launch_status: str | None
    recovery_instance_id: str | None
    failed_actions: list[FailedAction]
    actions: list[ActionRun]


class JobEvent(TypedDict):
    """One line of a job's log."""

    event: str | None
    time: str | None
    source_server_id: str | None
    raw_error: str | None
    data_timestamp: str | None


class _Job(Placed):
    job_id: str
    type: str | None
    status: str | None
    initiated_by: str | None
    created_at: str | None
    ended_at: str | None
    run_id: str | None
    wave: str | None
    batch: str | None
    active: bool
    servers: list[Participant]


class Job(_Job, total=False):
    """A job (``normalise.normalise_job``); its ``log`` is there when it was asked for.

    An action says of its jobs whether they were ``adopted``: found, and not started now.
    """

    log: list[JobEvent]
    adopted: bool


class Snapshot(TypedDict):
    """A point in time of one server; without a ``timestamp`` it is only expected."""

    snapshot_id: str
    timestamp: str | None


class Ssm(TypedDict):
    """What Systems Manager says of a machine."""

    status: str
    agent_version: str | None
    platform_name: str | None


class Machine(TypedDict):
    """An EC2 instance to install the agent on (``machines.normalise``); ``ssm`` is None until somebody asked."""

    instance_id: str
    name: str
    account_id: str | None
    region: str
    cell: str
    state: str | None
    platform: str
    architecture: str | None
    private_ip: str | None
    tags: Tags
    managed_by_drs: bool
    ssm: Ssm | None


class Subnet(TypedDict):
    """A subnet (``aws.ec2.subnets``): ``public`` when it gives machines a public address."""

    cidr: str
    vpc_id: str | None
    public: bool
    tags: Tags


class Filter(TypedDict):
    """A filter of EC2, spelled as EC2 does."""

    Name: str
    Values: list[str]


class _Command(TypedDict):
    command_id: str
    document: str | None
    comment: str
    instance_ids: list[str]
    region: str | None
    requested_at: str | None
    status: str | None
    status_details: str | None
    active: bool
    target_count: int
    completed_count: int
    error_count: int


class Command(_Command, total=False):
    """A command of Systems Manager (``ssm_command.normalise_command``); an action says whether it found it running."""

    adopted: bool


class Invocation(TypedDict):
    """What a command did on one machine (``ssm_command.normalise_invocation``)."""

    command_id: str
    instance_id: str
    status: str | None
    status_details: str | None
    final: bool
    started_at: str | None
    ended_at: str | None
    output: str
    plugin: str | None
    cut: bool


class Standing(TypedDict):
    """How many recovery instances stand, see Fleet."""

    total: int
    drills: int
    live: int
    failing_back: int


class Fleet(TypedDict):
    """Servers and recovery instances in numbers (``readiness.fleet_summary``)."""

    servers: int
    ready: int
    ready_percent: int | None
    extended: int
    counted_twice: int
    by_state: dict[str, int]
    by_readiness: dict[str, int]
    by_recoverable: dict[str, int]
    by_region: dict[str, int]
    by_account: dict[str, int]
    by_cell: dict[str, int]
    worst_lag_seconds: float | None
    lag_unknown: int
    backlog_bytes: int
    total_bytes: int
    replicated_bytes: int
    recovery_instances: Standing


class QuotaUse(TypedDict):
    """How full one quota is (``quotas.headroom``)."""

    name: str
    title: str
    code: str
    adjustable: bool
    used: int
    limit: int
    percent: float
    level: str


class QuotaRoom(TypedDict):
    """Whether planned servers fit into one quota (``machines.room``)."""

    name: str
    title: str
    used: int
    planned: int
    limit: int
    free: int
    fits: bool
