"""The calls of Systems Manager, one function each: paginated, in the API's list sizes, in the collection's own shapes.

Functions take a cell and return plain dictionaries. They decide nothing.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.pages import each_once, pages
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Command, Invocation
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData

PAGE_SIZE = 50  # the most that DescribeInstanceInformation, ListCommands and ListCommandInvocations give


def _ssm(cell: Cell, operation: str, key: str, **params: t.Any) -> list[AwsData]:
    return pages(cell, "ssm", operation, key, PAGE_SIZE, **params)


def instance_information(cell: Cell, ids: list[str]) -> dict[str, AwsData]:
    """DescribeInstanceInformation by id, as a dictionary; an instance that is not managed is absent.

    :returns: ``{instance id: what DescribeInstanceInformation says of it}``.
    :raises DrsError: what Systems Manager said.
    """
    result: dict[str, AwsData] = {}
    # a full page each, so that no request is spent on an empty next one
    for part in quotas.chunk(sorted(set(ids)), PAGE_SIZE):
        items = _ssm(
            cell,
            "describe_instance_information",
            "InstanceInformationList",
            Filters=[{"Key": "InstanceIds", "Values": part}],
        )
        result.update({item["InstanceId"]: item for item in items})
    return result


def node_tags(cell: Cell, node_id: str) -> dict[str, str]:
    """ListTagsForResource of a managed node outside EC2: its tags, which Systems Manager keeps.

    :returns: ``{key: value}``.
    :raises DrsError: ``InvalidResourceId``, or what else Systems Manager said.
    """
    with cell.errors("ListTagsForResource"):
        answer = cell.client("ssm").list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=node_id)
    return {one["Key"]: one.get("Value") or "" for one in answer.get("TagList") or ()}


def commands(
    cell: Cell, since: datetime | None = None, document: str | None = None, command_id: str | None = None
) -> list[Command]:
    """ListCommands: the COMMANDs since a time, of one document, or the one with an id; newest first.

    :raises DrsError: ``InvalidCommandId``, or what else Systems Manager said.
    """
    params: dict[str, t.Any] = {}
    filters = []
    if since:
        filters.append({"key": "InvokedAfter", "value": second(since)})
    if document:
        filters.append({"key": "DocumentName", "value": document})
    if filters:
        params["Filters"] = filters
    if command_id:
        params["CommandId"] = command_id
    items = each_once(_ssm(cell, "list_commands", "Commands", **params), "CommandId")
    return [ssm_command.normalise_command(item) for item in items]


def invocations(cell: Cell, command_id: str) -> list[Invocation]:
    """ListCommandInvocations with details: the INVOCATIONs of one command.

    :raises DrsError: what Systems Manager said.
    """
    items = _ssm(cell, "list_command_invocations", "CommandInvocations", CommandId=command_id, Details=True)
    return [ssm_command.normalise_invocation(item) for item in items]


def invocation_output(cell: Cell, command_id: str, instance_id: str, plugin: str | None) -> str:
    """GetCommandInvocation: what one instance wrote, longer than ListCommandInvocations has it.

    :returns: what was written to standard error, then to standard output.
    :raises DrsError: ``InvocationDoesNotExist``, or what else Systems Manager said.
    """
    params = {"CommandId": command_id, "InstanceId": instance_id}
    if plugin:
        # without it, the call is refused for a document of several steps
        params["PluginName"] = plugin
    with cell.errors("GetCommandInvocation"):
        answer = cell.client("ssm").get_command_invocation(**params)
    return "\n".join(answer.get(key) or "" for key in ("StandardErrorContent", "StandardOutputContent"))


def send_command(
    cell: Cell,
    ids: list[str],
    document: str,
    parameters: dict[str, list[str]],
    comment: str,
    delivery_timeout: int,
    max_concurrency: str,
    max_errors: str,
    output_bucket: str | None = None,
    output_prefix: str = "",
) -> Command:
    """SendCommand, sent once; returns the COMMAND.

    :param output_bucket: where the machines keep all that they print, under ``output_prefix``; None for nowhere.
    :raises DrsError: ``InvalidInstanceId`` (one of them is not managed or not running), or a doubtful answer, after
        which the command may run all the same.
    """
    with cell.errors("SendCommand"):
        answer = cell.client("ssm", effect=True).send_command(
            InstanceIds=ids,
            DocumentName=document,
            Parameters=parameters,
            Comment=comment,
            TimeoutSeconds=delivery_timeout,
            MaxConcurrency=max_concurrency,
            MaxErrors=max_errors,
            **({"OutputS3BucketName": output_bucket, "OutputS3KeyPrefix": output_prefix} if output_bucket else {}),
        )
    return ssm_command.normalise_command(answer["Command"])


def automations(cell: Cell, document: str, since: datetime) -> list[AwsData]:
    """DescribeAutomationExecutions: those of documents whose name begins so, started since a time; newest first.

    :returns: the items of DescribeAutomationExecutions.
    :raises DrsError: what Systems Manager said.
    """
    filters = [
        {"Key": "DocumentNamePrefix", "Values": [document]},
        {"Key": "StartTimeAfter", "Values": [second(since)]},
    ]
    items = _ssm(cell, "describe_automation_executions", "AutomationExecutionMetadataList", Filters=filters)
    return each_once(items, "AutomationExecutionId")


def automation(cell: Cell, execution_id: str) -> AwsData:
    """GetAutomationExecution.

    :raises DrsError: ``AutomationExecutionNotFoundException``, or what else Systems Manager said.
    """
    with cell.errors("GetAutomationExecution"):
        answer = cell.client("ssm").get_automation_execution(AutomationExecutionId=execution_id)
    return answer["AutomationExecution"]


def document(cell: Cell, name: str, version: str | None = None) -> AwsData:
    """DescribeDocument: what Systems Manager says of a document.

    :param name: name or ARN.
    :raises DrsError: ``InvalidDocument``, ``InvalidDocumentVersion``, or what else Systems Manager said.
    """
    with cell.errors("DescribeDocument"):
        answer = cell.client("ssm").describe_document(Name=name, **({"DocumentVersion": version} if version else {}))
    return answer["Document"]


def automation_tags(cell: Cell, execution_id: str) -> dict[str, str]:
    """ListTagsForResource: the tags of an execution.

    :returns: ``{key: value}``.
    :raises DrsError: what Systems Manager said.
    """
    with cell.errors("ListTagsForResource"):
        answer = cell.client("ssm").list_tags_for_resource(ResourceType="Automation", ResourceId=execution_id)
    return {tag["Key"]: tag["Value"] for tag in answer["TagList"]}


def start_automation(cell: Cell, request: AwsData) -> str:
    """StartAutomationExecution, sent once; returns the id of the execution.

    :raises DrsError: ``AutomationDefinitionNotFoundException``, ``InvalidAutomationExecutionParametersException``, or a
        doubtful answer; with the same ClientToken a repeat starts nothing new.
    """
    with cell.errors("StartAutomationExecution"):
        answer = cell.client("ssm", effect=True).start_automation_execution(**request)
    return answer["AutomationExecutionId"]
