"""Mistakes of a plan file that the cells tell: points in time, inner selectors and cells that match nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names, near
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import PlanFile, Selection
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import tag_value, wanted_values
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import identity, selects

_NOT_READ = "; some cells were not read"
_NO_APPLICATION, _NO_ID = "no server belongs to it", "no server that was read has this id"


def check(
    file: PlanFile,
    servers: Sequence[Server],
    assigned: Mapping[str, str],
    cells: Iterable[str],
    keys: TagKeys,
    complete: bool = True,
) -> list[Finding]:
    """Hold what a plan file names against what there is.

    :param servers: all that were read.
    :param assigned: {identity of a server: its wave}, see ``file.assign``.
    :param cells: the names of all cells of the command, read or not.
    :param complete: whether every cell was read.
    :returns: an error finding for each name that nothing bears and each selector that matches nothing; a warning for a
        point in time of servers that no wave selects.
    """
    tail = "" if complete else _NOT_READ
    return (
        _points(file, servers, assigned, keys, tail)
        + _selectors(file, servers, assigned, keys, tail)
        + _cells(file, sorted(cells))
    )


def by_application(file: PlanFile | None, selection: Selection) -> bool:
    """Whether a plan goes by the names of applications, so that a server in another spelling is left out by it.

    :param selection: of the request. Without it the criteria of the file's waves and points in time are looked at.
    """
    if file is None or selection.get("applications"):
        return bool(selection.get("applications"))
    points = file.get("points_in_time") or {}
    selectors = [
        one
        for wave in file["waves"]
        for one in (wave["selector"], wave.get("critical"), wave.get("optional"))
        if one is not None
    ]
    return bool(points.get("applications")) or any(one.get("applications") for one in selectors)


def _points(
    file: PlanFile, servers: Sequence[Server], assigned: Mapping[str, str], keys: TagKeys, tail: str
) -> list[Finding]:
    several = file.get("points_in_time") or {}
    applications, ids = _bearers(servers, keys)
    kinds = (
        ("applications", several.get("applications") or {}, applications, "unknown_application"),
        ("source_servers", several.get("source_servers") or {}, ids, "unknown_id"),
    )
    missing = {"applications": _NO_APPLICATION, "source_servers": _NO_ID}
    findings = []
    for kind, given, there, code in kinds:
        for name in given:
            place = "points_in_time.%s.%s" % (kind, clean(name, 64))
            if name not in there:
                text = "%s: %s%s%s" % (place, missing[kind], _near(name, list(there)), tail)
                findings.append(finding(ERROR, code, text, details={"path": place}))
            elif not any(identity(server) in assigned for server in there[name]):
                text = "%s: no wave of the plan file selects a server of it" % place
                findings.append(finding(WARNING, "unused_point_in_time", text, details={"path": place}))
    return findings


def _bearers(servers: Sequence[Server], keys: TagKeys) -> tuple[dict[str, list[Server]], dict[str, list[Server]]]:
    """The servers by their application and by their id."""
    applications: dict[str, list[Server]] = {}
    ids: dict[str, list[Server]] = {}
    for server in servers:
        applications.setdefault(str(tag_value(server.get("tags"), keys["application"]) or ""), []).append(server)
        ids.setdefault(server["source_server_id"], []).append(server)
    applications.pop("", None)
    return applications, ids


def _selectors(
    file: PlanFile, servers: Sequence[Server], assigned: Mapping[str, str], keys: TagKeys, tail: str
) -> list[Finding]:
    findings = []
    bearers = _bearers(servers, keys)
    for number, wave in enumerate(file["waves"]):
        members = [server for server in servers if assigned.get(identity(server)) == wave["name"]]
        for key, selector in (("critical", wave.get("critical")), ("optional", wave.get("optional"))):
            # of a wave without any server its own selector is told
            if selector and members and not any(selects(selector, server, keys) for server in members):
                place = "waves[%d].%s" % (number, key)
                text = "%s: it matches no server of wave %s%s" % (place, clean(wave["name"], 64), tail)
                findings.append(finding(ERROR, "unmatched_selector", text, details={"path": place}))
            findings += _unknown(selector or {}, "waves[%d].%s" % (number, key), bearers, tail)
    return findings


def _unknown(
    selector: Selection, place: str, bearers: tuple[Mapping[str, Any], Mapping[str, Any]], tail: str
) -> list[Finding]:
    """Names in a list that nothing bears: the others of the list do not make up for a slip of the finger."""
    applications, ids = bearers
    asked = (
        ("applications", wanted_values(selector.get("applications") or ()), applications, "unknown_application"),
        ("source_server_ids", wanted_values(selector.get("source_server_ids") or ()), ids, "unknown_id"),
    )
    findings = []
    for kind, given, there, code in asked:
        for number, name in enumerate(given):
            if name not in there:
                path = "%s.%s[%d]" % (place, kind, number)
                missing = _NO_ID if code == "unknown_id" else _NO_APPLICATION
                text = "%s: %s: %s%s%s" % (path, clean(name, 64), missing, _near(name, list(there)), tail)
                findings.append(finding(ERROR, code, text, details={"path": path}))
    return findings


def _cells(file: PlanFile, cells: Sequence[str]) -> list[Finding]:
    findings = []
    for place, action in file_names.hooks_of(file, "actions"):
        for index, name in enumerate(action.get("cells") or ()):
            if name not in cells:
                path = "%s.cells[%d]" % (place, index)
                hint = _near(name, cells) or "; the cells are %s" % names(cells, 10)
                text = "%s: there is no cell %s%s" % (path, clean(name, 64), hint)
                findings.append(finding(ERROR, "unknown_cell", text, details={"path": path}))
    return findings


def _near(name: str, there: Sequence[str]) -> str:
    meant = near(name, there)
    return "; did you mean %s?" % clean(meant[0], 64) if meant else ""
