"""Install the replication agent on the machines of one cell, through Systems Manager.

Two cells take part: the source cell, where the machines run and commands are sent, and the replication cell, where
their source servers appear. SendCommand has no client token, so a machine on which an installer runs already is
adopted, whoever sent it; and nothing is sent before the replication cell was read, for what is there already and for
the room that is left.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import machine_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods as agent_methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import node_credentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import selecting
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import tags as agent_tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Command, Machine, QuotaRoom, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    Entry,
    Finding,
    Given,
    Result,
)

LATEST = "latest"


class Install:
    """One request to install agents on machines of one cell.

    :param cell: the source cell.
    :param target: the replication cell; the same object where machines replicate into their own account and Region.
    :param request: the options of drs_agent_install, see agents/effects/request.INSTALL_SPEC.
    :param check_mode: say what would be done; call nothing that changes anything.
    :param elsewhere: source servers of other cells: their machines are protected, wherever machines replicate to now.
    """

    def __init__(
        self, cell: Cell, target: Cell, request: Given, check_mode: bool = False, elsewhere: t.Sequence[Server] = ()
    ) -> None:
        self.cell = cell
        self.elsewhere = elsewhere
        self.target = target
        self.request = request
        self.check_mode = check_mode
        self.keys = tags.resolve_keys(request.get("tag_keys"))
        self.limits = quotas.limits(request.get("limits") or {})
        self.machines: dict[str, Machine] = {}
        self.entries: dict[str, Entry] = {}
        self.commands: dict[str, Command] = {}
        self.servers: list[Server] = []
        self.running = 0
        self.capacity: list[QuotaRoom] = []
        self.near: list[tuple[Machine, Finding]] = []
        self.account_id: str | None = None
        self.target_account_id: str | None = None
        self.method = request["method"]
        self.network = agent_methods.network_of(request)
        self.credentials = node_credentials.of(request)

    def run(self) -> Result:
        """Send or adopt; returns {commands, servers, queued, capacity, pattern, method, summary, changed, ...}."""
        ssm_command.check_deployment_id(self.request["deployment_id"])
        agent_methods.check_devices(self.request["devices"])
        self._read_machines()
        waiting = self._fit(self._settle_retired(self._settle_present()))
        if waiting:
            waiting = self._adopt(waiting)
        if waiting:
            self._check_room(waiting)
            self._send(self._online(waiting))
        return self._result()

    # -- what is there -------------------------------------------------------------------------------------------
    def _read_machines(self) -> None:
        instances, missing, self.near = selecting.read(self.cell, self.request)
        for instance_id in missing:
            self._absent(instance_id)
        self.machines.update({one["instance_id"]: one for one in instances})
        self.account_id = next((one["account_id"] for one in instances), None)
        self.target_account_id = self.request["replication"].get("account_id") or self.account_id
        self.method = agent_methods.choose(
            self.request["method"], self.request.get("document_name"), self._cross_account, self.request["devices"],
            self.network,
        )  # fmt: skip
        for one in instances:
            if one["managed_by_drs"]:
                self._put(
                    outcomes.REFUSED, one, error=DrsError("drs_managed_instance", f"{one['name']} is made by DRS")
                )
            elif one["state"] != machines.RUNNING:
                reason = f"{one['name']} ({one['instance_id']}) is {one['state']}"
                self._put(outcomes.SKIPPED, one, error=DrsError("instance_not_running", reason))
            elif machines.is_node(one["instance_id"]) and self._cross_account:
                reason = f"{one['name']} ({one['instance_id']}) cannot replicate into {self.target_account_id}"
                self._put(outcomes.REFUSED, one, error=DrsError("node_other_account", reason))

    @property
    def _cross_account(self) -> bool:
        return bool(self.account_id) and self.target_account_id != self.account_id

    def _absent(self, instance_id: str) -> None:
        self.machines[instance_id] = {
            "instance_id": instance_id,
            "name": instance_id,
            "account_id": None,
            "region": self.cell.region,
            "cell": self.cell.name,
            "state": None,
            "platform": "",
            "architecture": None,
            "private_ip": None,
            "tags": {},
            "managed_by_drs": False,
            "ssm": None,
        }
        reason = f"{instance_id} is not in {self.cell.name}"
        self._put(outcomes.REFUSED, self.machines[instance_id], error=DrsError("unknown_instance", reason))

    def _settle_present(self) -> list[Machine]:
        """Set aside the machines whose source server is there; returns those that something must be sent to."""
        left = [one for one in self.machines.values() if one["instance_id"] not in self.entries]
        if not left and not self.near:
            return []
        self.servers = self._read_target()
        servers_by_instance = machines.by_instance(self.servers)
        anywhere = machines.by_instance([*self.servers, *self.elsewhere])
        self.near = [one for one in self.near if one[0]["instance_id"] not in anywhere]
        waiting = []
        for one in left:
            server = servers_by_instance.get(one["instance_id"])
            if server is None and machines.is_node(one["instance_id"]):
                server = machines.by_hostname(self.servers, one)
            if server is None or not machines.connected(server) or self.request["state"] == LATEST:
                waiting.append(one)
                continue
            written, error = agent_tags.complete(self.target, server, self._tags(one), self.check_mode)
            self._put(outcomes.ALREADY_INSTALLED, one, server=server, changed=written, error=error)
        return waiting

    def _settle_retired(self, waiting: list[Machine]) -> list[Machine]:
        """Set aside the originals that were failed back from, unless they were asked for by id; returns the others."""
        if self.request.get("instance_ids"):
            return waiting
        bare = [*waiting, *(machine for machine, _why in self.near)]
        retired = selecting.retired(self.cell, bare, [*self.servers, *self.elsewhere])
        self.near = [one for one in self.near if one[0]["instance_id"] not in retired]
        for one in waiting:
            if one["instance_id"] in retired:
                reason = "%s (%s) was failed back from: %s is protected in its place" % (
                    one["name"], one["instance_id"], retired[one["instance_id"]]["instance_id"],
                )  # fmt: skip
                self._put(outcomes.SKIPPED, one, error=DrsError("machine_retired", reason))
        return [one for one in waiting if one["instance_id"] not in retired]

    def _read_target(self) -> list[Server]:
        try:
            servers = drs.source_servers(self.target)
        except DrsError as exc:
            if self.target is self.cell:
                raise
            # the message is read beside the name of the source cell
            raise DrsError(
                exc.code,
                f"replication cell {self.target.name}: {exc.message}",
                remedy=exc.remedy,
                retryable=exc.retryable,
                details={**exc.details, "cell": self.target.name},
            ) from None
        return servers

    def _tags(self, machine: Machine) -> dict[str, str]:
        own = agent_methods.server_tags(machine, self.request["tags"], self.request["copy_tags"], self.keys)
        node_id = machine["instance_id"]
        return {**own, machines.NODE_TAG: node_id} if machines.is_node(node_id) else own

    def _fit(self, waiting: list[Machine]) -> list[Machine]:
        """Refuse the machines that DRS cannot take, or should not."""
        for one in waiting:
            error = machine_checks.unfit(one, self.request.get("allow") or ())
            if error:
                self._put(outcomes.REFUSED, one, error=error)
        return [one for one in waiting if one["instance_id"] not in self.entries]

    # -- before anything is sent ---------------------------------------------------------------------------------
    def _adopt(self, waiting: list[Machine]) -> list[Machine]:
        """Take over installations that are running; returns the machines that none runs on."""
        # of every document: the one that is running may have been sent by another method
        commands = ssm.commands(self.cell, self.cell.now - timedelta(minutes=self.request["lookback_minutes"]))
        held = ssm_command.in_flight(
            commands, self.target.region, [agent_methods.INSTALL_DOCUMENT, str(self.request.get("document_name"))]
        )
        self.running = sum(
            one["target_count"] - one["completed_count"]
            for one in {one["command_id"]: one for one in held.values()}.values()
        )
        for one in waiting:
            if one["instance_id"] in held:
                self._take(held[one["instance_id"]], [one], adopted=True)
        return [one for one in waiting if one["instance_id"] not in self.entries]

    def _check_room(self, waiting: list[Machine]) -> None:
        """Refuse the whole request when the replication cell has no room for the servers that are new to it."""
        servers_by_instance = machines.by_instance(self.servers)
        fresh = [one for one in waiting if one["instance_id"] not in servers_by_instance or
                 not machines.connected(servers_by_instance[one["instance_id"]])]  # fmt: skip
        # those that are being installed take their place, too, as long as DRS does not show them
        coming = [
            one for one in self.entries.values() if one["adopted"] and one["instance_id"] not in servers_by_instance
        ]
        planned = len(fresh) + len(coming)
        self.capacity, problems = machines.room(self.target.name, self.servers, planned, self.limits)
        if problems and fresh and not self.check_mode:
            raise DrsError("capacity_full", problems, details={"capacity": self.capacity})

    def _online(self, waiting: list[Machine]) -> list[Machine]:
        """The machines that take commands now; the others are queued with the reason."""
        information = ssm.instance_information(self.cell, [one["instance_id"] for one in waiting])
        ready: list[Machine] = []
        for one in waiting:
            machine = machines.with_ssm(one, information.get(one["instance_id"]))
            self.machines[one["instance_id"]] = machine
            error = machines.not_online(machine)
            if error:
                self._put(outcomes.QUEUED, machine, error=error)
            else:
                ready.append(machine)
        return ready

    # -- the effect ----------------------------------------------------------------------------------------------
    def _send(self, ready: list[Machine]) -> None:
        each, room = ssm_command.concurrency(self.request["max_concurrency"], self.running)
        # the document of AWS takes both platforms, a shell only its own
        kinds: dict[tuple[str, bool], list[Machine]] = {}
        for one in ready:
            outside = machines.is_node(one["instance_id"])
            own = one["platform"] if outside or self.method == agent_methods.SHELL else ""
            kinds.setdefault((own, outside), []).append(one)
        batches = [batch for kind in kinds.values() for batch in quotas.chunk(kind, ssm_command.IDS_PER_COMMAND)]
        allowed = ssm_command.error_limit(self.request["max_errors"], len(ready))
        for number, batch in enumerate(batches):
            if self.check_mode:
                for one in batch:
                    self._put(outcomes.PLANNED, one)
            elif number < room:
                self._send_batch(batch, each, allowed)
            else:
                for one in batch:
                    self._put(outcomes.QUEUED, one)

    def _send_batch(self, batch: list[Machine], each: int, allowed: int) -> None:
        request = self.request
        ids = [one["instance_id"] for one in batch]
        account_id = self.target_account_id if self._cross_account else None
        where = f"{account_id or ''}/{self.target.region}/{request['state']}"
        comment = ssm_command.comment(request["deployment_id"], request["wave"], self.cell.name, where, ids)
        # no document takes credentials, and none may: those of a node outside EC2 are read by the script, on the node
        outside = machines.is_node(ids[0])
        method = agent_methods.SHELL if outside else self.method
        document = agent_methods.document(method, batch[0]["platform"], request.get("document_name"))
        # the installer takes tags for new servers only, and refuses them for known ones
        fresh = request["state"] != LATEST and request["installer_tags"]
        passed = agent_methods.installer_tags([self._tags(one) for one in batch]) if fresh else {}
        parameters = agent_methods.parameters(
            method, batch[0]["platform"], self.target.region, account_id, passed, request["devices"],
            request["execution_timeout"], self.network, self.credentials if outside else None,
        )  # fmt: skip
        since = self.cell.now - timedelta(minutes=request["lookback_minutes"])
        try:
            command, adopted = once(
                find=lambda: next(
                    (one for one in ssm.commands(self.cell, since, document) if one["comment"] == comment), None
                ),
                act=lambda: ssm.send_command(
                    self.cell,
                    ids,
                    document,
                    parameters,
                    comment,
                    request["delivery_timeout"],
                    str(each),
                    str(allowed),
                    request.get("output_bucket"),
                    f"resilience-drs/{request['deployment_id']}",
                ),
            )
        except DrsError as exc:
            self._not_sent(batch, each, allowed, exc)
        else:
            self._take(command, batch, adopted=adopted, changed=True)

    def _not_sent(self, batch: list[Machine], each: int, allowed: int, exc: DrsError) -> None:
        """A command was refused as a whole; one machine that left Systems Manager is enough for that."""
        if exc.code == "InvalidInstanceId":
            ready = self._online(batch)
            if ready and len(ready) < len(batch):
                self._send_batch(ready, each, allowed)
                return
            batch = ready
        for one in batch:
            self._put(outcomes.FAILED, one, error=exc)

    # -- book-keeping --------------------------------------------------------------------------------------------
    def _put(
        self, outcome: outcomes.Outcome, machine: Machine, server: AnyServer | None = None, **values: t.Any
    ) -> None:
        fields = {key: server[key] for key in ("source_server_id", "arn")} if server else {}
        self.entries[machine["instance_id"]] = outcomes.server_entry(
            outcome,
            machine,
            application=tags.tag_value(machine["tags"], self.keys["application"]),
            wave=self.request["wave"],
            **fields,
            **values,
        )

    def _take(self, command: Command, batch: list[Machine], adopted: bool, changed: bool = False) -> None:
        self.commands[command["command_id"]] = {**command, "adopted": adopted and not changed}
        for one in batch:
            self._put(
                outcomes.IN_PROGRESS,
                one,
                command_id=command["command_id"],
                started_at=command["requested_at"],
                adopted=adopted,
                changed=changed,
            )

    def _result(self) -> Result:
        servers = [self.entries[one] for one in self.machines]
        queued = [one["instance_id"] for one in servers if one["outcome"] == outcomes.QUEUED]
        return {
            "commands": list(self.commands.values()),
            "servers": servers,
            "queued": queued,
            "machines": [
                {**one, "server_tags": self._tags(one)} for one in self.machines.values()
            ] if self.check_mode else [],
            "near": [why for _machine, why in self.near],
            "capacity": self.capacity,
            "pattern": machines.pattern(self.account_id, self.target_account_id),
            "method": self.method,
            "account_id": self.account_id,
            "replication": {
                "cell": self.target.name, "account_id": self.target_account_id, "region": self.target.region,
            },
            "server_tags": {one["instance_id"]: self._tags(one) for one in self.machines.values()
                            if self.entries[one["instance_id"]]["outcome"] in outcomes.OPEN_OUTCOMES},
            "summary": outcomes.summarise(servers),
            "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in servers),
        }  # fmt: skip


def install(
    cell: Cell, target: Cell, request: Given, check_mode: bool = False, elsewhere: t.Sequence[Server] = ()
) -> Result:
    """Send the installer to machines of ``cell``, or adopt what runs, and return at once; see Install."""
    return Install(cell, target, request, check_mode, elsewhere).run()
