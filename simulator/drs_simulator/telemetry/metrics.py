"""Metrics of DRS in CloudWatch, namespace AWS/DRS: computed when somebody asks, for the last hour.

UG:monitoring-event-bridge-metrics: LagDuration, Backlog, ElapsedReplicationDuration and
DurationSinceLastSuccessfulRecoveryLaunch of each source server, three counts of an account and Region. A value every
five minutes is a guess, and so are the counts' exact rules.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ..moto_fixes import registry

NAMESPACE, _STEP, _POINTS = "AWS/DRS", 300, 12


def _moments(now: datetime) -> list[datetime]:
    newest = datetime.fromtimestamp(now.timestamp() // _STEP * _STEP, now.tzinfo)
    return [newest - timedelta(seconds=_STEP * number) for number in range(_POINTS)]


def _of_server(server: Any, at: datetime) -> Iterator[tuple[str, float, str]]:
    """Metrics of one server at a moment: name, value, unit."""
    real = server.replicating
    if at < real.replication.since:
        return
    info = real.replication
    view = info.view(at)
    if view.lag_seconds is not None:
        yield "LagDuration", view.lag_seconds, "Seconds"
    shown = info.to_wire(at, view, "")["replicatedDisks"]
    yield "Backlog", float(sum(disk["backloggedStorageBytes"] for disk in shown)), "Bytes"
    if view.state not in ("INITIATING", "STOPPED", "DISCONNECTED"):
        yield "ElapsedReplicationDuration", max(0.0, (at - info.initiated).total_seconds()), "Seconds"
    launch = server.last_launch
    if launch and launch.status in ("LAUNCHED", "TERMINATED") and launch.called <= at:
        yield "DurationSinceLastSuccessfulRecoveryLaunch", (at - launch.called).total_seconds(), "Seconds"


def _of_cell(servers: list[Any], at: datetime) -> Iterator[tuple[str, float, str]]:
    states = [server.view(at).state for server in servers]
    active = [state for state in states if state not in ("STOPPED", "DISCONNECTED")]
    yield "TotalSourceServerCount", float(len(states)), "Count"
    yield "ActiveSourceServerCount", float(len(active)), "Count"
    yield "ProtectedSourceServerCount", float(len(active)), "Count"


def values(account: str, region: str) -> Iterator[tuple[datetime, str, float, str, str | None]]:
    """Every value of an account and Region: time, name, value, unit, source server id or None."""
    drs = sys.modules.get("moto.drs.models")
    if drs is None or region not in drs.drs_backends[account]:
        return
    servers = list(drs.drs_backends[account][region].servers.values())
    if not servers:
        return
    for number, at in enumerate(_moments(drs.settle_all())):
        for server in servers:
            for name, value, unit in _of_server(server, at):
                yield at, name, value, unit, server.id
        if number == 0:
            for name, value, unit in _of_cell(servers, at):
                yield at, name, value, unit, None


@registry.corrects("cloudwatch")
def correct() -> None:
    """Give CloudWatch the metrics of DRS, in the way in which moto's other services give theirs."""
    from moto.cloudwatch.models import MetricDatum
    from moto.core.common_models import CloudWatchMetricProvider

    class Metrics(CloudWatchMetricProvider):
        """The metrics of DRS."""

        @staticmethod
        def get_cloudwatch_metrics(account_id: str, region: str) -> list[Any]:
            found = []
            for at, name, value, unit, server in values(account_id, region):
                dimensions = [{"Name": "SourceServerID", "Value": server}] if server else []
                time = at.replace(tzinfo=None)
                found.append(MetricDatum(NAMESPACE, name, value, dimensions, time, unit))
            return found

    # Subclasses are how moto knows its providers; it would go with this function otherwise.
    CloudWatchMetricProvider.of_drs = Metrics
