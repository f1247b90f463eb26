"""Launch actions, their runs after a launch, and RetryDataReplication."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, Cell, advance, client, fresh, refused

AUTOMATION = (
    '{"schemaVersion": "0.3", "mainSteps": [{"name": "x", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]}'
)


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def action(number: int, **more: Any) -> dict[str, Any]:
    """The arguments of PutLaunchAction but the resource."""
    return {
        "actionId": f"{number:08x}-0000-4000-8000-000000000000",
        "actionCode": "AWS-RunShellScript",
        "order": 1000 + number,
        "optional": False,
        "active": True,
        "name": f"action {number}",
        "actionVersion": "1",
        "category": "VALIDATION",
        "description": "d",
        **more,
    }


def put(cell: Cell, resource: str, number: int, **more: Any) -> dict[str, Any]:
    return dict(cell.drs.put_launch_action(resourceId=resource, **action(number, **more)))


def launching(cell: Cell, *numbers: int, **faults: Any) -> str:
    """A server with these actions that run."""
    server = cell.seed(**faults)
    for number in numbers:
        put(cell, server, number)
    cell.drs.update_launch_configuration(sourceServerID=server, postLaunchEnabled=True)
    return server


def test_actions_are_put_listed_changed_and_deleted(cell: Cell) -> None:
    server = cell.seed()
    made = put(cell, server, 2)
    assert (made["resourceId"], made["type"], made["name"]) == (server, "SSM_COMMAND", "action 2")
    put(cell, server, 1, parameters={"p": {"value": "store.p", "type": "SSM_STORE"}})
    put(cell, server, 2, name="another")
    listed = cell.drs.list_launch_actions(resourceId=server)["items"]
    assert [one["name"] for one in listed] == ["action 1", "another"]
    assert (
        refused(cell.drs.put_launch_action, resourceId=server, **action(3, order=1001))["code"] == "ConflictException"
    )
    only = cell.drs.list_launch_actions(resourceId=server, filters={"actionIds": [action(1)["actionId"]]})["items"]
    assert [one["order"] for one in only] == [1001]
    identifier = action(1)["actionId"]
    answer = cell.drs.delete_launch_action(resourceId=server, actionId=identifier)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(cell.drs.delete_launch_action, resourceId=server, actionId=identifier)["status"] == 404
    assert refused(cell.drs.list_launch_actions, resourceId="s-" + "0" * 17)["code"] == "ResourceNotFoundException"


def test_the_type_is_the_documents(cell: Cell) -> None:
    """The type is not asked for: it follows from the SSM document, which has to be there."""
    server = cell.seed()
    ssm = client("ssm", ACCOUNT, REGION)
    ssm.create_document(Name="mine", Content=AUTOMATION, DocumentType="Automation", DocumentFormat="JSON")
    assert put(cell, server, 1, actionCode="mine")["type"] == "SSM_AUTOMATION"
    asked = action(2, actionCode="none")
    assert refused(cell.drs.put_launch_action, resourceId=server, **asked)["code"] == "ValidationException"


def test_a_quota_of_actions(cell: Cell) -> None:
    """GR: 200 launch actions a resource."""
    server = cell.seed()
    for number in range(200):
        put(cell, server, number)
    error = refused(cell.drs.put_launch_action, resourceId=server, **action(200))
    assert (error["code"], error["quotaCode"]) == ("ServiceQuotaExceededException", "L-0588D03B")


def test_new_servers_get_the_templates_actions(cell: Cell) -> None:
    """UG:post-launch-action-settings-overview: the default actions, for servers that come later."""
    old = cell.seed("old")
    template = cell.drs.create_launch_configuration_template()["launchConfigurationTemplate"]
    put(cell, template["launchConfigurationTemplateID"], 1)
    new = cell.seed("new")
    assert [one["name"] for one in cell.drs.list_launch_actions(resourceId=new)["items"]] == ["action 1"]
    assert cell.drs.list_launch_actions(resourceId=old)["items"] == []


def test_actions_run_after_the_launch_and_stand_in_the_job(cell: Cell) -> None:
    """BM ParticipatingServer.launchActionsStatus; the server is launched when the last one has ended."""
    server = launching(cell, 1, 2)
    put(cell, server, 3, active=False)
    job = cell.start(server)
    seen = []
    for _step in range(300):
        found = cell.job(job)["participatingServers"][0]
        runs = found.get("launchActionsStatus", {}).get("runs", [])
        seen.append((found["launchStatus"], *(run["status"] for run in runs)))
        advance(5)
    assert list(dict.fromkeys(seen)) == [
        ("PENDING",),
        ("IN_PROGRESS",),
        ("IN_PROGRESS", "IN_PROGRESS"),
        ("IN_PROGRESS", "SUCCEEDED", "IN_PROGRESS"),
        ("LAUNCHED", "SUCCEEDED", "SUCCEEDED"),
    ]
    status = cell.job(job)["participatingServers"][0]["launchActionsStatus"]
    assert [run["action"]["name"] for run in status["runs"]] == ["action 1", "action 2"]
    assert status["ssmAgentDiscoveryDatetime"]


@pytest.mark.parametrize(("optional", "ends"), [(True, "LAUNCHED"), (False, "FAILED")])
def test_a_failing_action_fails_the_launch_unless_it_is_optional(cell: Cell, optional: bool, ends: str) -> None:
    """BM PutLaunchAction.optional. The instance is there in either case."""
    server = launching(cell, 1, fail_action="action 1")
    put(cell, server, 1, optional=optional)
    put(cell, server, 2)
    done = cell.launch(server)["participatingServers"][0]
    runs = done["launchActionsStatus"]["runs"]
    assert (done["launchStatus"], runs[0]["status"]) == (ends, "FAILED")
    assert (len(runs), bool(runs[0]["failureReason"])) == (2 if optional else 1, True)
    assert cell.server(server)["lastLaunchResult"] == ("SUCCEEDED" if optional else "FAILED")
    assert len(cell.instances(server)) == 1


def test_no_action_runs_while_they_are_switched_off(cell: Cell) -> None:
    server = launching(cell, 1)
    cell.drs.update_launch_configuration(sourceServerID=server, postLaunchEnabled=False)
    assert "launchActionsStatus" not in cell.launch(server)["participatingServers"][0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"state": "STALLED"}, "INITIATING"),
        ({"state": "STOPPED"}, "INITIATING"),
        ({"state": "DISCONNECTED"}, "DISCONNECTED"),
        ({"state": "STALLED", "error": "AGENT_NOT_SEEN"}, "STALLED"),
    ],
)
def test_a_retry_begins_with_the_agents_next_handshake(cell: Cell, before: dict[str, Any], after: str) -> None:
    """BM RetryDataReplication: works if stalled, DISCONNECTED or STOPPED; an agent that is gone shakes no hands."""
    server = cell.seed(**before)
    answer = cell.drs.retry_data_replication(sourceServerID=server)
    assert answer["dataReplicationInfo"]["dataReplicationState"] == after


def test_nothing_to_retry(cell: Cell) -> None:
    call = cell.drs.retry_data_replication
    assert refused(call, sourceServerID=cell.seed())["code"] == "ValidationException"
    assert refused(call, sourceServerID="s-" + "0" * 17)["code"] == "ResourceNotFoundException"
