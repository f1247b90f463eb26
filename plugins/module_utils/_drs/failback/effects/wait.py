"""Wait for a stage of a failback: the same request again and again, until no server is in progress.

Every stage looks before it acts and has its guards right before each call, so repeating it is all that waiting needs:
a copy is looked at, a job is found again, the next step of a clean-up is taken when the one before it is proven.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import progress_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import FailbackEntry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

WAIT_SPEC: dict[str, t.Any] = {
    "request": {"type": "dict", "required": True},
    "servers": {"type": "list", "elements": "dict", "default": []},
    "original_cells": failback_request.ORIGINAL_CELLS,
    **pace.pace_spec(3600, 15, 120, 259200),
    "fail_on": {"type": "str", "choices": ["never", "any"], "default": "any"},
}


SERVERS = states.of_outcomes(
    done=set(outcomes.OUTCOMES) - {*outcomes.BAD_OUTCOMES, *outcomes.OPEN_OUTCOMES}, going_on=outcomes.OPEN_OUTCOMES
)


class FailbackWait(Wait):
    """One wait for servers of a recovery cell.

    :param cell: the recovery cell.
    :param params: the cell options and those of ``WAIT_SPEC``; ``request`` and ``servers`` as drs_failback returned
        them.
    :param originals: the original cells by (account, Region); made from ``params`` when they are not given.
    :param points: reversed servers that are known to have a point in time.
    :param seen: the machines that were terminated, see ``failback/effects/request.perform``.

    Its result: what drs_failback returns, and what every wait says. Raises DrsError: ``invalid_option`` for a request
    that misses something.
    """

    SHARES = True
    TABLE = SERVERS

    def __init__(
        self,
        cell: Cell,
        params: Given,
        originals: dict[failback_request.Place, Cell] | None = None,
        points: set[str] | None = None,
        seen: proof.Seen | None = None,
    ) -> None:
        defaults = {key: spec.get("default") for key, spec in failback_request.FAILBACK_SPEC.items()}
        self.request = {**defaults, **{key: value for key, value in params["request"].items() if key in defaults}}
        for key in ("state", "mode", "run_id"):
            if not self.request.get(key):
                raise DrsError("invalid_option", f"request.{key}: it is missing; give what drs_failback returned")
        self.originals = failback_request.original_cells(params) if originals is None else originals
        self.points: set[str] = set() if points is None else points
        self.seen = seen
        super().__init__(params, cell, *self.originals.values())
        self.cell = cell
        self.servers: dict[str, FailbackEntry] = {one["source_server_id"]: one for one in params["servers"]}
        self.shown: dict[str, FailbackEntry] = {}
        self.last: Result = {}

    def result(self, progress: step.Progress) -> Result:
        servers = [self._closed(one, progress) for one in self.servers.values()]
        return {
            "jobs": [],
            "queued": [],
            "unread": [],
            **self.last,
            "servers": servers,
            "summary": outcomes.summarise(servers),
            **self.progress_fields(progress),
            "changed": any(one["changed"] for one in servers),
        }

    @staticmethod
    def _closed(one: FailbackEntry, progress: step.Progress) -> FailbackEntry:
        """Say of a server that has not arrived why nobody waits for it any longer, and what is missing."""
        if not progress.timed_out or one["outcome"] not in outcomes.OPEN_OUTCOMES:
            return one
        text = f"{one['name']}: {progress_lines.standing(one)} after {duration(progress.elapsed)}"
        return {**one, "error": outcomes.error_entry(DrsError("wait_timeout", text))}

    def problem(self, result: Result) -> str:
        return failure_message(self.cell.name, result) if failed(result, self.params["fail_on"]) else ""

    def read(self) -> Result:
        """The request once more. A side that does not answer is told like any error: it may be back in a moment."""
        asked = {**self.params, **self.request}
        result = failback_request.perform(self.cell, asked, False, self.originals, self.points, self.seen)
        self._take(result)
        if result["unread"]:
            error = result["unread"][0]["error"]
            raise DrsError(error["code"], error["message"], retryable=error["retryable"])
        return result

    def _take(self, result: Result) -> None:
        self.last = result
        for entry in result["servers"]:
            before = as_mapping(self.servers.get(entry["source_server_id"]))
            entry["changed"] = entry["changed"] or bool(before.get("changed"))
            earlier = as_mapping(before.get("failback")).get("did") or []
            entry["failback"]["did"] = [*earlier, *entry["failback"]["did"]]
            self.servers[entry["source_server_id"]] = entry

    def changes(self, state: Result) -> list[str]:
        lines = progress_lines.changes(self.label, self.shown, state["servers"])
        self.shown = {one["source_server_id"]: one for one in state["servers"]}
        return lines

    def states_of(self, state: Result) -> t.Iterator[str]:
        return (one["outcome"] for one in state["servers"])

    def beat(self, elapsed: float, others: t.Sequence[FailbackWait] = ()) -> str:
        waits = [self, *others]
        entries = [entry for one in waits if one.state for entry in one.state["servers"]]
        text = progress_lines.progress(entries, self.cell.now) if entries else "no answer yet"
        left = duration(max(0.0, min(one.params["timeout"] for one in waits) - elapsed))
        named = progress_lines.waiting(entries)
        line = f"[{self.label_with(others)}] {duration(elapsed)}, {text}; {left} left"
        return f"{line}; {named}" if named else line


def failed(result: Result, fail_on: str) -> bool:
    """Whether a wait has failed: a server that is bad or still on its way at the end."""
    if fail_on == "never":
        return False
    return result["error"] is not None or bool(states.not_done(result["servers"], SERVERS))


def failure_message(cell: str, result: Result) -> str:
    """One sentence for a wait that failed: how many servers, and the first of them with their errors."""
    wrong = states.not_done(result["servers"], SERVERS)
    lines = [f"{one['name']} ({as_mapping(one['error']).get('code') or one['outcome']})" for one in wrong]
    said = f"{cell}: {count(len(wrong), 'server is', 'servers are')} not there: {names(lines, 5, 400)}"
    return said + (f"; {result['error']['code']}: {result['error']['message']}" if result["error"] else "")
