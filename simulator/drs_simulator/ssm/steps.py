"""Run one step of a command on one machine and produce its output.

The AWS document throws the Linux installer's own words away (Python's ``check_output``), and a wrong checksum ends it
with status 0; a script of one's own keeps what the installer prints.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..machines import agents, installer_line, system
from ..machines.agents import Arguments
from ..machines.instances import Machine
from ..scenario.agent_failures import CHECKSUM, InstallFailed
from ..world.world import world
from .documents import DRS_DOCUMENT, Step

_PYTHON = "/usr/bin/python3\n"
_FAILED = "failed to run commands: exit status {}"


@dataclass(frozen=True)
class Result:
    """Exit status and output of a step."""

    code: int
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True)
class Run:
    """A step on its way: how long it takes, what it is after that, and after how long somebody cancels it (or None)."""

    seconds: float
    finish: Callable[[datetime], Result]
    cancelled_after: float | None = None


def arguments_of(document: str, step: Step, values: Mapping[str, list[str]]) -> Arguments | None:
    """What a step tells the installer; None when it does not run it."""
    if document != DRS_DOCUMENT:
        return installer_line.find(step.lines)
    pairs = [pair.partition("=") for pair in values["Tags"][0].split(",") if pair]
    return Arguments(region=values["Region"][0], tags={key: value for key, _equals, value in pairs})


def plan(machine: Machine, document: str, step: Step, arguments: Arguments | None, failure: Any, cause: str) -> Run:
    """How a step will go. failure: the machine's failure for this command, {class, times, text} or None."""
    if step.action == "aws:runPowerShellScript" and not machine.windows:
        return Run(1.0, lambda moment: Result(127, "", f"pwsh: command not found\n{_FAILED.format(127)}"))
    if arguments is None:
        return Run(2.0, lambda moment: Result(0, system.answers(machine, step.lines)))
    machine.attempts += 1
    source = world.rng("install", machine.account, machine.region, machine.name, machine.attempts)
    seconds = round(source.uniform(*machine.install_seconds), 3)
    kind = failure["class"] if failure else None
    if kind == "execution_timeout":
        return Run(math.inf, lambda moment: Result(-1))
    if kind == "cancelled":
        return Run(seconds, lambda moment: Result(-1), cancelled_after=seconds / 2)
    end = _in_document if document == DRS_DOCUMENT else _in_script

    def finish(moment: datetime) -> Result:
        return end(machine, step, arguments, moment, failure, cause)

    # A refusal comes sooner than an installation.
    return Run(seconds if kind is None else round(seconds / 3, 3), finish)


def _in_document(
    machine: Machine, step: Step, arguments: Arguments, moment: datetime, failure: Any, cause: str
) -> Result:
    """The installer run by the document of AWS, step by step as its script goes."""
    kind = failure["class"] if failure else None
    if kind == "silent":
        return Result(0)
    if kind == "checksum":
        # Linux: `result` was never set, and `exit $result` is then `exit 0`.
        return Result(1, "", f"{CHECKSUM}\n{_FAILED.format(1)}") if machine.windows else Result(0, "", f"{CHECKSUM}\n")
    if machine.network == "blocked":
        host = f"aws-elastic-disaster-recovery-{arguments.region}.s3.{arguments.region}.amazonaws.com"
        if machine.windows:
            text = "Failed while trying to download the AWS Elastic Disaster Recovery client from both URLs"
            return Result(1, "", f"{text}\n{_FAILED.format(1)}")
        # Both hashes are empty, so they are equal, and only then the installer turns out to be missing.
        lost = f"{_PYTHON}[Errno 2] No such file or directory: './aws-replication-installer-init'\n"
        curl = f"curl: (28) Failed to connect to {host} port 443: Connection timed out\n"
        return Result(1, lost, f"{curl}{_FAILED.format(1)}")
    try:
        agents.install(machine, arguments, moment, failure, cause)
    except InstallFailed:
        if machine.windows:
            return Result(1, "", f"Installation failed\n{_FAILED.format(1)}")
        words = ["./aws-replication-installer-init", "--no-prompt", "--region", arguments.region]
        words += ["--tags", *(f"{k}={v}" for k, v in arguments.tags.items())] if arguments.tags else []
        said = f"{_PYTHON}Command '{words}' returned non-zero exit status 1.\n"
        return Result(1, said, _FAILED.format(1))
    return Result(0) if machine.windows else Result(0, _PYTHON)


def _in_script(
    machine: Machine, step: Step, arguments: Arguments, moment: datetime, failure: Any, cause: str
) -> Result:
    """The installer run by a script: what it prints is the step's output."""
    kind = failure["class"] if failure else None
    missing = installer_line.without_file(step.lines) if machine.node and not machine.credentials else None
    if missing:
        return Result(missing[0], "", f"{missing[1]}\n{_FAILED.format(missing[0])}")
    checks_sums = any("sha512" in line.lower() for line in step.lines)
    if kind == "silent":
        return Result(0)
    if kind == "checksum":
        if checks_sums:
            return Result(1, "", f"{CHECKSUM}\n{_FAILED.format(1)}")
        failure = None
    if machine.network == "blocked":
        host = f"aws-elastic-disaster-recovery-{arguments.region}.s3.{arguments.region}.amazonaws.com"
        if machine.windows:
            return Result(1, "", f"Unable to connect to the remote server: https://{host}\n{_FAILED.format(1)}")
        return Result(1, "", f"curl: (28) Failed to connect to {host} port 443\n{_FAILED.format(1)}")
    begun = "The installation of the AWS Replication Agent has started.\n"
    try:
        server = agents.install(machine, arguments, moment, failure, cause)
    except InstallFailed as problem:
        return Result(1, f"{begun}{problem.message}\nInstallation failed.\n", _FAILED.format(1))
    volumes = "".join(
        f"Identified volume for replication: {disk['device']} of size {disk['gib']:g} GiB\n" for disk in machine.disks
    )
    return Result(
        0,
        f"{begun}Identifying volumes for replication.\n{volumes}"
        "All volumes for replication were successfully identified.\n"
        "Downloading the AWS Replication Agent onto the source server... Finished.\n"
        "Installing the AWS Replication Agent onto the source server... Finished.\n"
        "Syncing the source server with the Elastic Disaster Recovery Console... Finished.\n"
        f"The following is the source server ID: {server}.\n"
        "The AWS Replication Agent was successfully installed.\n",
    )
