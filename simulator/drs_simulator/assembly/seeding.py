"""From a scenario to servers: initialise DRS where the accounts say so and register the fleets."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from ..iam import keys
from ..machines import seeding as machines
from ..moto_fixes import registry
from ..protocol import wire
from ..scenario.scenario import Fleet, Scenario, ScenarioError
from ..world.world import world

# An image that moto carries in every Region; nothing depends on what is in it.
_IMAGE = "ami-12c6146b"
# Properties that a server can be given only once it is there.
_LATER = ("staging_error", "volume_status", "last_seen_seconds_ago")


def _backend(account: str, region: str) -> Any:
    from moto.drs import drs_backends  # type: ignore[import-not-found]

    return drs_backends[account][region]


def settle() -> None:
    """Let every DRS effect happen whose virtual time has come; nothing to do while DRS was never used."""
    schedule = sys.modules.get("moto.drs.models.schedule")
    if schedule is not None:
        schedule.settle_all()


def _identity(server: Any) -> str:
    """The id of what a backend's seed method returned."""
    if isinstance(server, dict):
        return str(server["sourceServerID"])
    return str(getattr(server, "source_server_id", server))


def seed(scenario: Scenario) -> None:
    """Make the world of a scenario. Raises ScenarioError for a Region without DRS."""
    if not any(account.regions for account in scenario.accounts) and not scenario.settings:
        machines.seed(scenario.machines.instances, world.machines)
        return
    from moto.drs import settings  # type: ignore[import-not-found]

    registry.apply("drs")

    try:
        settings.configure(scenario.settings)
    except ValueError as problem:
        raise ScenarioError(f"settings: {problem}") from None
    known = wire.regions("drs")
    for account in scenario.accounts:
        for region in account.regions:
            if region not in known:
                raise ScenarioError(
                    f"accounts: {region!r} (account {account.id}) has no DRS; pick one of {', '.join(sorted(known))}"
                )
            _backend(account.id, region).initialize()
            if account.replication_template:
                _give_template(account.id, region)
    world.keys = keys.seed(scenario)
    for number, fleet in enumerate(scenario.fleets):
        try:
            _seed_fleet(fleet)
        except ValueError as problem:
            raise ScenarioError(f"fleets[{number}]: {problem}") from None
    machines.seed(scenario.machines.instances, world.machines)


def _give_template(account_id: str, region: str) -> None:
    """The replication configuration template of a cell that was set up, in a default subnet."""
    from moto.drs.models.ec2 import default_subnet  # type: ignore[import-not-found]
    from moto.ec2.models import ec2_backends

    subnet = default_subnet(ec2_backends[account_id][region])
    _backend(account_id, region).templates.create("replicationConfigurationTemplate", {"stagingAreaSubnetId": subnet})


def _seed_fleet(fleet: Fleet) -> None:
    backend = _backend(fleet.account, fleet.region)
    for name in fleet.names:
        own = dict(fleet.servers.get(name, {}))
        basics: dict[str, Any] = {
            "tags": {**fleet.tags, **own.pop("tags", {})},
            "state": own.pop("state", fleet.state),
            "lag_seconds": own.pop("lag_seconds", fleet.lag_seconds),
            "disks": own.pop("disks", [dict(disk) for disk in fleet.disks]),
            "platform": own.pop("platform", fleet.platform),
            "instance_id": own.pop("instance_id", None),
        }
        if fleet.origin_account is None:
            basics["vmware_uuid"] = _vmware_uuid(fleet, name)
        if fleet.create_instances and basics["instance_id"] is None:
            basics["instance_id"] = _source_instance(fleet, name, basics["tags"])
        own = {**fleet.properties, **own}
        later = {key: own.pop(key) for key in _LATER if key in own}
        server = backend.seed_server(
            name=name, origin_account=fleet.origin_account, origin_region=fleet.origin_region, **basics, **own
        )
        if later:
            backend.set_server(_identity(server), **later)
        if fleet.extend_to:
            tags = basics["tags"] if fleet.extend_tags is None else {**basics["tags"], **fleet.extend_tags}
            target = _backend(fleet.extend_to, fleet.region)
            copy = target.seed_extended(server, tags)
            # What goes wrong at a launch goes wrong where the server is launched, which is the copy.
            faults = {key: value for key, value in {**own, **later}.items() if key in _copied()}
            if faults:
                target.set_server(_identity(copy), **faults)


def _vmware_uuid(fleet: Fleet, name: str) -> str:
    """The hardware id of an on-premises machine."""
    digits = f"{world.rng(fleet.account, fleet.region, 'vmware', name).getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def boot_client(account: str, region: str, reference: str, options: dict[str, Any]) -> str:
    """Boot the Failback Client for a recovery instance, given by id or by the name of its server; the client's id.

    Raises ValueError for what does not exist or cannot be.
    """
    from moto.drs.models import failback_client, lock, settle_all  # type: ignore[import-not-found]

    known = ("to_original", "machine", "steps_seconds", "sync_seconds", "fail_step")
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key; known keys: {', '.join(known)}")
    with lock:
        moment = settle_all()
        instance = _recovery_instance(account, region, reference)
        return str(failback_client.boot(_backend(account, region), instance, moment, **options).id)


def set_recovery_instance(account: str, region: str, reference: str, changes: dict[str, Any]) -> None:
    """Change a recovery instance: ``agent_connected``. Raises ValueError."""
    from moto.drs.models import failback, lock, settle_all  # type: ignore[import-not-found]

    unknown = sorted(set(changes) - {"agent_connected"})
    if unknown or not isinstance(changes["agent_connected"], bool):
        raise ValueError(f"set.{unknown[0] if unknown else 'agent_connected'}: only agent_connected: true or false")
    with lock:
        moment = settle_all()
        failback.connect_agent(_recovery_instance(account, region, reference), changes["agent_connected"], moment)


def _recovery_instance(account: str, region: str, reference: str) -> Any:
    if region not in wire.regions("drs"):
        raise ValueError(f"region: {region!r} has no DRS")
    there = _backend(account, region).recovery_instances.values()
    found = [one for one in there if reference in (one.id, one.server.name, one.server.id)]
    if len(found) != 1:
        problem = "several recovery instances" if found else "no recovery instance"
        raise ValueError(f"recovery_instance_id: {problem} '{reference}' in {account} {region}")
    return found[0]


def _copied() -> set[str]:
    """Properties that belong to a launch or to the extension, not to the replication."""
    from moto.drs.models.servers import Faults  # type: ignore[import-not-found]

    return {"staging_error", *(field.name for field in dataclasses.fields(Faults))}


def _source_instance(fleet: Fleet, name: str, tags: dict[str, str]) -> str:
    """A running EC2 instance in the origin account that the source server is the copy of."""
    from moto.ec2.models import ec2_backends

    registry.apply("ec2")
    backend = ec2_backends[fleet.origin_account][fleet.origin_region]
    reservation = backend.run_instances(
        _IMAGE,
        1,
        None,
        [],
        instance_type="t3.small",
        # True skips a search through all instance type offerings, which costs more than the launch itself.
        is_instance_type_default=True,
        region_name=fleet.origin_region,
        tags={"instance": {"Name": name, **tags}},
    )
    return str(reservation.instances[0].id)


def set_server(account: str, region: str, name: str, changes: dict[str, Any]) -> None:
    """Change properties of one server by id or name. Raises ValueError when account, Region or server is unknown."""
    if region not in wire.regions("drs"):
        raise ValueError(f"region: {region!r} has no DRS")
    _backend(account, region).set_server(name, **changes)
