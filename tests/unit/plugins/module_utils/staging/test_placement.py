"""Test placement over staging accounts: within limits, fewest accounts, deterministic."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import combinations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import placement
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st


def cell(name, used=0, limit=300, total_used=None, total_limit=4000, extend_to=None):
    return {
        "cell": name,
        "account_id": None,
        "region": "us-west-2",
        "used": used,
        "limit": limit,
        "total_used": used if total_used is None else total_used,
        "total_limit": total_limit,
        "extend_to": extend_to,
    }


def fourteen(**more):
    return [cell(f"staging-{number:02}", **more) for number in range(14)]


def spread(found):
    return {one["cell"]: one["servers"] for one in found["placements"]}


# -- examples ----------------------------------------------------------------------------------------------------------


def test_fourteen_accounts_of_300_take_3360_up_to_the_fill_target():
    found = placement.place(3360, fourteen())
    assert found["fits"] and set(spread(found).values()) == {240} and len(spread(found)) == 14
    assert {(one["used_after"], one["percent"], one["level"]) for one in found["placements"]} == {
        (240, 80.0, "warning")
    }


def test_one_more_than_fourteen_accounts_take_is_said_with_what_it_would_need():
    found = placement.place(3361, fourteen())
    assert not found["fits"] and (found["placed"], found["unplaced"], found["would_fit_at_limit"]) == (3360, 1, 3361)
    assert found["reasons"] == [
        "14 of 14 cells are at the fill target of 80 %",
        "1 server without a place: it takes 1 more staging account of 240 servers",
    ]


def test_fourteen_full_accounts_take_nothing():
    found = placement.place(1, fourteen(used=300))
    assert not found["fits"] and found["placements"] == [] and found["would_fit_at_limit"] == 0


def test_the_target_of_them_all_is_full_before_they_are():
    cells = fourteen(extend_to="payments")
    found = placement.place(4200, cells, {"payments": {"used": 250, "limit": 4000}}, 100)
    assert (found["placed"], found["unplaced"]) == (3750, 450)
    assert found["reasons"] == ["the target payments is full: 4000 of 4000 source servers"]


def test_a_target_that_nobody_read_takes_nothing():
    found = placement.place(5, [cell("a", extend_to="lost"), cell("b")])
    assert spread(found) == {"b": 5}
    found = placement.place(5, [cell("a", extend_to="lost")])
    assert found["unplaced"] == 5 and "the target lost was not read" in found["reasons"][0]


def test_the_rest_goes_to_the_tightest_cell_that_takes_all_of_it():
    cells = [cell("empty"), cell("half", used=120), cell("nearly", used=220)]
    assert spread(placement.place(20, cells)) == {"nearly": 20}
    assert spread(placement.place(21, cells)) == {"half": 21}
    assert spread(placement.place(250, cells)) == {"empty": 240, "nearly": 10}


def test_equal_cells_are_taken_in_the_order_of_their_names():
    assert list(spread(placement.place(500, [cell("c"), cell("a"), cell("b")]))) == ["a", "b", "c"]


def test_its_own_total_binds_a_cell_too():
    found = placement.place(10, [cell("a", used=0, total_used=3995)])
    assert spread(found) == {"a": 5} and found["unplaced"] == 5


def test_no_cell_at_all():
    found = placement.place(3, [])
    assert found["reasons"] == ["there is no staging cell to place 3 servers in"] and found["would_fit_at_limit"] == 0
    assert placement.place(0, [])["fits"]


@pytest.mark.parametrize(("planned", "fill"), [(-1, 80), (True, 80), (1, 0), (1, -5), (1, 100.1), (1, float("nan"))])
def test_impossible_wishes_are_refused(planned, fill):
    with pytest.raises(DrsError) as caught:
        placement.place(planned, [cell("a")], fill_percent=fill)
    assert caught.value.code == "invalid_option"


def test_a_cell_given_twice_is_refused():
    with pytest.raises(DrsError) as caught:
        placement.place(1, [cell("a"), cell("a")])
    assert caught.value.code == "duplicate_cell"


# -- properties --------------------------------------------------------------------------------------------------------

TARGETS = ("t1", "t2")
many = st.lists(
    st.builds(
        lambda used, limit, total, target: (used, limit, total, target),
        st.integers(0, 12),
        st.integers(0, 10),
        st.integers(0, 20),
        st.sampled_from((None, *TARGETS)),
    ),
    max_size=6,
).map(
    lambda rows: [
        cell(f"c{number}", used=used, limit=limit, total_limit=total, extend_to=target)
        for number, (used, limit, total, target) in enumerate(rows)
    ]
)
rooms = st.fixed_dictionaries(
    {name: st.fixed_dictionaries({"used": st.integers(0, 10), "limit": st.integers(0, 20)}) for name in TARGETS}
)
fills = st.sampled_from((1, 33.3, 50, 80, 99.9, 100))


@given(st.integers(0, 40), many, rooms, fills)
def test_nothing_is_ever_over_a_limit_and_nothing_is_lost(planned, cells, targets, fill):
    found = placement.place(planned, cells, targets, fill)
    by_name = {one["cell"]: one for one in cells}
    into: dict[str, int] = {}
    for one in found["placements"]:
        was = by_name[one["cell"]]
        assert one["servers"] > 0
        assert one["used_after"] == was["used"] + one["servers"] <= was["limit"] * fill / 100 + 1e-9
        assert was["total_used"] + one["servers"] <= was["total_limit"]
        if was["extend_to"]:
            into[was["extend_to"]] = into.get(was["extend_to"], 0) + one["servers"]
    for name, servers in into.items():
        assert targets[name]["used"] + servers <= targets[name]["limit"]
    assert found["placed"] == sum(spread(found).values()) and found["placed"] + found["unplaced"] == planned
    assert found["fits"] == (found["unplaced"] == 0) == (not found["reasons"])
    assert found["placed"] <= found["would_fit_at_limit"] <= planned


@given(st.integers(0, 40), many, rooms, fills, st.randoms())
def test_the_order_of_the_cells_does_not_matter(planned, cells, targets, fill, random):
    shuffled = list(cells)
    random.shuffle(shuffled)
    assert placement.place(planned, shuffled, targets, fill) == placement.place(planned, cells, targets, fill)


def _holds(cells, targets, fill):
    """How many servers some cells take together, reckoned in another way than the placement does."""
    alone = sum(placement.room(one, fill) for one in cells if not one["extend_to"])
    for name in TARGETS:
        free = max(0, targets[name]["limit"] - targets[name]["used"])
        alone += min(free, sum(placement.room(one, fill) for one in cells if one["extend_to"] == name))
    return alone


@given(st.integers(0, 40), many, rooms, fills)
def test_no_other_choice_needs_fewer_cells_or_places_more(planned, cells, targets, fill):
    found = placement.place(planned, cells, targets, fill)
    assert found["placed"] == min(planned, _holds(cells, targets, fill))
    fewer = len(found["placements"]) - 1
    if fewer >= 0:
        best = max(_holds(some, targets, fill) for some in combinations(cells, fewer))
        assert best < found["placed"]


@given(st.integers(1, 3360), st.lists(st.integers(0, 300), min_size=14, max_size=14))
def test_fourteen_staging_accounts_of_300_in_any_state(planned, used):
    cells = [cell(f"staging-{number:02}", used=one) for number, one in enumerate(used)]
    found = placement.place(planned, cells)
    assert all(one["used_after"] <= 240 for one in found["placements"])
    assert found["placed"] == min(planned, sum(max(0, 240 - one) for one in used))
