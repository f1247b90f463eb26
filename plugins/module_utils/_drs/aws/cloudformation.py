"""The calls of CloudFormation, one function each: a stack, what it holds, and what became of it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData

_SERVICE, _NAMED_ROLES = "cloudformation", ["CAPABILITY_NAMED_IAM"]
# By default one account after the other is asked, and the first that cannot be asked ends it.
_ALL_AT_ONCE = {
    "FailureTolerancePercentage": 100,
    "MaxConcurrentPercentage": 100,
    "RegionConcurrencyType": "PARALLEL",
}
_ABSENT, _THE_SAME = "does not exist", "No updates are to be performed"


def stack(cell: Cell, name: str) -> AwsData | None:
    """DescribeStacks of one, by name or id; None where there is no such stack.

    :raises DrsError: what CloudFormation or the AssumeRole before it said.
    """
    try:
        with cell.errors("DescribeStacks"):
            found = cell.client(_SERVICE).describe_stacks(StackName=name)["Stacks"]
    except DrsError as error:
        if error.code == "ValidationError" and _ABSENT in error.message:
            return None
        raise
    return found[0] if found else None


def template(cell: Cell, name: str) -> str:
    """GetTemplate: the text that was applied; JSON comes back as data and is written out again.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    with cell.errors("GetTemplate"):
        body = cell.client(_SERVICE).get_template(StackName=name)["TemplateBody"]
    return body if isinstance(body, str) else json.dumps(body)


def resources(cell: Cell, name: str) -> dict[str, tuple[str, str]]:
    """ListStackResources: {logical id: (type, physical id)}.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    with cell.errors("ListStackResources"):
        pages = cell.client(_SERVICE).get_paginator("list_stack_resources").paginate(StackName=name)
        listed = pages.build_full_result().get("StackResourceSummaries") or []
    return {one["LogicalResourceId"]: (one["ResourceType"], one.get("PhysicalResourceId") or "") for one in listed}


def apply(
    cell: Cell, name: str, body: str, parameters: dict[str, str], tags: dict[str, str], create: bool
) -> str | None:
    """CreateStack or UpdateStack: the id of the stack; None where nothing differs.

    A creation is sent once; where its answer is lost, the next run finds the stack on its way and waits for it.

    :raises DrsError: what CloudFormation said, such as ``AlreadyExistsException`` or ``ValidationError``.
    """
    request: dict[str, t.Any] = {
        "StackName": name,
        "TemplateBody": body,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())],
        "Capabilities": _NAMED_ROLES,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }
    try:
        with cell.errors("CreateStack" if create else "UpdateStack"):
            if create:
                return str(cell.client(_SERVICE, effect=True).create_stack(**request)["StackId"])
            return str(cell.client(_SERVICE).update_stack(**request)["StackId"])
    except DrsError as error:
        if not create and error.code == "ValidationError" and _THE_SAME in error.message:
            return None
        raise


def delete(cell: Cell, name: str) -> None:
    """DeleteStack.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    with cell.errors("DeleteStack"):
        cell.client(_SERVICE).delete_stack(StackName=name)


def events(cell: Cell, stack_id: str) -> list[AwsData]:
    """DescribeStackEvents, as AWS gives them: the newest first.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    with cell.errors("DescribeStackEvents"):
        pages = cell.client(_SERVICE).get_paginator("describe_stack_events").paginate(StackName=stack_id)
        return list(pages.build_full_result().get("StackEvents") or [])


def detect_drift(cell: Cell, name: str) -> str:
    """DetectStackDrift: the id to ask by. It compares, and changes nothing.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    with cell.errors("DetectStackDrift"):
        return str(cell.client(_SERVICE).detect_stack_drift(StackName=name)["StackDriftDetectionId"])


def drift_status(cell: Cell, detection_id: str) -> AwsData:
    """DescribeStackDriftDetectionStatus: {DetectionStatus, StackDriftStatus, DetectionStatusReason}.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    with cell.errors("DescribeStackDriftDetectionStatus"):
        return dict(cell.client(_SERVICE).describe_stack_drift_detection_status(StackDriftDetectionId=detection_id))


def drifts(cell: Cell, name: str) -> list[AwsData]:
    """DescribeStackResourceDrifts of what was modified or deleted.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    request: dict[str, t.Any] = {"StackName": name, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}

    def page(**asked: t.Any) -> AwsData:
        return cell.client(_SERVICE).describe_stack_resource_drifts(**asked)

    with cell.errors("DescribeStackResourceDrifts"):
        return _every(page, request, "StackResourceDrifts")


def _every(call: t.Callable[..., AwsData], request: dict[str, t.Any], key: str) -> list[AwsData]:
    """The items of all pages of a call for which botocore has no paginator.

    :raises DrsError: ``PaginationError``, as a paginator does, where the same page would be asked for without end.
    """
    found: list[AwsData] = []
    while True:
        answer = call(**request)
        found += answer.get(key) or []
        token = answer.get("NextToken")
        if not token:
            return found
        if token == request.get("NextToken"):
            raise DrsError("PaginationError", "the same next token was received twice")
        request = {**request, "NextToken": token}


def detect_set_drift(cell: Cell, name: str, call_as: str) -> str:
    """DetectStackSetDrift: the id of the operation. It compares the stacks of all instances, and changes nothing.

    :param call_as: ``SELF``, or ``DELEGATED_ADMIN`` in the account of a delegated administrator.
    :raises DrsError: what CloudFormation said, such as ``StackSetNotFoundException``, ``OperationInProgressException``.
    """
    with cell.errors("DetectStackSetDrift"):
        request = {"StackSetName": name, "CallAs": call_as, "OperationPreferences": _ALL_AT_ONCE}
        answer = cell.client(_SERVICE).detect_stack_set_drift(**request)
    return str(answer["OperationId"])


def set_operation(cell: Cell, name: str, operation_id: str, call_as: str) -> AwsData:
    """DescribeStackSetOperation: {Status, StatusReason, StackSetDriftDetectionDetails}.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    request = {"StackSetName": name, "OperationId": operation_id, "CallAs": call_as}
    with cell.errors("DescribeStackSetOperation"):
        return dict(cell.client(_SERVICE).describe_stack_set_operation(**request)["StackSetOperation"])


def set_instances(cell: Cell, name: str, call_as: str) -> list[AwsData]:
    """ListStackInstances: [{Account, Region, Status, StatusReason, DriftStatus}].

    :raises DrsError: what CloudFormation said, such as ``StackSetNotFoundException``.
    """
    with cell.errors("ListStackInstances"):
        pages = cell.client(_SERVICE).get_paginator("list_stack_instances")
        return list(pages.paginate(StackSetName=name, CallAs=call_as).build_full_result().get("Summaries") or [])


def set_drifts(
    cell: Cell, name: str, account_id: str, region: str, operation_id: str, call_as: str
) -> list[AwsData]:  # fmt: skip
    """ListStackInstanceResourceDrifts of what was modified or deleted in one instance.

    :raises DrsError: what CloudFormation said, such as ``AccessDenied``.
    """
    request: dict[str, t.Any] = {
        "StackSetName": name,
        "StackInstanceAccount": account_id,
        "StackInstanceRegion": region,
        "OperationId": operation_id,
        "StackInstanceResourceDriftStatuses": ["MODIFIED", "DELETED"],
        "CallAs": call_as,
    }

    def page(**asked: t.Any) -> AwsData:
        return cell.client(_SERVICE).list_stack_instance_resource_drifts(**asked)

    with cell.errors("ListStackInstanceResourceDrifts"):
        return _every(page, request, "Summaries")
