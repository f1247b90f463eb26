"""The journal of a run: its events, each with the hash of the one before it. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import digest

FIRST_HASH = "0" * 64


def event_item(seq: int) -> str:
    """The item of an event."""
    return "event:%06d" % seq


def make_event(
    previous: Mapping[str, Any] | None, event: str, actor: Any, data: Any, now: str, documents: Any = None
) -> dict[str, Any]:
    """The next Event of a journal, {seq, at, event, actor, data, documents (see runs/proof), prev, hash}."""
    event_body = {
        "seq": previous["seq"] + 1 if previous else 1,
        "at": now,
        "event": event,
        "actor": actor,
        "data": dict(data or {}),
        "documents": dict(documents or {}),
        "prev": previous["hash"] if previous else FIRST_HASH,
    }
    return {**event_body, "hash": digest(event_body)}


def chain_problems(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a journal: events missing, changed or out of order; none when it is whole."""
    problems = []
    last = FIRST_HASH
    for number, event in enumerate(events, start=1):
        content = {key: value for key, value in event.items() if key != "hash"}
        if event.get("seq") != number:
            problems.append("event %s stands at place %d" % (clean(event.get("seq"), 20), number))
        if event.get("prev") != last:
            problems.append("event %d does not follow the one before it" % number)
        if event.get("hash") != digest(content):
            problems.append("event %d was changed" % number)
        last = event.get("hash") or ""
    return problems
