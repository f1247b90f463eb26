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


class CellWork(t.NamedTuple):
    """What a module does in one cell, its options, and the rules between these."""

    work: t.Callable[[Cell, Given, bool], Result]
    spec: Spec
    rules: dict[str, t.Any]


class _Declared(Exception):
    """Ends a module that was only asked what it does."""

    def __init__(self, work: CellWork) -> None:
        super().__init__(work)
        self.work = work


_ASKED: list[bool] = []


def declared(main: t.Callable[[], None]) -> CellWork:
    """What the main function of a module gives to ``run_in_cell``, without running it. Not for threads.

    :raises TypeError: for a module that is not of one cell.
    """
    _ASKED.append(True)
    try:
        main()
    except _Declared as said:
        return said.work
    finally:
        _ASKED.pop()
    raise TypeError("no module of a cell")


def result_of(asked: CellWork, params: Given, check_mode: bool) -> Result:
    """Work in the cell that the options name.

    :returns: the result of the module, with ``failed`` and what ``failure`` gives when it fails, also by a fault of our
        own, which must reach the table of the others as data, too.
    """
    try:
        return asked.work(Cell(params), params, check_mode)
    except DrsError as exc:
        return {"failed": True, **failure(exc, params.get("cell") or params.get("region"))}
    except Exception as exc:
        fault = DrsError("internal_error", f"{type(exc).__name__}: {exc}")
        return {"failed": True, **failure(fault, params.get("cell")), "exception": traceback.format_exc()}


def run_in_cell(work: t.Callable[[Cell, Given, bool], Result], argument_spec: Spec, **rules: t.Any) -> None:
    """Run a module that acts in one cell: ``work(cell, params, check_mode)`` returns the result."""
    # a copy, for Ansible writes the defaults of suboptions into the default of their option
    asked = CellWork(work, copy.deepcopy(argument_spec), rules)
    if _ASKED:
        raise _Declared(asked)
    module = AnsibleAWSModule(
        argument_spec={**cell_argument_spec(), **asked.spec}, supports_check_mode=True, **asked.rules
    )
    result = result_of(asked, module.params, module.check_mode)
    if result.get("failed"):
        module.fail_json(**result)
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
