# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import wait as failback_wait
from ansible_collections.resilience.drs.plugins.plugin_utils._action.wait import WaitAction


class ActionModule(WaitAction):
    """Waits for a stage of a failback of the servers of one cell."""

    WAIT_SPEC = failback_wait.WAIT_SPEC

    def idle(self, params):
        return {**self.idle_servers(params, "request"), "jobs": [], "queued": [], "unread": []}

    def waiting(self, cell, params, task_vars):
        return failback_wait.FailbackWait(cell, params)
