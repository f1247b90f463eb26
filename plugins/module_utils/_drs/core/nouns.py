"""The nouns of core: what an error, a finding and the result of one server hold.

tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

# Plain text and not an Enum: outcomes go into results, tables and templates, where a member of an Enum would write
# itself as "Outcome.LAUNCHED".
Outcome = Literal[
    "planned",
    "queued",
    "in_progress",
    "launched",
    "terminated",
    "installed",
    "already_installed",
    "removed",
    "extended",
    "already_extended",
    "unextended",
    "reversed",
    "ready",
    "protected",
    "cleaned",
    "stopped",
    "applied",
    "unchanged",
    "skipped",
    "refused",
    "failed",
    "unknown",
]

Summary = dict[str, int]
"""Number of servers by outcome; every outcome of ``outcomes.OUTCOMES`` is a key, and ``total``."""


AnyServer = Mapping[str, Any]
"""Whatever names a server by its members: a source server, a server of a plan, a recovery instance, an entry."""

AnyError = Mapping[str, Any]
"""Whatever tells an error by the members of an Error, of which some may be missing: of a cell, a task, a record."""

Given = Mapping[str, Any]
"""What a person, a playbook or a file has typed, before it is checked; its names are those of the option."""

AwsData = Mapping[str, Any]
"""A part of an answer of AWS, spelled as botocore gives it."""

AwsMembers = dict[str, Any]
"""Members of a request to AWS, spelled as botocore takes them."""

Options = dict[str, Any]
"""Values by the names of our options, checked."""

Spec = dict[str, Any]
"""Options as Ansible declares them: ``{name: {type, default, ...}}``."""

JsonSchema = dict[str, Any]
"""A JSON Schema, or a part of one."""

Result = dict[str, Any]
"""What a module or an action returns: its documented return values, and ``changed``."""


class Error(TypedDict):
    """What every result carries of an error (``outcomes.error_entry``)."""

    code: str
    message: str
    remedy: str
    retryable: bool


class Gap(TypedDict):
    """A service beside DRS that did not answer: what is ``missing`` therefore, in words, and why (``gaps``)."""

    service: str
    missing: str
    error: Error


class Explanation(Error):
    """An error as the catalogue explains it (``explain.explain``)."""

    cause: str


class ErrorData(Explanation):
    """A whole ``DrsError`` as plain data."""

    details: dict[str, Any]


class Finding(TypedDict):
    """What a check has to say (``findings.finding``): ``severity`` is error or warning."""

    severity: str
    code: str
    message: str
    remedy: str
    retryable: bool
    source_server_id: str | None
    recovery_instance_id: str | None
    cell: str | None
    details: dict[str, Any]


class Entry(TypedDict):
    """What became of one server (``outcomes.server_entry``). Times are ISO 8601 text in UTC, ages are seconds.

    What an action does not know of a server, or has no use for, is None.
    """

    source_server_id: str | None
    instance_id: str | None
    arn: str | None
    name: str | None
    cell: str | None
    account_id: str | None
    region: str | None
    application: str | None
    wave: str | None
    batch: str | None
    critical: bool
    outcome: Outcome
    changed: bool
    adopted: bool
    job_id: str | None
    command_id: str | None
    recovery_instance_id: str | None
    ec2_instance_id: str | None
    private_ip: str | None
    availability_zone: str | None
    is_drill: bool | None
    point_in_time: str | None
    data_age_seconds: float | None
    started_at: str | None
    ended_at: str | None
    duration_seconds: float | None
    post_launch: list[dict[str, Any]] | None
    error: Error | None


class ExtensionEntry(Entry):
    """What became of one server that is extended into an account, or whose copy there is removed."""

    staging_account_id: str | None
    staging_source_server_arn: str | None


class Waited(TypedDict):
    """What every wait says of itself: seconds waited, looks, and failed looks; ``error`` ended it."""

    timed_out: bool
    elapsed_seconds: float
    polls: int
    errors: int
    error: Error | None


class Diff(TypedDict):
    """What Ansible shows with --diff: values by what they belong to, before and after."""

    before: dict[str, Any]
    after: dict[str, Any]
    before_header: str
    after_header: str
