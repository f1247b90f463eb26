"""Write the tags of source servers that the installer could not carry."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods as agent_methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server


def complete(
    cell: Cell, server: Server, expected: Mapping[str, str], check_mode: bool = False
) -> tuple[bool, DrsError | None]:
    """Write what a source server's tags lack: (whether something was, or would be, written; the error or None).

    An agent that is installed stays installed when its tags cannot be written: that is told, and no failure.
    """
    missing = agent_methods.missing_tags(expected, server["tags"])
    if not missing:
        return False, None
    if check_mode:
        return True, None
    try:
        drs.tag_resource(cell, server["arn"], missing)
    except DrsError as exc:
        return False, DrsError(
            "tagging_failed", f"{server['name']}: {exc.code}: {exc.message}", retryable=exc.retryable
        )
    return True, None
