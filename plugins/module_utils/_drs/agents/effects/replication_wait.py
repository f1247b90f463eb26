"""Waiting until source servers replicate: the initiation steps, then bytes, the expected end, the lag."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs as api
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import watch as progress
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import replication_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import duration

WAIT_SPEC: dict[str, t.Any] = {
    "source_server_ids": {"type": "list", "elements": "str", "required": True},
    "wait_for": {"type": "str", "choices": list(replication_lines.WANTED), "default": replication_lines.CONTINUOUS},
    "replication": agent_request.REPLICATION_OPTION,
    **pace.pace_spec(1800, 15, 60, 86400),
}


class Wait:
    """One wait for the replication of source servers of a cell.

    :param cell: where the source servers are.
    :param params: see ``WAIT_SPEC``.
    :param emit: prints one line.
    :param sleep: lets seconds pass.
    """

    def __init__(
        self, cell: Cell, params: dict, emit: t.Callable[[str], t.Any], sleep: t.Callable[[float], t.Any]
    ) -> None:
        self.cell = cell
        self.params = params
        self.emit = emit
        self.sleep = sleep
        self.ids = list(params["source_server_ids"])
        self.wanted = params["wait_for"]
        self.label = params.get("label") or cell.name
        self.servers: dict[str, dict] = {}

    def run(self) -> dict:
        """Wait; returns {source_servers, waiting, reached, timed_out, elapsed_seconds, polls, errors, error}."""
        found = duplicate_ids(self.ids)
        for one in self.ids:
            found += valid_id("source_server", one)
        if found:
            raise errors.DrsError(found[0]["code"], "; ".join(one["message"] for one in found))
        watched = progress.watch(
            self._read,
            self._judge,
            pace.schedule(self.params),
            self.sleep,
            self.emit,
            self.params["timeout"],
            self.params["heartbeat"],
            self.params["max_errors"],
            label=self.label,
            beat=self._beat,
        )
        return self._result(watched)

    def _read(self) -> list[dict]:
        try:
            return api.source_servers(self.cell, self.ids)
        except errors.DrsError as exc:
            self.cell.renew()
            exc.retryable = exc.retryable or exc.code in pace.EXPIRED
            raise

    def _judge(self, servers: list[dict]) -> tuple[bool, list[str]]:
        lines = replication_lines.changes(self.label, self.servers, servers)
        self.servers = {one["source_server_id"]: one for one in servers}
        missing = set(self.ids) - set(self.servers)
        if missing:
            raise errors.DrsError("unknown_id", f"{', '.join(sorted(missing))} not found in {self.cell.name}")
        done = all(replication_lines.reached(one, self.wanted) or replication_lines.ended(one) for one in servers)
        return done, lines

    def _beat(self, servers: t.Any, elapsed: float) -> str:
        told = replication_lines.progress(servers, self.wanted, self.cell.now) if servers else "no answer yet"
        left = duration(max(0.0, self.params["timeout"] - elapsed))
        return f"[{self.label}] {duration(elapsed)}, {told}; {left} left until the deadline"

    def _result(self, watched: dict) -> dict:
        servers = [self.servers[one] for one in self.ids if one in self.servers]
        late = [one for one in self.ids if one not in self.servers or not self._there(one)]
        return {
            "source_servers": servers,
            "waiting": late,
            "reached": len(self.ids) - len(late),
            "timed_out": watched["timed_out"],
            "elapsed_seconds": watched["elapsed"],
            "polls": watched["polls"],
            "errors": watched["errors"],
            "error": outcomes.error_entry(watched["error"]) if watched["error"] else None,
            "changed": False,
        }

    def _there(self, source_server_id: str) -> bool:
        return replication_lines.reached(self.servers[source_server_id], self.wanted)


def failure_message(cell: str, result: dict, wanted: str) -> str:
    """One sentence for a wait that failed: how many are not there, and where the first of them are."""
    known = {one["source_server_id"]: one for one in result["source_servers"]}
    told = []
    for one in result["waiting"][:5]:
        if one not in known:
            told.append(f"{one}: unknown")
            continue
        replication = known[one]["replication"]
        told.append(f"{known[one]['name']}: {(replication['error'] or {}).get('code') or replication['state']}")
    more = f" and {len(result['waiting']) - 5} more" if len(result["waiting"]) > 5 else ""
    return f"{cell}: {len(result['waiting'])} servers are not {wanted.replace('_', ' ')}: {', '.join(told)}{more}"
