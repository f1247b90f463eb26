"""Points in time told on EventBridge: "DRS PIT Snapshot Taken", for each server and each new point.

Points are computed from the clock and stand nowhere, so that somebody has to look: every ten minutes of the virtual
clock, shortly after a point is due, and only in accounts and Regions where EventBridge has a rule. A point is told in
the account that the server replicates into; whether an account that it is extended to hears of it is not documented.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..moto_fixes import registry
from . import events

#: Seconds between two points, and how long after its time a point is there for certain (see models/snapshots.py).
_GRID, _TRAIL = 600, 20


class Watch:
    """What was told of each server, and the next look, which makes the one after it."""

    def __init__(self) -> None:
        #: Source server id -> its newest point when last looked at.
        self.newest: dict[str, datetime] = {}

    def begin(self) -> None:
        """Look from now on; points that are there already are not told."""
        from moto.drs.models.schedule import Owner, now  # type: ignore[import-not-found]

        self.owner = Owner()
        moment = now()
        self._look(moment, tell=False)
        self._next(moment)

    def _next(self, moment: datetime) -> None:
        from moto.drs.models.schedule import schedule

        due = (moment.timestamp() - _TRAIL) // _GRID * _GRID + _GRID + _TRAIL
        schedule.at(datetime.fromtimestamp(due, moment.tzinfo), self.owner, self._due)

    def _due(self, moment: datetime) -> None:
        self._look(moment)
        self._next(moment)

    def _look(self, moment: datetime, tell: bool = True) -> None:
        from moto.drs.models import drs_backends
        from moto.events.models import events_backends

        for account, cells in list(drs_backends.items()):
            for region, backend in list(cells.items()):
                # Whoever makes a rule later hears of points taken later, as of everything else.
                heard = tell and region in events_backends[account]
                heard = heard and any(bus.rules for bus in events_backends[account][region].event_buses.values())
                for server in [one for one in backend.servers.values() if not one.extended]:
                    self._look_at(server, moment, bool(heard))

    def _look_at(self, server: Any, moment: datetime, tell: bool) -> None:
        points = server.points(moment)
        if not points:
            return
        before = self.newest.get(server.id)
        self.newest[server.id] = points[-1]
        if not tell or before == points[-1]:
            return
        for at, shot in zip(points, server.snapshots(moment)):
            if before is None or at > before:
                events.tell(
                    "point",
                    moment,
                    {
                        "account": server.account_id,
                        "region": server.region,
                        "source_server_id": server.id,
                        "detail": {
                            "DrsSnapshotID": shot["snapshotID"],
                            "EbsSnapshotIDs": ",".join(shot["ebsSnapshots"]),
                        },
                    },
                )


@registry.corrects("events")
def watch() -> None:
    """Begin to look when EventBridge is first used: a world without it does not pay for this."""
    registry.apply("drs")
    Watch().begin()
