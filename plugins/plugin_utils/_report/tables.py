"""The large tables of the page: which columns and filters they have, and their rows packed as data in the file.

A table of thousands of rows is not drawn whole. Its rows stand in the page as JSON, each text once, and the script of
the page draws those that are looked at; the first FIRST stand in the page as they are, for a browser without scripts.
What is packed came from other people's machines: no character of it can end the element that it stands in.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect
from ansible_collections.resilience.drs.plugins.plugin_utils._report.words import tone

FIRST = 100
# A text without a blank that is longer may be broken anywhere; others are never broken within a word.
LONGEST_WORD = 32
# A text with blanks that is longer gets a column of some width.
WORDS = 40
# A name that users chose and that is longer may take two lines.
FREE = 16
# What stands for the name of a server that has none.
NO_NAME = "(no name)"


class Column(NamedTuple):
    """A column: the key of its value, its heading, how it is shown, and the key of what stands below it, smaller.

    ``kind``: name, text, free (words that users chose, broken where they may be), sentence (ours, from left to right
    whatever the names in it), id, time, number, span (seconds), size (bytes), tone, why, steps, disks or percent.
    """

    key: str
    label: str
    kind: str = "text"
    below: str = ""


class Filter(NamedTuple):
    """A filter: its key (* for all that is shown), its label, and whether it is a search, choice, from or to."""

    key: str
    label: str
    kind: str = "choice"


class Table(NamedTuple):
    """A table: its id, its columns, what is exported besides, its filters, and whether machines are in its rows."""

    id: str
    columns: Sequence[Column]
    exported: Sequence[str] = ()
    filters: Sequence[Filter] = ()
    connects: bool = False


_SEARCH = Filter("*", "search", "search")
SERVERS = Table(
    "servers",
    (
        Column("name", "server", "name", "source_server_id"),
        Column("outcome", "status", "tone", "code"),
        Column("recovery_instance_id", "recovery instance", "id", "ec2_other"),
        Column("private_ip", "address", "id"),
        Column("account_id", "account", "text", "region"),
        Column("availability_zone", "zone"),
        Column("point_in_time", "data of", "time"),
        Column("attempts", "attempts", "number"),
        Column("wave", "wave", "free"),
        Column("application", "application", "free"),
        Column("duration_seconds", "took", "span", "log"),
    ),
    ("cell", "ec2_instance_id", "job_id", "critical", "started_at", "ended_at", "category", "standing"),
    (
        _SEARCH,
        Filter("account_id", "account"),
        Filter("availability_zone", "zone"),
        Filter("application", "application"),
        Filter("wave", "wave"),
        Filter("outcome", "status"),
        Filter("code", "why"),
    ),
    connects=True,
)
_FAILED = (
    Column("name", "server", "name", "id"),
    Column("code", "why", "why"),
    Column("status", "status", "tone"),
    Column("category", "category"),
    Column("application", "application", "free"),
    Column("wave", "wave", "free"),
    Column("account_id", "account", "text", "region"),
    Column("at", "when", "time", "pattern"),
)
FAILURES = Table(
    "failures",
    (*_FAILED, Column("run_id", "run")),
    ("message", "remedy", "cell", "job_id", "kind"),
    (
        _SEARCH,
        Filter("account_id", "account"),
        Filter("pattern", "pattern"),
        Filter("status", "status"),
        Filter("category", "category"),
        Filter("at", "from", "from"),
        Filter("at", "to", "to"),
    ),
)
FAILURES_OF_RUN = FAILURES._replace(columns=_FAILED)
REPLICATION = Table(
    "replication",
    (
        Column("name", "server", "name", "source_server_id"),
        Column("health", "group", "tone"),
        Column("state", "state"),
        Column("error", "error", "why"),
        Column("lag_seconds", "lag", "span"),
        Column("backlog_bytes", "backlog", "size"),
        Column("percent", "replicated", "percent"),
        Column("steps_done", "initiation", "steps"),
        Column("disks", "disks", "disks"),
        Column("account_id", "account", "text", "region"),
        Column("application", "application", "free"),
        Column("wave", "wave", "free"),
    ),
    ("cell", "remedy", "readiness", "recoverable", "current_step", "total_bytes", "replicated_bytes"),
    (
        _SEARCH,
        Filter("health", "group"),
        Filter("state", "state"),
        Filter("account_id", "account"),
        Filter("region", "Region"),
        Filter("application", "application"),
        Filter("error", "error"),
    ),
)
ACTIVITY = Table(
    "activities",
    (
        Column("started_at", "started", "time"),
        Column("kind", "what"),
        Column("mode", "mode"),
        Column("run_id", "run", "name"),
        Column("status", "status", "tone"),
        Column("accounts", "accounts", "number"),
        Column("servers", "servers", "number"),
        Column("succeeded", "succeeded", "number"),
        Column("failed", "failed", "number"),
        Column("rate", "rate", "percent"),
    ),
    ("ended_at", "pattern"),
    (
        _SEARCH,
        Filter("kind", "what"),
        Filter("mode", "mode"),
        Filter("status", "status"),
        Filter("started_at", "from", "from"),
        Filter("started_at", "to", "to"),
    ),
)
EXCEPTIONS = Table(
    "exceptions-table",
    (
        Column("what", "what", "name"),
        Column("detail", "detail", "sentence"),
        Column("who", "who"),
        Column("at", "at (UTC)", "time"),
        Column("why", "why", "sentence"),
    ),
    (),
    (_SEARCH, Filter("what", "what"), Filter("who", "who")),
)
ATTEMPTS = Table(
    "attempts",
    (
        Column("name", "server", "name", "cell"),
        Column("attempt", "attempt", "number"),
        Column("outcome", "status", "tone", "code"),
        Column("job_id", "job", "id"),
        Column("started_at", "started", "time"),
        Column("ended_at", "ended", "time"),
        Column("point_in_time", "data of", "time"),
        Column("by", "typed by"),
        Column("log", "log of the job", "sentence"),
    ),
    (),
    (_SEARCH, Filter("cell", "cell"), Filter("outcome", "status")),
)
STAGES = Table(
    "stages",
    (
        Column("name", "server", "name", "source_server_id"),
        Column("stage", "stage"),
        Column("outcome", "status", "tone", "code"),
        Column("at", "at", "time"),
        Column("ec2_instance_id", "machine", "id", "private_ip"),
        Column("original_cell", "in cell"),
        Column("job_id", "job", "id"),
        Column("point_in_time", "data of", "time"),
    ),
    (),
    (_SEARCH, Filter("stage", "stage"), Filter("outcome", "status")),
)
EXCLUDED = Table(
    "excluded",
    (
        Column("name", "server", "name", "source_server_id"),
        Column("cell", "cell"),
        Column("reason_code", "reason", "id"),
        Column("reason", "in words", "sentence"),
        Column("by", "left out by", "free"),
        Column("tag", "tag", "id"),
        Column("at", "at", "time"),
    ),
    (),
    (_SEARCH, Filter("cell", "cell"), Filter("reason_code", "reason"), Filter("by", "left out by")),
)
COMMANDS = Table(
    "commands",
    (
        Column("at", "at", "time"),
        Column("what", "command", "name"),
        Column("user", "typed by", "free"),
        Column("awx_job", "AWX job", "id"),
        Column("controller", "controller", "free"),
        Column("session", "AWS sessions", "sentence"),
    ),
    (),
    (_SEARCH, Filter("what", "command"), Filter("user", "typed by")),
)
EVENTS = Table(
    "events",
    (
        Column("seq", "no.", "number"),
        Column("at", "at", "time"),
        Column("event", "event", "name"),
        Column("actor", "who"),
        Column("detail", "detail", "sentence"),
    ),
    (),
    (_SEARCH, Filter("event", "event"), Filter("actor", "who")),
)


def shape(table: Table, rows: Sequence[Mapping[str, Any]], caption: str) -> dict[str, Any]:
    """What the template draws: ``{table, caption, columns, filters, first, rows, data, connects}``.

    ``first`` are the first FIRST rows; ``data`` is all of them as JSON that is safe within a script element. A column
    in which nothing stands is not shown, only exported.
    """
    rows = [one if "name" not in one or one["name"] else {**one, "name": NO_NAME} for one in rows]
    columns = [one for place, one in enumerate(table.columns) if not place or _says(one, rows)]
    return {
        "id": table.id,
        "caption": caption,
        "columns": columns,
        "filters": table.filters,
        "connects": table.connects,
        "first": rows[:FIRST],
        "rows": len(rows),
        "data": Markup(embedded(packed(table, rows, columns))),
    }


def _says(column: Column, rows: Sequence[Mapping[str, Any]]) -> bool:
    keys = [key for key in (column.key, column.below) if key]
    return any(one.get(key) not in (None, "") for one in rows for key in keys)


def packed(table: Table, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column] | None = None) -> dict[str, Any]:
    """The rows by columns: ``{columns [[key, kind, below]], exported [key], rows, values {key: VALUES}, tones}``.

    :param columns: those of the table that are shown; all without it.

    VALUES are a list, or, where texts come again and again, ``{of [value], at [place in of]}``.
    """
    listed = [[one.key, one.kind, one.below] for one in (table.columns if columns is None else columns)]
    keys = [key for one in table.columns for key in (one.key, one.below) if key]
    extra = [key for key in ("steps", "disk_list") if any(one.kind in ("steps", "disks") for one in table.columns)]
    values = {key: _column([one.get(key) for one in rows]) for key in dict.fromkeys([*keys, *table.exported, *extra])}
    words = {str(one.get(key)) for one in rows for key in (c.key for c in table.columns if c.kind == "tone")}
    return {
        "columns": listed,
        "exported": [*dict.fromkeys([*keys, *table.exported])],
        "rows": len(rows),
        "values": values,
        "tones": {word: tone(word) for word in sorted(words)},
    }


def _column(values: list[Any]) -> Any:
    plain = [value if isinstance(value, (str, int, float, type(None))) else _text(value) for value in values]
    distinct: dict[Any, int] = {}
    # 1, 1.0 and True are one key of a dictionary, and not one value of a table
    at = [distinct.setdefault((value.__class__, value), len(distinct)) for value in plain]
    if len(distinct) * 2 > len(values):
        return plain
    return {"of": [value for _kind, value in distinct], "at": at}


def _text(value: Any) -> str:
    """A list of a cell (steps, disks) as text, so that equal ones are told once; the script reads it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def embedded(value: Any) -> str:
    """JSON that is safe as the text of an element: nothing in it begins a tag, a comment or a character reference."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def width(value: Any) -> str:
    """The class of a text in a cell: long has a word that must be broken, because no column is so wide; word is none
    that is ever broken, not even at a hyphen; words need some room.
    """
    parts = str(value or "").split()
    if any(len(part) > LONGEST_WORD for part in parts):
        return "long"
    return "word" if len(parts) < 2 else "words" if len(str(value)) > WORDS else ""


def free(value: Any) -> str:
    """The same of words that users chose, such as the name of an application: free may be broken at a hyphen."""
    named = width(value)
    return "free" if named != "long" and len(str(value or "")) > FREE else named


def server_rows(rows: Iterable[Mapping[str, Any]], standing: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of SERVERS: ``standing`` says of which the recovery instance stands, ``ec2_other`` is its EC2 instance
    where that has another id; cell, account and Region are those of the machine, as in the inventory.
    """
    kept = {one["recovery_instance_id"] for one in standing}
    return [
        {
            **connect.where_it_stands(one),
            "name": one["name"] or NO_NAME,
            "ec2_other": one["ec2_instance_id"] if one["ec2_instance_id"] != one["recovery_instance_id"] else None,
            "standing": one["recovery_instance_id"] is not None and one["recovery_instance_id"] in kept,
        }
        for one in rows
    ]
