"""Results of install commands: read from Systems Manager, proven by the source server in the replication cell."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import tags as agent_tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_install_failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Explanation
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Command, Invocation, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import present

_VAGUE = ("install_failed", "ssm_unknown_status")


def id_of(entry: Entry) -> str:
    """The instance that an entry is about; every entry of an agent has one."""
    return present(entry["instance_id"])


def read(
    cell: Cell, command: Command, entries: t.Iterable[Entry], patient: bool = False
) -> tuple[list[Entry], set[str], set[str]]:
    """Read what one command did.

    :param entries: the result entries of its machines.
    :param patient: leave a machine that Systems Manager does not show yet for the next look.
    :returns: the entries, failed ones with their reason; the ids of those that report success, not yet proven; and the
        ids of those that have to be looked at again.
    """
    invocations = {one["instance_id"]: one for one in ssm.invocations(cell, command["command_id"])}
    done: list[Entry] = []
    claimed: set[str] = set()
    unseen: set[str] = set()
    for one in entries:
        invocation = invocations.get(id_of(one))
        if patient and (invocation is None or not invocation["final"]):
            unseen.add(id_of(one))
            done.append(one)
            continue
        if invocation is None and command["status"] == ssm_command.SUCCESS:
            # it succeeded on every machine, and the list lacks this one: its source server proves it, or nothing does
            claimed.add(id_of(one))
            done.append(outcomes.server_entry(outcomes.IN_PROGRESS, one))
            continue
        if invocation is None:
            # never sent: the command ended before it came to this machine
            never = explain_install_failure("Terminated" if command["status"] != "Cancelled" else "Cancelled", "")
            done.append(outcomes.server_entry(outcomes.SKIPPED, dict(one, changed=False), error=never))
            continue
        error = ssm_command.judge(invocation)
        times = {"started_at": invocation["started_at"], "ended_at": invocation["ended_at"], "duration_seconds": None}
        if error is None:
            claimed.add(id_of(one))
            made = _made(cell, invocation) if machines.is_node(id_of(one)) else {}
            done.append(outcomes.server_entry(outcomes.IN_PROGRESS, {**one, **times, **made}))
            continue
        if error["code"] in _VAGUE and invocation["cut"]:
            error = _read_more(cell, invocation) or error
        # a machine that the command never reached has not failed to install
        outcome = outcomes.SKIPPED if error["code"] == "ssm_terminated" else outcomes.FAILED
        done.append(outcomes.server_entry(outcome, {**one, **times}, error=error))
    return done, claimed, unseen


def _made(cell: Cell, invocation: Invocation) -> dict[str, str]:
    """The source server that the installer names on a node outside EC2, whose id DRS does not know."""
    found = ssm_command.source_server_id(invocation)
    if not found and invocation["cut"]:
        try:
            ids = invocation["command_id"], invocation["instance_id"], invocation["plugin"]
            found = ssm_command.source_server_id({**invocation, "output": ssm.invocation_output(cell, *ids)})
        except errors.DrsError:
            return {}
    return {"source_server_id": found} if found else {}


def _read_more(cell: Cell, invocation: Invocation) -> Explanation | None:
    """The reason in the part of the output that the list had cut off; None when it cannot be read."""
    try:
        text = ssm.invocation_output(cell, invocation["command_id"], invocation["instance_id"], invocation["plugin"])
    except errors.DrsError:
        return None
    return explain_install_failure(invocation["status_details"], text)


class Proof:
    """Looks for the source servers of machines whose command reports success.

    :param target: the replication cell.
    :param server_tags: the tags that each machine's source server shall carry, by instance id.
    """

    def __init__(self, target: Cell, server_tags: t.Mapping[str, t.Mapping[str, str]]) -> None:
        self.target = target
        self.server_tags = server_tags
        self._known: int | None = None

    def look(self, entries: list[Entry], claimed: set[str]) -> tuple[list[Entry], set[str]]:
        """Prove what can be proven now; returns the entries, and the ids of those that are still without a server."""
        outside = [one for one in entries if id_of(one) in claimed and machines.is_node(id_of(one))]
        servers = {**self._nodes(outside), **self._servers({one for one in claimed if not machines.is_node(one)})}
        done: list[Entry] = []
        open_ids: set[str] = set()
        for one in entries:
            server = servers.get(id_of(one)) if id_of(one) in claimed else None
            if server is not None and machines.connected(server):
                done.append(self._installed(one, server))
                continue
            if id_of(one) in claimed:
                open_ids.add(id_of(one))
            done.append(one)
        return done, open_ids

    def _nodes(self, entries: list[Entry]) -> dict[str, Server]:
        """The source servers of nodes outside EC2: as their installers named them, otherwise by the computer's name."""
        named = {id_of(one): str(one["source_server_id"]) for one in entries if one.get("source_server_id")}
        unnamed = [one for one in entries if id_of(one) not in named]
        if not entries:
            return {}
        servers = drs.source_servers(self.target, None if unnamed else sorted(named.values()))
        by_id = {one["source_server_id"]: one for one in servers}
        by_node = machines.by_instance(servers)
        found = {node_id: by_id.get(server_id) for node_id, server_id in named.items()}
        for one in unnamed:
            found[id_of(one)] = by_node.get(id_of(one)) or machines.by_hostname(servers, one)
        return {node_id: server for node_id, server in found.items() if server}

    def _servers(self, claimed: set[str]) -> t.Mapping[str, Server]:
        if not claimed:
            return {}
        pages = 2 if self._known is None else len(range(0, self._known, drs.PAGE_SIZE))
        if len(claimed) < pages:
            servers = [one for instance_id in sorted(claimed)
                       for one in drs.source_servers(self.target, hardware_id=instance_id)]  # fmt: skip
        else:
            servers = drs.source_servers(self.target)
            self._known = len(servers)
        return machines.by_instance(servers)

    def _installed(self, one: Entry, server: Server) -> Entry:
        _written, error = agent_tags.complete(self.target, server, self.server_tags.get(id_of(one)) or {})
        fields = {key: server[key] for key in ("source_server_id", "arn")}
        return outcomes.server_entry(outcomes.INSTALLED, {**one, **fields, "changed": True}, error=error)


def unproven(one: Entry) -> Entry:
    """The entry of a machine whose command reports success and whose source server has not appeared."""
    error = explain_install_failure("Success", "")
    return outcomes.server_entry(outcomes.FAILED, one, error=error)
