"""The replication agent: the checks of its installer, and the source server that it registers.

DRS user guide: installer-parameters, agent-installations-in-aws, adding-trusted-account, agent-install-common-errors,
reinstalling-agent.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..iam import agent_trust
from ..moto_fixes import registry
from ..protocol import wire
from ..scenario.agent_failures import InstallFailed, failed
from ..world.quotas import DRS_QUOTAS
from ..world.world import world
from .instances import Machine

#: Source servers whose disks one replication server serves, so that only the first one launches it.
_SERVERS_PER_REPLICATION_SERVER = 15
_LARGEST_GIB = 16 * 1024


@dataclass
class Arguments:
    """What the installer was told. account: the one to replicate into, None for the machine's own."""

    region: str
    account: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ()
    no_prompt: bool = True
    #: Whether access key, secret key and session token are passed.
    keys: bool = False


def _backend(account: str, region: str) -> Any:
    from moto.drs import drs_backends  # type: ignore[import-not-found]

    registry.apply("drs")
    return drs_backends[account][region]


def _server_of(machine: Machine, backend: Any) -> Any:
    """The source server that an agent on this machine registered there before, extended copies left out."""
    for server in backend.servers.values():
        mine = machine.installed[2] == server.id if machine.node and machine.installed else False
        if (mine or server.origin.instance_id == machine.id) and not server.extended:
            return server
    return None


def _elsewhere(machine: Machine, account: str, region: str) -> str | None:
    """Account and Region of a living source server that the agent on this machine replicates into, if another."""
    if machine.bound_to and machine.bound_to != account:
        return machine.bound_to
    if machine.installed and machine.installed[:2] != (account, region):
        other_account, other_region, server = machine.installed
        if server in _backend(other_account, other_region).servers:
            return f"account {other_account}, Region {other_region}"
    return None


def _devices(machine: Machine, arguments: Arguments) -> list[dict[str, Any]]:
    """The disks to be replicated: all, or the named ones and the root. Raises InstallFailed."""
    disks = [dict(disk) for disk in machine.disks]
    if arguments.devices:
        names = {disk["device"] for disk in disks}
        for device in arguments.devices:
            if device not in names:
                raise failed("device", device=device)
        disks = [disk for n, disk in enumerate(disks) if n == 0 or disk["device"] in arguments.devices]
    for disk in disks:
        if disk["gib"] > _LARGEST_GIB:
            raise failed("volume", device=disk["device"])
    return disks


def _check_quota(backend: Any, replicating: int, known: bool) -> None:
    from moto.drs.models import schedule  # type: ignore[import-not-found]

    limits = schedule.quotas(backend.account_id, backend.region_name)
    used = {"replicating_servers": replicating, "source_servers": len(backend.servers)}
    for name, count in used.items():
        if count >= limits[name] and not (known and name == "source_servers"):
            raise failed("quota", quota=DRS_QUOTAS[name][1], limit=limits[name], account=backend.account_id)


def check(machine: Machine, arguments: Arguments, failure: dict[str, Any] | None) -> None:
    """Everything the installer finds out before it registers. Raises InstallFailed."""
    account = arguments.account or machine.account
    if not arguments.no_prompt:
        raise failed("arguments", problem="EOF when reading a line (run with --no-prompt)")
    if not wire.region_exists("drs", arguments.region):
        raise failed("arguments", problem=f"invalid value for --region: {arguments.region}")
    if machine.network == "blocked":
        raise failed("network")
    # The account "already exists" complaint is about tags: the user guide's remedy is to run it again without them.
    if failure and not (failure["class"] == "exists" and not arguments.tags):
        values = {"region": arguments.region, "account": account, "device": machine.disks[0]["device"]}
        raise failed(failure["class"], failure["text"], **values)
    if machine.node and not arguments.keys:
        # Outside EC2 there is no instance profile (UG:installer-parameters).
        raise failed("credentials", "Error: Unable to locate credentials.")
    if not machine.profile:
        raise failed("iam")
    if account != machine.account:
        agent_trust.check(machine.account, machine.id, account)
    if not _backend(account, arguments.region).initialized:
        raise failed("drs_not_initialized", region=arguments.region)
    elsewhere = _elsewhere(machine, account, arguments.region)
    if elsewhere:
        raise failed("bound_elsewhere", elsewhere=elsewhere)


