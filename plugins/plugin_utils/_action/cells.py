"""Open the sessions of all cells of the play in the controller's process.

A task that runs once makes the options of every cell as Ansible would have made them for a task of that host: from
``module_defaults`` of the group ``resilience.drs.cell``, templated with the variables of the host, lookups such as that
of the external id included. The work then runs in a bounded pool of threads, so that nothing depends on ``forks``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import botocore_data
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import (
    CELL_OPTIONS,
    Cell,
    cell_argument_spec,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.plugin_utils._play import shape
from ansible_collections.resilience.drs.plugins.plugin_utils._play.hidden import SCREEN
from ansible_collections.resilience.drs.plugins.plugin_utils._play.screen import TERMINAL, timed

AT_ONCE = 16
GROUPS = ("group/amazon.aws.aws", "group/resilience.drs.drs", "group/resilience.drs.cell")
"""The groups of module_defaults whose options reach a cell; of one option in several the last group's counts."""

_HOLDS_EXTERNAL_ID = re.compile(r"\{\{ (?:lookup\('ansible\.builtin\.env', '(?P<env>\w+)'\)|(?P<variable>\w+)) \}\}")

T = TypeVar("T")
R = TypeVar("R")


class Play:
    """The hosts of the play that a task belongs to, and what Ansible knows of each.

    :param action: the action of the task.
    :param task_vars: as the action got them.
    """

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._action = action
        self._vars = task_vars
        self.own = str(task_vars.get("inventory_hostname") or "localhost")
        """The host that the task runs for."""
        hosts = shape.hosts(action._task, task_vars)  # pylint: disable=protected-access
        self.all: list[str] = hosts.all or [self.own]
        """Every host of the play, also those that have left it."""
        self.there: list[str] = hosts.there or self.all
        """Those that are still in it: neither failed, nor unreachable, nor ended."""
        self.batch: list[str] = hosts.batch or self.there
        self.inventory: list[str] = list((task_vars.get("groups") or {}).get("all") or self.all)
        """Every host of the inventory, also those that a limit leaves out of the play."""
        self._known: dict[str, dict[str, Any]] = {}

    def back(self, names: Iterable[str]) -> None:
        """Count hosts in again that are known to be in the play, whatever Ansible names."""
        found = {*self.there, *names}
        self.there = [name for name in self.all if name in found]

    def variables(self, name: str) -> dict[str, Any]:
        """The variables of a host for this task, not templated, in Ansible's own order of precedence.

        :raises DrsError: ``cell_unreadable`` for a host that the inventory does not have.
        """
        if name not in self._known:
            hostvars: Any = self._vars.get("hostvars")
            manager = getattr(hostvars, "_variable_manager", None)
            if manager is None:  # a task without a playbook
                self._known[name] = dict(self._vars)
                return self._known[name]
            host = hostvars._inventory.get_host(name)  # pylint: disable=protected-access
            if host is None:
                raise DrsError("cell_unreadable", f"the inventory has no host {clean(name, 64)}")
            task = self._action._task  # pylint: disable=protected-access
            values = manager.get_vars(play=task.play, host=host, task=task, _hosts=self.batch, _hosts_all=self.all)
            self._known[name] = values
        return self._known[name]

    def template(self, name: str, value: Any) -> Any:
        """A value templated with the variables of a host; entries of a mapping that are omitted are left out."""
        variables = self.variables(name)
        templar = self._action._templar.copy_with_new_env(  # pylint: disable=protected-access
            available_variables=variables
        )
        done = templar.template(value)
        if isinstance(done, Mapping):
            omit = variables.get("omit")
            return {key: one for key, one in done.items() if one is not omit and (omit is None or one != omit)}
        return done

    def value(self, name: str, key: str) -> Any:
        """A host variable that the inventory plugin drs_accounts makes, such as ``region``, templated; None where the
        host has none."""
        variables = self.variables(name)
        return self.template(name, variables["drs_" + key]) if "drs_" + key in variables else None

    def holds(self, name: str, condition: Any) -> bool:
        """Whether a condition, as of C(when), is true on a host. Ansible takes a host out of the play where it fails,
        so one that fails says nothing here."""
        if isinstance(condition, bool):
            return condition
        templar = self._action._templar.copy_with_new_env(  # pylint: disable=protected-access
            available_variables=self.variables(name)
        )
        try:
            if hasattr(templar, "evaluate_conditional"):
                return bool(templar.evaluate_conditional(condition))
            # before ansible-core 2.19
            return bool(templar.template("{%% if %s %%}yes{%% endif %%}" % condition))
        except Exception:  # pylint: disable=broad-exception-caught
            return True

    def cell_options(self, name: str) -> dict[str, Any]:
        """The cell options of a host (see ``CELL_OPTIONS``), those that are set.

        :raises DrsError: ``cell_unreadable`` when they cannot be made, such as for a lookup that fails;
            ``invalid_connection_options`` for one that no module would take.
        """
        try:
            options = {**self._by_variables(name), **self._by_defaults(name)}
        except DrsError:
            raise
        except Exception as exc:  # pylint: disable=broad-exception-caught
            # whatever a lookup raises is of this cell alone; the chain is cut, for its text is not scrubbed
            raise DrsError("cell_unreadable", clean(str(exc), 400) or type(exc).__name__) from None
        given = {key: one for key, one in options.items() if key in CELL_OPTIONS and one not in (None, "")}
        # the same defaults from the environment, and the same types, as a module of this cell would have
        checked = ArgumentSpecValidator({**aws_argument_spec(), **cell_argument_spec()}).validate(given)
        if checked.error_messages:
            raise DrsError("invalid_connection_options", "; ".join(checked.error_messages))
        return dict(checked.validated_parameters)

    def _by_defaults(self, name: str) -> dict[str, Any]:
        """What ``module_defaults`` of the play, block or task say."""
        task = self._action._task  # pylint: disable=protected-access
        # before ansible-core 2.19 those of the task itself are templated already, with the variables of its own host
        above = getattr(task, "_parent", None) or task
        defaults: dict[str, Any] = {}
        for entry in above.module_defaults or ():
            defaults.update(entry)
        result: dict[str, Any] = {}
        for group in GROUPS:
            given = self.template(name, defaults.get(group) or {})
            result.update(given if isinstance(given, Mapping) else {})
        return result

    def _by_variables(self, name: str) -> dict[str, Any]:
        """What the host variables of the inventory plugin drs_accounts say, as playbooks/vars/cell.yml has them."""
        variables = self.variables(name)
        names = [key for key in CELL_OPTIONS if f"drs_{key}" in variables]
        return {"cell": name, **{key: self.template(name, variables[f"drs_{key}"]) for key in names}}


