"""Source networks: their replication, their recovery by CloudFormation, what launch templates name afterwards."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, advance, client, fresh, refused

HOME = "us-east-1"


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


class Source:
    """A VPC with a subnet and a machine at home, in the account of staging."""

    def __init__(self) -> None:
        self.ec2 = client("ec2", STAGING, HOME)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.9.1.0/24", AvailabilityZone=f"{HOME}b")
        self.subnet = subnet["Subnet"]["SubnetId"]
        image = self.ec2.register_image(Name="x", RootDeviceName="/dev/sda1")["ImageId"]
        made = self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=self.subnet)
        self.machine = made["Instances"][0]["InstanceId"]


def make(cell: Cell, vpc: str, **more: Any) -> str:
    made = cell.drs.create_source_network(vpcID=vpc, originAccountID=STAGING, originRegion=HOME, **more)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    return str(made["sourceNetworkID"])


def protected(cell: Cell, vpc: str) -> str:
    network = make(cell, vpc)
    started = cell.drs.start_source_network_replication(sourceNetworkID=network)["sourceNetwork"]
    assert started["replicationStatus"] == "IN_PROGRESS"
    advance(300)
    return network


def shown(cell: Cell, network: str) -> dict[str, Any]:
    return dict(cell.drs.describe_source_networks(filters={"sourceNetworkIDs": [network]})["items"][0])


def test_a_network_is_made_replicated_stopped_and_deleted(cell: Cell) -> None:
    """BM: STOPPED, IN_PROGRESS, PROTECTED; a VPC that is not there ends in ERROR with details."""
    source = Source()
    network = make(cell, source.vpc, tags={"a": "b"})
    item = shown(cell, network)
    assert (item["replicationStatus"], item["sourceVpcID"], item["tags"]) == ("STOPPED", source.vpc, {"a": "b"})
    assert item["lastRecovery"]["lastRecoveryResult"] == "NOT_STARTED"
    assert cell.drs.list_tags_for_resource(resourceArn=item["arn"])["tags"] == {"a": "b"}
    again = {"vpcID": source.vpc, "originAccountID": STAGING, "originRegion": HOME}
    assert refused(cell.drs.create_source_network, **again)["code"] == "ConflictException"
    cell.drs.start_source_network_replication(sourceNetworkID=network)
    advance(300)
    assert shown(cell, network)["replicationStatus"] == "PROTECTED"
    assert refused(cell.drs.delete_source_network, sourceNetworkID=network)["code"] == "ConflictException"
    cell.drs.stop_source_network_replication(sourceNetworkID=network)
    assert refused(cell.drs.stop_source_network_replication, sourceNetworkID=network)["status"] == 400
    cell.drs.delete_source_network(sourceNetworkID=network)
    assert cell.drs.describe_source_networks()["items"] == []
    lost = protected(cell, "vpc-0123456789abcdef0")
    item = shown(cell, lost)
    assert (item["replicationStatus"], "not found" in item["replicationStatusDetails"]) == ("ERROR", True)


def test_a_recovery_deploys_a_stack_and_turns_the_launch_templates(cell: Cell) -> None:
    """BM StartSourceNetworkRecovery: a VPC by a stack of its own, launch templates name its subnets."""
    source = Source()
    server = cell.seed(origin_account=STAGING, origin_region=HOME, instance_id=source.machine)
    network = protected(cell, source.vpc)
    answer = cell.drs.start_source_network_recovery(sourceNetworks=[{"sourceNetworkID": network}], tags={"t": "1"})
    job = answer["job"]
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], job["initiatedBy"]) == (202, "CREATE_NETWORK_RECOVERY")
    assert [one["launchStatus"] for one in job["participatingResources"]] == ["PENDING"]
    call = cell.drs.start_source_network_recovery
    assert refused(call, sourceNetworks=[{"sourceNetworkID": network}])["code"] == "ConflictException"
    done = cell.finish(job["jobID"])
    assert (done["status"], done["participatingResources"][0]["launchStatus"]) == ("COMPLETED", "LAUNCHED")
    assert cell.events(job["jobID"]) == [
        "JOB_START",
        "DEPLOY_NETWORK_CONFIGURATION_START",
        "DEPLOY_NETWORK_CONFIGURATION_END",
        "UPDATE_LAUNCH_TEMPLATE_START",
        "UPDATE_LAUNCH_TEMPLATE_END",
        "JOB_END",
    ]
    item = shown(cell, network)
    assert item["lastRecovery"]["lastRecoveryResult"] == "SUCCESS"
    stacks = client("cloudformation", ACCOUNT, REGION).describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == [item["cfnStackName"]]
    vpc = cell.ec2.describe_vpcs(VpcIds=[item["launchedVpcID"]])["Vpcs"][0]
    assert vpc["CidrBlock"] == "10.9.0.0/16"
    launched = cell.launch(server)["participatingServers"][0]["recoveryInstanceID"]
    machine = cell.ec2.describe_instances(InstanceIds=[launched])["Reservations"][0]["Instances"][0]
    assert (machine["VpcId"], machine["PrivateIpAddress"][:7]) == (item["launchedVpcID"], "10.9.1.")
    again = call(sourceNetworks=[{"sourceNetworkID": network}])["job"]
    assert again["initiatedBy"] == "UPDATE_NETWORK_RECOVERY"
    cell.finish(again["jobID"])
    assert shown(cell, network)["launchedVpcID"] == item["launchedVpcID"]
    new = call(sourceNetworks=[{"sourceNetworkID": network}], deployAsNew=True)["job"]
    cell.finish(new["jobID"])
    assert shown(cell, network)["launchedVpcID"] != item["launchedVpcID"]
    back = cell.drs.associate_source_network_stack(sourceNetworkID=network, cfnStackName=item["cfnStackName"])["job"]
    assert back["initiatedBy"] == "ASSOCIATE_NETWORK_RECOVERY"
    cell.finish(back["jobID"])
    assert shown(cell, network)["launchedVpcID"] == item["launchedVpcID"]
    assert shown(cell, network)["lastRecovery"]["lastRecoveryResult"] == "ASSOCIATE_SUCCESS"


def test_what_cannot_be_recovered(cell: Cell) -> None:
    network = make(cell, Source().vpc)
    call = cell.drs.start_source_network_recovery
    assert refused(call, sourceNetworks=[{"sourceNetworkID": network}])["code"] == "ValidationException"
    assert refused(call, sourceNetworks=[{"sourceNetworkID": "sn-" + "0" * 17}])["code"] == "ValidationException"
    call = cell.drs.associate_source_network_stack
    assert refused(call, sourceNetworkID=network, cfnStackName="none")["code"] == "ResourceNotFoundException"


def test_the_template_is_exported_to_the_templates_bucket(cell: Cell) -> None:
    """BM LaunchConfigurationTemplate.exportBucketArn: where templates of source networks are exported to."""
    network = protected(cell, Source().vpc)
    call = cell.drs.export_source_network_cfn_template
    assert refused(call, sourceNetworkID=network)["code"] == "ValidationException"
    store = client("s3", ACCOUNT, REGION)
    store.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": REGION})
    cell.drs.create_launch_configuration_template(exportBucketArn="arn:aws:s3:::exports")
    url = call(sourceNetworkID=network)["s3DestinationUrl"]
    assert url.startswith(f"https://exports.s3.{REGION}.amazonaws.com/{network}-")
    body = json.load(store.get_object(Bucket="exports", Key=url.rpartition("/")[2])["Body"])
    assert {one["Type"] for one in body["Resources"].values()} == {"AWS::EC2::VPC", "AWS::EC2::Subnet"}
