"""Test tags: selection, grouping and order of waves, durations."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st

WAVES = st.one_of(
    st.none(), st.text(max_size=6), st.integers(0, 30).map(str), st.sampled_from(["web2", "web10", " 1 "])
)


def server(number: int = 1, **tags_: str) -> dict:
    return {
        "source_server_id": f"s-{number:017d}",
        "name": f"web-{number}",
        "cell": "a.eu-west-1",
        "account_id": "111111111111",
        "region": "eu-west-1",
        "tags": {key.replace("__", ":"): value for key, value in tags_.items()},
    }


def error_of(call, *args, **kwargs) -> DrsError:
    with pytest.raises(DrsError) as caught:
        call(*args, **kwargs)
    return caught.value


# -- keys -------------------------------------------------------------------------------------------------------------
def test_overrides_replace_the_spellings_of_their_name_only():
    keys = tags.resolve_keys({"wave": "Stage", "tier": ["T1", "T2"]})
    assert (keys["wave"], keys["tier"]) == (("Stage",), ("T1", "T2"))
    assert keys["application"] == tags.DEFAULT_TAG_KEYS["application"]
    assert tags.resolve_keys(None) == tags.DEFAULT_TAG_KEYS


@pytest.mark.parametrize(
    "overrides", [{"waves": "x"}, {"wave": []}, {"wave": ""}, {"wave": None}, {"wave": ["a", " "]}]
)
def test_unusable_overrides_are_refused(overrides):
    assert error_of(tags.resolve_keys, overrides).code == "invalid_tag_key"


def test_the_first_spelling_found_counts():
    keys = tags.DEFAULT_TAG_KEYS["wave"]
    assert tags.tag_value({"Wave": "3", "DR-Wave": " 2 "}, keys) == "2"
    assert tags.tag_value({"Wave": "3", "dr:wave": ""}, keys) == ""
    assert tags.tag_value({"wave": "3"}, keys) is None
    assert tags.tag_value(None, keys) is None
    assert tags.tag_value({"app": 7}, "app") == "7"


# -- matching ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        (None, True),
        ({"a": "1"}, True),
        ({"a": 1}, True),
        ({"a": "1", "b": "x"}, True),
        ({"a": "1", "b": "y"}, False),
        ({"a": ["2", "1"]}, True),
        ({"a": []}, False),
        ({"b": " x "}, True),
        ({"b": "X"}, False),
        ({"c": "x"}, False),
        ({"on": True}, True),
        ({"on": False}, False),
        ({"on": [False, True]}, True),
    ],
)
def test_all_keys_and_any_of_a_list_must_match(wanted, expected):
    assert tags.matches({"a": "1", "b": "x ", "on": "Yes"}, wanted) is expected


def test_a_key_may_be_the_name_of_a_role():
    keys = tags.resolve_keys()
    assert tags.matches({"DR-Application": "shop"}, {"application": "shop"}, keys)
    assert not tags.matches({"DR-Application": "shop"}, {"application": "shop"})


TAGS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3"]), max_size=4)


@given(TAGS, TAGS, TAGS)
def test_more_wishes_never_match_more(carried, one, other):
    both = {**one, **other}
    assert tags.matches(carried, carried)
    if tags.matches(carried, both):
        assert all(carried[key] == value for key, value in both.items())
    if not tags.matches(carried, other):
        assert not tags.matches(carried, both)


# -- selection --------------------------------------------------------------------------------------------------------
def test_an_empty_selection_takes_everything_but_the_disabled():
    fleet = [server(1), server(2, dr__enabled="No"), server(3, DREnabled="true"), server(4, dr__enabled="")]
    selected, excluded = tags.select(fleet, {})
    assert [one["name"] for one in selected] == ["web-1", "web-3", "web-4"]
    assert [(one["name"], one["reason_code"]) for one in excluded] == [("web-2", "not_enabled")]
    keys = {"source_server_id", "name", "cell", "account_id", "region", "reason_code", "reason", "tag"}
    assert set(excluded[0]) == keys and excluded[0]["tag"] == "dr:enabled=No"


def test_a_disabled_server_is_not_selected_by_its_id_either():
    one = server(1, dr__enabled="off")
    selected, excluded = tags.select([one], {"source_server_ids": [one["source_server_id"]]})
    assert (selected, excluded[0]["reason_code"]) == ([], "not_enabled")


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        ({"tags": {"env": "prod"}}, ["web-1", "web-2"]),
        ({"applications": ["shop"]}, ["web-1", "web-3"]),
        ({"waves": [2]}, ["web-2", "web-3"]),
        ({"source_server_ids": ["s-00000000000000003"]}, ["web-3"]),
        ({"tags": {"env": "prod"}, "applications": "shop", "waves": ["1"]}, ["web-1"]),
        ({"tags": {"env": "prod"}, "applications": ["shop"], "waves": ["2"]}, []),
        (None, ["web-1", "web-2", "web-3"]),
    ],
)
def test_all_criteria_must_hold(selection, names):
    fleet = [
        server(1, env="prod", app="shop", Wave="1"),
        server(2, env="prod", app="mail", Wave="2"),
        server(3, env="test", app="shop", Wave="2"),
    ]
    selected, excluded = tags.select(fleet, selection)
    assert [one["name"] for one in selected] == names
    assert {one["reason_code"] for one in excluded} <= {"not_selected"}
    assert all(one["reason"].startswith("Not selected: ") for one in excluded)


def test_a_key_that_nobody_carries_is_refused_with_near_spellings():
    fleet = [server(1, dr__wave="1", Application="shop"), server(2, Environment="prod")]
    error = error_of(tags.select, fleet, {"tags": {"application": "shop", "environment": "prod", "zzz": "1"}})
    assert error.code == "unknown_tag_key"
    assert error.details["keys"] == ["environment", "zzz"]
    assert error.details["near"] == {"environment": ["Environment"], "zzz": []}
    assert "Environment" in error.message


@pytest.mark.parametrize("selection", [{"applications": ["shop"]}, {"waves": ["1"]}])
def test_selecting_by_a_role_that_nobody_is_tagged_with_is_refused(selection):
    assert error_of(tags.select, [server(1, env="x")], selection).code == "unknown_tag_key"


def test_no_servers_are_not_an_unknown_key():
    assert tags.select([], {"tags": {"x": "y"}}) == ([], [])


@given(st.lists(TAGS, max_size=12), TAGS)
def test_selection_splits_the_fleet_and_keeps_the_order(carried, wanted):
    fleet = [dict(server(number), tags=one) for number, one in enumerate(carried)]
    known = tags.known_keys(fleet)
    wanted = {key: value for key, value in wanted.items() if key in known}
    selected, excluded = tags.select(fleet, {"tags": wanted})
    ids = [one["source_server_id"] for one in fleet]
    chosen = [one["source_server_id"] for one in selected]
    left = [one["source_server_id"] for one in excluded]
    assert sorted(chosen + left) == ids
    assert chosen == sorted(chosen) and left == sorted(left)
    assert all(tags.matches(one["tags"], wanted) for one in selected)


@pytest.mark.parametrize(
    ("key", "near"), [("DRWave", "dr:wave"), ("dr_wave", "dr:wave"), ("Aplication", "Application"), ("qqq", None)]
)
def test_near_spellings(key, near):
    found = tags.near_keys(key, ["Application", "dr:wave", "Name"])
    assert found[:1] == ([near] if near else [])


# -- waves ------------------------------------------------------------------------------------------------------------
def test_numbers_before_names_before_none():
    expected = ["1", "2", "10", "1a", "Web2", "web10", "zone", None]
    shuffled = list(expected)
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=tags.wave_key) == expected


@given(st.lists(WAVES, max_size=20))
def test_the_order_of_waves_is_total_and_does_not_depend_on_where_they_came_from(waves):
    shuffled = list(waves)
    random.Random(7).shuffle(shuffled)
    ordered = sorted(waves, key=tags.wave_key)
    assert [tags.wave_key(one) for one in sorted(shuffled, key=tags.wave_key)] == [
        tags.wave_key(one) for one in ordered
    ]
    numbers = [int(one.strip()) for one in ordered if one and one.strip().isascii() and one.strip().isdigit()]
    assert numbers == sorted(numbers)
    empty = [not (one or "").strip() for one in ordered]
    assert empty == sorted(empty)


@given(st.lists(WAVES, max_size=20))
def test_every_server_is_in_exactly_one_wave(waves):
    fleet = [dict(server(number), tags={} if wave is None else {"Wave": wave}) for number, wave in enumerate(waves)]
    groups = tags.group_by_wave(fleet)
    assert sorted(one["source_server_id"] for group in groups.values() for one in group) == [
        one["source_server_id"] for one in fleet
    ]
    for wave, group in groups.items():
        assert group
        assert all((tags.tag_value(one["tags"], "Wave") or "default") == wave for one in group)
        assert [one["source_server_id"] for one in group] == sorted(one["source_server_id"] for one in group)


def test_untagged_servers_run_last_in_the_default_wave():
    fleet = [server(1), server(2, Wave="zebra"), server(3, Wave="2"), server(4, Wave=" ")]
    assert list(tags.group_by_wave(fleet)) == ["2", "zebra", "default"]
    assert list(tags.group_by_wave(fleet, default_wave="0")) == ["2", "zebra", "0"]


def test_a_default_wave_that_somebody_names_takes_its_place():
    fleet = [server(1), server(2, Wave="3"), server(3, Wave="1")]
    groups = tags.group_by_wave(fleet, default_wave="1")
    assert [(wave, len(group)) for wave, group in groups.items()] == [("1", 2), ("3", 1)]
