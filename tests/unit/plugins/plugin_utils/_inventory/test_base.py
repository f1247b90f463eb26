"""Test what the inventory plugins share."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.resilience.drs.plugins.inventory import drs_instances
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.base import garbage_collection_paused
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError


@pytest.fixture(autouse=True)
def collector():
    was = gc.isenabled()
    yield
    gc.unfreeze()
    (gc.enable if was else gc.disable)()


@pytest.mark.parametrize("was", [True, False])
def test_the_collector_is_as_before_whatever_happens(was):
    (gc.enable if was else gc.disable)()
    with pytest.raises(ValueError, match="flaw"), garbage_collection_paused():
        assert not gc.isenabled()
        raise ValueError("flaw")
    assert gc.isenabled() is was


def test_what_was_made_is_searched_again_when_the_next_inventory_is_made():
    with garbage_collection_paused():
        made = [[] for _number in range(1000)]
    assert gc.get_freeze_count() > len(made)
    with garbage_collection_paused():
        assert gc.get_freeze_count() == 0


def test_cells_file_that_does_not_exist_is_named_as_the_key_that_it_is(tmp_path):
    plugin = drs_instances.InventoryModule()
    plugin.loader = DataLoader()
    with pytest.raises(CellError, match="cells_file 'mien.drs_accounts.yml' does not exist; a relative one is looked"):
        plugin._accounts(str(tmp_path / "x.drs_instances.yml"), {"cells_file": "mien.drs_accounts.yml"})
