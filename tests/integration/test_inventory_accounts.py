"""Test inventory files of drs_accounts with `ansible-inventory` and `ansible-playbook`, without AWS."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
COLLECTIONS = Path(__file__).resolve().parents[2] / ".build"
SECRET = "s3cr3t-value"

FILE = """
plugin: resilience.drs.drs_accounts
defaults:
  role_name: DRSOrchestration
  external_id_env: DRS_EXTERNAL_ID
  regions: [us-west-2]
accounts:
  - account_id: "111111111111"
    name: payments
    regions: [us-west-2, us-east-2]
    vars:
      unit: finance
      evil: "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"
  - account_id: "222222222222"
    name: staging-a
    types: [staging, source]
    external_id_var: vaulted_external_id
  - account_id: "999999999999"
    role_name: ""
keyed_groups:
  - key: unit
    prefix: unit
"""

PLAY = """
- hosts: drs_cells
  gather_facts: false
  tasks:
    - name: A module runs with the Python of the controller
      ansible.builtin.ping:
    - name: What a task sees
      ansible.builtin.debug:
        msg: "{{ drs_cell }}|{{ drs_external_id | default('none') }}|{{ evil | default('') }}"
"""


def run(tmp_path, command, *arguments):
    """Run a tool of ansible-core in tmp_path; nothing of the caller's own Ansible or AWS settings reaches it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AWS_", "PYTHON"))}
    kept.update(
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        ANSIBLE_HOME=str(tmp_path / "home"),
        ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true",
        ANSIBLE_NOCOLOR="true",
        DRS_EXTERNAL_ID=SECRET,
    )
    return subprocess.run(
        [BIN / command, *arguments], cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=120, check=False
    )


def write(tmp_path, text=FILE, name="prod.drs_accounts.yml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_list_shows_cells_and_where_the_external_id_is_but_never_the_id(tmp_path):
    result = run(tmp_path, "ansible-inventory", "-i", write(tmp_path), "--list")
    assert result.returncode == 0, result.stderr
    assert SECRET not in result.stdout + result.stderr
    answer = json.loads(result.stdout)
    hosts = answer["_meta"]["hostvars"]
    assert set(hosts) == {
        "payments.us-west-2",
        "payments.us-east-2",
        "staging-a.us-west-2",
        "999999999999.us-west-2",
    }
    assert hosts["staging-a.us-west-2"] == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "drs_account_id": "222222222222",
        "drs_account_name": "staging-a",
        "drs_account_types": ["source", "staging"],
        "drs_assume_role_arn": "arn:aws:iam::222222222222:role/DRSOrchestration",
        "drs_cell": "staging-a.us-west-2",
        "drs_external_id": "{{ vaulted_external_id }}",
        "drs_region": "us-west-2",
        "drs_replicate_to": "staging-a.us-west-2",
    }
    assert hosts["payments.us-east-2"]["drs_external_id"] == "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"
    assert "drs_assume_role_arn" not in hosts["999999999999.us-west-2"]
    assert "drs_external_id" not in hosts["999999999999.us-west-2"]
    groups = {name: group.get("hosts") for name, group in answer.items()}
    assert groups["drs_staging"] == groups["drs_source"] == groups["drs_account_staging_a"] == ["staging-a.us-west-2"]
    assert groups["drs_region_us_east_2"] == ["payments.us-east-2"]
    assert groups["unit_finance"] == ["payments.us-west-2", "payments.us-east-2"]
    assert len(groups["drs_cells"]) == 4


def test_graph_with_variables_does_not_show_the_external_id(tmp_path):
    result = run(tmp_path, "ansible-inventory", "-i", write(tmp_path), "--graph", "--vars")
    assert result.returncode == 0, result.stderr
    assert "@drs_account_payments:" in result.stdout
    assert SECRET not in result.stdout + result.stderr


def test_constructed_features_cannot_write_the_external_id_down(tmp_path):
    text = FILE + (
        "  - {key: drs_external_id, prefix: leak}\n"
        "compose: {stolen: drs_external_id, drs_source_identity: \"'by-' ~ unit\"}\n"
        "groups: {leak: drs_external_id is defined, by_finance: drs_source_identity == 'by-finance'}\n"
    )
    result = run(tmp_path, "ansible-inventory", "-i", write(tmp_path, text), "--list")
    assert result.returncode == 0, result.stderr
    assert "by_finance" in json.loads(result.stdout)
    assert "leak" not in result.stdout
    assert "stolen" not in result.stdout
    assert SECRET.replace("-", "_") not in result.stdout.replace("-", "_")


def test_a_play_gets_the_external_id_at_run_time_and_text_of_the_file_stays_text(tmp_path):
    inventory = write(tmp_path)
    play = write(tmp_path, PLAY, "play.yml")
    result = run(
        tmp_path,
        "ansible-playbook",
        "-i",
        inventory,
        play,
        "-e",
        "vaulted_external_id=from-vault",
        "--limit",
        "*-west-2",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    evil = "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"
    assert f"payments.us-west-2|{SECRET}|{evil}" in result.stdout
    assert "staging-a.us-west-2|from-vault|" in result.stdout
    assert "999999999999.us-west-2|none|" in result.stdout
    assert "payments.us-east-2" not in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("us-west-2, us-east-2", "us-wset-2", "accounts[0].regions[0] 'us-wset-2' is not a Region"),
        ('"222222222222"', "022222222222", "YAML read it as a number"),
        ('"222222222222"', '"111111111111"', "duplicate cell, account 111111111111 in us-west-2"),
        ("external_id_env: DRS_EXTERNAL_ID", f"external_id: {SECRET}", "defaults.external_id: a literal external id"),
        ("    name: payments", f"    nmae: {SECRET}", "accounts[0].nmae is not a known key. Did you mean 'name'?"),
        ("keyed_groups:", "keyed_group:", "keyed_group is not a known key. Did you mean 'keyed_groups'?"),
        ("accounts:", f"accounts: {{a: {SECRET}}}\nold:", "old is not a known key"),
    ],
)
def test_a_bad_file_stops_the_run_with_the_field_and_the_fix(tmp_path, old, new, message):
    assert old in FILE
    result = run(tmp_path, "ansible-inventory", "-i", write(tmp_path, FILE.replace(old, new, 1)), "--list")
    assert result.returncode != 0
    # Older versions of core wrap what they print.
    assert message in " ".join(result.stderr.split())
    assert SECRET not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
