"""Registry of moto corrections: each is applied when its service is first used.

A correction registers itself where it stands, in the room of what it needs, and whoever uses a service asks for its
corrections here. Each says what moto does and what AWS does; tests/simulator/test_server_patches.py pins them: a new
moto that changes under them fails there.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable

Correction = Callable[[], None]

_corrections: dict[str, list[Correction]] = {}
_done: set[str] = set()


def corrects(*services: str, first: bool = False) -> Callable[[Correction], Correction]:
    """Register a function that corrects services of moto (by moto's names); it is called once for each.

    Those of one service are called in the order of their registration, after the one that asked to be ``first``.
    Raises RuntimeError for a service that was used already, whose correction would never happen.
    """

    def register(correction: Correction) -> Correction:
        for service in services:
            if service in _done:
                raise RuntimeError(f"{correction.__module__} corrects {service}, which was used before")
            known = _corrections.setdefault(service, [])
            known.insert(0 if first else len(known), correction)
        return correction

    return register


def applied(service: str) -> bool:
    """Whether a service was used by now."""
    return service in _done


def apply(service: str) -> None:
    """Correct one moto service; the first call for each does the work."""
    if service in _done:
        return
    _done.add(service)
    for correction in _corrections.get(service, ()):
        correction()
