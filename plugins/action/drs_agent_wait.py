# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.resilience.drs.plugins.module_utils._drs import agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs import agent_waiting
from ansible_collections.resilience.drs.plugins.module_utils._drs import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.modules import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.session import CELL_OPTIONS
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
            argument_spec={**aws_argument_spec(), **cell_argument_spec(), **agent_waiting.WAIT_SPEC}
        )
        if self._task.check_mode:
            servers = params["servers"]
            return {
                **result,
                "changed": False,
                "commands": params["commands"],
                "servers": servers,
                "summary": outcomes.summarise(servers),
                "timed_out": False,
                "elapsed_seconds": 0,
            }
        try:
            with Clock(f"{task_vars.get('inventory_hostname')}-{os.getpid()}") as clock:
                cell = Cell(params)
                target = agent_request.replication_cell(cell, params)
                wait = agent_waiting.Wait(
                    cell, target, params, self._emit, clock.sleep, self._relaunch(params, task_vars)
                )
                waited = wait.run()
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc, params.get("cell"))}
        result.update(waited)
        if agent_waiting.failed(waited, params["fail_on"]):
            result["failed"] = True
            result["msg"] = agent_waiting.failure_message(cell.name, waited)
        return result

    def _emit(self, line):
        # display reaches the terminal and the job output of AWX at once, unlike anything a module returns
        if not self._task.no_log:
            Display().display(line)

    def _relaunch(self, params, task_vars):
        if not params["launch"]:
            return None
        arguments = {key: params[key] for key in CELL_OPTIONS if params.get(key) is not None}
        replication = {key: value for key, value in params["replication"].items() if value is not None}

        def relaunch(instance_ids, **changed):
            answer = self._execute_module(
                module_name="resilience.drs.drs_agent_install",
                module_args={
                    **arguments,
                    **params["launch"],
                    **changed,
                    "replication": replication,
                    "instance_ids": instance_ids,
                },
                task_vars=task_vars,
            )  # fmt: skip
            if answer.get("failed"):
                error = answer.get("error") or {}
                raise DrsError(
                    error.get("code", "install_failed"),
                    error.get("message") or answer.get("msg", ""),
                    retryable=error.get("retryable", False),
                )
            return answer

        return relaunch
