# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as planning
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Plans a recovery over all cells."""

    SPEC = planning.PLAN_SPEC
    RULES = {"required_one_of": [("name", "document")]}

    def work(self, params, task_vars):
        return planning.plan(params)
