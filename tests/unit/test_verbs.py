"""Test that argument specs and defaults of the roles match the declaration of the verbs."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema_input import OWN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import SELECTION_KEYS
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import keys, orchestrate
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import HASHED
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared

ROOT = Path(__file__).resolve().parent.parent.parent


def _read(role, path):
    return yaml.safe_load((ROOT / "roles" / role / path).read_text(encoding="utf-8")) or {}


def _declared(verb, entry=None):
    return {
        verb.variable(one.name): one
        for one in verb.options
        if not one.internal and (entry is None or not one.entries or entry in one.entries)
    }


ENTRIES = [(verb, entry) for verb in request.VERBS.values() for entry in verb.entries]


@pytest.mark.parametrize(("verb", "entry"), ENTRIES, ids=["%s-%s" % (verb.name, entry) for verb, entry in ENTRIES])
def test_the_argument_spec_is_the_declaration(verb, entry):
    specs = _read(verb.role, "meta/argument_specs.yml")["argument_specs"][entry]["options"]
    declared = _declared(verb, entry)
    assert sorted(specs) == sorted(declared)
    for name, spec in specs.items():
        option = declared[name]
        told = {
            "type": spec.get("type"),
            "elements": spec.get("elements"),
            "choices": tuple(spec.get("choices") or ()),
            "required": spec.get("required", False),
        }
        wanted = {
            "type": option.type,
            "elements": option.elements,
            "choices": option.choices,
            "required": option.required,
        }
        assert told == wanted, name
        if "default" in spec and "{{" not in str(spec["default"]):
            assert spec["default"] == option.default, name


@pytest.mark.parametrize("role", sorted({verb.role for verb in request.VERBS.values() if verb.entries}))
def test_the_defaults_of_a_role_are_those_of_the_declaration(role):
    verbs = [verb for verb in request.VERBS.values() if verb.role == role]
    declared = {name: one for verb in verbs for name, one in _declared(verb).items()}
    defaults = _read(role, "defaults/main.yml")
    assert set(defaults) <= set(declared)
    for name, option in declared.items():
        if name not in defaults:
            assert option.required or option.default in (None, "") or option.derive, name
        elif "{{" in str(defaults[name]):
            assert option.derive or option.shared and option.shared in defaults[name], name
        else:
            assert defaults[name] == option.default, name


def _names(tasks):
    """Every variable that tasks set, blocks included."""
    for task in tasks or ():
        for key in ("block", "rescue", "always"):
            yield from _names(task.get(key))
        yield from task.get("ansible.builtin.set_fact") or ()
        yield from task.get("vars") or ()
        yield from [task[key] for key in ("register",) if key in task]
        yield from [(task.get("loop_control") or {}).get("loop_var", "__item")]


def test_what_roles_leave_and_hand_to_task_files_is_declared():
    declared = {name for verb in request.VERBS.values() for name in verb.outputs}
    options = {name for verb in request.VERBS.values() for name in _declared(verb)}
    left = {
        name
        for path in ROOT.glob("roles/*/tasks/*.yml")
        for name in _names(yaml.safe_load(path.read_text(encoding="utf-8")))
        if not name.startswith(("__", "ansible_"))
    }
    assert left - options <= declared
    assert {"recovery_result", "status_cell"} <= left


@pytest.mark.parametrize("path", sorted(ROOT.glob("playbooks/*.yml")), ids=lambda path: path.stem)
def test_every_playbook_begins_with_the_check(path):
    play, *rest = yaml.safe_load(path.read_text(encoding="utf-8"))
    # what walks a run ends with a play that insists on its end, over the same hosts
    walk = "resilience.drs.drs_%s_walk" % ("failback" if path.stem.startswith("failback") else "recovery")
    assert [(one["hosts"], one["tasks"][0][walk]) for one in rest] == [
        (play["hosts"], {"state": "verified"}) for _one in rest
    ]
    assert bool(rest) is (path.stem in ("drill", "failover", "failback", "failback_drill", "resume", "orchestrate"))
    first = play["tasks"][0]
    imported = first.get("ansible.builtin.import_role")
    if imported is None:
        assert first["resilience.drs.drs_check_variables"] == {"verb": "evidence"}
        return
    # Ansible's own check would tell a value of a wrong type once for each host; no list of roles goes without it
    assert "roles" not in play
    assert play["hosts"] == "localhost" or imported["rolespec_validate"] is False
    role, entry = imported["name"].removeprefix("resilience.drs."), imported.get("tasks_from", "main")
    tasks = _read(role, "tasks/%s.yml" % entry)
    # orchestrate answers with a document whatever happens, so it begins inside of a block
    tasks = tasks[2]["block"] if role == "orchestrate" else tasks
    assert tasks[0]["resilience.drs.drs_check_variables"] == {"verb": role if entry == "main" else entry}
    assert tasks[0]["run_once"] is True


def _paths(schema, place=""):
    """The keys of the input that are values, by their whole path."""
    for name, inner in schema["properties"].items():
        deeper = name in ("selection", "options", "metadata")
        yield from _paths(inner, name + ".") if deeper else [place + name]


def test_every_key_of_orchestrate_is_an_option_of_a_verb():
    assert sorted(_paths(OWN)) == sorted(orchestrate.KEYS)
    for key, targets in orchestrate.KEYS.items():
        for target in targets:
            verb, name, *deeper = target.split(".")
            option = request.verb_options(verb)[name]
            assert not deeper or deeper[0] in [one.name for one in option.keys], key


@pytest.mark.parametrize("action", orchestrate.ACTIONS)
def test_orchestrate_sets_what_its_input_can_say(action):
    verb = orchestrate.ACTIONS[action]
    (task,) = [one for one in _read("orchestrate", "tasks/%s.yml" % verb.name) if "ansible.builtin.include_role" in one]
    declared = {verb.variable(name) for name in orchestrate.set_options(verb.name)}
    assert {name for name in task["vars"] if not name.startswith("__")} == declared
    for option in input.OPTIONS[action]:
        assert "options." + option in orchestrate.KEYS
    assert ("guardrails" in input.OPTIONS[action]) == (verb.name == "recovery")


def _templates(path):
    return [one for many in yaml.safe_load(path.read_text(encoding="utf-8")).values() for one in many]


# What is part of a plan and no key of the input: the action says the mode, the plan file is read by the role, and the
# keys of tags are the installation's.
_NOT_ASKED = {"mode": "action", "plan_document": "plan_file", "tag_keys": ""}


@pytest.mark.parametrize("verb", ["recovery", "failback"])
def test_whatever_makes_another_plan_can_be_asked_for_by_a_parent_and_by_a_person_in_awx(verb):
    hashed = {one.name for one in request.VERBS[verb].options if one.part == HASHED} - set(_NOT_ASKED)
    assert hashed <= set(orchestrate.set_options(verb))
    if verb == "recovery":
        folder = ROOT / "extensions" / "patterns" / "drs" / "vars"
        asked = {}
        for file in ("templates_recover.yml", "workflows.yml"):
            for one in _templates(folder / file):
                spec = (one.get("survey_spec") or {}).get("spec") or ()
                asked[one["name"]] = {question["variable"] for question in spec}
        plans = {name for name, variables in asked.items() if "recovery_selection" in variables}
        assert {"DRS drill", "DRS failover"} <= plans
        for name in plans:
            lacking = {request.VERBS[verb].variable(one) for one in hashed - {"plan_name", "point_in_time"}} - asked[
                name
            ]
            assert not lacking, name


def test_keys_that_are_declared_elsewhere_are_the_same():
    stored = {
        name: (spec["type"], tuple(spec.get("choices") or ())) for name, spec in STORE_SPEC["store"]["options"].items()
    }
    assert {one.name: (one.type, one.choices) for one in keys.STORE} == stored
    assert tuple(one.name for one in keys.LAUNCH_GROUP) == declared.GROUP_KEYS
    assert tuple(one.name for one in keys.LAUNCH_SERVER) == declared.SERVER_KEYS
    assert tuple(one.name for one in keys.SELECTION) == SELECTION_KEYS


_PATH_NAME = re.compile(r"(^|_)(dir|file|path|csv|csv_out|archive|import_from)$")


def test_what_is_named_as_a_file_or_a_folder_is_a_path():
    """Only a path gets its place and its ``~`` from the check of the variables."""
    wrong = [
        verb.variable(one.name)
        for verb in request.VERBS.values()
        for one in verb.options
        if _PATH_NAME.search(one.name) and one.type != "path"
    ]
    assert wrong == []


def _tasks(items):
    for task in items or ():
        yield task
        for part in ("block", "rescue", "always"):
            yield from _tasks(task.get(part))


def unplaced_paths(tasks, paths):
    """Options that are paths and that a task hands to Ansible's own modules or lookups as they were typed."""
    named = re.compile(r"\b(%s)\b(?! \| expanduser \| realpath)" % "|".join(paths))
    found = []
    for task in _tasks(tasks):
        own = [value for key, value in task.items() if key.startswith("ansible.builtin.") and isinstance(value, dict)]
        texts = [str(args.get(key) or "") for args in own for key in ("dest", "path", "src")]
        texts += [match for text in _texts(task) for match in re.findall(r"lookup\(([^()]*)\)", text)]
        found += [match for text in texts for match in named.findall(text)]
    return found


