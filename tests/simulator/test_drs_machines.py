"""EC2 as DRS makes it: launch templates, launches that follow them, volumes, snapshots of points in time."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, Cell, client, fresh, settings

DISKS = [{"device": "/dev/sda1", "gib": 30}, {"device": "/dev/sdf", "bytes": 100 * 1024**3 + 1}]
MANAGED = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def template_of(cell: Cell, server: str) -> str:
    return str(cell.drs.get_launch_configuration(sourceServerID=server)["ec2LaunchTemplateID"])


def data_of(cell: Cell, template: str) -> dict[str, Any]:
    found = cell.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Default"])
    return dict(found["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def change(cell: Cell, server: str, **data: Any) -> None:
    """Put fields into the default version of a server's launch template."""
    template = template_of(cell, server)
    whole = {**data_of(cell, template), **data}
    made = cell.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=whole)
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    cell.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=number)


def machine(cell: Cell, server: str) -> dict[str, Any]:
    """Launch a server; its EC2 instance."""
    done = cell.launch(server)["participatingServers"][0]
    assert done["launchStatus"] == "LAUNCHED", cell.log(cell.drs.describe_jobs()["items"][0]["jobID"])
    found = cell.ec2.describe_instances(InstanceIds=[done["recoveryInstanceID"]])
    return dict(found["Reservations"][0]["Instances"][0])


def volumes(cell: Cell, instance: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Volumes of an instance by device."""
    wanted = [{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
    found = cell.ec2.describe_volumes(Filters=wanted)["Volumes"]
    return {one["Attachments"][0]["Device"]: one for one in found}


def tags(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item["Tags"]}


def refusal(cell: Cell, server: str) -> str:
    """The reason for which a launch failed."""
    job = cell.launch(server)["jobID"]
    return str(next(item["eventData"]["rawError"] for item in cell.log(job) if item["event"] == "LAUNCH_FAILED"))


def test_the_template_has_the_first_interface_and_a_volume_for_each_disk(cell: Cell) -> None:
    """UG:ec2-launch, UG:ec2-key-considerations: device index 0 is DRS's, volumes have the names of the source."""
    data = data_of(cell, template_of(cell, cell.seed(disks=DISKS)))
    assert [one["DeviceIndex"] for one in data["NetworkInterfaces"]] == [0]
    shown = {one["DeviceName"]: one["Ebs"]["VolumeType"] for one in data["BlockDeviceMappings"]}
    assert shown == {"/dev/sda1": "gp3", "/dev/sdf": "gp3"}


def test_a_machine_has_the_volumes_of_the_source(cell: Cell) -> None:
    server = cell.seed(disks=DISKS, tags={"Name": "db", "app": "x"})
    instance = machine(cell, server)
    found = volumes(cell, instance)
    assert {device: (one["Size"], one["VolumeType"]) for device, one in found.items()} == {
        "/dev/sda1": (30, "gp3"),
        "/dev/sdf": (101, "gp3"),
    }
    for one in (instance, *found.values()):
        expected = {**MANAGED, "AWSElasticDisasterRecoverySourceServerID": server, "Name": "db", "app": "x"}
        assert tags(one) == expected
    cell.finish(cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["InstanceId"]])["job"]["jobID"])
    assert cell.ec2.describe_volumes()["Volumes"] == []


