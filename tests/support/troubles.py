"""What may happen to a run at any of its moments, and how it must end: cells, jobs, and the store under it.

Each trouble begins at one moment of a walk (support/walker.py), is over when that walk has ended, and is judged twice:
the walk ended with a verdict, and the next controller finishes the run without launching anything twice.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from botocore.exceptions import ClientError

from support.chaos import World, violations
from support.launch_settings import Keeper, Network, server
from support.walker import Moments

GOOD = {"launched": 9}
ENDED = ("succeeded", "partial", "failed", "cancelled")
SUCCESS = ("succeeded", GOOD)
LEASE_HOURS = 2
REASON = "chaos asks for it"
MOVED = "srv-3"
"""The server whose settings change under a guarded run."""


def moments_of(world: World) -> list[str]:
    """Every moment of a run that nobody disturbs."""
    moments = Moments()
    told = world.walk(moments=moments).go()
    if told["status"] != "succeeded":
        raise AssertionError(f"an undisturbed run ended as {told}")
    return moments.seen


# -- the troubles ----------------------------------------------------------------------------------------------------
# each does its harm and returns what takes it away again

Undo = Callable[[], Any]


def denied(world: World) -> Undo:
    """The second cell denies everything from now on."""
    world.simulator.faults.add("deny", service="drs", account=world.accounts[1], id=f"trouble-{world.number}")
    return lambda: world.simulator.faults.clear(f"trouble-{world.number}")


def silent(world: World) -> Undo:
    """The second cell answers nothing from now on."""
    world.simulator.faults.add("drop_connection", service="drs", account=world.accounts[1], id=f"t-{world.number}")
    return lambda: world.simulator.faults.clear(f"t-{world.number}")


def jobs_gone(world: World) -> Undo:
    """Every job of the second cell is deleted, those that ran when they have ended."""
    place = world.places[1]
    for turn in range(2):
        for job in place.drs.describe_jobs(filters={})["items"]:
            with contextlib.suppress(ClientError):
                place.drs.delete_job(jobID=job["jobID"])
        if turn == 0:
            world.simulator.clock.advance(120)
    return lambda: None


def _edit(world: World, item: str, change: Callable[[dict[str, Any]], Any]) -> Undo:
    """Change an item of the store as an editor would; undone, it is as it was, unless somebody wrote meanwhile."""
    store = open_store(world.store)
    try:
        record = store.get(world.run_id, item)
    except DrsError:
        record = None
    if record is None:
        return lambda: None
    before = json.loads(json.dumps(record["body"]))
    change(record["body"])
    store.put(world.run_id, item, record["body"], record["version"])
    written = record["version"] + 1

    def undo() -> None:
        now = store.get(world.run_id, item)
        if now and now["version"] == written:
            store.put(world.run_id, item, before, written)

    return undo


def plan_edited(world: World) -> Undo:
    """Somebody takes a server out of the last wave of the frozen plan."""
    return _edit(world, "plan", lambda plan: plan["waves"][-1]["servers"].pop())


def gate_edited(world: World) -> Undo:
    """Somebody makes the last wave of the frozen plan forgive every failure."""
    return _edit(world, "plan", lambda plan: plan["waves"][-1].update(max_failures=100))


def damaged(world: World) -> Undo:
    """The record of the run is no JSON any more."""
    path = Path(world.store["path"]) / world.run_id / "run.json"
    before = path.read_bytes()
    path.write_bytes(before[: len(before) // 2])

    def undo() -> None:
        if path.read_bytes() == before[: len(before) // 2]:
            path.write_bytes(before)

    return undo


def intents_removed(world: World) -> Undo:
    """Somebody takes the intents of the waves out of the record."""
    return _edit(world, "run", lambda run: run.update(waves={}))


def cancelled(world: World) -> Undo:
    """Somebody cancels the run."""
    with contextlib.suppress(DrsError):
        world.step("cancelled", reason="chaos")
    return lambda: None


TROUBLES: dict[str, Callable[[World], Undo]] = {
    "cell denies": denied,
    "cell is silent": silent,
    "jobs gone": jobs_gone,
    "plan edited": plan_edited,
    "gate edited": gate_edited,
    "record damaged": damaged,
    "intents removed": intents_removed,
    "cancelled": cancelled,
}

REFUSED = {"plan edited": "plan_changed", "gate edited": "plan_changed", "record damaged": "run_store_damaged"}
"""How whoever resumes the run is refused while the trouble lasts."""


# -- a run under one of them -----------------------------------------------------------------------------------------


def under(world: World, trouble: str, moment: str) -> list[str]:
    """Walk a run with one trouble from one moment on, then again without; returns what was wrong."""
    undo: list[Undo] = []

    def at(here: str) -> None:
        if here == moment and not undo:
            undo.append(TROUBLES[trouble](world))

    first = world.walk("first", moments=Moments(at)).go()
    if not undo:
        return [f"the walk did not come to {moment}"]
    found = _ended(world, first, trouble)
    if trouble in REFUSED:
        before = len(world.ledger())
        try:
            found.append(f"resumed under {trouble}: {world.walk('meanwhile').go()}")
        except DrsError as exc:
            found += [] if exc.code == REFUSED[trouble] else [f"resumed under {trouble}: {exc}"]
        found += [] if len(world.ledger()) == before else [f"something was launched under {trouble}"]
    undo[0]()
    if trouble == "cancelled":
        return found + violations(world, complete=False)
    last = world.walk("second").go()
    if last["status"] != "succeeded" or last["summary"] != GOOD:
        found.append(f"first {first}, then it ended as {last}")
    return found + violations(world)


def _ended(world: World, told: dict[str, Any], trouble: str) -> list[str]:
    """What is wrong with the end of the walk that was in trouble."""
    found = []
    record = (world.kept().get("run") or {}).get("status")
    if told["status"] not in (*ENDED, "lost"):
        found.append(f"the walk ended as {told}")
    if told["status"] == "lost" and not told["code"]:
        found.append(f"it lost its run and does not say why: {told}")
    if trouble != "record damaged" and record not in ENDED:
        found.append(f"the record says {record} after {told}")
    if record == "succeeded" and told["summary"] != GOOD:
        found.append(f"a success that is none: {told}")
    return found


# -- guardrails ------------------------------------------------------------------------------------------------------


def guard(world: World) -> None:
    """Give a run of this world what must survive its controller: of a drill a network, of a failover an override."""
    policy = {"policy": {"max_failures": 0}, "validate_tasks": "/look.yml"}
    world.options = {"plan_name": "chaos", "require_approval": True, "require_full_coverage": True, **policy}
    if world.mode == "recovery":
        guardrails = {"guardrails": {"max_servers_per_run": 1}, "override_reason": REASON}
        world.options.update(guardrails, confirm=f"FAILOVER chaos {GOOD['launched']} us-west-2")
        return
    # of a server that is not critical, only the limit of failures stops the run
    tags = {"dr:enabled": "true", "dr:wave": "3", "dr:critical": "false"}
    world.simulator.set_server(world.places[0].account, world.places[0].region, MOVED, tags=tags)
    networks = [Network(place) for place in world.places]
    for place, network in zip(world.places, networks, strict=True):
        keeper = Keeper(world.simulator, place.account)
        keeper.keep(*(server(f"srv-{wave}", subnet_id=network.first, public_ip=False) for wave in (1, 2, 3)))
    world.options.update(
        guardrails={"drill_lease_hours": LEASE_HOURS},
        drill_network={"subnet_ids": [network.first for network in networks]},
    )


def move(world: World) -> None:
    """Somebody moves a server of the last wave into another subnet."""
    place = world.places[0]
    keeper = Keeper(world.simulator, place.account)
    keeper.keep(server(MOVED, subnet_id=Network(place).second, public_ip=False))


def approve(world: World) -> None:
    """Begin the run, which waits, and approve it by somebody else."""
    # the simulator's clock stands still, and approvals are given by this machine's
    world.simulator.clock.advance(600)
    told = world.walk("asks").go()
    if told["status"] != "waiting" or world.ledger():
        raise AssertionError(f"it does not wait for its approval: {told}")
    world.step("approved", approver="bob")


def guarded(world: World, told: dict[str, Any]) -> list[str]:
    """What is wrong with a guarded run that has ended, and of which a drill's server was moved before the last wave."""
    found = violations(world)
    drill = world.mode == "drill"
    if (told["status"], told["summary"]) != (("partial", {"launched": 8, "refused": 1}) if drill else SUCCESS):
        found.append(f"it ended as {told}")
    kept = world.kept()
    wrong = [one["error"]["code"] for wave in kept["waves"] for one in wave["servers"] if one.get("error")]
    if wrong != (["drill_subnet_not_allowed"] if drill else []):
        found.append(f"servers were refused for {wrong}")
    if drill and "at most 0 may" not in told["stopped"]:
        found.append(f"it stopped because {told['stopped']}")
    validated = [(wave.get("validation") or {}).get("failed") == [] for wave in kept["waves"]]
    if validated != [True, True, not drill]:
        found.append(f"validated: {validated}")
    if not drill and [one["reason"] for one in kept["run"]["overrides"]] != [REASON]:
        found.append(f"overrides: {kept['run']['overrides']}")
    leases = [_lease(call) for call in world.calls("StartRecovery")] if drill else []
    return found + [f"a lease of {hours} hours" for hours in leases if abs(hours - LEASE_HOURS) > 0.1]


def _lease(call: dict[str, Any]) -> float:
    """For how many hours the instances of a launch may stand."""
    until = datetime.fromisoformat(call["request"]["tags"]["dr:expires"])
    return (until - datetime.fromisoformat(call["time"])).total_seconds() / 3600
