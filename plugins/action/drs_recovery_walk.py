"""Walks a recovery over all cells in one process, up to its end or to the next task file of the user."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._action.ending import open_walk
from ansible_collections.resilience.drs.plugins.plugin_utils._action.recovery import Recovery

SPEC = {
    "state": {"type": "str", "choices": ["opened", "continued", "closed", "verified"], "required": True},
    "clean": {"type": "raw"},
    "no_report": {"type": "str", "default": ""},
}


class ActionModule(ControllerAction):
    """Works on the controller, for all cells."""

    SPEC = SPEC

    def work(self, params, task_vars):
        recovery = Recovery(self, task_vars)
        if params["state"] == "closed":
            proof = params["clean"]
            clean = None if proof in (None, "") else str(proof).lower() == "true"
            return {"changed": False, **recovery.closed(clean, params["no_report"])}
        return {"changed": False, **getattr(recovery, params["state"])(), **recovery.artifact()}

    def kept(self, params, result):
        return {"walked": open_walk(result)}
