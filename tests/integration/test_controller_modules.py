"""Test the modules that share one controller action, called from playbooks, also in check mode and shipped."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.playbook import BIN
from support.simulator import ROOT

PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    resilience.drs.drs_history_info: {store: {path: %(store)s}, limit: 7}
    group/resilience.drs.cell: {assume_role_arn: arn:aws:iam::111111111111:role/none}
  tasks:
    - resilience.drs.drs_history_info:
      register: asked
    - ansible.builtin.debug: {msg: "by its name {{ asked.store }}"}
    # knows no limit: a default that leaks is an option that it refuses
    - resilience.drs.drs_wave_verdict: {wave: {wave: "1", servers: []}, started: {}}
      register: verdict
    - ansible.builtin.debug: {msg: "no leak {{ verdict.reason }}"}
    - resilience.drs.drs_history_record:
        result:
          {kind: recovery, mode: drill, run_id: run-1, servers: [{cell: a.us-west-2, account_id: "111111111111",
           region: us-west-2, source_server_id: s-1, outcome: launched}]}
        store: {path: %(store)s}
      check_mode: true
      register: recorded
    - ansible.builtin.debug: {msg: "in check mode {{ recorded.recorded }} {{ recorded.overall.status }}"}

- hosts: localhost
  gather_facts: false
  collections: [resilience.drs]
  tasks:
    - drs_history_info: {store: {path: %(store)s}}
      register: asked
    - ansible.builtin.debug: {msg: "in short {{ asked.records | length }}"}
"""
# Each of the last three asks for what only a process of its own can give.
OF_A_CELL = """
- hosts: localhost
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  module_defaults:
    group/resilience.drs.drs: {region: us-west-2, external_id: not-for-anybody}
  tasks:
    - resilience.drs.drs_service:
      check_mode: true
      register: here
    - resilience.drs.drs_service: {check_roles: true}
      check_mode: true
      environment: {AWS_MAX_ATTEMPTS: "2"}
      register: with_environment
    - resilience.drs.drs_capacity_info: {}
      async: 60
      poll: 1
      register: at_its_leisure
      ignore_errors: true
    - resilience.drs.drs_service:
      check_mode: true
      vars: {ansible_python_interpreter: "%s"}
      register: by_another_python
    - ansible.builtin.assert:
        that:
          - here.initialised and here == with_environment and here == by_another_python
          - at_its_leisure.error.code == 'UninitializedAccountException'
    - resilience.drs.drs_service: {region: nowhere-9}
      register: wrong
      ignore_errors: true
    - resilience.drs.drs_service: {region: nowhere-9}
      environment: {AWS_MAX_ATTEMPTS: "2"}
      register: wrong_too
      ignore_errors: true
    - ansible.builtin.assert: {that: [wrong is failed, wrong.error == wrong_too.error, wrong.msg == wrong_too.msg]}
"""
WRONG = """
- hosts: localhost
  gather_facts: false
  tasks: [{%s: {nonsense: 1}}]
"""


@pytest.fixture
def play(tmp_path):
    def go(text: str, **more: str) -> subprocess.CompletedProcess:
        path = tmp_path / "play.yml"
        path.write_text(text, encoding="utf-8")
        # an ansible.cfg of the person who runs the tests must not decide over their result
        (tmp_path / "ansible.cfg").touch()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AWS_"))}
        env = {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_HOME": str(tmp_path / "home"),
            "ANSIBLE_NOCOLOR": "true",
            "LC_ALL": "C.UTF-8",
            **more,
        }
        command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(path)]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    return go


def test_by_every_name_with_defaults_of_their_own_and_in_check_mode(play, tmp_path):
    run = play(PLAYBOOK % {"store": tmp_path / "store"})
    assert run.returncode == 0, run.stdout + run.stderr
    for said in (f"by its name {tmp_path}/store", "no leak proceed", "in check mode False succeeded", "in short 0"):
        assert said in run.stdout


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("resilience.drs.drs_run_info", "Unsupported parameters for (resilience.drs.drs_run_info) module: nonsense"),
        ("resilience.drs.drs_controller", "resilience.drs.drs_controller is not for playbooks"),
    ],
)
def test_what_is_wrong_is_told_under_the_name_of_the_module(play, module, said):
    run = play(WRONG % module)
    assert run.returncode == 2 and said in run.stdout


def test_a_module_of_a_cell_gives_the_same_in_the_process_of_its_task_as_shipped(play, tmp_path, start_simulator):
    world, shipped = start_simulator("minimal"), tmp_path / "shipped"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    kept = {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TMP": str(shipped), "ANSIBLE_ASYNC_DIR": str(tmp_path)}
    run = play(OF_A_CELL % python, **world.aws_env, **kept)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "not-for-anybody" not in run.stdout + run.stderr
    assert len(list(shipped.glob("*/AnsiballZ_drs_service.py"))) == 3
    assert len(list(shipped.glob("*/AnsiballZ_drs_capacity_info.py"))) == 1
