"""The course of a walk: waves beside each other, gates that hold their own, the turn of the user in between."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.course import Course
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.plugin_utils._action import hands as controller_hands

PACE = {"expected_seconds": 1, "poll_interval": 1, "poll_interval_max": 1, "heartbeat": 9999, "timeout": 99999}


class Time:
    """A clock that moves while the loop sleeps, and stands still while anybody works."""

    now = 0.0

    def seconds(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def pause(self, _seconds, news: threading.Event):
        assert news.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        return None


class Jobs(Wait):
    """A wait that ends at a moment of the clock."""

    TABLE = {"ended": states.DONE, "runs": states.GOING_ON}

    def __init__(self, clock, ends, cell):
        super().__init__({**PACE, "label": cell.name}, cell)
        self.clock, self.ends = clock, ends

    def read(self):
        return "ended" if self.clock.now >= self.ends else "runs"

    def states_of(self, state):
        return [state]

    def changes(self, _state):
        return []

    def result(self, progress):
        return self.progress_fields(progress)


class Played(Course):
    """A walk whose launches take the seconds that ``took`` says, and whose gates are closed as ``closed`` says."""

    def __init__(self, clock, plan, took, closed=(), state=None):
        cell = Cell({"region": "us-west-2", "cell": "a", "access_key": "x", "secret_key": "y"})
        hands = controller_hands.Hands(None, {})
        steps, parents = walk.steps(plan), walk.parents(plan)
        super().__init__(plan, steps, parents, {"a": cell}, hands, state or walk.begin(600))
        self.clock, self.took, self.closed = clock, took, set(closed)
        self.said, self.used, self.began, self.asked = [], {}, {}, 0
        self.on_launch = lambda _wave: None

    def _time(self, _step):
        return {}

    def _gate(self, step):
        self.asked += 1
        if step["hook"]["name"] not in self.closed:
            self._closed.pop(step["id"], None)
            return {}
        self._closed[step["id"]] = step
        return None

    def _stop_at_gates(self):
        for step in list(self._closed.values()):
            self.observe(step, {"stop": "gate %s" % step["hook"]["name"]})
        self._closed = {}

    def _intend(self, _step):
        return {}

    def _launch(self, step):
        cells = self._free(["a"])
        self.began[step["wave"]], self.used[step["wave"]] = self.clock.now, cells["a"]
        self.state = walk.opened(self.state, step)
        self.on_launch(step["wave"])
        wait = Jobs(self.clock, self.clock.now + self.took[step["wave"]], cells["a"])
        return self._begin(step, {"a": wait}, cells, lambda _ended: {})

    def _judge(self, _step):
        return {}

    def _record(self, step):
        return {"wave": {"wave": step["wave"], "at": self.clock.now}}


@pytest.fixture
def clock(monkeypatch):
    made = Time()
    monkeypatch.setattr(controller_hands, "Clock", lambda _name: made)
    monkeypatch.setattr(controller_hands, "print_line", lambda _line: None)
    return made


def wave(name, *after, gates=(), actions=()):
    gates = [{"type": "approval", "kind": "gate", "wave": name, "when": "before", "name": one} for one in gates]
    files = [{"type": "tasks", "kind": "action", "wave": name, "when": "after", "name": one} for one in actions]
    return {
        "wave": name,
        "after": list(after),
        "stage": 1,
        "by_cell": {"a": ["s-1"]},
        "gates": {"before": gates, "after": []},
        "actions": {"before": [], "after": files},
    }


def plan_of(*waves):
    return {"waves": list(waves)}


def times(walked):
    return {one["wave"]: one["at"] for one in walked.state["waves"]}


def test_each_wave_begins_when_what_it_waits_for_has_passed(clock):
    plan = plan_of(
        wave("top"), wave("left", "top"), wave("right", "top"), wave("left2", "left"), wave("end", "left2", "right")
    )
    walked = Played(clock, plan, {"top": 10, "left": 20, "right": 100, "left2": 30, "end": 10})
    assert walked.go() is None and not walked.state["stop"]
    # what ends is seen at the next look, a second later at most
    assert walked.began == {"top": 0, "left": 10, "right": 10, "left2": 30, "end": 110}
    assert times(walked) == {"top": 10, "left": 30, "right": 110, "left2": 60, "end": 120}
    # in the order of the plan, whichever came first
    assert list(times(walked)) == ["top", "left", "right", "left2", "end"]


def test_the_time_that_was_waited_counts_once_however_many_waves_ran_in_it(clock):
    walked = Played(clock, plan_of(wave("a"), wave("b"), wave("c", "a")), {"a": 10, "b": 30, "c": 10})
    walked.go()
    assert walked.state["spent"] == 30


def test_waves_that_run_in_one_cell_have_sessions_of_their_own(clock):
    walked = Played(clock, plan_of(wave("a"), wave("b"), wave("c", "a")), {"a": 10, "b": 30, "c": 10})
    walked.go()
    assert walked.used["a"] is walked.sessions["a"] and walked.used["b"] is not walked.used["a"]
    assert walked.used["b"].name == "a" and walked.used["c"] is walked.used["a"], "free again"


def test_a_gate_holds_its_own_wave_and_what_waits_for_it(clock):
    plan = plan_of(wave("a"), wave("held", gates=["ok"]), wave("later", "held"), wave("b", "a"))
    walked = Played(clock, plan, {"a": 10, "b": 10}, closed=["ok"])
    assert walked.go() is None
    assert times(walked) == {"a": 10, "b": 20} and walked.state["stop"] == "gate ok"


def test_a_gate_that_opens_meanwhile_is_gone_through_when_something_ends(clock):
    plan = plan_of(wave("a"), wave("held", gates=["ok"]), wave("b", "a"))
    walked = Played(clock, plan, {"a": 10, "b": 10, "held": 5}, closed=["ok"])
    walked.on_launch = lambda name: walked.closed.clear() if name == "a" else None
    assert walked.go() is None and not walked.state["stop"]
    assert times(walked)["held"] <= 15
    assert walked.asked <= 3, "not at every look"


def test_the_users_turn_comes_while_others_run_and_what_ran_is_taken_up(clock):
    plan = plan_of(wave("a", actions=["dns"]), wave("b"), wave("c", "b"))
    took = {"a": 10, "b": 100, "c": 10}
    walked = Played(clock, plan, took)
    step = walked.go()
    assert (step["kind"], step["wave"]) == ("file", "a") and clock.now == 10
    # another process, from what was written down
    later = Played(clock, plan, {**took, "b": 90}, state={**walked.state, "due": step["id"]})
    later.observe(step, {})
    assert later.go() is None and not later.state["stop"]
    assert list(later.began) == ["b", "c"], "what was under way is adopted, what had ended is not asked again"
    assert times(later) == {"a": 10, "b": 100, "c": 110}


def test_what_stops_the_run_lets_what_has_begun_come_to_its_end(clock):
    class Stopped(Played):
        def _record(self, step):
            return {**super()._record(step), "stop": "wave a: no" if step["wave"] == "a" else ""}

    walked = Stopped(clock, plan_of(wave("a"), wave("b"), wave("c", "b")), {"a": 10, "b": 100, "c": 10})
    assert walked.go() is None
    assert times(walked) == {"a": 10, "b": 100} and walked.state["stop"] == "wave a: no"
