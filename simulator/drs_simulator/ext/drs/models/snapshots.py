"""Points in time (PIT) of a source server, computed from the clock instead of stored.

UG:point-in-time: every 10 minutes for the last hour, hourly for the last 24 hours, daily for the last 7 days (1..365).
All three ladders lie on one grid of 10 minutes, so that a point keeps its id while it ages from one ladder to the next.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from .wire import derived_id, iso

_MINUTE_RULE, _HOUR_RULE = (600, 3600), (3600, 86400)
_DAY = 86400


def grid_times(first: datetime, last: datetime, days: int, gaps: Iterable[tuple[datetime, datetime]]) -> list[datetime]:
    """Times of the kept points, oldest first.

    first: when the first consistent point existed. last: up to when data is consistent. days: daily retention.
    gaps: intervals in which no point could be made. Ages are counted from ``last``: a stalled server keeps its newest
    points, since nothing newer pushes them out.
    """
    end, begin = last.timestamp(), first.timestamp()
    kept: set[int] = set()
    for step, keep in (_MINUTE_RULE, _HOUR_RULE, (_DAY, days * _DAY)):
        moment = int(end // step) * step
        while moment >= begin and end - moment <= keep:
            kept.add(moment)
            moment -= step
    spans = [(start.timestamp(), stop.timestamp()) for start, stop in gaps]
    times = sorted(moment for moment in kept if not any(start < moment <= stop for start, stop in spans))
    return [datetime.fromtimestamp(moment, timezone.utc) for moment in times]


def snapshot_id(owner_id: str, moment: datetime) -> str:
    """The id of a server's point at a grid time; ``owner_id`` is the server that really replicates."""
    return derived_id("pit", owner_id, int(moment.timestamp()))


def to_wire(owner_id: str, shown_id: str, moment: datetime, devices: list[str]) -> dict[str, Any]:
    """One RecoverySnapshot; an extended server shows the staging server's points under its own id (``shown_id``)."""
    # The real time of a point trails the expected one by a few seconds, the same ones at each reading.
    identifier = snapshot_id(owner_id, moment)
    trail = int(identifier[4:8], 16) % 20
    return {
        "snapshotID": identifier,
        "sourceServerID": shown_id,
        "expectedTimestamp": iso(moment),
        "timestamp": iso(moment + timedelta(seconds=trail)),
        "ebsSnapshots": [derived_id("snap", identifier, device) for device in devices],
    }
