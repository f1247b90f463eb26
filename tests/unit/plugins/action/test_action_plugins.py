"""Test the action plugins on the controller: output, results, refusals."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import types

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch
from support.actions import action_file
from support.fake_drs import NAME, REGION, FakeCell, FakeDrs, server_id

PLUGIN_UTILS = "ansible_collections.resilience.drs.plugins.plugin_utils"


class Stage:
    """Runs an action plugin with everything around it replaced that is not its own."""

    def __init__(self, monkeypatch) -> None:
        self.monkeypatch = monkeypatch
        self.printed: list[str] = []
        self.aws = FakeDrs()
        self.slept: list[float] = []
        self.executed: list[tuple[str, dict]] = []
        self.answer: dict | None = None
        self.on_sleep = lambda: None
        monkeypatch.delenv("RESILIENCE_DRS_SLEEP_URL", raising=False)
        monkeypatch.setattr(
            "ansible.utils.display.Display.display", lambda _self, text, **_kw: self.printed.append(text)
        )
        clock = importlib.import_module("ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock")
        monkeypatch.setattr(clock, "time", types.SimpleNamespace(sleep=self._sleep))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep()

    def _cell(self, params: dict) -> FakeCell:
        return FakeCell(self.aws, cell=params.get("cell") or NAME)

    def _execute(self, module_name, module_args, task_vars):
        self.executed.append((module_name, module_args))
        if self.answer is not None:
            return self.answer
        return launch.launch(FakeCell(self.aws), module_args)

    def run(
        self,
        name: str,
        no_log: bool = False,
        check_mode: bool = False,
        real_cell: bool = False,
        vars_of_task=None,
        **arguments,
    ):
        module = action_file(name)
        for place in (module, importlib.import_module(f"{PLUGIN_UTILS}._action.wait")):
            if hasattr(place, "Cell") and not real_cell:
                self.monkeypatch.setattr(place, "Cell", self._cell)
        loader = DataLoader()
        task = Task()
        task.action, task.args = f"resilience.drs.{name}", arguments
        task.no_log, task.check_mode = no_log, check_mode
        connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None), _load_name="local")
        action = module.ActionModule(
            task=task,
            connection=connection,
            play_context=types.SimpleNamespace(check_mode=check_mode),
            loader=loader,
            templar=Templar(loader=loader),
            shared_loader_obj=None,
        )
        action._load_name = task.action  # as the loader of plugins does; ansible-core 2.17 names it in errors
        self.monkeypatch.setattr(action, "_execute_module", self._execute)
        return action.run(task_vars={"inventory_hostname": NAME, **(vars_of_task or {})})

    def launch(self, count: int, **request) -> dict:
        servers = [{"source_server_id": self.aws.add_server(number)} for number in range(1, count + 1)]
        given = {"mode": "drill", "run_id": "run-1", "wave": "1", "servers": servers, **request}
        return {**launch.launch(FakeCell(self.aws), given), "request": given}

    def wait(self, started: dict, **arguments) -> dict:
        given = {"region": REGION, "jobs": started["jobs"], "servers": started["servers"], **arguments}
        return self.run("drs_job_wait", **given)


@pytest.fixture
def stage(monkeypatch):
    return Stage(monkeypatch)


# -- drs_show --------------------------------------------------------------------------------------------------------

WAVE = {
    "wave": "1",
    "mode": "drill",
    "servers": [{"source_server_id": server_id(1), "name": "web-01", "cell": NAME, "outcome": "launched"}],
    "verdict": {"proceed": True, "reason": "proceed: the only server succeeded"},
}


def test_a_table_is_printed_once_and_returned(stage):
    result = stage.run("drs_show", kind="wave", data=WAVE)
    assert stage.printed == [result["text"]]
    assert NAME in result["text"] and WAVE["verdict"]["reason"] in result["text"]
    assert result["changed"] is False


def test_the_next_command_is_printed(stage):
    assert "make it so" in stage.run("drs_show", kind="wave", data=WAVE, next_command="make it so")["text"]


def test_the_last_page_of_a_verb_leaves_its_artifact_and_any_other_none(stage):
    left = stage.run(
        "drs_show", kind="journal", data={"run": {"run_id": "r", "status": "paused"}}, next_command="go on"
    )
    found = left["ansible_stats"]["data"]["drs_artifact"]
    assert (found["run_id"], found["status"], found["next"]) == ("r", "paused", "go on")
    assert left["ansible_stats"]["per_host"] is False
    assert "ansible_stats" not in stage.run("drs_show", kind="wave", data=WAVE)
    # a step of another role's verb
    inner = stage.run("drs_show", vars_of_task={"ansible_parent_role_names": ["x.y.z"]}, kind="status", data={})
    assert "ansible_stats" not in inner


def test_no_log_hides_a_page_and_not_the_closing_lines_of_a_verb(stage):
    assert stage.run("drs_show", no_log=True, kind="wave", data=WAVE)["text"]
    assert stage.printed == [], "no verb ends with that page"
    data = {"run": {"run_id": "r", "status": "paused"}, "servers": WAVE["servers"]}
    left = stage.run("drs_show", no_log=True, kind="journal", data=data, next_command="go on")
    assert stage.printed[:2] == ["runs r: paused, 1 launched, coverage complete", "next: go on"]
    assert "no_log hides everything else" in stage.printed[2] and len(stage.printed) == 3
    assert left["ansible_stats"]["data"]["drs_artifact"]["run_id"] == "r", "the next job of a workflow needs it"


def test_no_log_hides_what_an_action_of_all_cells_prints_and_its_error_is_told_by_the_catalogue(stage, tmp_path):
    store = {"path": str(tmp_path)}
    hidden = stage.run("drs_run", no_log=True, state="paused", run_id="r-of-nobody", store=store)
    assert hidden["failed"] and hidden["error"]["code"] == "run_unknown"
    assert stage.printed[0].startswith("ERROR run_unknown: ") and "r-of-nobody" not in "".join(stage.printed)
    stage.printed.clear()
    hands = importlib.import_module(f"{PLUGIN_UTILS}._action.hands").Hands(None, {})
    screen = importlib.import_module(f"{PLUGIN_UTILS}._play.hidden").SCREEN
    for no_log, said in ((True, 0), (False, 2)):
        with screen.of(types.SimpleNamespace(no_log=no_log)):
            hands.say("[shop.us-west-2] 4 source servers")
            hands.show("said", {"lines": ["db-01"]})
        assert len(stage.printed) == said


def test_check_mode_prints_too(stage):
    stage.run("drs_show", check_mode=True, kind="wave", data=WAVE)
    assert len(stage.printed) == 1


@pytest.mark.parametrize(
    "arguments", [{}, {"kind": "wave"}, {"kind": "poem", "data": {}}, {"kind": "wave", "data": {}, "x": 1}]
)
def test_wrong_arguments_of_a_table_are_refused(stage, arguments):
    with pytest.raises(AnsibleError):
        stage.run("drs_show", **arguments)
    assert stage.printed == []


# -- drs_job_wait ----------------------------------------------------------------------------------------------------


def test_a_wait_prints_what_changes_and_returns_what_became(stage):
    started = stage.launch(2)
    stage.on_sleep = lambda: stage.aws.end(stage.aws.jobs[0])
    result = stage.wait(started)
    assert result["summary"]["launched"] == 2
    assert not result.get("failed")
    assert any("job" in line and "COMPLETED" in line for line in stage.printed)
    assert stage.slept


def test_no_log_keeps_a_wait_silent(stage):
    started = stage.launch(1)
    stage.on_sleep = lambda: stage.aws.end(stage.aws.jobs[0])
    result = stage.run("drs_job_wait", no_log=True, region=REGION, jobs=started["jobs"], servers=started["servers"])
    assert result["summary"]["launched"] == 1
    assert stage.printed == []


def test_check_mode_returns_at_once(stage):
    started = stage.launch(2)
    stage.aws.calls.clear()
    result = stage.run("drs_job_wait", check_mode=True, region=REGION, jobs=started["jobs"], servers=started["servers"])
    assert (stage.slept, stage.aws.calls, stage.printed) == ([], [], [])
    assert (result["changed"], result["timed_out"], result["elapsed_seconds"]) == (False, False, 0)
    assert result["servers"] == started["servers"]
    assert result["summary"]["total"] == 2


@pytest.mark.parametrize(("fail_on", "failed"), [("any", True), ("all", False), ("never", False)])
def test_fail_on(stage, fail_on, failed):
    started = stage.launch(2)
    stage.on_sleep = lambda: stage.aws.end(stage.aws.jobs[0], **{server_id(2): "FAILED"})
    result = stage.wait(started, fail_on=fail_on)
    assert bool(result.get("failed")) is failed
    assert result["summary"]["failed"] == 1
    if failed:
        assert result["msg"].startswith(f"{NAME}: 1 of 2 servers did not succeed: web-02: failed (")


def test_the_queue_is_started_through_the_module_with_the_options_of_the_cell(stage):
    started = stage.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    stage.on_sleep = lambda: [stage.aws.end(job) for job in stage.aws.jobs if job["status"] == "PENDING"]
    result = stage.wait(
        started,
        launch=started["request"],
        cell=NAME,
        assume_role_arn="arn:aws:iam::111111111111:role/R",
        external_id="x",
    )
    assert result["summary"]["launched"] == 2
    ((module, arguments),) = stage.executed
    assert module == "resilience.drs.drs_recovery"
    assert arguments["run_id"] == "run-1"
    assert (arguments["cell"], arguments["external_id"], arguments["region"]) == (NAME, "x", REGION)


def test_a_refused_queue_is_told_of_its_servers(stage):
    started = stage.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    stage.answer = {"failed": True, "error": {"code": "live_recovery_instance", "message": "no", "retryable": False}}
    stage.on_sleep = lambda: [stage.aws.end(job) for job in stage.aws.jobs if job["status"] == "PENDING"]
    result = stage.wait(started, launch=started["request"])
    assert result["failed"]
    assert [one["outcome"] for one in result["servers"]] == ["launched", "refused"]
    assert result["servers"][1]["error"]["code"] == "live_recovery_instance"


def test_a_module_that_crashed_is_told_too(stage):
    started = stage.launch(2, limits={"servers_per_job": 1, "concurrent_jobs": 1})
    stage.answer = {"failed": True, "msg": "MODULE FAILURE"}
    stage.on_sleep = lambda: [stage.aws.end(job) for job in stage.aws.jobs if job["status"] == "PENDING"]
    result = stage.wait(started, launch=started["request"])
    assert "MODULE FAILURE" in result["servers"][1]["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"fail_on": "sometimes"},
        {"timeout": "soon"},
        {"jobs": "drsjob-1"},
        {"launch": "again"},
        {"job_id": "drsjob-1"},
    ],
)
def test_wrong_arguments_of_a_wait_are_refused(stage, arguments):
    with pytest.raises(AnsibleError):
        stage.run("drs_job_wait", region=REGION, **arguments)
    assert stage.aws.calls == []


@pytest.mark.parametrize("arguments", [{"poll_interval": 0}, {"poll_interval": 300}, {"heartbeat": -1}])
def test_intervals_that_cannot_be_are_an_error_with_a_remedy(stage, arguments):
    result = stage.run("drs_job_wait", region=REGION, cell=NAME, **arguments)
    assert result["failed"]
    assert result["error"]["code"] == "invalid_option"
    assert result["msg"].startswith(f"{NAME}: invalid_option: ")
    assert "Remedy" in result["msg"]


def test_a_wrong_region_is_an_error_with_a_remedy(stage):
    result = stage.run("drs_job_wait", real_cell=True, region="us-wset-2")
    assert result["error"]["code"] == "unknown_region"