def install(
    machine: Machine, arguments: Arguments, moment: datetime, failure: dict[str, Any] | None, cause: str
) -> str:
    """Install, or install again: returns the source server's id; the ledger is told.

    moment: the virtual time at which the installer ends. cause: what ran it, e.g. an SSM command id.

    Raises:
        InstallFailed: with what the installer printed; the ledger has ``agent_install_failed``.
    """
    account, region = arguments.account or machine.account, arguments.region
    try:
        check(machine, arguments, failure)
        disks = _devices(machine, arguments)
        return _register(machine, arguments, _backend(account, region), disks, moment, cause)
    except InstallFailed as problem:
        _record("agent_install_failed", machine, moment, account, region, None, cause, failure=problem.kind)
        raise


def _record(
    effect: str,
    machine: Machine,
    moment: datetime,
    account: str,
    region: str,
    server: str | None,
    cause: str,
    **more: Any,
) -> None:
    world.ledger.record(
        effect,
        at=moment,
        account=account,
        region=region,
        source_server_id=server,
        cause=cause,
        instance_id=machine.id,
        origin_account=machine.account,
        origin_region=machine.region,
        **more,
    )


def _register(
    machine: Machine, arguments: Arguments, backend: Any, disks: list[dict[str, Any]], moment: datetime, cause: str
) -> str:
    from moto.drs.settings import SETTINGS  # type: ignore[import-not-found]

    account, region = backend.account_id, backend.region_name
    server = _server_of(machine, backend)
    replicating = server is not None and server.view(moment).state not in ("STOPPED", "DISCONNECTED")
    count = 0 if replicating else backend.replicating_count(moment)
    if not replicating:
        _check_quota(backend, count, known=server is not None)
    again = server is not None
    if server is None:
        server = backend.seed_server(
            name=machine.name,
            tags=dict(arguments.tags),
            state="INITIATING",
            disks=disks,
            platform=machine.platform,
            # DRS knows a machine outside EC2 by its hints only: it has no account, Region or instance id.
            origin_account=None if machine.node else machine.account,
            origin_region=None if machine.node else machine.region,
            instance_id=None if machine.node else machine.id,
            shared_replication_server=count % _SERVERS_PER_REPLICATION_SERVER != 0,
        )
        server.added = moment
        _pace(machine, server, moment)
    elif server.view(moment).state == "DISCONNECTED":
        # The agent had uninstalled itself; a stopped server stays stopped until StartReplication.
        server.replication.change(moment, "INITIATING")
        _pace(machine, server, moment)
    server.agent_version = str(SETTINGS["agent_version"])
    server.touch()
    machine.installed, machine.bound_to = (account, region, server.id), None
    effect = "agent_reinstalled" if again else "agent_installed"
    _record(
        effect,
        machine,
        moment,
        account,
        region,
        server.id,
        cause,
        tags=dict(arguments.tags),
        devices=[d["device"] for d in disks],
    )
    return str(server.id)


def _pace(machine: Machine, server: Any, moment: datetime) -> None:
    """Let replication begin at the moment the installer ended, at the speed the scenario gives."""
    found = server.replication
    found.since = found.initiated = moment
    found.set_pace(machine.replication.get("steps_seconds"), machine.replication.get("sync_seconds"))


def seed_installed(machine: Machine, tags: dict[str, str], into: dict[str, Any]) -> None:
    """A machine of the scenario on which an agent was installed long ago. into: see scenario/instances.py."""
    backend = _backend(into["account"], into["region"])
    server = backend.seed_server(
        name=machine.name,
        tags=tags if into["tags"] is None else into["tags"],
        state=into["state"],
        disks=[dict(disk) for disk in machine.disks],
        platform=machine.platform,
        origin_account=None if machine.node else machine.account,
        origin_region=None if machine.node else machine.region,
        instance_id=None if machine.node else machine.id,
        agent_version=into["agent_version"],
    )
    machine.installed = (into["account"], into["region"], str(server.id))
    if into["state"] == "INITIATING":
        _pace(machine, server, server.added)
    if into["extend_to"]:
        _backend(into["extend_to"], into["region"]).seed_extended(server, dict(server.tags))
