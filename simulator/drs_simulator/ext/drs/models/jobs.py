"""Jobs, their participating servers and their log.

BM: a job goes PENDING -> STARTED -> COMPLETED; there is no failed job, only failed participants in a completed one.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..settings import SETTINGS
from .wire import iso

if TYPE_CHECKING:
    from .servers import SourceServer

#: A participant in one of these has nothing more to come.
_FINAL = ("LAUNCHED", "FAILED", "TERMINATED")


@dataclass
class Participant:
    """One server of a job."""

    server: SourceServer
    launch_status: str = "PENDING"
    recovery_instance_id: str | None = None
    #: Whether the job names its recovery instance.
    named: bool = True
    #: LaunchActionsStatus, once launch actions run on what was launched.
    actions: dict[str, Any] | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.launch_status in _FINAL

    def to_wire(self) -> dict[str, Any]:
        """ParticipatingServer."""
        item: dict[str, Any] = {"sourceServerID": self.server.id, "launchStatus": self.launch_status}
        if self.recovery_instance_id and self.named:
            item["recoveryInstanceID"] = self.recovery_instance_id
        if self.actions:
            item["launchActionsStatus"] = self.actions
        return item


@dataclass
class Job:
    """One job of an account and Region."""

    id: str
    arn: str
    type: str
    initiated_by: str
    created: datetime
    tags: dict[str, str]
    participants: list[Participant]
    status: str = "PENDING"
    ended: datetime | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    #: Told once, when the last participant has finished.
    on_end: Callable[[Job, datetime], None] | None = None
    #: Staging account -> its CREATE_CONVERTED_SNAPSHOT job, for the extended servers of a launch.
    conversions: dict[str, Job] = field(default_factory=dict)
    #: ParticipatingResource of each source network; such a job has no participating servers and ends by complete().
    resources: list[dict[str, Any]] = field(default_factory=list)
    _open: int = 0

    def __post_init__(self) -> None:
        self._open = len(self.participants)
        shown = SETTINGS["job_instance_ids"]
        for number, participant in enumerate(self.participants if self.type == "LAUNCH" else ()):
            participant.named = shown == "all" or (shown == "some" and number % 2 == 0)

    @property
    def active(self) -> bool:
        """Whether it holds its servers and counts to the quotas."""
        return self.status != "COMPLETED"

    def note(self, at: datetime, event: str, **data: Any) -> None:
        """Add a log event; ``data`` are members of JobLogEventData."""
        self.log.append({"logDateTime": iso(at), "event": event, "eventData": data})

    def begin(self, at: datetime) -> None:
        """Leave PENDING."""
        self.status = "STARTED"
        self.note(at, "JOB_START")

    def finish(self, participant: Participant, status: str, at: datetime) -> None:
        """One participant has reached its end; with the last one the job is completed."""
        participant.launch_status = status
        self._open -= 1
        if self._open == 0:
            self.complete(at)

    def complete(self, at: datetime) -> None:
        """Nothing more is to come."""
        self.status, self.ended = "COMPLETED", at
        self.note(at, "JOB_END")
        if self.on_end:
            self.on_end(self, at)

    def to_wire(self) -> dict[str, Any]:
        """Job as JSON-ready data."""
        item: dict[str, Any] = {
            "jobID": self.id,
            "arn": self.arn,
            "type": self.type,
            "initiatedBy": self.initiated_by,
            "creationDateTime": iso(self.created),
            "status": self.status,
            "participatingServers": [participant.to_wire() for participant in self.participants],
            "tags": self.tags,
        }
        if self.resources:
            item["participatingResources"] = self.resources
        if self.ended:
            item["endDateTime"] = iso(self.ended)
        return item
