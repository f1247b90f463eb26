"""Test the walk as a state machine: order of steps, reasons to stop, missing results."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from hypothesis import given, settings
from hypothesis import strategies as st

HOOKS = ("approval", "pause", "health", "tasks", "ssm_automation")


def hook(kind, name, when, wave, **more):
    what = "action" if kind in ("tasks", "ssm_automation") else "gate"
    return {"type": kind, "kind": what, "name": name, "when": when, "wave": wave, **more}


def plan_of(*stages):
    """stages: lists of waves {wave, before, after}; ``before`` and ``after`` are lists of hooks."""
    waves = []
    for number, stage in enumerate(stages, start=1):
        for wave in stage:
            hooks = {"gates": {"before": [], "after": []}, "actions": {"before": [], "after": []}}
            for when in ("before", "after"):
                for one in wave.get(when, ()):
                    hooks[one["kind"] + "s"][when].append(one)
            waves.append({"wave": wave["wave"], "stage": number, "by_cell": {"a": ["s-1"]}, "servers": [], **hooks})
    stages = [{"stage": number, "waves": [one["wave"] for one in stage]} for number, stage in enumerate(stages, 1)]
    return {"stages": stages, "waves": waves}


def walked(steps, state, seen):
    """Take every step that is due, observing what ``seen`` says of each: (the steps taken, the state)."""
    taken = []
    while (step := walk.due(steps, state)) is not None:
        taken.append(step)
        state = walk.after(state, step, seen(step))
    return taken, state


def test_a_wave_goes_from_its_gates_over_intent_and_launch_to_what_stands_after_it():
    gate, action = hook("approval", "ok", "before", "db"), hook("tasks", "dns", "after", "db", file="dns.yml")
    steps = walk.steps(plan_of([{"wave": "db", "before": [gate], "after": [action]}]), validated=True)
    assert [one["kind"] for one in steps] == [
        *("time", "gate", "intend", "launch", "judge", "validate", "record", "file"),
    ]
    assert len({one["id"] for one in steps}) == len(steps)


def test_waves_of_one_stage_are_intended_then_launched_together():
    steps = walk.steps(plan_of([{"wave": "db"}, {"wave": "cache"}]))
    assert [(one["kind"], one["wave"]) for one in steps[1:4]] == [
        ("intend", "db"), ("intend", "cache"), ("launch", None)
    ]  # fmt: skip


def test_only_waves_that_have_begun_are_walked_when_failed_servers_alone_are_tried_again():
    steps = walk.steps(plan_of([{"wave": "1"}], [{"wave": "2"}]), only=["1"])
    assert {name for one in steps for name in one["waves"]} == {"1"}


def test_a_wave_that_stops_the_run_does_not_keep_the_others_of_its_stage_from_being_judged():
    steps = walk.steps(plan_of([{"wave": "a"}, {"wave": "b"}], [{"wave": "c"}]))

    def seen(step):
        return {"stop": "wave a: no"} if (step["kind"], step["wave"]) == ("record", "a") else {}

    taken, state = walked(steps, walk.begin(600), seen)
    assert [one["wave"] for one in taken if one["kind"] == "record"] == ["a", "b"]
    assert [one["waves"] for one in taken if one["kind"] == "launch"] == [["a", "b"]]
    assert state["stop"] == "wave a: no"


def test_when_the_time_for_waiting_is_over_nothing_more_starts():
    state = {**walk.begin(600), "spent": 100}
    assert walk.time_left(state, 0, 7200) == 7200
    assert walk.time_left(state, 150, 7200) == 50
    assert walk.time_left(state, 100, 7200) == walk.time_left(state, 50, 7200) == 0


STEP = {"id": "1/validate/1", "kind": "validate", "wave": "1", "hook": None}


@pytest.mark.parametrize(
    ("token", "gone", "outcome"),
    [
        ({"step": "1/validate/1", "failed": ""}, {}, None),
        ({"step": "1/validate/1", "failed": "port 5432"}, {}, "failed"),
        ({}, {}, "unknown"),
        ({"step": "an earlier one", "failed": ""}, {}, "unknown"),
        ({"step": "1/validate/1", "failed": ""}, {"a": "it has left the play"}, "unknown"),
    ],
)
def test_a_cell_that_owed_a_result_and_gave_none_counts_as_failed(token, gone, outcome):
    bad = walk.counted(STEP, ["a"], {"a": token}, gone)
    assert [one["outcome"] for one in bad] == ([outcome] if outcome else [])
    found = walk.failure_of(STEP, bad)["failed_in"]["1"]
    assert bool(found) is bool(outcome)
    if gone:
        assert "it has left the play" in found[0]


def test_a_cell_without_any_token_is_no_success():
    action = {"id": "x", "kind": "file", "wave": "1", "hook": {"kind": "action", "name": "dns"}}
    bad = walk.counted(action, ["a", "b"], {"a": {"step": "x", "failed": ""}}, {})
    assert walk.failure_of(action, bad)["stop"] == (
        "action dns of wave 1 failed in b: unknown: it returned no result of this step"
    )


def test_a_task_file_that_no_cell_ran_has_failed():
    action = {"id": "x", "kind": "file", "wave": "1", "hook": {"kind": "action", "name": "dns"}}
    bad = walk.counted(action, [], {}, {})
    assert walk.failure_of(action, bad)["stop"] == "action dns of wave 1 failed in no cell: unknown: no cell ran it"
    validation = {**action, "kind": "validate", "hook": None}
    assert walk.failure_of(validation, walk.counted(validation, [], {}, {}))["failed_in"]["1"]


hooks = st.lists(st.sampled_from(HOOKS), max_size=3)
stages = st.lists(st.lists(st.tuples(hooks, hooks), min_size=1, max_size=3), min_size=1, max_size=4)


def random_plan(shape):
    found, number = [], 0
    for stage in shape:
        waves = []
        for before, after in stage:
            number += 1
            name = f"w{number}"
            kinds = {"health": {"tcp": {"port": 1}}, "tasks": {"file": "x.yml"}}
            made = {
                when: [hook(kind, f"{when}{n}", when, name, **kinds.get(kind, {})) for n, kind in enumerate(listed)]
                for when, listed in (("before", before), ("after", after))
            }
            waves.append({"wave": name, **made})
        found.append(waves)
    return plan_of(*found)


@settings(max_examples=200, deadline=None)
@given(stages, st.booleans(), st.data())
def test_whatever_is_observed_nothing_launches_without_its_gates_and_its_intent(shape, validated, data):
    plan = random_plan(shape)
    steps = walk.steps(plan, validated=validated)
    good = set()

    def seen(step):
        if step["kind"] not in ("launch", "judge") and data.draw(st.integers(0, 9)) == 0:
            return {"stop": f"{step['id']} said no"}
        good.add(step["id"])
        return {}

    taken, state = walked(steps, walk.begin(600), seen)
    ids = [one["id"] for one in taken]
    assert ids == [one["id"] for one in steps if one["id"] in set(ids)], "in the order of the plan"
    for place, step in enumerate(taken):
        if step["kind"] != "launch":
            continue
        # every step that stands before a launch, of this stage and all before, was taken and said yes
        before = steps[: steps.index(step)]
        assert {one["id"] for one in before} <= good
        assert [one["wave"] for one in before if one["kind"] == "intend" and one["stage"] == step["stage"]] == step[
            "waves"
        ]
        # and what it launched is judged and written down, whatever comes
        assert {("record", name) for name in step["waves"]} <= {(one["kind"], one["wave"]) for one in taken[place:]}
    assert bool(state["stop"]) is (set(ids) != good)
    if not state["stop"]:
        assert ids == [one["id"] for one in steps]
