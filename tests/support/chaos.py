"""Chaos tests: stop or freeze controllers at every write and effect, and judge what they leave behind.

A controller here is a process of its own, forked, that walks a run with the product's own walk (support/walker.py),
against the simulator. It dies by KILL. Its points are counted in an undisturbed run, so that none is left out.
Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import fence
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import times
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import DirectoryStore

from support.cells import Place
from support.scenarios import account, fleet
from support.simulator import Simulator
from support.walker import Walker

CELLS = 3
WAVES = 3


def many_worlds(count: int, **more: Any) -> dict[str, Any]:
    """A scenario of so many worlds, each of three accounts with one server in each of three waves."""
    accounts, fleets = [], []
    for number in range(count):
        for one in accounts_of(number):
            accounts.append(account(one))
            fleets += [fleet(one, 1, f"srv-{wave}", wave) for wave in range(1, WAVES + 1)]
    return {"accounts": accounts, "fleets": fleets, "jobs": {"total": 60}, **more}


def accounts_of(number: int) -> list[str]:
    """The account ids of a world."""
    return [f"3{number:05}{cell:06}" for cell in range(CELLS)]


@dataclass
class Point:
    """One edge of a run: a write of the store, or a launch. ``when`` is before or after it."""

    kind: str
    what: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number} ({self.what})"


@dataclass
class World:
    """Three accounts of a simulator with the store of one run, and what happened there since it was made."""

    simulator: Simulator
    number: int
    directory: Path
    run_id: str = "chaos"
    mode: str = "drill"
    options: dict[str, Any] = field(default_factory=lambda: {"require_full_coverage": True})
    validation: Callable[[Any, str], str] = lambda _step, _cell: ""
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.accounts = accounts_of(self.number)
        self.places = [Place(self.simulator, one) for one in self.accounts]
        self.store = {"backend": "directory", "path": str(self.directory / f"store-{self.number}")}
        self._calls = self.simulator.mark()

    # -- controllers ---------------------------------------------------------------------------------------------

    def walk(self, name: str = "a", **options: Any) -> Walker:
        """A controller of the run, in this process."""
        return Walker(self, name, **options)

    def start(self, name: str = "a", stop: Stop | None = None, **options: Any) -> Controller:
        """A controller of the run in a process of its own."""
        return Controller(self, name, stop, options)

    def run(self, name: str = "a", stop: Stop | None = None, **options: Any) -> dict[str, Any] | None:
        """A controller to its end: what it returned, None when it was killed."""
        return self.start(name, stop, **options).wait()

    def step(self, state: str, **options: Any) -> dict[str, Any]:
        """drs_run by a person."""
        params = run_request.params_of(state, run_id=self.run_id, store=self.store, actor="carol", **options)
        return run_request.perform(params, False)

    # -- what there is to judge ----------------------------------------------------------------------------------

    def ledger(self) -> list[dict[str, Any]]:
        """Effects in the accounts of this world."""
        return [one for place in self.places for one in place.effects()]

    def calls(self, action: str | None = None) -> list[dict[str, Any]]:
        """Calls in the accounts of this world, in their order."""
        return [one for one in self.simulator.journal(self._calls, action=action) if one["account"] in self.accounts]

    def kept(self) -> dict[str, Any]:
        """What the store holds of the run; empty when it holds nothing."""
        try:
            return run_request.stored_run(open_store(self.store), self.run_id)
        except DrsError:
            return {}


@dataclass
class Stop:
    """Where a controller ends: at its so manieth point, before or after it, by which signal."""

    number: int
    when: str = "before"
    signal: int = signal.SIGKILL


class Controller:
    """A walker in a process of its own."""

    def __init__(self, world: World, name: str, stop: Stop | None, options: dict[str, Any]) -> None:
        self.answer = world.directory / f"answer-{world.number}-{name}-{os.urandom(4).hex()}.json"
        self.points = self.answer.with_suffix(".points")
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._live(world, name, stop, options)

    def _live(self, world: World, name: str, stop: Stop | None, options: dict[str, Any]) -> None:
        code = 1
        try:
            count_points(self.points, stop)
            told = world.walk(name, **options).go()
            self.answer.write_text(json.dumps(told), encoding="utf-8")
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            # nothing of the parent's (pytest, simulators) may be closed by the child
            os._exit(code)

    def wait_stopped(self) -> bool:
        """Wait until it froze; False when it ended before."""
        _pid, status = os.waitpid(self.pid, os.WUNTRACED)
        return os.WIFSTOPPED(status)

    def go_on(self) -> None:
        """Let it wake up."""
        os.kill(self.pid, signal.SIGCONT)

    def wait(self) -> dict[str, Any] | None:
        """Wait for its end: what it returned, None when it was killed."""
        _pid, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            return None
        if os.WEXITSTATUS(status):
            raise AssertionError("a controller ended with a fault of its own, see above")
        return dict(json.loads(self.answer.read_text(encoding="utf-8")))

    def seen(self) -> list[Point]:
        """The points that it came to, in order."""
        lines = self.points.read_text(encoding="utf-8").splitlines() if self.points.exists() else []
        return [Point(*json.loads(line)) for line in lines]


def count_points(path: Path, stop: Stop | None) -> None:
    """Note every write of the store and every launch of this process, and end it at one of them."""
    numbers = iter(range(1, 1_000_000))

    def at(kind: str, what: str, act: Callable[[], Any]) -> Any:
        number = next(numbers)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps([kind, what, number]) + "\n")
        if stop and stop.number == number and stop.when == "before":
            os.kill(os.getpid(), stop.signal)
        done = act()
        if stop and stop.number == number and stop.when == "after":
            os.kill(os.getpid(), stop.signal)
        return done

    put, check, start = DirectoryStore.put, fence.Fence.check, drs.start_recovery

    def put_(self: Any, run_id: str, item: str, *args: Any, **kwargs: Any) -> Any:
        return at("write", item, lambda: put(self, run_id, item, *args, **kwargs))

    def check_(self: Any, waves: Any = None) -> Any:
        return at("fence", self.cell, lambda: check(self, waves))

    def start_(cell: Cell, *args: Any, **kwargs: Any) -> Any:
        return at("launch", cell.name, lambda: start(cell, *args, **kwargs))

    DirectoryStore.put = put_
    fence.Fence.check = check_
    drs.start_recovery = start_


# -- the judge -------------------------------------------------------------------------------------------------------


def violations(world: World, complete: bool = True, since_takeover: str = "") -> list[str]:
    """What is wrong with what happened, by invariant; nothing when all is well.

    complete: whether the run has come to its end, so that its totals must be those of the ledger. since_takeover: the
    session name of a controller after whose first call no older one may launch.
    """
    return [*_violations(world, complete, since_takeover)]


def _violations(world: World, complete: bool, since_takeover: str) -> Iterator[str]:
    ledger, kept = world.ledger(), world.kept()
    run, plan = kept.get("run") or {}, kept.get("plan") or {}
    launched = [one for one in ledger if one["effect"] == "launched"]
    starts = [
        one for one in world.calls("StartRecovery") if one["status"] in (200, 202) or one["error"] == "ResponseDropped"
    ]
    ours = [one for one in starts if (one["request"].get("tags") or {}).get("resilience.drs/run") == world.run_id]
    for one in ledger:
        if one["effect"] in ("wiped", "terminated") and not one["is_drill"]:
            yield f"I1: {one['source_server_id']} lost its live recovery instance"
    sent: dict[str, int] = {}
    for start in ours:
        for server in start["request"]["sourceServers"]:
            sent[server["sourceServerID"]] = sent.get(server["sourceServerID"], 0) + 1
    for server, number in sent.items():
        if number > 1:
            yield f"I2: {server} was launched {number} times in the run"
    scope = {server["source_server_id"] for wave in plan.get("waves") or () for server in wave["servers"]}
    for server in sent:
        if server not in scope:
            yield f"I3: {server} was launched and is not in the frozen plan"
    yield from _late(ours, world, since_takeover)
    yield from _unapproved(ours, run, kept)
    yield from _unmeant(ours, kept)
    if complete:
        yield from _totals(launched, run, kept)
    for problem in journal.chain_problems(kept.get("events") or []):
        yield f"journal: {problem}"


def _late(starts: list[dict[str, Any]], world: World, successor: str) -> Iterator[str]:
    """I4: nothing is launched by an older controller after a newer one has begun."""
    if not successor:
        return
    first = next((one["seq"] for one in world.calls() if one["principal"].endswith(f"/ctl-{successor}")), None)
    for start in starts:
        if first is not None and start["seq"] > first and not start["principal"].endswith(f"/ctl-{successor}"):
            yield f"I4: {start['principal'].rpartition('/')[2]} launched after {successor} had taken over"


def _unapproved(starts: list[dict[str, Any]], run: dict[str, Any], kept: dict[str, Any]) -> Iterator[str]:
    """I5: nothing is launched before this very plan is approved, when it has to be."""
    if not starts or not run.get("approvals"):
        return
    good = [
        one
        for one in kept["approvals"]
        if one["decision"] == "approved"
        and one["plan_hash"] == run["plan_hash"]
        and one["approver"] != run["initiator"]
    ]
    first = min(one["time"] for one in starts)
    if not good or times.parse_time(good[0]["at"]) > times.parse_time(first):
        yield "I5: launched before the plan was approved"


def _unmeant(starts: list[dict[str, Any]], kept: dict[str, Any]) -> Iterator[str]:
    """I6: every launch was written down before, and everything that it made is in the record of its wave."""
    meant = {one["wave"]: one["intended_at"] for one in kept.get("waves") or () if one.get("intended_at")}
    events = [one["data"]["wave"] for one in kept.get("events") or () if one["event"] == "wave_intended"]
    for start in starts:
        wave = start["request"]["tags"]["resilience.drs/wave"]
        if wave not in meant or wave not in (kept.get("run") or {}).get("waves", {}) or wave not in events:
            yield f"I6: wave {wave} was launched without its intent"


def _totals(launched: list[dict[str, Any]], run: dict[str, Any], kept: dict[str, Any]) -> Iterator[str]:
    """I7: what the run says is what the ledger says."""
    told = (run.get("summary") or {}).get("launched", 0)
    if told != len(launched):
        yield f"I7: the run says {told} launched, the ledger {len(launched)}"
    recorded = [
        one["recovery_instance_id"]
        for wave in kept.get("waves") or ()
        for one in wave["servers"]
        if one.get("outcome") == "launched"
    ]
    if sorted(recorded) != sorted(one["recovery_instance_id"] for one in launched):
        yield "I7: the instances of the record are not those of the ledger"
