"""The launch of one server inside a job, phase by phase, each phase an event on the schedule.

Order of the log events (names: BM enum; order as seen in use): JOB_START, [CLEANUP_START, CLEANUP_END when an
earlier instance exists], SNAPSHOT_START, SNAPSHOT_END | SNAPSHOT_FAIL then USING_PREVIOUS_SNAPSHOT(_FAILED),
CONVERSION_START, CONVERSION_END | CONVERSION_FAIL, LAUNCH_START, [LAUNCH_FAILED], JOB_END. A pinned point in time skips
the snapshot, recovery mode FAST the conversion.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..actions.actions import Runs
from ..settings import SETTINGS
from . import configuration, ec2, extension, failback, schedule
from .jobs import Job, Participant
from .recovery_instances import RecoveryInstance
from .servers import LastLaunch
from .wire import arn, derived_id, iso

if TYPE_CHECKING:
    from . import DrsBackend

#: Share of a fixed job duration that each phase takes; the launch takes what is left.
_SHARES = {"start": 0.005, "cleanup": 0.075, "snapshot": 0.17, "conversion": 0.5}


class Launch:
    """State machine of one participant of a LAUNCH job."""

    def __init__(
        self, backend: DrsBackend, job: Job, participant: Participant, is_drill: bool, snapshot: str | None
    ) -> None:
        self.backend, self.job, self.participant = backend, job, participant
        self.server = participant.server
        self.is_drill, self.snapshot = is_drill, snapshot
        self.total = schedule.job_total()
        self.waited = 0.0
        self.data_time = job.created
        self.parked: tuple[str, Callable[[datetime], None]] | None = None
        self.instance: Any = None
        self.conversion_server = derived_id("i", job.id, self.server.id)
        self.server.last_launch = LastLaunch(job.created, job.id, "DRILL" if is_drill else "RECOVERY")

    def _seconds(self, phase: str) -> float:
        if self.total is not None and phase in _SHARES:
            return self.total * _SHARES[phase]
        return schedule.draw(phase, self.server.account_id, self.server.region, self.job.id, self.server.name)

    def _after(self, at: datetime, seconds: float, action: Callable[[datetime], None], phase: str = "") -> None:
        """Continue after a phase, unless the server is stuck in it: then wait until somebody frees it."""
        if phase and self.server.faults.stuck_phase() == phase:
            self.parked = (phase, action)
            return
        schedule.schedule.after(at, seconds, self.backend.owner, action)

    def free(self, at: datetime) -> None:
        """Continue after having been stuck, if the server is no longer stuck in that phase."""
        if self.parked and self.server.faults.stuck_phase() != self.parked[0]:
            action, self.parked = self.parked[1], None
            self._after(at, 0, action)

    def _note(self, at: datetime, event: str, **data: Any) -> None:
        self.job.note(at, event, sourceServerID=self.server.id, **data)

    def _status(self, status: str) -> None:
        self.participant.launch_status = status
        self._last_launch(status)

    def _last_launch(self, status: str) -> None:
        launch = self.server.last_launch
        if launch and launch.job_id == self.job.id:
            launch.status = status

    def start(self, at: datetime) -> None:
        """The job has started: clean up earlier instances, then make the snapshot."""
        if SETTINGS["in_progress_from"] == "start":
            self._status("IN_PROGRESS")
        if any(earlier.alive for earlier in self._earlier()):
            self._note(at, "CLEANUP_START")
            self._after(at, self._seconds("cleanup"), self._cleaned, "cleanup")
        else:
            self._cleaned(at, quiet=True)

    def _earlier(self) -> list[RecoveryInstance]:
        """All previous recovery instances.

        Whether the one whose machine this very server replicates (within one cell) is spared, is a setting.
        """
        spared = self.server.replicates_from if SETTINGS["launch_after_protect"] == "spared" else None
        return [earlier for earlier in self.server.launched if earlier is not spared]

    def _cleaned(self, at: datetime, quiet: bool = False) -> None:
        # UG:recovery-instances: a launch cleans up all previous recovery instances of the server, regardless of
        # whether they were disconnected and deleted from DRS.
        failed = [earlier.id for earlier in self._earlier() if not self._wipe(earlier, at)]
        if failed:
            self._note(at, "CLEANUP_FAIL", rawError=f"OperationNotPermitted: {', '.join(failed)} may not be terminated")
        elif not quiet:
            self._note(at, "CLEANUP_END")
        self._snapshot(at)

    def _wipe(self, earlier: RecoveryInstance, at: datetime) -> bool:
        if earlier.protected():
            return False
        kept = SETTINGS["untagged_instance_protected"] and not earlier.managed()
        if earlier.alive and not kept:
            earlier.terminate(at)
            schedule.record(
                "wiped",
                at,
                **earlier.ledger_fields(),
                job_id=self.job.id,
                job_tags=self.job.tags,
                cause=f"launch of a new {'drill' if self.is_drill else 'recovery'} instance",
            )
        if not kept:
            self.backend.forget(earlier)
        return True

    def _snapshot(self, at: datetime) -> None:
        faults = self.server.replicating.faults
        if self.snapshot:
            # Still there when the job was accepted; a point that has aged away since keeps its time all the same.
            self.data_time = self.server.point_of(self.job.created, self.snapshot) or self.job.created
            self._convert(at)
            return
        self._note(at, "SNAPSHOT_START")
        if faults.fail_snapshot:
            self._after(at, self._seconds("snapshot"), self._snapshot_failed, "snapshot")
        elif self.server.source_reachable(at):
            self._after(at, self._seconds("snapshot"), self._snapshot_done, "snapshot")
        else:
            # UG:CloudEndure-Concepts: an on-demand point in time waits up to ten minutes for the source.
            self.waited = float(SETTINGS["snapshot_wait_seconds"])
            self._after(at, self.waited, self._snapshot_failed, "snapshot")

    def _snapshot_done(self, at: datetime) -> None:
        consistent = self.server.view(at).consistent
        if consistent is None:
            self._snapshot_failed(at)
            return
        self.data_time = consistent
        self._note(at, "SNAPSHOT_END")
        self._convert(at)

    def _snapshot_failed(self, at: datetime) -> None:
        text = self.server.replicating.faults.fail_snapshot or "Timed out waiting for the source server"
        self._note(at, "SNAPSHOT_FAIL", rawError=text)
        consistent = self.server.view(at).consistent
        if consistent is None:
            self._note(at, "USING_PREVIOUS_SNAPSHOT_FAILED", rawError="No previous snapshot exists")
            self._failed(at, text)
            return
        self.data_time = consistent
        self._note(at, "USING_PREVIOUS_SNAPSHOT")
        self._convert(at)

    def _convert(self, at: datetime) -> None:
        if self.backend.launch_configuration(self.server).get("recoveryMode") == "FAST":
            # Without a conversion, but shared with the target all the same.
            self._launch(at, extension.share_problem(self.server))
            return
        self._note(at, "CONVERSION_START", **self._machine(conversionServerID=self.conversion_server))
        text = extension.conversion_begins(self, at)
        if text:
            self._conversion_failed(at, text)
            return
        self._after(at, self._seconds("conversion"), self._converted, "conversion")

    def _converted(self, at: datetime) -> None:
        text = self.server.faults.fail_conversion or extension.share_problem(self.server)
        if text:
            self._conversion_failed(at, text)
            return
        extension.conversion_ends(self, at)
        disks = self.server.replicating.replication.disks
        properties = {
            "rootVolumeName": disks[0]["device"],
            "forceUefi": False,
            "dataTimestamp": iso(self.data_time),
            "volumeToVolumeSize": {disk["device"]: disk["bytes"] for disk in disks},
        }
        self._note(at, "CONVERSION_END", conversionServerID=self.conversion_server, conversionProperties=properties)
        self._launch(at)

    def _conversion_failed(self, at: datetime, text: str) -> None:
        self._note(at, "CONVERSION_FAIL", conversionServerID=self.conversion_server, rawError=text)
        self._failed(at, text)

    @staticmethod
    def _machine(**data: str) -> dict[str, str]:
        """The machine that an event at the start of a phase names, unless only LAUNCH_END names one."""
        return data if SETTINGS["launch_log"] == "start" else {}

    def _launch_seconds(self, at: datetime) -> float:
        if self.total is None:
            return self._seconds("launch")
        # A scenario that fixes the duration of jobs means the whole job, whatever phases it had.
        end = self.job.created + timedelta(seconds=self.total + self.waited)
        return max(0.0, (end - at).total_seconds())

    def _launch(self, at: datetime, problem: str | None = None) -> None:
        self._status("IN_PROGRESS")
        text = problem or self.server.faults.fail_launch or self._run_instance(at)
        seconds = self._launch_seconds(at)
        if text:
            self._note(at, "LAUNCH_START")
            reason = text
            self._after(at, seconds / 2, lambda due: self._launch_failed(due, reason), "launch")
        else:
            self._note(at, "LAUNCH_START", **self._machine(targetInstanceID=self.instance.id))
            self._after(at, seconds, self._launched, "launch")

    def _run_instance(self, at: datetime) -> str | None:
        """Run the EC2 instance; returns the reason when EC2 refuses."""
        configuration.renew_launch_template(self.backend, self.server)
        server, settings = self.server, self.backend.launch_configuration(self.server)
        tags = dict(server.tags) if settings.get("copyTags") else {}
        tags.setdefault("Name", server.name)
        tags[ec2.MANAGED_TAG] = ec2.MANAGED_VALUE
        tags[ec2.SERVER_TAG] = server.id
        try:
            machine = ec2.Machine(
                tags,
                SETTINGS["instance_type"],
                server.replicating.replication.disks,
                settings.get("ec2LaunchTemplateID"),
                server.ip if settings.get("copyPrivateIp") else None,
                settings.get("targetInstanceTypeRightSizingMethod", "NONE"),
                server.replicating.encryption,
            )
            self.instance = ec2.launch(server.account_id, server.region, at, machine)
        except ec2.NoSubnet as error:
            return f"VPCIdNotSpecified: {error}"
        except ec2.refusals() as error:
            return f"An error occurred when calling the RunInstances operation: {error}"
        if server.platform == "windows":
            self.instance.platform = "windows"
        return None

    def _launch_failed(self, at: datetime, text: str) -> None:
        self._note(at, "LAUNCH_FAILED", conversionServerID=self.conversion_server, rawError=text)
        self._failed(at, text)

    def _failed(self, at: datetime, text: str) -> None:
        self._last_launch("FAILED")
        extension.conversion_ends(self, at, text)
        schedule.record(
            "launch_failed",
            at,
            account=self.server.account_id,
            region=self.server.region,
            source_server_id=self.server.id,
            is_drill=self.is_drill,
            job_id=self.job.id,
            job_tags=self.job.tags,
            cause=text,
        )
        self.backend.launches.pop((self.job.id, self.server.id), None)
        self.job.finish(self.participant, "FAILED", at)

    def _launched(self, at: datetime) -> None:
        server, settings = self.server, self.backend.launch_configuration(self.server)
        if self.instance.state == "pending":
            ec2.set_state(self.instance, "stopped" if settings.get("launchDisposition") == "STOPPED" else "running")
        made = RecoveryInstance(
            arn=arn(server.region, server.account_id, "recovery-instance", self.instance.id),
            server=server,
            instance=self.instance,
            job_id=self.job.id,
            job_tags=self.job.tags,
            is_drill=self.is_drill,
            data_time=self.data_time,
            launched=at,
            tags=dict(server.tags) if settings.get("copyTags") else {},
        )
        server.launched.append(made)
        server.recovery_instance = made
        self.backend.recovery_instances[made.id] = made
        self.participant.recovery_instance_id = made.id
        self._last_launch("LAUNCHED")
        if SETTINGS["launch_log"] == "end":
            self._note(at, "LAUNCH_END", targetInstanceID=made.id)
        schedule.record(
            "launched",
            at,
            **made.ledger_fields(),
            job_id=self.job.id,
            job_tags=self.job.tags,
            cause="StartRecovery",
            data_time=iso(self.data_time),
        )
        self.backend.launches.pop((self.job.id, server.id), None)
        failback.failed_back(server, self.is_drill, at)
        due = self.backend.actions.due(server)
        if due:
            Runs(self, due).begin(at)
        else:
            self.job.finish(self.participant, "LAUNCHED", at)

    def actions_ended(self, at: datetime, problem: str | None) -> None:
        """The launch actions are through; one that is not optional has failed when there is a problem."""
        if problem:
            self._note(at, "LAUNCH_FAILED", targetInstanceID=self.instance.id, rawError=problem)
            self._last_launch("FAILED")
        self.job.finish(self.participant, "FAILED" if problem else "LAUNCHED", at)
