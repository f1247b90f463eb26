# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.plugins.action import ActionBase

from ansible_collections.resilience.drs.plugins.module_utils._drs import report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs import report_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.modules import failure
from ansible_collections.resilience.drs.plugins.plugin_utils import _report_pack


class ActionModule(ActionBase):
    """Writes on the controller, where the template and the style of the page are."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec=report_request.REPORT_SPEC)
        params = _report_pack.plain(params)
        try:
            model = report_request.model(params)
            files = _report_pack.report_files_of(model)
            changed = report_files.publish(
                params["path"], files, last=_report_pack.REPORT_LAST, dry=self._task.check_mode
            )
        except DrsError as exc:
            return {**result, "failed": True, **failure(exc)}
        return {
            **result,
            "changed": changed,
            "path": params["path"],
            "files": sorted(files),
            "verdict": model["verdict"],
            "run_id": model["verdict"]["of_run"],
            "totals": model["totals"],
            "alerts": model["alerts"][:50],
        }
