"""Whether a verb can do its work in the play as somebody wrote and started it: refused in one sentence, or right.

All verbs work over all cells of the play at once. So a play that takes its hosts in batches, one by one or in part,
that holds hosts which are no cells, or that begins in the middle, would do a part of it, or nothing, and say that all
is well.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible import context
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import names

COLLECTION = "resilience.drs"
# Roles that do not work over cells may stand in any play.
ANYWHERE = ("notify", "history", "report", "runs")
# A part of these must never run, whoever wrote the play: it would leave a run without its end.
WHOLE = ("recovery", "failback", "orchestrate", "terminate")
# Verbs with tasks that run as modules on the controller: become would run them as another user, without credentials.
MODULES = ("launch_settings", "replication_settings", "launch_actions", "tag_sync", "capacity", "account_setup")
# Tags of the tasks that check what was typed; whoever skips them skips the check.
_OF_CHECKS = {"always", "tagged", "all"}
_UNORDERED = ("free", "host_pinned")
_CELL = "drs_account_id"


def own_role(task: Any) -> str:
    """The role of this collection that a task belongs to, without the collection's name; empty for any other task."""
    role = getattr(task, "_role", None)
    collection, _dot, name = str(role.get_name() if role is not None else "").rpartition(".")
    return name if collection == COLLECTION else ""


class Hosts(NamedTuple):
    """The hosts of a play: all of them, those that have not left it, and those of this batch of it."""

    all: list[str]
    there: list[str]
    batch: list[str]


def hosts(task: Any, task_vars: Mapping[str, Any]) -> Hosts:
    """The hosts in which a play runs its tasks. A host that a task has added meanwhile (C(add_host)) is none of them:
    Ansible names it among the hosts of the play, and runs no task of that play there.
    """
    every = list(task_vars.get("ansible_play_hosts_all") or ())
    there = list(task_vars.get("ansible_play_hosts") or every)
    batch = list(task_vars.get("ansible_play_batch") or there)
    added = set() if _in_batches(task) else set(there) - set(batch)
    return Hosts([one for one in every if one not in added], [one for one in there if one not in added], batch)


def _in_batches(task: Any) -> bool:
    return any(getattr(task.play, "serial", None) or ())


def conditions(task: Any) -> Iterator[Any]:
    """What C(when) says of a task and around it: of the blocks that it stands in, and of what includes its role."""
    above = task
    while above is not None:
        yield from getattr(above, "when", None) or ()
        above = getattr(above, "_parent", None)


def left_out(task: Any, there: Sequence[str], holds: Callable[[str, Any], bool]) -> str:
    """Why one step cannot stand for all cells: a C(when) around the role leaves some of them out; empty when none does.

    :param there: the hosts that are in the play.
    :param holds: whether a condition holds on a host.
    """
    asked = list(conditions(task))
    without = [name for name in there if not all(holds(name, one) for one in asked)]
    if not without or len(without) == len(there):
        return ""
    text = "when: not true on %s, and the role works over all cells of the play; narrow the play down with --limit"
    return text % names(without, 5)


def division(task: Any, task_vars: Mapping[str, Any]) -> str:
    """Why one step cannot stand for all cells of this play; empty when it can."""
    strategy = str(getattr(task.play, "strategy", "") or "linear")
    if strategy.rpartition(".")[2] in _UNORDERED:
        return "strategy %s: every cell would walk by itself; use linear" % strategy
    _all, there, batch = hosts(task, task_vars)
    if _in_batches(task) and set(batch) != set(there):
        return "serial: a wave is one step over all cells; leave it out, and narrow the run down with --limit"
    skipped = sorted(_OF_CHECKS & set(context.CLIARGS.get("skip_tags") or ()))
    if skipped:
        return "--skip-tags %s: what checks the command would be left out, and the rest done" % ",".join(skipped)
    return begun_late()


def refuse_division(task: Any, task_vars: Mapping[str, Any]) -> None:
    """Refuse a play that would do the work of one step in parts.

    :raises DrsError: ``play_not_supported``.
    """
    wrong = division(task, task_vars)
    if wrong:
        raise DrsError("play_not_supported", wrong)


def begun_late() -> str:
    """Why a playbook that begins in its middle does nothing for a run; empty when it begins at its beginning."""
    if context.CLIARGS.get("start_at_task"):
        return "--start-at-task: a run is taken up by its record; use ansible-playbook resilience.drs.resume"
    return ""


def ours(task_vars: Mapping[str, Any]) -> bool:
    """Whether the playbook is one of this collection."""
    return "/ansible_collections/resilience/drs/playbooks" in str(task_vars.get("playbook_dir") or "")


def unselected(task: Any, task_vars: Mapping[str, Any]) -> str:
    """The tags that were typed, when the tasks of the task's role are not among what they select; else empty."""
    asked = set(task_vars.get("ansible_run_tags") or ["all"])
    own = set(task.tags or ()) - {"always"}
    if asked & {"all", "untagged"} or asked & own or (own and "tagged" in asked):
        return ""
    return ",".join(sorted(asked))


def part(verb: str, task: Any, task_vars: Mapping[str, Any]) -> str:
    """Why a part of a verb cannot run alone, by --tags; empty when it can, or when nothing of it was meant.

    A playbook of this collection is one thing. In a play of somebody else, whoever selects another part of it has left
    the role out on purpose, but for those of which no part may be left out.
    """
    typed = unselected(task, task_vars)
    if typed and (ours(task_vars) or verb in WHOLE):
        return "--tags %s: a part of %s cannot run alone; leave it out" % (typed, verb)
    return ""


def foreign(hosts: Collection[str], variables: Mapping[str, Collection[str]]) -> str:
    """Why hosts cannot be in the play: they are no cells while others are; empty when all are, or none says so.

    :param variables: the names of the variables of each host.
    """
    strange = [name for name in hosts if _CELL not in variables.get(name, ())]
    if not strange or len(strange) == len(hosts):
        return ""
    return "%s: not a cell, for it has no %s; say hosts: drs_cells, or drs_hosts" % (names(strange, 5), _CELL)


def raised(verb: str, become: bool) -> str:
    """Why a verb cannot run with become; empty when become changes nothing."""
    if not become or verb not in MODULES:
        return ""
    return "become: %s calls AWS as whoever typed it; set ansible_become: false for the hosts drs_cells" % verb
