"""Shapes of the documents that a run store holds: what others may rely on once a record was read. Pure.

Whatever reads a record reaches into it by these names, so a record without them is told when it is read, by name, and
not as a KeyError of whoever came upon it. Further members are nobody's business here: later versions add some.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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
        "waves": _OF_EACH_DICT,
        "idle?": [{"since": _TEXT, "until": _TEXT}],
    },
    "plan": {
        "mode": _MAYBE_TEXT,
        "hash": _MAYBE_TEXT,
        "waves": [{"wave": _TEXT, "servers": _DICTS, "by_cell": {_EACH: _ANY_LIST}}],
    },
    "wave": {"wave": _TEXT, "status": _TEXT, "servers": _DICTS, "gate?": _ANY_DICT, "jobs?": _ANY_LIST},
    "approval": {"plan_hash": _MAYBE_TEXT, "decision": _TEXT},
    "gate": {"status": _TEXT},
    "event": {"seq": (int,), "at": _MAYBE_TEXT, "event": _MAYBE_TEXT, "hash": _TEXT, "data?": _ANY_DICT},
    "cleanup": {},
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
    told = (wrote, clean(body["schema"], 20), SCHEMA)
    return "was written by %s: its schema is %s, this version knows up to %d" % told


def wrong(item: str, body: Any) -> str:
    """What is wrong with the document of an item; empty when it has its shape."""
    shape = SHAPES.get(kind_of(item))
    return "" if shape is None else mismatch(shape, body)


def mismatch(shape: Any, value: Any) -> str:
    """What of plain data is not as a SHAPE has it; empty when all is."""
    return _wrong(shape, value, "")


def _wrong(shape: Any, value: Any, name: str) -> str:
    about = "its member %s is" % name if name else "holds"
    if isinstance(shape, tuple):
        # true is an int to Python, and to nobody else
        good = isinstance(value, shape) and not isinstance(value, bool)
        return "" if good else "%s %s" % (about, _kind_name(value))
    if isinstance(shape, list):
        if not isinstance(value, list):
            return "%s %s" % (about, _kind_name(value))
        return _first(_wrong(shape[0], one, "%s[%d]" % (name, place)) for place, one in enumerate(value))
    if not isinstance(value, dict):
        return "%s %s" % (about, _kind_name(value))
    if _EACH in shape:
        return _first(_wrong(shape[_EACH], one, _under(name, key)) for key, one in value.items())
    return _first(_member(key, one, value, name) for key, one in shape.items())


def _member(key: str, shape: Any, value: AnyRecord, name: str) -> str:
    plain = key.rstrip("?")
    if value.get(plain) is None and plain != key:
        return ""
    if plain not in value:
        return "has no member %s" % _under(name, plain)
    return _wrong(shape, value[plain], _under(name, plain))


def _under(name: str, key: Any) -> str:
    return "%s.%s" % (name, clean(key, 60)) if name else clean(key, 60)


def _first(said: Iterable[str]) -> str:
    return next((one for one in said if one), "")


def _kind_name(value: Any) -> str:
    names = {dict: "a dict", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
