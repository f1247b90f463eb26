# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request, typed_names
from ansible_collections.resilience.drs.plugins.plugin_utils._action import variables
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction


class ActionModule(ControllerAction):
    """Checks what was typed and what the role was given, before anything is called."""

    SPEC = {"verb": {"type": "str", "choices": list(request.VERBS), "required": True}}

    def work(self, params, task_vars):
        verb = params["verb"]
        typed = variables.typed_variables(self._loader)
        problem, values = None, {}
        try:
            # mistakes of a plan file are told by the plan, with all others
            told_by_plan = [] if verb == "recovery" else None
            values = request.checked(verb, variables.role_values(verb, task_vars, self._templar, told_by_plan))
        except DrsError as exc:
            problem = exc
        judged = typed_names.Judged([], [])
        # a role that another one of ours runs is given its variables by that one, which has looked at what was typed
        if not variables.inside(task_vars):
            judged = self._names(verb, typed, task_vars, values)
        if problem is not None:
            raise problem
        findings = [finding(WARNING, "unread_variable", text) for text in judged.warnings]
        return {"known": judged.recognized, "findings": findings, "warnings": judged.warnings, "changed": False}

    def _names(self, verb, typed, task_vars, values):
        own = variables.own_names(task_vars, self._templar)
        judged = typed_names.check(
            verb, typed, own, variables.played(task_vars), variables.of_playbook(self._task), values
        )
        problem = variables.typed_problem(judged.recognized, typed, task_vars, self._templar)
        if problem is not None:
            raise problem
        there = variables.inventory_names(task_vars) - set(typed)
        return judged._replace(warnings=[*judged.warnings, *typed_names.check_inventory(there, own)])
