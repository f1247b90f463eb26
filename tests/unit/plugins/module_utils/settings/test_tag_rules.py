"""Test tag rules: which tags are copied, which are protected, and what has to be written."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import tag_rules
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.sampled_from(["dr:wave", "Name", "aws:cloudformation:stack-name", "AWSElasticDisasterRecoveryManaged"])
KEYS |= st.sampled_from(["ExtendedFrom", "DeploymentId", "resilience.drs/run", "owner"])
TAGS = st.dictionaries(KEYS, st.sampled_from(["1", "2", ""]))
NEVER = {"aws:cloudformation:stack-name", "AWSElasticDisasterRecoveryManaged", "ExtendedFrom"}
NEVER |= {"DeploymentId", "resilience.drs/run"}


@given(TAGS, TAGS, st.booleans())
def test_afterwards_nothing_differs_and_what_is_not_ours_was_not_touched(there, source, purge):
    include = ["dr:*", "Name", "owner", "a*", "A*", "E*", "D*", "r*"]
    write, delete = tag_rules.difference(there, source, include, (), purge)
    assert not NEVER & {*write, *delete}
    after = {key: value for key, value in {**there, **write}.items() if key not in delete}
    assert tag_rules.difference(after, source, include, (), purge) == ({}, [])
    assert purge or not delete
    for key in set(source) - NEVER:
        assert after[key] == source[key]


def test_patterns_mean_whole_keys_and_the_case_counts():
    assert tag_rules.is_in_scope("dr:wave", ["dr:*"], [])
    assert not tag_rules.is_in_scope("DR:wave", ["dr:*"], [])
    assert not tag_rules.is_in_scope("my-dr:wave", ["dr:*"], [])
    assert not tag_rules.is_in_scope("dr:wave", ["*"], ["dr:w?ve"])
    assert not tag_rules.is_in_scope("AWS:x", ["*"], [])


def test_no_more_tags_than_aws_allows():
    there = {f"k{number}": "x" for number in range(49)}
    assert tag_rules.difference(there, {"a": "1"})[0] == {"a": "1"}
    with pytest.raises(DrsError) as refused:
        tag_rules.difference(there, {"a": "1", "b": "1"})
    assert refused.value.code == "too_many_tags"
    # one that has more already and gets no new one is not our matter
    assert tag_rules.difference({f"k{number}": "x" for number in range(60)}, {}) == ({}, [])


@pytest.mark.parametrize(
    ("include", "exclude", "purge", "code"),
    [
        ([], [], False, "invalid_option"),
        ([""], [], False, "invalid_option"),
        (["*"], [" "], False, "invalid_option"),
        (["*"], [], True, "unfiltered_purge"),
        (["dr:*", "?*"], [], True, "unfiltered_purge"),
    ],
)
def test_filters_that_mean_nothing_or_too_much(include, exclude, purge, code):
    with pytest.raises(DrsError) as refused:
        tag_rules.check(include, exclude, purge)
    assert refused.value.code == code
    tag_rules.check(["dr:*"], [], True)


def test_a_source_is_the_machine_in_the_place_that_drs_names():
    machine = {"instance_id": "i-1", "account_id": "111111111111", "region": "us-east-1", "tags": {}}
    made = {**machine, "instance_id": "i-2", "managed_by_drs": True}
    known = tag_rules.by_instance([machine, made])
    server = {"instance_id": "i-1", "origin_account_id": "111111111111", "origin_region": "us-east-1"}
    assert tag_rules.source_of(server, known) == machine
    assert tag_rules.source_of({"instance_id": "i-1"}, known) == machine
    assert tag_rules.source_of({**server, "origin_account_id": "222222222222"}, known) is None
    assert tag_rules.source_of({**server, "origin_region": "eu-west-1"}, known) is None
    assert tag_rules.source_of({"instance_id": "i-2"}, known) is None
    assert tag_rules.source_of({"instance_id": None}, known) is None
