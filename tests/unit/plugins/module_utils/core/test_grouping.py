"""Test that entries are grouped in the order in which they come."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import grouping


def test_keys_and_entries_come_as_they_came():
    assert list(grouping.group_by("bAaB", str.lower).items()) == [("b", ["b", "B"]), ("a", ["A", "a"])]
    first, second, third = ({"cell": "x", "n": 1}, {"cell": "y"}, {"cell": "x"})
    assert grouping.group_by_cell(iter((first, second, third))) == {"x": [first, third], "y": [second]}
    assert grouping.group_by_cell(()) == {}
