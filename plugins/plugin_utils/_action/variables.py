"""Collect the variables of a verb: what was typed with this command, and what the role sees."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ansible.errors
from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars
from ansible.vars.manager import VariableManager
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.typed_names import OWN, role_of, roles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.values import converted, empty, given
from ansible_collections.resilience.drs.plugins.plugin_utils._action import files
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain

_COLLECTION = "resilience.drs."
# What a request with a plan file has, whatever the verb: the file, what it says, and the task files that it names.
_PLAN_FILE = "plan_file"
_INPUT_FILE = "input_file"
_DOCUMENT = "plan_document"
_PLAN_DIR = "plan_dir"
_VALIDATE = "validate_tasks"
_TASK_FILES = "task_files"
# The verbs that work by the checked request, in which no text means that nothing is given. The tasks of the others hand
# each variable on as it was typed, to a module that takes no text for a number.
_BY_REQUEST = ("recovery", "failback", "orchestrate", "agent_deploy", "server_extend")
_NOUNS = {"int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list", "dict": "a mapping"}


class _NeverRaised(Exception):
    """Stands for an error that this version of ansible-core does not have."""


# What a template of omit alone raises from ansible-core 2.19 on; before that, it is a text that says so.
_Omitted: type[Exception] = getattr(ansible.errors, "AnsibleValueOmittedError", _NeverRaised)


def typed_variables(loader: Any) -> dict[str, Any]:
    """The extra variables of this command by their names, from ``-e`` and ``-e @file``, as they were typed."""
    return dict(load_extra_vars(loader))


def vaulted(value: Any) -> bool:
    """Whether a vault hides a value, or a part of it, as of a file behind ``-e @``: nothing of it may be printed."""
    if isinstance(value, Mapping):
        return any(map(vaulted, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(vaulted, value))
    # ansible-core calls it one way up to 2.18, and the other since
    return type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString")


def inside(task_vars: Mapping[str, Any]) -> bool:
    """Whether another role of this collection runs the one of this task."""
    return any(str(name).startswith(_COLLECTION) for name in task_vars.get("ansible_parent_role_names") or ())


def played(task_vars: Mapping[str, Any]) -> set[str]:
    """The roles of this collection that the play names, without the collection's name."""
    named = [str(name) for name in task_vars.get("ansible_play_role_names") or ()]
    return {name[len(_COLLECTION) :] for name in named if name.startswith(_COLLECTION)}


def of_playbook(task: Any) -> dict[str, Any]:
    """The variables that a playbook gives to the role of a task, behind its name or as ``vars``."""
    role = getattr(task, "_role", None)
    if role is None:
        return {}
    return {**dict(role.get_role_params()), **dict(getattr(role, "vars", None) or {})}


def own_names(task_vars: Mapping[str, Any], templar: Any) -> list[str]:
    """The names that people declared as their own.

    :raises DrsError: ``invalid_option`` for anything but a list of names.
    """
    names = _templated(OWN, task_vars.get(OWN), templar, task_vars) or []
    if isinstance(names, str):
        names = [part.strip() for part in names.split(",")]
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise DrsError("invalid_option", "%s: '%s' is not a list of names" % (OWN, clean(names, 80)))
    return names


def names_of_hosts(task_vars: Mapping[str, Any]) -> dict[str, set[str]]:
    """The names of the variables of each host of the play, whoever set them."""
    hostvars = task_vars.get("hostvars") or {}
    read = hostvars.raw_get if hasattr(hostvars, "raw_get") else hostvars.get
    return {str(host): set(read(host) or ()) for host in task_vars.get("ansible_play_hosts_all") or ()}


