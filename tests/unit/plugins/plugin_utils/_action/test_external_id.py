"""Test what the actions know of a cell's access before they open it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cells
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import empty_external_id


ROOT = Path(__file__).resolve().parents[5]


@pytest.mark.parametrize(
    ("expression", "has_one", "name"),
    [
        ("{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}", False, "DRS_EXTERNAL_ID"),
        ("{{ vault_payments_external_id }}", False, "vault_payments_external_id"),
        ("{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}", True, ""),
        (None, False, ""),
        ("", False, ""),
        ("what somebody wrote into the inventory itself", False, ""),
    ],
)
def test_the_variable_of_an_external_id_is_named_when_it_is_empty(expression, has_one, name):
    assert empty_external_id(expression, has_one) == name
    if not has_one:
        words = f"Set the variable {name}: " if name else "Give the account external_id_env "
        assert cells.external_id_remedy(expression).startswith(words)


def test_a_set_up_without_an_external_id_names_the_variable():
    tasks = yaml.safe_load((ROOT / "roles" / "account_setup" / "tasks" / "main.yml").read_text(encoding="utf-8"))
    (said,) = [
        one["ansible.builtin.assert"]["fail_msg"] for one in tasks if one["name"] == "Require what every account needs"
    ]
    assert said.startswith("missing_external_id: {{ inventory_hostname }} has no external id")
    assert said.endswith("Remedy: {{ __account_setup_checked.external_id_remedies[inventory_hostname] }}")


class Cell:
    def __init__(self, params):
        if not params:
            raise DrsError("invalid_option", "no cell")
        self.has_external_id = bool(params.get("external_id"))


class Play:
    OPTIONS = {"a": {"region": "x"}, "b": {"region": "x", "external_id": "s"}, "c": {}}

    def cell_options(self, name):
        return self.OPTIONS[name]

    def variables(self, _name):
        return {"drs_external_id": "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"}


def test_each_session_knows_the_variable_that_its_role_will_miss(monkeypatch):
    monkeypatch.setattr(cells, "Cell", Cell)
    opened = cells.open_cells(Play(), ["a", "b", "c"])
    assert (opened["a"].empty_external_id, opened["b"].empty_external_id) == ("DRS_EXTERNAL_ID", "")
    assert isinstance(opened["c"], DrsError)
