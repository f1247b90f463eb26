"""Test the closed list of outcomes and the shape of a result."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st


def test_every_key_is_always_there():
    entry = outcomes.server_entry("planned")
    assert tuple(entry) == outcomes.ENTRY_KEYS
    assert (entry["changed"], entry["adopted"], entry["critical"], entry["error"]) == (False, False, False, None)


def test_a_server_supplies_names_and_values_go_over_it():
    server = {"source_server_id": "s-1", "name": "web", "cell": "a.eu-west-1", "tags": {"x": "y"}, "outcome": "failed"}
    entry = outcomes.server_entry("launched", server, name="other", changed=True)
    assert (entry["source_server_id"], entry["name"], entry["outcome"], entry["changed"]) == (
        "s-1",
        "other",
        "launched",
        True,
    )
    assert "tags" not in entry


def test_the_error_of_an_earlier_entry_is_not_inherited():
    failed = outcomes.server_entry("failed", error=DrsError("launch_failed"))
    assert outcomes.server_entry("launched", failed)["error"] is None


def test_an_outcome_outside_the_list_is_refused():
    with pytest.raises(ValueError, match="not one of planned, queued"):
        outcomes.server_entry("succeeded")


def test_a_value_the_entry_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no ipaddress"):
        outcomes.server_entry("launched", ipaddress="10.0.0.1")


def test_durations_are_derived():
    entry = outcomes.server_entry(
        "launched",
        started_at="2026-01-01T10:00:00Z",
        ended_at="2026-01-01T10:12:30Z",
        point_in_time="2026-01-01T09:59:00Z",
    )
    assert entry["duration_seconds"] == 750
    assert entry["data_age_seconds"] == 60


def test_given_durations_stand():
    entry = outcomes.server_entry("failed", started_at="2026-01-01T10:00:00Z", duration_seconds=5, data_age_seconds=7)
    assert (entry["duration_seconds"], entry["data_age_seconds"], entry["ended_at"]) == (5, 7, None)


@pytest.mark.parametrize(
    "error",
    [
        DrsError("quota_full", "20 jobs run"),
        {
            "code": "quota_full",
            "message": "20 jobs run",
            "remedy": "wait",
            "retryable": True,
            "cause": "x",
            "details": {},
        },
    ],
)
def test_an_error_has_four_keys(error):
    entry = outcomes.server_entry("queued", error=error)["error"]
    assert set(entry) == {"code", "message", "remedy", "retryable"}
    assert (entry["code"], entry["message"], entry["retryable"]) == ("quota_full", "20 jobs run", True)
    assert entry["remedy"]


def test_an_error_without_a_code_still_gets_one():
    assert outcomes.error_entry({"message": "odd"})["code"] == "unknown_error"
    assert outcomes.error_entry({"message": "odd"})["message"] == "odd"
    assert outcomes.error_entry(None) is None


@given(st.lists(st.sampled_from(outcomes.OUTCOMES)))
def test_a_summary_counts_every_server_once(given_outcomes):
    summary = outcomes.summarise([{"outcome": outcome} for outcome in given_outcomes])
    assert set(summary) == {*outcomes.OUTCOMES, "total"}
    assert summary["total"] == len(given_outcomes) == sum(summary[outcome] for outcome in outcomes.OUTCOMES)
    assert all(summary[outcome] == given_outcomes.count(outcome) for outcome in outcomes.OUTCOMES)


@pytest.mark.parametrize("server", [{}, {"outcome": None}, {"outcome": "succeeded"}])
def test_a_strange_outcome_counts_as_unknown(server):
    assert outcomes.summarise([server])["unknown"] == 1


def test_every_outcome_has_its_name_and_there_are_no_others():
    constants = {name: value for name, value in vars(outcomes).items() if name.isupper() and isinstance(value, str)}
    assert sorted(constants.values()) == sorted(outcomes.OUTCOMES)
    assert all(name == value.upper() for name, value in constants.items())


def test_an_outcome_is_plain_text_wherever_it_goes():
    entry = outcomes.server_entry(outcomes.LAUNCHED)
    assert entry["outcome"].__class__ is str
    assert {type(key) for key in outcomes.summarise([entry])} == {str}
