# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import request as agent_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import wait as agent_wait
from ansible_collections.resilience.drs.plugins.plugin_utils._action.wait import WaitAction


class ActionModule(WaitAction):
    """Waits for the installers of one cell, and proves them by their source servers."""

    WAIT_SPEC = agent_wait.WAIT_SPEC

    def idle(self, params):
        return self.idle_servers(params, "commands")

    def waiting(self, cell, params, task_vars):
        replication = {key: value for key, value in params["replication"].items() if value is not None}

        def relaunch(instance_ids, **changed):
            arguments = {**params["launch"], **changed, "replication": replication, "instance_ids": instance_ids}
            return self.repeat("resilience.drs.drs_agent_install", arguments, params, "install_failed", task_vars)

        target = agent_request.replication_cell(cell, params)
        return agent_wait.InstallationWait(cell, target, params, relaunch if params["launch"] else None)
