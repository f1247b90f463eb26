"""Test the steps of a wait: output, next poll, end, and the loop of a single wait."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step as steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.pace import Pace, PollSchedule
from hypothesis import given
from hypothesis import strategies as st


def throw(error):
    if error is not None:
        raise error


class Job(Wait):
    """A wait for a job of the world; what it says and how long it has run may be handed in."""

    TABLE = {"done": states.DONE, "busy": states.GOING_ON}

    def __init__(self, world, params, news=(), beat=None, age=None):
        super().__init__(params, Named())
        self.world, self._news, self._beat, self._age = world, list(news), beat, age

    def read(self):
        return self.world.read()

    def states_of(self, state):
        return [state]

    def changes(self, state):
        return self._news

    def beat(self, elapsed):
        return self._beat(self.state, elapsed) if self._beat else "still waiting"

    def age(self, state):
        return self._age(state) if self._age else None

    def result(self, progress):
        return {"state": self.state, "done": progress.done, **self.progress_fields(progress)}


class Named:
    """As much of a cell as a wait needs."""

    name, region = "c", "eu-west-1"

    def renew(self):
        pass


class World:
    """A job that ends at a given second, and everything that was asked, slept and said."""

    def __init__(self, ends=612.0, errors=()):
        self.now, self.ends = 0.0, ends
        self.errors = list(errors)
        self.sleeps, self.lines, self.reads = [], [], []

    def read(self):
        self.reads.append(self.now)
        if self.errors:
            throw(self.errors.pop(0))
        return "done" if self.now >= self.ends else "busy"

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds

    def emit(self, line):
        self.lines.append((self.now, line))

    def wait(self, timeout=7200, heartbeat=60, max_errors=5, **given):
        params = {"expected_seconds": 600, "poll_interval": 5, "poll_interval_max": 120}
        params.update(timeout=timeout, heartbeat=heartbeat, max_errors=max_errors)
        return together.run(Job(self, params, **given), self.sleep, self.emit)


def retryable(code="ThrottlingException"):
    return DrsError(code, "slow down", retryable=True)


def test_a_watch_ends_when_the_judge_says_so():
    world = World()
    result = world.wait()
    assert result == {
        "state": "done",
        "done": True,
        "timed_out": False,
        "elapsed_seconds": world.now,
        "polls": 12,
        "errors": 0,
        "error": None,
    }
    assert world.now - 612 <= 5


def test_work_that_is_done_already_is_not_waited_for():
    world = World(ends=0)
    assert world.wait()["polls"] == 1
    assert world.sleeps == []


@given(ends=st.floats(0, 3000), heartbeat=st.floats(1, 300), timeout=st.floats(1, 3000))
def test_there_is_never_silence_longer_than_the_heartbeat(ends, heartbeat, timeout):
    world = World(ends)
    result = world.wait(timeout=timeout, heartbeat=heartbeat)
    assert max(world.sleeps, default=0) <= heartbeat
    said = [0.0, *(moment for moment, _line in world.lines), world.now]
    assert max(later - earlier for earlier, later in zip(said, said[1:])) <= heartbeat + 1e-6
    assert result["elapsed_seconds"] == pytest.approx(sum(world.sleeps))
    assert result["done"] is not result["timed_out"]
    assert world.now <= timeout + 1e-6


def test_news_at_the_moment_of_a_heartbeat_replaces_it():
    world = World(ends=240)
    world.wait(news=["news"], heartbeat=120)
    assert [line for _moment, line in world.lines] == ["news"] * 3


def test_the_heartbeat_is_written_by_the_caller():
    world = World(ends=100)
    world.wait(heartbeat=30, beat=lambda state, elapsed: "%s after %d" % (state, elapsed))
    assert [line for _moment, line in world.lines] == ["busy after 30", "busy after 60", "busy after 90"]


def test_time_is_up_after_one_last_look():
    world = World(ends=10**6)
    result = world.wait(timeout=100)
    assert (result["timed_out"], result["done"], result["elapsed_seconds"]) == (True, False, 100)
    assert world.reads[-1] == 100
    assert "time is up after 1m40s" in world.lines[-1][1]


def test_work_that_ends_at_the_last_look_is_not_late():
    assert World(ends=100).wait(timeout=100)["done"] is True


def test_five_errors_in_a_row_are_tolerated_and_each_is_said_in_a_line():
    world = World(ends=0, errors=[retryable() for _one in range(5)])
    result = world.wait()
    assert (result["done"], result["errors"], result["polls"]) == (True, 5, 6)
    said = [line for _moment, line in world.lines if "could not read" in line]
    assert len(said) == 5
    assert "trying again (5 of 5)" in said[-1]
    assert not any("\n" in line for line in said)


def test_a_sixth_error_ends_the_watch_and_keeps_the_last_state():
    world = World(errors=[None, *(retryable() for _one in range(6))])
    result = world.wait()
    assert (result["done"], result["timed_out"], result["state"]) == (False, False, "busy")
    assert result["error"]["code"] == "ThrottlingException"
    assert "giving up after 6 errors in a row" in world.lines[-1][1]


def test_the_count_of_errors_starts_again_after_an_answer():
    errors = [retryable() for _one in range(4)]
    world = World(ends=600, errors=[*errors, None, *errors, None])
    assert world.wait()["done"] is True


def test_an_error_that_waiting_cannot_cure_ends_the_watch_at_once():
    world = World(errors=[DrsError("AccessDeniedException", "no", retryable=False)])
    result = world.wait()
    assert (result["polls"], result["error"]["code"]) == (1, "AccessDeniedException")
    assert world.sleeps == []


def test_other_exceptions_are_not_swallowed():
    world = World(errors=[KeyError("x")])
    with pytest.raises(KeyError):
        world.wait()


def test_errors_cannot_outlast_the_time_that_is_allowed():
    world = World(ends=10**6, errors=[retryable() for _one in range(5)])
    assert world.wait(timeout=12)["timed_out"] is True
    assert world.now == 12


def test_a_watch_taken_up_again_uses_the_age_of_the_work():
    world = World(ends=10)
    result = world.wait(age=lambda state: 602 + world.now)
    assert world.sleeps == [5, 5]
    assert result["polls"] == 3


def test_an_unknown_age_falls_back_to_the_time_watched():
    world = World(ends=10)
    world.wait(age=lambda state: None, heartbeat=600)
    assert world.sleeps == [120]


def test_a_heartbeat_must_be_possible():
    with pytest.raises(DrsError, match="heartbeat"):
        World().wait(heartbeat=0)


# -- one step ----------------------------------------------------------------------------------------------------------

PACE = Pace(PollSchedule(600, 5, 120), timeout=7200, heartbeat=60)


def go(progress, now, look=None, pace=PACE):
    return steps.step(pace, progress, now, lambda elapsed: "beat at %d" % elapsed, "c", look)


def test_a_wait_begins_with_a_look_and_asks_for_it_once():
    first = go(steps.begin(1000.0), 1000.0)
    assert first.look and first.progress.look_at == math.inf
    again = go(first.progress, 1030.0)
    assert (again.look, again.lines, again.pause) == (False, [], 30.0)
    assert go(again.progress, 1060.0).lines == ["beat at 60"]


def test_a_step_says_when_to_look_again():
    looking = go(steps.begin(0.0), 0.0).progress
    told = go(looking, 0.0, steps.Look(lines=["news"], age=590.0))
    assert (told.lines, told.look, told.pause, told.progress.look_at) == (["news"], False, 6.0, 6.0)
    assert go(told.progress, 6.0).look


def test_a_look_that_is_the_end_is_the_last_step():
    told = go(go(steps.begin(0.0), 0.0).progress, 3.0, steps.Look(done=True, lines=["launched"]))
    assert told.progress.over and told.progress.done
    assert (told.lines, told.progress.elapsed, told.progress.polls) == (["launched"], 3.0, 1)


def test_a_slow_look_does_not_outlast_the_time_that_is_allowed():
    looking = go(steps.begin(0.0), 0.0).progress
    told = go(looking, 7300.0, steps.Look())
    assert told.progress.timed_out and "time is up after" in told.lines[-1]


@given(st.lists(st.tuples(st.floats(0, 300), st.booleans()), min_size=1, max_size=40))
def test_no_step_goes_back_or_pauses_for_longer_than_a_heartbeat(moments):
    progress, now = steps.begin(0.0), 0.0
    for passed, failed in moments:
        now += passed
        told = go(progress, now)
        if told.look:
            error = DrsError("ThrottlingException", "slow down", retryable=True) if failed else None
            told = go(told.progress, now, steps.Look(error=error))
        if told.progress.over:
            assert told.progress.timed_out or told.progress.in_a_row == 6
            break
        assert 0 < told.pause <= 60
        assert told.progress.elapsed == now
        progress = told.progress
