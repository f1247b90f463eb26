"""Rules for job templates, workflows, schedules and rulebooks: functions from data to complaints."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact

from support.automation import PATTERN, ROOT, questions

# Variables that roles take their own defaults from; docs/concepts.md and docs/guardrails.md.
SHARED = {"drs_run_store", "drs_guardrails"}
# What job_template of awx.awx and ansible.controller knows, as far as it is used here.
FIELDS = set(
    "name description organization project inventory execution_environment credentials instance_groups playbook forks "
    "prevent_instance_group_fallback timeout allow_simultaneous job_slice_count ask_limit_on_launch extra_vars "
    "ask_job_type_on_launch ask_variables_on_launch survey_enabled survey_spec notification_templates_started "
    "notification_templates_success notification_templates_error".split()
)
SECRET_NAME = re.compile(r"secret|password|token|external_id|access_key|private_key|(^|_)arns?($|_)", re.I)
SECRET_VALUE = re.compile(r"AKIA|ASIA|arn:aws[a-z-]*:iam|BEGIN [A-Z ]*PRIVATE KEY", re.I)
# Modules of ours that neither only read nor only compute, and yet change nothing in AWS but records and figures.
TELLING = {"drs_evidence", "drs_history_record", "drs_report"}
# What launches servers: a task of its own, and the walk over all cells.
LAUNCHING = {"drs_recovery", "drs_recovery_walk"}
QUIET_FRAGMENTS = {"resilience.drs.attributes.read_only", "resilience.drs.attributes.controller"}
# Of these a check says nothing: they read only, or write to the run store only.
WITHOUT_CHECK = set("status readiness capacity history runs watch report approve pause cancel resume terminate".split())


def read(path: Path) -> Any:
    """A YAML file of the checkout."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def verb_of(playbook: str) -> str:
    """The playbook of the collection that a playbook of the pattern imports; empty when there is none."""
    path = PATTERN / "playbooks" / Path(playbook).name
    if not path.is_file():
        return ""
    plays = read(path)
    name = str(plays[0].get("ansible.builtin.import_playbook", "")) if len(plays) == 1 else ""
    verb = name.removeprefix("resilience.drs.")
    return verb if name != verb and (ROOT / "playbooks" / f"{verb}.yml").is_file() else ""


