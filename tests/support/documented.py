"""What plugins and roles say that they take, and what stands against the options of a task in a document.

Read from the documentation itself, which sanity holds against the argument specs; nothing is loaded by Ansible, so no
test changes its loaders for another one.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import ansible
import yaml

from support.pages import ROOT

CORE = Path(ansible.__file__).parent
BOOLEANS = ("yes", "no", "true", "false", "on", "off", "1", "0")


def strings_of(path: Path) -> dict[str, str]:
    """The documentation strings of a plugin's file by name, read without importing it."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found[node.targets[0].id] = node.value.value
    return found


def _fragment(name: str) -> Mapping[str, Any]:
    """The options of a fragment: ``resilience.drs.cell``, ``amazon.aws.common.modules``, ``constructed``."""
    parts = name.removeprefix("ansible.builtin.").split(".")
    if len(parts) < 3:
        module, variant = f"ansible.plugins.doc_fragments.{parts[0]}", parts[1:]
    else:
        module, variant = "ansible_collections.{}.{}.plugins.doc_fragments.{}".format(*parts), parts[3:]
    fragment = importlib.import_module(module).ModuleDocFragment()
    text = getattr(fragment, variant[0].upper() if variant else "DOCUMENTATION")
    return yaml.safe_load(text).get("options") or {}


@lru_cache(maxsize=None)
def options(path: Path) -> Mapping[str, Any]:
    """The options of a plugin, those of its fragments included: {name: as in DOCUMENTATION}."""
    said = yaml.safe_load(strings_of(path)["DOCUMENTATION"])
    fragments = said.get("extends_documentation_fragment") or []
    found: dict[str, Any] = {}
    for name in [fragments] if isinstance(fragments, str) else fragments:
        found.update(_fragment(name))
    for name, option in (said.get("options") or {}).items():
        found[name] = option
    return found


def module(name: str) -> Path | None:
    """The file of a module by its full name; None when there is none."""
    namespace, _dot, short = name.rpartition(".")
    places = {
        "resilience.drs": ROOT / "plugins" / "modules",
        "ansible.builtin": CORE / "modules",
        "amazon.aws": ROOT / ".build" / "ansible_collections" / "amazon" / "aws" / "plugins" / "modules",
    }
    path = places[namespace] / f"{short}.py" if namespace in places else None
    return path if path and path.is_file() else None


def against(known: Mapping[str, Any], given: Any, place: str) -> Iterator[str]:
    """What is wrong with the options that a task, or a part of one, is given; expressions are taken for right."""
    if not isinstance(given, Mapping):
        return
    names = {alias: name for name, one in known.items() for alias in [name, *(one.get("aliases") or ())]}
    for key, value in given.items():
        if key not in names:
            yield f"{place} has no option {key}"
        else:
            yield from _value(known[names[key]], value, f"{place}.{key}")
    have = {names.get(key) for key in given}
    yield from (f"{place} needs {name}" for name, one in known.items() if one.get("required") and name not in have)


def _value(option: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str) and "{{" in value:
        return
    kind = option.get("type", "str")
    for one in value if kind == "list" and isinstance(value, list) else [value]:
        if option.get("suboptions"):
            yield from against(option["suboptions"], one, place)
        choices = [str(choice) for choice in option.get("choices") or ()]
        if choices and str(one) not in choices and "{{" not in str(one):
            yield f"{place} is one of {choices}, not {one}"
    if kind == "bool" and str(value).lower() not in BOOLEANS:
        yield f"{place} is a yes or no, not {value}"
    if kind == "int" and not str(value).lstrip("-").isdigit():
        yield f"{place} is a number, not {value}"
    if kind == "dict" and not isinstance(value, Mapping):
        yield f"{place} is a mapping, not {value}"
