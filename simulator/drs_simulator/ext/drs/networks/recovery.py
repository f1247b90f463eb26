"""The recovery of source networks: jobs that deploy a CloudFormation stack and turn launch templates to its network.

BM StartSourceNetworkRecovery: a VPC for each network by a stack of its own, a new stack or an update of the last one;
launch templates of the network's servers then name the new subnets. The stack is one of moto's CloudFormation, with the
VPC and its subnets; routes, gateways and security groups are not copied.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drs_simulator.moto_fixes import registry

from .. import exceptions as errors
from ..models import configuration, ec2
from ..models.jobs import Job
from ..models.schedule import draw, schedule
from ..models.servers import SourceServer
from .network import SourceNetwork

if TYPE_CHECKING:
    from ..models import DrsBackend


def template(network: SourceNetwork, region: str) -> str:
    """The CloudFormation template of a network as JSON, its subnets in the same zones of the target Region."""
    vpc = network.source()
    tags = [{"Key": "Name", "Value": f"recovered from {network.vpc}"}]
    resources: dict[str, Any] = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": str(vpc.cidr_block), "Tags": tags}}
    }
    zones = ec2.backend(network.account, network.region).subnets.values()
    found = sorted((s for zone in zones for s in zone.values() if s.vpc_id == vpc.id), key=lambda s: str(s.cidr_block))
    for number, subnet in enumerate(found, 1):
        resources[f"Subnet{number}"] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": str(subnet.cidr_block),
                "AvailabilityZone": f"{region}{subnet.availability_zone[-1]}",
            },
        }
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def _stacks(backend: DrsBackend) -> Any:
    from moto.cloudformation.models import cloudformation_backends

    registry.apply("ec2")
    registry.apply("cloudformation")
    return cloudformation_backends[backend.account_id][backend.region_name]


def _find_stack(backend: DrsBackend, name: str | None) -> Any:
    alive = (stack for stack in _stacks(backend).stacks.values() if not stack.status.startswith("DELETE"))
    return next((stack for stack in alive if name and stack.name == name), None)


def _vpc_of(stack: Any) -> str | None:
    """The id of the VPC that a stack made."""
    made = (str(stack.resource_map[name].physical_resource_id) for name in stack.resource_map.resources)
    return next((identifier for identifier in made if identifier.startswith("vpc-")), None)


def _subnet_like(backend: DrsBackend, vpc_id: str | None, cidr: str) -> str | None:
    zones = ec2.backend(backend.account_id, backend.region_name).subnets.values()
    here = (subnet for zone in zones for subnet in zone.values() if subnet.vpc_id == vpc_id)
    return next((str(subnet.id) for subnet in here if str(subnet.cidr_block) == cidr), None)


def servers_of(backend: DrsBackend, network: SourceNetwork) -> list[tuple[SourceServer, str]]:
    """Source servers whose machine runs in the network's VPC, each with the address range of its subnet."""
    found = []
    for server in backend.servers.values():
        origin = server.origin
        if (origin.account, origin.region) != (network.account, network.region):
            continue
        source = ec2.backend(network.account, network.region)
        for reservation in source.reservations.values():
            for machine in reservation.instances:
                if machine.id == origin.instance_id and machine.vpc_id == network.vpc:
                    found.append((server, str(source.get_subnet(machine.subnet_id).cidr_block)))
    return found


def _turn_templates(backend: DrsBackend, network: SourceNetwork) -> None:
    """Let the launch templates of the network's servers name the subnet of the recovered VPC."""
    there = ec2.backend(backend.account_id, backend.region_name)
    for server, cidr in servers_of(backend, network):
        subnet = _subnet_like(backend, network.launched_vpc, cidr)
        if subnet is None:
            continue
        held = there.launch_templates[configuration.launch_configuration(backend, server)["ec2LaunchTemplateID"]]
        data = dict(held.default_version().data or {})
        first, *others = data.get("NetworkInterfaces") or [{"DeviceIndex": 0}]
        data["NetworkInterfaces"] = [{**first, "SubnetId": subnet}, *others]
        held.default_version_number = held.create_version(data, "network recovered by DRS").number


