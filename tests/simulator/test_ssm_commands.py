"""Test Run Command: accepted requests, and the course of invocations (limits from botocore's model)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from botocore.exceptions import ClientError
from support.run_command import (
    AWAY,
    DOCUMENT,
    HOME,
    LINUX_STEP,
    POWERSHELL,
    SHELL,
    SOURCE,
    WINDOWS_STEP,
    Fleet,
    installer,
    world,
)

ECHO = {"commands": ["echo hello"]}


@pytest.fixture(scope="module")
def fleet(module_simulator):
    groups = (
        {"count": 60, "name": "web-{n:02}", "install_seconds": 100},
        {"name": "gone", "ssm": "absent"},
        {"name": "lost", "ssm": "lost"},
        {"name": "undeliverable", "failure": "undeliverable"},
        {"name": "undelivered", "failure": "delivery_timeout"},
        {"name": "endless", "failure": "execution_timeout"},
        {"name": "stopped", "failure": "cancelled"},
        {"count": 6, "name": "bad-{n}", "failure": "unsupported_os", "install_seconds": 30},
        {"name": "win", "platform": "windows", "install_seconds": 100},
    )
    return Fleet(module_simulator(world(*groups, ssm={"delivery_seconds": 2})))


_names = (f"web-{n:02}" for n in itertools.count(1))


@pytest.fixture
def web():
    """An instance that no other test uses."""
    return next(_names)


def test_an_invocation_moves_with_the_clock(fleet, web):
    command = fleet.send(web, Comment="wave 1", TimeoutSeconds=120)
    first = fleet.command(command)
    assert (first["Status"], first["TargetCount"], first["CompletedCount"]) == ("Pending", 1, 0)
    assert (first["Comment"], first["DocumentName"], first["InstanceIds"]) == ("wave 1", DOCUMENT, [fleet.ids[web]])
    # Delivery and execution together.
    assert (first["ExpiresAfter"] - first["RequestedDateTime"]).total_seconds() == 120 + 3600
    seen = []
    for seconds in (0, 1, 2, 90, 20):
        fleet.advance(seconds)
        seen.append((fleet.details(command)[web], fleet.command(command)["StatusDetails"]))
    assert seen == [
        ("Pending", "Pending"),
        ("Pending", "Pending"),
        ("InProgress", "InProgress"),
        ("InProgress", "InProgress"),
        ("Success", "Success"),
    ]
    item = fleet.invocations(command, Details=True)[web]
    assert (item["InstanceId"], item["Comment"], item["Status"]) == (fleet.ids[web], "wave 1", "Success")
    plugins = {plugin["Name"]: plugin for plugin in item["CommandPlugins"]}
    lasted = plugins[LINUX_STEP]["ResponseFinishDateTime"] - plugins[LINUX_STEP]["ResponseStartDateTime"]
    assert lasted.total_seconds() == 100
    assert fleet.command(command)["CompletedCount"] == 1


def test_the_step_of_the_other_platform_is_skipped(fleet, web):
    """amazon-ssm-agent: the text of a step whose precondition does not hold."""
    command = fleet.send(web, "win", wait=200)
    skipped = fleet.step(command, web, WINDOWS_STEP)
    assert (skipped["Status"], skipped["ResponseCode"]) == ("Success", 0)
    assert skipped["StandardOutputContent"] == (
        "Step execution skipped due to unsatisfied preconditions: "
        "'\"StringEquals\": [platformType, Windows]'. Step name: InstallWindowsAgent"
    )
    assert "skipped" in fleet.step(command, "win", LINUX_STEP)["StandardOutputContent"]
    assert "skipped" not in fleet.step(command, "win", WINDOWS_STEP)["StandardOutputContent"]


def test_a_document_of_two_steps_needs_the_name_of_one(fleet, web):
    """SSM API reference, GetCommandInvocation.PluginName."""
    command = fleet.send(web)
    with pytest.raises(fleet.ssm.exceptions.InvalidPluginName):
        fleet.step(command, web)
    waiting = fleet.step(command, web, LINUX_STEP)
    assert (waiting["Status"], waiting["ResponseCode"], waiting["ExecutionStartDateTime"]) == ("Pending", -1, "")
    with pytest.raises(fleet.ssm.exceptions.InvocationDoesNotExist):
        fleet.step(command, "lost", LINUX_STEP)
    with pytest.raises(fleet.ssm.exceptions.InvocationDoesNotExist):
        fleet.step("0" * 36, web, LINUX_STEP)


def test_one_unmanaged_instance_fails_the_whole_call(fleet, web):
    before = fleet.sim.mark()
    with pytest.raises(fleet.ssm.exceptions.InvalidInstanceId, match=fleet.ids["gone"]):
        fleet.send(web, "gone")
    assert fleet.ssm.list_commands(InstanceId=fleet.ids[web])["Commands"] == []
    assert len(fleet.sim.journal(before, mutating=True)) == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"InstanceIds": ["i-" + "0" * 17]}, "InvalidInstanceId"),
        ({"Comment": "x" * 101}, "Comment"),
        ({"TimeoutSeconds": 29}, "TimeoutSeconds"),
        ({"MaxConcurrency": "0"}, "MaxConcurrency"),
        ({"MaxErrors": "101%"}, "MaxErrors"),
        ({"DocumentName": "NoSuchDocument"}, "InvalidDocument"),
        ({"DocumentVersion": "99"}, "InvalidDocument"),
        ({"InstanceIds": []}, "exactly one of"),
        ({"Targets": [{"Key": "tag:x", "Values": ["y"]}]}, "exactly one of"),
        ({"DocumentName": SHELL, "Parameters": {}}, "InvalidParameters"),
        ({"DocumentName": SHELL, "Parameters": {**ECHO, "executionTimeout": ["soon"]}}, "InvalidParameters"),
    ],
)
def test_what_send_command_refuses(fleet, arguments, problem):
    given = {
        "InstanceIds": [fleet.ids["web-60"]],
        "DocumentName": DOCUMENT,
        "Parameters": {"Region": [AWAY]},
        **arguments,
    }
    with pytest.raises((ClientError, Exception), match=problem):
        fleet.ssm.send_command(**given)
    assert fleet.ssm.list_commands(InstanceId=fleet.ids["web-60"])["Commands"] == []


def test_at_most_fifty_instances_and_none_twice(fleet):
    ids = [identity for name, identity in fleet.ids.items() if name.startswith("web-")]
    with pytest.raises(ClientError, match="50"):
        fleet.ssm.send_command(InstanceIds=ids[:51], DocumentName=SHELL, Parameters=ECHO)
    with pytest.raises(fleet.ssm.exceptions.DuplicateInstanceId):
        fleet.ssm.send_command(InstanceIds=[ids[0], ids[0]], DocumentName=SHELL, Parameters=ECHO)
    sent = fleet.ssm.send_command(InstanceIds=ids[:50], DocumentName=SHELL, Parameters=ECHO)["Command"]
    fleet.advance(10)
    assert fleet.command(sent["CommandId"])["CompletedCount"] == 50


def test_a_document_for_another_platform_is_refused(fleet):
    with pytest.raises(fleet.ssm.exceptions.UnsupportedPlatformType):
        fleet.send("win", document=SHELL, Parameters=ECHO)
    command = fleet.send("web-59", document=POWERSHELL, Parameters=ECHO, wait=10)
    assert "pwsh: command not found" in fleet.step(command, "web-59")["StandardErrorContent"]


def test_targets_by_tag_and_by_id(fleet):
    """Targets reach managed nodes only; the command's InstanceIds are those of the request."""
    targets = [{"Key": "tag:Name", "Values": ["web-58", "gone", "web-57"]}]
    command = fleet.send(document=SHELL, Parameters=ECHO, Targets=targets, wait=10)
    assert set(fleet.details(command)) == {"web-58", "web-57"}
    found = fleet.command(command)
    assert (found["InstanceIds"], found["TargetCount"], found["Targets"]) == ([], 2, targets)
    nobody = fleet.send(document=SHELL, Parameters=ECHO, Targets=[{"Key": "tag:Name", "Values": ["nobody"]}])
    assert fleet.command(nobody)["StatusDetails"] == "NoInstancesInTag"
    by_id = [{"Key": "InstanceIds", "Values": [fleet.ids["web-58"], fleet.ids["gone"]]}]
    assert set(fleet.details(fleet.send(document=SHELL, Parameters=ECHO, Targets=by_id))) == {"web-58"}


