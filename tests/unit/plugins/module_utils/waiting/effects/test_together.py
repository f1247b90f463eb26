"""Test many waits with one clock: none delays or stops another, in simulated time."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import wait as recovery_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together as loop
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.together import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together as waits_together
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from support.fake_drs import FakeCell, FakeDrs, server_id

PACE = {"expected_seconds": 600, "poll_interval": 5, "poll_interval_max": 120}
PACE.update(timeout=7200, heartbeat=60, max_errors=5)


class Virtual:
    """A clock that moves when the loop sleeps, and stands still while anybody works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.threads: set[int] = set()

    def seconds(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.threads.add(threading.get_ident())
        self.now += seconds

    def pause(self, _seconds: float, news: threading.Event) -> None:
        assert news.wait(60), "nothing works, and the loop waits for it"


class Real(Virtual):
    """A clock that continues while cells do not answer; the answers of the others (g...) take no time."""

    def pause(self, seconds: float, news: threading.Event) -> None:
        while not news.wait(0.01):
            answering = any(one.name.startswith("drs-look-g") for one in threading.enumerate())
            if not answering and not news.is_set():
                self.now += seconds
                return


class Cell:
    """As much of a cell as a wait needs."""

    def __init__(self, name: str, region: str = "eu-west-1") -> None:
        self.name, self.region, self.renewals = name, region, 0

    def renew(self) -> None:
        self.renewals += 1


class Job(Wait):
    """A wait for a job that ends at a given second of the clock; ``faults`` are raised by its looks, None by none."""

    TABLE = {"ended": states.DONE, "runs": states.GOING_ON}

    def __init__(self, clock, ends=612.0, name="c", faults=(), region="eu-west-1", **params) -> None:
        super().__init__({**PACE, **params}, Cell(name, region))
        self.clock, self.ends = clock, ends
        self.faults = list(faults)
        self.looks: list[float] = []
        self.threads: set[int] = set()

    def read(self):
        self.looks.append(self.clock.now)
        self.threads.add(threading.get_ident())
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return "ended" if self.clock.now >= self.ends else "runs"

    def states_of(self, state):
        return [state]

    def changes(self, state):
        return [] if state == self.state else [f"[{self.label}] {state}"]

    def beat(self, elapsed, others=()):
        return f"[{self.label}] alive at {elapsed:.0f}"

    def result(self, progress):
        return {"state": self.state, **self.progress_fields(progress)}


@pytest.fixture
def clock():
    return Virtual()


def throttled() -> DrsError:
    return DrsError("ThrottlingException", "slow down", retryable=True)


def denied() -> DrsError:
    return DrsError("AccessDeniedException", "no", retryable=False)


def go(clock, waits, lines=None, **options):
    return together(waits, clock, (lines if lines is not None else []).append, **options)


# -- none is late ----------------------------------------------------------------------------------------------------


def test_thirty_four_cells_end_one_poll_interval_after_their_jobs(clock):
    ended = go(clock, [Job(clock, name=f"c{n}") for n in range(34)])
    assert [one.result["state"] for one in ended] == ["ended"] * 34
    assert 612 <= clock.now <= 612 + PACE["poll_interval"]


def test_cells_whose_jobs_end_one_after_the_other_end_with_the_slowest(clock):
    waits = [Job(clock, ends=580 + n, name=f"c{n}") for n in range(34)]
    ended = go(clock, waits)
    assert clock.now - 613 <= PACE["poll_interval"]
    for one in ended:
        assert one.result["elapsed_seconds"] - one.wait.ends <= 20
    assert [one.wait for one in ended] == waits, "the results come in the order given"


def test_many_cells_are_looked_at_no_more_often_than_one(clock):
    alone = Job(Virtual(), name="alone")
    loop.run(alone, alone.clock.sleep, lambda _line: None)
    waits = [Job(clock, name=f"c{n}") for n in range(34)]
    go(clock, waits)
    assert {tuple(one.looks) for one in waits} == {tuple(alone.looks)}


def test_nothing_to_wait_for_takes_no_time(clock):
    assert go(clock, []) == []
    assert clock.now == 0


# -- none stops another ----------------------------------------------------------------------------------------------


def test_an_error_that_nothing_cures_ends_its_own_cell(clock):
    lines: list[str] = []
    waits = [Job(clock, name="a"), Job(clock, name="b", faults=[None, denied()]), Job(clock, name="c")]
    good, bad, also = go(clock, waits, lines)
    assert (good.result["state"], also.result["state"]) == ("ended", "ended")
    assert bad.result["error"]["code"] == "AccessDeniedException"
    assert "[b] could not read: AccessDeniedException: no; giving up" in lines
    assert len(waits[1].looks) == 2


def test_throttling_slows_down_its_own_cell_and_reads_its_own_credentials_anew(clock):
    faults = [throttled(), throttled(), throttled()]
    slow, other = Job(clock, name="slow", faults=faults), Job(clock, name="other")
    ended = go(clock, [slow, other])
    assert slow.looks[:4] == [0, 5, 15, 35]
    assert other.looks[:2] == [0, 120]
    assert (slow.cells[0].renewals, other.cells[0].renewals) == (3, 0)
    assert [one.result["errors"] for one in ended] == [3, 0]
    assert clock.now - 612 <= PACE["poll_interval"]


def test_credentials_that_expired_are_read_anew_and_cost_a_look(clock):
    one = Job(clock, faults=[DrsError("ExpiredTokenException", "expired", retryable=False)])
    (ended,) = go(clock, [one])
    assert (ended.result["state"], ended.result["errors"], one.cells[0].renewals) == ("ended", 1, 1)


def test_a_cell_whose_time_is_up_ends_and_the_others_go_on(clock):
    lines: list[str] = []
    short, other = Job(clock, name="short", ends=10**6, timeout=100), Job(clock, name="other")
    late, good = go(clock, [short, other], lines)
    assert (late.result["timed_out"], late.result["elapsed_seconds"]) == (True, 100)
    assert "[short] time is up after 1m40s, not finished" in lines
    assert (good.result["timed_out"], good.result["state"]) == (False, "ended")


@pytest.mark.parametrize("fault", [KeyError("x"), SystemExit(3)])
def test_what_nobody_expected_ends_its_own_cell_and_is_handed_over(clock, fault):
    lines: list[str] = []
    bad, good = go(clock, [Job(clock, name="bad", faults=[fault]), Job(clock, name="good")], lines)
    assert bad.result is None and type(fault).__name__ in repr(bad.error)
    assert any(line.startswith("[bad] giving up: ") for line in lines)
    assert good.result["state"] == "ended" and good.error is None


def test_options_that_cannot_be_end_their_own_cell_before_any_call(clock):
    wrong = Job(clock, poll_interval=0)
    bad, good = go(clock, [wrong, Job(clock)])
    assert bad.error.code == "invalid_option" and wrong.looks == []
    assert good.result["state"] == "ended"


def test_an_end_that_fails_is_handed_over(clock):
    class Unclosed(Job):
        def result(self, progress):
            raise DrsError("AccessDeniedException", "no", retryable=False)

    bad, good = go(clock, [Unclosed(clock, ends=0), Job(clock)])
    assert bad.error.code == "AccessDeniedException" and good.result["state"] == "ended"


# -- threads ---------------------------------------------------------------------------------------------------------


class Gate(Virtual):
    """A clock that lets nobody answer before the loop has started all that it wants to start."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.at_once = 0

    def pause(self, seconds: float, news: threading.Event) -> None:
        if not self.open.is_set():
            self.at_once = sum(one.name.startswith("drs-look-gate") for one in threading.enumerate())
            self.open.set()
        super().pause(seconds, news)


@pytest.mark.parametrize("regions", [1, 3])
def test_sixteen_look_at_once_and_never_more(regions):
    clock = Gate()

    class Held(Job):
        def read(self):
            assert clock.open.wait(60)
            return super().read()

    ended = go(clock, [Held(clock, ends=0, name=f"gate-{n}", region=f"r{n % regions}") for n in range(34)])
    assert clock.at_once == 16
    assert [one.result["state"] for one in ended] == ["ended"] * 34


def test_only_the_callers_thread_sleeps_and_prints(clock):
    printers: set[int] = set()
    waits = [Job(clock, name=f"c{n}") for n in range(3)]
    together(waits, clock, lambda _line: printers.add(threading.get_ident()))
    assert printers == clock.threads == {threading.get_ident()}
    assert all(threading.get_ident() not in one.threads for one in waits)


class Silent(Job):
    """A cell that does not answer until it is told to."""

    def __init__(self, *given, **more) -> None:
        super().__init__(*given, **more)
        self.answer_now = threading.Event()

    def read(self):
        state = super().read()
        self.answer_now.wait(60)
        return state


def test_a_region_that_does_not_answer_leaves_room_for_the_others_and_is_left_behind():
    clock, lines = Real(), []
    silent = [Silent(clock, name=f"s{n}", region="us-west-2", timeout=300) for n in range(6)]
    good = [Job(clock, name=f"g{n}") for n in range(6)]
    try:
        ended = go(clock, [*silent, *good], lines, workers=4)
    finally:
        for one in silent:
            one.answer_now.set()
    assert [one.result["state"] for one in ended[6:]] == ["ended"] * 6
    assert all(one.result["elapsed_seconds"] < 700 for one in ended[6:])
    for one in ended[:6]:
        assert one.result["timed_out"] and one.result["error"]["code"] == "ReadTimeoutError"
    assert any("no answer yet to a look that began 1m00s ago" in line for line in lines)


@pytest.mark.parametrize(("seconds", "words"), [(0, "looking"), (9, "looking"), (10, "no answer yet to a look that")])
def test_a_look_that_has_just_begun_is_not_told_as_one_without_an_answer(seconds, words):
    clock = Real()
    watched = waits_together._Watched(Job(clock, name="g"), 0.0)
    watched.since = 100.0
    loop = object.__new__(waits_together._Loop)
    loop.clock, loop.watched = SimpleNamespace(seconds=lambda: 100.0 + seconds), [watched]
    assert words in loop._beat_of(watched, 60.0)


def test_an_answer_that_comes_when_nobody_waits_for_it_any_more_is_not_told():
    class Late(Real):
        def pause(self, seconds, news):
            super().pause(seconds, news)
            if self.now >= 1000:
                silent.answer_now.set()

    clock, lines = Late(), []
    silent = Silent(clock, name="s", region="us-west-2", timeout=300)
    late, good = go(clock, [silent, Job(clock, ends=1200, name="g")], lines)
    assert late.result["timed_out"] and late.result["state"] is None
    assert good.result["state"] == "ended"
    assert [line for line in lines if line.startswith("[s]")][-1].endswith("giving up")


# -- what joins ------------------------------------------------------------------------------------------------------


def test_what_follows_an_end_joins_at_that_moment_and_holds_nobody_up(clock):
    told = []

    def follow(one, elapsed):
        told.append((one.wait.label, elapsed, clock.now))
        return [Job(clock, ends=clock.now + 100, name="c", expected_seconds=100)] if one.wait.label == "a" else []

    waits = [Job(clock, ends=100, name="a", expected_seconds=100), Job(clock, ends=600, name="b")]
    ended = go(clock, waits, follow=follow)
    assert [one.wait.label for one in ended] == ["a", "b", "c"] and all(one.error is None for one in ended)
    assert [name for name, _elapsed, _now in told] == ["a", "c", "b"]
    assert all(elapsed == now for _name, elapsed, now in told)
    by_name = {name: now for name, _elapsed, now in told}
    assert 100 <= by_name["a"] <= 110 and by_name["c"] <= by_name["a"] + 110 and 600 <= by_name["b"] <= 660


def test_a_wait_that_cannot_begin_is_followed_as_well(clock):
    told = []

    def follow(one, _elapsed):
        told.append(one.wait.label)
        return [Job(clock, name="bad", poll_interval=0)] if one.wait.label == "a" else []

    ended = go(clock, [Job(clock, ends=10, name="a", expected_seconds=10)], follow=follow)
    assert told == ["a", "bad"] and isinstance(ended[1].error, DrsError)


def test_whoever_leaves_lets_looks_come_to_their_end_and_begins_no_other(clock):
    """b is in the midst of a look when a ends, and its look may be starting something: it is not torn off."""
    looking, gate = threading.Event(), threading.Event()

    class Slow(Job):
        came = False

        def read(self):
            looking.set()
            assert gate.wait(30)
            state = super().read()
            self.came = True
            return state

    class Quick(Job):
        def read(self):
            assert looking.wait(30)
            return super().read()

    slow = Slow(clock, ends=10_000, name="b", region="us-east-1")

    def follow(one, _elapsed):
        assert one.wait.label == "a" and not slow.came
        gate.set()

    ended = go(clock, [Quick(clock, ends=0, name="a"), slow], follow=follow)
    assert [one.wait.label for one in ended] == ["a"], "b is left behind"
    assert slow.came and len(slow.looks) == 1


# -- what is said ----------------------------------------------------------------------------------------------------


def test_lines_come_when_something_happens_and_each_cell_gives_its_own_sign_of_life(clock):
    lines: list[tuple[float, str]] = []
    waits = [Job(clock, ends=100, name="a", expected_seconds=100), Job(clock, ends=130, name="b", expected_seconds=130)]
    together(waits, clock, lambda line: lines.append((clock.now, line)))
    assert lines[:2] == [(0, "[a] runs"), (0, "[b] runs")]
    assert {line for _moment, line in lines if "alive" in line} == {
        "[a] alive at 60",
        "[b] alive at 60",
        "[b] alive at 120",
    }
    moments = {line: moment for moment, line in lines}
    assert 100 <= moments["[a] ended"] <= 105 and 130 <= moments["[b] ended"] <= 135


class Shared(Job):
    """One that speaks for those of other cells as well."""

    SHARES = True

    def beat(self, elapsed, others=()):
        return f"[{self.label_with(others)}] alive at {elapsed:.0f}"


def shared(clock, name, topic="wave 1", **more):
    return Shared(clock, name=name, label=f"{name} {topic}", **more)


def test_waits_for_the_same_thing_in_many_cells_share_one_sign_of_life(clock):
    lines: list[str] = []
    waits = [shared(clock, f"c{n}", ends=130 if n else 250, expected_seconds=120) for n in range(34)]
    go(clock, [*waits, shared(clock, "other", "wave 2", ends=130), Job(clock, name="third", ends=130)], lines)
    said = [line for line in lines if "alive" in line]
    assert said[:3] == ["[wave 1 in 34 cells] alive at 60", "[other wave 2] alive at 60", "[third] alive at 60"]
    # who is left alone says its name again, and nobody fell silent for others
    late = [line for line in said if "wave 1" in line]
    assert late == ["[wave 1 in 34 cells] alive at 60", "[wave 1 in 34 cells] alive at 120", *late[2:]]
    assert late[2:] and all(line.startswith("[c0 wave 1] alive at ") for line in late[2:])


def test_who_does_not_answer_says_so_alone():
    clock = Real()
    watched = [waits_together._Watched(shared(clock, name), 0.0) for name in ("a", "b", "c")]
    loop = object.__new__(waits_together._Loop)
    loop.clock, loop.watched = SimpleNamespace(seconds=lambda: 60.0), watched
    watched[1].since, watched[2].since = 0.0, 55.0
    assert loop._beat_of(watched[0], 60.0) == "[wave 1 in 2 cells] alive at 60"
    assert [one.progress.last_line_at for one in watched] == [0.0, 0.0, 60.0], "whoever joined in has said something"
    assert loop._beat_of(watched[1], 60.0) == "[b wave 1] 1m00s, no answer yet to a look that began 1m00s ago"


# -- with jobs -------------------------------------------------------------------------------------------------------


def test_jobs_of_two_cells_are_waited_for_together(clock):
    worlds = []
    for number in (1, 2):
        aws = FakeDrs()
        aws.add_server(number)
        cell = FakeCell(aws, cell=f"cell-{number}")
        request = {"mode": "drill", "run_id": "r", "wave": "1", "servers": [{"source_server_id": server_id(number)}]}
        started = launch.launch(cell, request)
        aws.end(aws.jobs[0])
        worlds.append((cell, started))
    defaults = {key: spec.get("default") for key, spec in recovery_wait.WAIT_SPEC.items()}
    waits = [
        recovery_wait.JobWait(cell, {**defaults, "jobs": started["jobs"], "servers": started["servers"]})
        for cell, started in worlds
    ]
    # the clients of these cells are one, so one look at a time
    first, second = go(clock, waits, workers=1)
    assert [one.result["summary"]["launched"] for one in (first, second)] == [1, 1]
    assert [one.result["servers"][0]["cell"] for one in (first, second)] == ["cell-1", "cell-2"]
    assert not first.wait.problem(first.result)
