"""Check the servers of a cell against the guardrail for the network of drills, before anything is launched."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.effects import drill_isolation
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

DRILL_INFO_SPEC = {
    "source_server_ids": {"type": "list", "elements": "str"},
    "drill_network": {"type": "dict", "required": True, "options": drill_network.NETWORK_SPEC["options"]},
}


def read(cell: Cell, params: Given, _check_mode: bool) -> Result:
    """Check servers, all or some: {findings, allowed, servers, cell}.

    :raises DrsError: ``invalid_option`` without a guardrail, ``malformed_id``, or what the service said of the servers.
    """
    if not drill_network.guardrail(params["drill_network"]):
        raise DrsError("invalid_option", "drill_network: it needs subnet_ids or subnet_tags, the subnets of drills")
    ids = params["source_server_ids"]
    wrong = [one for server_id in ids or [] for one in valid_id("source_server", server_id)]
    if wrong:
        raise findings.refusal(wrong)
    servers = drs.source_servers(cell, ids)
    problems = drill_isolation.check(cell, servers, params["drill_network"])
    return {
        "findings": problems,
        "allowed": not findings.errors_of(problems),
        "servers": len(servers),
        "cell": cell.name,
        "changed": False,
    }
