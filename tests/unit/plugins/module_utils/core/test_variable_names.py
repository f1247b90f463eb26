"""A variable that is nearly an option is a slip; one's own variables are nobody's business."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import variable_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.simulator import ROOT


def options():
    found = {}
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()
        found[path.parent.parent.name] = {name for one in specs for name in one.get("options") or ()}
    return found


OPTIONS = options()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("terminate_runid", "terminate_run_id"),
        ("terminate_run", "terminate_run_id"),
        ("recovery_selecton", "recovery_selection"),
        ("recovery_selections", "recovery_selection"),
        ("recovery_planname", "recovery_plan_name"),
        ("agent_deploy_fail_onn", "agent_deploy_fail_on"),
        ("failback_run-id", "failback_run_id"),
        ("server_extend_selectoin", "server_extend_selection"),
    ],
)
def test_a_slip_is_refused_with_what_was_meant(typed, meant):
    with pytest.raises(DrsError) as caught:
        variable_names.check([typed, "recovery_run_id"], OPTIONS)
    assert caught.value.code == "misspelt_variable"
    assert caught.value.message == f"'{typed}' is not '{meant}'; nothing would read it"


def test_all_slips_are_told_at_once_and_cleaned():
    with pytest.raises(
        DrsError, match="'recovery_run_ids' is not 'recovery_run_id', 'terminate_runid' is not"
    ) as caught:
        variable_names.check(["terminate_runid", "recovery_run_ids", "recovery_run_id\x1b[31m"], OPTIONS)
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    "name", ["recovery_owner", "recovery_ticket_url", "terminate", "my_recovery_run_idd", "drs_hosts", "x"]
)
def test_variables_of_ones_own_are_left_alone(name):
    assert variable_names.check([name], OPTIONS) == []


def test_every_option_of_every_role_is_known():
    everything = set(itertools.chain.from_iterable(OPTIONS.values()))
    of_a_role = {name for name in everything if variable_names.role_of(name, OPTIONS)}
    assert variable_names.check(everything, OPTIONS) == sorted(of_a_role) and len(of_a_role) > 150
