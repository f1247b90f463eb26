"""The execution of a recovery plan, step by step on the schedule.

UG:recovery-plans-executing, -validation, -monitoring: it runs a copy of the plan; all servers are validated when it
starts and those of a step again when the step begins, each time all or nothing and whatever the impact level; a
critical failure fails step and execution, optional ones pass; a failed step may be retried (its failed servers only)
or skipped; cancelling lets the running step finish; after 24 hours it ends. Nothing launched is cleaned up.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .. import exceptions as errors
from ..models.jobs import Job
from ..models.operations import BUSY
from ..models.schedule import draw, schedule
from ..models.wire import iso
from ..settings import SETTINGS
from .plan import Plan, Step, check_servers, invalid

if TYPE_CHECKING:
    from ..models import DrsBackend

#: Statuses of an execution that has not ended.
ACTIVE = ("CREATED", "IN_PROGRESS", "CANCELLING")
LIMIT_HOURS = 24
_RUNNING = ("EXECUTING", "WAITING")
_SKIPPED_TEXT = "Completed with skipped steps. View execution details for more information."


@dataclass
class ExecutionStep:
    """One step of an execution: the plan's step as it was at the start, and what became of it."""

    arn: str
    index: int
    step: Step
    created: datetime
    updated: datetime
    status: str = "NOT_STARTED"
    attempt: int = 1
    error: dict[str, str] | None = None
    #: Server ARN -> the job that recovers it, or did last.
    jobs: dict[str, Job] = field(default_factory=dict)

    def launched(self, server_arn: str) -> bool:
        """Whether a server was recovered, in whichever attempt."""
        job = self.jobs.get(server_arn)
        found = [one for one in job.participants if one.server.arn == server_arn] if job else []
        return bool(found) and found[0].launch_status == "LAUNCHED"

    def change(self, status: str, at: datetime, error: dict[str, str] | None = None) -> None:
        """Go to another status."""
        self.status, self.updated, self.error = status, at, error

    def summary(self) -> dict[str, Any]:
        """RecoveryPlanExecutionStepSummary."""
        item: dict[str, Any] = {
            "recoveryPlanExecutionStepArn": self.arn,
            "stepName": self.step.name,
            "stepIndex": self.index,
            "status": self.status,
            "configuration": self.step.configuration(),
        }
        if not self.step.waits:
            servers = [dict(one) for one in self.step.servers]
            for one in servers:
                job = self.jobs.get(one["serverArn"])
                if job:
                    one["jobID"] = job.id
            item["configuration"] = {"executionServerStepConfiguration": {"servers": servers}}
        return {**item, "errorDetail": self.error} if self.error else item

    def to_wire(self) -> dict[str, Any]:
        """RecoveryPlanExecutionStep."""
        times = {"createdAt": iso(self.created), "updatedAt": iso(self.updated)}
        return {**self.summary(), "attempt": self.attempt, **times}


