"""The graph of waves: what depends on what, and which waves may run at the same time."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Mapping, Sequence

Graph = Mapping[str, Sequence[str]]


def stages(graph: Graph) -> list[list[str]]:
    """Put waves in stages: a wave stands in the first stage after all that it depends on.

    :param graph: {wave: the waves it depends on}; the order of the waves is kept inside a stage.
    :returns: lists of waves that do not depend on each other. Waves on a circle, and what depends on them, are in none.
    """
    done: dict[str, int] = {}
    result: list[list[str]] = []
    left = list(graph)
    while left:
        ready = [wave for wave in left if all(other in done for other in graph[wave])]
        if not ready:
            break
        result.append(ready)
        done.update({wave: len(result) for wave in ready})
        left = [wave for wave in left if wave not in done]
    return result


def cycle(graph: Graph) -> list[str]:
    """A circle of dependencies, the first wave again at its end (``[a, b, a]``); empty when there is none."""
    placed = {wave for stage in stages(graph) for wave in stage}
    stuck = [wave for wave in graph if wave not in placed]
    path: list[str] = []
    wave = stuck[0] if stuck else ""
    # Every wave that is stuck depends on another one that is, so following them must come round.
    while wave and wave not in path:
        path.append(wave)
        wave = next((other for other in graph[wave] if other in graph and other not in placed), "")
    return path[path.index(wave) :] + [wave] if wave else []
