"""Read extensions/ as an automation platform would."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeEnvironment

ROOT = Path(__file__).resolve().parents[2]
PATTERN = ROOT / "extensions" / "patterns" / "drs"
EDA = ROOT / "extensions" / "eda"
SETUP = PATTERN / "setup.yml"


class Kept(str):
    """Text that Ansible does not evaluate when it applies the data: the platform or the job does."""


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it, with its tag for text that is kept."""


Loader.add_constructor("!unsafe", lambda loader, node: Kept(loader.construct_scalar(node)))


def load(path: Path) -> Any:
    """A YAML file of the pattern."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def combine(first: Any, *others: Any, recursive: bool = False) -> dict[str, Any]:
    """The filter of Ansible, as far as setup.yml needs it."""
    found: dict[str, Any] = {}
    for one in (*(first if isinstance(first, (list, tuple)) else [first]), *others):
        for key, value in one.items():
            nested = recursive and isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
            found[key] = combine(found[key], value, recursive=True) if nested else value
    return found


def environment() -> NativeEnvironment:
    """Jinja with the filters that the pattern uses."""
    made = NativeEnvironment(undefined=StrictUndefined)
    made.filters.update(combine=combine, product=lambda one, other: list(product(one, other)))
    return made


def render(value: Any, names: Mapping[str, Any]) -> Any:
    """``value`` with its expressions evaluated, as Ansible does before it hands the data on."""
    if isinstance(value, Mapping):
        return {key: render(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [render(one, names) for one in value]
    if isinstance(value, str) and not isinstance(value, Kept) and "{{" in value:
        expression = value.strip()
        if not (expression.startswith("{{") and expression.endswith("}}") and expression.count("{{") == 1):
            return environment().from_string(value).render(names)
        # not by text, or what is kept would lose its mark
        return render(environment().compile_expression(expression[2:-2], undefined_to_none=False)(names), names)
    return value


def evaluate(text: str, variables: Mapping[str, Any]) -> Any:
    """An expression that was kept, evaluated in a job with these variables."""
    return environment().from_string(text).render(variables)


@cache
def objects(settings: str = "{}") -> dict[str, Any]:
    """Every variable that the play of setup.yml holds, evaluated.

    :param settings: JSON of those that somebody gives with C(-e @my_settings.yml).
    """
    given = json.loads(settings)
    play = load(SETUP)[0]
    names: dict[str, Any] = {}
    for part in (*(load(PATTERN / file) for file in play["vars_files"]), play["vars"]):
        for name, value in part.items():  # in order: each builds on those before it
            names[name] = given[name] if name in given else render(value, names)
    return names


def templates() -> dict[str, dict[str, Any]]:
    """The job templates by name."""
    return {one["name"]: one for one in objects()["controller_templates"]}


def workflows() -> dict[str, dict[str, Any]]:
    """The workflow job templates by name."""
    return {one["name"]: one for one in objects()["controller_workflows"]}


def questions(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions of its survey; none when it has no survey."""
    return list(template["survey_spec"]["spec"]) if template.get("survey_enabled") else []


def walk(
    name: str,
    launch: Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[bool, Mapping[str, Any]]],
    approve: Callable[[str], bool] = lambda identifier: True,
) -> list[tuple[str, bool]]:
    """Walk a workflow as the platform does; returns its nodes in the order in which they ran, and how each ended.

    :param launch: runs a node with the artifacts of the nodes on the way to it; returns whether it went well, and what
        it left.
    :param approve: decides about the approval of a node.
    """
    nodes = {one["identifier"]: one for one in workflows()[name]["simplified_workflow_nodes"]}
    kinds = ("success_nodes", "failure_nodes", "always_nodes")
    later = {one for node in nodes.values() for kind in kinds for one in node.get(kind, [])}
    waiting: list[tuple[str, dict[str, Any]]] = [(one, {}) for one in nodes if one not in later]
    ended: dict[str, bool] = {}
    while waiting:
        identifier, given = waiting.pop(0)
        if identifier in ended:
            continue
        node = nodes[identifier]
        left: Mapping[str, Any] = {}
        if "approval_node" in node:
            ended[identifier] = approve(identifier)
        else:
            ended[identifier], left = launch(node, given)
        following = [
            *node.get("success_nodes" if ended[identifier] else "failure_nodes", []),
            *node.get("always_nodes", []),
        ]
        waiting += [(one, {**given, **left}) for one in following]
    return list(ended.items())


def launched(
    name: str,
    answers: Mapping[str, Any] | None = None,
    workflow: Mapping[str, Any] | None = None,
    artifacts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The variables of a job: those of its template, the defaults of the survey, what was answered, and the workflow's.

    In that order, which is the platform's; what the nodes before left counts less than what the workflow was answered.
    A kept expression of the template stays one.
    """
    template = templates()[name]
    found = dict(template["extra_vars"])
    found.update({one["variable"]: one["default"] for one in questions(template)})
    found.update(answers or {})
    found.update(artifacts or {})
    found.update(workflow or {})
    return found
