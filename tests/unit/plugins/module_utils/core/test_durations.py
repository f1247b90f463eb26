"""Durations: what is read, and what is refused."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration
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
    ],
)
def test_durations_are_read(value, seconds):
    assert parse_duration(value) == seconds


@pytest.mark.parametrize(
    "value", ["", " ", "m", "1w", "-1", -1, "1.5h", None, True, [], "30m1h", float("inf"), float("nan")]
)
def test_what_is_no_duration_is_refused(value):
    assert error_of(parse_duration, value).code == "invalid_duration"


@given(st.integers(0, 9), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_units_add_up(days, hours, minutes, seconds):
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert parse_duration(text) == ((days * 24 + hours) * 60 + minutes) * 60 + seconds
