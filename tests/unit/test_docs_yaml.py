"""Test the YAML and JSON of the documentation, and the examples of every plugin: each block would be accepted.

A block is judged by what it is: an inventory by the options of its plugin, a task by those of its module, variables by
the verbs of their roles, a plan file, a scenario and a request by what reads them. A block that is nothing of these is
refused, so that none is left unjudged.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema_input import INPUT_SCHEMA
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file as plan_file
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request, typed_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option, Verb
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.values import converted
from drs_simulator.scenario import scenario
from support.documented import against, module, options, strings_of
from support.pages import NAME, PAGES, ROOT, blocks, known, name_of, spans

PREFIX = "resilience.drs."
INVENTORIES = {path.stem: path for path in (ROOT / "plugins" / "inventory").glob("*.py")}
PLUGINS = sorted((ROOT / "plugins" / "modules").glob("*.py")) + sorted(INVENTORIES.values())
PLATFORM = yaml.safe_load((ROOT / "extensions/patterns/drs/vars/settings.yml").read_text(encoding="utf-8"))
OWN = {"drs_lag_seconds", "business_unit", "cost_centre", *Play.fattributes, *Block.fattributes, *Task.fattributes}
"""Keys that the reader chooses, and those of Ansible."""
ROLES = {path.name for path in (ROOT / "roles").iterdir()}


class _Unique(yaml.SafeLoader):
    """YAML in which a key stands once: of two, Ansible silently takes the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"twice: {sorted(twice)}")
        return super().construct_mapping(node, deep)


def documents(text: str) -> list[Any]:
    return [one for one in yaml.load_all(textwrap.dedent(text), Loader=_Unique) if one is not None]


def keys(document: Any) -> Iterator[str]:
    """The names of all keys of a document, however deep they stand."""
    if isinstance(document, Mapping):
        yield from (key for key in document if isinstance(key, str) and NAME.fullmatch(key))
    for one in document.values() if isinstance(document, Mapping) else document if isinstance(document, list) else ():
        yield from keys(one)


def wrong(document: Any) -> Iterator[str]:
    """What is wrong with a document, whatever it is: its keys, and what it sets."""
    yield from (f"nothing reads {key}" for key in sorted(set(keys(document)) - known() - OWN))
    yield from _parts(document)


def _parts(document: Any) -> Iterator[str]:
    if isinstance(document, list):
        for entry in document:
            yield from _entry(entry)
    elif not isinstance(document, Mapping):
        yield f"not a mapping or list: {document}"
    elif "plugin" in document:
        name = str(document["plugin"]).removeprefix(PREFIX)
        known = options(INVENTORIES[name]) if name in INVENTORIES else {"plugin": {"choices": sorted(INVENTORIES)}}
        yield from against(known, document, str(document["plugin"]))
    elif "waves" in document:
        yield from (found["message"] for found in plan_file.understood(document)[1])
    elif {"accounts", "fleets"} <= set(document) or "seed" in document:
        yield from _scenario(document)
    elif "action" in document:
        yield from (found.message for found in jsonschema.Draft7Validator(INPUT_SCHEMA).iter_errors(document))
    elif "Statement" in document or "Effect" in document or "template" in document or "artifacts" in document:
        return  # policies of IAM: test_docs_names; requests of the platform: test_platform_api
    elif fitting := [path for path in INVENTORIES.values() if set(document) <= set(options(path))]:
        path = fitting[0]
        known = {name: {**one, "required": False} for name, one in options(path).items()}
        yield from against(known, document, path.stem)
    else:
        yield from variables(document)


def _scenario(document: Mapping[str, Any]) -> Iterator[str]:
    try:
        scenario.parse(document)
    except ValueError as problem:
        yield str(problem)


