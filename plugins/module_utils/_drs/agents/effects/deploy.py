"""A deployment over all cells in one process: read and plan, then wave after wave sent, waited for, proven and judged.

No cell waits for its turn: each wave is sent to all its cells at once, and one wait looks at all of them, so that the
machines that are queued or offline in one cell are served while another one's installers run. What it needs of its
surroundings (a pool, one wait, the terminal) is handed in as HANDS; nothing here depends on who runs it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Union

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import deployment, node_credentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.methods import network_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import look, pair_roles
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import replication_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import wait as agent_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Result, Spec
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import machine_wave
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait

# DRS changes the state of replication by the minute, so looking more often than this brings nothing.
_REPLICATION_INTERVAL = 15
_INSTALLING = (
    "state tag_keys method document_name devices allow proxy endpoint s3_endpoint output_bucket node_credentials "
    "tags copy_tags max_concurrency max_errors delivery_timeout execution_timeout limits"
).split()
_WAITING = "poll_interval poll_interval_max heartbeat ready_timeout verify_timeout explain".split()


class Hands(Protocol):
    """What a deployment needs of the process that it runs in."""

    def over(
        self, work: Callable[[Cell], Any], cells: Mapping[str, Cell], at_once: int | None = None
    ) -> dict[str, Any]:
        """Do something in every cell, so many at once: by cell the result, or the DrsError."""

    def wait(self, waits: Mapping[str, Wait]) -> dict[str, Any]:
        """Wait in many cells together: by cell the result, or the DrsError."""

    def show(self, kind: str, data: Mapping[str, Any], command: str = "") -> None:
        """Print a page."""


class Way(NamedTuple):
    """A source cell and the cell that its machines replicate into: the sessions of both, used by nobody else, and the
    option ``replication`` of drs_agent_install that leads from the one to the other."""

    source: Cell
    target: Cell
    replication: dict[str, Any]


class Deployment:
    """One deployment.

    :param deployment_id: its name.
    :param values: the request of the verb agent_deploy, see ``runs/verbs/agents.py``.
    :param places: the cells of the play: [{cell, account_id, region, extend_to}].
    :param ways: by cell of the play its Way, or why nothing can be done there.
    :param others: the cells of the inventory that agents may replicate into, by name, or why one cannot be opened.
    """

    def __init__(
        self,
        deployment_id: str,
        values: Mapping[str, Any],
        places: list[dict[str, Any]],
        ways: Mapping[str, Union[Way, DrsError]],
        hands: Hands,
        others: Mapping[str, Union[Cell, DrsError]],
    ) -> None:
        self.others = {name: cell for name, cell in others.items() if isinstance(cell, Cell)}
        self.deployment_id, self.values, self.places = deployment_id, values, places
        self.errors = {name: way for name, way in ways.items() if isinstance(way, DrsError)}
        self.ways = {name: way for name, way in ways.items() if isinstance(way, Way)}
        self.hands = hands
        self.expected = values["expected_seconds"]
        self.waves: list[dict[str, Any]] = []
        self.stopped = ""
        self.changed = False
        self.readings: dict[str, Result] = {}
        """By cell what it would do, as it was planned."""
        self._listed: dict[str, Union[list[Server], DrsError]] = {}

    # -- the plan ----------------------------------------------------------------------------------------------------
    def plan(self) -> Result:
        """Read what every cell would do, and order it: {plan, errors}, see ``deployment.plan``. Sends nothing."""
        options = {
            "deployment_id": self.deployment_id,
            "filter_tags": self.values["filter_tags"] or None,
            "instance_ids": self.values["instance_ids"] or None,
        }

        elsewhere = self._protected()

        def read(cell: Cell) -> Result:
            return self._perform(cell, options, True, elsewhere)

        answers = {**self.hands.over(read, self._sources(list(self.ways))), **self.errors}
        self.readings = {name: answer for name, answer in answers.items() if not isinstance(answer, DrsError)}
        if self.values["instance_ids"]:
            deployment.drop_strangers(self.readings)
        self._count_elsewhere()
        names = ("waves", "tag_keys", "allow_empty", "expected_count")
        made = deployment.plan(
            {
                **{name: self.values[name] for name in names},
                "deployment_id": self.deployment_id,
                "cells": self.places,
                "readings": {name: _told(answer) for name, answer in answers.items()},
            }
        )
        made["plan"]["findings"] += pair_roles.findings(self._pairs(), self.hands.over)
        return made

    def _pairs(self) -> Iterator[pair_roles.Pair]:
        """The accounts between which machines of EC2 would begin to replicate."""
        if self.values["state"] == agent_request.ABSENT:
            return
        accounts = {str(one["cell"]): str(one["account_id"] or "") for one in self.places}
        for name, reading in self.readings.items():
            way = self.ways[name]
            new = [one for one in reading["servers"] if one["outcome"] in (outcomes.PLANNED, outcomes.QUEUED)]
            # a node outside EC2 works with a role of its own
            if way.replication and any(not machines.is_node(str(one["instance_id"])) for one in new):
                there = str(way.replication.get("account_id") or "")
                yield pair_roles.Pair(accounts.get(name, ""), there, way.source, way.target)

    def _count_elsewhere(self) -> None:
        """Look for machines that would be sent to in the other cells; one that cannot be read knows of none."""
        if self.values["state"] == agent_request.ABSENT:
            return
        into = {
            self.ways[name].target.name
            for name, reading in self.readings.items()
            if self.ways[name].replication and any(one["outcome"] == outcomes.PLANNED for one in reading["servers"])
        }
        # of machines that go to another account; not in their own target, which their reading has seen
        asked = {name: cell for name, cell in self.others.items() if into - {name}}
        deployment.stay_elsewhere(self.readings, self._servers_in(asked))

    def _sources(self, names: list[str]) -> dict[str, Cell]:
        return {name: self.ways[name].source for name in names if name in self.ways}

    def _protected(self) -> list[Server]:
        """The source servers of all cells that have some: a machine may be protected elsewhere than it replicates now.

        A machine that was failed back from is known by them alone. What cannot be read there protects nobody here.
        """
        if self.values["instance_ids"] or self.values["state"] == agent_request.ABSENT:
            return []
        sources = [one["cell"] for one in self.places if list(one.get("account_types") or ()) == ["source"]]
        cells = {name: way.source for name, way in self.ways.items() if name not in sources}
        cells.update({way.target.name: way.target for way in self.ways.values()})
        if len(cells) < 2:
            return []
        return self._servers_in(cells)

    def _servers_in(self, cells: Mapping[str, Cell]) -> list[Server]:
        """The source servers of cells, each asked once for a plan; one that cannot be read knows of none."""
        unasked = {name: cell for name, cell in cells.items() if name not in self._listed}
        if unasked:
            self._listed.update(self.hands.over(drs.source_servers, unasked))
        answers = [self._listed[name] for name in cells]
        return [one for answer in answers if not isinstance(answer, DrsError) for one in answer]

    def _perform(
        self,
        cell: Cell,
        options: Mapping[str, Any],
        check_mode: bool = False,
        elsewhere: Sequence[Server] = (),
    ) -> Result:
        """drs_agent_install in a source cell."""
        way = self.ways[cell.name]
        given = {name: self.values[name] for name in _INSTALLING}
        params = {**_defaults(agent_request.INSTALL_SPEC), **given, **options, "replication": way.replication}
        return agent_request.perform(cell, params, check_mode, way.target, elsewhere)

    # -- the look ----------------------------------------------------------------------------------------------------
    def look(self, plan: dict[str, Any]) -> dict[str, Any]:
        """Look at the machines that something would be sent to; returns the plan without those where it would fail.

        A cell where nobody may send commands, or none is answered in time, is left to the installation.
        """
        chosen = {}
        for name, reading in self.readings.items():
            waiting = {key for wave in plan["waves"] for key in wave["by_cell"].get(name, ())}
            online = {one["instance_id"] for one in reading["servers"] if one["outcome"] == outcomes.PLANNED}
            mine = [one for one in reading["machines"] if one["instance_id"] in waiting & online]
            if mine:
                chosen[name] = mine
        if not chosen:
            return plan

        def send(cell: Cell) -> list[str]:
            region = self.ways[cell.name].target.region
            network, credentials = network_of(self.values), node_credentials.of(self.values)
            return look.send(cell, chosen[cell.name], region, self.deployment_id, network, credentials)

        sent = self.hands.over(send, self._sources(list(chosen)))
        waits = {
            name: look.LookWait(self.ways[name].source, commands, chosen[name])
            for name, commands in sent.items()
            if not isinstance(commands, DrsError)
        }
        ended = {name: one for name, one in self.hands.wait(waits).items() if not isinstance(one, DrsError)}
        unseen = {name: one for name, one in sent.items() if isinstance(one, DrsError)}
        return deployment.without(plan, ended, unseen)

    # -- the waves ---------------------------------------------------------------------------------------------------
    def walk(self, plan: Mapping[str, Any]) -> None:
        """Send one wave after the other, until one fails."""
        for wave in plan["waves"]:
            if not self.stopped:
                self._wave(wave)

    def _wave(self, wave: Mapping[str, Any]) -> None:
        name, by_cell = wave["wave"], wave["by_cell"]

        def send(cell: Cell) -> Result:
            about = {"deployment_id": self.deployment_id, "wave": name, "instance_ids": by_cell[cell.name]}
            return self._perform(cell, about)

        answers: dict[str, Any] = {cell: self.errors[cell] for cell in by_cell if cell in self.errors}
        answers.update(self.hands.over(send, self._sources(list(by_cell))))
        waits = {
            cell: self._wait(cell, str(name), answer)
            for cell, answer in answers.items()
            if not isinstance(answer, DrsError)
        }
        ended = self.hands.wait(waits)
        judged = machine_wave.judge(
            {
                "wave": wave,
                "started": {cell: _told(answers.get(cell), cell) for cell in by_cell},
                "waited": {cell: _told(one, cell) for cell, one in ended.items()},
                "policy": {"max_failures": self.values["max_failures"]},
            }
        )
        verdict = {key: judged[key] for key in ("proceed", "reason")}
        self.waves.append({"wave": name, "servers": judged["servers"], "verdict": verdict})
        self.hands.show("deploy_wave", self.waves[-1])
        self.changed = self.changed or any(one["changed"] for one in judged["servers"])
        # what this wave took is the best guess for the next one
        took = [one["command_seconds"] for one in ended.values() if not isinstance(one, DrsError)]
        self.expected = max([one for one in took if one], default=self.expected)
        if not verdict["proceed"]:
            self.stopped = "wave %s: %s" % (name, verdict["reason"])

    def _wait(self, name: str, wave: str, answer: Result) -> agent_wait.InstallationWait:
        """The wait for what was sent in one cell."""
        way = self.ways[name]
        params = {
            **_defaults(agent_wait.WAIT_SPEC),
            **{key: self.values[key] for key in _WAITING},
            "commands": answer["commands"],
            "servers": answer["servers"],
            "server_tags": answer["server_tags"],
            "launch": answer["request"],
            "label": "%s wave %s" % (name, wave),
            "expected_seconds": self.expected,
            "timeout": self.values["wave_timeout"],
        }

        def relaunch(instance_ids: list[str], **changed: Any) -> Result:
            return self._perform(way.source, {**answer["request"], **changed, "instance_ids": instance_ids})

        return agent_wait.InstallationWait(way.source, way.target, params, relaunch)

    # -- replication -------------------------------------------------------------------------------------------------
    def replicate(self, servers: list[Mapping[str, Any]]) -> tuple[list[Any], list[str]]:
        """Wait until what was installed replicates as asked, in all cells together.

        :param servers: the entries of the deployment.
        :returns: the SERVERs that were looked at, and a sentence for each cell where some are not there.
        """
        by_target: dict[str, tuple[Cell, list[str]]] = {}
        for one in servers:
            if one["outcome"] in outcomes.AGENT_OUTCOMES and one.get("source_server_id") and one["cell"] in self.ways:
                target = self.ways[one["cell"]].target
                by_target.setdefault(target.name, (target, []))[1].append(one["source_server_id"])
        intervals = {
            key: max(self.values[key], _REPLICATION_INTERVAL) for key in ("poll_interval", "poll_interval_max")
        }
        waits = {
            name: replication_wait.ReplicationWait(
                cell,
                {
                    **_defaults(replication_wait.WAIT_SPEC),
                    **intervals,
                    "heartbeat": self.values["heartbeat"],
                    "source_server_ids": ids,
                    "wait_for": self.values["wait_for"],
                    "label": "%s replication" % name,
                    "timeout": self.values["wait_for_timeout"],
                },
            )
            for name, (cell, ids) in by_target.items()
        }
        seen: list[Any] = []
        late: list[str] = []
        for name, came in self.hands.wait(waits).items():
            if isinstance(came, DrsError):
                late.append(failure(came, name)["msg"])
                continue
            seen += came["source_servers"]
            problem = waits[name].problem(came)
            late += [problem] if problem else []
        return seen, late


def _defaults(spec: Spec) -> dict[str, Any]:
    return {key: option.get("default") for key, option in spec.items()}


def _told(answer: Any, cell: str | None = None) -> Result:
    """An answer as a task would have it: its result, or what failed."""
    if isinstance(answer, DrsError):
        return {**failure(answer, cell), "failed": True}
    return dict(answer or {})
