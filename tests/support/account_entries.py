"""Make cells from the account entries of one inventory file, for tests of what reads them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import DEFAULTS_KEYS, check_keys
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell, Given, cells_of


def build_cells(accounts, defaults, regions_by_partition) -> list[Cell]:
    """The cells of a list of entries with the defaults of their file."""
    defaults = {} if defaults is None else defaults
    check_keys(defaults, DEFAULTS_KEYS, "defaults")
    entries = [Given(entry, defaults, f"accounts[{index}]") for index, entry in enumerate(accounts)]
    return cells_of(entries, regions_by_partition)
