"""What work over all cells needs of the process of an action: a pool, one wait, the terminal, the next command."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import artifact, stats
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.next_command import shared, typed
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.hands import Follow
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.together import Ended, together
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import AT_ONCE, Play, over_cells, print_line
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._play import shape
from ansible_collections.resilience.drs.plugins.plugin_utils._play.hidden import SCREEN
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING
from ansible_collections.resilience.drs.plugins.plugin_utils._play.next_file import PLATFORM, next_command
from ansible_collections.resilience.drs.plugins.plugin_utils._play.screen import WIDTH
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import (
    role_values,
    typed_variables,
    vaulted,
)


class Hands:
    """The hands of one action.

    :param loader: Ansible's loader of files, for what was typed.
    :param task_vars: of the task.
    """

    def __init__(self, loader: Any, task_vars: Mapping[str, Any]) -> None:
        self._loader, self._vars = loader, task_vars
        self._left: dict[str, Any] | None = None

    # -- work in cells ---------------------------------------------------------------------------------------------
    def over(
        self, work: Callable[[Cell], Any], cells: Mapping[str, Cell], at_once: int | None = None
    ) -> dict[str, Any]:
        """Do something in every cell, see ``cells.over_cells``."""
        return over_cells(work, cells, at_once or AT_ONCE)

    def wait(self, waits: Mapping[str, Wait], follow: Follow | None = None) -> dict[str, Any]:
        """Wait in many cells together, with one clock and one sleep; by name the result, or the DrsError.

        :param follow: see Follow.
        """
        named = {id(wait): name for name, wait in waits.items()}
        open_waits = {id(wait): wait for wait in waits.values()}

        def note() -> None:
            # for whoever interrupts the playbook now
            STANDING.note(under_way=[(wait.label, wait.in_aws()) for wait in open_waits.values()])

        def told(one: Ended, seconds: float) -> list[Wait] | None:
            if follow is None:
                open_waits.pop(id(one.wait), None)
                note()
                return []
            more = follow(named[id(one.wait)], _told(one.result, one.error), seconds)
            named.update({id(wait): name for name, wait in (more or {}).items()})
            open_waits.pop(id(one.wait), None)
            open_waits.update({id(wait): wait for wait in (more or {}).values()})
            note()
            return None if more is None else list(more.values())

        note()
        try:
            with Clock(f"walk-{os.getpid()}") as clock:
                ended = together(list(waits.values()), clock, print_line, follow=told)
        except Exception:
            STANDING.note(under_way=[])
            raise
        # what ends the process itself, as Ansible's own limit of a task does, leaves what goes on in AWS noted
        STANDING.note(under_way=[])
        return {named[id(one.wait)]: _told(one.result, one.error) for one in ended}

    # -- the terminal ----------------------------------------------------------------------------------------------
    def say(self, line: str) -> None:
        """Print a line of progress at once."""
        print_line(line)

    def warn(self, text: str) -> None:
        """Print a warning at once."""
        SCREEN.warn(text)

    def show(self, kind: str, data: Mapping[str, Any], command: str = "") -> None:
        """Print a page, and the command to type next."""
        SCREEN.show(render.render(kind, {**data, "next": command}, WIDTH))
        SCREEN.keep(kind, {**data, "next": command})
        self._left = artifact(kind, data, command) or self._left

    def left(self) -> dict[str, Any]:
        """What the next job of a workflow finds, by the last page that was shown: a part of the action's result."""
        return stats(self._left)

    def typed(self) -> dict[str, Any]:
        """The extra variables of this command."""
        return dict(plain(typed_variables(self._loader)))

    def next(
        self,
        playbook: str,
        options: Mapping[str, Any],
        kept: Iterable[str] = (),
        check: bool = False,
        cells: Iterable[str] = (),
    ) -> str:
        """The command to type next.

        :param kept: how the names begin of those typed variables that the next command needs as well.
        :param cells: those that it needs.
        """
        # whoever narrowed this run down means the next one to be narrowed down, too; not to less than the run is about
        there = set(self._vars.get("ansible_play_hosts_all") or cells)
        narrowed = there.issuperset(cells)
        limit = str(self._vars.get("ansible_limit") or "") if narrowed else ""
        given = plain(dict(options))
        said = {name: value for name, value in typed_variables(self._loader).items() if not vaulted(value)}
        again = [*kept, *shared(playbook, given, narrowed)]
        given.update(typed(plain(said), again, given))
        platform = {name: value for name, value in said.items() if name in PLATFORM}
        return next_command(playbook, given, limit, check, {**platform, **self._vars})


def _told(result: dict[str, Any] | None, error: Exception | None) -> Any:
    """The result of a wait, or its error as one of this collection."""
    if error is None:
        return result or {}
    return error if isinstance(error, DrsError) else DrsError("internal_error", f"{type(error).__name__}: {error}")


class OverCells:
    """What a verb that works over all cells in one step is made of.

    :param action: the action of the task.
    :param task_vars: as it got them.
    """

    VERB = ""
    """The verb whose declared options make the request."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._action, self._vars = action, task_vars
        self._play = Play(action, task_vars)
        self._hands = Hands(action._loader, task_vars)  # pylint: disable=protected-access
        self._check_mode = bool(action._task.check_mode)  # pylint: disable=protected-access

    def artifact(self) -> dict[str, Any]:
        """What the next job of a workflow finds: a part of the result."""
        return self._hands.left()

    def _refuse_division(self) -> None:
        shape.refuse_division(self._action._task, self._vars)  # pylint: disable=protected-access

    def _values(self) -> dict[str, Any]:
        """The request. Raises DrsError."""
        templar = self._action._templar  # pylint: disable=protected-access
        return request.checked(self.VERB, role_values(self.VERB, self._vars, templar))
