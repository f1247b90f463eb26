"""Merge the record of a run that continued without its store: two records, one journal chain. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.moments import whole_seconds
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import digest

GUARDRAIL = "run_store"
"""The guardrail that was set aside when a run went on without its store."""


def is_out(run: Mapping[str, Any]) -> bool:
    """Whether a run went on without its store, and was not put back yet."""
    return not run.get("moved_to") and any(one.get("guardrail") == GUARDRAIL for one in run["overrides"])


def moved_away(run: Mapping[str, Any], where: str, now: str) -> dict[str, Any]:
    """The record {..., moved_to, moved_at} that stays behind: nobody goes on with it, and it says where it went."""
    return {**run, "epoch": run["epoch"] + 1, "moved_to": where, "moved_at": now}


def source_of(run: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What names one stay of a run outside of its store: {from, created_at}."""
    return {"from": where, "created_at": run["created_at"]}


def is_in(stored: Mapping[str, Any] | None, source: Mapping[str, Any]) -> bool:
    """Whether the record of the store has taken that stay in."""
    listed = (stored or {}).get("imported") or ()
    return any({key: one.get(key) for key in source} == source for one in listed)


def has_continued(last_event_at: Any, outside: Mapping[str, Any]) -> bool:
    """Whether the store's own record went on after the run had begun outside of it."""
    last, began = whole_seconds(last_event_at), whole_seconds(outside["created_at"])
    return bool(last and began and last > began)


def joined(
    stored: Mapping[str, Any] | None, outside: Mapping[str, Any], where: str, now: str, by: Any
) -> dict[str, Any]:
    """One record: what happened outside came last and counts; what the store knew before is kept where it adds to it.

    No controller of either side can go on with it without taking it over.

    :returns: a Run with ``imported``, the stays that it has taken in: [{from, created_at, at, by, epoch}].
    """
    known = dict(stored or {})
    source = source_of(outside, where)
    told = {key: value for key, value in outside.items() if key not in ("moved_to", "moved_at")}
    idle = [*(known.get("idle") or ())]
    since = known.get("idle_since") or known.get("ended_at")
    if since:
        idle.append({"since": since, "until": outside["created_at"]})
    overrides = [*(known.get("overrides") or ())]
    overrides += [one for one in outside["overrides"] if one not in overrides]
    began = [one for one in (known.get("created_at"), outside["created_at"]) if one]
    return {
        **known,
        **told,
        "epoch": max(known.get("epoch") or 0, outside["epoch"]) + 1,
        "created_at": min(began),
        "declared_at": known.get("declared_at") or outside.get("declared_at"),
        "started_at": known.get("started_at") or outside["started_at"],
        "approvals": list(dict.fromkeys([*(known.get("approvals") or ()), *outside["approvals"]])),
        "overrides": overrides,
        "waves": {**(known.get("waves") or {}), **outside["waves"]},
        "idle": [*idle, *(outside.get("idle") or ())],
        "imported": [*(known.get("imported") or ()), {**source, "at": now, "by": by, "epoch": outside["epoch"]}],
    }


def missing(events: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The events of a journal that another one has not taken in.

    :returns: those of ``events`` that are not there, each an Event: ``{seq, at, event, actor, data, prev, hash}``.
    """
    have = {(one.get("imported") or {}).get("hash") for one in stored}
    return [one for one in events if one["hash"] not in have]


def appended(previous: Mapping[str, Any] | None, event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of one journal as the next one of another: its time and words stay, and so do its number and hash.

    :returns: an Event with ``imported {seq, hash}``, what it was in the journal it comes from.
    """
    told = {key: value for key, value in event.items() if key not in ("seq", "prev", "hash")}
    told["imported"] = {"seq": event["seq"], "hash": event["hash"]}
    told["seq"] = previous["seq"] + 1 if previous else 1
    told["prev"] = previous["hash"] if previous else "0" * 64
    return {**told, "hash": digest(told)}
