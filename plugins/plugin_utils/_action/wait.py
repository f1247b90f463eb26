"""The base of actions that wait; they run on the controller, where lines can be printed in time."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import (
    CELL_OPTIONS,
    Cell,
    cell_argument_spec,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.plugin_utils._play.hidden import SCREEN
from ansible_collections.resilience.drs.plugins.plugin_utils._play.screen import TERMINAL, timed
from ansible_collections.resilience.drs.plugins.plugin_utils._play.unattended import attended

Params = Mapping[str, Any]


class WaitAction(ActionBase):
    """An action that waits in one cell. It sets WAIT_SPEC and says what ``idle`` and ``waiting`` (or ``wait``) are."""

    TRANSFERS_FILES = False
    WAIT_SPEC: Mapping[str, Any] = {}
    LOOKS_IN_CHECK_MODE = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def idle(self, params: Params) -> dict[str, Any]:
        """What check mode returns, besides that nothing has changed and no time has passed."""
        raise NotImplementedError

    def waiting(self, cell: Cell, params: Params, task_vars: Params) -> Wait:
        """What is waited for. Raises DrsError."""
        raise NotImplementedError

    def wait(
        self, cell: Cell, params: Params, sleep: Callable[[float], None], task_vars: Params
    ) -> tuple[dict[str, Any], str]:
        """Wait; returns the result, and why the task fails ("" when it does not). Raises DrsError."""
        waiting = self.waiting(cell, params, task_vars)
        waited = together.run(waiting, sleep, self.emit)
        return waited, waiting.problem(waited)

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Check the options, wait in the time of the clock, and tell."""
        result = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(
            argument_spec={**aws_argument_spec(), **cell_argument_spec(), **self.WAIT_SPEC}
        )
        if self._task.check_mode and not self.LOOKS_IN_CHECK_MODE:
            return {**result, "changed": False, **self.idle(params), "timed_out": False, "elapsed_seconds": 0}
        try:
            with attended(), Clock(f"{task_vars.get('inventory_hostname')}-{os.getpid()}") as clock:
                waited, problem = self.wait(Cell(params), params, clock.sleep, task_vars)
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc, params.get("cell"))}
        result.update(waited)
        if problem:
            result["failed"] = True
            result["msg"] = problem
        return result

    def emit(self, line: str) -> None:
        """Print a line of progress: display reaches the terminal and the job output of AWX at once."""
        with SCREEN.of(self._task):
            SCREEN.show(timed(line, width=TERMINAL))

    @staticmethod
    def idle_servers(params: Params, started: str) -> dict[str, Any]:
        """``idle`` of an action that is given what was started, and its servers."""
        servers = params["servers"]
        return {started: params[started], "servers": servers, "summary": outcomes.summarise(servers)}

    def repeat(self, module: str, arguments: Params, params: Params, code: str, task_vars: Params) -> dict[str, Any]:
        """Run the module that started something once more, with the options of the cell.

        code: of the error when the module says none. Raises DrsError.
        """
        way = {key: params[key] for key in CELL_OPTIONS if params.get(key) is not None}
        answer = self._execute_module(module_name=module, module_args={**way, **arguments}, task_vars=task_vars)
        if answer.get("failed"):
            error = answer.get("error") or {}
            raise DrsError(
                error.get("code", code),
                error.get("message") or answer.get("msg", ""),
                retryable=error.get("retryable", False),
            )
        return answer
