"""Plan, begin and walk a recovery without Ansible, with the collection's own walk.

What Ansible is for, the threads, the terminal and the task files of the user, is played here; everything else is the
code that the role recovery runs. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings, outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as plan_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import request as recovery_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import allowed, record_request

from support.cells import Place

if TYPE_CHECKING:
    from support.chaos import World

VERB = "recovery"
READ = {"include_ec2": False, "machines": False, "lookback_hours": 48}
PACE = {"poll_interval": 10, "wave_timeout": 900}
Told = dict[str, Any]


class Moments:
    """What a test does, or counts, when a walk comes to something: ``STEP``, and ``STEP:wait`` before its wait."""

    def __init__(self, do: Callable[[str], None] | None = None) -> None:
        self.seen: list[str] = []
        self._do = do

    def __call__(self, moment: str) -> None:
        self.seen.append(moment)
        if self._do:
            self._do(moment)


class Hands:
    """The hands of a walk in this thread: one cell after the other, on the simulator's clock."""

    def __init__(self, world: World, moments: Moments) -> None:
        self.world, self.moments = world, moments
        self.step = ""
        self.lines: list[str] = []

    def over(self, work: Callable[[Cell], Any], cells: Mapping[str, Cell], at_once: int | None = None) -> Told:
        """Do something in every cell, one after the other."""
        answers: Told = {}
        for name, cell in cells.items():
            try:
                answers[name] = work(cell)
            except DrsError as exc:
                answers[name] = exc
        return answers

    def wait(self, waits: Mapping[str, Any], follow: Callable[[str, Any, float], Any] | None = None) -> Told:
        """Wait for one after the other, and for what joins them."""
        self.moments(self.step + ":wait")
        answers: Told = {}
        left = dict(waits)
        while left:
            name = next(iter(left))
            one = left.pop(name)
            try:
                answers[name] = together.run(one, self.world.simulator.clock.advance, self.say)
            except DrsError as exc:
                answers[name] = exc
            more = follow(name, answers[name], 0.0) if follow else {}
            if more is None:
                break
            left.update(more)
        return answers

    def say(self, line: str) -> None:
        """Keep a line of progress."""
        self.lines.append(line)

    def show(self, kind: str, data: Mapping[str, Any]) -> None:
        """Nobody looks at pages here."""


class SeenWalk(Walk):
    """The walk, with a word to the test before each step that it takes."""

    def go(self) -> walk.Step | None:
        """Take step after step."""
        for kind in walk.KINDS:
            real = getattr(Walk, "_" + kind, None)
            if real is not None:
                setattr(self, "_" + kind, functools.partial(self._seen, real))
        return super().go()

    def _seen(self, real: Callable[[Walk, walk.Step], Told], step: walk.Step) -> Told:
        self.hands.step = step["id"]  # type: ignore[attr-defined]
        self.hands.moments(step["id"])  # type: ignore[attr-defined]
        return real(self, step)


