"""Run the role failback inside the test process, so that it can be killed anywhere and repeated."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import plan as failback_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import wait as failback_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from botocore.client import BaseClient

from support.failback import Way

STAGES = {
    "failback": ("reversed", "ready", "launched", "protected", "cleaned"),
    "drill": ("reversed", "ready", "launched", "cleaned"),
}
_READS = ("Describe", "Get", "List", "AssumeRole")


class Killed(BaseException):
    """The controller is gone. No Exception, so that nothing on the way takes it for an error of AWS."""


@contextmanager
def killed_after(calls: int) -> Iterator[list[str]]:
    """Let so many calls that change something happen; the process dies when the last of them has happened.

    Yields the names of the calls.
    """
    original, made = BaseClient._make_api_call, []

    def call(self: Any, operation_name: str, api_params: Any) -> Any:
        answer = original(self, operation_name, api_params)
        if not operation_name.startswith(_READS):
            made.append(operation_name)
            if len(made) == calls:
                raise Killed
        return answer

    with patch.object(BaseClient, "_make_api_call", call):
        yield made


class Session:
    """One process of the role: it knows its variables, and of those before it what the run store keeps (``known``).

    That is the plan, frozen when the run was planned, and when that was. expire: let all role sessions end whenever
    time passes. The other options are those of drs_failback_wait.
    """

    def __init__(
        self,
        way: Way,
        names: list[str],
        mode: str = "failback",
        run_id: str = "home-1",
        expire: bool = False,
        known: Session | None = None,
        **wait: Any,
    ) -> None:
        self.way, self.mode, self.names, self.run_id, self.expire = way, mode, names, run_id, expire
        self.pace = {"poll_interval": 600, "poll_interval_max": 3600, **wait}
        self.last: dict[str, dict[str, Any]] = {}
        self.lines: list[str] = []
        self.validated: list[str] = []
        self.plan: dict[str, Any] = {}
        self.since: str | None = None
        if known is not None:
            self.plan, self.since = known.plan, known.since

    def _cells(self) -> list[dict[str, Any]]:
        found = []
        options = {"include_ec2": True, "machines": False, "lookback_hours": 48}
        for place, cell in zip((self.way.away, self.way.home), cells_of(self.way)):
            name = f"{place.account}.{place.region}"
            read = status_cell.everything(cell, options, False)
            found.append({**read, "cell": name, "account_id": place.account, "region": place.region, "error": None})
        return found

    def make_plan(self) -> dict[str, Any]:
        """The plan, as a new process makes it."""
        params = {key: spec.get("default") for key, spec in failback_plan.PLAN_SPEC.items()}
        params.update(
            name="shop",
            mode="failback" if self.mode == "failback" else "failback_drill",
            cells=self._cells(),
            selection={"source_server_ids": self.way.away.ids(*self.names)},
            run_id=self.run_id,
        )
        return dict(failback_plan.plan(params)["plan"])

    def run(self, until: str = "cleaned") -> dict[str, dict[str, Any]]:
        """Walk the stages; the last entry of each server by its name. What misses a stage takes no part in the next."""
        if not self.plan:
            self.plan, self.since = self.make_plan(), cells_of(self.way)[0].now.strftime("%Y-%m-%dT%H:%M:%SZ")
        stages = STAGES[self.mode]
        for state in stages[: stages.index(until) + 1]:
            self.stage(state)
        return self.last

    def stage(self, state: str) -> None:
        """One stage of all servers that have got so far."""
        before = STAGES[self.mode].index(state)
        servers = [one for wave in self.plan["waves"] for one in wave["servers"]]
        reached = [name for name, one in self.last.items() if one["outcome"] == STAGES[self.mode][before - 1]]
        going = [one for one in servers if not before or one["name"] in reached]
        if not going:
            return
        given = {"text": self.plan["confirmation"], **{key: self.plan[key] for key in ("regions", "terminates")}}
        given["plan"] = self.plan["name"]
        params = self.way.params(
            state=state,
            mode=self.mode,
            run_id=self.run_id,
            since=self.since,
            servers=going,
            validated_recovery_instance_ids=self.validated,
            confirmation={**given, "count": self.plan["summary"]["servers"]},
        )
        here, there = cells_of(self.way)
        originals = {(self.way.home.account, self.way.home.region): there}
        result = failback_request.perform(here, params, False, originals)
        if any(one["outcome"] in ("in_progress", "queued") for one in result["servers"]):
            defaults = {key: spec.get("default") for key, spec in failback_wait.WAIT_SPEC.items()}
            whole = {**params, **defaults, "request": result["request"], "servers": result["servers"], **self.pace}
            wait = failback_wait.FailbackWait(here, whole, originals)
            result = together.run(wait, self._sleep, self.lines.append)
        self.last.update({one["name"]: one for one in result["servers"]})
        if state == "launched":
            done = [one for one in result["servers"] if one["outcome"] == state]
            self.validated = [one["recovery_instance_id"] for one in done if one["recovery_instance_id"]]

    def _sleep(self, seconds: float) -> None:
        self.way.simulator.clock.advance(seconds)
        if self.expire:
            self.way.simulator.expire_sessions()


def cells_of(way: Way) -> tuple[Cell, Cell]:
    """The recovery cell and the original cell; kept, since making clients takes longer than everything else."""
    if way not in _CELLS:
        _CELLS[way] = (way.away.cell(), way.home.cell())
    return _CELLS[way]


_CELLS: dict[Way, tuple[Cell, Cell]] = {}

__all__ = ["Killed", "Session", "killed_after"]
