# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Writes on the controller, which is where a run is worked on."""

    SPEC = run_request.RUN_SPEC

    def work(self, params, task_vars):
        params["initiator"] = params["initiator"] or _user(task_vars)
        params["controller"] = params["controller"] or "%s:%d" % (os.uname().nodename, os.getppid())
        if params["state"] in ("paused", "cancelled", "approved"):
            params["actor"] = params["actor"] or _user(task_vars)
        return run_request.perform(params, self._task.check_mode)


def _user(task_vars):
    """Who types: the user of AWX, the schedule that has none, or the user of this machine."""
    for product in ("awx", "tower"):
        if task_vars.get(product + "_user_name"):
            return str(task_vars[product + "_user_name"])
        if task_vars.get(product + "_schedule_name"):
            return "schedule:%s" % task_vars[product + "_schedule_name"]
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "uid %d" % os.getuid()
