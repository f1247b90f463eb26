"""Test tables of states: ended, failed, and the failure text."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states

TABLE = states.of_outcomes(done=("launched", "skipped"), going_on=("queued", "in_progress"))


def entries(*given):
    return [
        {"name": f"web-{n}", "outcome": one, "error": {"code": "x"} if one == "failed" else None}
        for n, one in enumerate(given)
    ]


def test_a_table_of_outcomes_knows_all_of_them_and_takes_silence_for_no_success():
    assert set(TABLE) == set(outcomes.OUTCOMES)
    assert TABLE["unknown"] == states.FAILED
    assert TABLE["terminated"] == states.FAILED, "a launch that ended as a termination is no success"


@pytest.mark.parametrize(
    ("given", "over"),
    [([], True), (["launched", "failed"], True), (["launched", "queued"], False), (["in_progress"], False)],
)
def test_a_wait_is_over_when_nothing_goes_on(given, over):
    assert states.is_over(given, TABLE) is over


def test_a_state_that_no_table_holds_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        states.is_over(["exploded"], TABLE)


@pytest.mark.parametrize(
    ("given", "any_", "all_"),
    [
        ([], False, False),
        (["launched", "skipped"], False, False),
        (["launched", "failed"], True, False),
        (["in_progress", "unknown"], True, True),
    ],
)
def test_when_a_wait_counts_as_failed(given, any_, all_):
    assert states.has_failed(entries(*given), TABLE, "any") is any_
    assert states.has_failed(entries(*given), TABLE, "all") is all_
    assert states.has_failed(entries(*given), TABLE, "never") is False


def test_the_failure_names_the_first_five():
    text = states.failure("payments", entries("launched", *["failed"] * 6), TABLE, "server", "did not succeed")
    assert text.startswith("payments: 6 of 7 servers did not succeed: web-1: failed (x), web-2")
    assert text.endswith("web-5: failed (x) and 1 more")
    one = states.failure("payments", entries("failed"), TABLE, "server", "did not succeed")
    assert one == "payments: 1 of 1 server did not succeed: web-0: failed (x)"