def _texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


PATHS = sorted(
    {verb.variable(one.name) for verb in request.VERBS.values() for one in verb.options if one.type == "path"}
)


def test_a_path_begins_where_the_command_was_typed():
    """A lookup searches beside the playbook, and a module of Ansible's begins there as well."""
    files = sorted((ROOT / "roles").glob("*/tasks/*.yml"))
    assert [
        one for path in files for one in unplaced_paths(yaml.safe_load(path.read_text(encoding="utf-8")), PATHS)
    ] == []


def test_a_path_that_begins_elsewhere_is_seen():
    lookup = {"resilience.drs.x": {"csv": "{{ lookup('ansible.builtin.file', launch_settings_csv) }}"}}
    written = {"block": [{"ansible.builtin.copy": {"dest": "{{ status_export_dir }}/status.csv"}}]}
    assert unplaced_paths([lookup, written], PATHS) == ["launch_settings_csv", "status_export_dir"]


@pytest.mark.parametrize("role", ["launch_settings", "replication_settings", "launch_actions"])
def test_where_nothing_is_declared_it_says_where_to_declare_it(role):
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks/main.yml").read_text(encoding="utf-8"))
    (said,) = [
        one for task in tasks if "declare " in (one := task.get("ansible.builtin.assert", {}).get("fail_msg", ""))
    ]
    assert f"docs/runbooks/{role}.md" in said and "group_vars" in said and "-e @FILE" in said
    assert (ROOT / f"docs/runbooks/{role}.md").is_file()
