"""Test the DRS calls: list sizes, pages, requests and results; and that effects are sent from one place."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import ACCOUNT, NAME, REGION, FakeCell, FakeDrs, instance_id, server_id, stamp

PLUGINS = Path(__file__).resolve().parents[5] / "plugins"
LIBRARY = PLUGINS / "module_utils" / "_drs"
# Rooms that change something; whoever else has a client only reads with it.
CALLERS = (
    "aws/cloudformation.py",
    "aws/drs.py",
    "aws/drs_failback.py",
    "aws/drs_settings.py",
    "aws/ec2.py",
    "aws/ssm.py",
    "history/effects/publish.py",
    "report/effects/anchoring.py",
    "runs/effects/table.py",
)
# A repeat of such a call is a second effect. What only sets, tags, disconnects or deletes may be repeated.
NOT_REPEATABLE = ("start_", "stop_", "terminate_", "create_", "run_", "send_", "reverse_", "retry_", "put_", "reboot_")


@pytest.fixture
def aws():
    return FakeDrs()


@pytest.fixture
def cell(aws):
    return FakeCell(aws)


def sizes(calls: list[dict], key: str) -> list[int]:
    return [len(call["filters"][key]) for call in calls]


def test_source_servers_are_read_in_pages(aws, cell):
    for number in range(450):
        aws.add_server(number)
    found = drs.source_servers(cell)
    assert [one["source_server_id"] for one in found] == [server_id(number) for number in range(450)]
    assert len(aws.called("DescribeSourceServers")) == 3
    assert {(one["cell"], one["account_id"], one["region"]) for one in found} == {(NAME, ACCOUNT, REGION)}


def test_what_two_pages_list_is_there_once_as_the_later_one_has_it(aws, cell):
    """A list moves between its pages when something is added meanwhile."""
    for number in range(201):
        aws.add_server(number)
        aws.add_instance(number)
    newer = {**aws.servers[server_id(0)], "tags": {"Name": "newer"}}
    aws.servers["again"], aws.instances["again"] = newer, aws.instances[instance_id(0)]
    job = aws.launched([300])
    aws.jobs += [job] * 200
    servers = drs.source_servers(cell)
    assert [one["source_server_id"] for one in servers] == [server_id(number) for number in (*range(201), 300)]
    assert servers[0]["name"] == "newer"
    assert len(drs.recovery_instances(cell)) == 202
    assert [one["job_id"] for one in drs.jobs(cell)] == [job["jobID"]]


def test_jobs_come_newest_first_whatever_the_order_of_the_answer(aws, cell):
    moments = [-5, -700, -40, -40, -9000]
    made = [aws.add_job({}, at=at)["jobID"] for at in moments]
    del aws.jobs[0]["creationDateTime"]
    found = [one["job_id"] for one in drs.jobs(cell)]
    assert found == [made[4], made[0], made[3], made[2], made[1]]


def test_source_servers_by_id_are_asked_for_200_at_a_time(aws, cell):
    for number in range(450):
        aws.add_server(number)
    found = drs.source_servers(cell, [server_id(number) for number in range(430)])
    assert len(found) == 430
    assert sizes(aws.called("DescribeSourceServers"), "sourceServerIDs") == [200, 200, 30]


def test_no_ids_means_no_call(aws, cell):
    assert drs.source_servers(cell, []) == []
    assert drs.recovery_instances(cell, ids=[], with_ec2=True) == []
    assert drs.jobs(cell, ids=[]) == []
    assert aws.calls == []


def test_source_servers_of_staging_accounts(aws, cell):
    drs.source_servers(cell, staging_account_ids=["222222222222"])
    assert aws.called("DescribeSourceServers")[0]["filters"] == {"stagingAccountIDs": ["222222222222"]}


@pytest.mark.parametrize(
    ("option", "member", "make"),
    [("ids", "recoveryInstanceIDs", instance_id), ("source_server_ids", "sourceServerIDs", server_id)],
)
def test_recovery_instances_are_asked_for_200_at_a_time(aws, cell, option, member, make):
    for number in range(301):
        aws.add_instance(number)
    found = drs.recovery_instances(cell, **{option: [make(number) for number in range(301)]})
    assert len(found) == 301
    assert sizes(aws.called("DescribeRecoveryInstances"), member) == [200, 101]
    assert not aws.called("DescribeInstances")


def test_what_ec2_says_of_an_instance_goes_before_what_drs_says(aws, cell):
    aws.add_instance(1, state="stopped")
    (found,) = drs.recovery_instances(cell, with_ec2=True)
    assert (found["ec2_instance_state"], found["private_ip"]) == ("STOPPED", "10.0.0.1")


@pytest.mark.parametrize(
    ("in_drs", "in_ec2", "kept"),
    [
        (False, None, False),
        (False, "terminated", False),
        (False, "shutting-down", False),
        (False, "running", True),
        (False, "stopped", True),
        (True, "running", True),
        (True, None, True),
    ],
)
def test_a_server_names_no_recovery_instance_that_has_ended(aws, cell, in_drs, in_ec2, kept):
    """Whatever DRS leaves in recoveryInstanceId; and one that an answer of DRS lacked is asked for by its id."""
    aws.add_server(1)
    aws.servers[server_id(1)]["recoveryInstanceId"] = instance_id(1)
    aws.add_instance(1, state=in_ec2 or "running")
    if in_ec2 is None:
        del aws.machines[instance_id(1)]
    if not in_drs:
        del aws.instances[instance_id(1)]
    servers = drs.source_servers(cell)
    (found,) = drs.without_ended(cell, servers, [])
    assert found["recovery_instance_id"] == (instance_id(1) if kept else None)
    assert {**found, "recovery_instance_id": instance_id(1)} == servers[0]


@pytest.mark.parametrize("operation", ["describe_instances", "describe_recovery_instances"])
def test_a_recovery_instance_of_which_nobody_tells_keeps_its_name(aws, cell, monkeypatch, operation):
    aws.add_server(1)
    aws.servers[server_id(1)]["recoveryInstanceId"] = instance_id(1)
    servers = drs.source_servers(cell)

    def refused(*args, **options):
        raise DrsError("AccessDeniedException", "no")

    where = (drs.ec2, "instances_by_id") if operation == "describe_instances" else (drs, "recovery_instances")
    monkeypatch.setattr(*where, refused)
    assert drs.without_ended(cell, servers, []) == servers


def test_servers_without_recovery_instance_or_with_one_that_was_read_ask_nothing_more(aws, cell):
    for number in (1, 2):
        aws.add_server(number)
    aws.servers[server_id(1)]["recoveryInstanceId"] = instance_id(1)
    aws.add_instance(1)
    servers, instances = drs.source_servers(cell), drs.recovery_instances(cell)
    calls = len(aws.calls)
    assert drs.without_ended(cell, servers, instances) == servers and len(aws.calls) == calls


def test_jobs_by_id_are_asked_for_1000_at_a_time(aws, cell):
    for _number in range(3):
        aws.add_job({server_id(1): ("LAUNCHED", None)})
    ids = [job["jobID"] for job in aws.jobs] + [f"drsjob-9{number:016d}" for number in range(1100)]
    assert len(drs.jobs(cell, ids)) == 3
    assert sizes(aws.called("DescribeJobs"), "jobIDs") == [1000, 103]


def test_jobs_since_a_time_in_the_only_form_drs_accepts(aws, cell):
    since = datetime(2026, 1, 31, 11, 55, 30, 250000, tzinfo=timezone.utc)
    aws.add_job({server_id(1): ("LAUNCHED", None)}, at=-3600)
    young = aws.add_job({server_id(1): ("LAUNCHED", None)}, at=-60)
    assert [job["job_id"] for job in drs.jobs(cell, since=since)] == [young["jobID"]]
    assert aws.called("DescribeJobs")[0]["filters"] == {"fromDate": "2026-01-31T11:55:30Z"}
    assert len(drs.jobs(cell)) == 2


def test_a_job_log_is_read_oldest_first(aws, cell):
    aws.logs["drsjob-" + "1" * 17] = [
        {
            "logDateTime": stamp(60),
            "event": "LAUNCH_FAILED",
            "eventData": {"sourceServerID": server_id(1), "rawError": "no"},
        },
        {
            "logDateTime": stamp(30),
            "event": "CONVERSION_END",
            "eventData": {"conversionProperties": {"dataTimestamp": "x"}},
        },
        {"logDateTime": stamp(0), "event": "JOB_START"},
    ]
    log = drs.job_log(cell, "drsjob-" + "1" * 17)
    assert [entry["event"] for entry in log] == ["JOB_START", "CONVERSION_END", "LAUNCH_FAILED"]
    assert log[2] == {
        "event": "LAUNCH_FAILED",
        "time": stamp(60),
        "source_server_id": server_id(1),
        "raw_error": "no",
        "data_timestamp": None,
    }
    assert log[1]["data_timestamp"] == "x"


def test_points_in_time_of_one_server(aws, cell):
    aws.snapshots[server_id(1)] = [("pit-" + "2" * 17, stamp(-60)), ("pit-" + "1" * 17, stamp(-600))]
    assert [one["timestamp"] for one in drs.recovery_snapshots(cell, server_id(1))] == [stamp(-60), stamp(-600)]
    assert [one["snapshot_id"] for one in drs.recovery_snapshots(cell, server_id(1), stamp(-300))] == [
        "pit-" + "1" * 17
    ]
    assert aws.calls[0][1]["order"] == "DESC"


def test_effects_go_through_the_client_that_repeats_nothing(aws, cell):
    aws.add_server(1)
    aws.add_instance(1)
    started = drs.start_recovery(cell, [{"sourceServerID": server_id(1)}], True, {"resilience.drs/run": "run-1"})
    ended = drs.terminate_recovery_instances(cell, [instance_id(1)])
    assert (started["run_id"], started["initiated_by"], started["cell"]) == ("run-1", "START_DRILL", NAME)
    assert ended["type"] == "TERMINATE"
    assert [effect for _name, _params, effect in aws.calls] == [True, True]


def test_errors_name_the_operation_and_pass_the_catalogue(aws, cell):
    aws.fail("DescribeSourceServers", "UninitializedAccountException")
    with pytest.raises(DrsError) as caught:
        drs.source_servers(cell)
    assert caught.value.code == "UninitializedAccountException"
    assert caught.value.details == {"operation": "DescribeSourceServers"}


# -- one door --------------------------------------------------------------------------------------------------------


def calls_of(path: Path) -> list[tuple[str, ast.Call]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.func.attr, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def on_a_client(node: ast.Call) -> ast.Call | None:
    """The call of ``.client(...)`` that a call like ``cell.client("drs").describe_jobs()`` is made on."""
    owner = node.func.value
    made = isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "client"
    return owner if made else None


def client_calls(path: Path) -> dict[str, bool]:
    """The operations that a file calls on a client, and whether on the one that repeats nothing."""
    found = {}
    for name, node in calls_of(path):
        owner = on_a_client(node)
        if owner is not None and name != "get_paginator":
            words = {word.arg: getattr(word.value, "value", None) for word in owner.keywords}
            found[name] = words.get("effect") is True
    return found


def test_a_launch_and_a_termination_have_one_door_and_are_sent_once():
    calls = client_calls(LIBRARY / "aws" / "drs.py")
    assert calls["start_recovery"] is True
    assert calls["terminate_recovery_instances"] is True
    for path in sorted(LIBRARY.rglob("*.py")):
        for name, once in client_calls(path).items():
            # a launch action is set under an id of its own; the same again is the same
            assert once or name == "put_launch_action" or not name.startswith(NOT_REPEATABLE), (
                f"{path.name} lets botocore repeat {name}"
            )


def test_whoever_else_has_a_client_only_reads_with_it():
    """Nor does anybody keep one in a variable, where these tests would not see what is called on it."""
    thin = [path for room in ("modules", "action", "inventory") for path in (PLUGINS / room).glob("*.py")]
    for path in sorted([*LIBRARY.rglob("*.py"), *thin]):
        if path == LIBRARY / "aws" / "session.py":
            continue
        made = [node for name, node in calls_of(path) if name == "client"]
        used = [node for _name, node in calls_of(path) if on_a_client(node)]
        assert LIBRARY in path.parents or not made, f"{path} makes a client"
        assert len(made) == len(used), f"{path} keeps a client"
        if path not in [LIBRARY / name for name in CALLERS]:
            changing = [name for name in client_calls(path) if not name.startswith(("describe_", "get_", "list_"))]
            assert changing == [], f"{path} changes something"


def test_what_is_paginated_only_reads():
    for path in sorted(LIBRARY.rglob("*.py")):
        for name, node in calls_of(path):
            if name == "get_paginator" and isinstance(node.args[0], ast.Constant):
                assert node.args[0].value.startswith(("describe_", "get_", "list_")), path
    for name in sorted({*CALLERS, *(f"aws/{path.name}" for path in (LIBRARY / "aws").glob("*.py"))}):
        tree = ast.parse((LIBRARY / name).read_text(encoding="utf-8"))
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        # names of the run store that only look like an operation
        texts -= {one for one in texts if one == "run_id" or one.startswith("run_store_")}
        assert not {one for one in texts if one.startswith(NOT_REPEATABLE) and " " not in one}, name


def test_what_is_paginated_by_the_helpers_of_the_calls_only_reads():
    """The helper takes the operation as text; these are the texts that it and its short forms are given."""
    helpers = ("pages", "_drs", "_ssm", "_filtered")
    asked = set()
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in helpers:
                texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                asked |= {one for one in texts if re.fullmatch("[a-z]+(_[a-z]+)+", one)}
    assert {"describe_jobs", "describe_instances", "list_commands", "describe_subnets"} <= asked
    assert {one for one in asked if not one.startswith(("describe_", "get_", "list_"))} == set()
