# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle as report_bundle
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Writes on the controller, where the template and the style of the page are."""

    SPEC = report_request.REPORT_SPEC

    def work(self, params, task_vars):
        model = report_request.model(params)
        files = report_bundle.report_files_of(model)
        changed = report_files.publish(params["path"], files, last=report_bundle.REPORT_LAST, dry=self._task.check_mode)
        return {
            "changed": changed,
            "path": params["path"],
            "files": sorted(files),
            "verdict": model["verdict"],
            "run_id": model["verdict"]["of_run"],
            "totals": model["totals"],
            "alerts": model["alerts"][:50],
        }
