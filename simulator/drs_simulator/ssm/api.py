"""The Run Command API: its rules and responses (SSM API reference; limits from botocore's model)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ..protocol.refused import Refused
from ..world.world import world
from . import documents, nodes
from .commands import Command, Invocation, Plugin, Request

_MOST_IDS, _MOST_TARGETS, _MOST_VALUES, _MOST_RESULTS = 50, 5, 50, 50
_LONGEST_COMMENT = 100
_TIMEOUT_LOW, _TIMEOUT_HIGH, _TIMEOUT_DEFAULT = 30, 2592000, 3600
_CONCURRENCY = re.compile(r"^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$")
_ERRORS = re.compile(r"^([1-9][0-9]*|0|[1-9][0-9]%|[0-9]%|100%)$")
_STDOUT, _STDERR, _OUTPUT = 24000, 8000, 2500
_DIVIDER = "\n----------ERROR-------\n"


def body_of(response: Any) -> dict[str, Any]:
    """The request's members as sent."""
    return dict(json.loads(response.body or "{}"))


def _now() -> datetime:
    return world.clock.now()


def _invalid(text: str) -> Refused:
    return Refused("ValidationException", f"1 validation error detected: {text}", 400)


def _check(body: dict[str, Any]) -> None:
    ids, targets = body.get("InstanceIds") or [], body.get("Targets") or []
    if len(ids) > _MOST_IDS:
        raise _invalid(f"InstanceIds has {len(ids)} members; at most {_MOST_IDS} are allowed")
    if len(targets) > _MOST_TARGETS or any(len(t.get("Values") or []) > _MOST_VALUES for t in targets):
        raise _invalid(f"Targets takes at most {_MOST_TARGETS} entries with {_MOST_VALUES} values each")
    if bool(ids) == bool(targets):
        raise _invalid("exactly one of InstanceIds and Targets must be given")
    if len(set(ids)) < len(ids):
        raise Refused("DuplicateInstanceId", "You can't specify a managed node ID in more than one association", 400)
    if len(body.get("Comment") or "") > _LONGEST_COMMENT:
        raise _invalid(f"Comment is longer than {_LONGEST_COMMENT} characters")
    timeout = body.get("TimeoutSeconds", _TIMEOUT_DEFAULT)
    if not _TIMEOUT_LOW <= timeout <= _TIMEOUT_HIGH:
        raise _invalid(f"TimeoutSeconds must be from {_TIMEOUT_LOW} to {_TIMEOUT_HIGH}, not {timeout}")
    for name, pattern in (("MaxConcurrency", _CONCURRENCY), ("MaxErrors", _ERRORS)):
        if name in body and not pattern.match(str(body[name])):
            raise _invalid(f"{name} {body[name]!r} does not match {pattern.pattern}")


def _chosen(account: str, region: str, body: dict[str, Any], platforms: list[str]) -> list[nodes.Node]:
    """The nodes of a command: all that are named, or those that the targets match."""
    managed = nodes.nodes(account, region)
    if world.commands.settings.connection_lost == "refused":
        managed = [node for node in managed if node.ping == "Online"]
    ids = body.get("InstanceIds")
    if ids:
        by_id = {node.machine.id: node for node in managed}
        missing = [one for one in ids if one not in by_id]
        if missing:
            # One such id fails the whole call, which is why callers look at DescribeInstanceInformation first.
            text = f"Instances [[{', '.join(missing)}]] not in a valid state for account {account}"
            raise Refused("InvalidInstanceId", text, 400)
        found = [by_id[one] for one in ids]
        wrong = [node.machine.id for node in found if node.platform not in platforms]
        if wrong:
            text = f"The document is for {', '.join(platforms)}, not for the platform of {', '.join(wrong)}"
            raise Refused("UnsupportedPlatformType", text, 400)
        return found
    tests = [nodes.matcher(t["Key"], list(t.get("Values") or [])) for t in body["Targets"]]
    return [n for n in managed if n.platform in platforms and all(test(n) for test in tests)]


