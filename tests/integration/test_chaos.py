"""Test crashed and frozen controllers, failing stores and failing cells, and that the judge can fail.

A bounded part of `make chaos`, with every kind of edge.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import signal

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network, guardrails, launch_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch as recovery_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import lifecycle
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build
from support.chaos import Stop, World, many_worlds, violations
from support import troubles
from support.walker import Moments

GOOD = {"status": "succeeded", "summary": {"launched": 9}, "stopped": ""}
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def worlds(start_simulator):
    return start_simulator(many_worlds(60))


@pytest.fixture
def world(worlds, tmp_path):
    """A world that nobody has touched: world(**fields of World)."""

    def make(**more):
        return World(worlds, next(NUMBERS), tmp_path, **more)

    yield make
    worlds.faults.clear()


@pytest.fixture(scope="module")
def points(worlds, tmp_path_factory):
    """The points of an undisturbed run, which is a good one."""
    quiet = World(worlds, next(NUMBERS), tmp_path_factory.mktemp("quiet"))
    controller = quiet.start()
    assert controller.wait() == {**GOOD, "epoch": 1}
    assert violations(quiet) == []
    return controller.seen()


def one_of_each(points):
    """The first point of each kind: what is written or sent, whichever wave or cell it is about."""
    found = {}
    for point in points:
        found.setdefault((point.kind, point.what.partition(":")[0] if point.kind == "write" else ""), point)
    return list(found.values())


def test_an_undisturbed_run_has_every_kind_of_edge(points):
    kinds = {(point.kind, point.what.partition(":")[0]) for point in points if point.kind == "write"}
    assert kinds == {("write", one) for one in ("run", "plan", "wave", "event")}
    assert [point.kind for point in points].count("launch") == 9
    assert [point.what for point in points if point.what.startswith("wave:")] == ["wave:1"] * 2 + ["wave:2"] * 2 + [
        "wave:3"
    ] * 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_kind_of_edge_in_turn_the_next_controller_goes_on(world, points, when):
    """One run that loses its controller again and again, each time at another kind of edge."""
    here = world()
    for turn, point in enumerate(one_of_each(points)):
        number = point.number
        killed = here.run(f"c{turn}", Stop(number, when))
        assert killed is None or killed["status"] == "succeeded", (point, killed)
    told = here.run("last")
    assert (told["status"], told["summary"]) == ("succeeded", {"launched": 9})
    assert violations(here) == []
    assert here.kept()["run"]["epoch"] > 2


@pytest.mark.parametrize("kind", ["write", "launch"])
def test_killed_in_the_middle_wave_and_resumed(world, points, kind):
    middle = [one for one in points if one.kind == kind][len([one for one in points if one.kind == kind]) // 2]
    for when in ("before", "after"):
        here = world()
        assert here.run("first", Stop(middle.number, when)) is None
        told = here.run("second")
        assert (told["status"], told["summary"], told["epoch"]) == ("succeeded", {"launched": 9}, 2)
        assert violations(here, since_takeover="second") == []


def test_killed_while_waves_run_beside_each_other_every_wave_is_taken_up_and_nothing_twice(world):
    """Waves 1 and 2 at the same time, 3 after both; killed in the launches and at what is written of waves, in turn."""
    waves = [{"name": name, "selector": {"waves": [name]}, "depends_on": []} for name in ("1", "2", "3")]
    waves[2]["depends_on"] = ["1", "2"]
    options = {"plan_document": {"name": "chaos", "waves": waves}, "validate_tasks": "/look.yml"}
    quiet = world(options=options)
    controller = quiet.start()
    assert controller.wait()["status"] == "succeeded" and violations(quiet) == []
    seen = controller.seen()
    intents = [one.what for one in seen if one.what.startswith("wave:")]
    assert intents[:2] == ["wave:1", "wave:2"], "both before one of them has ended"
    # in the launches of both, where both run, and where both are written down
    points = [one for one in seen if one.kind == "launch"][1:6:2]
    points += [one for one in seen if one.what.startswith("wave:")][2:5]
    here = world(options=options)
    for turn, point in enumerate(points):
        here.run(f"c{turn}", Stop(point.number, ("before", "after")[turn % 2]))
    told = here.run("last")
    assert (told["status"], told["summary"]) == ("succeeded", {"launched": 9})
    assert violations(here) == []
    assert len(here.ledger()) == 9 and here.kept()["run"]["epoch"] > 2


def test_waves_beside_each_other_keep_to_the_quotas_of_a_cell_together(world):
    waves = [{"name": name, "selector": {"waves": [name]}, "depends_on": []} for name in ("1", "2", "3")]
    document = {"name": "chaos", "waves": waves, "limits": {"concurrent_jobs": 1}}
    here = world(options={"plan_document": document})
    assert here.walk().go()["summary"] == {"launched": 9}
    for account in here.accounts:
        launched = [one for one in here.ledger() if one["account"] == account and one["effect"] == "launched"]
        ends: dict = {}
        for one in launched:
            ends[one["job_tags"]["resilience.drs/wave"]] = one["time"]
        starts = sorted(one["time"] for one in here.calls("StartRecovery") if one["account"] == account)
        assert len(starts) == len(ends) == 3
        # each begins when the one before it has ended
        assert all(end <= start for end, start in zip(sorted(ends.values()), starts[1:]))


@pytest.mark.parametrize("kind", ["write", "fence"])
def test_a_frozen_controller_wakes_up_after_its_successor_and_cannot_go_on(world, points, kind):
    middle = [one for one in points if one.kind == kind][-5]
    here = world()
    old = here.start("old", Stop(middle.number, "before", signal.SIGSTOP))
    assert old.wait_stopped()
    told = here.run("new")
    assert (told["status"], told["epoch"]) == ("succeeded", 2)
    old.go_on()
    lost = old.wait()
    assert lost["status"] == "lost" and "run_superseded" in (lost["stopped"] + lost["code"])
    assert violations(here, since_takeover="new") == []


def test_two_controllers_at_once(world):
    here = world()
    both = [here.start(name) for name in ("one", "two")]
    told = [one.wait() for one in both]
    assert sorted(one["status"] for one in told) in (["lost", "succeeded"], ["failed", "lost"], ["lost", "partial"])
    last = here.run("three")
    assert (last["status"], last["summary"]) == ("succeeded", {"launched": 9})
    assert violations(here) == []


def test_a_store_that_goes_down_in_the_middle_stops_the_run_and_the_next_one_finishes_it(world, monkeypatch, tmp_path):
    here = world()
    real = fence.Fence.check

    def check(self, waves=None):
        if waves and "2" in waves:
            self.request = {**self.request, "store": {"path": "/dev/null/store"}}
        return real(self, waves)

    monkeypatch.setattr(fence.Fence, "check", check)
    told = here.walk("first").go()
    assert told["status"] == "partial" and told["summary"] == {"launched": 3, "refused": 3}
    assert len([one for one in here.ledger() if one["effect"] == "launched"]) == 3
    monkeypatch.undo()
    assert here.walk("second").go()["summary"] == {"launched": 9}
    assert violations(here) == []


@pytest.mark.parametrize(
    "faults",
    [
        [{"kind": "drop_response", "action": "StartRecovery", "times": 3}],
        [
            {"kind": "throttle", "service": "drs", "rate": 0.25},
            {"kind": "server_error", "service": "drs", "rate": 0.05},
        ],
    ],
    ids=["answers lost", "throttling storm"],
)
def test_a_run_through_bad_weather(world, no_real_waiting, faults):
    here = world()
    for number, fault in enumerate(faults):
        here.simulator.faults.add(fault["kind"], account=here.accounts, id=f"bad-{number}", **{
            key: value for key, value in fault.items() if key != "kind"
        })  # fmt: skip
    told = here.walk().go()
    here.simulator.faults.clear()
    if told["status"] != "succeeded":
        told = here.walk("again", retry_failed=True).go()
    assert (told["status"], told["summary"]) == ("succeeded", {"launched": 9})
    assert violations(here) == []


def test_credentials_that_expire_in_every_wait(world, monkeypatch):
    here = world()
    advance = here.simulator.clock.advance

    class Clock:
        def advance(self, seconds):
            here.simulator.expire_sessions()
            return advance(seconds)

    monkeypatch.setattr(type(here.simulator), "clock", Clock())
    told = here.walk().go()
    assert (told["status"], told["summary"]) == ("succeeded", {"launched": 9})
    monkeypatch.undo()
    assert violations(here) == []


@pytest.mark.parametrize("fault", ["deny", "drop_connection"])
def test_a_cell_that_starts_to_deny_or_a_region_that_answers_nothing(world, no_real_waiting, fault):
    """The wave ends in the other cells; the run stops, says which cell it was, and continues when the cell is back."""
    here = world()

    def at(moment):
        if moment == "2/launch":
            here.simulator.faults.add(fault, service="drs", account=here.accounts[1])

    told = here.walk(moments=Moments(at)).go()
    assert told["status"] == "partial" and told["summary"]["launched"] == 5
    assert sum(told["summary"].values()) == 6
    here.simulator.faults.clear()
    assert here.walk("second").go()["summary"] == {"launched": 9}
    assert violations(here) == []


def test_check_mode_changes_nothing(world):
    here = world()
    before = here.simulator.mark()
    here.walk(check_mode=True).go()
    assert [one for one in here.simulator.journal(before, mutating=True) if one["service"] != "sts"] == []
    assert here.ledger() == [] and here.kept() == {}


# -- the judge can be failed: each guard taken out, and the invariant that then breaks ---------------------------------


def of(invariant, found):
    """Whether the judge names an invariant."""
    return any(one.startswith(invariant + ":") for one in found)


def test_i1_without_the_guard_of_live_recoveries(world, monkeypatch):
    here = world()
    here.places[0].foreign_launch(here.places[0].ids("srv-1"), drill=False)
    here.walk().go()
    assert not of("I1", violations(here, complete=False))
    for room in (launch_checks, build):
        monkeypatch.setattr(room, "live_recovery", lambda *_args, **_kwargs: [])
    here.walk("again").go()
    assert of("I1", violations(here, complete=False))


def test_i2_without_adoption(world, monkeypatch):
    here = world()
    here.walk().go()
    monkeypatch.setattr(jobs, "of_run", lambda *_args, **_kwargs: [])
    here.walk("again").go()
    assert of("I2", violations(here))


def test_i3_when_the_run_follows_the_tags_of_now(world, monkeypatch):
    here = world()
    first = here.walk()
    shorter = {**first.plan(), "waves": first.plan()["waves"][:1]}
    first.step("begun", plan={**shorter, "hash": plan_hash(shorter)}, request=first.request())
    assert here.walk("with").go()["summary"] == {"launched": 3}
    assert violations(here) == []
    monkeypatch.setattr(run_record, "with_policy", lambda *_args: here.walk().plan())
    monkeypatch.setattr(run_record, "check_plan", lambda *_args: None)
    monkeypatch.setattr(lifecycle.Run, "_freeze", lambda *_args: None)
    monkeypatch.setattr(lifecycle.Run, "_check_start", lambda *_args: None)
    monkeypatch.setattr(run_record, "check_effect", lambda *_args: None)
    here.walk("without").go()
    assert of("I3", violations(here))


def test_i4_without_the_epoch(world, monkeypatch):
    here = world()
    old = here.walk("old")
    plan = old.plan()
    epoch = old.step("begun", plan=plan, request={"mode": "drill"})["epoch"]
    old.step("wave_intended", epoch=epoch, wave="1", servers=plan["waves"][0]["servers"])
    here.walk("new").step("begun", plan=here.walk("new").plan(), request={"mode": "drill"})
    fenced = old.launch(here.places[0], plan["waves"][0], epoch)
    assert {one["error"]["code"] for one in fenced["servers"]} == {"run_superseded"}
    assert not of("I4", violations(here, complete=False, since_takeover="new"))
    monkeypatch.setattr(run_record, "check_epoch", lambda *_args: None)
    old.launch(here.places[0], plan["waves"][0], epoch)
    assert of("I4", violations(here, complete=False, since_takeover="new"))


def test_i5_without_the_look_at_approvals(world, monkeypatch):
    here = world(options={"require_approval": True})
    assert here.walk().go()["status"] == "waiting" and here.ledger() == []
    monkeypatch.setattr(lifecycle, "check_approval", lambda *_args: None)
    monkeypatch.setattr(run_record, "check_active", lambda *_args: None)
    walker = here.walk("without")
    epoch = walker.step("begun", plan=walker.plan())["epoch"]
    plan = walker.plan()
    walker.step("wave_intended", epoch=epoch, wave="1", servers=plan["waves"][0]["servers"])
    walker.launch(here.places[0], plan["waves"][0], epoch)
    assert of("I5", violations(here, complete=False))


def test_i5_an_approved_run_is_a_good_one(world):
    here = world(options={"require_approval": True})
    here.walk().go()
    here.step("approved", approver="bob")
    assert here.walk("next").go()["summary"] == {"launched": 9}
    assert violations(here) == []


def test_i6_without_the_intent(world, monkeypatch):
    here = world()
    walker = here.walk()
    plan = walker.plan()
    epoch = walker.step("begun", plan=plan, request={"mode": "drill"})["epoch"]
    refused = walker.launch(here.places[0], plan["waves"][0], epoch)
    assert {one["error"]["code"] for one in refused["servers"]} == {"intent_missing"}
    assert not of("I6", violations(here, complete=False))
    monkeypatch.setattr(run_record, "check_effect", lambda *_args: None)
    walker.launch(here.places[0], plan["waves"][0], epoch)
    assert of("I6", violations(here, complete=False))


def test_i7_when_totals_are_not_counted_from_the_waves(world, monkeypatch):
    here = world()
    monkeypatch.setattr(lifecycle.Run, "_totals", lambda _self, _waves: {"launched": 10})
    here.walk().go()
    assert of("I7", violations(here))


def test_i8_when_check_mode_is_not_looked_at(world, monkeypatch):
    here = world()
    walker = here.walk()
    plan = walker.plan()
    epoch = walker.step("begun", plan=plan, request={"mode": "drill"})["epoch"]
    walker.step("wave_intended", epoch=epoch, wave="1", servers=plan["waves"][0]["servers"])
    walker.check_mode = True
    never = property(lambda self: False, lambda self, value: None)
    monkeypatch.setattr(recovery_launch.Launch, "check_mode", never, raising=False)
    before = here.simulator.mark()
    walker.launch(here.places[0], plan["waves"][0], epoch)
    assert here.simulator.mutations(before) != []


# -- what may happen to a run at any of its moments: a bounded part of tools/chaos.py ---------------------------------


@pytest.mark.parametrize(
    ("trouble", "moment"),
    [
        ("cell denies", "2/launch:wait"),
        ("cell is silent", "2/intend"),
        ("jobs gone", "2/launch:wait"),
        ("jobs gone", "2/record"),
        ("plan edited", "2/validate:wait"),
        ("gate edited", "2/launch"),
        ("record damaged", "2/record"),
        ("intents removed", "2/launch"),
        ("cancelled", "2/launch:wait"),
    ],
)
def test_a_trouble_in_the_middle_of_a_run(world, no_real_waiting, trouble, moment):
    here = world(options={"require_full_coverage": True, "validate_tasks": "/look.yml"})
    assert troubles.under(here, trouble, moment) == []


@pytest.mark.parametrize(("mode", "when"), [("drill", "after"), ("recovery", "before")])
def test_a_guarded_run_that_is_killed_keeps_its_guardrails_when_it_is_resumed(world, mode, when):
    here = world(mode=mode)
    troubles.guard(here)
    troubles.approve(here)

    def moved(moment):
        if mode == "drill" and moment == "3/time":
            troubles.move(here)

    launches = Stop(12, when)
    assert here.run("first", launches, moments=Moments(moved)) is None
    here.options = {}
    told = here.run("second", moments=Moments(moved))
    assert troubles.guarded(here, told) == []


def test_the_judge_of_a_guarded_run_can_be_failed(world, monkeypatch):
    """Without the look at the subnets of a drill, and without its lease."""
    here = world()
    troubles.guard(here)
    troubles.approve(here)
    monkeypatch.setattr(drill_network, "blocking_findings", lambda *_args: [])
    monkeypatch.setattr(guardrails, "expiry", lambda *_args: "2030-01-01T00:00:00Z")
    told = here.walk("second", moments=Moments(lambda moment: moment == "3/time" and troubles.move(here))).go()
    found = troubles.guarded(here, told)
    assert any("it ended as" in one for one in found) and any("a lease of" in one for one in found)
