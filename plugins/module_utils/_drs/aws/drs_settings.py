"""The calls of setting up, one function each: initialisation, templates, and the service roles. They decide nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations


from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.botocore_data import request_member, within
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData

REPLICATION = "replication_configuration_template"
LAUNCH = "launch_configuration_template"
NOT_INITIALISED = "UninitializedAccountException"


def camel(snake: str) -> str:
    """The API's name of an operation."""
    return "".join(part.title() for part in snake.split("_"))


def id_member(kind: str) -> str:
    """The member that holds a template's id."""
    name = camel(kind)
    return name[0].lower() + name[1:] + "ID"


def supported(cell: Cell, operation: str) -> set[str]:
    """The members that the installed botocore knows for the request of an operation."""
    return cell.members("drs", operation)


def templates(cell: Cell, kind: str) -> list[AwsData] | None:
    """Describe...Templates: all of a kind; None when DRS is not initialised in the cell.

    :returns: the items of DescribeReplicationConfigurationTemplates or of DescribeLaunchConfigurationTemplates.
    :raises DrsError: what the service said, but for DRS that is not set up.
    """
    operation = f"describe_{kind}s"
    try:
        with cell.errors(camel(operation)):
            pages = cell.client("drs").get_paginator(operation).paginate()
            return pages.build_full_result().get("items", [])
    except DrsError as exc:
        if exc.code == NOT_INITIALISED:
            return None
        raise


def create_template(cell: Cell, kind: str, members: AwsData) -> AwsData:
    """Create...Template, sent once.

    :returns: the template, as CreateReplicationConfigurationTemplate or CreateLaunchConfigurationTemplate answers with
        it.
    :raises DrsError: ``ServiceQuotaExceededException`` (one is there already), ``AccessDeniedException``, or a doubtful
        answer.
    """
    with cell.errors("Create" + camel(kind)):
        if kind == REPLICATION:
            answer = cell.client("drs", effect=True).create_replication_configuration_template(**members)
        else:
            answer = cell.client("drs", effect=True).create_launch_configuration_template(**members)
    # the two operations answer differently: one with the template, one with the template in a member
    return answer.get(id_member(kind)[: -len("ID")]) or _bare(answer)


def update_template(cell: Cell, kind: str, template_id: str, members: AwsData) -> AwsData:
    """Update...Template; the same values again change nothing, so botocore may repeat it.

    :returns: the template, as UpdateReplicationConfigurationTemplate or UpdateLaunchConfigurationTemplate answers with
        it.
    :raises DrsError: ``ResourceNotFoundException``, ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("Update" + camel(kind)):
        members = {id_member(kind): template_id, **members}
        if kind == REPLICATION:
            answer = cell.client("drs").update_replication_configuration_template(**members)
        else:
            answer = cell.client("drs").update_launch_configuration_template(**members)
    return answer.get(id_member(kind)[: -len("ID")]) or _bare(answer)


def delete_template(cell: Cell, kind: str, template_id: str) -> None:
    """Delete...Template; one that is gone already is no error.

    :raises DrsError: ``ConflictException``, or what else the service said.
    """
    try:
        with cell.errors("Delete" + camel(kind)):
            if kind == REPLICATION:
                cell.client("drs").delete_replication_configuration_template(**{id_member(kind): template_id})
            else:
                cell.client("drs").delete_launch_configuration_template(**{id_member(kind): template_id})
    except DrsError as exc:
        if exc.code != "ResourceNotFoundException":
            raise


def _bare(answer: AwsData) -> AwsData:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def initialise(cell: Cell) -> None:
    """InitializeService; a repeat changes nothing, so botocore may repeat it.

    :raises DrsError: ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("InitializeService"):
        cell.client("drs").initialize_service()


def role_exists(cell: Cell, name: str) -> bool:
    """GetRole: whether the account has the role.

    :raises DrsError: ``AccessDenied``, or what else IAM said.
    """
    try:
        with cell.errors("GetRole"):
            cell.client("iam").get_role(RoleName=name)
    except DrsError as exc:
        if exc.code in ("NoSuchEntity", "NoSuchEntityException"):
            return False
        raise
    return True


def table_exists(cell: Cell, name: str) -> bool:
    """DescribeTable: whether the account has the table of DynamoDB in the Region.

    :raises DrsError: ``AccessDeniedException``, or what else DynamoDB said.
    """
    try:
        with cell.errors("DescribeTable"):
            cell.client("dynamodb").describe_table(TableName=name)
    except DrsError as exc:
        if exc.code == "ResourceNotFoundException":
            return False
        raise
    return True


def replication_configuration(cell: Cell, source_server_id: str) -> AwsData:
    """GetReplicationConfiguration, as DRS has it; there is none for several servers.

    :raises DrsError: ``ResourceNotFoundException``, ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("GetReplicationConfiguration"):
        return _bare(cell.client("drs").get_replication_configuration(sourceServerID=source_server_id))


def update_replication_configuration(cell: Cell, source_server_id: str, members: AwsData) -> None:
    """UpdateReplicationConfiguration; the same values again change nothing, so botocore may repeat it.

    :raises DrsError: ``ValidationException``, ``AccessDeniedException``, or what else the service said.
    """
    taken = {
        key: within(request_member("drs", "UpdateReplicationConfiguration", key), one) for key, one in members.items()
    }
    with cell.errors("UpdateReplicationConfiguration"):
        cell.client("drs").update_replication_configuration(sourceServerID=source_server_id, **taken)


def launch_actions(cell: Cell, resource_id: str) -> list[AwsData]:
    """ListLaunchActions of a source server or a launch configuration template, as DRS has them.

    :returns: the items of ListLaunchActions.
    :raises DrsError: ``ResourceNotFoundException``, ``AccessDeniedException``, or what else the service said.
    """
    with cell.errors("ListLaunchActions"):
        pages = cell.client("drs").get_paginator("list_launch_actions").paginate(resourceId=resource_id)
        return pages.build_full_result().get("items", [])


def put_launch_action(cell: Cell, resource_id: str, members: AwsData) -> None:
    """PutLaunchAction; the same action again changes nothing, so botocore may repeat it.

    :raises DrsError: ``ValidationException`` (no such document), ``ConflictException``, or what else the service said.
    """
    with cell.errors("PutLaunchAction"):
        cell.client("drs").put_launch_action(resourceId=resource_id, **members)


def delete_launch_action(cell: Cell, resource_id: str, action_id: str) -> None:
    """DeleteLaunchAction; one that is gone already is no error.

    :raises DrsError: what the service said.
    """
    try:
        with cell.errors("DeleteLaunchAction"):
            cell.client("drs").delete_launch_action(resourceId=resource_id, actionId=action_id)
    except DrsError as exc:
        if exc.code != "ResourceNotFoundException":
            raise
