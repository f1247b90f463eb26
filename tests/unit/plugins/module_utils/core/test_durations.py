"""Test reading durations: accepted and refused forms."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration, has_unit
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st


def error_of(call, *args, **kwargs) -> DrsError:
    with pytest.raises(DrsError) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (900, 900),
        (1.9, 1),
        ("900", 900),
        ("900s", 900),
        ("15m", 900),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1 H", 3600),
        ("2d", 172800),
        ("4 hours", 14400),
        ("4h", 14400),
        ("PT4H", 14400),
        ("1.5h", 5400),
        ("00:15:00", 900),
        ("P1D", 86400),
        ("P1DT2H", 93600),
        ("15 min", 900),
        ("90 secs", 90),
        ("1 hour and 30 minutes", 5400),
        ("1 Day, 2 hrs.", 93600),
        ("24:00:00", 86400),
    ],
)
def test_durations_are_read(value, seconds):
    assert parse_duration(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "m",
        "1w",
        "-1",
        -1,
        "00:15",
        "1h30",
        "PT",
        "4 weeks",
        "4,5h",
        "1,500 s",
        "four hours",
        "15m\n30",
        None,
        True,
        [],
        "30m1h",
        float("inf"),
        float("nan"),
    ],
)
def test_what_is_no_duration_is_refused(value):
    assert error_of(parse_duration, value).code == "invalid_duration"


@given(st.integers(0, 9), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_units_add_up(days, hours, minutes, seconds):
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert parse_duration(text) == ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@pytest.mark.parametrize(
    ("value", "unit", "seconds"), [(30, 60, 1800), ("30", 60, 1800), ("1.5", 3600, 5400), ("30m", 3600, 1800)]
)
def test_a_number_without_a_unit_takes_the_one_that_is_given(value, unit, seconds):
    assert parse_duration(value, unit) == seconds


@pytest.mark.parametrize(
    ("value", "said"), [("30", False), (30, False), ("1.5 ", False), ("30 s", True), ("PT1H", True)]
)
def test_whether_a_unit_is_said(value, said):
    assert has_unit(value) is said
