"""Walk a failback inside the test's process with the collection's own walk, so that it can be killed anywhere.

What Ansible is for, the threads, the terminal and the task file of the user, is played here. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import plan as failback_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.proof import problem
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk as task_walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import DirectoryStore
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import allowed, record_request
from ansible_collections.resilience.drs.plugins.plugin_utils._failback.failback import Failback
from ansible_collections.resilience.drs.plugins.plugin_utils._failback.opening import reached
from botocore.client import BaseClient

from support.failback import Way

VERB = "failback"
READ = {"include_ec2": False, "machines": False, "lookback_hours": 48}
PACE = {"poll_interval": 600, "poll_interval_max": 3600}
MODES = {"failback": "failback", "drill": "failback_drill"}
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


@contextmanager
def killed_at_write(number: int, before: bool = False) -> Iterator[list[str]]:
    """Let so many writes of the run store happen; the process dies at the last of them, before or after it.

    Yields the items that were written.
    """
    original, made = DirectoryStore.put, []

    def put(self: Any, run_id: str, item: str, *args: Any, **more: Any) -> Any:
        made.append(item)
        if before and len(made) == number:
            raise Killed
        answer = original(self, run_id, item, *args, **more)
        if len(made) == number:
            raise Killed
        return answer

    with patch.object(DirectoryStore, "put", put):
        yield made


class Hands:
    """The hands of a walk in this thread: one cell after the other, on the simulator's clock."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def over(
        self, work: Callable[[Cell], Any], cells: Mapping[str, Cell], at_once: int | None = None
    ) -> dict[str, Any]:
        """Do something in every cell."""
        return {name: _tried(lambda one=cell: work(one)) for name, cell in cells.items()}

    def wait(self, waits: Mapping[str, Any]) -> dict[str, Any]:
        """Wait in every cell."""
        sleep, say = self.session.sleep, self.say
        return {name: _tried(lambda one=wait: together.run(one, sleep, say)) for name, wait in waits.items()}

    def say(self, line: str) -> None:
        """Keep a line of progress."""
        self.session.lines.append(line)

    def show(self, kind: str, data: Mapping[str, Any]) -> None:
        """Keep a page."""
        self.session.pages.append((kind, dict(data)))