def cells_of_inventory(task_vars: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The cells of the whole inventory, also those that are not in the play: see ``inventory/trusts``."""
    hostvars, found = task_vars["hostvars"], {}
    for name in task_vars["groups"]["all"]:
        values = hostvars[name]
        given = {key: values.get("drs_" + key) for key in ("account_id", "extend_to", "replicate_to")}
        if given["account_id"] is not None:
            found[str(name)] = {key: str(value) for key, value in given.items() if value}
    return found


def inventory_names(task_vars: Mapping[str, Any]) -> set[str]:
    """The names of all variables of all hosts of the play that begin as ours do, whoever set them."""
    names = set(task_vars).union(*names_of_hosts(task_vars).values())
    return {name for name in names if name.startswith("drs_") or role_of(name)}


def of_inventory(manager: Any, loader: Any, task_vars: Mapping[str, Any], typed: Iterable[str]) -> set[str]:
    """The names of the variables whose value here is the one of the inventory, its group_vars and host_vars.

    What was typed, and what a play, a role or a task sets otherwise, is not of the inventory, even under the same name.

    :param manager: Ansible's variable manager of this run, as a task has it.
    """
    inventory = manager._inventory  # pylint: disable=protected-access
    host = inventory.get_host(task_vars["inventory_hostname"])
    # a manager of its own has no play and no facts, so that only the inventory is left
    there = VariableManager(loader=loader, inventory=inventory).get_vars(host=host, include_hostvars=False)
    missing = object()
    return {
        str(name)
        for name, value in there.items()
        if name not in set(typed) and role_of(str(name)) and task_vars.get(name, missing) == value
    }


def check_alike(manager: Any, loader: Any, task_vars: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse an option of a whole run that the inventory gives to some hosts of the play and not to all.

    A verb has one request for all cells, made of the variables of one of them: an approval that only another cell asks
    for would be read by nobody.

    :param names: of the variables.
    :raises DrsError: ``option_differs``, with each of them and two of its hosts.
    """
    inventory = manager._inventory  # pylint: disable=protected-access
    hosts = [inventory.get_host(name) for name in task_vars.get("ansible_play_hosts_all") or ()]
    there = VariableManager(loader=loader, inventory=inventory)
    values = {one.name: there.get_vars(host=one, include_hostvars=False) for one in hosts if one is not None}
    missing = object()
    wrong = []
    for name in sorted(set(names)):
        by_host = [(host, each.get(name, missing)) for host, each in values.items()]
        other = next((host for host, value in by_host if value != by_host[0][1]), None)
        if other is not None:
            wrong.append("%s is not the same on %s and on %s" % (name, clean(by_host[0][0], 80), clean(other, 80)))
    if wrong:
        raise DrsError("option_differs", "; ".join(wrong))


def check_alike_made(play: Play, names: Iterable[str]) -> None:
    """Refuse an option of a whole run that a template makes another one on one cell than on another.

    As for ``check_alike``, one cell alone is asked, wherever the template stands. What is another one each time that it
    is made, such as a run id of the time of day, is not of a cell.

    :raises DrsError: ``option_differs``.
    """
    own, wrong = play.own, []
    for name in sorted(set(names)):
        if not _is_template(play.variables(own).get(name)):
            continue
        made = {host: _made(play, host, name) for host in (own, *play.there)}
        other = next((host for host, value in made.items() if value != made[own]), None)
        if other is not None and _made(play, own, name) == made[own]:
            wrong.append("%s is not the same on %s and on %s" % (name, clean(own, 80), clean(other, 80)))
    if wrong:
        raise DrsError("option_differs", "; ".join(wrong))


def _is_template(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_template, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_is_template, value))
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _made(play: Play, host: str, name: str) -> Any:
    """What a template makes of a variable on a host; why it makes nothing, where it fails."""
    try:
        value = play.template(host, play.variables(host).get(name))
        return None if value == play.variables(host).get("omit") else plain(value)
    except (AnsibleError, TypeError) as exc:
        return "fails: %s" % type(exc).__name__


def typed_problem(
    names: Iterable[str], typed: Mapping[str, Any], task_vars: Mapping[str, Any], templar: Any
) -> DrsError | None:
    """What is wrong with the value of a typed option of whatever role: its type, or a key that nothing reads."""
    for name in names:
        for verb in roles()[str(role_of(name))]:
            option = next((one for one in verb.options if verb.variable(one.name) == name), None)
            if option is None:
                continue
            try:
                value = _templated(name, typed[name], templar, task_vars)
                if option.filled and not given(value):
                    return empty(name)
                if not given(value) and verb.name not in _BY_REQUEST and (wants := _wants(option, value)):
                    text = "%s was typed and is empty; leave it out, or give %s" % (name, wants)
                    return DrsError("invalid_option", text)
                converted(option, value, name)
            except DrsError as exc:
                return exc
    return None


