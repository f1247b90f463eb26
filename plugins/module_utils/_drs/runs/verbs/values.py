"""Option values as Ansible reads them: text from a command line becomes a number, a list or a mapping."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ansible.module_utils.common.validation import (
    check_type_bool,
    check_type_dict,
    check_type_float,
    check_type_int,
    check_type_list,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.examples import such_as
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option

_NOUNS = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
}
# No option counts further: thirty years in seconds. What is behind it fails in the arithmetic of times.
_MOST = 10**9


def _list(value: Any) -> list[Any]:
    """A list, one element alone, text with commas, or a list as text, in JSON or as people write one in YAML."""
    if not isinstance(value, str):
        return list(check_type_list(value))
    text = value.strip()
    if not (text.startswith("[") and text.endswith("]")):
        if text[:1] in ("[", "{"):
            raise ValueError("neither a list nor elements of one")
        return [part.strip() for part in text.split(",")]
    try:
        return list(json.loads(text))
    except ValueError:
        if set(text[1:-1]) & set("[]{}"):
            raise
        return [part.strip(" \t\r\n'\"") for part in text[1:-1].split(",")]


_READERS = {
    "int": check_type_int,
    "float": check_type_float,
    "bool": check_type_bool,
    "list": _list,
    "dict": check_type_dict,
}


def given(value: Any) -> bool:
    """Whether a value says anything: Ansible hands on what was left out as null, or as no text."""
    return value is not None and value != ""


def converted(option: Option, value: Any, place: str) -> Any:
    """A value in the type of its option, with what Ansible accepts for it; null and no text are the default.

    :param place: how people name the option, such as ``recovery_policy``.
    :raises DrsError: ``invalid_option`` with place, value and what to write.
    """
    if not given(value):
        return copy.deepcopy(option.default)
    result = _typed(option.type, value, place, such_as(option, place))
    if option.type == "list":
        result = [_element(option, one, "%s[%d]" % (place, number)) for number, one in enumerate(result)]
    elif option.type == "dict":
        result = _mapping(option.keys, result, place)
    allowed = option.choices
    for one in result if isinstance(result, list) else [result]:
        if allowed and one not in allowed:
            raise wrong("%s: '%s' is not one of %s%s" % (place, clean(one, 80), names(allowed), near(one, allowed)))
    return result


def nothing(value: Any) -> bool:
    """Whether a value is there and holds nothing."""
    return not given(value) or (isinstance(value, (Mapping, list, tuple)) and not value)


def empty(place: str) -> DrsError:
    """A selection that came out empty, as by a variable that nobody set: it would mean everything."""
    return wrong("%s is empty, which would mean all; leave it out where all are meant" % place)


def _element(option: Option, value: Any, place: str) -> Any:
    if option.elements == "str" and isinstance(value, str):
        value = value.strip()
    if option.elements == "str" and not given(value):
        raise wrong("%s is empty" % place)
    result = _typed(option.elements or "raw", value, place, such_as(option, place, element=True))
    return _mapping(option.keys, result, place) if option.elements == "dict" else result


def _mapping(keys: Iterable[Option], value: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The keys of a mapping that are declared, in their types; what is null is left out.

    :raises DrsError: ``invalid_option`` for a key that is not declared, with the nearest one.
    """
    declared = {option.name: option for option in keys}
    if not declared:
        return {str(key): one for key, one in value.items()}
    for key in value:
        if str(key) not in declared:
            hint = near(key, declared) or "; its keys are %s" % names(declared)
            raise wrong("%s.%s is not known, nothing would read it%s" % (place, clean(key, 60), hint))
        if declared[str(key)].filled and nothing(value[key]):
            raise empty("%s.%s" % (place, key))
    return {
        str(key): converted(declared[str(key)], one, "%s.%s" % (place, key)) for key, one in value.items() if given(one)
    }


def _typed(kind: str, value: Any, place: str, hint: str) -> Any:
    if kind == "raw":
        return value
    # a yes or a no is no number, no name and no path, whatever Ansible would make of it
    if isinstance(value, bool) and kind != "bool":
        raise _not_a(kind, value, place, hint)
    if kind in ("str", "path"):
        if isinstance(value, (Mapping, list, tuple, set)):
            raise _not_a(kind, value, place, hint)
        return str(value)
    try:
        result = _READERS[kind](value)
    except (TypeError, ValueError, OverflowError):
        raise _not_a(kind, value, place, hint) from None
    # what is no number at all (nan) is not smaller either
    if kind in ("int", "float") and not abs(result) <= _MOST:
        raise wrong("%s: '%s' is not %s of at most %d" % (place, clean(value, 40), _NOUNS[kind], _MOST))
    return result


def _not_a(kind: str, value: Any, place: str, hint: str) -> DrsError:
    return wrong("%s: '%s' is not %s%s" % (place, clean(value, 80), _NOUNS[kind], hint))


def near(word: Any, words: Iterable[Any]) -> str:
    """A hint at the word that was meant, empty when there is none near."""
    result = get_close_matches(str(word), [str(one) for one in words], n=1)
    return "; did you mean %s?" % result[0] if result else ""


def wrong(message: str, remedy: str | None = None) -> DrsError:
    """An option has a value that it cannot have, or none."""
    return DrsError("invalid_option", message, remedy=remedy)
