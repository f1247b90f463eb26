"""Test the variables of a verb: as the role sees them, and as they were given."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect

import ansible.template
import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.vars import load_extra_vars
from ansible.vars.manager import VariableManager
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request, typed_names
from ansible_collections.resilience.drs.plugins.plugin_utils._action import variables
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play

PLAN = "name: q4\nwaves:\n  - name: a\n    selector: {applications: [payments]}\n"


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """The values of a verb, from the variables of a task, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def read(task_vars, verb="recovery"):
        loader = DataLoader()
        data = task_vars
        if isinstance(task_vars, str):
            (tmp_path / "vars.yml").write_text(task_vars)
            # from ansible-core 2.19 on, only what is trusted is a template
            trusted = "trusted_as_template" in inspect.signature(loader.load_from_file).parameters
            data = loader.load_from_file(
                str(tmp_path / "vars.yml"), **({"trusted_as_template": True} if trusted else {})
            )
        return variables.role_values(verb, data, Templar(loader, variables=data))

    return read


def test_only_what_is_given_is_there_and_templates_are_filled_in(seen):
    told = seen(
        "{recovery_mode: drill, app: payments, recovery_selection: {applications: ['{{ app }}']}, recovery_confirm: ''}"
    )
    assert told == {"mode": "drill", "selection": {"applications": ["payments"]}}


def test_a_template_that_fails_names_its_variable(seen):
    with pytest.raises(DrsError) as caught:
        seen("{recovery_mode: drill, recovery_selection: '{{ nothing.there }}'}")
    assert caught.value.code == "invalid_option"
    assert caught.value.message.startswith("recovery_selection: ")


def test_a_plan_file_is_read_from_where_the_command_was_typed(seen, tmp_path):
    (tmp_path / "q4.yml").write_text(PLAN)
    told = seen({"recovery_mode": "drill", "recovery_plan_file": "q4.yml", "recovery_plan_document": {"name": "other"}})
    assert told["plan_file"] == str(tmp_path / "q4.yml")
    assert told["plan_document"]["name"] == "q4"
    assert request.checked("recovery", told)["plan_dir"] == str(tmp_path)


def test_task_files_travel_by_their_content(seen, tmp_path):
    (tmp_path / "check.yml").write_text("- debug:\n")
    told = seen({"recovery_mode": "drill", "recovery_validate_tasks": "check.yml"})
    assert told["validate_tasks"] == str(tmp_path / "check.yml")
    assert list(told["task_files"]) == ["validate_tasks"]


def test_typed_values_are_those_of_this_command_alone(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    typed = {"recovery_policy": {"max_failures": 3}, "recovery_override_reason": "", "other": 1}
    monkeypatch.setattr(load_extra_vars, "extra_vars", typed, raising=False)
    loader = DataLoader()
    told = variables.typed_values("recovery", loader, {}, Templar(loader, variables={}))
    assert told == {"policy": {"max_failures": 3}, "override_reason": ""}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recovery_selection", None),
        ("failback_selection", ""),
        ("agent_deploy_waves", ""),
        ("server_extend_selection", None),
    ],
)
def test_a_selection_that_was_typed_and_is_nothing_does_not_mean_everything(name, value):
    problem = variables.typed_problem([name], {name: value}, {}, Templar(DataLoader(), variables={}))
    assert problem is not None and "%s is empty, which would mean all" % name in problem.message


def test_an_empty_mapping_says_that_all_are_meant():
    typed = {"recovery_selection": "{}"}
    assert variables.typed_problem(list(typed), typed, {}, Templar(DataLoader(), variables={})) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("terminate_timeout", "a whole number"),
        ("status_detail", "true or false"),
        ("history_store", "a mapping"),
        ("capacity_fill_percent", "a number"),
        ("capacity_fail_at", "one of never"),
    ],
)
def test_no_text_for_an_option_that_is_handed_on_as_it_was_typed_names_the_variable(name, words):
    """As a survey gives it whose answer was left blank: a module would name its own option, in the middle of it all."""
    for nothing in ("", None):
        problem = variables.typed_problem([name], {name: nothing}, {}, Templar(DataLoader()))
        assert problem is not None and name in problem.message and words in problem.message
    for other in ("terminate_log_path", "recovery_max_wait", "history_kind", "runs_status", "report_test_type"):
        assert variables.typed_problem([other], {other: ""}, {}, Templar(DataLoader())) is None
    assert variables.typed_problem(["terminate_run_id"], {"terminate_run_id": None}, {}, Templar(DataLoader())) is None
    assert variables.typed_problem(["history_kind"], {"history_kind": None}, {}, Templar(DataLoader())) is not None


