"""Read the fleet of one cell for an inventory, in the fewest calls."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory import records as inventory_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import botocore_data
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.records import InventoryRecord

# The AWS services that each kind of machine is read from.
SERVICES = {
    "instances": ("ec2",),
    "source_servers": ("drs",),
    "recovery_instances": ("drs", "ec2"),
}


def warm(kinds: t.Iterable[str]) -> None:
    """Load the models that reading these kinds needs, before threads do it all at once."""
    botocore_data.warm(sorted({"sts", *(service for kind in kinds for service in SERVICES[kind])}))


def read(cell: Cell, kind: str, query: Given) -> list[InventoryRecord]:
    """The RECORDs of one kind in a cell.

    :param kind: ``instances``, ``source_servers`` or ``recovery_instances``.
    :param query: ``filters`` of DescribeInstances, ``staging_account_ids`` of DescribeSourceServers (None for all),
        ``account_id`` and ``partition`` of the cell.
    :raises DrsError: what AWS said.
    """
    return _READERS[kind](cell, query)


def _instances(cell: Cell, query: Given) -> list[InventoryRecord]:
    return [
        inventory_records.of_machine(machine, query["account_id"], query["partition"])
        for machine in ec2.instances(cell, query["filters"])
    ]


def _source_servers(cell: Cell, query: Given) -> list[InventoryRecord]:
    servers = drs.source_servers(cell, staging_account_ids=query["staging_account_ids"])
    return [inventory_records.of_server(server) for server in servers]


def _recovery_instances(cell: Cell, query: Given) -> list[InventoryRecord]:
    instances = drs.recovery_instances(cell)
    machines_by_id = ec2.instances_by_id(cell, [one["ec2_instance_id"] for one in instances if one["ec2_instance_id"]])
    return [
        inventory_records.of_recovery_instance(
            one,
            machines.normalise(machines_by_id[one["ec2_instance_id"]], query["account_id"], cell.region, cell.name)
            if one["ec2_instance_id"] in machines_by_id
            else None,
        )
        for one in instances
    ]


_READERS = {
    "instances": _instances,
    "source_servers": _source_servers,
    "recovery_instances": _recovery_instances,
}
