"""The declaration of the verbs is what the roles take: argument specs and defaults are held against it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request

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


@pytest.mark.parametrize("role", sorted({verb.role for verb in request.VERBS.values()}))
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
