"""Documents in a table: text, compressed or in parts; a reader sees the old one or the new one, never a mix.

DynamoDB holds 400 KB in an item, so that a large document is compressed, and cut into parts. A part belongs to one
write, and lies under its name; parts come first, then the record that names their write, and only after it those of
the write before go. So a reader that misses a part reads the record again: it names another write by now, or it is
damaged. A part also says for which version of the record it was written, so that whoever writes that version, or a
later one, knows the parts of writers that died or came too late, and removes them.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import typing as t
import zlib

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.table import Item
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.table import Table

PLAIN = 64 * 1024
"""Bodies up to so many bytes stay text that a person can read in the console."""
PART = 350 * 1024
PARTS = "#parts"
"""No run id holds the sign, so that parts can never be taken for a run."""


class Part(t.TypedDict):
    """What a part says of itself: the item, the write and the version that it belongs to."""

    of: str | None
    writer: str | None
    version: int


def part_key(run_id: str, item: str, writer: str, number: int) -> Item:
    """The key of a part: {run_id, item}."""
    return {"run_id": {"S": run_id + PARTS}, "item": {"S": f"{item}#{writer}#{number:04}"}}


def write(table: Table, run_id: str, item: str, body: t.Any, writer: str, version: int) -> Item:
    """The attributes that hold a body; its parts are written here, before the record that names them.

    :returns: one of ``{body}``, ``{packed}`` and ``{parts}``.
    :raises DrsError: what ``Table`` raises.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= PLAIN:
        return {"body": {"S": text}}
    packed = zlib.compress(data, 6)
    if len(packed) <= PART:
        return {"packed": {"B": packed}}
    cut = [packed[start : start + PART] for start in range(0, len(packed), PART)]
    about = {"of": {"S": item}, "writer": {"S": writer}, "for_version": {"N": str(version)}}
    for number, part in enumerate(cut):
        table.put(Item={**part_key(run_id, item, writer, number), **about, "packed": {"B": part}})
    return {"parts": {"N": str(len(cut))}}


class Missing(Exception):
    """A part that the record names is not there."""


def read(table: Table, raw: Item) -> t.Any:
    """The body of an item.

    :raises Missing: for a part that is not there.
    :raises ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error: for what was not written so.
    """
    if "body" in raw:
        return json.loads(raw["body"]["S"])
    if "packed" in raw:
        return json.loads(zlib.decompress(raw["packed"]["B"]).decode("utf-8", "surrogatepass"))
    packed = b""
    for number in range(int(raw["parts"]["N"])):
        key = part_key(raw["run_id"]["S"], raw["item"]["S"], raw["writer"]["S"], number)
        part = table.get(key)
        if part is None:
            raise Missing(f"part {number} of {raw['parts']['N']} is missing")
        packed += part["packed"]["B"]
    return json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))


def in_parts(raw: Item | None) -> bool:
    """Whether a record has parts."""
    return "parts" in (raw or {})


def clear(table: Table, run_id: str, item: str, version: int, writer: str | None) -> None:
    """Remove the parts of an item that no record can name any longer; a part that stays does no harm.

    :param version: the version that is written now, or was removed.
    :param writer: whose parts that version names; None for nobody's.
    """
    try:
        for key, about in _parts(table, run_id, f"{item}#"):
            if about["of"] == item and about["writer"] != writer and about["version"] <= version:
                table.delete(Key=key)
    except DrsError:
        return


def clear_own(table: Table, raw: Item) -> None:
    """Remove the parts of a write that came too late."""
    names = raw["run_id"]["S"], raw["item"]["S"], raw["writer"]["S"]
    try:
        for number in range(int(raw["parts"]["N"]) if in_parts(raw) else 0):
            table.delete(Key=part_key(*names, number))
    except DrsError:
        return


def remove_all(table: Table, run_id: str) -> int:
    """Remove all parts of a run; returns how many there were.

    :raises DrsError: what ``Table`` raises.
    """
    keys = [key for key, _about in _parts(table, run_id)]
    for key in keys:
        table.delete(Key=key)
    return len(keys)


def _parts(table: Table, run_id: str, prefix: str = "") -> t.Iterator[tuple[Item, Part]]:
    """The parts of a run, without what is in them: (key, {of, writer, version})."""
    values: Item = {":run": {"S": run_id + PARTS}}
    condition = "run_id = :run"
    if prefix:
        condition += " AND begins_with(#item, :prefix)"
        values[":prefix"] = {"S": prefix}
    pages = table.pages(
        ConsistentRead=True,
        KeyConditionExpression=condition,
        ExpressionAttributeNames={"#item": "item", "#of": "of"},
        ExpressionAttributeValues=values,
        ProjectionExpression="run_id, #item, #of, writer, for_version",
    )
    for raw in pages:
        about: Part = {
            "of": raw.get("of", {}).get("S"),
            "writer": raw.get("writer", {}).get("S"),
            "version": int(raw.get("for_version", {}).get("N", 0)),
        }
        yield {"run_id": raw["run_id"], "item": raw["item"]}, about
