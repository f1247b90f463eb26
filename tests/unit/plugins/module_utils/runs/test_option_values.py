"""Test every option of every verb with values of every wrong kind, as people and pipelines type them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import modes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request

# What each verb cannot do without.
LEAST = {
    "recovery": {"mode": "drill"},
    "failback": {"mode": "drill"},
    "terminate": {"run_id": "r1"},
    "notify": {"event": {"kind": "start"}},
    **{verb: {"id": "r1"} for verb in ("resume", "approve", "pause", "cancel")},
    "evidence": {"path": "here"},
}
NOT_A_NUMBER = [True, "soon", "1.5", [1], {"a": 1}, float("inf"), float("nan"), "1e400", 10**30, "1 h"]
# What no option of a type can be.
WRONG = {
    "str": [True, False, ["a"], {"a": 1}],
    "path": [True, ["a"], {"a": 1}],
    "int": [*NOT_A_NUMBER, 1.5],
    "float": [*(one for one in NOT_A_NUMBER if one != "1.5"), "nan", "inf"],
    "bool": ["maybe", "2", 3, ["yes"], {"a": 1}],
    "list": [True, {"a": 1}, "[1", "{1", '["a", ["b"]'],
    "dict": [True, 3, "payments", ["a"], "[]", "{'a'", "a=1, b"],
}
ODD = [
    *(True, False, 0, -1, 3, 10**30, 1.5, float("nan"), float("inf"), "", "  ", "\n", "1,2", "a,,b", "[1", "{", "[]"),
    *("{}", '{"a": 1}', "a=1", "..", "../x", "/", "x" * 300, "\u00fc", "a\nb", "\0", "None", "null", "1e400", "07:50"),
    *([], {}, [None], [[]], [{}], [{"a": 1}], [True], [""], {"a": None}, {None: 1}, {1: 2}, {"a": [1]}),
    *(datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)),
]
OPTIONS = [
    pytest.param(name, option, id=verb.variable(option.name))
    for name, verb in request.VERBS.items()
    for option in verb.options
    if not option.internal
]


def refusal(verb, option, value):
    """The error of one value; None when it is taken."""
    try:
        request.checked(verb, {**LEAST.get(verb, {}), option.name: value})
    except DrsError as exc:
        return exc
    return None


@pytest.mark.parametrize(("verb", "option"), OPTIONS)
def test_a_value_of_a_wrong_type_is_one_error_with_variable_value_and_fix(verb, option):
    variable = request.VERBS[verb].variable(option.name)
    for value in WRONG.get(option.type, ()):
        error = refusal(verb, option, value)
        assert error is not None, f"{variable} takes {value!r}"
        assert variable in error.message, (value, error.message)
        assert error.remedy or explain(error.code).remedy, (value, error.code)


@pytest.mark.parametrize(("verb", "option"), OPTIONS)
def test_no_value_of_an_option_or_of_a_key_is_anything_but_taken_or_refused_by_name(verb, option):
    variable = request.VERBS[verb].variable(option.name)
    shapes = [lambda value: value]
    if option.type in ("dict", "list"):
        shapes += [lambda value: [value], lambda value: {"a": value}]
    for key in option.keys:
        shapes.append(lambda value, key=key.name: [{key: value}] if option.type == "list" else {key: value})
    for number, shape in enumerate(shapes):
        # inside of a mapping or a list a part of them has every kind
        for value in ODD[:: 3 if number else 1]:
            error = refusal(verb, option, shape(value))
            assert error is None or variable in error.message or error.code == "run_id_missing", (value, error)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("i-1, i-2", ["i-1", "i-2"]),
        (" i-1 ,i-2\n", ["i-1", "i-2"]),
        ('["i-1", "i-2"]', ["i-1", "i-2"]),
        ("['i-1', 'i-2']", ["i-1", "i-2"]),
        ("[i-1,i-2]", ["i-1", "i-2"]),
        ("[]", []),
        ([" i-1", "i-2 "], ["i-1", "i-2"]),
    ],
)
def test_a_list_as_people_write_one(typed, value):
    assert request.checked("agent_deploy", {"devices": typed})["devices"] == value


@pytest.mark.parametrize(
    ("verb", "option", "values"),
    [
        ("recovery", "declared_at", ["soon", "07:50", 28200, "2026-02-30T00:00:00Z"]),
        ("approve", "expires_hours", [0, -1]),
        ("runs", "limit", [0, -1]),
        ("runs", "mode", ["dril", "failover"]),
        ("runs", "status", ["done"]),
        ("runs", "since", ["29.11.2026", "2026-13-01", "7", "yesterday"]),
        ("history", "until", ["2026-02-30", "12:00"]),
        ("history", "limit", [0]),
        ("report", "days", [0, -7]),
        ("report", "account_ids", ["123", "111111111111,unit", [111111111]]),
        ("server_extend", "staging_account_ids", ["123"]),
        ("recovery", "replace_recovery_instance_ids", ["i-x", "s-11111111111111111", ["i-0123456789abcdef0", "i-1"]]),
        ("recovery", "adopt_job_ids", ["drsjob-1", "i-0123456789abcdef0"]),
        ("terminate", "confirm_recovery_instance_ids", ["prod", "i-0123456789abcdef0,i-1"]),
        ("failback", "confirm_recovery_instance_ids", ["*"]),
        ("history", "region", ["us-west2", "US-WEST-2"]),
        ("capacity", "region", ["us-west"]),
        ("readiness", "fail_below", [-1, 101]),
        ("capacity", "fill_percent", [-1, 101]),
        ("capacity", "planned", [-1]),
        ("agent_deploy", "max_failures", ["many", "101%", "-1"]),
        ("agent_deploy", "max_errors", ["1.5"]),
        ("agent_deploy", "max_concurrency", [0]),
        ("recovery", "tag_keys", [{"wave": 3}, {"wave": {"a": 1}}, {"enabled": [None]}, {"enabled": "a,,b"}]),
    ],
)
def test_a_value_that_means_nothing_is_refused_before_anything_is_called(verb, option, values):
    declared = request.verb_options(verb)[option]
    for value in values:
        error = refusal(verb, declared, value)
        assert error is not None and request.VERBS[verb].variable(option) in error.message, (value, error)


@pytest.mark.parametrize("typed", ["2026-03-01T12:00:00Z", "2026-03-01 12:00+01:00", datetime.datetime(2026, 3, 1, 12)])
def test_the_declaration_is_a_time(typed):
    assert request.checked("recovery", {"mode": "drill", "declared_at": typed})["declared_at"] == str(typed)


def test_a_run_is_listed_by_every_status_that_it_can_have():
    assert request.verb_options("runs")["status"].choices == modes.STATUSES


@pytest.mark.parametrize("typed", ["2026-03-01", datetime.date(2026, 3, 1), "2026-03-01T12:00:00Z", "7d", "12 h", ""])
def test_a_period_begins_at_a_time_a_day_or_so_long_ago(typed):
    assert request.checked("runs", {"since": typed})["since"] == (str(typed) or None)
