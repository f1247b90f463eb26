"""Test work over all cells in one process: every cell has a result, whatever the others do."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cells as _cells


def test_a_cell_that_fails_in_any_way_stops_no_other():
    def work(one):
        if one == "refused":
            raise DrsError("AccessDeniedException", "no")
        if one == "broken":
            raise KeyError("fault")
        return one.upper()

    told = _cells.over_cells(work, {name: name for name in ("good", "refused", "broken", "last")})
    assert list(told) == ["good", "refused", "broken", "last"]
    assert (told["good"], told["last"]) == ("GOOD", "LAST")
    assert (told["refused"].code, told["broken"].code) == ("AccessDeniedException", "internal_error")


def test_cells_work_at_the_same_time_and_never_more_than_asked_for():
    together = threading.Barrier(3, timeout=20)
    busy, most = set(), []

    def work(one):
        busy.add(one)
        most.append(len(busy))
        together.wait()
        busy.discard(one)
        return one

    told = _cells.over_cells(work, {number: number for number in range(9)}, at_once=3)
    assert sorted(told) == sorted(told.values()) == list(range(9))
    assert max(most) <= 3


def test_no_cell_is_no_work():
    assert _cells.over_cells(str, {}) == {}
