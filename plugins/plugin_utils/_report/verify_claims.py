"""Make claims of the evidence again (who typed what, who left what out, recovery times): a part of verify.py.

In a bundle it stands within that program, which bundle.verifier puts together, so it needs nothing but Python either.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

COMMANDS_FILE, EXCLUDED_FILE = "commands.csv", "excluded.csv"
COMMAND_EVENTS = (
    *("run_begun", "run_resumed", "run_approved", "run_rejected", "run_paused", "run_cancelled"),
    *("guardrail_overruled", "run_cleaned", "run_imported"),
)
PERSON = ("user", "kind", "awx_job", "local")
SESSION = ("cell", "account_id", "arn", "role_session_name", "source_identity", "error")


def of_commands(
    files: Mapping[str, bytes], events: Sequence[Mapping[str, Any]], evidence: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The commands of the evidence, made again from the journal; one of an older version has none."""
    if "commands" not in evidence:
        return
    wanted = [_command(one) for one in events if one.get("event") in COMMAND_EVENTS]
    told = [{key: one[key] for key in ("seq", "event", *PERSON, "sessions")} for one in evidence["commands"]]
    if not _alike(wanted, told):
        yield "evidence.json", "its commands are not those that the journal tells of"
    lines = [
        [str(one["seq"]), one["user"] or "", (session or {}).get("role_session_name") or ""]
        for one in evidence["commands"]
        for session in one["sessions"] or [None]
    ]
    rows = list(csv.DictReader(io.StringIO(files[COMMANDS_FILE].decode("utf-8"))))
    if not _alike(lines, [[one["seq"], one["user"], one["role_session_name"]] for one in rows]):
        yield COMMANDS_FILE, "its commands are not those of evidence.json"


def _command(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("data") or {}
    person = data.get("typed_by") or data.get("approved_by") or {}
    sessions = sorted(data.get("sessions") or (), key=lambda one: str(one.get("cell")))
    return {
        "seq": event.get("seq"),
        "event": event.get("event"),
        "user": person.get("user") or data.get("by") or None,
        "kind": person.get("kind"),
        "awx_job": person.get("job"),
        "local": person.get("local"),
        "sessions": [{key: one.get(key) for key in SESSION} for one in sessions],
    }


def of_excluded(
    files: Mapping[str, bytes], plan: Mapping[str, Any] | None, evidence: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The servers that were left out, held against the plan; each by request or by its tag must say who or which."""
    listed = evidence["scope"]["excluded"]
    keys = ("source_server_id", "reason_code", "tag")
    wanted = [[one.get(key) for key in keys] for one in (plan or {}).get("excluded") or ()]
    if not _alike(wanted, [[one.get(key) for key in keys] for one in listed]):
        yield "evidence.json", "the servers that it says were left out are not those of the plan"
    if EXCLUDED_FILE in files:
        rows = list(csv.DictReader(io.StringIO(files[EXCLUDED_FILE].decode("utf-8"))))
        lines = [[one["source_server_id"] or "", one["reason_code"] or "", one["by"] or ""] for one in listed]
        if not _alike(lines, [[one["source_server_id"], one["reason_code"], one["by"]] for one in rows]):
            yield EXCLUDED_FILE, "its servers are not those of evidence.json"


def _alike(wanted: Any, told: Any) -> bool:
    """Whether the evidence says what it was made of; it writes long and odd texts shorter, which are not compared."""
    if isinstance(wanted, dict):
        return isinstance(told, dict) and all(_alike(one, told.get(key)) for key, one in wanted.items())
    if isinstance(wanted, list):
        return isinstance(told, list) and len(told) == len(wanted) and all(map(_alike, wanted, told))
    if isinstance(wanted, str) and not _is_plain(wanted):
        return bool(told)
    return bool(wanted == told)


def _is_plain(value: str) -> bool:
    return len(value) <= 80 and value.isascii() and value.isprintable() and value == " ".join(value.split())


def said_commands(commands: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each command: when, which, who, in which job of AWX, with which sessions."""
    for one in commands:
        job = f", AWX job {one['awx_job']}" if one["awx_job"] else ""
        named = {
            (session["role_session_name"] or session["arn"] or "session not known")
            + (f" as {session['source_identity']}" if session["source_identity"] else "")
            for session in one["sessions"]
        }
        sessions = f", {', '.join(sorted(named))}" if named else ""
        yield f"{one['at']} {one['event']}: {one['user'] or 'nobody on record'}{job}{sessions}"


def of_objectives(run: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The recovery times, made again from when they begin and end."""
    begins = [one for one in map(_moment, (document.get("created_at"), document.get("declared_at"))) if one]
    for goal in run["objectives"]:
        rto, name = goal["rto"], str(goal["application"])[:80]
        begun, ended = _moment(rto["begun_at"]), _moment(rto["ended_at"])
        if begins and begun and begun not in begins:
            yield "evidence.json", f"the recovery time of {name} begins when nothing began"
        if begun and ended and rto["actual"] not in (None, (ended - begun).total_seconds()):
            yield "evidence.json", f"the recovery time of {name} is not the time between its begin and its end"
        for kind in ("rto", "rpo"):
            actual, target = goal[kind]["actual"], goal[kind]["target"]
            if goal[kind]["met"] and (actual is None or target is None or actual > target):
                yield "evidence.json", f"the {kind} of {name} is said to be met, and is not"


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
