"""Test guardrails: size, calendar and drill lease, checked again at every launch."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as plan_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch as recovery_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import request as recovery_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import EXPIRES_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st
from support.fake_drs import FakeCell, FakeDrs, server_id

# a Wednesday
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=timezone.utc)
NIGHTS = {"windows": [{"days": ["fri", "sat"], "from": "22:00", "to": "04:00"}]}
REASON = "the primary Region is down"


def judge(given=None, now=NOON, mode="drill", reason=None, waves=()):
    return guardrails.judge(guardrails.resolve(given, reason, mode), mode, waves, now)


FREEZE = {"from": "2026-12-18T00:00:00Z", "until": "2027-01-04T00:00:00Z"}


@pytest.mark.parametrize(
    ("installed", "asked", "held"),
    [
        ({"max_servers_per_run": 10}, {}, {"max_servers_per_run": 10}),
        ({"max_servers_per_run": 10}, {"max_servers_per_run": 5}, {"max_servers_per_run": 5}),
        ({"max_servers_per_run": 10}, {"max_servers_per_run": None}, {"max_servers_per_run": 10}),
        (None, {"max_servers_per_run": 500}, {"max_servers_per_run": 500}),
        (
            {"max_servers_per_run": 10, "calendar": NIGHTS},
            {"max_servers_per_wave": 2, "drill_lease_hours": 9},
            {"max_servers_per_run": 10, "calendar": NIGHTS, "max_servers_per_wave": 2, "drill_lease_hours": 9},
        ),
        ({"calendar": NIGHTS}, {"calendar": {"freezes": [FREEZE]}}, {"calendar": {**NIGHTS, "freezes": [FREEZE]}}),
        ({}, {"calendar": NIGHTS}, {"calendar": NIGHTS}),
    ],
)
def test_a_request_can_make_guardrails_tighter(installed, asked, held):
    assert guardrails.tightened(installed, asked) == held


@pytest.mark.parametrize(
    ("installed", "asked", "words"),
    [
        (
            {"max_servers_per_run": 10},
            {"max_servers_per_run": 11},
            "max_servers_per_run: 11, and the installation allows 10",
        ),
        ({"drill_lease_hours": "2"}, {"drill_lease_hours": 3}, "drill_lease_hours: 3"),
        (
            {"calendar": NIGHTS},
            {"calendar": {"windows": [{"days": ["mon"], "from": "00:00", "to": "23:00"}]}},
            "calendar",
        ),
        ({"calendar": {"freezes": [FREEZE]}}, {"calendar": {"timezone": "+05:00", "freezes": [FREEZE]}}, "calendar"),
    ],
)
def test_a_request_that_loosens_a_guardrail_is_refused_with_both_values(installed, asked, words):
    with pytest.raises(DrsError) as caught:
        guardrails.tightened(installed, asked)
    assert (caught.value.code, caught.value.retryable) == ("guardrail_loosened", False)
    assert words in caught.value.message


@given(st.dictionaries(st.sampled_from(guardrails.LIMITS), st.integers(1, 50)), st.data())
def test_what_a_request_leaves_is_never_looser_than_the_installation(installed, data):
    asked = data.draw(st.dictionaries(st.sampled_from(guardrails.LIMITS), st.integers(1, 50)))
    try:
        held = guardrails.tightened(installed, asked)
    except DrsError:
        assert any(value > installed.get(key, 51) for key, value in asked.items())
    else:
        assert all(held[key] <= value for key, value in installed.items()) and set(asked) <= set(held)


def codes(found):
    return [(one["severity"], one["code"]) for one in found[0]]


def wave(name, *accounts):
    return {"wave": name, "servers": [{"account_id": one} for one in accounts]}


# -- how much ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("limit", "allowed", "refused", "what"),
    [
        ("max_servers_per_wave", 3, 2, "wave 1 has 3 servers, and guardrails.max_servers_per_wave allows 2"),
        ("max_servers_per_account", 3, 2, "account a has 3 servers, and guardrails.max_servers_per_account allows 2"),
        ("max_servers_per_run", 4, 3, "the run has 4 servers, and guardrails.max_servers_per_run allows 3"),
    ],
)
def test_more_servers_than_allowed_are_an_error_with_the_numbers(limit, allowed, refused, what):
    waves = [wave("1", "a", "a", "b"), wave("2", "a")]
    assert judge({limit: allowed}, waves=waves) == ([], [])
    (found,) = judge({limit: refused}, waves=waves)[0]
    assert (found["severity"], found["code"], found["message"]) == ("error", "blast_radius", what)


def test_without_guardrails_nothing_is_limited():
    assert judge({}, waves=[wave("1", *["a"] * 5000)], now=None) == ([], [])


# -- when --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-06T21:59:59Z", False),
        ("2026-03-06T22:00:00Z", True),
        ("2026-03-07T03:59:59Z", True),  # Saturday, by the window that began on Friday
        ("2026-03-07T04:00:00Z", False),
        ("2026-03-08T03:00:00Z", True),
        ("2026-03-08T23:00:00Z", False),  # Sunday has none
        ("2026-03-06T03:00:00Z", False),  # Thursday has none that could last until Friday
    ],
)
def test_a_window_may_last_over_midnight(moment, open_):
    assert (judge({"calendar": NIGHTS}, now=moment) == ([], [])) is open_


def test_a_drill_outside_of_every_window_is_told_when_the_next_one_opens():
    (found,) = judge({"calendar": NIGHTS})[0]
    assert (found["severity"], found["code"]) == ("error", "outside_window")
    assert "it is 2026-03-04T12:00:00Z" in found["message"] and "2026-03-06T22:00:00Z" in found["message"]


def test_windows_are_of_the_offset_that_is_given():
    here = {"calendar": {"timezone": "+02:00", "windows": [{"days": ["thu"], "from": "00:00", "to": "01:00"}]}}
    assert judge(here, now="2026-03-04T22:30:00Z") == ([], [])
    assert codes(judge(here, now="2026-03-05T00:30:00Z")) == [("error", "outside_window")]


def test_a_freeze_closes_an_open_window_and_names_its_end_and_reason():
    freeze = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-10T00:00:00Z", "reason": "year end"}
    frozen = {"calendar": {**NIGHTS, "freezes": [freeze]}}
    (found,) = judge(frozen, now="2026-03-06T23:00:00Z")[0]
    assert found["code"] == "change_freeze" and "2026-03-10T00:00:00Z (year end)" in found["message"]
    assert judge(frozen, now="2026-03-13T23:00:00Z") == ([], [])
    only = {"calendar": {"freezes": [freeze]}}
    assert judge(only, now="2026-03-10T00:00:00Z") == ([], [])


def test_a_time_that_nobody_knows_is_outside():
    assert codes(judge({"calendar": NIGHTS}, now=None)) == [("error", "outside_window")]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)))
def test_what_is_said_to_open_next_is_open_then_and_not_before(moment):
    calendar = guardrails.resolve({"calendar": NIGHTS}, None, "drill").calendar
    opening = calendar.next_opening(moment)
    assert opening > moment and calendar.is_open(opening)
    if not calendar.is_open(moment):
        assert not calendar.is_open(opening - timedelta(seconds=1))


# -- the typed reason --------------------------------------------------------------------------------------------------
def test_a_declared_disaster_goes_past_with_a_reason_that_is_recorded():
    strict = {"calendar": NIGHTS, "max_servers_per_run": 1}
    waves = [wave("1", "a", "a")]
    assert codes(judge(strict, mode="recovery", waves=waves)) == [
        ("error", "blast_radius"),
        ("error", "outside_window"),
    ]
    found, overrides = judge(strict, mode="recovery", waves=waves, reason=REASON)
    assert {one["severity"] for one in found} == {"warning"} and all(REASON in one["message"] for one in found)
    assert overrides == [
        {"guardrail": guardrail, "reason": REASON} for guardrail in ("max_servers_per_run", "calendar")
    ]


def test_a_reason_that_was_not_needed_is_no_override():
    assert judge({"calendar": NIGHTS}, now="2026-03-06T23:00:00Z", mode="recovery", reason=REASON) == ([], [])


def test_a_drill_cannot_go_past():
    with pytest.raises(DrsError, match="a drill keeps to its guardrails"):
        judge({"calendar": NIGHTS}, reason=REASON)


# -- bad input ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_server_per_wave": 1}, "guardrails.max_server_per_wave is not known; did you mean max_servers_per_wave"),
        ({"max_servers_per_run": 0}, "guardrails.max_servers_per_run must be a number from 1 to 100000, not 0"),
        ({"max_servers_per_run": True}, "must be a number"),
        ({"max_servers_per_run": "many"}, "not 'many'"),
        ({"drill_lease_hours": 1000}, "guardrails.drill_lease_hours must be a number from 1 to 168, not 1000"),
        ({"calendar": []}, "guardrails.calendar must be a mapping"),
        ({"calendar": {"window": []}}, "guardrails.calendar.window is not known; it has timezone, windows, freezes"),
        ({"calendar": {"timezone": "UTC"}}, "neither windows nor freezes"),
        (
            {"calendar": {"timezone": "Europe/Berlin", **NIGHTS}},
            r"must be UTC or an offset such as '\+02:00', not 'Europe",
        ),
        ({"calendar": {"windows": {}}}, "guardrails.calendar.windows must be a list"),
        ({"calendar": {"windows": ["fri"]}}, r"guardrails.calendar.windows\[0\] must be a mapping"),
        (
            {"calendar": {"windows": [{"days": ["frday"], "from": "1", "to": "2"}]}},
            r"windows\[0\].days 'frday' is no day",
        ),
        ({"calendar": {"windows": [{"days": [], "from": "22:00", "to": "23:00"}]}}, "would never open"),
        (
            {"calendar": {"windows": [{"from": 1320, "to": "23:00"}]}},
            r"windows\[0\].from must be .*in quotes, not '1320'",
        ),
        ({"calendar": {"windows": [{"from": "22:00"}]}}, r"windows\[0\].to must be a time .* not nothing"),
        ({"calendar": {"freezes": [{"from": "soon", "until": "later"}]}}, r"freezes\[0\].from must be a time"),
        (
            {"calendar": {"freezes": [{"from": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}]}},
            r"freezes\[0\].until '2026-03-01T00:00:00Z' is not after its from",
        ),
    ],
)
def test_guardrails_that_cannot_be_are_one_error_that_names_field_and_value(given, message):
    with pytest.raises(DrsError, match=message) as caught:
        guardrails.resolve(given, None, "drill")
    assert caught.value.code == "invalid_option"


def test_a_word_is_no_reason():
    with pytest.raises(DrsError, match="at least 10 characters"):
        guardrails.resolve({}, "because", "recovery")


# -- in the plan -------------------------------------------------------------------------------------------------------
def plan(cells, **more):
    params = {key: spec.get("default") for key, spec in plan_request.PLAN_SPEC.items()}
    return plan_request.plan(
        {**params, "name": "p", "cells": cells, "fail_on_error": False, "allow_empty": True, **more}
    )


def empty_cell(name, read_at):
    place = {"cell": name, "account_id": str(ord(name)) * 6, "region": "us-west-2", "account_types": ["target"]}
    return {**place, "source_servers": [], "recovery_instances": [], "jobs": [], "read_at": read_at}


def test_a_plan_asks_the_calendar_for_the_time_at_which_the_cells_were_read():
    cells = [empty_cell("a", "2026-03-06T21:59:00Z"), empty_cell("b", "2026-03-06T22:01:00Z")]
    assert plan(cells, mode="drill", guardrails={"calendar": NIGHTS})["valid"]
    early = plan(cells[:1], mode="drill", guardrails={"calendar": NIGHTS})
    assert not early["valid"] and early["plan"]["findings"][0]["code"] == "outside_window"
    assert early["plan"]["summary"]["errors"] == 1
    told = plan(cells[:1], mode="recovery", guardrails={"calendar": NIGHTS}, override_reason=REASON)
    assert told["valid"] and [one["guardrail"] for one in told["overrides"]] == ["calendar"]
    assert told["plan"]["summary"]["warnings"] >= 1 and told["lease_until"] is None
    assert early["lease_until"] == "2026-03-07T05:59:00Z"
    assert not plan([empty_cell("a", None)], mode="drill", guardrails={"calendar": NIGHTS})["valid"]


# -- right before the launch -------------------------------------------------------------------------------------------
@pytest.fixture
def aws():
    return FakeDrs()


def launch(aws, count, **request):
    for number in range(1, count + 1):
        if server_id(number) not in aws.servers:
            aws.add_server(number)
    servers = [{"source_server_id": server_id(number)} for number in range(1, count + 1)]
    whole = {"mode": "drill", "run_id": "run-1", "wave": "1", "servers": servers, **request}
    return recovery_launch.launch(FakeCell(aws), whole)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"max_servers_per_wave": 2}, "blast_radius"),
        ({"max_servers_per_account": 2}, "blast_radius"),
        ({"max_servers_per_run": 2}, "blast_radius"),
        (
            {"calendar": {"freezes": [{"from": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}]}},
            "change_freeze",
        ),
    ],
)
def test_a_launch_is_held_against_the_guardrails_of_this_moment(aws, given, code):
    with pytest.raises(DrsError) as caught:
        launch(aws, 3, guardrails=given)
    assert caught.value.code == code and not aws.called("StartRecovery")
    assert launch(aws, 3, mode="recovery", guardrails=given, override_reason=REASON)["findings"][0]["code"] == code
    assert len(aws.called("StartRecovery")) == 1


def test_what_earlier_waves_launched_counts_for_the_account(aws):
    launch(aws, 2, guardrails={"max_servers_per_account": 3})
    with pytest.raises(DrsError, match="has 4 servers"):
        servers = [{"source_server_id": server_id(number)} for number in (3, 4)]
        launch(aws, 4, wave="2", servers=servers, guardrails={"max_servers_per_account": 3})
    assert len(aws.called("StartRecovery")) == 1


def test_what_runs_already_is_adopted_whatever_the_guardrails_say(aws):
    launch(aws, 2)
    again = launch(aws, 2, guardrails={"max_servers_per_run": 1})
    assert not again["changed"] and len(again["jobs"]) == 1


def test_a_drill_carries_the_end_of_its_lease_and_a_recovery_none(aws):
    launch(aws, 1)
    (call,) = aws.called("StartRecovery")
    until = datetime.strptime(call["tags"][EXPIRES_TAG], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert timedelta(hours=7, minutes=59) < until - FakeCell(aws).now <= timedelta(hours=8)
    other = FakeDrs()
    launch(other, 1, mode="recovery")
    assert EXPIRES_TAG not in other.called("StartRecovery")[0]["tags"]


# -- sweeping ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("until", "over"),
    [
        ("2026-03-04T12:00:00Z", True),
        ("2026-03-04T12:00:01Z", False),
        ("soon", False),
        ("", False),
        (None, False),
    ],
)
def test_a_lease_is_over_only_when_its_end_is_known_and_past(until, over):
    job = {"tags": {} if until is None else {EXPIRES_TAG: until}}
    assert guardrails.lease_over(job, NOON) is over
    assert guardrails.lease_over(None, NOON) is False


def test_a_typed_id_knows_no_lease(aws):
    request = {"expired_only": True, "confirm_recovery_instance_ids": ["i-" + "1" * 17]}
    with pytest.raises(DrsError, match="a typed id knows no lease"):
        terminate.terminate(FakeCell(aws), request)


def test_every_option_of_the_guardrails_reaches_the_launch():
    assert set(guardrails.GUARDRAILS_SPEC) <= set(recovery_request.RECOVERY_SPEC)
