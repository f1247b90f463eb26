"""Select the servers of a run: from the cells that were read, by criteria, every machine only once."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import NEVER_RECOVERABLE
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import (
    excluded_entry,
    written_tag,
    group_by_wave,
    matches,
    select,
    tag_value,
    wanted_values,
    wave_name,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names, near
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyError, AnyServer, Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    CellRead,
    Excluded,
    Selection,
    UnknownCell,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys

STAGING = "staging"
_NOT_EXTENDED = "%s and not extended to a cell that was read"
SELECTION_KEYS = ("tags", "source_server_ids", "applications", "waves")


def identity(server: AnyServer) -> str:
    """What makes a server unique: its ARN; never its name."""
    return str(server.get("arn") or "%s/%s" % (server.get("cell"), server.get("source_server_id")))


def read_cells(cells: Iterable[CellRead]) -> tuple[list[CellRead], list[UnknownCell], list[Finding]]:
    """Split cells into those that were read and those that were not, each in the order of their names.

    A cell without an error and without a list of servers was not read either: nothing is never taken for empty.

    :returns: the cells that were read, those that were not, and findings.
    """
    ordered = sorted(cells, key=lambda cell: str(cell.get("cell")))
    read: list[CellRead] = []
    unknown: list[UnknownCell] = []
    findings: list[Finding] = []
    seen: dict[tuple[Any, Any], Any] = {}
    if not ordered:
        findings.append(finding(ERROR, "no_cells", "there is no cell to plan for"))
    for cell in ordered:
        place = (cell.get("account_id"), cell.get("region"))
        if all(place) and place in seen:
            text = "%s and %s are the same account and Region" % (clean(seen[place]), clean(cell.get("cell")))
            findings.append(finding(ERROR, "duplicate_cell", text, cell=cell.get("cell")))
            continue
        seen[place] = cell.get("cell")
        error: Mapping[str, Any] | None = cell.get("error")
        if not error and cell.get("source_servers") is None:
            error = {"code": "read_failed", "message": "its servers were not read", "remedy": ""}
        if error:
            unknown.append(
                {
                    "cell": cell.get("cell", ""),
                    "account_id": cell.get("account_id"),
                    "region": cell.get("region"),
                    "error": dict(error),
                }
            )
            findings.append(_unreadable(cell, error))
        else:
            read.append(cell)
    if ordered and not read:
        findings.append(
            finding(ERROR, "cell_unreadable", "no cell could be read, so nothing is known about any server")
        )
    return read, unknown, findings


def _unreadable(cell: CellRead, error: AnyError) -> Finding:
    role = cell.get("assume_role_arn")
    text = "%s (account %s, Region %s, %s) could not be read: %s: %s" % (
        clean(cell.get("cell"), 80) or "a cell",
        clean(cell.get("account_id"), 20) or "unknown",
        clean(cell.get("region"), 30) or "unknown",
        "role %s" % clean(role, 160) if role else "no role",
        clean(error.get("code"), 60),
        clean(error.get("message"), 300),
    )
    remedy = error.get("remedy") or None
    details = {"account_id": cell.get("account_id"), "role": role, "error_code": error.get("code")}
    return finding(WARNING, "cell_unreadable", text, cell=cell.get("cell"), remedy=remedy, details=details)


def choose(
    servers: Sequence[Server],
    selection: Selection | None,
    keys: TagKeys,
    complete: bool = True,
    disabled_too: bool = False,
) -> tuple[list[Server], list[Excluded], list[Finding]]:
    """Apply a selection (tags, source_server_ids, applications, waves) and report all that is wrong with it.

    ``waves`` may name the wave of servers without a wave tag (``default``). ``complete`` says that every cell was read.
    Without any criterion every server is chosen. ``disabled_too`` as ``tags.select`` has it.

    :returns: the chosen servers, the excluded ones with their reasons, and findings.
    """
    criteria = {key: value for key, value in (selection or {}).items() if value}
    findings = _check_form(criteria)
    ids = wanted_values(criteria.get("source_server_ids") or ())
    criteria_keys = ("tags", "source_server_ids", "applications")
    asked = cast("Selection", {key: value for key, value in criteria.items() if key in criteria_keys})
    try:
        selected, excluded = select(servers, asked, keys, disabled_too)
    except DrsError as error:
        return [], [], [*findings, finding(ERROR, error.code, error.message, details=error.details)]
    present = {server.get("source_server_id") for server in servers}
    for missing in sorted(set(ids) - present):
        if not valid_id("source_server", missing):
            text = "%s is in none of the cells that were read" % clean(missing, 40)
            text += "" if complete else "; it may be in one that was not"
            findings.append(finding(ERROR, "unknown_id", text, source_server_id=missing))
    for entry in excluded:
        if entry["source_server_id"] in ids and entry["reason_code"] != "not_selected":
            text = "%s was asked for by id, but: %s" % (clean(entry["source_server_id"], 40), entry["reason"])
            findings.append(finding(ERROR, entry["reason_code"], text, server=entry))
    findings.extend(_unknown_applications(servers, criteria, keys))
    if criteria.get("waves"):
        selected, out_of_wave, problems = _of_waves(selected, wanted_values(criteria["waves"]), keys)
        excluded, findings = [*excluded, *out_of_wave], [*findings, *problems]
    return selected, excluded, findings


def selects(selector: Selection, server: Server, keys: TagKeys) -> bool:
    """Whether a server meets all criteria of a selector."""
    tags = server.get("tags")
    asked = (
        (selector.get("source_server_ids"), server.get("source_server_id")),
        (selector.get("applications"), tag_value(tags, keys["application"])),
    )
    waves = {wave_name(one) for one in wanted_values(selector.get("waves") or ())}
    return (
        matches(tags, selector.get("tags"), keys)
        and all(value in wanted_values(condition) for condition, value in asked if condition)
        and (not waves or wave_name(tag_value(tags, keys["wave"])) in waves)
    )


def _check_form(criteria: Given) -> list[Finding]:
    findings = []
    for key in criteria:
        if key not in SELECTION_KEYS:
            meant = near(str(key), SELECTION_KEYS)
            text = "selection.%s is not known; it has %s" % (clean(key, 40), ", ".join(meant or SELECTION_KEYS))
            findings.append(finding(ERROR, "invalid_option", text))
    ids = wanted_values(criteria.get("source_server_ids") or ())
    for value in dict.fromkeys(ids):
        findings.extend(valid_id("source_server", value))
    return [*findings, *duplicate_ids(ids)]


def _unknown_applications(servers: Iterable[Server], criteria: Given, keys: TagKeys) -> list[Finding]:
    there = {tag_value(server.get("tags"), keys["application"]) for server in servers} - {None, ""}
    findings = []
    for name in dict.fromkeys(wanted_values(criteria.get("applications") or ())):
        if name not in there:
            meant = near(name, sorted(str(one) for one in there), 3)
            text = "no server belongs to application %s" % clean(name, 64)
            text += " (near: %s)" % names(meant) if meant else ""
            findings.append(finding(ERROR, "unknown_application", text, details={"near": meant}))
    return findings


def _of_waves(
    selected: Sequence[Server], wave_names: Sequence[str], keys: TagKeys
) -> tuple[list[Server], list[Excluded], list[Finding]]:
    groups = group_by_wave(selected, keys)
    asked = {wave_name(wave) for wave in wave_names}
    present = {wave_name(wave) for wave in groups}
    findings = []
    for wave in dict.fromkeys(wave_names):
        if wave_name(wave) not in present:
            text = "no selected server belongs to wave %s; there are %s" % (clean(wave, 64), names(groups) or "none")
            findings.append(finding(ERROR, "unknown_wave", text, details={"waves": list(groups)}))
    kept = [server for wave, members in groups.items() if wave_name(wave) in asked for server in members]
    out = [
        excluded_entry(
            server,
            "not_selected",
            "Not selected: it is of another wave.",
            written_tag(server.get("tags"), keys["wave"]),
        )
        for wave, members in groups.items()
        if wave_name(wave) not in asked
        for server in members
    ]
    return kept, out, findings


def leave_out(
    servers: Sequence[Server], everyone: Iterable[Server], reasons: Mapping[str, str] | None, complete: bool = True
) -> tuple[list[Server], list[Excluded], list[Finding]]:
    """Take out the servers that a request leaves out (``except``), each with the reason that was typed.

    :param servers: those that are selected. :param everyone: all that were read.
    :param reasons: {source server id: why}. :param complete: whether every cell was read.
    :returns: the servers that stay, the excluded ones, and findings: an id that nobody knows is an error, for it may
        be a slip of the finger; one that is not selected anyway is a warning.
    """
    wanted = dict(reasons or {})
    present = {server.get("source_server_id") for server in everyone}
    chosen = {server.get("source_server_id") for server in servers}
    findings = []
    for one in sorted(set(wanted) - chosen):
        shown = clean(one, 40)
        if one in present:
            text = "except: %s is not selected, so there is nothing to leave out" % shown
            findings.append(finding(WARNING, "not_selected", text, source_server_id=one))
        else:
            text = "except: %s is in none of the cells that were read" % shown
            text += "" if complete else "; it may be in one that was not"
            findings.append(finding(ERROR if complete else WARNING, "unknown_id", text, source_server_id=one))
    kept = [one for one in servers if one.get("source_server_id") not in wanted]
    out = [
        excluded_entry(
            one, "left_out", "Left out by the request: %s" % clean(wanted[str(one["source_server_id"])], 200)
        )
        for one in servers
        if one.get("source_server_id") in wanted
    ]
    return kept, out, findings


def once_each(
    selected: Sequence[Server],
    everyone: Sequence[Server],
    recover_in: str,
    mode: str,
    staging_cells: Iterable[Any],
    asked_ids: Iterable[str] = (),
) -> tuple[list[Server], list[Excluded], list[Finding]]:
    """Keep one of a server's two copies: the one in the target, or with ``recover_in`` staging the one in staging.

    An extended server appears twice, in its staging account and, extended, in the target; recovering both would make
    two machines of one. What the removal costs is said: a copy that goes although its counterpart is not selected is an
    error in a drill, and a warning in a recovery, which must not wait for a tag.

    :param everyone: all servers that were read, selected or not.
    :param staging_cells: names of the cells whose account is a staging account and nothing else.
    :param asked_ids: source server ids that were asked for; leaving one out is an error.
    :returns: the servers that are kept, the excluded copies with their reasons, and findings.
    """
    copies: dict[str, list[Server]] = {}
    for server in everyone:
        original = as_mapping(server.get("staging_area")).get("staging_source_server_arn")
        if server.get("extended") and original and original != server.get("arn"):
            copies.setdefault(original, []).append(server)
    chosen = {identity(server) for server in selected}
    only_staging, asked = set(staging_cells), set(asked_ids)
    by_arn = {identity(server): server for server in everyone}
    kept: list[Server] = []
    excluded: list[Excluded] = []
    findings: list[Finding] = []
    for server in selected:
        code = _surplus(server, copies, recover_in, only_staging)
        if code is None:
            kept.append(server)
            continue
        entry = PLAN.get(code)
        excluded.append(excluded_entry(server, code, entry.cause if entry else ""))
        if server.get("source_server_id") in asked:
            text = "%s was asked for by id, but is not recovered here" % _name(server)
            findings.append(finding(ERROR, code, text, server=server))
        else:
            findings.extend(_lost(server, code, copies, by_arn, chosen, mode))
    return kept, excluded, [*together(findings), *_twice(kept)]


def _surplus(server: Server, copies: Mapping[str, list[Server]], recover_in: str, only_staging: set[Any]) -> str | None:
    if recover_in == STAGING:
        return "extended_copy_in_staging" if server.get("extended") else None
    if identity(server) in copies:
        return "extended_copy_in_target"
    return "staging_account" if server.get("cell") in only_staging else None


def _lost(
    server: Server,
    code: str,
    copies: Mapping[str, Sequence[Server]],
    by_arn: Mapping[str, Server],
    chosen: set[str],
    mode: str,
) -> list[Finding]:
    """Say that leaving a copy out leaves the whole server out."""
    severity = ERROR if mode == DRILL else WARNING
    if code == "staging_account":
        text = "%s matches, but %s" % (_name(server), _NOT_EXTENDED % "is in a staging account")
        return [finding(WARNING, code, text, server=server, details={"server": _name(server)})]
    if code == "extended_copy_in_target":
        others: Sequence[Server] = copies[identity(server)]
    else:
        original = str(as_mapping(server.get("staging_area")).get("staging_source_server_arn"))
        if original not in by_arn:
            text = "%s is left out: its original %s was not read" % (_name(server), clean(original, 120))
            return [finding(severity, "staging_copy_not_read", text, server=server)]
        others = [by_arn[original]]
    if any(identity(other) in chosen for other in others):
        return []
    text = "%s matches, but its copy %s, which would be recovered, does not" % (
        _name(server),
        names(("%s in %s" % (other.get("source_server_id"), other.get("cell")) for other in others), 3, 100),
    )
    return [finding(severity, "extended_copy_not_selected", text, server=server)]


def together(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with those on servers in the staging accounts of one cell as one, with their number.

    :returns: findings.finding; ``details`` of one on several servers has their ``source_server_ids``.
    """
    listed = list(findings)
    staged = [one for one in listed if one["code"] == "staging_account" and one["severity"] == WARNING]
    cells = group_by(staged, lambda one: one["cell"])
    result = [one for one in listed if len(cells.get(one["cell"], ())) < 2 or one not in cells[one["cell"]]]
    for cell, members in cells.items():
        if len(members) > 1:
            named = names((one["details"]["server"] for one in members), 5, 110)
            told = count(len(members), "server"), clean(cell, 64), _NOT_EXTENDED % "are in a staging account", named
            ids = [one["source_server_id"] for one in members]
            text = "%s of %s match, but %s: %s" % told
            result.append(finding(WARNING, "staging_account", text, cell=cell, details={"source_server_ids": ids}))
    return result


