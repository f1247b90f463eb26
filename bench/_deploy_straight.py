"""The plain boto3 script that bench/deploy.py is compared with: one deployment without the collection.

It reads what is there, sends the document of AWS in batches of 50, looks at every command each ten seconds, and tags
the source servers. It does not adopt, prove, classify, gate or explain anything, and reports nothing.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from typing import Any

from _straight import clients, sleep, source_servers

DOCUMENT = "AWSDisasterRecovery-InstallDRAgentOnInstance"
EVERY = 10


class Account:
    """One account: its clients, its machines, its commands."""

    def __init__(self, role: str, external_id: str, region: str, tags: dict[str, str]) -> None:
        self.region, self.tags = region, tags
        self.ec2, self.ssm, self.drs = clients(role, external_id, region, "ec2", "ssm", "drs")
        self.commands: list[str] = []

    def start(self) -> None:
        """Send the installer to every tagged machine that is online and has no source server."""
        filters = [{"Name": f"tag:{key}", "Values": [self.tags[key]]} for key in ("dr:enabled", "dr:recovery-strategy")]
        pages = self.ec2.get_paginator("describe_instances").paginate(
            Filters=filters, PaginationConfig={"PageSize": 1000}
        )
        self.machines = {
            one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}
            for page in pages
            for reservation in page["Reservations"]
            for one in reservation["Instances"]
        }
        known = {one["sourceProperties"]["identificationHints"]["awsInstanceID"] for one in source_servers(self.drs)}
        pages = self.ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 50})
        online = [
            one["InstanceId"]
            for page in pages
            for one in page["InstanceInformationList"]
            if one["PingStatus"] == "Online" and one["InstanceId"] in self.machines and one["InstanceId"] not in known
        ]
        for start in range(0, len(online), 50):
            self.commands.append(
                self.ssm.send_command(
                    InstanceIds=online[start : start + 50], DocumentName=DOCUMENT, Parameters={"Region": [self.region]}
                )["Command"]["CommandId"]
            )

    def look(self) -> None:
        """Forget the commands that have ended."""
        for command in list(self.commands):
            found = self.ssm.list_command_invocations(CommandId=command, Details=True, MaxResults=50)
            if all(one["Status"] not in ("Pending", "InProgress", "Delayed") for one in found["CommandInvocations"]):
                self.commands.remove(command)

    def tag(self) -> None:
        """Give every source server the tags of its machine."""
        for server in source_servers(self.drs):
            own = self.machines.get(server["sourceProperties"]["identificationHints"]["awsInstanceID"])
            if own:
                self.drs.tag_resource(resourceArn=server["arn"], tags=own)


def main(told: dict[str, Any]) -> None:
    """Deploy to all accounts."""
    everyone = [Account(role, external_id, told["region"], told["tags"]) for role, external_id in told["roles"]]
    for one in everyone:
        one.start()
    while any(one.commands for one in everyone):
        sleep(EVERY)
        for one in everyone:
            one.look()
    for one in everyone:
        one.tag()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
