"""Waiting for a stage of a failback: the same request again and again, until no server is on its way.

Every stage looks before it acts and has its guards right before each call, so repeating it is all that waiting needs:
a copy is looked at, a job is found again, the next step of a clean-up is taken when the one before it is proven.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import progress_lines as failback_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import watch as progress
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import duration

WAIT_SPEC: dict[str, t.Any] = {
    "request": {"type": "dict", "required": True},
    "servers": {"type": "list", "elements": "dict", "default": []},
    "original_cells": failback_request.ORIGINAL_CELLS,
    **pace.pace_spec(3600, 15, 120, 259200),
    "fail_on": {"type": "str", "choices": ["never", "any"], "default": "any"},
}


class Wait:
    """One wait for servers of a recovery cell.

    :param cell: the recovery cell.
    :param params: the cell options and those of ``WAIT_SPEC``; ``request`` and ``servers`` as drs_failback returned
        them.
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
        defaults = {key: spec.get("default") for key, spec in failback_request.FAILBACK_SPEC.items()}
        self.request = {**defaults, **{key: value for key, value in params["request"].items() if key in defaults}}
        for key in ("state", "mode", "run_id"):
            if not self.request.get(key):
                raise DrsError("invalid_option", f"request.{key}: it is missing; give what drs_failback returned")
        self.originals = failback_request.original_cells(params)
        self.label = params.get("label") or cell.name
        self.servers: dict[str, dict] = {one["source_server_id"]: one for one in params["servers"]}
        self.shown: dict[str, dict] = {}
        self.result: dict = {}

    def run(self) -> dict:
        """Wait; returns what drs_failback returns, and {timed_out, elapsed_seconds, polls, errors, error}."""
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
        servers = list(self.servers.values())
        return {
            "jobs": [],
            "queued": [],
            "unread": [],
            **self.result,
            "servers": servers,
            "summary": outcomes.summarise(servers),
            "timed_out": watched["timed_out"],
            "elapsed_seconds": watched["elapsed"],
            "polls": watched["polls"],
            "errors": watched["errors"],
            "error": outcomes.error_entry(watched["error"]) if watched["error"] else None,
            "changed": any(one["changed"] for one in servers),
        }

    def _read(self) -> dict:
        """The request once more. A side that does not answer is told like any error: it may be back in a moment."""
        params = {**self.params, **self.request}
        try:
            result = failback_request.perform(self.cell, params, False, self.originals)
            self._take(result)
            if result["unread"]:
                error = result["unread"][0]["error"]
                raise DrsError(error["code"], error["message"], retryable=error["retryable"])
        except DrsError as exc:
            # credentials may have expired or changed; the next look reads them anew on both sides
            for cell in (self.cell, *self.originals.values()):
                cell.renew()
            exc.retryable = exc.retryable or exc.code in pace.EXPIRED
            raise
        return result

    def _take(self, result: dict) -> None:
        self.result = result
        for entry in result["servers"]:
            before = self.servers.get(entry["source_server_id"]) or {}
            entry["changed"] = entry["changed"] or bool(before.get("changed"))
            earlier = (before.get("failback") or {}).get("did") or []
            entry["failback"]["did"] = [*earlier, *entry["failback"]["did"]]
            self.servers[entry["source_server_id"]] = entry

    def _judge(self, result: dict) -> tuple[bool, list[str]]:
        lines = failback_lines.changes(self.label, self.shown, result["servers"])
        self.shown = {one["source_server_id"]: one for one in result["servers"]}
        return not any(one["outcome"] in outcomes.OPEN_OUTCOMES for one in result["servers"]), lines

    def _beat(self, result: t.Any, elapsed: float) -> str:
        told = failback_lines.progress(result["servers"], self.cell.now) if result else "no answer yet"
        left = duration(max(0.0, self.params["timeout"] - elapsed))
        return f"[{self.label}] {duration(elapsed)}, {told}; {left} left until the deadline"


def failed(result: dict, fail_on: str) -> bool:
    """Whether a wait has failed: a server that is bad or still on its way at the end."""
    if fail_on == "never":
        return False
    bad = (*outcomes.BAD_OUTCOMES, *outcomes.OPEN_OUTCOMES)
    return result["error"] is not None or any(one["outcome"] in bad for one in result["servers"])


def failure_message(cell: str, result: dict) -> str:
    """One sentence for a wait that failed: how many servers, and the first of them with their errors."""
    bad = (*outcomes.BAD_OUTCOMES, *outcomes.OPEN_OUTCOMES)
    wrong = [one for one in result["servers"] if one["outcome"] in bad]
    told = [f"{one['name']} ({(one['error'] or {}).get('code') or one['outcome']})" for one in wrong[:5]]
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    said = f"{cell}: {len(wrong)} servers are not there: {', '.join(told)}{more}"
    return said + (f"; {result['error']['code']}: {result['error']['message']}" if result["error"] else "")
