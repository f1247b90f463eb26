"""Test that every option that is a mapping or a list has an example, which is a value that it can have."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import values
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.examples import example

# What other tasks hand on, and nobody types.
_DOCUMENTS = ("plan_document", "result", "event")
OPTIONS = {
    verb.variable(one.name): (verb, one)
    for verb in request.VERBS.values()
    for one in verb.options
    if one.type in ("list", "dict") and not one.internal and one.name not in _DOCUMENTS
}


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_every_mapping_and_list_has_an_example_that_would_be_accepted(name):
    verb, option = OPTIONS[name]
    value = example(option, name)
    assert value, name
    taken = values.converted(option, value, name)
    if option.check is not None:
        option.check(taken, {one.name: one.default for one in verb.options} | {option.name: taken})


def told(verb, **given):
    with pytest.raises(DrsError) as caught:
        request.checked(verb, given)
    return caught.value.message


def test_a_wrong_type_says_what_to_type():
    assert told("recovery", selection="orders") == (
        "recovery_selection: 'orders' is not a mapping; write it as "
        """-e '{"recovery_selection": {"tags": {"dr:application": "payments"}}}'"""
    )
    assert told("recovery", selection={"tags": "orders"}).endswith(
        """is not a mapping, such as {"dr:application": "payments"}"""
    )
    assert told("launch_settings", servers=["web-01"]).startswith(
        """launch_settings_servers[0]: 'web-01' is not a mapping, such as {"name": "web-01", "settings": """
    )
    assert told("recovery", replace_recovery_instance_ids={"a": 1}).endswith(
        """is not a list; write it as -e '{"recovery_replace_recovery_instance_ids": ["i-1111111111111111a"]}'"""
    )
    assert told("recovery", expected_count="many").endswith("is not a whole number")
