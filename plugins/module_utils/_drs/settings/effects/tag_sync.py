"""Copy the tags of EC2 instances to the source servers that protect them; equal tags cost no write."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any


from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import tag_rules
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Diff, Entry, Given, Result

SYNC_SPEC = {
    "machines": {"type": "list", "elements": "dict"},
    "include": {"type": "list", "elements": "str", "default": ["*"]},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "purge": {"type": "bool", "default": False},
}
# The service model sets no bound; with it a thousand servers take two reads.
PAGE_SIZE = 500
FAILBACK = "FAILBACK"


def synchronise(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Give source servers the tags of their instances: {servers, summary, changes, diff, cell, changed}.

    ``machines`` are those of all cells, for the source may be in another account; without them those of this cell.
    """
    tag_rules.check(params["include"], params["exclude"], params["purge"])
    given = params["machines"]
    for number, one in enumerate(given or []):
        if not isinstance(one.get("tags"), dict):
            raise DrsError("invalid_option", f"machines[{number}].tags: take the machines from drs_cell_info")
    machines_by_instance = tag_rules.by_instance(_machines(cell) if given is None else given)
    entries: list[Entry] = []
    changes: list[dict] = []
    for server in drs.source_servers(cell, page_size=PAGE_SIZE):
        if server["replication_direction"] == FAILBACK:
            # the reversed copy of a recovery instance has no source machine of its own
            continue
        entries.append(_one(cell, server, machines_by_instance, params, check_mode, changes))
    return {
        "servers": entries,
        "summary": outcomes.summarise(entries),
        "changes": changes,
        "diff": _diff(cell, changes),
        "cell": cell.name,
        "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in entries),
    }


def _machines(cell: Cell) -> list[Machine]:
    return ec2.instances(cell, [{"Name": "instance-state-name", "Values": list(machines.SELECTABLE_STATES)}])


def _one(
    cell: Cell,
    server: Server,
    machines: dict[str, Machine],
    params: Given,
    check_mode: bool,
    changes: list[dict[str, Any]],
) -> Entry:
    if not server["instance_id"]:
        return outcomes.server_entry(outcomes.SKIPPED, server)
    machine = tag_rules.source_of(server, machines)
    if machine is None:
        text = f"{server['name']}: {server['instance_id']} is in no cell that was read"
        return outcomes.server_entry(outcomes.SKIPPED, server, error=DrsError("source_instance_not_read", text))
    try:
        write, delete = tag_rules.difference(
            server["tags"], machine["tags"], params["include"], params["exclude"], params["purge"]
        )
    except DrsError as exc:
        error = DrsError(exc.code, f"{server['name']}: {exc.message}")
        return outcomes.server_entry(outcomes.REFUSED, server, error=error)
    if not write and not delete:
        return outcomes.server_entry(outcomes.UNCHANGED, server)
    names = {key: server[key] for key in ("source_server_id", "name")}
    before = {key: server["tags"][key] for key in [*write, *delete] if key in server["tags"]}
    changes.append({**names, "write": write, "delete": delete, "before": before})
    if check_mode:
        return outcomes.server_entry(outcomes.PLANNED, server)
    try:
        if delete:
            drs.untag_resource(cell, server["arn"], delete)
        if write:
            drs.tag_resource(cell, server["arn"], write)
    except DrsError as exc:
        return outcomes.server_entry(outcomes.FAILED, server, error=exc)
    return outcomes.server_entry(outcomes.APPLIED, server, changed=True)


def _diff(cell: Cell, changes: list[dict[str, Any]]) -> Diff:
    header = f"tags of the source servers of {cell.name}"
    before = {f"{one['name']} ({one['source_server_id']})": one["before"] for one in changes}
    after = {f"{one['name']} ({one['source_server_id']})": one["write"] for one in changes}
    return {"before": before, "after": after, "before_header": header, "after_header": header}