class Walker:
    """One controller.

    :param retry_failed, adopt: as the options ``recovery_retry_failed`` and ``recovery_adopt_job_ids``.
    :param typed: options typed anew; what is not typed comes from the record of a run that is known.
    :param moments: see there.
    """

    def __init__(
        self,
        world: World,
        name: str,
        retry_failed: bool = False,
        check_mode: bool = False,
        adopt: tuple[str, ...] = (),
        typed: Mapping[str, Any] | None = None,
        moments: Moments | None = None,
    ) -> None:
        self.world, self.name = world, name
        self.check_mode = check_mode
        self.typed = {"retry_failed": retry_failed, "adopt_job_ids": list(adopt), **(typed or {})}
        self.moments = moments or Moments()
        self.hands = Hands(world, self.moments)
        self.overrides: list[Told] = []
        """The guardrails that the last plan went past, and why."""
        self._cells: dict[str, Cell] = {}

    def cell(self, place: Place) -> Cell:
        """The cell of a place, with this controller's name in its sessions."""
        if place.account not in self._cells:
            self._cells[place.account] = place.cell(role_session_name=f"ctl-{self.name}")
        return self._cells[place.account]

    # -- its steps, one by one ---------------------------------------------------------------------------------------

    def plan(self, values: Mapping[str, Any] | None = None) -> Told:
        """Look into every cell, and plan."""
        asked = values or self._fresh()
        cells = []
        for place in self.world.places:
            told = {"cell": self.cell(place).name, "account_id": place.account, "region": place.region}
            try:
                found = status_cell.everything(self.cell(place), READ, False)
                told.update({key: found[key] for key in ("source_servers", "recovery_instances", "jobs")})
            except DrsError as exc:
                told["error"] = outcomes.error_entry(exc)
            cells.append(told)
        params = {key: spec.get("default") for key, spec in plan_request.PLAN_SPEC.items()}
        params.update({key: asked[key] for key in set(params) & set(asked) if asked[key] is not None})
        params.update(name="chaos", cells=cells, run_id=self.world.run_id, fail_on_error=False)
        params["document"] = asked["plan_document"] or None
        answer = plan_request.plan(params)
        plan = dict(answer["plan"])
        self.overrides = answer["overrides"]
        plan["allowed"] = allowed(VERB, asked)
        plan["hash"] = plan_hash(plan)
        return plan

    def step(self, state: str, **options: Any) -> Told:
        """drs_run."""
        own = {"run_id": self.world.run_id, "store": self.world.store, "initiator": "ann", "controller": self.name}
        return run_request.perform(run_request.params_of(state, **own, **options), self.check_mode)

    def launch(self, place: Place, wave: dict[str, Any], epoch: int) -> Told:
        """drs_recovery in one cell; an error is a result of its cell."""
        cell = self.cell(place)
        params = {key: spec.get("default") for key, spec in recovery_request.RECOVERY_SPEC.items()}
        params.update(
            state="launched",
            mode=self.world.mode,
            run_id=self.world.run_id,
            wave=wave["wave"],
            servers=[one for one in wave["servers"] if one["cell"] == cell.name],
            store=self.world.store,
            run_epoch=epoch,
        )
        try:
            return recovery_request.perform(cell, params, self.check_mode)
        except DrsError as exc:
            return {"error": exc.to_dict(), "msg": str(exc)}

    # -- the whole -----------------------------------------------------------------------------------------------------

    def request(self) -> Told:
        """The request of a command that begins a run, as the record keeps it."""
        return record_request(VERB, self._fresh())

    def _fresh(self) -> Told:
        return request.checked(VERB, {"mode": self.world.mode, **PACE, **self.world.options, **self.typed})

    def _values(self, run: Mapping[str, Any] | None) -> Told:
        """The request of a run that is known, or of a fresh one."""
        if run is None:
            return self._fresh()
        return request.resumed(VERB, run["request"], self.typed).values

    def _steps(self, hold: Mapping[str, Any] | None = None) -> Steps:
        who = {"initiator": "ann", "typed_by": {"user": "ann", "kind": "local"}, "controller": self.name}
        return Steps(self.world.run_id, self.world.store, who, self.hands.say, epoch=(hold or {}).get("epoch"))

    def go(self) -> Told:
        """Walk the run to its end; returns {status, summary, stopped, epoch}, and ``code`` of an end not written."""
        run = self._steps()
        known = run.existing()
        values = self._values(known["run"])
        plan = self.plan(values)
        asked = {"plan": plan, "request": record_request(VERB, values), "confirm": values["confirm"]}
        told = run.take("planned", **asked)
        unfit = [str(one["message"]) for one in findings.errors_of(plan["findings"])]
        if unfit and not told["resumed"]:
            return {"status": "refused", "summary": {}, "stopped": unfit[0], "epoch": 0}
        if values["require_full_coverage"] and plan["unknown_cells"]:
            return {"status": "refused", "summary": {}, "stopped": "a cell could not be read", "epoch": 0}
        if self.check_mode:
            return {"status": "planned", "summary": {}, "stopped": "", "epoch": 0}
        begun = run.take(
            "begun", **asked, approvals=["start"] if values["require_approval"] else [], overrides=self.overrides
        )
        record = begun["run"]
        unapproved = record["status"] == "waiting" and not record["approved_at"]
        stop = f"waits: {record['reason']}" if unapproved else ""
        state = {**walk.begin(values["expected_seconds"]), "stop": stop}
        sessions = {self.cell(place).name: self.cell(place) for place in self.world.places}
        made = SeenWalk(
            run, {"run": record, "waves": known["waves"]}, begun["plan"], values, sessions, self.hands, state
        )
        return self._walked(made, not plan["unknown_cells"])

    def _walked(self, made: Walk, complete: bool) -> Told:
        run = made.run
        try:
            while (step := made.go()) is not None:
                made = self._task_file(made, step)
        except DrsError as exc:
            # what the walk cannot be taken up for stands in the record, if anything can
            with contextlib.suppress(DrsError):
                run.take("finished", reason=str(exc), complete=False, timed_out=False)
            return {"status": "lost", "summary": {}, "stopped": str(exc), "epoch": run.epoch, "code": exc.code}
        stop, run = made.state["stop"], made.run
        told = {"summary": {}, "stopped": stop, "epoch": run.epoch}
        try:
            ended = run.take("finished", reason=stop, complete=complete, timed_out=made.state["timed_out"])["run"] or {}
        except DrsError as exc:
            return {**told, "status": "lost", "stopped": stop or str(exc), "code": exc.code}
        return {**told, "status": ended.get("status"), "summary": ended.get("summary")}

    def _task_file(self, made: Walk, step: walk.Step) -> Walk:
        """A task file of the user: handed out, run in every cell, and taken up again from the record alone."""
        cells = list(made.sessions)
        self.hands.step = step["id"]
        self.moments(step["id"])
        try:
            made.hand_out(step, cells)
        except DrsError as exc:
            made.observe(step, {"stop": f"wave {step['wave']}: {exc}", "lost": exc.code})
            return made
        self.moments(step["id"] + ":wait")
        run, values, sessions = self._steps({"epoch": made.run.epoch}), made.values, made.sessions
        parts, state = run.stored_run(), run.state()
        run_record.check_plan(parts["run"], parts["plan"])
        waves = {str(one["wave"]): one for one in parts["waves"]}
        known = {"run": parts["run"], "waves": waves}
        made = SeenWalk(run, known, parts["plan"], values, sessions, self.hands, state)
        for name in made.names_launched():
            made.restore_wave(name, waves[name])
        tokens = {cell: {"step": step["id"], "failed": self.world.validation(step, cell)} for cell in state["handed"]}
        bad = walk.counted(step, state["handed"], tokens, {})
        made.observe(step, walk.failure_of(step, bad))
        return made