class _Recovery:
    """One network in a job. deploy returns why it cannot be, None when the stack and its VPC are there."""

    def __init__(self, backend: DrsBackend, job: Job, network: SourceNetwork, word: str) -> None:
        """word: of the log events, DEPLOY or UPDATE."""
        self.backend, self.job, self.network = backend, job, network
        self.event = f"{word}_NETWORK_CONFIGURATION"
        self.shown: dict[str, Any] = {
            "participatingResourceID": {"sourceNetworkID": network.id},
            "launchStatus": "PENDING",
        }

    def note(self, at: datetime, event: str, **data: Any) -> None:
        self.job.note(at, event, eventResourceData=self.network.event_data(), **data)

    def result(self, at: datetime, result: str) -> None:
        self.network.last = {**self.network.last, "lastRecoveryResult": result}
        self.backend.networks.tell("network_recovered", at, self.network, result)

    def start(self, at: datetime, deploy: Callable[[], str | None], good: str, bad: str) -> None:
        """Go through the deployment; ``good`` and ``bad`` are RecoveryResult."""
        self.shown["launchStatus"] = "IN_PROGRESS"
        self.note(at, f"{self.event}_START")

        def deployed(end: datetime) -> None:
            problem = deploy()
            self.network.job_id = None
            if problem:
                self.note(end, f"{self.event}_FAILED", rawError=problem)
                self.note(end, "NETWORK_RECOVERY_FAIL", rawError=problem)
                self.shown["launchStatus"] = "FAILED"
                self.result(end, bad)
            else:
                self.note(end, f"{self.event}_END")
                self.note(end, "UPDATE_LAUNCH_TEMPLATE_START")
                _turn_templates(self.backend, self.network)
                self.note(end, "UPDATE_LAUNCH_TEMPLATE_END")
                self.shown["launchStatus"] = "LAUNCHED"
                self.result(end, good)
            if all(one["launchStatus"] in ("LAUNCHED", "FAILED") for one in self.job.resources):
                self.job.complete(end)

        seconds = draw("launch", self.job.id, self.network.id)
        schedule.after(at, seconds, self.backend.owner, deployed)


def _deploy(backend: DrsBackend, network: SourceNetwork, name: str) -> str | None:
    """Deploy the stack of a network, or take the one of that name; returns the problem."""
    stack = _find_stack(backend, name)
    if stack is None:
        if network.source() is None:
            return f"VPC {network.vpc} was not found in {network.account}"
        stack = _stacks(backend).create_stack(name, template(network, backend.region_name), {})
    network.stack, network.launched_vpc = name, _vpc_of(stack)
    return None if network.launched_vpc else f"Stack {name} has no VPC"


def _begin(
    backend: DrsBackend, moment: datetime, initiated_by: str, tags: dict[str, str], found: list[SourceNetwork]
) -> Job:
    backend.check_job_quotas(0)
    job = backend.make_job(moment, "LAUNCH", initiated_by, tags, [])
    for network in found:
        network.job_id = job.id
        network.last = {
            "apiCallDateTime": int(moment.timestamp()),
            "jobID": job.id,
            "lastRecoveryResult": "IN_PROGRESS",
        }
    return job


