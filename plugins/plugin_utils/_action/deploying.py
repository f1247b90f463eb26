"""A deployment of agents from its request to its end, in one process: what the action drs_deployment does."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import deployment
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects.deploy import Deployment, Way
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects.request import replication_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import CELL_OPTIONS, REACHED_BY, Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.plugin_utils._action import reading
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import open_cells
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import OverCells
from ansible_collections.resilience.drs.plugins.plugin_utils._action.telling import tell_beginning

VERB = "agent_deploy"
DEPLOYED = "__agent_deploy"
# A cell of one of these types is where its own machines replicate to, unless replicate_to says otherwise.
_OWN_TYPES = {"staging", "target"}
# What was typed for this deployment and is meant for the next one.
_KEPT = ("agent_deploy_", "notify_", "history_", "drs_hosts", "drs_run_store")
# Whether a look by Run Command precedes the installation, by check mode: it changes nothing, but is a call that IAM and
# CloudTrail know as one that does.
_LOOKS = {False: ("before", "always"), True: ("always",)}
# The way to another cell, from its host variables.
_WAY = ("account_id", *REACHED_BY)


class Deploying(OverCells):
    """The deployment of one task."""

    VERB = VERB

    def deployed(self) -> dict[str, Any]:
        """Plan over all cells, show the plan, and deploy; in check mode nothing is sent.

        :returns: {plan, result, changed}; ``result`` is None where nothing was sent, with ``failed`` and ``msg`` when
            the plan forbids it.
        :raises DrsError: ``play_not_supported``, ``invalid_option``.
        """
        self._refuse_division()
        values = self._values()
        name = values["id"] or closing.run_id("deploy", clock.now())
        made = Deployment(name, values, self._places(), self._ways(), self._hands, self._others())
        planned = dict(plain(made.plan()))
        plan = planned["plan"]
        if not planned["errors"] and values["look"] in _LOOKS[self._check_mode]:
            plan = dict(plain(made.look(plan)))
        again = deployment.given_again(values, request.checked(VERB, {}))
        going_on = self._check_mode and not planned["errors"]
        command = self._hands.next("deploy_agents", again, _KEPT) if going_on else ""
        self._hands.show("deploy_plan", plan, command)
        if planned["errors"]:
            told = "Nothing was sent. %s" % planned["errors"]
            return {"plan": plan, "result": None, "changed": False, "failed": True, "msg": told}
        if self._check_mode:
            return {"plan": plan, "result": None, "changed": False}
        about = {"action": "deployment", "run_id": name, "servers": sum(len(one["machines"]) for one in plan["waves"])}
        tell_beginning(self._play, self._host, self._hands, about)
        made.walk(plan)
        return {"plan": plan, "result": plain(self._ended(made, plan, again)), "changed": made.changed}

    def _ended(self, made: Deployment, plan: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Any]:
        """What the role leaves as agent_deploy_result, and the last page."""
        servers = [*plan["settled"], *(one for wave in made.waves for one in wave["servers"])]
        replicating: list[Any] | None = None
        late: list[str] = []
        if made.values["wait_for"] != "none":
            replicating, late = made.replicate(servers)
        bad = made.stopped or deployment.unprotected(servers)
        here = {"drs_hosts": str(self._vars.get("drs_hosts") or "")}
        # another attempt is a deployment of its own
        staged = [] if bad or made.values["extend"] else deployment.to_extend(plan["cells"], servers)
        following: tuple[Any, ...] = ("status", here)
        if bad:
            following = ("deploy_agents", {**again, "agent_deploy_id": ""}, _KEPT)
        elif staged:
            targets = sorted({one["extend_to"] for one in staged})
            # of this play's cells none has to be a target
            following = ("extend", {}, (), True, targets)
        page = {"plan": plan, "deployment_id": made.deployment_id, "waves": made.waves, "replication": replicating}
        self._hands.show("deploy", {**page, "to_extend": staged}, self._hands.next(*following))
        result = {
            "deployment_id": made.deployment_id,
            "coverage": plan["coverage"],
            "uncovered": [clean(one["cell"], 64) for one in plan["unknown_cells"]],
            "cells": plan["cells"],
            "waves": made.waves,
            "servers": servers,
            "stopped": made.stopped,
            "late": late,
        }
        return {**result, "reasons": deployment.reasons(result, made.values["fail_on"])}

    def closed(self) -> dict[str, Any]:
        """Fail as the deployment did, in one message."""
        deployed = plain(self._vars.get(DEPLOYED) or {})
        why = (deployed.get("result") or {}).get("reasons") or []
        return {"failed": True, "msg": "; ".join(why)} if why else {}

    # -- the cells ---------------------------------------------------------------------------------------------------
    @property
    def _host(self) -> str:
        return str(self._vars.get("inventory_hostname") or "localhost")

    def _places(self) -> list[dict[str, Any]]:
        places = []
        for name in self._play.all:
            there = self._leads_to(name)
            own = {
                key: self._play.value(name, key) for key in ("account_id", "account_name", "region", "account_types")
            }
            to = self._play.value(there, "extend_to") if there else None
            account_id = self._play.value(to, "account_id") if to and to in self._hosts() else None
            places.append({"cell": name, **own, "extend_to": to, "extend_account_id": account_id})
        return places

    def _leads_to(self, name: str) -> str:
        """The cell that the machines of a cell replicate to; "" where the inventory has no such cell."""
        there = self._names_target(name)
        return there if there in self._hosts() else ""

    def _names_target(self, name: str) -> str:
        return str(self._play.value(name, "replicate_to") or (name if self._is_target(name) else ""))

    def _is_target(self, name: str) -> bool:
        return bool(_OWN_TYPES & set(self._play.value(name, "account_types") or ()))

    def _hosts(self) -> Any:
        hostvars = self._vars.get("hostvars")
        return hostvars if hostvars is not None else self._play.all

    def _ways(self) -> dict[str, Union[Way, DrsError]]:
        """From each cell of the play to where its machines replicate to, or why there is no way."""
        ways: dict[str, Union[Way, DrsError]] = {}
        for name, source in reading.opened(self._play).items():
            if isinstance(source, DrsError):
                ways[name] = source
                continue
            try:
                options = {**dict.fromkeys(CELL_OPTIONS), **self._play.cell_options(name)}
                replication = self._replication(name)
                target = replication_cell(source, {**options, "replication": replication})
                ways[name] = Way(source, target, replication)
            except DrsError as exc:
                ways[name] = exc
        return ways

    def _others(self) -> dict[str, Union[Cell, DrsError]]:
        """The cells of the inventory that agents may replicate into, in the play or not."""
        return open_cells(self._play, [name for name in self._play.inventory if self._is_target(name)])

    def _replication(self, name: str) -> dict[str, Any]:
        """The option ``replication`` of a cell; empty where its machines replicate into it.

        It may hold an external id, so it is never kept.
        """
        there = self._names_target(name)
        if there not in self._hosts():
            told = (
                "replicate_to: %s is no cell of this inventory" % clean(there, 64)
                if there
                else "%s is only a source account, and its replicate_to is not set" % clean(name, 64)
            )
            raise DrsError("no_replication_cell", told)
        if there == name:
            return {}
        values = {"cell": there, **{key: self._play.value(there, key) for key in _WAY}}
        return {key: value for key, value in values.items() if value not in (None, "")}
