"""Turn the options of drs_failback into calls of the rooms that act on them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import REACHED_BY
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import clean_up as failback_clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import launch as failback_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import protect as failback_protect
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_stage import State
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import check_confirmation
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.base import Failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.pairs import Place
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import CELL_OPTIONS
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import DEFAULT_SESSION_NAME
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Given, Result

STATES: dict[State, type[Failback]] = {
    "reversed": failback_launch.Reverse,
    "ready": failback_launch.Ready,
    "launched": failback_launch.Launch,
    "protected": failback_protect.Protect,
    "cleaned": failback_clean_up.Clean,
    "stopped": failback_clean_up.Stop,
}
_IDS = {"type": "list", "elements": "str"}

ORIGINAL_CELLS: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "cell": {"type": "str"},
        "account_id": {"type": "str", "required": True},
        "region": {"type": "str", "required": True},
        "profile": {"type": "str"},
        "assume_role_arn": {"type": "str"},
        "external_id": {"type": "str", "no_log": True},
        "role_session_name": {"type": "str"},
        "source_identity": {"type": "str"},
    },
}

FAILBACK_SPEC: dict[str, t.Any] = {
    "state": {"type": "str", "choices": list(STATES), "required": True},
    "mode": {"type": "str", "choices": list(checks.MODES), "required": True},
    "run_id": {"type": "str", "required": True},
    "wave": {"type": "str", "default": "1"},
    "servers": {"type": "list", "elements": "dict"},
    "source_server_ids": _IDS,
    "original_cells": ORIGINAL_CELLS,
    "since": {"type": "str"},
    "validated_recovery_instance_ids": {**_IDS, "default": []},
    "confirm_recovery_instance_ids": {**_IDS, "default": []},
    "confirmation": {
        "type": "dict",
        "options": {
            "text": {"type": "str"},
            "plan": {"type": "str", "required": True},
            "count": {"type": "int", "required": True},
            "regions": {**_IDS, "required": True},
            "terminates": {
                "type": "dict",
                "options": {"count": {"type": "int", "required": True}, "regions": {**_IDS, "required": True}},
            },
        },
    },
    "require_protected": {"type": "bool", "default": True},
    "limits": {"type": "dict", "default": {}},
    "retry_failed": {"type": "bool", "default": False},
    "retry_jobs": _IDS,
    "lookback_hours": {"type": "int", "default": 168},
    **STORE_SPEC,
    "run_epoch": {"type": "int"},
    "wave_servers": _IDS,
}


def original_cells(params: Given) -> dict[Place, Cell]:
    """The original cells by account and Region; one that has no role of its own is reached with the caller's keys.

    Nothing of the way to the recovery cell is used for them but the caller's credentials and the endpoint: the role of
    one account is no key to another.
    """
    cells: dict[Place, Cell] = {}
    for number, given in enumerate(params.get("original_cells") or []):
        way = {key: value for key, value in given.items() if value not in (None, "")}
        wrong = valid_id("account", way.get("account_id")) + valid_id("region", way.get("region"))
        if wrong:
            raise DrsError(wrong[0]["code"], f"original_cells[{number}]: {wrong[0]['message']}")
        place = (way["account_id"], way["region"])
        if place in cells:
            raise DrsError("invalid_option", f"original_cells[{number}]: {place[0]} in {place[1]} is given twice")
        own = {key: params.get(key) for key in CELL_OPTIONS}
        own.update(assume_role_arn=None, external_id=None, source_identity=None, role_session_name=DEFAULT_SESSION_NAME)
        own.update({key: way[key] for key in REACHED_BY if key in way})
        own["cell"] = way.get("cell") or ".".join(place)
        cells[place] = Cell(own)
    return cells


def _servers(params: Given) -> list[AnyServer]:
    ids = params.get("source_server_ids")
    servers = params.get("servers")
    if (ids is None) == (servers is None):
        raise DrsError("invalid_option", "servers, source_server_ids: give one of them")
    listed = [{"source_server_id": one} for one in ids or ()] if servers is None else servers
    for number, server in enumerate(listed):
        if not isinstance(server.get("source_server_id"), str):
            raise DrsError("invalid_option", f"servers[{number}].source_server_id: every server needs its id")
    return listed


def _confirmed(params: Given, servers: list[AnyServer]) -> bool:
    """Whether what was typed confirms a plan that this request can be a part of."""
    given = params.get("confirmation")
    if not given or len(servers) > given["count"]:
        return False
    asked = (given["plan"], given["count"], given["regions"], given.get("terminates"))
    return not check_confirmation(given.get("text"), "failback", *asked)


def _request(params: Given) -> Given:
    problems = valid_id("run", params["run_id"])
    if problems:
        raise findings.refusal(problems)
    if params.get("since") and parse_time(params["since"]) is None:
        raise DrsError("invalid_option", f"since: '{params['since']}' is no time such as 2026-03-01T12:00:00Z")
    if params["lookback_hours"] < 1:
        raise DrsError("invalid_option", f"lookback_hours: {params['lookback_hours']} must be at least 1")
    servers = _servers(params)
    return {
        **{key: params.get(key) for key in ("mode", "run_id", "wave", "since", "limits", "lookback_hours")},
        "retry_failed": params["retry_failed"],
        "retry_jobs": params.get("retry_jobs"),
        "store": {key: value for key, value in as_mapping(params.get("store")).items() if value is not None},
        "run_epoch": params.get("run_epoch"),
        "wave_servers": params.get("wave_servers"),
        "servers": servers,
        "vouched": {
            "validated": params["validated_recovery_instance_ids"],
            "typed": params["confirm_recovery_instance_ids"],
            "confirmed": _confirmed(params, servers),
            "require_protected": params["require_protected"],
        },
    }


def perform(
    cell: Cell,
    params: Given,
    check_mode: bool,
    originals: t.Optional[dict[Place, Cell]] = None,
    points: t.Optional[set[str]] = None,
    seen: t.Optional[proof.Seen] = None,
) -> Result:
    """Do what the options of drs_failback ask for.

    :param originals: the original cells, when the caller keeps them; made from ``original_cells`` otherwise.
    :param points: reversed servers that are known to have a point in time, for a caller that asks again and again.
    :param seen: the machines that were terminated, to which those of this request are added, for who proves them gone.
    """
    request = {**_request(params), "points": points, "seen": seen}
    cells = original_cells(params) if originals is None else originals
    result = STATES[params["state"]](cell, cells, request, check_mode).run()
    # the way to the original cells is given to whoever repeats this apart: it holds external ids
    again = {key: params[key] for key in FAILBACK_SPEC if params.get(key) is not None and key != "original_cells"}
    retried = result.pop("retried")
    if again["retry_failed"]:
        # a wait repeats this request for what is queued: what fails in between has had its try
        again = {"retry_jobs": retried, **again}
    return {**result, "request": again}
