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


def plan_of(*waves, **more):
    """waves: {wave, after, before, behind}; ``before`` and ``behind`` are lists of hooks. ``after`` is the wave before
    it, where it is not given."""
    made = []
    for number, wave in enumerate(waves):
        kinds = {"gates": {"before": [], "after": []}, "actions": {"before": [], "after": []}}
        for when, key in (("before", "before"), ("after", "behind")):
            for one in wave.get(key, ()):
                kinds[one["kind"] + "s"][when].append(one)
        after = wave.get("after", [waves[number - 1]["wave"]] if number else [])
        made.append({"wave": wave["wave"], "stage": number + 1, "after": after, "by_cell": {"a": ["s-1"]}, **kinds})
    return {"waves": made, "stages": [], **more}


def walked(plan, observed, state=None, **more):
    """Take every step that is due, wave by wave, observing what ``observed`` says of each: (steps taken, state)."""
    steps, parents, taken = walk.steps(plan, **more), walk.parents(plan), []
    state = state or walk.begin(600)
    while due := walk.due(steps, parents, state):
        taken.append(due[0])
        state = walk.after(state, due[0], observed(due[0]), plan.get("stops") == "chain")
    return taken, walk.ended(state)


def test_a_wave_goes_from_its_gates_over_intent_and_launch_to_what_stands_after_it():
    gate, action = hook("approval", "ok", "before", "db"), hook("tasks", "dns", "after", "db", file="dns.yml")
    steps = walk.steps(plan_of({"wave": "db", "before": [gate], "behind": [action]}), validated=True)
    assert [one["kind"] for one in steps] == [
        *("time", "gate", "intend", "launch", "judge", "validate", "record", "file"),
    ]
    assert len({one["id"] for one in steps}) == len(steps)


def test_only_waves_that_have_begun_are_walked_when_failed_servers_alone_are_tried_again():
    plan = plan_of({"wave": "1"}, {"wave": "2"}, {"wave": "3"})
    assert {one["wave"] for one in walk.steps(plan, only=["1", "3"])} == {"1", "3"}
    # what a wave in between waits for, it waits for itself
    assert walk.parents(plan, only=["1", "3"]) == {"1": [], "3": ["1"]}


def test_a_plan_that_was_frozen_before_waves_said_what_they_wait_for_keeps_its_stages():
    waves = [{"wave": name, "stage": stage} for name, stage in (("a", 1), ("b", 1), ("c", 2), ("d", 3))]
    assert walk.parents({"waves": waves}) == {"a": [], "b": [], "c": ["a", "b"], "d": ["a", "b", "c"]}


DIAMOND = [
    {"wave": "top"},
    {"wave": "left", "after": ["top"]},
    {"wave": "right", "after": ["top"]},
    {"wave": "right2", "after": ["right"]},
    {"wave": "bottom", "after": ["left", "right2"]},
]


def stopped_in(wave, kind="record"):
    return lambda step: {"stop": "wave %s: no" % wave} if (step["kind"], step["wave"]) == (kind, wave) else {}


def test_a_wave_that_stops_the_run_keeps_what_has_not_begun_from_beginning():
    taken, state = walked(plan_of(*DIAMOND), stopped_in("left"))
    launched = [one["wave"] for one in taken if one["kind"] == "launch"]
    assert launched == ["top", "left"] and state["stop"] == "wave left: no"


def test_what_has_begun_is_watched_judged_and_written_down_when_another_wave_stops_the_run():
    plan = plan_of({"wave": "a"}, {"wave": "b", "after": []})
    steps, parents, state = walk.steps(plan), walk.parents(plan), walk.begin(600)
    by_id = {one["id"]: one for one in steps}
    for one in ("a/time", "a/intend", "b/time", "b/intend", "a/launch", "a/judge"):
        state = walk.after(state, by_id[one], {})
    state = walk.opened(state, by_id["b/launch"])
    state = walk.after(state, by_id["a/record"], {"stop": "wave a: no"})
    rest = []
    while due := walk.due(steps, parents, state):
        rest += [one["id"] for one in due]
        state = walk.after(state, due[0], {})
    assert rest == ["b/launch", "b/judge", "b/record"]


def test_a_wave_may_stop_its_own_chain_alone():
    taken, state = walked(plan_of(*DIAMOND, stops="chain"), stopped_in("left"))
    launched = [one["wave"] for one in taken if one["kind"] == "launch"]
    assert launched == ["top", "left", "right", "right2"]
    assert state["stop"] == "wave left: no", "the run did not pass for that"


