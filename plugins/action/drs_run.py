# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

from ansible.plugins.action import ActionBase

from ansible_collections.resilience.drs.plugins.module_utils._drs import run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.modules import failure


class ActionModule(ActionBase):
    """Writes on the controller, which is where a run is worked on; and a module would cost a process for each step."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec=run_request.RUN_SPEC)
        params["initiator"] = params["initiator"] or _user(task_vars or {})
        params["controller"] = params["controller"] or "%s:%d" % (os.uname().nodename, os.getppid())
        if params["state"] in ("paused", "cancelled", "approved"):
            params["actor"] = params["actor"] or _user(task_vars or {})
        try:
            result.update(run_request.perform(params, self._task.check_mode))
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc)}
        return result


def _user(task_vars):
    """Who types: the user of AWX, the schedule that has none, or the user of this machine."""
    for product in ("awx", "tower"):
        if task_vars.get(product + "_user_name"):
            return str(task_vars[product + "_user_name"])
        if task_vars.get(product + "_schedule_name"):
            return "schedule:%s" % task_vars[product + "_schedule_name"]
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "uid %d" % os.getuid()
