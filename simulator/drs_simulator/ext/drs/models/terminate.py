"""The termination of one recovery instance inside a TERMINATE job."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..settings import SETTINGS
from . import ec2, schedule
from .jobs import Job, Participant
from .recovery_instances import RecoveryInstance

if TYPE_CHECKING:
    from . import DrsBackend


class Termination:
    """State machine of one participant of a TERMINATE job.

    BM TerminateRecoveryInstances: the EC2 resources go first, then the recovery instance itself.
    """

    def __init__(self, backend: DrsBackend, job: Job, participant: Participant, victim: RecoveryInstance) -> None:
        self.backend, self.job, self.participant, self.victim = backend, job, participant, victim
        self.fails, self.before = False, ""

    def start(self, at: datetime) -> None:
        """The job has started."""
        server = self.victim.server
        self.participant.launch_status = "IN_PROGRESS"
        self.fails = SETTINGS["terminate_outcome"] == "fails_once" and not self.victim.termination_failed
        if self.fails and self.victim.alive:
            self.before = self.victim.instance.state
            ec2.set_state(self.victim.instance, "shutting-down")
        self.job.note(at, "CLEANUP_START", sourceServerID=server.id, targetInstanceID=self.victim.id)
        seconds = schedule.draw("terminate", server.account_id, server.region, self.job.id, server.name)
        schedule.schedule.after(at, seconds, self.backend.owner, self._terminated)

    def _terminated(self, at: datetime) -> None:
        victim = self.victim
        text = ""
        if self.fails:
            victim.termination_failed = True
            if self.before:
                ec2.set_state(victim.instance, self.before)
            text = "InternalError: An internal error has occurred"
        elif victim.protected():
            text = f"OperationNotPermitted: The instance '{victim.id}' may not be terminated"
        if text:
            self.job.note(
                at, "CLEANUP_FAIL", sourceServerID=victim.server.id, targetInstanceID=victim.id, rawError=text
            )
            self.job.finish(self.participant, "FAILED", at)
            return
        victim.terminate(at)
        launch = victim.server.last_launch
        if launch and launch.job_id == victim.job_id:
            launch.status = "TERMINATED"
        self.backend.forget(victim)
        self.job.note(at, "CLEANUP_END", sourceServerID=victim.server.id, targetInstanceID=victim.id)
        schedule.record(
            "terminated",
            at,
            **victim.ledger_fields(),
            job_id=self.job.id,
            job_tags=victim.job_tags,
            cause="TerminateRecoveryInstances",
        )
        self.job.finish(self.participant, "TERMINATED", at)
