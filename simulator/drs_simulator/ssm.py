# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Systems Manager: which instances are managed, and commands that reach only the instances they name.

A running EC2 instance is a managed node unless its tag ``simulator:ssm`` says otherwise: ``unmanaged`` (no agent or no
instance profile), ``ConnectionLost`` or ``Inactive``.
"""

from __future__ import annotations

from typing import Any

TAG = "simulator:ssm"
_PAGE_LIMITS = (5, 50)
_DEFAULT_PAGE = 10


def nodes(account: str, region: str) -> list[dict[str, Any]]:
    """The managed nodes of one account and Region, as DescribeInstanceInformation shows them, oldest first."""
    from moto.core.utils import unix_time
    from moto.ec2.models import ec2_backends

    found = []
    for instance in ec2_backends[account][region].all_instances():
        tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
        state = tags.get(TAG, "Online")
        if instance.state != "running" or state == "unmanaged":
            continue
        windows = str(getattr(instance, "platform", "") or "").lower() == "windows"
        found.append(
            {
                "InstanceId": instance.id,
                "PingStatus": state,
                "LastPingDateTime": unix_time(),
                "AgentVersion": "3.3.2299.0",
                "IsLatestVersion": True,
                "PlatformType": "Windows" if windows else "Linux",
                "PlatformName": "Microsoft Windows Server 2022 Datacenter" if windows else "Amazon Linux",
                "PlatformVersion": "10.0.20348" if windows else "2023",
                "ResourceType": "EC2Instance",
                "IPAddress": instance.private_ip,
                "ComputerName": f"ip-{'-'.join(instance.private_ip.split('.'))}.{region}.compute.internal",
                "_tags": tags,
            }
        )
    return found


def _matches(node: dict[str, Any], key: str, values: list[str]) -> bool:
    if key.startswith("tag:"):
        return node["_tags"].get(key[4:]) in values
    names = {"InstanceIds": "InstanceId", "PlatformTypes": "PlatformType", "AgentVersion": "AgentVersion"}
    return key == "tag-key" and any(v in node["_tags"] for v in values) or node.get(names.get(key, key)) in values


def correct() -> None:
    """DescribeInstanceInformation (moto has none) and SendCommand (moto's reaches every instance of the Region)."""
    from moto.core.responses import ActionResult
    from moto.ssm.exceptions import InvalidFilterValue, ValidationException
    from moto.ssm.models import Command
    from moto.ssm.responses import SimpleSystemManagerResponse

    from .accounts import Refused

    original_targets = Command._get_instance_ids_from_targets
    original_send = SimpleSystemManagerResponse.send_command

    def describe_instance_information(self: Any) -> Any:
        size = self._get_param("MaxResults") or _DEFAULT_PAGE
        low, high = _PAGE_LIMITS
        if not low <= int(size) <= high:
            raise ValidationException(f"MaxResults must be from {low} to {high}, not {size}")
        filters = [(f["Key"], f["Values"]) for f in self._get_param("Filters") or []]
        filters += [(f["key"], f["valueSet"]) for f in self._get_param("InstanceInformationFilterList") or []]
        found = [n for n in nodes(self.current_account, self.region) if all(_matches(n, k, v) for k, v in filters)]
        try:
            start = int(self._get_param("NextToken") or 0)
        except ValueError:
            raise InvalidFilterValue("The specified token is not valid") from None
        page = [{k: v for k, v in n.items() if k != "_tags"} for n in found[start : start + int(size)]]
        answer: dict[str, Any] = {"InstanceInformationList": page}
        if start + int(size) < len(found):
            answer["NextToken"] = str(start + int(size))
        return ActionResult(answer)

    def targets(self: Any) -> list[str]:
        # With no targets moto filters by nothing, which is everything.
        if not self.targets:
            return []
        known = [n["InstanceId"] for n in nodes(self.account_id, self.backend_region) if n["PingStatus"] == "Online"]
        chosen: set[str] = set(known)
        others = []
        for target in self.targets:
            if target["Key"] == "InstanceIds":
                chosen &= set(target["Values"])
            else:
                others.append(target)
        self.targets, kept = others, self.targets
        chosen &= set(original_targets(self)) if others else chosen
        self.targets = kept
        return [i for i in known if i in chosen]

    def send_command(self: Any) -> Any:
        online = {n["InstanceId"] for n in nodes(self.current_account, self.region) if n["PingStatus"] == "Online"}
        unmanaged = [i for i in self._get_param("InstanceIds", []) or [] if i not in online]
        if unmanaged:
            # One such id fails the whole call, which is why callers look at DescribeInstanceInformation first.
            raise Refused("InvalidInstanceId", f"Instances not in a valid state for account: {unmanaged}", 400)
        return original_send(self)

    SimpleSystemManagerResponse.describe_instance_information = describe_instance_information
    SimpleSystemManagerResponse.send_command = send_command
    Command._get_instance_ids_from_targets = targets
