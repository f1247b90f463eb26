"""Look at machines by Run Command before anything is sent to them: read-only, in seconds.

One command a platform and fifty machines, as everywhere. What a look does not bring (a machine that goes offline, a
command that is refused) is no finding: the installation itself will tell.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import look, look_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods as agent_methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import (
    DEFAULT as DEFAULT_CREDENTIALS,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import NodeCredentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines, quotas, ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace, states, step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait

COMMENT = "resilience.drs:look"
# From sending to the end: delivery takes seconds, and whoever does not take the command at once is not waited for.
_TIMEOUT = 90
_DELIVERY = 30
RUNNING, ENDED = "running", "ended"


def send(
    cell: Cell,
    chosen: list[Machine],
    region: str,
    deployment_id: str,
    network: agent_methods.Network = agent_methods.DIRECT,
    node: NodeCredentials = DEFAULT_CREDENTIALS,
) -> list[str]:
    """Send the look to machines of a cell; returns the ids of the commands.

    :param region: that of the replication cell.
    :param network: how the machines reach AWS.
    :param node: where nodes outside EC2 keep the credentials of their role.
    :raises DrsError: what Systems Manager refused, when it took none of the commands.
    """
    kinds: dict[tuple[str, bool], list[Machine]] = {}
    for one in chosen:
        kinds.setdefault((one["platform"], machines.is_node(one["instance_id"])), []).append(one)
    sent: list[str] = []
    hosts = [one for one in (network.endpoint, network.s3_endpoint) if one] or None
    for (platform, outside), group in kinds.items():
        parameters = {
            "commands": look_scripts.script(platform, region, network.proxy, hosts, node if outside else None),
            "executionTimeout": [str(look_scripts.SECONDS * 2)],
        }
        for batch in quotas.chunk(group, ssm_command.IDS_PER_COMMAND):
            command = ssm.send_command(
                cell,
                [one["instance_id"] for one in batch],
                agent_methods.SHELL_DOCUMENTS[platform],
                parameters,
                f"{COMMENT}/{deployment_id}",
                _DELIVERY,
                str(ssm_command.IDS_PER_COMMAND),
                "100%",
            )
            sent.append(command["command_id"])
    return sent


class LookWait(Wait):
    """One wait for the looks in a cell.

    :param commands: ids of the commands that were sent.
    :param chosen: the machines that are looked at.

    Its result: {wrong: {instance_id: DrsError}, warnings: [DrsError], looked: number}.
    """

    TABLE = {ENDED: states.DONE, RUNNING: states.GOING_ON}

    def __init__(self, cell: Cell, commands: list[str], chosen: list[Machine]) -> None:
        params = {option: spec.get("default") for option, spec in pace.pace_spec(6, 2, 10, _TIMEOUT).items()}
        super().__init__({**params, "label": f"{cell.name} look"}, cell)
        self.cell, self.commands = cell, commands
        self.machines = {one["instance_id"]: one for one in chosen}
        self.facts: dict[str, dict[str, str]] = {}
        self.open = set(commands)

    def begin(self, now: float) -> step.Progress:
        # no command has answered before it was delivered
        return super().begin(now)._replace(look_at=now + 3)

    def read(self) -> set[str]:
        for command_id in sorted(self.open):
            answers = ssm.invocations(self.cell, command_id)
            for one in answers:
                if one["final"]:
                    self.facts[one["instance_id"]] = look.parse(one["output"] or "")
            if answers and all(one["final"] for one in answers):
                self.open.discard(command_id)
        return self.open

    def states_of(self, state: set[str]) -> Iterator[str]:
        yield RUNNING if state else ENDED

    def changes(self, _state: set[str]) -> list[str]:
        return []

    def beat(self, elapsed: float, others: Sequence[Wait] = ()) -> str:
        ended = len(self.facts)
        return f"[{self.label}] {duration(elapsed)}, {ended} of {count(len(self.machines), 'machine')} looked at"

    def result(self, progress: step.Progress) -> Result:
        result: dict[str, Any] = {"wrong": {}, "warnings": [], "looked": len(self.facts)}
        for instance_id, facts in self.facts.items():
            one = self.machines.get(instance_id)
            if one is None:
                continue
            fatal = look.fatal(one["name"], one["platform"], facts)
            if fatal:
                result["wrong"][instance_id] = _together(fatal)
            result["warnings"] += look.doubtful(one["name"], one["platform"], facts)
        return {**result, **self.progress_fields(progress)}


def _together(errors: list[DrsError]) -> DrsError:
    """One error of several: the code of the first, the messages and remedies of all."""
    first = errors[0]
    messages = [first.message, *(f"{one.code}: {one.message}" for one in errors[1:])]
    remedies = dict.fromkeys(one.remedy for one in errors)
    return DrsError(first.code, "; ".join(messages), remedy=" ".join(remedies))
