"""One call of the entry point: what it reads, and that it answers when no task is left to do so."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema
from ansible_collections.resilience.drs.plugins.plugin_utils._action import hands
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate import call

ROOT = Path(__file__).resolve().parents[5]
REQUEST = {"action": "drill", "tags": {"DR-Wave": "1"}, "metadata": {"correlationId": "c", "any": [1]}}


def test_a_request_is_read_as_json_or_yaml():
    for text in (json.dumps(REQUEST), "action: drill\ntags: {DR-Wave: '1'}\nmetadata: {correlationId: c, any: [1]}\n"):
        assert call._parsed(text, "orchestrate_input") == REQUEST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"action": "drill",\n"tags": {"a": "1"},\n"tags": {"b": "2"}}', "tags stands twice, in line 2 and in line 3"),
        ('{"action": ', "is neither JSON nor YAML"),
    ],
)
def test_a_member_that_is_written_twice_is_an_error_and_no_guess(text, words):
    with pytest.raises(DrsError) as caught:
        call._parsed(text, "orchestrate_input_file")
    assert caught.value.code == "invalid_input" and words in caught.value.message


@pytest.fixture
def callback(monkeypatch):
    path = ROOT / "playbooks" / "callback_plugins" / "drs_run_end.py"
    spec = importlib.util.spec_from_file_location("drs_run_end", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "drs_run_end", module)
    spec.loader.exec_module(module)
    made = module.CallbackModule()
    made.told = []
    made._display = SimpleNamespace(error=made.told.append)
    return made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_what_ends_a_job_are_both_heard_and_tell_what_continues(callback, monkeypatch, number):
    ways, ends = {}, []
    monkeypatch.setattr(signal, "signal", ways.__setitem__)
    monkeypatch.setattr(signal, "getsignal", lambda _number: signal.default_int_handler)
    module = sys.modules[type(callback).__module__]
    monkeypatch.setattr(module.STANDING, "prepare", lambda: None)
    monkeypatch.setattr(module.STANDING, "noted", lambda: {"run_id": "r-1", "command": "the command"})
    monkeypatch.setattr(module.multiprocessing, "active_children", list)
    monkeypatch.setattr(module.shutil, "rmtree", lambda *_given, **_more: None)
    monkeypatch.setattr(module.os, "_exit", ends.append)
    monkeypatch.setattr(module, "typed_variables", lambda _loader: {})
    monkeypatch.setattr(module.context, "CLIARGS", {"args": ["resilience.drs.drill"], "subset": None, "check": False})
    monkeypatch.setattr(hands, "typed_variables", lambda _loader: {})
    callback._display.display = lambda line, stderr: callback.told.append((line, stderr))
    callback.v2_playbook_on_play_start(SimpleNamespace(get_loader=lambda: None, get_path=lambda: ""))
    with contextlib.suppress(KeyboardInterrupt):
        ways[number](number, None)
    assert ends == [128 + number]
    assert callback.told[0][0].startswith("INTERRUPTED: run r-1 is not at its end.")
    assert callback.told[-1] == ("next: the command", True)


def ended(state, result):
    task = SimpleNamespace(action="resilience.drs.drs_orchestration", args={"state": state})
    return SimpleNamespace(_task=task, _result=result)


@pytest.mark.parametrize("checked", [True, False])
def test_a_call_whose_cells_have_all_gone_is_answered_all_the_same(callback, tmp_path, checked):
    path = tmp_path / "answer.json"
    callback.v2_runner_on_ok(ended("begun", {"started_at": "2026-03-01T12:00:00Z", "output_file": str(path)}))
    if checked:
        settings = orchestration_input.settings(REQUEST)
        callback.v2_runner_on_ok(ended("opened", {"asked": REQUEST, "settings": settings, "names_run": True}))
    callback.v2_playbook_on_stats(None)
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(document, schema.OUTPUT_SCHEMA)
    assert (document["status"], document["nextPhaseReady"]) == ("failed", False)
    assert "every cell has left the play" in document["error"]["message"] and len(callback.told) == 1
    assert document["metadata"] == (REQUEST["metadata"] if checked else {})


def test_a_call_that_was_answered_is_left_alone(callback, tmp_path):
    path = tmp_path / "answer.json"
    callback.v2_runner_on_ok(ended("begun", {"started_at": "2026-03-01T12:00:00Z", "output_file": str(path)}))
    callback.v2_runner_on_ok(ended("answered", {"document": {}}))
    callback.v2_playbook_on_stats(None)
    assert os.listdir(tmp_path) == [] and callback.told == []


def skipped(callback, monkeypatch, playbook, typed):
    """Play a playbook whose hosts match nothing, as Ansible tells a callback of it."""
    names = type(callback).v2_playbook_on_stats.__globals__
    monkeypatch.setitem(names, "typed_variables", lambda loader: typed)
    monkeypatch.setitem(names, "STANDING", SimpleNamespace(prepare=lambda: None))
    monkeypatch.setattr(callback, "_attend", lambda process: None)
    play = SimpleNamespace(get_path=lambda: "%s:2" % playbook, hosts=["drs_cells"], get_loader=lambda: None)
    callback.v2_playbook_on_play_start(play)
    callback.v2_playbook_on_no_hosts_matched()


@pytest.mark.parametrize("verb", ["orchestrate", "readiness"])
def test_a_playbook_without_any_cell_fails_and_a_request_is_answered(callback, monkeypatch, tmp_path, verb):
    path = tmp_path / "answer.json"
    path.write_text("an old success", encoding="utf-8")
    skipped(callback, monkeypatch, ROOT / "playbooks" / f"{verb}.yml", {"orchestrate_output_file": str(path)})
    with pytest.raises(SystemExit) as ended_with:
        callback.v2_playbook_on_stats(SimpleNamespace(processed={}))
    assert ended_with.value.code == 2
    assert callback.told[0].startswith("no_cells: no host of the inventory matches drs_cells; nothing was done.")
    assert "ANSIBLE_INVENTORY" in callback.told[0] and len(callback.told) == 1
    if verb == "orchestrate":
        document = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(document, schema.OUTPUT_SCHEMA)
        assert (document["status"], document["error"]["code"]) == ("failed", "no_cells")
        assert os.listdir(tmp_path) == ["answer.json"]
    else:
        assert path.read_text(encoding="utf-8") == "an old success"


@pytest.mark.parametrize(
    ("playbook", "processed"),
    [
        # one part of a larger playbook that has worked on something else
        (ROOT / "playbooks" / "status.yml", {"payments.us-west-2": 1}),
        # a playbook of somebody else
        (Path("/srv/plays/status.yml"), {}),
    ],
)
def test_what_else_ansible_skips_is_left_to_ansible(callback, monkeypatch, playbook, processed):
    skipped(callback, monkeypatch, playbook, {})
    callback.v2_playbook_on_stats(SimpleNamespace(processed=processed))
    assert callback.told == []


@pytest.mark.parametrize(
    ("check_mode", "code", "known", "told"),
    [
        (False, "run_cancelled", True, ("r", [])),
        (False, "run_paused", True, ("r", ["recovery_plan", "recovery_result"])),
        (False, "plan_refused", False, (None, [])),
        # a check continues nothing either
        (True, None, True, ("r", [])),
        (False, None, True, (None, [])),
    ],
)
def test_a_run_that_is_known_and_was_not_continued_is_named(monkeypatch, check_mode, code, known, told):
    class Steps:
        def __init__(self, run_id, *_given):
            self.run_id = run_id

        def stored_run(self):
            if not known:
                raise DrsError("run_unknown", "r is not there")
            return {"run": {"run_id": "r", "reason": "the network team"}, "plan": {}, "waves": []}

        def kept(self, _prefix):
            return {}

    monkeypatch.setattr(call, "Steps", Steps)
    one = object.__new__(call.Orchestration)
    one._check_mode, one._hands = check_mode, SimpleNamespace(warn=None)
    settings = {"verb": "recovery", "options": {"run_id": "r", "store": None}}
    found = one._found(settings, {}, {"error": {"code": code}} if code else {})
    assert (found["run_id"], sorted(found["left"])) == told
    done = one._found(settings, {"recovery_result": {"run_id": "r"}}, {"error": {"code": code}})
    assert done == {"run_id": None, "left": {}}, "what the role has left says it itself"
