"""Which servers the request of a status means; see ``drilled`` for a termination."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, errors_of, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import selection as choosing
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count


def matched(cells: Sequence[Any], selection: Mapping[str, Any], allow_empty: bool) -> dict[str, Any]:
    """Choose servers over cells that were read.

    :param cells: as ``reading.read_all`` has them.
    :param selection: tags, source_server_ids, applications, waves; empty for all.
    :returns: ``{servers, instances (recovery instances of all cells), unknown_cells, findings}``. That nothing matches
        is an error among the findings, unless it is allowed.
    """
    read, lost, findings = choosing.read_cells(cells)
    unknown: list[Any] = [*lost, *(unseen(cell) for cell in read if cell.get("recovery_instances") is None)]
    everyone: list[Any] = [{**server, "cell": cell["cell"]} for cell in read for server in cell["source_servers"]]
    asked: Any = selection
    servers, _excluded, problems = choosing.choose(everyone, asked, tags.resolve_keys({}), not unknown)
    staging = [cell["cell"] for cell in read if list(cell.get("account_types") or ()) == ["staging"]]
    servers, _left_out, _more = choosing.once_each(servers, everyone, "target", "recovery", staging)
    if allow_empty and not servers:
        problems = [one for one in problems if one["code"] not in NOTHING]
    elif not servers and not errors_of(problems):
        text = "the selection matches none of %s" % count(len(everyone), "server")
        problems = [*problems, finding(ERROR, "no_match", text)]
    instances = [{**one, "cell": cell["cell"]} for cell in read for one in (cell.get("recovery_instances") or ())]
    return {
        "servers": servers,
        "instances": instances,
        "unknown_cells": unknown,
        "findings": [*findings, *problems],
    }


def unseen(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell whose recovery instances were not read: none is never taken for that."""
    error = DrsError("read_failed", "its recovery instances were not read").to_dict()
    return {**{key: cell.get(key) for key in ("cell", "account_id", "region")}, "error": error}


NOTHING = ("no_match", "unknown_tag_key", "unknown_application", "unknown_wave")
"""The codes of a selection that matches nothing."""


def drill_instances(chosen: Mapping[str, Any]) -> list[Any]:
    """The recovery instances of chosen servers that are no live ones: what DRS does not call a drill is never among
    them, what it says nothing about is, and is refused by name."""
    mine = {(one["cell"], one["source_server_id"]) for one in chosen["servers"]}
    return [
        one
        for one in chosen["instances"]
        if alive(one) and one.get("is_drill") is not False and (one["cell"], one["source_server_id"]) in mine
    ]


def first_error(findings: Iterable[Any]) -> dict[str, Any] | None:
    """The error of a selection that cannot be followed, with everything that is wrong with it; None when it can."""
    wrong = errors_of(findings)
    if not wrong:
        return None
    return {**wrong[0], "message": "; ".join(dict.fromkeys(str(one["message"]) for one in wrong[:20]))}
