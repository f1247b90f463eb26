"""End the protection of machines: disconnect their source servers, and delete them when that is asked for.

A disconnected agent uninstalls itself within ten minutes (botocore model of drs), so nothing is sent to the machine.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations


from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Entry, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server


def remove(target: Cell, chosen: list[AnyServer], request: Given, check_mode: bool = False) -> Result:
    """Disconnect the source servers of machines.

    :param target: the replication cell.
    :param chosen: MACHINEs, or at least ``{instance_id, name, cell}`` of each.
    :param request: ``wave`` for the results, ``delete``.
    :returns: {servers, summary, changed}; a machine without a source server is ``removed`` and unchanged.
    """
    found = machines.by_instance(drs.source_servers(target))
    mine = [found[one["instance_id"]] for one in chosen if one["instance_id"] in found]
    # an instance is asked for only where such a server names one
    servers_by_instance = machines.by_instance(drs.without_ended(target, mine, []))
    servers = [_one(target, one, servers_by_instance.get(one["instance_id"]), request, check_mode) for one in chosen]
    return {
        "servers": servers,
        "summary": outcomes.summarise(servers),
        "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in servers),
    }


def _one(target: Cell, machine: AnyServer, server: Server | None, request: Given, check_mode: bool) -> Entry:
    named = {**machine, "wave": request["wave"]}
    if server is None:
        return outcomes.server_entry(outcomes.REMOVED, named)
    named.update({key: server[key] for key in ("source_server_id", "arn")})
    to_disconnect = machines.connected(server)
    if not to_disconnect and not request["delete"]:
        return outcomes.server_entry(outcomes.REMOVED, named)
    if server.get("recovery_instance_id"):
        text = f"{machine['name']}: recovery instance {server['recovery_instance_id']}"
        return outcomes.server_entry(outcomes.REFUSED, named, error=DrsError("has_recovery_instance", text))
    if check_mode:
        return outcomes.server_entry(outcomes.PLANNED, named)
    changed = False
    try:
        if to_disconnect:
            drs.disconnect_source_server(target, server["source_server_id"])
            changed = True
        if request["delete"]:
            drs.delete_source_server(target, server["source_server_id"])
            changed = True
    except DrsError as exc:
        error = DrsError(
            "removal_failed",
            f"{machine['name']}: {exc.code}: {exc.message}",
            remedy=exc.remedy,
            retryable=exc.retryable,
        )
        return outcomes.server_entry(outcomes.FAILED, named, error=error, changed=changed)
    return outcomes.server_entry(outcomes.REMOVED, named, changed=True)
