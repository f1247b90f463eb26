"""Wait until source servers replicate: the initiation steps, then bytes, the expected end, the lag."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import replication_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

WAIT_SPEC: dict[str, t.Any] = {
    "source_server_ids": {"type": "list", "elements": "str", "required": True},
    "wait_for": {"type": "str", "choices": list(replication_lines.WANTED), "default": replication_lines.CONTINUOUS},
    "replication": agent_request.REPLICATION_OPTION,
    **pace.pace_spec(1800, 15, 60, 86400),
}


THERE, ENDED, ON_ITS_WAY = "there", "ended", "on its way"


class ReplicationWait(Wait):
    """One wait for the replication of source servers of a cell.

    :param cell: where the source servers are.
    :param params: see ``WAIT_SPEC``.

    Its result: {source_servers, waiting, reached, changed} and what every wait says.
    """

    SHARES = True
    TABLE = {THERE: states.DONE, ENDED: states.FAILED, ON_ITS_WAY: states.GOING_ON}

    def __init__(self, cell: Cell, params: Given) -> None:
        super().__init__(params, cell)
        self.cell = cell
        self.ids = list(params["source_server_ids"])
        self.wanted = params["wait_for"]
        self.servers: dict[str, Server] = {}

    def begin(self, now: float) -> step.Progress:
        findings = duplicate_ids(self.ids)
        for one in self.ids:
            findings += valid_id("source_server", one)
        if findings:
            raise errors.DrsError(findings[0]["code"], "; ".join(one["message"] for one in findings))
        return super().begin(now)

    def read(self) -> list[Server]:
        servers = drs.source_servers(self.cell, self.ids)
        listed = {one["source_server_id"] for one in servers}
        lacking = [one for one in self.ids if one not in listed]
        # one answer that lacks a server must not end the work of hours
        return servers + drs.source_servers(self.cell, lacking) if lacking else servers

    def changes(self, state: list[Server]) -> list[str]:
        lines = replication_lines.changes(self.label, self.servers, state)
        self.servers = {one["source_server_id"]: one for one in state}
        missing = set(self.ids) - set(self.servers)
        if missing:
            raise errors.DrsError("unknown_id", f"{', '.join(sorted(missing))} not found in {self.cell.name}")
        return lines

    def states_of(self, state: list[Server]) -> t.Iterator[str]:
        for one in state:
            if replication_lines.reached(one, self.wanted):
                yield THERE
            else:
                yield ENDED if replication_lines.ended(one) else ON_ITS_WAY

    def beat(self, elapsed: float, others: t.Sequence[ReplicationWait] = ()) -> str:
        waits = [self, *others]
        servers = [server for one in waits for server in one.state or ()]
        text = replication_lines.progress(servers, self.wanted, self.cell.now) if servers else "no answer yet"
        left = duration(max(0.0, min(one.params["timeout"] for one in waits) - elapsed))
        return f"[{self.label_with(others)}] {duration(elapsed)}, {text}; {left} left until the deadline"

    def result(self, progress: step.Progress) -> Result:
        servers = [self.servers[one] for one in self.ids if one in self.servers]
        late = [one for one in self.ids if one not in self.servers or not self._there(one)]
        return {
            "source_servers": servers,
            "waiting": late,
            "reached": len(self.ids) - len(late),
            **self.progress_fields(progress),
            "changed": False,
        }

    def problem(self, result: Result) -> str:
        return failure_message(self.cell.name, result, self.wanted) if result["waiting"] else ""

    def _there(self, source_server_id: str) -> bool:
        return replication_lines.reached(self.servers[source_server_id], self.wanted)


def failure_message(cell: str, result: Result, target_state: str) -> str:
    """One sentence for a wait that failed: how many are not there, and where the first of them are."""
    servers_by_id = {one["source_server_id"]: one for one in result["source_servers"]}
    lines = []
    for one in result["waiting"][:5]:
        if one not in servers_by_id:
            lines.append(f"{one}: unknown")
            continue
        replication = servers_by_id[one]["replication"]
        lines.append(
            f"{servers_by_id[one]['name']}: {(replication['error'] or {}).get('code') or replication['state']}"
        )
    more = f" and {len(result['waiting']) - 5} more" if len(result["waiting"]) > 5 else ""
    said = count(len(result["waiting"]), "server is", "servers are")
    return f"{cell}: {said} not {target_state.replace('_', ' ')}: {', '.join(lines)}{more}"
