"""What to connect to after a run: the recovery instances that stand, as rows and as an inventory for Ansible. Pure.

Ansible takes values of an inventory for templates, and names come from other people's machines: what goes into one is
reduced to letters, digits and ``. _ - :``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes

INVENTORY = "inventory.json"
_STRANGE = re.compile(r"[^A-Za-z0-9._:-]+", re.ASCII)
_NO_GROUP = re.compile(r"[^A-Za-z0-9]+", re.ASCII)
_VARIABLES = (
    *("source_server_id", "recovery_instance_id", "ec2_instance_id", "account_id", "region", "availability_zone"),
    *("cell", "application", "wave", "point_in_time"),
)


def standing(run: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The servers of a run whose recovery instance stands, in the order of the plan; rows of report/run.servers_of.

    After a clean-up these are those that it left or has not proven to be gone. What failed back stands in its original
    cell, whatever was cleaned up on the other side; the clean-up of a drill of it ends that very machine.
    """
    if not run:
        return []
    ended = (outcomes.CLEANED,) if run["mode"] == "failback_drill" else ()
    launched = [
        where_it_stands(one)
        for one in run["servers"]
        if one["came"] and one["recovery_instance_id"] and one["outcome"] not in ended
    ]
    proof = run["cleanup"]
    # the proof of a failback is of what it terminated, and this of what it launched
    if not proof["proven"] or run["kind"] == "failback":
        return launched
    kept = {one["recovery_instance_id"] for key in ("left", "not_proven") for one in proof[key]}
    return [one for one in launched if one["recovery_instance_id"] in kept]


def where_it_stands(one: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the cell, account and Region of the machine, which for a failback are not those of the server."""
    machine = one["recovery_instance_id"]
    places = [stage for stage in one["stages"] if machine and stage["recovery_instance_id"] == machine]
    keys = ("cell", "account_id", "region")
    found = {key: places[0]["original_" + key] for key in keys if places and places[0]["original_" + key]}
    return {**one, **found}


def inventory(run: Mapping[str, Any] | None) -> dict[str, Any]:
    """An inventory that ``ansible-inventory`` reads, as JSON, of the instances that stand and have an address.

    One without an address is left out: Ansible would connect to its name, which is that of the source machine. Groups
    are ``wave_*``, ``application_*`` and ``account_*``; variables begin with ``drs_``.
    """
    servers = [one for one in standing(run) if one["private_ip"]]
    seen = Counter(_plain(one["name"]) for one in servers)
    hosts: dict[str, dict[str, Any]] = {}
    groups: dict[str, dict[str, Any]] = {}
    for one in servers:
        name = _plain(one["name"])
        if not name or seen[name] > 1:
            # two cells may have a server of one name
            name = "%s-%s" % (name or "server", _plain(one["recovery_instance_id"]))
        told = {f"drs_{key}": _plain(one[key]) for key in _VARIABLES if one[key]}
        hosts[name] = {"ansible_host": _plain(one["private_ip"]), **told}
        for key, value in (("wave", one["wave"]), ("application", one["application"]), ("account", one["account_id"])):
            if value:
                group = "%s_%s" % (key, _NO_GROUP.sub("_", str(value)))
                groups.setdefault(group, {"hosts": {}})["hosts"][name] = {}
    return {"all": {"hosts": hosts, "children": groups}}


def _plain(value: Any) -> str:
    return _STRANGE.sub("_", str(value or "")).strip("_")