def _tried(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except DrsError as exc:
        return exc


class Session:
    """The controllers of one run, one after the other: of those before it each knows what the run store keeps.

    :param way: the cells; several recovery cells are several ways.
    :param names: of the servers that fail back.
    :param store: a directory.
    :param expire: let all role sessions end whenever time passes.
    :param validation: plays the task file in a cell: why it failed, "" when it passed, None when it never came back.
    """

    def __init__(
        self,
        way: Any,
        names: list[str],
        store: Path,
        mode: str = "failback",
        run_id: str = "home-1",
        expire: bool = False,
        validation: Callable[[str], str | None] | None = None,
        **options: Any,
    ) -> None:
        self.ways = list(way) if isinstance(way, (list, tuple)) else [way]
        self.simulator = self.ways[0].simulator
        self.mode, self.names, self.run_id, self.expire = mode, names, run_id, expire
        self.store = {"backend": "directory", "path": str(store)}
        self.validation, self.options = validation, {**PACE, **options}
        self.lines: list[str] = []
        self.pages: list[tuple[str, dict[str, Any]]] = []
        self.plan: dict[str, Any] = {}
        self.last: dict[str, dict[str, Any]] = {}
        self.made: Walk | None = None
        """The walk of the last command."""
        self._typed: dict[int, list[str]] = {}
        for one in self.ways:
            self._ids(one)

    # -- one command -----------------------------------------------------------------------------------------------
    def go(self, **typed: Any) -> dict[str, Any]:
        """One command; the record of the run as it leaves it. ``last`` is what became of the servers, by name."""
        run = Steps(self.run_id, self.store, {"initiator": "ann", "controller": "test"}, self.lines.append)
        known = run.existing()
        if closing.is_over(known["run"]):
            return dict(known["run"])
        given = {"validate_tasks": "/validate.yml"} if self.validation else {}
        asked = {"mode": self.mode, "plan_name": "shop", **self.options, **given, **typed}
        asked["selection"] = {"source_server_ids": [one for way in self.ways for one in self._ids(way)]}
        values = request.checked(VERB, asked)
        if known["run"] is not None:
            defaults = request.checked(VERB, {"mode": self.mode})
            given = {name: value for name, value in values.items() if value != defaults[name]}
            values = request.resumed(VERB, known["run"]["request"], given).values
        fresh = self._planned(values)
        begun = run.take("begun", kind="failback", plan=fresh, request=record_request(VERB, values))
        self.plan = begun["plan"]
        record = {"run": begun["run"], "waves": known["waves"], "reached": reached(run)}
        record["cleanup"] = known.get("cleanup")
        originals = {here.name: self._originals() for here in self._cells().values()}
        made = Walk(
            run, record, self.plan, values, self._cells(), originals, Hands(self), walk.begin(record["reached"])
        )
        self.made = made
        step = made.go()
        while step is not None:
            made.observe(step, self._validated(made, step))
            step = made.go()
        servers = Failback._servers(made)
        self.last = {str(one["name"]): one for one in servers}
        stop = made.state["stop"] or closing.unprotected(values, servers, made.state["stop"])
        stop = stop or (problem(made.proof.kept) if values["until"] == walk.CLEANED else "")
        ended = Failback._end(run, values, stop, fresh["unknown_cells"], bool(made.state["timed_out"]))
        return dict(ended["run"])

    def home(self, **typed: Any) -> dict[str, Any]:
        """Command after command, as the pages say it: what is launched is looked at, then confirmed."""
        run = self.go(**typed)
        if self.mode == "failback" and run["status"] == "waiting":
            run = self.go(confirm=self.plan["confirmation"], validated=True, **typed)
        return run

    def recorded(self, wave: str = "1") -> dict[str, Any]:
        """What the run store has of a wave."""
        known = Steps(self.run_id, self.store, {"initiator": "ann", "controller": "test"}, self.lines.append).existing()
        return dict(known["waves"][wave])

    def outcomes(self) -> dict[str, str]:
        """By name of the server its outcome."""
        return {name: one["outcome"] for name, one in self.last.items()}

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.simulator.clock.advance(seconds)
        if self.expire:
            self.simulator.expire_sessions()

    # -- what it is made of ----------------------------------------------------------------------------------------
    def _ids(self, way: Way) -> list[str]:
        """Ids of the servers by name; asked for once, for faults of the service are not for whoever types a command."""
        if id(way) not in self._typed:
            self._typed[id(way)] = self._looked_up(way)
        return self._typed[id(way)]

    def _looked_up(self, way: Way) -> list[str]:
        if len(self.ways) == 1:
            return list(way.away.ids(*self.names))
        names = [one for one in self.names if one in _names_of(way)]
        return way.away.ids(*names) if names else []

    def _cells(self) -> dict[str, Cell]:
        return {cells_of(way)[0].name: cells_of(way)[0] for way in self.ways}

    def _originals(self) -> dict[tuple[str, str], Cell]:
        return {(way.home.account, way.home.region): cells_of(way)[1] for way in self.ways}

    def _planned(self, values: Mapping[str, Any]) -> dict[str, Any]:
        cells: dict[str, dict[str, Any]] = {}
        for way in self.ways:
            for place, cell in zip((way.away, way.home), cells_of(way)):
                if cell.name not in cells:
                    about = {"cell": cell.name, "account_id": place.account, "region": place.region, "error": None}
                    cells[cell.name] = {**status_cell.everything(cell, READ, False), **about}
        params = {key: spec.get("default") for key, spec in failback_plan.PLAN_SPEC.items()}
        params.update({key: values[key] for key in set(params) & set(values) if values[key] is not None})
        params.update(name=values["plan_name"], mode=MODES[self.mode], cells=list(cells.values()), run_id=self.run_id)
        params.update(fail_on_error=False)
        made = dict(failback_plan.plan(params)["plan"])
        made["allowed"] = allowed(VERB, values)
        made["hash"] = plan_hash(made)
        return made

    def _validated(self, made: Walk, step: walk.Step) -> dict[str, Any]:
        """The task file of the user: handed out, run in its cells, counted."""
        cells = made.to_validate(step)
        made.hand_out(step, cells)
        tokens = {}
        for cell in cells:
            failed = self.validation(cell) if self.validation else ""
            if failed is not None:
                tokens[cell] = {"step": step["id"], "failed": failed}
        return task_walk.failure_of(step, task_walk.counted(step, cells, tokens, {}))


def _names_of(way: Way) -> list[str]:
    return [
        item["sourceProperties"]["identificationHints"]["hostname"]
        for item in way.away.drs.describe_source_servers(filters={})["items"]
    ]


def cells_of(way: Way) -> tuple[Cell, Cell]:
    """The recovery cell and the original cell; kept, since making clients takes longer than everything else."""
    if way not in _CELLS:
        _CELLS[way] = (way.away.cell(), way.home.cell())
    return _CELLS[way]


_CELLS: dict[Way, tuple[Cell, Cell]] = {}

__all__ = ["Killed", "Session", "killed_after", "killed_at_write"]
