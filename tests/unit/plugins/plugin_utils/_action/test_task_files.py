"""Test who of those that owed the result of a task file gave one, and what is refused of a file beforehand."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cleaning, task_files
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play

STEP = {"id": "1/validate", "kind": "validate", "wave": "1", "hook": None}
WAVE = {"by_cell": {"a": ["s-1"], "b": ["s-2"]}}
RUN = SimpleNamespace(run_id="r", epoch=3)


def play_of(there, tokens, every="ab"):
    """A play of hosts of one letter; ``tokens`` by host what its task file has left."""
    play = object.__new__(Play)
    play.all, play.there, play.inventory = list(every), list(there), list("ab")
    play.variables = lambda name: {"__recovery_token": tokens[name]} if name in tokens else {}
    return play


def counted(play):
    files = task_files.TaskFiles(play, {}, "__recovery_token")
    tokens = files.returned(task_files.token_of(RUN, STEP))
    play.back(tokens)
    return {one["cell"]: one["why"] for one in files.counted(STEP, WAVE, ["a", "b"], tokens)}


def token(step="r 3 1/validate", failed=""):
    return {"step": step, "failed": failed}


@pytest.mark.parametrize(
    ("there", "tokens", "bad"),
    [
        ("ab", {"a": token(), "b": token()}, {}),
        ("ab", {"a": token(), "b": token(failed="broken")}, {"b": "broken"}),
        # a task that runs once has failed and was rescued: Ansible names one host alone, and both came through
        ("a", {"a": token(), "b": token()}, {}),
        ("a", {"a": token()}, {"b": "unknown: it has left the play: unreachable, failed, or ended"}),
        ("ab", {"a": token()}, {"b": "unknown: it returned no result of this step"}),
        # what another run of the same play, an earlier call, or another step has left is no result of this step
        ("ab", {"a": token(), "b": token("q 3 1/validate")}, {"b": "unknown: it returned no result of this step"}),
        ("ab", {"a": token(), "b": token("r 2 1/validate")}, {"b": "unknown: it returned no result of this step"}),
        ("ab", {"a": token(), "b": token("1/validate")}, {"b": "unknown: it returned no result of this step"}),
        ("a", {"a": token(), "b": "nonsense"}, {"b": "unknown: it has left the play: unreachable, failed, or ended"}),
    ],
)
def test_who_came_through_a_file_is_who_left_its_token(there, tokens, bad):
    play = play_of(there, tokens)
    assert counted(play) == bad
    gone = {name for name, why in bad.items() if "left the play" in why}
    assert play.there == [name for name in "ab" if name not in gone]


def test_a_cell_that_is_not_there_says_whether_the_inventory_has_it():
    play = play_of("a", {"a": token()}, every="a")
    assert counted(play) == {"b": "unknown: it was left out of this play, as by --limit"}
    play = play_of("a", {"a": token()}, every="a")
    play.inventory = ["a"]
    assert counted(play) == {"b": "unknown: the inventory has no such cell any more"}


def meta(said, action="ansible.builtin.meta"):
    return SimpleNamespace(action=action, args={"_raw_params": said})


@pytest.mark.parametrize(
    ("task", "forgives"),
    [
        (meta("noop"), False),
        (meta("end_host"), False),
        (meta("clear_host_errors"), True),
        (meta("clear_host_errors", "meta"), True),
        (meta("clear_host_errors", "ansible.builtin.command"), False),
        (SimpleNamespace(action="ansible.builtin.meta", args=None), False),
    ],
)
def test_which_task_forgets_failures(task, forgives):
    assert task_files.forgives(task) is forgives


@pytest.mark.parametrize(
    ("facts", "params", "found"),
    [
        # inside of the drill, whose close hands its epoch on
        ({"recovery_result": {"run_id": "r", "epoch": 2}}, {"run_id": "r", "run_epoch": 2}, ["a", "b"]),
        ({"recovery_result": {"run_id": "r", "epoch": 2}}, {"run_id": "r", "run_epoch": 3}, []),
        ({"recovery_result": {"run_id": "q", "epoch": 2}}, {"run_id": "r", "run_epoch": 2}, []),
        # a play that rescues a drill, which fails in a task that runs once
        (
            {"recovery_result": {"run_id": "r"}, "ansible_failed_task": {"run_once": True}},
            {"run_id": "r", "run_epoch": None},
            ["a", "b"],
        ),
        # whoever has left the play for another reason stays out
        ({"recovery_result": {"run_id": "r"}}, {"run_id": "r", "run_epoch": None}, []),
        (
            {"recovery_result": {"run_id": "r"}, "ansible_failed_task": {"run_once": False}},
            {"run_id": "r"},
            [],
        ),
        ({"ansible_failed_task": {"run_once": True}}, {"run_id": "r"}, []),
        ({"recovery_result": {"run_id": None}, "ansible_failed_task": {"run_once": True}}, {"run_id": None}, []),
        ({}, {"run_id": "r", "run_epoch": 2}, []),
    ],
)
def test_who_was_in_the_play_when_a_task_that_runs_once_has_failed(facts, params, found):
    play = play_of("a", {})
    play.own, play.variables = "a", lambda _name: facts
    assert cleaning.came_through(play, params) == found
