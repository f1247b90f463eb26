"""Test when the settings of a long next command go: never while a run waits for it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import removal, settings_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store
from support.run_documents import index_of, run_body
from support.run_store import NOW

DAY = 24 * 60 * 60
OLD = 91 * DAY


@pytest.fixture(autouse=True)
def beside(monkeypatch, tmp_path):
    """The folder beside the default store of this user; the store that is asked may be another one."""
    monkeypatch.setenv(run_store.PATH, str(tmp_path / "default"))
    return tmp_path / settings_files.FOLDER


def printed(settings, age=0.0):
    """A file whose command was last printed so many seconds ago."""
    path = settings_files.write("failback", settings)
    moment = os.stat(path).st_mtime - age
    os.utime(path, (moment, moment))
    return path


def begun(store, status):
    body = run_body("home-1", status=status)
    store.put("home-1", "run", body, None, index_of(body))


def kept(beside):
    return sorted(str(path) for path in beside.iterdir())


def test_a_file_goes_when_its_command_was_last_printed_longer_ago_than_a_run_is_kept(store, beside):
    old, young = printed({"n": 1}, OLD), printed({"n": 2}, 89 * DAY)
    printed({"n": 3}, OLD)
    again = printed({"n": 3})
    assert settings_files.remove_old(store) == [old] and kept(beside) == sorted([young, again])


@pytest.mark.parametrize("status", ["planned", "waiting", "running", "paused"])
def test_the_command_that_an_open_run_waits_for_stays_however_old_it_is(store, beside, status):
    begun(store, status)
    waiting = printed({"failback_run_id": "home-1", "failback_servers": {}}, 1000 * DAY)
    new = printed({"n": 1})
    assert settings_files.remove_old(store) == [] and kept(beside) == sorted([waiting, new])


@pytest.mark.parametrize("status", ["succeeded", "cancelled", None])
def test_that_of_a_run_at_its_end_or_long_gone_goes(store, beside, status):
    if status:
        begun(store, status)
    ended = printed({"failback_run_id": "home-1"}, OLD)
    printed({"n": 1})
    assert settings_files.remove_old(store) == [ended]


def test_what_names_another_store_is_left_to_that_one(store, beside, tmp_path):
    other = {"path": str(tmp_path / "other")}
    theirs = printed({"failback_run_id": "home-1", "drs_run_store": other}, OLD)
    printed({"n": 1})
    assert settings_files.remove_old(store) == []
    assert settings_files.remove_old(run_store.open_store(other)) == [theirs]


def test_a_store_that_does_not_answer_removes_nothing_that_names_a_run(dynamo, beside):
    store, faults = dynamo
    named, nameless = printed({"failback_run_id": "home-1"}, OLD), printed({"n": 1}, OLD)
    printed({"n": 2})
    faults += [("GetItem", "before")] * 9
    assert settings_files.remove_old(store) == [nameless] and os.path.exists(named)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a_store": 7}', '{"a_store": {"backend": "x"}}'])
def test_what_is_not_ours_or_cannot_be_read_stays(store, beside, text):
    odd = printed({"n": 1}, OLD)
    moment = os.stat(odd).st_mtime
    with open(odd, "w", encoding="utf-8") as file:
        file.write(text)
    os.utime(odd, (moment, moment))
    (beside / "notes.json").write_text("mine", encoding="utf-8")
    os.utime(beside / "notes.json", (moment, moment))
    printed({"n": 2})
    assert settings_files.remove_old(store) == [] and len(kept(beside)) == 3


def test_a_store_that_keeps_for_ever_keeps_them_too(store, beside, monkeypatch):
    monkeypatch.setattr(store, "keep_days", 0)
    printed({"n": 1}, 1000 * DAY)
    printed({"n": 2})
    assert settings_files.remove_old(store) == []


def test_they_go_with_the_old_runs_once_a_day(store, beside):
    printed({"n": 1}, OLD)
    young = printed({"n": 2})
    assert removal.daily(store, NOW) == [] and len(kept(beside)) == 2, "they were removed a moment ago"
    assert removal.daily(store, None) == [] and kept(beside) == [young]


def test_without_a_home_or_a_folder_there_is_nothing_to_remove(store, beside, monkeypatch):
    assert settings_files.remove_old(store) == []
    monkeypatch.delenv(run_store.PATH)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert settings_files.remove_old(store) == []
