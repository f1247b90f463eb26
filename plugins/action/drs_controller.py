# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import ControllerAction
from ansible_collections.resilience.drs.plugins.plugin_utils._action.table import TABLE
from ansible_collections.resilience.drs.plugins.plugin_utils._play import in_process
from ansible_collections.resilience.drs.plugins.plugin_utils._play.unattended import attended


class ActionModule(ControllerAction):
    """Is every module of the table and of one cell: a task asks for one of them, and meta/runtime.yml sends it here."""

    def run(self, tmp=None, task_vars=None):
        name = self._module_name()
        # how Ansible calls it in what it says about options
        self._load_name = "resilience.drs." + name
        if name not in TABLE:
            return self._in_cell(name, tmp, task_vars or {})
        self._row = TABLE[name]
        self._function, self.SPEC, self.RULES = self._row.function_spec_and_rules()
        return super().run(tmp, task_vars)

    def _in_cell(self, name, tmp, task_vars):
        self._supports_async = True
        result = ActionBase.run(self, tmp, task_vars)
        if in_process.possible(self, task_vars):
            with attended():
                return {**result, **in_process.run(self, name, task_vars)}
        shipped = bool(self._task.async_val) and not self._connection.has_native_async
        result.update(self._execute_module(task_vars=task_vars, wrap_async=shipped))
        if not shipped:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def work(self, params, task_vars):
        return self._function(params, self._task.check_mode) if self._row.writes else self._function(params)

    def _module_name(self):
        """The module that the task asks for, which another collection may have given a name of its own."""
        asked = self._task.action.rpartition(".")[2]
        if not _known(asked):
            context = module_loader.find_plugin_with_context(self._task.action, collection_list=self._task.collections)
            asked = (context.resolved_fqcn or "").rpartition(".")[2]
            if not _known(asked):
                raise AnsibleError("%s is not for playbooks: use the modules that it runs" % self._task.action)
        return asked


def _known(name):
    return name in TABLE or in_process.of_a_cell(name)
