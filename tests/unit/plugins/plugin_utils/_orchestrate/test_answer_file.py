"""The file of an answer: of one call, the old one gone before anything starts, the new one there as a whole."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate.answer_file import AnswerFile


@pytest.fixture
def other():
    """Another process that runs, and its end."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_the_answer_of_an_earlier_call_is_gone_before_anything_starts(tmp_path):
    path = tmp_path / "deep" / "answer.json"
    mine = AnswerFile(str(path), os.getpid())
    mine.take()
    mine.write({"status": "success"})
    assert json.loads(path.read_text()) == {"status": "success"} and path.stat().st_mode & 0o777 == 0o640
    AnswerFile(str(path), os.getpid()).take()
    assert not path.exists()


def test_two_calls_at_the_same_time_need_two_files(tmp_path, other):
    path = str(tmp_path / "answer.json")
    AnswerFile(path, other.pid).take()
    with pytest.raises(DrsError) as caught:
        AnswerFile(path, os.getpid()).take()
    assert caught.value.code == "answer_file_in_use" and str(other.pid) in caught.value.message
    AnswerFile(str(tmp_path / "mine.json"), os.getpid()).take()
    # the same call, in a role that runs twice
    AnswerFile(path, other.pid).take()


def test_the_file_of_a_call_that_was_killed_is_free(tmp_path, other):
    path = tmp_path / "answer.json"
    AnswerFile(str(path), other.pid).take()
    other.kill()
    other.wait()
    mine = AnswerFile(str(path), os.getpid())
    mine.take()
    mine.write({})
    assert sorted(one.name for one in tmp_path.iterdir()) == ["answer.json"]


def test_another_process_with_the_id_of_a_dead_one_does_not_keep_the_file(tmp_path):
    path = tmp_path / "answer.json"
    (tmp_path / ".answer.json.call").write_text("%d 1" % os.getpid())
    AnswerFile(str(path), os.getppid()).take()
    (tmp_path / ".answer.json.call").write_text("nonsense")
    AnswerFile(str(path), os.getppid()).take()


def test_nobody_ever_reads_half_an_answer(tmp_path, monkeypatch):
    path = tmp_path / "answer.json"
    mine = AnswerFile(str(path), os.getpid())
    mine.take()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DrsError) as caught:
        mine.write({"status": "success"})
    assert caught.value.code == "answer_unwritten" and "No space left" in caught.value.message
    assert not path.exists() and sorted(one.name for one in tmp_path.iterdir()) == [".answer.json.call"]


def test_where_no_file_can_be_is_known_before_anything_starts(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DrsError) as caught:
        AnswerFile(str(tmp_path / "file" / "answer.json"), os.getpid()).take()
    assert caught.value.code == "answer_unwritten"
    AnswerFile("", os.getpid()).take()
    AnswerFile("", os.getpid()).write({})
