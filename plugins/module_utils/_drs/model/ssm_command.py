"""Commands of Systems Manager: their shape, their owner, their limits, and their results.

A command takes at most 50 instance ids, and one set of parameters for all of them. SendCommand has no client token, so
every command carries the deployment and the batch in its comment; that is how a later session recognises it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_install_failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import (
    always,
    as_list,
    as_mapping,
    as_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Entry, Explanation
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Command, Invocation

# SendCommand.InstanceIds (botocore model of ssm).
IDS_PER_COMMAND = 50
COMMENT_PREFIX = "resilience.drs:agent"
_DEPLOYMENT_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$", re.ASCII)
_FINAL = ("Success", "Cancelled", "TimedOut", "Failed")
SUCCESS = "Success"
# What a step of the other platform says (amazon-ssm-agent): it is no output of ours.
_SKIPPED = "Step execution skipped due to"
_SOURCE_SERVER = re.compile(r"source server ID: (s-[0-9a-zA-Z]{17})", re.ASCII)
# ListCommandInvocations cuts a plugin's output here.
CUT_OUTPUT = 2400


def normalise_command(item: AwsData) -> Command:
    """Turn a command of SendCommand or ListCommands into a COMMAND.

    :returns: ``{command_id, document, comment, instance_ids, region, requested_at, status, status_details, active,
        target_count, completed_count, error_count}``; ``region`` is the parameter Region of the installing documents.
    """
    item = as_mapping(item)
    status = as_text(item.get("Status"))
    regions = as_list(as_mapping(item.get("Parameters")).get("Region"))
    return {
        "command_id": always(item.get("CommandId")),
        "document": as_text(item.get("DocumentName")),
        "comment": as_text(item.get("Comment")) or "",
        "instance_ids": [str(one) for one in as_list(item.get("InstanceIds"))],
        "region": as_text(regions[0]) if regions else None,
        "requested_at": iso_time(item.get("RequestedDateTime")),
        "status": status,
        "status_details": as_text(item.get("StatusDetails")),
        # a status that we cannot read still blocks its machines
        "active": status not in _FINAL,
        "target_count": int(item.get("TargetCount") or 0),
        "completed_count": int(item.get("CompletedCount") or 0),
        "error_count": int(item.get("ErrorCount") or 0),
    }


def normalise_invocation(item: AwsData) -> Invocation:
    """Turn one item of ListCommandInvocations, with details, into an INVOCATION.

    :returns: ``{command_id, instance_id, status, status_details, final, started_at, ended_at, output, plugin, cut}``;
        ``output`` is that of the plugins that ran, ``plugin`` the name of the one that failed or ran last, ``cut``
        whether Systems Manager has more of it.
    """
    item = as_mapping(item)
    plugins = [one for one in map(as_mapping, as_list(item.get("CommandPlugins"))) if not _skipped(one)]
    ran = [one for one in plugins if one.get("Status") not in ("Pending", "InProgress")]
    decisive = next((one for one in ran if one.get("Status") != SUCCESS), ran[-1] if ran else {})
    starts = sorted(filter(None, (iso_time(one.get("ResponseStartDateTime")) for one in ran)))
    ends = sorted(filter(None, (iso_time(one.get("ResponseFinishDateTime")) for one in ran)))
    status = as_text(item.get("Status"))
    output = "\n".join(str(one.get("Output") or "") for one in plugins).strip()
    return {
        "command_id": always(item.get("CommandId")),
        "instance_id": always(item.get("InstanceId")),
        "status": status,
        "status_details": as_text(item.get("StatusDetails")) or status,
        "final": status in _FINAL,
        "started_at": starts[0] if starts else iso_time(item.get("RequestedDateTime")),
        "ended_at": ends[-1] if ends else None,
        "output": output,
        "plugin": as_text(decisive.get("Name")),
        "cut": any(len(str(one.get("Output") or "")) >= CUT_OUTPUT for one in plugins),
    }


def _skipped(plugin: AwsData) -> bool:
    return _SKIPPED in str(plugin.get("Output") or "")


def judge(invocation: Invocation) -> Explanation | None:
    """Why an invocation did not install the agent; None when it says that it did, which proves nothing yet.

    The document of AWS reports success when the download did not have its checksum, so success is read as well.

    :returns: the explanation of what failed: {code, message, cause, remedy, retryable}.
    """
    if invocation["status"] == SUCCESS:
        explanation = explain_install_failure(SUCCESS, invocation["output"])
        return explanation if explanation["code"] == "install_checksum" else None
    return explain_install_failure(invocation["status_details"], invocation["output"])


def source_server_id(invocation: Invocation) -> str | None:
    """The source server that the installer says it made."""
    match = _SOURCE_SERVER.search(invocation["output"] or "")
    return match[1] if match else None


def check_deployment_id(value: str) -> str:
    """:raises DrsError: ``invalid_option`` for an id that does not fit into a comment."""
    if not _DEPLOYMENT_ID.match(value or ""):
        raise DrsError(
            "invalid_option",
            f"deployment_id: {value!r} must be 1 to 63 letters, digits, '_', '.', ':' or '-', and begin with a letter "
            "or a digit",
        )
    return value


def comment(deployment_id: str, wave: Any, cell: str, target: str, ids: Iterable[str]) -> str:
    """What a command says of itself: ``resilience.drs:agent/<deployment>/<batch>``.

    The batch names the machines, the wave and the target, whatever the order of the machines.
    """
    text = json.dumps([deployment_id, str(wave), cell, target, sorted(ids)], separators=(",", ":"))
    batch = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{COMMENT_PREFIX}/{deployment_id}/{batch}"


def deployment_of(command: Command) -> str | None:
    """The deployment that sent a command, None for one of somebody else."""
    parts = command["comment"].split("/")
    return parts[1] if len(parts) == 3 and parts[0] == COMMENT_PREFIX else None


def in_flight(commands: Iterable[Command], region: str, install_documents: Iterable[str]) -> dict[str, Command]:
    """Which running command installs on which instance: {instance_id: COMMAND}.

    Those of this collection, whatever their deployment, and those of anybody that run an installing document towards
    the same Region: a second installer beside a running one breaks both.
    """
    names = set(install_documents)
    held: dict[str, Command] = {}
    for command in commands:
        foreign = command["document"] in names and command["region"] == region
        if command["active"] and (foreign or deployment_of(command)):
            for instance_id in command["instance_ids"]:
                held.setdefault(instance_id, command)
    return held


def concurrency(limit: int, running: int) -> tuple[int, int]:
    """How many machines a command may hold at once, and how many further commands fit now.

    Systems Manager keeps ``MaxConcurrency`` inside a command and not between commands, so either one command at a time
    keeps a small limit, or as many full ones as fit into a large one.
    """
    each = min(IDS_PER_COMMAND, limit)
    return each, max(0, (limit - running) // each)


def error_limit(value: Any, total: int) -> int:
    """How many of ``total`` installations may fail: a number, or a percentage that is rounded down.

    :raises DrsError: ``invalid_option`` for anything else.
    """
    text = str(value).strip()
    digits = text[:-1].strip() if text.endswith("%") else text
    if not digits.isascii() or not digits.isdigit() or (text.endswith("%") and int(digits) > 100):
        raise DrsError("invalid_option", f"max_errors: {value!r} is neither a number nor a percentage such as 25%")
    return int(digits) * total // 100 if text.endswith("%") else int(digits)


def failures(entries: Iterable[Entry]) -> int:
    """How many installations have failed. A machine that no command was sent to is none of them."""
    return sum(1 for one in entries if one["outcome"] in ("failed", "unknown"))
