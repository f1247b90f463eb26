"""Test comparing DRS settings: differences, reported changes, and what is left alone."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import compare
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.dictionaries(st.sampled_from(sorted(compare.LAUNCH_MEMBERS)), st.one_of(st.none(), st.booleans()))


@given(VALUES)
def test_what_is_not_given_is_not_looked_at_and_what_is_there_is_no_change(params):
    wanted = compare.launch_wanted(params)
    assert len(wanted) == sum(value is not None for value in params.values())
    assert compare.changes(wanted, wanted) == {}
    assert compare.changes({}, wanted) == wanted


def test_the_order_of_security_groups_and_rules_means_nothing():
    groups = {"replicationServersSecurityGroupsIDs": ["sg-1", "sg-2"]}
    assert compare.changes(groups, {"replicationServersSecurityGroupsIDs": ["sg-2", "sg-1"]}) == {}
    rules = compare.pit_policy(7)
    assert compare.changes({"pitPolicy": [{**one, "ruleID": 0} for one in reversed(rules)]}, {"pitPolicy": rules}) == {}
    assert compare.changes({"pitPolicy": rules}, {"pitPolicy": compare.pit_policy(8)}) != {}


def test_a_new_key_goes_with_its_mode():
    current = {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": "arn:1"}
    changed = compare.changes(current, {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": "arn:2"})
    assert changed == {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": "arn:2"}


def test_options_come_back_as_they_went():
    params = {"staging_area_subnet_id": "subnet-1", "pit_retention_days": 30, "bandwidth_throttling": 0}
    assert compare.as_options(compare.replication_wanted(params)) == params
    assert compare.as_options(compare.launch_wanted({"os_byol": False})) == {"os_byol": False}


@pytest.mark.parametrize(
    ("current", "missing"), [({}, {"a": "1"}), ({"a": "2"}, {"a": "1"}), ({"a": "1", "b": "2"}, {}), (None, {"a": "1"})]
)
def test_tags_of_others_stay(current, missing):
    assert compare.missing_tags(current, {"a": 1}) == missing


def test_a_diff_shows_what_changes_only():
    found = compare.diff("rct-1", {"copyTags": True, "copyPrivateIp": True}, {"copyTags": False}, {"a": "1"})
    assert (found["before"], found["after"]) == (
        {"copy_tags": True, "tags": {}},
        {"copy_tags": False, "tags": {"a": "1"}},
    )
