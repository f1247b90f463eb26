# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Puts the proof of a clean-up together."""

    SPEC = clean_up.CLEANUP_SPEC

    def work(self, params, task_vars):
        return clean_up.check_cleanup(params)
