"""The walk of a failback: which steps, who may go how far, and what the record keeps. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import job_logs

WAVES = ("1", "2")


def plan() -> dict[str, Any]:
    servers = {name: [server(name)] for name in WAVES}
    return {
        "confirmation": "FAILBACK shop 2 us-east-1 TERMINATE 2 us-west-2",
        "waves": [{"wave": name, "servers": servers[name], "by_cell": {"dr": ["s-" + name]}} for name in WAVES],
    }


def server(name: str) -> dict[str, Any]:
    return {
        "arn": "arn:" + name,
        "name": "web-" + name,
        "cell": "dr",
        "recovery_instance_id": "i-away" + name,
        "origin": "AWS",
        "original_instance_id": "i-first" + name,
    }


def entry(name: str, outcome: str, machine: str | None = None) -> dict[str, Any]:
    return {**server(name), "outcome": outcome, "recovery_instance_id": machine, "error": None}


def ids(*args: Any) -> list[str]:
    return [step["id"] for step in walk.steps(plan(), *args)]


def test_every_copy_begins_first_then_one_wave_after_the_other():
    assert ids("launched", False, False) == [
        *("1/reversed", "2/reversed", "1/ready", "1/launched", "2/ready", "2/launched")
    ]
    assert ids("reversed", False, True) == ["1/reversed", "2/reversed"]


def test_a_validation_stands_between_launched_and_protected_and_a_drill_protects_nothing():
    first = [one for one in ids("cleaned", False, True) if one.startswith("1/")]
    assert first == [
        *("1/reversed", "1/ready", "1/launched", "1/launched/validate", "1/launched/record", "1/protected", "1/cleaned")
    ]
    assert not [one for one in ids("cleaned", True, True) if "protected" in one]


def test_nothing_is_due_once_it_has_stopped():
    steps = walk.steps(plan(), "launched", False, False)
    state = walk.begin({})
    first = walk.due(steps, state)
    assert first is not None and first["id"] == "1/reversed"
    state = walk.after(state, first, {"out": ["arn:1"]})
    second = walk.due(steps, state)
    assert second is not None and second["id"] == "2/reversed"
    assert walk.going(plan()["waves"][0], state, "ready") == [], "what missed a state takes no part in the next"
    assert walk.due(steps, walk.after(state, second, {"stop": "wave 2"})) is None


def test_a_person_vouches_only_for_what_stood_before_this_command():
    state = walk.begin({"arn:1": {"state": "launched", "instance": "i-home1"}})
    both = [entry("1", "launched", "i-home1"), entry("2", "launched", "i-new2")]
    refused = walk.not_vouched(both, state, "1", True)
    assert list(refused) == ["arn:2"] and "i-new2; it was launched just now" in refused["arn:2"].message
    assert refused["arn:2"].code == "failback_not_validated"
    assert list(walk.not_vouched(both, state, "1", False)) == ["arn:1", "arn:2"], "nobody says so"
    again = [entry("1", "launched", "i-other")]
    assert list(walk.not_vouched(again, state, "1", True)) == ["arn:1"], "another machine than the one that stood"


def test_a_task_file_vouches_for_what_it_looked_at_and_for_nothing_else():
    step = walk.steps(plan(), "cleaned", False, True)[4]
    state = walk.after(walk.begin({}), step, {"valid": {"1": ["i-new1"]}})
    assert walk.vouched(state, "1", False) == {"i-new1"} and walk.vouched(state, "2", True) == set()


@pytest.mark.parametrize(
    ("before", "fresh", "after"),
    [
        (None, entry("1", "reversed"), {"state": "reversed", "instance": None}),
        (
            {"state": "reversed", "instance": None},
            entry("1", "launched", "i-1"),
            {"state": "launched", "instance": "i-1"},
        ),
        # a look that cannot read a cell takes nothing away
        ({"state": "launched", "instance": "i-1"}, entry("1", "unknown"), {"state": "launched", "instance": "i-1"}),
        ({"state": "launched", "instance": "i-1"}, entry("1", "ready"), {"state": "launched", "instance": "i-1"}),
        # launched again, as after a launch that failed
        (
            {"state": "launched", "instance": "i-1"},
            entry("1", "launched", "i-2"),
            {"state": "launched", "instance": "i-2"},
        ),
        # not looked at again, so what became of it is kept as well
        (
            {"state": "protected", "instance": "i-1"},
            entry("1", "cleaned"),
            {"state": "cleaned", "instance": "i-1", "entry": entry("1", "cleaned")},
        ),
    ],
    ids=["first", "further", "unread", "earlier", "anew", "cleaned"],
)
def test_the_record_keeps_how_far_a_server_has_come(before, fresh, after):
    assert walk.reached(before, fresh) == after


def test_what_is_protected_or_cleaned_is_not_walked_through_the_states_before_it_again():
    recorded = {"arn:1": {"state": "protected", "instance": "i-1"}, "arn:2": {"state": "cleaned", "instance": "i-2"}}
    state = walk.begin(recorded)
    first, second = plan()["waves"]
    assert [bool(walk.going(first, state, one)) for one in walk.STATES] == [False, False, False, False, True]
    assert [bool(walk.going(second, state, one)) for one in walk.STATES] == [False] * 5
    assert walk.vouched(state, "1", False) == {"i-1", "i-2"}, "it was validated before it was protected"


def test_what_no_call_can_protect_goes_on_without_it_only_when_nobody_asks_for_it():
    step = {"state": "protected"}
    extended = {**entry("1", "refused"), "error": {"code": "protect_extended"}}
    other = {**entry("2", "refused"), "error": {"code": "not_launched"}}
    assert walk.excused(step, [extended, other], {"require_protected": False}) == ["arn:1"]
    assert walk.excused(step, [extended, other], {"require_protected": True}) == []
    assert walk.excused({"state": "cleaned"}, [extended], {"require_protected": False}) == []


@pytest.mark.parametrize(
    ("status", "over"), [("succeeded", True), ("partial", True), ("failed", False), ("waiting", False)]
)
def test_only_a_run_that_went_as_far_as_it_could_is_over(status, over):
    assert closing.is_over({"status": status}) is over and not closing.is_over(None)


def ended(**more: Any) -> dict[str, Any]:
    values = {"mode": "failback", "until": "launched", "validate_tasks": None, **more.pop("values", {})}
    base = {"run_id": "home-1", "store": {}, "hosts": "", "plan_hash": "abc", "stop": "", "unapproved": False}
    return {**base, "servers": [], "values": values, **more}


def test_the_next_command_never_confirms_or_validates_for_anybody():
    for given in (ended(), ended(stop="wave 1"), ended(servers=[entry("1", "failed")], stop="wave 1")):
        options = closing.following(given)["options"]
        assert not {"failback_confirm", "failback_validated"} & set(options) and options["failback_run_id"] == "home-1"
    assert closing.following(ended(unapproved=True))["playbook"] == "approve"
    assert closing.following(ended(values={"until": "cleaned"}))["playbook"] == "status"
    assert closing.following(ended(values={"mode": "drill"}))["playbook"] == "failback_drill"


@pytest.mark.parametrize(
    ("lost", "playbook"),
    [("run_superseded", "runs"), ("run_cancelled", "status"), ("run_store_unavailable", "failback")],
)
def test_a_failback_that_was_taken_away_is_not_taken_back(lost, playbook):
    assert closing.following(ended(stop="wave 1: " + lost, lost=lost))["playbook"] == playbook


def test_what_a_person_adds_names_what_is_terminated():
    asked = closing.to_type(plan(), ended()["values"], [entry("1", "launched", "i-home1")])
    assert asked["confirm"].endswith("TERMINATE 2 us-west-2") and asked["validated"] is True
    assert [one["recovery_instance_id"] for one in asked["terminates"]] == ["i-away1", "i-away2"]
    assert closing.to_type(plan(), ended()["values"], [entry("1", "ready")]) == {}, "nothing stands there yet"
    assert (
        closing.to_type(plan(), ended(values={"validate_tasks": "x"})["values"], [entry("1", "launched")])["validated"]
        is False
    )


# -- the time for all waiting ----------------------------------------------------------------------------------------

TWO_WAVES = {"waves": [{"wave": "1"}, {"wave": "2"}]}
HALF_AN_HOUR = {"max_wait": 1800}


def test_waiting_adds_up_over_stages_until_the_time_for_all_of_it_is_over():
    state = walk.begin({})
    steps = walk.steps(TWO_WAVES, "launched", False, False)
    assert walk.time_left(state, HALF_AN_HOUR, 259200) == 1800
    state = walk.after(state, steps[0], {"spent": 1000})
    state = walk.after(state, steps[1], {"spent": 700})
    assert (walk.time_left(state, HALF_AN_HOUR, 259200), walk.time_left(state, HALF_AN_HOUR, 60)) == (100, 60)
    state = walk.after(state, steps[2], {"spent": 100})
    assert walk.time_left(state, HALF_AN_HOUR, 60) == 0 and walk.time_left(state, {"max_wait": 0}, 60) == 60
    state = walk.after(state, steps[3], walk.time_over(steps[3], HALF_AN_HOUR))
    assert state["timed_out"] and "the 1800 seconds for waiting are over" in state["stop"]
    assert walk.due(steps, state) is None


def told_stages(*seen: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    known: dict[str, Any] = {}
    for number, (aimed, one) in enumerate(seen):
        known = walk.with_stage(walk.reached(known, one), aimed, one, f"t{number}")
    return known["stages"]


def test_the_log_of_a_launch_is_found_after_the_clean_up_has_forgotten_the_copy():
    copied = {"original": {"cell": "home", "source_server_id": "s-copy"}}
    launched = {**entry("1", "launched", "i-home"), "job_id": "j-2", "failback": copied}
    cleaned = {**entry("1", "cleaned"), "failback": {"original": {"source_server_id": None}}}
    stages = told_stages(("launched", launched), ("cleaned", cleaned))
    whole = {**walk.with_launch(cleaned, stages), "stages": stages}
    assert job_logs.log_of(whole, {("j-2", "s-copy"): "launch 5m"}) == "launch 5m"
    assert job_logs.log_of(launched, {("j-2", "s-copy"): "launch 5m"}) == "launch 5m"
    # the log of another job, or of another server of the same one, is not its own
    assert job_logs.log_of(whole, {("j-1", "s-copy"): "launch 5m", ("j-2", "s-other"): "launch 5m"}) is None


def test_each_stage_keeps_its_machine_job_and_time_and_what_is_only_looked_at_again_stands_once():
    error = {"code": "no_room", "message": "none", "remedy": "", "retryable": True}
    launched = {**entry("1", "launched", "i-home"), "job_id": "j-2", "started_at": "s", "ended_at": "e"}
    stages = told_stages(
        ("reversed", entry("1", "reversed")),
        ("launched", {**entry("1", "failed"), "job_id": "j-1", "error": error}),
        # the second command looks at what the first one has done
        ("reversed", entry("1", "reversed")),
        ("launched", launched),
        ("reversed", entry("1", "launched", "i-home")),
        ("protected", entry("1", "protected", "i-home")),
        ("cleaned", {**entry("1", "failed"), "error": error}),
        ("cleaned", {**entry("1", "failed"), "error": error}),
        ("cleaned", entry("1", "cleaned")),
    )
    assert [(one["stage"], one["outcome"], one["job_id"], one["at"]) for one in stages] == [
        ("reversed", "reversed", None, "t0"),
        ("launched", "failed", "j-1", "t1"),
        ("launched", "launched", "j-2", "t3"),
        ("protected", "protected", None, "t5"),
        ("cleaned", "failed", None, "t6"),
        ("cleaned", "failed", None, "t7"),
        ("cleaned", "cleaned", None, "t8"),
    ]
    whole = walk.with_launch(entry("1", "cleaned"), stages)
    assert (whole["outcome"], whole["job_id"], whole["recovery_instance_id"]) == ("cleaned", "j-2", "i-home")


@pytest.mark.parametrize("odd", [None, "x", [1], [{"stage": "launched"}], {"a": 1}])
def test_stages_that_somebody_wrote_otherwise_say_nothing(odd):
    assert walk.with_launch(entry("1", "cleaned"), odd) == entry("1", "cleaned")


@pytest.mark.parametrize(
    ("asked", "repeated"),
    [
        (
            {"action": "failback", "options": {"until": "cleaned", "validated": True, "confirm": "x", "limit": 1}},
            {"action": "failback", "options": {"limit": 1}},
        ),
        ({"action": "failback", "options": {"validated": True}}, {"action": "failback"}),
        ({"action": "failback", "metadata": {"confirm": "x"}}, {"action": "failback", "metadata": {"confirm": "x"}}),
        ({"action": "failback", "options": None}, {"action": "failback", "options": None}),
        ("action: failback", "action: failback"),
        (None, None),
    ],
)
def test_the_request_of_a_parent_is_repeated_without_what_only_a_person_can_say(asked, repeated):
    before = copy.deepcopy(asked)
    assert closing.without_words(asked) == repeated and asked == before
