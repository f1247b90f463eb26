"""Test the request of a verb: checked once, stored, hashed, and changed when a run resumes."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request

DRILL = {"mode": "drill"}


def refused(values, verb="recovery"):
    with pytest.raises(DrsError) as caught:
        request.checked(verb, values)
    return caught.value


def test_every_option_has_a_value():
    whole = request.checked("recovery", DRILL)
    assert list(whole) == list(request.verb_options("recovery"))
    assert (whole["wave_timeout"], whole["selection"], whole["point_in_time"]) == (7200, {}, "latest")


def test_checking_twice_changes_nothing():
    once = request.checked("recovery", {**DRILL, "selection": {"waves": "1,2"}, "plan_document": {"name": "a"}})
    assert request.checked("recovery", once) == once


@pytest.mark.parametrize(
    ("option", "typed", "value"),
    [
        ("wave_timeout", "60", 60),
        ("cleanup", "yes", True),
        ("selection", '{"applications": "payments,ledger"}', {"applications": ["payments", "ledger"]}),
        ("selection", "applications=payments", {"applications": ["payments"]}),
        ("selection", {"waves": [1, 2]}, {"waves": ["1", "2"]}),
        ("expected_count", "", None),
        ("point_in_time", "", "latest"),
        ("policy", "", {}),
        ("replace_recovery_instance_ids", "i-11111111,i-22222222", ["i-11111111", "i-22222222"]),
    ],
)
def test_text_becomes_what_it_stands_for(option, typed, value):
    assert request.checked("recovery", {**DRILL, option: typed})[option] == value


@pytest.mark.parametrize(
    ("verb", "typed", "where"),
    [("resume", "runs_id", "resilience.drs.runs"), ("evidence", "evidence_path", "report_evidence_dir")],
)
def test_what_is_missing_is_told_with_what_to_type(verb, typed, where):
    with pytest.raises(DrsError) as caught:
        request.checked(verb, {})
    assert caught.value.message == "%s is missing" % typed
    assert "Add -e %s=..." % typed in caught.value.remedy and where in caught.value.remedy


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ["recovery_mode is missing", "drill, recovery"]),
        ({"mode": "dril"}, ["recovery_mode", "'dril'", "did you mean drill?"]),
        ({**DRILL, "wave_timeout": "soon"}, ["recovery_wave_timeout", "'soon'", "a whole number"]),
        ({**DRILL, "wave_timeout": -1}, ["recovery_wave_timeout", "less than 0"]),
        (
            {**DRILL, "selection": {"application": ["a"]}},
            ["recovery_selection.application", "did you mean applications?"],
        ),
        ({**DRILL, "selection": ["a"]}, ["recovery_selection", "a mapping"]),
        ({**DRILL, "selection": {"applications": []}}, ["recovery_selection.applications is empty", "would mean all"]),
        ({**DRILL, "selection": {"waves": None}}, ["recovery_selection.waves is empty"]),
        ({**DRILL, "selection": {"tags": {}}}, ["recovery_selection.tags is empty"]),
        ({**DRILL, "selection": {"applications": "payments,"}}, ["recovery_selection.applications[1] is empty"]),
        ({**DRILL, "selection": {"applications": [None]}}, ["recovery_selection.applications[0] is empty"]),
        ({**DRILL, "policy": {"max_failure": 1}}, ["recovery_policy.max_failure", "did you mean max_failures?"]),
        ({**DRILL, "policy": {"max_failures": "many"}}, ["recovery_policy.max_failures", "'many'"]),
        ({**DRILL, "guardrails": {"max_servers_per_run": "all"}}, ["recovery_guardrails.max_servers_per_run"]),
        (
            {**DRILL, "limits": {"concurrent_job": 1}},
            ["recovery_limits.concurrent_job", "did you mean concurrent_jobs?"],
        ),
        ({**DRILL, "drill_network": {"subnet_ids": ["x"]}}, ["recovery_drill_network.subnet_ids"]),
        ({**DRILL, "store": {"backends": "dynamodb"}}, ["recovery_store.backends", "did you mean backend?"]),
        ({**DRILL, "point_in_time": "yesterday"}, ["recovery_point_in_time", "'yesterday'"]),
        ({**DRILL, "override_reason": "a reason that is long"}, ["recovery_override_reason"]),
        ({**DRILL, "run_id": "with blanks"}, ["recovery_run_id", "with blanks"]),
        ({**DRILL, "applications": ["a"]}, ["recovery_applications is no option"]),
        ({"mode": "recovery", "cleanup": True}, ["recovery_cleanup"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_variable(values, words):
    error = refused(values)
    assert all(word in error.message for word in words), error.message
    assert error.remedy


@pytest.mark.parametrize("values", [{}, {"run_id": None}, {"run_id": ""}, {"recovery_instance_ids": []}])
def test_no_run_is_not_every_run(values):
    error = refused(values, "terminate")
    assert error.code == "run_id_missing" and "nothing was terminated" in error.message
    with pytest.raises(DrsError, match="terminate_every_run contradicts terminate_run_id"):
        request.checked("terminate", {"run_id": "r-1", "every_run": True})
    assert request.checked("terminate", {"every_run": True})["run_id"] is None


def test_what_another_entry_point_requires_is_not_asked_for_here():
    assert request.checked("history", {"since": "7d"})["result"] is None


def test_the_name_of_the_plan_is_that_of_its_file_else_that_of_the_verb():
    names = [
        request.checked("recovery", values)["plan_name"]
        for values in (
            DRILL,
            {"mode": "recovery"},
            {**DRILL, "plan_document": {"name": "q4"}},
            {**DRILL, "plan_name": "x"},
        )
    ]
    assert names == ["drill", "failover", "q4", "x"]


def test_a_run_keeps_all_that_decides_about_it_and_nothing_of_one_command():
    kept = request.frozen_part("recovery", {**DRILL, "confirm": "x", "guardrails": {"max_servers_per_run": 5}})
    assert kept["guardrails"] == {"max_servers_per_run": 5}
    assert {
        "guardrails",
        "override_reason",
        "drill_network",
        "expected_count",
        "allow_empty",
        "require_full_coverage",
    } <= set(kept)
    assert not {"confirm", "run_id", "retry_failed", "only_failed", "store", "without_store", "initiator"} & set(kept)


def test_the_hash_is_that_of_what_makes_it_the_same_run():
    same = {**DRILL, "selection": {"applications": ["a"]}}
    told = request.request_hash("recovery", same)
    assert told == request.request_hash("recovery", {**same, "wave_timeout": 5, "policy": {"max_failures": 1}})
    assert told != request.request_hash("recovery", {**same, "selection": {"applications": ["b"]}})
    assert told != request.request_hash("recovery", {**same, "mode": "recovery"})


RECORD = request.frozen_part(
    "recovery",
    {
        "mode": "recovery",
        "selection": {"applications": ["a"]},
        "guardrails": {"max_servers_per_run": 5},
        "override_reason": "flood in the hall",
        "replace_recovery_instance_ids": ["i-11111111111111111"],
        "require_full_coverage": True,
        "task_files": {"validate_tasks": "aa"},
        "expected_count": 3,
    },
)


def test_a_resumed_run_has_what_it_began_with():
    told = request.resumed("recovery", RECORD, {})
    assert {name: told.values[name] for name in RECORD} == RECORD
    assert (told.changes, told.widened) == ([], [])


def test_what_is_typed_again_as_it_was_is_no_change():
    told = request.resumed("recovery", RECORD, {"selection": '{"applications": ["a"]}', "expected_count": "3"})
    assert (told.changes, told.widened) == ([], [])


def test_what_may_be_typed_anew_is_noted():
    told = request.resumed("recovery", RECORD, {"wave_timeout": "60", "confirm": "FAILOVER"})
    assert told.changes == [{"option": "wave_timeout", "variable": "recovery_wave_timeout", "was": 7200, "now": 60}]
    assert (told.widened, told.values["wave_timeout"], told.values["confirm"]) == ([], 60, "FAILOVER")


@pytest.mark.parametrize(
    ("typed", "widens"),
    [
        ({"guardrails": {"max_servers_per_run": 50}}, True),
        ({"guardrails": ""}, True),
        ({"override_reason": "another flood there"}, True),
        ({"override_reason": ""}, False),
        ({"replace_recovery_instance_ids": ["i-11111111111111111", "i-22222222222222222"]}, True),
        ({"replace_recovery_instance_ids": []}, False),
        ({"require_full_coverage": False}, True),
        ({"policy": {"max_failures": "100%"}}, True),
        ({"task_files": {"validate_tasks": "bb"}}, True),
        ({"drill_network": {"subnet_ids": ["subnet-11111111"]}}, True),
    ],
)
def test_what_may_do_more_is_told_apart(typed, widens):
    told = request.resumed("recovery", RECORD, typed)
    assert [one["option"] for one in told.changes] == list(typed)
    assert told.widened == (list(typed) if widens else [])


@pytest.mark.parametrize(
    "typed",
    [
        {"selection": {"applications": ["b"]}},
        {"except": {"s-11111111111111111": "no"}},
        {"expected_count": 4},
        {"mode": "drill"},
        {"require_approval": True},
    ],
)
def test_what_a_run_is_cannot_be_typed_anew(typed):
    with pytest.raises(DrsError) as caught:
        request.resumed("recovery", RECORD, typed)
    (option,) = typed
    assert caught.value.code == "option_fixed"
    assert "recovery_" + option in caught.value.message
    assert caught.value.details["recorded"] == {option: RECORD[option]}


def test_a_record_of_an_older_collection_has_defaults_for_what_it_does_not_know():
    told = request.resumed("recovery", {"mode": "drill", "gone_option": 1}, {})
    assert told.values["wave_timeout"] == 7200


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"s-1": "why"}, "malformed_id"),
        ({"s-11111111111111111": " "}, "invalid_option"),
        ({"s-11111111111111111": ["why"]}, "invalid_option"),
    ],
)
def test_who_is_left_out_is_named_by_an_id_and_a_reason(value, code):
    with pytest.raises(DrsError) as caught:
        request.checked("recovery", {"mode": "drill", "except": value})
    assert caught.value.code == code


@pytest.mark.parametrize(("verb", "mode"), [("recovery", "drill"), ("failback", "failback")])
def test_tag_keys_take_the_settings_that_stand_beside_them(verb, mode):
    keys = {"objective_unit": "minutes", "priority_order": ["crown-jewel", "standard"], "rto": ["Recovery-Time"]}
    assert request.checked(verb, {"mode": mode, "tag_keys": keys})["tag_keys"] == keys
    with pytest.raises(DrsError, match="objective_units is not known"):
        request.checked(verb, {"mode": mode, "tag_keys": {"objective_units": "minutes"}})


def test_who_confirms_a_failback_without_having_looked_is_told_what_is_missing():
    with pytest.raises(DrsError) as caught:
        request.checked("failback", {"mode": "failback", "confirm": "FAILBACK shop 2 us-east-1 TERMINATE 2 us-west-2"})
    assert "failback_validated" in caught.value.message
    assert (
        caught.value.remedy.startswith("Look at the machines") and "-e failback_validated=true" in caught.value.remedy
    )
