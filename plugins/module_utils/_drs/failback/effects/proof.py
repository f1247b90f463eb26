"""The proof of a failback's clean-up: the machines that it terminated, their volumes, interfaces and snapshots.

What was attached to a machine is read right before it is terminated, and looked for again when it is gone, by the
functions that a termination has (waiting/effects/resources). The proof is kept in the record where that of a
termination is, so report, evidence and a later command find it there.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Resource
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import resources as effects

CLEANED = "cleaned"
Place = tuple[str, str]


class Machine(NamedTuple):
    """A machine that DRS was told to terminate: the entry of it, and what was attached to it; None when it was not
    read, because another controller had terminated it or the call was refused. ``unseen`` stands for what EC2 did not
    tell, see ``resources.unseen``."""

    entry: Entry
    attached: Optional[list[Resource]]
    unseen: Sequence[Mapping[str, Any]] = ()


Seen = dict[str, Machine]
"""By the id of their recovery instances the machines that a command has terminated in a cell."""


Attached = tuple[Optional[list[Resource]], Sequence[Mapping[str, Any]]]
"""``attached`` and ``unseen`` of a Machine."""


def attached(cell: Cell, machines: Iterable[AnyServer]) -> dict[str, Attached]:
    """By recovery instance what is attached to machines that are about to go, see ``waiting/effects/resources``."""
    listed = list(machines)
    found, unseen = effects.attached(cell, listed)
    missing = {row["recovery_instance_id"]: [row] for row in unseen}
    return {
        one: (None, missing[one])
        if one in missing
        else ([item for item in found if item["recovery_instance_id"] == one], ())
        for one in (str(machine["recovery_instance_id"]) for machine in listed)
    }


class Proof:
    """The proof of one command, which goes on from that of the record.

    :param kept: the proof of earlier commands, empty without one.
    :param values: the request: its mode, for of a drill nothing has served and whatever stands is left, and its pace.
    :param sessions: by recovery cell its session, or why there is none. :param originals: see ``Walk``.
    :param wait: ``Hands.wait``.
    """

    def __init__(
        self,
        kept: Mapping[str, Any] | None,
        values: Mapping[str, Any],
        sessions: Mapping[str, Any],
        originals: Mapping[str, Mapping[Place, Cell]],
        wait: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        self.kept: Mapping[str, Any] = kept or {}
        self.drill, self.wait = values["mode"] == "drill", wait
        self._pause = {key: values[key] for key in ("poll_interval", "poll_interval_max", "heartbeat", "max_wait")}
        there = {cell.name: (place, cell) for cells in originals.values() for place, cell in cells.items()}
        self._sessions: dict[str, Any] = {name: cell for name, (_place, cell) in there.items()}
        self._sessions.update({name: one for name, one in sessions.items() if one is not None})
        # of a recovery cell the name alone counts: what was in its account and Region stands in its original one
        named = {name: {"account_id": None, "region": None} for name in self._sessions}
        places = {name: {"account_id": place[0], "region": place[1]} for name, (place, _cell) in there.items()}
        self._cell_of = resources.current_cells({**named, **places})
        self.seen: dict[str, Seen] = {}

    def of(self, cell: Cell) -> Seen:
        """Where the machines that a recovery cell terminates are noted."""
        return self.seen.setdefault(cell.name, {})

    def due(self) -> bool:
        """Whether there is anything to look at."""
        return any(self.seen.values()) or bool(resources.outstanding(self.kept))

    def make(self, entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Look at what belonged to the machines: the proof, in the shape of a CleanUp as far as a failback has it.

        :param entries: what became of the servers; the machine of one that is cleaned up is gone.
        """
        over = {(one["cell"], one["source_server_id"]) for one in entries if one["outcome"] == CLEANED}
        ended: dict[str, Entry] = {}
        open_now: list[dict[str, Any]] = []
        items: list[Resource] = []
        read: set[str] = set()
        unseen: list[Mapping[str, Any]] = []
        for cell, machines in self.seen.items():
            for machine_id, machine in list(machines.items()):
                unseen += machine.unseen
                if (cell, machine.entry["source_server_id"]) in over:
                    ended[machine_id] = machines.pop(machine_id).entry
                else:
                    open_now.append(_not_gone(machine.entry))
                items += machine.attached or ()
                read |= {machine_id} if machine.attached is not None else set()
        found = effects.prove((items, ended), self.kept, self._cell_of, self._sessions, self.wait, self._pause)
        found = resources.with_unseen(found, unseen, ended)
        found["instances"] = sorted({*found["instances"], *read})
        if not self.drill:
            found = resources.with_kept(found)
        before = [one for one in map(as_mapping, as_list(self.kept.get("servers")))
                  if one.get("recovery_instance_id") not in ended]  # fmt: skip
        proven = {str(one) for one in as_list(self.kept.get("proven"))} | set(ended)
        self.kept = {
            "servers": [*before, *ended.values()],
            "left": [],
            "resources": found,
            "not_proven": open_now,
            "proven": sorted(proven),
            "unknown_cells": [],
            "clean": not (open_now or resources.is_open(found)),
            # of this look alone: the record adds them up
            "summary": outcomes.summarise(ended.values()),
        }
        return dict(self.kept)


def _not_gone(entry: Entry) -> dict[str, Any]:
    told = as_mapping(entry)
    ids = {key: told.get(key) for key in ("recovery_instance_id", "source_server_id", "cell", "job_id")}
    return {**ids, "reason": "its clean-up did not come to its end"}


def problem(kept: Mapping[str, Any]) -> str:
    """Why a clean-up is not complete, of volumes, network interfaces and snapshots; "" when it is."""
    found = as_mapping(kept.get("resources"))
    is_open = as_list(found.get("left")) or as_list(found.get("not_proven"))
    return "the clean-up is not complete: %s" % resources.sentence(found) if is_open else ""


def machine_entry(server: AnyServer, machine: AnyServer, job_id: str) -> Entry:
    """The entry of a machine that is terminated: its server is the one of the recovery cell, its place is its own."""
    place = {key: machine.get(key) for key in ("cell", "account_id", "region", "ec2_instance_id")}
    ids = {"recovery_instance_id": machine["recovery_instance_id"], "job_id": job_id}
    return outcomes.server_entry(outcomes.TERMINATED, {**server, **place}, **ids)
