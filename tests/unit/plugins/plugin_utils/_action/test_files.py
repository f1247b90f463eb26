"""Files that people name: where relative paths begin, and mistakes in them with their place."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import files


def test_relative_paths_begin_where_the_command_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("PWD", "/elsewhere")
    told = [files.absolute(path) for path in ("plan.yml", "a/../b", "~/plan.yml", "$HOME/x", "/abs", "")]
    home = "/home/somebody"
    assert told == [f"{tmp_path}/plan.yml", f"{tmp_path}/b", f"{home}/plan.yml", f"{home}/x", "/abs", ""]


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
