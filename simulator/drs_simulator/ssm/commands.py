"""Run Command: commands and invocations that follow the virtual clock.

States and what counts to MaxErrors: SSM API reference (Command, CommandInvocation). A command starts on as many nodes
as MaxConcurrency allows; when more than MaxErrors of them have failed the rest are terminated unsent.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..machines.instances import Machine, ping_status
from ..scenario.instances import SsmSettings
from ..world.world import world
from . import steps
from .documents import Step

#: Seconds between two attempts to deliver, and from a cancellation to the end of what it stops.
_RETRY_SECONDS = 60.0
_CANCEL_SECONDS = 5.0
_ENDED = ("Success", "Failed", "TimedOut", "Cancelled")
_SKIPPED = (
    "Step execution skipped due to unsatisfied preconditions: "
    "'\"StringEquals\": [platformType, {platform}]'. Step name: {name}"
)


@dataclass
class Plugin:
    """One step on one node."""

    step: Step
    status: str = "Pending"
    details: str = "Pending"
    code: int = -1
    started: datetime | None = None
    ended: datetime | None = None
    stdout: str = ""
    stderr: str = ""

    def end(self, status: str, details: str, code: int, moment: datetime) -> None:
        """The step is over."""
        self.status, self.details, self.code, self.ended = status, details, code, moment
        self.started = self.started or moment


@dataclass
class Request:
    """What SendCommand asked for, checked. windows of time in seconds."""

    account: str
    region: str
    document: str
    document_version: str
    values: dict[str, list[str]]
    steps: list[Step]
    given: dict[str, list[str]] = field(default_factory=dict)
    comment: str = ""
    timeout: int = 3600
    max_concurrency: str = "50"
    max_errors: str = "0"
    instance_ids: list[str] = field(default_factory=list)
    targets: list[dict[str, Any]] = field(default_factory=list)

    @property
    def execution_timeout(self) -> float:
        """The longest step."""
        return max((step.timeout for step in self.steps), default=0.0)


def _share(text: str, total: int, least: int) -> int:
    """A number, or a percentage of a total."""
    return max(least, total * int(text[:-1]) // 100) if text.endswith("%") else int(text)


def _schedule() -> Any:
    from moto.drs.models.schedule import schedule  # type: ignore[import-not-found]

    return schedule


def _owner() -> Any:
    from moto.drs.models.schedule import Owner  # type: ignore[import-not-found]

    return Owner()


class Invocation:
    """A command on one node."""

    def __init__(self, command: Command, machine: Machine) -> None:
        self.command, self.machine = command, machine
        self.status = self.details = "Pending"
        self.plugins = [Plugin(step) for step in command.request.steps]
        self.begun: datetime | None = None
        self._owner = _owner()
        self._arguments: list[Any] = []
        self._failure: dict[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in _ENDED

    def _after(self, moment: datetime, seconds: float, action: Any) -> None:
        _schedule().after(moment, seconds, self._owner, action)

    def _platform(self) -> str:
        return "Windows" if self.machine.windows else "Linux"

    def begin(self, moment: datetime) -> None:
        """SSM starts to send the command to the node."""
        request = self.command.request
        self.begun = moment
        self._arguments = [steps.arguments_of(request.document, step, request.values) for step in request.steps]
        if any(found is not None for found in self._arguments):
            self._failure = self.machine.due_failure()
        self._after(moment, self.command.delivery_seconds(self.machine), self._deliver)

    def _deliver(self, moment: datetime) -> None:
        request = self.command.request
        ping = ping_status(self.machine)
        kind = self._failure["class"] if self._failure else None
        if ping is None or kind == "undeliverable":
            self._end("Failed", "Undeliverable", moment)
        elif ping == "Online" and kind != "delivery_timeout":
            self.status, self.details = "InProgress", "InProgress"
            self._run(0, moment)
        else:
            deadline = (self.begun or moment) + timedelta(seconds=request.timeout)
            if moment >= deadline:
                self._end("TimedOut", "DeliveryTimedOut", moment)
                return
            self.status, self.details = "Delayed", "Delayed"
            left = (deadline - moment).total_seconds()
            self._after(moment, min(_RETRY_SECONDS, left), self._deliver)

    def _run(self, number: int, moment: datetime) -> None:
        """Run the steps from one on; those for another platform are passed over."""
        if number == len(self.plugins):
            failed = any(plugin.status == "Failed" for plugin in self.plugins)
            self._end(*(("Failed", "Failed") if failed else ("Success", "Success")), moment)
            return
        plugin = self.plugins[number]
        step = plugin.step
        if step.platform is not None and step.platform != self._platform():
            plugin.stdout = _SKIPPED.format(platform=step.platform, name=step.name)
            plugin.end("Success", "Success", 0, moment)
            self._run(number + 1, moment)
            return
        plugin.status = plugin.details = "InProgress"
        plugin.started = moment
        run = steps.plan(
            self.machine,
            self.command.request.document,
            step,
            self._arguments[number],
            self._failure,
            self.command.id,
        )

        def finish(due: datetime) -> None:
            result = run.finish(due)
            plugin.stdout, plugin.stderr = result.stdout, result.stderr
            status = "Success" if result.code == 0 else "Failed"
            plugin.end(status, status, result.code, due)
            self._run(number + 1, due)

        def time_out(due: datetime) -> None:
            plugin.end("TimedOut", "ExecutionTimedOut", -1, due)
            self._end("TimedOut", "ExecutionTimedOut", due)

        if run.cancelled_after is not None:
            self._after(moment, run.cancelled_after, self._stopped)
        elif run.seconds > step.timeout:
            self._after(moment, step.timeout, time_out)
        else:
            self._after(moment, run.seconds, finish)

    def _stopped(self, moment: datetime) -> None:
        for plugin in self.plugins:
            if plugin.status == "InProgress":
                plugin.end("Cancelled", "Cancelled", -1, moment)
        self._end("Cancelled", "Cancelled", moment)

    def cancel(self, moment: datetime) -> None:
        """CancelCommand: what has not begun ends now, what runs is stopped a little later."""
        if self.ended or self.status == "Cancelling":
            return
        self._owner.alive = False
        if self.status == "InProgress":
            self.status = self.details = "Cancelling"
            self._owner = _owner()
            self._after(moment, _CANCEL_SECONDS, self._stopped)
        else:
            self._end("Cancelled", "Cancelled", moment)

    def terminate(self) -> None:
        """The command had too many errors before this node's turn came."""
        # The API names the detail only; Cancelled is the likeliest status of an invocation that the system cancelled.
        self.status, self.details = "Cancelled", "Terminated"

    def _end(self, status: str, details: str, moment: datetime) -> None:
        self.status, self.details = status, details
        self._owner.alive = False
        self.command.one_ended(self, moment)


