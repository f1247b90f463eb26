"""Test the command to type next: limited as this one was, and never to less than the run is about."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import hands


@pytest.fixture(autouse=True)
def _nothing_typed(monkeypatch):
    monkeypatch.setattr(hands, "typed_variables", lambda _loader: {})


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([], "--limit 'a*'"),
        (["a"], "--limit 'a*'"),
        (["a", "b"], ""),
    ],
)
def test_a_limit_that_leaves_out_a_cell_of_the_run_is_not_repeated(cells, words):
    one = hands.Hands(None, {"ansible_limit": "a*", "ansible_play_hosts_all": ["a"]})
    command = one.next("resume", {"runs_id": "r1"}, cells=cells)
    assert command == f"ansible-playbook resilience.drs.resume -e runs_id=r1 {words}".strip()


def test_the_next_command_means_the_same_machines_by_its_tags(monkeypatch):
    monkeypatch.setattr(hands, "typed_variables", lambda _loader: {"drs_tag_keys": {"wave": ["W"]}, "other": 1})
    command = hands.Hands(None, {}).next("status", {})
    assert command == """ansible-playbook resilience.drs.status -e '{"drs_tag_keys": {"wave": ["W"]}}'"""


def test_the_last_page_that_an_action_shows_is_what_it_leaves(monkeypatch):
    printed = []
    monkeypatch.setattr(hands, "Display", lambda: SimpleNamespace(display=printed.append))
    one = hands.Hands(None, {})
    one.show("begun", {"run_id": "r-1", "option": "recovery_run_id"})
    assert one.left() == {}, "no verb ends with that page"
    one.show("run", {"name": "r-1", "status": "partial"}, "go on")
    one.show("said", {"lines": ["not the end"]})
    left = one.left()["ansible_stats"]["data"]["drs_artifact"]
    assert (left["run_id"], left["status"], left["next"]) == ("r-1", "partial", "go on") and len(printed) == 3


class Limit(BaseException):
    """As Ansible ends a task whose time is over."""


@pytest.mark.parametrize(
    ("raised", "left"), [(Limit, [["a wave 1", ["drsjob-1"]]]), (DrsError("client_error", "no"), [])]
)
def test_a_task_that_is_ended_within_a_wait_leaves_what_goes_on_in_aws(monkeypatch, raised, left):
    noted = {}
    monkeypatch.setattr(hands, "STANDING", SimpleNamespace(note=noted.update))

    def together(_waits, _clock, _say, follow):
        raise raised

    monkeypatch.setattr(hands, "together", together)
    wait = SimpleNamespace(label="a wave 1", in_aws=lambda: ["drsjob-1"])
    with pytest.raises((Limit, DrsError)):
        hands.Hands(None, {}).wait({"a": wait})
    assert [list(one) for one in noted["under_way"]] == left
