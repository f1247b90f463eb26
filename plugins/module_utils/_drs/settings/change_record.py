"""The record of a change in the tags of what was changed, with which it can be taken back. Pure.

DRS keeps no earlier replication settings, so what they were is written beside them, where everybody finds it from
anywhere: {change_id, before, after} as compressed JSON in base64, cut into as many tags as it needs. The newest change
is kept; ``after`` tells whether somebody has changed the settings since.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any, TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Settings

PREFIX = "resilience-drs:replication-change-"
# BM TagValue: at most 256 characters; a resource has at most 50 tags, of which a record shall not take many.
MAX_VALUE = 256
MAX_PARTS = 8
# A record is ours, but a tag can be written by anybody: it must not unpack to more than a record can be.
MAX_JSON = 64 * 1024


class ChangeRecord(TypedDict):
    """A change that was written to a server or a template."""

    change_id: str
    before: Settings
    after: Settings


def tags_of(change_id: str, before: Settings, after: Settings) -> Tags:
    """The tags that hold a record.

    :raises DrsError: ``change_too_large``.
    """
    text = json.dumps([before, after], sort_keys=True, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    size = MAX_VALUE - len(change_id) - len(" 8 ")
    parts = [packed[at : at + size] for at in range(0, len(packed), size)]
    if len(parts) > MAX_PARTS:
        raise DrsError("change_too_large", f"what was there before needs {len(parts)} tags, of {MAX_PARTS} at most")
    # each part names the change and how many there are: parts of two changes never make one record
    return {f"{PREFIX}{number}": f"{change_id} {len(parts)} {part}" for number, part in enumerate(parts, 1)}


def record_in(tags: Mapping[str, Any]) -> ChangeRecord | None:
    """The record that tags hold; None when there is none, or when it is not whole."""
    first = str(tags.get(f"{PREFIX}1") or "").split(" ")
    if len(first) != 3 or not first[1].isdigit() or not 1 <= int(first[1]) <= MAX_PARTS:
        return None
    packed = ""
    for number in range(1, int(first[1]) + 1):
        words = str(tags.get(f"{PREFIX}{number}") or "").split(" ")
        if len(words) != 3 or words[:2] != first[:2]:
            return None
        packed += words[2]
    try:
        engine = zlib.decompressobj()
        before, after = json.loads(engine.decompress(base64.b64decode(packed, validate=True), MAX_JSON))
    except (binascii.Error, zlib.error, ValueError, TypeError):
        return None
    if not isinstance(before, dict) or not isinstance(after, dict):
        return None
    return {"change_id": first[0], "before": before, "after": after}


def keys_in(tags: Mapping[str, Any]) -> list[str]:
    """The keys of the tags that hold a record, or parts of one."""
    return sorted(key for key in tags if key.startswith(PREFIX))
