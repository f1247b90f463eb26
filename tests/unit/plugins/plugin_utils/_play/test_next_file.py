"""Test that a next command stays short enough to paste: long settings go into a file that it names."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shlex
import stat

import pytest
from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import settings_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import store as run_store
from ansible_collections.resilience.drs.plugins.plugin_utils._action import hands
from ansible_collections.resilience.drs.plugins.plugin_utils._play import next_file

SERVERS = {"s-%017d" % number: {"subnet_id": "subnet-%017d" % number} for number in range(300)}
LONG = {"failback_run_id": "home-1", "failback_launch_servers": SERVERS, "failback_confirm": ""}


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setenv(run_store.PATH, str(tmp_path / "store"))
    monkeypatch.setattr(hands, "typed_variables", lambda _loader: {})
    return tmp_path / settings_files.FOLDER


def made(options=None, limit="dr.*", check=True, task_vars=None):
    return next_file.next_command("failback", LONG if options is None else options, limit, check, task_vars or {})


def test_long_settings_go_into_a_file_that_only_this_user_reads(place):
    command = made()
    (file,) = place.iterdir()
    assert command == f"ansible-playbook resilience.drs.failback -e @{file} --limit 'dr.*' --check"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600 and stat.S_IMODE(os.stat(place).st_mode) == 0o700
    assert made() == command and list(place.iterdir()) == [file], "the same command is the same file"
    assert made({**LONG, "failback_run_id": "home-2"}) != command


def test_ansible_reads_the_same_from_it(monkeypatch):
    words = shlex.split(made())
    monkeypatch.setattr("ansible.context.CLIARGS", {"extra_vars": (words[words.index("-e") + 1],)})
    monkeypatch.setattr(load_extra_vars, "extra_vars", None, raising=False)
    assert load_extra_vars(DataLoader()) == {"failback_run_id": "home-1", "failback_launch_servers": SERVERS}


@pytest.mark.parametrize("number", [0, 3])
def test_a_short_command_needs_no_file(place, number):
    assert "-e failback_run_id=home-1 " in made(
        {**LONG, "failback_launch_servers": dict(list(SERVERS.items())[:number])}
    )
    assert not place.exists()


def test_a_job_of_a_platform_keeps_no_file(place):
    assert "subnet-" in made(task_vars={"awx_job_id": 7}) and not place.exists()


def test_where_no_file_can_be_written_the_command_is_whole(place):
    place.write_text("in the way", encoding="utf-8")
    assert "subnet-" in made()


def test_every_action_writes_its_next_command_so(place):
    command = hands.Hands(None, {"ansible_play_hosts_all": []}).next("failback", LONG)
    assert command.startswith(f"ansible-playbook resilience.drs.failback -e @{place}{os.sep}failback-")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, ""),
        # as ansible-playbook has it where nobody typed -i
        ({"inventory": constants.DEFAULT_HOST_LIST}, ""),
        ({"inventory": ["/our cells/a.drs_accounts.yml", "b,"]}, " -i '/our cells/a.drs_accounts.yml' -i b,"),
        (
            {"vault_ids": ["dev@prompt"], "vault_password_files": ["/run/pw"], "ask_vault_pass": True},
            " --vault-id dev@prompt --vault-password-file /run/pw --ask-vault-pass",
        ),
    ],
)
def test_what_ansible_was_told_where_cells_stand_and_what_opens_a_vault_it_is_told_again(monkeypatch, typed, words):
    monkeypatch.setattr("ansible.context.CLIARGS", typed)
    short = {"failback_run_id": "home-1"}
    begins = "ansible-playbook resilience.drs.failback"
    assert made(short) == f"{begins} -e failback_run_id=home-1 --limit 'dr.*'{words} --check"
    assert made().startswith(f"{begins} -e @") and made().endswith(f" --limit 'dr.*'{words} --check")
    # where a platform keeps the cells and the vault, nobody else has their paths
    job = {"awx_job_id": 7}
    assert made(short, task_vars=job) == f"{begins} -e failback_run_id=home-1 --limit 'dr.*' --check"


def test_a_user_without_a_home_gets_the_whole_command_and_no_folder_named_tilde(monkeypatch, tmp_path):
    monkeypatch.delenv(run_store.PATH)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert "subnet-" in made() and os.listdir(tmp_path) == []
