# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.resilience.drs.plugins.module_utils._drs import automation
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
            argument_spec={**aws_argument_spec(), **cell_argument_spec(), **automation.SPEC}
        )
        emit = (lambda _line: None) if self._task.no_log else Display().display
        try:
            with Clock(f"{task_vars.get('inventory_hostname')}-{os.getpid()}") as clock:
                done = automation.run(Cell(params), params, emit, clock.sleep, self._task.check_mode)
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc, params.get("cell"))}
        result.update(done)
        return result
