"""What each action left, in one shape: its servers, which of them count as good, instances, cells.

The answer of an orchestration is made of it, see ``result``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import server_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import matching

Entry = Mapping[str, Any]
Facts = Mapping[str, Any]
_MOVING = (outcomes.IN_PROGRESS, outcomes.QUEUED)
_LATE = ("wait_timeout", "automation_timeout")


class View(NamedTuple):
    """What an action left.

    ``servers`` is one entry per server, ``good`` the outcomes that are a success, ``fine`` those that take nothing away
    from one. ``instances`` are the entries of machines that stand or were to stand. ``clean`` is None where nothing was
    terminated. ``error`` stopped the action before it had a result.
    """

    servers: list[Entry] = []
    good: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    instances: list[Entry] = []
    cells: list[Entry] = []
    unread: list[Entry] = []
    clean: bool | None = None
    error: Mapping[str, Any] | None = None

    @property
    def succeeded(self) -> list[Entry]:
        """Those that came to what was asked for."""
        return [one for one in self.servers if one["outcome"] in self.good]

    @property
    def failed(self) -> list[Entry]:
        """Those that did not, though they were tried; one that still moves when the answer is given among them."""
        return [one for one in self.servers if is_failed(one)]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing from a success."""
        return all(one["outcome"] in (*self.good, *self.fine) for one in self.servers)

    @property
    def late(self) -> bool:
        """Whether time ran out on a server."""
        return any(is_late(one) for one in self.servers)


def is_failed(one: Entry) -> bool:
    """Whether a server was tried and has not succeeded."""
    return one["outcome"] in outcomes.BAD_OUTCOMES or one["outcome"] in _MOVING


def is_late(one: Entry) -> bool:
    """Whether a server still moved when the time was over."""
    return one["outcome"] in _MOVING or (one.get("error") or {}).get("code") in _LATE


def of(facts: Facts) -> View:
    """What the action of some facts left, see ``result.document``."""
    action = (facts.get("settings") or {}).get("action")
    return _VIEWS[action](facts) if action in _VIEWS else View()


def _recovery(facts: Facts) -> View:
    """All servers of the plan: with what became of them, or as never started."""
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    done = {server_key(one): one for wave in result.get("waves") or () for one in wave.get("servers") or ()}
    planned = [one for wave in plan.get("waves") or () for one in wave["servers"]]
    servers: list[Entry] = [
        done.pop(server_key(one), None)
        or outcomes.server_entry(outcomes.PLANNED, one, critical=one.get("critical") is not False)
        for one in planned
    ]
    servers += done.values()
    cleanup = facts.get("cleanup") or {}
    return View(
        [_gone(one, facts) for one in servers],
        (outcomes.LAUNCHED,),
        (),
        [one for one in servers if one["outcome"] == outcomes.LAUNCHED or is_late(one) or one.get("ec2_instance_id")],
        plan.get("cells") or [],
        list(plan.get("unknown_cells") or []),
        cleanup.get("clean"),
    )


def _gone(one: Entry, facts: Facts) -> Entry:
    """A server of the record as launched whose instance nobody finds any more, unless it was to go at the end."""
    # by cell, and only of those that could be read
    standing = ((facts.get("details") or {}).get("standing") or {}).get(one.get("cell"))
    if one["outcome"] != outcomes.LAUNCHED or facts.get("cleanup") or standing is None:
        return one
    if not one.get("recovery_instance_id") or one["recovery_instance_id"] in standing:
        return one
    error = DrsError(
        "recovery_instance_gone", "%s was launched in this run and no longer stands" % one["recovery_instance_id"]
    )
    return {**one, "outcome": outcomes.UNKNOWN, "error": outcomes.error_entry(error)}


def _failback(facts: Facts) -> View:
    """Servers failing back; each stage that a server has reached is a success of its own."""
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    planned = [one for wave in plan.get("waves") or () for one in wave["servers"]]
    done = {one.get("arn") or server_key(one): one for one in result.get("servers") or ()}
    servers: list[Entry] = [
        done.pop(one.get("arn") or server_key(one), None) or outcomes.server_entry(outcomes.PLANNED, one)
        for one in planned
    ]
    servers += done.values()
    moving = (*outcomes.BAD_OUTCOMES, *outcomes.OPEN_OUTCOMES, outcomes.SKIPPED)
    return View(
        servers,
        tuple(one for one in outcomes.OUTCOMES if one not in moving),
        (),
        [one for one in servers if one.get("ec2_instance_id") and one["outcome"] not in moving],
        plan.get("cells") or [],
        list(plan.get("unknown_cells") or []),
    )


def _termination(facts: Facts) -> View:
    """Instances that were to go; by tags also the servers of which no drill instance stood."""
    cleanup, chosen = facts.get("cleanup") or {}, facts.get("chosen") or {}
    servers = [*(cleanup.get("servers") or ()), *(chosen.get("doubtful") or ())]
    mine = {server_key(one) for one in servers}
    servers += [
        outcomes.server_entry(outcomes.SKIPPED, one)
        for one in chosen.get("servers") or ()
        if server_key(one) not in mine
    ]
    unread = {one["cell"]: one for one in (*(cleanup.get("unknown_cells") or ()), *(chosen.get("unknown_cells") or ()))}
    return View(
        servers,
        (outcomes.TERMINATED,),
        (outcomes.SKIPPED,),
        [_entry_of(one) for one in cleanup.get("left") or ()],
        facts.get("cells") or [],
        list(unread.values()),
        False if chosen.get("doubtful") else cleanup.get("clean"),
    )


def _fleet(facts: Facts) -> View:
    """The servers that match, each ready or with why it is not, and the machines of theirs that stand."""
    chosen = facts.get("chosen") or {}
    servers = [_judged(one) for one in chosen.get("servers") or ()]
    mine = {server_key(one) for one in servers}
    standing = [one for one in chosen.get("instances") or () if alive(one) and server_key(one) in mine]
    return View(
        servers,
        (outcomes.READY,),
        (),
        [_entry_of(one) for one in standing],
        facts.get("cells") or [],
        list(chosen.get("unknown_cells") or []),
        None,
        matching.first_error(chosen.get("findings") or ()),
    )


def _judged(server: Entry) -> Entry:
    judged = server.get("readiness") or {}
    if judged.get("ready"):
        return outcomes.server_entry(outcomes.READY, server)
    error = DrsError(str(judged.get("code") or "not_recoverable"), str(judged.get("reason") or "its state is unknown"))
    return outcomes.server_entry(outcomes.FAILED, server, error=error)


def _entry_of(instance: Entry) -> Entry:
    fields = {key: instance[key] for key in outcomes.ENTRY_KEYS if key in instance and key not in ("outcome", "error")}
    return outcomes.server_entry(outcomes.LAUNCHED, fields)


_VIEWS = {
    "drill": _recovery,
    "failover": _recovery,
    "failback": _failback,
    "terminate": _termination,
    "status": _fleet,
}
