"""Plan a deployment of agents over all cells: waves from what each cell reported, then a judgement wave by wave."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import machine_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines, quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_stage import AT_REST
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import (
    ERROR,
    WARNING,
    errors_of,
    finding,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import failure_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.chosen import UNREAD
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Error, Finding, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count

_DICT = {"type": "dict", "default": {}}
PLAN_SPEC: dict[str, Any] = {
    "deployment_id": {"type": "str", "required": True},
    "cells": {"type": "list", "elements": "dict", "required": True},
    "readings": {"type": "dict", "required": True},
    "waves": {"type": "list", "elements": "str", "default": []},
    "tag_keys": {**_DICT, "no_log": False},
    "allow_empty": {"type": "bool", "default": False},
    "expected_count": {"type": "int"},
}

# Nothing has to be done about these any more; a wave holds the rest.
_SETTLED = (outcomes.REFUSED, outcomes.SKIPPED, outcomes.REMOVED)


def plan(params: Given) -> Result:
    """Put the waves of a deployment together.

    ``cells``: [{cell, account_id, region, replicate_to, extend_to}]; ``readings``: what drs_agent_install returned in
    check mode, by cell.

    :returns: {plan, errors, changed}. The plan is {deployment_id, waves [{wave, machines, by_cell}], cells, settled
        [entry], capacity, unknown_cells, coverage, findings, summary}; ``errors`` is the text of the findings that
        forbid it.
    """
    keys = tags.resolve_keys(params["tag_keys"])
    readings, cells = params["readings"], params["cells"]
    cells_read, unknown, entries = [], [], []
    everyone: list[dict] = []
    for cell in cells:
        reading = readings.get(cell["cell"]) or {}
        error = _error(reading)
        if error:
            unknown.append({**_place(cell), "error": error})
            continue
        cells_read.append(_cell(cell, reading))
        machines_by_id = {one["instance_id"]: one for one in reading.get("machines") or ()}
        for entry in reading["servers"]:
            entries.append(entry)
            everyone.append(_machine(entry, machines_by_id.get(entry["instance_id"]) or {}, keys))
    wave_names = {tags.wave_name(wave) for wave in params["waves"]}
    groups = tags.group_by_wave(everyone, keys)
    findings = _findings(params, everyone, groups, cells_read, unknown)
    grouped = {wave: group for wave, group in groups.items() if not wave_names or tags.wave_name(wave) in wave_names}
    waves = [_wave(wave, group) for wave, group in grouped.items()]
    chosen = {(one["cell"], one["instance_id"]) for group in grouped.values() for one in group}
    capacity = _capacity(readings.values())
    findings += [one for reading in readings.values() for one in (reading or {}).get("near") or ()]
    findings += [one for machine in everyone for one in tag_checks.of_server(machine, keys, ERROR)]
    findings += tag_checks.of_all(everyone, keys)
    by_cell = {one["cell"]: one for one in cells_read}
    findings += [one for machine in everyone for one in machine_checks.elsewhere(machine, by_cell[machine["cell"]])]
    findings += [
        finding(ERROR, "capacity_full", f"{one['cell']}: {one['used']} of {one['limit']} {one['noun']} used, "
                f"{one['free']} free, {one['planned']} planned", cell=one["cell"])
        for one in capacity if not one["fits"]
    ]  # fmt: skip
    findings += [
        finding(WARNING, "capacity_low", f"{one['cell']}: {one['used'] + one['planned']} of {one['limit']} "
                f"{one['noun']} would be used, {_percent(one)} %: {_level(one)}", cell=one["cell"])
        for one in capacity if one["fits"] and one["planned"] and _level(one) != quotas.OK
    ]  # fmt: skip
    content = {
        "deployment_id": params["deployment_id"],
        "waves": [wave for wave in waves if wave["machines"]],
        "cells": cells_read,
        "settled": [one for one in entries if _settled(one) and (one["cell"], one["instance_id"]) in chosen],
        "capacity": capacity,
        "unknown_cells": unknown,
        "coverage": "incomplete" if unknown else "complete",
        "findings": findings,
        "summary": outcomes.summarise(one for one in entries if (one["cell"], one["instance_id"]) in chosen),
    }
    return {"plan": content, "errors": failure_text(findings) if errors_of(findings) else "", "changed": False}


def _level(room: Mapping[str, Any]) -> str:
    return quotas.threshold(room["used"] + room["planned"], room["limit"])


def _percent(room: Mapping[str, Any]) -> int:
    return int(quotas.percent_of(room["used"] + room["planned"], room["limit"]))


def _place(cell: Mapping[str, Any]) -> dict:
    return {key: cell.get(key) for key in ("cell", "account_id", "region")}


def _error(reading: Mapping[str, Any]) -> Error | None:
    """Why a cell has no reading; None when it has one."""
    if reading.get("servers") is not None:
        return None
    if reading.get("error"):
        return outcomes.error_entry(reading["error"])
    return outcomes.error_entry(DrsError("cell_unreadable", str(reading.get("msg") or "no answer")))


def _cell(cell: Mapping[str, Any], reading: Mapping[str, Any]) -> dict:
    """One cell: where its machines replicate to, how, and how many."""
    replication = reading.get("replication") or {}
    return {
        **_place(cell),
        "replication": replication,
        **{key: cell.get(key) for key in ("account_name", "extend_to", "extend_account_id", "account_types")},
        "pattern": machines.pattern(
            reading.get("account_id") or cell.get("account_id"),
            replication.get("account_id") or cell.get("account_id"),
            cell.get("extend_to"),
        ),
        "method": reading.get("method"),
        "summary": reading.get("summary") or outcomes.summarise(reading["servers"]),
    }


def _machine(entry: Mapping[str, Any], machine: Mapping[str, Any], keys: Mapping[str, Any]) -> dict:
    own = machine.get("tags") or {}
    return {
        **{
            key: entry.get(key) for key in ("instance_id", "name", "cell", "outcome", "error", "changed", "application")
        },
        "platform": machine.get("platform") if machine.get("ssm") else None,
        "priority": tags.tag_value(own, keys["priority"]),
        "tags": own,
    }


def _settled(one: Mapping[str, Any]) -> bool:
    # one that is installed may still lack tags
    return one["outcome"] in _SETTLED or (one["outcome"] == outcomes.ALREADY_INSTALLED and not one["changed"])


def _wave(wave: str, group: Iterable[Mapping[str, Any]]) -> dict:
    todo = [{key: value for key, value in one.items() if key != "tags"} for one in group if not _settled(one)]
    return {"wave": wave, "machines": todo, "by_cell": _ids_by_cell(todo)}


def _ids_by_cell(machines: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    return {cell: [one["instance_id"] for one in some] for cell, some in group_by_cell(machines).items()}


def _capacity(readings: Iterable[Mapping[str, Any]]) -> list[dict]:
    """The room of each replication cell against what all source cells would send there."""
    sums: dict[tuple[Any, ...], dict] = {}
    for reading in readings:
        place = (reading or {}).get("replication") or {}
        for one in (reading or {}).get("capacity") or ():
            key = (place.get("account_id"), place.get("region"), one["name"])
            total = sums.setdefault(
                key, {**one, "cell": place.get("cell"), "planned": 0, "noun": one["name"].replace("_", " ")}
            )
            total["planned"] += one["planned"]
            total["fits"] = total["planned"] <= total["free"]
    return list(sums.values())


def _findings(
    params: Given, everyone: list[dict], groups: Iterable[str], cells_read: list[dict], unknown: list[dict]
) -> list[Finding]:
    findings = [
        finding(WARNING, str(one["error"].get("code")), str(one["error"].get("message")), cell=one["cell"])
        for one in unknown
    ]
    if not everyone and not params["allow_empty"]:
        read = count(len(cells_read), "cell that was read", "cells that were read")
        remedy = UNREAD if unknown else None
        if cells_read:
            findings.append(finding(ERROR, "no_match", f"The selection matches no machine, in {read}.", remedy=remedy))
        else:
            text = "no cell could be read, so nothing is known about any machine"
            findings.append(finding(ERROR, "cell_unreadable", text))
    asked = params.get("expected_count")
    if asked is not None and asked != len(everyone):
        text = "%s selected, %s expected" % (count(len(everyone), "machine"), asked)
        findings.append(finding(ERROR, "unexpected_count", text))
    known = {tags.wave_name(wave) for wave in groups}
    missing = [wave for wave in params["waves"] if tags.wave_name(wave) not in known]
    if missing and everyone:
        there = ", ".join(groups)
        findings.append(finding(ERROR, "no_match", f"There is no wave {', '.join(missing)}; there are {there}."))
    return findings


# -- machines by id ----------------------------------------------------------------------------------------------------
def drop_strangers(readings: Mapping[str, Result]) -> None:
    """Of ids that were looked for in every cell, keep what the cell says that has them; what none has, the first says.

    :param readings: what drs_agent_install returned in check mode, by cell; changed in place.
    """
    at_home = {one["instance_id"] for each in readings.values() for one in each["servers"] if not _stranger(one)}
    for reading in readings.values():
        kept = [one for one in reading["servers"] if not _stranger(one) or one["instance_id"] not in at_home]
        at_home |= {one["instance_id"] for one in kept}
        reading["servers"] = kept
        reading["summary"] = outcomes.summarise(kept)


def stay_elsewhere(readings: Mapping[str, Result], servers: Iterable[Server]) -> None:
    """Count machines that replicate into another cell of the inventory as protected there: nothing is sent to them.

    :param readings: what drs_agent_install returned in check mode, by cell; changed in place, with a warning each.
    :param servers: the source servers of the inventory's cells.
    """
    there = {
        one["instance_id"]: one["cell"]
        for one in servers
        if one["instance_id"] and not one["extended"] and one["replication"]["state"] not in AT_REST
    }
    for reading in readings.values():
        into = (reading.get("replication") or {}).get("cell")
        found = []
        for one in reading["servers"]:
            where = there.get(one["instance_id"])
            if one["outcome"] == outcomes.PLANNED and where and where != into:
                one.update(outcome=outcomes.ALREADY_INSTALLED, changed=False)
                text = f"{one['name']} ({one['instance_id']}) replicates into {where} already, not into {into}"
                found.append(finding(WARNING, "machine_replicates_elsewhere", text, cell=one["cell"]))
        if found:
            reading["near"] = [*(reading.get("near") or ()), *found]
            reading["capacity"] = [
                {**one, "planned": max(0, one["planned"] - len(found))} for one in reading.get("capacity") or ()
            ]
            reading["summary"] = outcomes.summarise(reading["servers"])


def _stranger(entry: Mapping[str, Any]) -> bool:
    return (entry.get("error") or {}).get("code") == "unknown_instance"


# -- the look --------------------------------------------------------------------------------------------------------
def without(plan: Given, looks: Mapping[str, Result], unseen: Mapping[str, DrsError]) -> dict[str, Any]:
    """The plan without the machines on which the installation would fail; they are refused, with the reason.

    :param looks: by cell ``wrong`` {instance_id: DrsError} and ``warnings`` [DrsError].
    :param unseen: by cell why nobody could look there, which is a warning.
    """
    wrong = {(cell, one): error for cell, result in looks.items() for one, error in result["wrong"].items()}
    refused, waves = [], []
    for wave in plan["waves"]:
        left = []
        for one in wave["machines"]:
            error = wrong.get((one["cell"], one["instance_id"]))
            if error is None:
                left.append(one)
            else:
                refused.append(outcomes.server_entry(outcomes.REFUSED, {**one, "wave": wave["wave"]}, error=error))
        waves.append({**wave, "machines": left, "by_cell": _ids_by_cell(left)})
    warnings = [
        finding(WARNING, error.code, error.message, cell=cell, remedy=error.remedy)
        for cell, result in looks.items()
        for error in result["warnings"]
    ]
    warnings += [
        finding(WARNING, "not_looked_at", f"{cell}: the machines were not looked at: {error.code}: {error.message}",
                cell=cell) for cell, error in unseen.items()
    ]  # fmt: skip
    return {
        **plan,
        "waves": [wave for wave in waves if wave["machines"]],
        "settled": [*plan["settled"], *refused],
        "findings": [*plan["findings"], *warnings],
        "looked_at": sum(result["looked"] for result in looks.values()),
    }


# -- the end -----------------------------------------------------------------------------------------------------------
_FATAL = (outcomes.FAILED, outcomes.UNKNOWN, outcomes.REFUSED, outcomes.IN_PROGRESS, outcomes.QUEUED)
NAMES_IN_REASON = 10
# What the next command needs to mean the same machines, sent to in the same way.
_KEPT = (
    "filter_tags",
    "tag_keys",
    "waves",
    "allow_empty",
    "expected_count",
    "document_name",
    "devices",
    "tags",
    "limits",
    "instance_ids",
    "allow",
    "proxy",
    "endpoint",
    "s3_endpoint",
    "output_bucket",
    "node_credentials",
    "state",
    "method",
    "extend",
    "wait_for",
)


def unprotected(servers: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries of machines that no agent protects."""
    return [one for one in servers if one["outcome"] not in outcomes.AGENT_OUTCOMES]


