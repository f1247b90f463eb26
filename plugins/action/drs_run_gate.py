# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.plugins.action import ActionBase

from ansible_collections.resilience.drs.plugins.module_utils._drs import run_gates
from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.modules import failure


class ActionModule(ActionBase):
    """Asks on the controller, which is where the run store is."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec=run_gates.SPEC)
        try:
            result.update(run_gates.perform(params, self._task.check_mode))
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc)}
        return result