def test_an_option_of_the_whole_run_that_only_another_cell_has_is_refused(tmp_path):
    hosts = {"a": {"drs_region": "us-west-2"}, "b": {"drs_region": "us-east-1", "recovery_require_approval": True}}
    group = {"hosts": hosts, "vars": {"recovery_policy": {"max_failures": 1}, "drs_guardrails": {}}}
    file = tmp_path / "cells.yml"
    file.write_text(yaml.safe_dump({"all": {"children": {"drs_cells": group}}}), encoding="utf-8")
    loader = DataLoader()
    manager = VariableManager(loader=loader, inventory=InventoryManager(loader=loader, sources=[str(file)]))
    there = {"ansible_play_hosts_all": ["a", "b"]}
    names = typed_names.whole_run("recovery")
    assert {"recovery_require_approval", "terminate_run_id", "drs_guardrails", "drs_run_store"} <= names
    assert "drs_region" not in names and "failback_confirm" in typed_names.whole_run("orchestrate")
    assert not typed_names.whole_run("status")
    with pytest.raises(DrsError) as caught:
        variables.check_alike(manager, loader, there, names)
    assert caught.value.code == "option_differs"
    assert caught.value.message == "recovery_require_approval is not the same on a and on b"
    variables.check_alike(manager, loader, there, names - {"recovery_require_approval"})
    variables.check_alike(manager, loader, {"ansible_play_hosts_all": ["b"]}, names)


def test_what_a_play_omits_is_not_given():
    """As ``recovery_ticket: "{{ ticket | default(omit) }}"`` of whoever hands variables on."""
    left_out = trusted("{{ nowhere | default(omit) }}")
    seen = {"recovery_mode": "drill", "recovery_ticket": left_out, "recovery_expected_count": left_out}
    if not hasattr(ansible.template, "trust_as_template"):
        seen["omit"] = "__omit_place_holder__1"
    templar = Templar(DataLoader(), variables=seen)
    assert variables.role_values("recovery", seen, templar) == {"mode": "drill"}


def trusted(value):
    """A value as Ansible has it that has read it from a playbook: from ansible-core 2.19 on only that is a template."""
    if isinstance(value, dict):
        return {key: trusted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [trusted(one) for one in value]
    trust = getattr(ansible.template, "trust_as_template", None)
    return trust(value) if trust and isinstance(value, str) else value


@pytest.mark.parametrize(
    ("template", "refused"),
    [
        ("{{ drs_account_id == '2' }}", True),
        ({"max_failures": ["{{ drs_account_id }}"]}, True),
        ("{% if drs_account_id == '2' %}yes{% endif %}", True),
        # on one of both it fails
        ("{{ only_b }}", True),
        ("{{ 1 + 1 }}", False),
        ("{{ elsewhere }}", False),
        ("no template", False),
        (True, False),
        # another one each time is no matter of cells
        ("{{ 99999999 | random }}", False),
    ],
)
def test_an_option_of_the_whole_run_that_a_template_makes_per_cell_is_refused(template, refused):
    """An approval that is asked for one account alone would be read by nobody, or by all."""
    known = {"a": {"drs_account_id": "1"}, "b": {"drs_account_id": "2", "only_b": True}}
    play = object.__new__(Play)
    play.own, play.there = "a", ["a", "b"]
    play.variables = lambda host: {**known[host], "recovery_x": trusted(template)}
    play.template = lambda host, value: Templar(DataLoader(), variables=known[host]).template(value)
    names = {"recovery_x", "recovery_nowhere"}
    if not refused:
        variables.check_alike_made(play, names)
        return
    with pytest.raises(DrsError) as caught:
        variables.check_alike_made(play, names)
    assert caught.value.code == "option_differs"
    assert caught.value.message == "recovery_x is not the same on a and on b"


def test_what_the_inventory_gives_is_told_from_what_a_play_or_a_command_gives(tmp_path):
    (tmp_path / "hosts").write_text("cell\n")
    for folder in ("group_vars", "host_vars"):
        (tmp_path / folder).mkdir()
    (tmp_path / "host_vars" / "cell.yml").write_text("recovery_confirm: mine\n")
    (tmp_path / "group_vars" / "all.yml").write_text("terminate_confirm_recovery_instance_ids: [i-1]\nother: 1\n")
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(tmp_path / "hosts")])
    inventory.add_host("cell")  # whatever plugins of inventories this process has
    manager = VariableManager(loader=loader, inventory=inventory)
    seen = {
        "inventory_hostname": "cell",
        "recovery_confirm": "mine",
        "terminate_confirm_recovery_instance_ids": ["i-1"],
        "other": 1,
    }
    both = {"recovery_confirm", "terminate_confirm_recovery_instance_ids"}
    assert variables.of_inventory(manager, loader, seen, []) == both
    assert variables.of_inventory(manager, loader, seen, ["recovery_confirm"]) == both - {"recovery_confirm"}
    # a play, a role's variables or set_fact come before the inventory
    own = {**seen, "recovery_confirm": "FAILOVER shop 2 us-west-2"}
    assert variables.of_inventory(manager, loader, own, []) == both - {"recovery_confirm"}
