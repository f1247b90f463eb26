"""Test times and durations as AWS writes them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import times
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=2))),
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00+00:00",
        "2026-01-31T14:00:00+0200",
        "2026-01-31T08:30:00-03:30",
        "2026-01-31T12:00Z",
        " 2026-01-31T12:00:00.000000000Z ",
    ],
)
def test_times_become_utc(value):
    assert times.parse_time(value) == NOON
    assert times.iso_time(value) == "2026-01-31T12:00:00Z"


def test_fractions_are_kept():
    assert times.iso_time("2026-01-31T12:00:00.5Z") == "2026-01-31T12:00:00.500000Z"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+02:60",
        "2026-01-31",
        17,
        True,
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_time_is_none(value):
    assert times.parse_time(value) is None
    assert times.iso_time(value) is None
    assert times.seconds_between(value, NOON) is None


def test_a_time_for_people_names_its_zone():
    assert times.clock_time("2026-01-31T13:00:59+01:00") == "2026-01-31 12:00Z"
    assert times.clock_time("soon") == "soon"


def test_ages_are_never_negative():
    assert times.seconds_between("2026-01-31T11:59:00Z", NOON) == 60
    assert times.seconds_between(NOON, "2026-01-31T11:59:00Z") == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("P0D", 0),
        ("PT0S", 0),
        ("PT15M", 900),
        ("P2DT1H32M12.136909S", 178332.136909),
        ("P1W", 604800),
        ("pt1h", 3600),
        ("-PT5S", 0),
        (timedelta(minutes=2), 120),
        (42, 42),
        (-1, 0),
        ("", None),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1M", None),
        ("P1Y", None),
        ("15m", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (datetime(2026, 1, 1), None),
        ({}, None),
        ("P" + "9" * 400 + "D", None),
    ],
)
def test_durations(value, seconds):
    assert times.iso_duration_seconds(value) == seconds


@given(st.integers(0, 999), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_the_parts_of_a_duration_add_up(days, hours, minutes, seconds):
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    assert times.iso_duration_seconds(f"P{days}DT{hours}H{minutes}M{seconds}S") == expected


@given(st.datetimes(timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_what_is_written_can_be_read(moment):
    text = times.iso_time(moment)
    assert text is None or times.parse_time(text) == moment


@given(st.text())
def test_no_text_makes_it_fail(text):
    times.parse_time(text)
    times.iso_duration_seconds(text)


@pytest.mark.parametrize("hours", [0, 2, -11])
def test_a_time_is_written_to_the_second_in_utc_whatever_its_zone(hours):
    moment = datetime(2026, 1, 31, 12, 0, 0, 999999, tzinfo=timezone.utc)
    assert times.second(moment.astimezone(timezone(timedelta(hours=hours)))) == "2026-01-31T12:00:00Z"
    assert times.second(datetime(7, 1, 31, tzinfo=timezone.utc)) == "0007-01-31T00:00:00Z"