def _wants(option: Option, value: Any) -> str:
    """What an option needs instead of no text or null, in words; empty where that will do."""
    if option.choices and option.default not in (None, ""):
        return "one of %s" % ", ".join(map(str, option.choices))
    if value is None and option.type in ("str", "path") and option.default is not None:
        return "text"
    return _NOUNS.get(option.type, "")


def role_values(
    verb: str, task_vars: Mapping[str, Any], templar: Any, problems: list[Finding] | None = None
) -> dict[str, Any]:
    """The values of a verb's variables as the role sees them, for ``request.checked``.

    Paths are absolute; the plan file is read (``plan_document``), and its task files with it (``task_files``).

    :param task_vars: of a task in the role.
    :param problems: takes findings on the plan file and its task files, for a caller that tells them with its plan;
        without it they are an error.
    :returns: by option name, and only what is given.
    :raises DrsError: ``invalid_option`` for a variable whose template fails; ``invalid_plan_file``, ``duplicate_key``.
    """
    return _values(verb, task_vars, templar, task_vars, problems)


def typed_values(verb: str, loader: Any, task_vars: Mapping[str, Any], templar: Any) -> dict[str, Any]:
    """The same of what was typed with this command alone, for ``request.resumed``.

    An option that was typed as null or as no text is there as no text: it was taken away.
    """
    typed = typed_variables(loader)
    values = _values(verb, typed, templar, task_vars)
    for option, declared in request.verb_options(verb).items():
        if request.VERBS[verb].variable(option) in typed and option not in values and not declared.internal:
            values[option] = ""
    return values


def _values(
    verb: str,
    source: Mapping[str, Any],
    templar: Any,
    task_vars: Mapping[str, Any],
    problems: list[Finding] | None = None,
) -> dict[str, Any]:
    declared = request.VERBS[verb]
    options = request.verb_options(verb)
    asked = [one for one in options.values() if not one.internal and declared.variable(one.name) in source]
    result: dict[str, Any] = {}
    # the files first: the role's own defaults of other options are made from them
    for option in sorted(asked, key=lambda one: one.type != "path"):
        name = declared.variable(option.name)
        try:
            value = _templated(name, source[name], templar, task_vars)
        except DrsError:
            # the role's own default of it looks at what is not options yet, or not here
            if option.derive or option.shared:
                continue
            raise
        if value is None or value == "" or (option.name == _DOCUMENT and _DOCUMENT in result):
            continue
        result[option.name] = files.absolute(converted(option, value, name)) if option.type == "path" else value
        if option.name == _INPUT_FILE:
            files.read_yaml(result[option.name], name, "invalid_input")
        if option.name == _PLAN_FILE:
            result[_DOCUMENT] = files.plan_document(result[_PLAN_FILE], name, problems)
    if _TASK_FILES in options:
        result.update(_task_files(declared.variable(_VALIDATE), result, problems))
    return result


def _templated(name: str, value: Any, templar: Any, task_vars: Mapping[str, Any]) -> Any:
    try:
        result = templar.template(value)
    except _Omitted:
        return None
    except AnsibleError as exc:
        raise DrsError("invalid_option", "%s: %s" % (name, clean(exc, 400))) from None
    return None if result == task_vars.get("omit") else plain(result)


def _task_files(variable: str, values: Mapping[str, Any], problems: list[Finding] | None) -> dict[str, Any]:
    document = values.get(_DOCUMENT)
    document = document if isinstance(document, Mapping) else {}
    folder = values.get(_PLAN_DIR) or (values.get(_PLAN_FILE) or "").rpartition("/")[0]
    validate = (variable, values[_VALIDATE]) if values.get(_VALIDATE) else None
    made = files.task_files(document, folder, validate, problems)
    return {_TASK_FILES: made} if made else {}
