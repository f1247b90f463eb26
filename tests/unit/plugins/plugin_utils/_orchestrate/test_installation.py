"""What an installation has decided holds for the requests of its parents."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as asked_for
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate import installation


def kept(variables, action="drill", **options):
    made = asked_for.settings({"action": action, "tags": {"DR-Wave": "1"}, "options": options})
    installation.keep(request.VERBS[made["verb"]], made["options"], variables.get)
    return made["options"]


@pytest.mark.parametrize(
    ("variable", "value", "option"),
    [
        ("recovery_require_approval", True, "require_approval"),
        ("recovery_require_full_coverage", True, "require_full_coverage"),
        ("recovery_drill_network", {"subnet_ids": ["subnet-1"]}, "drill_network"),
        ("recovery_validate_tasks", "/plans/check.yml", "validate_tasks"),
        ("recovery_guardrails", {"max_servers_per_run": 3}, "guardrails"),
        ("drs_guardrails", {"max_servers_per_run": 3}, "guardrails"),
    ],
)
def test_a_precaution_of_the_inventory_holds_for_a_request_that_does_not_say_it(variable, value, option):
    assert kept({variable: value})[option] == value
    assert not kept({})[option]


def test_a_request_takes_no_precaution_away():
    assert kept({"recovery_require_approval": True}, requireApproval=False)["require_approval"] is True
    assert kept({"failback_require_approval": "yes"}, "failback")["require_approval"] is True
    assert kept({}, requireApproval=True)["require_approval"] is True


def test_guardrails_of_one_verb_go_before_those_of_all_and_a_request_only_tightens_them():
    both = {"recovery_guardrails": {"max_servers_per_run": 3}, "drs_guardrails": {"max_servers_per_run": 9}}
    assert kept(both)["guardrails"] == {"max_servers_per_run": 3}
    limited = kept({"drs_guardrails": {"max_servers_per_run": 9}}, guardrails={"max_servers_per_wave": 2})
    assert limited["guardrails"] == {"max_servers_per_run": 9, "max_servers_per_wave": 2}
    with pytest.raises(DrsError, match="max_servers_per_run: 10, and the installation allows 9"):
        kept({"drs_guardrails": {"max_servers_per_run": 9}}, guardrails={"max_servers_per_run": 10})


def test_the_policy_of_the_inventory_holds_but_for_what_the_contract_says():
    policy = {"min_readiness": "lagging", "max_failures": 5, "continue_on_failure": True}
    assert kept({"recovery_policy": policy})["policy"] == {"min_readiness": "lagging"}
    assert kept({"recovery_policy": policy}, maxFailures=1)["policy"] == {"min_readiness": "lagging", "max_failures": 1}
