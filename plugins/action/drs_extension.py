"""Extends the servers of all staging accounts into their targets in one process, whatever forks is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._action.extending import Extending

SPEC = {"state": {"type": "str", "choices": ["extended", "followed", "closed"], "required": True}}


class ActionModule(ControllerAction):
    """Works on the controller, for all cells."""

    SPEC = SPEC

    def work(self, params, task_vars):
        extending = Extending(self, task_vars)
        result = getattr(extending, params["state"])()
        # after a deployment it is a step of that
        return {"changed": False, **result, **(extending.artifact() if params["state"] != "followed" else {})}
