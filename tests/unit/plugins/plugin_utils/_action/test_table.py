"""Test the table of modules that share one action: functions, documentation and parameters exist."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.plugin_utils._action import controller
from ansible_collections.resilience.drs.plugins.plugin_utils._action.table import TABLE
from support.actions import run_action

PLUGINS = "ansible_collections.resilience.drs.plugins"
ROOT = Path(__file__).resolve().parents[5]
SENT = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["plugin_routing"]["modules"]


def documented(name: str) -> dict:
    """The options in a module's documentation, with those of its fragments."""
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    doc = yaml.safe_load(module.DOCUMENTATION)
    options = dict(doc.get("options") or {})
    for fragment in doc["extends_documentation_fragment"]:
        file, _dot, variant = fragment.removeprefix("resilience.drs.").partition(".")
        holder = importlib.import_module(f"{PLUGINS}.doc_fragments.{file}").ModuleDocFragment
        options.update(yaml.safe_load(getattr(holder, variant.upper() or "DOCUMENTATION")).get("options") or {})
    return options


def test_exactly_the_modules_of_the_table_and_those_of_one_cell_are_sent_to_its_action():
    of_one_cell = {
        path.stem
        for path in (ROOT / "plugins" / "modules").glob("drs_*.py")
        if "run_in_cell(" in path.read_text(encoding="utf-8")
    }
    assert len(of_one_cell) > 20 and not of_one_cell & set(TABLE)
    assert {name: {"action_plugin": "resilience.drs.drs_controller"} for name in {*TABLE, *of_one_cell}} == SENT


def test_no_module_of_the_table_has_an_action_or_code_of_its_own():
    for name in SENT:
        assert not (ROOT / "plugins" / "action" / f"{name}.py").exists()
    for name in TABLE:
        assert "def main" not in (ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLE)
def test_a_row_names_what_is_there(name):
    function, spec, rules = TABLE[name].function_spec_and_rules()
    assert len(inspect.signature(function).parameters) == (2 if TABLE[name].writes else 1)
    ArgumentSpecValidator(dict(spec), **rules)


@pytest.mark.parametrize("name", TABLE)
def test_the_documentation_has_the_options_of_the_spec(name):
    _function, spec, _rules = TABLE[name].function_spec_and_rules()
    said = {key: (one["type"], one.get("required", False), one.get("default")) for key, one in documented(name).items()}
    assert said == {
        key: (one.get("type", "str"), one.get("required", False), one.get("default")) for key, one in spec.items()
    }


def test_the_action_is_no_module_to_call():
    with pytest.raises(AnsibleError, match="not for playbooks"):
        run_action("drs_controller")


def test_what_is_said_of_options_names_the_module():
    with pytest.raises(AnsibleError, match=r"\(resilience\.drs\.drs_run_info\) module: nonsense"):
        run_action("drs_run_info", nonsense=1)


def test_what_fails_after_its_page_is_not_left_as_complete():
    page = artifact.artifact("deploy_plan", {"waves": []})
    told = {"failed": True, "msg": "no_cells: x", **artifact.stats(page)}
    left = controller._left_as_failed(told)["ansible_stats"]["data"][artifact.NAME]
    assert page["status"] == "complete" and (left["status"], left["error"]) == ("failed", "no_cells")
    good = {"changed": False, **artifact.stats(page)}
    assert controller._left_as_failed(good) == good
