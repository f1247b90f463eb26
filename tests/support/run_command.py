"""Short helpers for Run Command on a simulated fleet, with plain boto3."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
from typing import Any

from .simulator import Simulator

SOURCE, STAGING, TARGET = "111111111111", "222222222222", "333333333333"
HOME, AWAY = "us-east-1", "us-west-2"
DOCUMENT = "AWSDisasterRecovery-InstallDRAgentOnInstance"
SHELL, POWERSHELL = "AWS-RunShellScript", "AWS-RunPowerShellScript"
LINUX_STEP, WINDOWS_STEP = "InstallLinuxAgent", "InstallWindowsAgent"


def world(*groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A scenario: a source account with instances in one Region, and accounts with DRS in another."""
    accounts = [
        {"id": account, "name": name, "regions": [AWAY], "role": {"name": "operator"}}
        for account, name in ((SOURCE, "shop"), (STAGING, "staging"), (TARGET, "target"))
    ]
    instances = [{"account": SOURCE, "region": HOME, **group} for group in groups]
    return {"accounts": accounts, "instances": instances, **more}


class Fleet:
    """The instances of one account and Region of a running simulator."""

    def __init__(self, simulator: Simulator, account: str = SOURCE, region: str = HOME) -> None:
        self.sim, self.account, self.region = simulator, account, region
        self.ssm = simulator.client("ssm", account, region)
        self.ec2 = simulator.client("ec2", account, region)

    @functools.cached_property
    def ids(self) -> dict[str, str]:
        """Instance ids by name."""
        pages = self.ec2.get_paginator("describe_instances").paginate()
        found = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        return {tag["Value"]: i["InstanceId"] for i in found for tag in i["Tags"] if tag["Key"] == "Name"}

    def nodes(self, **more: Any) -> dict[str, dict[str, Any]]:
        """InstanceInformation by instance id."""
        pages = self.ssm.get_paginator("describe_instance_information").paginate(**more)
        return {node["InstanceId"]: node for page in pages for node in page["InstanceInformationList"]}

    def send(self, *names: str, document: str = DOCUMENT, wait: float = 0, **more: Any) -> str:
        """SendCommand to instances by name; the command's id, after some virtual time."""
        if document == DOCUMENT:
            more.setdefault("Parameters", {"Region": [AWAY]})
        ids = [self.ids[name] for name in names]
        if ids:
            more["InstanceIds"] = ids
        found = self.ssm.send_command(DocumentName=document, **more)["Command"]["CommandId"]
        self.advance(wait)
        return str(found)

    def run(self, name: str, *lines: str, document: str = SHELL, wait: float = 400, **more: Any) -> dict[str, Any]:
        """Run a script on one instance and wait; what GetCommandInvocation says."""
        command = self.send(name, document=document, Parameters={"commands": list(lines), **more}, wait=wait)
        return self.step(command, name)

    def step(self, command: str, name: str, step: str | None = None) -> dict[str, Any]:
        """GetCommandInvocation of an instance by name."""
        more = {"PluginName": step} if step else {}
        return dict(self.ssm.get_command_invocation(CommandId=command, InstanceId=self.ids[name], **more))

    def invocations(self, command: str, **more: Any) -> dict[str, dict[str, Any]]:
        """ListCommandInvocations by instance name, all pages."""
        pages = self.ssm.get_paginator("list_command_invocations").paginate(CommandId=command, **more)
        return {item["InstanceName"]: item for page in pages for item in page["CommandInvocations"]}

    def details(self, command: str) -> dict[str, str]:
        """StatusDetails by instance name."""
        return {name: item["StatusDetails"] for name, item in self.invocations(command).items()}

    def command(self, command: str) -> dict[str, Any]:
        """ListCommands of one command."""
        return dict(self.ssm.list_commands(CommandId=command)["Commands"][0])

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        if seconds:
            self.sim.clock.advance(seconds)

    def server(self, name: str, account: str = SOURCE, region: str = AWAY) -> dict[str, Any] | None:
        """The source server of an instance by name, in a replication account and Region."""
        drs = self.sim.client("drs", account, region)
        found = drs.describe_source_servers(filters={"hardwareId": self.ids[name]})["items"]
        assert len(found) < 2
        return dict(found[0]) if found else None

    def state(self, name: str, account: str = SOURCE) -> str | None:
        """The replication state of an instance's source server."""
        server = self.server(name, account)
        return server and str(server["dataReplicationInfo"]["dataReplicationState"])

    def told(self, effect: str, name: str) -> list[dict[str, Any]]:
        """Ledger entries of one effect about an instance."""
        return [entry for entry in self.sim.ledger(effect) if entry["instance_id"] == self.ids[name]]


def installer(region: str = AWAY, *options: str) -> str:
    """A line of a shell script that runs the Linux installer."""
    return " ".join(["sudo ./aws-replication-installer-init --no-prompt --region", region, *options])
