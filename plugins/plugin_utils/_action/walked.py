"""A run from its request to its end, in one process, whatever its verb: what the actions that walk have in common.

``opened`` reads all cells, plans, shows and checks, begins the run and walks it; ``continued`` resumes it after
a task file of the user has run; both end with the run, or with the next task file that is due. ``verified`` is the last
word of a playbook. What is a verb's own (its plan, its walk, its end) stands in ``recovery`` and ``failback``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.plugin_utils._action import ending, reading
from ansible_collections.resilience.drs.plugins.plugin_utils._action.command import about_command
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import (
    Opened,
    Opening,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._action.task_files import TaskFiles, token_of
from ansible_collections.resilience.drs.plugins.plugin_utils._play import shape, stepping
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.plugin_utils._action.telling import tell_beginning

Result = dict[str, Any]
ABOUT = ("correlation_id", "ticket", "initiator", "parent_execution")
"""What a notification says of a run, from its record."""
FACTS = ("__recovery_walk", "__failback_walk")
"""The facts in which the roles keep what their walks returned: what resumes a run may be of any verb."""


class Walked:
    """The run of one task. A verb says what is its own: the members that raise NotImplementedError here.

    :param action: the action of the task.
    :param task_vars: as it got them.
    """

    FACT = ""
    """The fact in which the role keeps what the action returned."""
    TOKEN = ""
    """The fact that a cell sets when it has come through a task file."""
    OPENING: type[Opening] = Opening
    FILES: type[TaskFiles] = TaskFiles

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._action, self._vars = action, task_vars
        self._play = Play(action, task_vars)
        self._hands = Hands(action._loader, task_vars)  # pylint: disable=protected-access
        self._opening = self.OPENING(action, task_vars, self._play, self._hands)
        self._files = self.FILES(self._play, task_vars, self.TOKEN)

    # -- what a verb says ------------------------------------------------------------------------------------------
    def _take_over(self, one: Opened) -> Result:
        """Begin the run in its record, or take it over: what drs_run C(begun) returns. Raises DrsError."""
        raise NotImplementedError

    def _first(self, one: Opened, begun: Result) -> walk.State:
        """What the state of the walk says at its beginning besides what all of them say."""
        raise NotImplementedError

    def _made(
        self,
        run: Steps,
        known: Mapping[str, Any],
        plan: Mapping[str, Any],
        values: Mapping[str, Any],
        sessions: Mapping[str, Any],
        state: walk.State,
    ) -> Any:
        """The walk, see ``recovery/effects/walk.Walk`` for its parameters."""
        raise NotImplementedError

    def _taken_up(self, made: Any, waves: Mapping[str, Any]) -> None:
        """Take from the record what an earlier call of this controller knew."""
        raise NotImplementedError

    def _finished(self, made: Any) -> Result:
        """End the run in its record; the result of the task."""
        raise NotImplementedError

    def artifact(self) -> Result:
        """What the next job of a workflow finds: a part of the result."""
        return self._hands.left()

    # -- from the request to the first step ------------------------------------------------------------------------
    def opened(self) -> Result:
        """Open the run and walk it. What is refused is told in the result, and fails at the end of the role."""
        one: Opened | None = None
        wrong = shape.part(self._opening.VERB, self._action._task, self._vars)  # pylint: disable=protected-access
        if wrong:
            # at once: of a part of a play nobody knows whether the end of the role is in it
            raise DrsError("play_not_supported", wrong)
        try:
            one = self._opening.opened()
            over = self._ended_before(one)
            if over is not None:
                return over
            self._opening.show(one)
            self._opening.require_valid(one)
            return self._checked(one) if self._opening.check_mode else self._begun(one)
        except DrsError as exc:
            return {**self._looked_at(one), "refused": failure(exc)}

    def about(self, one: Opened) -> Result:
        """What the journal tells of this command when its run begins or is resumed, see ``command.about_command``."""
        return about_command(self._vars, one.sessions, self._hands.over)

    def _ended_before(self, _one: Opened) -> Result | None:
        """The result of a run that has ended for good and is not walked again; None of one that may be walked."""
        return None

    def _checked(self, one: Opened) -> Result:
        """The result of check mode. Raises DrsError when the run would be refused."""
        return self._looked_at(one)

    def _looked_at(self, one: Opened | None) -> Result:
        """The result of what began nothing: the plan travels in it, for no store holds it."""
        result: Result = {"begun": False, "task_file": None, "changed": False, "plan": None, "confirmation": None}
        if one is not None:
            overrides = one.planned["overrides"]
            result.update(
                plan=one.plan, confirmation=one.begun["confirmation"], planned=one.planned, overrides=overrides
            )
        return result

    def _begun(self, one: Opened) -> Result:
        run, values = one.run, one.values
        begun = self._take_over(one)
        plan, record = begun["plan"], begun["run"]
        # said before anything is launched, and only of a run that is there: whoever loses this controller resumes it
        option = "%s_run_id" % self._opening.VERB
        self._hands.show("begun", {"run_id": run.run_id, "option": option})
        resume = self._hands.next("resume", {"runs_id": run.run_id, "runs_store": run.store}, closing.BESIDES)
        STANDING.note(run_id=run.run_id, command=resume)
        unapproved = record["status"] == "waiting" and not record["approved_at"]
        left_out = [cell for cell in cells_of(plan) if cell not in one.sessions]
        lost = [
            *one.planned["plan"]["unknown_cells"],
            *[_left_out(cell, cell in self._play.inventory) for cell in left_out],
        ]
        state = {
            **self._first(one, begun),
            "stop": "run %s %s" % (run.run_id, record["reason"]) if unapproved else "",
            "unapproved": unapproved,
            "unknown_cells": lost,
            "resumed": begun["resumed"],
            "changes": begun["changes"],
        }
        if record.get("approvals") and record.get("approved_at"):
            self._hands.say("run %s: its plan was approved at %s" % (run.run_id, record["approved_at"]))
        if not unapproved:
            self._tell_beginning(record, plan, begun["resumed"])
        record_and_waves = {"run": record, "waves": one.existing["waves"]}
        return self._walk(self._made(run, record_and_waves, plan, values, one.sessions, state))

    def _tell_beginning(self, record: Mapping[str, Any], plan: Mapping[str, Any], resumed: bool) -> None:
        """Notify the topic, where there is one; what is not sent is a warning."""
        text = "An earlier part of this run is resumed." if resumed else ""
        about = {
            "action": history_records.action_of("run", record["mode"]),
            "reason": "",
            "servers": plan["summary"]["servers"],
            "text": text,
        }
        host = str(self._vars.get("inventory_hostname") or "localhost")
        tell_beginning(self._play, host, self._hands, {**record, **about})

    # -- the walk --------------------------------------------------------------------------------------------------
    def continued(self) -> Result:
        """Take the walk up where a task file of the user was due, and count the cells that owed its result."""
        hold = dict(plain(self._vars.get(self.FACT) or {}))["hold"]
        asked = self._opening.requested()
        run = self._opening.steps(asked, hold["run_id"], hold)
        carried = hold.get("carried")
        try:
            parts = carried or run.stored_run()
            state = carried["state"] if carried else run.state()
            # while the task file ran, anybody may have edited what the store holds
            run_record.check_plan(parts["run"], parts["plan"])
            waves = {str(one["wave"]): one for one in parts["waves"]}
            values = {**self._opening.values_of(parts["run"], asked).values, "store": run.store}
        except DrsError as exc:
            return {**self._looked_at(None), **hold, "begun": True, "refused": self._given_up(run, exc)}
        run.log_path = values["log_path"]
        record = {"run": parts["run"], "waves": waves}
        tokens = self._files.returned(token_of(run, {"id": state["due"]}))
        self._play.back(tokens)
        sessions = reading.opened(self._play)
        made = self._made(run, record, parts["plan"], values, sessions, state)
        self._taken_up(made, waves)
        step = next(one for one in made.steps if one["id"] == state["due"])
        bad = self._files.counted(step, made.waves[str(step["wave"])], state["handed"], tokens)
        for one in bad:
            if one["outcome"] == walk.UNKNOWN:
                self._hands.say("[%s] %s: %s" % (clean(one["cell"], 64), step["id"], one["why"]))
        made.observe(step, walk.failure_of(step, bad))
        return self._walk(made)

    @staticmethod
    def _given_up(run: Steps, exc: DrsError) -> Result:
        """Why the walk cannot be taken up; the run ends with it in its record, where that can be written."""
        refused = failure(exc)
        # a record that cannot be written any more, or that is another controller's by now, stays as it is
        with contextlib.suppress(DrsError):
            run.take("finished", reason=refused["msg"], complete=False, timed_out=False)
        return refused

    def _walk(self, made: Any) -> Result:
        while True:
            step = made.go()
            if step is None:
                STANDING.note(run_id="", under_way=[])
                return self._finished(made)
            handed = self._files.cells(step, made.waves[str(step["wave"])])
            try:
                made.hand_out(step, handed)
            except DrsError as exc:
                made.observe(step, {"stop": "wave %s: %s" % (step["wave"], failure(exc)["msg"]), "lost": exc.code})
                continue
            hold = {**made.run.names(), "store": made.run.store}
            if made.run.unsaved_state is not None:
                hold["carried"] = {"state": made.run.unsaved_state, **made.unsaved()}
            task_file = self._files.handed(step, made, handed)
            return {"begun": True, "task_file": task_file, "hold": hold, "changed": made.changed}

    def _turn(
        self,
        state: Mapping[str, Any],
        servers: Sequence[Any],
        hosts: Mapping[str, Any],
        run: Steps,
        cells: Sequence[str],
        away: bool,
    ) -> dict[str, str]:
        """Of a run that waits: whose ``turn`` it is, and the command after the approval, ``then``.

        :param away: the run is another controller's by now, which is told to whoever waits there.
        """
        waiting, unapproved = state.get("waiting"), bool(state["unapproved"])
        turn = "" if away else closing.turn(waiting, unapproved, servers, state["unknown_cells"])
        then = ""
        if turn and (unapproved or (waiting or {}).get("type") == "approval"):
            options = {**hosts, "runs_id": run.run_id, "runs_store": run.store}
            then = self._hands.next("resume", options, closing.BESIDES, cells=cells)
        return {"turn": turn, "then": then}

    # -- the last words --------------------------------------------------------------------------------------------
    def _walked(self) -> Result:
        """What the walk left; DrsError task_skipped where it was left out."""
        walked = dict(plain(self._vars.get(self.FACT) or {}))
        if not walked and stepping.stepped():
            raise stepping.skipped(["Plan, begin and walk"], "nothing was launched and no run was begun")
        return walked

    def verified(self) -> Result:
        """Fail when a run that this playbook has begun has no end, because every cell has left the play meanwhile.

        :raises DrsError: ``play_not_supported`` when a playbook of this collection began at this task: it did nothing.
        """
        if shape.ours(self._vars) and shape.begun_late():
            raise DrsError("play_not_supported", shape.begun_late())
        for name in self._play.all:
            variables = self._play.variables(name)
            for fact in FACTS:
                walked = plain(variables.get(fact) or {})
                if ending.unfinished(walked):
                    return {"failed": True, "msg": ending.left_behind(walked, self._hands, self._vars)}
        return {}


def cells_of(plan: Mapping[str, Any]) -> list[str]:
    """The cells in which a plan launches."""
    return list(dict.fromkeys(cell for wave in plan["waves"] for cell in wave["by_cell"]))


def _left_out(cell: str, known: bool) -> dict[str, Any]:
    """A cell of the plan that is not in this play, as one that was not read.

    :param known: whether the inventory has it.
    """
    why = "it was left out of this play, as by --limit"
    remedy = "Run the next command for all cells of the run: without --limit, or with drs_hosts that names them."
    if not known:
        why = "the inventory has no such cell any more"
        remedy = (
            "Give the inventory the cell back, under the name that it has in the plan of the run: its account may have "
            "been renamed there, or its Region left out."
        )
    error = DrsError("cell_unreadable", why, remedy=remedy)
    return {"cell": cell, "account_id": None, "region": None, "error": outcomes.error_entry(error)}
