"""Read and write one run's records with optimistic locking, and append to its journal.

What begins, continues and ends with them stands in lifecycle.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import functools
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import Store

RUN = "run"
PLAN = "plan"
TRIES = 8


class Recorded:
    """One run in a store, as one step of a controller or a person sees it.

    :param store: where it is kept.
    :param params: the options of drs_run.
    """

    def __init__(self, store: Store, params: t.Mapping[str, t.Any], now: str | None = None) -> None:
        self.store = store
        self.params = params
        self.run_id = params["run_id"]
        self.events: list[dict[str, t.Any]] = []
        self.behind = 0
        """Seconds that our clock is behind what another controller wrote into the journal."""
        self._now = now
        self._written: dict[str, dict[str, t.Any]] = {}

    @functools.cached_property
    def now(self) -> str:
        """The time of the whole step, by the store's clock: each step reads the run before it asks for the time."""
        return self._now or self.store.now()

    # -- reading and writing -------------------------------------------------------------------------------------
    def load(self) -> tuple[dict[str, t.Any] | None, int | None]:
        """The run and its version; None for both when there is none.

        :returns: a Run and its version: ``({run_id, status, epoch, ...}, version)``.
        :raises DrsError: run_unknown for a run that is being removed, or what the store says.
        """
        record = self.store.get(self.run_id, RUN)
        if record and record["body"].get("removing"):
            raise DrsError("run_unknown", f"run_id: '{self.run_id}' ended long ago, and is being removed")
        return (record["body"], record["version"]) if record else (None, None)

    def current_run(self) -> dict[str, t.Any]:
        """The run, which must be there.

        :returns: a Run, ``{run_id, status, epoch, ...}``.
        :raises DrsError: run_unknown, or what the store says.
        """
        return self._current()[0]

    def _current(self) -> tuple[dict[str, t.Any], int]:
        run, version = self.load()
        if run is None or version is None:
            raise DrsError("run_unknown", f"run_id: '{self.run_id}' is not in {self.store.where}")
        return run, version

    def note(self, item: str, body: t.Mapping[str, t.Any], version: int) -> None:
        """Have the next events name a document that was written, see runs/proof."""
        self._written[item] = {"version": version, "sha256": proof.sha256_of(item, body)}

    def _save(self, run: dict[str, t.Any], version: int | None) -> None:
        self.note(RUN, run, self.store.put(self.run_id, RUN, run, version, run_record.index_of(run)))

    def _change(self, change: t.Callable[[dict[str, t.Any]], dict[str, t.Any]]) -> dict[str, t.Any]:
        """Read, change and write the run; again when somebody else wrote in between. ``change`` refuses by raising."""
        for turn in range(TRIES):
            run, version = self._current()
            new = change(run)
            try:
                self._save(new, version)
            except DrsError as exc:
                if exc.code != "run_store_conflict" or turn == TRIES - 1:
                    raise
            else:
                return new
        raise DrsError("run_store_conflict", f"run {self.run_id} is being written by others all the time")

    def _replace(self, item: str, change: t.Callable[[dict[str, t.Any] | None], dict[str, t.Any]]) -> dict[str, t.Any]:
        """The same for another item of the run; only the controller that owns the run comes here."""
        for turn in range(TRIES):
            record = self.store.get(self.run_id, item)
            new = change(record["body"] if record else None)
            try:
                self.note(item, new, self.store.put(self.run_id, item, new, record["version"] if record else None))
            except DrsError as exc:
                if exc.code != "run_store_conflict" or turn == TRIES - 1:
                    raise
                # the other one may be our successor
                self._check_mine()
            else:
                return new
        raise DrsError("run_store_conflict", f"{item} of run {self.run_id} is being written by others all the time")

    def _check_mine(self) -> dict[str, t.Any]:
        run = self.current_run()
        if self.params.get("epoch") is not None:
            run_record.check_epoch(run, self.params["epoch"])
        return run

    def of_command(self, *more: str) -> dict[str, t.Any]:
        """Who typed the command that an event tells of, in words and in parts, for the data of the event.

        :param more: what else of the command the event tells: ``sessions``, ``versions``.
        :returns: ``{by, typed_by, sessions, versions}``, of which only ``by`` is always there.
        """
        typed_by = self.params.get("typed_by")
        told = {key: self.params[key] for key in more if self.params.get(key)}
        return {"by": approvals.person(typed_by), **({"typed_by": dict(typed_by)} if typed_by else {}), **told}

    def append_event(
        self, event: str, data: t.Mapping[str, t.Any] | None = None, actor: t.Any = None
    ) -> dict[str, t.Any]:
        """Append an event to the journal.

        :returns: the Event, ``{seq, at, event, actor, data, prev, hash}``.
        :raises DrsError: run_store_conflict, or what the store says.
        """
        who = actor or self.params.get("actor") or self.params.get("controller") or self.params.get("initiator")
        for _turn in range(TRIES):
            last = self.store.last(self.run_id, "event:")
            made = journal.make_event(last["body"] if last else None, event, who, data, self.now, self._written)
            self.behind = run_times.clock_lag(last["body"]["at"], self.now) if last else 0
            try:
                self.store.put(self.run_id, journal.event_item(made["seq"]), made, None)
            except DrsError as exc:
                if exc.code != "run_store_conflict":
                    raise
            else:
                self.events.append(made)
                return made
        raise DrsError("run_store_conflict", f"the journal of run {self.run_id} is being written all the time")
