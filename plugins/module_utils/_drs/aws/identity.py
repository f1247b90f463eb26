"""The account that a cell is in, for what AWS describes without naming it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell


def account_id(cell: Cell) -> str:
    """The account id: that of the role that the cell assumes, otherwise GetCallerIdentity, which nobody is denied.

    :raises DrsError: what STS said.
    """
    if cell.role_arn:
        return cell.role_arn.split(":")[4]
    with cell.errors("GetCallerIdentity"):
        return str(cell.client("sts").get_caller_identity()["Account"])