@cache
def entry(verb: str) -> tuple[str, str, frozenset[str]]:
    """Role, entry point and variables already given of a playbook."""
    task = read(ROOT / "playbooks" / f"{verb}.yml")[0]["tasks"][0]
    called = task["ansible.builtin.import_role"]
    return called["name"].rpartition(".")[2], called.get("tasks_from", "main"), frozenset(task.get("vars", {}))


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping in a task file, blocks and all."""
    if isinstance(value, Mapping):
        yield value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []:
        yield from mappings(one)


@cache
def reached(verb: str) -> frozenset[tuple[str, str]]:
    """Roles and task files, without their ending, that a playbook may run."""
    found: set[tuple[str, str]] = set()
    waiting = [entry(verb)[:2]]
    while waiting:
        role, name = one = waiting.pop()
        folder = ROOT / "roles" / role / "tasks"
        if "{{" in name:  # it depends on a variable: any of them
            waiting += [(role, path.stem) for path in folder.glob("*.yml")]
        elif one not in found:
            found.add(one)
            for task in mappings(read(folder / f"{name}.yml")):
                for key, called in task.items():
                    if key.endswith(("include_tasks", "import_tasks")):
                        file = called["file"] if isinstance(called, Mapping) else called
                        waiting.append((role, file.removesuffix(".yml")))
                    elif key.endswith(("include_role", "import_role")):
                        waiting.append((called["name"].rpartition(".")[2], called.get("tasks_from", "main")))
    return frozenset(found)


@cache
def roles_of(verb: str) -> frozenset[str]:
    """The roles that a playbook may reach."""
    return frozenset(role for role, _name in reached(verb))


@cache
def options_of(verb: str) -> dict[str, Any]:
    """Every option that the roles of a playbook declare; those of its own entry point win."""
    role, name, _given = entry(verb)
    found: dict[str, Any] = {}
    for one in sorted(roles_of(verb) - {role}):
        for spec in read(ROOT / "roles" / one / "meta" / "argument_specs.yml")["argument_specs"].values():
            found.update(spec["options"])
    found.update(read(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"][name]["options"])
    return found


@cache
def needed_by(verb: str) -> frozenset[str]:
    """Variables without which the playbook fails."""
    role, name, given = entry(verb)
    options = read(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"][name]["options"]
    return frozenset(key for key, one in options.items() if one.get("required")) - given


@cache
def artifacts() -> frozenset[str]:
    """What playbooks leave for the next node of a workflow: by set_stats, and each with the page at its end."""
    found: set[str] = {artifact.NAME}
    for path in (ROOT / "roles").glob("*/tasks/*.yml"):
        for task in read(path) or []:
            found |= set(task.get("ansible.builtin.set_stats", {}).get("data", {}))
    return frozenset(found)


@cache
def effects_of(verb: str) -> frozenset[str]:
    """The modules that a playbook may call and that change something, by what their documentation says of them."""
    files = [read(ROOT / "roles" / role / "tasks" / f"{name}.yml") for role, name in reached(verb)]
    used = {key for file in files for task in mappings(file) for key in task if key.startswith("resilience.drs.drs_")}
    found = set()
    for name in (one.removeprefix("resilience.drs.") for one in used):
        text = (ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8")
        if not QUIET_FRAGMENTS & set(re.findall(r"- (resilience\.drs\.attributes\.\w+)$", text, flags=re.MULTILINE)):
            found.add(name)
    return frozenset(found)


def harmless(verb: str) -> bool:
    """Whether a playbook only looks and tells."""
    return bool(verb) and effects_of(verb) <= TELLING


def launches(verb: str) -> bool:
    """Whether a playbook may launch or resume launching."""
    return bool(LAUNCHING & effects_of(verb)) and verb not in ("terminate", "sweep")


def answer_problems(question: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one question of a survey."""
    name = question["variable"]
    if question["type"] == "password" or SECRET_NAME.search(name) or SECRET_VALUE.search(str(question["default"])):
        yield f"{name}: a survey holds no secrets and no ARNs of roles"
    if name in artifacts():
        yield f"{name}: an artifact has this name"
    option = options.get(name)
    if option is None:
        yield f"{name}: no role that is reached declares it"
        return
    choices = question.get("choices")
    allowed = ["true", "false"] if option["type"] == "bool" else option.get("choices")
    if allowed and not choices:
        yield f"{name}: has choices, and the survey none"
    if choices and (not allowed or not set(choices) <= set(allowed) or question["default"] not in choices):
        yield f"{name}: the choices are not those of the role"
    default = question["default"]
    if option["type"] == "int" and (question["type"] != "integer" or not isinstance(default, int)):
        yield f"{name}: is a number, and an empty answer is none"
    if option["type"] in ("dict", "raw") and question["type"] != "textarea":
        yield f"{name}: is JSON, which needs a textarea"
    if option["type"] == "dict" and not (question["required"] and isinstance(json.loads(default or "null"), dict)):
        yield f"{name}: an empty answer is no mapping"
    if option["type"] == "list":
        yield f"{name}: a list cannot be asked for"
    if "min" in question and question["required"] == (question["min"] == 0) and question["type"].startswith("text"):
        yield f"{name}: required and min do not agree"


