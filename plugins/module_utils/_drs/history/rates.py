"""Rates of success: which servers count, which succeeded, and the colour of a share."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.nouns import (
    AnyHistory,
    Rated,
    Tally,
    Window,
)

# In a failback each stage is a success, as far as it was asked for.
GOOD = tuple(
    one for one in outcomes.OUTCOMES if one not in (*outcomes.BAD_OUTCOMES, *outcomes.OPEN_OUTCOMES, outcomes.SKIPPED)
)
WINDOWS = (("24 hours", 86400), ("7 days", 7 * 86400), ("30 days", 30 * 86400))

GREEN = "green"
YELLOW = "yellow"
RED = "red"
NO_DATA = "none"


def tally(counts: Mapping[str, Any]) -> Tally:
    """Add up counts by outcome: ``{servers, counted, succeeded, failed, open, skipped}``.

    ``counted`` is all but what was skipped: a server that was planned and never started has not succeeded. An outcome
    that is not in the closed list counts as failed, for nobody knows that it is good.
    """
    result: Counter[str] = Counter()
    for outcome, value in counts.items():
        number = value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
        if outcome == "total":
            continue
        if outcome in GOOD:
            result["succeeded"] += number
        elif outcome in outcomes.OPEN_OUTCOMES:
            result["open"] += number
        elif outcome == outcomes.SKIPPED:
            result["skipped"] += number
        else:
            result["failed"] += number
    counted = result["succeeded"] + result["failed"] + result["open"]
    return {
        "servers": counted + result["skipped"],
        "counted": counted,
        "succeeded": result["succeeded"],
        "failed": result["failed"],
        "open": result["open"],
        "skipped": result["skipped"],
    }


def level(succeeded: int, counted: int) -> str:
    """The colour of a share: green over 95 percent, yellow from 80 to 95, red under 80; none of nothing."""
    if not counted:
        return NO_DATA
    if succeeded * 100 > counted * 95:
        return GREEN
    return YELLOW if succeeded * 100 >= counted * 80 else RED


def working(records: Iterable[AnyHistory]) -> list[AnyHistory]:
    """The records whose servers count as successes or failures.

    That a drill was cleaned up is no second success, and a run that waits for its approval may not have begun.
    """
    return [
        one for one in records if one.get("kind") != "termination" and (one.get("status") != "waiting" or _begun(one))
    ]


def runs_of(records: Iterable[AnyHistory]) -> int:
    """How many runs records are of; the clean-up of a run has a record of its own, and is no run."""
    return len({one.get("run_id") for one in records if one.get("kind") != "termination"})


def _begun(record: AnyHistory) -> bool:
    """Whether any server of a record was tried."""
    counts = as_mapping(record.get("counts") or record.get("summary"))
    return any(number for outcome, number in counts.items() if outcome not in (*outcomes.UNTRIED, "total"))


def rated(counts: Iterable[Mapping[str, Any]]) -> Rated:
    """Tally several counts together, with ``rate`` and ``level``."""
    total: Counter[str] = Counter()
    for one in counts:
        for outcome, number in as_mapping(one).items():
            total[str(outcome)] += number if isinstance(number, int) and not isinstance(number, bool) else 0
    sums = tally(total)
    succeeded, counted = sums["succeeded"], sums["counted"]
    return {**sums, "rate": outcomes.percent(succeeded, counted), "level": level(succeeded, counted)}


def windows(records: Iterable[AnyHistory], now: str) -> list[Window]:
    """The totals of the last 24 hours, 7 days and 30 days before ``now``: ``{name, since, runs, ...}``, see rated.

    A record counts by the time that it started; one without a time counts nowhere.
    """
    end = parse_time(now)
    listed = [(parse_time(one.get("started_at")), one) for one in records]
    result: list[Window] = []
    for name, seconds in WINDOWS:
        since = end - timedelta(seconds=seconds) if end else None
        inside = [one for at, one in listed if since and end and at and since < at <= end]
        result.append(
            {
                "name": name,
                "since": iso_time(since),
                "runs": runs_of(inside),
                **rated(one["counts"] for one in working(inside)),
            }
        )
    return result
