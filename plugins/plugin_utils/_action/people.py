"""Who typed a command, with which sessions, and whether a request of a parent system is the confirmation of itself."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.identity import Caller, caller
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import OF_A_REQUEST
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Person
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.orchestrate import REQUEST
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import working
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import typed_variables

CONFIRMATION = "orchestrate_confirmation"
_ROLE = "resilience.drs.orchestrate"


def technical_user(task_vars: Mapping[str, Any]) -> Person:
    """The user of AWX, the schedule that has none, or the user of this machine."""
    name = os.environ.get("USER") or os.environ.get("LOGNAME") or "uid %d" % os.getuid()
    local = "%s@%s" % (name, os.uname().nodename)
    for product in ("awx", "tower"):
        job = task_vars.get(product + "_job_id")
        number = None if job is None else str(job)
        if task_vars.get(product + "_user_name"):
            return {"user": str(task_vars[product + "_user_name"]), "kind": "awx", "job": number, "local": local}
        if task_vars.get(product + "_schedule_name"):
            schedule = "schedule:%s" % task_vars[product + "_schedule_name"]
            return {"user": schedule, "kind": "schedule", "job": number, "local": local}
    return {"user": name, "kind": "local", "job": None, "local": local}


def sessions_of(
    sessions: Mapping[str, Cell | DrsError],
    over: Callable[[Callable[[Cell], Any], Mapping[str, Cell]], Mapping[str, Any]],
    ask: bool = False,
) -> list[Caller]:
    """The session of each cell that has one, by which CloudTrail finds the calls of this command.

    :param over: ``Hands.over``.
    :param ask: see ``aws/identity.caller``.
    """
    answers = over(lambda cell: caller(cell, ask), working(sessions))
    return [answers[name] for name in sorted(answers) if not isinstance(answers[name], DrsError)]


def by_request(loader: Any, task_vars: Mapping[str, Any], templar: Any, overrides: Sequence[Any] = ()) -> bool:
    """Whether the role of this task runs for the entry point, and the request is the confirmation there.

    What was typed never says so: a request cannot decide about itself.

    :param overrides: the guardrails that the plan goes past: that does nobody but who typed the confirmation.
    """
    if overrides or not for_parent(task_vars) or CONFIRMATION in typed_variables(loader):
        return False
    return bool(templar.template(task_vars.get(CONFIRMATION)) == REQUEST)


def for_parent(task_vars: Mapping[str, Any]) -> bool:
    """Whether the role of this task runs for a request of the entry point."""
    return _ROLE in (task_vars.get("ansible_parent_role_names") or ())


def confirmed_by(option: str, task_vars: Mapping[str, Any]) -> str:
    """Where people say what they confirm: the variable of the role, or the option of a request of the entry point."""
    return OF_A_REQUEST if for_parent(task_vars) else option


def refuse_typed(loader: Any) -> None:
    """Refuse the option where it was typed with the command.

    :raises DrsError: ``confirmation_by_request``.
    """
    if CONFIRMATION in typed_variables(loader):
        raise DrsError("confirmation_by_request", "%s was typed with the command" % CONFIRMATION)
