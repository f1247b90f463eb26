"""Small validators for scenario input; each fails with field, value and fix."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

_REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")


class ScenarioError(ValueError):
    """One thing wrong in a scenario; the text names field, value and fix."""


def fail(where: str, value: Any, fix: str) -> ScenarioError:
    """The error for a value; callers raise it."""
    return ScenarioError(f"{where}: {value!r} {fix}")


def mapping(value: Any, where: str, known: Iterable[str] | None = None) -> dict[str, Any]:
    """A mapping (None is an empty one) with only known keys."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise fail(where, value, "is not a mapping; write key: value pairs")
    if known is not None:
        names = list(known)
        for key in value:
            if key not in names:
                near = difflib.get_close_matches(str(key), names, 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(names)}"
                raise ScenarioError(f"{where}.{key}: unknown key; {hint}")
    return value


def sequence(value: Any, where: str) -> list[Any]:
    """A list (None is an empty one)."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise fail(where, value, "is not a list; start each entry with '- '")
    return value


def text(value: Any, where: str, default: str | None = None) -> str:
    """Text; numbers are taken as people write them."""
    if value is None and default is not None:
        return default
    if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value):
        return str(value)
    raise fail(where, value, "is not text")


def number(value: Any, where: str, default: float, low: float, high: float = 1e9) -> float:
    """A number in a range."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise fail(where, value, f"is not a number from {low:g} to {high:g}")
    return value


def boolean(value: Any, where: str, default: bool) -> bool:
    """true or false."""
    if value is None:
        return default
    if not isinstance(value, bool):
        raise fail(where, value, "is not true or false")
    return value


def choice(value: Any, where: str, default: str, allowed: Iterable[str]) -> str:
    """One of a closed list."""
    names = list(allowed)
    value = default if value is None else value
    if value not in names:
        raise fail(where, value, f"is not one of {', '.join(names)}")
    return str(value)


def account_id(value: Any, where: str) -> str:
    """Twelve digits; a YAML number is fine while it has no leading zero."""
    found = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"\d{12}", found):
        raise fail(where, value, 'is not an account id; write 12 digits in quotes, e.g. "111111111111"')
    return found


def region(value: Any, where: str) -> str:
    """A Region name of the right form; whether DRS has it is checked by the caller."""
    if value is None:
        raise ScenarioError(f"{where}: is missing; write one like us-west-2 (of several Regions none is the default)")
    if not isinstance(value, str) or not _REGION.match(value):
        raise fail(where, value, "is not a Region; write one like us-west-2")
    return value


def tags(value: Any, where: str) -> dict[str, str]:
    """Tags as text."""
    found = mapping(value, where)
    result = {}
    for key, item in found.items():
        if item is None or isinstance(item, (dict, list)):
            raise fail(f"{where}.{key}", item, "is not a tag value; write one text")
        result[str(key)] = ("true" if item else "false") if isinstance(item, bool) else str(item)
    return result


def span(value: Any, where: str) -> tuple[float, float]:
    """A range of seconds: [low, high], or one number for both."""
    both = value if isinstance(value, list) else [value, value]
    if len(both) != 2:
        raise fail(where, value, "is not [low, high] in seconds")
    low = number(both[0], where, 0, 0)
    high = number(both[1], where, 0, 0)
    if low > high:
        raise fail(where, value, "has its low end above its high end")
    return float(low), float(high)
