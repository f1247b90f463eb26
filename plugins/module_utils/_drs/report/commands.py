"""The commands of a run in its evidence: who typed each, in which job of AWX, with which sessions of AWS and versions.

A COMMAND is ``{seq, at, event, user, kind, awx_job, local, controller, sessions [{cell, account_id, arn,
role_session_name, source_identity, error}], versions}``, from the events of the journal alone. ``user`` is the text of
an older journal where that tells no parts.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import text

COMMANDS = {
    "run_begun": "start",
    "run_resumed": "resume",
    "run_approved": "approval",
    "run_rejected": "rejection",
    "run_paused": "pause",
    "run_cancelled": "cancellation",
    "guardrail_overruled": "override",
    "run_cleaned": "clean-up",
    "run_imported": "import",
}
"""The events that a command leaves, by name, and what it was."""
_SESSION = ("cell", "account_id", "arn", "role_session_name", "source_identity", "error")
_PERSON = ("seq", "at", "event", "user", "kind", "awx_job", "local", "controller")
COLUMNS = (*_PERSON, *_SESSION)
VERSIONS = (
    *("collection", "ansible-core", "python", "boto3", "botocore", "amazon.aws"),
    *("execution environment", "execution environment digest"),
)
NOT_KNOWN = "not known"


def commands_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The COMMANDs of a run, in the order of the journal."""
    return [_command(one) for one in map(as_mapping, documents["events"]) if one.get("event") in COMMANDS]


def _command(event: Mapping[str, Any]) -> dict[str, Any]:
    data = as_mapping(event.get("data"))
    person = as_mapping(data.get("typed_by") or data.get("approved_by"))
    sessions = sorted(map(as_mapping, as_list(data.get("sessions"))), key=lambda one: str(one.get("cell")))
    return {
        "seq": event.get("seq") if isinstance(event.get("seq"), int) else None,
        "at": iso_time(event.get("at")),
        "event": text(event.get("event"), 60),
        "user": text(person.get("user")) or text(data.get("by")),
        "kind": text(person.get("kind"), 20),
        "awx_job": text(person.get("job"), 20),
        "local": text(person.get("local")),
        "controller": text(event.get("actor")),
        "sessions": [{key: text(one.get(key), 300) for key in _SESSION} for one in sessions],
        "versions": {clean(key, 40): text(one) for key, one in as_mapping(data.get("versions")).items()},
    }


def rows_of(commands: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of commands.csv, see COLUMNS: one for each command and cell; a command without a session has one."""
    nothing = dict.fromkeys(_SESSION)
    return [
        {**{key: one[key] for key in _PERSON}, **session}
        for one in commands
        for session in one["sessions"] or [nothing]
    ]


def versions_of(commands: Iterable[Mapping[str, Any]], run: Mapping[str, Any]) -> dict[str, str]:
    """The versions that a run was made with, ``{"<name> of the run": text}``; several commands may have had several.

    :param run: the record of the run.
    """
    listed = list(commands)
    told: dict[str, str] = {}
    for name in VERSIONS:
        found = dict.fromkeys(one["versions"][name] for one in listed if one["versions"].get(name))
        told["%s of the run" % name] = ", ".join(found) or NOT_KNOWN
    if told["collection of the run"] == NOT_KNOWN:
        told["collection of the run"] = text(run.get("collection_version")) or NOT_KNOWN
    return told


def sentence(one: Mapping[str, Any]) -> str:
    """The sessions of a command in a line, each distinct one with how many cells had it; "" without any."""
    groups: dict[tuple[str, str], list[str]] = {}
    for session in one["sessions"]:
        named = session["role_session_name"] or session["arn"] or "not known (%s)" % (session["error"] or "not told")
        groups.setdefault((named, session["source_identity"] or ""), []).append(str(session["cell"]))
    return "; ".join(
        "%s%s in %s" % (named, ", source identity %s" % identity if identity else "", names(cells, 3))
        for (named, identity), cells in groups.items()
    )


def gaps(commands: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What is not on record of the commands of a run, in sentences."""
    listed = list(commands)
    nameless = [one for one in listed if not one["user"]]
    if nameless:
        yield "Who typed %s is not on record: %s." % (count(len(nameless), "command"), names(map(_named, nameless), 5))
    begun = [one for one in listed if one["event"] in ("run_begun", "run_resumed")]
    silent = [one for one in begun if not one["sessions"]]
    if silent:
        yield "The AWS sessions of %s are not on record: %s." % (
            count(len(silent), "command"),
            names(map(_named, silent), 5),
        )
    unknown = [session for one in listed for session in one["sessions"] if not session["arn"]]
    if unknown:
        cells = names(sorted({str(one["cell"]) for one in unknown}), 5)
        yield "STS did not tell the session of %s: %s." % (
            count(len(unknown), "cell and command", "cells and commands"),
            cells,
        )


def _named(one: Mapping[str, Any]) -> str:
    return "%s at %s" % (COMMANDS[str(one["event"])], one["at"] or "an unknown time")
