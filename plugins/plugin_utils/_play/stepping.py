"""What a person left out who answers the questions of --step: Ansible runs what is left, and tells nobody.

The tasks of a role need each other: without the check of what was typed nothing may be launched, and without a task
that reads, the one that shows ends with a variable that is not there.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible import context
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names

# Roles whose tasks act: none of them may do so before the first one has checked what was typed.
_ACT = ("recovery", "failback", "terminate", "agent_deploy", "server_extend")
_CHECK = "Check the variables"


def stepped() -> bool:
    """Whether a person answers for each task whether it runs."""
    return bool(context.CLIARGS.get("step"))


def skipped(tasks: Collection[str], about: str) -> DrsError:
    """The error of tasks that were left out.

    :param tasks: their names. :param about: what that means, such as that nothing was launched.
    """
    left_out = names(["'%s'" % clean(one, 80) for one in tasks], 5)
    return DrsError("task_skipped", "%s left out by an answer to --step; %s" % (_were(tasks, left_out), about))


def _were(tasks: Collection[str], text: str) -> str:
    return "%s %s" % (text, "was" if len(tasks) == 1 else "were")


def unchecked(role: str, action: str, task_vars: Mapping[str, Any]) -> DrsError | None:
    """The error of a task that would act although the check of what was typed was left out; None where it may act.

    :param role: of the task, without the collection's name. :param action: its action.
    """
    if not stepped() or role not in _ACT or action.rpartition(".")[2] == "drs_check_variables":
        return None
    return None if "__%s_checked" % role in task_vars else skipped([_CHECK], "nothing was done")


class Stepping:
    """Follows the tasks of a playbook, of which Ansible announces only those that a person lets run."""

    def __init__(self) -> None:
        self._begun: set[str] = set()
        self.missed: list[str] = []
        """The names of what was left out and needed."""

    def begun(self, task: Any) -> None:
        """A task that runs."""
        self._begun.add(task._uuid)  # pylint: disable=protected-access

    def failed(self, task: Any, result: Mapping[str, Any]) -> None:
        """A task that failed: by a variable that is not there, it needed one that does not run."""
        told = str(result.get("msg") or "") + str(result.get("exception") or "")
        if stepped() and ("is undefined" in told or "undefined variable" in told or "censored" in result):
            self.missed = self._before(task)

    def problem(self, run_id: str) -> DrsError:
        """The error at the end of a playbook that has ``missed`` something.

        :param run_id: of the run that has begun, "" without one.
        """
        about = "run %s is in its record, and is resumed from there" % clean(run_id, 64) if run_id else ""
        return skipped(self.missed, about or "what comes after it needs it, and nothing more was done")

    def _before(self, task: Any) -> list[str]:
        """The names of the tasks before this one that were not run, in the blocks and includes that it stands in."""
        found: list[str] = []
        child, above = task, getattr(task, "_parent", None)
        while above is not None:
            block = list(getattr(above, "block", None) or ())
            ids = [getattr(one, "_uuid", None) for one in block]
            own = getattr(child, "_uuid", None)
            earlier = block[: ids.index(own)] if own in ids else []
            # a block is no task, and what is in it is announced by itself
            found = [one.get_name() for one in earlier if not hasattr(one, "block") and not self._ran(one)] + found
            child, above = above, getattr(above, "_parent", None)
        return [one.rpartition(" : ")[2] for one in found]

    def _ran(self, task: Any) -> bool:
        return task._uuid in self._begun  # pylint: disable=protected-access
