"""Progress of servers into replication, and the lines that report it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import HEALTHY_STATES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import clock_time, seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server

INITIAL_SYNC = "initial_sync"
CONTINUOUS = "continuous"
WANTED = (INITIAL_SYNC, CONTINUOUS)
# Once initial sync is over a server may lag, rescan or stall and come back; it has reached what was waited for then.
_SYNCING = ("INITIAL_SYNC", *HEALTHY_STATES, "BACKLOG", "RESCAN")
# Waiting does not bring these back.
ENDED = ("STOPPED", "DISCONNECTED")
LINES_EACH = 6
_GIB = 1024**3


def reached(server: Server, target_state: str) -> bool:
    """Whether a SERVER is where it should be: copying (``initial_sync``), or in step (``continuous``)."""
    state = server["replication"]["state"]
    return state in (_SYNCING if target_state == INITIAL_SYNC else HEALTHY_STATES)


def ended(server: Server) -> bool:
    """Whether waiting is of no use any more."""
    return server["replication"]["state"] in ENDED


def changes(label: str, before: Mapping[str, Server], after: Iterable[Server]) -> list[str]:
    """A line for each server whose state, step or error changed; those that changed alike share one when they are many.

    :param before: SERVERs of the last look by id; empty at the first.
    """
    news: dict[str, list[str]] = {}
    for server in after:
        old = before.get(server["source_server_id"])
        if old is None or _where(old) != _where(server):
            news.setdefault(_where(server), []).append(clean(server["name"], 64))
    lines = []
    for where, named in news.items():
        if len(named) > LINES_EACH:
            lines.append("[%s] %s: %s" % (label, count(len(named), "server"), where))
        else:
            lines += ["[%s] %s: %s" % (label, name, where) for name in named]
    return lines


def _where(server: Server) -> str:
    """State, step and error of a server in words."""
    replication = server["replication"]
    text = clean(replication["state"] or "state unknown")
    if replication["state"] == "INITIATING" and replication["current_step"]:
        text += ", step %d of %d, %s" % (
            replication["steps_done"] + 1,
            len(replication["steps"]),
            clean(replication["current_step"]),
        )
    if replication["error"]:
        text += ", %s" % clean(replication["error"]["code"], 60)
    return text


def progress(servers: Sequence[Server], target_state: str, now: Any = None) -> str:
    """One line on all of them: how many are there, the bytes while some are not, the expected end, the worst lag.

    The bytes are those of all servers, so that the sum does not shrink while they arrive one after the other.
    """
    there = [one for one in servers if reached(one, target_state)]
    parts = ["%d of %s %s" % (len(there), count(len(servers), "server"), target_state.replace("_", " "))]
    rest = [one["replication"] for one in servers if not reached(one, target_state)]
    states: dict[str, int] = {}
    for one in rest:
        state = str(one["state"] or "unknown")
        states[state] = states.get(state, 0) + 1
    parts += ["%d %s" % (states[state], clean(state)) for state in sorted(states)]
    every = [one["replication"] for one in servers]
    total = sum(one["total_bytes"] for one in every)
    if rest and total:
        # what is in step is copied, whatever DRS counts of it
        copied = sum(one["total_bytes" if one["state"] in HEALTHY_STATES else "replicated_bytes"] for one in every)
        parts.append("%.1f of %.1f GiB (%d %%)" % (copied / _GIB, total / _GIB, copied * 100 // total))
    ends = [one["eta"] for one in rest if one["eta"]]
    if ends:
        left = seconds_between(now, max(ends))
        parts.append("expected end %s" % clock_time(max(ends)) + (" (%s)" % duration(left) if left else ""))
    lags = [one["lag_seconds"] for one in rest if one["lag_seconds"]]
    if lags:
        parts.append("worst lag %s" % duration(max(lags)))
    return ", ".join(parts)
