"""Who confirms: a request of a parent only where the installation says so, and never past a guardrail."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import people

PARENT = {"ansible_parent_role_names": ["resilience.drs.orchestrate"]}
OVERRIDE = {"guardrail": "max_servers_per_run", "reason": "the primary Region is down"}


@pytest.mark.parametrize(
    ("parent", "installed", "typed", "overrides", "trusted"),
    [
        (PARENT, "request", {}, [], True),
        (PARENT, "request", {}, [OVERRIDE], False),
        (PARENT, "request", {people.CONFIRMATION: "request"}, [], False),
        (PARENT, "typed", {}, [], False),
        (PARENT, None, {}, [], False),
        ({}, "request", {}, [], False),
    ],
)
def test_a_request_confirms_only_where_the_installation_says_so(
    monkeypatch, parent, installed, typed, overrides, trusted
):
    monkeypatch.setattr(people, "typed_variables", lambda _loader: typed)
    templar = SimpleNamespace(template=lambda value: value)
    variables = {**parent, people.CONFIRMATION: installed}
    assert people.by_request(None, variables, templar, overrides) is trusted


def test_a_request_is_told_its_own_option_and_not_a_variable_that_it_sets():
    assert people.confirmed_by("recovery_confirm", PARENT) == "options.confirm"
    assert people.confirmed_by("recovery_confirm", {}) == "recovery_confirm"


def test_what_was_typed_about_it_is_refused(monkeypatch):
    monkeypatch.setattr(people, "typed_variables", lambda _loader: {people.CONFIRMATION: "request"})
    with pytest.raises(DrsError) as caught:
        people.refuse_typed(None)
    assert caught.value.code == "confirmation_by_request"
