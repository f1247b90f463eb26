"""Resolve and read files that people name: relative to where the command was typed, mistakes named once.

Where the command was typed is the working directory of the process. Under AWX that is the project's folder. What
Ansible does by itself differs from task to task: a lookup searches beside the playbook, which is inside of the
collection, and a module of the controller begins there as well.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.plugin_utils._action import plan_yaml

# A task file that is encrypted is read by Ansible alone.
_VAULT = "$ANSIBLE_VAULT"


def absolute(path: str) -> str:
    """A path that somebody typed, with what a shell would make of it; empty stays empty.

    :raises DrsError: ``invalid_option`` for one in the home of a user who has none.
    """
    with own_files.told("invalid_option", clean(path, 400)):
        return own_files.place(os.path.expandvars(path)) if path else path


def read_yaml(path: str, what: str, code: str) -> Any:
    """The data of a YAML or JSON file.

    :param what: how people name the file, such as ``recovery_plan_file``.
    :param code: of the error.
    :raises DrsError: the file is not there, cannot be read, or is not YAML; with file, line and column.
    """
    text = read_text(path, what, code)
    try:
        return plan_yaml.load(text)[0]
    except yaml.YAMLError as exc:
        raise DrsError(code, "%s: %s is not YAML: %s" % (what, _place(path, exc), _problem(exc))) from None


def read_text(path: str, what: str, code: str) -> str:
    """The text of a file. Raises DrsError with ``code``."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        hint = "; relative paths begin where the command was typed"
        raise DrsError(code, "%s: there is no %s%s" % (what, clean(path, 400), hint)) from None
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise DrsError(code, "%s: %s cannot be read: %s" % (what, clean(path, 400), reason)) from None


def _place(path: str, exc: Exception) -> str:
    mark = getattr(exc, "problem_mark", None)
    where = ", line %d, column %d" % (mark.line + 1, mark.column + 1) if mark is not None else ""
    return clean(path, 400) + where


def _problem(exc: Exception) -> str:
    parts = [getattr(exc, name, None) for name in ("context", "problem")]
    return clean(", ".join(str(part) for part in parts if part) or str(exc), 200)


def plan_document(path: str, what: str, problems: list[Finding] | None = None) -> dict[str, Any]:
    """A plan file as data; whether it has the form of a plan, the plan says.

    :param problems: takes a finding for each key that stands twice; without it they are an error.
    :raises DrsError: ``invalid_plan_file``: no file, no YAML, or no mapping; ``duplicate_key``.
    """
    text = read_text(path, what, "invalid_plan_file")
    try:
        data, twice = plan_yaml.load(text)
    except yaml.YAMLError as exc:
        message = "%s: %s is not YAML: %s" % (what, _place(path, exc), _problem(exc))
        raise DrsError("invalid_plan_file", message) from None
    if not isinstance(data, Mapping):
        kind = "is empty" if data is None else "is a %s" % {list: "list"}.get(type(data), "single value")
        text = "%s: %s, line 1 %s; a plan file is a mapping with the key waves" % (what, clean(path, 400), kind)
        raise DrsError("invalid_plan_file", text)
    _tell(
        problems,
        "duplicate_key",
        [
            "%s: %s, line %d: the key %s stands in line %d already" % (what, clean(path, 400), line, clean(key), first)
            for key, line, first in twice
        ],
    )
    return dict(data)


def _tell(problems: list[Finding] | None, code: str, texts: list[str]) -> None:
    """Collect mistakes, or raise them as one."""
    if problems is not None:
        problems += [finding(ERROR, code, text) for text in texts]
    elif texts:
        raise DrsError(code, "; ".join(texts))


def named_files(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a plan file names a task file, and its path; what has another form is refused with the plan."""
    waves = document.get("waves")
    for number, wave in enumerate(waves if isinstance(waves, list) else ()):
        for kind, key in (("gates", "tasks"), ("actions", "file")):
            hooks = wave.get(kind) if isinstance(wave, Mapping) else None
            for when in ("before", "after"):
                listed = hooks.get(when) if isinstance(hooks, Mapping) else None
                for index, hook in enumerate(listed if isinstance(listed, list) else ()):
                    path = hook.get(key) if isinstance(hook, Mapping) else None
                    if isinstance(path, str) and path:
                        yield "waves[%d].%s.%s[%d].%s" % (number, kind, when, index, key), path


def task_files(
    document: Mapping[str, Any],
    folder: str | None,
    validate: tuple[str, str] | None,
    problems: list[Finding] | None = None,
) -> dict[str, str]:
    """What stands in the task files of a run: {how the request names the file: SHA-256 of its text}.

    :param document: the plan file, as data.
    :param folder: what paths in it are relative to.
    :param validate: the variable of the validation's task file and its path, None without one.
    :param problems: takes a finding for each file that cannot be used; without it they are an error.
    :raises DrsError: ``invalid_plan_file`` for those that are not there, are not YAML, or are no list of tasks.
    """
    asked = {path: (place, os.path.join(folder or os.getcwd(), path)) for place, path in named_files(document)}
    if validate:
        asked["validate_tasks"] = validate
    result: dict[str, str] = {}
    wrong = []
    for name, (place, path) in asked.items():
        try:
            text = read_text(path, place, "invalid_plan_file")
            tasks = None if text.startswith(_VAULT) else _tasks(path, place, text)
            if not text.startswith(_VAULT) and not isinstance(tasks, list):
                raise DrsError("invalid_plan_file", "%s: %s is no list of tasks" % (place, clean(path, 400)))
            if isinstance(tasks, list) and not _does_something(tasks):
                # else a validation of nothing would count as done
                raise DrsError("invalid_plan_file", "%s: %s holds no task" % (place, clean(path, 400)))
            result[name] = hashlib.sha256(text.encode("utf-8")).hexdigest()
        except DrsError as exc:
            wrong.append(exc.message)
    _tell(problems, "invalid_plan_file", wrong)
    return result


def _tasks(path: str, place: str, text: str) -> Any:
    """The tasks of a file; tags such as !unsafe and !vault mean nothing here."""
    try:
        return yaml.load(text, Loader=_AnyTag)
    except yaml.YAMLError as exc:
        message = "%s: %s is not YAML: %s" % (place, _place(path, exc), _problem(exc))
        raise DrsError("invalid_plan_file", message) from None


def _does_something(tasks: list[Any]) -> bool:
    """Whether a list of tasks holds one; a block does when it holds one."""
    for task in tasks:
        block = task.get("block") if isinstance(task, Mapping) else None
        if not isinstance(task, Mapping) or "block" not in task or (isinstance(block, list) and _does_something(block)):
            return True
    return False


class _AnyTag(yaml.SafeLoader):
    """Reads what has a tag of Ansible's as the value without it."""


def _untagged(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_AnyTag.add_multi_constructor("!", _untagged)
