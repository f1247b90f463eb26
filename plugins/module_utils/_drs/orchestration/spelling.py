"""Both spellings of the input: snake_case, as this collection writes, and camelCase, as parents of other clouds do.

What a key holds of the user (tags, a calendar, unknown members of metadata) is no key of ours and stays as it is.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from itertools import combinations
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import JsonSchema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.orchestrate import ALIASES


def camel(name: str) -> str:
    """``max_wait_minutes`` as ``maxWaitMinutes``."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def spellings(path: str) -> tuple[str, ...]:
    """All names of a key, without its place, our own one first.

    :param path: such as ``options.point_in_time``.
    """
    own = (path.rpartition(".")[2], *ALIASES.get(path, ()))
    return tuple(dict.fromkeys(name for one in own for name in (one, camel(one))))


def _path(place: str, name: str) -> str:
    return "%s.%s" % (place, name) if place else name


def spelled(schema: JsonSchema, place: str = "", once: bool = True) -> JsonSchema:
    """A schema of our own names as one that takes every spelling.

    :param once: refuse a member that is given in two spellings; without it ``canonical`` says so in words.
    """
    properties = schema.get("properties")
    if not properties:
        return schema
    result: dict[str, Any] = {**schema, "properties": {}}
    twice = []
    for name, inner in properties.items():
        path = _path(place, name)
        spelled_inner = spelled(inner, path, once)
        result["properties"].update(dict.fromkeys(spellings(path), spelled_inner))
        twice += [{"not": {"required": list(pair)}} for pair in combinations(spellings(path), 2)]
    if once and twice:
        result["allOf"] = twice
    return result


def canonical(document: Any, schema: JsonSchema, place: str = "") -> tuple[Any, list[str]]:
    """A document with our own names, and what is wrong with its spelling.

    :param schema: of our own names; what it does not know stays as it is.
    :returns: the document, and a sentence for each member that is given more than once.
    """
    properties = schema.get("properties")
    if not properties or not isinstance(document, dict):
        return document, []
    own = {one: name for name in properties for one in spellings(_path(place, name))}
    result: dict[str, Any] = {}
    typed: dict[str, list[str]] = {}
    wrong: list[str] = []
    for key, value in document.items():
        name = own.get(str(key), str(key))
        typed.setdefault(name, []).append(clean(key, 60))
        if name in properties:
            value, problems = canonical(value, properties[name], _path(place, name))
            wrong += problems
        result.setdefault(name, value)
    for keys in typed.values():
        if len(keys) > 1:
            wrong.append("%s are the same member; give it once" % names(_path(place, one) for one in keys))
    return result, wrong
