"""Create and change source servers for a scenario, an agent or an administrator, outside of any AWS call."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from drs_simulator.scenario.scenario import STATES

from . import configuration
from .replication import Replication, normal_disks
from .schedule import now, rng, tell
from .servers import Faults, Origin, SourceServer
from .wire import arn, random_id

if TYPE_CHECKING:
    from . import DrsBackend

_FAULT_NAMES = tuple(item.name for item in fields(Faults))
#: Faults of the replication, which an extended server shares with the staging account's.
_SHARED_FAULTS = ("fail_snapshot", "unreachable")
#: Seeded states that have a history of recovery points behind them.
_WITH_HISTORY = ("CONTINUOUS", "BACKLOG", "CREATING_SNAPSHOT", "STALLED", "PAUSED", "RESCAN")
_DEFAULT_ERROR = "NOT_CONVERGING"


def _check_state(state: str) -> None:
    if state not in STATES:
        raise ValueError(f"replication state {state!r} is not one of {', '.join(STATES)}")


def _address(source: Any) -> tuple[str, str]:
    ip = f"10.{source.randrange(256)}.{source.randrange(256)}.{source.randrange(4, 250)}"
    return ip, ":".join(["0a", *(f"{source.randrange(256):02x}" for _octet in range(5))])


def seed_server(
    backend: DrsBackend,
    *,
    name: str,
    tags: dict[str, str] | None = None,
    state: str = "CONTINUOUS",
    lag_seconds: float = 0,
    disks: list[dict[str, Any]] | None = None,
    platform: str = "linux",
    origin_account: str | None = None,
    origin_region: str | None = None,
    instance_id: str | None = None,
    vmware_uuid: str | None = None,
    architecture: str = "x86_64",
    agent_version: str = "",
    error: str | None = None,
    raw_error: str = "",
    progress: float = 0.0,
    hold: bool = False,
    pit_days: int = 7,
    history_days: float = 30,
    shared_replication_server: bool = True,
    **faults: Any,
) -> SourceServer:
    """Make a source server that replicates into this account and Region, as an installed agent would.

    state: one of the DataReplicationState values. lag_seconds: for BACKLOG and STALLED. disks: [{device, gib}].
    origin_account, origin_region: where an AWS machine runs (an on-premises one has no account). error, raw_error:
    dataReplicationError of a STALLED server. progress: 0..1, how far an INITIAL_SYNC is. hold: the state does not move
    on by itself. pit_days: daily retention. history_days: age of the server and of its oldest possible point in time.
    faults: fields of servers.Faults, e.g. fail_launch="text", stuck=True.

    Raises:
        ValueError: an unknown state or fault name.
    """
    _check_state(state)
    unknown = sorted(set(faults) - set(_FAULT_NAMES))
    if unknown:
        raise ValueError(f"unknown server property {', '.join(unknown)}; faults are {', '.join(_FAULT_NAMES)}")
    moment = now()
    names = (backend.account_id, backend.region_name, "server", name, backend.server_count)
    source = rng(*names)
    identifier = random_id("s", source)
    aws_origin = bool(origin_account or instance_id)
    account = (origin_account or backend.account_id) if aws_origin else None
    real_id = instance_id or (f"i-{source.getrandbits(68):017x}" if aws_origin else None)
    ip, mac = _address(source)
    replication = Replication(moment, normal_disks(disks), state, lag_seconds, source, shared_replication_server)
    began = moment - timedelta(days=history_days)
    if state in _WITH_HISTORY:
        replication.initiated = began
        replication.first_point = began
    replication.progress, replication.hold = progress, hold
    replication.error = (error or _DEFAULT_ERROR) if state == "STALLED" else error
    replication.raw_error = raw_error
    server = SourceServer(
        id=identifier,
        arn=arn(backend.region_name, backend.account_id, "source-server", identifier),
        account_id=backend.account_id,
        region=backend.region_name,
        name=name,
        tags={str(key): str(value) for key, value in (tags or {}).items()},
        origin=Origin(account, (origin_region or backend.region_name) if aws_origin else None, real_id, vmware_uuid),
        platform=platform,
        replication=replication,
        added=began if state in _WITH_HISTORY else moment,
        faults=Faults(**faults),
        architecture=architecture,
        ip=ip,
        mac=mac,
        pit_days=pit_days,
        agent_version=agent_version,
    )
    configuration.take_templates(backend, server)
    backend.servers[identifier] = server
    backend.server_count += 1
    return server


def seed_extended(backend: DrsBackend, staging: SourceServer, tags: dict[str, str] | None = None) -> SourceServer:
    """The extension of a staging account's server into this account (CreateExtendedSourceServer without its checks)."""
    source = rng(backend.account_id, backend.region_name, "extended", staging.arn, backend.server_count)
    identifier = random_id("s", source)
    server = SourceServer(
        id=identifier,
        arn=arn(backend.region_name, backend.account_id, "source-server", identifier),
        account_id=backend.account_id,
        region=backend.region_name,
        name=staging.name,
        tags={str(key): str(value) for key, value in (tags or {}).items()},
        origin=staging.origin,
        platform=staging.platform,
        replication=staging.replication,
        added=now(),
        architecture=staging.architecture,
        cpus=staging.cpus,
        ram_gib=staging.ram_gib,
        ip=staging.ip,
        mac=staging.mac,
        staging=staging,
    )
    configuration.take_templates(backend, server)
    backend.servers[identifier] = server
    backend.server_count += 1
    backend.extensions[staging.arn] = server
    return server


