"""Progress lines of servers failing back: what changed, how far the copies are. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import OPEN_OUTCOMES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import clock_time, seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import FailbackEntry
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_stage import PROTECTED

LINES_EACH = 6
NAMED = 3
"""So many servers that are waited for are named in a sign of life."""
BEING_PROTECTED, UNPROVEN = "being protected", "protection_not_proven"
COPIED, NO_POINT = "copied, no point in time yet", "no_point_in_time_yet"
_SAID = ((UNPROVEN, BEING_PROTECTED), (NO_POINT, COPIED))
"""Codes of servers on their way, and the stage that says the same in words."""
_GIB = 1024**3


def where(entry: FailbackEntry) -> str:
    """Outcome, stage, state of the copy and error of a server in words."""
    failback = entry.get("failback") or {}
    state = as_mapping(failback.get("progress")).get("state")
    words = [clean(entry.get("outcome")).replace("_", " ")]
    if entry.get("outcome") in OPEN_OUTCOMES:
        words = [_stage(entry)]
        words += [clean(state)] if state else []
    words += [clean(call, 40) for call in (failback.get("did") or ())[-1:]]
    code = as_mapping(entry.get("error")).get("code")
    words += [clean(code, 60)] if code and (code, words[0]) not in _SAID else []
    return ", ".join(words)


def _stage(entry: FailbackEntry) -> str:
    """The stage of a server that has not arrived: one that protection has begun for is not protected yet, and one
    that cannot be launched yet is not called ready."""
    stage = (entry.get("failback") or {}).get("stage")
    if as_mapping(entry.get("error")).get("code") == NO_POINT:
        return COPIED
    return BEING_PROTECTED if stage == PROTECTED else clean(stage or "stage unknown", 40).replace("_", " ")


def changes(label: str, before: Mapping[str, FailbackEntry], after: Iterable[FailbackEntry]) -> list[str]:
    """A line for each server that stands elsewhere than before; those alike share one when they are many."""
    news: dict[str, list[str]] = {}
    for entry in after:
        old = before.get(str(entry["source_server_id"]))
        if old is None or where(old) != where(entry):
            news.setdefault(where(entry), []).append(clean(entry.get("name"), 64))
    lines = []
    for text, named in news.items():
        if len(named) > LINES_EACH:
            lines.append("[%s] %s: %s" % (label, count(len(named), "server"), text))
        else:
            lines += ["[%s] %s: %s" % (label, name, text) for name in named]
    return lines


def standing(entry: FailbackEntry) -> str:
    """Where a server that has not arrived stands, with what it waits for."""
    error = as_mapping(entry.get("error"))
    waits_for = str(error.get("message") or "").partition(": ")[2]
    return where(entry) + (" (%s)" % clean(waits_for, 160) if waits_for else "")


def waiting(entries: Sequence[FailbackEntry]) -> str:
    """The servers that have not arrived, by their stage, the first few of many; why, each line of a change has said."""
    stages: dict[str, list[str]] = {}
    for one in entries:
        if one.get("outcome") in OPEN_OUTCOMES:
            stages.setdefault(_stage(one), []).append(clean(one.get("name"), 64))
    return "; ".join("%s: %s" % (stage, names(named, NAMED)) for stage, named in stages.items())


def _copy(entry: FailbackEntry) -> Mapping[str, Any]:
    """How far the copy of a server is."""
    return as_mapping(entry.get("failback")).get("progress") or {}


def progress(entries: Sequence[FailbackEntry], now: Any = None) -> str:
    """One line on all of them: how many have settled, the bytes while some are not copied, the expected end, the lag.

    The bytes are those of all servers, so that the sum does not shrink while they settle one after the other.
    """
    rest = [one for one in entries if one.get("outcome") in OPEN_OUTCOMES]
    parts = ["%d of %s there" % (len(entries) - len(rest), count(len(entries), "server"))]
    every = [_copy(one) for one in entries]
    total = sum(one.get("total_bytes") or 0 for one in every)
    copied = sum(one.get("replicated_bytes") or 0 for one in every)
    copies = [_copy(one) for one in rest]
    if rest and copied < total:
        parts.append("%.1f of %.1f GiB (%d %%)" % (copied / _GIB, total / _GIB, copied * 100 // total))
    ends = [one["eta"] for one in copies if one.get("eta")]
    if ends:
        left = seconds_between(now, max(ends))
        parts.append("expected end %s" % clock_time(max(ends)) + (" (%s)" % duration(left) if left else ""))
    lags = [one["lag_seconds"] for one in copies if one.get("lag_seconds")]
    if lags:
        parts.append("worst lag %s" % duration(max(lags)))
    return ", ".join(parts)
