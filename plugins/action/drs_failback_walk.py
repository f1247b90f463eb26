"""Walks a failback over all cells in one process, up to its end or to the next task file of the user."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._action.ending import open_walk
from ansible_collections.resilience.drs.plugins.plugin_utils._failback.failback import Failback

SPEC = {
    "state": {"type": "str", "choices": ["opened", "continued", "closed", "verified"], "required": True},
}


class ActionModule(ControllerAction):
    """Works on the controller, for all cells."""

    SPEC = SPEC

    def work(self, params, task_vars):
        failback = Failback(self, task_vars)
        return {"changed": False, **getattr(failback, params["state"])(), **failback.artifact()}

    def kept(self, params, result):
        return {"walked": open_walk(result)}