def send_command(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """SendCommand: everything is checked before anything is sent."""
    from moto.ssm.models import ssm_backends

    _check(body)
    backend = ssm_backends[account][region]
    name = documents.short_name(str(body.get("DocumentName") or ""))
    version = body.get("DocumentVersion")
    versions = backend._get_documents(name)
    document = versions.find(None if version in (None, "$DEFAULT") else version, None)
    content = document.content_json
    given = body.get("Parameters") or {}
    values = documents.fill(content, given)
    chosen = _chosen(account, region, body, document.platform_types)
    request = Request(
        account=account,
        region=region,
        document=name,
        document_version=str(document.document_version),
        values=values,
        steps=documents.steps(content, values),
        given=given,
        comment=body.get("Comment") or "",
        timeout=int(body.get("TimeoutSeconds", _TIMEOUT_DEFAULT)),
        max_concurrency=str(body.get("MaxConcurrency", "50")),
        max_errors=str(body.get("MaxErrors", "0")),
        instance_ids=list(body.get("InstanceIds") or []),
        targets=list(body.get("Targets") or []),
    )
    command = world.commands.send(request, [node.machine for node in chosen], _now())
    return {"Command": _command(command)}


def _command(command: Command) -> dict[str, Any]:
    """Command on the wire. InstanceIds are those of the request: a command with Targets has none."""
    status, details = command.state
    request = command.request
    return {
        "CommandId": command.id,
        "DocumentName": request.document,
        "DocumentVersion": request.document_version,
        "Comment": request.comment,
        "ExpiresAfter": command.expires.timestamp(),
        "Parameters": request.given,
        "InstanceIds": request.instance_ids,
        "Targets": request.targets,
        "RequestedDateTime": command.requested.timestamp(),
        "Status": status,
        "StatusDetails": details,
        "MaxConcurrency": request.max_concurrency,
        "MaxErrors": request.max_errors,
        "TargetCount": len(command.invocations),
        "CompletedCount": sum(1 for invocation in command.invocations.values() if invocation.ended),
        "ErrorCount": command.errors,
        "DeliveryTimedOutCount": command.count("DeliveryTimedOut"),
        "TimeoutSeconds": request.timeout,
    }


def _output(plugin: Plugin) -> str:
    return (plugin.stdout + (f"{_DIVIDER}{plugin.stderr}" if plugin.stderr else ""))[:_OUTPUT]


def _plugin(plugin: Plugin) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Name": plugin.step.name,
        "Status": plugin.status,
        "StatusDetails": plugin.details,
        "ResponseCode": plugin.code,
        "Output": _output(plugin),
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
    }
    if plugin.started:
        found["ResponseStartDateTime"] = plugin.started.timestamp()
    if plugin.ended:
        found["ResponseFinishDateTime"] = plugin.ended.timestamp()
    return found


def _invocation(invocation: Invocation, details: bool) -> dict[str, Any]:
    command = invocation.command
    return {
        "CommandId": command.id,
        "InstanceId": invocation.machine.id,
        "InstanceName": invocation.machine.name,
        "Comment": command.request.comment,
        "DocumentName": command.request.document,
        "DocumentVersion": command.request.document_version,
        "RequestedDateTime": command.requested.timestamp(),
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": [_plugin(plugin) for plugin in invocation.plugins] if details else [],
    }


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise _invalid(f"{text!r} is not a time such as 2021-07-07T00:00:00Z") from None


def _listed(account: str, region: str, body: dict[str, Any]) -> list[Command]:
    """The commands that CommandId and the time and document filters leave, newest first."""
    moment = _now()
    found = [c for c in world.commands.of(account, region).values() if world.commands.visible(c, moment)][::-1]
    if body.get("CommandId"):
        found = [command for command in found if command.id == body["CommandId"]]
        if not found and body["CommandId"] not in world.commands.of(account, region):
            raise Refused("InvalidCommandId", f"The command {body['CommandId']} does not exist", 400)
    for item in body.get("Filters") or []:
        key, value = item.get("key"), str(item.get("value"))
        if key == "DocumentName":
            found = [command for command in found if command.request.document == value]
        elif key == "InvokedAfter":
            found = [command for command in found if command.requested > _time(value)]
        elif key == "InvokedBefore":
            found = [command for command in found if command.requested < _time(value)]
        elif key not in ("Status", "ExecutionStage"):
            raise Refused("InvalidFilterKey", f"The specified key isn't valid: {key}", 400)
    return found


def _stage(status: str) -> str:
    return "Complete" if status in ("Success", "Failed", "TimedOut", "Cancelled") else "Executing"


