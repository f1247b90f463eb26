# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import wait as recovery_wait
from ansible_collections.resilience.drs.plugins.plugin_utils._action.wait import WaitAction


class ActionModule(WaitAction):
    """Waits for the jobs of one cell, and launches what is queued as room appears."""

    WAIT_SPEC = recovery_wait.WAIT_SPEC

    def idle(self, params):
        return self.idle_servers(params, "jobs")

    def waiting(self, cell, params, task_vars):
        def relaunch():
            return self.repeat("resilience.drs.drs_recovery", params["launch"], params, "launch_failed", task_vars)

        return recovery_wait.JobWait(cell, params, relaunch if params["launch"] else None)
