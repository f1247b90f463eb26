# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.trusts import trusts
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request, typed_names
from ansible_collections.resilience.drs.plugins.plugin_utils._action import variables
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play, external_id_remedy
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._play import declared_settings, shape


class ActionModule(ControllerAction):
    """Checks what was typed and what the role was given, before anything is called."""

    SPEC = {"verb": {"type": "str", "choices": list(request.VERBS), "required": True}}

    def work(self, params, task_vars):
        verb = params["verb"]
        if variables.inside(task_vars):
            # what resumes a run stands in any play; what it resumes does not
            wrong = self._left_out(task_vars) if verb in shape.WHOLE else ""
            if wrong:
                raise DrsError("play_not_supported", wrong)
        elif not self._meant(verb, task_vars):
            return {"known": [], "findings": [], "warnings": [], "changed": False}
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
            manager = self._task.get_variable_manager()
            play, whole = Play(self, task_vars), typed_names.whole_run(verb)
            cells = {**task_vars, "ansible_play_hosts_all": play.all}
            variables.check_alike(manager, self._loader, cells, whole - set(typed))
            variables.check_alike_made(play, whole)
        if problem is not None:
            raise problem
        declared_settings.check(verb, values)
        # also in a role that another one of ours runs: it hands on what it was told, and the rest is the inventory's
        manager = self._task.get_variable_manager()
        typed_names.check_person(verb, values, variables.of_inventory(manager, self._loader, task_vars, typed))
        findings = [finding(WARNING, "unread_variable", text) for text in judged.warnings]
        result = {"known": judged.recognized, "findings": findings, "warnings": judged.warnings, "changed": False}
        if verb == "account_setup":
            result["trusts"] = trusts(variables.cells_of_inventory(task_vars))
            play = Play(self, task_vars)
            given = {name: play.variables(name).get("drs_external_id") for name in play.all}
            result["external_id_remedies"] = {name: external_id_remedy(one) for name, one in given.items()}
        return result

    def _meant(self, verb, task_vars):
        """Whether the verb is to run at all in this play; raises DrsError where a part of it would, or with others."""
        wrong = shape.part(verb, self._task, task_vars)
        if not wrong and shape.unselected(self._task, task_vars):
            return False
        role = shape.own_role(self._task)
        over_cells = role and role not in shape.ANYWHERE
        if over_cells and not wrong:
            play = Play(self, task_vars)
            # what a task has added is no cell of a run; the YAML of the other verbs looks at every host
            hosts = play.all if verb in shape.WHOLE else list(task_vars.get("ansible_play_hosts_all") or ())
            wrong = shape.foreign(hosts, variables.names_of_hosts(task_vars))
            wrong = wrong or self._left_out(task_vars)
        wrong = wrong or shape.raised(verb, bool(self._play_context.become))
        if wrong:
            raise DrsError("play_not_supported", wrong)
        return True

    def _left_out(self, task_vars):
        play = Play(self, task_vars)
        return shape.left_out(self._task, play.there, play.holds)

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
