"""The steps of one run that this process owns; each writes to the run's record."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

_OPENING = ("planned", "begun")
WALK = "walk"
"""The item of a run that says how far a controller is; it counts for that controller alone, by its epoch."""


class Steps:
    """The record of one run, as one controller writes it.

    :param who: ``controller``, ``initiator`` and ``typed_by``, see drs_run.
    :param store: options of the run store.
    :param without_store: why a declared disaster continues when the store cannot be reached; empty otherwise.
    :param warn: prints a warning.
    """

    def __init__(
        self,
        run_id: str,
        store: Mapping[str, Any],
        who: Mapping[str, Any],
        warn: Callable[[str], Any],
        without_store: str = "",
        log_path: str | None = None,
        epoch: int | None = None,
    ) -> None:
        self.run_id, self.epoch = run_id, epoch
        self.store = {key: value for key, value in store.items() if value not in (None, "")}
        self.who, self.without_store, self.log_path = dict(who), without_store, log_path
        self._warn = warn
        self.unsaved_state: dict[str, Any] | None = None
        """How far this controller is, where the store could not take it."""

    def names(self) -> dict[str, Any]:
        """What names the run and this controller's hold on it: {run_id, epoch}."""
        return {"run_id": self.run_id, "epoch": self.epoch}

    def take(self, state: str, **given: Any) -> dict[str, Any]:
        """Take a step of drs_run.

        :returns: what the step returns (``runs/effects/request.perform``).
        :raises DrsError: what the step raises.
        """
        told = {key: value for key, value in given.items() if value is not None}
        own = {"store": dict(self.store), "without_store": self.without_store, "log_path": self.log_path}
        params = run_request.params_of(state, **{**told, **self.who, **self.names(), **own})
        result = run_request.perform(params, False)
        for text in result["warnings"]:
            self._warn(text)
        if state in _OPENING:
            # where the store cannot be reached, a declared disaster is kept on this machine
            self.store = dict(result["store"])
        self.epoch = result.get("epoch", self.epoch)
        return result

    def stored_run(self) -> dict[str, Any]:
        """Everything that the store holds of the run.

        :returns: ``{run, plan, waves, approvals, events, cleanup, history}``, see ``runs/effects/request.stored_run``.
        :raises DrsError: run_unknown, or what the store says.
        """
        return run_request.stored_run(open_store(self.store), self.run_id)

    def record(self) -> dict[str, Any] | None:
        """What a launch needs of the record: {run, waves}; None where the store is away and that must not stop it.

        :raises DrsError: what the store says; not that it is away, where ``without_store`` says why to continue.
        """
        try:
            store = open_store(self.store)
            run = store.get(self.run_id, "run")
            waves = store.items(self.run_id, "wave:")
        except DrsError as exc:
            if exc.code in run_request.DOWN and self.without_store:
                return None
            raise
        return {"run": run["body"], "waves": [one["body"] for one in waves]} if run else None

    def existing(self) -> dict[str, Any]:
        """The run that the store holds under this id: {run, waves, cleanup}; ``run`` is None when there is none.

        :raises DrsError: what the store says; not that it is away, where ``without_store`` says why to continue.
        """
        try:
            parts = self.stored_run()
        except DrsError as exc:
            if exc.code in run_request.DOWN and self.without_store:
                here = Steps(self.run_id, {"backend": "directory"}, self.who, self._warn)
                return here.existing()
            if exc.code != "run_unknown":
                raise
            return {"run": None, "waves": {}}
        waves = {str(one["wave"]): one for one in parts["waves"]}
        return {"run": parts["run"], "waves": waves, "cleanup": parts["cleanup"]}

    def keep_state(self, state: Mapping[str, Any]) -> None:
        """Write down how far this controller is; where the store is away, it is kept for the caller to carry.

        :raises DrsError: what the store says; not that it is away, where ``without_store`` says why to continue.
        """
        body = {**state, "epoch": self.epoch}
        try:
            store = open_store(self.store)
            record = store.get(self.run_id, WALK)
            store.put(self.run_id, WALK, body, record["version"] if record else None)
            self.unsaved_state = None
        except DrsError as exc:
            if exc.code not in run_request.DOWN or not self.without_store:
                raise
            self.unsaved_state = body

    def keep(self, item: str, body: Mapping[str, Any]) -> None:
        """Write an item of the run that a verb keeps for itself, as long as the run is this controller's.

        :raises DrsError: run_superseded, or what the store says.
        """
        store = open_store(self.store)
        run = store.get(self.run_id, "run")
        if as_mapping(as_mapping(run).get("body")).get("epoch") != self.epoch:
            raise DrsError("run_superseded", "run %s: another controller has taken it over" % self.run_id)
        record = store.get(self.run_id, item)
        store.put(self.run_id, item, {**body, "epoch": self.epoch}, record["version"] if record else None)

    def kept(self, prefix: str) -> dict[str, dict[str, Any]]:
        """The items that ``keep`` has written: {name: body {..., epoch}}. Raises DrsError."""
        return {str(one["item"]): dict(one["body"]) for one in open_store(self.store).items(self.run_id, prefix)}

    def state(self) -> dict[str, Any]:
        """How far this controller is, as ``keep_state`` was given it: {epoch, ...}.

        :raises DrsError: run_superseded when another one has taken the run over since, or what the store says.
        """
        record = open_store(self.store).get(self.run_id, WALK)
        body = as_mapping(record).get("body") or {}
        if body.get("epoch") != self.epoch:
            raise DrsError("run_superseded", "run %s: another controller has taken it over" % self.run_id)
        return body
