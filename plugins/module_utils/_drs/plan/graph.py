"""The graph of waves: what depends on what, and which waves may run at the same time."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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


def among(graph: Graph, present: Iterable[str]) -> dict[str, list[str]]:
    """What waves wait for among those that are present: of a wave that is not, what it waits for itself.

    :param graph: {wave: the waves it depends on}, without circles.
    :returns: ``{wave: the present waves that must have passed first}``, each once, in the order of the graph.
    """
    there = set(present)
    order = {wave: number for number, wave in enumerate(graph)}
    known: dict[str, list[str]] = {}

    def of(wave: str) -> list[str]:
        if wave not in known:
            before: set[str] = set()
            for other in graph.get(wave, ()):
                before.update([other] if other in there else of(other))
            known[wave] = sorted(before, key=lambda one: order.get(one, len(order)))
        return known[wave]

    return {wave: of(wave) for wave in graph if wave in there}


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
