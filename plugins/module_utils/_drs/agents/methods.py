"""Methods of installing the agent: which Systems Manager document, with which parameters and tags.

The document of AWS takes a Region and tags of a narrow pattern, nothing else: no other account, no devices. The shell
method runs the installer itself. Tags that neither can carry safely are written by the API once the source server is
there; so are those that differ from machine to machine, because one command has one set of parameters.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import scripts as agent_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import NodeCredentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine

AUTO = "auto"
AWS_DOCUMENT = "aws_document"
SHELL = "shell"
DOCUMENT = "document"
METHODS = (AUTO, AWS_DOCUMENT, SHELL, DOCUMENT)

INSTALL_DOCUMENT = "AWSDisasterRecovery-InstallDRAgentOnInstance"
SHELL_DOCUMENTS = {machines.LINUX: "AWS-RunShellScript", machines.WINDOWS: "AWS-RunPowerShellScript"}

# The document's pattern for Tags: keys and values of 1 to 50 of these, values with spaces, at most 21 pairs. A key that
# begins with a hyphen the installer takes for an option.
_TAG_KEY = re.compile(r"^[a-zA-Z_0-9.:+/@][a-zA-Z_0-9.:+/@-]{0,49}$", re.ASCII)
_TAG_VALUE = re.compile(r"^[a-zA-Z_0-9.:+/@-]([a-zA-Z_0-9.:+/@ -]{0,48}[a-zA-Z_0-9.:+/@-])?$", re.ASCII)
MAX_TAGS = 21
_PROXY = re.compile(r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$", re.ASCII)
_HOST = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$", re.ASCII)
_DEVICE = re.compile(r"^(/dev/[A-Za-z0-9/_.-]+|[A-Za-z]:)$", re.ASCII)


class Network(NamedTuple):
    """How a machine reaches AWS, where not as by itself: a proxy (URL), names of endpoints of its VPC."""

    proxy: str | None = None
    endpoint: str | None = None
    s3_endpoint: str | None = None

    @property
    def options(self) -> list[str]:
        """The options that are given."""
        return [name for name, value in zip(self._fields, self) if value]


DIRECT = Network()


def network_of(request: Mapping[str, Any]) -> Network:
    """The network that a request describes.

    :raises DrsError: ``invalid_option`` for what is no URL of a proxy, holds a password, or is no name of a host.
    """
    found = Network(*(request.get(name) or None for name in Network._fields))
    if found.proxy and not _PROXY.fullmatch(found.proxy):
        # what a command is sent with can be read by many
        text = "is no URL such as http://proxy.example.com:3128, without user and password"
        raise DrsError("invalid_option", f"proxy: {found.proxy.rpartition('@')[2]!r} {text}")
    for name in ("endpoint", "s3_endpoint"):
        value = getattr(found, name)
        if value and not _HOST.fullmatch(value):
            raise DrsError("invalid_option", f"{name}: {value!r} is no name of a host")
    return found


def choose(
    method: str, document_name: str | None, cross_account: bool, devices: Sequence[str], network: Network = DIRECT
) -> str:
    """The method that ``auto`` stands for; any other is checked against what is asked of it.

    :raises DrsError: ``invalid_request`` where the method cannot do it.
    """
    if method == AUTO:
        if document_name:
            method = DOCUMENT
        else:
            method = SHELL if cross_account or devices or network.options else AWS_DOCUMENT
    if method == DOCUMENT and not document_name:
        raise DrsError("invalid_request", "method: document needs document_name")
    if method != DOCUMENT and document_name:
        raise DrsError("invalid_request", f"document_name goes with method: document, not with {method}")
    if devices and method != SHELL:
        raise DrsError("invalid_request", f"devices: the method {method} cannot choose devices; use method: shell")
    if network.options and method != SHELL:
        text = f"{', '.join(network.options)}: the method {method} cannot pass them; use method: shell"
        raise DrsError("invalid_request", text)
    if cross_account and method == AWS_DOCUMENT:
        raise DrsError(
            "invalid_request",
            f"method: {INSTALL_DOCUMENT} has no parameter for another account; use method: shell",
        )
    return method


def check_devices(devices: Iterable[str]) -> None:
    """:raises DrsError: ``invalid_option`` for a device that is none."""
    wrong = [one for one in devices if not _DEVICE.fullmatch(one)]
    if wrong:
        raise DrsError("invalid_option", f"devices: {', '.join(map(repr, wrong))} is no device such as /dev/sdb or D:")


def installer_tags(each: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags that the installer of one command can carry: the same for all its machines, and of a safe form.

    The rest is left to the API.
    """
    if not each:
        return {}
    common = {
        key: value
        for key, value in each[0].items()
        if all(other.get(key) == value for other in each[1:])
        and _TAG_KEY.fullmatch(key)
        and _TAG_VALUE.fullmatch(value)
    }
    return dict(sorted(common.items())[:MAX_TAGS])


def document(method: str, platform: str, document_name: str | None = None) -> str:
    """The name of the document of Systems Manager."""
    if method == SHELL:
        return SHELL_DOCUMENTS[platform]
    return document_name or INSTALL_DOCUMENT


def parameters(
    method: str,
    platform: str,
    region: str,
    account_id: str | None,
    tags: Mapping[str, str],
    devices: Sequence[str],
    execution_timeout: int,
    network: Network = DIRECT,
    node: NodeCredentials | None = None,
) -> dict[str, list[str]]:
    """The parameters of SendCommand.

    :param account_id: the account to replicate into, None when it is the machine's own.
    :param node: for nodes outside EC2, where each keeps the credentials of its role; the method is then the shell.
    """
    if method == SHELL:
        words = agent_scripts.arguments(region, account_id, tags, devices)
        for option in ("endpoint", "s3_endpoint"):
            value = getattr(network, option)
            words += [f"--{option.replace('_', '-')}", value] if value else []
        script = agent_scripts.windows if platform == machines.WINDOWS else agent_scripts.linux
        return {"commands": script(region, words, network.proxy, node), "executionTimeout": [str(execution_timeout)]}
    result = {"Region": [region]}
    if tags:
        result["Tags"] = [",".join(f"{key}={value}" for key, value in tags.items())]
    if account_id:
        # only a document of one's own has it; the one of AWS was refused by choose
        result["AccountId"] = [account_id]
    return result


def server_tags(
    machine: Machine, tags: Mapping[str, str], copy: bool, keys: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The tags that a machine's source server shall carry: those asked for, over its Name and recovery tags.

    Recovery plans are made from the tags of source servers, so a machine's own wave, application and priority have to
    arrive there.
    """
    result: dict[str, str] = {}
    if copy:
        copied_keys = {"Name", *(spelling for spellings in keys.values() for spelling in spellings)}
        result = {key: value for key, value in machine["tags"].items() if key in copied_keys}
    result.update({str(key): str(value) for key, value in tags.items()})
    return result


def missing_tags(expected: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """What has to be written so that a source server carries the wanted tags; nothing is ever taken away."""
    return {key: value for key, value in expected.items() if present.get(key) != value}
