# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.resilience.drs.plugins.module_utils._drs import failback_waiting
from ansible_collections.resilience.drs.plugins.module_utils._drs import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.modules import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.session import cell_argument_spec


class ActionModule(ActionBase):
    """Waits on the controller, because only there can a line be printed before the task has ended."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(
            argument_spec={**aws_argument_spec(), **cell_argument_spec(), **failback_waiting.WAIT_SPEC}
        )
        if self._task.check_mode:
            servers = params["servers"]
            return {
                **result,
                "changed": False,
                "servers": servers,
                "summary": outcomes.summarise(servers),
                "jobs": [],
                "queued": [],
                "unread": [],
                "request": params["request"],
                "timed_out": False,
                "elapsed_seconds": 0,
            }
        try:
            with Clock(f"{task_vars.get('inventory_hostname')}-{os.getpid()}") as clock:
                cell = Cell(params)
                waited = failback_waiting.Wait(cell, params, self._emit, clock.sleep).run()
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc, params.get("cell"))}
        result.update(waited)
        if failback_waiting.failed(waited, params["fail_on"]):
            result["failed"] = True
            result["msg"] = failback_waiting.failure_message(cell.name, waited)
        return result

    def _emit(self, line):
        # display reaches the terminal and the job output of AWX at once, unlike anything a module returns
        if not self._task.no_log:
            Display().display(line)