def empty_external_id(expression: Any, has_external_id: bool) -> str:
    """The name of the variable in which the inventory looks for the external id of a cell and finds none; "" otherwise.

    :param expression: what the inventory plugin drs_accounts gives, not templated.
    """
    found = _HOLDS_EXTERNAL_ID.fullmatch(str(expression or ""))
    return "" if has_external_id or not found else found["env"] or found["variable"]


def external_id_remedy(expression: Any) -> str:
    """What to do for a cell that has no external id: it is forgotten in its variable, or given nowhere.

    :param expression: see ``empty_external_id``.
    """
    name = empty_external_id(expression, False)
    if name:
        return "Set the variable %s: it should hold the external id, and it is empty." % name
    return "Give the account external_id_env or another source of it in the inventory of cells."


def over_cells(work: Callable[[T], R], cells: Mapping[str, T], at_once: int = AT_ONCE) -> dict[str, R | DrsError]:
    """Do something in each of several cells, at most ``at_once`` at a time.

    :returns: by cell what ``work`` returned, or the error that ended it there. One cell never stops another.
    """
    botocore_data.warm(("drs", "ec2"))

    def safely(one: T) -> R | DrsError:
        try:
            return work(one)
        except DrsError as exc:
            return exc
        except Exception as exc:  # pylint: disable=broad-exception-caught
            # a fault of our own in one cell must reach the others' table as data, too
            Display().vvv(traceback.format_exc())
            return DrsError("internal_error", f"{type(exc).__name__}: {exc}")

    with ThreadPoolExecutor(max_workers=max(1, min(at_once, len(cells)))) as pool:
        return dict(zip(cells, pool.map(safely, cells.values())))


def open_cells(play: Play, names: Iterable[str]) -> dict[str, Cell | DrsError]:
    """The sessions of cells, each made once; a cell whose options cannot be made has its error instead.

    Nothing is called yet. Templating is not for threads, so this is done one after the other.
    """
    opened: dict[str, Cell | DrsError] = {}
    for name in names:
        try:
            opened[name] = cell = Cell(play.cell_options(name))
            cell.empty_external_id = empty_external_id(
                play.variables(name).get("drs_external_id"), cell.has_external_id
            )
        except DrsError as exc:
            opened[name] = exc
    return opened


def print_line(line: str) -> None:
    """Print a line of progress at once, with the time of day; threads may do so."""
    SCREEN.show(timed(line, width=TERMINAL))
