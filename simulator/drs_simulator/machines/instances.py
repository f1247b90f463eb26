"""EC2 instances on which an agent can be installed, as SSM and the installer see them.

Each is a real instance of moto's EC2; this register holds what EC2 does not know: whether the SSM agent answers, which
failure waits for the installer, how long it takes. An instance that no scenario tells of is an online node.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..scenario.instances import SSM_STATES, properties

#: EC2 tag that takes the place of the scenario's ``ssm`` on instances made by RunInstances: ``unmanaged``,
#: ``ConnectionLost`` or ``Inactive``.
TAG = "simulator:ssm"
INSTALL_SECONDS = (60.0, 180.0)


@dataclass
class Computer:
    """What stands in the place of moto's EC2 instance for a node outside EC2, which always runs."""

    id: str
    private_ip: str
    state: str = "running"


@dataclass
class Machine:
    """One EC2 instance, or node outside EC2, as the SSM agent and the installer see it.

    ssm: a key of SSM_STATES. profile: whether its role carries the DRS instance policy. network: ok or blocked.
    failure: {class, times, text} or None. bound_to: the account an earlier agent, unknown to DRS, replicated into.
    system: what of it is unusual, see system.py. installed: (account, Region, source server id) of the agent on it.
    """

    id: str
    account: str
    region: str
    name: str
    #: moto's EC2 instance.
    instance: Any = field(repr=False)
    #: A managed node outside EC2 (``mi-...``): whether it is one, its tags in SSM, and whether its SSM agent shares the
    #: credentials of its role in the shared credentials file.
    node: bool = False
    node_tags: dict[str, str] = field(default_factory=dict)
    credentials: bool = True
    platform: str = "linux"
    ssm: str = "online"
    profile: bool = True
    network: str = "ok"
    install_seconds: tuple[float, float] = INSTALL_SECONDS
    replication: dict[str, Any] = field(default_factory=dict)
    disks: list[dict[str, Any]] = field(default_factory=lambda: [{"device": "/dev/sda1", "gib": 50}])
    failure: dict[str, Any] | None = None
    bound_to: str | None = None
    system: dict[str, Any] = field(default_factory=dict)
    installed: tuple[str, str, str] | None = None
    attempts: int = 0

    @property
    def windows(self) -> bool:
        """Whether it runs Windows."""
        return self.platform == "windows"

    @property
    def tags(self) -> dict[str, str]:
        """Its tags: EC2's, outside EC2 those that SSM keeps."""
        return dict(self.node_tags if self.node else self.instance.ec2_backend.tags.get(self.id, {}))

    def due_failure(self) -> dict[str, Any] | None:
        """The failure that waits for the next installation; one with ``times`` is used up by it."""
        found = self.failure
        if found and found["times"] is not None:
            left = found["times"] - 1
            self.failure = {**found, "times": left} if left else None
        return found


class Register:
    """All machines of the world, by account and Region and instance id."""

    def __init__(self) -> None:
        self._machines: dict[tuple[str, str, str], Machine] = {}

    def add(self, machine: Machine) -> None:
        """Remember a machine."""
        self._machines[(machine.account, machine.region, machine.id)] = machine

    def nodes(self, account: str, region: str) -> list[Machine]:
        """The managed nodes outside EC2 of an account and Region, in the order of their registration."""
        return [one for (a, r, _i), one in self._machines.items() if (a, r) == (account, region) and one.node]

    def known(self, account: str, region: str, identity: str) -> Machine | None:
        """A machine by id, if a scenario or a call told of it."""
        return self._machines.get((account, region, identity))

    def of(self, account: str, region: str, instance: Any) -> Machine:
        """The machine of an EC2 instance; one that nobody told of is made on the spot."""
        found = self._machines.get((account, region, instance.id))
        if found is None:
            tags = instance.ec2_backend.tags.get(instance.id, {})
            windows = str(getattr(instance, "platform", "") or "").lower() == "windows"
            found = Machine(
                instance.id,
                account,
                region,
                str(tags.get("Name") or f"ip-{'-'.join(instance.private_ip.split('.'))}"),
                instance,
                platform="windows" if windows else "linux",
            )
            self.add(found)
        return found

    def find(self, account: str, region: str, reference: str) -> Machine:
        """A machine by instance id or name. Raises ValueError when there is none, or several of the name."""
        exact = self._machines.get((account, region, reference))
        if exact is not None:
            return exact
        here = [m for (a, r, _i), m in self._machines.items() if (a, r) == (account, region) and m.name == reference]
        if len(here) != 1:
            raise ValueError(f"{'several instances' if here else 'no instance'} '{reference}' in {account} {region}")
        return here[0]

    def change(self, account: str, region: str, reference: str, changes: dict[str, Any]) -> Machine:
        """Change properties of a machine as a scenario would give them. Raises ValueError (ScenarioError)."""
        known = (
            "ssm",
            "profile",
            "network",
            "failure",
            "install_seconds",
            "replication",
            "disks",
            "bound_to",
            "system",
            "credentials",
        )
        unknown = sorted(set(changes) - set(known))
        if unknown:
            raise ValueError(f"set.{unknown[0]}: unknown key; known keys: {', '.join(known)}")
        machine = self.find(account, region, reference)
        for key, value in properties(changes, "set").items():
            setattr(machine, key, value)
        return machine


def ping_status(machine: Machine) -> str | None:
    """PingStatus of SSM, None for what is no managed node. A stopped instance has lost its connection."""
    state = machine.instance.state
    if state not in ("running", "stopped", "stopping", "pending"):
        return None
    tagged = machine.tags.get(TAG)
    found = (None if tagged == "unmanaged" else str(tagged)) if tagged else SSM_STATES[machine.ssm]
    return found if found is None or state == "running" else "ConnectionLost"