def launch_problems(template: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[str]:
    """What the platform refuses of a launch that is no form, such as that of a rule, a schedule or its API.

    A form fills in the defaults. A launch without one is refused when a required answer is missing, default or not.
    """
    asked = {one["variable"]: one for one in questions(template)}
    yield from (f"{name}: is not asked for" for name in sorted(set(answers) - set(asked)))
    for name, question in asked.items():
        value = answers.get(name)
        if name not in answers:
            if question["required"]:
                yield f"{name}: is not answered"
        elif not isinstance(value, int if question["type"] == "integer" else str) or isinstance(value, bool):
            yield f"{name}: {value!r} has the wrong type"
        elif question.get("choices") and value not in question["choices"]:
            yield f"{name}: {value!r} is no choice"


def template_problems(template: Mapping[str, Any], answered: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with a job template; ``answered`` by the workflow that it is a step of."""
    found = [f"unknown field {name}" for name in sorted(set(template) - FIELDS)]
    verb = verb_of(template["playbook"])
    if not verb:
        return [*found, f"{template['playbook']}: is no playbook of the pattern that imports one of the collection"]
    if template["allow_simultaneous"] or template["job_slice_count"] != 1:
        found.append("two at a time, or in slices")
    if not template["instance_groups"] or not template["prevent_instance_group_fallback"]:
        found.append("not pinned to an instance group")
    if not template.get("forks"):
        found.append("no forks")
    if not 0 < template["timeout"] <= 14400:
        found.append("no timeout")
    if template["extra_vars"].get("recovery_max_wait", 0) >= template["timeout"]:
        found.append("it would be cancelled before it ends by itself")
    if launches(verb) and verb not in ("orchestrate",) and "recovery_max_wait" not in template["extra_vars"]:
        found.append("nothing ends it before it is cancelled")
    if template["ask_variables_on_launch"]:
        found.append("takes variables that nobody looked at")
    if not template["ask_job_type_on_launch"] and verb not in WITHOUT_CHECK:
        found.append("cannot be asked for a check")
    options = options_of(verb)
    asked = questions(template)
    for question in asked:
        found += answer_problems(question, options)
    for name, value in template["extra_vars"].items():
        if name not in options and name not in SHARED:
            found.append(f"{name}: no role that is reached declares it")
        if SECRET_NAME.search(name) or SECRET_VALUE.search(str(value)):
            found.append(f"{name}: a secret, or the ARN of a role")
    given = {one["variable"] for one in asked if one["required"]} | set(template["extra_vars"]) | answered
    found += [f"{name}: is needed and not asked for" for name in sorted(needed_by(verb) - given)]
    names = [one["variable"] for one in asked]
    found += [f"{name}: is asked for and fixed" for name in names if name in template["extra_vars"]]
    found += [f"{name}: is asked for twice" for name in sorted(set(names)) if names.count(name) > 1]
    return found


def links(node: Mapping[str, Any]) -> list[str]:
    """The nodes that may follow a node."""
    return [one for kind in ("success_nodes", "failure_nodes", "always_nodes") for one in node.get(kind, [])]


def paths(nodes: Mapping[str, Any], name: str, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every way through a workflow from a node on; a circle raises ValueError."""
    if name in before:
        raise ValueError(f"{name} follows itself")
    way = (*before, name)
    following = links(nodes[name])
    if not following:
        yield way
    for one in following:
        yield from paths(nodes, one, way)


def workflow_problems(workflow: Mapping[str, Any], templates: Mapping[str, Any]) -> list[str]:
    """What is wrong with a workflow job template."""
    nodes = {one["identifier"]: one for one in workflow["simplified_workflow_nodes"]}
    if len(nodes) != len(workflow["simplified_workflow_nodes"]):
        return ["two nodes have one identifier"]
    found = [
        f"{one} follows {name} and is not there" for name in nodes for one in links(nodes[name]) if one not in nodes
    ]
    if found:
        return found
    roots = set(nodes) - {one for node in nodes.values() for one in links(node)}
    if not roots:
        return [*found, "no node begins it"]
    if len(roots) > 1:
        found.append(f"it begins at several nodes: {', '.join(sorted(roots))}")
    try:
        ways = [way for root in sorted(roots) for way in paths(nodes, root)]
    except ValueError as exc:
        return [str(exc)]
    found += [f"{name} is never reached" for name in sorted(set(nodes) - {name for way in ways for name in way})]
    answered = {one["variable"]: one for one in questions(workflow)}
    given = frozenset(answered) | frozenset(workflow.get("extra_vars", {}))
    known: dict[str, Any] = {}
    for name, node in nodes.items():
        if "approval_node" in node:
            if not 0 < node["approval_node"].get("timeout", 0) <= 86400:
                found.append(f"{name}: an approval without a timeout stands for ever")
            continue
        template = templates.get(node.get("unified_job_template"))
        if template is None:
            found.append(f"{name}: there is no template {node.get('unified_job_template')}")
            continue
        if node.get("job_type") and not template["ask_job_type_on_launch"]:
            found.append(f"{name}: the template does not ask for a job type")
        known.update(options_of(verb_of(template["playbook"])))
        found += [f"{name}: {one}" for one in template_problems(template, given)]
        unasked = {one["variable"] for one in questions(template) if one["required"] and one["default"] == ""}
        found += [f"{name}: {one} is not answered" for one in sorted(unasked - given)]
        acts = launches(verb_of(template["playbook"])) and node.get("job_type") != "check"
        if acts and not workflow.get("extra_vars", {}).get("recovery_require_approval"):
            for way in ways:
                before = way[: way.index(name)] if name in way else None
                if before is not None and not any("approval_node" in nodes[one] for one in before):
                    found.append(f"{name}: launches without an approval")
    for question in answered.values():
        found += answer_problems(question, known)
    found += [f"{name}: no node takes it" for name in workflow.get("extra_vars", {}) if name not in known]
    if workflow["allow_simultaneous"] or workflow["ask_variables_on_launch"]:
        found.append("two at a time, or with variables that nobody looked at")
    return list(dict.fromkeys(found))


def schedule_problems(
    schedule: Mapping[str, Any], templates: Mapping[str, Any], workflows: Mapping[str, Any]
) -> list[str]:
    """What is wrong with a schedule."""
    name = schedule["unified_job_template"]
    found = []
    if not re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=[A-Z]+(;[A-Z]+=[A-Z0-9,]+)+", schedule["rrule"]):
        found.append(f"{schedule['rrule']}: not one rule in UTC")
    target = templates.get(name) or workflows.get(name)
    if target is None:
        return [*found, f"there is no template {name}"]
    found += launch_problems(target, schedule.get("extra_data", {}))
    if name in templates and not harmless(verb_of(target["playbook"])) and verb_of(target["playbook"]) != "sweep":
        found.append(f"{name}: acts, and nobody has approved it")
    return found


def rulebook_problems(rulebook: list[dict[str, Any]], templates: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rulebook: above all a rule that does more than look and tell."""
    found = []
    for ruleset in rulebook:
        for rule in ruleset["rules"]:
            actions = [rule["action"]] if "action" in rule else rule["actions"]
            for action in actions:
                for kind, options in action.items():
                    template = templates.get((options or {}).get("name"))
                    if kind != "run_job_template":
                        found.append(f"{rule['name']}: {kind}")
                    elif template is None:
                        found.append(f"{rule['name']}: there is no template {options['name']}")
                    elif not harmless(verb_of(template["playbook"])):
                        found.append(f"{rule['name']}: {options['name']} does more than look and tell")
                    elif not template["ask_limit_on_launch"]:
                        found.append(f"{rule['name']}: {options['name']} takes no limit, and the engine sends one")
                    else:
                        answers = options.get("job_args", {}).get("extra_vars", {})
                        found += [f"{rule['name']}: {one}" for one in launch_problems(template, answers)]
            if "once_within" not in rule.get("throttle", {}):
                found.append(f"{rule['name']}: each event would be a job")
    return found
