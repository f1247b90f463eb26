# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates as run_gates
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Asks on the controller, which is where the run store is."""

    SPEC = run_gates.SPEC

    def work(self, params, task_vars):
        return run_gates.perform(params, self._task.check_mode)