def test_a_lost_node_delays_and_then_times_out(fleet):
    command = fleet.send("lost", TimeoutSeconds=150)
    seen = []
    for seconds in (0, 10, 120, 19, 3):
        fleet.advance(seconds)
        seen.append(fleet.details(command)["lost"])
    assert seen == ["Pending", "Delayed", "Delayed", "Delayed", "DeliveryTimedOut"]
    assert fleet.invocations(command)["lost"]["Status"] == "TimedOut"
    found = fleet.command(command)
    # Delivery timeouts do not count to MaxErrors, but one is more than none allowed.
    assert (found["Status"], found["StatusDetails"], found["ErrorCount"]) == ("TimedOut", "DeliveryTimedOut", 0)
    assert found["DeliveryTimedOutCount"] == 1
    assert fleet.step(command, "lost", LINUX_STEP)["ResponseCode"] == -1


def test_a_lost_node_that_comes_back_in_time_runs_the_command(fleet):
    command = fleet.send("lost", document=SHELL, Parameters=ECHO, wait=30)
    fleet.sim.set_instance(SOURCE, HOME, "lost", ssm="online")
    fleet.advance(60)
    assert fleet.details(command) == {"lost": "Success"}
    fleet.sim.set_instance(SOURCE, HOME, "lost", ssm="lost")


