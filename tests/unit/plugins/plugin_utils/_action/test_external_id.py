"""Test what the actions know of a cell's access before they open it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import empty_external_id


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
