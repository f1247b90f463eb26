"""Test what is told of tasks that a person leaves out at --step, and that nothing acts without the check before it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action.recovery import Recovery
from ansible_collections.resilience.drs.plugins.plugin_utils._failback.failback import Failback
from ansible_collections.resilience.drs.plugins.plugin_utils._play import stepping

UNDEFINED = {"msg": "Error while resolving value for 'data': '__a' is undefined"}
OF_2_17 = {"msg": "The task includes an option with an undefined variable. The error was: '__a' is undefined"}
DRILL = "resilience.drs.drs_recovery_walk"


@pytest.fixture
def stepped(monkeypatch):
    monkeypatch.setattr("ansible.context.CLIARGS", {"step": True})


def block_of(*names, above=None):
    """A block with tasks of these names, as Ansible has them."""
    made = SimpleNamespace(_parent=above, block=[])
    for name in names:
        one = SimpleNamespace(
            _uuid=f"id of {name}", _parent=made, get_name=lambda name=name: f"resilience.drs.x : {name}"
        )
        made.block.append(one)
    return made


@pytest.mark.parametrize("told", [UNDEFINED, OF_2_17, {"censored": "hidden"}])
def test_what_was_left_out_before_a_task_that_misses_it_is_named(stepped, told):
    role = block_of("Check", "Read", "Include")
    inner = block_of("Judge", "Show", above=role.block[2])
    one = stepping.Stepping()
    for ran in (role.block[0], role.block[2], inner.block[1]):
        one.begun(ran)
    one.failed(inner.block[1], told)
    problem = one.problem("")
    assert problem.code == "task_skipped"
    assert problem.message.startswith("'Read', 'Judge' were left out by an answer to --step; ")
    assert "run r-1 is in its record" in one.problem("r-1").message


def test_another_failure_and_a_playbook_without_questions_are_none_of_it(stepped, monkeypatch):
    role = block_of("Read", "Show")
    one = stepping.Stepping()
    one.failed(role.block[1], {"msg": "capacity_full: 1 of 2 servers"})
    assert one.missed == []
    monkeypatch.setattr("ansible.context.CLIARGS", {"step": False})
    one.failed(role.block[1], UNDEFINED)
    assert one.missed == []


def test_nothing_acts_without_the_check_of_what_was_typed(stepped, monkeypatch):
    problem = stepping.unchecked("recovery", DRILL, {})
    assert problem.code == "task_skipped" and "'Check the variables' was left out" in problem.message
    assert stepping.unchecked("recovery", "resilience.drs.drs_check_variables", {}) is None
    assert stepping.unchecked("recovery", DRILL, {"__recovery_checked": {}}) is None
    assert stepping.unchecked("history", "resilience.drs.drs_history_record", {}) is None
    monkeypatch.setattr("ansible.context.CLIARGS", {})
    assert stepping.unchecked("recovery", DRILL, {}) is None


@pytest.mark.parametrize(("verb", "arguments"), [(Recovery, (None,)), (Failback, ())])
def test_a_walk_that_was_left_out_ends_with_that_and_what_to_type(stepped, verb, arguments):
    made = verb.__new__(verb)
    made._vars = {}
    with pytest.raises(DrsError) as failed:
        made.closed(*arguments)
    assert failed.value.code == "task_skipped" and "'Plan, begin and walk' was left out" in failed.value.message
    assert "nothing was launched" in failed.value.message and "without --step" in failed.value.remedy
