# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import technical_user


class ActionModule(ControllerAction):
    """Writes on the controller, which is where a run is worked on."""

    SPEC = run_request.RUN_SPEC

    def work(self, params, task_vars):
        # who typed it stands beside whom somebody names, and is no option
        params["typed_by"] = technical_user(task_vars)
        user = params["typed_by"]["user"]
        params["initiator"] = params["initiator"] or user
        params["controller"] = params["controller"] or "%s:%d" % (os.uname().nodename, os.getppid())
        if params["state"] in ("paused", "cancelled", "approved"):
            params["actor"] = params["actor"] or user
        return run_request.perform(params, self._task.check_mode)