def test_what_takes_the_run_away_stops_all_chains():
    def observed(step):
        return {"stop": "no", "lost": "run_superseded"} if step["id"] == "left/record" else {}

    taken, _state = walked(plan_of(*DIAMOND, stops="chain"), observed)
    assert [one["wave"] for one in taken if one["kind"] == "launch"] == ["top", "left"]


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


@st.composite
def plans(draw):
    """Plans of random graphs: waves in running order, each after some of those before it."""
    waves = []
    for number in range(draw(st.integers(1, 8))):
        name = "w%d" % number
        hooks = {
            when: [
                hook(kind, f"{when}{n}", when, name, place=n, **MORE.get(kind, {}))
                for n, kind in enumerate(draw(st.lists(st.sampled_from(HOOKS), max_size=2)), start=1)
            ]
            for when in ("before", "after")
        }
        after = draw(st.lists(st.sampled_from([one["wave"] for one in waves]), unique=True)) if waves else []
        waves.append({"wave": name, "after": after, "before": hooks["before"], "behind": hooks["after"]})
    return plan_of(*waves, stops=draw(st.sampled_from(["run", "chain"])))


MORE = {"health": {"tcp": {"port": 1}}, "tasks": {"file": "x.yml"}}


def timed(plan, took, observed):
    """Walk a plan whose launches take ``took`` seconds each: when each wave began and passed, the steps taken, the
    state."""
    steps, parents, state = walk.steps(plan), walk.parents(plan), walk.begin(600)
    now, running, taken, begun, passed = 0, {}, [], {}, {}
    while True:
        for step in [one for one in walk.due(steps, parents, state) if one["id"] not in running]:
            begun.setdefault(step["wave"], now)
            if step["kind"] == "launch":
                state = walk.opened(state, step)
                running[step["id"]] = (now + took[step["wave"]], step)
                break
            taken.append(step)
            state = walk.after(state, step, observed(step), plan["stops"] == "chain")
            if all(one["id"] in state["done"] for one in steps if one["wave"] == step["wave"]):
                passed[step["wave"]] = now
            break
        else:
            if not running:
                return begun, passed, taken, walk.ended(state)
            now, step = min(running.values(), key=lambda one: one[0])
            del running[step["id"]]
            taken.append(step)
            state = walk.after(state, step, observed(step), plan["stops"] == "chain")


@settings(max_examples=200, deadline=None)
@given(plans(), st.data())
def test_no_wave_begins_before_what_it_waits_for_has_passed_nor_later_than_that(plan, data):
    took = {one["wave"]: data.draw(st.integers(1, 9)) for one in plan["waves"]}
    begun, passed, taken, state = timed(plan, took, lambda _step: {})
    assert not state["stop"] and set(passed) == set(took)
    for wave in plan["waves"]:
        assert begun[wave["wave"]] == max((passed[one] for one in wave["after"]), default=0)
        assert passed[wave["wave"]] == begun[wave["wave"]] + took[wave["wave"]]
        own = [one["id"] for one in taken if one["wave"] == wave["wave"]]
        assert own == [one["id"] for one in walk.steps(plan) if one["wave"] == wave["wave"]], "in its own order"


@settings(max_examples=200, deadline=None)
@given(plans(), st.data())
def test_whatever_is_observed_nothing_launches_without_its_gates_its_intent_and_what_it_waits_for(plan, data):
    took = {one["wave"]: data.draw(st.integers(1, 9)) for one in plan["waves"]}
    good, bad = set(), set()

    def observed(step):
        if step["kind"] not in ("launch", "judge") and data.draw(st.integers(0, 9)) == 0:
            bad.add(step["id"])
            return {"stop": f"{step['id']} said no"}
        good.add(step["id"])
        return {}

    _begun, _passed, taken, state = timed(plan, took, observed)
    steps, parents = walk.steps(plan), walk.parents(plan)
    of_wave = {name: [one["id"] for one in steps if one["wave"] == name] for name in parents}
    for step in (one for one in taken if one["kind"] == "launch"):
        own = of_wave[step["wave"]]
        assert set(own[: own.index(step["id"])]) <= good
        for parent in parents[step["wave"]]:
            assert set(of_wave[parent]) <= good
        # and what it launched is judged and written down, whatever comes
        kinds = [one["kind"] for one in taken[taken.index(step) :] if one["wave"] == step["wave"]]
        assert kinds[:3] == ["launch", "judge", "record"]
    assert bool(state["stop"]) is bool(bad)
    if not bad:
        assert len(taken) == len(steps)
