"""Damaged, foreign or newer records: lists name each one with a remedy and continue. Pure.

A TROUBLE, as lists tell it, is ``{kind damaged|foreign|newer, run_id, item, where, why, remedy}``. A single record
that is asked for and is in trouble is the error of the same kind.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Trouble

DAMAGED, FOREIGN, NEWER = "damaged", "foreign", "newer"
CODES = {DAMAGED: "run_store_damaged", FOREIGN: "run_store_foreign", NEWER: "run_store_newer"}
MOST_LISTED = 20

_KIND_OF = {code: kind for kind, code in CODES.items()}
_UPDATE = "Work on it with the version of this collection that wrote it, or a later one; nothing was changed."
_GOES_ON = (
    "Without its record a run resumes under the same run id: what it has launched is found by the tags of its jobs."
)
_REMEDIES = {
    DAMAGED: {
        "directory": "Put the file back from a backup, or move it out of the store: mv {quoted} /somewhere/else. ",
        "dynamodb": "Restore the item from a backup or a point in time of the table, or delete it: "
        "aws dynamodb delete-item {call}. ",
    },
    FOREIGN: {
        "directory": "Move it out of the store: mv {quoted} /somewhere/else.",
        "dynamodb": "Find out who writes into the table, and delete the item: aws dynamodb delete-item {call}.",
    },
}


def in_directory(kind: str, path: str, why: str, run_id: Any = None, item: Any = None) -> DrsError:
    """The trouble with a file or folder."""
    quoted = "'%s'" % path.replace("'", "'\\''")
    return _error("directory", kind, path, why, run_id, item, quoted=quoted)


def in_table(kind: str, table: str, region: str, why: str, run_id: Any, item: Any) -> DrsError:
    """The trouble with an item of a table."""
    key = '{"run_id": {"S": "%s"}, "item": {"S": "%s"}}' % (clean(run_id, 200), clean(item, 200))
    call = "--region %s --table-name %s --key '%s'" % (region, table, key.replace("'", "'\\''"))
    where = "table %s in %s, run_id %s, item %s" % (table, region, clean(run_id, 128), clean(item, 128))
    return _error("dynamodb", kind, where, why, run_id, item, call=call)


def _error(backend: str, kind: str, where: str, why: str, run_id: Any, item: Any, **words: str) -> DrsError:
    remedy = _UPDATE if kind == NEWER else _REMEDIES[kind][backend].format(**words)
    remedy += _GOES_ON if kind == DAMAGED else ""
    about = {"run_id": run_id, "item": item, "where": where, "why": why}
    return DrsError(CODES[kind], f"{where}: {why}", remedy=remedy, retryable=False, details=about)


def is_trouble(error: DrsError) -> bool:
    """Whether an error is about one record, and not about the store."""
    return error.code in _KIND_OF


def from_errors(errors: Iterable[DrsError]) -> list[Trouble]:
    """Errors as TROUBLES, each once."""
    entries: list[Any] = [{"kind": _KIND_OF[one.code], **one.details, "remedy": one.remedy} for one in errors]
    return list({(one["where"], one["why"]): one for one in entries}.values())


def as_error(one: Trouble) -> DrsError:
    """A TROUBLE as the error that it is of a single record."""
    about = {key: one[key] for key in ("run_id", "item", "where", "why")}
    message = f"{one['where']}: {one['why']}"
    return DrsError(CODES[one["kind"]], message, remedy=one["remedy"], retryable=False, details=about)


def lines(listed: Sequence[Trouble]) -> list[str]:
    """TROUBLES for people: what, where, why and the remedy; the first ones, and how many there are besides."""
    widths = (("kind", 20), ("where", 300), ("why", 200), ("remedy", 1000))
    said = ["%s: %s: %s. %s" % tuple(clean(one.get(key), width).rstrip(".") for key, width in widths) for one in listed]
    said = ["%s." % one for one in said[:MOST_LISTED]]
    more = len(listed) - len(said)
    return [*said, "and %s" % count(more, "other record", "other records")] if more > 0 else said
