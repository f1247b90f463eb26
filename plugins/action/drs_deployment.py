"""Deploys agents over all cells in one process, whatever forks is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._action.deploying import Deploying

SPEC = {"state": {"type": "str", "choices": ["deployed", "closed"], "required": True}}


class ActionModule(ControllerAction):
    """Works on the controller, for all cells."""

    SPEC = SPEC

    def work(self, params, task_vars):
        deploying = Deploying(self, task_vars)
        return {"changed": False, **getattr(deploying, params["state"])(), **deploying.artifact()}