def start(backend: DrsBackend, moment: datetime, params: dict[str, Any]) -> Job:
    """StartSourceNetworkRecovery.

    Raises:
        ValidationException: an unknown network, one twice, or one that is not protected. ConflictException: a job has
            it. ServiceQuotaExceededException: of jobs.
    """
    names: dict[str, str] = {}
    found: list[SourceNetwork] = []
    for entry in params["sourceNetworks"]:
        network = backend.networks.items.get(entry["sourceNetworkID"])
        if network is None or network in found:
            raise errors.ValidationException(
                f"Source network {entry['sourceNetworkID']} does not exist, or stands twice"
            )
        if network.job_id:
            text = f"Source network {network.id} is being processed by job {network.job_id}"
            raise errors.ConflictException(text, network.id, "SourceNetwork")
        if network.status != "PROTECTED":
            raise errors.ValidationException(f"Source network {network.id} is {network.status}, not PROTECTED")
        fresh = params.get("deployAsNew") or not network.stack
        default = network.stack if not fresh else f"drs-{network.id}-{int(moment.timestamp())}"
        names[network.id] = str(entry.get("cfnStackName") or default)
        found.append(network)
    update = all(_find_stack(backend, names[network.id]) is not None for network in found)
    who = "UPDATE_NETWORK_RECOVERY" if update else "CREATE_NETWORK_RECOVERY"
    job = _begin(backend, moment, who, params.get("tags", {}), found)
    runs = [_Recovery(backend, job, network, "UPDATE" if update else "DEPLOY") for network in found]
    job.resources = [run.shown for run in runs]

    def begin(at: datetime) -> None:
        job.begin(at)
        for run in runs:
            deploy = functools.partial(_deploy, backend, run.network, names[run.network.id])
            run.start(at, deploy, "SUCCESS", "FAIL")

    schedule.after(moment, draw("start", job.id), backend.owner, begin)
    return job


def associate(backend: DrsBackend, moment: datetime, params: dict[str, Any]) -> Job:
    """AssociateSourceNetworkStack with a stack that exists.

    Raises:
        ResourceNotFoundException: no such network, or no such stack. ConflictException, ServiceQuotaExceededException.
    """
    network, name = backend.networks.find(params["sourceNetworkID"]), params["cfnStackName"]
    if _find_stack(backend, name) is None:
        raise errors.not_found("Stack", name)
    if network.job_id:
        text = f"Source network {network.id} is being processed by job {network.job_id}"
        raise errors.ConflictException(text, network.id, "SourceNetwork")
    job = _begin(backend, moment, "ASSOCIATE_NETWORK_RECOVERY", {}, [network])
    run = _Recovery(backend, job, network, "UPDATE")
    job.resources = [run.shown]

    def begin(at: datetime) -> None:
        job.begin(at)
        run.start(at, lambda: _deploy(backend, network, name), "ASSOCIATE_SUCCESS", "ASSOCIATE_FAIL")

    schedule.after(moment, draw("start", job.id), backend.owner, begin)
    return job


def export(backend: DrsBackend, moment: datetime, identifier: str) -> str:
    """ExportSourceNetworkCfnTemplate: the object's address in the bucket of the launch configuration template.

    Raises:
        ResourceNotFoundException: no such network, or the bucket is not there. ConflictException: not replicated yet.
        ValidationException: no template names a bucket (exportBucketArn).
    """
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import s3_backends
    from moto.utilities.utils import get_partition

    network = backend.networks.find(identifier)
    if network.status != "PROTECTED":
        text = f"Source network {identifier} is {network.status}, not PROTECTED"
        raise errors.ConflictException(text, identifier, "SourceNetwork")
    held = backend.templates.first("launchConfigurationTemplate") or {}
    bucket = str(held.get("exportBucketArn") or "").rpartition(":")[2]
    if not bucket:
        raise errors.ValidationException("The launch configuration template names no exportBucketArn")
    registry.apply("s3")
    key = f"{identifier}-{int(moment.timestamp())}.json"
    store = s3_backends[backend.account_id][get_partition(backend.region_name)]
    try:
        store.put_object(bucket, key, template(network, backend.region_name).encode())
    except S3ClientError:
        raise errors.not_found("Bucket", bucket) from None
    return f"https://{bucket}.s3.{backend.region_name}.amazonaws.com/{key}"
