"""Which machines of a cell a request for agents means, by their tags or by id, and which of them are retired."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import nodes
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks

PER_FILTER = 200


def selected(cell: Cell, request: Given) -> tuple[list[t.Any], list[str]]:
    """The machines that a request means, in the order of their priority, and the ids that are not there."""
    found, missing, _near = read(cell, request)
    return found, missing


def read(cell: Cell, request: Given) -> tuple[list[t.Any], list[str], list[tuple[Machine, Finding]]]:
    """As ``selected``, and the machines that the tags nearly mean, each with why it is none of them."""
    keys = tags.resolve_keys(request.get("tag_keys"))
    ids = request.get("instance_ids")
    if ids:
        outside = [one for one in dict.fromkeys(ids) if machines.is_node(one)]
        inside = [one for one in dict.fromkeys(ids) if not machines.is_node(one)]
        instances = nodes.read(cell, outside) + [
            one
            for part in quotas.chunk(inside, PER_FILTER)
            for one in ec2.instances(cell, [{"Name": "instance-id", "Values": part}])
        ]
        live_ids = {one["instance_id"] for one in instances if one["state"] not in machines.GONE}
        instances = [one for one in instances if one["instance_id"] in live_ids]
        return machines.order(instances, keys), [one for one in dict.fromkeys(ids) if one not in live_ids], []
    filter_tags = request["filter_tags"]
    opt_in = filter_tags == machines.DEFAULT_FILTER
    instances = ec2.instances(cell, machines.filter_of(filter_tags, keys, near=opt_in))
    chosen = machines.select(instances, filter_tags, keys)
    chosen_ids = {one["instance_id"] for one in chosen}
    others = [one for one in instances if opt_in and one["instance_id"] not in chosen_ids and not one["managed_by_drs"]]
    near = [(machine, tag_checks.near_opt_in(machine, keys)) for machine in others]
    return machines.order(chosen, keys), [], [(machine, why) for machine, why in near if why]


def retired(cell: Cell, waiting: list[Machine], servers: t.Iterable[Server]) -> dict[str, Server]:
    """Those of machines without an agent that were failed back from: see ``machines.failed_back_from``.

    :param servers: all of the replication cell; EC2 is asked only for what those protect that are named alike.
    :raises DrsError: what EC2 said.
    """
    listed = list(servers)
    wanted, mine = {one["name"] for one in waiting}, {one["instance_id"] for one in waiting}
    alike = {str(one["instance_id"]) for one in listed if one["instance_id"] and one["name"] in wanted}
    # what DRS has launched need not have the tags that select machines
    made = [
        one
        for part in quotas.chunk(sorted(alike - mine), PER_FILTER)
        for one in ec2.instances(cell, [{"Name": "instance-id", "Values": part}])
    ]
    return machines.failed_back_from([*waiting, *made], listed)
