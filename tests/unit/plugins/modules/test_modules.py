"""Test the modules as Ansible runs them, with only AWS replaced."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import module as aws_module
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import session
from support.actions import runner
from support.fake_drs import ACCOUNT, NAME, REGION, FakeCell, FakeDrs, instance_id, server_id

SECRET = "hush-hush-7"


@pytest.fixture
def aws(monkeypatch):
    fake = FakeDrs()

    def cell(params):
        return FakeCell(fake, **{key: params.get(key) for key in session.CELL_OPTIONS if params.get(key)})

    monkeypatch.setattr(aws_module, "Cell", cell)
    return fake


@pytest.fixture
def run(capsys):
    return runner(capsys)


def servers(aws, count: int) -> list[dict]:
    return [{"source_server_id": aws.add_server(number)} for number in range(1, count + 1)]


@pytest.mark.parametrize("enter", ["run_in_cell", "run_on_controller"])
def test_warnings_go_the_way_of_ansible_and_not_into_the_result(enter, monkeypatch, aws):
    """Ansible deprecates warnings in exit_json, and adds those that it was told to the result itself."""
    told, left = [], []

    class Module:
        check_mode, params = False, {"region": REGION}

        def __init__(self, **_rules):
            pass

        def exit_json(self, **result):
            left.append(result)

    monkeypatch.setattr(aws_module, "AnsibleAWSModule", Module)
    monkeypatch.setattr(aws_module, "AnsibleModule", Module)
    monkeypatch.setattr(aws_module, "warn", told.append)
    getattr(aws_module, enter)(lambda *_arguments: {"changed": False, "warnings": ["careful"]}, {})
    assert (told, left) == (["careful"], [{"changed": False}])


# -- reading ---------------------------------------------------------------------------------------------------------


def test_source_servers(aws, run):
    servers(aws, 2)
    result = run("drs_source_server_info", region=REGION, tags={"Name": "web-02"})
    assert [one["name"] for one in result["source_servers"]] == ["web-02"]
    assert result["changed"] is False


def test_recovery_instances(aws, run):
    aws.launched([1])
    result = run("drs_recovery_instance_info", region=REGION, source_server_ids=[server_id(1)])
    assert result["recovery_instances"][0]["private_ip"] == "10.0.0.1"


def test_everything_of_a_cell_in_one_go(aws, run):
    job = aws.launched([1])
    aws.add_server(2)
    result = run("drs_cell_info", region=REGION)
    assert [one["source_server_id"] for one in result["source_servers"]] == [server_id(1), server_id(2)]
    assert result["recovery_instances"][0]["private_ip"] == "10.0.0.1"
    assert [one["job_id"] for one in result["jobs"]] == [job["jobID"]]
    assert result["changed"] is False


def test_the_machines_of_a_cell_and_nothing_else(aws, run):
    aws.launched([1])
    before = len(aws.calls)
    result = run("drs_cell_info", region=REGION, parts=[], machines=True)
    assert [one["instance_id"] for one in result["machines"]] == [instance_id(1)]
    assert {"source_servers", "recovery_instances", "jobs", "summary"}.isdisjoint(result)
    assert {name for name, _params, _effect in aws.calls[before:]} == {"DescribeInstances"}


def test_no_part_of_a_cell_that_was_not_asked_for(aws, run):
    aws.launched([1])
    result = run("drs_cell_info", region=REGION, parts=["source_servers"])
    assert result["source_servers"] and "recovery_instances" not in result and "summary" not in result
    assert "value of parts must be one or more of" in run("drs_cell_info", region=REGION, parts=["machines"])["msg"]


def test_jobs(aws, run):
    job = aws.launched([1])
    result = run("drs_job_info", region=REGION, job_ids=job["jobID"])
    assert result["jobs"][0]["run_id"] == "run-1"


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("drs_source_server_info", {"source_server_ids": [server_id(1)], "staging_account_ids": [ACCOUNT]}),
        (
            "drs_recovery_instance_info",
            {"source_server_ids": [server_id(1)], "recovery_instance_ids": [instance_id(1)]},
        ),
    ],
)
def test_ways_to_select_exclude_each_other(aws, run, module, arguments):
    assert "mutually exclusive" in run(module, region=REGION, **arguments)["msg"]
    assert aws.calls == []


# -- acting ----------------------------------------------------------------------------------------------------------


def launch(run, given, check_mode=False, **more):
    arguments = {"state": "launched", "mode": "drill", "run_id": "run-1", "servers": given, "region": REGION, **more}
    return run("drs_recovery", check_mode, **arguments)


def test_a_launch_and_the_same_again(aws, run):
    given = servers(aws, 3)
    first, second = launch(run, given), launch(run, given)
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["summary"]["in_progress"] == second["summary"]["in_progress"] == 3
    assert aws.effects == ["StartRecovery"]


def test_a_launch_in_check_mode(aws, run):
    result = launch(run, servers(aws, 3), check_mode=True)
    assert result["summary"]["planned"] == 3
    assert result["changed"] is True
    assert aws.effects == []


def test_the_entries_of_an_earlier_task_can_be_handed_over_as_they_are(aws, run):
    servers(aws, 2)
    read = run("drs_source_server_info", region=REGION)["source_servers"]
    result = launch(run, read, cell=NAME)
    assert [one["name"] for one in result["servers"]] == ["web-01", "web-02"]


def test_a_termination(aws, run):
    aws.launched([1])
    result = run("drs_recovery", state="terminated", run_id="run-1", region=REGION)
    assert result["summary"]["in_progress"] == 1
    assert aws.effects == ["TerminateRecoveryInstances"]


@pytest.mark.parametrize("missing", ["mode", "run_id", "servers"])
def test_a_launch_needs_mode_run_and_servers(aws, run, missing):
    given = {"state": "launched", "mode": "drill", "run_id": "run-1", "servers": servers(aws, 1), "region": REGION}
    del given[missing]
    result = run("drs_recovery", **given)
    assert result["failed"]
    assert aws.calls == []


def test_a_refusal_is_one_message_and_data(aws, run):
    aws.launched([1], run_id=None, by="START_RECOVERY")
    result = launch(run, [{"source_server_id": server_id(1)}], cell=NAME)
    assert result["failed"]
    assert result["msg"].startswith(f"{NAME}: live_recovery_instance: ")
    assert "Remedy: " in result["msg"]
    assert set(result["error"]) == {"code", "message", "remedy", "retryable"}
    assert result["error"]["code"] == "live_recovery_instance"
    assert aws.effects == []


def test_an_error_of_aws_is_told_in_our_words(aws, run):
    aws.fail("DescribeSourceServers", "UninitializedAccountException")
    result = run("drs_source_server_info", region=REGION)
    assert result["error"]["code"] == "UninitializedAccountException"
    assert result["details"] == {"operation": "DescribeSourceServers"}
    assert result["msg"].startswith(REGION)


def test_a_fault_of_our_own_is_told_as_data_too(aws, run, monkeypatch):
    monkeypatch.setattr(FakeDrs, "_DescribeSourceServers", lambda _self, _params: 1 / 0)
    result = run("drs_source_server_info", region=REGION, cell=NAME)
    assert result["error"]["code"] == "internal_error"
    assert "ZeroDivisionError" in result["msg"]


@pytest.mark.parametrize(("region", "code"), [("us-wset-2", "unknown_region"), (None, "missing_region")])
def test_a_wrong_region_is_refused(run, monkeypatch, region, code):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    result = run("drs_source_server_info", **({"region": region} if region else {}))
    assert result["error"]["code"] == code


def test_an_external_id_is_never_returned(aws, run):
    servers(aws, 1)
    result = run("drs_source_server_info", region=REGION, external_id=SECRET)
    assert SECRET not in json.dumps(result)


# -- computing -------------------------------------------------------------------------------------------------------


def cell_with(aws, run, count: int) -> dict:
    servers(aws, count)
    read = run("drs_source_server_info", region=REGION, cell=NAME)["source_servers"]
    return {"cell": NAME, "account_id": ACCOUNT, "region": REGION, "source_servers": read, "recovery_instances": []}


def test_a_plan(aws, run):
    cell = cell_with(aws, run, 2)
    result = run("drs_plan", name="shop", mode="drill", cells=[cell])
    assert result["plan"]["summary"]["servers"] == 2
    assert result["changed"] is False


def test_a_plan_that_selects_nothing_fails(aws, run):
    cell = cell_with(aws, run, 1)
    result = run("drs_plan", name="shop", mode="drill", cells=[cell], selection={"tags": {"Name": "web-99"}})
    assert result["failed"]
    assert result["error"]["code"] == "no_match"


def test_a_gate(run):
    wave = {"wave": "1", "servers": [{"source_server_id": server_id(1), "name": "web-01", "cell": NAME}]}
    result = run("drs_wave_verdict", wave=wave, started={NAME: {"servers": []}})
    assert result["proceed"] is False
    assert not result.get("failed")
    assert result["summary"]["unknown"] == 1


@pytest.mark.parametrize("module", ["drs_plan", "drs_wave_verdict", "drs_recovery"])
def test_required_arguments_are_required(run, module):
    assert "missing required arguments" in run(module)["msg"]
