"""Test the polling interval, and when existing data is fresh enough."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.pace import PollSchedule
from hypothesis import given
from hypothesis import strategies as st


def polled(schedule, actual):
    """Polls (the first at once) and lateness of a job that takes ``actual`` seconds."""
    elapsed, polls = 0.0, 1
    while elapsed < actual:
        elapsed += schedule.next(elapsed)
        polls += 1
    return polls, elapsed - actual


@pytest.mark.parametrize(
    ("expected", "actual", "most_polls", "most_late"),
    [
        (600, 612, 13, 5),  # the job of the bench, expected as usual
        (612, 612, 9, 0.1),  # expected from the job before it, and seen at its very end
        (612, 606, 9, 6),
        (600, 600, 9, 0.1),
        (300, 300, 8, 1),
        (60, 60, 7, 5),
        (10, 10, 4, 5),
        (600, 900, 27, 60),
        (600, 1800, 42, 60),
        (1200, 1210, 18, 5),
        (600, 130, 4, 120),  # earlier than expected: within half of what was to come
        (None, 612, 13, 5),
        (0, 612, 13, 5),
    ],
)
def test_few_polls_and_little_lateness(expected, actual, most_polls, most_late):
    polls, late = polled(PollSchedule(expected), actual)
    assert polls <= most_polls
    assert 0 <= late <= most_late


@given(expected=st.floats(1, 7200), actual=st.floats(0, 14400), minimum=st.floats(1, 30), maximum=st.floats(30, 600))
def test_lateness_is_bounded(expected, actual, minimum, maximum):
    schedule = PollSchedule(expected, minimum, maximum)
    late = polled(schedule, actual)[1]
    if actual >= expected + minimum:
        assert late <= max(minimum, min(0.25 * (actual - expected), maximum / 2)) + 1e-6
    else:
        assert late <= max(min(2 * minimum, maximum), min(0.6 * expected, maximum)) + 1e-6
        assert actual < expected - 2 * minimum or late <= 2 * minimum + 1e-6


@given(elapsed=st.floats(0, 1e6), expected=st.floats(1, 7200))
def test_no_wait_leaps_over_the_expected_end_by_more_than_the_minimum(elapsed, expected):
    schedule = PollSchedule(expected)
    wait = schedule.next(elapsed)
    assert 5 <= wait <= 120
    if elapsed < expected:
        assert elapsed + wait <= expected + 5
    else:
        assert wait <= 60


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 10), (-1, 10), (20, 10)])
def test_an_impossible_schedule_is_refused(minimum, maximum):
    with pytest.raises(ValueError, match="minimum"):
        PollSchedule(600, minimum, maximum)


def test_errors_are_retried_ever_more_slowly():
    assert [PollSchedule().after_error(number) for number in range(1, 8)] == [5, 10, 20, 40, 60, 60, 60]
    assert PollSchedule(600, 5, 6).after_error(10**6) == 5


# -- the options -----------------------------------------------------------------------------------------------------


def options(**changes):
    return {**{key: spec.get("default") for key, spec in pace.pace_spec(600, 5, 120, 7200).items()}, **changes}


def test_the_options_of_a_wait_are_its_pace():
    one = pace.of(options(heartbeat=30, max_errors=2))
    assert (one.timeout, one.heartbeat, one.max_errors) == (7200, 30, 2)
    assert (one.schedule.expected, one.schedule.minimum, one.schedule.maximum) == (600, 5, 120)


@pytest.mark.parametrize("changes", [{"heartbeat": 0}, {"poll_interval": 0}, {"poll_interval_max": 1}])
def test_intervals_that_cannot_be_are_refused(changes):
    with pytest.raises(DrsError) as caught:
        pace.of(options(**changes))
    assert caught.value.code == "invalid_option"


# -- the first look --------------------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("began", "fresh"),
    [
        (["2026-03-01T12:00:05Z"], True),
        (["2026-03-01T12:00:04Z"], False),
        (["2026-03-01T11:00:00Z", "2026-03-01T12:00:09Z"], True),  # the answer is as young as the youngest
        (["2026-03-01T12:00:12Z"], True),  # the clock's last answer may be older than the work
        ([None], False),
        ([], False),
    ],
)
def test_an_answer_older_than_a_poll_interval_is_no_first_look(began, fresh):
    assert pace.is_fresh(began, NOW, 5) is fresh


def test_without_the_services_clock_nothing_is_fresh():
    assert pace.is_fresh(["2026-03-01T12:00:10Z"], None, 5) is False


@given(st.floats(1, 600), st.floats(0, 30 * 86400))
def test_signs_of_life_become_rarer_after_the_first_hour_and_never_end(heartbeat, elapsed):
    silence = pace.beat_after(heartbeat, elapsed)
    assert heartbeat <= silence <= heartbeat * pace.RAREST_BEAT
    assert elapsed > 3600 or silence == heartbeat
    assert pace.beat_after(heartbeat, elapsed + 3600) >= silence


def test_a_wait_of_three_days_is_told_in_a_few_hundred_lines():
    now, lines = 0.0, 0
    while now < 3 * 86400:
        now += pace.beat_after(60, now)
        lines += 1
    assert lines < 500 and pace.beat_after(60, 3 * 86400) == 900


@pytest.mark.parametrize(
    ("spent", "max_wait", "timeout", "left"),
    [(0, 0, 60, 60), (999, 0, 60, 60), (0, 90, 60, 60), (50, 90, 60, 40), (90, 90, 60, 0), (91, 90, 60, 0)],
)
def test_the_time_for_all_waiting_is_spent_once(spent, max_wait, timeout, left):
    assert pace.time_left(spent, max_wait, timeout) == left