def _twice(kept: Sequence[Server]) -> list[Finding]:
    """Two servers that would become two machines of one: copies of the same original, or the same source machine."""
    originals: dict[str, list[Server]] = {}
    machines: dict[str, list[Server]] = {}
    for server in kept:
        original = as_mapping(server.get("staging_area")).get("staging_source_server_arn")
        if server.get("extended") and original:
            originals.setdefault(original, []).append(server)
        # What cannot be launched cannot double anything: often it is the leftover of a move to another account.
        state = as_mapping(server.get("replication")).get("state")
        machine = server.get("instance_id")
        if machine and state not in NEVER_RECOVERABLE:
            machines.setdefault(machine, []).append(server)
    findings = []
    reported: set[str] = set()
    for code, groups in (("extended_twice", originals), ("same_machine_twice", machines)):
        for key, members in sorted(groups.items()):
            fresh = len(members) > 1 and not all(identity(server) in reported for server in members)
            if not fresh:
                continue
            reported.update(identity(server) for server in members)
            listed = names(("%s in %s" % (_name(server), server.get("cell")) for server in members), 5, 120)
            text = "%s stand for one machine (%s): %s" % (count(len(members), "server"), clean(key, 120), listed)
            findings.append(
                finding(ERROR, code, text, server=members[0], details={"arns": [identity(s) for s in members]})
            )
    return findings


def _name(server: Server) -> str:
    return "%s (%s)" % (clean(server.get("name"), 64), clean(server.get("source_server_id"), 40))
