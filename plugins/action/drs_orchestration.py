"""Takes one step of a call of the orchestration entry point, on the controller, for all cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate.call import Orchestration


class ActionModule(ControllerAction):
    """Works on the controller, for all cells."""

    SPEC = {"state": {"type": "str", "choices": ["begun", "opened", "looked", "answered", "closed"], "required": True}}

    def work(self, params, task_vars):
        return {"changed": False, **getattr(Orchestration(self, task_vars), params["state"])()}
