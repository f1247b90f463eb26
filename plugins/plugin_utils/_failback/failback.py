"""A failback from its request to its end, in one process: what the action drs_failback_walk does."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.proof import problem
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing as endings
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import leaving
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import working
from ansible_collections.resilience.drs.plugins.plugin_utils._action.command import about_command
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import for_parent
from ansible_collections.resilience.drs.plugins.plugin_utils._failback.opening import (
    VERB,
    FailbackOpening,
    kept_names,
    reached,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import Opened, record_request
from ansible_collections.resilience.drs.plugins.plugin_utils._action.task_files import TaskFiles
from ansible_collections.resilience.drs.plugins.plugin_utils._action.walked import ABOUT, Walked, cells_of

Result = dict[str, Any]


class FailbackFiles(TaskFiles):
    """The task file that validates what was launched in the original cells."""

    def cells(self, step: walk.Step, wave: Mapping[str, Any]) -> list[str]:
        """The hosts that run it: the recovery cells of the wave that are there."""
        return [name for name in self._play.there if name in wave["by_cell"]]


class Failback(Walked):
    """The failback of one task, a drill or for real."""

    FACT = "__failback_walk"
    TOKEN = "__failback_token"
    OPENING = FailbackOpening
    FILES = FailbackFiles

    _opening: FailbackOpening

    # -- from the request to the first step ------------------------------------------------------------------------
    def _take_over(self, one: Opened) -> Result:
        values = one.values
        return one.run.take(
            "begun",
            kind="failback",
            plan=one.planned["plan"],
            request=record_request(VERB, self._opening.request_of(values)),
            approvals=["start"] if values["require_approval"] else [],
            **{key: values[key] for key in ("ticket", "correlation_id", "parent_execution")},
            widened=bool(one.widened),
            end_pause=values["end_pause"],
            options=one.changes,
            **self.about(one),
        )

    def about(self, one: Opened) -> Result:
        """The same with the sessions of the original cells, which a failback calls as well."""
        originals = self._opening.originals(one.plan).values()
        there = {cell.name: cell for cells in originals for cell in cells.values()}
        destroying = self._opening.clean_up_cells(one.plan) if one.values["until"] == walk.CLEANED else None
        # the names of cells are in these, so both roles of one are there
        there.update({"%s, clean-up" % cell.name: cell for cell in (destroying.every() if destroying else ())})
        return about_command(self._vars, one.sessions, self._hands.over, there)

    def _first(self, one: Opened, begun: Result) -> walk.State:
        return {**walk.begin(one.existing["reached"]), "confirmation": begun["plan"]["confirmation"], "overrides": []}

    def _made(
        self,
        run: Steps,
        known: Mapping[str, Any],
        plan: Mapping[str, Any],
        values: Mapping[str, Any],
        sessions: Mapping[str, Any],
        state: walk.State,
    ) -> Walk:
        record = {**known, "reached": reached(run)}
        originals = self._opening.originals(plan)
        destroying = self._opening.clean_up_cells(plan) if values["until"] == walk.CLEANED else None
        return Walk(run, record, plan, values, sessions, originals, self._hands, state, destroying)

    def _taken_up(self, made: Walk, waves: Mapping[str, Any]) -> None:
        for name, body in waves.items():
            made.restore_wave(name, body)

    def _looked_at(self, one: Opened | None) -> Result:
        return {**super()._looked_at(one), "history": None}

    # -- without a walk --------------------------------------------------------------------------------------------
    def _ended_before(self, one: Opened) -> Result | None:
        """The end of a run that has ended for good, told from its record; it is never walked again."""
        run = one.existing["run"]
        if not closing.is_over(run):
            return None
        servers = [server for name in one.existing["waves"] for server in one.existing["waves"][name]["servers"]]
        values = {**one.values, "until": walk.CLEANED}
        left = closing.left(one.plan, values, str(run["reason"] or ""))
        page = {"name": one.run.run_id, "mode": run["mode"], "servers": servers, "plan": one.plan, "left": left}
        when = clean(run.get("ended_at"), 40)
        self._hands.show("failback", {**page, "status": run["status"], "over": "%s at %s" % (run["status"], when)})
        result = self._result(one.run, values, one.plan, servers, {"stop": "", "unknown_cells": []}, run)
        lost = one.plan["unknown_cells"]
        result.update(
            stopped=str(run["reason"] or ""), left=left, coverage=one.plan["coverage"], uncovered=_names(lost), next=""
        )
        return {
            "begun": False,
            "task_file": None,
            "changed": False,
            "plan": one.plan,
            "result": result,
            "history": None,
        }

    def _checked(self, one: Opened) -> Result:
        """Check mode: look at both cells of each server as the first stage would, and send nothing."""
        servers = [server for wave in one.plan["waves"] for server in wave["servers"]]
        mine = group_by_cell(servers)
        originals = self._opening.originals(one.plan)

        def look(cell: Any) -> Result:
            params = {key: option.get("default") for key, option in failback_request.FAILBACK_SPEC.items()}
            given = {key: one.values[key] for key in ("mode", "require_protected", "limits")}
            params.update(given, state=walk.REVERSED, run_id=one.run.run_id, servers=mine[cell.name])
            return failback_request.perform(cell, params, True, originals[cell.name])

        answers: dict[str, Any] = dict(one.sessions)
        answers.update(self._hands.over(look, working(one.sessions, mine)))
        away: list[str] = []
        entries = []
        for name in mine:
            answer = answers.get(name, DrsError("cell_unreadable", "%s is not in this play" % clean(name, 64)))
            if isinstance(answer, DrsError):
                away.append(failure(answer, name)["msg"])
                continue
            entries += answer["servers"]
        waves = ", ".join(str(wave["wave"]) for wave in one.plan["waves"])
        codes = Counter(entry["error"]["code"] for entry in entries if entry["error"])
        if codes:
            self._hands.show("failback_stage", {"wave": waves, "state": "could not begin", "servers": entries})
        if codes or away:
            why = ["%s (%s)" % (code, count(number, "server")) for code, number in codes.items()]
            text = "Nothing was begun, and it would be refused: %s." % "; ".join([*why, *dict.fromkeys(away)])
            raise DrsError("plan_refused", text)
        options = closing.after_check(one.values, self._opening.hosts, one.run.run_id)
        command = self._hands.next(closing.verb(one.values["mode"]), options, kept_names())
        if for_parent(self._vars):
            asked = self._hands.typed().get("orchestrate_input")
            again = {"orchestrate_input": closing.without_words(asked)} if asked else {}
            command = self._hands.next("orchestrate", again, ("orchestrate_", "drs_hosts"))
        self._hands.show("failback_stage", {"wave": waves, "state": "could begin", "servers": entries}, command)
        return self._looked_at(one)

    # -- the end ---------------------------------------------------------------------------------------------------
    def _finished(self, made: Walk) -> Result:
        run, state, plan, values = made.run, made.state, made.plan, made.values
        servers = self._servers(made)
        stop = state["stop"] or closing.unprotected(values, servers, state["stop"])
        # the walk goes on beside a volume that is left; the run has not succeeded with one
        stop = stop or (problem(made.proof.kept) if values["until"] == walk.CLEANED else "")
        lost = state["unknown_cells"]
        ended: Result = {}
        unwritten, code = "", ""
        try:
            ended = self._end(run, values, stop, lost, bool(state["timed_out"]))
        except DrsError as exc:
            unwritten, code = failure(exc)["msg"], exc.code
        record = ended.get("run") or {}
        left, away = closing.left(plan, values, stop), state["lost"] or code
        following = closing.following(
            {
                "run_id": run.run_id,
                "store": run.store,
                "hosts": self._opening.hosts,
                "values": values,
                "plan_hash": plan["hash"],
                "stop": stop,
                "unapproved": state["unapproved"],
                "servers": servers,
                "lost": away,
            }
        )
        needed = cells_of(plan)
        kept = endings.besides(following["playbook"])
        command = self._hands.next(following["playbook"], following["options"], kept, cells=needed)
        page = {"name": run.run_id, "mode": plan["mode"], "servers": servers, "stopped": stop, "left": left}
        page["plan"] = {**plan, "unknown_cells": lost}
        page["waits"] = (
            leaving.left_alone(away) or leaving.store_lost(away, servers) or endings.waits(None, state["unapproved"])
        )
        if not state["unapproved"] and not leaving.left_alone(away) and (stop or values["until"] != walk.CLEANED):
            page["to_type"] = closing.to_type(plan, values, servers)
        page.update(self._turn(state, servers, {"drs_hosts": self._opening.hosts}, run, needed, bool(away)))
        page["resources"] = made.proof.kept.get("resources") or {}
        page["status"] = str(record.get("status") or "unknown")
        self._hands.show("failback", page, command)
        result = self._result(run, values, plan, servers, {**state, "stop": stop}, record)
        result.update(left=left, unwritten=unwritten, next=command, waits=endings.last_words(run.run_id, page, command))
        history = None
        # a controller that has lost the run to another one does not know how it ended
        if record or code in run_request.DOWN:
            history = self._history(made, result, record)
        return {
            "begun": True,
            "task_file": None,
            "hold": {**run.names(), "store": run.store},
            "confirmation": state["confirmation"],
            "plan": plan,
            "result": result,
            "history": history,
            "changed": made.changed,
        }

    @staticmethod
    def _end(run: Steps, values: Mapping[str, Any], stop: str, lost: Sequence[Any], timed_out: bool) -> Result:
        if stop:
            return run.take("finished", status="timeout" if timed_out else "failed", reason=stop)
        if values["until"] != walk.CLEANED:
            return run.take("waiting", reason="%s: it resumes when somebody says so" % values["until"])
        return run.take("finished", status="partial" if lost else "succeeded")

    @staticmethod
    def _servers(made: Walk) -> list[Any]:
        """The last entry of every server of the plan, in its order; those that no stage has worked on are left out."""
        everyone = [one["arn"] for wave in made.plan["waves"] for one in wave["servers"]]
        known = {
            str(one.get("arn")): one
            for wave in made.existing["waves"].values()
            for one in wave.get("servers") or ()
            if one.get("outcome")
        }
        entries = [made.entries.get(arn) or known.get(arn) for arn in everyone]
        return [one for one in entries if one]

    def _result(
        self,
        run: Steps,
        values: Mapping[str, Any],
        plan: Mapping[str, Any],
        servers: Sequence[Any],
        state: Mapping[str, Any],
        record: Mapping[str, Any],
    ) -> Result:
        lost = state["unknown_cells"]
        return {
            "run_id": run.run_id,
            "mode": plan["mode"],
            "plan_name": plan["name"],
            "plan_hash": plan["hash"],
            "coverage": "incomplete" if lost else "complete",
            "uncovered": _names(lost),
            "until": values["until"],
            "servers": list(servers),
            "summary": walk.summary(list(servers)),
            "stopped": state["stop"],
            "timed_out": bool(state.get("timed_out")),
            "unwritten": "",
            "status": str(record.get("status") or "unknown"),
            "confirmation": plan["confirmation"],
            "left": [],
            "store": run.store,
            "epoch": run.epoch,
        }

    @staticmethod
    def _history(made: Walk, result: Result, record: Mapping[str, Any]) -> Result:
        """What the history records of this command."""
        began, plan = made.existing["run"], made.plan
        text = {key: result[key] for key in ("mode", "run_id", "plan_name", "plan_hash", "stopped")}
        stages = {arn: one.get("stages") for arn, one in made.reached.items()}
        text["servers"] = [walk.with_launch(one, stages.get(str(one.get("arn")))) for one in result["servers"]]
        text.update({key: began.get(key) for key in ABOUT})
        text.update(kind="failback", status=str(record.get("status") or ""), started_at=began["created_at"])
        text.update(ended_at=record.get("ended_at"))
        text.update(plan={"cells": plan["cells"], "unknown_cells": plan["unknown_cells"]})
        return text

    # -- the last words --------------------------------------------------------------------------------------------
    def closed(self) -> Result:
        """Fail as the run did, in one message."""
        walked = self._walked()
        if walked.get("refused"):
            return {**walked["refused"], "failed": True}
        problems = endings.problems_of(walked, None)
        return {"failed": True, "msg": "; ".join(problems)} if problems else {}


def _names(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    return [clean(one["cell"], 64) for one in cells]
