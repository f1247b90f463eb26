"""The base of every wait: read items in one cell, judge them by a table of states, report, close."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace, states, step
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result, Waited


class Wait:
    """Something that is waited for in one cell. It neither sleeps nor prints: ``together`` asks it to look.

    A kind of wait says what is its own: its TABLE, and ``answer``, ``read``, ``states_of``, ``changes``, ``beat``,
    ``age``, ``result``, ``problem``. Whoever runs it calls ``begin``, then ``look`` as often as ``step`` asks for it,
    then ``result``; never two of them at once, but from any thread. Its cells are its own: another wait that used the
    same ones could lose its clients in the middle of a call.

    :param params: the options of the wait; those of ``pace.pace_spec`` among them.
    :param cells: the cells that it reads, whose credentials are read anew after an error. The first one names it.
    """

    TABLE: states.Table = {}
    SHARES = False
    """Whether waits of this kind for one thing in several cells say one sign of life together."""

    def __init__(self, params: Given, *cells: Cell) -> None:
        self.params = params
        self.cells = cells
        self.label: str = params.get("label") or cells[0].name
        beginning, _blank, rest = self.label.partition(" ")
        self.topic = rest if self.SHARES and beginning == cells[0].name else ""
        """What is waited for, whatever the cell: ``wave 1``; "" where the wait speaks for itself alone."""
        self.state: Any = None
        """As the last look saw it; None before the first one."""
        self.elapsed = 0.0
        """Seconds waited, as of the look that is under way or was the last."""
        self.news: list[str] = []
        self._looked = False
        self.pace: pace.Pace | None = None

    # -- what a kind of wait says ----------------------------------------------------------------------------------
    def answer(self) -> Any:
        """What the request answered that began the work, where it may stand for a first look; None where not."""
        return None

    def read(self) -> Any:
        """Read the state and do what is due. Raises DrsError, which is tolerated when it may pass."""
        raise NotImplementedError

    def states_of(self, state: Any) -> Iterable[str]:
        """The state of each item, in the words of TABLE."""
        raise NotImplementedError

    def changes(self, state: Any) -> list[str]:
        """The lines about what changed since ``self.state``. Raises DrsError for what no further look can cure."""
        raise NotImplementedError

    def beat(self, elapsed: float, others: Sequence[Any] = ()) -> str:
        """The sign of life, given the seconds waited.

        :param others: waits of the same kind for the same topic in other cells, which it speaks for as well; a kind
            that SHARES gets some. Looks may be under way in them: what they have is read, never kept.
        """
        raise NotImplementedError

    def label_with(self, others: Sequence[Any]) -> str:
        """Its label, or that of all of them: ``wave 1 in 3 cells``."""
        return f"{self.topic} in {count(1 + len(others), 'cell')}" if others else self.label

    def age(self, _state: Any) -> float | None:
        """Seconds that the youngest work has run by the service's clock, so that a wait can be resumed."""
        return None

    def result(self, progress: step.Progress) -> Result:
        """Close the wait: what the task returns. It may read what the items themselves do not say, unless an error
        ended the wait."""
        raise NotImplementedError

    def problem(self, _result: Result) -> str:
        """Why a wait with this result has failed; "" when it has not."""
        return ""

    def in_aws(self) -> list[str]:
        """The ids of what continues in AWS when nobody waits any more: jobs, commands."""
        return []

    # -- what all of them share ------------------------------------------------------------------------------------
    def begin(self, now: float) -> step.Progress:
        """Begin to wait; checks what is asked for before anything is called.

        :raises DrsError: ``invalid_option``, and what a kind of wait refuses.
        """
        self.pace = pace.of(self.params)
        return step.begin(now)

    def look(self, elapsed: float) -> step.Look:
        """Look once. ``elapsed`` are the seconds waited. Raises what ``changes`` raises."""
        self.elapsed, self.news = elapsed, []
        first, self._looked = not self._looked, True
        try:
            state = self.answer() if first else None
            if state is None:
                state = self.read()
        except DrsError as exc:
            # credentials may have expired or changed; the next look reads them anew, and whoever runs this has until
            # then to log in again
            for cell in self.cells:
                cell.renew()
            exc.retryable = exc.retryable or exc.code in pace.EXPIRED
            return step.Look(lines=self.news, error=exc)
        lines = [*self.news, *self.changes(state)]
        self.state = state
        return step.Look(states.is_over(self.states_of(state), self.TABLE), lines, self.age(state))

    @staticmethod
    def progress_fields(progress: step.Progress) -> Waited:
        """What every result says of the wait itself: {timed_out, elapsed_seconds, polls, errors, error}."""
        return {
            "timed_out": progress.timed_out,
            "elapsed_seconds": progress.elapsed,
            "polls": progress.polls,
            "errors": progress.errors,
            "error": outcomes.error_entry(progress.error) if progress.error else None,
        }