def test_a_stopped_command_and_one_that_cannot_be_delivered(fleet):
    command = fleet.send("undeliverable", "undelivered", "stopped", TimeoutSeconds=60, wait=200)
    found = {name: (item["Status"], item["StatusDetails"]) for name, item in fleet.invocations(command).items()}
    assert found == {
        "undeliverable": ("Failed", "Undeliverable"),
        "undelivered": ("TimedOut", "DeliveryTimedOut"),
        "stopped": ("Cancelled", "Cancelled"),
    }
    assert all(fleet.server(name) is None for name in found)


def test_the_execution_timeout_is_that_of_the_step(fleet):
    """TimeoutSeconds is about delivery only; the document's step has an hour, AWS-RunShellScript what it is told."""
    command = fleet.send("endless", TimeoutSeconds=60, wait=3600)
    assert fleet.details(command)["endless"] == "InProgress"
    fleet.advance(10)
    item = fleet.invocations(command)["endless"]
    assert (item["Status"], item["StatusDetails"]) == ("TimedOut", "ExecutionTimedOut")
    assert fleet.command(command)["ErrorCount"] == 1
    shell = {"commands": [installer()], "executionTimeout": ["50"]}
    slow = fleet.send("web-56", document=SHELL, Parameters=shell, wait=60)
    assert fleet.details(slow)["web-56"] == "ExecutionTimedOut"
    fleet.advance(200)
    assert fleet.server("web-56") is None


def test_max_concurrency_lets_the_rest_wait(fleet):
    names = [f"web-{n}" for n in range(50, 55)]
    command = fleet.send(*names, MaxConcurrency="2")
    seen = []
    for seconds in (10, 100, 100, 100):
        fleet.advance(seconds)
        found = list(fleet.details(command).values())
        seen.append((found.count("Success"), found.count("InProgress"), found.count("Pending")))
    assert seen == [(0, 2, 3), (2, 2, 1), (4, 1, 0), (5, 0, 0)]
    quarter = fleet.send(*names[:4], MaxConcurrency="25%", wait=10)
    assert list(fleet.details(quarter).values()).count("InProgress") == 1


def test_max_errors_ends_the_command_for_those_who_wait(fleet):
    """Failures count; the invocations that had not begun are terminated, those that run continue."""
    names = ["bad-1", "web-49", "bad-2", "web-48", "web-47", "web-46"]
    command = fleet.send(*names, MaxConcurrency="2", MaxErrors="1", wait=400)
    assert fleet.details(command) == {
        "bad-1": "Failed",
        "web-49": "Success",
        "bad-2": "Failed",
        "web-48": "Terminated",
        "web-47": "Terminated",
        "web-46": "Terminated",
    }
    found = fleet.command(command)
    assert (found["Status"], found["StatusDetails"], found["ErrorCount"]) == ("Failed", "Failed", 2)
    assert fleet.server("web-48") is None
    assert fleet.invocations(command)["web-48"]["Status"] == "Cancelled"


