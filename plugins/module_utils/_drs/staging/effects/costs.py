"""Read what DRS keeps in a cell at rest, and price it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import costs
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import capacity

COST_SPEC = {"prices": {"type": "dict", "required": True}}


def read(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Read and price a cell: {costs, changed}; see ``costs.of_cell``.

    :raises DrsError: ``invalid_option`` of the prices, before anything is called; what DRS or EC2 said.
    """
    price = costs.prices(params["prices"], cell.region)
    servers = drs.source_servers(cell)
    recovery = [one["ec2_instance_id"] for one in drs.recovery_instances(cell) if one["ec2_instance_id"]]
    described = {"servers": servers, "recovery": recovery, **ec2.managed_by_drs(cell)}
    place = {"cell": cell.name, "account_id": capacity.account_of(cell, servers), "region": cell.region}
    return {"costs": costs.of_cell(place, described, price), "changed": False}
