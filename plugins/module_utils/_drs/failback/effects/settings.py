"""Apply declared launch settings in the original cells, before machines are launched there.

The copies in an original cell are new source servers: they would launch with what the template of their cell says.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.pairs import Place
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import FailbackServer
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import launch_configuration


def apply(
    servers: Sequence[FailbackServer],
    originals: Mapping[Place, Cell],
    entries: Mapping[str, Any],
    run_id: str,
) -> list[str]:
    """Set what the machines of servers launch with.

    :param servers: of one recovery cell, each with its ``launch_settings``.
    :param entries: by ARN what the stages before have found, ``failback.original.source_server_id`` among it.
    :returns: a line for each server or cell that could not be set; a machine that launches into the wrong network is
        worse than one that waits.
    """
    by_place: dict[Place, list[FailbackServer]] = {}
    wrong = []
    for one in servers:
        place = one["original"]
        if place is None or (place["account_id"], place["region"]) not in originals:
            wrong.append("%s: original_cell_missing: the cell that it came from is not known" % one["name"])
            continue
        by_place.setdefault((place["account_id"], place["region"]), []).append(one)
    for place_id, members in by_place.items():
        try:
            wrong += _apply(originals[place_id], members, entries, run_id)
        except DrsError as exc:
            wrong.append("%s: %s: %s" % (originals[place_id].name, exc.code, exc.message))
    return wrong


def _apply(cell: Cell, servers: Sequence[FailbackServer], entries: Mapping[str, Any], run_id: str) -> list[str]:
    declared: list[dict[str, Any]] = []
    wrong: list[str] = []
    for one in servers:
        details = as_mapping(as_mapping(entries.get(one["arn"])).get("failback"))
        copy = as_mapping(details.get("original")).get("source_server_id")
        if copy:
            declared.append({"source_server_id": copy, "settings": dict(one["launch_settings"])})
        else:
            wrong.append("%s: no_reversed_server: its copy was not found" % one["name"])
    if wrong:
        return wrong
    spec: Mapping[str, Any] = launch_configuration.CONFIGURATION_SPEC
    params = {key: option.get("default") for key, option in spec.items()}
    change_id = ("home-" + hashlib.sha256(run_id.encode("utf-8")).hexdigest())[:36]
    result: Result = launch_configuration.perform(cell, {**params, "servers": declared, "change_id": change_id}, False)
    lines = []
    for entry in result["servers"]:
        error = as_mapping(entry.get("error"))
        if error:
            lines.append("%s: %s: %s" % (entry.get("name"), error.get("code"), error.get("message")))
    return lines
