"""Take the steps of a walk over all cells: gates, probes, automations, intents, launches, waits, verdicts.

One process works for all cells. What it needs of its surroundings (a pool for work in every cell, one wait over all
cells, the terminal) is handed in as HANDS, so that nothing here depends on who runs it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_names, wave_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation, launch, probe
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.fresh import again_when_expired
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.wait import WAIT_SPEC, JobWait
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import waves as known_waves
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.hands import Hands
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Execution
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Hook, PlanServer

Session = Union[Cell, DrsError]
Answer = dict[str, Any]
_POLICY = ("allow_stale", "max_lag_seconds", "min_readiness")


class Walk:
    """The walk of one run by this process.

    :param run: the steps of its record.
    :param existing: what its record held before this process came: ``run``, ``waves`` {name: body}.
    :param plan: the frozen plan.
    :param values: the request, see ``runs/request``.
    :param sessions: by cell of the play its session, or why there is none; a cell of the plan that is in neither was
        left out of the play.
    """

    def __init__(
        self,
        run: Steps,
        existing: Mapping[str, Any],
        plan: Mapping[str, Any],
        values: Mapping[str, Any],
        sessions: Mapping[str, Session],
        hands: Hands,
        state: walk.State | None = None,
    ) -> None:
        self.run, self.existing, self.plan, self.values = run, existing, plan, values
        self.sessions, self.hands = sessions, hands
        self.only = list(existing["run"]["waves"]) if values["only_failed"] else None
        self.steps = walk.steps(plan, self.only, bool(values["validate_tasks"]))
        self.state: walk.State = state or walk.begin(values["expected_seconds"])
        self.waves = {str(wave["wave"]): wave for wave in plan["waves"]}
        self.results: dict[str, Answer] = {}
        """By wave its servers and its verdict, of the waves that this walk has judged."""
        self.changed = False

    def go(self) -> walk.Step | None:
        """Take step after step; returns the step of the user that is due, None when the walk is over."""
        while True:
            step = walk.due(self.steps, self.state)
            if step is None:
                return None
            if step["kind"] == walk.VALIDATE and not self._may_validate(step):
                self.observe(step, {})
            elif step["kind"] in walk.OF_THE_USER:
                return step
            else:
                self.observe(step, getattr(self, "_" + step["kind"])(step))

    def observe(self, step: walk.Step, observed: Mapping[str, Any]) -> None:
        """Note what was observed of a step."""
        self.state = walk.after(self.state, step, observed)

    def _not_done(self) -> list[walk.Step]:
        return [one for one in self.steps if one["id"] not in self.state["done"]]

    def _may_validate(self, step: walk.Step) -> bool:
        return bool(self.results[step["wave"]]["verdict"]["proceed"])

    # -- gates and actions -----------------------------------------------------------------------------------------
    def _time(self, step: walk.Step) -> Answer:
        if walk.time_left(self.state, self.values["max_wait"], self.values["wave_timeout"]):
            return {}
        about = (self.values["max_wait"], " and ".join(step["waves"]))
        return {"stop": "the %s seconds for waiting are over before wave %s" % about, "timed_out": True}

    def _gate(self, step: walk.Step) -> Answer:
        hook: Mapping[str, Any] = step["hook"] or {}
        try:
            asked = {key: hook.get(key) for key in ("type", "wave", "message")}
            answer = gates.perform({**asked, **self.run.names(), "gate": hook["name"], "store": self.run.store})
        except DrsError as exc:
            return {"stop": self._of_gate(hook, failure(exc)["msg"]), "lost": exc.code}
        if answer["open"]:
            return {}
        return {"stop": self._of_gate(hook, answer["reason"]), "waiting": answer["waiting"]}

    @staticmethod
    def _of_gate(hook: Mapping[str, Any], reason: str) -> str:
        return "gate %s of wave %s: %s" % (hook["name"], hook["wave"], reason)

    def _probe(self, step: walk.Step) -> Answer:
        hook = step["hook"] or {}
        servers = self.results.get(str(step["wave"]), {}).get("servers") or ()
        launched = [one for one in servers if one["outcome"] == outcomes.LAUNCHED]
        given = {key: hook[key] for key in probe.SPEC if hook.get(key) is not None}
        addresses = [one["private_ip"] for one in launched if one.get("private_ip")]
        if file_names.needs_address(cast("Hook", hook)) and (not launched or len(addresses) < len(launched)):
            lost = names(one["name"] for one in launched if not one.get("private_ip"))
            why = "no address is known of %s" % lost if launched else "no server of the wave was launched"
            return {"stop": self._of_gate(hook, "nothing was looked at: %s" % why)}
        try:
            answered = probe.run(probe.options({**given, "addresses": addresses}))["probes"]
        except DrsError as exc:
            return {"stop": self._of_gate(hook, failure(exc)["msg"])}
        self.hands.say(self._of_gate(hook, "%s answered" % count(len(answered), "endpoint")))
        return {}

    def _automation(self, step: walk.Step) -> Answer:
        hook: Mapping[str, Any] = step["hook"] or {}
        wave = self.waves[str(step["wave"])]
        owed = list(hook.get("cells") or wave["by_cell"])
        asked = hook.get("timeout") or self.values["wave_timeout"]
        left = walk.time_left(self.state, self.values["max_wait"], asked)
        if not left:
            return self._time(step)

        def start(cell: Cell) -> tuple[automation.Automation, Execution, bool]:
            params = {
                **{key: option.get("default") for key, option in automation.SPEC.items()},
                **{key: hook[key] for key in ("document", "version", "parameters") if hook.get(key) is not None},
                **{key: self.values[key] for key in ("poll_interval", "poll_interval_max", "heartbeat")},
                "run_id": self.run.run_id,
                "action": walk.action_of(hook),
                "label": "%s %s" % (cell.name, hook["name"]),
                "timeout": left,
            }
            made = automation.Automation(cell, params)
            return (made, *made.start())

        answers: dict[str, Any] = self.hands.over(
            lambda cell: again_when_expired(cell, lambda: start(cell)), self._cells(owed)
        )
        begun = {cell: one for cell, one in answers.items() if not isinstance(one, DrsError)}
        waited = self.hands.wait(
            {cell: automation.AutomationWait(made, sent) for cell, (made, sent, _adopted) in begun.items()}
        )
        for cell, (made, sent, adopted) in begun.items():
            came = waited[cell]
            try:
                answers[cell] = came if isinstance(came, DrsError) else automation.ended(made, sent, adopted, came)
            except DrsError as exc:
                answers[cell] = exc
        bad = [failure(self._error(answers, cell), cell)["msg"] for cell in owed if self._error(answers, cell)]
        bad += [] if owed else ["no cell was reached"]
        spent = max((one.get("elapsed_seconds") or 0 for one in waited.values() if isinstance(one, Mapping)), default=0)
        if not bad:
            return {"spent": spent}
        over = 0 < self.values["max_wait"] <= int(self.state["spent"]) + spent
        text = "action %s of wave %s: %s" % (hook["name"], step["wave"], "; ".join(bad))
        return {"spent": spent, "timed_out": over, "stop": text}

    def _cells(self, names: Sequence[str]) -> dict[str, Cell]:
        """The sessions of those cells that have one."""
        sessions = {name: self.sessions.get(name) for name in names}
        return {name: cell for name, cell in sessions.items() if isinstance(cell, Cell)}

    def _error(self, answers: Mapping[str, Any], cell: str) -> Any:
        """Why a cell gave no result; None when it gave one."""
        answer = answers.get(cell, self.sessions.get(cell))
        if answer is None:
            return DrsError("outcome_unknown", "the cell is not in this play, so nothing is known of it")
        return answer if isinstance(answer, DrsError) else None

    # -- a wave ----------------------------------------------------------------------------------------------------
    def _intend(self, step: walk.Step) -> Answer:
        wave = self.waves[str(step["wave"])]
        # what was intended before was approved before; an approval that has expired since must not keep it from being
        # adopted
        before = wave["wave"] in self.existing["run"]["waves"]
        asked = [one["name"] for one in wave["gates"]["before"] if one["type"] == "approval"]
        try:
            self.run.take(
                "wave_intended", wave=wave["wave"], servers=wave["servers"], approvals=[] if before else asked
            )
        except DrsError as exc:
            return {"stop": "wave %s: %s" % (wave["wave"], failure(exc)["msg"]), "lost": exc.code}
        return {}

    def _launch(self, step: walk.Step) -> Answer:
        """Launch or adopt the servers of a stage in all its cells, then wait for all of them together."""
        waves = [self.waves[name] for name in step["waves"]]
        by_cell: dict[str, list[PlanServer]] = {}
        for wave in waves:
            for server in wave["servers"]:
                by_cell.setdefault(server["cell"], []).append(server)
        try:
            record = self.run.record()
        except DrsError as exc:
            # nothing is sent: without the record nobody can tell whose jobs those are that bear the run's tag
            return self._not_sent(step, exc)
        requests = {cell: self._request(step["waves"][0], servers, record) for cell, servers in by_cell.items()}
        cells = self._cells(list(by_cell))
        answers = self.hands.over(
            lambda cell: again_when_expired(cell, lambda: launch.launch(cell, requests[cell.name])), cells
        )
        left = walk.time_left(self.state, self.values["max_wait"], self.values["wave_timeout"])
        waits = {
            name: self._wait(cells[name], answer, requests[name], left, step)
            for name, answer in answers.items()
            if not isinstance(answer, DrsError)
        }
        ended = self.hands.wait(waits)
        launched = {cell: self._told(answers, cell) for cell in by_cell}
        waited = {cell: self._told(ended, cell) for cell in waits}
        self.changed = self.changed or any(one.get("changed") for one in (*launched.values(), *waited.values()))
        for wave in waves:
            self._judged(wave, launched, waited)
        return {
            "spent": max((one.get("elapsed_seconds") or 0 for one in waited.values()), default=0),
            # what this wave took is the best guess for the next one
            "expected": max((one.get("job_seconds") or 0 for one in waited.values()), default=0),
        }

    def _wait(self, cell: Cell, answer: Answer, request: Answer, timeout: int, step: walk.Step) -> JobWait:
        """The wait for the jobs of a launch in one cell."""
        params = {
            **{key: option.get("default") for key, option in WAIT_SPEC.items()},
            **{key: self.values[key] for key in ("poll_interval", "poll_interval_max", "heartbeat")},
            "jobs": answer["jobs"],
            "servers": answer["servers"],
            "label": "%s wave %s" % (cell.name, " and ".join(step["waves"])),
            "expected_seconds": self.state["expected"],
            "timeout": timeout,
        }
        return JobWait(cell, params, lambda: launch.launch(cell, request))

    def _judged(self, wave: Mapping[str, Any], launched: Mapping[str, Any], waited: Mapping[str, Any]) -> None:
        """Judge a wave over all its cells."""
        asked = {"wave": wave, "started": launched, "waited": waited, "policy": self.plan["policy"]}
        verdict = wave_request.judge(asked)
        before = (self.existing["waves"].get(str(wave["wave"])) or {}).get("servers")
        servers = known_waves.not_erased(before, verdict["servers"])
        if servers != verdict["servers"]:
            verdict = wave_request.judged(dict(wave), servers, self.plan["policy"])
        self.results[str(wave["wave"])] = {"servers": servers, "verdict": verdict}

    def _told(self, answers: Mapping[str, Any], cell: str) -> Answer:
        """The answer of a cell as a task would have returned it."""
        error = self._error(answers, cell)
        return failure(error, cell) if error else answers[cell]

    def _not_sent(self, step: walk.Step, exc: DrsError) -> Answer:
        """Judge the waves of a stage of which nothing could be launched."""
        failures = {cell: failure(exc, cell) for name in step["waves"] for cell in self.waves[name]["by_cell"]}
        for name in step["waves"]:
            self._judged(self.waves[name], failures, {})
        return {"lost": exc.code}

    def _request(self, wave: str, servers: list[PlanServer], record: Answer | None) -> Answer:
        values, policy = self.values, self.plan["policy"]
        return {
            **self.run.names(),
            "mode": values["mode"],
            "wave": wave,
            "servers": servers,
            "policy": {key: policy[key] for key in _POLICY if policy.get(key) is not None},
            "limits": {**(values["plan_document"].get("limits") or {}), **values["limits"]},
            "retry_failed": values["retry_failed"] or values["only_failed"],
            "lookback_hours": 48,
            "record": record,
            "store": self.run.store,
            "run_epoch": self.run.epoch,
            "store_override": self.run.without_store,
            **{
                key: values[key]
                for key in (
                    *("point_in_time", "replace_recovery_instance_ids", "drill_network", "tag_keys"),
                    *("guardrails", "override_reason", "adopt_job_ids"),
                )
                if values[key]
            },
        }

    def _judge(self, step: walk.Step) -> Answer:
        """Show the verdict on a wave."""
        results = self.results[str(step["wave"])]
        page = {"wave": step["wave"], "mode": self.values["mode"], "servers": results["servers"]}
        self.hands.show("wave", {**page, "verdict": results["verdict"]})
        return {}

    def hand_out(self, step: walk.Step, handed: Sequence[str]) -> None:
        """Write down that a task file of the user is due in those cells, before it runs: an end in between is no
        success. Raises DrsError."""
        if step["kind"] == walk.VALIDATE:
            for name in step["waves"]:
                if any(one["kind"] == walk.RECORD and one["wave"] == name for one in self._not_done()):
                    due = {"failed": ["the validation of wave %s did not come to its end" % name]}
                    verdict = {"proceed": False, "reason": "waits for its validation", "code": None}
                    self._write(name, verdict, due)
        self.run.keep_state({**self.state, "due": step["id"], "handed": list(handed)})

    def _record(self, step: walk.Step) -> Answer:
        name = str(step["wave"])
        judged = self.results[name]["verdict"]
        validation = known_waves.validation(
            self.state["failed_in"].get(name) if self.values["validate_tasks"] and judged["proceed"] else None,
            (self.existing["waves"].get(name) or {}).get("validation"),
        )
        wrong = (validation or {}).get("failed") or []
        verdict = {
            "proceed": bool(judged["proceed"] and not wrong),
            "reason": "validation failed in %s" % "; ".join(wrong) if wrong and judged["proceed"] else judged["reason"],
            "code": judged["code"],
        }
        data = {"wave": name, "verdict": {key: verdict[key] for key in ("proceed", "reason")}}
        try:
            self._write(name, verdict, validation)
        except DrsError as exc:
            why = verdict["reason"] if not verdict["proceed"] else failure(exc)["msg"]
            return {"stop": "wave %s: %s" % (name, why), "wave": data, "lost": exc.code}
        slow = any((one.get("error") or {}).get("code") == "wait_timeout" for one in self.results[name]["servers"])
        return {
            "stop": "" if verdict["proceed"] else "wave %s: %s" % (name, verdict["reason"]),
            "wave": data,
            "timed_out": slow,
        }

    def _write(self, name: str, verdict: Mapping[str, Any], validation: Any) -> None:
        self.run.take(
            "wave_done", wave=name, servers=self.results[name]["servers"], verdict=verdict, validation=validation
        )

    # -- what the user's files see ---------------------------------------------------------------------------------
    def servers_of(self, step: walk.Step) -> dict[str, list[Entry]]:
        """By cell what became of the servers of a wave so far."""
        result: dict[str, list[Entry]] = {}
        for one in self.results.get(str(step["wave"]), {}).get("servers") or ():
            result.setdefault(one["cell"], []).append(one)
        return result

    def names_launched(self) -> list[str]:
        """The waves that an earlier call of this controller has launched."""
        done = [step for step in self.steps if step["kind"] == walk.LAUNCH and step["id"] in self.state["done"]]
        return [name for step in done for name in step["waves"]]

    def unsaved(self) -> Answer:
        """What another call of this controller needs and the store could not take: {run, plan, waves}."""
        waves = [{**self.existing["waves"].get(name, {}), "wave": name} for name in self.waves]
        text = [
            {**one, **({"servers": self.results[one["wave"]]["servers"]} if one["wave"] in self.results else {})}
            for one in waves
        ]
        return {"run": self.existing["run"], "plan": self.plan, "waves": text}

    def restore_wave(self, wave: str, body: Mapping[str, Any]) -> None:
        """Take from the record what an earlier call of this controller has judged."""
        servers = list(body.get("servers") or ())
        if servers and all(one.get("outcome") in outcomes.OUTCOMES for one in servers):
            verdict = wave_request.judged(self.waves[wave], servers, self.plan["policy"])
            self.results[wave] = {"servers": servers, "verdict": verdict}
