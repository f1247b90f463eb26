# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible.utils.vars import load_extra_vars
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import variable_names
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction

ROLES = Path(__file__).resolve().parents[2] / "roles"


class ActionModule(ControllerAction):
    """Refuses extra variables that are nearly an option of this collection's roles."""

    def work(self, params, task_vars):
        typed = list(load_extra_vars(self._loader))
        every = [path.name for path in ROLES.iterdir()]
        roles = {variable_names.role_of(name, every) for name in typed}
        known = variable_names.check(typed, {role: self._options(role) for role in roles if role})
        return {"known": known, "changed": False}

    def _options(self, role):
        """The options of a role, of all that it can be asked for."""
        specs = self._loader.load_from_file(str(ROLES / role / "meta" / "argument_specs.yml"))["argument_specs"]
        return {name for entry in specs.values() for name in entry.get("options") or ()}
