"""Look at the volumes, network interfaces and snapshots of recovery instances, before and after they are terminated.

Each look is for a whole cell: one DescribeInstances before, and one DescribeVolumes, DescribeNetworkInterfaces and
DescribeSnapshots after, for every 200 ids.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Resource, Resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace, states, step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait

# EC2 deletes volumes and interfaces with their instance, within a minute as a rule.
SECONDS = 300
GOING, SETTLED = "going", "settled"
_NOTHING_LEFT = ("TERMINATED", "SHUTTING-DOWN", "NOT_FOUND")
"""States of which EC2 has nothing to tell any more."""


def before(cell: Cell, instances: Iterable[AnyServer]) -> list[Resource]:
    """What is attached to recovery instances: their RESOURCEs (waiting/resources).

    :raises DrsError: what EC2 said, such as ``UnauthorizedOperation``.
    """
    by_machine = {str(one["ec2_instance_id"]): one for one in instances if one.get("ec2_instance_id")}
    machines = ec2.instances_by_id(cell, sorted(by_machine))
    return [one for key, machine in machines.items() for one in resources.of_machine(machine, by_machine[key])]


def attached(cell: Cell, instances: Iterable[AnyServer]) -> tuple[list[Resource], list[dict[str, Any]]]:
    """What is attached to recovery instances that are about to go, and what stands for the rest of it.

    An instance goes all the same where EC2 does not tell it, for it costs more than its volumes: then its rows of
    ``waiting/resources.unseen`` say so. An answer that lacks an instance tells no more of it than an error.

    :returns: the RESOURCEs, and those rows.
    """
    listed = list(instances)
    try:
        found = before(cell, listed)
    except DrsError as exc:
        return [], resources.unseen(listed, exc)
    told = {one["recovery_instance_id"] for one in found}
    silent = [
        one
        for one in listed
        if one["recovery_instance_id"] not in told and one.get("ec2_instance_state") not in _NOTHING_LEFT
    ]
    return found, resources.unseen(silent, DrsError("recovery_instance_unlisted", "EC2 lists nothing of it"))


def after(cell: Cell, looked_for: Sequence[Resource]) -> Resources:
    """What EC2 still has of resources; a call that fails leaves those of its kind unproven, and no others."""
    there: dict[str, Mapping[str, Any]] = {}
    unread: dict[str, str] = {}

    def ids(kind: str) -> list[str]:
        return [one["id"] for one in looked_for if one["kind"] == kind and one["id"]]

    volumes = [volume for one in looked_for if (volume := resources.volume_of(one))]
    looks: dict[str, tuple[Callable[[Cell, Iterable[str]], Mapping[str, Any]], list[str]]] = {
        resources.VOLUME: (ec2.volume_states, ids(resources.VOLUME)),
        resources.INTERFACE: (ec2.interface_states, ids(resources.INTERFACE)),
        resources.SNAPSHOT: (ec2.snapshots_of_volumes, volumes),
    }
    for kind, (look, wanted) in looks.items():
        try:
            there[kind] = look(cell, wanted)
        except DrsError as exc:
            unread[kind] = "%s: %s" % (exc.code, exc.message)
    volumes_there = there.get(resources.VOLUME, {})
    there[resources.VOLUME] = {key: state for key, state in volumes_there.items() if state not in resources.GOING}
    return resources.judged(looked_for, there, unread)


def prove(
    attached: tuple[Sequence[Resource], Collection[str]],
    kept: Mapping[str, Any],
    cell_of: Callable[[Mapping[str, Any]], str | None],
    sessions: Mapping[str, Cell | DrsError],
    wait: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    pause: Given,
) -> Resources:
    """What became of the resources of instances, and of what earlier clean-ups of their run have left open.

    :param attached: what was attached to the instances before they were to go, and the ids of those that are gone.
    :param kept: the proof of the earlier clean-ups. :param cell_of: the cell that something is in, see
        ``waiting/resources.current_cells``.
    :param sessions: by cell its session, or why there is none. :param wait: ``Hands.wait``.
    :param pause: the pace, see ``waiting/pace.pace_spec``, and ``max_wait``.
    """
    seen, gone = attached
    looked_for, still = resources.to_look_for(seen, gone, kept, cell_of)
    waits = {}
    for name, listed in looked_for.items():
        session = sessions.get(name)
        if isinstance(session, Cell):
            waits[name] = ResourcesWait(session, pause, listed)
    answers = wait(waits) if waits else {}
    parts = [resources.standing(still)]
    for name, listed in looked_for.items():
        answer = answers.get(name, sessions.get(name))
        part: Any = answer if isinstance(answer, Mapping) else resources.unread(listed, answer)
        parts.append(part)
    return resources.together(parts, (str(one["recovery_instance_id"]) for one in seen), kept)


class ResourcesWait(Wait):
    """One wait until what EC2 deletes with its instance is gone; what stays by its own setting is not waited for.

    :param params: the pace, see ``waiting/pace.pace_spec``.

    Its result: {left, not_proven, gone, instances} and what every wait says.
    """

    SHARES = True
    TABLE: states.Table = {GOING: states.GOING_ON, SETTLED: states.DONE}

    def __init__(self, cell: Cell, params: Given, looked_for: Sequence[Resource]) -> None:
        given = {"expected_seconds": 30, "timeout": pace.time_left(0, params["max_wait"], SECONDS)}
        label = "%s clean-up" % cell.name
        super().__init__({**params, **given, "label": label}, cell)
        self.cell, self.looked_for = cell, looked_for

    def read(self) -> Resources:
        return after(self.cell, self.looked_for)

    def states_of(self, state: Resources) -> list[str]:
        return [GOING for _one in resources.unsettled(state)] or [SETTLED]

    def changes(self, _state: Resources) -> list[str]:
        return []

    def beat(self, elapsed: float, others: Sequence[ResourcesWait] = ()) -> str:
        going = sum(len(resources.unsettled(one.state)) for one in (self, *others) if one.state)
        what = count(going, "volume or network interface", "volumes and network interfaces")
        return "[%s] %s, %s still to go with the instances" % (self.label_with(others), duration(elapsed), what)

    def result(self, progress: step.Progress) -> Result:
        found = self.state or after(self.cell, self.looked_for)
        return {**found, **self.progress_fields(progress)}