def find(backend: DrsBackend, reference: str) -> SourceServer:
    """A server by id, ARN or name.

    Raises:
        ValueError: none, or several of that name.
    """
    if reference in backend.servers:
        return backend.servers[reference]
    found = [server for server in backend.servers.values() if reference in (server.name, server.arn)]
    if len(found) != 1:
        problem = "several source servers" if found else "no source server"
        raise ValueError(f"{problem} '{reference}' in {backend.account_id} {backend.region_name}")
    return found[0]


def set_server(backend: DrsBackend, reference: str, **changes: Any) -> SourceServer:
    """Change a server at the present moment.

    changes: state with lag_seconds, error (default NOT_CONVERGING for STALLED), raw_error; lag_seconds alone makes a
    CONTINUOUS server BACKLOG (0 makes it CONTINUOUS again); tags (replaces all), hold, progress, staging_error (text of
    an extension error, empty clears), volume_status (of all disks), last_seen_seconds_ago (None: follows the clock),
    and every field of servers.Faults. The replication of an extended server is changed in the staging account's server;
    its launches have their own faults. ``stuck=False`` lets a hanging launch continue.

    Raises:
        ValueError: no such server, an unknown property or state; nothing is changed then.
    """
    known = (
        "state",
        "lag_seconds",
        "error",
        "raw_error",
        "tags",
        "hold",
        "progress",
        "staging_error",
        "volume_status",
        "last_seen_seconds_ago",
        *_FAULT_NAMES,
    )
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise ValueError(f"unknown server property {', '.join(unknown)}; known: {', '.join(known)}")
    server, moment = find(backend, reference), now()
    real = server.replicating
    state = changes.get("state")
    if state is None and "lag_seconds" in changes and real.view(moment).state in ("CONTINUOUS", "BACKLOG"):
        state = "BACKLOG" if changes["lag_seconds"] else "CONTINUOUS"
    if state is None and changes.get("error"):
        state = "STALLED"
    if state is not None:
        _check_state(state)
        error = changes.get("error") or (_DEFAULT_ERROR if state == "STALLED" else None)
        before = real.view(moment).state
        real.replication.change(moment, state, changes.get("lag_seconds"), error)
        if (before == "STALLED") != (state == "STALLED"):
            what = "stalled" if state == "STALLED" else "not_stalled"
            tell(what, moment, account=real.account_id, region=real.region, source_server_id=real.id)
        if state == "CONTINUOUS" and real.replication.first_point is None:
            real.replication.first_point = moment
    real.replication.raw_error = changes.get("raw_error", real.replication.raw_error)
    real.replication.hold = bool(changes.get("hold", real.replication.hold))
    real.replication.progress = float(changes.get("progress", real.replication.progress))
    if "volume_status" in changes:
        for disk in real.replication.disks:
            disk["volume_status"] = changes["volume_status"]
    if "last_seen_seconds_ago" in changes:
        ago = changes["last_seen_seconds_ago"]
        real.last_seen_frozen = None if ago is None else moment - timedelta(seconds=float(ago))
    if "tags" in changes:
        server.tags = {str(key): str(value) for key, value in changes["tags"].items()}
    server.staging_error = changes.get("staging_error", server.staging_error) or ""
    for name in _FAULT_NAMES:
        if name in changes:
            setattr(real.faults if name in _SHARED_FAULTS else server.faults, name, changes[name])
    server.touch()
    backend.free(server, moment)
    return server
