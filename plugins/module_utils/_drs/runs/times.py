"""The duration of a run: from its first command to its end, over all its commands. Pure.

What of it nobody worked on stands beside it: ``idle`` [{since, until}] of the RUN, from a stop (it waited, was paused,
or had ended) to the command that resumed it. ``idle_since`` is a stop that nobody has ended yet.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import (
    clock_problem,
    parse_time,
    seconds_between,
    span,
)


SKEW = 60
"""Seconds between two clocks that nobody needs to hear of."""


def elapsed(run: Mapping[str, Any]) -> float | None:
    """Seconds from the first command to the end; None of a run that has not ended, or before it began."""
    return span(run.get("created_at"), run.get("ended_at"))


def waited(run: Mapping[str, Any]) -> float:
    """How many of these seconds nobody worked on it."""
    end = run.get("ended_at")
    spans = ((one["since"], min(one["until"], end or one["until"])) for one in run.get("idle") or ())
    return sum(max(0.0, seconds_between(since, until) or 0.0) for since, until in spans)


def waited_between(run: Mapping[str, Any], begin: Any, end: Any) -> float | None:
    """How many of the seconds between two times people were waited for; None when one of the times is not known."""
    first, last = parse_time(begin), parse_time(end)
    if first is None or last is None:
        return None
    stops = [(one.get("since"), one.get("until")) for one in run.get("idle") or ()]
    if run.get("idle_since"):
        stops.append((run["idle_since"], end))
    total = 0.0
    for since, until in ((parse_time(since), parse_time(until)) for since, until in stops):
        if since and until:
            total += max(0.0, (min(until, last) - max(since, first)).total_seconds())
    return total


def problem(run: Mapping[str, Any]) -> str:
    """What cannot be in the times of a run, which comes of controllers whose clocks differ; empty when all is well."""
    pairs = [(run.get(begin), run.get("ended_at"), "the run") for begin in ("created_at", "started_at")]
    pairs.append((run.get("created_at"), run.get("approved_at"), "its approval"))
    pairs += [(one.get("since"), one.get("until"), "a stop") for one in run.get("idle") or ()]
    return next((said for said in (clock_problem(*pair) for pair in pairs) if said), "")


def clock_lag(written: Any, now: Any) -> int:
    """Seconds that a clock is behind a time that somebody has already written; 0 when it is not."""
    return int(seconds_between(now, written) or 0) if clock_problem(written, now) else 0


def skew_text(own: Any, other: Any) -> str:
    """Says that our clock and the store's are more than SKEW seconds apart; empty when they are not."""
    ahead = (seconds_between(other, own) or 0) - (seconds_between(own, other) or 0)
    if abs(ahead) <= SKEW:
        return ""
    way = "ahead of" if ahead > 0 else "behind"
    return "the clock of this controller is %d seconds %s that of the run store, which counts" % (abs(ahead), way)


def resumed(run: Mapping[str, Any], now: str, waiting: bool) -> dict[str, Any]:
    """What a command that resumes a run makes of its times; ``waiting``: it has to wait all the same.

    :returns: ``{idle, idle_since, ended_at, ended_before}``, members of a Run.
    """
    since = run.get("idle_since") or run.get("ended_at")
    idle = [*(run.get("idle") or ()), *([{"since": since, "until": now}] if since else ())]
    return {
        "idle": idle,
        "idle_since": now if waiting else None,
        "ended_at": None,
        # the same command again, after the end, may find everything as it was
        "ended_before": run.get("ended_at") or run.get("ended_before"),
    }


def over(run: Mapping[str, Any], waves: Iterable[Mapping[str, Any]], now: str) -> dict[str, Any]:
    """The end of a run: now, or when it had ended before and nothing has come of any wave since.

    :returns: ``{ended_at, ended_before, idle, idle_since}``, members of a Run.
    """
    before = run.get("ended_before")
    as_it_was = before and all(str(one.get("ended_at") or now) <= before for one in waves)
    end = before if as_it_was else now
    idle = [one for one in run.get("idle") or () if one["since"] < end]
    return {"ended_at": end, "ended_before": None, "idle": idle, "idle_since": None}


def fates(servers: Sequence[Mapping[str, Any]] | None) -> set[tuple[Any, ...]]:
    """What became of which server by which job."""
    return {
        (one.get("cell"), one.get("source_server_id"), one.get("job_id"), one.get("outcome")) for one in servers or ()
    }