class Command:
    """One SendCommand."""

    def __init__(self, identity: str, request: Request, machines: Iterable[Machine], moment: datetime, low_high: Any):
        self.id, self.request, self.requested = identity, request, moment
        self.cancelled = False
        self._low_high = low_high
        self.invocations = {machine.id: Invocation(self, machine) for machine in machines}
        self._queue = list(self.invocations.values())
        self._running = 0
        total = len(self._queue)
        self._at_once = _share(request.max_concurrency, total, 1)
        self._errors_allowed = _share(request.max_errors, total, 0)
        self._fill(moment)

    @property
    def expires(self) -> datetime:
        """When delivery and execution together have timed out."""
        return self.requested + timedelta(seconds=self.request.timeout + self.request.execution_timeout)

    def delivery_seconds(self, machine: Machine) -> float:
        """From the sending to the node."""
        low, high = self._low_high
        return round(world.rng("delivery", machine.account, machine.name, self.id).uniform(low, high), 3)

    def _fill(self, moment: datetime) -> None:
        while self._queue and self._running < self._at_once:
            self._running += 1
            self._queue.pop(0).begin(moment)

    def one_ended(self, invocation: Invocation, moment: datetime) -> None:
        """An invocation came to its end; the next takes its place, unless there were too many errors."""
        if invocation.begun is not None:
            self._running -= 1
        if self._queue and self.errors > self._errors_allowed:
            for waiting in self._queue:
                waiting.terminate()
            self._queue = []
        self._fill(moment)

    def cancel(self, chosen: Iterable[str], moment: datetime) -> None:
        """CancelCommand for some nodes."""
        wanted = set(chosen)
        self.cancelled = True
        self._queue = [waiting for waiting in self._queue if waiting.machine.id not in wanted]
        for name, invocation in self.invocations.items():
            if name in wanted:
                invocation.cancel(moment)

    def count(self, *details: str) -> int:
        """Invocations with one of these details."""
        return sum(1 for invocation in self.invocations.values() if invocation.details in details)

    @property
    def errors(self) -> int:
        """What counts to MaxErrors: failures and execution timeouts, not what could not be delivered."""
        return self.count("Failed", "ExecutionTimedOut")

    @property
    def state(self) -> tuple[str, str]:
        """Status and its details."""
        found = self.invocations.values()
        if not found:
            return "Success", "NoInstancesInTag"
        if not all(invocation.ended for invocation in found):
            if self.cancelled and not any(i.status in ("Pending", "InProgress", "Delayed") for i in found):
                return "Cancelling", "Cancelling"
            waiting = all(invocation.status == "Pending" for invocation in found)
            return ("Pending", "Pending") if waiting else ("InProgress", "InProgress")
        if all(invocation.status == "Success" for invocation in found):
            return "Success", "Success"
        if self.cancelled:
            return "Cancelled", "Cancelled"
        if self.errors > self._errors_allowed:
            return ("Failed", "Failed") if self.count("Failed") else ("TimedOut", "ExecutionTimedOut")
        if self.count("DeliveryTimedOut") > self._errors_allowed:
            return "TimedOut", "DeliveryTimedOut"
        return "Failed", "Incomplete"


class Commands:
    """All commands of the world, oldest first for each account and Region."""

    def __init__(self, settings: SsmSettings) -> None:
        self.settings = settings
        self._commands: dict[tuple[str, str], dict[str, Command]] = {}
        self._number = 0

    def send(self, request: Request, machines: Iterable[Machine], moment: datetime) -> Command:
        """Start a command."""
        self._number += 1
        identity = str(uuid.UUID(int=world.rng("command", self._number).getrandbits(128), version=4))
        command = Command(identity, request, machines, moment, self.settings.delivery_seconds)
        self._commands.setdefault((request.account, request.region), {})[identity] = command
        return command

    def of(self, account: str, region: str) -> dict[str, Command]:
        """Commands of one account and Region by id."""
        return self._commands.get((account, region), {})

    def visible(self, command: Command, moment: datetime) -> bool:
        """Whether the listings show a command yet."""
        return (moment - command.requested).total_seconds() >= self.settings.visible_after_seconds
