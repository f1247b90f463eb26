"""Read the YAML of a plan file as it was written: keys that stand twice are told, times and odd numbers stay text."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_TIME = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"

# Quoted text, which keeps its tabs, and a tab outside of it.
_OUTSIDE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|\t""", re.DOTALL)

Twice = list[tuple[str, int, int]]
"""Keys that stand twice: (key, its line, the line of the one before it)."""


def load(text: str) -> tuple[Any, Twice]:
    """Read YAML or JSON.

    Times are the text that was written, and so is a number that would read otherwise than it was written (``1.10``,
    ``010``, ``12:30``). Keys are text. Of a key that stands twice the last value counts, as everywhere, and it is told.

    :returns: the data, and the keys that stand twice, in the order of the file.
    :raises yaml.YAMLError: for what is not YAML.
    """
    try:
        return _json(text), []
    except (ValueError, RecursionError):
        # YAML is more forgiving, and knows the line of a key
        pass
    loader = _Loader(_without_tabs(text))
    try:
        data = loader.get_single_data()
        return data, sorted(loader.twice, key=lambda one: one[1])
    finally:
        loader.dispose()


def _without_tabs(text: str) -> str:
    """Text that begins as JSON does, with a blank for each tab between its values: YAML takes no tab there."""
    return _OUTSIDE.sub(lambda found: found.group(1) or " ", text) if text.lstrip()[:1] in ("{", "[") else text


def _json(text: str) -> Any:
    """The data of JSON, numbers as ``load`` has them.

    :raises ValueError: it is not JSON, or a key stands twice.
    """
    if text.lstrip()[:1] not in ("{", "["):
        raise ValueError("it does not begin as JSON does")
    return json.loads(text, object_pairs_hook=_once, parse_float=_number, parse_constant=_refused)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key stands twice")
    return result


def _number(text: str) -> Any:
    value = float(text)
    return value if str(value) == text else text


def _refused(text: str) -> Any:
    raise ValueError("%s is no number of JSON" % text)


class _Loader(yaml.SafeLoader):
    """Reads one document, and notes the keys that stand twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: Twice = []
        self._seen: set[int] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Look at the keys as they were written, before those of a merge are put among them."""
        if id(node) not in self._seen:
            self._seen.add(id(node))
            self._note(node)
        super().flatten_mapping(node)

    def _note(self, node: yaml.MappingNode) -> None:
        first: dict[str, int] = {}
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                line = key.start_mark.line + 1
                if key.value in first:
                    self.twice.append((key.value, line, first[key.value]))
                first.setdefault(key.value, line)
                # what it would become as a value does not matter: a key is a name
                key.tag = "tag:yaml.org,2002:str"


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIME]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _as_written(loader: _Loader, node: yaml.ScalarNode) -> Any:
    kind = loader.construct_yaml_int if node.tag.endswith(":int") else loader.construct_yaml_float
    value = kind(node)
    return value if str(value) == node.value else node.value


for _kind in ("int", "float"):
    _Loader.add_constructor("tag:yaml.org,2002:" + _kind, _as_written)