def _in_state(body: dict[str, Any], status: str, details: str) -> bool:
    for item in body.get("Filters") or []:
        if item["key"] == "Status" and item["value"] not in (status, details):
            return False
        if item["key"] == "ExecutionStage" and item["value"] != _stage(status):
            return False
    return True


def _paged(name: str, found: list[Any], body: dict[str, Any]) -> dict[str, Any]:
    size = int(body.get("MaxResults") or _MOST_RESULTS)
    if not 1 <= size <= _MOST_RESULTS:
        raise _invalid(f"MaxResults must be from 1 to {_MOST_RESULTS}, not {size}")
    chosen, following = nodes.page(found, size, body.get("NextToken"))
    return {name: chosen, **({"NextToken": following} if following else {})}


def list_commands(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """ListCommands, newest first."""
    found = [command for command in _listed(account, region, body) if _in_state(body, *command.state)]
    if body.get("InstanceId"):
        found = [command for command in found if body["InstanceId"] in command.invocations]
    answer = _paged("Commands", found, body)
    answer["Commands"] = [_command(command) for command in answer["Commands"]]
    return answer


def list_command_invocations(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """ListCommandInvocations; Details adds the steps with up to 2,500 characters of output each."""
    found = [
        invocation
        for command in _listed(account, region, body)
        for invocation in command.invocations.values()
        if body.get("InstanceId") in (None, invocation.machine.id)
        and _in_state(body, invocation.status, invocation.details)
    ]
    answer = _paged("CommandInvocations", found, body)
    details = bool(body.get("Details"))
    answer["CommandInvocations"] = [_invocation(item, details) for item in answer["CommandInvocations"]]
    return answer


def _elapsed(plugin: Plugin, moment: datetime) -> str:
    if plugin.started is None:
        return ""
    seconds = ((plugin.ended or moment) - plugin.started) / timedelta(seconds=1)
    minutes, rest = divmod(seconds, 60)
    return f"PT{int(minutes)}M{rest:.3f}S" if minutes else f"PT{rest:.3f}S"


def _text_time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else ""


def get_command_invocation(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """GetCommandInvocation: one step in full; a document of several steps needs PluginName."""
    moment = _now()
    command = world.commands.of(account, region).get(str(body.get("CommandId")))
    if command is None or not world.commands.visible(command, moment):
        raise Refused("InvocationDoesNotExist", "The command ID and managed node ID you specified didn't match", 400)
    invocation = command.invocations.get(str(body.get("InstanceId")))
    if invocation is None:
        raise Refused("InvocationDoesNotExist", "The command ID and managed node ID you specified didn't match", 400)
    name = body.get("PluginName")
    chosen = [plugin for plugin in invocation.plugins if name in (None, plugin.step.name)]
    if len(chosen) != 1:
        raise Refused("InvalidPluginName", "The plugin name isn't valid; name one step of the document", 400)
    plugin = chosen[0]
    # A step that has not begun shares the fate of the invocation.
    status, details = (plugin.status, plugin.details) if plugin.started else (invocation.status, invocation.details)
    return {
        "CommandId": command.id,
        "InstanceId": invocation.machine.id,
        "Comment": command.request.comment,
        "DocumentName": command.request.document,
        "DocumentVersion": command.request.document_version,
        "PluginName": plugin.step.name,
        "ResponseCode": plugin.code,
        "ExecutionStartDateTime": _text_time(plugin.started),
        "ExecutionElapsedTime": _elapsed(plugin, moment),
        "ExecutionEndDateTime": _text_time(plugin.ended),
        "Status": status,
        "StatusDetails": details,
        "StandardOutputContent": plugin.stdout[:_STDOUT],
        "StandardOutputUrl": "",
        "StandardErrorContent": plugin.stderr[:_STDERR],
        "StandardErrorUrl": "",
    }


def cancel_command(account: str, region: str, body: dict[str, Any]) -> dict[str, Any]:
    """CancelCommand: an attempt, which changes nothing of what has ended."""
    command = world.commands.of(account, region).get(str(body.get("CommandId")))
    if command is None:
        raise Refused("InvalidCommandId", f"The command {body.get('CommandId')} does not exist", 400)
    chosen: Iterable[str] = body.get("InstanceIds") or list(command.invocations)
    unknown = [one for one in chosen if one not in command.invocations]
    if unknown:
        raise Refused("InvalidInstanceId", f"The command was not sent to {', '.join(unknown)}", 400)
    command.cancel(chosen, _now())
    return {}
