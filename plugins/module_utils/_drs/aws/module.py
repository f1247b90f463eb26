"""The wrapper of every module: options in, result out, one way to fail."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import cell_argument_spec
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import with_remedy
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result, Spec


def failure(exc: DrsError, where: str | None = None) -> Result:
    """The arguments of fail_json for an error: one readable message, and the error and its details as data.

    :returns: ``{msg, error, details}``: ``error`` has code, message, remedy and retryable.
    """
    place = f"{where}: " if where else ""
    return {
        "msg": f"{place}{exc.code}: {with_remedy(exc.message, exc.remedy)}",
        "error": outcomes.error_entry(exc),
        "details": exc.details,
    }


def run_in_cell(work: t.Callable[[Cell, Given, bool], Result], argument_spec: Spec, **rules: t.Any) -> None:
    """Run a module that acts in one cell: ``work(cell, params, check_mode)`` returns the result."""
    module = AnsibleAWSModule(
        # a copy, for Ansible writes the defaults of suboptions into the default of their option
        argument_spec={**cell_argument_spec(), **copy.deepcopy(argument_spec)},
        supports_check_mode=True,
        **rules,
    )
    try:
        result = work(Cell(module.params), module.params, module.check_mode)
    except DrsError as exc:
        module.fail_json(**failure(exc, module.params.get("cell") or module.params.get("region")))
    except Exception as exc:  # a fault of our own in one cell must reach the others' table as data, too
        fault = DrsError("internal_error", f"{type(exc).__name__}: {exc}")
        module.fail_json(**failure(fault, module.params.get("cell")), exception=traceback.format_exc())
    _leave(module, result)


def run_on_controller(work: t.Callable[[Given], Result], argument_spec: Spec, **rules: t.Any) -> None:
    """Run a module that only computes: ``work(params)`` returns the result."""
    module = AnsibleModule(argument_spec=copy.deepcopy(argument_spec), supports_check_mode=True, **rules)
    try:
        result = work(module.params)
    except DrsError as exc:
        module.fail_json(**failure(exc))
    _leave(module, result)


def _leave(module: AnsibleModule, result: Result) -> None:
    """End with a result; its warnings go the way of Ansible, which returns them under the same name."""
    values = dict(result)
    for text in values.pop("warnings", None) or ():
        # not module.warn: that of amazon.aws hands them to exit_json as well, which Ansible deprecates
        warn(text)
    module.exit_json(**values)