def test_fewer_errors_than_allowed_leave_a_command_incomplete(fleet):
    command = fleet.send("bad-3", "web-45", MaxErrors="50%", wait=200)
    found = fleet.command(command)
    assert (found["Status"], found["StatusDetails"]) == ("Failed", "Incomplete")


def test_cancel_ends_what_waits_at_once_and_what_runs_soon(fleet):
    command = fleet.send("web-44", "web-43", MaxConcurrency="1", wait=10)
    assert fleet.ssm.cancel_command(CommandId=command)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert fleet.details(command) == {"web-44": "Cancelling", "web-43": "Cancelled"}
    assert fleet.command(command)["Status"] == "Cancelling"
    fleet.advance(10)
    assert set(fleet.details(command).values()) == {"Cancelled"}
    assert fleet.command(command)["Status"] == "Cancelled"
    fleet.advance(300)
    assert fleet.server("web-44") is None
    fleet.ssm.cancel_command(CommandId=command)


def test_cancel_for_one_instance_leaves_the_others(fleet):
    command = fleet.send("web-42", "web-41", wait=10)
    fleet.ssm.cancel_command(CommandId=command, InstanceIds=[fleet.ids["web-42"]])
    fleet.advance(200)
    assert fleet.details(command) == {"web-42": "Cancelled", "web-41": "Success"}
    with pytest.raises(fleet.ssm.exceptions.InvalidInstanceId):
        fleet.ssm.cancel_command(CommandId=command, InstanceIds=[fleet.ids["lost"]])
    with pytest.raises(fleet.ssm.exceptions.InvalidCommandId):
        fleet.ssm.cancel_command(CommandId="0" * 36)


def test_listings_are_paged_filtered_and_newest_first(fleet):
    names = ["win", *(f"web-{n}" for n in range(31, 40))]
    one = fleet.ids["win"]
    began = fleet.sim.clock()["now"]
    fleet.advance(1)
    first = fleet.send(*names, document=POWERSHELL, Parameters=ECHO, Comment="first", wait=5)
    second = fleet.send("win", document=POWERSHELL, Parameters=ECHO, Comment="second")
    since = [{"key": "InvokedAfter", "value": began}]
    here = fleet.ssm.list_commands(InstanceId=one, Filters=since)["Commands"]
    assert [command["Comment"] for command in here] == ["second", "first"]
    pages = fleet.ssm.get_paginator("list_command_invocations").paginate(
        CommandId=first, PaginationConfig={"PageSize": 4}
    )
    assert [len(page["CommandInvocations"]) for page in pages] == [4, 4, 2]
    running = fleet.ssm.list_command_invocations(
        InstanceId=one, Filters=[{"key": "ExecutionStage", "value": "Executing"}]
    )["CommandInvocations"]
    assert [item["CommandId"] for item in running] == [second]
    fleet.advance(10)
    status = {"key": "Status", "value": "Success"}
    done = fleet.ssm.list_command_invocations(Filters=[status, *since], InstanceId=one)["CommandInvocations"]
    assert [item["CommandId"] for item in done] == [second, first]
    only = fleet.ssm.list_command_invocations(InstanceId=one)["CommandInvocations"]
    assert all("CommandPlugins" not in item or item["CommandPlugins"] == [] for item in only)
    with pytest.raises(fleet.ssm.exceptions.InvalidCommandId):
        fleet.ssm.list_command_invocations(CommandId="0" * 36)
    with pytest.raises(ClientError, match="MaxResults"):
        fleet.ssm.list_command_invocations(MaxResults=51)


def test_the_switches_of_what_aws_does_not_document(simulator):
    """A new command may not be listed at once, and a node without connection may be refused."""
    ssm = {"visible_after_seconds": 3, "connection_lost": "refused"}
    fleet = Fleet(simulator(world({"name": "a"}, {"name": "b", "ssm": "lost"}, ssm=ssm)))
    command = fleet.send("a")
    assert fleet.invocations(command) == {}
    with pytest.raises(fleet.ssm.exceptions.InvocationDoesNotExist):
        fleet.step(command, "a", LINUX_STEP)
    fleet.advance(3)
    assert fleet.details(command) == {"a": "InProgress"}
    with pytest.raises(fleet.ssm.exceptions.InvalidInstanceId):
        fleet.send("b")
