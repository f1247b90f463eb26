"""The course of a walk: which steps are taken when, and one watch over all that takes long, whatever wave it is of.

What a step does is said by who walks (``effects/walk``), in a member of the step's kind: it returns what was observed
of the step, or None when it is under way (see ``_begin``) or cannot be taken yet.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import Session, working
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.hands import Hands
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait

Answer = dict[str, Any]
_PART = "\0"
_WAITED = (walk.LAUNCH, walk.AUTOMATION)
"""Steps whose time counts against the time for all waiting; it counts once, however many go on in it."""


@dataclass
class _Open:
    """A step that takes long: its waits that have not ended, what the others returned, the cells that it uses."""

    step: walk.Step
    waits: dict[str, Wait]
    cells: dict[str, Cell]
    close: Callable[..., Answer]
    ended: dict[str, Any] = field(default_factory=dict)


class Course:
    """The course of one walk by this process.

    :param plan: the frozen plan.
    :param steps: see ``recovery/walk.steps``.
    :param parents: see ``recovery/walk.parents``.
    :param sessions: by cell of the play its session, or why there is none; a cell of the plan that is in neither was
        left out of the play.
    """

    def __init__(
        self,
        plan: Mapping[str, Any],
        steps: Sequence[walk.Step],
        parents: Mapping[str, Sequence[str]],
        sessions: Mapping[str, Session],
        hands: Hands,
        state: walk.State,
    ) -> None:
        self.plan, self.sessions, self.hands = plan, sessions, hands
        self.steps, self.parents, self.state = list(steps), parents, state
        self.waves = {str(wave["wave"]): wave for wave in plan["waves"]}
        self._open: dict[str, _Open] = {}
        """By id the steps that take long and are under way."""
        self._closed: dict[str, walk.Step] = {}
        """By id the gates that hold their waves."""
        self._fresh: dict[str, Wait] = {}
        self._twins: dict[str, list[Cell]] = {}
        self._spent, self._seconds = float(state["spent"]), 0.0

    def _may_validate(self, step: walk.Step) -> bool:
        """Whether a wave is validated."""
        raise NotImplementedError

    def _stop_at_gates(self) -> None:
        """Stop the run at the gates that hold its waves; nothing else is to be done."""
        raise NotImplementedError

    def go(self) -> walk.Step | None:
        """Take all steps that can be taken; returns the step of the user that is due, None when the walk is over."""
        while True:
            self._advance()
            step = self._of_user()
            if step is not None:
                return step
            if self._open:
                self._watch()
            elif self._closed and not self.state["stop"]:
                self._stop_at_gates()
            else:
                self.state = walk.ended(self.state)
                return None

    def observe(self, step: walk.Step, observed: Mapping[str, Any]) -> None:
        """Note what was observed of a step."""
        state = walk.after(self.state, step, observed, self.plan.get("stops") == "chain")
        order = list(self.waves)
        # as the plan has them, whichever came first
        self.state = {**state, "waves": sorted(state["waves"], key=lambda one: order.index(one["wave"]))}

    def _advance(self) -> None:
        """Take every step that is due and not the user's, until all that is left takes long, waits, or is not due."""
        tried: set[str] = set()
        while True:
            step = next((one for one in self._due() if one["id"] not in tried and not self._is_of_user(one)), None)
            if step is None:
                return
            # a gate may stay closed: it is asked again when something else has happened
            tried.add(step["id"])
            observed = {} if step["kind"] == walk.VALIDATE else getattr(self, "_" + step["kind"])(step)
            if observed is not None:
                self.observe(step, observed)

    def _due(self) -> list[walk.Step]:
        return [one for one in walk.due(self.steps, self.parents, self.state) if one["id"] not in self._open]

    def _of_user(self) -> walk.Step | None:
        return next((one for one in self._due() if self._is_of_user(one)), None)

    def _is_of_user(self, step: walk.Step) -> bool:
        """Whether a task file of the user runs now; a wave that does not pass is not validated."""
        return step["kind"] == walk.FILE or (step["kind"] == walk.VALIDATE and self._may_validate(step))

    # -- what takes long -------------------------------------------------------------------------------------------
    def _begin(
        self, step: walk.Step, waits: Mapping[str, Wait], cells: Mapping[str, Cell], close: Callable[..., Answer]
    ) -> Answer | None:
        """Let the waits of a step run beside others; without any, what ``close`` makes of nothing.

        :param close: given what each wait returned, or its DrsError: what is observed of the step.
        """
        if not waits:
            return close({})
        self._open[step["id"]] = _Open(step, dict(waits), dict(cells), close)
        self._fresh.update({step["id"] + _PART + key: wait for key, wait in waits.items()})
        return None

    def _watch(self) -> None:
        """Watch over all that is open until nothing is, or until a step of the user is due."""
        self._seconds, self._fresh = 0.0, {}
        self.hands.wait(
            {one.step["id"] + _PART + key: wait for one in self._open.values() for key, wait in one.waits.items()},
            self._follow,
        )

    def _follow(self, name: str, answer: Any, seconds: float) -> Mapping[str, Wait] | None:
        """Take in what a wait returned; what is waited for as well from now on, None when the user's turn has come."""
        if any(one.step["kind"] in _WAITED for one in self._open.values()):
            self._spent += seconds - self._seconds
            self.state = {**self.state, "spent": int(self._spent)}
        self._seconds = seconds
        step_id, _part, key = name.rpartition(_PART)
        one = self._open[step_id]
        del one.waits[key]
        one.ended[key] = answer
        if not one.waits:
            del self._open[step_id]
            self.observe(one.step, one.close(one.ended))
            self._advance()
        if self._of_user() is not None:
            return None
        fresh, self._fresh = self._fresh, {}
        return fresh

    def _free(self, names: Sequence[str]) -> dict[str, Cell]:
        """Cells that no open wait uses: two waves in one cell have a session each."""
        used = {id(cell) for one in self._open.values() for cell in one.cells.values()}
        result = {}
        for name, cell in working(self.sessions, names).items():
            there = [cell, *self._twins.setdefault(name, [])]
            free = next((one for one in there if id(one) not in used), None)
            if free is None:
                free = cell.twin()
                self._twins[name].append(free)
            result[name] = free
        return result
