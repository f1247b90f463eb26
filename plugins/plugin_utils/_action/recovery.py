"""A recovery from its request to its end, in one process: what the action drs_recovery_walk does."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.next_command import playbook_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import leaving
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import VERB, Opened, record_request
from ansible_collections.resilience.drs.plugins.plugin_utils._action.walked import ABOUT, Walked, cells_of

Result = dict[str, Any]


class Recovery(Walked):
    """The recovery of one task, a drill or a failover."""

    FACT = "__recovery_walk"
    TOKEN = "__recovery_token"

    # -- from the request to the first step ------------------------------------------------------------------------
    def _take_over(self, one: Opened) -> Result:
        values = one.values
        return one.run.take(
            "begun",
            plan=one.planned["plan"],
            request=record_request(VERB, values),
            approvals=["start"] if values["require_approval"] else [],
            **{key: values[key] for key in ("ticket", "correlation_id", "parent_execution", "declared_at", "confirm")},
            overrides=[*one.begun["overrides"], *one.planned["overrides"]],
            lease_until=one.planned["lease_until"],
            widened=bool(one.widened),
            end_pause=values["end_pause"],
            options=one.changes,
            **self.about(one),
        )

    def _first(self, one: Opened, begun: Result) -> walk.State:
        expected = walk.begin(one.values["expected_seconds"])
        return {**expected, "confirmation": begun["confirmation"], "overrides": one.planned["overrides"]}

    def _made(
        self,
        run: Steps,
        known: Mapping[str, Any],
        plan: Mapping[str, Any],
        values: Mapping[str, Any],
        sessions: Mapping[str, Any],
        state: walk.State,
    ) -> Walk:
        return Walk(run, known, plan, values, sessions, self._hands, state)

    def _taken_up(self, made: Walk, waves: Mapping[str, Any]) -> None:
        for name in made.names_launched():
            made.restore_wave(name, waves[name])

    # -- the end ---------------------------------------------------------------------------------------------------
    def _finished(self, made: Walk) -> Result:
        run, state, plan = made.run, made.state, made.plan
        stop = state["stop"]
        lost = state["unknown_cells"]
        ended: Result = {}
        unwritten, code = "", ""
        try:
            ended = run.take("finished", reason=stop, complete=not lost, timed_out=state["timed_out"])
        except DrsError as exc:
            unwritten, code = failure(exc)["msg"], exc.code
        record = ended.get("run") or {}
        if not stop and record.get("status") in ("partial", "failed", "timeout"):
            # what the walk itself cannot know: the record says which waves of the plan were never started
            stop = str(record.get("reason") or "")
        if ended and not record:
            code = "run_store_unavailable"
        waves = [{**one, "servers": made.results[one["wave"]]["servers"]} for one in state["waves"]]
        servers = [server for wave in waves for server in wave["servers"]]
        told = {
            "run_id": run.run_id,
            "store": run.store,
            "hosts": self._opening.hosts,
            "values": made.values,
            "plan_hash": plan["hash"],
            "stop": stop,
            "waiting": state["waiting"],
            "unapproved": state["unapproved"],
            "servers": servers,
            "lost": state["lost"] or code,
        }
        following, other = closing.following(told), closing.giving_up(told)
        cells = cells_of(plan)
        command = ""
        if following:
            kept = closing.besides(following["playbook"])
            command = self._hands.next(following["playbook"], following["options"], kept, following["check"], cells)
        page = {"plan": {**plan, "unknown_cells": lost}, "name": run.run_id, "mode": made.values["mode"]}
        away = leaving.left_alone(told["lost"]) or leaving.store_lost(told["lost"], servers)
        page["waits"] = away or closing.waits(state["waiting"], state["unapproved"])
        page.update(self._turn(state, servers, {"drs_hosts": told["hosts"]}, made.run, cells, bool(told["lost"])))
        if other:
            page["otherwise"] = self._hands.next(other["playbook"], other["options"], closing.BESIDES, cells=cells)
        left = {"status": str(record.get("status") or "unknown"), "report_path": made.values["report_dir"] or ""}
        self._hands.show("run", {**page, "waves": waves, "told": made.shown, **left}, command)
        result = {
            **{key: state[key] for key in ("waiting", "timed_out", "resumed", "changes", "overrides")},
            "run_id": run.run_id,
            "mode": made.values["mode"],
            "plan_name": plan["name"],
            "plan_hash": plan["hash"],
            "coverage": "incomplete" if lost else "complete",
            "uncovered": [clean(one["cell"], 64) for one in lost],
            "waves": state["waves"],
            "summary": outcomes.summarise(servers),
            "stopped": stop,
            "unwritten": unwritten,
            "waits": closing.last_words(run.run_id, page, command),
            "status": str(record.get("status") or "unknown"),
            "cleanup": bool(made.values["cleanup"] and record),
            # what was not waited for is not proven, but started all the same
            "cleanup_max_wait": max(1, made.values["max_wait"] - int(state["spent"])) if made.values["max_wait"] else 0,
            "report_dir": made.values["report_dir"] or "",
            "next": command,
            "store": run.store,
            "epoch": run.epoch,
        }
        history = None
        # a controller that has lost the run to another one does not know how it ended
        if record or code in run_request.DOWN:
            history = self._history(made, result, record, state)
            if not record:
                history.update(plan=plan, waves=waves)
        hold = {**run.names(), "store": run.store}
        return {
            "begun": True,
            "task_file": None,
            "hold": hold,
            "confirmation": state["confirmation"],
            "result": result,
            "history": history,
            "changed": made.changed,
        }

    @staticmethod
    def _history(made: Walk, result: Result, record: Mapping[str, Any], state: Mapping[str, Any]) -> Result:
        """What the history records of this command; plan and waves are in the record of the run."""
        began = made.existing["run"]
        text = {key: result[key] for key in ("mode", "run_id", "plan_name", "plan_hash", "stopped")}
        text.update({key: began.get(key) for key in ABOUT})
        text.update(kind="recovery", status=str(record.get("status") or ""), started_at=began["created_at"])
        text.update(ended_at=record.get("ended_at"))
        if text["status"] == "waiting":
            gate = (state["waiting"] or {}).get("gate") or "start"
            # whoever approves types it elsewhere, where cells and vaults have other paths, and the store is the same
            options = {"runs_id": result["run_id"], "runs_gate": "" if gate == "start" else gate}
            text.update(gate=gate, next=playbook_command("approve", {**options, "runs_store": result["store"]}))
        return text

    # -- the last words --------------------------------------------------------------------------------------------
    def closed(self, clean_up: bool | None, no_report: str = "") -> Result:
        """Fail as the run did, in one message.

        :param clean_up: the proof of a clean-up, None without one.
        :param no_report: why a report that was asked for is missing.
        """
        walked = self._walked()
        if walked.get("refused"):
            return {**walked["refused"], "failed": True}
        problems = closing.problems_of(walked, clean_up)
        result: Result = {"failed": True}
        if no_report:
            text = "the report that was asked for was not written: %s" % no_report
            if not problems:
                # nothing else says so to who reads the artifact
                result["error"] = DrsError("report_not_written", text).to_dict()
            problems.append(text)
        return {**result, "msg": "; ".join(problems)} if problems else {}
