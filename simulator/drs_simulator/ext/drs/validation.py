"""Check a request (or an answer) against botocore's model of DRS.

botocore's own client-side check covers required members, types and minimum lengths only. A real endpoint also refuses
malformed ids, unknown enum values and too long lists, and callers other than boto3 are not checked at all; so the
model is walked here.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .exceptions import ValidationException

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


@lru_cache(maxsize=None)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _bounds(shape: Any, size: float, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"Member must have {what} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"Member must have {what} less than or equal to {high}"


def _scalar(shape: Any, value: Any) -> Iterator[str]:
    if shape.type_name == "string":
        yield from _bounds(shape, len(value), "length")
        pattern = shape.metadata.get("pattern")
        if pattern and not _pattern(pattern).fullmatch(value):
            yield f"Member must satisfy regular expression pattern: {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _bounds(shape, value, "value")


def problems(shape: Any, value: Any, path: str = "", strict: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (path, constraint) for each violation; ``strict`` also reports members the model does not know."""
    expected = _TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
        yield path, f"Member must be of type {shape.type_name}"
        return
    if shape.type_name == "structure":
        prefix = f"{path}." if path else ""
        for name in shape.required_members:
            if value.get(name) is None:
                yield prefix + name, "Member must not be null"
        for name, member in value.items():
            if name not in shape.members:
                if strict:
                    yield prefix + name, "Member is not part of the model"
            elif member is not None:
                yield from problems(shape.members[name], member, prefix + name, strict)
    elif shape.type_name == "list":
        for text in _bounds(shape, len(value), "length"):
            yield path, text
        for number, member in enumerate(value, 1):
            yield from problems(shape.member, member, f"{path}.{number}.member", strict)
    elif shape.type_name == "map":
        for text in _bounds(shape, len(value), "size"):
            yield path, text
        for key, member in value.items():
            yield from problems(shape.key, key, f"{path}.key", strict)
            yield from problems(shape.value, member, f"{path}.{key}", strict)
    else:
        for text in _scalar(shape, value):
            yield path, text


def check(shape: Any, params: dict[str, Any]) -> None:
    """Refuse a request that the model forbids.

    Raises:
        ValidationException: reason ``fieldValidationFailed`` with one entry of ``fieldList`` per violation.
    """
    if shape is None:
        return
    found = list(problems(shape, params))
    if not found:
        return
    details = "; ".join(f"Value at '{path}' failed to satisfy constraint: {text}" for path, text in found[:10])
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
    raise ValidationException(f"{count}: {details}", "fieldValidationFailed", found)
