"""Taking the steps of a failback over all cells at once: intents, settings, stages, waits, verdicts, records.

One process works for all cells. What it needs of its surroundings (a pool for work in every cell, one wait over all
cells, the terminal) is handed in as HANDS, so that nothing here depends on who runs it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import logs, proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.cells import Cells
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.pairs import Place
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.wait import WAIT_SPEC, FailbackWait
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import FailbackServer
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import (
    Session,
    error_of,
    result_of,
    working,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.hands import Hands

Answer = dict[str, Any]
EXPECTED = {walk.REVERSED: 60, walk.LAUNCHED: 600, walk.CLEANED: 120}
"""Seconds that a state takes, where no option says it."""
TIMEOUTS = {walk.REVERSED: 600}


class Walk:
    """The walk of one run by this process.

    :param run: the steps of its record.
    :param existing: what its record held before this process came: ``run``, ``waves`` {name: body}, ``reached`` {ARN:
        {state, instance}}.
    :param plan: the frozen plan.
    :param values: the request, see ``runs/request``.
    :param sessions: by cell of the play its session, or why there is none; a cell of the plan that is in neither was
        left out of the play.
    :param originals: by recovery cell the original cells of its servers. They are that cell's own, for two threads must
        not share a session.
    :param clean_up: both as the role that may destroy, for what is cleaned up; these without it.
    """

    def __init__(
        self,
        run: Steps,
        existing: Mapping[str, Any],
        plan: Mapping[str, Any],
        values: Mapping[str, Any],
        sessions: Mapping[str, Session],
        originals: Mapping[str, dict[Place, Cell]],
        hands: Hands,
        state: walk.State | None = None,
        clean_up: Cells | None = None,
    ) -> None:
        self.run, self.existing, self.plan, self.values = run, existing, plan, values
        self.sessions, self.originals, self.hands = sessions, originals, hands
        self._destroying = clean_up or Cells(sessions, originals)
        self.drill = values["mode"] == "drill"
        self.steps = walk.steps(plan, values["until"], self.drill, bool(values["validate_tasks"]))
        self.reached: dict[str, dict[str, Any]] = dict(existing.get("reached") or {})
        self.state: walk.State = state or walk.begin(self.reached)
        self.waves = {str(wave["wave"]): wave for wave in plan["waves"]}
        self.entries: dict[str, Entry] = {arn: one["entry"] for arn, one in self.reached.items() if one.get("entry")}
        """By ARN what became of a server at the last stage that worked on it; what an earlier command has protected or
        cleaned up is not worked on again, so its entry comes from the record."""
        self.points: dict[str, set[str]] = {cell: set() for wave in plan["waves"] for cell in wave["by_cell"]}
        """By cell the reversed servers that are known to have a point in time."""
        self.changed = False
        self.logs = logs.Kept(self.existing["waves"])
        self.proof = proof.Proof(existing.get("cleanup"), values, *self._destroying, hands.wait)

    def go(self) -> walk.Step | None:
        """Take step after step; returns the step of the user that is due, None when the walk is over."""
        while True:
            step = walk.due(self.steps, self.state)
            if step is None:
                return None
            if step["kind"] == walk.VALIDATE:
                if self.to_validate(step):
                    return step
                self.observe(step, {})
            else:
                self.observe(step, getattr(self, "_" + step["kind"])(step))

    def observe(self, step: walk.Step, observed: Mapping[str, Any]) -> None:
        """Note what was observed of a step."""
        self.state = walk.after(self.state, step, observed)

    # -- a stage of a wave -----------------------------------------------------------------------------------------
    def _stage(self, step: walk.Step) -> Answer:
        """Bring the servers of a wave to a state, in all its cells at once."""
        wave, state = self.waves[step["wave"]], step["state"]
        servers: list[FailbackServer] = walk.going(wave, self.state, state)
        if servers and not walk.time_left(self.state, self.values, self.values["timeout"]):
            return walk.time_over(step, self.values)
        try:
            self._intend(step, wave, servers)
        except DrsError as exc:
            return {"stop": walk.at(step, failure(exc)["msg"]), "lost": exc.code}
        if not servers:
            return self._kept(step, {"proceed": True, "reason": "", "code": None}, [])
        refused: dict[str, DrsError] = {}
        if state == walk.PROTECTED or (state == walk.CLEANED and not self.drill):
            refused = self._not_vouched(step, servers)
            stop = self._stops(step, servers, refused)
            if stop is not None:
                return stop
        going = [one for one in servers if one["arn"] not in refused]
        if state == walk.LAUNCHED:
            unset = self._set(going)
            if unset:
                return {"stop": walk.at(step, unset)}
        started, waited = self._done(step, wave, going)
        started, waited = dict(started), dict(waited)
        asked = {"wave": {**wave, "servers": going}, "started": started, "waited": waited, "policy": {}}
        entries = wave_request.judge({**asked, "success": walk.success(state)})["servers"]
        entries += [outcomes.server_entry(outcomes.REFUSED, one, error=refused[one["arn"]], wave=step["wave"])
                    for one in servers if one["arn"] in refused]  # fmt: skip
        excused = walk.excused(step, entries, self.values)
        verdict = self._verdict(step, [one for one in entries if one["arn"] not in excused])
        slow = [one for one in waited.values() if one.get("timed_out")]
        elapsed = max((one.get("elapsed_seconds") or 0 for one in waited.values()), default=0)
        page = {
            "wave": step["wave"],
            "state": state,
            "servers": entries,
            "verdict": verdict,
            "elapsed_seconds": elapsed,
        }
        self.hands.show("failback_stage", {**page, "read_at": self._read_at(step)})
        late = bool(slow and not verdict["proceed"])
        return {**self._kept(step, verdict, entries, excused=excused), "timed_out": late, "spent": elapsed}

    def _intend(self, step: walk.Step, wave: Mapping[str, Any], servers: Sequence[Any]) -> None:
        """Record the intent before anything is done. Looking needs none."""
        if step["state"] == walk.REVERSED:
            self.run.take("wave_intended", wave=step["wave"], servers=wave["servers"])
        elif step["state"] != walk.READY and servers:
            data = {"wave": step["wave"], "stage": step["state"], "servers": len(servers)}
            self.run.take("noted", event="stage_intended", data=data)

    def _not_vouched(self, step: walk.Step, servers: Sequence[Any]) -> dict[str, DrsError]:
        """Why servers must not be taken beyond launched, by ARN."""
        at_launched: list[Any] = []
        for one in servers:
            entry: Any = self.entries.get(one["arn"]) or {**one, "recovery_instance_id": None}
            machine = entry.get("recovery_instance_id") or self.reached.get(one["arn"], {}).get("instance")
            at_launched.append({**entry, "recovery_instance_id": machine})
        return walk.not_vouched(at_launched, self.state, step["wave"], bool(self.values["validated"]))

    def _stops(self, step: walk.Step, servers: Sequence[Any], refused: Mapping[str, DrsError]) -> Answer | None:
        """Whether a wave stops before anything is protected in any cell, for too many nobody has looked at."""
        if not refused:
            return None
        entries = [
            outcomes.server_entry(outcomes.REFUSED, one, error=refused[one["arn"]], wave=step["wave"])
            if one["arn"] in refused
            else outcomes.server_entry(step["state"], one, wave=step["wave"])
            for one in servers
        ]
        verdict = self._verdict(step, entries)
        if verdict["proceed"]:
            return None
        why = "; ".join(sorted({one.message for one in refused.values()})[:5])
        more = "; and %d more" % (len(refused) - 5) if len(refused) > 5 else ""
        text = "failback_not_validated: %s%s. Nothing was %s in any cell" % (why, more, step["state"])
        gate = {"proceed": False, "reason": text, "code": "failback_not_validated"}
        return self._kept(step, gate, [], keep=True)

    def _set(self, servers: Sequence[FailbackServer]) -> str:
        """Apply the launch settings in the original cells; why some could not be set, "" when all are."""
        mine = group_by_cell([one for one in servers if one.get("launch_settings")])

        def work(cell: Cell) -> list[str]:
            return settings.apply(mine[cell.name], self.originals[cell.name], self.entries, self.run.run_id)

        answers: dict[str, Any] = self.hands.over(work, working(self.sessions, mine))
        errors = {cell: error_of(self.sessions, answers, cell) for cell in mine}
        told = {cell: [failure(error, cell)["msg"]] if error else answers[cell] for cell, error in errors.items()}
        wrong = "; ".join(text for texts in told.values() for text in texts)
        return "launch settings could not be set, nothing was launched: %s" % wrong if wrong else ""

    def _done(
        self, step: walk.Step, wave: Mapping[str, Any], servers: Sequence[FailbackServer]
    ) -> tuple[dict[str, Answer], dict[str, Answer]]:
        """Start it in every cell, or adopt what is there, then wait in all of them together: (started, waited)."""
        mine = group_by_cell(servers)
        sessions, originals = self._cells_of(step)
        requests = {cell: self._request(step, wave, cell, members) for cell, members in mine.items()}
        cells = working(sessions, mine)
        answers: dict[str, Any] = self.hands.over(
            lambda cell: failback_request.perform(
                cell, requests[cell.name], False, originals[cell.name], self.points[cell.name], self.proof.of(cell)
            ),
            cells,
        )
        waits = {
            name: self._wait(step, cells[name], answer)
            for name, answer in answers.items()
            if not isinstance(answer, DrsError)
            # what is there at the first look needs no second one
            and any(one["outcome"] in outcomes.OPEN_OUTCOMES for one in answer["servers"])
        }
        ended = self.hands.wait(waits)
        started = {cell: result_of(sessions, answers, cell) for cell in mine}
        waited = {cell: result_of(sessions, ended, cell) for cell in waits}
        self.changed = self.changed or any(one.get("changed") for one in (*started.values(), *waited.values()))
        for name, cell in cells.items():
            self.logs.read(step["wave"], cell, originals[name], (started.get(name), waited.get(name)))
        return started, waited

    def _request(
        self, step: walk.Step, wave: Mapping[str, Any], cell: str, servers: Sequence[FailbackServer]
    ) -> dict[str, Any]:
        values, plan = self.values, self.plan
        vouched = walk.vouched(self.state, step["wave"], bool(values["validated"]))
        return {
            **{key: option.get("default") for key, option in failback_request.FAILBACK_SPEC.items()},
            **self.run.names(),
            "run_epoch": self.run.epoch,
            "state": step["state"],
            "mode": values["mode"],
            "wave": step["wave"],
            "servers": [dict(one) for one in servers],
            "since": self.existing["run"]["created_at"],
            "validated_recovery_instance_ids": sorted(vouched),
            "confirmation": {
                "text": values["confirm"] or "",
                "plan": plan["name"],
                "count": plan["summary"]["servers"],
                "regions": plan["regions"],
                "terminates": plan.get("terminates"),
            },
            "confirm_recovery_instance_ids": values["confirm_recovery_instance_ids"],
            "require_protected": values["require_protected"],
            "limits": values["limits"],
            "store": self.run.store,
            "wave_servers": [one["source_server_id"] for one in wave["servers"] if one["cell"] == cell],
            "retry_failed": values["retry_failed"],
        }

    def _wait(self, step: walk.Step, cell: Cell, answer: Answer) -> FailbackWait:
        values, state = self.values, step["state"]
        synchronising = state in (walk.READY, walk.PROTECTED)
        asked = values["sync_timeout"] if synchronising else TIMEOUTS.get(state, values["timeout"])
        params = {
            **{key: option.get("default") for key, option in WAIT_SPEC.items()},
            **{key: values[key] for key in ("poll_interval", "poll_interval_max", "heartbeat")},
            "request": answer["request"],
            "servers": answer["servers"],
            "label": "%s wave %s" % (cell.name, step["wave"]),
            "expected_seconds": EXPECTED.get(state, values["expected_seconds"]),
            "timeout": walk.time_left(self.state, values, asked),
            "fail_on": "never",
        }
        originals = self._cells_of(step).originals[cell.name]
        return FailbackWait(cell, params, originals, self.points[cell.name], self.proof.of(cell))

    def _verdict(self, step: walk.Step, entries: list[Entry]) -> Answer:
        wave = {**self.waves[step["wave"]], "servers": entries}
        return wave_request.judged(wave, entries, self.plan["policy"], walk.success(step["state"]))

    # -- cells -----------------------------------------------------------------------------------------------------
    def _cells_of(self, step: walk.Step) -> Cells:
        return self._destroying if step["state"] == walk.CLEANED else Cells(self.sessions, self.originals)

    def _read_at(self, step: walk.Step) -> str:
        """When the cells of a wave were looked at, by the service's clock of the one that answered first."""
        by_cell = self.waves[step["wave"]]["by_cell"]
        moments = [one.now for one in working(self._cells_of(step).sessions, by_cell).values() if one.server_time]
        return second(min(moments)) if moments else ""

    # -- the record ------------------------------------------------------------------------------------------------
    def _kept(
        self,
        step: walk.Step,
        gate: Mapping[str, Any],
        entries: Sequence[Entry],
        keep: bool = False,
        excused: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Write down what a stage has brought, and judge whether the run goes on; see ``walk.after``.

        :param keep: the stage did nothing, so each server stays what it was.
        :param excused: ARNs of servers that may go on without the state.
        """
        name, state = step["wave"], step["state"]
        now = clock.now() if entries else ""
        for one in entries:
            arn = str(one["arn"])
            self.entries[arn] = one
            self.reached[arn] = walk.with_stage(walk.reached(self.reached.get(arn), one), state, one, now)
        out = [] if keep else [one["arn"] for one in entries if one["outcome"] not in walk.success(state)]
        missed = {"out": [str(one) for one in out if one not in excused]}
        data = {"wave": name, "stage": state, "outcomes": walk.summary(entries)}
        why = "" if gate["proceed"] else walk.at(step, gate["reason"])
        try:
            if state == walk.CLEANED and self.proof.due():
                self.run.take("cleaned", data=self.proof.make(self.entries.values()))
            if entries:
                mine = [one["arn"] for one in self.waves[name]["servers"]]
                self.run.keep(
                    "reached:%s" % name, {"servers": {arn: self.reached[arn] for arn in mine if arn in self.reached}}
                )
                self.run.take("noted", event="stage_done", data=data)
            if why or self._is_last(step):
                self._write(name, gate, None)
        except DrsError as exc:
            return {**missed, "stop": why or walk.at(step, failure(exc)["msg"]), "lost": exc.code}
        return {**missed, "stop": why}

    def _is_last(self, step: walk.Step) -> bool:
        return [one for one in self.steps if one["wave"] == step["wave"]][-1]["id"] == step["id"]

    def _write(self, name: str, gate: Mapping[str, Any], validation: Any) -> None:
        before = {str(one.get("arn")): one for one in (self.existing["waves"].get(name) or {}).get("servers") or ()}
        mine = [one["arn"] for one in self.waves[name]["servers"]]
        entries = {arn: self.entries.get(arn) or before.get(arn) for arn in mine}
        stages = {arn: self.reached[arn].get("stages") for arn in mine if arn in self.reached}
        servers = [{**one, "stages": stages[arn]} if stages.get(arn) else one for arn, one in entries.items() if one]
        given = {key: gate.get(key) for key in ("proceed", "reason", "code")}
        there = [*Cells(self.sessions, self.originals).every(), *self._destroying.every()]
        calls = [call for cell in there for call in cell.take_sent()]
        told = {"servers": servers, "verdict": given, "validation": validation}
        self.run.take("wave_done", wave=name, **told, data={"calls": calls, "logs": self.logs.take(name)})

    # -- the task file of the user ---------------------------------------------------------------------------------
    def to_validate(self, step: walk.Step) -> list[str]:
        """The cells that owe a validation: those in which something of this wave stands at launched."""
        return list(self.servers_of(step))

    def servers_of(self, step: walk.Step) -> dict[str, list[Entry]]:
        """By cell the servers of a wave that stand at launched."""
        result: dict[str, list[Entry]] = {}
        for one in walk.going(self.waves[step["wave"]], self.state, walk.LAUNCHED):
            entry = self.entries.get(one["arn"])
            if entry and entry["outcome"] == walk.LAUNCHED:
                result.setdefault(one["cell"], []).append(entry)
        return result

    def hand_out(self, step: walk.Step, handed: Sequence[str]) -> None:
        """Write down that a task file of the user is due in those cells, before it runs: an end in between is no
        success. Raises DrsError."""
        due = {"failed": ["the validation of wave %s did not come to its end" % step["wave"]]}
        self._write(step["wave"], {"proceed": False, "reason": "waits for its validation", "code": None}, due)
        self.run.keep_state({**self.state, "due": step["id"], "handed": list(handed)})

    def _record(self, step: walk.Step) -> Answer:
        """Write down what the validation of a wave has brought."""
        name = step["wave"]
        servers = [one for entries in self.servers_of(step).values() for one in entries]
        if not servers:
            return {}
        wrong = self.state["failed_in"].get(name)
        if wrong is None:
            wrong = ["its result is unknown"]
        reason = "validation failed in %s" % "; ".join(wrong) if wrong else ""
        stop = walk.at(step, reason) if wrong else ""
        try:
            self._write(name, {"proceed": not wrong, "reason": reason, "code": None}, {"failed": list(wrong)})
        except DrsError as exc:
            return {"stop": stop or walk.at(step, failure(exc)["msg"]), "lost": exc.code}
        machines = [one["recovery_instance_id"] for one in servers if one["recovery_instance_id"]]
        return {"stop": stop, "valid": {} if wrong else {name: machines}}

    def unsaved(self) -> Answer:
        """What another call of this controller needs and the store could not take. A failback never goes without it."""
        return {}

    def restore_wave(self, wave: str, body: Mapping[str, Any]) -> None:
        """Take from the record what an earlier call of this controller has found."""
        for one in body.get("servers") or ():
            if one.get("arn") and one.get("outcome") in outcomes.OUTCOMES:
                self.entries[one["arn"]] = one
