"""Task files of the user in a walk: who runs one, what it sees, and who of those that owed a result gave one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.playbook.block import Block
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.task import Task
from ansible.playbook.task_include import TaskInclude
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.plugin_utils._action import files
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play

_LEFT = "it has left the play: unreachable, failed, or ended"
_NO_CELL = "the inventory has no such cell any more"
_LEFT_OUT = "it was left out of this play, as by --limit"


def problems(task: Task, loader: Any, values: Mapping[str, Any]) -> list[Finding]:
    """What Ansible would not take of the task files of a request, before anything begins: a finding for each file.

    :param task: the task that asks.
    :param values: the request, see ``runs/request``; files that are not lists of tasks are told elsewhere.
    """
    folder = values["plan_dir"] or os.getcwd()
    asked = [(place, os.path.join(folder, path)) for place, path in files.named_files(values["plan_document"] or {})]
    if values["validate_tasks"]:
        asked.append(("recovery_validate_tasks", values["validate_tasks"]))
    return list(_findings(task, loader, asked))


def of_validation(task: Task, loader: Any, variable: str, path: str | None) -> list[Finding]:
    """The same of the one file that validates what was launched.

    :param variable: the variable that names it; None of a path is no file.
    """
    return list(_findings(task, loader, [(variable, path)] if path else []))


def _findings(task: Task, loader: Any, asked: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for place, path in asked:
        why = refused(task, loader, path)
        if why:
            text = "%s: %s cannot be run: %s" % (place, clean(path, 400), why)
            yield finding(ERROR, "invalid_plan_file", text, details={"path": place})


def refused(task: Task, loader: Any, path: str) -> str:
    """Why Ansible would not take a file of tasks that ``task`` includes; empty when it would.

    It is loaded as the include will load it, with what it imports, and so is what it includes by a name that is known
    now; a name with a template, or of a file that is still to be written, is found when it runs.
    """
    return _refused(task, loader, path, set())


def _refused(task: Task, loader: Any, path: str, seen: set[str]) -> str:
    seen.add(os.path.realpath(path))
    manager = task.get_variable_manager()
    known = {"block": task._parent, "role": task._role, "variable_manager": manager, "loader": loader}  # pylint: disable=protected-access
    newer = "trusted_as_template" in inspect.signature(loader.load_from_file).parameters
    try:
        tasks = loader.load_from_file(path, **({"trusted_as_template": True} if newer else {}))
        if not isinstance(tasks, list):
            # an empty file is nothing to run; anything else was refused when it was read
            return ""
        # with the variables that the include gives
        given: dict[str, Any] = {"recovery_hook": {}, "recovery_wave": {}, "recovery_wave_servers": []}
        include = TaskInclude.load({"ansible.builtin.include_tasks": path, "vars": given}, **known)
        blocks = load_list_of_blocks(
            tasks,
            play=task.play,
            parent_block=include.build_parent_block(),
            role=known["role"],
            use_handlers=False,
            variable_manager=manager,
            loader=loader,
        )
    except AnsibleError as exc:
        return clean(" ".join(str(exc).split()), 400) or "it cannot be parsed"
    if any(forgives(one) for one in _tasks(blocks)):
        return "meta: clear_host_errors would make a success of what failed in it; leave it out, or use a rescue"
    places = [os.path.dirname(path), os.path.join(str(getattr(task._role, "_role_path", "")), "tasks")]  # pylint: disable=protected-access
    for name in _included(blocks):
        there = [os.path.join(place, name) for place in [*places, loader.get_basedir()]]
        found = next((one for one in there if os.path.isfile(one)), None)
        # one that is not there may be written by a task before it
        why = "" if found is None or os.path.realpath(found) in seen else _refused(task, loader, found, seen)
        if why:
            return "it includes %s: %s" % (clean(name, 200), why)
    return ""


def _tasks(blocks: Sequence[Any]) -> Iterator[Any]:
    """The tasks of blocks, and of the blocks in them."""
    for block in blocks:
        for one in (*block.block, *block.rescue, *block.always):
            if isinstance(one, Block):
                yield from _tasks([one])
            else:
                yield one


def forgives(task: Any) -> bool:
    """Whether a task forgets the failures of all hosts; a file that failed would seem to have come to its end."""
    said = str((task.args or {}).get("_raw_params") or "")
    return task.action.rpartition(".")[2] == "meta" and said.strip() == "clear_host_errors"


def _included(blocks: Sequence[Any]) -> Iterator[str]:
    """The names of the files of tasks that a file includes, but for those that a template makes."""
    for one in _tasks(blocks):
        if isinstance(one, TaskInclude) and not one.statically_loaded:
            name = str((one.args or {}).get("_raw_params") or (one.args or {}).get("file") or "")
            if name and "{{" not in name and "{%" not in name and one.action.endswith("include_tasks"):
                yield name


class TaskFiles:
    """The task files of one play.

    :param token: the fact that a cell sets when it has come through a task file: {step, failed}.
    """

    def __init__(self, play: Play, task_vars: Mapping[str, Any], token: str) -> None:
        self._play, self._vars, self._token = play, task_vars, token

    def cells(self, step: walk.Step, wave: Mapping[str, Any]) -> list[str]:
        """The hosts that run the file of a step: those that are there."""
        hook = step["hook"] or {}
        if step["kind"] == walk.VALIDATE:
            return list(self._play.there)
        if hook.get("type") == "tasks" and not hook.get("each_cell"):
            return self._play.there[:1]
        cell_names = hook.get("cells") or wave["by_cell"]
        return [name for name in self._play.there if name in cell_names]

    def _owed(self, step: walk.Step, wave: Mapping[str, Any], handed: Sequence[str]) -> list[str]:
        hook = step["hook"] or {}
        if hook.get("type") == "tasks" and not hook.get("each_cell"):
            return list(handed)
        return list(dict.fromkeys([*(hook.get("cells") or wave["by_cell"]), *handed]))

    def handed(self, step: walk.Step, made: Walk, handed: Sequence[str]) -> dict[str, Any]:
        """What YAML needs to include the file, in the cells that run it."""
        hook, values = step["hook"] or {}, made.values
        servers = made.servers_of(step)
        if hook.get("type") == "tasks" and not hook.get("each_cell"):
            servers = {handed[0]: [one for entries in servers.values() for one in entries]}
        path = values["validate_tasks"] if step["kind"] == walk.VALIDATE else hook.get("file") or hook.get("tasks")
        folder = values["plan_dir"] if step["kind"] != walk.VALIDATE else ""
        return {
            "step": step["id"],
            "token": token_of(made.run, step),
            "path": os.path.join(folder or "", str(path)),
            "cells": list(handed),
            "hook": hook,
            "wave": made.waves[str(step["wave"])],
            "servers": servers,
        }

    def returned(self, asked: str) -> dict[str, dict[str, Any]]:
        """By cell the token of those that came through the file that was handed out last, and so are in the play.

        Of a task that runs once and fails, Ansible takes every host out of the play, and where a rescue catches that it
        puts one of them back, although all go on: what it names as the hosts of the play is not all of them.

        :param asked: see ``token_of``.
        """
        found = {name: self._play.variables(name).get(self._token) for name in self._play.all}
        tokens = {name: dict(token) for name, token in found.items() if isinstance(token, Mapping)}
        return {name: token for name, token in tokens.items() if str(token.get("step")) == asked}

    def counted(
        self, step: walk.Step, wave: Mapping[str, Any], handed: Sequence[str], tokens: Mapping[str, Mapping[str, Any]]
    ) -> list[dict[str, str]]:
        """The cells that owed a result of a step and did not succeed, see ``walk.counted``.

        :param tokens: see ``returned``.
        """
        owed = self._owed(step, wave, handed)
        gone = {name: _LEFT_OUT for name in owed if name not in self._play.all}
        gone.update({name: _NO_CELL for name in owed if name not in self._play.inventory})
        gone.update({name: _LEFT for name in owed if name not in self._play.there and name not in gone})
        own = {name: {**token, "step": step["id"]} for name, token in tokens.items()}
        return walk.counted(step, owed, own, gone)


def token_of(run: Steps, step: walk.Step) -> str:
    """What a cell leaves behind that has come through a file: no token of another run of the same play, or of an
    earlier call of this one, passes for it."""
    return "%s %s %s" % (run.run_id, run.epoch, step["id"])
