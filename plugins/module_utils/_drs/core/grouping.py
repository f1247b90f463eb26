"""Tell entries of servers apart, and group entries by what they have in common, in the order in which they come."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
# an entry of a TypedDict is no Mapping[str, Any] to a list, and stays what it is
M = TypeVar("M", bound=Mapping[str, Any])


def group_by(entries: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    """The entries by their key, keys and entries in the order in which they come."""
    groups: dict[K, list[V]] = {}
    for one in entries:
        groups.setdefault(key(one), []).append(one)
    return groups


def group_by_cell(entries: Iterable[M]) -> dict[str, list[M]]:
    """The entries by their ``cell``, which each of them has."""
    return group_by(entries, lambda one: str(one["cell"]))


def server_key(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    """Which server an entry is about: ids are unique in an account and Region only, and the cell makes sure of it."""
    return (entry.get("cell"), entry.get("source_server_id"))
