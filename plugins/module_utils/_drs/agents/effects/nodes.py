"""Read managed nodes outside EC2, which are named by their ids: what Systems Manager says of them, and their tags."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.identity import account_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine


def read(cell: Cell, ids: Sequence[str]) -> list[Machine]:
    """The MACHINEs of those ids that Systems Manager knows in the cell.

    :raises DrsError: what Systems Manager said.
    """
    if not ids:
        return []
    information = ssm.instance_information(cell, list(ids))
    if not information:
        return []
    account = account_id(cell)
    return [
        machines.normalise_node(item, ssm.node_tags(cell, node_id), account, cell.region, cell.name)
        for node_id, item in information.items()
    ]
