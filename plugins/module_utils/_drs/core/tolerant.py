"""Reading what may be absent, null or of another type than the model says, without raising."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

T = TypeVar("T")


def as_mapping(value: Any) -> Mapping[str, Any]:
    # a dict is asked for first: an abstract class takes its time, and a fleet asks a hundred thousand times
    return value if isinstance(value, (dict, Mapping)) else {}


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def as_text(value: Any) -> str | None:
    """Text as it is; None for nothing, for an empty text and for what is no text at all."""
    return value if isinstance(value, str) and value else None


def always(value: Any) -> str:
    """Text that AWS never leaves out. Should it, None continues as it came: nothing can be done with such a thing."""
    return cast("str", as_text(value))


def present(value: T | None) -> T:
    """A value that an earlier check has found to be there.

    :raises ValueError: it is not, so the check or the order of the steps is wrong.
    """
    if value is None:
        raise ValueError("what an earlier check has found is not there")
    return value


def as_size(value: Any) -> int:
    """A size in bytes, or a count; nothing, or nonsense, is 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
