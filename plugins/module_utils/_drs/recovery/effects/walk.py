"""Take the steps of a walk over all cells: gates, probes, automations, intents, launches, waits, verdicts.

One process works for all cells and all waves that run at the same time, as ``course`` says. What it needs of its
surroundings (a pool for work in every cell, one wait over all cells, the terminal) is handed in as HANDS, so that
nothing here depends on who runs it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings, outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import (
    automation,
    hooks,
    launch,
    probe,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.course import (
    Answer,
    Course,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.fresh import again_when_expired
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.wait import WAIT_SPEC, JobWait
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import JobLog
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import waves as known_waves
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import (
    Session,
    error_of,
    result_of,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.hands import Hands
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import PlanServer

_NEWS = ("not_enabled",)
_POLICY = ("allow_stale", "max_lag_seconds", "min_readiness", "post_launch")


class Walk(Course):
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
        self.only = list(existing["run"]["waves"]) if values["only_failed"] else None
        super().__init__(
            plan,
            walk.steps(plan, self.only, bool(values["validate_tasks"])),
            walk.parents(plan, self.only),
            sessions,
            hands,
            state or walk.begin(values["expected_seconds"]),
        )
        self.run, self.existing, self.values = run, existing, values
        self.results: dict[str, Answer] = {}
        """By wave its servers and its verdict, of the waves that this walk has judged."""
        self.calls: dict[str, list[Answer]] = {}
        """By wave the calls of its launch, with their request ids, that the record does not have yet."""
        self.logs: dict[str, list[JobLog]] = {}
        """By wave the logs of its jobs that the record does not have yet."""
        self.shown: list[str] = []
        """The waves whose page was shown."""
        self.changed = False

    def _may_validate(self, step: walk.Step) -> bool:
        return bool(self.results[step["wave"]]["verdict"]["proceed"])

    # -- gates and actions -----------------------------------------------------------------------------------------
    def _time(self, step: walk.Step) -> Answer:
        if walk.time_left(self.state, self.values["max_wait"], self.values["wave_timeout"]):
            return {}
        about = (self.values["max_wait"], step["wave"])
        return {"stop": "the %s seconds for waiting are over before wave %s" % about, "timed_out": True}

    def _gate(self, step: walk.Step) -> Answer | None:
        """Go through a gate that is open. One that is closed holds its wave alone, until nothing else is to be done."""
        looked = hooks.gate(self.run, step["hook"], self.hands.say, look=True)
        if not looked:
            self._closed.pop(step["id"], None)
            return hooks.gate(self.run, step["hook"], self.hands.say)
        if looked.get("lost"):
            return looked
        if step["id"] not in self._closed and self._open:
            self.hands.say("%s; other waves go on" % looked["stop"])
        self._closed[step["id"]] = step
        return None

    def _stop_at_gates(self) -> None:
        """Stop the run at the gates that hold its waves, approvals first: others than who started it are waited for."""
        closed = sorted(self._closed.values(), key=lambda one: one["hook"]["type"] != gates.APPROVAL)
        self._closed = {}
        for number, step in enumerate(closed):
            beside = bool(number and self.state["waiting"])
            self.observe(step, hooks.gate(self.run, step["hook"], self.hands.say, beside=beside))

    def _probe(self, step: walk.Step) -> Answer | None:
        hook = step["hook"]
        servers = self.results.get(step["wave"], {}).get("servers") or ()
        most = self.values["max_wait"]
        left = max(0, most - int(self.state["spent"])) if most else math.inf
        if not left:
            return self._time(step)
        try:
            wait = hooks.begin_probe(hook, servers, self.values["heartbeat"], left)
        except DrsError as exc:
            return {"stop": hooks.of_gate(hook, failure(exc)["msg"])}

        def close(ended: Mapping[str, Any]) -> Answer:
            try:
                if isinstance(ended[""], DrsError):
                    raise ended[""]
                probe.judged(wait.probes)
            except DrsError as exc:
                late = isinstance(ended[""], Mapping) and bool(ended[""].get("timed_out"))
                why = "the %s seconds for waiting are over; " % most if late else ""
                return {"stop": hooks.of_gate(hook, why + failure(exc)["msg"]), "timed_out": late}
            self.hands.say(hooks.said_of_probe(hook, wait.probes))
            return {}

        return self._begin(step, {"": wait}, {}, close)

    def _automation(self, step: walk.Step) -> Answer | None:
        hook = step["hook"]
        owed = list(hook.get("cells") or self.waves[step["wave"]]["by_cell"])
        asked = hook.get("timeout") or self.values["wave_timeout"]
        left = walk.time_left(self.state, self.values["max_wait"], asked)
        if not left:
            return self._time(step)
        cells = self._free(owed)
        answers = self.hands.over(
            lambda cell: hooks.begin_automation(cell, self.run.run_id, hook, self.values, left), cells
        )
        begun: hooks.Begun = {cell: one for cell, one in answers.items() if not isinstance(one, DrsError)}

        def close(ended: Mapping[str, Any]) -> Answer:
            told = {**answers, **hooks.ended_automations(begun, ended)}
            lost = [(cell, error_of(self.sessions, told, cell)) for cell in owed]
            errors = [failure(error, cell)["msg"] for cell, error in lost if error]
            over = 0 < self.values["max_wait"] <= int(self.state["spent"])
            return hooks.of_automations(hook, errors if owed else ["no cell was reached"], over)

        waits = {cell: automation.AutomationWait(made, sent) for cell, (made, sent, _adopted) in begun.items()}
        return self._begin(step, waits, cells, close)

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

    def _launch(self, step: walk.Step) -> Answer | None:
        """Launch or adopt the servers of a wave in all its cells, and watch over them beside what else is open."""
        wave = self.waves[step["wave"]]
        mine = group_by_cell(wave["servers"])
        self.state = walk.opened(self.state, step)
        try:
            record = self.run.record()
        except DrsError as exc:
            # nothing is sent: without the record nobody can tell whose jobs those are that bear the run's tag
            self._judged(wave, {cell: failure(exc, cell) for cell in wave["by_cell"]}, {})
            return {"lost": exc.code}
        requests = {cell: self._request(step["wave"], cell, members, record) for cell, members in mine.items()}
        cells = self._free(list(mine))
        answers = self.hands.over(
            lambda cell: again_when_expired(cell, lambda: launch.launch(cell, requests[cell.name])), cells
        )
        self._tell_news(step, answers)
        tried = {cell: one["retried"] for cell, one in answers.items() if not isinstance(one, DrsError)}
        self.state = walk.tried_again(self.state, step["wave"], tried)
        left = walk.time_left(self.state, self.values["max_wait"], self.values["wave_timeout"])
        launched = {cell: result_of(self.sessions, answers, cell) for cell in mine}

        def close(ended: Mapping[str, Any]) -> Answer:
            waited = {cell: result_of(self.sessions, ended, cell) for cell in ended}
            sent = [call for cell in cells.values() for call in cell.take_sent()]
            self.calls.setdefault(str(step["wave"]), []).extend(sent)
            self.logs.setdefault(str(step["wave"]), []).extend(log for one in waits.values() for log in one.logs)
            self.changed = self.changed or any(one.get("changed") for one in (*launched.values(), *waited.values()))
            self._judged(wave, launched, waited)
            # what this wave took is the best guess for the next one
            return {"expected": max((one.get("job_seconds") or 0 for one in waited.values()), default=0)}

        waits = {
            name: self._wait(cells[name], answer, requests[name], left, step)
            for name, answer in answers.items()
            if not isinstance(answer, DrsError)
        }
        return self._begin(step, waits, cells, close)

    def _tell_news(self, step: walk.Step, answers: Mapping[str, Any]) -> None:
        """Say of servers that are launched all the same what nobody could know when the plan was shown."""
        for cell, one in answers.items():
            for found in [] if isinstance(one, DrsError) else one["findings"]:
                if found["code"] in _NEWS and found["severity"] == findings.WARNING:
                    self.hands.say("[%s wave %s] WARNING: %s" % (cell, step["wave"], found["message"]))

    def _wait(self, cell: Cell, answer: Answer, request: Answer, timeout: int, step: walk.Step) -> JobWait:
        """The wait for the jobs of a launch in one cell."""
        params = {
            **{key: option.get("default") for key, option in WAIT_SPEC.items()},
            **{key: self.values[key] for key in ("poll_interval", "poll_interval_max", "heartbeat")},
            "jobs": answer["jobs"],
            "servers": answer["servers"],
            "label": "%s wave %s" % (cell.name, step["wave"]),
            "expected_seconds": self.state["expected"],
            "timeout": timeout,
            "post_launch": self.plan["policy"].get("post_launch"),
            "logs_known": job_logs.known((self.existing["waves"].get(str(step["wave"])) or {}).get("logs")),
        }
        # what fails while others are queued has had its one try of this command
        repeated = {**request, "retry_jobs": answer["retried"]}
        return JobWait(cell, params, lambda: launch.launch(cell, repeated))

    def _judged(self, wave: Mapping[str, Any], launched: Mapping[str, Any], waited: Mapping[str, Any]) -> None:
        """Judge a wave over all its cells."""
        asked = {"wave": wave, "started": launched, "waited": waited, "policy": self.plan["policy"]}
        verdict = wave_request.judge(asked)
        before = (self.existing["waves"].get(str(wave["wave"])) or {}).get("servers")
        servers = known_waves.not_erased(before, verdict["servers"])
        if servers != verdict["servers"]:
            verdict = wave_request.judged(dict(wave), servers, self.plan["policy"])
        self.results[str(wave["wave"])] = {"servers": servers, "verdict": verdict}

    def _request(self, wave: str, cell: str, servers: list[PlanServer], record: Answer | None) -> Answer:
        values, policy = self.values, self.plan["policy"]
        # what an earlier call of this controller has tried again is not tried once more; what was queued then is
        tried = self.state["tried_again"].get(wave, {}).get(cell)
        return {
            **self.run.names(),
            "mode": values["mode"],
            "wave": wave,
            "servers": servers,
            "policy": {key: policy[key] for key in _POLICY if policy.get(key) is not None},
            "limits": {**(values["plan_document"].get("limits") or {}), **values["limits"]},
            "retry_failed": bool(values["retry_failed"] or values["only_failed"]),
            "retry_jobs": tried,
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
        self.shown.append(str(step["wave"]))
        return {}

    def hand_out(self, step: walk.Step, handed: Sequence[str]) -> None:
        """Write down that a task file of the user is due in those cells, before it runs: an end in between is no
        success. Raises DrsError."""
        if step["kind"] == walk.VALIDATE:
            due = {"failed": ["the validation of wave %s did not come to its end" % step["wave"]]}
            verdict = {"proceed": False, "reason": "waits for its validation", "code": None}
            self._write(step["wave"], verdict, due)
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
        told = {"servers": self.results[name]["servers"], "verdict": verdict, "validation": validation}
        data = {"calls": self.calls.get(name) or [], "logs": self.logs.get(name) or []}
        self.run.take("wave_done", wave=name, **told, data=data)
        self.calls.pop(name, None)
        self.logs.pop(name, None)

    # -- what the user's files see ---------------------------------------------------------------------------------
    def servers_of(self, step: walk.Step) -> dict[str, list[Entry]]:
        """By cell what became of the servers of a wave so far."""
        return group_by_cell(self.results.get(str(step["wave"]), {}).get("servers") or ())

    def names_launched(self) -> list[str]:
        """The waves that an earlier call of this controller has launched."""
        done = set(self.state["done"])
        return [step["wave"] for step in self.steps if step["kind"] == walk.LAUNCH and step["id"] in done]

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
