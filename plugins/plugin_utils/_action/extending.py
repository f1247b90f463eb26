"""An extension from its request to its end, in one process: what the action drs_extension does."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import extensions
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects.extending import (
    Extending as _Extending,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.plugin_utils._action import reading
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import open_cells
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cleaning import CleanUpPlay
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import OverCells

VERB = "server_extend"
EXTENDED = "__server_extend"
# What was typed for this extension and is meant for the next one.
_KEPT = ("server_extend_", "notify_", "history_", "drs_hosts", "drs_run_store")


class Extending(OverCells):
    """The extension of one task."""

    VERB = VERB

    def extended(self) -> dict[str, Any]:
        """Extend into the cells of the play, or take copies back: {result, mode, record, changed}.

        :raises DrsError: ``play_not_supported``, ``invalid_option``, ``no_staging_account``.
        """
        self._refuse_division()
        values = self._values()
        if values["state"] != extensions.PRESENT and not values["selection"] and not values["all"]:
            text = "say which copies are to be taken back, or set server_extend_all: true"
            raise DrsError("invalid_option", "server_extend_selection: %s" % text)
        places = self._places()
        by_name = {one.name: one for one in places}
        targets = [by_name[name] for name in self._play.all if name in by_name]
        pairs = extensions.pairs(targets, places, values)
        if not pairs and not extensions.pairs(targets, places, {**values, "selection": {}}):
            names = ", ".join(self._play.all)
            raise DrsError("no_staging_account", "no cell of the inventory has one of %s as its extend_to" % names)
        if values["state"] != extensions.PRESENT:
            # what takes back destroys, which the role of a cell may not
            self._play = CleanUpPlay(self._action, self._vars)
        return self._done(values, pairs)

    def followed(self) -> dict[str, Any]:
        """Extend what a deployment installed. Whatever happens here, the deployment itself stays what it is."""
        values: dict[str, Any] = {}
        try:
            values = self._values()
            arns = values["follow_arns"] or extensions.installed(self._deployment())
            pairs = extensions.following(arns, self._places())
            if not pairs:
                return {"result": None}
            values = {**values, "selection": {"source_servers": arns}, "all": False, "state": extensions.PRESENT}
            answer = self._done(values, pairs)
        except DrsError as exc:
            told = {"state": extensions.PRESENT, "deployment_id": str(values.get("deployment_id") or "")}
            why = [failure(exc)["msg"]]
            result = {**told, "results": [], "servers": [], "ok": False, "reasons": why}
            answer = {"result": result, "record": None, "changed": False}
        if not answer["result"]["ok"]:
            text = "extending after it was not complete. %s" % "; ".join(answer["result"]["reasons"])
            self._hands.say("The deployment is complete; %s" % text)
        return answer

    def _deployment(self) -> dict[str, Any]:
        """What the deployment that is followed has left."""
        templar = self._action._templar  # pylint: disable=protected-access
        return dict(plain(templar.template(self._vars.get("agent_deploy_result") or {})) or {})

    def closed(self) -> dict[str, Any]:
        """Fail as the extension did, in one message."""
        result = (plain(self._vars.get(EXTENDED) or {})).get("result") or {}
        return {"failed": True, "msg": "; ".join(result["reasons"])} if result.get("reasons") else {}

    def _done(self, values: Mapping[str, Any], pairs: list[extensions.Pair]) -> dict[str, Any]:
        name = values["deployment_id"] or closing.run_id("extend", clock.now())
        work = _Extending(
            {**values, "deployment_id": name}, pairs, self._sessions(pairs), self._hands, self._check_mode
        )
        results = work.run()
        result = dict(plain(extensions.result(name, results, values)))
        again = self._check_mode or not result["ok"]
        present = values["state"] == extensions.PRESENT
        if self._check_mode and not result["ok"]:
            # without --check it would be refused alike: what the table names comes first, then another check
            options = {"server_extend_state": "" if present else values["state"]}
            command = self._hands.next("extend", options, _KEPT, True)
        elif again:
            options = {"server_extend_state": "" if present else values["state"]}
            command = self._hands.next("extend", options, _KEPT)
        elif present:
            command = self._hands.next("drill", {"recovery_plan_name": "my-drill"}, (), True)
        else:
            command = self._hands.next("status", {})
        self._hands.show("extension", {**result, "mode": "check" if self._check_mode else ""}, command)
        record = {
            "kind": "extension",
            "mode": "extension" if present else "taking back",
            # after a deployment it has the id of that deployment, whose records these are not
            "run_id": name if name.startswith("extend-") else "%s-extend" % name,
            "servers": result["servers"],
            "results": result["results"],
            "accounts": {one.name: one.account_id for one in self._places() if one.name in self._play.all},
        }
        return {"result": result, "record": None if self._check_mode else record, "changed": work.changed}

    # -- the cells ---------------------------------------------------------------------------------------------------
    def _places(self) -> list[extensions.Place]:
        """Every cell of the inventory, whether it is in this play or not."""
        places = []
        for name in dict.fromkeys([*self._play.inventory, *self._play.all]):
            if "drs_account_id" in self._play.variables(name):
                keys = ("account_id", "region", "extend_to")
                account_id, region, extend_to = (self._play.value(name, key) for key in keys)
                places.append(extensions.Place(str(name), str(account_id), str(region or ""), extend_to or None))
        return places

    def _sessions(self, pairs: list[extensions.Pair]) -> dict[str, Any]:
        """Sessions of targets and staging cells; those of the play that have left it are not worked with."""
        left = {name: one for name, one in reading.opened(self._play).items() if isinstance(one, DrsError)}
        names = dict.fromkeys(name for one in pairs for name in (one.target, one.staging) if name)
        return {**open_cells(self._play, [name for name in names if name not in left]), **left}
