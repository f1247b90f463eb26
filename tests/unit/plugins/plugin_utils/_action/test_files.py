"""Test files named by users: relative paths, and mistakes with their place."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.vars.manager import VariableManager
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.plugin_utils._action import controller, files, plan_yaml, task_files


def test_relative_paths_begin_where_the_command_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("PWD", "/elsewhere")
    told = [files.absolute(path) for path in ("plan.yml", "a/../b", "~/plan.yml", "$HOME/x", "/abs", "")]
    home = "/home/somebody"
    assert told == [f"{tmp_path}/plan.yml", f"{tmp_path}/b", f"{home}/plan.yml", f"{home}/x", "/abs", ""]


def test_a_path_in_a_home_that_nobody_has_is_refused_and_no_folder_named_tilde(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(DrsError, match="~/report: this user has no home directory; set HOME") as caught:
        files.absolute("~/report")
    assert caught.value.code == "invalid_option" and list(tmp_path.iterdir()) == []


def test_a_store_in_a_home_that_nobody_has_is_a_store_that_is_away(monkeypatch):
    """A failover goes on without its store when that is allowed; it is not refused for an option."""

    class Action(controller.ControllerAction):
        SPEC = {"store": {"type": "dict"}}

    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    placed = Action.__new__(Action)._placed({"store": {"path": "~/runs"}})
    with pytest.raises(DrsError, match="~/runs: cannot read") as caught:
        open_store(placed["store"]).get("r-1", "run")
    assert caught.value.code == "run_store_unavailable"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["there is no", "relative paths begin where the command was typed"]),
        ("waves:\n  - name: a\n - b: [\n", ["is not YAML", "line 3, column 2"]),
        ("waves: [\n", ["is not YAML", "line 2, column 1"]),
        ("- a\n- b\n", ["is a list", "a mapping"]),
        ("just words\n", ["is a single value"]),
        ("", ["is empty"]),
    ],
)
def test_a_plan_file_that_means_nothing_is_named_with_its_place(tmp_path, text, words):
    path = tmp_path / "plan.yml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DrsError) as caught:
        files.plan_document(str(path), "recovery_plan_file")
    assert caught.value.code == "invalid_plan_file"
    assert all(word in caught.value.message for word in ["recovery_plan_file: ", str(path), *words]), (
        caught.value.message
    )


def test_a_plan_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DrsError, match="recovery_plan_file: .* cannot be read: Is a directory"):
        files.plan_document(str(tmp_path), "recovery_plan_file")


DOCUMENT = {
    "waves": [
        {"gates": {"before": [{"tasks": "look.yml"}]}, "actions": {"after": [{"file": "note.yml"}, {"document": "x"}]}},
        {"gates": None, "actions": {"before": "wrong"}},
        "wrong",
    ]
}


def test_task_files_are_known_by_what_stands_in_them(tmp_path):
    for name in ("look.yml", "note.yml", "validate.yml"):
        (tmp_path / name).write_text("- debug:\n    msg: !unsafe %s\n" % name)
    validate = ("recovery_validate_tasks", str(tmp_path / "validate.yml"))
    told = files.task_files(DOCUMENT, str(tmp_path), validate)
    assert sorted(told) == ["look.yml", "note.yml", "validate_tasks"]
    assert told["look.yml"] == hashlib.sha256((tmp_path / "look.yml").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no"),
        ("- debug:\n  msg: [\n", "line 3, column 1"),
        ("debug: {}\n", "is no list of tasks"),
        ("# to be written\n", "is no list of tasks"),
        ("[]\n", "holds no task"),
        ("- block: []\n- block:\n    - block: []\n", "holds no task"),
    ],
)
def test_a_task_file_that_cannot_run_is_refused_before_anything_begins(tmp_path, text, words):
    if text is not None:
        (tmp_path / "look.yml").write_text(text)
    with pytest.raises(DrsError) as caught:
        files.task_files({"waves": DOCUMENT["waves"][:1]}, str(tmp_path), None)
    assert caught.value.message.startswith("waves[0].gates.before[0].tasks: ")
    assert words in caught.value.message


def test_an_encrypted_task_file_is_not_looked_into(tmp_path):
    (tmp_path / "v.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    assert list(files.task_files({}, None, ("recovery_validate_tasks", str(tmp_path / "v.yml")))) == ["validate_tasks"]


# -- what YAML makes of a plan file ------------------------------------------------------------------------------------


def plan_of(tmp_path, text):
    path = tmp_path / "plan.yml"
    path.write_text(text)
    return files.plan_document(str(path), "recovery_plan_file")


def test_keys_that_stand_twice_are_all_told_with_their_lines(tmp_path):
    text = "name: a\nwaves:\n  - name: db\n    selector: {}\n    selector: {}\n  - {name: x, name: y}\nname: b\n"
    problems: list = []
    path = tmp_path / "plan.yml"
    path.write_text(text)
    assert files.plan_document(str(path), "recovery_plan_file", problems)["name"] == "b"
    assert [(one["code"], one["message"]) for one in problems] == [
        ("duplicate_key", f"recovery_plan_file: {path}, line 5: the key selector stands in line 4 already"),
        ("duplicate_key", f"recovery_plan_file: {path}, line 6: the key name stands in line 6 already"),
        ("duplicate_key", f"recovery_plan_file: {path}, line 7: the key name stands in line 1 already"),
    ]
    with pytest.raises(DrsError) as caught:
        files.plan_document(str(path), "recovery_plan_file")
    assert (
        caught.value.code == "duplicate_key" and "line 5" in caught.value.message and "line 7" in caught.value.message
    )


def test_what_a_merge_brings_may_be_overruled(tmp_path):
    told = plan_of(tmp_path, "base: &base {a: 1, b: 2}\nwaves:\n  - {<<: *base, a: 3}\n")
    assert told["waves"] == [{"a": 3, "b": 2}]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-01T03:00:00Z", "2026-03-01T03:00:00Z"),
        ("2026-03-01", "2026-03-01"),
        ("12:30", "12:30"),
        ("1.10", "1.10"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("7", 7),
        ("0.5", 0.5),
        ("true", True),
    ],
)
def test_what_yaml_would_change_stays_as_it_was_written(tmp_path, written, read):
    assert plan_of(tmp_path, f"a: {written}\n") == {"a": read}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{\n\t"action": "status"\n}', {"action": "status"}),
        (
            '{\n\t"a":\t[1,\t1.10],\n\t"b": "x\\ty", "c": "\\ud83d\\ude00"\n}',
            {"a": [1, "1.10"], "b": "x\ty", "c": "\U0001f600"},
        ),
        # no JSON, but what people write when they mean it
        ('{\n\t"a": "it\'s\tso",\n\t"b": 2,\n}', {"a": "it's\tso", "b": 2}),
        ('[\n\t{"a": 1e3}\n]', [{"a": "1e3"}]),
    ],
)
def test_json_may_be_indented_with_tabs(text, read, tmp_path):
    assert plan_yaml.load(text) == (read, [])
    path = tmp_path / "input.json"
    path.write_text(text, encoding="utf-8")
    assert files.read_yaml(str(path), "orchestrate_input_file", "invalid_input")


def test_a_key_that_stands_twice_in_json_with_tabs_is_told_with_its_lines():
    assert plan_yaml.load('{\n\t"a": 1,\n\t"a": 2\n}')[1] == [("a", 3, 2)]


def test_a_mistake_beside_tabs_is_the_one_that_is_told():
    with pytest.raises(yaml.YAMLError) as caught:
        plan_yaml.load('{\n\t"a": 1\n\t"b": 2\n}')
    assert "expected ',' or '}'" in str(caught.value) and caught.value.problem_mark.line == 2


def test_keys_are_text_as_they_were_written(tmp_path):
    assert plan_of(tmp_path, "{1: a, on: b, 2026-01-01: c}") == {"1": "a", "on": "b", "2026-01-01": "c"}


def test_mistakes_of_all_task_files_are_collected(tmp_path):
    (tmp_path / "note.yml").write_text("debug: {}\n")
    problems: list = []
    told = files.task_files(DOCUMENT, str(tmp_path), None, problems)
    assert told == {}
    assert [one["message"].partition(":")[0] for one in problems] == [
        "waves[0].gates.before[0].tasks",
        "waves[0].actions.after[0].file",
    ]
    assert {one["code"] for one in problems} == {"invalid_plan_file"}


# -- what Ansible makes of a task file ---------------------------------------------------------------------------------


@pytest.fixture
def parsed(tmp_path):
    """Parses a task file as an include of a play would: why it cannot be run, empty when it can."""
    loader = DataLoader()
    manager = VariableManager(loader=loader, inventory=InventoryManager(loader=loader, sources=["localhost,"]))
    play = Play.load({"hosts": "all", "tasks": [{"debug": {}}]}, variable_manager=manager, loader=loader)
    task = play.get_tasks()[0][0]

    def parse(text):
        path = tmp_path / "note.yml"
        path.write_text(text)
        return task_files.refused(task, loader, str(path))

    return parse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- name: two\n  debug:\n  copy:\n", "debug"),
        ("- debug: {}\n  whn: true\n", "whn"),
        ("- block: []\n  loop: [1]\n", "loop"),
        ("- import_tasks: missing.yml\n", "missing.yml"),
        ("- just words\n", ""),
        ("- block:\n    - include_tasks: broken.yml\n", "broken.yml"),
        ("- include_tasks: {file: deep/in.yml}\n  loop: [1]\n", "whn"),
    ],
)
def test_a_task_file_that_ansible_would_not_take_is_told_before_anything_begins(parsed, tmp_path, text, words):
    (tmp_path / "broken.yml").write_text("- debug: {msg: 'x\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "in.yml").write_text("- include_tasks: ../more.yml\n")
    (tmp_path / "more.yml").write_text("- include_tasks: deep/in.yml\n- debug: {}\n  whn: true\n")
    why = parsed(text)
    assert why and words in why, why


@pytest.mark.parametrize(
    "text",
    [
        "[]\n",
        "- debug: {msg: '{{ recovery_hook.name }}'}\n  loop: '{{ recovery_wave_servers }}'\n",
        "- block:\n    - include_tasks: later.yml\n    - include_role: {name: whatever}\n  rescue:\n    - meta: noop\n",
        "- import_tasks: other.yml\n",
        "- debug: {msg: !unsafe '{{ x }}'}\n",
    ],
)
def test_a_task_file_that_can_run_is_taken(parsed, tmp_path, text):
    (tmp_path / "other.yml").write_text("- debug: {}\n")
    assert parsed(text) == ""
