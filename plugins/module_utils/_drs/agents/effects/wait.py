"""Wait for the installations of one cell: one read of all commands an interval, the queue served, the proof.

A look is one ListCommands, which counts for each command how many of its machines are done; what each machine said is
read once, when its command has ended.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import progress_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods as agent_methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import results as agent_results
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Command
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

_DICTS = {"type": "list", "elements": "dict", "default": []}

WAIT_SPEC: dict[str, t.Any] = {
    "commands": _DICTS,
    "servers": _DICTS,
    "server_tags": {"type": "dict", "default": {}},
    "launch": {"type": "dict", "default": {}},
    "replication": agent_request.REPLICATION_OPTION,
    **pace.pace_spec(180, 5, 60, 7200),
    "ready_timeout": {"type": "int", "default": 300},
    "verify_timeout": {"type": "int", "default": 300},
    "explain": {"type": "bool", "default": True},
    "fail_on": {"type": "str", "choices": ["never", "any", "all"], "default": "any"},
}
MACHINES = states.of_outcomes(
    done=(outcomes.INSTALLED, outcomes.ALREADY_INSTALLED, outcomes.REMOVED),
    going_on=(outcomes.QUEUED, outcomes.IN_PROGRESS),
)
# An SSM agent that is offline is not back within seconds, and asking has its price.
_READY_INTERVAL = 15
# Systems Manager is eventually consistent: an invocation may be missing for a while after its command has ended.
_INVISIBLE_SECONDS = 60


class InstallationWait(Wait):
    """One wait for the installations of a cell.

    :param cell: the source cell.
    :param target: the replication cell.
    :param params: see ``WAIT_SPEC``; ``commands`` and ``servers`` as drs_agent_install returned them.
    :param relaunch: repeats the request of ``launch`` for some instance ids, with some options changed, and returns its
        result. None where nothing may be sent. It is called in the midst of a look.

    Its result: {servers, commands, summary, command_seconds, changed} and what every wait says.
    """

    SHARES = True
    TABLE = MACHINES

    def __init__(
        self, cell: Cell, target: Cell, params: Given, relaunch: t.Callable[..., Result] | None = None
    ) -> None:
        super().__init__(params, cell, target)
        self.cell = cell
        self.target = target
        self.relaunch = relaunch
        self.entries: dict[str, Entry] = {one["instance_id"]: one for one in params["servers"]}
        self.commands: dict[str, Command] = {one["command_id"]: one for one in params["commands"]}
        self.server_tags: dict[str, dict] = dict(params["server_tags"])
        self.proof = agent_results.Proof(target, self.server_tags)
        self.unread = set(self.commands)
        self.claimed: set[str] = set()
        self._running = len(self.unread)
        self._ended: float | None = None
        self._asked: float | None = None
        self._explained: set[str] = set()
        self._closing: dict[str, float] = {}
        self._told: dict[str, tuple[int, int]] = {}
        self._named: set[str | None] = set()

    def begin(self, now: float) -> step.Progress:
        if self._waiting():
            return super().begin(now)
        return step.begin(now)._replace(done=True)

    @property
    def queued(self) -> list[str]:
        """The machines that still wait for Systems Manager or for their turn."""
        return [one for one, entry in self.entries.items() if entry["outcome"] == outcomes.QUEUED]

    def _waiting(self) -> bool:
        return bool(self.queued) or any(one["outcome"] == outcomes.IN_PROGRESS for one in self.entries.values())

    # -- each look -----------------------------------------------------------------------------------------------
    def answer(self) -> list[Entry] | None:
        """The answers to the commands, as long as they are fresh."""
        began = (one["requested_at"] for one in self.commands.values())
        fresh = pace.is_fresh(began, self.cell.service_time(), self.params["poll_interval"])
        return list(self.entries.values()) if fresh else None

    def read(self) -> list[Entry]:
        self._look_at_commands()
        self._serve_queue()
        self._explain()
        self._prove()
        return list(self.entries.values())

    def _look_at_commands(self) -> None:
        if not self.unread:
            return
        if len(self.unread) == 1:
            (command_id,) = self.unread
            commands = ssm.commands(self.cell, command_id=command_id)
        else:
            begun = [parse_time(self.commands[one]["requested_at"]) for one in self.unread]
            documents = {self.commands[one]["document"] for one in self.unread}
            # a second earlier, because the filter knows seconds only
            since = min(one for one in begun if one) - timedelta(seconds=1) if all(begun) else None
            commands = ssm.commands(self.cell, since, documents.pop() if len(documents) == 1 else None)
        for command in commands:
            if command["command_id"] not in self.unread:
                continue
            self.commands[command["command_id"]] = {**self.commands[command["command_id"]], **command}
            if not command["active"]:
                self._close(command)

    def _close(self, command: Command) -> None:
        """Read what a command that has ended did; one whose invocations are not all visible yet is read again."""
        name = command["command_id"]
        mine = [
            one for one in self.entries.values() if one["command_id"] == name and one["outcome"] == outcomes.IN_PROGRESS
        ]
        patient = self._seconds_since(self._closing.setdefault(name, self.elapsed)) < _INVISIBLE_SECONDS
        done, claimed, unseen = agent_results.read(self.cell, command, mine, patient)
        self.entries.update({agent_results.id_of(one): one for one in done})
        self.claimed |= claimed
        if not unseen:
            self.unread.discard(name)
            self._ended = self.elapsed

    def _serve_queue(self) -> None:
        """Ask again for what waits: for a turn when a command has ended, for Systems Manager every now and then."""
        if not self.queued:
            return
        offline = [one for one in self.queued if self.entries[one]["error"]]
        in_line = [one for one in self.queued if not self.entries[one]["error"]]
        stop = self._too_many_failed()
        if stop or self.elapsed >= self.params["ready_timeout"]:
            for one in offline:
                self._skip(one, self.entries[one]["error"])
            offline = []
        if stop:
            for one in in_line:
                self._skip(one, errors.DrsError("error_threshold"))
            return
        ready = self._ready(offline)
        if ready or (in_line and self._room()):
            self._ask_again([*in_line, *ready])

    def _explain(self) -> None:
        """Repeat by the shell, once, what failed without a reason or for its tags.

        The document of AWS throws away what the installer printed. Tags are written by the API afterwards anyway.
        """
        if self.unread or not (self.relaunch and self.params["explain"]):
            return
        again = [one for one in self.entries.values() if self._unexplained(one)]
        if again:
            ids = [agent_results.id_of(one) for one in again]
            self._explained |= set(ids)
            self._named -= set(ids)
            self.news.append(f"[{self.label}] repeating {len(ids)} by the shell, which keeps what the installer says")
            self._ask_again(ids, method=agent_methods.SHELL, installer_tags=False)

    def _unexplained(self, one: Entry) -> bool:
        if one["outcome"] != outcomes.FAILED or agent_results.id_of(one) in self._explained:
            return False
        document = as_mapping(self.commands.get(one["command_id"] or "")).get("document")
        code = as_mapping(one["error"]).get("code")
        quiet = code == "install_failed" and document == agent_methods.INSTALL_DOCUMENT
        return quiet or code == "install_exists"

    def _ask_again(self, instance_ids: list[str], **changed: t.Any) -> None:
        if not self.relaunch:
            return
        try:
            self._take(self.relaunch(instance_ids, **changed))
        except errors.DrsError as exc:
            if exc.retryable:
                raise
            # what runs must not lose its watcher because what waited may not start
            for one in instance_ids:
                if self.entries[one]["outcome"] == outcomes.QUEUED:
                    self.entries[one] = outcomes.server_entry(outcomes.REFUSED, self.entries[one], error=exc)

    def _room(self) -> bool:
        """Whether a command that was running has ended since the last relaunch, or none runs."""
        before, self._running = self._running, len(self.unread)
        return self._running == 0 or self._running < before

    def _ready(self, offline: list[str]) -> list[str]:
        if not offline or (self._asked is not None and self._seconds_since(self._asked) < _READY_INTERVAL):
            return []
        self._asked = self.elapsed
        information = ssm.instance_information(self.cell, offline)
        return [one for one in offline if (information.get(one) or {}).get("PingStatus") == "Online"]

    def _too_many_failed(self) -> bool:
        limit = self.params["launch"].get("max_errors")
        if limit is None:
            return False
        entries = list(self.entries.values())
        return ssm_command.failures(entries) > ssm_command.error_limit(limit, len(entries))

    def _skip(self, instance_id: str, error: t.Any) -> None:
        self.entries[instance_id] = outcomes.server_entry(outcomes.SKIPPED, self.entries[instance_id], error=error)

    def _take(self, answer: Result) -> None:
        self.entries.update(
            {one["instance_id"]: one for one in answer["servers"] if one["instance_id"] in self.entries}
        )
        self.server_tags.update(answer.get("server_tags") or {})
        fresh = {one["command_id"]: one for one in answer["commands"] if one["command_id"] not in self.commands}
        self.commands.update(fresh)
        self.unread |= set(fresh)

    def _prove(self) -> None:
        """Look for source servers once every command has ended: one read serves all of them."""
        if not self.claimed or self.unread:
            return
        done, self.claimed = self.proof.look(list(self.entries.values()), self.claimed)
        if self.claimed and self._seconds_since(self._ended) >= self.params["verify_timeout"]:
            done = [agent_results.unproven(one) if one["instance_id"] in self.claimed else one for one in done]
            self.claimed = set()
        self.entries = {agent_results.id_of(one): one for one in done}

    def _seconds_since(self, moment: float | None) -> float:
        """Seconds waited since then. The service's clock stands still for us while we ask it nothing."""
        return 0.0 if moment is None else self.elapsed - moment

    def states_of(self, state: list[Entry]) -> t.Iterator[str]:
        return (one["outcome"] for one in state)

    def changes(self, _state: list[Entry]) -> list[str]:
        lines = progress_lines.changes(self.label, self.commands.values(), self._told)
        return lines + progress_lines.outcomes_of(self.label, self.entries.values(), self._named)

    def beat(self, elapsed: float, others: t.Sequence[InstallationWait] = ()) -> str:
        waits = [self, *others]
        entries = [entry for one in waits for entry in list(one.entries.values())]
        commands = [command for one in waits for command in list(one.commands.values())]
        timeout = min(one.params["timeout"] for one in waits)
        return progress_lines.heartbeat(self.label_with(others), entries, commands, elapsed, timeout)

    def age(self, _state: list[Entry]) -> float | None:
        if not self.cell.server_time:
            return None
        begun = [parse_time(self.commands[one]["requested_at"]) for one in self.unread]
        return min(((self.cell.now - one).total_seconds() for one in begun if one), default=None)

    def in_aws(self) -> list[str]:
        return list(self.commands)

    # -- the end -------------------------------------------------------------------------------------------------
    def result(self, progress: step.Progress) -> Result:
        servers = [self._closed(one, progress) for one in self.entries.values()]
        seconds = [one["duration_seconds"] for one in servers if one["outcome"] == outcomes.INSTALLED]
        return {
            "commands": list(self.commands.values()),
            "servers": servers,
            "summary": outcomes.summarise(servers),
            **self.progress_fields(progress),
            "command_seconds": max((one for one in seconds if one is not None), default=None),
            "changed": any(one["changed"] for one in servers),
        }

    def problem(self, result: Result) -> str:
        return failure_message(self.cell.name, result) if failed(result, self.params["fail_on"]) else ""

    @staticmethod
    def _closed(one: Entry, progress: step.Progress) -> Entry:
        """Say of a machine that is not done why nobody watches it any longer: its command continues."""
        if one["outcome"] not in outcomes.OPEN_OUTCOMES:
            return one
        if one["outcome"] == outcomes.QUEUED and one["error"]:
            return outcomes.server_entry(outcomes.SKIPPED, one, error=one["error"])
        error = progress.error or errors.DrsError(
            "install_wait_timeout", f"{one['name']}: {one['outcome']} after {int(progress.elapsed)} seconds"
        )
        return {**one, "error": outcomes.error_entry(error)}


def failed(result: Result, fail_on: str) -> bool:
    """Whether a wait counts as failed: ``any`` machine without success, or ``all`` of them; never otherwise."""
    return states.has_failed(result["servers"], MACHINES, fail_on)


def failure_message(cell: str, result: Result) -> str:
    """One sentence for a wait that failed: how many, and the first reasons."""
    return states.failure(cell, result["servers"], MACHINES, "machine", "not protected")
