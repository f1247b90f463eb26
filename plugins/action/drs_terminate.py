"""Cleans up over every cell of the play in one step, whatever forks is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._action import cleaning as _cleaning
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Terminates, waits, looks again and proves on the controller, with one session for each cell."""

    SPEC = _cleaning.SPEC

    def work(self, params, task_vars):
        hands = _cleaning.Hands(self._loader, task_vars)
        return _cleaning.clean(_cleaning.CleanUpPlay(self, task_vars), params, self._task.check_mode, hands, task_vars)