def _entry(entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"neither a play nor a task: {entry}"
    elif "hosts" in entry:
        yield from _play(entry)
    elif {"Effect", "Action"} <= set(entry):
        return
    elif "block" in entry:
        yield from (f"a block has no {key}" for key in entry if key not in Block.fattributes)
        for part in ("block", "rescue", "always"):
            yield from _parts(entry.get(part, []))
    else:
        yield from _task(entry)


def _play(play: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"a play has no {key}" for key in play if key not in Play.fattributes)
    for group, values in play.get("module_defaults", {}).items():
        if group != f"group/{PREFIX}cell":
            yield f"no group {group}"
        yield from against(options(module(f"{PREFIX}drs_source_server_info")), values, group)
    for role in play.get("roles", []):
        role = {"role": role} if isinstance(role, str) else role
        yield from _role(role.get("role", ""), "main", {**play.get("vars", {}), **role.get("vars", {})})
        yield from (f"a role has no {key}" for key in role if key not in ("role", "vars", "tags", "when"))
    for part in ("pre_tasks", "tasks", "post_tasks", "handlers"):
        yield from _parts(play.get(part, []))


def _task(task: Mapping[str, Any]) -> Iterator[str]:
    actions = [key for key in task if "." in key]
    yield from (f"a task has no {key}" for key in task if key not in Task.fattributes and key not in actions)
    if len(actions) != 1:
        yield f"a task does one thing, by its full name: {sorted(task)}"
        return
    name, given = actions[0], task[actions[0]]
    path = module(name)
    if path is None:
        yield f"no module {name}"
    elif name in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
        yield from against(options(path), given, name)
        yield from _role(given.get("name", ""), given.get("tasks_from", "main"), task.get("vars", {}))
    elif not (name.startswith("ansible.builtin.") and isinstance(given, str)):
        yield from against(options(path), given or {}, name)


def _role(name: str, entry: str, given: Mapping[str, Any]) -> Iterator[str]:
    role = name.removeprefix(PREFIX)
    if role not in ROLES or not (ROOT / "roles" / role / "tasks" / f"{entry}.yml").is_file():
        yield f"no role {name}, or no {entry} of it"
        return
    yield from variables(given, role)


def _options(name: str) -> list[tuple[Verb, Option]]:
    """Every option that a variable sets: that of its role, or those that a variable of the collection sets."""
    both = [(verb, option) for verb in request.VERBS.values() for option in verb.options]
    return [(verb, option) for verb, option in both if name in (verb.variable(option.name), option.shared)]


def variables(given: Mapping[str, Any], role: str = "") -> Iterator[str]:
    """What is wrong with variables of roles, of the collection and of the platform; or of one role, if it is named."""
    for name, value in given.items():
        found = [one for one in _options(name) if not role or one[0].role == role or one[1].shared == name]
        if not found and name not in (*typed_names.SETTINGS, *PLATFORM):
            yield f"no variable {name}" + (f" of {role}" if role else "")
        for verb, option in found[:1]:
            if "{{" not in json.dumps(value, default=str):
                yield from _setting(verb, option, value, name)


def _setting(verb: Verb, option: Option, value: Any, name: str) -> Iterator[str]:
    try:
        result = converted(option, value, name)
        if option.check:
            option.check(result, {one.name: one.default for one in verb.options} | {option.name: result})
    except DrsError as problem:
        yield problem.message


def settings(text: str) -> list[Any]:
    """What stands in sentences as a setting of a role: `recovery_policy: {max_failures: 2}`."""
    found = []
    for span in spans(text):
        name, colon, value = span.partition(": ")
        if (
            colon
            and value
            and typed_names.role_of(name)
            and _options(name)
            and "..." not in value
            and "[]" not in value
        ):
            found.append(yaml.safe_load(span))
    return found


def problems(text: str) -> list[str]:
    """All that is wrong with the YAML and JSON of a page."""
    found = []
    for language, block in blocks(text):
        try:
            if language == "yaml":
                found += [problem for document in documents(block) for problem in wrong(document)]
            elif language == "json" and '"DRS_EXECUTION_ENVIRONMENT"' not in block:
                found += [problem for document in jsons(block) for problem in wrong(document)]
        except (yaml.YAMLError, json.JSONDecodeError) as problem:
            found.append(str(problem))
    return found + [problem for document in settings(text) for problem in wrong(document)]


def jsons(block: str) -> list[Any]:
    """The documents of a block of JSON, which may hold several."""
    reader, rest, found = json.JSONDecoder(), block.strip(), []
    while rest:
        document, end = reader.raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_shows_would_be_accepted(page):
    assert problems(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_is_of_a_language_that_the_site_shows(page):
    """One that only another program draws is a riddle there, and in a terminal: pictures are files of docs/images."""
    languages = {language for language, _block in blocks(page.read_text(encoding="utf-8"))}
    assert languages <= {"console", "ini", "json", "python", "shell", "text", "yaml"}


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_the_examples_of_a_plugin_would_be_accepted(path):
    examples = strings_of(path)["EXAMPLES"]
    found = documents(examples)
    assert found and [problem for document in found for problem in wrong(document)] == []


ACCOUNTS = "plugin: resilience.drs.drs_accounts\naccounts:\n  - {account_id: '111111111111', types: [target]}\n"
PLAY = """
- name: Drill
  hosts: drs_cells
  gather_facts: false
  roles:
    - role: resilience.drs.recovery
      vars: {recovery_mode: drill, recovery_policy: {max_failures: 2}}
  tasks:
    - name: Read
      resilience.drs.drs_job_info: {job_ids: [x]}
    - name: Notify
      ansible.builtin.include_role: {name: resilience.drs.notify, tasks_from: event}
      vars: {notify_event: {kind: failure}}
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (ACCOUNTS, "drs_accounts", "drs_acounts", "plugin is one of"),
        (ACCOUNTS, "accounts:", "acounts:", "has no option acounts"),
        (ACCOUNTS, "account_id", "acount_id", "has no option acount_id"),
        (ACCOUNTS, "[target]", "[tarket]", "not tarket"),
        (ACCOUNTS.partition("\n")[2], "account_id", "acount_id", "has no option acount_id"),
        (PLAY, "gather_facts", "gather_fact", "a play has no gather_fact"),
        (PLAY, "recovery\n", "recover\n", "no role resilience.drs.recover"),
        (PLAY, "recovery_mode", "recovery_mod", "no variable recovery_mod of recovery"),
        (PLAY, "mode: drill", "mode: dril", "'dril' is not one of"),
        (PLAY, "max_failures", "max_failure", "max_failure"),
        (PLAY, "vars: {recovery", "var: {recovery", "a role has no var"),
        (PLAY, "drs_job_info", "drs_jobs_info", "no module resilience.drs.drs_jobs_info"),
        (PLAY, "job_ids", "job_idz", "has no option job_idz"),
        (PLAY, "tasks_from: event", "tasks_from: evnt", "no evnt of it"),
        (PLAY, "notify_event", "notify_evnt", "no variable notify_evnt of notify"),
        (PLAY, "- name: Read\n", "- name: Read\n      registr: x\n", "a task has no registr"),
        (PLAY, "gather_facts: false", "gather_facts: false\n  gather_facts: true", "twice"),
        ("recovery_selection: {applications: [a]}", "applications", "application", "application"),
        ("drs_guardrails: {max_servers_per_run: 5}", "per_run", "per_rum", "per_rum"),
        ("drs_run_store: {backend: dynamodb}", "dynamodb", "dynamo", "dynamo"),
        ("notify_event: {kind: failure}", "kind", "kyind", "nothing reads kyind"),
        ("- ansible.builtin.include_role: {name: resilience.drs.notify}", "name", "nime", "needs name"),
        ("history_metrics: true", "metrics", "metrix", "no variable history_metrix"),
        ("{name: a, waves: [{name: b, selector: {applications: [c]}}]}", "selector", "selektor", "selektor"),
        ("- {hosts: all, tasks: [{ansible.builtin.debug: {msg: a}}]}", "msg", "massage", "has no option massage"),
        ("- {resilience.drs.drs_probe: {}}", "{}", "{kind: tcp}", "has no option kind"),
        ("- block: [{ansible.builtin.debug: {msg: a}}]", "- block", "- rescu: []\n  block", "a block has no rescu"),
    ],
)
def test_what_would_not_be_accepted_is_seen(text, old, new, says):
    assert old in text and says in "; ".join(problems(f"```yaml\n{text.replace(old, new, 1)}\n```\n"))


def test_what_would_be_accepted_is_no_problem():
    for text in (ACCOUNTS, PLAY, "recovery_selection: {applications: [a]}", "compose: {a: b}"):
        assert problems(f"```yaml\n{text}\n```\n") == []
    assert problems('```json\n{"action": "drill"}\n{"action": "failovr"}\n```\n') != []
    assert problems("Set `recovery_policy: {max_failure: 2}`.") != []
    assert problems("Set `recovery_policy: {max_failures: 2}` or `recovery_selection: {application: ...}`.") == []
