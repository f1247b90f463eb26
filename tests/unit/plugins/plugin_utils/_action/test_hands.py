"""Test the command to type next: limited as this one was, and never to less than the run is about."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import hands
from ansible_collections.resilience.drs.plugins.plugin_utils._play import hidden


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


@pytest.mark.parametrize(
    ("verb", "options", "cells", "words"),
    [
        ("status", {}, [], '-e drs_hosts=a -e drs_profile=p -e \'{"drs_run_store": {"table": "t"}}\''),
        # a run has its store, which is said once; and its cells, which are no fewer than it is about
        (
            "resume",
            {"runs_store": {"table": "t"}},
            ["a", "b"],
            '-e drs_profile=p -e \'{"runs_store": {"table": "t"}}\'',
        ),
        # what works with the store alone has no cells
        ("runs", {}, [], '-e \'{"drs_run_store": {"table": "t"}}\''),
        # and what the next command says of itself counts
        ("drill", {"drs_hosts": "b", "recovery_store": {"table": "u"}}, [], None),
    ],
)
def test_settings_of_all_verbs_are_meant_for_the_next_one_too_and_secrets_are_not_printed(
    monkeypatch, verb, options, cells, words
):
    given = {"drs_hosts": "a", "drs_profile": "p", "drs_run_store": {"table": "t"}}
    secret = {"drs_external_id": "s3cret", "drs_clean_up_external_id": "s3cret", "site": "s3cret"}
    monkeypatch.setattr(hands, "typed_variables", lambda _loader: {**given, **secret})
    command = hands.Hands(None, {"ansible_play_hosts_all": ["a"]}).next(verb, options, cells=cells)
    assert "s3cret" not in command
    if words is None:
        assert "-e drs_hosts=b" in command and "drs_run_store" not in command
    else:
        assert command == f"ansible-playbook resilience.drs.{verb} {words}"


def test_what_a_vault_hides_is_never_printed(monkeypatch, tmp_path):
    """As read from a file behind ``-e @``, whole values and parts of one."""
    secret = VaultSecret(b"opens it")
    dark = VaultLib([("dev", secret)]).encrypt("s3cret", secret=secret, vault_id="dev").decode()
    value = "!vault |\n" + "".join(f"        {line}\n" for line in dark.splitlines())
    file = tmp_path / "typed.yml"
    file.write_text(f"agent_deploy_proxy: {value}agent_deploy_tags:\n  a: {value}agent_deploy_waves: '1'\n", "utf-8")
    loader = DataLoader()
    loader.set_vault_secrets([("dev", secret)])
    monkeypatch.setattr(hands, "typed_variables", lambda _loader: loader.load_from_file(str(file)))
    command = hands.Hands(loader, {}).next("deploy_agents", {}, ["agent_deploy_"])
    assert command == "ansible-playbook resilience.drs.deploy_agents -e agent_deploy_waves=1"


def test_the_last_page_that_an_action_shows_is_what_it_leaves(monkeypatch):
    printed = []
    monkeypatch.setattr(hidden, "Display", lambda: SimpleNamespace(display=printed.append))
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
