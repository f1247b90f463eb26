"""YAML says the order of the steps and decides nothing: no expression in it is long."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.y*ml"))
BARE = {"when", "that", "until", "failed_when", "changed_when"}
"""Keys whose text is an expression as a whole."""
LONGEST = 200


def expressions(text: str) -> list[tuple[int, str]]:
    """The Jinja expressions of a YAML text: (line, what it says, in one line)."""
    found = []
    for document in yaml.compose_all(text):
        if document is not None:
            found += _of(document, "")
    return found


def _of(node, key):
    if isinstance(node, yaml.MappingNode):
        return [one for name, value in node.value for one in _of(value, name.value)]
    if isinstance(node, yaml.SequenceNode):
        return [one for value in node.value for one in _of(value, key)]
    # an external tag of CloudFormation, or a scalar
    words = " ".join(str(node.value).split())
    parts = [words] if key in BARE else re.findall(r"\{\{.*?\}\}|\{%.*?%\}", words)
    return [(node.start_mark.line + 1, part) for part in parts]


def test_no_expression_is_long():
    long = [
        f"{path.relative_to(ROOT)}:{line}: {len(one)} characters: {one[:60]}"
        for path in FILES
        for line, one in expressions(path.read_text(encoding="utf-8"))
        if len(one) > LONGEST
    ]
    assert not long, "what it decides belongs into Python:\n" + "\n".join(long)
    assert len(FILES) > 50


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a: '{{ b }} and {{ c.d }}'", [7, 9]),
        ("when:\n  - a is defined\n  - b", [12, 1]),
        ("- x: plain\n  y: >-\n    {{ one |\n    two }}", [15]),
        ("a: '{% if b %}c{% endif %}'", [10, 11]),
    ],
)
def test_how_an_expression_is_measured(text, lengths):
    assert [len(one) for _line, one in expressions(text)] == lengths


# An action of ours looks from where the command was typed by itself (ControllerAction); a file module looks from the
# folder of the playbook, which is in the collection.
_BY_ITSELF = ("resilience.drs.",)


def _files_written():
    """Each ``path`` and ``dest`` of a task that a file module works with: (file, line, what it says)."""
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for task in re.split(r"^ *- name: ", text, flags=re.MULTILINE)[1:]:
            module = re.search(r"^\s+((?:[a-z_]+\.){2}[a-z_]+):\s*$", task, flags=re.MULTILINE)
            if module and not module[1].startswith(_BY_ITSELF):
                yield from ((path, one) for one in re.findall(r"^\s+(?:path|dest): (.*)$", task, flags=re.MULTILINE))


def test_what_a_person_names_is_written_where_the_command_was_typed():
    written = [(str(path.relative_to(ROOT)), said) for path, said in _files_written()]
    assert len(written) >= 8
    assert [one for one in written if "{{" in one[1] and "| expanduser | realpath }}" not in one[1]] == []
