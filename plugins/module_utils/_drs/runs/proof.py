"""Hold the documents of a run against its journal, whose events name what they tell of by its SHA-256. Pure.

An event has ``documents {item: {version, sha256}}``: what had been written when it was. Versions tell the order of two
writers, whose events may stand the other way round. Whoever edits a document has to make the journal anew from there
on, and with it its head, which stands where they cannot write.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import digest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.journal import chain_problems

IMPORTED = "run_imported"
_MOVED = ("moved_to", "moved_at")
SEAL = "sha256"
KINDS = ("run", "plan", "wave", "approval", "cleanup")


def sha256_of(item: str, body: Mapping[str, Any]) -> str:
    """SHA-256 of a document as a store gives it back; that a run was moved elsewhere changes nothing of it."""
    plain = json.loads(json.dumps(body, default=str))
    if item == "run" and plain.get("moved_to") and isinstance(plain.get("epoch"), int):
        plain = {key: value for key, value in plain.items() if key not in _MOVED}
        plain["epoch"] -= 1
    return digest(plain)


def sealed(body: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the history ``{..., sha256}`` with the SHA-256 of the rest, for no event of a journal tells of it."""
    content = json.loads(json.dumps({key: value for key, value in body.items() if key != SEAL}, default=str))
    return {**body, SEAL: digest(content)}


def is_sealed(body: Mapping[str, Any]) -> bool:
    """Whether a record of the history is as it was sealed; one of an older version has neither seal nor anchor."""
    if SEAL not in body:
        return not body.get("anchor")
    return sealed(body)[SEAL] == body[SEAL]


def held(documents: Mapping[str, Any]) -> dict[str, Any]:
    """The documents of a run by item: of ``{run, plan, cleanup, waves [...], approvals [...]}``."""
    found = {item: documents.get(item) for item in ("run", "plan", "cleanup")}
    for kind, name in (("wave", "waves"), ("approval", "approvals")):
        key = "wave" if kind == "wave" else "gate"
        found.update({"%s:%s" % (kind, one.get(key)): one for one in documents.get(name) or ()})
    return {item: body for item, body in found.items() if body}


def problems(events: Sequence[Mapping[str, Any]], documents: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is wrong with a record: the chain of its journal, and documents that are not those the journal tells of.

    :param documents: see ``held``; ``anchors`` [{record, events, head, sealed}] are what the history tells
        of the journal.
    :returns: ``[{item, problem}]``, ``item`` is ``journal`` for the chain; empty when all is as it was written. Nothing
        is said of documents when no event names any, as in journals of older versions.
    """
    found = [{"item": "journal", "problem": one} for one in chain_problems(events)]
    found += [{"item": "journal", "problem": one} for one in _unanchored(events, documents.get("anchors") or ())]
    told = _told(events)
    if not told:
        return found
    there = held(documents)
    for item, one in sorted(told.items()):
        if item not in there:
            found.append({"item": item, "problem": "%s is missing, of which event %s tells" % _named(item, one)})
        elif one["sha256"] != sha256_of(item, there[item]):
            found.append(
                {"item": item, "problem": "%s is not what event %s tells of: it was changed" % _named(item, one)}
            )
    # of what an older version began, its first documents are named by nothing
    for item in sorted(set(there) - set(told)) if "documents" in events[0] else ():
        found.append({"item": item, "problem": "%s is there, and no event tells of it" % clean(item, 80)})
    return found


def _unanchored(events: Sequence[Mapping[str, Any]], anchors: Iterable[Mapping[str, Any]]) -> list[str]:
    """The heads that were told elsewhere and are not in the journal: what came last was removed, or all made anew."""
    result = ["the history (%s) was changed" % clean(one["record"], 80) for one in anchors if not one.get("sealed")]
    if any(one.get("event") == IMPORTED for one in events):
        return result  # the events of two stores were joined into one chain
    for one in anchors if not result else ():
        if not one.get("head"):
            continue
        number = one.get("events")
        event = events[number - 1] if isinstance(number, int) and 0 < number <= len(events) else {}
        if event.get("hash") != one.get("head"):
            values = (clean(one.get("record"), 80), clean(number, 20), clean(one.get("head"), 64))
            result.append("the history (%s) tells of event %s with the hash %s, which is not in it" % values)
    return result


def said(found: Sequence[Mapping[str, str]]) -> str | None:
    """The problems in words, the first of them; None without any."""
    more = " (and %d more)" % (len(found) - 1) if len(found) > 1 else ""
    return "BROKEN: %s%s" % (found[0]["problem"], more) if found else None


def _told(events: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The newest version of each document that the journal names: ``{item: {version, sha256, seq}}``."""
    # what came from another store has versions of its own; the import names everything anew
    first = max(
        (at for at, one in enumerate(events) if one.get("event") == IMPORTED and one.get("documents")), default=0
    )
    newest: dict[str, dict[str, Any]] = {}
    for event in events[first:]:
        named = event.get("documents")
        for item, one in named.items() if isinstance(named, dict) else ():
            # what is no such entry was edited, and the chain says so
            if item.partition(":")[0] not in KINDS or not _is_entry(one):
                continue
            if item not in newest or one["version"] >= newest[item]["version"]:
                newest[item] = {**one, "seq": event.get("seq")}
    return newest


def _is_entry(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("version"), int) and isinstance(one.get("sha256"), str)


def _named(item: str, one: Mapping[str, Any]) -> tuple[str, str]:
    return clean(item, 80), clean(one["seq"], 20)
