"""Schemas of the documents in a run store, checked on every read. Pure.

Whatever reads a record reaches into it by these names, so a record without them is told when it is read, by name, and
not as a KeyError of whoever came upon it. Further members are nobody's business here: later versions add some.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional, Tuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import AnyRecord

SCHEMA = 1
"""Of every document. One with a greater number was written by a version that means something else by its members."""

_TEXT, _NUMBER, _ANY_LIST, _ANY_DICT = (str,), (int, float), (list,), (dict,)
_MAYBE_TEXT = (str, type(None))
_EACH = "*"
# A SHAPE is a tuple of types; a list of one SHAPE that each member has; a dict of {name: SHAPE}, in which a name with a
# question mark may be missing or None, and the name * stands for every one.
_DICTS = [_ANY_DICT]
_OF_EACH_DICT = {_EACH: _ANY_DICT}

# Of a server, what decides where and what becomes of it.
_SERVERS = [{f"{name}?": _TEXT for name in ("source_server_id", "cell", "region", "outcome", "job_id")}]

SHAPES: dict[str, Any] = {
    "run": {
        "run_id": _TEXT,
        "mode": _MAYBE_TEXT,
        "status": _TEXT,
        "reason": _MAYBE_TEXT,
        "initiator": _MAYBE_TEXT,
        "controller": _MAYBE_TEXT,
        "epoch": (int,),
        "created_at": _TEXT,
        "approved_at": _MAYBE_TEXT,
        "started_at": _MAYBE_TEXT,
        "ended_at": _MAYBE_TEXT,
        "plan_hash": _MAYBE_TEXT,
        "request": _ANY_DICT,
        "request_hash": _MAYBE_TEXT,
        "approvals": [_TEXT],
        "overrides": [{"guardrail": _TEXT, "reason": _MAYBE_TEXT}],
        "cells": _DICTS,
        "summary": {_EACH: _NUMBER},
        "scope": _OF_EACH_DICT,
        "waves": {_EACH: {"approvals?": [_TEXT]}},
        "started_by?": _ANY_DICT,
        "ended_before?": _TEXT,
        "idle_since?": _TEXT,
        "idle?": [{"since": _TEXT, "until": _TEXT}],
    },
    "plan": {
        "mode": _MAYBE_TEXT,
        "hash": _MAYBE_TEXT,
        "waves": [{"wave": _TEXT, "servers": _SERVERS, "by_cell": {_EACH: _ANY_LIST}}],
        "excluded?": _DICTS,
        "summary?": _ANY_DICT,
        "policy?": _ANY_DICT,
    },
    "wave": {
        "wave": _TEXT,
        "status": _TEXT,
        "servers": _SERVERS,
        "ended_at?": _TEXT,
        "ended_before?": _TEXT,
        "attempts?": _DICTS,
        "verdict?": _ANY_DICT,
        "jobs?": _ANY_LIST,
        "calls?": _DICTS,
        "logs?": [{"job_id": _TEXT, "events": [_ANY_LIST]}],
    },
    "approval": {"plan_hash": _MAYBE_TEXT, "decision": _TEXT},
    "gate": {"status": _TEXT},
    "event": {
        "seq": (int,),
        "at": _MAYBE_TEXT,
        "event": _MAYBE_TEXT,
        "hash": _TEXT,
        "data?": _ANY_DICT,
        "documents?": _OF_EACH_DICT,
    },
    "cleanup": {},
    "walk": {},
    "account": {"run_id": _TEXT, "account_id": _TEXT},
}
"""What a document of each kind must have. Kinds that are not listed are the caller's own."""


def kind_of(item: str) -> str:
    """The kind of an item: the word before the colon."""
    return item.partition(":")[0]


def is_newer(body: Any) -> bool:
    """Whether a document was written by a version with a newer schema."""
    schema = body.get("schema") if isinstance(body, Mapping) else None
    return isinstance(schema, int) and not isinstance(schema, bool) and schema > SCHEMA


def newer_text(body: AnyRecord) -> str:
    """Why a newer document is not read."""
    by = clean(body.get("collection_version"), 20)
    wrote = "version %s of this collection" % by if by else "a newer version of this collection"
    values = (wrote, clean(body["schema"], 20), SCHEMA)
    return "was written by %s: its schema is %s, this version knows up to %d" % values


def wrong(item: str, body: Any) -> str:
    """What is wrong with the document of an item; empty when it has its shape."""
    shape = SHAPES.get(kind_of(item))
    return "" if shape is None else mismatch(shape, body)


def mismatch(shape: Any, value: Any) -> str:
    """What of plain data is not as a SHAPE has it; empty when all is."""
    found = _wrong(shape, value)
    if found is None:
        return ""
    path, said = found
    name = clean("".join("[%d]" % one if isinstance(one, int) else ".%s" % one for one in path).lstrip("."), 120)
    if said is None:
        return "has no member %s" % name
    return "its member %s is %s" % (name, said) if name else "holds %s" % said


# Where something is wrong, from the inside out, and what stands there, None for nothing. The names are put together
# only then: lists hold ten thousand records in which nothing is wrong.
_Wrong = Tuple[Tuple[Any, ...], Optional[str]]


def _wrong(shape: Any, value: Any) -> _Wrong | None:
    if isinstance(shape, tuple):
        # true is an int to Python, and to nobody else
        good = isinstance(value, shape) and not isinstance(value, bool)
        return None if good else ((), _kind_name(value))
    if isinstance(shape, list):
        if not isinstance(value, list):
            return (), _kind_name(value)
        return _first((place, _wrong(shape[0], one)) for place, one in enumerate(value))
    if not isinstance(value, dict):
        return (), _kind_name(value)
    if _EACH in shape:
        return _first((key, _wrong(shape[_EACH], one)) for key, one in value.items())
    return _first((key.rstrip("?"), _member(key, one, value)) for key, one in shape.items())


def _member(key: str, shape: Any, value: AnyRecord) -> _Wrong | None:
    plain = key.rstrip("?")
    if value.get(plain) is None and plain != key:
        return None
    return _wrong(shape, value[plain]) if plain in value else ((), None)


def _first(found: Iterable[tuple[Any, _Wrong | None]]) -> _Wrong | None:
    for name, one in found:
        if one is not None:
            return (name, *one[0]), one[1]
    return None


def _kind_name(value: Any) -> str:
    names = {dict: "a dict", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
