"""Test the verdict on a wave."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.wave_verdict import (
    bears,
    judge_wave,
    zero_tolerance,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import OUTCOMES
from hypothesis import given
from hypothesis import strategies as st


def wave(*criticals):
    servers = [
        {"source_server_id": "s-%d" % number, "name": "web-%d" % number, "cell": "c", "critical": critical}
        for number, critical in enumerate(criticals)
    ]
    return {"wave": "1", "servers": servers}


def results(*outcomes, cell="c"):
    return [
        {"source_server_id": "s-%d" % number, "cell": cell, "outcome": outcome, "error": None}
        for number, outcome in enumerate(outcomes)
    ]


def test_a_wave_that_succeeded_lets_the_next_one_start():
    verdict = judge_wave(wave(True, False), results("launched", "launched"))
    assert verdict["proceed"] is True
    assert verdict["reason"] == "proceed: all 2 servers succeeded"
    assert judge_wave(wave(True), results("launched"))["reason"] == "proceed: the only server succeeded"
    assert (verdict["total"], verdict["succeeded"], verdict["failed"], verdict["code"]) == (2, 2, [], None)


@pytest.mark.parametrize("outcome", [outcome for outcome in OUTCOMES if outcome != "launched"] + [None, "fine"])
def test_every_other_outcome_of_a_critical_server_stops(outcome):
    verdict = judge_wave(wave(True), results(outcome), {"max_failures": "100%"})
    assert (verdict["proceed"], verdict["code"], verdict["critical_failed"]) == (False, "critical_failed", 1)


@pytest.mark.parametrize("missing", [[], results("launched", cell="other"), [{"source_server_id": "s-0"}]])
def test_a_server_without_a_result_has_not_succeeded(missing):
    verdict = judge_wave(wave(True), missing)
    assert verdict["proceed"] is False
    assert verdict["failed"][0]["outcome"] == "unknown"


def test_a_server_is_critical_unless_it_is_said_to_be_optional():
    for critical in (True, None, "false"):
        assert judge_wave(wave(critical), results("failed"), {"max_failures": 5})["critical_failed"] == 1


def test_results_of_servers_that_are_not_in_the_wave_do_not_count():
    assert judge_wave(wave(True), results("launched", "failed"))["proceed"] is True


def test_the_last_result_of_a_server_counts():
    assert judge_wave(wave(True), results("queued") + results("launched"))["proceed"] is True
    assert judge_wave(wave(True), results("launched") + results("unknown"))["proceed"] is False


@pytest.mark.parametrize(
    ("optional", "failed", "limit", "proceed"),
    [
        (10, 1, "10%", True),
        (10, 2, "10%", False),
        (9, 1, "10%", False),
        (10, 2, 2, True),
        (10, 3, 2, False),
        (3, 0, 0, True),
    ],
)
def test_optional_servers_may_fail_up_to_the_limit(optional, failed, limit, proceed):
    outcomes = ["failed"] * failed + ["launched"] * (optional - failed)
    verdict = judge_wave(wave(*[False] * optional), results(*outcomes), {"max_failures": limit})
    assert verdict["proceed"] is proceed
    assert verdict["code"] == (None if proceed else "wave_failed")


def test_every_combination_against_the_rule():
    for critical_failed, optional_failed, limit, anyway in product(range(4), range(4), range(5), (True, False)):
        criticals = [True] * 4 + [False] * 4
        outcomes = ["failed"] * critical_failed + ["launched"] * (4 - critical_failed)
        outcomes += ["failed"] * optional_failed + ["launched"] * (4 - optional_failed)
        verdict = judge_wave(
            wave(*criticals), results(*outcomes), {"max_failures": limit, "continue_on_failure": anyway}
        )
        counted = optional_failed + (critical_failed if anyway else 0)
        assert verdict["proceed"] is (counted <= limit and (anyway or critical_failed == 0))
        assert (verdict["critical_failed"], verdict["optional_failed"]) == (critical_failed, optional_failed)
        assert verdict["limit"] == limit


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(OUTCOMES)), max_size=30), st.integers(0, 30), st.booleans())
def test_one_more_failure_never_opens_a_gate(servers, limit, anyway):
    policy = {"max_failures": limit, "continue_on_failure": anyway}
    criticals = [critical for critical, _outcome in servers]
    outcomes = [outcome for _critical, outcome in servers]
    if not judge_wave(wave(*criticals), results(*outcomes), policy)["proceed"]:
        for index, outcome in enumerate(outcomes):
            if outcome == "launched":
                worse = [*outcomes[:index], "failed", *outcomes[index + 1 :]]
                assert judge_wave(wave(*criticals), results(*worse), policy)["proceed"] is False


def test_the_reason_names_the_servers():
    failed = results("failed", "launched", "refused")
    failed[0]["error"] = {"code": "launch_capacity"}
    verdict = judge_wave(wave(True, True, False), failed)
    assert verdict["reason"] == "stop: 1 critical server did not succeed: web-0 (failed, launch_capacity)"
    going = judge_wave(wave(False, True), results("failed", "launched"), {"max_failures": 1})
    assert going["reason"] == "proceed: 1 of 2 did not succeed, at most 1 may fail: web-0 (failed)"


def test_a_long_reason_is_cut():
    verdict = judge_wave(wave(*[True] * 50), [])
    assert "and 40 more" in verdict["reason"]


def test_an_empty_wave_has_nothing_to_stop_for():
    assert judge_wave(wave(), [])["reason"] == "proceed: nothing to do"


def test_a_limit_that_is_none_is_refused():
    with pytest.raises(ValueError, match="percentage"):
        judge_wave(wave(True), [], {"max_failures": "some"})


def test_success_can_be_another_outcome():
    assert judge_wave(wave(True), results("terminated"), success=["terminated", "skipped"])["proceed"] is True


@pytest.mark.parametrize("servers", [1, 4, 9])
def test_to_continue_on_failure_lets_any_number_fail(servers):
    told = judge_wave(wave(*[True] * servers), results(*["failed"] * servers), {"continue_on_failure": True})
    assert told["proceed"] and told["limit"] == servers


@pytest.mark.parametrize(
    ("policy", "own", "proceed"),
    [
        ({"continue_on_failure": True, "max_failures": 0}, None, False),
        ({"continue_on_failure": True}, 0, False),
        ({"continue_on_failure": True}, "50%", True),
        ({"continue_on_failure": False}, None, False),
        ({}, None, False),
    ],
)
def test_a_limit_that_is_given_holds(policy, own, proceed):
    told = judge_wave({**wave(True, True), "max_failures": own}, results("failed", "launched"), policy)
    assert told["proceed"] is proceed


def test_the_plan_says_where_continuing_has_no_effect():
    four = {**wave(True, True, True, True), "wave": "1"}
    (told,) = zero_tolerance(four, {"continue_on_failure": True, "max_failures": "10%"})
    assert told["code"] == "continue_limited" and "at most 0 of 4 servers" in told["message"]
    for policy in ({"continue_on_failure": True}, {"continue_on_failure": True, "max_failures": 1}, {}):
        assert zero_tolerance(four, policy) == []


@pytest.mark.parametrize(
    ("criticals", "policy", "text"),
    [
        ((True,) * 4, {}, "none of 4 may fail, all are critical"),
        ((True,) * 4, {"max_failures": 2}, "none of 4 may fail, all are critical"),
        ((True,), {}, "none may fail, its only server is critical"),
        ((True, True, False, False), {"max_failures": 1}, "1 of 2 optional servers may fail, none of 2 critical"),
        ((True, False), {"max_failures": 9}, "1 of 1 optional server may fail, none of 1 critical"),
        ((False,) * 4, {}, "0 of 4 optional servers may fail"),
        ((False,) * 20, {}, "2 of 20 optional servers may fail"),
        ((True,) * 4, {"continue_on_failure": True}, "any of 4 may fail"),
        ((True,) * 4, {"continue_on_failure": True, "max_failures": 1}, "1 of 4 may fail"),
    ],
)
def test_the_plan_says_what_the_verdict_will_bear(criticals, policy, text):
    assert bears(wave(*criticals), policy) == text
    # what is said to be borne is, and one more is not
    order = sorted(range(len(criticals)), key=lambda one: criticals[one])
    most = 0
    for number in range(1, len(criticals) + 1):
        lost = set(order[:number])
        outcomes = ["failed" if one in lost else "launched" for one in range(len(criticals))]
        most = number if judge_wave(wave(*criticals), results(*outcomes), policy)["proceed"] else most
    said = text.split()[0]
    assert most == {"none": 0, "any": len(criticals)}.get(said, int(said) if said.isdigit() else None)


def test_a_wave_of_a_file_says_its_own_limit():
    assert bears({**wave(False, False), "max_failures": 1}, {}) == "1 of 2 optional servers may fail"
