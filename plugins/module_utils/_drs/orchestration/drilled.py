"""What a termination by tags means: the drill instances of servers that these tags name now, or named at the launch.

A server may have been disabled, tagged otherwise, moved to another wave or deleted since its drill; the machine still
stands and still costs. So what keeps a server from being launched counts for nothing here, and where its tags of today
do not say it, the records of the runs do: a run that was asked for with these tags launched for these tags.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import server_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, errors_of, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs, tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import GONE, alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.matching import NOTHING, unseen
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import selection as choosing

Entry = Mapping[str, Any]


def asked_for(run: Mapping[str, Any], selection: Mapping[str, Any]) -> bool:
    """Whether all that a drill launched was selected by these criteria: it was asked for with them, or with more.

    :param run: the record of a run.
    """
    if run.get("mode") != "drill" or not selection:
        return False
    launched = (run.get("request") or {}).get("selection") or {}
    for criterion, wanted in selection.items():
        given = launched.get(criterion) or {}
        pairs = [(given.get(key), value) for key, value in wanted.items()] if criterion == "tags" else [(given, wanted)]
        if not all(had and set(tags.wanted_values(had)) <= set(tags.wanted_values(value)) for had, value in pairs):
            return False
    return True


def found(
    cells: Sequence[Any],
    selection: Mapping[str, Any],
    allow_empty: bool,
    launched: Sequence[Entry] = (),
    gone: Sequence[Entry] = (),
) -> dict[str, Any]:
    """Find the servers, what stands of them, and what nobody can tell.

    :param cells: as ``reading.read_all`` has them.
    :param launched: entries of the records of runs that were ``asked_for`` with the selection: what they launched.
    :param gone: those of them that a clean-up has proven to be gone. Where the selection matches nothing any more, they
        are what it meant: a termination that is asked for again, after the servers were tagged otherwise.
    :returns: what ``matching.matched`` returns; ``instances`` are those alive of these servers alone. Besides
        ``doubtful`` [entry with its error]: what may be of them and cannot be terminated here.
    """
    read, lost, findings = choosing.read_cells(cells)
    unknown: list[Any] = [*lost, *(unseen(cell) for cell in read if cell.get("recovery_instances") is None)]
    standing = [
        {**one, "cell": cell["cell"]} for cell in read for one in cell.get("recovery_instances") or () if alive(one)
    ]
    listed: list[Any] = [{**server, "cell": cell["cell"]} for cell in read for server in cell["source_servers"]]
    known = {server_key(one) for one in listed}
    orphans = [one for one in standing if server_key(one) not in known]
    # what a machine itself is tagged with tells of a server that is no longer there
    everyone: list[Any] = [*listed, *map(_server_of, orphans)]
    asked: Any = selection
    keys = tags.resolve_keys({})
    matching, _excluded, problems = choosing.choose(everyone, asked, keys, not unknown, disabled_too=True)
    servers = _once(matching, everyone, read, standing)
    mine = {server_key(one) for one in servers}
    names = {(one.get("cell"), one.get("recovery_instance_id")): one.get("name") for one in launched}
    by_place = {server_key(one): one for one in listed}
    for one in standing:
        if server_key(one) in mine or one.get("is_drill") is False:
            continue
        recorded = names.get((one["cell"], one["recovery_instance_id"]), "")
        if recorded or _bears(one, selection, keys):
            servers.append(by_place.get(server_key(one)) or {**_server_of(one), "name": recorded or _name(one)})
            mine.add(server_key(one))
    if not servers:
        servers = [
            by_place.get(place) or one for place, one in {server_key(one): _recorded(one) for one in gone}.items()
        ]
    if servers or allow_empty:
        problems = [one for one in problems if one["code"] not in NOTHING]
    elif not errors_of(problems):
        text = "the selection matches none of %s" % count(len(listed), "server")
        problems = [*problems, finding(ERROR, "no_match", text)]
    return {
        "servers": servers,
        "instances": [one for one in standing if server_key(one) in mine],
        "unknown_cells": unknown,
        "findings": [*findings, *problems],
        "doubtful": [
            *_unplaced((one for one in standing if server_key(one) not in mine | set(by_place)), selection, keys),
            *_being_launched(read, mine, by_place),
        ],
    }


def _once(servers: Sequence[Any], everyone: list[Any], read: Sequence[Any], standing: Sequence[Entry]) -> list[Any]:
    """Of a server's two copies the one that is recovered, and the other one where a machine of it stands."""
    staging = [cell["cell"] for cell in read if list(cell.get("account_types") or ()) == ["staging"]]
    kept, _left_out, _more = choosing.once_each(servers, everyone, "target", "recovery", staging)
    counted = {server_key(one) for one in (*kept, *(one for one in standing if one.get("is_drill") is not False))}
    return [one for one in servers if server_key(one) in counted]


