"""A clean-up over all cells of the play, in the process of one action; see recovery/effects/clean_up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import SPEC, Cleaning
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.together import together
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play, over_cells, said
from ansible_collections.resilience.drs.plugins.plugin_utils._action.reading import opened

__all__ = ["Hands", "Play", "SPEC", "clean", "places_of"]


class Hands:
    """Works in the threads of this process, and waits with the clock of the machine or the simulator."""

    def __init__(self, name: str) -> None:
        self._name = name

    def over(self, work: Callable[[Cell], Any], cells: Mapping[str, Cell]) -> dict[str, Any]:
        """See ``cells.over_cells``."""
        return over_cells(work, cells)

    def wait(self, waits: Mapping[str, Any]) -> dict[str, Any]:
        """Wait in many cells together, with one clock and one sleep."""
        with Clock(f"{self._name}-{os.getpid()}") as clock:
            ended = together(list(waits.values()), clock, said)
        return {name: _told(one.result, one.error) for name, one in zip(waits, ended)}


def _told(result: dict[str, Any] | None, error: Exception | None) -> Any:
    if error is None:
        return result or {}
    return error if isinstance(error, DrsError) else DrsError("internal_error", f"{type(error).__name__}: {error}")


def places_of(play: Play) -> dict[str, dict[str, str]]:
    """Account and Region of each cell of the play, as the inventory has them; empty where it says nothing."""

    def value(name: str, key: str) -> str:
        known = play.variables(name)
        return str(play.template(name, known[key]) or "") if key in known else ""

    return {
        name: {"account_id": value(name, "drs_account_id"), "region": value(name, "drs_region")} for name in play.all
    }


def clean(play: Play, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Clean up over the cells of the play.

    :returns: the proof (see CleanUp), and ``problem``: why the clean-up is not complete, "" when it is.
    """
    cleaning = Cleaning(opened(play), places_of(play), params, check_mode, Hands("clean-up"))
    proof = cleaning.run()
    told: dict[str, Any] = {**proof, "problem": clean_up.problem(cleaning.asked, proof)}
    if not proof["confirmed"]:
        wanted = proof["confirmation"]
        told["unconfirmed"] = {"option": "terminate_confirm", "given": params.get("confirm") or "", "wanted": wanted}
        told["problem"] = (
            "confirmation_mismatch: terminate_confirm does not say what every run left, '%s' does. "
            "Nothing was terminated." % wanted
        )
    return told
