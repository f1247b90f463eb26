"""Test reading a cell: complete, errors for what cannot be read, and no unnecessary calls."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import LOST, NAME, FakeCell, FakeDrs, instance_id, server_id, stamp


@pytest.fixture
def aws():
    return FakeDrs()


def servers(aws, **params):
    given = {"source_server_ids": None, "tags": {}, "staging_account_ids": None, **params}
    return cell.source_servers(FakeCell(aws), given, False)


def instances(aws, **params):
    given = {"recovery_instance_ids": None, "source_server_ids": None, "include_ec2": True, **params}
    return cell.recovery_instances(FakeCell(aws), given, False)


def jobs(aws, **params):
    given = {"job_ids": None, "lookback_hours": 48, "run_id": None, "active_only": False, "include_log": "never"}
    return cell.jobs(FakeCell(aws), {**given, **params}, False)["jobs"]


# -- source servers --------------------------------------------------------------------------------------------------


def test_servers_come_by_name_with_a_summary(aws):
    aws.add_server(1, tags={"Name": "zeta"})
    aws.add_server(2, tags={"Name": "alpha"})
    result = servers(aws)
    assert [one["name"] for one in result["source_servers"]] == ["alpha", "zeta"]
    assert result["summary"]
    assert (result["cell"], result["changed"]) == (NAME, False)


def test_servers_by_tags(aws):
    aws.add_server(1, tags={"Name": "a", "app": "shop", "env": "prod"})
    aws.add_server(2, tags={"Name": "b", "app": "shop", "env": "test"})
    aws.add_server(3, tags={"Name": "c"})
    assert [one["name"] for one in servers(aws, tags={"app": "shop"})["source_servers"]] == ["a", "b"]
    wanted = {"app": "shop", "env": ["test", "stage"]}
    assert [one["name"] for one in servers(aws, tags=wanted)["source_servers"]] == ["b"]


def test_an_id_that_is_not_there_is_an_error_with_all_of_them(aws):
    aws.add_server(1)
    with pytest.raises(DrsError) as caught:
        servers(aws, source_server_ids=[server_id(n) for n in (1, 3, 2)])
    assert caught.value.code == "unknown_id"
    assert caught.value.details == {"ids": [server_id(2), server_id(3)]}


def test_servers_of_staging_accounts(aws):
    servers(aws, staging_account_ids=["222222222222"])
    assert aws.calls[0][1]["filters"] == {"stagingAccountIDs": ["222222222222"]}


# -- recovery instances ----------------------------------------------------------------------------------------------


def test_instances_come_with_what_ec2_says_unless_it_is_not_wanted(aws):
    aws.launched([2, 1])
    found = instances(aws)["recovery_instances"]
    assert [one["recovery_instance_id"] for one in found] == [instance_id(1), instance_id(2)]
    assert found[0]["private_ip"] == "10.0.0.1"
    aws.calls.clear()
    assert instances(aws, include_ec2=False)["recovery_instances"][0]["private_ip"] is None
    assert not aws.called("DescribeInstances")


def test_instances_of_servers(aws):
    aws.launched([1, 2])
    found = instances(aws, source_server_ids=[server_id(2)])["recovery_instances"]
    assert [one["source_server_id"] for one in found] == [server_id(2)]


def test_an_instance_that_is_not_there_is_an_error(aws):
    with pytest.raises(DrsError) as caught:
        instances(aws, recovery_instance_ids=[instance_id(1)])
    assert caught.value.code == "unknown_id"


# -- jobs ------------------------------------------------------------------------------------------------------------


def test_jobs_of_the_last_days(aws):
    old = aws.add_job({server_id(1): ("LAUNCHED", None)}, at=-7200)
    young = aws.add_job({server_id(1): ("LAUNCHED", None)}, at=-60)
    assert [one["job_id"] for one in jobs(aws)] == [young["jobID"], old["jobID"]]
    assert [one["job_id"] for one in jobs(aws, lookback_hours=1)] == [young["jobID"]]
    assert aws.called("DescribeJobs")[0]["filters"] == {"fromDate": stamp(-48 * 3600)}


def test_jobs_by_id_run_and_activity(aws):
    ended = aws.launched([1], run_id="run-1")
    running = aws.add_job({server_id(2): ("PENDING", None)}, status="STARTED")
    assert [one["job_id"] for one in jobs(aws, job_ids=[ended["jobID"]])] == [ended["jobID"]]
    assert [one["job_id"] for one in jobs(aws, run_id="run-1")] == [ended["jobID"]]
    assert [one["job_id"] for one in jobs(aws, active_only=True)] == [running["jobID"]]
    with pytest.raises(DrsError) as caught:
        jobs(aws, job_ids=["drsjob-" + "9" * 17])
    assert caught.value.code == "unknown_id"


@pytest.mark.parametrize(("wanted", "read"), [("never", 0), ("failed", 1), ("always", 2)])
def test_a_log_is_read_only_where_it_is_wanted(aws, wanted, read):
    aws.add_job({server_id(1): ("LAUNCHED", None)})
    bad = aws.add_job({server_id(2): ("FAILED", None)})
    aws.logs[bad["jobID"]] = [{"logDateTime": stamp(), "event": "JOB_START"}]
    found = jobs(aws, include_log=wanted)
    assert len(aws.called("DescribeJobLogItems")) == read
    assert ("log" in found[0]) is (wanted != "never")


# -- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [["x-1"], None])
@pytest.mark.parametrize(
    ("read", "option", "good"),
    [
        (servers, "source_server_ids", server_id(1)),
        (instances, "recovery_instance_ids", instance_id(1)),
        (instances, "source_server_ids", server_id(1)),
        (jobs, "job_ids", "drsjob-" + "1" * 17),
    ],
)
def test_bad_ids_are_refused_before_any_call(aws, read, option, good, bad):
    with pytest.raises(DrsError) as caught:
        read(aws, **{option: bad or [good, good]})
    assert caught.value.code == ("malformed_id" if bad else "duplicate_id")
    assert aws.calls == []


# -- EC2 out of reach ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [LOST, "UnauthorizedOperation"])
def test_without_ec2_a_cell_shows_what_drs_says_and_names_what_is_missing(aws, fault):
    aws.launched([1, 2])
    aws.fail("DescribeInstances", fault)
    params = {"include_ec2": True, "machines": True, "lookback_hours": 48}
    result = cell.everything(FakeCell(aws), params, False)
    assert len(result["source_servers"]) == len(result["recovery_instances"]) == 2 and len(result["jobs"]) == 1
    assert {one["ec2_instance_state"] for one in result["recovery_instances"]} == {"RUNNING"}, "by DRS"
    assert "machines" not in result
    assert len(aws.called("DescribeInstances")) == 1, "what does not answer is not asked again"
    assert [one["service"] for one in result["gaps"]] == ["EC2", "EC2"]
    assert "addresses" in result["gaps"][0]["missing"] and "tagged for recovery" in result["gaps"][1]["missing"]
    assert all(one["error"]["code"] and one["error"]["remedy"] for one in result["gaps"])


def test_with_ec2_nothing_is_missing(aws):
    aws.launched([1])
    params = {"include_ec2": True, "machines": True, "lookback_hours": 48}
    assert cell.everything(FakeCell(aws), params, False)["gaps"] == []


def test_where_only_ec2_was_asked_its_silence_is_an_error(aws):
    aws.fail("DescribeInstances", "UnauthorizedOperation")
    with pytest.raises(DrsError):
        cell.everything(FakeCell(aws), {"parts": [], "machines": True}, False)


def test_instances_are_listed_without_ec2(aws):
    aws.launched([1])
    aws.fail("DescribeInstances", LOST)
    result = instances(aws)
    assert len(result["recovery_instances"]) == len(result["gaps"]) == 1
