"""Run a module that acts in one cell in the process of its task, where that is the Python that would run it anyway.

A module that is shipped starts a Python of its own, which loads all it needs again: a second of a processor for some
calls of milliseconds, for every cell and task.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from ansible.constants import config
from ansible.errors import AnsibleError
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.amazon.aws.plugins.module_utils.botocore import check_sdk_version_supported
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleBotocoreError
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import module
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import cell_argument_spec

MODULES = "ansible_collections.resilience.drs.plugins.modules."


def of_a_cell(name: str) -> bool:
    """Whether the collection has a module of that name which runs as one."""
    try:
        return hasattr(importlib.import_module(MODULES + name), "main")
    except ModuleNotFoundError:
        return False


def possible(action: Any, task_vars: Mapping[str, Any]) -> bool:
    """Whether the module of a task would run on this machine, as this user, with this Python and environment.

    Everything else is shipped as any module: another machine, become, C(environment), async, another interpreter; a
    task that asks for botocore's log, which the process of a module keeps for itself; and a Python without boto3 or
    with an old one, of which amazon.aws says there what is missing.

    :param action: the action of the task.
    :param task_vars: as the action got them.
    """
    task, connection = action._task, action._connection  # pylint: disable=protected-access
    if connection.transport != "local" or getattr(connection, "become", None) is not None:
        return False
    if task.async_val or any(task.environment or ()) or task.args.get("debug_botocore_endpoint_logs"):
        return False
    try:
        if not check_sdk_version_supported():
            return False
    except AnsibleBotocoreError:
        return False
    delegated = (task_vars.get("ansible_delegated_vars") or {}).get(task.delegate_to)
    named = (task_vars if delegated is None else delegated).get("ansible_python_interpreter")
    return bool(named) and action._templar.template(named) == sys.executable  # pylint: disable=protected-access


def run(action: Any, name: str, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the module, as its own process would give it: checked options, no secret in it, one way to fail.

    :param name: of the module, without the collection's.
    :param task_vars: as the action got them.
    :raises AnsibleActionFail: for options that the module does not take.
    """
    work = module.declared(importlib.import_module(MODULES + name).main)
    spec = {**aws_argument_spec(), **cell_argument_spec(), **work.spec}
    validation, params = action.validate_argument_spec(argument_spec=spec, **work.rules)
    result = module.result_of(work, params, action._task.check_mode)  # pylint: disable=protected-access
    told = {"changed": False, **result}
    if _with_arguments(task_vars):
        told["invocation"] = {"module_args": params}
    return dict(remove_values(told, validation._no_log_values))  # pylint: disable=protected-access


def _with_arguments(task_vars: Mapping[str, Any]) -> bool:
    """Whether a result has the arguments of its module: always before ansible-core 2.21, since then if asked for."""
    try:
        return bool(config.get_config_value("INJECT_INVOCATION", variables=dict(task_vars)))
    except AnsibleError:
        return True
