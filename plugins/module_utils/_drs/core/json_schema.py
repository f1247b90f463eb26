"""Check data against a JSON Schema; each mistake names its place, its value and what to write instead."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import datetime
import json
from difflib import get_close_matches
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import JsonSchema

# Longer lists of mistakes help nobody; the first ones are mended first.
MOST = 20
_TYPES: dict[Any, str] = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def path_text(path: Iterable[Any]) -> str:
    """Write a path as people do: ``waves[1].gates.before[0].type``; the whole document is ``document``."""
    text = ""
    for part in path:
        text += "[%d]" % part if isinstance(part, int) else (".%s" if text else "%s") % clean(part, 60)
    return text or "document"


def check(document: Any, schema: JsonSchema) -> list[dict[str, str]]:
    """Hold a document against a schema (draft 2020-12).

    :returns: ``{path, message}`` of each mistake, in the order of the document; the message gives place, value and fix.
    :raises DrsError: ``missing_library`` without the Python library jsonschema.
    """
    validator = _validator(schema)
    messages: dict[str, dict[str, str]] = {}
    for error in sorted(validator.iter_errors(document), key=lambda one: [str(part) for part in one.absolute_path]):
        for path, message in _messages(error):
            messages.setdefault(message, {"path": path, "message": message})
    return list(messages.values())[:MOST]


def with_texts(document: Any, schema: JsonSchema) -> Any:
    """A document in which numbers and times stand as text wherever the schema wants text.

    YAML makes a number of ``name: 1`` and a time of ``2026-03-01T03:00:00Z``. What they were meant to be is plain; of
    ``yes`` and ``no`` it is not, so they stay as they are.

    :returns: a copy; the document itself when there is nothing to change.
    :raises DrsError: ``missing_library``, see ``check``.
    """
    result = document
    for error in _validator(schema).iter_errors(document):
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        text = _as_text(error.instance)
        if error.validator == "type" and "string" in kinds and text is not None and error.absolute_path:
            if result is document:
                result = copy.deepcopy(document)
            *way, last = error.absolute_path
            holder = result
            for part in way:
                holder = holder[part]
            holder[last] = text
    return result


def _as_text(value: Any) -> str | None:
    """A number or a time as text; None of anything else."""
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _validator(schema: JsonSchema) -> Any:
    try:
        # here, because it takes longer to load than many modules that never check a document take to run
        import jsonschema
    except ImportError:
        raise DrsError("missing_library", "the Python library jsonschema is not installed on the controller") from None
    return jsonschema.Draft202012Validator(schema)


def _messages(error: Any) -> Iterable[tuple[str, str]]:
    place = path_text(error.absolute_path)
    prefix = "" if place == "document" else place + "."
    properties = list(error.schema.get("properties") or ()) if isinstance(error.schema, Mapping) else []
    if error.validator == "additionalProperties":
        for key in error.instance:
            if key not in properties:
                near = get_close_matches(str(key), properties, n=1)
                hint = "did you mean %s?" % near[0] if near else "it has %s" % ", ".join(properties)
                yield prefix + clean(key, 60), "%s%s is not known; %s" % (prefix, clean(key, 60), hint)
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield prefix + key, "%s%s is missing" % (prefix, key)
    else:
        yield place, "%s: %s %s" % (place, _value(error.instance), _wish(error))


def _wish(error: Any) -> str:
    rule, expected = error.validator, error.validator_value
    described = error.schema.get("description") if isinstance(error.schema, Mapping) else None
    if rule == "type":
        kinds = expected if isinstance(expected, list) else [expected]
        wish = "must be %s" % " or ".join(_TYPES.get(kind, str(kind)) for kind in kinds)
        # yes, no, on and off are true and false to YAML
        return wish + ("; put it in quotes" if isinstance(error.instance, bool) and "string" in kinds else "")
    if rule in ("enum", "const"):
        return "must be %s" % ", ".join(str(one) for one in (expected if rule == "enum" else [expected]))
    if rule in ("minimum", "maximum"):
        return "must be at %s %s" % ("least" if rule == "minimum" else "most", expected)
    if rule in ("minItems", "minLength", "minProperties"):
        return "must not be empty"
    if rule in ("maxItems", "maxLength", "maxProperties"):
        return (
            "must have at most %s entries" % expected
            if rule != "maxLength"
            else "has more than %s characters" % expected
        )
    if rule == "oneOf" and all(list(one) == ["required"] for one in expected):
        return "must have exactly one of %s" % ", ".join(key for one in expected for key in one["required"])
    if rule == "uniqueItems":
        return "names the same thing twice"
    return "is not allowed here" + (": %s" % described if described else "; it must match %s" % clean(expected, 120))


def _value(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = str(value)
    return clean(text, 80)