def test_what_the_template_keeps_outlives_the_machine_and_the_rest_goes_with_it(cell: Cell) -> None:
    """EC2 API reference: DeleteOnTermination of a volume and of a network interface."""
    server = cell.seed(disks=DISKS)
    kept = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "gp3", "DeleteOnTermination": False}}
    change(
        cell,
        server,
        BlockDeviceMappings=[kept],
        NetworkInterfaces=[{"DeviceIndex": 0}, {"DeviceIndex": 1, "DeleteOnTermination": False}],
    )
    instance = machine(cell, server)
    cards = {one["Attachment"]["DeviceIndex"]: one for one in instance["NetworkInterfaces"]}
    disks = {one["DeviceName"]: one["Ebs"] for one in instance["BlockDeviceMappings"]}
    assert [cards[number]["Attachment"]["DeleteOnTermination"] for number in (0, 1)] == [True, False]
    assert {name: one["DeleteOnTermination"] for name, one in disks.items()} == {"/dev/sda1": True, "/dev/sdf": False}
    cell.finish(cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["InstanceId"]])["job"]["jobID"])
    (volume,) = cell.ec2.describe_volumes(
        Filters=[{"Name": "volume-id", "Values": [disks[name]["VolumeId"] for name in disks]}]
    )["Volumes"]
    assert (volume["VolumeId"], volume["State"]) == (disks["/dev/sdf"]["VolumeId"], "available")
    wanted = [{"Name": "network-interface-id", "Values": [one["NetworkInterfaceId"] for one in cards.values()]}]
    (card,) = cell.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    assert (card["NetworkInterfaceId"], card["Status"]) == (cards[1]["NetworkInterfaceId"], "available")
    made = cell.ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]
    of_volume = [{"Name": "volume-id", "Values": [volume["VolumeId"]]}]
    assert [
        one["SnapshotId"] for one in cell.ec2.describe_snapshots(Filters=of_volume, OwnerIds=["self"])["Snapshots"]
    ] == [made]


def test_volumes_follow_the_template_where_the_source_has_such_a_disk(cell: Cell) -> None:
    """UG:ec2-key-considerations: its values for volumes that match; others are disregarded."""
    server = cell.seed(disks=DISKS)
    change(
        cell,
        server,
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "io2", "Iops": 4000, "DeleteOnTermination": False}},
            {"DeviceName": "/dev/sdz", "Ebs": {"VolumeType": "gp2", "VolumeSize": 5}},
        ],
    )
    instance = machine(cell, server)
    found = volumes(cell, instance)
    assert sorted(found) == ["/dev/sda1", "/dev/sdf"]
    assert (found["/dev/sdf"]["VolumeType"], found["/dev/sdf"]["Iops"], found["/dev/sdf"]["Size"]) == ("io2", 4000, 101)
    stays = {one["DeviceName"]: not one["Ebs"]["DeleteOnTermination"] for one in instance["BlockDeviceMappings"]}
    assert stays == {"/dev/sda1": False, "/dev/sdf": True}


def test_encryption_is_that_of_the_replication_settings(cell: Cell) -> None:
    """UG:ec2-key-considerations: not the launch template's."""
    key = client("kms", ACCOUNT, REGION).create_key()["KeyMetadata"]["Arn"]
    server = cell.seed()
    cell.drs.update_replication_configuration(sourceServerID=server, ebsEncryption="CUSTOM", ebsEncryptionKeyArn=key)
    found = volumes(cell, machine(cell, server))["/dev/sda1"]
    assert (found["Encrypted"], found["KmsKeyId"]) == (True, key)


def test_tags_key_pair_and_further_interfaces_follow_the_template(cell: Cell) -> None:
    """UG:ec2-launch: tags of the template take precedence; interfaces beyond the first are passed through."""
    cell.ec2.create_key_pair(KeyName="mine")
    subnet = cell.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    server = cell.seed(tags={"Name": "db", "app": "x"})
    change(
        cell,
        server,
        KeyName="mine",
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "app", "Value": "template"}, {"Key": "more", "Value": "1"}]},
            {"ResourceType": "volume", "Tags": [{"Key": "kind", "Value": "disk"}]},
        ],
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet}, {"DeviceIndex": 1, "SubnetId": subnet}],
    )
    instance = machine(cell, server)
    assert instance["KeyName"] == "mine"
    assert {key: tags(instance)[key] for key in ("app", "more", "Name")} == {
        "app": "template",
        "more": "1",
        "Name": "db",
    }
    assert tags(volumes(cell, instance)["/dev/sda1"])["kind"] == "disk"
    assert [one["Attachment"]["DeviceIndex"] for one in instance["NetworkInterfaces"]] == [0, 1]


