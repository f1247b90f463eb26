"""A recovery from its request to its end, in one process: what the action drs_recovery_walk does.

``opened`` reads all cells, plans, shows and insists, begins the run and walks it; ``gone_on`` takes the walk up after a
task file of the user has run; both end with the run, or with the next task file that is due. ``closed`` and
``insisted`` are the last words of a role and of a playbook.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import publish
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.plugin_utils._action import ending, reading
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import (
    Opened,
    Opening,
    record_request,
    refused_shape,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._action.task_files import TaskFiles

Result = dict[str, Any]
WALKED = "__recovery_walk"
_ABOUT = ("correlation_id", "ticket", "initiator", "parent_execution")


class Recovery:
    """The recovery of one task.

    :param action: the action of the task.
    :param task_vars: as it got them.
    """

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._action, self._vars = action, task_vars
        self._play = Play(action, task_vars)
        self._hands = Hands(action._loader, task_vars)  # pylint: disable=protected-access
        self._opening = Opening(action, task_vars, self._play, self._hands)
        self._files = TaskFiles(self._play, task_vars)

    # -- from the request to the first step ------------------------------------------------------------------------
    def opened(self) -> Result:
        """Open the run and walk it. What is refused is told in the result, and fails at the end of the role."""
        one: Opened | None = None
        wrong = refused_shape(self._action, self._play, self._vars)
        if wrong:
            # at once: of a part of a play nobody knows whether the end of the role is in it
            raise DrsError("play_not_supported", wrong)
        try:
            one = self._opening.opened()
            self._opening.show(one)
            self._opening.insist(one)
            if self._opening.check_mode:
                return self._looked_at(one)
            return self._begun(one)
        except DrsError as exc:
            return {**self._looked_at(one), "refused": failure(exc)}

    def _looked_at(self, one: Opened | None) -> Result:
        """The result of what began nothing: the plan travels in it, for no store holds it."""
        result: Result = {"begun": False, "task_file": None, "changed": False, "plan": None, "confirmation": None}
        if one is not None:
            overrides = one.planned["overrides"]
            result.update(
                plan=one.plan, confirmation=one.told["confirmation"], planned=one.planned, overrides=overrides
            )
        return result

    def _begun(self, one: Opened) -> Result:
        run, values = one.run, one.values
        begun = run.take(
            "begun",
            plan=one.planned["plan"],
            request=record_request(values),
            approvals=["start"] if values["require_approval"] else [],
            **{key: values[key] for key in ("ticket", "correlation_id", "parent_execution", "declared_at", "confirm")},
            overrides=[*one.told["overrides"], *one.planned["overrides"]],
            lease_until=one.planned["lease_until"],
            widened=bool(one.widened),
            options=one.changes,
        )
        plan, record = begun["plan"], begun["run"]
        # said before anything is launched, and only of a run that is there: whoever loses this controller resumes it
        self._hands.show("begun", {"run_id": run.run_id, "option": "recovery_run_id"})
        unapproved = record["status"] == "waiting" and not record["approved_at"]
        left_out = [cell for cell in _cells_of(plan) if cell not in one.sessions]
        lost = [*one.planned["plan"]["unknown_cells"], *[_left_out(cell) for cell in left_out]]
        state = {
            **walk.begin(values["expected_seconds"]),
            "stop": "run %s %s" % (run.run_id, record["reason"]) if unapproved else "",
            "unapproved": unapproved,
            "unknown_cells": lost,
            "confirmation": begun["confirmation"],
            "resumed": begun["resumed"],
            "changes": begun["changes"],
            "overrides": one.planned["overrides"],
        }
        if not unapproved:
            self._tell_beginning(record, plan, values["mode"], begun["resumed"])
        record_and_waves = {"run": record, "waves": one.known["waves"]}
        return self._walk(Walk(run, record_and_waves, plan, values, one.sessions, self._hands, state))

    def _tell_beginning(self, record: Mapping[str, Any], plan: Mapping[str, Any], mode: str, resumed: bool) -> None:
        """Notify the topic, where there is one; what is not sent is a warning."""
        variables = self._play.variables(str(self._vars.get("inventory_hostname") or "localhost"))
        topic, kinds, profile = (
            self._templated(variables, "notify_" + key) for key in ("topic_arn", "kinds", "profile")
        )
        if not topic or (kinds is not None and "start" not in kinds):
            return
        text = "An earlier part of this run is resumed." if resumed else ""
        about = {"kind": "start", "action": mode, "reason": "", "servers": plan["summary"]["servers"], "text": text}
        options = {"topic_arn": str(topic), "profile": profile or None}
        for warning in publish.notify(Cell, {**record, **about}, options, False)["warnings"]:
            self._hands.warn(warning)

    def _templated(self, values: Mapping[str, Any], name: str) -> Any:
        return self._action._templar.template(values[name]) if name in values else None  # pylint: disable=protected-access

    # -- the walk --------------------------------------------------------------------------------------------------
    def gone_on(self) -> Result:
        """Take the walk up where a task file of the user was due, and count the cells that owed its result."""
        hold = dict(plain(self._vars.get(WALKED) or {}))["hold"]
        asked = self._opening.asked()
        run = self._opening.steps(asked, hold["run_id"], hold)
        carried = hold.get("carried")
        try:
            parts = carried or run.whole()
            state = carried["state"] if carried else run.state()
            waves = {str(one["wave"]): one for one in parts["waves"]}
            values = {**self._opening.values_of(parts["run"], asked).values, "store": run.store}
        except DrsError as exc:
            return {**self._looked_at(None), **hold, "begun": True, "refused": failure(exc)}
        run.log_path = values["log_path"]
        record = {"run": parts["run"], "waves": waves}
        sessions = reading.opened(self._play)
        made = Walk(run, record, parts["plan"], values, sessions, self._hands, state)
        for name in made.names_launched():
            made.take_up(name, waves[name])
        step = next(one for one in made.steps if one["id"] == state["due"])
        bad = self._files.counted(step, made.waves[str(step["wave"])], state["handed"])
        for one in bad:
            if one["outcome"] == walk.UNKNOWN:
                self._hands.say("[%s] %s: %s" % (clean(one["cell"], 64), step["id"], one["why"]))
        made.take(step, walk.failure_of(step, bad))
        return self._walk(made)

    def _walk(self, made: Walk) -> Result:
        while True:
            step = made.go()
            if step is None:
                return self._finished(made)
            handed = self._files.cells(step, made.waves[str(step["wave"])])
            try:
                made.hand_out(step, handed)
            except DrsError as exc:
                made.take(step, {"stop": "wave %s: %s" % (step["wave"], failure(exc)["msg"]), "lost": exc.code})
                continue
            hold = {**made.run.names(), "store": made.run.store}
            if made.run.carried is not None:
                hold["carried"] = {"state": made.run.carried, **made.carried()}
            task_file = self._files.handed(step, made, handed)
            return {"begun": True, "task_file": task_file, "hold": hold, "changed": made.changed}

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
        if ended and not record:
            code = "run_store_unavailable"
        waves = [{**one, "servers": made.results[one["wave"]]["servers"]} for one in state["waves"]]
        servers = [server for wave in waves for server in wave["servers"]]
        following = closing.following(
            {
                "run_id": run.run_id,
                "store": run.store,
                "hosts": self._opening.hosts,
                "values": made.values,
                "plan_hash": plan["hash"],
                "stop": stop,
                "waiting": state["waiting"],
                "unapproved": state["unapproved"],
                "servers": servers,
            }
        )
        command = ""
        if following:
            kept = closing.BESIDES
            command = self._hands.next(following["playbook"], following["options"], kept, following["check"])
        page = {"plan": {**plan, "unknown_cells": lost}, "name": run.run_id, "mode": made.values["mode"]}
        self._hands.show("run", {**page, "waves": waves}, command)
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
            "status": str(record.get("status") or "unknown"),
            "cleanup": bool(made.values["cleanup"] and record),
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
        began = made.known["run"]
        text = {key: result[key] for key in ("mode", "run_id", "plan_name", "plan_hash", "stopped")}
        text.update({key: began.get(key) for key in _ABOUT})
        text.update(kind="recovery", status=str(record.get("status") or ""), started_at=began["created_at"])
        text.update(ended_at=record.get("ended_at"))
        if text["status"] == "waiting":
            gate = (state["waiting"] or {}).get("gate") or "start"
            more = "" if gate == "start" else " -e runs_gate=%s" % gate
            text.update(
                gate=gate, next="ansible-playbook resilience.drs.approve -e runs_id=%s%s" % (result["run_id"], more)
            )
        return text

    # -- the last words --------------------------------------------------------------------------------------------
    def closed(self, clean_up: bool | None) -> Result:
        """Fail as the run did, in one message. ``clean_up``: the proof of a clean-up, None without one."""
        walked = dict(plain(self._vars.get(WALKED) or {}))
        if walked.get("refused"):
            return {**walked["refused"], "failed": True}
        problems = closing.problems(walked.get("result") or {}, clean_up)
        return {"failed": True, "msg": "; ".join(problems)} if problems else {}

    def insisted(self) -> Result:
        """Fail when a run that this playbook has begun has no end, because every cell has left the play meanwhile."""
        for name in self._play.all:
            walked = plain(self._play.variables(name).get(WALKED) or {})
            if ending.unfinished(walked):
                return {"failed": True, "msg": ending.left_behind(walked, self._hands, self._vars)}
        return {}


def _cells_of(plan: Mapping[str, Any]) -> list[str]:
    """The cells in which a plan launches."""
    return list(dict.fromkeys(cell for wave in plan["waves"] for cell in wave["by_cell"]))


def _left_out(cell: str) -> dict[str, Any]:
    """A cell of the plan that is not in this play, as one that was not read."""
    error = DrsError("cell_unreadable", "it was left out of this play, as by --limit")
    return {"cell": cell, "account_id": None, "region": None, "error": outcomes.error_entry(error)}