def _bears(instance: Entry, selection: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a machine itself has all tags of a selection by tags: it got them when it was launched."""
    return set(selection) == {"tags"} and tags.matches(instance.get("tags"), selection["tags"], keys)


def _unplaced(
    orphans: Iterable[Entry], selection: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]
) -> list[outcomes.Entry]:
    """Drill instances of servers that are no longer there, of which nobody can tell what they were selected by."""
    result = []
    for one in orphans:
        own = one.get("tags") or {}
        told = [key for key in selection.get("tags") or () if tags.tag_value(own, tags.spellings_of(key, keys))]
        if one.get("is_drill") is False or told or "source_server_ids" in selection:
            continue
        result.append(
            doubt(
                one,
                "its source server is gone, so that nobody can say whether it is among them; terminate it by its id, "
                "options.recovery_instance_ids",
            )
        )
    return result


def _being_launched(read: Sequence[Any], mine: set[Any], servers: Mapping[Any, Any]) -> list[outcomes.Entry]:
    """Servers whose drill is launched at this very moment: nothing yet that could be terminated."""
    result = []
    for cell in read:
        for job in cell.get("jobs") or ():
            if not job["active"] or job["type"] != jobs.LAUNCH or job["initiated_by"] not in jobs.DRILL_INITIATORS:
                continue
            for place in ((cell["cell"], one) for one in jobs.server_ids(job)):
                if place in mine:
                    told = "job %s still launches it: terminate again when it has ended" % clean(job["job_id"], 60)
                    result.append(doubt({**servers.get(place, {}), "job_id": job["job_id"]}, told))
    return result


def forgotten(launched: Iterable[Entry], machines: Mapping[str, str]) -> list[outcomes.Entry]:
    """Machines that runs have launched, that DRS no longer lists and that EC2 still has.

    :param launched: entries of the record.
    :param machines: {EC2 id: its state} of those that DRS does not list.
    """
    return [
        doubt(one, "DRS no longer lists it and EC2 still has it, %s; terminate it in EC2" % clean(state, 20).lower())
        for one in launched
        for state in (machines.get(str(one.get("ec2_instance_id") or one.get("recovery_instance_id"))),)
        if state and state.upper() not in GONE
    ]


def unlooked(
    launched: Iterable[Entry], listed: Mapping[str, Collection[str]], deaf: Mapping[str, str], left_out: Collection[str]
) -> list[outcomes.Entry]:
    """Machines that runs have launched, and into which nobody has looked now: that is not the same as gone.

    :param launched: entries of the record.
    :param listed: by cell the EC2 ids that DRS lists, of the cells that were read.
    :param deaf: {cell: the error code} where EC2 did not answer.
    :param left_out: cells that the inventory has and the play has not.
    """
    result = []
    for one in launched:
        cell, machine = str(one.get("cell")), one.get("ec2_instance_id") or one.get("recovery_instance_id")
        if cell in left_out:
            result.append(doubt(one, "its cell %s is not in this play; terminate without a limit" % clean(cell, 64)))
        elif cell in deaf and machine and machine not in listed.get(cell, ()):
            told = "DRS no longer lists it and EC2 was not read (%s), so nobody can say that it is gone"
            result.append(doubt(one, told % clean(deaf[cell], 60)))
    return result


def doubt(one: Entry, reason: str) -> outcomes.Entry:
    """What stands, or may stand, when all is done that can be done here."""
    named = one.get("recovery_instance_id") or one.get("name") or one.get("source_server_id") or one.get("cell")
    error = DrsError("clean_up_incomplete", "%s: %s" % (clean(named, 64), reason))
    fields = {key: one[key] for key in outcomes.ENTRY_KEYS if key in one and key not in ("outcome", "error")}
    return outcomes.server_entry(outcomes.UNKNOWN, fields, error=error)


def _server_of(instance: Entry) -> dict[str, Any]:
    """A server that is no longer there, as far as its machine tells of it."""
    place = {key: instance.get(key) for key in ("source_server_id", "cell", "account_id", "region")}
    return {**place, "name": _name(instance), "tags": dict(instance.get("tags") or {})}


def _recorded(one: Entry) -> dict[str, Any]:
    """A server as the record of a run names it."""
    return {key: one.get(key) for key in ("source_server_id", "cell", "account_id", "region", "name")}


def _name(instance: Entry) -> str:
    return str((instance.get("tags") or {}).get("Name") or instance["source_server_id"])
