"""Find strongly connected nodes of a graph, for the rule against import cycles (house.py)."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping


def strongly_connected(ties: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other: Tarjan's algorithm, without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []
    for start in sorted(ties):
        work = [] if start in index else [(start, iter(sorted(ties[start])))]
        if work:
            index[start] = low[start] = len(index)
            stack.append(start)
        while work:
            node, children = work[-1]
            child = next(children, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    groups.append(sorted(stack[cut:]))
                    del stack[cut:]
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                work.append((child, iter(sorted(ties.get(child, ())))))
            elif child in stack:
                low[node] = min(low[node], index[child])
    return groups
