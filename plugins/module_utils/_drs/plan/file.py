"""Plan files: waves with selectors, dependencies, gates and actions, read once and held against the servers there are.

``read`` judges the file by itself, ``assign`` puts servers into its waves. Both name every mistake at once, each with
its place in the file.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
from typing import Any, Iterable, Mapping, Sequence, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import graph as plan_graph
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import json_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.file_schema import PLAN_SCHEMA, STAGES
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import choose, identity, selects
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import (
    excluded_entry,
    tag_value,
    wanted_values,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names, near
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    Excluded,
    FileWave,
    Hooks,
    PlanFile,
    Selection,
    WaveRules,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys

WHEN = ("before", "after")
NO_HOOKS: Hooks = {"before": [], "after": []}


def read(document: Any, now: Any = None) -> tuple[PlanFile | None, list[Finding]]:
    """Read a plan file.

    :param document: the file, parsed; None when there is none.
    :param now: the present, for points in time.
    :returns: the file in its whole form (defaults filled in, gates named, dependencies written out, ``stages``), None
        when its form is wrong or there is none; and findings.
    """
    file, findings = understood(document, now)
    return (None if findings else file), findings


def understood(document: Any, now: Any = None) -> tuple[PlanFile | None, list[Finding]]:
    """Read a plan file as ``read`` does, also one that contradicts itself: it is held against the fleet all the same.

    :returns: the PlanFile, None only when its form is wrong or there is none; and FINDINGs.
    """
    if document is None:
        return None, []
    document = json_schema.with_texts(document, PLAN_SCHEMA)
    wrong = [_wrong(item["message"], path=item["path"]) for item in json_schema.check(document, PLAN_SCHEMA)]
    if wrong:
        return None, wrong
    # as the schema has it; what follows fills the defaults in
    file: PlanFile = copy.deepcopy(cast("PlanFile", dict(document)))
    before: str | None = None
    for wave in file["waves"]:
        if wave.get("depends_on") is None:
            wave["depends_on"] = [before] if before is not None else []
        before = wave["name"]
        wave["gates"] = _hooks(wave["name"], "gate", wave.get("gates"))
        wave["actions"] = _hooks(wave["name"], "action", wave.get("actions"))
    findings = file_names.check(file) + _points(file, now)
    graph, problems = _graph(file)
    findings += problems
    file["stages"] = plan_graph.stages(graph)
    circle = plan_graph.cycle(graph)
    if circle:
        shown = " -> ".join(clean(wave, 64) for wave in circle)
        findings.append(finding(ERROR, "dependency_cycle", "waves depend on each other in a circle: %s" % shown))
    return file, findings


def _hooks(wave: str, kind: str, given: Given | None) -> Hooks:
    """The gates or actions of a wave with their names and places, all times in seconds."""
    # each its own: with an anchor of YAML one entry may stand in several waves
    made: dict[str, list[Any]] = {when: [dict(item) for item in (given or {}).get(when) or ()] for when in WHEN}
    for when, items in made.items():
        for number, item in enumerate(items, start=1):
            item.setdefault("name", "%s-%s-%s%d" % (wave, when, kind, number))
            item.update(kind=kind, wave=wave, when=when, place=number)
            item.update({key: parse_duration(item[key]) for key in ("timeout", "interval") if key in item})
            if "cells" in item:
                item["cells"] = list(dict.fromkeys(wanted_values(item["cells"])))
    return {"before": made["before"], "after": made["after"]}


def _wrong(message: str, code: str = "invalid_plan_file", path: str = "") -> Finding:
    return finding(ERROR, code, message, details={"path": path} if path else None)


def _graph(file: PlanFile) -> tuple[dict[str, list[str]], list[Finding]]:
    wave_names = [wave["name"] for wave in file["waves"]]
    graph: dict[str, list[str]] = {}
    findings = []
    for number, wave in enumerate(file["waves"]):
        graph.setdefault(wave["name"], [])
        for index, other in enumerate(wave["depends_on"]):
            if other in wave_names:
                graph[wave["name"]].append(other)
                continue
            place = "waves[%d].depends_on[%d]" % (number, index)
            meant = near(other, wave_names)
            hint = "did you mean %s?" % meant[0] if meant else "the waves are %s" % names(wave_names, 10)
            findings.append(
                _wrong("%s: there is no wave %s; %s" % (place, clean(other), hint), "unknown_dependency", place)
            )
    return graph, findings


def _points(file: PlanFile, now: Any) -> list[Finding]:
    """Write every point in time in its one form."""
    findings: list[Finding] = []
    several = file.get("points_in_time") or {}
    places: list[tuple[Any, str, str]] = [(file, "point_in_time", "point_in_time")]
    for number, wave in enumerate(file["waves"]):
        places.append((wave, "point_in_time", "waves[%d].point_in_time" % number))
    for kind in ("applications", "source_servers"):
        group: Any = several.get(kind) or {}
        places += [(group, key, "points_in_time.%s.%s" % (kind, clean(key, 60))) for key in group]
    for holder, key, place in places:
        if holder.get(key) is not None:
            holder[key], problems = points_in_time.resolve(holder[key], now)
            findings += [{**one, "message": "%s: %s" % (place, one["message"])} for one in problems]
    return findings


def assign(
    file: PlanFile, servers: Sequence[Server], keys: TagKeys, complete: bool = True
) -> tuple[dict[str, str], list[Excluded], list[Finding]]:
    """Put servers into the waves of a plan file, each into one.

    :param complete: whether every cell was read.
    :returns: {identity of a server: its wave}, why the other servers take no part, and findings.
    """
    assigned: dict[str, str] = {}
    reasons: dict[str, Excluded] = {}
    findings: list[Finding] = []
    for number, wave in enumerate(file["waves"]):
        place = "waves[%d].selector" % number
        selected, excluded, problems = choose(servers, wave["selector"], keys, complete)
        if wave.get("allow_empty"):
            problems = [one for one in problems if one["code"] not in ("unknown_application", "unknown_wave")]
        findings += [{**one, "message": "%s: %s" % (place, one["message"])} for one in problems]
        for server in selected:
            other = assigned.setdefault(identity(server), wave["name"])
            if other != wave["name"]:
                text = "%s: %s (%s) is selected by wave %s, too" % (
                    place,
                    clean(server.get("name"), 64),
                    clean(server.get("source_server_id"), 40),
                    clean(other, 64),
                )
                findings.append(finding(ERROR, "server_in_two_waves", text, server=server))
        for entry in excluded:
            if entry["reason_code"] != "not_selected":
                reasons[str((entry["cell"], entry["source_server_id"]))] = entry
    left_out = []
    for server in servers:
        if identity(server) not in assigned:
            reason = reasons.get(str((server.get("cell"), server.get("source_server_id"))))
            text = "Not selected: no wave of the plan file selects it."
            left_out.append(reason or excluded_entry(server, "not_selected", text))
    return assigned, left_out, findings


def check_counts(
    file: PlanFile, assigned: Mapping[str, str], kept: Iterable[Server], complete: bool = True
) -> list[Finding]:
    """Hold the number of servers of each wave, copies left out, against what the file expects.

    :returns: an error finding for each wave, and for the whole, that holds another number.
    """
    numbers: dict[str, int] = {}
    for server in kept:
        own = assigned[identity(server)]
        numbers[own] = numbers.get(own, 0) + 1
    tail = "" if complete else "; some cells were not read"
    findings = []
    for number, wave in enumerate(file["waves"]):
        there, expected = numbers.get(wave["name"], 0), wave.get("expected_count")
        place = "waves[%d]" % number
        if expected is not None and expected != there:
            text = "%s.expected_count: wave %s holds %s, %d expected" % (
                place,
                clean(wave["name"], 64),
                count(there, "server"),
                expected,
            )
            findings.append(_wrong(text + tail, "unexpected_count", place + ".expected_count"))
        elif not there and not wave.get("allow_empty"):
            text = "%s.selector: wave %s holds no server" % (place, clean(wave["name"], 64))
            findings.append(_wrong(text + tail, "unmatched_selector", place + ".selector"))
    expected = file.get("expected_count")
    if expected is not None and expected != sum(numbers.values()):
        text = "expected_count: the waves hold %s, %d expected" % (count(sum(numbers.values()), "server"), expected)
        findings.append(_wrong(text + tail, "unexpected_count", "expected_count"))
    return findings


def narrow(
    file: PlanFile,
    assigned: Mapping[str, str],
    kept: Sequence[Server],
    selection: Selection,
    keys: TagKeys,
    complete: bool = True,
) -> tuple[list[Server], list[Excluded], list[Finding]]:
    """Keep the part of a plan file that a run asks for: some of its ``waves``, or servers by their tags and ids.

    :returns: the servers that are left, those that are excluded and why, and findings.
    """
    wave_values = wanted_values(selection.get("waves") or ())
    wave_names = [wave["name"] for wave in file["waves"]]
    findings: list[Finding] = []
    for name in dict.fromkeys(wave_values):
        if name not in wave_names:
            meant = near(name, wave_names)
            hint = "did you mean %s?" % meant[0] if meant else "it has %s" % names(wave_names)
            text = "the plan file has no wave %s; %s" % (clean(name, 64), hint)
            findings.append(finding(ERROR, "unknown_wave", text, details={"waves": wave_names}))
    rest = cast("Selection", {key: value for key, value in selection.items() if key != "waves" and value})
    chosen, _excluded, problems = choose(kept, rest, keys, complete)
    findings += problems
    allowed = {identity(server) for server in chosen}
    part = [
        one for one in kept if identity(one) in allowed and (not wave_values or assigned[identity(one)] in wave_values)
    ]
    inside = {identity(server) for server in part}
    text = "Not selected: it is not of the part of the plan that was asked for."
    out = [excluded_entry(server, "not_selected", text) for server in kept if identity(server) not in inside]
    present = {assigned[one] for one in inside}
    for wave in file["waves"] if wave_values else ():
        missing = [one for one in wave["depends_on"] if one not in present and one not in wave_values]
        if wave["name"] in present and missing:
            text = "wave %s depends on %s, not part of this run" % (clean(wave["name"], 64), names(missing))
            findings.append(finding(WARNING, "dependency_not_in_run", text, details={"waves": missing}))
    return part, out, findings


def critical(wave: FileWave | None, server: Server, keys: TagKeys, tagged: bool) -> tuple[bool, list[Finding]]:
    """Whether a server is critical: as the wave says, else as its tags do.

    :returns: whether it is, and a finding when the wave calls it both.
    """
    if wave is None:
        return tagged, []
    yes, no = wave.get("critical"), wave.get("optional")
    is_critical = selects(yes, server, keys) if yes else False
    is_optional = selects(no, server, keys) if no else False
    if is_critical and is_optional:
        text = "wave %s calls %s critical and optional" % (clean(wave["name"], 64), clean(server.get("name"), 64))
        return True, [finding(ERROR, "critical_and_optional", text, server=server)]
    return is_critical or (tagged and not is_optional), []


def point_in_time(file: PlanFile, wave: FileWave | None, server: Server, keys: TagKeys, general: str) -> str:
    """The point in time of one server: its own, else its application's, else its wave's, else the general one."""
    several = file.get("points_in_time") or {}
    own = (several.get("source_servers") or {}).get(server["source_server_id"])
    application = (several.get("applications") or {}).get(tag_value(server.get("tags"), keys["application"]) or "")
    return str(own or application or (wave and wave.get("point_in_time")) or general)


def order(file: PlanFile, present: Iterable[str]) -> list[tuple[str, int, list[str]]]:
    """The waves of a plan file that have servers, in running order.

    :param present: their names.
    :returns: (wave, the number of its stage, the waves that must have passed before it begins); of a wave that is not
        present what it waits for itself counts.
    """
    there = set(present)
    stages = [kept for kept in ([wave for wave in stage if wave in there] for stage in file["stages"]) if kept]
    graph, _findings = _graph(file)
    after = plan_graph.among(graph, there)
    result: list[tuple[str, int, list[str]]] = []
    for number, stage in enumerate(stages, start=1):
        earlier = [wave for wave, _number, _after in result]
        result += [(wave, number, earlier if file.get("order") == STAGES else after[wave]) for wave in stage]
    return result


def rules_of(wave: FileWave, stage: int, after: Sequence[str]) -> WaveRules:
    """The rules of a wave of a file in a plan: {wave, stage, depends_on, after, max_failures, gates, actions}."""
    return {
        "wave": wave["name"],
        "stage": stage,
        "depends_on": wave["depends_on"],
        "after": list(after),
        "max_failures": wave.get("max_failures"),
        "gates": wave["gates"],
        "actions": wave["actions"],
    }
