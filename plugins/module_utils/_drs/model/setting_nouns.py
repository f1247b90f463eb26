"""The nouns around a launch: launch templates, encryption, roles and keys, what a staging account offers.

None is what is not set, or what nobody has said.
tests/unit/plugins/module_utils/model/test_nouns.py holds every noun against what its maker returns.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Error
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Subnet, Tags


PolicyDocument = dict[str, Any]
"""A policy of IAM or KMS, spelled as AWS does."""

LaunchSettings = dict[str, Any]
"""Launch settings by the names of ``settings.launch_settings.SETTING_SPEC``; what is not set is missing or None."""

ReplicationSettings = dict[str, Any]
"""Replication settings by the names of ``settings.replication_settings.SETTING_SPEC``; as LaunchSettings."""

Settings = dict[str, Any]
"""Settings of any kind, by the names of its SETTING_SPEC."""


class Declared(TypedDict, total=False):
    """Settings as they are declared: for a group by applications and tags, for a server by its id or name."""

    applications: list[str]
    tags: dict[str, Any]
    source_server_id: str
    name: str
    settings: Settings


class TemplateVersion(TypedDict):
    """A version of a launch template of EC2 (``aws.ec2.template_versions``); ``data`` is as EC2 spells it."""

    version: int
    data: AwsData
    description: str | None
    is_default: bool


class OwnTemplate(TemplateVersion):
    """The default version of a server's launch template, with the id of the template."""

    id: str


class RecordedChange(TypedDict):
    """What the description of a version says of its change (``launch_template.recorded``)."""

    change_id: str
    version: int
    before: LaunchSettings


class Network(TypedDict, total=False):
    """What launch settings touch of a network: subnets and groups that are there, who has an address, who wants it.

    ``held`` and ``twice`` are by subnet and address; ``holders`` is ``held`` without what the server itself has.
    """

    subnets: dict[str, Subnet]
    groups: dict[str, str]
    held: dict[tuple[str, str], Holder]
    holders: dict[tuple[str, str], str]
    twice: dict[tuple[str, str], int]


class Holder(TypedDict):
    """Who has a private address: a network interface, and the instance that it is attached to."""

    card: str
    instance_id: str | None


class Encryption(TypedDict):
    """How servers are encrypted (``aws.drs.encryption_settings``): ``where`` is the template or the server."""

    where: str | None
    mode: str | None
    key_arn: str | None


class FailedRead(TypedDict):
    """What stands where something could not be read."""

    error: Error | None


class Role(TypedDict):
    """A role of IAM (``aws.iam_kms.role``): ``trust`` is its policy document, ``policies`` are ARNs."""

    arn: str | None
    trust: PolicyDocument
    policies: list[str]


class Key(TypedDict):
    """A key of KMS (``aws.iam_kms.key``): ``policy`` is its policy document."""

    arn: str | None
    state: str | None
    manager: str | None
    policy: PolicyDocument


class StagingAccount(TypedDict, total=False):
    """What was read of a staging account for an extension (``staging.effects.info``).

    ``initialised`` is False when DRS said no and None when it was not read; ``role`` is None when it is missing;
    ``encryption`` and ``default_key`` are None when they were not read; ``keys`` are by the id of the key.
    """

    cell: str
    account_id: str
    region: str
    initialised: bool | None
    encryption: list[Encryption] | None
    default_key: str | None
    keys: dict[str, Key | FailedRead]
    servers_checked: int
    role: Role | FailedRead | None


class Offered(TypedDict):
    """What a staging account offers to extend (``aws.drs.extensible_source_servers``): ids and ARNs are its own."""

    source_server_id: str
    arn: str | None
    name: str
    hostname: str | None
    tags: Tags


class _Execution(TypedDict):
    execution_id: str
    document: str | None
    status: str


class Execution(_Execution, total=False):
    """An execution of an automation of Systems Manager (``recovery.effects.automation``)."""

    step: str | None
    message: str
    started_at: str | None
    ended_at: str | None


class Account(TypedDict):
    """An account of the organisation (``inventory.effects.directory``); ``status`` is ACTIVE or another of AWS."""

    account_id: str
    name: str
    status: str | None
