"""Test the choice of the snapshot that a launch uses."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-01-31T12:00:00Z"
LADDER = [{"snapshot_id": "pit-%017d" % hour, "timestamp": "2026-01-31T%02d:00:00Z" % hour} for hour in (8, 10, 9)]


@pytest.mark.parametrize(
    ("wanted", "hour"),
    [
        ("latest_available", 10),
        ("2026-01-31T23:00:00Z", 10),
        ("2026-01-31T10:00:00Z", 10),
        ("2026-01-31T09:59:59Z", 9),
        ("2026-01-31T08:30:00+00:00", 8),
        ("2026-01-31T10:30:00+02:00", 8),
        ("2026-01-31T07:59:59Z", None),
    ],
)
def test_the_newest_snapshot_that_is_not_newer_than_asked(wanted, hour):
    snapshot_id, timestamp, problem = points_in_time.choose_snapshot(LADDER, wanted)
    if hour is None:
        assert (snapshot_id, timestamp) == (None, None)
        assert "2026-01-31T08:00:00Z to 2026-01-31T10:00:00Z" in problem
    else:
        assert (snapshot_id, timestamp, problem) == ("pit-%017d" % hour, "2026-01-31T%02d:00:00Z" % hour, None)


def test_latest_asks_drs_without_a_snapshot():
    assert points_in_time.choose_snapshot(LADDER, "latest") == (None, None, None)


@pytest.mark.parametrize(
    "snapshots", [[], [{"snapshot_id": "pit-1", "timestamp": None}], [{"snapshot_id": None, "timestamp": NOW}]]
)
def test_a_snapshot_without_time_or_id_is_none(snapshots):
    assert points_in_time.choose_snapshot(snapshots, "latest_available") == (None, None, "there is no point in time")
    assert "at or before" in points_in_time.choose_snapshot(snapshots, NOW)[2]


@given(
    hours=st.lists(st.integers(0, 23), max_size=10),
    wanted=st.integers(0, 23),
    seed=st.randoms(use_true_random=False),
)
def test_never_newer_and_never_older_than_needed(hours, wanted, seed):
    ladder = [{"snapshot_id": "pit-%d" % hour, "timestamp": "2026-01-31T%02d:30:00Z" % hour} for hour in hours]
    seed.shuffle(ladder)
    chosen = points_in_time.choose_snapshot(ladder, "2026-01-31T%02d:30:00Z" % wanted)[0]
    allowed = [hour for hour in hours if hour <= wanted]
    assert chosen == ("pit-%d" % max(allowed) if allowed else None)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("yesterday", "neither"),
        ("2026-01-31", "neither"),
        ("2026-01-31T10:00:00", "time zone"),
        ("2026-01-31T12:00:01Z", "future"),
        (12, "neither"),
    ],
)
def test_a_point_in_time_that_cannot_be(wanted, says):
    form, found = points_in_time.resolve(wanted, NOW)
    assert (form, [item["code"] for item in found]) == ("latest", ["invalid_point_in_time"])
    assert says in found[0]["message"]


@pytest.mark.parametrize("wanted", ["yesterday", "2026-01-31T10:00:00"])
def test_a_point_in_time_that_cannot_be_chooses_nothing(wanted):
    assert points_in_time.choose_snapshot(LADDER, wanted)[0] is None
    assert points_in_time.choose_snapshot(LADDER, wanted)[2]
