# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation
from ansible_collections.resilience.drs.plugins.plugin_utils._action.wait import WaitAction


class ActionModule(WaitAction):
    """Runs automation documents in one cell, and waits for them."""

    WAIT_SPEC = automation.SPEC
    # check mode looks for the documents
    LOOKS_IN_CHECK_MODE = True

    def wait(self, cell, params, sleep, task_vars):
        return automation.run(cell, params, self.emit, sleep, self._task.check_mode), ""
