"""Replication of one source server as a function of the clock.

States and their meaning: BM DataReplicationState, UG:common-replication-errors. How long a step or a copy takes is not
documented, hence a setting. Nothing is stored per moment: ``view(now)`` computes it from when a state began.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ..settings import SETTINGS
from .wire import GIB, iso, iso_duration

STEPS = (
    "WAIT",
    "CREATE_SECURITY_GROUP",
    "LAUNCH_REPLICATION_SERVER",
    "BOOT_REPLICATION_SERVER",
    "AUTHENTICATE_WITH_SERVICE",
    "DOWNLOAD_REPLICATION_SOFTWARE",
    "CREATE_STAGING_DISKS",
    "ATTACH_STAGING_DISKS",
    "PAIR_REPLICATION_SERVER_WITH_AGENT",
    "CONNECT_AGENT_TO_REPLICATION_SERVER",
    "START_DATA_TRANSFER",
)
#: Steps that are SKIPPED when the server shares a replication server that already runs.
SHARED_STEPS = STEPS[1:6]
#: States in which nothing newer than the state's beginning is consistent.
FROZEN = ("STALLED", "PAUSED", "RESCAN", "INITIATING")
#: States that change by themselves as time passes.
_MOVING = ("INITIATING", "INITIAL_SYNC", "CREATING_SNAPSHOT", "RESCAN")


@dataclass(frozen=True)
class View:
    """Replication at one moment. Fractions are 0..1; ``consistent`` is the time of the newest recoverable data."""

    state: str
    since: datetime
    lag_seconds: float | None
    replicated: float
    rescanned: float
    steps: tuple[str, ...]
    eta: datetime | None
    first_point: datetime | None
    consistent: datetime | None


class Replication:
    """The replication of one server: a state, since when, and what is needed to compute the rest."""

    def __init__(
        self,
        now: datetime,
        disks: list[dict[str, Any]],
        state: str,
        lag_seconds: float,
        source: Random,
        shared: bool,
        steps: tuple[str, ...] = STEPS,
        takes_points: bool = True,
    ) -> None:
        """steps: of the initiation. takes_points: whether points in time are made of what is copied."""
        self.disks = disks
        self.shared = shared
        self.steps = steps
        self.takes_points = takes_points
        self.error: str | None = None
        self.raw_error = ""
        self.hold = False
        self.progress = 0.0
        self.gaps: list[tuple[datetime, datetime]] = []
        low, high = SETTINGS["initiation_step_seconds"]
        self._step_seconds = [
            0.0 if shared and name in SHARED_STEPS else round(source.uniform(low, high), 3) for name in steps
        ]
        #: Seconds the whole initial sync takes, when the machine's own speed decides it and not the setting.
        self.sync_seconds: float | None = None
        self.first_point: datetime | None = None
        self.initiated = now
        self.state, self.since, self.lag = state, now, float(lag_seconds)

    @property
    def total_bytes(self) -> int:
        """Bytes of all replicated disks."""
        return sum(disk["bytes"] for disk in self.disks)

    def set_pace(self, steps_seconds: float | None, sync_seconds: float | None) -> None:
        """Fix how long all initiation steps together and a whole initial sync take; None leaves either as it is."""
        whole = sum(self._step_seconds)
        if steps_seconds is not None and whole:
            self._step_seconds = [lasts * steps_seconds / whole for lasts in self._step_seconds]
        if sync_seconds is not None:
            self.sync_seconds = sync_seconds

    def seconds_until(self, step: str) -> float:
        """Seconds from the beginning of the initiation until a step has run its time."""
        return sum(self._step_seconds[: self.steps.index(step) + 1])

    def _rate(self, name: str) -> float:
        """Bytes per second of a copy; ``name`` is a setting."""
        if name == "sync_bytes_per_second" and self.sync_seconds is not None:
            return max(1, self.total_bytes) / max(self.sync_seconds, 0.001)
        return float(SETTINGS[name])

    def _copy_seconds(self, rate: str, done: float = 0.0) -> float:
        return self.total_bytes * (1 - done) / self._rate(rate)

    def _moved(self, now: datetime) -> tuple[str, datetime, datetime | None]:
        """State, its beginning and the first recoverable point at ``now``."""
        state, since, first = self.state, self.since, self.first_point
        while state in _MOVING and not self.hold:
            if state == "INITIATING":
                lasts, following = sum(self._step_seconds), "INITIAL_SYNC"
            elif state == "INITIAL_SYNC":
                done = self.progress if state == self.state else 0.0
                lasts = self._copy_seconds("sync_bytes_per_second", done)
                following = SETTINGS["after_initial_sync"] if self.takes_points else "CONTINUOUS"
            elif state == "RESCAN":
                lasts, following = self._copy_seconds("rescan_bytes_per_second"), "CONTINUOUS"
            else:
                lasts, following = float(SETTINGS["first_snapshot_seconds"]), "CONTINUOUS"
            end = since + timedelta(seconds=lasts)
            if now < end:
                break
            if first is None and self.takes_points and following == "CONTINUOUS" and state != "RESCAN":
                # the snapshot takes its time also where no state shows it
                shown = 0.0 if state == "CREATING_SNAPSHOT" else float(SETTINGS["first_snapshot_seconds"])
                first = end + timedelta(seconds=shown + float(SETTINGS["first_point_seconds"]))
            state, since = following, end
        return state, since, first

    def _steps(self, state: str, since: datetime, now: datetime) -> tuple[str, ...]:
        failed = (self.error or "").removeprefix("FAILED_TO_")
        elapsed = (now - since).total_seconds() if state == "INITIATING" else float("inf")
        result = []
        for name, lasts in zip(self.steps, self._step_seconds):
            if name == failed:
                result.append("FAILED")
                elapsed = -1.0
            elif elapsed < 0:
                result.append("NOT_STARTED")
            elif self.shared and name in SHARED_STEPS:
                result.append("SKIPPED")
            elif elapsed >= lasts:
                result.append("SUCCEEDED")
                elapsed -= lasts
            else:
                result.append("IN_PROGRESS")
                elapsed = -1.0
        return tuple(result)

    def view(self, now: datetime) -> View:
        """What a describe at ``now`` shows."""
        state, since, first = self._moved(now)
        if first is not None and first > now:
            first = None
        age = (now - since).total_seconds()
        lag: float | None = self.lag if state == self.state else 0.0
        replicated, rescanned, eta = 1.0, 0.0, None
        if state in ("INITIATING", "STOPPED", "DISCONNECTED"):
            replicated = 1.0 if state == "INITIATING" and first else 0.0
        elif state == "INITIAL_SYNC":
            done = self.progress if state == self.state else 0.0
            replicated = min(1.0, done + age * self._rate("sync_bytes_per_second") / max(1, self.total_bytes))
            eta = since + timedelta(seconds=self._copy_seconds("sync_bytes_per_second", done))
        elif state == "RESCAN":
            rescanned = min(1.0, age * SETTINGS["rescan_bytes_per_second"] / max(1, self.total_bytes))
            eta = since + timedelta(seconds=self._copy_seconds("rescan_bytes_per_second"))
        elif state == "STALLED" and first is None:
            replicated = self.progress
        elif state == "BACKLOG":
            eta = now + timedelta(seconds=self.lag)
        consistent: datetime | None = None
        if first is not None and state not in ("STOPPED", "DISCONNECTED", "INITIAL_SYNC"):
            consistent = (since if state in FROZEN else now) - timedelta(seconds=lag or 0.0)
            consistent = max(consistent, first)
        if state in ("STOPPED", "DISCONNECTED", "INITIATING", "INITIAL_SYNC"):
            lag = None
        elif state in FROZEN:
            lag = (lag or 0.0) + age
        steps = self._steps(state, since, now)
        return View(state, since, lag, replicated, rescanned, steps, eta, first, consistent)

    def change(self, now: datetime, state: str, lag_seconds: float | None = None, error: str | None = None) -> None:
        """Go to another state at ``now``; a server that was stuck has a gap in its points in time afterwards."""
        before = self.view(now)
        self.first_point = self._moved(now)[2]
        if before.state in FROZEN and before.consistent and state not in FROZEN:
            self.gaps.append((before.consistent, now))
        lag = lag_seconds
        if lag is None:
            lag = (before.lag_seconds or 0.0) if state in ("BACKLOG", *FROZEN) else 0.0
        if state in ("STOPPED", "INITIAL_SYNC"):
            # UG: StopReplication deletes all points in time; an initial sync starts from nothing.
            self.first_point, self.gaps = None, []
        self.progress = before.replicated if state == "STALLED" and self.first_point is None else 0.0
        self.state, self.since, self.lag, self.error = state, now, float(lag), error
        self.raw_error = ""
        if state == "INITIATING":
            self.initiated = now

    def to_wire(self, now: datetime, view: View, zone: str) -> dict[str, Any]:
        """DataReplicationInfo. Disconnected disks show a total of 0 and no lag (BM DisconnectSourceServer)."""
        backlog = 0
        if view.lag_seconds and view.state in ("BACKLOG", "STALLED", "PAUSED"):
            backlog = int(view.lag_seconds * SETTINGS["change_bytes_per_second"])
        total = self.total_bytes or 1
        disks = []
        for disk in self.disks:
            size = 0 if view.state == "DISCONNECTED" else disk["bytes"]
            shown = {
                "deviceName": disk["device"],
                "totalStorageBytes": size,
                "replicatedStorageBytes": int(size * view.replicated),
                "rescannedStorageBytes": int(size * view.rescanned),
                "backloggedStorageBytes": min(size, backlog * disk["bytes"] // total),
                "volumeStatus": disk.get("volume_status", "REGULAR"),
            }
            disks.append(shown)
        info: dict[str, Any] = {
            "replicatedDisks": disks,
            "dataReplicationState": view.state,
            "dataReplicationInitiation": {
                "startDateTime": iso(self.initiated),
                "steps": [{"name": name, "status": status} for name, status in zip(self.steps, view.steps)],
            },
            "stagingAvailabilityZone": zone,
        }
        if SETTINGS["next_attempt"] == "shown":
            info["dataReplicationInitiation"]["nextAttemptDateTime"] = iso(self.initiated)
        if view.lag_seconds is not None:
            info["lagDuration"] = iso_duration(view.lag_seconds)
        if view.eta:
            info["etaDateTime"] = iso(view.eta)
        if self.error and view.state == "STALLED":
            info["dataReplicationError"] = {"error": self.error, "rawError": self.raw_error or self.error}
        return info


def normal_disks(disks: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Disks as a scenario writes them (device, gib) with their sizes in bytes."""
    chosen = disks or [{"device": "/dev/sda1", "gib": 50}]
    return [{**disk, "bytes": int(disk.get("bytes", disk.get("gib", 50) * GIB))} for disk in chosen]
