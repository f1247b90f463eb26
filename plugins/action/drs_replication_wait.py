# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import replication_wait
from ansible_collections.resilience.drs.plugins.plugin_utils._action.wait import WaitAction


class ActionModule(WaitAction):
    """Waits until source servers have reached a state of replication."""

    WAIT_SPEC = replication_wait.WAIT_SPEC

    def idle(self, params):
        return {"source_servers": [], "waiting": params["source_server_ids"], "reached": 0}

    def waiting(self, cell, params, task_vars):
        return replication_wait.ReplicationWait(agent_request.replication_cell(cell, params), params)