class Execution:
    """One execution of a plan."""

    def __init__(
        self,
        backend: DrsBackend,
        plan: Plan,
        identifier: str,
        mode: str,
        moment: datetime,
        pinned: dict[str, str],
        tags: dict[str, str],
    ) -> None:
        """pinned: source server id -> recovery snapshot id."""
        self.backend, self.arn, self.plan_arn = backend, identifier, plan.arn
        self.mode, self.pinned, self.tags = mode, pinned, tags
        self.status, self.started = "CREATED", moment
        self.error: dict[str, str] | None = None
        self.completed: datetime | None = None
        self.steps = [
            ExecutionStep(f"{identifier}/step/{index}", index, deepcopy(step), moment, moment)
            for index, step in enumerate(plan.steps, 1)
        ]

    # ---------------------------------------------------------------------------------------------------- what it is
    def arns(self) -> set[str]:
        """ARNs of the source servers that it recovers."""
        return {one["serverArn"] for each in self.steps for one in each.step.servers}

    def find_step(self, identifier: str) -> ExecutionStep | None:
        """A step by ARN."""
        return next((each for each in self.steps if each.arn == identifier), None)

    def summary(self) -> dict[str, Any]:
        """RecoveryPlanExecutionSummary."""
        item: dict[str, Any] = {
            "recoveryPlanExecutionArn": self.arn,
            "recoveryPlanArn": self.plan_arn,
            "mode": self.mode,
            "status": self.status,
            "startedAt": iso(self.started),
        }
        return {**item, "errorDetail": self.error} if self.error else item

    def to_wire(self) -> dict[str, Any]:
        """RecoveryPlanExecution."""
        item = {**self.summary(), "tags": self.tags}
        return {**item, "completedAt": iso(self.completed)} if self.completed else item

    # ------------------------------------------------------------------------------------------------------ its life
    def _after(self, at: datetime, seconds: float, action: Any) -> None:
        schedule.after(at, seconds, self.backend.owner, action)

    def begin(self) -> None:
        """It was accepted: the validation comes next, and the limit of 24 hours counts."""
        self._after(self.started, draw("start", self.arn), self._validated)
        self._after(self.started, LIMIT_HOURS * 3600, self._timed_out)

    def _end(self, status: str, at: datetime, error: dict[str, str] | None = None) -> None:
        self.status, self.completed, self.error = status, at, error

    def _problem(self, arns: Iterable[str], at: datetime) -> str | None:
        """Why these servers cannot be recovered: the first reason; UG:recovery-plans-validation."""
        for server_arn in arns:
            server = self.backend.servers.get(server_arn.rpartition("/")[2])
            if server is None:
                return f"Source server {server_arn} does not exist"
            reason = server.why_not_recoverable(at, self.pinned.get(server.id))
            if reason is None and server.active_job is not None:
                reason = f"{BUSY} ({server.id})"
            if reason:
                return reason
        return None

    def _validated(self, at: datetime) -> None:
        if self.status != "CREATED":
            return
        problem = self._problem(sorted(self.arns()), at)
        if problem:
            self._end("FAILED", at, {"message": problem, "code": "ValidationFailed"})
            return
        self.status = "IN_PROGRESS"
        self._next(at)

    def _next(self, at: datetime) -> None:
        """Begin the first step that has not begun, or end."""
        following = next((each for each in self.steps if each.status == "NOT_STARTED"), None)
        if self.status == "CANCELLING":
            self._cancelled(at)
        elif following is None:
            skipped = any(each.status == "SKIPPED" for each in self.steps)
            self._end("COMPLETED", at, {"message": _SKIPPED_TEXT, "code": "SkippedSteps"} if skipped else None)
        elif following.step.waits:
            following.change("WAITING", at)
            self._after(at, 60.0 * (following.step.minutes or 0), lambda due: self._waited(following, due))
        else:
            self._execute(following, at)

    def _waited(self, each: ExecutionStep, at: datetime) -> None:
        if each.status == "WAITING":
            each.change("COMPLETED", at)
            self._next(at)

    def _execute(self, each: ExecutionStep, at: datetime) -> None:
        """Recover the servers of a step that are not recovered yet."""
        each.change("EXECUTING", at)
        due = [one["serverArn"] for one in each.step.servers if not each.launched(one["serverArn"])]
        problem = self._problem(due, at)
        if problem:
            self._step_failed(each, at, problem, "ValidationFailed")
            return
        groups = [[one] for one in due] if SETTINGS["plan_jobs"] == "per_server" else [due]
        try:
            for group in groups:
                self._recover(each, group, at)
        except errors.DrsException as refused:
            each.jobs = {one: job for one, job in each.jobs.items() if not job.active}
            self._step_failed(each, at, refused.message, refused.code)

    def _recover(self, each: ExecutionStep, group: list[str], at: datetime) -> None:
        wanted = []
        for server_arn in group:
            identifier = server_arn.rpartition("/")[2]
            pin = self.pinned.get(identifier)
            wanted.append({"sourceServerID": identifier, **({"recoverySnapshotID": pin} if pin else {})})
        job = self.backend.start_recovery(at, wanted, self.mode == "DRILL", dict(self.tags))
        before = job.on_end

        def ended(done: Job, end: datetime) -> None:
            if before:
                before(done, end)
            self._job_ended(each, end)

        job.on_end = ended
        each.jobs.update(dict.fromkeys(group, job))

    def _job_ended(self, each: ExecutionStep, at: datetime) -> None:
        if each.status != "EXECUTING" or any(job.active for job in each.jobs.values()):
            return
        failed = [one for one in each.step.servers if not each.launched(one["serverArn"])]
        critical = sorted(one["serverArn"] for one in failed if one["impactLevel"] == "CRITICAL")
        if critical:
            text = f"Critical source servers failed: {', '.join(critical)}"
            self._step_failed(each, at, text, "CriticalServersFailed")
            return
        each.change("COMPLETED", at)
        self._next(at)

    def _step_failed(self, each: ExecutionStep, at: datetime, text: str, code: str) -> None:
        each.change("FAILED", at, {"message": text, "code": code})
        if self.status == "CANCELLING":
            self._cancelled(at)
        else:
            self._end("FAILED", at, {"message": f"Step {each.step.name} failed: {text}", "code": "StepFailed"})

    def _cancelled(self, at: datetime) -> None:
        for each in self.steps:
            if each.status == "NOT_STARTED":
                each.change("SKIPPED", at)
        self._end("CANCELLED", at)

    def _timed_out(self, at: datetime) -> None:
        running = [each for each in self.steps if each.status in _RUNNING]
        if self.status not in ACTIVE or at < self.started + timedelta(hours=LIMIT_HOURS):
            return
        for each in running:
            each.change("TIMED_OUT", at)
        text = f"The execution reached its limit of {LIMIT_HOURS} hours"
        self._end(str(SETTINGS["plan_timed_out_status"]), at, {"message": text, "code": "TimedOut"})

    # ----------------------------------------------------------------------------------------------- what people ask
    def _refuse(self, text: str, identifier: str, kind: str) -> errors.ConflictException:
        return errors.ConflictException(text, identifier, kind)

    def cancel(self, at: datetime) -> None:
        """CancelRecoveryPlanExecution. Raises ConflictException for one that has ended."""
        if self.status not in ("CREATED", "IN_PROGRESS"):
            text = f"Execution {self.arn} is in status {self.status} and cannot be canceled"
            raise self._refuse(text, self.arn, "RecoveryPlanExecution")
        running = any(each.status in _RUNNING for each in self.steps)
        self.status = "CANCELLING"
        if not running:
            self._cancelled(at)

    def _resumable(self, each: ExecutionStep, at: datetime) -> bool:
        """Whether it ended because this very step failed, less than 24 hours after its start."""
        in_time = at < self.started + timedelta(hours=LIMIT_HOURS)
        return self.status == "FAILED" and each.status == "FAILED" and in_time

    def _resume(self) -> None:
        self.status, self.completed, self.error = "IN_PROGRESS", None, None

    def retry(self, each: ExecutionStep, at: datetime) -> None:
        """RetryRecoveryPlanExecutionStep of a failed server step: its failed servers only. Raises ConflictException."""
        if each.step.waits or not self._resumable(each, at):
            text = f"Step {each.step.name} is in status {each.status}; only a failed server step can be retried"
            raise self._refuse(text, each.arn, "RecoveryPlanExecutionStep")
        each.attempt += 1
        self._resume()
        self._execute(each, at)

    def update_step(self, each: ExecutionStep, params: dict[str, Any], at: datetime) -> None:
        """UpdateRecoveryPlanExecutionStep: skip, other servers, another wait (BM).

        Raises:
            ValidationException, ConflictException.
        """
        if "status" in params and params["status"] != "SKIPPED":
            raise invalid("Only SKIPPED is accepted", "status")
        if not {"status", "servers", "waitDurationMinutes"} & set(params):
            raise invalid("One of status, servers and waitDurationMinutes must be set")
        if ("servers" in params and each.step.waits) or ("waitDurationMinutes" in params and not each.step.waits):
            raise invalid(f"Step {each.step.name} is of the other type")
        open_step = each.status == "NOT_STARTED" and self.status in ("CREATED", "IN_PROGRESS")
        if not open_step and not ("status" in params and self._resumable(each, at)):
            text = f"Step {each.step.name} is in status {each.status} of an execution in status {self.status}"
            raise self._refuse(text, each.arn, "RecoveryPlanExecutionStep")
        if "servers" in params:
            others = self.arns() - {one["serverArn"] for one in each.step.servers}
            each.step.servers = check_servers(self.backend, params["servers"], others, len(others))
        each.step.minutes = params.get("waitDurationMinutes", each.step.minutes)
        each.updated = at
        if "status" in params:
            failed = each.status == "FAILED"
            each.change("SKIPPED", at)
            if failed:
                self._resume()
                self._next(at)