@pytest.mark.parametrize("how", ["Name", "Arn"])
def test_the_instance_profile_is_given_by_name_or_arn(cell: Cell, how: str) -> None:
    profile = client("iam", ACCOUNT, REGION).create_instance_profile(InstanceProfileName="app")["InstanceProfile"]
    server = cell.seed()
    change(cell, server, IamInstanceProfile={how: "app" if how == "Name" else profile["Arn"]})
    assert machine(cell, server)["IamInstanceProfile"]["Arn"] == profile["Arn"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"KeyName": "none"}, "InvalidKeyPair.NotFound"),
        ({"IamInstanceProfile": {"Name": "none"}}, "Invalid IAM Instance Profile"),
        (
            {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-0123456789abcdef0"}]},
            "subnet-0123456789abcdef0",
        ),
    ],
)
def test_what_the_template_names_must_be_there(cell: Cell, data: dict[str, Any], text: str) -> None:
    """As RunInstances refuses; the reason stands in the job log."""
    server = cell.seed()
    change(cell, server, **data)
    assert text in refusal(cell, server)


@pytest.mark.parametrize("deletes", [False, True])
def test_a_template_goes_with_its_server(cell: Cell, deletes: bool) -> None:
    """UG:ec2-key-considerations: deleted for servers that were disconnected."""
    server = cell.seed()
    template_of(cell, server)
    cell.drs.disconnect_source_server(sourceServerID=server)
    if deletes:
        cell.drs.delete_source_server(sourceServerID=server)
    assert cell.ec2.describe_launch_templates()["LaunchTemplates"] == []


@pytest.mark.parametrize("when", ["at_launch", "at_once"])
def test_a_template_that_somebody_deleted_is_made_anew(cell: Cell, when: str) -> None:
    """UG:ec2-key-considerations does not say when: a setting."""
    settings.configure({"deleted_launch_template": when})
    server = cell.seed()
    first = template_of(cell, server)
    cell.ec2.delete_launch_template(LaunchTemplateId=first)
    assert (template_of(cell, server) == first) == (when == "at_launch")
    machine(cell, server)
    second = template_of(cell, server)
    assert second != first
    assert data_of(cell, second)["InstanceType"] == "m5.large"


def test_snapshots_of_points_in_time_are_in_ec2(simulator: Any) -> None:
    """UG:CloudEndure-Concepts: in the account that the agent replicates into; extended servers have none."""
    staging, target = "222222222222", "111111111111"
    role = {"name": "r"}
    accounts = [{"id": one, "regions": [REGION], "role": role} for one in (staging, target)]
    fleet = {"account": staging, "count": 2, "extend_to": target, "disks": [DISKS[0], {"device": "b", "gib": 101}]}
    sim = simulator({"accounts": accounts, "fleets": [fleet]})
    drs, ec2 = sim.client("drs", staging), sim.client("ec2", staging)
    server = drs.describe_source_servers()["items"][0]["sourceServerID"]
    points = drs.describe_recovery_snapshots(sourceServerID=server)["items"]
    wanted = points[-1]["ebsSnapshots"]
    found = ec2.describe_snapshots(SnapshotIds=wanted)["Snapshots"]
    assert sorted(one["SnapshotId"] for one in found) == sorted(wanted)
    assert sorted(one["VolumeSize"] for one in found) == [30, 101]
    assert tags(found[0])["AWSElasticDisasterRecoverySourceServerID"] == server
    tagged = [{"Name": "tag:AWSElasticDisasterRecoverySourceServerID", "Values": [server]}]
    assert len(ec2.describe_snapshots(Filters=tagged)["Snapshots"]) == 2 * len(points)
    assert (
        json.dumps(found[0]["StartTime"], default=str)[1:17].replace(" ", "T") == points[-1]["expectedTimestamp"][:16]
    )
    mine = sim.client("ec2", target).describe_snapshots(Filters=tagged[:0])["Snapshots"]
    assert not [one for one in mine if "Elastic Disaster Recovery" in one["Description"]]
