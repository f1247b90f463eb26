"""Takes one step of a call of the orchestration entry point, on the controller, for all cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import of_answer, stats
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction, plain
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate.call import Orchestration


class ActionModule(ControllerAction):
    """Works on the controller, for all cells."""

    SPEC = {"state": {"type": "str", "choices": ["begun", "opened", "looked", "answered", "closed"], "required": True}}

    def work(self, params, task_vars):
        result = {"changed": False, **getattr(Orchestration(self, task_vars), params["state"])()}
        if params["state"] == "answered":
            # the role of the action has left one of its own, and this one takes its place
            done = plain(task_vars.get("recovery_result") or task_vars.get("failback_result") or {})
            result.update(stats(of_answer(result["document"], done)))
        return result

    def kept(self, params, result):
        return {"call_" + params["state"]: plain(result)} if params["state"] in ("begun", "opened") else {}