def to_extend(cells: Iterable[Mapping[str, Any]], servers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was installed now and replicates into a staging account: nothing is recovered before it is extended.

    :param cells: of the plan. :param servers: the entries of the deployment.
    :returns: ``[{cell, replicates_to, extend_to, servers}]``, the number of them.
    """
    fresh = Counter(one["cell"] for one in servers if one["outcome"] == outcomes.INSTALLED)
    return [
        {
            "cell": one["cell"],
            "replicates_to": (one.get("replication") or {}).get("cell"),
            "extend_to": one["extend_to"],
            "servers": fresh[one["cell"]],
        }
        for one in cells
        if one.get("extend_to") and fresh[one["cell"]]
    ]


def reasons(result: Result, fail_on: str) -> list[str]:
    """Why a deployment has failed, a sentence each; empty when it has not.

    :param result: ``stopped``, ``servers``, ``coverage``, ``uncovered`` [cell], ``late`` [sentence].
    :param fail_on: ``never``, ``failed`` (a machine failed, a cell could not be read) or ``any`` (a machine is not
        protected).
    """
    if fail_on == "never":
        return []
    fatal = (*_FATAL, outcomes.SKIPPED) if fail_on == "any" else _FATAL
    lost = [str(one["name"]) for one in result["servers"] if one["outcome"] in fatal]
    texts = [str(result["stopped"] or "")]
    if lost:
        said = count(len(lost), "machine is", "machines are")
        texts.append("%s not protected: %s" % (said, ", ".join(lost[:NAMES_IN_REASON])))
    if result["coverage"] != "complete":
        texts.append("coverage incomplete: %s could not be read" % ", ".join(result["uncovered"]))
    return [text for text in (*texts, "; ".join(result["late"])) if text]


def given_again(values: Given, defaults: Given, variable: str = "agent_deploy_") -> dict[str, Any]:
    """The options of the next command that means the same machines: {variable: value}, empty for what is default.

    :param values: the request; ``defaults``: the same without anything given.
    """
    return {variable + name: "" if values[name] == defaults[name] else values[name] for name in _KEPT}
